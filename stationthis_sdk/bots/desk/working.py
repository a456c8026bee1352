"""The jobs of a desk that wait or are at work: whose turn it is, what is begun, and what a start takes up."""

import asyncio
import contextlib
import time
import weakref
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Final

import attrs

from stationthis_sdk.bots.desk.course import Course
from stationthis_sdk.bots.desk.folder import Folder
from stationthis_sdk.bots.desk.sender import Impossible, Sender
from stationthis_sdk.bots.desk.settling import settle
from stationthis_sdk.bots.desk.status import Paces
from stationthis_sdk.bots.desk.turns import Turns
from stationthis_sdk.bots.desk.verdicts import leave_threads
from stationthis_sdk.bots.hooks import Hooks
from stationthis_sdk.bots.render.sentences import sentence
from stationthis_sdk.errors import RunCancelled, SaveFailed
from stationthis_sdk.logs import logger
from stationthis_sdk.store.bot_jobs import ENDED, JobLedger, JobRow

if TYPE_CHECKING:
    from stationthis_sdk.client import AsyncStationThis
    from stationthis_sdk.runs import AsyncRun

__all__ = ["Working"]

_CLOSE_SECONDS: Final = 20.0
_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 60.0
_HANDS: Final = 16
HEED_SECONDS: float = 3.0
_TAKE_SECONDS: Final = 2.0
_KEPT_SECONDS: Final = 30 * 86_400.0
"""For so long jobs that have ended can be answered to."""
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
        self._followers: set[asyncio.Task[None]] = set()
        """Of cooks: they end with the desk, and no start waits for them."""
        self._unwanted: weakref.WeakSet[asyncio.Task[Any]] = weakref.WeakSet()
        """Tasks that ask, and were stopped by their user."""
        self._settling: set[str] = set()
        self._left: dict[str, float] = {}
        """Jobs that are gone on with at the next start, when their user asks for it, or when the loop's clock shows this."""
        self._hands = asyncio.Semaphore(_HANDS)
        self._asking: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()
        self._starting = asyncio.Lock()
        self._started = False
        self._beginning: asyncio.Task[None] | None = None
        self._telling = False

    def __repr__(self) -> str:
        return f"<desk of {self.bot}: {len(self._courses)} jobs>"

    async def start(self) -> None:
        """Take up what is unfinished, and begin to work. A second time changes nothing.

        While another process is at the desk of this bot, or the ledger can't be read, nothing is begun: it is when that is
        over.
        """
        async with self._starting:
            if self._started or (self._beginning is not None and not self._beginning.done()):
                return
            self._beginning = asyncio.create_task(self._begin())
            await asyncio.wait({self._beginning}, timeout=_TAKE_SECONDS)

    async def close(self) -> None:
        """Stop telling. Runs go on, and what is unfinished is taken up at the next start."""
        self._started = False
        if self._beginning is not None:
            self._beginning.cancel()
            await asyncio.wait({self._beginning})
            self._beginning = None
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _CLOSE_SECONDS
        while (under_way := self._tasks | self._followers) and loop.time() < deadline:
            for task in under_way:
                task.cancel()
            await asyncio.wait(under_way, timeout=1.0)
        for course in self._courses.values():
            course.over.set()
        self._courses.clear()
        self._left.clear()
        self._turns = Turns(self._turns.at_once)
        leave_threads()
        if not self._tasks:
            self._folder.leave()
            return
        logger("bots").warning("The desk of %s is left when what is under way is over.", self.bot)
        for task in [*self._tasks]:  # another desk would send it beside this one
            task.add_done_callback(self._leave)

    @property
    def _ledger(self) -> JobLedger:
        return JobLedger(self.st._ready.context.ledger, self.bot)  # noqa: SLF001 - the two know each other

    @property
    def _is_full(self) -> bool:
        return not self._started or self._turns.is_full

    def _leave(self, _over: "asyncio.Task[None]") -> None:
        if self._beginning is None and not self._tasks:
            self._folder.leave()

    async def _begin(self) -> None:
        if before := [*self._tasks]:  # of before it was closed; who comes later may wait for this
            await asyncio.wait(before)
        pause = _FIRST_PAUSE
        while not self._started:
            await self._folder.take(self.bot)
            try:
                await self._take_up()
            except Exception:  # noqa: BLE001 - nobody else begins it
                self._folder.leave()
                logger("bots").exception("The desk of %s can't begin: it is tried again.", self.bot)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            except asyncio.CancelledError:
                self._folder.leave()
                raise

    async def _take_up(self) -> None:
        ledger = self._ledger
        try:
            await ledger.prune(time.time() - _KEPT_SECONDS)
        except SaveFailed:  # a disk that is full keeps nobody waiting for what is to be forgotten
            logger("bots").warning("The desk of %s can't forget what is old.", self.bot, exc_info=True)
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
            self._take_in_hand(row)
        for row in unsettled:
            self._soon(self._settle(row))
        self._started = True
        self._soon(self._heed())
        for course in [*self._courses.values()]:
            if course.row.id not in self._turns:
                if course.row.kind == "run" and course.row.state != "delivering":
                    self._turns.resume(course.row.id)
                self._begin_work(course)
        self._next()

    def _take_in_hand(self, row: JobRow) -> None:
        """A job that nobody here has in hand yet."""
        if row.id in self._courses:
            return
        try:
            course = Course(self, row)
        except (TypeError, ValueError) as error:
            logger("bots").warning("Job %s can't be read, and is left: %s", row.id, error)
            return
        self._courses[row.id] = course
        if row.state == "waiting":
            self._turns.add(row.id, row.user_key, row.made_at)
            self._soon(self._say_again(course))

    async def _heed(self) -> None:
        """What another process of this bot is asked for: it writes that down, and this one works."""
        while True:
            await asyncio.sleep(HEED_SECONDS)
            before = {*self._courses}
            try:
                rows = await self._ledger.unfinished()
            except SaveFailed:
                continue
            now = asyncio.get_running_loop().time()
            self._left = {job_id: until for job_id, until in self._left.items() if until > now}
            for row in rows:
                course = self._courses.get(row.id)
                unwanted = row.cancel_wanted_at is not None and row.state != "delivering"
                if unwanted and course is None:
                    self._left.pop(row.id, None)
                asked = unwanted or row.state in {"waiting", "delivering"} or row.kind != "run"
                if row.id not in before and row.id not in self._left and course is None and asked:
                    self._take_in_hand(row)
                    course = self._courses.get(row.id)
                    if course is not None and row.state != "waiting":
                        self._begin_work(course)
                    elif course is not None and unwanted:
                        with contextlib.suppress(SaveFailed):
                            await self._stop(course)
                elif course is not None and row.cancel_wanted_at and course.row.cancel_wanted_at is None:
                    with contextlib.suppress(SaveFailed):
                        await self._stop(course)
            self._next()

    async def _stop(self, course: Course) -> None:
        """Somebody wants a job to stop.

        Raises:
            SaveFailed: it can't be written down; the job goes on.
        """
        if course.row.id not in self._turns:
            await course.stop()
            return
        text, code = sentence(RunCancelled("It was cancelled before it began."), course.language)
        self._turns.hold(course.row.id)
        try:
            dropped = await self._drop(course, "cancelled", text, code)
        finally:
            self._turns.free(course.row.id)
            self._next()
        if dropped:
            self._soon(course.last_word(text))
        else:  # another process has begun it
            await course.change(cancel_wanted_at=time.time())

    async def _drop(self, course: Course, state: str, problem: str, code: str) -> bool:
        """A job that waited is over; False: it did not wait any more.

        Raises:
            SaveFailed: it can't be written down, and waits.
        """
        if not await self._ledger.drop(course.row.id, state=state, problem=problem, code=code):
            return False
        course.row = attrs.evolve(course.row, state=state, problem=problem, code=code)
        self._turns.drop(course.row.id)
        self._courses.pop(course.row.id, None)
        course.over.set()
        self._turns_moved()
        return True

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
            if course.row.state not in ENDED:
                self._left[course.row.id] = asyncio.get_running_loop().time() + course.left_for
            course.over.set()
            self._run_over(course)

    def _run_over(self, course: Course) -> None:
        """Its run is not under way any more: the next may begin."""
        self._turns.done(course.row.id)
        self._next()

    def _run_ended(self, course: Course, run: "AsyncRun | None") -> None:
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
