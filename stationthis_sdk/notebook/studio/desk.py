"""What the studio has sent: each run once, followed to its end on the SDK's own loop. Knows no widgets."""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from stationthis_sdk import portal
from stationthis_sdk.errors import (
    AmbiguousSubmit,
    InvalidInput,
    RunCancelled,
    RunError,
    StationThisError,
)
from stationthis_sdk.logs import logger

__all__ = ["Desk", "Job"]

_log = logger("notebook")
_AT_MOST: Final = 0.2
"""Seconds between two words on how far a run is."""


@attrs.define(eq=False)
class Job:
    """One run that was asked for: what it was given, the run once there is one, and what went wrong."""

    number: int
    given: dict[str, Any]
    run: Any = None
    error: str = ""
    began: float = attrs.field(factory=time.monotonic)
    ended: bool = False
    cancelled: bool = False

    @property
    def open(self) -> bool:
        """Whether it may still cost."""
        return not self.ended if self.run is None else not self.run.state.final

    @property
    def state(self) -> str:
        """sending, refused when no run came of it, else the run's own."""
        if self.run is None:
            return "refused" if self.ended else "sending"
        return str(self.run.state)


class Desk:
    """Sends and follows. ``told`` hears of each change, on the SDK's loop; ``faults`` of inputs that do not fit."""

    def __init__(
        self,
        deployment: Any,
        *,
        told: Callable[[Job], None],
        faults: Callable[[InvalidInput], None],
        note: Callable[[str], None],
        idle: Callable[[], None],
    ) -> None:
        self._deployment = deployment
        self._told, self._faults, self._note, self._idle = told, faults, note, idle
        self.jobs: list[Job] = []
        self.following: dict[Job, Any] = {}
        self.closed = False
        self.sending = 0
        self._dropped = 0
        self._under_way: set[Any] = set()
        self._lock = threading.Lock()
        self._turn = asyncio.Lock()

    def send(self, given: Mapping[str, Any], count: int) -> Any:
        """Ask for so many runs, one after the other; returns at once."""
        with self._lock:
            self.sending += 1
        return self._begin(self._send(dict(given), count))

    def _begin(self, work: Any) -> Any:
        future = portal.begin(work)
        self._under_way.add(future)
        future.add_done_callback(self._under_way.discard)
        return future

    async def _send(self, given: dict[str, Any], count: int) -> None:
        before = self._dropped
        try:
            async with self._turn:
                for place in range(count):
                    if self.closed or self._dropped != before:
                        self._note(f"{place} of {count} were sent.")
                        break
                    if not await self._sent(given):
                        if place:
                            self._note(f"{place} of {count} were sent.")
                        break
        finally:
            with self._lock:
                self.sending -= 1
            self._idle()

    async def _sent(self, given: dict[str, Any]) -> bool:
        """One submit. Nothing is ever sent a second time here, whatever came of it."""
        job = Job(len(self.jobs) + 1, given)
        self.jobs.append(job)
        self._told(job)
        try:
            job.run = await self._deployment.submit(given)
        except InvalidInput as error:
            self.jobs.remove(job)
            job.ended = True
            self._told(job)
            self._faults(error)
            return False
        except AmbiguousSubmit as error:
            self._fail(
                job,
                f"{error.message} It may be running, and cost: `stationthis reconcile` tells. Look before you press Run again.",
            )
            return False
        except StationThisError as error:
            self._fail(job, error.message)
            return False
        except Exception as error:
            self._fail(job, f"{type(error).__name__}: {error}")
            raise
        if self.closed:
            _log.warning(
                "Left running: run %s; the studio was closed. Reattach: st.runs.get(%r).",
                job.run.id,
                job.run.id,
            )
            return False
        self._told(job)
        self.following[job] = self._begin(self._follow(job))
        if job.cancelled:
            self._begin(self._cancel(job))
        return True

    async def _follow(self, job: Job) -> None:
        latest = 0.0

        def heard(_progress: Any) -> None:
            nonlocal latest
            if time.monotonic() - latest >= _AT_MOST:
                latest = time.monotonic()
                self._told(job)

        try:
            if not job.run.from_cache:
                await job.run.wait(on_progress=heard, on_interrupt="detach")
        except RunCancelled:
            pass
        except RunError as error:
            job.error = error.message
        except StationThisError as error:
            job.error = error.message
        except Exception as error:
            job.error = f"It is not followed any more: {type(error).__name__}: {error}"
            raise
        finally:
            job.ended = True
            self.following.pop(job, None)
            if not self.closed:
                self._told(job)

    def cancel(self, job: Job | None = None) -> Any:
        """Cancel one, or all that have not ended, on the service; what was not sent yet is not sent."""
        if job is None:
            self._dropped += 1
        wanted = [one for one in list(self.jobs) if one is job or (job is None and one.open)]
        for one in wanted:
            one.cancelled = True
        return self._begin(self._cancel(*[one for one in wanted if one.run is not None]))

    async def _cancel(self, *jobs: Job) -> None:
        async def one(job: Job) -> None:
            try:
                await job.run.cancel()
            except StationThisError as error:
                job.cancelled = False
                self._note(error.message)
            self._told(job)

        await asyncio.gather(*(one(job) for job in jobs))

    async def settled(self) -> None:
        """Wait until nothing is being sent or followed."""
        while self._under_way:
            await asyncio.wait([asyncio.wrap_future(one) for one in list(self._under_way)])

    def close(self) -> None:
        """Follow nothing any more; what runs goes on, and is told."""
        self.closed = True
        for future in list(self.following.values()):
            future.cancel()

    def _fail(self, job: Job, why: str) -> None:
        job.error, job.ended = why, True
        self._told(job)
