"""What each of n runs is given: the same inputs with a seed of its own, checked before any of them is sent. Pure but for files."""

import numbers
from collections.abc import Iterator, Sequence
from typing import Any, Final

import attrs

from stationthis_sdk.entities import InputField
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.inputs.check import check_inputs
from stationthis_sdk.inputs.fields import Inputs
from stationthis_sdk.recipes.images.placing import Placed

__all__ = ["EachRun", "counted_up", "each_run"]

_LATER: Final = "https://handed.on/from-the-step-before"
"""Stands for what the step before has not made yet."""
_DRAWS: Final = 100


@attrs.frozen
class EachRun:
    """The inputs of each run, whole but for what an earlier step makes; which the first run's were drawn; what is wrong."""

    inputs: tuple[dict[str, Any], ...] = ()
    drawn: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()


def counted_up(seed: Any, n: int) -> tuple[Any, ...]:
    """A seed for each of n, from the first on; None and -1 are drawn.

    >>> counted_up(7, 3), counted_up(None, 2)
    ((7, 8, 9), (None, None))
    """
    if not isinstance(seed, bool) and isinstance(seed, numbers.Integral) and seed != -1:
        return tuple(int(seed) + place for place in range(n))
    return (seed,) * n


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
    each: list[dict[str, Any]] = []
    drawn: frozenset[str] = frozenset()
    for seed in seeds:
        own = {} if seed_input is None or seed is None else {seed_input: seed}
        given = {**placed.inputs, **own}
        for _ in range(_DRAWS):
            try:
                checked = check_inputs({**given, **later}, fields, name=name, allow_unknown=allow_unknown)
            except InvalidInput as error:
                return EachRun(problems=tuple(_not_told(error.problems, placed.problems)))
            made = {name: checked.values[name] for name in checked.drawn}
            if not made or made not in [{name: one.get(name) for name in made} for one in each]:
                break
        drawn = drawn if each else frozenset(made)
        each.append({**given, **made})
    return EachRun(tuple(each), drawn)


def _not_told(problems: Sequence[str], told: Sequence[str]) -> Iterator[str]:
    """Problems of inputs of which nothing was told yet."""
    known = {problem.partition(":")[0] for problem in told}
    return (problem for problem in problems if problem.partition(":")[0] not in known)
