"""Transfers: whoever waits hears how far it is, and the last to go ends it."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.uploads.transfer import Transfer


async def work(transfer, counts, go_on=None):
    """Tell of bytes, one after the other."""
    for count in counts:
        transfer.told(count)
        await asyncio.sleep(0)
    if go_on is not None:
        await go_on.wait()
    return "there"


@given(some.lists(some.integers(0, 1000), max_size=8), some.integers(0, 3000))
def test_progress_only_rises_and_ends_with_all(counts, total):
    """Whatever is told of, in whatever pieces, even more than there is."""

    async def told():
        transfer, heard = Transfer(total), []
        transfer.start(work(transfer, counts))
        assert await transfer.wait(lambda *numbers: heard.append(numbers)) == "there"
        return heard

    heard = asyncio.run(told())
    assert [count for count, _ in heard] == sorted(count for count, _ in heard)
    assert heard[-1] == (total, total)
    assert {one for _, one in heard} == {total}


async def test_begun_again_it_may_go_back():
    """A second way sends all the bytes again, and says so."""
    transfer, heard, go_on = Transfer(10), [], asyncio.Event()
    transfer.start(work(transfer, [10], go_on))

    async def hear(count, _total):
        heard.append(count)
        if count == 10 and not go_on.is_set():
            transfer.start_over()
            go_on.set()

    await transfer.wait(hear)
    assert heard[-1] == 10


async def test_the_last_who_waits_ends_it():
    """One of two goes: it goes on. Both go: it is cancelled, and ended before they are let go."""
    transfer, ended = Transfer(1), asyncio.Event()

    async def endless():
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    transfer.start(endless())
    first, second = (asyncio.create_task(transfer.wait()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait({first})
    assert transfer.under_way
    second.cancel()
    await asyncio.wait({second})
    assert ended.is_set()
    assert not transfer.under_way


async def test_its_error_reaches_all_who_wait():
    """Each of them gets it."""
    transfer = Transfer(1)

    async def fail():
        await asyncio.sleep(0)
        raise KeyError("no")

    transfer.start(fail())
    ends = await asyncio.gather(transfer.wait(), transfer.wait(), return_exceptions=True)
    assert [type(end) for end in ends] == [KeyError, KeyError]


async def test_what_was_not_started_can_not_be_waited_for():
    """A mistake of ours is told at once."""
    with pytest.raises(RuntimeError):
        await Transfer(1).wait()
