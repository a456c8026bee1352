"""Batches in the ledger: their plans, who runs them, and what came of each row."""

import os
import secrets
import shlex
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import attrs
import orjson

from stationthis_sdk.entities import RunRecord
from stationthis_sdk.entities.batches import FAILED
from stationthis_sdk.errors import BatchBusy
from stationthis_sdk.store.ledger import Ledger, SubmitRow, submit_of
from stationthis_sdk.store.ledger_file import HOST, as_json, holder_lives

if TYPE_CHECKING:
    import sqlite3

__all__ = [
    "HELD_SECONDS",
    "BatchLedger",
    "BatchRecord",
    "Counts",
    "Planned",
    "Rebuilt",
    "RowRecord",
    "Spent",
    "new_plan",
]

HELD_SECONDS: Final = 30.0
"""For so long a batch is held without being renewed."""
_PAGE: Final = 500
_OLD_PLANS: Final = 86_400.0
_PLAN_BITS: Final = 20
_living: Final[set[str]] = set()


@attrs.frozen
class BatchRecord:
    """One batch as the ledger has it; times are seconds since 1970."""

    name: str
    deployment_id: str | None
    deployment_name: str
    environment: str
    workflow_id: str | None = None
    workflow_version_id: str | None = None
    version: int | None = None
    key_column: str | None = None
    columns: Mapping[str, Any] = attrs.field(factory=dict)
    options: Mapping[str, Any] = attrs.field(factory=dict)
    budget: float | None = None
    max_failures: float | None = None
    id: int = 0
    total: int = 0
    state: str = "planned"
    why: str | None = None
    holder: str | None = None
    holder_pid: int | None = None
    holder_host: str | None = None
    held_until: float | None = None
    created_at: float = attrs.field(factory=time.time)
    updated_at: float = attrs.field(factory=time.time)
    held: bool = False
    """Whether somebody ran it when it was read, as far as this machine can tell: a hold dies with its process."""

    @property
    def is_ours(self) -> bool:
        """Whether it is this process that holds it."""
        return self.holder_host == HOST and self.holder_pid == os.getpid()

    def busy(self) -> BatchBusy:
        """What to say to whoever would run it as well."""
        if self.is_ours:
            return BatchBusy(
                f"Batch {self.name!r} is at work in this process already: st.batches.get({self.name!r}) is that one, to "
                "wait() for or to cancel(). Nothing was sent."
            )
        return BatchBusy(
            f"Batch {self.name!r} is being run by process {self.holder_pid} on {self.holder_host}: wait for it, or stop it "
            f"with `stationthis batches cancel {shlex.quote(self.name)}`. Nothing was sent."
        )


@attrs.frozen
class Planned:
    """One row of a plan; ``inputs`` are JSON, files are named in it."""

    place: int
    id: str
    key: str | None
    inputs: Mapping[str, Any]
    content: str
    extra: Mapping[str, Any]


@attrs.frozen
class RowRecord:
    """One row as the ledger has it. ``place`` is None when it is in the plan no longer."""

    place: int | None
    id: str
    key: str | None
    inputs: Mapping[str, Any]
    content: str
    extra: Mapping[str, Any]
    state: str = "pending"
    attempt: int = 0
    submit_id: str | None = None
    run_id: str | None = None
    reason: str | None = None
    seconds: float | None = None
    gpu: str | None = None
    cost: float | None = None
    spent_unknown: int = 0
    ended_at: float | None = None
    saved_at: float | None = None
    files: tuple[Mapping[str, Any], ...] = ()
    picked: bool = False


@attrs.frozen
class Spent:
    """What one run of a row took and cost; None: nobody knows."""

    seconds: float | None = None
    gpu: str | None = None
    cost: float | None = None


@attrs.frozen
class Rebuilt:
    """A row as the service's runs tell of it: the run of its last attempt, and what all of them took and cost."""

    id: str
    attempt: int
    run: RunRecord
    seconds: float = 0.0
    cost: float | None = None
    unknown: int = 0


