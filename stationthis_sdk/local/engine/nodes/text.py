"""Core nodes on words."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from stationthis_sdk.local.engine.node import TEXT, Slot, Work, needed, node_class, one_of, switch
from stationthis_sdk.local.engines import NodeFailed

__all__ = ["TEXT_LIMIT", "as_text"]

TEXT_LIMIT: Final = 2**22
"""Characters of one value."""

_ANYWHERE: Final = Slot("INT")


def _check_length(length: int) -> None:
    if length > TEXT_LIMIT:
        raise NodeFailed(f"the text would be longer than {TEXT_LIMIT:,} characters: shorten it")


@node_class(
    "StringConcatenate",
    outputs=("STRING",),
    string_a=TEXT,
    string_b=TEXT,
    delimiter=needed(Slot("STRING", default="")),
)
def _concatenate(_work: Work, string_a: str, string_b: str, delimiter: str) -> tuple[str]:
    _check_length(len(string_a) + len(delimiter) + len(string_b))
    return (f"{string_a}{delimiter}{string_b}",)


@node_class("StringSubstring", outputs=("STRING",), string=TEXT, start=_ANYWHERE, end=_ANYWHERE)
def _substring(_work: Work, string: str, start: int, end: int) -> tuple[str]:
    return (string[start:end],)


@node_class("StringLength", outputs=("INT",), string=TEXT)
def _length(_work: Work, string: str) -> tuple[int]:
    return (len(string),)


_CASES: Final[dict[str, Callable[[str], str]]] = {
    "UPPERCASE": str.upper,
    "lowercase": str.lower,
    "Capitalize": str.capitalize,
    "Title Case": str.title,
}


@node_class("CaseConverter", outputs=("STRING",), string=TEXT, mode=one_of(*_CASES))
def _case(_work: Work, string: str, mode: str) -> tuple[str]:
    converted = _CASES[mode](string)
    _check_length(len(converted))  # some letters become two or three
    return (converted,)


_TRIMS: Final[dict[str, Callable[[str], str]]] = {
    "Both": str.strip,
    "Left": str.lstrip,
    "Right": str.rstrip,
}


@node_class("StringTrim", outputs=("STRING",), string=TEXT, mode=one_of(*_TRIMS))
def _trim(_work: Work, string: str, mode: str) -> tuple[str]:
    return (_TRIMS[mode](string),)


@node_class("StringReplace", outputs=("STRING",), string=TEXT, find=TEXT, replace=TEXT)
def _replace(_work: Work, string: str, find: str, replace: str) -> tuple[str]:
    _check_length(len(string) + string.count(find) * (len(replace) - len(find)))
    return (string.replace(find, replace),)


@node_class(
    "StringContains",
    outputs=("BOOLEAN",),
    string=TEXT,
    substring=TEXT,
    case_sensitive=switch(default=True),
)
def _contains(_work: Work, string: str, substring: str, case_sensitive: bool) -> tuple[bool]:
    return (substring in string if case_sensitive else substring.lower() in string.lower(),)


_COMPARISONS: Final[dict[str, Callable[[str, str], bool]]] = {
    "Starts With": str.startswith,
    "Ends With": str.endswith,
    "Equal": str.__eq__,
}


@node_class(
    "StringCompare",
    outputs=("BOOLEAN",),
    string_a=TEXT,
    string_b=TEXT,
    mode=one_of(*_COMPARISONS),
    case_sensitive=switch(default=True),
)
def _compare(_work: Work, string_a: str, string_b: str, mode: str, case_sensitive: bool) -> tuple[bool]:
    if not case_sensitive:
        string_a, string_b = string_a.lower(), string_b.lower()
    return (_COMPARISONS[mode](string_a, string_b),)


def as_text(value: Any) -> str:
    """Any value as text; a picture as its shape, since its numbers help nobody.

    >>> as_text(2.25), as_text(True)
    ('2.25', 'True')
    """
    if isinstance(value, np.ndarray):
        return f"{value.dtype} array of shape {value.shape}"
    return str(value)
