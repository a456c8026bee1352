"""The runs that this process watches, and what has happened to them: numbered, for whoever asks what is new."""

import asyncio
import contextlib
import secrets
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import attrs

from stationthis_sdk.bots.stdio.documents import event_document
from stationthis_sdk.errors import StationThisError
from stationthis_sdk.logs import logger

if TYPE_CHECKING:
    from stationthis_sdk import AsyncRun, AsyncStationThis

__all__ = ["Happened", "Watched", "Watcher"]

_KEPT_EVENTS: Final = 10_000
_KEPT_RUNS: Final = 1_000
"""How many runs that have ended are remembered."""


@attrs.define
class Watched:
    """One run that is watched, or was: ``trouble`` is why it is not any more, if it has not ended."""

    run: "AsyncRun"
    task: "asyncio.Task[None] | None" = None
    trouble: StationThisError | None = None

    @property
    def ended(self) -> bool:
        """Whether all of it has been told."""
        return self.task is not None and self.task.done() and self.trouble is None


class Happened:
    """The last ten thousand events of this process, numbered from 1; ``instance`` is other in every process.

    They are kept in memory alone: after a restart the numbers begin anew, and runs are asked for by their ids.
    """

    def __init__(self) -> None:
        self.instance = secrets.token_hex(8)
        self.last = 0
        self._events: deque[dict[str, Any]] = deque(maxlen=_KEPT_EVENTS)
        self._news = asyncio.Event()

    def add(self, event: dict[str, Any]) -> None:
        """Number an event and wake whoever waits for it."""
        self.last += 1
        self._events.append({"cursor": self.last, "at": datetime.now(UTC).isoformat(), **event})
        self._news.set()
        self._news = asyncio.Event()

    @property
    def oldest(self) -> int:
        """The number of the oldest event that is kept."""
        return self.last - len(self._events) + 1

    def since(self, cursor: int, run_id: str | None, most: int) -> list[dict[str, Any]]:
        """What came after that number, oldest first; of one run, or of all."""
        found: list[dict[str, Any]] = []
        for event in reversed(self._events):
            if event["cursor"] <= cursor:
                break
            if run_id is None or event["run_id"] == run_id:
                found.append(event)
        return found[::-1][:most]

    async def after(self, cursor: int, run_id: str | None, most: int, seconds: float) -> list[dict[str, Any]]:
        """The same; when there is nothing yet, it is waited for so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not (found := self.since(cursor, run_id, most)):
                    cursor = max(cursor, self.last)  # nobody need look through these again
                    await self._news.wait()
                return found
        return self.since(cursor, run_id, most)

    async def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        """Each event from now on; what was lost on the way to somebody slow is left out."""
        cursor = self.last
        while True:
            for event in await self.after(cursor, None, 100, 3600.0):
                cursor = event["cursor"]
                yield event


class Watcher:
    """Watches each run once, however many ask for it, and leaves all of them running at its end."""

    def __init__(self, st: "AsyncStationThis") -> None:
        self._st = st
        self._watched: OrderedDict[str, Watched] = OrderedDict()
        self._open: dict[str, asyncio.Lock] = {}
        self.happened = Happened()

    @property
    def live(self) -> "list[AsyncRun]":
        """The watched runs that have not ended."""
        return [one.run for one in self._watched.values() if not one.run.state.final]

    def watch(self, run: "AsyncRun") -> Watched:
        """Begin to watch a run, unless it is watched already."""
        known = self._watched.get(run.id)
        if known is not None and known.trouble is None:
            return known
        watched = Watched(run)
        self._watched[run.id] = watched
        watched.task = asyncio.create_task(self._follow(watched), name=f"watch {run.id}")
        self._forget_some()
        return watched

    async def of(self, run_id: str) -> Watched:
        """The run of this id, watched from now on.

        Raises:
            NotFound: there is no such run.
        """
        async with self._open.setdefault(run_id, asyncio.Lock()):
            try:
                known = self._watched.get(run_id)
                if known is not None and known.trouble is None:
                    return known
                return self.watch(await self._st.runs.get(run_id))
            finally:
                self._open.pop(run_id, None)

    async def ended(self, run_id: str, seconds: float | None) -> "AsyncRun":
        """The run at its end, or as it stands when so much time has passed.

        Raises:
            StationThisError: it can't be watched any more.
        """
        watched = await self.of(run_id)
        if watched.task is not None and seconds != 0:
            await asyncio.wait({watched.task}, timeout=seconds)
        if watched.trouble is not None:
            raise watched.trouble
        return watched.run

    async def close(self) -> None:
        """Stop watching; the runs go on."""
        tasks = [one.task for one in self._watched.values() if one.task is not None and not one.task.done()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=2.5)

    async def _follow(self, watched: Watched) -> None:
        run = watched.run
        try:
            async for event in run.follow(on_interrupt="detach"):
                self.happened.add(event_document(event))
        except StationThisError as error:
            watched.trouble = error
            if error.run_id is None:
                error.run_id = run.id
            logger("bots").warning("Run %s is not watched any more: %s", run.id, error.message)

    def _forget_some(self) -> None:
        """Runs that ended long ago are asked for anew, should anybody want them."""
        if len(self._watched) <= 2 * _KEPT_RUNS:
            return
        ended = [run_id for run_id, one in self._watched.items() if one.task is not None and one.task.done()]
        for run_id in ended[:-_KEPT_RUNS]:
            del self._watched[run_id]
