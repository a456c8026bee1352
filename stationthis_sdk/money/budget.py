"""A budget: what may be spent, what has been, and what is reserved for runs under way. Pure; it knows no service."""

from math import fsum, isfinite
from typing import Final

import attrs

from stationthis_sdk.errors import InvalidInput

__all__ = ["Budget"]

_DUST: Final = 1e-9
"""Dollars that sums of floats may be off by: three tenths fit into 0.3."""


@attrs.define
class _Live:
    """What is kept for one run under way; ``estimate`` None: nobody knows what it will cost."""

    estimate: float | None
    so_far: float = 0.0

    @property
    def reserved(self) -> float:
        return max(self.estimate or 0.0, self.so_far)


class Budget:
    """US dollars that may be spent. Ask ``may`` before each run, ``reserve`` when it starts, ``settle`` when it ended.

    The promise: whoever starts only what ``may`` allowed spends at most ``limit``, plus what runs cost beyond their own
    estimates, plus the cost of one run without an estimate. So with estimates that hold, ``limit`` is never passed; and
    it is never passed by more than one run where only the first one had to be guessed. Neither the order of ends nor
    restarts change that: ``Budget(limit, spent)`` begins with what earlier ones have spent, and what still runs is
    reserved again, whether or not it fits.

    ``limit`` counts for estimates as they are given: raise them when runs turn out dearer.

    >>> budget = Budget(1.0)
    >>> budget.may(0.4)
    True
    >>> for run in ("a", "b"):
    ...     budget.reserve(run, 0.4)
    >>> budget.may(0.4)
    False
    >>> budget.settle("a", 0.1)
    >>> budget.may(0.4), round(budget.spent, 9), round(budget.reserved, 9)
    (True, 0.1, 0.4)
    """

    def __init__(self, limit: float, spent: float = 0.0) -> None:
        self.limit = _amount("limit", limit)
        self._spent = _amount("spent", spent)
        self._live: dict[str, _Live] = {}
        self._blind = 0

    def __repr__(self) -> str:
        return f"<budget {self.limit:g}: {self.spent:g} spent, {self.reserved:g} reserved>"

    @property
    def spent(self) -> float:
        """What ended runs have cost; those whose cost nobody knows count with what was reserved for them."""
        return self._spent

    @property
    def reserved(self) -> float:
        """What runs under way will cost: each its estimate, or what it costs already where that is more."""
        return fsum(one.reserved for one in self._live.values())

    @property
    def left(self) -> float:
        """What is neither spent nor reserved; below 0 when runs were dearer than they should be."""
        return self.limit - self.spent - self.reserved

    @property
    def blind(self) -> int:
        """How many runs ended of which nobody knew the cost, neither before nor after: they count as 0."""
        return self._blind

    def may(self, estimate: float | None) -> bool:
        """Whether a run that costs so much may start.

        None, where nobody knows what it costs: only while no other such run is under way, and something is left; and
        no more once such a run has ended without telling its cost, as nothing would ever be learnt.
        """
        if estimate is not None:
            return _amount("estimate", estimate) <= self.left + _DUST
        guessed = any(one.estimate is None for one in self._live.values())
        return not guessed and not self._blind and self.left > _DUST

    def reserve(self, key: str, estimate: float | None) -> None:
        """A run has started, or is about to. It is reserved for even where it does not fit: ask ``may`` first.

        The same key again changes its estimate.
        """
        if estimate is not None:
            _amount("estimate", estimate)
        before = self._live.get(key)
        self._live[key] = _Live(estimate, before.so_far if before else 0.0)

    def grown(self, key: str, so_far: float) -> None:
        """A run under way costs so much already; less than before changes nothing, nor does a run that is not."""
        if key in self._live:
            self._live[key].so_far = max(self._live[key].so_far, _amount("so_far", so_far))

    def settle(self, key: str, cost: float | None) -> None:
        """A run has ended and cost so much; None, where nobody knows: what was reserved for it.

        A second time, or of a run that was never reserved for, it changes nothing.
        """
        if cost is not None:
            _amount("cost", cost)
        live = self._live.pop(key, None)
        if live is None:
            return
        if cost is None and live.estimate is None:
            self._blind += 1
        self._spent += live.reserved if cost is None else cost

    def release(self, key: str) -> None:
        """It came to nothing: no run was made, and nothing was spent."""
        self._live.pop(key, None)


def _amount(name: str, value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or value < 0:
        raise InvalidInput(f"{name} is US dollars, 0 or more; got {value!r}.")
    return float(value)
