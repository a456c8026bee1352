"""One pace for all that is asked about live runs: a few are read each, many by lists, and all slow down when asked to.

The service tells the end of a run reliably only to those who ask (webhooks get lost, streams tell other runs' ends). A
thousand waiting calls must not be a thousand requests a second, so those of one client ask through here.
"""

import asyncio
import contextlib
import copy
import threading
import weakref
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Final

import attrs

from stationthis_sdk.api.service import Service
from stationthis_sdk.entities import RunRecord, Timeouts
from stationthis_sdk.errors import NotFound, RateLimited, Refused, StationThisError
from stationthis_sdk.listening import Listening
from stationthis_sdk.tracker import merge

__all__ = ["Polling", "Seen", "Watch"]

FEW: Final = 4
"""So many runs at once are read each by itself, at the pace each of them asks for."""
_AT_ONCE: Final = 8
_READS_A_ROUND: Final = 8
"""How many running runs of a round are read for their progress, in turn; lists do not tell it."""
_SKEW: Final = timedelta(minutes=5)
_GATHER: Final = 0.25
_GATHER_NEARBY: Final = 0.02
_MOST_A_SECOND: Final = 5.0
_MOST_A_SECOND_NEARBY: Final = 50.0
_FIRST_SLOWDOWN: Final = 1.0
_LONGEST_SLOWDOWN: Final = 120.0


class Watch:
    """Somebody's waiting for one run."""

    def __init__(self, pace: "_Pace", run_id: str) -> None:
        self._pace = pace
        self._run_id = run_id
        self._woken = asyncio.Event()
        self._told: RunRecord | None = None
        self._look_now = False

    async def look(self, known: RunRecord, limits: Timeouts) -> "Seen":
        """What the service says of the run now.

        Raises:
            StationThisError: it could not be asked.
        """
        self._woken.clear()
        self._look_now = False
        return await self._pace.look(known, limits)

    async def news(self, until: float) -> RunRecord | None:
        """What is told of the run by itself until then, in the loop's time; None when it is time to look."""
        while self._told is None and not self._look_now:
            try:
                async with asyncio.timeout_at(until):
                    await self._woken.wait()
            except TimeoutError:
                return None
            self._woken.clear()
        told, self._told = self._told, None
        return told

    def nudge(self) -> None:
        """Look at once."""
        self._look_now = True
        self._woken.set()

    def tell(self, told: RunRecord) -> None:
        """Somebody told of the run; of its end only its reading counts."""
        if told.state.final:
            self.nudge()
        else:
            self._told = told if self._told is None else merge(self._told, told)
            self._woken.set()


class Polling:
    """The looks of one client, on whatever loops it is used."""

    def __init__(self, service: Service, *, nearby: bool) -> None:
        self._service = service
        self._nearby = nearby
        self._paces: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Pace] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()

    @contextlib.asynccontextmanager
    async def watching(self, run_id: str, workflow_id: str | None = None) -> AsyncIterator[Watch]:
        """Somebody waits for this run within the block."""
        loop = asyncio.get_running_loop()
        with self._lock:
            pace = self._paces.setdefault(loop, _Pace(self._service, nearby=self._nearby))
        watch = Watch(pace, run_id)
        pace.watches[run_id].append(watch)
        pace.listening.begin(workflow_id)
        try:
            yield watch
        finally:
            pace.watches[run_id].remove(watch)
            if not pace.watches[run_id]:
                del pace.watches[run_id]
            await pace.listening.end(workflow_id)

    def nudge(self, run_id: str) -> None:
        """Whoever waits for this run looks at once: somebody has heard of it. Called from any thread."""
        with self._lock:
            paces = list(self._paces.items())
        for loop, pace in paces:
            with contextlib.suppress(RuntimeError):  # that loop has ended
                loop.call_soon_threadsafe(pace.nudge, run_id)


@attrs.frozen
class Seen:
    """What was seen of a run; a list does not tell the ``whole`` of it."""

    record: RunRecord
    whole: bool


@attrs.define(eq=False)
class _Look:
    """One run that somebody wants to know about."""

    known: RunRecord
    limits: Timeouts
    answer: "asyncio.Future[Seen]"


