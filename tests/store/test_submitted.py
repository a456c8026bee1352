"""Runs that were submitted with a webhook or a tag: found once, a part at a time, wherever they are in the ledger."""

import sqlite3
import time
from typing import Any

import pytest

from stationthis_sdk.store import submitted
from stationthis_sdk.store.deliveries import Deliveries
from stationthis_sdk.store.ledger import Ledger
from stationthis_sdk.store.submitted import NEWEST
from tests.store.conftest import ACCOUNT, SERVICE
from tests.store.test_deliveries import hooked


@pytest.fixture
def mine(ledger: Ledger) -> Deliveries:
    return Deliveries(lambda: ledger)


class Counted:
    """A ledger that counts the steps of SQLite's machine in each transaction."""

    service, account, why = SERVICE, ACCOUNT, None

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.path = ledger.path
        self.longest = 0
        self.deliveries = Deliveries(lambda: self)  # type: ignore[arg-type,return-value]

    async def do(self, work: Any, otherwise: Any) -> Any:
        def counted(database: sqlite3.Connection) -> Any:
            ticks: list[None] = []
            database.set_progress_handler(lambda: ticks.append(None), 10)
            try:
                return work(database)
            finally:
                database.set_progress_handler(None, 0)
                self.longest = max(self.longest, len(ticks) * 10)

        return await self._ledger.do(counted, otherwise)


async def looking(counted: Counted, tag: str | None = None) -> tuple[list[str], int]:
    """What is open, and the steps of the longest transaction."""
    counted.longest = 0
    return [one.run_id for one in await counted.deliveries.open(tag)], counted.longest


async def test_runs_are_looked_through_once_and_in_parts(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No transaction holds the ledger for all runs of a week, and the next look finds what came since, wherever it is."""
    monkeypatch.setattr(submitted, "_ROWS_A_STEP", 100)
    now = time.time()

    def fill(database: sqlite3.Connection) -> None:
        for at in range(1, 2001):
            submit, run, tags = (
                f"{at:032}",
                f"{at:08}-0000-4000-8000-000000000000",
                '["bot"]' if at % 400 == 0 else "[]",
            )
            database.execute(
                "INSERT INTO submits (id, service, account, name, inputs, tags, state, pid, host, created_at, updated_at, webhook) "
                "VALUES (?, ?, ?, 'n', '{}', ?, 'accepted', 1, 'h', ?, ?, ?)",
                (submit, SERVICE, ACCOUNT, tags, now, now, at % 2),
            )
            database.execute(
                "INSERT INTO runs (id, service, account, submit_id, state, fraction, live_status, inputs, outputs, tags, made_at, heard_at) "
                "VALUES (?, ?, ?, ?, 'success', 1, '', '{}', '[]', ?, ?, ?)",
                (run, SERVICE, ACCOUNT, submit, tags, now - (2 * NEWEST if at <= 300 else 0), now),
            )
            if at % 2 and at > 320:
                database.execute(
                    "INSERT INTO deliveries (run_id, service, account, said, copies, came_at, called_at) "
                    "VALUES (?, ?, ?, 'success', 1, ?, ?)",
                    (run, SERVICE, ACCOUNT, now, now),
                )

    await ledger.do(fill, None)
    counted = Counted(ledger)

    first, most = await looking(counted)
    assert first == [f"{at:08}-0000-4000-8000-000000000000" for at in range(301, 320, 2)]
    again, few = await looking(counted)
    assert again == first
    assert most < 2000 * 10, "a transaction for all runs"
    assert few < 1500, "all runs once more"
    later = await hooked(ledger, 9001)
    assert (await looking(counted))[0] == [*first, later]
    tagged, _ = await looking(counted, "bot")
    assert len(tagged) == 11 + 5
    await counted.deliveries.claim(later, "success", None)
    await counted.deliveries.called(later)
    assert (await looking(counted))[0] == first


async def test_another_file_is_looked_through_anew(mine: Deliveries, ledger: Ledger) -> None:
    """Somebody removes the ledger while a receiver works: what is submitted then is open all the same."""
    for at in (1, 2, 3):
        await hooked(ledger, at)
    assert len(await mine.open()) == 3
    for path in ledger.path.parent.glob("ledger.db*"):
        path.unlink()
    for at in (4, 5, 6):
        await hooked(ledger, at)
    assert [one.run_id[:8] for one in await mine.open()] == ["00000004", "00000005", "00000006"]


async def test_runs_that_are_far_apart_in_the_ledger_are_all_found(
    mine: Deliveries, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gaps in the rows' numbers, of any size, stop nobody."""
    monkeypatch.setattr(submitted, "_ROWS_A_STEP", 2)
    runs = [await hooked(ledger, at) for at in range(1, 8)]
    await ledger.do(lambda database: database.execute("UPDATE runs SET rowid = rowid * 1000"), None)
    assert {one.run_id for one in await mine.open()} == {*runs}
    runs.append(await hooked(ledger, 8))
    assert {one.run_id for one in await mine.open()} == {*runs}
