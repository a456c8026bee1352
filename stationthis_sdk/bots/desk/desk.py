"""The desk: takes what people ask for, sees that each gets their turn, and sees it through to the last part."""

import asyncio
import contextlib
import time
import weakref
from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Final

from stationthis_sdk.bots.desk.course import Course
from stationthis_sdk.bots.desk.denied import Denied
from stationthis_sdk.bots.desk.folder import Folder
from stationthis_sdk.bots.desk.job import Job, job_of
from stationthis_sdk.bots.desk.kept import asked_again
from stationthis_sdk.bots.desk.parts import as_json, is_notice, step_of
from stationthis_sdk.bots.desk.preparing import prepared
from stationthis_sdk.bots.desk.sender import Impossible, Sender
from stationthis_sdk.bots.desk.settling import settle
from stationthis_sdk.bots.desk.status import Paces
from stationthis_sdk.bots.desk.texts import mute
from stationthis_sdk.bots.desk.turns import Turns
from stationthis_sdk.bots.hooks import Hooks
from stationthis_sdk.bots.people import Place, User
from stationthis_sdk.bots.render.sentences import sentence, words
from stationthis_sdk.errors import NotFound, RunCancelled, SaveFailed
from stationthis_sdk.logs import logger
from stationthis_sdk.store.bot_jobs import ENDED, LIVE, JobLedger, JobRow

if TYPE_CHECKING:
    from stationthis_sdk.client import AsyncStationThis
    from stationthis_sdk.entities import Progress
    from stationthis_sdk.runs import AsyncRun

__all__ = ["Desk"]

_CLOSE_SECONDS: Final = 20.0
_TAKE_SECONDS: Final = 2.0
_LAST: Final = 10
_TOLD_UP_TO: Final = 10
"""Places in the queue that are told of each time they change; of those behind, every fifth is."""


