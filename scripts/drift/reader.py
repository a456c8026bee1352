"""Reading schemas: every way of OpenAPI 3.0 and 3.1 to write the same down gives the same shape."""

from __future__ import annotations

from typing import Any

import attrs

from drift.shapes import ALL, Field, Met, Part, Shape, both, either, group
from drift.source import DriftError, resolve

OPAQUE = {
    "array": ("prefixItems", "contains", "unevaluatedItems"),
    "object": ("patternProperties", "propertyNames", "dependentRequired", "unevaluatedProperties"),
    "string": ("contentEncoding", "contentMediaType"),
}
LIMITS = {
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "string": ("minLength", "maxLength", "pattern", *OPAQUE["string"]),
    "array": ("minItems", "maxItems", "uniqueItems", *OPAQUE["array"]),
    "object": ("minProperties", "maxProperties", *OPAQUE["object"]),
}
CONSTRAINTS = {
    *(keyword for keywords in LIMITS.values() for keyword in keywords),
    *(
        "type",
        "enum",
        "const",
        "format",
        "nullable",
        "items",
        "properties",
        "required",
        "additionalProperties",
    ),
    *("anyOf", "oneOf", "allOf"),
}


# Unions of unions grow without end; the vendor's largest has six forms.
MANY = 500


class Reader:
    """Makes shapes out of the schemas of one document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self._shapes: dict[int, Shape] = {}
        self._met: dict[frozenset[int], Met] = {}
        # The schemas being read, to see when one leads to itself.
        self._open: set[int] = set()

    def shape(self, schema: Any, pointer: tuple[str, ...] = ()) -> Shape:
        """The shape of a schema; the same one each time it is asked for."""
        known = self._shapes.get(id(schema))
        if known is None or known.schema is not schema:
            known = self._shapes[id(schema)] = Shape(self, schema, pointer)
        return known

    def met(self, *shapes: Shape) -> Shape:
        """The shape of what all take; the same one each time, so that what holds itself comes to an end."""
        sides = {
            id(side): side
            for shape in shapes
            for side in (shape.sides if isinstance(shape, Met) else (shape,))
            if not side.blank
        }
        if len(sides) < 2:
            return next(iter(sides.values()), shapes[0])
        key = frozenset(sides)
        if key not in self._met:
            self._met[key] = Met(self, tuple(sides.values()))
        return self._met[key]

    def parts(self, schema: Any, pointer: tuple[str, ...]) -> list[Part]:
        """The parts of a schema.

        Raises:
            DriftError: it is no schema, or leads to itself, or has no end of forms.
        """
        if schema is False:
            return []
        if schema is True or schema is None:
            schema = {}
        if not isinstance(schema, dict):
            raise DriftError(f"/{'/'.join(pointer)}: a schema is a mapping, this is not")
        if id(schema) in self._open:
            raise DriftError(f"/{'/'.join(pointer)} leads to nothing but itself")
        self._open.add(id(schema))
        try:
            return self._parts(schema, pointer)
        finally:
            self._open.remove(id(schema))

    def _parts(self, schema: dict[str, Any], pointer: tuple[str, ...]) -> list[Part]:
        found = self._own(schema, pointer)
        reference = schema.get("$ref")
        if isinstance(reference, str):
            target, way = resolve(self.document, reference)
            inner = self.shape(target, way).parts
            named = [attrs.evolve(part, name=part.name or way[-1]) for part in inner]
            found = both(found, named) if schema.keys() & CONSTRAINTS else named
        for number, member in enumerate(_listed(schema, "allOf", pointer)):
            found = both(found, self.shape(member, (*pointer, "allOf", str(number))).parts)
            _need_end(found, pointer)
        for union in ("anyOf", "oneOf"):
            if members := _listed(schema, union, pointer):
                forms: list[Part] = []
                for number, member in enumerate(members):
                    forms += self.shape(member, (*pointer, union, str(number))).parts
                    _need_end(forms, pointer)
                found = both(found, either(forms))
        if schema.get("nullable") is True and not any(part.kind == "null" for part in found):
            found.append(Part("null"))
        return found

    def _own(self, schema: dict[str, Any], pointer: tuple[str, ...]) -> list[Part]:
        """The parts that the schema's own keywords allow, those of its unions left aside."""
        kinds = _kinds(schema, pointer)
        values = [schema["const"]] if "const" in schema else schema.get("enum")
        if values is not None and not isinstance(values, list):
            raise DriftError(f"/{'/'.join(pointer)}: enum is a list")
        found = []
        for kind in kinds:
            mine: tuple[Any, ...] | None = None
            if values is not None and kind != "null":
                mine = tuple(value for value in values if group(_kind(value)) == group(kind))
                if not mine:
                    continue
            found.append(self._part(kind, schema, pointer, mine))
        return found

    def _part(
        self, kind: str, schema: dict[str, Any], pointer: tuple[str, ...], values: tuple[Any, ...] | None
    ) -> Part:
        limits = {keyword: schema[keyword] for keyword in LIMITS.get(group(kind), ()) if keyword in schema}
        form = schema.get("format") if kind in {"string", "number", "integer"} else None
        if limits.get("contentMediaType") == "application/octet-stream":
            # How OpenAPI 3.1 spells what 3.0 called binary.
            form = form or "binary"
            del limits["contentMediaType"]
        for exclusive, plain in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
            # OpenAPI 3.0 says by a boolean whether the limit itself is meant.
            if isinstance(limits.get(exclusive), bool) and limits.pop(exclusive) and plain in limits:
                limits[exclusive] = limits.pop(plain)
        if limits.get("uniqueItems") is False:
            del limits["uniqueItems"]
        items = self.shape(schema.get("items", True), (*pointer, "items")) if kind == "array" else None
        fields: dict[str, Field] = {}
        extra: Shape | None = None
        if kind == "object":
            fields = self._fields(schema, pointer)
            additional = schema.get("additionalProperties", True)
            extra = (
                None if additional is False else self.shape(additional, (*pointer, "additionalProperties"))
            )
        is_map = extra is not None and (
            not fields or schema.get("additionalProperties", True) not in (True, {})
        )
        return Part(
            kind,
            pointer=pointer,
            values=values,
            format=form,
            limits=limits,
            items=items,
            fields=fields,
            extra=extra,
            is_map=is_map,
        )

    def _fields(self, schema: dict[str, Any], pointer: tuple[str, ...]) -> dict[str, Field]:
        declared = mapping(schema.get("properties", {}), (*pointer, "properties"))
        required = schema.get("required", ())
        required = required if isinstance(required, list | tuple) else ()
        return {
            str(name): self.field(inner, (*pointer, "properties", str(name)), required=name in required)
            for name, inner in declared.items()
        }

    def field(self, schema: Any, pointer: tuple[str, ...], *, required: bool) -> Field:
        """A field or a parameter of this schema."""
        default, deprecated = self._said(schema, "default"), self._said(schema, "deprecated") is True
        return Field(self.shape(schema, pointer), required, default, deprecated)

    def _said(self, schema: Any, keyword: str) -> Any:
        """A note on a schema, that it gives itself or takes over from what it refers to."""
        for _ in range(9):
            if not isinstance(schema, dict):
                return None
            if keyword in schema:
                return schema[keyword]
            members = _listed(schema, "allOf", ())
            inner = schema if "$ref" in schema else members[0] if len(members) == 1 else None
            if not isinstance(inner, dict):
                return None
            schema = resolve(self.document, inner["$ref"])[0] if isinstance(inner.get("$ref"), str) else inner
        return None


