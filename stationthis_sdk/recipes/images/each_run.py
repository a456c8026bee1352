"""What each of n runs is given: the same inputs with a seed of its own, checked before any of them is sent. Pure but for files."""

import math
import numbers
from collections.abc import Iterator, Sequence
from typing import Any, Final

import attrs

from stationthis_sdk.entities import InputField
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.inputs.check import check_inputs, draw_seed
from stationthis_sdk.inputs.fields import Inputs
from stationthis_sdk.recipes.images.placing import Placed

__all__ = ["EachRun", "counted_up", "each_run", "seed_of"]

_LATER: Final = "https://handed.on/from-the-step-before"
"""Stands for what the step before has not made yet."""
_SEEDS: Final = frozenset({"seed", "integer", "number"})
"""Kinds of inputs that a seed is drawn for here."""


@attrs.frozen
class EachRun:
    """The inputs of each run, whole but for what an earlier step makes; which the first run's were drawn; what is wrong."""

    inputs: tuple[dict[str, Any], ...] = ()
    drawn: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()


def seed_of(given: Any) -> Any:
    """A seed as it is sent: whole numbers as such; None is drawn, as -1 is.

    >>> seed_of(7.0), seed_of(-1), seed_of("7")
    (7, None, '7')
    """
    if isinstance(given, bool) or not isinstance(given, numbers.Integral | float):
        return given
    if isinstance(given, float) and not given.is_integer():
        return given
    return None if given == -1 else int(given)


def counted_up(seed: Any, n: int) -> tuple[Any, ...]:
    """A seed for each of n, from the first on; None and -1 are drawn.

    >>> counted_up(7, 3), counted_up(7.0, 2), counted_up(None, 2)
    ((7, 8, 9), (7, 8), (None, None))
    """
    first = seed_of(seed)
    if isinstance(first, int) and not isinstance(first, bool):
        return tuple(first + place for place in range(n))
    return (first,) * n


def each_run(
    placed: Placed,
    fields: Inputs,
    seeds: Sequence[Any],
    *,
    name: str,
    seed_input: str | None = None,
    takes: InputField | None = None,
    allow_unknown: bool = False,
) -> EachRun:
    """Give each run its seed and check it; seeds that are not told are drawn, each another one where there are enough.

    ``takes`` is the input for what an earlier step makes.
    """
    later = {} if takes is None else {takes.name: [_LATER] if takes.kind == "images" else _LATER}
    field = None if seed_input is None else fields.get(seed_input)
    told = [seed for seed in seeds if seed is not None]
    if field is not None:
        if (few := _different(field)) is not None and few < len(seeds):
            return EachRun(
                problems=(
                    f"{field.name}: {name!r} takes {few} different seeds, and {len(seeds)} pictures want one each",
                )
            )
        seeds = _drawn_beside(seeds, field)
    each: list[dict[str, Any]] = []
    drawn: frozenset[str] = frozenset()
    for seed in seeds:
        own = {} if seed_input is None or seed is None else {seed_input: seed}
        try:
            checked = check_inputs(
                {**placed.inputs, **own, **later}, fields, name=name, allow_unknown=allow_unknown
            )
        except InvalidInput as error:
            return EachRun(problems=tuple(_not_told(error.problems, placed.problems)))
        made = {name: checked.values[name] for name in checked.drawn}
        drawn = drawn if each else frozenset(made)
        each.append({**placed.inputs, **own, **made})
    if seed_input is not None and seeds and seeds[0] not in told and seeds[0] is not None:
        drawn |= {seed_input}
    return EachRun(tuple(each), drawn)


def _different(field: InputField) -> int | None:
    """How many seeds an input tells apart; None: more than anybody asks for."""
    if field.minimum is None or field.maximum is None or field.kind not in _SEEDS:
        return None
    least = math.ceil(field.minimum)
    return math.floor(field.maximum) - (max(0, least) if field.maximum >= 0 else least) + 1


def _drawn_beside(seeds: Sequence[Any], field: InputField) -> tuple[Any, ...]:
    """The seeds with those that are not told drawn, each another one."""
    if field.kind not in _SEEDS or (len(seeds) == 1 and field.kind != "seed"):
        return tuple(seeds)
    used = {seed for seed in seeds if isinstance(seed, int)}
    made = []
    for seed in seeds:
        one = seed
        while one is None:
            fresh = draw_seed(field)
            one = None if fresh in used else fresh
        if isinstance(one, int):
            used.add(one)
        made.append(one)
    return tuple(made)


def _not_told(problems: Sequence[str], told: Sequence[str]) -> Iterator[str]:
    """Problems of inputs of which nothing was told yet."""
    known = {problem.partition(":")[0] for problem in told}
    return (problem for problem in problems if problem.partition(":")[0] not in known)
