"""The parameters of a request, compared by place and name: what holds for fields holds for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift import rules
from drift.changes import Take
from drift.fits import spell
from drift.pairs import renamed
from drift.shapes import Part

if TYPE_CHECKING:
    from drift.document import Operation
    from drift.shapes import Field
    from drift.walk import Walk

PLACES = ("query", "header", "cookie")


def walk_parameters(walk: Walk, old: Operation, new: Operation, ours: Operation) -> None:
    """Note the changes of all parameters."""
    # As rules see it, parameters are the fields of an object that is sent.
    mine = Part("object", pointer=ours.pointer, fields=ours.parameters)
    # Those of the path go and come with it.
    gone = {name: field for name, field in old.parameters.items() if name not in new.parameters}
    come = {name: field for name, field in new.parameters.items() if name not in old.parameters}
    gone, come = (
        {name: side[name] for name in side if not name.startswith("path ")} for side in (gone, come)
    )
    pairs = _renamed(walk, gone, come)
    for name, field in gone.items():
        if name in pairs:
            verdict = rules.renaming(True, name, pairs[name], come[pairs[name]], mine)
            walk.tell("parameter-renamed", name, (name, pairs[name]), verdict)
        else:
            verdict = rules.gone(True, name, mine)
            walk.tell("parameter-removed", name, (spell(field.shape), None), verdict)
    for name, field in come.items():
        if name not in pairs.values():
            take = Take("parameter", ours.pointer, _bare(name), field) if name.startswith("query ") else None
            walk.come("parameter", name, (name, field), mine, None if name in ours.parameters else take)
    for name, field in old.parameters.items():
        # What stands in a path are ids, as the service gave them.
        if name in new.parameters and not name.startswith("path "):
            walk.field(name, name, (field, new.parameters[name]), mine)


def _renamed(walk: Walk, gone: dict[str, Field], come: dict[str, Field]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for place in PLACES:
        one = {_bare(name): field for name, field in gone.items() if name.startswith(place)}
        other = {_bare(name): field for name, field in come.items() if name.startswith(place)}
        for before, after in renamed(one, other, walk.same).items():
            pairs[f"{place} {before}"] = f"{place} {after}"
    for name in gone:
        # Of the same name elsewhere: moved, from the query to a header.
        for place in PLACES:
            other_name = f"{place} {_bare(name)}"
            if name not in pairs and other_name in come and other_name not in pairs.values():
                pairs[name] = other_name
    return pairs


def _bare(name: str) -> str:
    return name.partition(" ")[2]
