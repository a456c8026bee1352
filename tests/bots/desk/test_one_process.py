"""One process is at a desk: what another has under way is taken up when that has ended, and not beside it."""

import asyncio

import pytest

from stationthis_sdk.bots.desk.desk import Desk
from stationthis_sdk.errors import SaveFailed
from stationthis_sdk.testing import LocalGateway
from tests.bots.desk.conftest import ADA, HERE, ended, runs_of, until
from tests.bots.desk.platform import Platform, flood, lost


async def test_a_second_desk_waits(
    open_desk, own: LocalGateway, platform: Platform, caplog, monkeypatch
) -> None:
    """A bot that is started while its last process lives begins nothing; what it is asked meanwhile is not lost."""
    monkeypatch.setattr("stationthis_sdk.bots.desk.working._TAKE_SECONDS", 0.1)
    first = await open_desk()
    job = await first.ask(ADA, HERE, "text-to-picture", {"prompt": "a", "steps": 60, "width": 512}, key="u1")
    await until(lambda: first.progress_of(job.id) is not None)
    second = await open_desk()
    assert "Another process is at the desk" in caplog.text
    later = await second.ask(ADA, HERE, "echo", {"words": "hi"}, key="u2")
    assert second.turn_of(later.id) == 1
    await first.close()
    for one in (job, later):
        assert (await ended(second, one.id)).state == "done"
    assert len(await runs_of(own)) == 2
    assert len(platform.sent) == 2


async def test_what_another_process_saw_through_is_over(
    open_desk, own: LocalGateway, platform: Platform
) -> None:
    """What a desk took down before its turn, and another process has run meanwhile, is not run again when its turn comes."""
    late = await open_desk(start=False)
    done = await late.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")
    live = await late.ask(ADA, HERE, "text-to-picture", {"prompt": "a", "steps": 60, "width": 512}, key="u2")
    left = await late.ask(ADA, HERE, "echo", {"words": "later"}, key="u3")
    other = await open_desk(at_once=1)
    await ended(other, done.id)
    await until(lambda: other.progress_of(live.id) is not None)
    await other.close()
    assert late.turn_of(done.id) == 1
    await late.start()
    assert (await late.job(done.id)).state == "done"
    for one in (live, left):
        assert (await ended(late, one.id)).state == "done"
    assert len(await runs_of(own)) == 3
    assert len(platform.sent) == 3


async def test_a_desk_that_is_closed_before_its_turn(open_desk, monkeypatch) -> None:
    """A desk that waits for another may be closed, and opened again; starting twice begins once."""
    monkeypatch.setattr("stationthis_sdk.bots.desk.working._TAKE_SECONDS", 0.05)
    first = await open_desk()
    second = await open_desk()
    await second.close()
    await first.close()
    await asyncio.gather(second.start(), second.start())
    job = await second.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")
    assert (await ended(second, job.id)).state == "done"


async def test_whoever_asks_may_be_cancelled(desk: Desk, own: LocalGateway, platform: Platform) -> None:
    """A handler that is cancelled while the status is said: the job is written down, and so it is run and delivered."""
    platform.slow = 0.3
    asking = asyncio.create_task(desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1"))
    await until(lambda: desk._courses)
    asking.cancel()
    await asyncio.wait({asking})
    [job] = await desk.jobs(ADA)
    assert (await ended(desk, job.id)).state == "done"
    assert len(await runs_of(own)) == 1
    assert (await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")).id == job.id


async def test_a_status_in_a_flood(open_desk, platform: Platform) -> None:
    """A status that can't be said now is said later, once; one whose answer is lost is not said twice."""
    desk = await open_desk(start=False)
    for mute, key in ((flood(), "u1"), (lost(arrived=True), "u2")):
        platform.mute = mute
        job = await desk.ask(ADA, HERE, "echo", {"words": key}, key=key)
        assert job.status_message is None
        platform.mute = None
    await desk.start()
    await until(lambda: len(platform.sent) == 2)
    for job in await desk.jobs(ADA, live=False):
        await ended(desk, job.id)
    assert len(platform.said) <= 1
    assert len(platform.removed) == len(platform.said)


async def test_a_ledger_that_cannot_be_written_starts_nothing(open_desk, own: LocalGateway, st) -> None:
    """Where a job can't be written down it is not run: one clear error, and later it works."""
    desk = await open_desk()
    st._ready.context.ledger.file.why = "the disk is gone"
    with pytest.raises(SaveFailed, match="needs its ledger"):
        await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")
    st._ready.context.ledger.file.why = None
    assert await runs_of(own) == ()
    job = await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")
    assert (await ended(desk, job.id)).state == "done"
