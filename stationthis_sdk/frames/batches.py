"""Rows of batches as frames."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from stationthis_sdk.entities import BatchRow
from stationthis_sdk.frames.columns import column_names, kind_of
from stationthis_sdk.frames.making import frame_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["frame_of_rows"]

_FIRST: Final = {"place": "whole", "key": "text", "state": "category"}
_LAST: Final = {
    "reason": "text", "run_id": "text", "duration": "duration", "gpu": "category", "cost": "number",
    "ended_at": "time", "saved": "truth", "picked": "truth", "files": "any", "picture": "text",
}  # fmt: skip


def frame_of_rows(
    rows: Sequence[BatchRow], pictures: Mapping[str, str] | None = None, runs: Mapping[str, Any] | None = None
) -> "pd.DataFrame":
    """One row each: its inputs and what rides along are columns of their names, files one column of lists.

    ``pictures`` are the texts that mean the first picture of each run, ``runs`` those runs, by their ids. An input that is called like a column
    of ours is ``input_…``; what rides along and is called like either, ``extra_…``. Types are those of ``frame_of_runs``.
    """
    seen = pictures or {}
    ours = {*_FIRST, *_LAST}
    inputs = column_names((name for row in rows for name in row.inputs), ours, "input_")
    extras = column_names((name for row in rows for name in row.extra), ours | {*inputs.values()}, "extra_")
    columns = {
        **_FIRST,
        **{shown: kind_of([row.inputs.get(name) for row in rows]) for name, shown in inputs.items()},
        **{shown: kind_of([row.extra.get(name) for row in rows]) for name, shown in extras.items()},
        **_LAST,
    }
    made = [
        [
            row.place,
            row.key,
            row.state,
            *(row.inputs.get(name) for name in inputs),
            *(row.extra.get(name) for name in extras),
            row.reason,
            row.run_id,
            row.seconds,
            row.gpu,
            row.cost,
            row.ended_at,
            row.saved,
            row.picked,
            list(row.files),
            seen.get(row.run_id or ""),
        ]
        for row in rows
    ]
    frame = frame_of(columns, made)
    from stationthis_sdk.frames.pictures import picture_frame  # noqa: PLC0415 - pandas is slow to import

    return picture_frame(frame, runs or {})
