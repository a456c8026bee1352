"""The ledger: what was submitted, the runs that came of it, and what was told of their ends. People's data, never wiped.

One SQLite file, ``ledger.db`` in the data folder, for all accounts. It is written before a run is asked for, so that no
process, however it ends, leaves a run that nobody knows of. What the columns mean stands in ``ledger_schema``.
"""

import functools
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

import attrs
import orjson

from stationthis_sdk.entities import Cost, OutputItem, RunRecord, RunState
from stationthis_sdk.errors import SaveFailed
from stationthis_sdk.store.kept_costs import cost_in
from stationthis_sdk.store.ledger_file import HOST, LedgerFile, as_json, is_alive

if TYPE_CHECKING:
    import asyncio
    import sqlite3

__all__ = ["Claim", "Ledger", "LedgerRun", "SubmitRow", "submit_of"]

T = TypeVar("T")

_LONGEST_SECONDS: Final = 1800.0
"""Nobody is at one submit for longer: two requests of five minutes at the most, and two times looking for its run."""
OPEN: Final = ("sending", "lost")
"""States of a submit of which nobody knows yet what came."""


@attrs.frozen
class SubmitRow:
    """One submit as the ledger has it; times are seconds since 1970."""

    id: str
    name: str
    inputs: Mapping[str, Any] = attrs.field(factory=dict)
    tags: tuple[str, ...] = ()
    deployment_id: str | None = None
    workflow_id: str | None = None
    workflow_version_id: str | None = None
    machine_id: str | None = None
    state: str = "sending"
    run_id: str | None = None
    reason: str | None = None
    pid: int = attrs.field(factory=os.getpid)
    host: str = HOST
    created_at: float = attrs.field(factory=time.time)
    sent_at: float | None = None
    given_up_at: float | None = None
    clock_offset: float | None = None
    webhook: bool = False

    @property
    def never_sent(self) -> bool:
        """Whether another process has taken over what it was to start, so that it is not sent any more."""
        return self.state == "absent" and self.sent_at is None

    @property
    def under_way(self) -> bool:
        """Whether somebody is still at it: sends it, or looks for its run, as far as this machine can tell."""
        fresh = time.time() < self.created_at + _LONGEST_SECONDS  # after that its pid is another process
        return self.state == "sending" and fresh and self.host == HOST and is_alive(self.pid)


class Claim(Protocol):
    """What a submit is made for: it is asked before anything is sent, and written in the same transactions."""

    def check(self) -> None:
        """Go on while it may be sent.

        Raises:
            StationThisError: it may no longer.
        """

    def sending(self, database: "sqlite3.Connection") -> bool:
        """It is about to be sent; False: it is not to be."""

    def accepted(self, database: "sqlite3.Connection", run_id: str) -> None:
        """A run has come of it."""


@attrs.frozen
class LedgerRun:
    """One run as the ledger has it."""

    record: RunRecord
    reason: str | None = None
    cancel_wanted_until: float | None = None
    cost: Cost | None = None


