"""Making pieces again: which, with what changes, and as what they are drawn then. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.inputs.fields import Inputs
from stationthis_sdk.recipes.collections.checking import problem_of
from stationthis_sdk.recipes.collections.collection import Collection
from stationthis_sdk.recipes.collections.drawing import seed_of
from stationthis_sdk.recipes.collections.piece import key_of
from stationthis_sdk.recipes.collections.rows import drawer_of, free_seeds
from stationthis_sdk.store.cooks import PieceRecord

__all__ = ["check_changes", "record_again", "rejected"]


def rejected(records: Sequence[PieceRecord]) -> list[PieceRecord]:
    """The latest pieces that are rejected."""
    latest = {one.number: one for one in sorted(records, key=lambda one: one.generation)}
    return [one for one in latest.values() if one.rejected_at is not None]


def check_changes(
    collection: Collection, inputs: Inputs, changes: Mapping[str, Any], *, new_traits: bool
) -> None:
    """See that what is made again is something else, and something that can be sent. Blocking: files are looked for.

    Raises:
        InvalidInput: ``problems`` lists what can't be changed so.
    """
    seeds = [field.name for field in free_seeds(collection, inputs)]
    known = [*collection.inputs, *seeds]
    if unknown := [name for name in changes if name not in known]:
        raise InvalidInput(
            f"{', '.join(unknown)}: only inputs that the collection gives can be changed: {', '.join(known)}."
        )
    problems = [
        f"{name}: {problem}"
        for name, value in changes.items()
        if (problem := _unkept(value) or problem_of(name, value, inputs))
    ]
    if problems:
        raise InvalidInput(f"Nothing was made again: {'; '.join(problems)}.", problems=problems)
    if not (new_traits or changes or seeds):
        raise InvalidInput(
            "The same would be made again: the collection fixes every seed. Change an input, or ask for new_traits=True."
        )


def record_again(
    collection: Collection,
    seed: int,
    known: Sequence[PieceRecord],
    numbers: Sequence[int],
    *,
    new_traits: bool,
    changes: Mapping[str, Any],
) -> list[PieceRecord]:
    """These pieces once more: each with another seed, and as it was or with new traits.

    Raises:
        InvalidInput: no other combination is left.
    """
    drawer = drawer_of(collection, seed, known)
    latest = {one.number: one for one in sorted(known, key=lambda one: one.generation)}
    made = []
    for number in numbers:
        before = latest[number]
        generation = before.generation + 1
        traits, parts = drawer.draw(number, generation) if new_traits else (dict(before.traits), before.parts)
        own = seed_of(drawer.mark, seed, number, generation)
        kept = {**before.changes, **changes}
        made.append(
            PieceRecord(key_of(number, generation), number, generation, before.key, own, traits, parts, kept)
        )
    return made


def _unkept(value: Any) -> str | None:
    """Why a value can't be kept, so that the same call goes on with it."""
    try:
        orjson.dumps(value)
    except (TypeError, ValueError):
        return "give a text, a number, a boolean or a list; of a file its path as a text"
    return None
