"""Shapes written down again, the way our files have them: exactly, or open as answers are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from openapi_python_client.strings import PythonIdentifier

from drift.shapes import Part, canonical
from drift.source import DriftError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from drift.shapes import Field, Shape

OPEN = {"string", "number", "integer", "boolean"}
DEEPEST = 40
PLACE = "#/components/schemas/"
NULL = {"type": "null"}
# What the generated code calls its own: in the models, and where requests are made.
OWN_OF_MODELS = {
    *("additional_keys", "additional_properties", "cls", "d", "field_dict", "from_dict", "prop", "prop_name"),
    *("to_dict", "to_multipart"),
}
OWN_OF_REQUESTS = {"body", "cookies", "headers", "params", "quote"}


class Names:
    """The names of schemas that are new to us, each given once."""

    def __init__(self, taken: set[str]) -> None:
        # As files are called: `RUN` and `Run` would be the same.
        self._taken = set(map(python_name, taken))
        # Those being written down, to see when one holds itself.
        self.open: set[int] = set()
        self._given: dict[tuple[str, object], tuple[str, Part]] = {}
        # The schemas themselves, in the order in which they were met.
        self.schemas: dict[str, Any] = {}

    def fresh(self, name: str) -> str:
        """A name that nothing else has, made out of this one."""
        numbered = (f"{name}{number or ''}" for number in (0, *range(2, 10_000)))
        chosen = next(each for each in numbered if python_name(each) not in self._taken)
        self._taken.add(python_name(chosen))
        return chosen

    def given(self, part: Part, prefix: str) -> dict[str, Any]:
        """A reference to the schema of a part, which is made when it is first asked for."""
        key = (prefix, part.pointer or id(part))
        if key not in self._given:
            # The part is kept with its name, so that no other gets its id.
            self._given[key] = (self.fresh(prefix + clean(part.name or "Part")), part)
            name = self._given[key][0]
            self.schemas[name] = {}
            self.schemas[name] = object_of(part, self, prefix)
        return {"$ref": PLACE + self._given[key][0]}


def clean(name: str) -> str:
    """A name of the vendor's as a class is called: without modules, sides and words that all have."""
    name = re.sub(r"-(Input|Output)$", "", name.rpartition("__")[2] if "__" in name else name)
    name = re.sub(r"^Body_", "", name)
    words = [word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", name) if word]
    return re.sub(r"(?<=[a-z0-9])(Model|Response|Body|Request)$", "", "".join(words)) or "Thing"


def snake(name: str) -> str:
    """A name in small letters and underscores."""
    name = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name)
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def python_name(name: str) -> str:
    """What the generator makes of a name."""
    return str(PythonIdentifier(name, "_"))


def need_name(name: str, others: Iterable[str], own: Collection[str] = OWN_OF_MODELS) -> None:
    """See that the generated client can call a field or a parameter by its name, and nothing else so.

    Raises:
        DriftError: it can't.
    """
    taken = {python_name(other) for other in others if other != name}
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) or python_name(name) in {*own, *taken}:
        raise DriftError(
            f"{name!r} is no name that the generated client can use beside its own and the others"
        )


def exact(shape: Shape, names: Names, prefix: str = "") -> dict[str, Any]:
    """A schema that takes the values of this shape, and no others.

    Raises:
        DriftError: it would have no end.
    """
    if shape.any:
        return {}
    if id(shape) in names.open or len(names.open) > DEEPEST:
        raise DriftError("its schema holds itself without a name")
    names.open.add(id(shape))
    try:
        parts = [part for part in shape.parts if part.kind != "null"]
        members = [member for part in parts for member in _exact(part, names, prefix)]
    finally:
        names.open.remove(id(shape))
    if not shape.parts:
        return {"enum": []}
    if "null" not in shape.kinds:
        return members[0] if len(members) == 1 else {"anyOf": members}
    if not members:
        return dict(NULL)
    if len(members) == 1 and isinstance(members[0].get("type"), str) and "enum" not in members[0]:
        return {**members[0], "type": [members[0]["type"], "null"]}
    return {"anyOf": [*members, NULL]}


