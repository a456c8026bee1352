"""A schema as the values it takes, however it was written down.

A shape has one part for each kind of value, more where a union names several objects. `anyOf` with null, `nullable` and
`type: [..]` become the same parts; names, titles and descriptions are not part of it.
"""

from __future__ import annotations

import json
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drift.reader import Reader

ALL = ("null", "boolean", "number", "string", "array", "object")


def group(kind: str) -> str:
    """The kind, whole numbers being numbers."""
    return "number" if kind == "integer" else kind


def canonical(value: Any) -> str:
    """JSON text that is the same for the same value: true is not 1, but 1.0 is."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, sort_keys=True, default=str)


@attrs.frozen(eq=False)
class Field:
    """A field of an object, or a parameter of a request."""

    shape: Shape
    required: bool = False
    # A default of null is none: leaving out and null are the same then.
    default: Any = None
    deprecated: bool = False


@attrs.frozen(eq=False)
class Part:
    """The values of one kind that a shape takes."""

    kind: str
    # Of the component it was declared in, ours or the vendor's.
    name: str = ""
    # The way through the document to where it is declared; nothing when it was put together.
    pointer: tuple[str, ...] = ()
    # The values it names, as JSON; `open` when any other is taken too.
    values: tuple[Any, ...] | None = None
    open: bool = False
    format: str | None = None
    limits: Mapping[str, Any] = attrs.field(factory=dict)
    items: Shape | None = None
    fields: Mapping[str, Field] = attrs.field(factory=dict)
    # What other fields hold; None when there may be none.
    extra: Shape | None = None
    # Other fields are what it is for, not only suffered.
    is_map: bool = False

    @property
    def closed(self) -> bool:
        """Whether only the values it names are taken."""
        return self.values is not None and not self.open

    @property
    def bare(self) -> bool:
        """Whether every value of this kind is taken, some of them named."""
        return not (self.closed or self.format or self.limits or self.kind == "integer")

    @property
    def bound(self) -> bool:
        """Whether something is said of its values, those that they hold aside."""
        said = self.values is not None or self.format or self.limits or self.fields or self.kind == "integer"
        return bool(said) or (self.kind == "object" and self.extra is None)

    @property
    def free(self) -> bool:
        """Whether every value of this kind is taken."""
        held = self.items if self.kind == "array" else self.extra
        return not self.bound and (held is None or held.any)

    @property
    def blank(self) -> bool:
        """Whether nothing at all is said of its values; what they hold is not looked into, it may hold this."""
        held = self.items if self.kind == "array" else self.extra
        return not self.bound and (held is None or held.blank)

    def inner(self, name: str) -> Shape | None:
        """What this object may hold under a name; None when it does not name it."""
        if name in self.fields:
            return self.fields[name].shape
        return self.extra if self.is_map else None

    def requires(self, name: str) -> bool:
        """Whether the field is always there."""
        return name in self.fields and self.fields[name].required


class Shape:
    """The values that a schema takes; read when first asked for, so that schemas may hold themselves."""

    def __init__(self, reader: Reader, schema: Any, pointer: tuple[str, ...]) -> None:
        self.schema = schema
        self.reader = reader
        self.pointer = pointer

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """What it takes, kind by kind."""
        return tuple(self.reader.parts(self.schema, self.pointer))

    @property
    def blank(self) -> bool:
        """Whether its schema says nothing."""
        return self.schema is True or self.schema == {}

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The kinds of values that it takes."""
        return frozenset(part.kind for part in self.parts)

    @cached_property
    def any(self) -> bool:
        """Whether every value is taken, however deep: also by what holds itself."""
        seen: dict[int, Shape] = {id(self): self}
        waiting = [self]
        while waiting:
            shape = waiting.pop()
            if shape.kinds != set(ALL) or any(part.bound for part in shape.parts):
                return False
            for part in shape.parts:
                for inner in (part.items, part.extra):
                    if inner is not None and id(inner) not in seen:
                        seen[id(inner)] = inner
                        waiting.append(inner)
        return True

    def of(self, kind: str) -> list[Part]:
        """The parts of this kind."""
        return [part for part in self.parts if group(part.kind) == group(kind)]


