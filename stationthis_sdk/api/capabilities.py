"""What a server can't do, learnt from its answers, so that a second way is taken without asking again each time."""

import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from stationthis_sdk.errors import NotFound, StationThisError, ValidationFailed
from stationthis_sdk.logs import logger

__all__ = ["Capabilities", "is_absent"]

T = TypeVar("T")

REMEMBERED: Final = 600.0
"""Seconds until a missing endpoint is asked for again: servers are updated."""
MADE: Final = "Error creating run"
"""What the service says of a run that it has made and that failed at once, with the status of the machine."""


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
        self._there_until: dict[str, float] = {}

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

    async def find_out(self, feature: str, ask: Callable[[], Awaitable[object]]) -> bool:
        """Whether the server lacks this, by asking what costs nothing; either answer is remembered.

        For requests that cost: their own answer may be that of a machine, passed on after the run was made. Where
        nobody can tell just now, the server is taken for one that has it.
        """
        if self.lacks(feature) or self._clock() < self._there_until.get(feature, 0.0):
            return self.lacks(feature)
        try:
            await ask()
        except StationThisError as error:
            if is_absent(error):
                self._learn_from(feature, error)
                return True
            if not isinstance(error, NotFound | ValidationFailed):
                return False
        self._there_until[feature] = self._clock() + REMEMBERED
        return False

    def _learn_from(self, feature: str, error: StationThisError) -> None:
        self.learn(feature)
        logger("http").warning("The server has no %s (%s): another way is taken.", feature, error.message)

    async def either(
        self,
        feature: str,
        first: Callable[[], Awaitable[T]],
        second: Callable[[], Awaitable[T]],
        absent: Callable[[StationThisError], bool] | None = None,
    ) -> T:
        """Take the first way, or the second where the server has no such endpoint.

        ``absent`` decides which errors mean that; by default 405, 501, and a 404 that is no word on an id. A
        refused key, somebody else's thing and too many requests never do. Not for requests that cost: see ``find_out``.
        """
        if self.lacks(feature):
            return await second()
        try:
            return await first()
        except StationThisError as error:
            if not (absent or is_absent)(error):
                raise
            self._learn_from(feature, error)
        return await second()


def is_absent(error: StationThisError) -> bool:
    """Whether an error means that the server has no such endpoint, whatever it is asked for."""
    status = error.request.status if error.request else None
    if isinstance(error, NotFound):
        # A router's own 404: {"detail": "Not Found"}, "404 Not Found", a web page. Of an id more is said.
        return status == 404 and error.said.strip(" .").lower() in {"", "not found", "404 not found"}
    # A machine's own status comes through when a run was made, and the machine did not take it.
    return status in {405, 501} and MADE not in error.message
