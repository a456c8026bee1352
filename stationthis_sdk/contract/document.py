"""What an OpenAPI document says of a place in an answer: references followed, alternatives side by side. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import attrs

__all__ = ["MISSING", "Document", "Fields", "kind_of", "pointed"]

MISSING: Final[Any] = object()
"""What a pointer that leads nowhere gives."""


@attrs.frozen
class Fields:
    """What is said of an object: its named fields, and what all others are when it is a map."""

    named: Mapping[str, Sequence[Any]]
    others: Sequence[Any]
    is_map: bool


@attrs.frozen
class Document:
    """An OpenAPI document."""

    content: Mapping[str, Any]

    def resolved(self, thing: Any) -> Any:
        """A thing, or what it refers to.

        Raises:
            ValueError: it refers to nothing.
        """
        seen: set[str] = set()
        while isinstance(thing, Mapping) and isinstance(reference := thing.get("$ref"), str):
            target = pointed(self.content, reference[1:]) if reference.startswith("#") else MISSING
            if target is MISSING or reference in seen:
                raise ValueError(f"the contract refers to nothing: {reference}")
            seen.add(reference)
            thing = target
        return thing

    def plain(self, schemas: Iterable[Any]) -> list[Mapping[str, Any]]:
        """Every schema that these come down to."""
        found: list[Mapping[str, Any]] = []
        waiting, seen = list(schemas), set[int]()
        while waiting:
            schema = waiting.pop(0)
            if not isinstance(schema, Mapping) or id(schema) in seen:
                continue
            seen.add(id(schema))
            found.append(schema)
            if "$ref" in schema:
                waiting.append(self.resolved(schema))
            for word in ("allOf", "anyOf", "oneOf"):
                waiting += schema.get(word, ())
        return found

    def fields(self, schemas: Iterable[Any]) -> Fields:
        """What is said of an object there."""
        named: dict[str, list[Any]] = {}
        others: list[Any] = []
        is_map = False
        for schema in self.plain(schemas):
            for name, field in schema.get("properties", {}).items():
                named.setdefault(name, []).append(field)
            more = schema.get("additionalProperties", False)
            is_map = is_map or more is not False
            others.append(more)
        return Fields(named, others, is_map)

    def items(self, schemas: Iterable[Any]) -> list[Any]:
        """What is said of the elements of a list there."""
        return [schema["items"] for schema in self.plain(schemas) if "items" in schema]

    def kinds(self, schemas: Iterable[Any]) -> list[str]:
        """Which kinds of JSON may stand there, as far as it is said; null last."""
        found: dict[str, None] = {}
        for schema in self.plain(schemas):
            kinds = schema.get("type", ())
            found.update(dict.fromkeys([kinds] if isinstance(kinds, str) else kinds))
        return sorted(found, key=lambda kind: kind == "null")


def pointed(value: Any, pointer: str) -> Any:
    """What a JSON pointer (RFC 6901) leads to, else MISSING.

    >>> pointed({"a/b": [{"id": 7}]}, "/a~1b/0/id")
    7
    """
    if pointer and not pointer.startswith("/"):
        return MISSING
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and len(name) < 9 and int(name) < len(value):
            value = value[int(name)]
        else:
            return MISSING
    return value


def kind_of(value: Any) -> str:
    """The kind of a JSON value, in the words of JSON Schema.

    >>> [kind_of(one) for one in (None, True, 1, 0.5, "a", [], {})]
    ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object']
    """
    if value is None:
        return "null"
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    return kinds.get(type(value), "object")
