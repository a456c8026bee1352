"""What is wrong with the parameters of a request, by the part of JSON Schema that its description uses. Pure.

``jsonschema`` would do, and takes seconds to be imported where its helpers for formats are installed; the tests compare.
"""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, Final

from stationthis_sdk.bots.stdio.definitions import DEFINITIONS, Schema
from stationthis_sdk.names import near

__all__ = ["KNOWN", "problems_of"]

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
    "array": (list,),
    "object": (dict,),
}
KNOWN: Final = frozenset(
    {
        "$ref", "additionalProperties", "anyOf", "description", "enum", "exclusiveMinimum", "items", "maximum",
        "minItems", "minLength", "minimum", "properties", "required", "type",
    }
)  # fmt: skip
"""The words that are understood here; a test holds the descriptions to them."""


def problems_of(value: Any, schema: Schema) -> list[str]:
    """What does not fit, a sentence each, the first ten; no value is in them, for it may be a picture, or a secret.

    >>> wanted = {"type": "object", "properties": {"limit": {"type": "integer", "minimum": 1}}, "additionalProperties": False}
    >>> problems_of({"limit": 0}, wanted), problems_of({"limti": 3}, wanted)
    (['limit: wants 1 or more.'], ["There is no 'limti'; did you mean 'limit'?"])
    """
    return [*itertools.islice(_problems(value, schema, ""), 10)]


def _problems(value: Any, schema: Schema, place: str) -> Iterator[str]:
    if "$ref" in schema:
        schema = DEFINITIONS[schema["$ref"].rpartition("/")[2]]
    kinds = schema.get("type", ())
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(value, kind) for kind in kinds):
        yield _said(place, f"wants {' or '.join(kinds)}")
        return
    if "enum" in schema and value not in schema["enum"]:
        yield _said(place, f"is one of {', '.join(map(str, schema['enum']))}")
    if "anyOf" in schema and not any(not [*_problems(value, one, place)] for one in schema["anyOf"]):
        wanted = [one["required"][0] for one in schema["anyOf"] if "required" in one]
        yield _said(place, f"one of {', '.join(wanted)} is missing" if wanted else "has the wrong form")
    if isinstance(value, dict):
        yield from _of_object(value, schema, place)
    elif isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            yield _said(place, f"wants {schema['minItems']} or more of them")
        for number, one in enumerate(value):
            yield from _problems(one, schema.get("items", {}), f"{place}[{number}]")
    elif isinstance(value, str):
        if len(value) < schema.get("minLength", 0):
            yield _said(place, "is empty")
    elif not isinstance(value, bool) and value is not None:
        yield from _of_number(value, schema, place)


def _of_object(value: Mapping[str, Any], schema: Schema, place: str) -> Iterator[str]:
    fields: Mapping[str, Schema] = schema.get("properties", {})
    more = schema.get("additionalProperties", True)
    for name in schema.get("required", ()):
        if name not in value:
            yield _said(place, f"{name} is missing")
    for name, one in value.items():
        where = f"{place}.{name}" if place else name
        if name in fields:
            yield from _problems(one, fields[name], where)
        elif isinstance(more, dict):
            yield from _problems(one, more, where)
        elif not more:
            close = near(name, [*fields])
            hint = f"; did you mean {close[0]!r}?" if close else ""
            yield _said(place, f"there is no {name[:50]!r}{hint}")


def _of_number(value: float, schema: Schema, place: str) -> Iterator[str]:
    if (least := schema.get("minimum")) is not None and value < least:
        yield _said(place, f"wants {least} or more")
    if (above := schema.get("exclusiveMinimum")) is not None and value <= above:
        yield _said(place, f"wants more than {above}")
    if (most := schema.get("maximum")) is not None and value > most:
        yield _said(place, f"wants {most} or less")


def _is(value: Any, kind: str) -> bool:
    if kind == "integer":
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        return whole and not isinstance(value, bool)
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _said(place: str, what: str) -> str:
    text = f"{place}: {what}" if place else f"{what[:1].upper()}{what[1:]}"
    return text if text.endswith("?") else f"{text}."