@attrs.frozen
class Ledger:
    """What one account has in the ledger of one data folder."""

    file: LedgerFile
    service: str
    account: str

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.file.path

    @property
    def _whose(self) -> tuple[str, str]:
        return self.service, self.account

    @property
    def why(self) -> str | None:
        """Why it can't be used, where it can't."""
        return self.file.why

    async def sending(self, row: SubmitRow, claim: Claim | None = None) -> None:
        """Write a submit down, before its first byte is sent; again, when what it runs has moved and nothing came of it.

        Raises:
            SaveFailed: the ledger can't be written just now, or another process has given this submit up before it was
                sent, and sends another; or it is not its ``claim``'s to send. Where there can be no ledger at all, work
                goes on without, unless there is a claim.
        """

        def write(database: "sqlite3.Connection") -> bool:
            given_up = "SELECT 1 FROM submits WHERE id = ? AND state = 'absent' AND sent_at IS NULL"
            if database.execute(given_up, (row.id,)).fetchone():
                return False
            if claim is not None and not claim.sending(database):
                return False
            self.put_submit(database, row, sent_at=row.created_at)
            return True

        written = await self.sure(write, f"Nothing was sent of {row.name!r}")
        if written is False:
            raise SaveFailed(f"Nothing was sent of {row.name!r}: another process sends it, under another id.")
        if written is None and claim is not None:
            raise SaveFailed(f"Nothing was sent of {row.name!r}: the ledger can't be used ({self.why}).")

    def put_submit(
        self, database: "sqlite3.Connection", row: SubmitRow, *, sent_at: float | None = None
    ) -> None:
        """Write a submit down within a transaction; ``sent_at`` None: it is not to be sent."""
        columns = attrs.asdict(row, recurse=False) | {"service": self.service, "account": self.account}
        columns["inputs"], columns["tags"] = as_json(row.inputs), as_json(row.tags)
        columns["updated_at"], columns["sent_at"] = row.created_at, sent_at
        database.execute(_inserting("submits", (*columns,)), (*columns.values(),))

    async def sending_again(self, row: SubmitRow) -> str | None:
        """Its POST goes out once more: nothing was given up any more. The run's id when another has found it meanwhile.

        Raises:
            SaveFailed: as ``sending``.
        """
        change = "UPDATE submits SET sent_at = ?, given_up_at = NULL, updated_at = ? WHERE id = ? AND run_id IS NULL"

        def write(database: "sqlite3.Connection") -> tuple[str | None]:
            _change(database, change, (time.time(), time.time(), row.id))
            found = database.execute("SELECT run_id FROM submits WHERE id = ?", (row.id,)).fetchone()
            return (None if found is None else found["run_id"],)

        written = await self.sure(write, f"The run of {row.name!r} was not asked for again")
        return written[0] if written else None

    async def sure(self, work: "Callable[[sqlite3.Connection], T]", otherwise: str) -> T | None:
        """What must be written before money is spent; None only where there can be no ledger at all."""
        done = await self.do(work, None)
        if done is None and self.why is None:
            raise SaveFailed(
                f"{otherwise}: the ledger {self.path} can't be written just now (is the disk full, or does another "
                "program hold it?). Try again when that is over."
            )
        return done

    async def accepted(self, submit_id: str, record: RunRecord, claim: Claim | None = None) -> None:
        """The service has made a run of a submit."""

        def write(database: "sqlite3.Connection") -> None:
            _settle(database, submit_id, "accepted", run_id=record.id)
            _put_run(database, self.service, self.account, record)
            bind = (
                "UPDATE OR IGNORE trainings SET run_id = ? WHERE service = ? AND account = ? AND run_id = ?"
            )
            database.execute(bind, (record.id, self.service, self.account, submit_id))
            if claim is not None:
                claim.accepted(database, record.id)

        await self.do(write, None)

    async def adopted(self, record: RunRecord) -> None:
        """A run that was found on the service, and is this account's."""
        await self.do(lambda database: _put_run(database, *self._whose, record), None)

    async def given_up(self, submit_id: str, reason: str, at: float) -> None:
        """A request was given up; whoever sent it looks for its run now, and nobody else need."""
        change = "UPDATE submits SET given_up_at = ?, reason = ?, updated_at = ? WHERE id = ?"
        await self.do(lambda database: _change(database, change, (at, reason, time.time(), submit_id)), None)

    async def settled(
        self, submit_id: str, state: str, reason: str | None = None, *, given_up_at: float | None = None
    ) -> None:
        """A submit was refused, or is not there: no run came of it. Or its answer is lost, since then or now."""

        def write(database: "sqlite3.Connection") -> None:
            _settle(database, submit_id, state, reason=reason, given_up_at=given_up_at)

        await self.do(write, None)

    async def open_submits(self) -> list[SubmitRow]:
        """The submits of an account of which nobody knows yet what came, oldest first."""
        # The states stand in it as words, so that SQLite finds its index of open submits.
        query = (
            f"SELECT * FROM submits WHERE service = ? AND account = ? AND state IN {OPEN} ORDER BY created_at"  # noqa: S608 - our words
        )
        return await self.read(
            lambda database: [submit_of(row) for row in database.execute(query, self._whose)], []
        )

    async def submit(self, submit_id: str) -> SubmitRow | None:
        """One submit."""

        def read(database: "sqlite3.Connection") -> SubmitRow | None:
            row = database.execute("SELECT * FROM submits WHERE id = ?", (submit_id,)).fetchone()
            return None if row is None else submit_of(row)

        return await self.read(read, None)

    async def runs_of_others(self, ids: Iterable[str], *submits: str) -> set[str]:
        """Which of these runs came of other submits than these."""
        wanted = list(ids)

        def read(database: "sqlite3.Connection") -> set[str]:
            query = (
                "SELECT id FROM runs WHERE service = ? AND account = ? AND submit_id IS NOT NULL "
                "AND submit_id NOT IN (SELECT value FROM json_each(?)) AND id IN (SELECT value FROM json_each(?))"
            )
            values = (*self._whose, as_json(submits), as_json(wanted))
            return {row["id"] for row in database.execute(query, values)}

        return await self.read(read, set())

    async def heard(self, records: Sequence[RunRecord]) -> None:
        """Keep what has been heard of runs that are in the ledger; others are none of its business."""
        await self.do(lambda database: _heard(database, *self._whose, records), None)

    async def failed_because(self, run_id: str, reason: str) -> None:
        """Keep why a run failed."""
        change = "UPDATE runs SET reason = ? WHERE service = ? AND account = ? AND id = ?"
        await self.do(lambda database: _change(database, change, (reason, *self._whose, run_id)), None)

    async def wants_cancel(self, record: RunRecord, until: float | None) -> None:
        """A cancel that was refused is still wanted, and tried again until then; None: it is over."""
        change = "UPDATE runs SET cancel_wanted_until = ? WHERE service = ? AND account = ? AND id = ?"

        def write(database: "sqlite3.Connection") -> None:
            if until is not None:
                _put_run(database, *self._whose, record)  # it may be another machine's
            _change(database, change, (until, *self._whose, record.id))

        await self.do(write, None)

    async def unwanted_runs(self) -> list[LedgerRun]:
        """Runs that live although their cancel is wanted."""
        query = (
            "SELECT * FROM runs WHERE service = ? AND account = ? AND cancel_wanted_until IS NOT NULL "
            "ORDER BY made_at"
        )
        return await self.read(
            lambda database: [_run_of(row) for row in database.execute(query, self._whose)], []
        )

    async def runs(
        self,
        *,
        tag: str | None = None,
        states: Iterable[str] = (),
        limit: int | None = 100,
    ) -> list[LedgerRun]:
        """The runs of an account that were started with this data folder, newest first."""
        query, values = "SELECT * FROM runs WHERE service = ? AND account = ?", [*self._whose]
        if tag is not None:
            query += " AND EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?)"
            values.append(tag)
        if wanted := list(states):
            query += " AND state IN (SELECT value FROM json_each(?))"
            values.append(as_json(wanted))
        query += " ORDER BY made_at DESC, rowid DESC LIMIT ?"
        return await self.read(
            lambda database: [
                _run_of(row) for row in database.execute(query, (*values, -1 if limit is None else limit))
            ],
            [],
        )

    async def run(self, run_id: str) -> LedgerRun | None:
        """One run."""
        return await self.look_for_run(run_id)

    def look_for_run(self, run_id: str) -> "asyncio.Future[LedgerRun | None]":
        """The same, begun at once: while the ledger is read, the service may be asked."""
        return self.file.look(_runs_by_key, (*self._whose, run_id))

    def run_here(self, run_id: str) -> tuple[LedgerRun | None] | None:
        """The same on the caller's own thread, where no loop runs; None where it can't be told without waiting."""
        return self.file.find_here(_runs_by_key, (*self._whose, run_id))

    async def runs_known(self, ids: Iterable[str]) -> list[LedgerRun]:
        """Those of these runs that are in the ledger, in one reading."""
        keys = [(*self._whose, run_id) for run_id in ids]
        return await self.read(lambda database: [*_runs_by_key(database, keys).values()], [])

    def heard_soon(self, record: RunRecord) -> None:
        """The same, without waiting until it is written; what is asked for later is done later."""
        self.do_soon(lambda database: _heard(database, *self._whose, [record]))

    def lost_soon(self, submit_id: str, reason: str) -> None:
        """A submit's answer is lost, because whoever waited for it is gone."""
        self.do_soon(lambda database: _settle(database, submit_id, "lost", reason=reason))

    async def usual_seconds(self, deployment_id: str) -> float | None:
        """How long the last runs of a deployment took that ended well: the median of twenty; None without any."""
        query = (
            "SELECT run_duration FROM runs WHERE service = ? AND account = ? AND deployment_id = ? AND "
            "state = 'success' AND run_duration IS NOT NULL ORDER BY made_at DESC LIMIT 20"
        )

        def read(database: "sqlite3.Connection") -> float | None:
            import statistics  # noqa: PLC0415 - it loads decimals and fractions

            took = [row["run_duration"] for row in database.execute(query, (*self._whose, deployment_id))]
            return statistics.median(took) if took else None

        return await self.read(read, None)

    def do(self, work: "Callable[[sqlite3.Connection], T]", otherwise: T) -> "asyncio.Future[T]":
        """Do something in one transaction; ``otherwise`` is the answer of a ledger that can't be used."""
        return self.file.begin(work, otherwise)

    def read(self, work: "Callable[[sqlite3.Connection], T]", otherwise: T) -> "asyncio.Future[T]":
        """The same for what writes nothing: it waits for no other process."""
        return self.file.begin(work, otherwise, reads=True)

    def do_soon(self, work: "Callable[[sqlite3.Connection], object]") -> None:
        """Do something, without waiting for it."""
        self.file.do_soon(work)


