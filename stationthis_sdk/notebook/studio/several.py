"""Whether what an input of several pictures was given is one of them, a list, or an array of all. Pure."""

import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

__all__ = ["is_one", "listed"]


def is_one(value: Any) -> bool:
    """Whether it is a single picture, which an input of several takes as a list of one.

    >>> is_one("https://example.org/a.png"), is_one('["a.png", "b.png"]'), is_one(["a.png"])
    (True, False, False)
    """
    if isinstance(value, str):
        return not isinstance(_read(value), list)
    if isinstance(value, bytes | bytearray | Path) or hasattr(value, "read"):
        return True
    return len(getattr(value, "shape", ())) in {2, 3} or not isinstance(value, Iterable)


def listed(value: Any) -> list[Any] | None:
    """The single files of several, None where they are one thing: an array of pictures."""
    if is_one(value):
        return [value]
    value = _read(value)
    return list(value) if isinstance(value, list | tuple) and value else None


def _read(value: Any) -> Any:
    """What a text says that is JSON: the form in which a list is sent, and comes back from a run."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        with contextlib.suppress(orjson.JSONDecodeError):
            return orjson.loads(value)
    return value
