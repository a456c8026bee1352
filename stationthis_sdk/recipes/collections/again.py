"""Making pieces again: which, with what changes, and as what they are drawn then. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import orjson

from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.inputs.fields import Inputs
from stationthis_sdk.recipes.collections.checking import problem_of
from stationthis_sdk.recipes.collections.collection import Collection
from stationthis_sdk.recipes.collections.drawing import seed_of
from stationthis_sdk.recipes.collections.piece import key_of, latest
from stationthis_sdk.recipes.collections.places import places_in
from stationthis_sdk.recipes.collections.rows import (
    Made,
    drawer_of,
    free_seeds,
    given_to,
    has_ended,
    standing,
    verdict_of,
)
from stationthis_sdk.store.cooks import PieceRecord

__all__ = ["Wanted", "check_again", "check_changes", "record_again", "wanted_again"]

_SHOWN = 10


@attrs.frozen
class Wanted:
    """The numbers to make again, and those of which that was begun before and has not ended: these are gone on with."""

    again: tuple[int, ...]
    begun: tuple[int, ...]


def wanted_again(
    records: Sequence[PieceRecord],
    rows: Made,
    numbers: Sequence[int] | None,
    *,
    new_traits: bool,
    changes: Mapping[str, Any],
) -> Wanted:
    """What to make again of these numbers, or of all that are rejected and have no accepted piece.

    Where a call was interrupted, those that it has made already and nobody has judged are no more made by the same call.

    Raises:
        InvalidInput: a piece is not made yet; or it is being made again with something else.
    """
    last, known = latest(records), {one.key: one for one in records}
    open_ = {number for number, one in last.items() if not has_ended(rows.get(one.key))}
    begun = [number for number in last if number in open_ and last[number].generation > 1]
    if numbers is None:
        stands = standing(records, rows)
        again = [number for number in last if number not in stands]
        if new_traits or changes:
            _refuse_others(known, [last[one] for one in begun], new_traits, changes)
        return Wanted(tuple(one for one in again if one not in open_), tuple(begun))
    going_on = {*begun}
    if early := [last[one].key for one in numbers if one in open_ and one not in going_on]:
        raise InvalidInput(
            f"Not made yet: {_listed(early)}. resume() makes what is missing; only what has ended is made again.",
            problems=[f"{key} is not made yet" for key in early],
        )
    begun = [one for one in numbers if one in going_on]
    _refuse_others(known, [last[one] for one in begun], new_traits, changes)
    if begun:
        begun += [
            one
            for one in numbers
            if one not in going_on
            and last[one].generation > 1
            and verdict_of(last[one], rows.get(last[one].key)) is None
            and _is_of(known, last[one], new_traits, changes)
        ]
    left = {*numbers} - {*begun}
    return Wanted(tuple(one for one in numbers if one in left), tuple(begun))


def _refuse_others(
    known: Mapping[str, PieceRecord],
    begun: Sequence[PieceRecord],
    new_traits: bool,
    changes: Mapping[str, Any],
) -> None:
    if other := [one.key for one in begun if not _is_of(known, one, new_traits, changes)]:
        raise InvalidInput(
            f"Under way already, with other changes: {_listed(other)}. resume() makes them; then make them again.",
            problems=[f"{key} is made with other changes" for key in other],
        )


def _is_of(
    known: Mapping[str, PieceRecord], record: PieceRecord, new_traits: bool, changes: Mapping[str, Any]
) -> bool:
    """Whether a call with these arguments would have made it; ``known`` are all pieces by their keys."""
    before = known[record.parent or ""]
    other = (record.traits, record.parts) != (before.traits, before.parts)
    return other == new_traits and dict(record.changes) == _as_kept({**before.changes, **changes})


def _as_kept(changes: Mapping[str, Any]) -> Any:
    return orjson.loads(orjson.dumps(changes))


def check_changes(collection: Collection, inputs: Inputs, changes: Mapping[str, Any]) -> None:
    """See that these inputs can be changed, and so.

    Raises:
        InvalidInput: ``problems`` lists what can't be changed so.
    """
    known = [*collection.inputs, *(field.name for field in free_seeds(collection, inputs))]
    if unknown := [name for name in changes if name not in known]:
        raise InvalidInput(
            f"{', '.join(unknown)}: only inputs that the collection gives can be changed: {', '.join(known)}."
        )
    places = [*(one.name for one in collection.categories), *(one.name for one in collection.parts)]
    problems = [
        f"{name}: {problem}"
        for name, value in changes.items()
        if (problem := _unkept(value) or _unfilled(value, places))
    ]
    if problems:
        raise InvalidInput(f"Nothing was made again: {'; '.join(problems)}.", problems=problems)


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
    last = latest(known)
    made = []
    for number in numbers:
        before = last[number]
        generation = before.generation + 1
        traits, parts = drawer.draw(number, generation) if new_traits else (dict(before.traits), before.parts)
        own = seed_of(drawer.mark, seed, number, generation)
        kept = {**before.changes, **changes}
        made.append(
            PieceRecord(key_of(number, generation), number, generation, before.key, own, traits, parts, kept)
        )
    return made


def check_again(
    collection: Collection,
    inputs: Inputs,
    known: Sequence[PieceRecord],
    made: Sequence[PieceRecord],
    changed: Sequence[str],
) -> None:
    """See that what is made again is something else, and something that can be sent. Blocking: files are looked for.

    Raises:
        InvalidInput: ``problems`` lists what can't be sent, or would be the same.
    """
    seeds = free_seeds(collection, inputs)
    before = {one.key: one for one in known}
    problems, same = {}, []
    for record in made:
        given = given_to(collection, record, seeds)
        for name in changed:
            if problem := problem_of(name, given[name], inputs):
                problems[f"{name}: {problem}"] = True
        if given == given_to(collection, before[record.parent or ""], seeds):
            same.append(record.number)
    if problems:
        raise InvalidInput(f"Nothing was made again: {'; '.join(problems)}.", problems=list(problems))
    if same:
        raise InvalidInput(
            f"The same would be made again: {_listed(same)} would be sent with the inputs that were sent before. Change "
            "an input, or ask for new_traits=True; retry_failed() makes those that failed as they are.",
            problems=[f"{number} would be the same" for number in same],
        )


def _listed(keys: Sequence[object]) -> str:
    more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
    return ", ".join(map(str, keys[:_SHOWN])) + more


def _unkept(value: Any) -> str | None:
    """Why a value can't be kept, so that the same call goes on with it."""
    try:
        orjson.dumps(value)
    except (TypeError, ValueError):
        return "give a text, a number, a boolean or a list; of a file its path as a text"
    return None


def _unfilled(value: Any, places: Sequence[str]) -> str | None:
    """Which places of a value nothing stands for."""
    unknown = [f"[[{name}]]" for name in dict.fromkeys(places_in(value)) if name not in places]
    if not unknown:
        return None
    there = ", ".join(f"[[{name}]]" for name in places) or "none"
    return f"nothing is called {', '.join(unknown)}; there is {there}"
