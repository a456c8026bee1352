"""Batches in the ledger: who runs them, and what came of each row."""

import os
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import attrs

from stationthis_sdk.entities.batches import FAILED
from stationthis_sdk.errors import SaveFailed
from stationthis_sdk.store.batch_plans import ANEW
from stationthis_sdk.store.batch_records import HERE, BatchRecord, Counts, RowRecord, Spent, batch_of, row_of
from stationthis_sdk.store.ledger import Ledger, SubmitRow, submit_of
from stationthis_sdk.store.ledger_file import HOST, as_json

if TYPE_CHECKING:
    import sqlite3

__all__ = ["HELD_SECONDS", "BatchLedger", "RowClaim"]

HELD_SECONDS: Final = 30.0
"""For so long a batch is held without being renewed."""
_PAGE: Final = 500
_OF_BATCH: Final = "UPDATE runs SET batch_id = ? WHERE service = ? AND account = ? AND id = ?"
_WHILE_HELD: Final = " AND EXISTS (SELECT 1 FROM batches WHERE id = ? AND holder = ?)"
_CLAIM: Final = (
    "UPDATE batch_rows SET state = 'sending', submit_id = ? WHERE batch_id = ? AND id = ? AND attempt = ? "  # noqa: S608 - our words
    "AND state IN ('pending', ?)" + _WHILE_HELD
)
_LIVE: Final = (
    "UPDATE batch_rows SET state = 'live', run_id = ? WHERE batch_id = ? AND id = ?" + _WHILE_HELD  # noqa: S608 - likewise
)
_SPENT: Final = (
    "seconds = coalesce(seconds, 0) + ?, gpu = coalesce(?, gpu), cost = CASE WHEN ? IS NULL THEN cost ELSE "
    "coalesce(cost, 0) + ? END, spent_unknown = spent_unknown + ?"
)


