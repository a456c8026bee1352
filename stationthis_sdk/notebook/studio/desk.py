"""What the studio has sent: each run once, followed to its end on the SDK's own loop. Knows no widgets."""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from stationthis_sdk import portal
from stationthis_sdk.errors import AmbiguousSubmit, InvalidInput, RunCancelled, StationThisError
from stationthis_sdk.interrupts import Report, reporting
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
    submit: "asyncio.Task[Any] | None" = None
    stopping: bool = False
    """The service is being asked to cancel it."""
    told: bool = False
    """Its end was told."""

    @property
    def open(self) -> bool:
        """Whether it may still cost."""
        return not self.ended if self.run is None else not self.run.state.final

    @property
    def state(self) -> str:
        """sending, refused or cancelled when no run is known of it, else the run's own."""
        if self.run is not None:
            return str(self.run.state)
        if not self.ended:
            return "sending"
        return "cancelled" if self.cancelled else "refused"


@attrs.define(eq=False)
class _Press:
    """So many runs that were asked for at once; dropped is what of them was not sent yet."""

    given: dict[str, Any]
    count: int
    sent: int = 0
    dropped: bool = False


class Desk:
    """Sends and follows. ``told`` hears of each change, on the SDK's loop; ``faults`` of inputs that do not fit.

    Once it is closed nobody hears: what matters goes to the log.
    """

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
        self._hears, self._faults, self._notes, self._idle = told, faults, note, idle
        self.jobs: list[Job] = []
        self.following: dict[Job, Any] = {}
        self.closed = False
        self._presses: list[_Press] = []
        self._under_way: set[Any] = set()
        # Reentrant: a studio that is collected closes its desk wherever the collector happens to run.
        self._lock = threading.RLock()
        self._turn = asyncio.Lock()

    @property
    def sending(self) -> bool:
        """Whether runs are on their way out."""
        return bool(self._presses)

    @property
    def can_cancel(self) -> bool:
        """Whether there is something that ``cancel`` would end, or keep from being sent."""
        with self._lock:
            return any(not one.dropped for one in self._presses) or any(
                job.open and not job.cancelled for job in self.jobs
            )

    def send(self, given: Mapping[str, Any], count: int) -> Any:
        """Ask for so many runs, one after the other; returns at once.

        Raises:
            InvalidInput: it is closed.
        """
        press = _Press(dict(given), count)
        with self._lock:
            self.need_open()
            self._presses.append(press)
        return self._begin(self._send(press))

    def need_open(self) -> None:
        """Refuse where it is closed.

        Raises:
            InvalidInput: it is.
        """
        if self.closed:
            raise InvalidInput("This studio is closed: make another with .studio().")

    def _begin(self, work: Any) -> Any:
        future = portal.begin(work)
        self._under_way.add(future)
        future.add_done_callback(self._under_way.discard)
        return future

    async def _send(self, press: _Press) -> None:
        try:
            async with self._turn:
                for _ in range(press.count):
                    job = self._next(press)
                    if job is None or not await self._sent(job, press):
                        break
            if press.sent < press.count and (press.sent or press.dropped):
                self._note(f"{press.sent} of {press.count} were sent.")
        finally:
            with self._lock:
                self._presses.remove(press)
            self._idle()

    def _next(self, press: _Press) -> Job | None:
        """The next run of a press, unless it was dropped; under the lock, so that nothing falls between it and ``cancel``."""
        with self._lock:
            if press.dropped:
                return None
            job = Job(len(self.jobs) + 1, press.given)
            self.jobs.append(job)
            return job

    async def _sent(self, job: Job, press: _Press) -> bool:
        """One submit; whether the next may follow. Nothing is ever sent a second time here, whatever came of it."""
        self._tell(job)
        report = Report()
        self._deployment.posted, self._deployment.made = False, None
        try:
            with reporting(report):
                job.submit = asyncio.ensure_future(self._deployment.submit(job.given))
            if job.cancelled:
                self._stop(job)
            job.run = await job.submit
        except asyncio.CancelledError:
            return self._given_up(job, press, str(report))
        except InvalidInput as error:
            self._forget(job)
            self._fault(error)
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
        self._made(job, press)
        return True

    def _made(self, job: Job, press: _Press) -> None:
        press.sent += 1
        if self._is_followed(job):
            self._tell(job)
        else:
            self._left(job)
        if job.cancelled:
            self._begin(self._cancel(job))

    def _is_followed(self, job: Job) -> bool:
        with self._lock:
            if not self.closed:
                self.following[job] = self._begin(self._follow(job))
            return not self.closed

    def _given_up(self, job: Job, press: _Press, words: str) -> bool:
        """Its submit was called off: by ``cancel``, or because everything ends; whether the next may follow."""
        mine = job.cancelled and not _is_ending()
        if not mine:
            _log.warning("%s", words or "A submit was cut short.")
        if self._deployment.made is not None and mine:
            job.run = self._deployment.made
            self._made(job, press)
        elif self._deployment.posted:
            press.sent += 1
            self._fail(job, words or "Nobody knows whether it was started: `stationthis reconcile` tells.")
        else:
            self._forget(job)
        if not mine:
            raise asyncio.CancelledError
        return True

    async def _follow(self, job: Job) -> None:
        latest = 0.0

        def heard(_progress: Any) -> None:
            nonlocal latest
            if time.monotonic() - latest >= _AT_MOST:
                latest = time.monotonic()
                self._tell(job)

        try:
            with reporting(Report()):  # that it is left running is said here, once
                if not job.run.from_cache:
                    await job.run.wait(on_progress=heard, on_interrupt="detach")
        except RunCancelled:
            pass
        except StationThisError as error:
            job.error = error.message
        except asyncio.CancelledError:
            if not self.closed:
                self._left(job)
            raise
        except Exception as error:
            job.error = f"It is not followed any more: {type(error).__name__}: {error}"
            raise
        finally:
            job.ended = True
            self.following.pop(job, None)
            self._tell(job)

    def _left(self, job: Job) -> None:
        if not (job.cancelled or job.run.state.final):
            _log.warning(
                "Left running: run %s; the studio was closed. Reattach: st.runs.get(%r).",
                job.run.id,
                job.run.id,
            )

    def cancel(self, job: Job | None = None) -> Any:
        """Cancel one, or all that have not ended, on the service; what was not sent yet is not sent."""
        with self._lock:
            if job is None:
                for press in self._presses:
                    press.dropped = True
            wanted = [one for one in self.jobs if one is job or (job is None and one.open)]
            for one in wanted:
                one.cancelled = True
        return self._begin(self._cancel(*wanted))

    async def _cancel(self, *jobs: Job) -> None:
        await asyncio.gather(*(self._cancel_one(job) for job in jobs))

    async def _cancel_one(self, job: Job) -> None:
        if job.run is None:
            self._stop(job)  # what has gone out is cancelled as soon as it is known
            return
        if job.stopping:
            return
        job.stopping = True
        try:
            await job.run.cancel()
        except StationThisError as error:
            job.cancelled = False
            self._note(error.message)
        except Exception as error:
            job.cancelled = False
            self._note(f"It could not be cancelled: {type(error).__name__}: {error}")
            raise
        finally:
            job.stopping = False
            self._tell(job)

    def _stop(self, job: Job) -> None:
        """Call a submit off that has not gone out yet; what was asked for is waited for, or its id would be lost."""
        if job.submit is not None and not job.submit.done() and not self._deployment.posted:
            job.submit.cancel()

    async def settled(self) -> None:
        """Wait until nothing is being sent or followed."""
        while self._under_way:
            await asyncio.wait([asyncio.wrap_future(one) for one in list(self._under_way)])

    def close(self) -> None:
        """Send and follow nothing any more; what runs goes on, and is told."""
        with self._lock:
            self.closed = True
            for press in self._presses:
                press.dropped = True
            followed = dict(self.following)
        for job, future in followed.items():
            self._left(job)  # here: what is cancelled before its first step says nothing
            future.cancel()

    def _forget(self, job: Job) -> None:
        """Nothing was sent."""
        with self._lock:
            self.jobs.remove(job)
        job.ended = True
        self._tell(job)

    def _fail(self, job: Job, why: str) -> None:
        job.error, job.ended = why, True
        self._tell(job)

    # who hears of it

    def _tell(self, job: Job) -> None:
        if job.told:
            return
        job.told = job.ended
        if not self.closed:
            self._hears(job)
        elif job.ended and job.error:
            _log.warning("#%d of a studio that was closed: %s", job.number, job.error)

    def _fault(self, error: InvalidInput) -> None:
        if self.closed:
            _log.warning("%s", error.message)
        else:
            self._faults(error)

    def _note(self, text: str) -> None:
        if self.closed:
            _log.warning("Of a studio that was closed: %s", text)
        else:
            self._notes(text)


def _is_ending() -> bool:
    """Whether the task that asks is itself to end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
