"""Combinations of inputs as rows: every one with every other, or in step. Nothing is made before it is asked for."""

import bisect
import itertools
import operator
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Protocol, overload

import attrs

from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.shown import Shown

__all__ = ["Grid", "grid", "zip_"]

Row = dict[str, Any]
MOST_VALUES: Final = 10_000_000
"""More than these are not taken from an iterator, which may have no end."""


def grid(mapping: Mapping[str, Any] | None = None, /, **axes: Any) -> "Grid":
    """Every combination of these values, the first axis changing slowest.

    An axis is a list, a range, a column of a table, a numpy array of one axis or any other iterable; an iterator is
    read here. A single value is the same in every row: a text, number, boolean, path, bytes, an open file, a picture,
    an array with two or three axes. A list that is one value, for an input that takes several pictures, is a list
    in a list. ``mapping`` is for names that can't be keywords.

    Raises:
        InvalidInput: an axis is empty, a set, a dict or a table; ``problems`` lists every fault.

    >>> looks = grid(prompt=["a fox", "an owl"], cfg=[3, 5, 7], seed=range(4), style="anime")
    >>> looks
    <Grid prompt 2 × cfg 3 × seed 4 × style fixed: 24 rows>
    >>> looks[0]
    {'prompt': 'a fox', 'cfg': 3, 'seed': 0, 'style': 'anime'}
    >>> len(grid(seed=range(10_000_000)) * looks[:2] + grid(prompt="a hare", cfg=5, seed=1, style="photo"))
    Traceback (most recent call last):
    ...
    stationthis_sdk.errors.InvalidInput: These can't be combined: both have 'seed'.
    """
    return Grid(_Product(_axes("grid", mapping, axes)))


def zip_(mapping: Mapping[str, Any] | None = None, /, **axes: Any) -> "Grid":
    """These values in step: the first of each, the second of each, and so on. Axes are what they are for ``grid``.

    Raises:
        InvalidInput: axes are of unequal lengths, or what ``grid`` refuses.

    >>> pairs = zip_(title=["Lamp", "Vase"], photo=["lamp.png", "vase.png"], steps=20)
    >>> list(pairs)[1]
    {'title': 'Vase', 'photo': 'vase.png', 'steps': 20}
    >>> pairs * grid(seed=range(3))
    <Grid (title 2, photo 2, steps fixed) × seed 3: 6 rows>
    >>> zip_(title=["Lamp", "Vase"], photo=["lamp.png"])
    Traceback (most recent call last):
    ...
    stationthis_sdk.errors.InvalidInput: zip_ goes through its axes in step, and they differ: title has 2, photo has 1.
    """
    found = _axes("zip_", mapping, axes)
    lengths = {axis.names[0]: axis.size for axis in found if not axis.fixed}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} has {size:,}" for name, size in lengths.items())
        raise InvalidInput(f"zip_ goes through its axes in step, and they differ: {told}.")
    return Grid(_Step(found))


