"""A cook: a collection that is made, piece by piece."""

from stationthis_sdk.batches.batch import AsyncBatch
from stationthis_sdk.shown import Shown

__all__ = ["AsyncCook"]


class AsyncCook(Shown):
    """A collection under way, or made: a batch whose rows are its pieces."""

    def __init__(self, batch: AsyncBatch) -> None:
        self._batch = batch

    @property
    def batch(self) -> AsyncBatch:
        """The batch that makes its pieces."""
        return self._batch
