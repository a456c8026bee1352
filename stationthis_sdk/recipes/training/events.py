"""What following a training tells."""

import attrs

from stationthis_sdk.events import RunEvent

__all__ = ["TrainingEvent"]


@attrs.frozen
class TrainingEvent(RunEvent):
    """One thing that happened to a training: what happens to a run, and also kind milestone and stalled.

    ``step`` of ``steps``, ``loss`` and ``eta`` (seconds) are as they were last told; ``milestone`` is in percent.
    """

    step: int | None = None
    steps: int | None = None
    loss: float | None = None
    eta: float | None = None
    milestone: int | None = None

    def __str__(self) -> str:
        if self.milestone is not None:
            return f"milestone: {self.milestone} %"
        where = "" if self.step is None else f", step {self.step}" + (f"/{self.steps}" if self.steps else "")
        return super().__str__() + where + ("" if self.loss is None else f", loss {self.loss:.4g}")
