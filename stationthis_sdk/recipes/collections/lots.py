"""Weights that are drawn from, of which some are taken out: in few steps, however many there are. Pure."""

from collections.abc import Iterable, Sequence

import attrs

__all__ = ["Lots"]


@attrs.define(eq=False)
class Lots:
    """Weights by place. Each sum is that of two below it, so that it is the same in whatever order some were taken out.

    >>> lots = Lots.of([1.0, 0.0, 3.0])
    >>> [lots.pick(chance) for chance in (0.0, 0.2, 0.3, 0.99)]
    [0, 0, 2, 2]
    >>> [lots.without([2]).pick(chance) for chance in (0.0, 0.99)], lots.without([0, 2]).pick(0.5)
    ([0, 0], None)
    """

    _sums: list[float]
    _size: int

    @classmethod
    def of(cls, weights: Sequence[float]) -> "Lots":
        """All of these."""
        size = 1 << max(0, len(weights) - 1).bit_length()
        sums = [0.0] * size + [*weights] + [0.0] * (size - len(weights))
        for at in reversed(range(1, size)):
            sums[at] = sums[2 * at] + sums[2 * at + 1]
        return cls(sums, size)

    def without(self, places: Iterable[int]) -> "Lots":
        """The same without those at some places."""
        made = Lots([*self._sums], self._size)
        for place in places:
            made.take(place)
        return made

    def take(self, place: int) -> None:
        """Take this one out."""
        at = self._size + place
        self._sums[at] = 0.0
        while at > 1:
            at //= 2
            self._sums[at] = self._sums[2 * at] + self._sums[2 * at + 1]

    def pick(self, chance: float) -> int | None:
        """The place on which a chance from 0 to 1 falls; None: nothing is left."""
        sums, at = self._sums, 1
        if not sums[at]:
            return None
        falls = chance * sums[at]
        while at < self._size:
            at *= 2
            if falls >= sums[at] and sums[at + 1]:
                falls -= sums[at]
                at += 1
        return at - self._size