class BatchLedger:
    """The batches of one account."""

    def __init__(self, ledger: Ledger, holder: str | None = None) -> None:
        self._ledger = ledger
        self._holder = holder

    def held_by(self, holder: str) -> "BatchLedger":
        """The same for whoever runs a batch: what it writes of rows is written only while it is the one that holds it."""
        return BatchLedger(self._ledger, holder)

    async def find(self, name: str) -> BatchRecord | None:
        """The batch of this name."""

        def read(database: "sqlite3.Connection") -> BatchRecord | None:
            query = "SELECT * FROM batches WHERE service = ? AND account = ? AND name = ?"
            row = database.execute(query, (self._ledger.service, self._ledger.account, name)).fetchone()
            return None if row is None else batch_of(row)

        return await self._ledger.read(read, None)

    async def all(self) -> list[BatchRecord]:
        """All batches, the newest first."""
        query = "SELECT * FROM batches WHERE service = ? AND account = ? ORDER BY updated_at DESC, id DESC"
        whose = (self._ledger.service, self._ledger.account)
        return await self._ledger.read(
            lambda database: [batch_of(row) for row in database.execute(query, whose)], []
        )

    async def counts(self, batch_id: int) -> Counts:
        """How many rows are in each state."""

        def read(database: "sqlite3.Connection") -> Counts:
            # What rows have cost that are in the plan no longer was spent all the same.
            groups = database.execute(
                "SELECT state, place IS NOT NULL AS planned, count(*) AS many, count(saved_at) AS saved, "
                "sum(picked) AS picked, sum(cost) AS cost, sum(spent_unknown) AS unknown FROM batch_rows "
                "WHERE batch_id = ? GROUP BY state, planned",
                (batch_id,),
            ).fetchall()
            planned = [one for one in groups if one["planned"]]
            costs = [one["cost"] for one in groups if one["cost"] is not None]
            return Counts(
                {one["state"]: one["many"] for one in planned},
                sum(one["saved"] for one in planned),
                sum(costs) if costs else None,
                sum(one["unknown"] or 0 for one in groups),
                sum(one["picked"] for one in planned),
            )

        return await self._ledger.read(read, Counts())

    async def set_limits(self, batch_id: int, budget: float | None, max_failures: float | None) -> None:
        """What all of it may cost, and how many rows may fail, from now on."""
        statement = "UPDATE batches SET budget = ?, max_failures = ? WHERE id = ?"
        values = (budget, max_failures, batch_id)
        await self._ledger.do(lambda database: database.execute(statement, values) and None, None)

    async def take(self, batch_id: int, holder: str, *, state: str = "running") -> BatchRecord | None:
        """Hold a batch, as whoever runs it; the record of another holder when it is held. None: it is gone."""

        def write(database: "sqlite3.Connection") -> BatchRecord | None:
            row = database.execute("SELECT * FROM batches WHERE id = ?", (batch_id,)).fetchone()
            if row is None:
                return None
            found = batch_of(row)
            if found.held and found.holder != holder:
                return found
            now = time.time()
            database.execute(
                "UPDATE batches SET holder = ?, holder_pid = ?, holder_host = ?, held_until = ?, state = ?, why = NULL, "
                "updated_at = ? WHERE id = ?",
                (holder, os.getpid(), HOST, now + HELD_SECONDS, state, now, batch_id),
            )
            return batch_of(database.execute("SELECT * FROM batches WHERE id = ?", (batch_id,)).fetchone())

        HERE.add(holder)
        taken = None
        try:
            taken = await self._ledger.sure(write, "The batch was not begun")
        finally:
            if taken is None or taken.holder != holder:
                HERE.discard(holder)
        return taken

    async def renew(self, batch_id: int, holder: str) -> str | None:
        """Hold it on; its state, in which others leave their wishes. None: somebody else holds it now."""

        def write(database: "sqlite3.Connection") -> str | None:
            database.execute(
                "UPDATE batches SET held_until = ? WHERE id = ? AND holder = ?",
                (time.time() + HELD_SECONDS, batch_id, holder),
            )
            row = database.execute("SELECT holder, state FROM batches WHERE id = ?", (batch_id,)).fetchone()
            return row["state"] if row is not None and row["holder"] == holder else None

        return await self._ledger.do(write, "")

    async def leave(self, batch_id: int, holder: str, state: str, why: str | None) -> None:
        """Hold it no longer."""
        statement = (
            "UPDATE batches SET holder = NULL, held_until = NULL, state = ?, why = ?, updated_at = ? "
            "WHERE id = ? AND holder = ?"
        )
        values = (state, why, time.time(), batch_id, holder)
        try:
            await self._ledger.do(lambda database: database.execute(statement, values) and None, None)
        finally:
            # Not before that is written: until then others would take it for one that was killed.
            HERE.discard(holder)

    async def set_version(self, batch_id: int, version_id: str | None, version: int | None) -> None:
        """From now on another version of the workflow is what is planned for."""
        statement = "UPDATE batches SET workflow_version_id = ?, version = ? WHERE id = ?"
        values = (version_id, version, batch_id)
        await self._ledger.do(lambda database: database.execute(statement, values) and None, None)

    async def wish(self, batch_id: int, state: str) -> None:
        """Leave a wish to whoever runs it."""
        statement = "UPDATE batches SET state = ?, updated_at = ? WHERE id = ?"
        await self._ledger.do(
            lambda database: database.execute(statement, (state, time.time(), batch_id)) and None, None
        )

    async def forget(self, batch_id: int) -> None:
        """Take a batch and its rows away; its runs stay."""

        def write(database: "sqlite3.Connection") -> None:
            database.execute("DELETE FROM batch_rows WHERE batch_id = ?", (batch_id,))
            database.execute("DELETE FROM batches WHERE id = ?", (batch_id,))

        await self._ledger.do(write, None)

    async def rows(
        self, batch_id: int, states: Iterable[str] = (), *, unsaved: bool = False, after: int = -1
    ) -> AsyncIterator[RowRecord]:
        """The rows of the plan in their order, some at a time, as they are when their turn comes.

        Raises:
            SaveFailed: they can't be read just now; who took that for no rows would take a batch for done.
        """
        query = "SELECT * FROM batch_rows WHERE batch_id = ? AND place > ?"
        if wanted := tuple(states):
            query += f" AND state IN ({', '.join('?' * len(wanted))})"
        if unsaved:
            query += " AND saved_at IS NULL"
        query += " ORDER BY place LIMIT ?"

        def read(database: "sqlite3.Connection") -> list[RowRecord] | None:
            return [row_of(row) for row in database.execute(query, (batch_id, after, *wanted, _PAGE))]

        while page := await self._ledger.read(read, None):
            for row in page:
                yield row
            after = page[-1].place if page[-1].place is not None else after
        if page is None and self._ledger.why is None:
            raise SaveFailed(
                f"The rows of the batch can't be read just now: the ledger {self._ledger.path} does not answer (does "
                "another program hold it?). Try again when that is over."
            )

    async def dropped(self, batch_id: int) -> list[RowRecord]:
        """Rows that are in the plan no longer, and have a run under way all the same: it costs what it costs."""
        query = "SELECT * FROM batch_rows WHERE batch_id = ? AND place IS NULL AND state = 'live'"
        return await self._ledger.read(
            lambda database: [row_of(row) for row in database.execute(query, (batch_id,))], []
        )

    async def under_way(self, batch_id: int) -> list[str]:
        """The ids of all rows whose runs may be under way, also of those that are in the plan no longer."""
        query = "SELECT id FROM batch_rows WHERE batch_id = ? AND state IN ('sending', 'live')"
        return await self._ledger.read(
            lambda database: [row["id"] for row in database.execute(query, (batch_id,))], []
        )

    async def row(self, batch_id: int, where: int | str) -> RowRecord | None:
        """One row, by its place or its key."""
        column = "place" if isinstance(where, int) else "key"

        def read(database: "sqlite3.Connection") -> RowRecord | None:
            query = f"SELECT * FROM batch_rows WHERE batch_id = ? AND {column} = ? AND place IS NOT NULL"  # noqa: S608 - our names
            row = database.execute(query, (batch_id, where)).fetchone()
            return None if row is None else row_of(row)

        return await self._ledger.read(read, None)

    async def pick(self, batch_id: int, where: Sequence[int | str], *, picked: bool) -> list[int | str]:
        """Note that rows were picked, or are no longer; returns those of which there is none. All or nothing."""

        def write(database: "sqlite3.Connection") -> list[int | str]:
            unknown = [one for one in where if not _picked(database, batch_id, one, None)]
            for one in () if unknown else where:
                _picked(database, batch_id, one, picked)
            return unknown

        return await self._ledger.sure(write, "Nothing was picked") or []

    async def by_submit(self, batch_id: int, submit_id: str) -> RowRecord | None:
        """The row that was sent as this submit."""

        def read(database: "sqlite3.Connection") -> RowRecord | None:
            query = "SELECT * FROM batch_rows WHERE batch_id = ? AND submit_id = ?"
            row = database.execute(query, (batch_id, submit_id)).fetchone()
            return None if row is None else row_of(row)

        return await self._ledger.read(read, None)

    async def runs_of(self, batch_id: int) -> list[str]:
        """All runs that came of it, also those whose rows know nothing of them any more."""
        query = "SELECT id FROM runs WHERE service = ? AND account = ? AND batch_id = ? ORDER BY rowid"
        values = (self._ledger.service, self._ledger.account, batch_id)
        return await self._ledger.read(
            lambda database: [row["id"] for row in database.execute(query, values)], []
        )

    def claim(
        self, batch_id: int, row: str, attempt: int, submit_id: str, check: Callable[[], None]
    ) -> "RowClaim":
        """What is written of a row together with its submit; ``check`` raises when it may not be sent any more."""
        whose = (self._ledger.service, self._ledger.account)
        return RowClaim(batch_id, row, attempt, submit_id, self._holder, whose, check)

    def note(
        self,
        batch_id: int,
        row: str,
        *,
        spent: "Spent | None" = None,
        whose: str | None = None,
        **changes: Any,
    ) -> None:
        """Keep what has become of a row, and what a run of it took; written before anything that is written later.

        whose: the run that is the batch's from now on, whatever else becomes of the row.
        """
        if "files" in changes:
            changes["files"] = as_json(changes["files"])
        names = [f"{name} = ?" for name in changes]
        values = [*changes.values()]
        if spent is not None:
            names.append(_SPENT)
            cost = spent.cost
            values += [spent.seconds or 0.0, spent.gpu, cost, cost, int(cost is None)]
        statement = f"UPDATE batch_rows SET {', '.join(names)} WHERE batch_id = ? AND id = ?"  # noqa: S608 - our names
        values += [batch_id, row]
        if self._holder is not None:
            statement += _WHILE_HELD
            values += [batch_id, self._holder]
        of_run = (batch_id, self._ledger.service, self._ledger.account, whose)

        def write(database: "sqlite3.Connection") -> None:
            database.execute(statement, values)
            if whose is not None:
                database.execute(_OF_BATCH, of_run)

        self._ledger.do_soon(write)

    async def again(
        self, batch_id: int, states: Iterable[str] = FAILED, *, keys: Sequence[str] | None = None
    ) -> int:
        """Make rows pending that are in these states, all or those with these keys; how many there were."""
        wanted = tuple(states)
        fresh = ", ".join(f"{name} = {value}" for name, value in ANEW.items())
        statement = (
            f"UPDATE batch_rows SET {fresh} WHERE batch_id = ? AND place IS NOT NULL "  # noqa: S608 - our names
            f"AND state IN ({', '.join('?' * len(wanted))})"
        )
        values: tuple[Any, ...] = (batch_id, *wanted)
        if keys is not None:
            statement += " AND key IN (SELECT value FROM json_each(?))"
            values += (as_json(list(keys)),)
        return await self._ledger.do(lambda database: database.execute(statement, values).rowcount, 0)

    async def submits(self, batch_id: int) -> list[SubmitRow]:
        """The submits of rows of which nobody knows yet what came."""
        query = (
            "SELECT submits.* FROM batch_rows JOIN submits ON submits.id = batch_rows.submit_id "
            "WHERE batch_rows.batch_id = ? AND batch_rows.state = 'sending' ORDER BY submits.created_at"
        )
        return await self._ledger.read(
            lambda database: [submit_of(row) for row in database.execute(query, (batch_id,))], []
        )

    async def has_all_submits(self, mark: str, ids: Sequence[str]) -> bool:
        """Whether the ledger was not lost: it has all these submits of a batch, and none of it is open."""
        query = (
            "SELECT (SELECT count(*) FROM submits WHERE id IN (SELECT value FROM json_each(?))) AS known, "
            "(SELECT count(*) FROM submits WHERE state IN ('sending', 'lost') AND substr(id, 1, ?) = ?) AS open"
        )

        def read(database: "sqlite3.Connection") -> bool:
            row = database.execute(query, (as_json(ids), len(mark), mark)).fetchone()
            return bool(row["known"] == len(set(ids)) and not row["open"])

        return await self._ledger.read(read, otherwise=False)


