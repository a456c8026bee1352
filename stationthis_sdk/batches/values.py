"""Values of tables as Python's own, and the texts of a CSV as what an input wants. Pure."""

import math
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from stationthis_sdk.entities import InputField
from stationthis_sdk.errors import InvalidInput

__all__ = ["convert_text", "number_in", "plain", "shown"]

_PLAIN: Final = frozenset({str, int, bool, bytes, date, datetime, time, timedelta, type(None)})
_YES: Final = frozenset({"true", "yes", "on", "1"})
_NO: Final = frozenset({"false", "no", "off", "0"})
_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_MOST_DIGITS: Final = 100


def plain(value: Any) -> Any:
    """Scalars of numpy, pandas and Arrow as Python's own; NaN, NaT and NA as None; anything else as it is.

    >>> plain(float("nan")), plain(3.5), plain(b"bytes")
    (None, 3.5, b'bytes')
    """
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is float:
        return None if math.isnan(value) else value
    library = kind.__module__.partition(".")[0]
    if library == "numpy":
        return _of_numpy(value)
    if library == "pandas":
        return _of_pandas(value)
    if library == "pyarrow" and hasattr(value, "as_py"):
        return plain(value.as_py())
    return None if isinstance(value, Decimal) and value.is_nan() else value


def convert_text(value: str, field: InputField, *, where: str = "") -> Any:
    """What a text of a table is for this input: a number, a boolean, a text; None where there is nothing.

    Booleans are true, false, yes, no, on, off, 1 and 0 in any case. Several pictures are a JSON list, or one.

    Raises:
        InvalidInput: it is none; ``where`` says whose text it is.

    >>> convert_text("7.5", InputField("cfg", "number")), convert_text("yes", InputField("hires", "boolean"))
    (7.5, True)
    >>> convert_text("high", InputField("cfg", "number"), where="row 3, column 'cfg'")
    Traceback (most recent call last):
    ...
    stationthis_sdk.errors.InvalidInput: row 3, column 'cfg': wants a number, got 'high'
    """
    if not value:
        return None
    where = where or field.name
    if field.kind in {"number", "integer", "seed", "boolean"}:
        text = value.strip()
        if not text:
            return None
        if field.kind == "boolean":
            word = text.lower()
            if word not in _YES | _NO:
                raise InvalidInput(f"{where}: wants true or false (or yes, no, 1, 0), got {shown(value)}")
            return word in _YES
        number = number_in(text)
        if number is None:
            wanted = "a number" if field.kind == "number" else "a whole number"
            hint = "; decimals have a point, and thousands nothing" if "," in text else ""
            raise InvalidInput(f"{where}: wants {wanted}, got {shown(value)}{hint}")
        return number
    if field.kind == "images" and not value.lstrip().startswith("["):
        return [value]
    return value


def number_in(text: str) -> int | float | None:
    """The number that a text is; None if it is none.

    >>> number_in("007"), number_in("1e3"), number_in("1,5")
    (7, 1000.0, None)
    """
    text = text.strip()
    if len(text) > _MOST_DIGITS or not _NUMBER.fullmatch(text):
        return None
    return float(text) if re.search(r"[.eE]", text) else int(text)


def shown(value: Any) -> str:
    """A value in a message: short, on one line."""
    try:
        text = " ".join(repr(value).split())
    except Exception:  # noqa: BLE001 - a repr of somebody else's
        return f"something of type {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:59]}…"


def _of_numpy(value: Any) -> Any:
    if not hasattr(value, "item") or getattr(value, "shape", None) != ():
        # pandas gives the lists of a Parquet file as arrays of objects.
        is_list = getattr(value, "ndim", 0) == 1 and value.dtype.kind in "OUT"
        return [plain(one) for one in value] if is_list else value
    item = value.item()
    if value.dtype.kind in "mM" and isinstance(item, int):  # of nanoseconds it makes a bare number
        item = value.astype(f"{value.dtype.kind}8[us]").item()
    return plain(float(item) if type(item) is type(value) else item)  # a long double is its own item


def _of_pandas(value: Any) -> Any:
    if type(value).__name__ in {"NAType", "NaTType"}:
        return None
    if hasattr(value, "to_pydatetime") and hasattr(value, "nanosecond"):
        return value.to_pydatetime(warn=False)
    if hasattr(value, "to_pytimedelta"):
        return value.to_pytimedelta()
    return value
