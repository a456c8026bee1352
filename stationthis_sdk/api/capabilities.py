"""What a server can't do, learnt from its answers, so that a second way is taken without asking again each time."""

import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from stationthis_sdk.errors import NotFound, StationThisError
from stationthis_sdk.logs import logger

__all__ = ["Capabilities", "is_absent"]

T = TypeVar("T")

REMEMBERED: Final = 600.0
"""Seconds until a missing endpoint is asked for again: servers are updated."""


class Capabilities:
    """What one base URL lacks. Times are seconds of ``clock``.

    >>> capabilities = Capabilities()
    >>> capabilities.learn("presigned uploads")
    >>> capabilities.lacks("presigned uploads"), capabilities.lacks("light run list")
    (True, False)
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def lacks(self, feature: str) -> bool:
        """Whether this was found missing, not long ago."""
        return self._clock() < self._until.get(feature, 0.0)

    def learn(self, feature: str) -> None:
        """The server has no such thing; it is looked for again in ten minutes."""
        self._until[feature] = self._clock() + REMEMBERED

    @property
    def missing(self) -> tuple[str, ...]:
        """What is known to be missing just now."""
        return tuple(sorted(feature for feature in self._until if self.lacks(feature)))

    async def either(
        self,
        feature: str,
        first: Callable[[], Awaitable[T]],
        second: Callable[[], Awaitable[T]],
        absent: Callable[[StationThisError], bool] | None = None,
    ) -> T:
        """Take the first way, or the second where the server has no such endpoint.

        ``absent`` decides which errors mean that; by default 405, 501, and a 404 that is no word on an id. A
        refused key, somebody else's thing and too many requests never do.
        """
        if self.lacks(feature):
            return await second()
        try:
            return await first()
        except StationThisError as error:
            if not (absent or is_absent)(error):
                raise
            self.learn(feature)
            logger("http").warning("The server has no %s (%s): another way is taken.", feature, error.message)
        return await second()


def is_absent(error: StationThisError) -> bool:
    """Whether an error means that the server has no such endpoint, whatever it is asked for."""
    status = error.request.status if error.request else None
    if isinstance(error, NotFound):
        # A router's own 404: {"detail": "Not Found"}, "404 Not Found", a web page. Of an id more is said.
        return status == 404 and error.said.strip(" .").lower() in {"", "not found", "404 not found"}
    return status in {405, 501}
