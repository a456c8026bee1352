"""Where an answer came from, and how old it is."""

from datetime import UTC, datetime
from typing import Generic, TypeVar

import attrs

__all__ = ["Source", "Told"]

T = TypeVar("T")


@attrs.frozen(repr=False)
class Source:
    """Where something was learnt. ``kind`` is api, cache, local or file; ``at`` is when the service said it.

    ``problem`` is set on what stands in for an answer: a copy that is older than it should be, or a table of one's
    own. It says why asking failed.

    >>> Source.now("api")
    <api, just now>
    """

    kind: str
    at: datetime
    problem: str | None = None

    @classmethod
    def now(cls, kind: str = "api") -> "Source":
        """Learnt this moment."""
        return cls(kind, datetime.now(UTC))

    @property
    def age(self) -> float:
        """Seconds since the service said it."""
        return max(0.0, (datetime.now(UTC) - self.at).total_seconds())

    @property
    def stale(self) -> bool:
        """Whether this stands in for an answer that the service did not give."""
        return self.problem is not None

    def __repr__(self) -> str:
        return f"<{self}>"

    def __str__(self) -> str:
        age = self.age
        if age < 1:
            old = "just now"
        elif age < 120:
            old = f"{age:.0f} s old"
        elif age < 7200:
            old = f"{age / 60:.0f} min old"
        elif age < 172_800:
            old = f"{age / 3600:.0f} h old"
        else:
            old = f"{age / 86_400:.0f} days old"
        again = "again " if self.kind == "cache" else ""
        return f"{self.kind}, {old}" + (f"; asking {again}failed: {self.problem}" if self.problem else "")


@attrs.frozen
class Told(Generic[T]):
    """An answer and its source."""

    value: T
    source: Source
