"""How many runs of a batch may be under way, and when the next may be begun: as the service takes them."""

import time
from typing import Final

import attrs

__all__ = ["Pace", "Pauses"]

_FACTOR: Final = 4
_LEAST: Final = 16
_GROWS_AFTER: Final = 2
"""So many times as many successes as there are runs at once, and one more is tried."""
_LONGEST_ASKED: Final = 120.0
_LONGEST: Final = 30.0
_DOUBLED: Final = 8
_UNREACHABLE: Final = 8
"""So many submits in a row that came to nothing for lack of an answer, and the batch stops."""


@attrs.define
class Pace:
    """Runs at once. A 429 halves it; then it grows again, one by one, up to where it was.

    >>> pace = Pace.of(None, concurrency_limit=8)
    >>> pace.limit
    32
    >>> pace.too_many(); pace.limit
    16
    """

    most: int
    limit: int
    _well: int = 0

    @classmethod
    def of(cls, concurrency: int | None, concurrency_limit: int | None) -> "Pace":
        """As many as are asked for, else four for each container the deployment may have, at least sixteen."""
        most = concurrency or max(_LEAST, _FACTOR * (concurrency_limit or 1))
        return cls(most, most)

    def too_many(self) -> None:
        """The service has refused one for being too many."""
        self.limit, self._well = max(1, self.limit // 2), 0

    def went_well(self) -> None:
        """One was taken."""
        self._well += 1
        if self.limit < self.most and self._well >= _GROWS_AFTER * self.limit:
            self.limit, self._well = self.limit + 1, 0


@attrs.define
class Pauses:
    """After a refusal, or no answer, nothing is begun for a while; what was sent before that tells nothing new.

    ``began`` is when, in monotonic seconds, what came to nothing was sent.
    """

    pace: Pace
    _until: float = 0.0
    _too_many_since: float = 0.0
    _in_vain: int = 0
    _in_vain_since: float = 0.0

    @property
    def left(self) -> float:
        """Seconds until one may be begun; 0 or less: now."""
        return self._until - time.monotonic()

    @property
    def is_unreachable(self) -> bool:
        """Whether so many came to nothing that no more is worth trying."""
        return self._in_vain >= _UNREACHABLE

    def went_well(self) -> None:
        """One was taken."""
        self._in_vain = 0
        self.pace.went_well()

    def too_many(self, began: float, asked: float | None) -> None:
        """The service has refused one for being too many, and asked for so many seconds."""
        if began >= self._too_many_since:
            self.pace.too_many()
            self._too_many_since = time.monotonic()
        self._until = max(self._until, time.monotonic() + min(asked or 1.0, _LONGEST_ASKED))

    def in_vain(self, began: float) -> None:
        """No answer came of one: longer each time."""
        if began >= self._in_vain_since:
            self._in_vain += 1
            self._in_vain_since = time.monotonic()
            self._until = self._in_vain_since + min(0.5 * 2 ** min(self._in_vain, _DOUBLED), _LONGEST)
