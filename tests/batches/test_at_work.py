"""Batches that are at work: what else looks at them sees what is so, and a cancel() at any moment leaves nothing half done."""

import asyncio
import contextlib
import gc
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from stationthis_sdk import AsyncStationThis, BatchBusy, BatchProgress, BatchStopped, StationThis, settling
from stationthis_sdk.batches import runner
from stationthis_sdk.deployment import AsyncDeployment
from stationthis_sdk.runs import AsyncRun
from stationthis_sdk.store import ledger_file
from tests.batches.programs import states, until
from tests.batches.test_stops import words
from tests.fast_service import FastService


async def test_whoever_cancels_is_told_so(
    client: AsyncStationThis, deployment: AsyncDeployment, fast: FastService, tmp_path: Path
) -> None:
    """Whenever cancel() comes, also while rows are about to be sent, all is pending then and it was cancelled, not interrupted."""
    for turns in range(0, 60, 4):
        batch = await deployment.map(words(30, ms=60_000), name=f"cut {turns}", wait=False)
        for _ in range(turns):
            await asyncio.sleep(0)
        await batch.cancel()
        assert (batch.state, batch.why) == ("cancelled", "it was cancelled")
        assert states(tmp_path / "home", batch.name) == {"pending": 30}
    assert {state for _, state in fast.runs} <= {"cancelled"}


async def test_what_is_at_work_here_is_found_again(
    client: AsyncStationThis, deployment: AsyncDeployment, fast: FastService
) -> None:
    """The same map again, resume and rebuild say where the batch is; get() gives that very one, to wait for or to cancel."""
    batch = await deployment.map(words(4, ms=60_000), name="it's mine", wait=False)
    for again in (
        deployment.map(words(4, ms=60_000), name="it's mine", wait=False),
        client.batches.resume("it's mine"),
        client.batches.rebuild("it's mine", deployment),
    ):
        with pytest.raises(BatchBusy, match=r"in this process already: st\.batches\.get\(\"it's mine\"\)"):
            await again
    found = await client.batches.get("it's mine")
    assert found is batch
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await found.wait()
    assert batch.state == "cancelled"  # whoever waited was interrupted
    assert await client.batches.get("it's mine") is not batch


async def test_at_work_in_another_client_of_this_process(
    client: AsyncStationThis, deployment: AsyncDeployment, fast: FastService, tmp_path: Path
) -> None:
    """Another client sees how far it is, is told where to wait for it, and can cancel it."""
    batch = await deployment.map(words(2, ms=60_000), name="theirs", wait=False)
    async with AsyncStationThis("k", fast.base_url, home=tmp_path / "home") as other:
        found = await other.batches.get("theirs")
        assert found is not batch
        assert found.state == "running"
        with pytest.raises(BatchBusy, match="of the client that began it"):
            await found.wait()
        assert (await found.cancel()).state == "cancelled"
    assert batch.state == "cancelled"