@attrs.frozen
class Counts:
    """How many rows of a plan are in each state, how many are saved and picked, and what all runs so far have cost."""

    states: Mapping[str, int] = attrs.field(factory=dict)
    saved: int = 0
    cost: float | None = None
    unknown: int = 0
    picked: int = 0

    @property
    def total(self) -> int:
        """All rows."""
        return sum(self.states.values())

    def of(self, *states: str) -> int:
        """How many rows are in one of these states."""
        return sum(self.states.get(state, 0) for state in states)


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
            return None if row is None else _batch_of(row)

        return await self._ledger.do(read, None)

    async def all(self) -> list[BatchRecord]:
        """All batches, the newest first."""
        query = "SELECT * FROM batches WHERE service = ? AND account = ? ORDER BY updated_at DESC, id DESC"
        whose = (self._ledger.service, self._ledger.account)
        return await self._ledger.do(
            lambda database: [_batch_of(row) for row in database.execute(query, whose)], []
        )

    async def counts(self, batch_id: int) -> Counts:
        """How many rows are in each state."""

        def read(database: "sqlite3.Connection") -> Counts:
            states = database.execute(
                "SELECT state, count(*) AS many, count(saved_at) AS saved, sum(picked) AS picked FROM batch_rows "
                "WHERE batch_id = ? AND place IS NOT NULL GROUP BY state",
                (batch_id,),
            ).fetchall()
            # What rows have cost that are in the plan no longer was spent all the same.
            money = database.execute(
                "SELECT sum(cost) AS cost, sum(spent_unknown) AS unknown FROM batch_rows WHERE batch_id = ?",
                (batch_id,),
            ).fetchone()
            return Counts(
                {row["state"]: row["many"] for row in states},
                sum(row["saved"] for row in states),
                money["cost"],
                money["unknown"] or 0,
                sum(row["picked"] for row in states),
            )

        return await self._ledger.do(read, Counts())

    async def stage(self, plan: int, rows: Sequence[Planned]) -> None:
        """Write some rows of a plan that is being made, beside the batch; ``plan`` is a number of ``new_plan``."""
        values = [
            (plan, row.place, row.id, row.key, as_json(row.inputs), row.content, as_json(row.extra))
            for row in rows
        ]
        statement = "INSERT INTO batch_rows (batch_id, place, id, key, inputs, content, extra) VALUES (?, ?, ?, ?, ?, ?, ?)"
        await self._ledger.sure(
            lambda database: database.executemany(statement, values) and True, "The batch was not planned"
        )

    async def forget_plan(self, plan: int) -> None:
        """Take a plan away that came to nothing, and those of processes that ended while they made one."""
        old = -int((time.time() - _OLD_PLANS) * 1000) << _PLAN_BITS
        statement = "DELETE FROM batch_rows WHERE batch_id = ? OR (batch_id < 0 AND batch_id > ?)"
        await self._ledger.do(lambda database: database.execute(statement, (plan, old)) and None, None)

    async def changed(self, batch_id: int, plan: int) -> list[str]:
        """The keys of rows that were begun with other inputs than the plan's."""
        query = (
            "SELECT old.key AS key FROM batch_rows AS new JOIN batch_rows AS old ON old.batch_id = ? AND old.id = new.id "
            "WHERE new.batch_id = ? AND old.content NOT IN ('', new.content) AND old.state != 'pending' "
            "ORDER BY new.place"
        )
        return await self._ledger.do(
            lambda database: [row["key"] for row in database.execute(query, (batch_id, plan))], []
        )

    async def take_plan(self, record: BatchRecord, plan: int, *, anew: str = "") -> BatchRecord:
        """Make the plan that of the batch, in one step; what is known of rows that it has already is kept.

        anew: which rows are run again though they are done: "changed" ones, "all", or none.

        Raises:
            BatchBusy: somebody has begun to run it meanwhile.
        """
        again = {
            "": "0",
            "changed": f"(batch_rows.content != new.content AND {_NOT_UNDER_WAY})",
            "all": _NOT_UNDER_WAY,
        }[anew]
        # What has made nothing yet takes the inputs of the new plan.
        nothing_made = f"({again} OR batch_rows.state NOT IN ('live', 'sending', 'success'))"
        begun_anew = ", ".join(
            f"{name} = CASE WHEN {again} THEN {fresh} ELSE batch_rows.{name} END"
            for name, fresh in _ANEW.items()
        )

        def write(database: "sqlite3.Connection") -> BatchRecord:
            batch = (self._insert(database, record),)
            now = _batch_of(database.execute("SELECT * FROM batches WHERE id = ?", batch).fetchone())
            if now.held:
                raise now.busy()
            database.execute("UPDATE batch_rows SET place = NULL WHERE batch_id = ?", batch)
            database.execute(
                f"UPDATE batch_rows SET {begun_anew}, inputs = CASE WHEN {nothing_made} THEN new.inputs ELSE batch_rows.inputs END, "  # noqa: S608 - our names
                f"content = CASE WHEN {nothing_made} OR batch_rows.content = '' THEN new.content ELSE batch_rows.content END, place = new.place, "
                "extra = new.extra, key = coalesce(new.key, batch_rows.key) FROM batch_rows AS new "
                "WHERE batch_rows.batch_id = ? AND new.batch_id = ? AND new.id = batch_rows.id",
                (*batch, plan),
            )
            database.execute(
                "DELETE FROM batch_rows WHERE batch_id = ? AND id IN (SELECT id FROM batch_rows WHERE batch_id = ?)",
                (plan, *batch),
            )
            database.execute("UPDATE batch_rows SET batch_id = ? WHERE batch_id = ?", (*batch, plan))
            return self._counted(database, *batch)

        taken = await self._ledger.sure(write, "The batch was not planned")
        return taken or record

    async def rebuilt(self, record: BatchRecord, rows: Sequence[Rebuilt]) -> BatchRecord:
        """Write rows down that were found on the service; what the ledger knows of runs of them already stands."""
        now = time.time()
        values = [
            (
                row.id, as_json(row.run.inputs), *_as_row(row.run, row.attempt), row.seconds, row.run.gpu, row.cost,
                row.unknown, now if row.run.state.final else None,
            )
            for row in rows
        ]  # fmt: skip

        def write(database: "sqlite3.Connection") -> BatchRecord:
            batch = record.id or self._insert(database, attrs.evolve(record, state="paused", why="rebuilt"))
            (place,) = database.execute(
                "SELECT coalesce(max(place), -1) FROM batch_rows WHERE batch_id = ?", (batch,)
            ).fetchone()
            for one in values:
                place += 1
                database.execute(
                    "INSERT INTO batch_rows (batch_id, place, extra, id, inputs, content, state, attempt, submit_id, run_id, "
                    "seconds, gpu, cost, spent_unknown, ended_at) VALUES (?, ?, '{}', ?, ?, '', ?, ?, ?, ?, ?, ?, ?, ?, ?) "
                    "ON CONFLICT (batch_id, id) DO UPDATE SET state = excluded.state, attempt = excluded.attempt, "
                    "submit_id = excluded.submit_id, run_id = excluded.run_id, seconds = excluded.seconds, "
                    "gpu = excluded.gpu, cost = excluded.cost, spent_unknown = excluded.spent_unknown, "
                    "ended_at = excluded.ended_at, reason = NULL "
                    "WHERE state IN ('pending', 'sending') AND excluded.attempt >= attempt",
                    (batch, place, *one),
                )
            database.execute(
                "UPDATE runs SET batch_id = ? WHERE service = ? AND account = ? AND id IN (SELECT value FROM json_each(?))",
                (batch, self._ledger.service, self._ledger.account, as_json([row.run.id for row in rows])),
            )
            return self._counted(database, batch)

        return await self._ledger.sure(write, "The batch was not rebuilt") or record

    def _insert(self, database: "sqlite3.Connection", record: BatchRecord) -> int:
        """A batch's row, new or as it is to be from now on; its id."""
        columns = {
            "service": self._ledger.service, "account": self._ledger.account, "name": record.name,
            "deployment_id": record.deployment_id, "deployment_name": record.deployment_name,
            "environment": record.environment, "workflow_id": record.workflow_id,
            "workflow_version_id": record.workflow_version_id, "version": record.version,
            "key_column": record.key_column, "columns": as_json(record.columns), "options": as_json(record.options),
            "budget": record.budget, "max_failures": record.max_failures, "state": record.state, "why": record.why,
            "created_at": record.created_at, "updated_at": time.time(), "total": 0,
        }  # fmt: skip
        kept = {"service", "account", "name", "created_at", "state", "why", "total"}
        changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in kept)
        names, places = ", ".join(columns), ", ".join("?" * len(columns))
        database.execute(
            f"INSERT INTO batches ({names}) VALUES ({places}) "  # noqa: S608 - our names
            f"ON CONFLICT (service, account, name) DO UPDATE SET {changes}",
            (*columns.values(),),
        )
        found = database.execute(
            "SELECT id FROM batches WHERE service = ? AND account = ? AND name = ?",
            (self._ledger.service, self._ledger.account, record.name),
        ).fetchone()
        return int(found["id"])

    def _counted(self, database: "sqlite3.Connection", batch: int) -> BatchRecord:
        database.execute(
            "UPDATE batches SET total = (SELECT count(*) FROM batch_rows WHERE batch_id = ? AND place IS NOT NULL) "
            "WHERE id = ?",
            (batch, batch),
        )
        return _batch_of(database.execute("SELECT * FROM batches WHERE id = ?", (batch,)).fetchone())

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
            found = _batch_of(row)
            if found.held and found.holder != holder:
                return found
            now = time.time()
            database.execute(
                "UPDATE batches SET holder = ?, holder_pid = ?, holder_host = ?, held_until = ?, state = ?, why = NULL, "
                "updated_at = ? WHERE id = ?",
                (holder, os.getpid(), HOST, now + HELD_SECONDS, state, now, batch_id),
            )
            return _batch_of(database.execute("SELECT * FROM batches WHERE id = ?", (batch_id,)).fetchone())

        _living.add(holder)
        taken = None
        try:
            taken = await self._ledger.sure(write, "The batch was not begun")
        finally:
            if taken is None or taken.holder != holder:
                _living.discard(holder)
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
            _living.discard(holder)

    async def set_version(self, batch_id: int, version_id: str | None, version: int | None) -> None:
        """From now on another version of the workflow is what is planned for."""
        statement = "UPDATE batches SET workflow_version_id = ?, version = ? WHERE id = ?"
        values = (version_id, version, batch_id)
        await self._ledger.do(lambda database: database.execute(statement, values) and None, None)

    async def planned(self, batch_id: int | None, plan: int) -> tuple[int, int]:
        """How many rows the plan has, and how many of them have ended well or are under way already."""
        query = (
            "SELECT count(*) AS rows, count(old.id) AS there FROM batch_rows AS new LEFT JOIN batch_rows AS old "
            "ON old.batch_id = ? AND old.id = new.id AND old.state IN ('success', 'live', 'sending') WHERE new.batch_id = ?"
        )

        def read(database: "sqlite3.Connection") -> tuple[int, int]:
            row = database.execute(query, (batch_id or 0, plan)).fetchone()
            return row["rows"], row["there"]

        return await self._ledger.do(read, (0, 0))

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
        """The rows of the plan in their order, some at a time, as they are when their turn comes."""
        query = "SELECT * FROM batch_rows WHERE batch_id = ? AND place > ?"
        if wanted := tuple(states):
            query += f" AND state IN ({', '.join('?' * len(wanted))})"
        if unsaved:
            query += " AND saved_at IS NULL"
        query += " ORDER BY place LIMIT ?"

        def read(database: "sqlite3.Connection") -> list[RowRecord]:
            return [_row_of(row) for row in database.execute(query, (batch_id, after, *wanted, _PAGE))]

        nothing: list[RowRecord] = []
        while page := await self._ledger.do(read, nothing):
            for row in page:
                yield row
            after = page[-1].place if page[-1].place is not None else after

    async def dropped(self, batch_id: int) -> list[RowRecord]:
        """Rows that are in the plan no longer, and have a run under way all the same: it costs what it costs."""
        query = "SELECT * FROM batch_rows WHERE batch_id = ? AND place IS NULL AND state = 'live'"
        return await self._ledger.do(
            lambda database: [_row_of(row) for row in database.execute(query, (batch_id,))], []
        )

    async def row(self, batch_id: int, where: int | str) -> RowRecord | None:
        """One row, by its place or its key."""
        column = "place" if isinstance(where, int) else "key"

        def read(database: "sqlite3.Connection") -> RowRecord | None:
            query = f"SELECT * FROM batch_rows WHERE batch_id = ? AND {column} = ? AND place IS NOT NULL"  # noqa: S608 - our names
            row = database.execute(query, (batch_id, where)).fetchone()
            return None if row is None else _row_of(row)

        return await self._ledger.do(read, None)

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
            return None if row is None else _row_of(row)

        return await self._ledger.do(read, None)

    async def runs_of(self, batch_id: int) -> list[str]:
        """All runs that came of it, also those whose rows know nothing of them any more."""
        query = "SELECT id FROM runs WHERE service = ? AND account = ? AND batch_id = ? ORDER BY rowid"
        values = (self._ledger.service, self._ledger.account, batch_id)
        return await self._ledger.do(
            lambda database: [row["id"] for row in database.execute(query, values)], []
        )

    async def sending(self, batch_id: int, row: str, attempt: int, submit_id: str) -> bool:
        """Write down that a row is about to be sent, before anything is; False: it is not to be, or not by this holder.

        Raises:
            SaveFailed: it can't be written just now.
        """
        statement = (
            "UPDATE batch_rows SET state = 'sending', submit_id = ? WHERE batch_id = ? AND id = ? AND attempt = ? "  # noqa: S608 - our words
            "AND state = 'pending'" + _WHILE_HELD
        )
        values = (submit_id, batch_id, row, attempt, batch_id, self._holder)
        written = await self._ledger.sure(
            lambda database: database.execute(statement, values).rowcount, "Nothing was sent of a row"
        )
        return written == 1

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
        fresh = ", ".join(f"{name} = {value}" for name, value in _ANEW.items())
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
        return await self._ledger.do(
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

        return await self._ledger.do(read, otherwise=False)

    async def unsent(self, batch_id: int, but: Iterable[str] = ()) -> None:
        """Rows that were about to be sent when it was stopped, and never were: no submit of theirs is written.

        ``but`` are rows of this process whose submits may be written yet.
        """
        statement = (
            "UPDATE batch_rows SET state = 'pending', submit_id = NULL WHERE batch_id = ? AND state = 'sending' "  # noqa: S608 - our words
            "AND NOT EXISTS (SELECT 1 FROM submits WHERE submits.id = batch_rows.submit_id) "
            "AND id NOT IN (SELECT value FROM json_each(?))" + _WHILE_HELD
        )
        values = (batch_id, as_json([*but]), batch_id, self._holder)
        await self._ledger.do(lambda database: database.execute(statement, values) and None, None)


_OF_BATCH: Final = "UPDATE runs SET batch_id = ? WHERE service = ? AND account = ? AND id = ?"
_WHILE_HELD: Final = " AND EXISTS (SELECT 1 FROM batches WHERE id = ? AND holder = ?)"
_SPENT: Final = (
    "seconds = coalesce(seconds, 0) + ?, gpu = coalesce(?, gpu), cost = CASE WHEN ? IS NULL THEN cost ELSE "
    "coalesce(cost, 0) + ? END, spent_unknown = spent_unknown + ?"
)
_NOT_UNDER_WAY: Final = "batch_rows.state NOT IN ('live', 'sending')"
"""A run that lives is waited for: begun anew beside it, the row would be paid for twice."""
_ANEW: Final = {
    "state": "'pending'", "attempt": "batch_rows.attempt + 1", "submit_id": "NULL", "run_id": "NULL",
    "reason": "NULL", "ended_at": "NULL", "saved_at": "NULL", "files": "'[]'",
    "picked": "0",
}  # fmt: skip
"""What a row is when it is begun anew; what it has cost it has cost."""


def _picked(database: "sqlite3.Connection", batch_id: int, where: int | str, picked: bool | None) -> bool:
    """Note whether a row is picked, None: as it is; whether there is such a row."""
    column = "place" if isinstance(where, int) else "key"
    change = f"UPDATE batch_rows SET picked = coalesce(?, picked) WHERE batch_id = ? AND {column} = ? AND place IS NOT NULL"  # noqa: S608 - our names
    return database.execute(change, (picked, batch_id, where)).rowcount > 0


def new_plan() -> int:
    """A number for a plan that is being made: below 0, and by the time at which it was begun."""
    return -((int(time.time() * 1000) << _PLAN_BITS) + secrets.randbits(_PLAN_BITS))


def _as_row(run: RunRecord, attempt: int) -> tuple[str, int, str | None, str | None]:
    """State, attempt, submit and run of a row of which this was the last run; one that was cancelled is to be run yet."""
    if run.state == "cancelled":
        return "pending", attempt + 1, None, None
    return str(run.state) if run.state.final else "live", attempt, run.submit_id, run.id


def _batch_of(row: "sqlite3.Row") -> BatchRecord:
    columns = {field.name: row[field.name] for field in attrs.fields(BatchRecord) if field.name != "held"}
    told = {name: orjson.loads(row[name]) for name in ("columns", "options")}
    return BatchRecord(**columns | told, held=_is_held(row))


def _is_held(row: "sqlite3.Row") -> bool:
    if row["holder"] is None or (row["held_until"] or 0.0) <= time.time():
        return False
    if row["holder_host"] != HOST:
        return True
    return holder_lives(row["holder"], row["holder_pid"], _living)


def _row_of(row: "sqlite3.Row") -> RowRecord:
    columns = {field.name: row[field.name] for field in attrs.fields(RowRecord)}
    told = {name: orjson.loads(row[name]) for name in ("inputs", "extra")}
    kept = {"files": tuple(orjson.loads(row["files"])), "picked": bool(row["picked"])}
    return RowRecord(**columns | told | kept)
