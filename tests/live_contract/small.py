"""Small contracts, and JSON of every kind."""

from typing import Any

from hypothesis import strategies as st

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.uuids().map(str)
    | st.datetimes().map(str),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)

THING = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string"},
        "name": {"type": ["string", "null"]},
        "part": {"anyOf": [{"$ref": "#/components/schemas/Part"}, {"type": "null"}]},
        "parts": {
            "type": ["array", "null"],
            "items": {"anyOf": [{"$ref": "#/components/schemas/Part"}, {"type": "null"}]},
        },
        "labels": {"type": "object", "additionalProperties": {"type": "integer"}},
        "graph": {},
    },
}
PART = {
    "type": "object",
    "properties": {"size": {"type": ["integer", "null"]}, "inner": {"$ref": "#/components/schemas/Part"}},
}
THINGS = {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}


def contract(paths: dict[str, Any] | None = None) -> dict[str, Any]:
    """A document of these paths, with things and their parts."""
    return {
        "openapi": "3.1.0",
        "paths": paths or {},
        "components": {"schemas": {"Thing": THING, "Part": PART}},
    }


def get(
    name: str,
    schema: Any,
    *,
    parameters: list[dict[str, Any]] | None = None,
    links: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A path item with one read operation; ``links`` maps each target to its parameters."""
    good = {
        "content": {"application/json": {"schema": schema}},
        "links": {
            target: {"operationId": target, "parameters": told} for target, told in (links or {}).items()
        },
    }
    return {
        "get": {
            "operationId": name,
            "parameters": parameters or [],
            "responses": {"200": good, "404": {}, "500": {}},
            **more,
        }
    }


def in_path(name: str, **more: Any) -> dict[str, Any]:
    """A path parameter."""
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, **more}


def in_query(name: str, **more: Any) -> dict[str, Any]:
    """A query parameter."""
    return {"name": name, "in": "query", "schema": {"type": "string"}, **more}
