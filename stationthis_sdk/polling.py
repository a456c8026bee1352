"""One pace for all that is asked about live runs: a few are read each, many by lists, and all slow down when asked to.

The service tells the end of a run reliably only to those who ask (webhooks get lost, streams tell other runs' ends). A
thousand waiting calls must not be a thousand requests a second, so those of one client ask through here.
"""

import asyncio
import contextlib
import copy
import math
import threading
import weakref
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta
from typing import Final

import attrs

from stationthis_sdk.api.service import Service
from stationthis_sdk.entities import RunRecord, Timeouts
from stationthis_sdk.errors import NotFound, RateLimited, Refused, StationThisError, UnexpectedResponse
from stationthis_sdk.listening import Listening
from stationthis_sdk.logs import logger
from stationthis_sdk.tracker import merge

__all__ = ["Polling", "Seen", "Watch"]

FEW: Final = 4
"""So many runs at once are read each by itself, at the pace each of them asks for."""
_AT_ONCE: Final = 8
_READS_A_ROUND: Final = 8
"""How many running runs of a round are read for their progress, in turn; lists do not tell it."""
_SKEW: Final = timedelta(minutes=5)
"""So far may the times be out by which lists are in order."""
_GATHER: Final = 0.25
_GATHER_NEARBY: Final = 0.12
_GATHERED_IN: Final = 12
"""So many times within it is looked whether all who wait have asked, and nobody has come since."""
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

    async def look(self, known: RunRecord, limits: Timeouts, *, progress: bool = True) -> "Seen":
        """What the service says of the run now; without ``progress`` only lists are asked until it has ended.

        Raises:
            StationThisError: it could not be asked.
        """
        self._woken.clear()
        self._look_now = False
        return await self._pace.look(known, limits, progress=progress)

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
            pace = self._pace_of(loop)
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

    def _pace_of(self, loop: asyncio.AbstractEventLoop) -> "_Pace":
        pace = self._paces.get(loop)
        if pace is None:
            pace = self._paces[loop] = _Pace(self._service, nearby=self._nearby)
        return pace

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
    progress: bool = True

    def told(self, seen: Seen) -> None:
        """This is how it stands, unless that was told already or nobody waits any more."""
        if not self.answer.done():
            self.answer.set_result(seen)

    def failed(self, error: StationThisError) -> None:
        """The same for what went wrong; each has an error of its own."""
        if not self.answer.done():
            self.answer.set_exception(copy.copy(error))


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
        self._slow_since = -math.inf
        self._slow_until = 0.0
        self._slowdown = 0.0

    def nudge(self, run_id: str) -> None:
        """Wake those who wait for it."""
        for watch in self.watches.get(run_id, ()):
            watch.nudge()

    def _tell(self, told: RunRecord) -> None:
        for watch in self.watches.get(told.id, ()):
            watch.tell(told)

    async def look(self, known: RunRecord, limits: Timeouts, *, progress: bool) -> "Seen":
        """What the service says of a run: read at once while few are waited for, else with the others."""
        if len(self.watches) <= FEW:
            return Seen(await self._read(known.id, limits), whole=True)
        loop = asyncio.get_running_loop()
        wanted = _Look(known, limits, loop.create_future(), progress)
        self._wanted.append(wanted)
        if self._rounds is None or self._rounds.done():
            self._rounds = loop.create_task(self._rounds_of_looks())
        return await wanted.answer

    async def _rounds_of_looks(self) -> None:
        """Answer all who want to know, round after round, until nobody does."""
        loop = asyncio.get_running_loop()
        looks: list[_Look] = []
        try:
            await self._gathered(loop.time())
            while self._wanted:
                looks, self._wanted = self._wanted, []
                began, self._asked = loop.time(), 0
                by_workflow: defaultdict[str | None, list[_Look]] = defaultdict(list)
                for one in looks:
                    if not one.answer.done():
                        by_workflow[one.known.workflow_id].append(one)
                await asyncio.gather(
                    *(self._answer(workflow, some) for workflow, some in by_workflow.items())
                )
                rest = began + self._asked / self._most_a_second - loop.time()
                await asyncio.sleep(max(rest, 0.0))
                await self._gathered(began)
        finally:
            # Nobody waits for an answer that does not come any more: who still wants to know asks again.
            broken_off, self._wanted = [*looks, *self._wanted], []
            for one in broken_off:
                one.failed(UnexpectedResponse(f"The look at run {one.known.id} was broken off."))

    async def _gathered(self, since: float) -> None:
        """Wait for others who want to know, as long as there may be any: not when all who wait have asked."""
        loop, before = asyncio.get_running_loop(), -1
        while (left := since + self._gather - loop.time()) > 0 and not (
            before == len(self._wanted) >= len(self.watches)
        ):
            before = len(self._wanted)
            await asyncio.sleep(min(left, self._gather / _GATHERED_IN))

    async def _answer(self, workflow_id: str | None, looks: Sequence[_Look]) -> None:
        """Answer for the runs of one workflow, whatever was told: what nobody foresaw ends no waiting."""
        try:
            await self._together(workflow_id, looks)
        except Exception as error:  # noqa: BLE001 - the same, for all that may be wrong
            trouble = _odd(error)
            for one in looks:
                one.failed(trouble)

    async def _together(self, workflow_id: str | None, looks: Sequence[_Look]) -> None:
        """By the workflow's list what the list says, by reading each what it does not."""
        rows: dict[str, RunRecord] = {}
        trouble: StationThisError | None = None
        if workflow_id is not None and workflow_id not in self._unlisted and len(looks) > FEW:
            trouble = await self._list(workflow_id, looks, rows)
        self._turn += 1
        running = [
            one
            for one in looks
            if one.progress and one.known.id in rows and rows[one.known.id].state.phase == "execution"
        ]
        start = self._turn * _READS_A_ROUND % len(running) if running else 0
        in_turn = {one.known.id for one in (running + running)[start : start + _READS_A_ROUND]}
        reads: list[tuple[_Look, bool]] = []
        for one in looks:
            row = rows.get(one.known.id)
            if row is None and trouble is not None:
                one.failed(trouble)
            elif row is not None and row.state.final:
                # Once for each run, as it was submitted once: no part of the pace, unless it has to be asked again.
                reads.append((one, True))
            elif row is None or one.known.id in in_turn:
                self._asked += 1
                reads.append((one, False))
            else:
                one.told(Seen(row, whole=False))
        turns = iter(reads)
        await asyncio.gather(*(self._read_in_turn(turns) for _ in reads[:_AT_ONCE]))

    async def _list(
        self, workflow_id: str, looks: Sequence[_Look], rows: dict[str, RunRecord]
    ) -> StationThisError | None:
        """Put what the workflow's list says of its newest runs into ``rows``; what went wrong on the way, if anything.

        One more page is asked for as long as that may be less than reading each run that is still missing.
        """
        loop = asyncio.get_running_loop()
        missing = {one.known.id for one in looks}
        made = [one.known.created_at for one in looks if one.known.created_at is not None]
        oldest = min(made) if len(made) == len(looks) else None
        in_vain = 0
        sent = 0.0

        async def enough(page: Sequence[RunRecord]) -> bool:
            nonlocal in_vain, sent
            self._heard_well(sent)
            self._asked += 1
            before = len(missing)
            rows.update((row.id, row) for row in page)
            missing.difference_update(row.id for row in page)
            in_vain = in_vain + 1 if len(missing) == before else 0
            last = page[-1].created_at if page else None
            if len(missing) <= in_vain + 1 or (oldest and last and oldest - last > _SKEW):
                return True
            await self._slowed()
            sent = loop.time()
            return False

        try:
            async with self._slots:
                await self._slowed()
                sent = loop.time()
                await self._service.run_lists.of_workflow(
                    workflow_id, sought=frozenset(missing), enough=enough, patient=False
                )
        except (NotFound, Refused):
            self._unlisted.add(workflow_id)  # somebody else's share
        except StationThisError as error:
            self._asked += 1
            self._heard_of(error, sent)
            return error
        return None

    async def _read_in_turn(self, turns: Iterator[tuple[_Look, bool]]) -> None:
        for one, ended in turns:
            await self._read_for(one, ended=ended)

    async def _read_for(self, one: _Look, *, ended: bool) -> None:
        """``ended``: by a list; a read that fails, or does not say so, will be made again."""
        if one.answer.done():
            return
        try:
            async with self._slots:
                record = await self._read(one.known.id, one.limits)
        except StationThisError as error:
            self._asked += ended
            one.failed(error)
        else:
            self._asked += ended and not record.state.final
            one.told(Seen(record, whole=True))

    async def _read(self, run_id: str, limits: Timeouts) -> RunRecord:
        await self._slowed()
        sent = asyncio.get_running_loop().time()
        try:
            record = await self._service.runs.get(run_id, once=True, limits=limits)
        except StationThisError as error:
            self._heard_of(error, sent)
            raise
        except Exception as error:
            raise _odd(error) from error
        self._heard_well(sent)
        return record

    async def _slowed(self) -> None:
        """Wait as long as the service has asked anyone to."""
        now = asyncio.get_running_loop().time()
        if now < self._slow_until:
            await asyncio.sleep(self._slow_until - now)
            await self._slowed()  # another may have pushed it ahead meanwhile

    def _heard_of(self, error: StationThisError, sent: float) -> None:
        """Too many requests slow everyone down: as long as the service says, else longer each time.

        What was sent before the last slow-down began was refused for the same reason, and is no further time.
        """
        if not isinstance(error, RateLimited):
            return
        now = asyncio.get_running_loop().time()
        if sent >= self._slow_since:
            self._slow_since = now
            self._slowdown = min(max(self._slowdown * 2, _FIRST_SLOWDOWN), _LONGEST_SLOWDOWN)
        asked = min(error.retry_after or self._slowdown, _LONGEST_SLOWDOWN)
        self._slow_until = max(self._slow_until, now + asked)

    def _heard_well(self, sent: float) -> None:
        """An answer to what was sent since: the next refusal is the first again."""
        if sent >= self._slow_since:
            self._slowdown = 0.0


def _odd(error: Exception) -> StationThisError:
    """What comes of an answer that leads to an error nobody foresaw: one that a wait survives."""
    if isinstance(error, StationThisError):
        return error
    logger("runs").warning("What was told of a run can't be used.", exc_info=error)
    return UnexpectedResponse(f"What was told of the run can't be used ({type(error).__name__}: {error}).")
