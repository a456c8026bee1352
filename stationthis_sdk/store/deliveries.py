"""Whom nobody has told of a run's end yet: one row a run in the ledger, so that each end is told once.

Written before a webhook is answered. Whoever is about to tell claims the row first: of several processes one does. A
claim ends with its process, at the latest a minute after it was renewed last. Where the ledger can't be used just now
nothing is claimed and nothing taken; only where there can be none at all, everything is new and one's own.
"""

import asyncio
import contextlib
import os
import secrets
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs
import orjson

from stationthis_sdk.entities import RunRecord, RunState
from stationthis_sdk.errors import SaveFailed
from stationthis_sdk.logs import logger, redact
from stationthis_sdk.store.ledger import Ledger
from stationthis_sdk.store.ledger_file import HOST, holder_lives
from stationthis_sdk.store.submitted import NEWEST, Looked, look_through

if TYPE_CHECKING:
    import sqlite3

__all__ = ["CLAIM_SECONDS", "UNKNOWN", "Deliveries", "NotNow", "Undelivered"]

T = TypeVar("T")

CLAIM_SECONDS: Final = 60.0
LONGEST_CALL: Final = 3600.0
"""For so many seconds a process of this machine that lives keeps a claim though it does not renew it: it may be busy."""
UNKNOWN: Final = "unknown"
"""The state of a run that the service does not have."""
MISSING_SECONDS: float = 60.0
"""For so long the service must not have a run before it counts as unknown: it may have a bad day."""
AGAIN: float = 1.0
"""Seconds between two tries to write down that an end was told."""
_LONGEST_PROBLEM: Final = 500
_living: Final[set[str]] = set()
_told: Final[dict[tuple[str, ...], float]] = {}
"""The ends this process has told of that could not be written down yet: the ledger's path, whose they are, the run's id."""
_NOT_NOW: Final[Any] = object()
_log = logger("webhooks")

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_living.clear)
    os.register_at_fork(after_in_child=_told.clear)


