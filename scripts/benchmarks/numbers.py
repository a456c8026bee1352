"""Medians, spreads and ratios of what was measured."""

from __future__ import annotations

import statistics
from typing import NamedTuple


class Value(NamedTuple):
    """One measurement: of which case, whose, in which unit."""

    case: str
    contender: str
    number: float
    unit: str
    more: bool = False
    """Whether more is better."""


class Summary(NamedTuple):
    """All measurements of one case of one contender."""

    figure: str
    case: str
    contender: str
    unit: str
    more: bool
    median: float
    low: float
    high: float
    rounds: int


def summarise(figure: str, values: list[Value]) -> list[Summary]:
    """The median of each case and contender, with the least and the most, in the order in which they came."""
    found: dict[tuple[str, str, str, bool], list[float]] = {}
    for value in values:
        found.setdefault((value.case, value.contender, value.unit, value.more), []).append(value.number)
    cases = list(dict.fromkeys(value.case for value in values))
    return sorted(
        (
            Summary(figure, case, who, unit, more, statistics.median(many), min(many), max(many), len(many))
            for (case, who, unit, more), many in found.items()
        ),
        key=lambda one: cases.index(one.case),
    )


def ratio(ours: float, theirs: float, *, more: bool) -> float | None:
    """How many times better ours is: above 1 it is better; None where nothing can be said of it."""
    good, bad = (ours, theirs) if more else (theirs, ours)
    return good / bad if bad > 0 and good >= 0 else None


def shown(number: float) -> str:
    """Three digits that matter.

    >>> shown(5176.2), shown(0.5234), shown(12.34), shown(0)
    ('5,176', '0.523', '12.3', '0')
    """
    if number == 0:
        return "0"
    if abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.3g}"
