"""Reading answers of any shape: here UNSET, None and five forms of time end. Pure."""

import math
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["integer", "number", "objects", "plain", "properties", "text", "truth"]

_OBJECT: Final = (dict, Mapping)  # what is a dict is seen at once
_NUMBER: Final = (int, float, str)


def plain(value: Any) -> Any:
    """Generated models, alone or in a list, as JSON again; odd values come through the parser as they were."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value.to_dict() if hasattr(value, "to_dict") else value


def text(value: Any) -> str | None:
    """A text, None for an empty one."""
    return value if isinstance(value, str) and value else None


def integer(value: Any) -> int | None:
    """A whole number."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def truth(value: Any) -> bool | None:
    """Yes, no, or not told."""
    return value if isinstance(value, bool) else None


def number(value: Any) -> float | None:
    """A finite number; durations come as numbers, and as text in lists."""
    if isinstance(value, bool) or not isinstance(value, _NUMBER):
        return None
    try:
        read = float(value)
    except ValueError:
        return None
    return read if math.isfinite(read) else None


def properties(value: Any) -> dict[str, Any]:
    """An object's fields; none of what is no object."""
    value = plain(value)
    return dict(value) if isinstance(value, _OBJECT) else {}


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; none of what is no list."""
    value = plain(value)
    return [dict(one) for one in value if isinstance(one, _OBJECT)] if isinstance(value, list) else []
