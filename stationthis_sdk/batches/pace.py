"""How many runs of a batch may be under way: as many as is worth it, fewer when the service says that is too many. Pure."""

from typing import Final

import attrs

__all__ = ["Pace"]

_FACTOR: Final = 4
_LEAST: Final = 16
_GROWS_AFTER: Final = 2
"""So many times as many successes as there are runs at once, and one more is tried."""


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
