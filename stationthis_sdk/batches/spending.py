"""What a batch may still spend: its budget, and what one more run is taken to cost."""

from typing import TYPE_CHECKING, Final

import attrs

from stationthis_sdk.batches.tally import Tally
from stationthis_sdk.entities.costs import dollars
from stationthis_sdk.money.budget import Budget
from stationthis_sdk.money.estimates import estimate_of

if TYPE_CHECKING:
    from stationthis_sdk.context import Context
    from stationthis_sdk.entities import DeploymentRecord
    from stationthis_sdk.store.batch_records import BatchRecord
    from stationthis_sdk.store.batches import BatchLedger

__all__ = ["Spending"]

_KNOWN: Final = 2
"""With a budget, so many runs at once for each whose cost is known: what the first ones cost is learnt from a few."""


@attrs.define
class Spending:
    """The money of one start of a batch. Without a budget everything may be spent."""

    tally: Tally
    _limit: float | None = None
    _budget: Budget | None = None
    _estimate: float | None = None
    _known: int = 0
    _live: set[str] = attrs.field(factory=set)

    async def open(
        self, context: "Context", store: "BatchLedger", batch: "BatchRecord", record: "DeploymentRecord"
    ) -> None:
        """Begin with what was spent, and what is under way: both stand in the ledger."""
        estimate = await estimate_of(context, record)
        self._estimate = estimate.most if estimate.most is not None else estimate.dollars
        self._known = estimate.runs
        self._limit = batch.budget
        if batch.budget is None:
            return
        # Runs that ended without telling what they cost were reserved for, too.
        unknown = self.tally.unknown * (self._estimate or 0.0)
        self._budget = Budget(batch.budget, (self.tally.cost or 0.0) + unknown)
        if self.tally.unknown and self._estimate is None:
            self._budget.reserve("", None)
            self._budget.settle("", None)
        for row in await store.under_way(batch.id):
            self.reserve(row)

    def may(self, at_work: int) -> bool:
        """Whether one more run is within the budget: few at once while it has shown of few what they cost."""
        if self._budget is None:
            return True
        free = self._estimate == 0.0
        few = free or self._estimate is None or at_work < max(1, _KNOWN * self._known)
        return few and self._budget.may(self._estimate)

    def reserve(self, row: str) -> None:
        """A run of this row is about to begin."""
        if self._budget is not None:
            self._live.add(row)
            self._budget.reserve(row, self._estimate)

    def grown(self, row: str, so_far: float | None) -> None:
        """Its run costs so much already."""
        if self._budget is not None and so_far is not None:
            self._budget.grown(row, so_far)

    def release(self, row: str) -> None:
        """Nothing came of it."""
        if self._budget is not None:
            self._live.discard(row)
            self._budget.release(row)

    def settle(self, row: str, cost: float | None, *, well: bool) -> None:
        """Its run has ended, and cost so much."""
        if self._budget is not None:
            self._live.discard(row)
            self._budget.settle(row, cost)
        self.tally.spent(cost)
        if cost is None:
            return
        # What is to be reserved for the next ones: never less than the dearest so far. One that failed at once tells
        # nothing of what others will cost.
        if (well or self._estimate is not None) and (self._estimate is None or cost > self._estimate):
            self._estimate = cost
            for other in tuple(self._live):  # those under way will cost as much
                self.reserve(other)
        self._known += well

    @property
    def why_not(self) -> str:
        """Why nothing more may be spent."""
        spent, limit = dollars(self.tally.cost or 0.0), dollars(self._limit or 0.0)
        need = (
            "what one more costs is not known"
            if self._estimate is None
            else f"one more costs about {dollars(self._estimate)}"
        )
        return f"{spent} of {limit} are spent, and {need}"
