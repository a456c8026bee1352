"""Values as heads of rows, columns and pages: which are the same, in what order they stand, what they are called."""

import json
import re
from collections.abc import Iterable
from typing import Any, Final

__all__ = ["Column", "label_of", "order_of"]

_LONGEST: Final = 200
"""Characters of a value that a head shows."""
_NUMBERS: Final = re.compile("([0-9]+)")


def order_of(value: Any) -> tuple[Any, ...]:
    """What a value is sorted by and told apart by: numbers by size, texts as people count, what is missing last.

    >>> sorted([None, "a10", 7.5, "a9", 10, True], key=order_of)
    [7.5, 10, True, 'a9', 'a10', None]
    >>> order_of(7) == order_of(7.0), order_of(1) == order_of(True)
    (True, False)
    """
    if value is None:
        return (4,)
    if isinstance(value, bool):
        return (1, value)
    if isinstance(value, int | float):
        return (0, 0, value) if value == value else (0, 1)  # noqa: PLR0124 - no number is unequal to itself
    if isinstance(value, str):
        parts = _NUMBERS.split(value.casefold())
        parts[1::2] = [(len(digits := part.lstrip("0")), digits) for part in parts[1::2]]
        return (2, tuple(parts), value)
    return (3, _written(value))


def label_of(value: Any) -> str:
    """What a value is called in a head, in few letters.

    >>> label_of(0.5), label_of(None), label_of(["a", 1]), len(label_of("x" * 5_000))
    ('0.5', '—', '["a", 1]', 200)
    """
    if value is None:
        return "—"
    text = (
        value
        if isinstance(value, str)
        else repr(value)
        if isinstance(value, int | float)
        else _written(value)
    )
    text = " ".join(text[: 2 * _LONGEST].split()) or "“”"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _written(value: Any) -> str:
    try:
        return json.dumps(value, sort_keys=True, default=repr, ensure_ascii=False)
    except Exception:  # noqa: BLE001 - whatever it is made of, it has to stand somewhere
        return f"{type(value).__name__} {id(value):x}"


class Column:
    """The values of one column as numbers: equal values have equal ones, and the numbers are in the values' order.

    >>> column = Column("cfg", [7, 3, 7.0, None])
    >>> column.codes, column.labels
    ([1, 0, 1, 2], ['3', '7', '—'])
    """

    def __init__(self, name: str, values: Iterable[Any]) -> None:
        self.name = name
        texts: dict[str, tuple[Any, ...]] = {}
        found: dict[tuple[Any, ...], Any] = {}
        orders = []
        for value in values:
            if isinstance(value, str):
                order = texts.get(value) or texts.setdefault(value, order_of(value))
            else:
                order = order_of(value)
            found.setdefault(order, value)
            orders.append(order)
        placed = {order: code for code, order in enumerate(sorted(found))}
        self.codes = [placed[order] for order in orders]
        self.labels = [label_of(found[order]) for order in placed]

    @property
    def varies(self) -> bool:
        """Whether it has more than one value."""
        return len(self.labels) > 1