def _runs_by_key(
    database: "sqlite3.Connection", keys: Sequence[tuple[str, str, str]]
) -> dict[tuple[str, str, str], LedgerRun]:
    """Runs by their services, accounts and ids."""
    found: dict[tuple[str, str, str], LedgerRun] = {}
    query = "SELECT * FROM runs WHERE service = ? AND account = ? AND id IN (SELECT value FROM json_each(?))"
    for whose in {key[:2] for key in keys}:
        ids = as_json([key[2] for key in keys if key[:2] == whose])
        for row in database.execute(query, (*whose, ids)):
            found[*whose, row["id"]] = _run_of(row)
    return found


def _change(database: "sqlite3.Connection", statement: str, values: Sequence[Any]) -> None:
    database.execute(statement, values)


def _heard(database: "sqlite3.Connection", service: str, account: str, records: Sequence[RunRecord]) -> None:
    known = "SELECT 1 FROM runs WHERE service = ? AND account = ? AND id = ?"
    for record in records:
        if database.execute(known, (service, account, record.id)).fetchone():
            _put_run(database, service, account, record)


@functools.cache
def _inserting(table: str, names: tuple[str, ...]) -> str:
    places = ", ".join("?" * len(names))
    return f"INSERT OR REPLACE INTO {table} ({', '.join(names)}) VALUES ({places})"  # noqa: S608 - our names