async def test_an_end_is_never_taken_for_a_death(
    deployment: AsyncDeployment, fast: FastService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whenever another client looks, a batch of a process that lives is running or has ended.

    And it ends when its last row has, although the ledger is busy: it does not wait for the next beat.
    """
    monkeypatch.setattr(runner, "_BEAT", 600.0)
    seen: set[str | None] = set()
    async with AsyncStationThis("k", fast.base_url, home=tmp_path / "home") as other:
        for at in range(12):
            batch = await deployment.map(words(2, ms=1), name=f"brief {at}", wait=False)
            looked = await other.batches.get(batch.name)
            first = looked.state
            while (await looked.refresh()).state == "running":
                seen.add(looked.why)
            seen |= {first, looked.state, looked.why}
    assert seen <= {"running", "done", None}


def test_runs_that_have_ended_are_let_go(fast: FastService, tmp_path: Path) -> None:
    """While it is at work it holds the runs that are under way, and not those that were: memory does not grow with the rows."""
    held = []

    def heard(progress: BatchProgress) -> None:
        if progress.ended >= 40 * len(
            held
        ):  # to look at all objects takes seconds where many tests were before
            held.append(sum(isinstance(one, AsyncRun) for one in gc.get_objects()))

    with StationThis("k", fast.base_url, home=tmp_path / "home") as st:
        st.deployments["fast"].map(words(400), name="long", concurrency=32, on_progress=heard)
    assert max(held) - held[0] < 200


async def test_a_run_that_was_made_while_the_ledger_was_held_is_its_rows(
    client: AsyncStationThis,
    deployment: AsyncDeployment,
    fast: FastService,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """That there is a run could not be written when the service said so: the row knows its run when it has ended."""
    monkeypatch.setattr(ledger_file, "_BUSY_SECONDS", 0.1)
    path = tmp_path / "home" / "ledger.db"
    ledger_file.ledger_file(path.parent)._close()  # its patience is set when it is opened
    fast.tell(deaf=True)
    batch = await deployment.map(words(3, ms=1000), name="held", wait=False)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as other:
        await asyncio.to_thread(until, lambda: fast.asked["submit"] == 3)
        other.execute("BEGIN IMMEDIATE")
        fast.tell(deaf=False)
        await asyncio.to_thread(until, lambda: "can't be used" in caplog.text)
        other.execute("ROLLBACK")
    assert (await batch.wait()).progress.succeeded == 3
    assert all([row.run_id async for row in batch])
    assert fast.times() == Counter({"w0": 1, "w1": 1, "w2": 1})


async def test_rows_that_can_not_be_read_are_not_taken_for_none(
    client: AsyncStationThis,
    deployment: AsyncDeployment,
    fast: FastService,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is still to do can't be read just now: the batch stops and says so, and is never done; the same call goes on."""
    commit = ledger_file.LedgerFile._commit
    fails: list[bool] = []

    def broken(self: Any, works: Any) -> Any:
        if fails and any("BatchLedger.rows" in one.work.__qualname__ for one in works):
            raise sqlite3.OperationalError("disk I/O error")
        return commit(self, works)

    monkeypatch.setattr(ledger_file.LedgerFile, "_commit", broken)
    fails.append(True)
    with pytest.raises(BatchStopped, match="can't be read just now"):
        await deployment.map(words(3, ms=1), name="unread")
    assert (await client.batches.get("unread")).state == "paused"
    assert not fast.runs
    fails.clear()
    assert (await deployment.map(words(3, ms=1), name="unread")).progress.succeeded == 3
    assert fast.times() == Counter({"w0": 1, "w1": 1, "w2": 1})


async def test_a_held_ledger_keeps_nobody_from_reading_rows(
    client: AsyncStationThis, deployment: AsyncDeployment, tmp_path: Path
) -> None:
    """Another program writes into it for long: the rows of a batch are told all the same."""
    batch = await deployment.map(words(3, ms=1), name="told")
    with contextlib.closing(
        sqlite3.connect(tmp_path / "home" / "ledger.db", isolation_level=None, timeout=10)
    ) as other:
        other.execute("BEGIN IMMEDIATE")
        assert [row.state async for row in batch] == ["success"] * 3
        other.execute("ROLLBACK")


async def test_a_batch_whose_ledger_is_deleted_says_what_finds_its_runs(
    client: AsyncStationThis,
    deployment: AsyncDeployment,
    fast: FastService,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It sends nothing more, and does not advise to begin anew, which would pay again; rebuild() finds what it made."""
    monkeypatch.setattr(runner, "_BEAT", 0.05)
    monkeypatch.setattr(settling, "GRACE", 0.5)
    batch = await deployment.map(words(80, ms=60_000), name="lost", wait=False)
    await asyncio.to_thread(until, lambda: len(fast.runs) >= 16)
    for file in (tmp_path / "home").rglob("ledger.db*"):
        file.unlink()
    with pytest.raises(BatchStopped, match=r"st\.batches\.rebuild\('lost', deployment\)") as caught:
        await batch.wait()
    assert caught.value.why == "lost"
    assert "The same call goes on" not in str(caught.value)
    made = len(fast.runs)
    found = await client.batches.rebuild("lost", deployment)
    assert found.progress.total == made == len(fast.runs)
