"""Finding something by the name people give it: exactly, then loosely; near names when it is not there. Pure."""

import difflib
import re
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from stationthis_sdk.errors import AmbiguousName, InvalidInput, NotFound

__all__ = ["Named", "check_name", "find", "loosely", "near", "unknown"]


class Named(Protocol):
    """What has an id and a name."""

    @property
    def id(self) -> str:
        """The service's id."""

    @property
    def name(self) -> str:
        """What people call it."""


R = TypeVar("R", bound=Named)


def find(kind: str, name: str, rows: Sequence[R]) -> R:
    """The one of that id or name; ``kind`` is what error messages call it.

    Raises:
        InvalidInput: the name is no text.
        NotFound: there is none; ``suggestions`` are near names.
        AmbiguousName: several have that name; ``candidates`` are their ids.
    """
    if not name or not isinstance(name, str):
        raise InvalidInput(f"A {kind} is got by name or id, not {name!r}.")
    wanted = loosely(name)
    found = (
        [one for one in rows if one.id == name]
        or [one for one in rows if one.name == name]
        or [one for one in rows if loosely(one.name) == wanted]
    )
    if len(found) == 1:
        return found[0]
    if found:
        ids = [one.id for one in found]
        raise AmbiguousName(
            f"Several {kind}s are called {name!r}: get one by its id: {', '.join(ids)}.", candidates=ids
        )
    raise unknown(kind, name, (one.name for one in rows))


def check_name(name: object, what: str) -> None:
    """Go on when something can be called this; ``what`` is what the name is of, "a workflow".

    Raises:
        InvalidInput: it is no text, or an empty one.
    """
    if not isinstance(name, str) or not name.strip():
        raise InvalidInput(f"The name of {what} is a text that is not empty, not {name!r}.")


def unknown(kind: str, name: str, names: Iterable[str], where: str = "") -> NotFound:
    """The error for a name that is not there; ``where`` follows the name, " in production"."""
    known = sorted(set(names))
    suggestions = near(name, known)
    if suggestions:
        hint = f"Did you mean {', '.join(map(repr, suggestions))}?"
    elif known:
        hint = f"There is {', '.join(map(repr, known[:10]))}{', …' if len(known) > 10 else ''}."
    else:
        hint = f"This key sees no {kind}s at all: is it the right account?"
    return NotFound(f"No {kind} {name!r}{where}. {hint}", suggestions=suggestions or known[:10])


def near(name: str, names: Sequence[str]) -> list[str]:
    """Up to five names like this one.

    >>> near("portrat", ["portrait", "landscape"])
    ['portrait']
    """
    alike = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    inside = [one for one in names if loosely(name) and loosely(name) in loosely(one)]
    return list(dict.fromkeys([*alike, *inside]))[:5]


def loosely(name: str) -> str:
    """A name without regard to case, spaces and dashes.

    >>> loosely("Text to_Picture")
    'text-to-picture'
    """
    return re.sub(r"[\s_-]+", "-", name.casefold()).strip("-")
