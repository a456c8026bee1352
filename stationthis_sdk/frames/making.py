"""Making a frame of rows: each column gets a type of its own, also when there is no row."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from stationthis_sdk.errors import MissingExtra

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["frame_of", "text_of"]

TYPES: Final[Mapping[str, str]] = {
    "time": "datetime64[us, UTC]",
    "duration": "timedelta64[us]",
    "category": "category",
    "text": "str",
    "whole": "Int64",
    "large": "UInt64",
    "number": "Float64",
    "truth": "boolean",
    "any": "object",
}
_LONGEST: Final = 9e12
"""Seconds; a duration of microseconds has room for no more."""


def frame_of(columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> "pd.DataFrame":
    """A frame with these columns; ``columns`` says of each what it holds.

    That is time, duration (given in seconds), category, text, whole, large (whole, up to 2**64 - 1), number, truth or any.
    The categories are the texts that are there, the first one first, which is how they come back from Parquet.

    Raises:
        MissingExtra: pandas is not installed.
    """
    try:
        import pandas as pd  # noqa: PLC0415 - the extra may be missing, and it is slow to import
    except ImportError:
        raise MissingExtra("Frames need pandas: pip install 'stationthis-sdk[data]'.") from None
    taken = list(rows)

    def column(at: int, kind: str) -> Any:
        cells = [row[at] for row in taken]
        if kind in {"text", "category"}:
            cells = [None if cell is None else text_of(cell) for cell in cells]
        if kind == "category":
            there = dict.fromkeys(cell for cell in cells if cell is not None)
            return pd.Series(pd.Categorical(cells, categories=pd.Index(list(there), dtype="str")))
        if kind == "duration":
            cells = [_microseconds(cell) for cell in cells]
            return pd.Series(pd.array(cells, dtype="Int64")).astype(TYPES[kind])
        return pd.Series(cells, dtype=TYPES[kind])

    return pd.DataFrame({name: column(at, kind) for at, (name, kind) in enumerate(columns.items())})


def text_of(value: Any) -> str:
    """A value as the text of a cell: lists and mappings as JSON; what UTF-8 does not have is written as escapes.

    >>> text_of("a fox"), text_of(7.5), text_of(["a", {"b": None}])
    ('a fox', '7.5', '["a", {"b": null}]')
    """
    try:
        written = isinstance(value, list | tuple | Mapping)
        text = json.dumps(value, ensure_ascii=False, default=str) if written else str(value)
    except (TypeError, ValueError, RecursionError):  # odd keys, a circle, more digits than Python writes
        text = hex(value) if isinstance(value, int) else repr(value)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _microseconds(seconds: float | None) -> int | None:
    return None if seconds is None or not abs(seconds) < _LONGEST else round(seconds * 1_000_000)
