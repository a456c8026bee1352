"""Paths as people write them, for assets and volumes: checked part by part, never more than names in a tree."""

from typing import Final

from stationthis_sdk.local.requests.responses import Refusal
from stationthis_sdk.local.requests.validation import fault, refuse

__all__ = ["clean_name", "clean_path", "is_clean"]

_NAME_LIMIT: Final = 255
_PATH_LIMIT: Final = 1024


def clean_path(given: str, *loc: str | int, empty: bool = False) -> str:
    """A path without slashes around it; a 422 for one that is no plain chain of names, or is ``empty`` and may not be.

    >>> clean_path("/loras/ink wash.safetensors/", "body", "path"), clean_path("/", "body", "path", empty=True)
    ('loras/ink wash.safetensors', '')
    """
    path = given.strip("/")
    if empty and not path:
        return ""
    problem = _problem(path)
    if problem is not None:
        raise _refused(given, loc, problem)
    return path


def clean_name(given: str, *loc: str | int) -> str:
    """One name; a 422 for anything else.

    >>> clean_name("ink wash.safetensors", "body", "name")
    'ink wash.safetensors'
    """
    problem = "it has a slash in it" if "/" in given else _problem(given)
    if problem is not None:
        raise _refused(given, loc, problem)
    return given


def is_clean(path: str) -> bool:
    """Whether a path is a plain chain of names.

    >>> is_clean("loras/a"), is_clean("loras/../a"), is_clean("/loras")
    (True, False, False)
    """
    return _problem(path) is None


def _problem(path: str) -> str | None:
    if any(
        ord(letter) < 32 or letter in "\\\x7f" or "\ud800" <= letter <= "\udfff"
        for letter in path[:_PATH_LIMIT]
    ):
        return "it has characters that no file name has"
    if len(path) > _PATH_LIMIT or len(path.encode()) > _PATH_LIMIT:
        return f"it is longer than {_PATH_LIMIT} bytes"
    for name in path.split("/"):
        if name in {"", ".", ".."}:
            return "each part of it must be a name"
        if len(name.encode()) > _NAME_LIMIT:
            return f"a part of it is longer than {_NAME_LIMIT} bytes"
    return None


def _refused(given: str, loc: tuple[str | int, ...], problem: str) -> Refusal:
    shown = given[:80].encode("utf-8", "replace").decode()
    return refuse(
        fault("value_error", list(loc), f"Value error, the path can't be used: {problem}", shown, error={})
    )
