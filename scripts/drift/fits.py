"""Comparing shapes as a whole: are they the same, does every value of one fit the other, and how to spell one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from drift.shapes import Part, Shape, canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

A = TypeVar("A")
RAISED = {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"}
LOWERED = {"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"}


class Sameness:
    """Whether shapes take the same values; remembered, since shapes hold each other."""

    def __init__(self) -> None:
        # The shapes are kept with the answer, so that no other gets their ids.
        self._known: dict[tuple[int, int], tuple[bool, Shape, Shape]] = {}

    def shapes(self, one: Shape, other: Shape) -> bool:
        """Whether both take the same values."""
        key = (id(one), id(other))
        if key not in self._known:
            # What holds itself is the same when nothing else speaks against it.
            before = len(self._known)
            self._known[key] = (True, one, other)
            if not self._shapes(one, other):
                # What was found meanwhile may rest on that; what is not the same does not.
                _forget(self._known, before, lambda answer: answer[0])
                self._known[key] = (False, one, other)
        return self._known[key][0]

    def _shapes(self, one: Shape, other: Shape) -> bool:
        if one.kinds != other.kinds or len(one.parts) != len(other.parts):
            return False
        left = list(other.parts)
        for part in one.parts:
            twin = next((other for other in left if self.parts(part, other)), None)
            if twin is None:
                return False
            left.remove(twin)
        return True

    def parts(self, one: Part, other: Part) -> bool:
        """Whether both parts take the same values."""
        return (
            (one.kind, one.format, one.open) == (other.kind, other.format, other.open)
            and _values(one) == _values(other)
            and canonical(dict(one.limits)) == canonical(dict(other.limits))
            and self._inner(one.items, other.items)
            and self._inner(one.extra, other.extra)
            and one.fields.keys() == other.fields.keys()
            and all(
                field.required == other.fields[name].required
                and canonical(field.default) == canonical(other.fields[name].default)
                and self.shapes(field.shape, other.fields[name].shape)
                for name, field in one.fields.items()
            )
        )

    def _inner(self, one: Shape | None, other: Shape | None) -> bool:
        return self.shapes(one, other) if one is not None and other is not None else one is other


def _forget(known: dict[tuple[int, int], A], before: int, doubtful: Callable[[A], bool]) -> None:
    """Take back those of the later answers that rested on something that turned out wrong."""
    for key in list(known)[before:]:
        if doubtful(known[key]):
            del known[key]


def _values(part: Part) -> set[str] | None:
    return None if part.values is None else {canonical(value) for value in part.values}


def covers(kinds: frozenset[str] | set[str], kind: str) -> bool:
    """Whether values of this kind are among those kinds: whole numbers are numbers."""
    return kind in kinds or (kind == "integer" and "number" in kinds)


def narrower(keyword: str, limit: Any, than: Any) -> bool:
    """Whether a limit takes fewer values than another; a limit that is not there is None."""
    if limit is None or canonical(limit) == canonical(than):
        return False
    if than is None:
        return True
    try:
        return bool(limit > than if keyword in RAISED else limit < than if keyword in LOWERED else True)
    except TypeError:
        return True


Answers = dict[tuple[int, int], str | None]


def misfit(shape: Shape, into: Shape, known: Answers | None = None) -> str | None:
    """Why some value of a shape does not fit another; None when every one does."""
    known = {} if known is None else known
    key = (id(shape), id(into))
    if into.any:
        return None
    if shape.any:
        return f"any value may come where {spell(into)} is taken"
    if key not in known:
        # What holds itself fits when nothing else speaks against it.
        before = len(known)
        known[key] = None
        if reason := parts_misfit(shape.parts, into.parts, known):
            _forget(known, before, lambda answer: answer is None)
            known[key] = reason
    return known[key]


def parts_misfit(parts: Sequence[Part], into: Sequence[Part], known: Answers | None = None) -> str | None:
    """Why some value of these parts fits none of the others; None when every one fits."""
    known = {} if known is None else known
    for part in parts:
        near = [other for other in into if covers({other.kind}, part.kind)]
        if not near:
            return f"{spell_part(part)} is not among {spell_parts(into)}"
        reasons = [part_misfit(part, other, known) for other in near]
        if all(reasons):
            return reasons[0]
    return None


def part_misfit(part: Part, into: Part, known: Answers) -> str | None:
    """Why some value of this part does not fit the other; None when every one does."""
    if into.free:
        return None
    if into.closed:
        strange = [value for value in part.values or () if canonical(value) not in (_values(into) or ())]
        if not part.closed or strange:
            return (
                f"{_listed(strange) if part.closed else 'any other text'} is not among {_listed(into.values)}"
            )
    if into.format and into.format != part.format and not part.closed:
        return f"{spell_part(part)} may be no {into.format}"
    for keyword, limit in into.limits.items():
        if narrower(keyword, limit, part.limits.get(keyword)) and not part.closed:
            return f"{keyword} is {limit} there"
    if part.items is not None and into.items is not None:
        return misfit(part.items, into.items, known)
    return _object_misfit(part, into, known) if part.kind == "object" else None


def _object_misfit(part: Part, into: Part, known: Answers) -> str | None:
    for name, field in into.fields.items():
        if field.required and not part.requires(name):
            return f"`{name}` may be missing"
    for name, field in part.fields.items():
        there = into.fields[name].shape if name in into.fields else into.extra
        reason = f"`{name}` is unknown there" if there is None else misfit(field.shape, there, known)
        if reason:
            return reason if f"`{name}`" in reason else f"`{name}`: {reason}"
    if part.is_map and part.extra is not None:
        others = [
            into.extra,
            *(field.shape for name, field in into.fields.items() if name not in part.fields),
        ]
        for other in others:
            reason = "fields of any name may come" if other is None else misfit(part.extra, other, known)
            if reason:
                return reason
    return None


def _listed(values: Sequence[Any] | None) -> str:
    texts = [value if isinstance(value, str) else canonical(value) for value in values or ()]
    return ", ".join(texts[:6]) + (f" and {len(texts) - 6} more" if len(texts) > 6 else "")


def spell(shape: Shape, depth: int = 3) -> str:
    """A shape in words: `Run or null`, `list of string`."""
    return "any value" if shape.any else spell_parts(shape.parts, depth)


def spell_parts(parts: Sequence[Part], depth: int = 3) -> str:
    """Parts in words, null last."""
    ordered = sorted(parts, key=lambda part: part.kind == "null")
    return " or ".join(dict.fromkeys(spell_part(part, depth) for part in ordered)) or "nothing"


def spell_part(part: Part, depth: int = 3) -> str:
    """One part in words; what lies deeper is left to the reader."""
    if part.kind == "array":
        return _holding("list", part.items, depth)
    if part.kind == "object" and not part.fields:
        return "object" if part.extra is None or part.extra.any else _holding("map", part.extra, depth)
    if part.kind == "object":
        names = list(part.fields)
        return part.name or f"object of {', '.join(names[:4])}{', …' if len(names) > 4 else ''}"
    if part.closed:
        return part.name or f"one of {_listed(part.values)}"
    return f"{part.kind} ({part.format})" if part.format else part.kind


def _holding(what: str, inner: Shape | None, depth: int) -> str:
    if inner is None or inner.any:
        return what
    told = spell(inner, depth - 1) if depth else "…"
    return f"{what} of ({told})" if " or " in told else f"{what} of {told}"
