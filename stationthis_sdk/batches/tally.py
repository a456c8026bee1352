"""How far a batch is: rows by state, what was saved and spent, how fast it goes. Pure but for the clock."""

import time
from typing import Final

import attrs

from stationthis_sdk.entities import BatchProgress
from stationthis_sdk.store.batch_records import BatchRecord, Counts, RowRecord

__all__ = ["LIVE", "Tally", "most_failures"]

LIVE: Final = ("sending", "live")
"""States of rows that are under way."""


@attrs.define
class Tally:
    """The counts of one start of a batch; ``done`` and ``failed`` are those of this start, the others of all."""

    states: dict[str, int] = attrs.field(factory=dict)
    saved: int = 0
    cost: float | None = None
    unknown: int = 0
    done: int = 0
    failed: int = 0
    unsaved: int = 0
    _began: float = attrs.field(factory=time.monotonic)

    def begin(self, counts: Counts) -> None:
        """As the ledger has it."""
        self.states = dict(counts.states)
        self.saved, self.cost, self.unknown = counts.saved, counts.cost, counts.unknown

    def moved(self, row: RowRecord, before: str, now: str) -> None:
        """A row of the plan is in another state now."""
        if row.place is not None:
            self.states[before] = max(0, self.states.get(before, 0) - 1)
            self.states[now] = self.states.get(now, 0) + 1

    def ended(self, *, well: bool) -> None:
        """A row is done."""
        self.done += 1
        self.failed += not well

    def spent(self, cost: float | None) -> None:
        """A run has ended that cost so much; None: nobody knows."""
        if cost is None:
            self.unknown += 1
        else:
            self.cost = (self.cost or 0.0) + cost

    def progress(self, batch: BatchRecord) -> BatchProgress:
        """How far it is."""
        seconds = time.monotonic() - self._began
        rate = None if self.done < 2 or seconds <= 0 else self.done / seconds * 60
        left = sum(self.states.get(state, 0) for state in ("pending", *LIVE))
        return BatchProgress(
            total=batch.total,
            states=dict(self.states),
            saved=self.saved,
            cost=self.cost,
            unknown_costs=self.unknown,
            per_minute=rate,
            eta=None if not rate else left / rate * 60,
            budget=batch.budget,
        )


def most_failures(given: float | None, total: int) -> int | None:
    """How many rows may fail: a count, or below 1 a share of all rows; None: any number.

    >>> most_failures(25, 1000), most_failures(0.1, 1000), most_failures(None, 1000)
    (25, 100, None)
    """
    if given is None:
        return None
    return int(given) if given >= 1 or given == 0 else int(given * total)
