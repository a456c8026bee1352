"""Trainings as a pandas frame."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["frame_of_trainings"]

_COLUMNS = {
    "run_id": "text", "name": "text", "base": "category", "trigger": "text", "state": "category", "step": "whole",
    "steps": "whole", "loss": "number", "images": "whole", "registered": "text", "begun_at": "time", "cost": "number",
}  # fmt: skip


def frame_of_trainings(jobs: Iterable[Any]) -> "pd.DataFrame":
    """One row for each."""
    from stationthis_sdk.frames.making import frame_of  # noqa: PLC0415 - frames are the exception
    from stationthis_sdk.twins import twin  # noqa: PLC0415 - likewise

    return frame_of(_COLUMNS, [_row_of(twin(job)) for job in jobs])


def _row_of(job: Any) -> tuple[Any, ...]:
    row = job._row  # noqa: SLF001 - the two know each other
    begun = datetime.fromtimestamp(row.created_at, UTC)
    return (
        job.id, job.name, job.base, job.trigger, str(job.state), job.step, job.steps, row.loss,
        job.dataset.get("images"), job.registered, begun, job.cost.estimated,
    )  # fmt: skip
