"""Which workflow is meant at the beginning of a text: names have spaces in them."""

import itertools
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from stationthis_sdk.bots.commands.catalogue import Catalogue

__all__ = ["name_and_rest"]

_WORDS: Final = 8
"""So many words a name may have."""
_LONGEST: Final = 200
"""Letters of a name, and of what is looked at for one."""


def name_and_rest(catalogue: "Catalogue", text: str) -> tuple[str, str]:
    """The workflow that a text begins with, by its name or its command, and what follows; the longest name counts.

    A name in quotes is taken as it is; where none is known, the first word is.
    """
    text = text.strip()
    if quoted := re.match(r'"([^"]+)"\s*', text):
        return _deployment(catalogue, quoted[1]) or quoted[1], text[quoted.end() :]
    words = itertools.islice(re.finditer(r"\S+", text), _WORDS)
    ends = [match.end() for match in words]
    for end in reversed(ends):
        if end <= _LONGEST and (found := _deployment(catalogue, text[:end])):
            return found, text[end:].strip()
    end = ends[0] if ends else 0
    return text[:end], text[end:].strip()


def _deployment(catalogue: "Catalogue", written: str) -> str | None:
    command = catalogue.find(written.removeprefix("/"))
    if command is not None and command.deployment is not None:
        return command.deployment
    named = catalogue.named(written)
    return named[0].deployment if len(named) == 1 else None
