"""What people asked a bot for, in the ledger: the jobs, the parts by which they are delivered, and whose messages are whose."""

import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs
import orjson

from stationthis_sdk.errors import SaveFailed
from stationthis_sdk.logs import logger
from stationthis_sdk.store.ledger import OPEN, SubmitRow, submit_of
from stationthis_sdk.store.ledger_file import as_json

if TYPE_CHECKING:
    import sqlite3

    from stationthis_sdk.store.ledger import Ledger

__all__ = ["ENDED", "LIVE", "JobLedger", "JobRow", "PartRow", "new_job_id", "new_submit_id"]

T = TypeVar("T")
LIVE: Final = ("waiting", "sending", "live", "delivering")
ENDED: Final = ("done", "failed", "cancelled")
_JSON: Final = ("user", "place", "inputs", "files", "hints")


def new_job_id() -> str:
    """Twelve letters and digits."""
    return secrets.token_hex(6)


def new_submit_id() -> str:
    """Thirty-two hexadecimal digits, as every submit has."""
    return secrets.token_hex(16)


@attrs.frozen
class JobRow:
    """One job as the ledger has it; times are seconds since 1970. See ``ledger_schema``, bot_jobs."""

    asked: str
    user: Mapping[str, Any]
    user_key: str
    place: Mapping[str, Any]
    deployment: str
    inputs: Mapping[str, Any]
    id: str = attrs.field(factory=new_job_id)
    kind: str = "run"
    deployment_id: str | None = None
    workflow_id: str | None = None
    environment: str | None = None
    files: Mapping[str, Any] = attrs.field(factory=dict)
    parent: str | None = None
    hints: Mapping[str, str] = attrs.field(factory=dict)
    state: str = "waiting"
    submit_id: str = attrs.field(factory=new_submit_id)
    run_id: str | None = None
    status_message: str | None = None
    problem: str | None = None
    code: str | None = None
    began_at: float | None = None
    cancel_wanted_at: float | None = None
    settled_at: float | None = None
    made_at: float = attrs.field(factory=time.time)


@attrs.frozen
class PartRow:
    """One message, or album, of a job; ``step`` is what is sent, ``messages`` the platform's ids of what was."""

    number: int
    step: Mapping[str, Any]
    state: str = "waiting"
    messages: tuple[str, ...] = ()
    problem: str | None = None


