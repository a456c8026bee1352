"""An answer beside what the contract says of it: what violates it, what is new, what never came. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

import attrs

from stationthis_sdk.contract.document import Document, kind_of
from stationthis_sdk.contract.words import shown_name
from stationthis_sdk.errors import MissingExtra

try:
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it ships no types
    from jsonschema.exceptions import ValidationError  # type: ignore[import-untyped]  # likewise
except ImportError:
    raise MissingExtra(
        "Comparing answers with the contract needs: pip install 'stationthis-sdk[cli]'"
    ) from None

__all__ = ["NEW", "VIOLATION", "Comparison", "Difference", "compare"]

VIOLATION: Final = "violation"
NEW: Final = "new field"
DEEPEST: Final = 64
Way = tuple[str | int, ...]


@attrs.frozen
class Difference:
    """One difference: where (list indices are ``[]``), what, and in how many of how many such places."""

    place: str
    kind: str
    detail: str
    seen: int = 1
    of: int = 1

    def __str__(self) -> str:
        times = f"; seen in {self.seen} of {self.of}" if self.of > 1 else ""
        return f"{self.place or 'the answer'}: {self.detail}{times}"


@attrs.frozen
class Comparison:
    """What was found in one answer. ``absent`` are places that the contract names and no object of the answer had."""

    differences: Sequence[Difference]
    absent: Sequence[str]


def compare(document: Document, schema: Any, body: Any) -> Comparison:
    """Compare an answer with its schema. Nothing of the answer's values is in what comes back, only their kinds."""
    walk = _Walk(document)
    walk.over([schema], body, (), "")
    faults = Counter(
        (walk.place_of(way), detail, walk.of(way)) for way, detail in _faults(document, schema, body)
    )
    violations = [
        Difference(place, VIOLATION, detail, seen, max(seen, of))
        for (place, detail, of), seen in faults.items()
    ]
    return Comparison([*violations, *walk.news()], walk.absent())


class _Walk:
    """Goes through an answer along its schema."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._places: dict[Way, str] = {}
        self._visits: Counter[str] = Counter()
        self._objects: Counter[str] = Counter()
        self._named: dict[str, dict[str, None]] = {}
        self._had: dict[str, set[str]] = {}
        self._new: dict[tuple[str, str], list[str]] = {}

    def over(self, schemas: Sequence[Any], value: Any, way: Way, place: str) -> None:
        self._places[way] = place
        self._visits[place] += 1
        if len(way) >= DEEPEST:
            return
        if isinstance(value, list) and (items := self._document.items(schemas)):
            for index, one in enumerate(value):
                self.over(items, one, (*way, index), f"{place}[]")
        elif isinstance(value, dict):
            self._object(schemas, value, way, place)

    def _object(self, schemas: Sequence[Any], value: dict[str, Any], way: Way, place: str) -> None:
        said = self._document.fields(schemas)
        self._objects[place] += 1
        self._named.setdefault(place, {}).update(dict.fromkeys(said.named))
        self._had.setdefault(place, set()).update(value)
        for name, held in value.items():
            if name in said.named:
                self.over(said.named[name], held, (*way, name), f"{place}.{name}")
            elif said.is_map:
                self.over(said.others, held, (*way, name), f"{place}.*")
            elif said.named:
                self._new.setdefault((place, shown_name(name)), []).append(kind_of(held))

    def place_of(self, way: Way) -> str:
        """A place by its name, list indices and the keys of maps folded."""
        if way in self._places or not way:
            return self._places.get(way, "")
        last = way[-1]
        return self.place_of(way[:-1]) + ("[]" if isinstance(last, int) else f".{shown_name(last)}")

    def of(self, way: Way) -> int:
        """How many such places there were; for one that is missing, how many objects should have it."""
        if way in self._places:
            return self._visits[self._places[way]]
        return self._objects[self.place_of(way[:-1])]

    def news(self) -> Iterator[Difference]:
        for (place, name), kinds in self._new.items():
            listed = " or ".join(sorted(set(kinds), key=lambda kind: (kind == "null", kind)))
            detail = f"new field, {listed}"
            seen = min(len(kinds), self._objects[place])
            yield Difference(f"{place}.{name}", NEW, detail, seen, self._objects[place])

    def absent(self) -> list[str]:
        return [
            f"{place}.{name}"
            for place, names in self._named.items()
            for name in names
            if name not in self._had[place]
        ]


def _faults(document: Document, schema: Any, body: Any) -> list[tuple[Way, str]]:
    """Each fault once, with the way to it."""
    # References in the schema begin at the document's root: so the parts they mean come along.
    whole = {"allOf": [schema], "components": document.content.get("components", {})}
    found: dict[tuple[Way, str], None] = {}
    try:
        for error in Draft202012Validator(whole).iter_errors(body):
            found.update(dict.fromkeys(_simple(document, error)))
    except RecursionError:
        found[(), "nested too deep to be compared"] = None
    return list(found)


def _simple(document: Document, error: ValidationError) -> Iterator[tuple[Way, str]]:
    """An error in few words; of alternatives that of the one which was meant."""
    way = tuple(error.absolute_path)
    rule = str(error.validator)
    if rule in {"anyOf", "oneOf"} and (meant := _meant(error)):
        for inner in meant:
            yield from _simple(document, inner)
    elif rule in {"type", "anyOf", "oneOf"}:
        kinds = document.kinds([error.schema])
        expected = " or ".join(kinds) if kinds else "something else"
        yield way, f"expected {expected}, got {kind_of(error.instance)}"
    elif rule == "required":
        for name in error.validator_value:
            if name not in error.instance:
                yield (*way, name), "missing, though it always comes"
    elif rule in {"enum", "const"}:
        yield way, "a value outside of the known ones"
    else:
        yield way, f"breaks the rule {rule}"


def _meant(error: ValidationError) -> list[ValidationError]:
    """The errors of the alternative whose kind fits the value, if there is one."""
    alternatives: dict[Any, list[ValidationError]] = {}
    for inner in error.context:
        alternatives.setdefault(inner.relative_schema_path[0], []).append(inner)
    fitting = [
        errors
        for errors in alternatives.values()
        if not any(one.validator in {"type", "anyOf", "oneOf"} and not one.relative_path for one in errors)
    ]
    return min(fitting, key=len, default=[])
