"""Whom nobody has told of a run's end yet: one row a run in the ledger, so that each end is told once.

Written before a webhook is answered. Whoever is about to tell claims the row first: of several processes one does. A
claim ends with its process, at the latest a minute after it was renewed last.
"""

import asyncio
import os
import secrets
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import attrs

from stationthis_sdk.entities import RunRecord, RunState
from stationthis_sdk.store.ledger import Ledger
from stationthis_sdk.store.ledger_file import HOST, is_alive

if TYPE_CHECKING:
    import sqlite3

__all__ = ["CLAIM_SECONDS", "NEWEST", "UNKNOWN", "Deliveries", "Undelivered"]

CLAIM_SECONDS: Final = 60.0
LONGEST_CALL: Final = 3600.0
"""For so many seconds a process of this machine that lives keeps a claim though it does not renew it: it may be busy."""
UNKNOWN: Final = "unknown"
"""The state of a run that the service does not have."""
NEWEST: Final = 7 * 86_400.0
"""How many seconds ago a run may have been made that nobody has told of by a webhook: older ones are not asked about."""
_living: Final[set[str]] = set()


@attrs.frozen
class Undelivered:
    """A run whose end nobody was called back about.

    ``state`` is the furthest that was heard of it here, of the service or of a webhook; ``since`` is when a webhook
    came first, else when it was made. ``attempts`` is how often on_final has failed, ``problem`` how the last time.
    ``under_way``: on_final is being called now, by this process or another one that lives.
    """

    run_id: str
    state: RunState
    since: datetime
    attempts: int = 0
    problem: str | None = None
    under_way: bool = False

    @property
    def ended(self) -> bool:
        """Whether there is word that it has ended."""
        return self.state.final


