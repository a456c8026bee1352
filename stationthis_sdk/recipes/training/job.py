"""A training: a run of hours that is followed, left, and found again."""

from stationthis_sdk.runs import AsyncRun
from stationthis_sdk.shown import Shown

__all__ = ["AsyncTrainingJob"]


class AsyncTrainingJob(Shown):
    """A run that trains a model; what a run can do, it can."""

    def __init__(self, run: AsyncRun) -> None:
        self._run = run

    @property
    def run(self) -> AsyncRun:
        """The run that it is."""
        return self._run
