"""Receivers that are held up: a ledger that is held, callbacks that hang, work that breaks off, runs that are gone."""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from stationthis_sdk import AsyncDeployment, AsyncRun, AsyncStationThis, SaveFailed
from stationthis_sdk.store import deliveries, ledger_file
from stationthis_sdk.store.deliveries import Deliveries
from stationthis_sdk.testing import LocalGateway
from stationthis_sdk.webhooks import AsyncReceiver, Receiver, calling, telling
from stationthis_sdk.webhooks import receiver as receiver_module
from tests.webhooks.conftest import RUN, Heard, Hooked, body, rows, until

ADDRESS = "http://127.0.0.1:1/hook"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for a ledger, and what is put off comes soon."""
    monkeypatch.setattr(ledger_file, "_BUSY_SECONDS", 0.05)
    monkeypatch.setattr(deliveries, "AGAIN", 0.02)
    monkeypatch.setattr(telling, "FIRST_AGAIN", 0.02)


class Held:
    """Another program at the ledger."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)

    async def hold(self) -> None:
        """From now on."""
        await asyncio.to_thread(self._database.execute, "BEGIN IMMEDIATE")

    async def leave(self) -> None:
        """No longer, if it does."""
        if self._database.in_transaction:
            await asyncio.to_thread(self._database.execute, "ROLLBACK")

    async def close(self) -> None:
        """For good."""
        await self.leave()
        await asyncio.to_thread(self._database.close)


@pytest.fixture
async def held(st: AsyncStationThis) -> AsyncIterator[Held]:
    """Who may hold the ledger, which is there already."""
    ledger = st._ready.context.ledger
    await ledger.submit("none")
    other = await asyncio.to_thread(Held, ledger.path)
    yield other
    await other.close()


def gets(st: AsyncStationThis) -> int:
    """How often runs were read or listed."""
    return len([one for one in st.last_requests if "GET" in str(one) and "/run" in str(one)])


async def test_a_webhook_that_can_not_be_written_down_is_to_be_sent_again(
    st: AsyncStationThis, held: Held
) -> None:
    """503, and nothing is kept; the same again is taken."""
    receiver = AsyncReceiver(st)
    url = await receiver.url_for(ADDRESS)
    await held.hold()
    answers = await asyncio.gather(*(receiver.handle(body(status="success"), url) for _ in range(5)))
    assert {answer.status for answer in answers} == {503}
    for asked in (receiver.resume, receiver.undelivered):
        with pytest.raises(SaveFailed, match="just now"):
            await asked()
    await held.leave()
    assert await rows(st) == []
    assert (await receiver.handle(body(status="success"), url)).body == {"status": "ok"}
    assert [one["run_id"] for one in await rows(st)] == [RUN]


async def test_no_end_is_one_s_own_while_the_ledger_is_held(
    gateway: LocalGateway, st: AsyncStationThis, echo: AsyncDeployment, held: Held, heard: Heard
) -> None:
    """Two receivers have read the end when the ledger can't be written: none calls, and later one does."""
    async with (
        gateway.async_client() as other,
        AsyncReceiver(st, on_final=heard.finals.append),
        AsyncReceiver(other, on_final=heard.finals.append),
    ):
        gateway.faults.stall(at="running")
        url = await AsyncReceiver(st).url_for(ADDRESS)
        run = await echo.options(webhook=url).submit(words="fox")
        await until(lambda: all(gets(client) for client in (st, other)))
        await held.hold()
        gateway.faults.clear()
        await asyncio.to_thread(gateway.until, lambda: gateway.runs()[0].state == "success")
        before = [gets(client) for client in (st, other)]
        await until(lambda: all(gets(client) > at for client, at in zip((st, other), before, strict=True)))
        await asyncio.sleep(0.5)
        assert heard.finals == []
        await held.leave()
        await until(lambda: heard.finals)
        await asyncio.sleep(0.5)
    assert heard.ends == {run.id: 1}


async def test_an_end_that_was_told_is_written_down_when_the_ledger_is_free(
    gateway: LocalGateway, st: AsyncStationThis, echo: AsyncDeployment, held: Held
) -> None:
    """It is held from within the callback on: whoever starts next does not call again."""
    told: list[str] = []

    async def final(run: AsyncRun) -> None:
        told.append(run.id)
        await held.hold()

    run = await echo.options(tags="bot").submit(words="fox")
    await run.wait()
    resuming = asyncio.create_task(AsyncReceiver(st, on_final=final, tag="bot").resume())
    await until(lambda: told)
    await asyncio.sleep(0.3)
    assert not resuming.done()
    await held.leave()
    assert await resuming == 1
    async with gateway.async_client() as other:
        assert await AsyncReceiver(other, on_final=lambda run: told.append(run.id), tag="bot").resume() == 0
    assert told == [run.id]