@attrs.define(eq=False)
class RowClaim:
    """A row that is about to be sent: it, its submit and its run are written together, or none of them is."""

    _batch_id: int
    _row: str
    _attempt: int
    _submit_id: str
    _holder: str | None
    _whose: tuple[str, str]
    check: Callable[[], None]
    is_mine: bool | None = None
    """False: it is not to be sent, or not by this holder. None: nobody knows yet."""

    def sending(self, database: "sqlite3.Connection") -> bool:
        """Nobody else has begun it, and the batch is still held."""
        # It may be asked a second time, when what it runs has moved.
        state = "sending" if self.is_mine else "pending"
        values = (self._submit_id, self._batch_id, self._row, self._attempt, state)
        written = database.execute(_CLAIM, (*values, self._batch_id, self._holder)).rowcount
        self.is_mine = written == 1
        return self.is_mine

    def accepted(self, database: "sqlite3.Connection", run_id: str) -> None:
        """The run is the batch's from now on, whatever else becomes of the row."""
        database.execute(_LIVE, (run_id, self._batch_id, self._row, self._batch_id, self._holder))
        database.execute(_OF_BATCH, (self._batch_id, *self._whose, run_id))


def _picked(database: "sqlite3.Connection", batch_id: int, where: int | str, picked: bool | None) -> bool:
    """Note whether a row is picked, None: as it is; whether there is such a row."""
    column = "place" if isinstance(where, int) else "key"
    change = f"UPDATE batch_rows SET picked = coalesce(?, picked) WHERE batch_id = ? AND {column} = ? AND place IS NOT NULL"  # noqa: S608 - our names
    return database.execute(change, (picked, batch_id, where)).rowcount > 0