class Met(Shape):
    """The values that several schemas take, all of them."""

    def __init__(self, reader: Reader, sides: tuple[Shape, ...]) -> None:
        super().__init__(reader, [side.schema for side in sides], ())
        self.sides = sides

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """What it takes, kind by kind."""
        first, *others = self.sides
        return tuple(reduce(both, (side.parts for side in others), list(first.parts)))


def both(ones: Iterable[Part], others: Iterable[Part]) -> list[Part]:
    """The parts of the values that both allow."""
    others = list(others)
    pairs = ((one, other) for one in ones for other in others if group(one.kind) == group(other.kind))
    return [_merged(one, other) for one, other in pairs]


def _merged(one: Part, other: Part) -> Part:
    if one.blank:
        return attrs.evolve(other, name=other.name or one.name)
    if other.blank:
        return attrs.evolve(one, name=one.name or other.name)
    values = other.values if one.values is None else one.values
    if one.values is not None and other.values is not None:
        kept = {canonical(value) for value in other.values}
        values = tuple(value for value in one.values if canonical(value) in kept)
    forms = sorted({part.format for part in (one, other) if part.format})
    fields = {**one.fields, **other.fields}
    for name in one.fields.keys() & other.fields.keys():
        fields[name] = _met_field(one.fields[name], other.fields[name])
    return Part(
        "integer" if "integer" in (one.kind, other.kind) else one.kind,
        name=one.name or other.name,
        values=values,
        open=one.open and other.open,
        format=" and ".join(forms) or None,
        limits=_met_limits(one.limits, other.limits),
        items=_met(one.items, other.items),
        fields=fields,
        extra=_met(one.extra, other.extra),
        is_map=one.is_map and other.is_map,
    )


def _met(one: Shape | None, other: Shape | None) -> Shape | None:
    return None if one is None or other is None else one.reader.met(one, other)


def _met_field(one: Field, other: Field) -> Field:
    default = one.default if other.default is None else other.default
    shape = one.shape.reader.met(one.shape, other.shape)
    return Field(shape, one.required or other.required, default, one.deprecated or other.deprecated)


def _met_limits(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """The narrower of each limit, and both patterns."""
    limits = {**one, **other}
    for keyword in one.keys() & other.keys():
        both_told = sorted(
            {canonical(one[keyword]): one[keyword], canonical(other[keyword]): other[keyword]}.items()
        )
        told = [value for _, value in both_told]
        plain = all(isinstance(value, int | float) for value in told)
        lowest, highest = (min(told), max(told)) if plain else (told, told)
        wide = keyword.lower().removeprefix("exclusive")
        limits[keyword] = highest if wide.startswith("min") else lowest if wide.startswith("max") else told
        if len(told) == 1:
            limits[keyword] = told[0]
    return limits


def either(parts: Iterable[Part]) -> list[Part]:
    """The parts of the values that one of them allows: those of one kind as one, where that loses nothing."""
    found: list[Part] = []
    for part in parts:
        wider, apart = part, []
        for known in found:
            joined = _joined(known, wider)
            if joined is None:
                apart.append(known)
            else:
                wider = joined
        found = [*apart, wider]
    return found


def _joined(one: Part, other: Part) -> Part | None:
    """Two parts as one; None when they are two ways to be of this kind."""
    if group(one.kind) != group(other.kind):
        return None
    if one.kind in {"array", "object"}:
        return next((part for part in (one, other) if part.blank), None)
    if (one.kind, one.format, dict(one.limits)) == (other.kind, other.format, dict(other.limits)):
        wider = one
    elif not (plain := [part for part in (one, other) if part.bare]):
        return None
    else:
        wider = plain[0]
    if one.values is None and other.values is None:
        return wider
    named = {canonical(value): value for value in [*(one.values or ()), *(other.values or ())]}
    closed = one.closed and other.closed
    pointer = () if closed else wider.pointer
    return attrs.evolve(
        wider, name=one.name or other.name, pointer=pointer, values=tuple(named.values()), open=not closed
    )