class Grid(Shown, Sequence[Row]):
    """Rows of inputs, each made when it is asked for: ``len``, indexes, slices, any number of iterations.

    ``*`` combines every row with every row of another, ``+`` puts one after the other. ``columns`` are the names.

    >>> few = grid(prompt=["a fox", "an owl"]) * zip_(cfg=[3, 7], steps=[20, 30])
    >>> few[-1], few.columns
    ({'prompt': 'an owl', 'cfg': 7, 'steps': 30}, ('prompt', 'cfg', 'steps'))
    >>> few + grid(prompt="a hare", cfg=5, steps=[10, 20])
    <Grid (prompt 2 × (cfg 2, steps 2)) + (prompt fixed × cfg fixed × steps 2): 6 rows>
    """

    def __init__(self, shape: "_Shape") -> None:
        if shape.size > sys.maxsize:
            raise InvalidInput(f"That would be {shape.size:.3g} rows; take fewer values.")
        self._shape = shape

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its axes."""
        return self._shape.names

    def __len__(self) -> int:
        return self._shape.size

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> "Grid": ...
    def __getitem__(self, place: int | slice) -> "Row | Grid":
        if isinstance(place, slice):
            return Grid(_Part(self._shape, range(len(self))[place]))
        number = operator.index(place)
        if not -len(self) <= number < len(self):
            raise IndexError(f"{number} of {len(self)} rows")
        return self._shape.row(number % len(self))

    def __mul__(self, other: object) -> "Grid":
        if not isinstance(other, Grid):
            return NotImplemented
        if both := [repr(name) for name in self.columns if name in other.columns]:
            raise InvalidInput(f"These can't be combined: both have {', '.join(both)}.")
        return Grid(_Product((*_parts(self._shape, _Product), *_parts(other._shape, _Product))))

    def __add__(self, other: object) -> "Grid":
        if not isinstance(other, Grid):
            return NotImplemented
        if missing := set(self.columns) ^ set(other.columns):
            names = ", ".join(repr(name) for name in (*self.columns, *other.columns) if name in missing)
            raise InvalidInput(f"These can't follow each other: only one of them has {names}.")
        return Grid(_Sum((*_parts(self._shape, _Sum), *_parts(other._shape, _Sum))))

    def __repr__(self) -> str:
        return f"<Grid {self._shape}: {len(self):,} row{'' if len(self) == 1 else 's'}>"


class _Shape(Protocol):
    """How rows come about."""

    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def size(self) -> int: ...
    def row(self, place: int) -> Row: ...


@attrs.frozen
class _Axis:
    name: str
    values: Sequence[Any]
    fixed: bool

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name,)

    @property
    def size(self) -> int:
        return len(self.values)

    def row(self, place: int) -> Row:
        return {self.name: self.values[place]}

    def __str__(self) -> str:
        return f"{self.name} {'fixed' if self.fixed else format(self.size, ',')}"


@attrs.frozen
class _Product:
    parts: tuple[_Shape, ...]
    names: tuple[str, ...] = attrs.field(init=False)
    size: int = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(name for part in self.parts for name in part.names))
        size = 1
        for part in self.parts:
            size *= part.size
        object.__setattr__(self, "size", size)

    def row(self, place: int) -> Row:
        rows = []
        for part in reversed(self.parts):
            place, digit = divmod(place, part.size)
            rows.append(part.row(digit))
        return {name: value for row in reversed(rows) for name, value in row.items()}

    def __str__(self) -> str:
        return " × ".join(f"({part})" if isinstance(part, _Sum) else str(part) for part in self.parts)


@attrs.frozen
class _Step:
    axes: tuple[_Axis, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(axis.name for axis in self.axes)

    @property
    def size(self) -> int:
        return next((axis.size for axis in self.axes if not axis.fixed), 1)

    def row(self, place: int) -> Row:
        return {axis.name: axis.values[0 if axis.fixed else place] for axis in self.axes}

    def __str__(self) -> str:
        return f"({', '.join(map(str, self.axes))})"


@attrs.frozen
class _Sum:
    parts: tuple[_Shape, ...]
    ends: tuple[int, ...] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "ends", tuple(itertools.accumulate(part.size for part in self.parts)))

    @property
    def names(self) -> tuple[str, ...]:
        return self.parts[0].names

    @property
    def size(self) -> int:
        return self.ends[-1]

    def row(self, place: int) -> Row:
        number = bisect.bisect_right(self.ends, place)
        row = self.parts[number].row(place - (self.ends[number - 1] if number else 0))
        return {name: row[name] for name in self.names}

    def __str__(self) -> str:
        return " + ".join(f"({part})" for part in self.parts)


@attrs.frozen
class _Part:
    """A slice of rows."""

    whole: _Shape
    places: range

    @property
    def names(self) -> tuple[str, ...]:
        return self.whole.names

    @property
    def size(self) -> int:
        return len(self.places)

    def row(self, place: int) -> Row:
        return self.whole.row(self.places[place])

    def __str__(self) -> str:
        return f"({self.size:,} of {self.whole})"


def _parts(shape: _Shape, kind: type[_Product | _Sum]) -> tuple[_Shape, ...]:
    """So that a long chain of them is no deep one."""
    return shape.parts if isinstance(shape, kind) else (shape,)


def _axes(function: str, mapping: Mapping[str, Any] | None, axes: Mapping[str, Any]) -> tuple[_Axis, ...]:
    if mapping is not None and not isinstance(mapping, Mapping):
        raise InvalidInput(
            f"{function} takes axes by name, such as {function}(prompt=prompts), not a {type(mapping).__name__}."
        )
    given: list[tuple[Any, Any]] = [*(mapping or {}).items(), *axes.items()]
    problems: list[str] = []
    found: dict[str, _Axis] = {}
    for name, value in given:
        if not isinstance(name, str) or not name:
            problems.append(f"the name of an axis is text, not {name!r}")
        elif name in found:
            problems.append(f"{name} is given twice")
        else:
            try:
                found[name] = _axis(name, value)
            except InvalidInput as error:
                problems.append(f"{name} {error.message}")
    if not given:
        problems.append("no axis is given")
    if problems:
        raise InvalidInput(f"This {function} has no rows: {'; '.join(problems)}.", problems=problems)
    return tuple(found.values())


def _axis(name: str, value: Any) -> _Axis:
    if isinstance(value, Mapping):
        raise InvalidInput("is a dict; give a list of values")
    if hasattr(value, "columns") or hasattr(value, "column_names"):
        raise InvalidInput("is a table; give one of its columns")
    if _is_single(value):
        return _Axis(name, (value,), fixed=True)
    if isinstance(value, set | frozenset):
        raise InvalidInput("is a set, whose order changes from run to run; give sorted(…) or a list")
    if isinstance(value, range):
        values: Sequence[Any] = value
        if value[sys.maxsize :]:
            raise InvalidInput("is too long a range")
    else:
        values = tuple(itertools.islice(value, MOST_VALUES + 1))
        if len(values) > MOST_VALUES:
            raise InvalidInput(f"has more than {MOST_VALUES:,} values; does it end? A range may be longer")
    if not values:
        raise InvalidInput("is empty")
    return _Axis(name, values, fixed=False)


def _is_single(value: Any) -> bool:
    if isinstance(value, str | bytes | bytearray | memoryview | os.PathLike):
        return True
    if hasattr(value, "read") or hasattr(value, "getbands") or isinstance(getattr(value, "url", None), str):
        return True  # a file, a Pillow picture, an output of another run
    return getattr(value, "ndim", 1) in {0, 2, 3} or not isinstance(value, Iterable)
