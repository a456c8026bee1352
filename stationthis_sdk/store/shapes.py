"""Answers as JSON on disk, and back: only in the very shape this version of the SDK has."""

import hashlib
from collections.abc import Iterator
from functools import cache
from typing import Any, Final, get_args

import attrs
import orjson

from stationthis_sdk import __version__

__all__ = ["decode", "encode", "shape_name", "tells_of"]

_TABLE: Final = dict[str, float]
"""Numbers by their names: JSON as it is. The end of every first run reads such a copy, of prices, and nothing else."""


@cache
def _converter() -> Any:
    from cattrs.preconf.orjson import make_converter  # noqa: PLC0415 - 50 ms that only copies need

    return make_converter(forbid_extra_keys=True)


def encode(value: Any, shape: Any) -> bytes:
    """The answer as JSON."""
    if shape == _TABLE:
        return orjson.dumps(value)
    written: bytes = _converter().dumps(value, unstructure_as=shape)
    return written


def decode(content: bytes, shape: Any) -> Any:
    """The answer again.

    Raises:
        ValueError: it is no JSON of this shape.
    """
    try:
        if shape == _TABLE:
            return {name: float(number) for name, number in orjson.loads(content).items()}
        return _converter().loads(content, shape)
    except Exception as error:  # noqa: BLE001 - cattrs raises groups of whatever its parts raise
        raise ValueError(f"a copy has another shape: {type(error).__name__}") from None


def tells_of(content: bytes, name: str) -> bool:
    """Whether a copy is of something with this id, name or path, or lists it; names are compared as people do.

    >>> tells_of(b'[{"id": "7", "name": "Ink Wash"}]', "ink-wash"), tells_of(b'{"id": "7"}', "8")
    (True, False)
    """
    from stationthis_sdk.names import loosely  # noqa: PLC0415 - few ask

    try:
        told = orjson.loads(content)
    except orjson.JSONDecodeError:
        return False
    return any(
        isinstance(one, dict)
        and (
            name in (one.get("id"), one.get("workflow_id"), one.get("path"))
            or (isinstance(one.get("name"), str) and loosely(one["name"]) == loosely(name))
        )
        for one in (told if isinstance(told, list) else [told])
    )


@cache
def shape_name(shape: Any) -> str:
    """A short name of a shape: another one as soon as a field of it changes, or the SDK's version.

    >>> shape_name(tuple[int, ...]) == shape_name(tuple[str, ...])
    False
    """
    parts = [__version__, *_parts(shape, set())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _parts(shape: Any, seen: set[Any]) -> Iterator[str]:
    yield str(shape)
    for inner in get_args(shape):
        yield from _parts(inner, seen)
    if attrs.has(shape) and shape not in seen:
        seen.add(shape)
        attrs.resolve_types(shape)
        for field in attrs.fields(shape):
            yield f"{field.name}: {field.type}"
            yield from _parts(field.type, seen)