class _Pace:
    """The looks of one loop."""

    def __init__(self, service: Service, *, nearby: bool) -> None:
        self._service = service
        self._gather = _GATHER_NEARBY if nearby else _GATHER
        self._most_a_second = _MOST_A_SECOND_NEARBY if nearby else _MOST_A_SECOND
        self.watches: defaultdict[str, list[Watch]] = defaultdict(list)
        self.listening = Listening(service, self._tell)
        self._wanted: list[_Look] = []
        self._rounds: asyncio.Task[None] | None = None
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._unlisted: set[str] = set()
        self._asked = 0
        self._turn = 0
        self._slow_until = 0.0
        self._slowdown = 0.0

    def nudge(self, run_id: str) -> None:
        """Wake those who wait for it."""
        for watch in self.watches.get(run_id, ()):
            watch.nudge()

    def _tell(self, told: RunRecord) -> None:
        for watch in self.watches.get(told.id, ()):
            watch.tell(told)

    async def look(self, known: RunRecord, limits: Timeouts) -> "Seen":
        """What the service says of a run: read at once while few are waited for, else with the others."""
        if len(self.watches) <= FEW or known.workflow_id is None:
            return Seen(await self._read(known.id, limits), whole=True)
        loop = asyncio.get_running_loop()
        wanted = _Look(known, limits, loop.create_future())
        self._wanted.append(wanted)
        if self._rounds is None or self._rounds.done():
            self._rounds = loop.create_task(self._rounds_of_looks())
        return await wanted.answer

    async def _rounds_of_looks(self) -> None:
        """Answer all who want to know, round after round, until nobody does."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._gather)
        while self._wanted:
            looks = [one for one in self._wanted if not one.answer.done()]
            self._wanted = []
            began, self._asked = loop.time(), 0
            by_workflow: defaultdict[str, list[_Look]] = defaultdict(list)
            for one in looks:
                by_workflow[str(one.known.workflow_id)].append(one)
            await asyncio.gather(*(self._together(workflow, some) for workflow, some in by_workflow.items()))
            rest = began + max(self._gather, self._asked / self._most_a_second) - loop.time()
            await asyncio.sleep(max(rest, 0.0))

    async def _together(self, workflow_id: str, looks: Sequence[_Look]) -> None:
        """Answer for the runs of one workflow: by its list what the list says, by reading each what it does not."""
        rows = await self._rows(workflow_id, looks) if len(looks) > FEW else {}
        if rows is None:
            return
        self._turn += 1
        running = [
            one for one in looks if one.known.id in rows and rows[one.known.id].state.phase == "execution"
        ]
        start = self._turn * _READS_A_ROUND % len(running) if running else 0
        in_turn = {one.known.id for one in (running + running)[start : start + _READS_A_ROUND]}
        reads = []
        for one in looks:
            row = rows.get(one.known.id)
            if row is None or row.state.final or one.known.id in in_turn:
                reads.append(self._read_for(one))
            elif not one.answer.done():
                one.answer.set_result(Seen(row, whole=False))
        await asyncio.gather(*reads)

    async def _rows(self, workflow_id: str, looks: Sequence[_Look]) -> dict[str, RunRecord] | None:
        """The workflow's recent runs by id; empty where it has no list for us; None when that failed and is told."""
        made = [one.known.created_at for one in looks if one.known.created_at is not None]
        if workflow_id in self._unlisted or not made:
            return {}
        try:
            await self._slowed()
            rows = await self._service.run_lists.since(
                min(made) - _SKEW, workflow_id=workflow_id, deployment_id=None
            )
        except (NotFound, Refused):
            self._unlisted.add(workflow_id)  # somebody else's share
            return {}
        except StationThisError as error:
            self._heard_of(error)
            for one in looks:
                if not one.answer.done():
                    one.answer.set_exception(copy.copy(error))
            return None
        self._asked += 1 + len(rows) // 100
        return {row.id: row for row in rows}

    async def _read_for(self, one: _Look) -> None:
        if one.answer.done():
            return
        try:
            async with self._slots:
                record = await self._read(one.known.id, one.limits)
        except StationThisError as error:
            if not one.answer.done():
                one.answer.set_exception(error)
        else:
            if not one.answer.done():
                one.answer.set_result(Seen(record, whole=True))

    async def _read(self, run_id: str, limits: Timeouts) -> RunRecord:
        await self._slowed()
        self._asked += 1
        try:
            record = await self._service.runs.get(run_id, once=True, limits=limits)
        except StationThisError as error:
            self._heard_of(error)
            raise
        self._slowdown = 0.0
        return record

    async def _slowed(self) -> None:
        """Wait as long as the service has asked anyone to."""
        now = asyncio.get_running_loop().time()
        if now < self._slow_until:
            await asyncio.sleep(self._slow_until - now)
            await self._slowed()  # another may have pushed it ahead meanwhile

    def _heard_of(self, error: StationThisError) -> None:
        """Too many requests slow everyone down: as long as the service says, else longer each time."""
        if isinstance(error, RateLimited):
            self._slowdown = min(max(self._slowdown * 2, _FIRST_SLOWDOWN), _LONGEST_SLOWDOWN)
            asked = min(error.retry_after or self._slowdown, _LONGEST_SLOWDOWN)
            self._slow_until = max(self._slow_until, asyncio.get_running_loop().time() + asked)
