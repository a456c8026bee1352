"""A circuit breaker for each host: one that does not answer is left alone for a while, then asked by one request."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from stationthis_sdk.errors import ConnectionFailed, ConnectionLost, Exchange, StationThisError, TimedOut
from stationthis_sdk.logs import logger

__all__ = ["OUTAGES", "Breaker", "Breakers", "is_outage"]

FAILURES: Final = 8
"""So many in a row, with no answer in between, open it."""

FIRST_PAUSE: Final = 5.0
LONGEST_PAUSE: Final = 60.0
OUTAGES: Final = frozenset({502, 503, 504})
"""What a proxy says when there is nothing behind it; a 500 is the service's own answer to one request."""

_HOSTS: Final = 256


class Breaker:
    """What is known of one host. Times are seconds of ``clock``.

    >>> moment = [0.0]
    >>> breaker = Breaker("api.example.com", clock=lambda: moment[0])
    >>> for _ in range(FAILURES):
    ...     breaker.failed()
    >>> breaker.open
    True
    >>> moment[0] = 5.0
    >>> breaker.open
    False
    """

    def __init__(self, host: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.host = host
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._pause = FIRST_PAUSE
        self._until: float | None = None
        self._probing_until = 0.0

    @property
    def open(self) -> bool:
        """Whether requests are held back just now."""
        return self._until is not None and self._clock() < self._until

    @property
    def tripped(self) -> bool:
        """Whether it was opened, and the host has given no answer since."""
        return self._until is not None

    def ask(self, note: Exchange) -> None:
        """Go on, as everybody may while the host answers, and one at a time once the pause is over.

        Raises:
            ConnectionFailed: the host is left alone for now; nothing was sent.
        """
        with self._lock:
            if self._until is None:
                return
            left = max(self._until, self._probing_until) - self._clock()
            if left <= 0:
                # The one that asks first finds out for all; lost, it makes room for another.
                self._probing_until = self._clock() + self._pause
                return
        raise ConnectionFailed(
            f"{self.host} gave no answer {FAILURES} times in a row and is left alone for {left:.0f} s more: "
            "nothing was sent. Try again later.",
            request=note,
        )

    def answered(self) -> None:
        """The host answered: all is well again."""
        if not self._failures:
            return  # as it was
        with self._lock:
            if self._until is not None:
                logger("http").info("%s answers again.", self.host)
            self._failures, self._pause, self._until, self._probing_until = 0, FIRST_PAUSE, None, 0.0

    def failed(self) -> None:
        """The host gave no answer, or a proxy's word that there is none."""
        with self._lock:
            self._failures += 1
            if self._failures < FAILURES:
                return
            if self._until is None:
                logger("http").warning(
                    "%s gave no answer %d times in a row: it is left alone for a while.", self.host, FAILURES
                )
            elif self._clock() < self._until:
                return  # sent before it was opened
            else:
                self._pause = min(self._pause * 2, LONGEST_PAUSE)
            self._until, self._probing_until = self._clock() + self._pause, 0.0


class Breakers:
    """The breakers of one client, by host; those of hosts not asked for long are forgotten."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: OrderedDict[str, Breaker] = OrderedDict()

    def of(self, host: str) -> Breaker:
        """The one of this host, ``name:port``."""
        if host not in self._known:
            self._known[host] = Breaker(host, self._clock)
            if len(self._known) > _HOSTS:
                self._known.popitem(last=False)
        self._known.move_to_end(host)
        return self._known[host]


def is_outage(error: StationThisError) -> bool:
    """Whether an error is a host's silence, and not our own impatience with a slow answer."""
    if isinstance(error, TimedOut):
        return error.phase in {"connect", "read"}
    return isinstance(error, ConnectionFailed | ConnectionLost)