def _need_end(parts: list[Part], pointer: tuple[str, ...]) -> None:
    if len(parts) > MANY:
        raise DriftError(f"/{'/'.join(pointer)} has more than {MANY} forms: that is no schema to compare")


def mapping(node: Any, pointer: tuple[str, ...]) -> dict[Any, Any]:
    """The node itself.

    Raises:
        DriftError: it is no mapping.
    """
    if not isinstance(node, dict):
        raise DriftError(f"/{'/'.join(pointer)}: a mapping is needed here")
    return node


def _listed(schema: dict[str, Any], keyword: str, pointer: tuple[str, ...]) -> list[Any]:
    members = schema.get(keyword, [])
    if not isinstance(members, list):
        raise DriftError(f"/{'/'.join(pointer)}: {keyword} is a list")
    return members


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "array" if isinstance(value, list) else "object" if isinstance(value, dict) else "string"


def _kinds(schema: dict[str, Any], pointer: tuple[str, ...]) -> list[str]:
    declared = schema.get("type")
    if isinstance(declared, str):
        kinds = [declared]
    elif isinstance(declared, list):
        kinds = [str(kind) for kind in declared]
    elif "const" in schema:
        kinds = [_kind(schema["const"])]
    elif isinstance(schema.get("enum"), list):
        kinds = [_kind(value) for value in schema["enum"]]
    elif schema.keys() & {"properties", "additionalProperties"}:
        kinds = ["object"]
    elif "items" in schema:
        kinds = ["array"]
    else:
        return list(ALL)
    if not {*kinds} <= {*ALL, "integer"}:
        raise DriftError(f"/{'/'.join(pointer)}: type {' '.join(kinds)} is not of OpenAPI 3")
    if "number" in kinds and "integer" in kinds:
        kinds.remove("integer")
    return list(dict.fromkeys(kinds))