class Deliveries:
    """The deliveries of one account, and who looks after them."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._whose = (ledger.service, ledger.account)
        self._name = secrets.token_hex(8)
        self._pending: list[tuple[RunRecord, str | None, asyncio.Future[bool]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def told(self, record: RunRecord, submit_id: str | None) -> bool:
        """Keep what a webhook said; False when there is nothing left to do about this run.

        Many that come at once are written at once.
        """
        loop = asyncio.get_running_loop()
        written: asyncio.Future[bool] = loop.create_future()
        self._pending.append((record, submit_id, written))
        if self._writing is None or self._writing.done():
            self._writing = loop.create_task(self._write())
        return await written

    async def claim(self, run_id: str, state: str, submit_id: str | None) -> str:
        """Write the end down as it was read, and take on to tell of it: mine, others' (for now), or called already."""
        service, account = self._whose

        def write(database: "sqlite3.Connection") -> str:
            row = self._row(database, run_id)
            now = time.time()
            if row is None:
                self._insert(database, run_id, state, submit_id, copies=0)
            elif row["called_at"] is not None:
                return "called"
            elif row["claimant"] not in {None, self._name} and _holds(row):
                return "others"
            database.execute(
                "UPDATE deliveries SET state = ?, confirmed_at = coalesce(confirmed_at, ?), claimant = ?, claim_pid = ?, "
                "claim_host = ?, claim_until = ? WHERE service = ? AND account = ? AND run_id = ?",
                (state, now, self._name, os.getpid(), HOST, now + CLAIM_SECONDS, service, account, run_id),
            )
            return "mine"

        _living.add(self._name)
        return await self._ledger.do(write, "mine")

    async def renew(self) -> None:
        """Keep the claims of this one."""
        await self._change(
            "claim_until = ?", time.time() + CLAIM_SECONDS, where="claimant = ?", of=self._name
        )

    async def called(self, run_id: str) -> None:
        """on_final has returned: the end is told, for good; written although whoever waits for that may be cancelled."""
        statement = "UPDATE deliveries SET called_at = ?, claimant = NULL WHERE service = ? AND account = ? AND run_id = ?"
        values = (time.time(), *self._whose, run_id)
        self._ledger.do_soon(lambda database: _execute(database, statement, values))
        await self._ledger.do(lambda _: None, None)

    async def failed(self, run_id: str, problem: str) -> None:
        """on_final has failed: it may be tried again, by anybody."""
        await self._change(
            "attempts = attempts + 1, problem = ?, claimant = NULL", problem, where="run_id = ?", of=run_id
        )

    async def unknown(self, run_id: str) -> None:
        """The service has no such run: there is nothing to tell of, unless another webhook comes."""
        await self._change("state = ?", UNKNOWN, where="run_id = ?", of=run_id)

    def leave(self) -> None:
        """Leave what is claimed and not told to others; not waited for."""
        _living.discard(self._name)
        change = "UPDATE deliveries SET claimant = NULL WHERE claimant = ?"
        self._ledger.do_soon(lambda database: database.execute(change, (self._name,)))

    async def open(self, tag: str | None = None) -> list[Undelivered]:
        """The runs whose ends nobody was told of, oldest first: a webhook came, or they were submitted with one or with this tag."""
        of_webhooks = (
            "SELECT deliveries.*, coalesce(deliveries.state, said) AS told, runs.state AS heard, came_at AS since "
            "FROM deliveries LEFT JOIN runs ON runs.service = deliveries.service AND runs.account = deliveries.account "
            "AND runs.id = run_id WHERE deliveries.service = ? AND deliveries.account = ? "
            "AND called_at IS NULL AND coalesce(deliveries.state, '') != ?"
        )
        tagged = " OR EXISTS (SELECT 1 FROM json_each(runs.tags) WHERE value = ?)" if tag is not None else ""
        started_here = (
            "SELECT id, state, made_at FROM runs WHERE service = ? AND account = ? AND made_at > ? "  # noqa: S608 - our words
            "AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.service = runs.service "
            "AND deliveries.account = runs.account AND deliveries.run_id = runs.id) "
            f"AND (EXISTS (SELECT 1 FROM submits WHERE submits.id = runs.submit_id AND webhook){tagged})"
        )

        def read(database: "sqlite3.Connection") -> list[Undelivered]:
            values = (*self._whose, time.time() - NEWEST, *([] if tag is None else [tag]))
            rows = [
                *map(_undelivered, database.execute(of_webhooks, (*self._whose, UNKNOWN))),
                *(
                    Undelivered(row["id"], RunState(row["state"]), _moment(row["made_at"]))
                    for row in database.execute(started_here, values)
                ),
            ]
            return sorted(rows, key=lambda one: one.since)

        return await self._ledger.do(read, [])

    async def _write(self) -> None:
        while self._pending:
            batch, self._pending = self._pending, []

            def write(database: "sqlite3.Connection", batch: Any = batch) -> list[bool]:
                return [self._put(database, record, submit_id) for record, submit_id, _ in batch]

            try:
                answers = await self._ledger.do(write, [True] * len(batch))
            except BaseException as error:
                for _, _, written in batch:
                    if not written.done():
                        written.set_exception(error) if isinstance(error, Exception) else written.cancel()
                raise
            for (_, _, written), answer in zip(batch, answers, strict=True):
                if not written.done():
                    written.set_result(answer)

    def _put(self, database: "sqlite3.Connection", record: RunRecord, submit_id: str | None) -> bool:
        row = self._row(database, record.id)
        if row is None:
            self._insert(database, record.id, str(record.state), submit_id, copies=1)
            return True
        if row["called_at"] is not None:
            return False
        said = RunState(row["said"])
        forward = not said.final and record.state.rank >= said.rank
        database.execute(
            "UPDATE deliveries SET said = ?, copies = copies + 1, submit_id = coalesce(submit_id, ?), "
            "state = nullif(state, ?) WHERE service = ? AND account = ? AND run_id = ?",
            (str(record.state if forward else said), submit_id, UNKNOWN, *self._whose, record.id),
        )
        return True

    def _row(self, database: "sqlite3.Connection", run_id: str) -> Any:
        query = "SELECT * FROM deliveries WHERE service = ? AND account = ? AND run_id = ?"
        return database.execute(query, (*self._whose, run_id)).fetchone()

    def _insert(
        self, database: "sqlite3.Connection", run_id: str, said: str, submit_id: str | None, *, copies: int
    ) -> None:
        database.execute(
            "INSERT INTO deliveries (service, account, run_id, said, submit_id, copies, came_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*self._whose, run_id, said, submit_id, copies, time.time()),
        )

    async def _change(self, change: str, *values: Any, where: str, of: str) -> None:
        statement = f"UPDATE deliveries SET {change} WHERE service = ? AND account = ? AND called_at IS NULL AND {where}"  # noqa: S608 - our words
        await self._ledger.do(
            lambda database: _execute(database, statement, (*values, *self._whose, of)), None
        )


def _execute(database: "sqlite3.Connection", statement: str, values: Iterable[Any]) -> None:
    database.execute(statement, tuple(values))


def _undelivered(row: Any) -> Undelivered:
    states = [RunState(state) for state in (row["told"], row["heard"]) if state is not None]
    return Undelivered(
        row["run_id"],
        max(states, key=lambda state: state.rank),
        _moment(row["since"]),
        row["attempts"],
        row["problem"],
        under_way=row["claimant"] is not None and _holds(row),
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _holds(row: Any) -> bool:
    """Whether a claim of another still counts."""
    if row["claim_host"] != HOST:
        return bool(row["claim_until"] > time.time())
    if row["claim_until"] + LONGEST_CALL <= time.time():
        return False
    if row["claim_pid"] == os.getpid():
        return row["claimant"] in _living  # else of a process before us that had our number
    return is_alive(row["claim_pid"])
