"""The log of a run: live, taken up again where it broke off, or from the archive."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from stationthis_sdk.api.calls.logs import WEBHOOK
from stationthis_sdk.api.capabilities import is_absent
from stationthis_sdk.entities import LogLine
from stationthis_sdk.errors import NotFound, StationThisError, TimedOut
from stationthis_sdk.shown import Shown

if TYPE_CHECKING:
    import pandas as pd

    from stationthis_sdk.runs import AsyncRun

__all__ = ["AsyncRunLog"]

_ARCHIVED_AFTER: Final = 60.0
"""Seconds after its end by which a run's log is in the archive: the service takes up to half of that."""
_QUIET: Final = 1.5
_QUIET_AFTER_THE_END: Final = 10.0
"""Seconds without a line after which all is told that was said so far: the stream has no mark for it."""
_TRIES: Final = 5
_LONGEST_PAUSE: Final = 10.0
_DOUBLED: Final = 10
"""How often a pause is doubled at most: after a thousand times it is no number any more."""
_LONGEST_ASKED: Final = 120.0


class AsyncRunLog(Shown):
    """The log of a run: a loop over it yields its lines, oldest first; each loop begins anew."""

    def __init__(self, run: "AsyncRun", *, follow: bool, webhooks: bool) -> None:
        self._run = run
        self._follow = follow
        self._webhooks = webhooks

    def __repr__(self) -> str:
        return f"<log of run {self._run.id}>"

    def __aiter__(self) -> AsyncIterator[LogLine]:
        return self._lines()

    async def _lines(self) -> AsyncGenerator[LogLine]:
        async with contextlib.aclosing(_Reading(self._run, follow=self._follow).lines()) as lines:
            async for line in lines:
                if self._webhooks or line.level != WEBHOOK:
                    yield line

    async def to_frame(self) -> "pd.DataFrame":
        """Its lines as a pandas frame: ``time`` (UTC), ``level`` (a category) and ``message``.

        Raises:
            MissingExtra: pandas is not installed.

        Example:
            >>> run = await portrait(prompt="a harbour", seed=3, steps=2, width=64, height=64)
            >>> list((await run.logs().to_frame()).columns)
            ['time', 'level', 'message']
        """
        from stationthis_sdk.frames.making import frame_of  # noqa: PLC0415 - frames are the exception

        columns = {"time": "time", "level": "category", "message": "text"}
        return frame_of(columns, [(line.time, line.level, line.message) async for line in self])


class _Reading:
    """One reading of a log, over as many streams as it takes."""

    def __init__(self, run: "AsyncRun", *, follow: bool) -> None:
        self._run = run
        self._calls = run._context.service.logs  # noqa: SLF001 - the two know each other
        self._follow = follow
        self._told = _Said()
        self._breaks = 0  # since the last new line
        self._failures = 0  # to hear of the run
        self._late = 0  # streams that broke after its end

    async def lines(self) -> AsyncGenerator[LogLine]:
        """Each line once."""
        if self._ended_long_ago and (kept := await self._archived()):
            for line in kept:
                yield line
            return
        while True:
            try:
                async with contextlib.aclosing(self._streamed()) as lines:
                    async for line in lines:
                        yield line
            except StationThisError as error:
                trouble = error
            else:
                return
            if not await self._goes_on(trouble):
                break
        if not (kept := await self._archived()):
            raise trouble
        self._told.begins()
        for line in kept:
            if self._told.is_new(line):
                yield line

    async def _streamed(self) -> AsyncGenerator[LogLine]:
        """The lines of one stream that are new; it begins with the first line of all."""
        self._told.begins()
        async with self._calls.stream(self._run.id) as lines:
            while True:
                try:
                    async with asyncio.timeout(self._patience):
                        line = await anext(lines, None)
                except TimeoutError as error:
                    if isinstance(error, StationThisError):
                        raise
                    return
                if line is None:
                    return
                if self._told.is_new(line):
                    self._breaks = 0
                    yield line

    @property
    def _patience(self) -> float | None:
        if self._follow:
            return None
        return _QUIET_AFTER_THE_END if self._run.state.final else _QUIET

    @property
    def _ended_long_ago(self) -> bool:
        ended = self._run.record.ended_at
        return ended is not None and (datetime.now(UTC) - ended).total_seconds() > _ARCHIVED_AFTER

    async def _archived(self) -> list[LogLine]:
        try:
            return await self._calls.archived(self._run.id)
        except StationThisError as error:
            if is_absent(error):
                return []
            raise

    async def _goes_on(self, trouble: StationThisError) -> bool:
        """Whether the stream that broke is to be opened again; when it is, it is time to do so."""
        if is_absent(trouble):
            if not self._run.state.final:
                raise NotFound(
                    "This server has no live logs: once the run has ended, logs() reads them from its archive.",
                    run_id=self._run.id,
                    request=trouble.request,
                ) from None
            return False
        if not trouble.retryable:
            raise trouble
        if self._run.state.final:
            self._late += 1
            if self._late > _TRIES:
                return False
        else:
            await self._hear_of_it()
        # Silence is no trouble; what breaks again and again is left alone for longer each time.
        self._breaks = 0 if isinstance(trouble, TimedOut) else self._breaks + 1
        pause = min(0.1 * 2 ** min(self._breaks + self._failures, _DOUBLED), _LONGEST_PAUSE)
        asked = min(getattr(trouble, "retry_after", None) or 0.0, _LONGEST_ASKED)
        await asyncio.sleep(max(pause * random.uniform(0.85, 1.0), asked))  # noqa: S311 - jitter is no secret
        return True

    async def _hear_of_it(self) -> None:
        """A run that has ended tells a few times more only."""
        try:
            await self._run.refresh()
            self._failures = 0
        except StationThisError as error:
            self._failures += 1
            if self._failures > _TRIES or not error.retryable:
                raise


class _Said:
    """What of a log was told already, when it is replayed from its beginning: the same line may have been written twice."""

    def __init__(self) -> None:
        self._told: Counter[int] = Counter()
        self._again: Counter[int] = Counter()

    def begins(self) -> None:
        """The log is replayed from here on."""
        self._again.clear()

    def is_new(self, line: LogLine) -> bool:
        """Whether this line has not been told yet; from now on it has."""
        # The archive has no levels, and not everywhere the same digits of a second.
        moment = None if line.time is None else int(line.time.timestamp() * 1000)
        name = hash((moment, line.message))
        self._again[name] += 1
        if self._again[name] <= self._told[name]:
            return False
        self._told[name] += 1
        return True
