"""Plans of batches in the ledger: written beside the batch, compared with what is known of it, and taken in one step."""

import secrets
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import attrs

from stationthis_sdk.entities import RunRecord
from stationthis_sdk.store.batch_records import BatchRecord, Planned, Rebuilt, batch_of
from stationthis_sdk.store.ledger import Ledger
from stationthis_sdk.store.ledger_file import as_json

if TYPE_CHECKING:
    import sqlite3

__all__ = ["ANEW", "BatchPlans", "new_plan"]

_OLD_PLANS: Final = 86_400.0
_PLAN_BITS: Final = 20
_NOT_UNDER_WAY: Final = "batch_rows.state NOT IN ('live', 'sending')"
"""A run that lives is waited for: begun anew beside it, the row would be paid for twice."""
ANEW: Final = {
    "state": "'pending'", "attempt": "batch_rows.attempt + 1", "submit_id": "NULL", "run_id": "NULL",
    "reason": "NULL", "ended_at": "NULL", "saved_at": "NULL", "files": "'[]'",
    "picked": "0",
}  # fmt: skip
"""What a row is when it is begun anew; what it has cost it has cost."""


class BatchPlans:
    """The plans of one account's batches."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

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

    async def forget(self, plan: int) -> None:
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

    async def take(self, record: BatchRecord, plan: int, *, anew: str = "") -> BatchRecord:
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
            for name, fresh in ANEW.items()
        )

        def write(database: "sqlite3.Connection") -> BatchRecord:
            batch = (self._insert(database, record),)
            now = batch_of(database.execute("SELECT * FROM batches WHERE id = ?", batch).fetchone())
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
        return batch_of(database.execute("SELECT * FROM batches WHERE id = ?", (batch,)).fetchone())


def new_plan() -> int:
    """A number for a plan that is being made: below 0, and by the time at which it was begun."""
    return -((int(time.time() * 1000) << _PLAN_BITS) + secrets.randbits(_PLAN_BITS))


def _as_row(run: RunRecord, attempt: int) -> tuple[str, int, str | None, str | None]:
    """State, attempt, submit and run of a row of which this was the last run; one that was cancelled is to be run yet."""
    if run.state == "cancelled":
        return "pending", attempt + 1, None, None
    return str(run.state) if run.state.final else "live", attempt, run.submit_id, run.id
