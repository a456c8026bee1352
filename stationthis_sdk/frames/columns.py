"""Columns that others have named, such as inputs: their names and types; and the texts that mean pictures. Pure."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from stationthis_sdk.entities import RunRecord
from stationthis_sdk.frames.making import text_of

__all__ = ["column_names", "kind_of", "picture_in"]

_INT64: Final = range(-(2**63), 2**63)
_UINT64: Final = range(2**64)
_PICTURES: Final = frozenset({"image", "animation"})


def column_names(names: Iterable[str], taken: Collection[str], prefix: str) -> dict[str, str]:
    """What the column of each name is called: as itself, with the prefix where that name is taken.

    >>> column_names(["prompt", "state", "input_state"], {"state"}, "input_")
    {'prompt': 'prompt', 'state': 'input_input_state', 'input_state': 'input_state'}
    """
    wanted = {name: text_of(name) for name in names}
    used = {*taken}
    called: dict[str, str] = {}
    for name, text in wanted.items():
        if text not in used:
            called[name] = text
            used.add(text)
    for name, text in wanted.items():
        if name not in called:
            free = prefix + text
            while free in used:
                free = prefix + free
            called[name] = free
            used.add(free)
    return {name: called[name] for name in wanted}


def kind_of(values: Sequence[Any]) -> str:
    """What a column holds: one type a column, so that Parquet can keep it, and that one keeps every value exactly.

    Truths, whole numbers (large ones up to 2**64 - 1), numbers; all else are texts, numbers that would be rounded, too.

    >>> kind_of([1, None, 2]), kind_of([1, 2**64 - 1]), kind_of([-1, 2**64 - 1]), kind_of([1, 0.5]), kind_of([2**53 + 1, 0.5])
    ('whole', 'large', 'text', 'number', 'text')
    """
    there = [value for value in values if value is not None]
    if not there:
        return "text"
    if all(isinstance(value, bool) for value in there):
        return "truth"
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in there):
        return "text"
    if all(isinstance(value, int) for value in there):
        if all(value in _INT64 for value in there):
            return "whole"
        return "large" if all(value in _UINT64 for value in there) else "text"
    return "number" if all(isinstance(value, float) or _is_exact(value) for value in there) else "text"


def picture_in(run: RunRecord, place: int | None = None) -> str | None:
    """The text that means a run's output at this place, by default its first picture; None if there is no picture."""
    items = run.outputs
    places = range(len(items)) if place is None else (place,)
    return next((f"{run.id}/{at}" for at in places if items[at].kind in _PICTURES), None)


def _is_exact(value: int) -> bool:
    try:
        return int(float(value)) == value
    except OverflowError:
        return False