@attrs.frozen
class JobLedger:
    """What one bot of one account has of jobs; ``bot`` is the platform and the bot's own id there."""

    ledger: "Ledger"
    bot: str

    async def make(self, row: JobRow) -> JobRow:
        """Write one down, before anything is sent; what was asked for by the same update before is returned instead.

        Raises:
            SaveFailed: it can't be written.
        """
        columns = attrs.asdict(row) | {"bot": self.bot, "updated_at": row.made_at}
        columns |= {name: as_json(columns[name]) for name in _JSON}
        columns |= dict(zip(("service", "account"), self._whose, strict=True))
        names, places = ", ".join(columns), ", ".join("?" * len(columns))
        put = f"INSERT OR IGNORE INTO bot_jobs ({names}) VALUES ({places})"  # noqa: S608 - our names

        def write(database: "sqlite3.Connection") -> JobRow:
            database.execute(put, (*columns.values(),))
            query = "SELECT * FROM bot_jobs WHERE service = ? AND account = ? AND bot = ? AND asked = ?"
            return _job_of(database.execute(query, (*self._bots, row.asked)).fetchone())

        return await self._sure(write, f"Nothing was started of {row.deployment!r}")

    async def change(self, job_id: str, **columns: Any) -> None:
        """Write down what has changed.

        Raises:
            SaveFailed: it can't be written just now.
        """
        columns = {name: as_json(value) if name in _JSON else value for name, value in columns.items()}
        columns["updated_at"] = time.time()
        changed = ", ".join(f"{name} = ?" for name in columns)
        statement = f"UPDATE bot_jobs SET {changed} WHERE service = ? AND account = ? AND id = ?"  # noqa: S608 - our names
        await self._write(job_id, (statement, (*columns.values(), *self._whose, job_id)))

    async def begin(self, job_id: str, at: float) -> bool:
        """Its turn has come; False: it waits no more, for another process has begun or ended it.

        Raises:
            SaveFailed: it can't be written just now.
        """
        return await self._change_if(job_id, "state", "waiting", state="sending", began_at=at)

    async def drop(self, job_id: str, **columns: Any) -> bool:
        """It is over before its turn; False: it waits no more.

        Raises:
            SaveFailed: it can't be written just now.
        """
        return await self._change_if(job_id, "state", "waiting", **columns)

    async def submit_anew(self, job: JobRow, before: str, submit_id: str) -> bool:
        """No run came of its submit, which is not sent any more, and this is the next; False: another process is at it.

        Raises:
            SaveFailed: it can't be written just now.
        """
        change = (
            "UPDATE bot_jobs SET submit_id = ?, updated_at = ? WHERE service = ? AND account = ? AND id = ? "
            "AND submit_id = ?"
        )
        values = (submit_id, time.time(), *self._whose, job.id, before)

        def write(database: "sqlite3.Connection") -> bool:
            known = database.execute("SELECT state FROM submits WHERE id = ?", (before,)).fetchone()
            if known is not None and known["state"] in OPEN:
                return False
            if not database.execute(change, values).rowcount:
                return False
            if known is None:
                never = SubmitRow(before, job.deployment, state="absent", reason="it was never sent")
                self.ledger.put_submit(database, never)
            return True

        return await self._sure(write, f"Job {job.id} goes on later")

    async def submit(self, submit_id: str) -> SubmitRow | None:
        """What is known of a submit; None only where it was surely never sent."""
        query = "SELECT * FROM submits WHERE id = ?"

        def read(database: "sqlite3.Connection") -> tuple[SubmitRow | None]:
            row = database.execute(query, (submit_id,)).fetchone()
            return (None if row is None else submit_of(row),)

        return (await self._sure(read, f"Submit {submit_id} was not looked up"))[0]

    async def get(self, job_id: str) -> JobRow | None:
        """One of this bot's jobs."""
        return next(iter(await self._jobs("AND id = ?", job_id)), None)

    async def of_asked(self, asked: str) -> JobRow | None:
        """What one update asked for."""
        return next(iter(await self._jobs("AND asked = ?", asked)), None)

    async def unfinished(self) -> list[JobRow]:
        """All that has not ended, the oldest first."""
        return await self._jobs(
            "AND state IN (SELECT value FROM json_each(?)) ORDER BY made_at, rowid", as_json(LIVE)
        )

    async def unsettled(self) -> list[JobRow]:
        """Those whose run has ended, and of which the host was not told."""
        states = as_json(("delivering", *ENDED))
        return await self._jobs(
            "AND run_id IS NOT NULL AND settled_at IS NULL AND state IN (SELECT value FROM json_each(?)) ORDER BY made_at, rowid",
            states,
        )

    async def of_user(
        self, user_key: str, states: Collection[str] = (*LIVE, *ENDED), *, newest: int | None = None
    ) -> list[JobRow]:
        """Somebody's jobs in these states, the oldest first; or so many of the newest, the newest first. No charges."""
        order = "made_at, rowid" if newest is None else "made_at DESC, rowid DESC"
        return await self._jobs(
            "AND user_key = ? AND kind != 'charge' AND state IN (SELECT value FROM json_each(?)) "  # noqa: S608 - our words
            f"ORDER BY {order} LIMIT ?",
            user_key,
            as_json([*states]),
            -1 if newest is None else newest,
        )

    async def prune(self, before: float) -> int:
        """Forget the runs that ended before a time, with their parts and messages; how many there were.

        What the host was not told of stays, and so do charges and what was adopted: they keep it from being told twice.

        Raises:
            SaveFailed: it can't be written just now.
        """
        old = (
            "SELECT id FROM bot_jobs WHERE service = ? AND account = ? AND bot = ? AND kind = 'run' "
            "AND state IN (SELECT value FROM json_each(?)) AND (run_id IS NULL OR settled_at IS NOT NULL) AND updated_at < ?"
        )
        values = (*self._bots, as_json(ENDED), before)
        parts = f"DELETE FROM bot_parts WHERE service = ? AND account = ? AND job_id IN ({old})"  # noqa: S608 - our words
        messages = (
            f"DELETE FROM bot_messages WHERE service = ? AND account = ? AND bot = ? AND job_id IN ({old})"  # noqa: S608 - our words
        )
        jobs = f"DELETE FROM bot_jobs WHERE service = ? AND account = ? AND id IN ({old})"  # noqa: S608 - our words

        def write(database: "sqlite3.Connection") -> int:
            database.execute(parts, (*self._whose, *values))
            database.execute(messages, (*self._bots, *values))
            return database.execute(jobs, (*self._whose, *values)).rowcount

        return await self._sure(write, "Old jobs were not forgotten")

    async def served(self) -> dict[str, float]:
        """When each user's turn came last."""
        query = (
            "SELECT user_key, max(began_at) AS last FROM bot_jobs WHERE service = ? AND account = ? AND bot = ? "
            "AND began_at IS NOT NULL GROUP BY user_key"
        )

        def read(database: "sqlite3.Connection") -> dict[str, float]:
            return {row["user_key"]: row["last"] for row in database.execute(query, self._bots)}

        return await self._sure(read, "The jobs were not read")

    async def parts(self, job_id: str) -> list[PartRow]:
        """How a job is delivered, in order; empty: nobody has planned it yet."""
        return await self._sure(lambda database: self._parts(database, job_id), f"Job {job_id} was not read")

    async def plan(self, job_id: str, steps: Sequence[Mapping[str, Any]]) -> list[PartRow]:
        """Write down how it is delivered, before the first part is sent; a plan that is there stays.

        Raises:
            SaveFailed: it can't be written just now.
        """

        def write(database: "sqlite3.Connection") -> list[PartRow]:
            if not self._parts(database, job_id):
                self._add(database, job_id, 0, steps)
            return self._parts(database, job_id)

        return await self._sure(write, f"Job {job_id} was not delivered")

    async def add_part(self, job_id: str, step: Mapping[str, Any]) -> None:
        """One part more, behind all others.

        Raises:
            SaveFailed: as ``plan``.
        """

        def write(database: "sqlite3.Connection") -> bool:
            self._add(database, job_id, len(self._parts(database, job_id)), [step])
            return True

        await self._sure(write, f"Job {job_id} was not delivered")

    async def replace(self, job_id: str, number: int, steps: Sequence[Mapping[str, Any]]) -> None:
        """A part can't be sent as it is: the first of these takes its place, the others come behind all.

        Raises:
            SaveFailed: as ``plan``.
        """
        statement, values = self._of_part(job_id, number, {"step": steps[0], "state": "waiting"})

        def write(database: "sqlite3.Connection") -> bool:
            database.execute(statement, values)
            self._add(database, job_id, len(self._parts(database, job_id)), steps[1:])
            return True

        await self._sure(write, f"Job {job_id} was not delivered")

    async def part(self, job_id: str, number: int, **columns: Any) -> None:
        """Write down what became of a part.

        Raises:
            SaveFailed: it can't be written just now.
        """
        await self._write(job_id, self._of_part(job_id, number, columns))

    async def sent(self, job_id: str, number: int, chat: str, messages: Sequence[str]) -> None:
        """A part has arrived, as these messages, which belong to the job from now on.

        Raises:
            SaveFailed: it can't be written just now.
        """
        belongs = [self._of_message(chat, message, job_id) for message in messages]
        changed = {"state": "sent", "messages": [*messages], "problem": None}
        await self._write(job_id, self._of_part(job_id, number, changed), *belongs)

    async def again(self, job_id: str, heeded: Mapping[int, Mapping[str, Any]]) -> bool:
        """Have the parts of a job that is done sent again of which nobody knows whether they arrived, or that were impossible.

        ``heeded`` are the parts that told of it, by number, as they are from now on. All of it is written, or nothing. False:
        there is none, or it is being delivered.

        Raises:
            SaveFailed: it can't be written just now.
        """
        missing = "job_id = ? AND state IN ('unsure', 'impossible', 'waiting')"
        begin = (
            "UPDATE bot_jobs SET state = 'delivering', problem = NULL, code = NULL, updated_at = ? WHERE service = ? "  # noqa: S608 - our words
            "AND account = ? AND id = ? AND state = 'done' AND EXISTS (SELECT 1 FROM bot_parts AS one WHERE "
            f"one.service = bot_jobs.service AND one.account = bot_jobs.account AND {missing})"
        )
        change = (
            "UPDATE bot_parts SET state = 'waiting', problem = NULL, updated_at = ? "  # noqa: S608 - our words
            f"WHERE service = ? AND account = ? AND {missing}"
        )
        told = [self._of_part(job_id, at, {"state": "sent", "step": step}) for at, step in heeded.items()]

        def write(database: "sqlite3.Connection") -> bool:
            whose = (time.time(), *self._whose, job_id)
            if database.execute(begin, (*whose, job_id)).rowcount == 0:
                return False
            for statement, values in [(change, whose), *told]:
                database.execute(statement, values)
            return True

        return await self._sure(write, f"Job {job_id} was not sent again")

    async def said(self, job_id: str, chat: str, message: str) -> None:
        """The message that tells how it gets on.

        Raises:
            SaveFailed: it can't be written just now.
        """
        change = "UPDATE bot_jobs SET status_message = ?, updated_at = ? WHERE service = ? AND account = ? AND id = ?"
        told = (change, (message, time.time(), *self._whose, job_id))
        await self._write(job_id, told, self._of_message(chat, message, job_id))

    async def remember(self, chat: str, message: str, job_id: str) -> None:
        """A message belongs to a job."""
        await self._write(job_id, self._of_message(chat, message, job_id))

    async def job_of(self, chat: str, message: str) -> JobRow | None:
        """The job that a message belongs to."""
        query = (
            "AND id = (SELECT job_id FROM bot_messages AS one WHERE one.service = bot_jobs.service "
            "AND one.account = bot_jobs.account AND one.bot = bot_jobs.bot AND chat = ? AND message = ?)"
        )
        return next(iter(await self._jobs(query, chat, message)), None)

    @property
    def _whose(self) -> tuple[str, str]:
        return self.ledger.service, self.ledger.account

    @property
    def _bots(self) -> tuple[str, str, str]:
        return (*self._whose, self.bot)

    def _of_message(self, chat: str, message: str, job_id: str) -> tuple[str, tuple[Any, ...]]:
        put = (
            "INSERT OR REPLACE INTO bot_messages (service, account, bot, chat, message, job_id) "
            "VALUES (?, ?, ?, ?, ?, ?)"
        )
        return put, (*self._bots, chat, message, job_id)

    def _of_part(self, job_id: str, number: int, columns: Mapping[str, Any]) -> tuple[str, tuple[Any, ...]]:
        columns = {
            name: as_json(value) if name in {"step", "messages"} else value for name, value in columns.items()
        }
        changed = ", ".join(f"{name} = ?" for name in columns)
        statement = (
            f"UPDATE bot_parts SET {changed}, updated_at = ? WHERE service = ? AND account = ? AND job_id = ? "  # noqa: S608 - our names
            "AND number = ?"
        )
        return statement, (*columns.values(), time.time(), *self._whose, job_id, number)

    def _parts(self, database: "sqlite3.Connection", job_id: str) -> list[PartRow]:
        query = "SELECT * FROM bot_parts WHERE service = ? AND account = ? AND job_id = ? ORDER BY number"
        return [_part_of(row) for row in database.execute(query, (*self._whose, job_id))]

    def _add(
        self, database: "sqlite3.Connection", job_id: str, first: int, steps: Sequence[Mapping[str, Any]]
    ) -> None:
        put = (
            "INSERT INTO bot_parts (service, account, job_id, number, step, state, updated_at) "
            "VALUES (?, ?, ?, ?, ?, 'waiting', ?)"
        )
        for number, step in enumerate(steps, first):
            database.execute(put, (*self._whose, job_id, number, as_json(step), time.time()))

    async def _jobs(self, rest: str, *values: Any) -> list[JobRow]:
        query = f"SELECT * FROM bot_jobs WHERE service = ? AND account = ? AND bot = ? {rest}"  # noqa: S608 - our words

        def read(database: "sqlite3.Connection") -> list[JobRow]:
            rows = [_read(row) for row in database.execute(query, (*self._bots, *values))]
            return [row for row in rows if row is not None]

        return await self._sure(read, "The jobs were not read")

    async def _change_if(self, job_id: str, column: str, value: str, **columns: Any) -> bool:
        """Change it where it is still so; what two processes try at once one of them does."""
        columns["updated_at"] = time.time()
        changed = ", ".join(f"{name} = ?" for name in columns)
        statement = (
            f"UPDATE bot_jobs SET {changed} WHERE service = ? AND account = ? AND id = ? AND {column} = ?"  # noqa: S608 - our names
        )
        values = (*columns.values(), *self._whose, job_id, value)
        return await self._sure(
            lambda database: database.execute(statement, values).rowcount > 0, f"Job {job_id} goes on later"
        )

    async def _write(self, job_id: str, *statements: tuple[str, tuple[Any, ...]]) -> None:
        def write(database: "sqlite3.Connection") -> bool:
            for statement, values in statements:
                database.execute(statement, values)
            return True

        await self._sure(write, f"Job {job_id} goes on later")

    async def _sure(self, work: "Callable[[sqlite3.Connection], T]", otherwise: str) -> T:
        """Money hangs on it: what can't be read is not taken for nothing, nor what can't be written for written."""
        done = await self.ledger.sure(lambda database: (work(database),), otherwise)
        if done is None:
            raise SaveFailed(
                f"{otherwise}: a bot needs its ledger {self.ledger.path}, which can't be used ({self.ledger.why}). Mend "
                "it, or move it away, which forgets all in it."
            )
        return done[0]


def _read(row: "sqlite3.Row") -> JobRow | None:
    """A job; None where somebody has written what can't be read: it keeps nobody else from theirs."""
    try:
        job = _job_of(row)
    except (ValueError, TypeError) as error:
        logger("bots").warning("Job %s can't be read, and is left: %s", row["id"], error)
        return None
    if all(isinstance(getattr(job, name), dict) for name in _JSON):
        return job
    logger("bots").warning("Job %s can't be read, and is left.", row["id"])
    return None


def _job_of(row: "sqlite3.Row") -> JobRow:
    columns = {field.name: row[field.name] for field in attrs.fields(JobRow)}
    return JobRow(**columns | {name: orjson.loads(row[name]) for name in _JSON})


def _part_of(row: "sqlite3.Row") -> PartRow:
    columns = {field.name: row[field.name] for field in attrs.fields(PartRow)}
    read = {"step": orjson.loads(row["step"]), "messages": tuple(orjson.loads(row["messages"]))}
    return PartRow(**columns | read)
