"""Rows of batches as frames."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from stationthis_sdk.entities import BatchRow
from stationthis_sdk.frames.making import frame_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["frame_of_rows"]

_FIRST = {"place": "whole", "key": "text", "state": "category"}
_LAST = {
    "reason": "text", "run_id": "text", "seconds": "number", "gpu": "category", "cost": "number", "ended_at": "time",
    "saved": "truth",
}  # fmt: skip


def frame_of_rows(rows: Sequence[BatchRow]) -> "pd.DataFrame":
    """One row each: its inputs and what rides along are columns of their names, files one column of lists.

    An input that is called like a column of ours is ``input_…``; what rides along and is called like either, ``extra_…``.
    """
    ours = {*_FIRST, *_LAST, "files"}
    inputs = dict.fromkeys(name for row in rows for name in row.inputs)
    named = {name: f"input_{name}" if name in ours else name for name in inputs}
    taken = ours | set(named.values())
    extras = {
        name: f"extra_{name}" if name in taken else name
        for name in dict.fromkeys(name for row in rows for name in row.extra)
    }
    columns: dict[str, str] = {**_FIRST}
    columns |= {shown: _kind([row.inputs.get(name) for row in rows]) for name, shown in named.items()}
    columns |= {shown: _kind([row.extra.get(name) for row in rows]) for name, shown in extras.items()}
    columns |= {**_LAST, "files": "any"}
    kinds = list(columns.values())
    made = [
        [
            *(getattr(row, name) for name in _FIRST),
            *(row.inputs.get(name) for name in named),
            *(row.extra.get(name) for name in extras),
            *(getattr(row, name) for name in _LAST),
            list(row.files),
        ]
        for row in rows
    ]
    for cells in made:
        for at, kind in enumerate(kinds):
            if kind == "text" and cells[at] is not None and not isinstance(cells[at], str):
                cells[at] = str(cells[at])
    return frame_of(columns, made)


def _kind(values: Sequence[Any]) -> str:
    """What a column holds: numbers where all are, else texts: one type a column, so that Parquet can keep it."""
    there = [value for value in values if value is not None]
    if there and all(isinstance(value, bool) for value in there):
        return "truth"
    if there and all(isinstance(value, int) and not isinstance(value, bool) for value in there):
        return "whole"
    if there and all(isinstance(value, int | float) and not isinstance(value, bool) for value in there):
        return "number"
    return "text"