def _exact(part: Part, names: Names, prefix: str) -> list[dict[str, Any]]:
    if part.kind == "object" and part.fields:
        return [names.given(part, prefix)]
    schema: dict[str, Any] = {"type": part.kind, **part.limits}
    if part.format:
        schema["format"] = part.format
    if part.items is not None:
        schema["items"] = exact(part.items, names, prefix)
    if part.kind == "object" and (part.extra is None or not part.extra.any):
        schema["additionalProperties"] = part.extra is not None and exact(part.extra, names, prefix)
    if part.values is None:
        return [schema]
    named = {**schema, "enum": list(part.values)}
    return [schema, named] if part.open else [named]


def object_of(part: Part, names: Names, prefix: str = "") -> dict[str, Any]:
    """The schema of an object with fields."""
    schema: dict[str, Any] = {"type": "object"}
    if required := [name for name, field in part.fields.items() if field.required]:
        schema["required"] = required
    for name in () if prefix else part.fields:
        need_name(name, part.fields)
    schema["properties"] = {name: field_of(field, names, prefix) for name, field in part.fields.items()}
    if part.extra is None:
        schema["additionalProperties"] = False
    elif part.is_map and not part.extra.any:
        schema["additionalProperties"] = exact(part.extra, names, prefix)
    if part.closed:
        schema["enum"] = list(part.values or ())
    return {**schema, **part.limits}


def field_of(field: Field, names: Names, prefix: str = "") -> dict[str, Any]:
    """The schema of a field, with what is said beside its form."""
    schema = exact(field.shape, names, prefix)
    if field.default is not None:
        schema["default"] = field.default
    if field.deprecated:
        schema["deprecated"] = True
    return schema


def without_defaults(schema: Any) -> Any:
    """What the contract says of what is sent: the same, but left out is left out."""
    if isinstance(schema, list):
        return [without_defaults(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {}
    for key, value in schema.items():
        if key == "properties":
            kept[key] = {name: without_defaults(inner) for name, inner in value.items()}
        elif key in {"items", "additionalProperties", "anyOf"}:
            kept[key] = without_defaults(value)
        elif key != "default":
            kept[key] = value
    return kept


def without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """What the contract says of a query, which has no null."""
    kinds = [kind for kind in schema.get("type", ()) if kind != "null"]
    members = [member for member in schema.get("anyOf", ()) if member != NULL]
    if isinstance(schema.get("type"), list):
        return {**schema, "type": kinds[0] if len(kinds) == 1 else kinds}
    if members:
        rest = {key: value for key, value in schema.items() if key != "anyOf"}
        return {**rest, **(members[0] if len(members) == 1 else {"anyOf": members})}
    return schema


def opened(shape: Shape) -> dict[str, Any]:
    """What the contract says of a field of an answer: its kind at most, and that it may be null."""
    kinds = sorted(shape.kinds - {"null"})
    if kinds and not shape.any and set(kinds) <= OPEN:
        return {"type": [*kinds, "null"]}
    parts = [part for part in shape.parts if part.kind != "null"]
    if len(parts) == 1 and parts[0].kind == "array" and parts[0].items is not None:
        inner = opened(parts[0].items)
        if "type" in inner:
            return {"type": ["array", "null"], "items": inner}
    return {"description": "Whatever the vendor's document says of it is in deviations.yaml."}


def opened_object(part: Part) -> dict[str, Any]:
    """What the contract says of an object that is answered.

    Raises:
        DriftError: the generated client can't name its fields.
    """
    for name in part.fields:
        need_name(name, part.fields)
    return {
        "type": "object",
        "properties": {name: opened(field.shape) for name, field in part.fields.items()},
    }


def patch_between(ours: Any, theirs: Any) -> Any:
    """The merge patch that makes one out of the other; None when there is no need of one."""
    if not isinstance(ours, dict) or not isinstance(theirs, dict):
        return None if canonical(ours) == canonical(theirs) else theirs
    patch: dict[str, Any] = dict.fromkeys(
        name for name in ours if name not in theirs and name != "description"
    )
    for name, value in theirs.items():
        if name not in ours:
            patch[name] = value
        elif (change := patch_between(ours[name], value)) is not None:
            patch[name] = change
    return patch or None
