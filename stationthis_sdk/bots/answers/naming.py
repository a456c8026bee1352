"""Which workflow is meant at the beginning of a text: names have spaces in them."""

import re
from typing import TYPE_CHECKING, Final

from stationthis_sdk.names import loosely

if TYPE_CHECKING:
    from stationthis_sdk.bots.commands.catalogue import Catalogue

__all__ = ["name_and_rest"]

_WORDS: Final = 8
"""So many words a name may have."""


def name_and_rest(catalogue: "Catalogue", text: str) -> tuple[str, str]:
    """The workflow that a text begins with, by its name or its command, and what follows; the longest name counts.

    A name in quotes is taken as it is; where none is known, the first word is.
    """
    text = text.strip()
    if quoted := re.match(r'"([^"]+)"\s*', text):
        return _deployment(catalogue, quoted[1]) or quoted[1], text[quoted.end() :]
    ends = [match.end() for match in re.finditer(r"\S+", text)][:_WORDS]
    for end in reversed(ends):
        if found := _deployment(catalogue, text[:end]):
            return found, text[end:].strip()
    end = ends[0] if ends else 0
    return text[:end], text[end:].strip()


def _deployment(catalogue: "Catalogue", written: str) -> str | None:
    command = catalogue.find(written.removeprefix("/"))
    if command is not None and command.deployment is not None:
        return command.deployment
    same = [one.deployment for one in catalogue.deployments if one.deployment is not None]
    exact = [one for one in same if one == written] or [
        one for one in same if loosely(one) == loosely(written)
    ]
    return exact[0] if len(exact) == 1 else None
