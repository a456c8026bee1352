"""The jobs of a desk that wait or are at work: whose turn it is, what is begun, and what a start takes up."""

import asyncio
import contextlib
import time
import weakref
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Final

from stationthis_sdk.bots.desk.course import Course
from stationthis_sdk.bots.desk.folder import Folder
from stationthis_sdk.bots.desk.sender import Impossible, Sender
from stationthis_sdk.bots.desk.settling import settle
from stationthis_sdk.bots.desk.status import Paces
from stationthis_sdk.bots.desk.turns import Turns
from stationthis_sdk.bots.hooks import Hooks
from stationthis_sdk.errors import SaveFailed
from stationthis_sdk.logs import logger
from stationthis_sdk.store.bot_jobs import JobLedger, JobRow

if TYPE_CHECKING:
    from stationthis_sdk.client import AsyncStationThis
    from stationthis_sdk.runs import AsyncRun

__all__ = ["Working"]

_CLOSE_SECONDS: Final = 20.0
_TAKE_SECONDS: Final = 2.0
_TOLD_UP_TO: Final = 10
"""Places in the queue that are told of each time they change; of those behind, every fifth is."""


class Working:
    """The part of a desk that begins jobs in their turn and sees them through."""

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
        for course in self._courses.values():
            course.over.set()
        self._courses.clear()
        self._turns = Turns(self._turns.at_once)
        self._folder.leave()

    @property
    def _ledger(self) -> JobLedger:
        return JobLedger(self.st._ready.context.ledger, self.bot)  # noqa: SLF001 - the two know each other

    @property
    def _is_full(self) -> bool:
        return not self._started or self._turns.is_full

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
        self._turns.heard(await ledger.served())
        await self._folder.sweep({row.id for row in await ledger.unfinished()})
        unsettled, before = await ledger.unsettled(), [*self._courses.values()]
        unfinished = {row.id: row for row in await ledger.unfinished()}
        for course in before:  # asked for before the start; another process may have been at it meanwhile
            row = unfinished.pop(course.row.id, None)
            if row is None or row.state != course.row.state:
                self._turns.drop(course.row.id)
                del self._courses[course.row.id]
                course.over.set()
            if row is not None and row.state != course.row.state:
                unfinished[row.id] = row
        for row in unfinished.values():
            if row.id in self._courses:
                continue
            course = self._courses[row.id] = Course(self, row)
            if row.state == "waiting":
                self._turns.add(row.id, row.user_key, row.made_at)
                self._soon(self._say_again(course))
        for row in unsettled:
            self._soon(self._settle(row))
        self._started = True
        for course in [*self._courses.values()]:
            if course.row.id not in self._turns:
                if course.row.kind == "run" and course.row.state != "delivering":
                    self._turns.resume(course.row.id)
                self._begin_work(course)
        self._next()

    async def _drop(self, course: Course, state: str, problem: str, code: str) -> None:
        """A job that waited is over."""
        self._turns.drop(course.row.id)
        self._courses.pop(course.row.id, None)
        await course.change(state=state, problem=problem, code=code)
        course.over.set()
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
            self._begin_work(self._courses[job_id])
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

    def _begin_work(self, course: Course) -> None:
        """Go on with a job that does not wait; once, whoever else thinks of it."""
        if self._started and not course.begun:
            course.begun = True
            self._soon(self._work(course))

    async def _work(self, course: Course) -> None:
        try:
            await course.carry_out()
        finally:
            if self._courses.get(course.row.id) is course:
                del self._courses[course.row.id]
            course.over.set()
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
