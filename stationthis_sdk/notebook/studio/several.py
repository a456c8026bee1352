"""Whether what an input of several pictures was given is one of them, a list, or an array of all. Pure."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from stationthis_sdk.inputs.media import list_in

__all__ = ["is_one", "listed"]


def is_one(value: Any) -> bool:
    """Whether it is a single picture, which an input of several takes as a list of one.

    >>> is_one("https://example.org/a.png"), is_one('["a.png", "b.png"]'), is_one(["a.png"])
    (True, False, False)
    """
    if isinstance(value, str):
        return not isinstance(list_in(value), list)
    if isinstance(value, bytes | bytearray | Path) or hasattr(value, "read"):
        return True
    return len(getattr(value, "shape", ())) in {2, 3} or not isinstance(value, Iterable)


def listed(value: Any) -> list[Any] | None:
    """The single files of several, None where they are one thing: an array of pictures."""
    if is_one(value):
        return [value]
    value = list_in(value)
    return list(value) if isinstance(value, list | tuple) and value else None
