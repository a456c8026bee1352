"""What a figure is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.bench import Bench
    from benchmarks.numbers import Value


class Figure(NamedTuple):
    """One thing that is measured, in rounds: each call of ``measure`` is a round, with all contenders in it."""

    name: str
    title: str
    method: str
    measure: Callable[[Bench], Iterator[Value]]
    rounds: int | None = None
    """At most so many, where a round takes minutes."""
