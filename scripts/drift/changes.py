"""One change of the vendor's document, as it is reported."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import attrs

from drift.shapes import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable

APART = "the contract does not have this, or says something else here"
SECTIONS = ("operations", "requests", "responses", "webhooks")


@attrs.frozen(eq=False)
class Take:
    """What --write may enter for a change: what the vendor says, and the place of the contract it belongs to."""

    kind: str
    place: tuple[str, ...]
    name: str = ""
    declared: Any = None


@attrs.frozen(eq=False)
class Change:
    """What is different, and what that means for a user of the client generated from the contract."""

    section: str
    kind: str
    where: str
    before: Any
    after: Any
    breaking: bool
    why: str
    operations: tuple[str, ...] = ()
    takes: tuple[Take, ...] = ()

    @property
    def verdict(self) -> str:
        """Breaking or compatible."""
        return "breaking" if self.breaking else "compatible"

    @property
    def key(self) -> tuple[Any, ...]:
        """What is the same for the same change in several operations.

        A change of a named schema is one, whatever each operation makes of it; one of a parameter called `limit` is
        only the same where it means the same.
        """
        told = (self.section, self.kind, self.where, canonical(self.before), canonical(self.after))
        nameless = " " in self.where or re.split(r"[.\[]", self.where)[0] in {"answer", "body"}
        return (*told, self.breaking, self.why) if nameless else told

    @property
    def weight(self) -> tuple[bool, bool]:
        """Of several judgements of one change the heaviest is told."""
        return self.breaking, self.why != APART


def gathered(changes: Iterable[Change]) -> list[Change]:
    """Each change once, with all the operations it touches: breaking ones first in each section."""
    found: dict[tuple[Any, ...], Change] = {}
    for change in changes:
        known = found.get(change.key)
        if known is None:
            found[change.key] = change
            continue
        operations = tuple(dict.fromkeys((*known.operations, *change.operations)))
        heavier = max(known, change, key=lambda each: each.weight)
        places = {(take.kind, take.place, take.name) for take in known.takes}
        takes = tuple(take for take in change.takes if (take.kind, take.place, take.name) not in places)
        found[change.key] = attrs.evolve(heavier, operations=operations, takes=(*known.takes, *takes))
    order = {section: number for number, section in enumerate(SECTIONS)}
    # Sorting is stable: within these, as the contract has them.
    return sorted(found.values(), key=lambda change: (order[change.section], not change.breaking))