class Desk:
    """The desk of one bot, in one process.

    ``bot`` is the platform and the bot's own id there, ``at_once`` how many runs are under way at the most. Nothing here
    waits for a run but tasks of its own. All that is asked for is written down before anything is spent, and taken up by
    ``start`` after whatever ended the process.
    """

    def __init__(
        self,
        st: "AsyncStationThis",
        sender: Sender,
        hooks: Hooks | None = None,
        *,
        bot: str,
        at_once: int = 8,
    ) -> None:
        self.st = st
        self.sender = sender
        self.hooks = hooks or Hooks()
        self.bot = bot
        self._turns = Turns(at_once)
        self._paces = Paces(sender)
        self._folder = Folder(st.settings.home, bot)
        self._courses: dict[str, Course] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._settling: set[str] = set()
        self._asking: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()
        self._starting = asyncio.Lock()
        self._started = False
        self._beginning: asyncio.Task[None] | None = None
        self._telling = False

    def __repr__(self) -> str:
        return f"<desk of {self.bot}: {len(self._courses)} jobs>"

    async def start(self) -> None:
        """Take up what is unfinished, and begin to work. A second time changes nothing.

        While another process is at the desk of this bot, nothing is begun: it is when that has ended.

        Raises:
            SaveFailed: the ledger can't be read; nothing was taken up.
        """
        async with self._starting:
            if self._started or (self._beginning is not None and not self._beginning.done()):
                return
            self._beginning = asyncio.create_task(self._begin())
            done, _ = await asyncio.wait({self._beginning}, timeout=_TAKE_SECONDS)
            if done:
                self._beginning.result()

    async def close(self) -> None:
        """Stop telling. Runs go on, and what is unfinished is taken up at the next start."""
        self._started = False
        if self._beginning is not None:
            self._beginning.cancel()
            await asyncio.wait({self._beginning})
            self._beginning = None
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _CLOSE_SECONDS
        while self._tasks and loop.time() < deadline:
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks, timeout=1.0)
        self._courses.clear()
        self._turns = Turns(self._turns.at_once)
        self._folder.leave()

    async def ask(
        self,
        user: User,
        place: Place,
        deployment: str,
        inputs: Mapping[str, Any],
        *,
        key: str,
        parent: str | None = None,
    ) -> Job:
        """Have a deployment run for somebody, and return the job at once; its own message tells how it gets on.

        inputs: as ``deployment.submit`` takes them, but that a text is no path. key: of the update that asks; the same
        again returns the job of before, and starts nothing. parent: the job that this one repeats.

        Raises:
            NotFound, AmbiguousName: there is no such deployment, or several.
            InvalidInput: the inputs don't fit it.
            Denied: the host says no, or the bot may not write there.
            StationThisError: a file could not be uploaded, or the job not written down. In each case nothing was started.
        """
        async with self._asking.setdefault(key, asyncio.Lock()):
            known = await self._ledger.of_asked(key)
            if known is not None:
                return self._job(known)
            row = await self._ledger.make(
                await prepared(
                    self.st, self.hooks, self._folder, user, place, deployment, inputs, key=key, parent=parent
                )
            )
            course = self._courses[row.id] = Course(self, row, fresh=True)
            self._turns.add(row.id, row.user_key, row.made_at, held=True)
            try:
                await course.say(self._turns.turn_of(row.id) if self._is_full else None)
            except Impossible as error:
                logger("bots").warning(
                    "Job %s is not begun, for its user can't be answered: %s", row.id, error
                )
                await self._drop(course, "failed", mute(user.language), "undeliverable")
                raise Denied(mute(user.language), "undeliverable") from None
            except Exception:  # noqa: BLE001 - it is written down, and so it is run
                logger("bots").exception("The status of job %s was not said.", row.id)
            finally:
                # Also where whoever asks is cancelled meanwhile: nobody else would begin it.
                self._turns.free(row.id)
                self._next()
                self._turns_moved()
        return self._job(course.row)

    async def cancel(self, job_id: str, user: User) -> Job:
        """Stop a job: one that waits is gone, a run under way is cancelled as soon as the service does that.

        Raises:
            NotFound: there is no such job.
            Denied: it is somebody else's.
        """
        row = await self._row(job_id)
        if row.user_key != user.key:
            raise Denied(words("not_yours", user.language))
        course = self._courses.get(job_id)
        if row.state in {"delivering", *ENDED}:
            return self._job(row)
        if course is None:  # nobody is at it just now: it is heeded when somebody is
            await self._ledger.change(job_id, cancel_wanted_at=time.time())
            return self._job(row)
        if job_id in self._turns:
            self._turns.drop(job_id)
            text, code = sentence(RunCancelled("It was cancelled before it began."), user.language)
            await self._drop(course, "cancelled", text, code)
            self._soon(course.last_word(text))
        else:
            await course.stop()
        return self._job(course.row)

    async def again(
        self,
        job_id: str,
        user: User,
        place: Place,
        *,
        key: str,
        changes: Mapping[str, Any] | None = None,
        new_seeds: bool = True,
    ) -> Job:
        """Ask for a job once more, with these changes; its deployment is found again by name.

        Raises:
            NotFound: there is no such job, or its deployment is gone.
            InvalidInput: its deployment takes other inputs now.
            Denied, StationThisError: as ``ask``.
        """
        row = await self._row(job_id)
        age = time.time() - row.made_at
        kept = {name: files for name, files in row.files.items() if name not in (changes or {})}
        before = {name: value for name, value in row.inputs.items() if name not in (changes or {})}
        inputs = await asyncio.to_thread(asked_again, self._folder, before, kept, age)
        if new_seeds:
            fields = (await self.st.deployments.get(row.deployment)).inputs
            inputs = {
                name: value
                for name, value in inputs.items()
                if name not in fields or fields[name].kind != "seed"
            }
        return await self.ask(
            user, place, row.deployment, {**inputs, **(changes or {})}, key=key, parent=job_id
        )

    async def send_again(self, job_id: str, user: User) -> Job:
        """Send those parts of a job again of which nobody knows whether they arrived, and those that were impossible.

        Raises:
            NotFound: there is no such job.
            Denied: it is somebody else's.
        """
        row = await self._row(job_id)
        if row.user_key != user.key:
            raise Denied(words("not_yours", user.language))
        left = row.state == "delivering" and job_id not in self._courses  # for a start that has not come
        if left or (row.state == "done" and row.run_id is not None and await self._ledger.again(job_id)):
            for part in await self._ledger.parts(job_id):
                if is_notice(step := step_of(part.step)):  # it has been heeded
                    heeded = {**as_json(step), "buttons": []}
                    await self._ledger.part(job_id, part.number, state="sent", step=heeded)
            await self._ledger.change(job_id, state="delivering", problem=None, code=None)
            row = await self._row(job_id)
            if self._started and job_id not in self._courses:
                course = self._courses[job_id] = Course(self, row)
                self._soon(self._work(course))
        return self._job(row)

    async def job(self, job_id: str) -> Job:
        """One job of this bot.

        Raises:
            NotFound: there is no such job.
        """
        return self._job(await self._row(job_id))

    async def jobs(self, user: User, *, live: bool = True) -> list[Job]:
        """Somebody's jobs that have not ended, the oldest first; or the last ten of any state, the newest first."""
        rows = await self._ledger.of_user(
            user.key, LIVE if live else (*LIVE, *ENDED), newest=None if live else _LAST
        )
        return [job_of(row) for row in rows]

    async def last(self, user: User) -> Job | None:
        """What somebody asked for last."""
        rows = await self._ledger.of_user(user.key, newest=1)
        return job_of(rows[0]) if rows else None

    async def job_of_message(self, place: Place, message: str) -> Job | None:
        """The job that a message is about: its status, or a part of what it made."""
        row = await self._ledger.job_of(place.chat, message)
        return None if row is None else job_of(row)

    async def remember(self, place: Place, message: str, job_id: str) -> None:
        """A message is about a job: who answers to it means that."""
        await self._ledger.remember(place.chat, message, job_id)

    def turn_of(self, job_id: str) -> int | None:
        """Its place in the queue, from 1; None where it does not wait."""
        return self._turns.turn_of(job_id)

    def progress_of(self, job_id: str) -> "Progress | None":
        """How far its run is; None where it has none under way."""
        course = self._courses.get(job_id)
        return None if course is None or course.run is None else course.run.progress

    @property
    def _ledger(self) -> JobLedger:
        return JobLedger(self.st._ready.context.ledger, self.bot)  # noqa: SLF001 - the two know each other

    @property
    def _is_full(self) -> bool:
        return not self._started or self._turns.is_full

    def _job(self, row: JobRow) -> Job:
        course = self._courses.get(row.id)
        return job_of(row if course is None else course.row)

    async def _row(self, job_id: str) -> JobRow:
        row = await self._ledger.get(job_id)
        if row is None:
            raise NotFound(f"There is no job {job_id!r}: it may be another bot's.")
        return row

    async def _begin(self) -> None:
        await self._folder.take(self.bot)
        try:
            await self._take_up()
        except SaveFailed as error:
            logger("bots").warning("The desk of %s can't begin: %s", self.bot, error.message)
            self._folder.leave()
            raise

    async def _take_up(self) -> None:
        ledger = self._ledger
        unsettled, unfinished = await ledger.unsettled(), await ledger.unfinished()
        self._turns.heard(await ledger.served())
        await self._folder.sweep({row.id for row in unfinished})
        for row in unfinished:
            if row.id in self._courses:
                continue  # asked for before the start
            course = self._courses[row.id] = Course(self, row)
            if row.state == "waiting":
                self._turns.add(row.id, row.user_key, row.made_at)
                self._soon(self._say_again(course))
                continue
            if row.state != "delivering":
                self._turns.resume(row.id)
            self._soon(self._work(course))
        for row in unsettled:
            self._soon(self._settle(row))
        self._started = True
        self._next()

    async def _drop(self, course: Course, state: str, problem: str, code: str) -> None:
        """A job that waited is over."""
        self._turns.drop(course.row.id)
        self._courses.pop(course.row.id, None)
        await course.change(state=state, problem=problem, code=code)
        self._turns_moved()

    async def _say_again(self, course: Course) -> None:
        """The message of a job that waited when the process ended."""
        if course.row.status_message is not None:
            course.tell(self._turns.turn_of(course.row.id))
            return
        with contextlib.suppress(Impossible):
            await course.say(self._turns.turn_of(course.row.id))

    def _next(self) -> None:
        """Begin as many as may be at work."""
        if not self._started:
            return
        begun = False
        while (job_id := self._turns.take(time.time())) is not None:
            begun = True
            self._soon(self._work(self._courses[job_id]))
        if begun:
            self._turns_moved()

    def _turns_moved(self) -> None:
        """Tell those who wait of their places, once for all that happens just now."""
        if not self._telling:
            self._telling = True
            asyncio.get_running_loop().call_soon(self._tell_turns)

    def _tell_turns(self) -> None:
        self._telling = False
        for job_id, turn in self._turns.places.items():
            course = self._courses[job_id]
            if turn != course.told_turn and (turn <= _TOLD_UP_TO or turn % 5 == 0):
                course.tell(turn)

    async def _work(self, course: Course) -> None:
        try:
            await course.carry_out()
        finally:
            if self._courses.get(course.row.id) is course:
                del self._courses[course.row.id]
            self._run_over(course)

    def _run_over(self, course: Course) -> None:
        """Its run is not under way any more: the next may begin."""
        self._turns.done(course.row.id)
        self._next()

    def _run_ended(self, course: Course, run: "AsyncRun") -> None:
        """Its run has ended, however it did: the host is told beside all else."""
        if course.row.settled_at is None and course.row.id not in self._settling:
            self._soon(self._settle(course.row, run))
        self._run_over(course)

    async def _settle(self, row: JobRow, run: "AsyncRun | None" = None) -> None:
        self._settling.add(row.id)
        try:
            await settle(self.st, self._ledger, self.hooks.settle, row, run)
        finally:
            self._settling.discard(row.id)

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