def _settle(
    database: "sqlite3.Connection",
    submit_id: str,
    state: str,
    *,
    run_id: str | None = None,
    reason: str | None = None,
    given_up_at: float | None = None,
) -> None:
    """A submit that has become a run stays one, whatever is said of it later."""
    now = time.time()
    given_up = (given_up_at or now) if state == "lost" else None
    database.execute(
        "UPDATE submits SET state = ?, run_id = coalesce(?, run_id), reason = coalesce(?, reason), updated_at = ?, "
        "given_up_at = coalesce(?, given_up_at) WHERE id = ? AND (? = 'accepted' OR state NOT IN ('accepted', 'absent'))",
        (state, run_id, reason, now, given_up, submit_id, state),
    )


_TIMES: Final = ("created_at", "queued_at", "started_at", "ended_at")
_PLAIN: Final = (
    "id", "fraction", "live_status", "workflow_id", "workflow_version_id", "machine_id", "gpu", "origin", "duration",
    "run_duration", "submit_id", "deployment_id", "deployment_name",
)  # fmt: skip


def _put_run(database: "sqlite3.Connection", service: str, account: str, record: RunRecord) -> None:
    columns: dict[str, Any] = {name: getattr(record, name) for name in _PLAIN}
    columns |= {name: _seconds(getattr(record, name)) for name in _TIMES}
    columns["state"] = str(record.state)
    columns["inputs"] = as_json(record.inputs)
    columns["outputs"] = as_json([attrs.asdict(item) for item in record.outputs])
    now = time.time()
    columns |= {
        "service": service,
        "account": account,
        "heard_at": now,
        "made_at": columns["created_at"] or now,
    }
    columns["tags"] = as_json(record.tags)
    database.execute(_putting((*columns,)), (*columns.values(),))