async def test_work_begins_when_the_ledger_is_free(
    st: AsyncStationThis, echo: AsyncDeployment, held: Held, heard: Heard
) -> None:
    """It can't be read at the start: that is no end, and what is open is looked at once it can."""
    run = await echo.options(tags="bot").submit(words="fox")
    await run.wait()
    await held.hold()
    async with AsyncReceiver(st, on_final=heard.finals.append, tag="bot"):
        await asyncio.sleep(0.2)
        await held.leave()
        await until(lambda: heard.finals)
    assert heard.ends == {run.id: 1}


async def test_a_run_that_is_gone_is_not_asked_about_for_ever(
    st: AsyncStationThis,
    gateway: LocalGateway,
    echo: AsyncDeployment,
    heard: Heard,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It was submitted with a webhook, none came, and the service has forgotten it: after a while nobody asks, nor at any start."""
    monkeypatch.setattr(deliveries, "MISSING_SECONDS", 0.3)
    gateway.faults.webhooks(lost=1.0)
    receiver = AsyncReceiver(st, on_final=heard.finals.append)
    run = await echo.options(webhook=await receiver.url_for(ADDRESS)).submit(words="fox")
    gateway.faults.refuse(404, method="GET", path="/run/*")
    async with receiver, asyncio.timeout(45):
        while [one["state"] for one in await rows(st)] != ["unknown"]:  # noqa: ASYNC110 - a condition of the test's own
            await asyncio.sleep(0.02)
        asked = gets(st)
        await asyncio.sleep(3 * telling.SWEEP_NEARBY)
        assert gets(st) == asked
    assert await AsyncReceiver(st, on_final=heard.finals.append).resume() == 0
    assert gets(st) == asked
    gateway.faults.clear()
    await receiver.handle(body(run.id, "success"), await receiver.url_for(ADDRESS))
    assert await receiver.resume() == 1


async def test_who_calls_nobody_back_reads_an_end_once(
    gateway: LocalGateway, echo: AsyncDeployment, heard: Heard
) -> None:
    """With on_progress alone the next start finds nothing open; one with on_final tells of the ends of the last week."""
    async with gateway.async_client() as st:
        url = await AsyncReceiver(st).url_for(ADDRESS)
        runs = [await echo.options(webhook=url).submit(words=str(at)) for at in range(3)]
        for run in runs:
            await run.wait()
        async with AsyncReceiver(st, on_progress=heard.progress.append) as receiver:
            await until(lambda: len(receiver._telling._left) == 3)
    async with gateway.async_client() as st:
        await AsyncReceiver(st, on_progress=heard.progress.append).resume()
        assert gets(st) == 0
        assert len(await AsyncReceiver(st).undelivered()) == 3
        assert await AsyncReceiver(st, on_final=heard.finals.append).resume() == 3
    assert heard.ends == dict.fromkeys([run.id for run in runs], 1)


async def test_what_hangs_keeps_nothing_from_others(
    gateway: LocalGateway,
    st: AsyncStationThis,
    echo: AsyncDeployment,
    heard: Heard,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """All places are taken by callbacks that hang: those runs are named; what waits is not claimed, and another receiver tells."""
    monkeypatch.setattr(calling, "SLOW", 0.2)
    monkeypatch.setattr(receiver_module, "STOPPING_SECONDS", 0.05)
    begun: list[str] = []

    async def hangs(run: AsyncRun) -> None:
        begun.append(run.id)
        await asyncio.Event().wait()

    runs = [await echo.options(tags="bot").submit(words=str(at)) for at in range(telling._AT_ONCE + 3)]
    for run in runs:
        await run.wait()
    with caplog.at_level(logging.WARNING, "stationthis_sdk.webhooks"):
        async with AsyncReceiver(st, on_final=hangs, tag="bot") as receiver, gateway.async_client() as other:
            await until(lambda: receiver._telling._calling == len(runs))
            await until(lambda: len(caplog.records) == telling._AT_ONCE)
            assert await AsyncReceiver(other, on_final=heard.finals.append, tag="bot").resume() == 3
    assert {*begun, *heard.ends} == {run.id for run in runs}
    assert all(any(run_id in one.getMessage() for one in caplog.records) for run_id in begun)


async def test_work_that_breaks_off_begins_anew(
    st: AsyncStationThis,
    echo: AsyncDeployment,
    heard: Heard,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Within the block nobody waits for the work: it says so in the log and goes on."""
    monkeypatch.setattr(receiver_module, "BEGIN_AGAIN", 0.01)
    opens, tries = Deliveries.open, []

    async def breaks(self: Deliveries, *given: object, **named: object) -> object:
        tries.append(given)
        if len(tries) in {1, 3}:
            raise KeyError("a fault of the SDK")
        return await opens(self, *given, **named)

    monkeypatch.setattr(Deliveries, "open", breaks)
    async with AsyncReceiver(st, on_final=heard.finals.append, tag="bot"):
        await until(lambda: len(tries) > 3)
        run = await echo.options(tags="bot").submit(words="fox")
        await until(lambda: heard.finals)
    assert heard.ends == {run.id: 1}
    assert "begins anew" in caplog.text


async def test_webhooks_are_not_taken_for_somebody_who_was_cancelled(
    hooked: Hooked, st: AsyncStationThis
) -> None:
    """Its task is gone: 503, as nobody would look at what comes."""
    worker = hooked.receiver._task
    assert worker is not None
    worker.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await worker
    assert (await hooked.receiver.handle(body(status="success"), hooked.url)).status == 503
    assert await rows(st) == []


async def test_two_at_work_on_one_receiver_leave_together(
    st: AsyncStationThis, echo: AsyncDeployment
) -> None:
    """The first one to end does not give away what the other is telling."""
    let_go = asyncio.Event()

    async def final(_run: AsyncRun) -> None:
        await let_go.wait()

    receiver = AsyncReceiver(st, on_final=final, tag="bot")
    run = await echo.options(tags="bot").submit(words="fox")
    await run.wait()
    first = asyncio.create_task(receiver.resume())
    await until(lambda: receiver._telling._calling)
    assert await receiver.resume() == 0
    other = Deliveries(lambda: st._ready.context.ledger)
    assert await other.claim(run.id, "success", None) == "others"
    let_go.set()
    assert await first == 1


async def test_an_error_that_can_not_say_what_it_is_counts_as_any_other(
    st: AsyncStationThis, echo: AsyncDeployment
) -> None:
    """The end is not told, and the ledger has its name."""

    class Mute(Exception):
        def __str__(self) -> str:
            raise ZeroDivisionError

    def final(_run: AsyncRun) -> None:
        raise Mute

    run = await echo.options(tags="bot").submit(words="fox")
    await run.wait()
    receiver = AsyncReceiver(st, on_final=final, tag="bot")
    assert await receiver.resume() == 0
    (left,) = await receiver.undelivered()
    assert (left.attempts, left.problem) == (1, "Mute")


def test_a_receiver_is_used_on_one_loop_after_the_other(gateway: LocalGateway) -> None:
    """More ends than are told at once, each time: asyncio.run, twice."""
    told: list[str] = []

    async def final(run: AsyncRun) -> None:
        await asyncio.sleep(0)
        told.append(run.id)

    client = gateway.async_client()
    receiver = AsyncReceiver(client, on_final=final, tag="bot")

    async def once() -> int:
        echo = (await client.deployments.get("echo")).options(tags="bot")
        for run in [await echo.submit(words=str(at)) for at in range(telling._AT_ONCE + 4)]:
            await run.wait()
        return await receiver.resume()

    assert [asyncio.run(once()) for _ in range(2)] == [12, 12]
    assert len(told) == len({*told}) == 24
    asyncio.run(client.close())


def test_the_plain_receiver_says_so_too(gateway: LocalGateway) -> None:
    """503, and one typed error that says what to do."""
    with gateway.client() as st:
        st.deployments["echo"].submit(words="fox").wait()
        receiver = Receiver(st)
        url = receiver.url_for(ADDRESS)
        with sqlite3.connect(st._inner._ready.context.ledger.path, isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            assert receiver.handle(body(), url).status == 503
            with pytest.raises(SaveFailed, match="Try again"):
                receiver.undelivered()
        other.close()
        assert receiver.handle(body(), url).status == 200
