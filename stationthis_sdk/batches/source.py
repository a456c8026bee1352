"""Rows as a batch reads them, wherever they come from."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import attrs

from stationthis_sdk.batches.values import shown
from stationthis_sdk.errors import InvalidInput

__all__ = ["MOST_PROBLEMS", "Problems", "Row", "Rows", "names_of"]

Row = dict[str, Any]
MOST_PROBLEMS: Final = 100
"""Of one file; whoever has more of them has another problem."""


@attrs.frozen(eq=False)
class Rows:
    """Rows, one at a time, from the first at each iteration.

    ``columns`` and ``count`` are None where only reading would tell, ``label`` is for messages. ``textual`` rows have
    texts for everything, as in CSV. Rows that are there ``once`` only raise InvalidInput at a second iteration.
    """

    label: str
    columns: tuple[str, ...] | None
    count: int | None
    read: Callable[[], Iterator[Row]] = attrs.field(repr=False)
    textual: bool = False
    once: bool = False

    def __iter__(self) -> Iterator[Row]:
        return self.read()


class Problems(list[str]):
    """What is wrong with a source: all of it, up to a limit."""

    def add(self, problem: str) -> bool:
        """Note it; whether there may be more."""
        self.append(problem)
        return len(self) < MOST_PROBLEMS

    def raise_for(self, label: str) -> None:
        """Tell them, if there are any.

        Raises:
            InvalidInput: with all of them.
        """
        if self:
            more = (
                f"; and perhaps more: these are the first {len(self)}" if len(self) >= MOST_PROBLEMS else ""
            )
            told = "; ".join(self[:10]) + (f"; and {len(self) - 10} more" if len(self) > 10 else "")
            raise InvalidInput(f"{label} can't be read: {told}{more}.", problems=self)


def names_of(names: Iterable[Any], label: str, *, hint: str = "") -> tuple[str, ...]:
    """The names of columns, which are texts, and no two the same.

    Raises:
        InvalidInput: with every fault.
    """
    listed: Sequence[Any] = list(names)
    problems = Problems()
    if odd := [shown(name) for name in listed if not isinstance(name, str)]:
        problems.add(f"names of columns are texts, not {', '.join(odd[:20])}{hint}")
    twice = dict.fromkeys(name for place, name in enumerate(listed) if name in listed[:place])
    if twice:
        problems.add(f"columns of the same name: {', '.join(map(shown, twice))}")
    if not listed:
        problems.add("it has no columns")
    problems.raise_for(label)
    return tuple(map(str, listed))