@functools.cache
def _putting(names: tuple[str, ...]) -> str:
    """States move forward and an end sticks; what was known is not unlearnt by an answer that leaves it out."""
    kept = {"service", "account", "id", "made_at", "tags"}
    changed = ", ".join(f"{name} = {_newer(name)}" for name in names if name not in kept)
    places = ", ".join("?" * len(names))
    return (
        f"INSERT INTO runs ({', '.join(names)}) VALUES ({places}) "  # noqa: S608 - our names
        f"ON CONFLICT (service, account, id) DO UPDATE SET {changed} "
        f"WHERE excluded.state = state OR ({_rank('state')} < 9 AND {_rank('excluded.state')} >= {_rank('state')})"
    )


def _newer(name: str) -> str:
    """What a column holds after something was heard: the newer word, where it says anything."""
    if name in {"inputs", "outputs"}:
        nothing = "{}" if name == "inputs" else "[]"
        return f"coalesce(nullif(excluded.{name}, '{nothing}'), {name})"
    if name == "fraction":
        return "max(excluded.fraction, fraction)"
    return f"coalesce(excluded.{name}, {name})"


def _rank(state: str) -> str:
    """How far along a state is, as ``RunState.rank``, in SQL."""
    cases = " ".join(
        f"WHEN '{name}' THEN {RunState(name).rank}" for name in (*RunState.ORDER, *RunState.FINAL)
    )
    return f"CASE {state} {cases} ELSE {RunState('').rank} END"


def submit_of(row: "sqlite3.Row") -> SubmitRow:
    """A submit, from its row."""
    names = [field.name for field in attrs.fields(SubmitRow)]
    columns = {name: row[name] for name in names}
    return SubmitRow(
        **columns
        | {
            "inputs": orjson.loads(row["inputs"]),
            "tags": tuple(orjson.loads(row["tags"])),
            "webhook": bool(row["webhook"]),
        }
    )


def _run_of(row: "sqlite3.Row") -> LedgerRun:
    columns: dict[str, Any] = {name: row[name] for name in _PLAIN}
    columns |= {
        name: None if row[name] is None else datetime.fromtimestamp(row[name], UTC) for name in _TIMES
    }
    columns["state"] = RunState(row["state"])
    columns["inputs"] = orjson.loads(row["inputs"])
    columns["outputs"] = tuple(OutputItem(**item) for item in orjson.loads(row["outputs"]))
    columns["tags"] = tuple(orjson.loads(row["tags"]))
    record = RunRecord(**columns)
    return LedgerRun(record, row["reason"], row["cancel_wanted_until"], cost_in(row, record))


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
