"""The gateway's clock: time as everything here reads it, so that a test may push it ahead."""

import asyncio
import contextlib
import threading
import time
from contextvars import ContextVar
from typing import Final

__all__ = ["CLOCK", "Clock", "now", "sleep"]

_FARTHEST: Final = 6000 * 365 * 86400.0


class Clock:
    """The present, plus whatever it was advanced by.

    >>> clock = Clock()
    >>> before = clock.now()
    >>> clock.advance(3600)
    >>> clock.now() - before >= 3_600_000_000
    True
    """

    def __init__(self) -> None:
        self._ahead = 0.0
        self._lock = threading.Lock()
        self._sleepers: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}

    def now(self) -> int:
        """Microseconds since 1970."""
        return time.time_ns() // 1000 + int(self._ahead * 1_000_000)

    def monotonic(self) -> float:
        """Seconds since some start; never goes back."""
        return time.monotonic() + self._ahead

    def advance(self, seconds: float) -> None:
        """Push time ahead and wake whoever sleeps till then; from any thread.

        Raises ValueError for what is no step ahead, or leads beyond a few thousand years.
        """
        if not seconds >= 0:
            raise ValueError(f"a clock goes ahead only: {seconds} s is no step ahead")
        with self._lock:
            if self._ahead + seconds > _FARTHEST:
                raise ValueError(
                    f"a clock {seconds} s ahead is beyond what dates can say: take a smaller step"
                )
            self._ahead += seconds
            sleepers = list(self._sleepers.items())
        for moved, loop in sleepers:
            with contextlib.suppress(RuntimeError):  # its loop has ended, and its sleep with it
                loop.call_soon_threadsafe(moved.set)

    async def sleep(self, seconds: float) -> None:
        """Sleep till then by this clock."""
        end = self.monotonic() + seconds
        moved = asyncio.Event()
        with self._lock:
            self._sleepers[moved] = asyncio.get_running_loop()
        try:
            while (left := end - self.monotonic()) > 0:
                moved.clear()
                try:
                    async with asyncio.timeout(left):
                        await moved.wait()
                except TimeoutError:
                    continue
        finally:
            with self._lock:
                del self._sleepers[moved]


CLOCK: Final[ContextVar[Clock]] = ContextVar("stationthis_gateway_clock")
"""The clock of the gateway whose work this is."""

_REAL: Final = Clock()


def now() -> int:
    """The present by the gateway's clock, in microseconds since 1970."""
    return CLOCK.get(_REAL).now()


async def sleep(seconds: float) -> None:
    """Sleep by the gateway's clock."""
    await CLOCK.get(_REAL).sleep(seconds)
