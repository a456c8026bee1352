"""Time limits of one wait, by phase, and the pace of its polls."""

import asyncio
import random
from typing import Final

import attrs

from stationthis_sdk.entities import RunState, Timeouts
from stationthis_sdk.errors import NotFound, StationThisError, TimedOut, UnexpectedResponse

__all__ = ["SLOWEST_POLL", "Clock"]

SLOWEST_POLL: Final = 3.0
SLOWEST_RETRY: Final = 10.0
_DOUBLED: Final = 10  # times at most: no number is large enough for a service that is down for days
LONGEST_ASKED: Final = 120.0
# A run that was there a moment ago is not gone because one answer says so.
MISSES: Final = 3


@attrs.define
class Clock:
    """Time limits of one wait, by phase, and the pace of its polls: ``slowest`` seconds apart at most."""

    limits: Timeouts
    started: float
    slowest: float = SLOWEST_POLL
    phase: str = ""
    phase_started: float = 0.0
    last_error: StationThisError | None = None
    failures: int = 0
    misses: int = 0

    def deadline(self, phase: str, ago: float = 0.0) -> float | None:
        """The loop time at which the next limit runs out; ``ago`` are the seconds that the phase has lasted already."""
        if phase != self.phase:
            self.phase, self.phase_started = phase, asyncio.get_running_loop().time() - ago
        ends = []
        if (limit := self.limits.limit(phase)) is not None:
            ends.append(self.phase_started + limit)
        if self.limits.total is not None:
            ends.append(self.started + self.limits.total)
        return min(ends, default=None)

    def heard(self) -> None:
        """An answer came."""
        self.last_error, self.failures, self.misses = None, 0, 0

    def survives(self, error: StationThisError) -> bool:
        """Whether a poll that failed like this says nothing of the run: it is tried again, until a limit runs out."""
        self.last_error = error
        self.failures += 1
        if isinstance(error, NotFound):
            self.misses += 1
            return self.misses <= MISSES
        odd = isinstance(error, UnexpectedResponse) or getattr(error, "status", None) in {408, 425}
        return odd or error.retryable

    def check(self, run_id: str, state: RunState) -> None:
        """Raise when a limit has run out."""
        deadline = self.deadline(state.phase)
        now = asyncio.get_running_loop().time()
        if deadline is None or now < deadline:
            return
        total = self.limits.total
        by_total = total is not None and now >= self.started + total
        phase = "total" if by_total else self.phase
        limit = total if by_total else self.limits.limit(self.phase)
        trouble = f" The last look failed: {self.last_error.message}" if self.last_error else ""
        raise TimedOut(
            f"Run {run_id} did not end in time: the {phase} limit of {limit:g} s ran out while it was {state}. "
            f"It goes on: st.runs.get({run_id!r}).wait() or .cancel().{trouble}",
            phase=phase,
            limit=limit,
            state=str(state),
            run_id=run_id,
        )

    def pause(self, *, nearby: bool) -> float:
        """Seconds until the next look: a tenth of the time waited so far, within bounds, never in step.

        Longer after each failure, and as long as the service asks, up to two minutes.
        """
        now = asyncio.get_running_loop().time()
        pause = min(max(0.1, (now - self.started) / 10), 0.25 if nearby else self.slowest)
        if self.failures:
            pause = max(pause, min(0.5 * 2 ** min(self.failures - 1, _DOUBLED), SLOWEST_RETRY))
        pause *= random.uniform(0.85, 1.0)  # noqa: S311 - jitter is no secret
        asked = getattr(self.last_error, "retry_after", None) or 0.0
        pause = max(pause, min(asked, LONGEST_ASKED))
        deadline = self.deadline(self.phase)
        return pause if deadline is None else min(pause, max(0.0, deadline - now))
