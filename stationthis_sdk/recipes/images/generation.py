"""What came of making an image."""

from stationthis_sdk.outputs.output import AsyncOutput, Outputs
from stationthis_sdk.runs import AsyncRun
from stationthis_sdk.shown import Shown

__all__ = ["AsyncGeneration"]


class AsyncGeneration(Shown):
    """What came of ``make_image``: its runs, their outputs, what they cost, and what was really sent."""

    def __init__(self, runs: list[AsyncRun]) -> None:
        self._runs = runs

    @property
    def runs(self) -> list[AsyncRun]:
        """The runs, one for each of ``n``; of a chain those of its last step."""
        return list(self._runs)

    @property
    def outputs(self) -> Outputs[AsyncOutput]:
        """What all runs made."""
        raise NotImplementedError