class NotNow(SaveFailed):
    """The ledger can't be used just now; the next time may be better."""


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
    """The deliveries of one account, and who looks after them: an object of one process.

    ``ledger`` is asked each time; every method raises ``NotNow`` where it says nothing else.
    """

    def __init__(self, ledger: Callable[[], Ledger]) -> None:
        self._ledger = ledger
        self._whose = (ledger().service, ledger().account)
        self._name = secrets.token_hex(8)
        self._pending: list[tuple[RunRecord, str | None, asyncio.Future[bool]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._looked: dict[str | None, Looked] = {}

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
                "claim_host = ?, claim_until = ?, left_at = NULL, missed_at = NULL "
                "WHERE service = ? AND account = ? AND run_id = ?",
                (state, now, self._name, os.getpid(), HOST, now + CLAIM_SECONDS, service, account, run_id),
            )
            return "mine"

        if self._key(run_id) in _told:
            return "called"
        _living.add(self._name)
        return await self._do(write, "mine")

    async def renew(self) -> None:
        """Keep the claims of this one; when that can't be written they last as long as they do."""
        with contextlib.suppress(NotNow):
            await self._change(
                "claim_until = ?", time.time() + CLAIM_SECONDS, where="claimant = ?", of=self._name
            )

    async def called(self, run_id: str) -> None:
        """on_final has returned: the end is told, for good. Tried until it is written; who can't wait says ``leave``."""
        _told[self._key(run_id)] = time.time()
        warned = False
        while True:
            try:
                written = await self._do(self._write_told, [self._key(run_id)])
            except NotNow as error:
                if not warned:
                    _log.warning("The end of run %s was told, which is still to be written down: %s", run_id, error.message)  # fmt: skip
                warned = True
                await asyncio.sleep(AGAIN)
            else:
                self._are_written(written)
                return

    async def failed(self, run_id: str, problem: str) -> None:
        """on_final has failed: it may be tried again, by anybody; keys in what it says are nobody's business."""
        problem = redact(problem).encode(errors="replace").decode()[:_LONGEST_PROBLEM]
        await self._change(
            "attempts = attempts + 1, problem = ?, claimant = nullif(claimant, ?)",
            problem,
            self._name,
            where="run_id = ?",
            of=run_id,
        )

    async def seen(self, run_id: str, state: str, submit_id: str | None) -> None:
        """The end was read by somebody who calls nobody back: whoever would is asked about it for a week, no longer."""

        def write(database: "sqlite3.Connection") -> None:
            if self._row(database, run_id) is None:
                self._insert(database, run_id, state, submit_id, copies=0)
            database.execute(
                "UPDATE deliveries SET state = ?, confirmed_at = coalesce(confirmed_at, ?), left_at = ?, missed_at = NULL "
                "WHERE service = ? AND account = ? AND run_id = ? AND called_at IS NULL AND claimant IS NULL AND attempts = 0",
                (state, time.time(), time.time(), *self._whose, run_id),
            )

        await self._do(write, None)

    async def missing(self, run_id: str) -> bool:
        """The service has no such run. Whether that was so for a minute: then nothing is to be told, unless a webhook comes."""

        def write(database: "sqlite3.Connection") -> bool:
            now = time.time()
            row = self._row(database, run_id)
            if row is None:
                self._insert(database, run_id, "not-started", None, copies=0)
            since = now if row is None or row["missed_at"] is None else row["missed_at"]
            unknown = bool(now >= since + MISSING_SECONDS)
            change = "missed_at = ?, state = ?, left_at = ?" if unknown else "missed_at = ?"
            database.execute(
                f"UPDATE deliveries SET {change} WHERE service = ? AND account = ? AND run_id = ? AND called_at IS NULL",  # noqa: S608 - our words
                (since, *((UNKNOWN, now) if unknown else ()), *self._whose, run_id),
            )
            return unknown

        return await self._do(write, False)

    def found(self, run_id: str) -> None:
        """The service has it after all; not waited for."""
        change = (
            "UPDATE deliveries SET missed_at = NULL WHERE service = ? AND account = ? AND run_id = ? "
            "AND missed_at IS NOT NULL"
        )
        self._ledger().do_soon(lambda database: database.execute(change, (*self._whose, run_id)))

    def leave(self) -> None:
        """Leave what is claimed and not told to others; not waited for."""
        _living.discard(self._name)
        change = "UPDATE deliveries SET claimant = NULL WHERE claimant = ?"

        def write(database: "sqlite3.Connection") -> None:
            self._write_told(database)
            database.execute(change, (self._name,))

        self._ledger().do_soon(write)

    async def open(self, tag: str | None = None, *, seen: bool = True) -> list[Undelivered]:
        """The runs whose ends nobody was told of, oldest first: a webhook came, or they were submitted with one or with this tag.

        seen: also those of the last week whose end was ``seen``.
        """
        looked, further = self._looked.get(tag, Looked()), True
        while further:

            def look(database: "sqlite3.Connection", before: Looked = looked) -> tuple[Looked, bool]:
                return look_through(database, self._whose, tag, before)

            looked, further = await self._do(look, (looked, False))
        of_webhooks = (
            "SELECT deliveries.*, coalesce(deliveries.state, said) AS told, runs.state AS heard, came_at AS since "
            "FROM deliveries LEFT JOIN runs ON runs.service = deliveries.service AND runs.account = deliveries.account "
            "AND runs.id = run_id WHERE deliveries.service = ? AND deliveries.account = ? "
            "AND called_at IS NULL AND coalesce(deliveries.state, '') != ? AND "
        )
        started_here = (
            "SELECT runs.id, state, made_at FROM json_each(?) AS wanted CROSS JOIN runs ON service = ? AND account = ? "
            "AND runs.id = wanted.value WHERE made_at > ? AND NOT EXISTS (SELECT 1 FROM deliveries "
            "WHERE deliveries.service = runs.service AND deliveries.account = runs.account AND run_id = runs.id)"
        )
        wanted = orjson.dumps([*looked.wanted]).decode()

        def read(database: "sqlite3.Connection") -> tuple[list[Any], list[Any], list[tuple[str, ...]]]:
            written = self._write_told(database)
            week = time.time() - NEWEST
            values = (*self._whose, UNKNOWN)
            told = [*database.execute(of_webhooks + "left_at IS NULL", values)]
            if seen:
                told += database.execute(of_webhooks + "left_at > ?", (*values, week))
            return told, [*database.execute(started_here, (wanted, *self._whose, week))], written

        nothing: tuple[list[Any], list[Any], list[tuple[str, ...]]] = ([], [], [])
        told, started, written = await self._do(read, nothing)
        self._are_written(written)
        self._looked[tag] = attrs.evolve(looked, wanted=frozenset(row["id"] for row in started))
        rows = [
            *map(_undelivered, told),
            *(Undelivered(row["id"], RunState(row["state"]), _moment(row["made_at"])) for row in started),
        ]
        return sorted(rows, key=lambda one: (one.since, one.run_id))

    def _key(self, run_id: str) -> tuple[str, ...]:
        return str(self._ledger().path), *self._whose, run_id

    def _write_told(self, database: "sqlite3.Connection") -> list[tuple[str, ...]]:
        """Write down whose ends were told; which those are."""
        where = self._key("")[:-1]
        ours = [(key, at) for key, at in list(_told.items()) if key[:-1] == where]
        database.executemany(
            "UPDATE deliveries SET called_at = coalesce(called_at, ?), claimant = NULL "
            "WHERE service = ? AND account = ? AND run_id = ?",
            [(at, *key[1:]) for key, at in ours],
        )
        return [key for key, _ in ours]

    def _are_written(self, keys: Iterable[tuple[str, ...]]) -> None:
        for key in keys:
            _told.pop(key, None)

    async def _write(self) -> None:
        while self._pending:
            batch, self._pending = self._pending, []

            def write(database: "sqlite3.Connection", batch: Any = batch) -> list[bool]:
                return [self._put(database, record, submit_id) for record, submit_id, _ in batch]

            try:
                answers = await self._do(write, [True] * len(batch))
            except NotNow as error:
                for _, _, written in batch:
                    if not written.done():
                        written.set_exception(NotNow(error.message))
                continue
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
        if row["called_at"] is not None or self._key(record.id) in _told:
            return False
        said = RunState(row["said"])
        forward = not said.final and record.state.rank >= said.rank
        database.execute(
            "UPDATE deliveries SET said = ?, copies = copies + 1, submit_id = coalesce(submit_id, ?) "
            "WHERE service = ? AND account = ? AND run_id = ?",
            (str(record.state if forward else said), submit_id, *self._whose, record.id),
        )
        if row["state"] == UNKNOWN:
            database.execute(
                "UPDATE deliveries SET state = NULL, left_at = NULL, missed_at = NULL "
                "WHERE service = ? AND account = ? AND run_id = ?",
                (*self._whose, record.id),
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
        await self._do(lambda database: _execute(database, statement, (*values, *self._whose, of)), None)

    async def _do(self, work: "Callable[[sqlite3.Connection], T]", otherwise: T) -> T:
        """Do something in the ledger; ``otherwise`` where there is none and will be none.

        Raises:
            NotNow: it can't be used just now.
        """
        ledger = self._ledger()
        answer: T = await ledger.do(work, _NOT_NOW)
        if answer is not _NOT_NOW:
            return answer
        if ledger.why is None:
            raise NotNow(
                f"The ledger {ledger.path} can't be used just now (is the disk full, or does another program hold it?). "
                "Try again when that is over."
            )
        return otherwise


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
    return holder_lives(row["claimant"], row["claim_pid"], _living)
