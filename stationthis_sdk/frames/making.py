"""Making a frame of rows: each column gets a type of its own, also when there is no row."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from stationthis_sdk.errors import MissingExtra

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["frame_of"]

TYPES: Final[Mapping[str, str]] = {
    "time": "datetime64[us, UTC]",
    "category": "category",
    "text": "str",
    "whole": "Int64",
    "number": "Float64",
    "truth": "boolean",
    "any": "object",
}


def frame_of(columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> "pd.DataFrame":
    """A frame with these columns; ``columns`` says of each what it holds: time, category, text, whole, number, truth or any.

    Raises:
        MissingExtra: pandas is not installed.
    """
    try:
        import pandas as pd  # noqa: PLC0415 - the extra may be missing, and it is slow to import
    except ImportError:
        raise MissingExtra("Frames need pandas: pip install 'stationthis-sdk[data]'.") from None
    taken = list(rows)
    return pd.DataFrame(
        {
            name: pd.Series([row[at] for row in taken], dtype=TYPES[kind])
            for at, (name, kind) in enumerate(columns.items())
        }
    )
