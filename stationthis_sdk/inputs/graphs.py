"""Graphs as people pass them in: a mapping, JSON text, a file. Reads files, so it is called off the loop."""

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import orjson

from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.graphs.formats import Graphs, graphs_in
from stationthis_sdk.inputs.plain import is_utf8, own_number

__all__ = ["GivenGraph", "GraphLike", "plain_json", "read_graph", "read_object_info"]

GraphLike = Mapping[str, Any] | str | bytes | os.PathLike[str]
"""A graph in API or UI format: a mapping, JSON text, or the path of a JSON file."""

MOST_BYTES: Final = 64 << 20
DEEPEST: Final = 100
"""No node nests its values like this; what loops would for ever."""


@attrs.frozen
class GivenGraph:
    """A graph that was passed in, and the name of its file."""

    graphs: Graphs
    name: str | None = None


def read_graph(given: Any) -> GivenGraph:
    """The graph that was given, as plain JSON that can be sent as it is.

    Raises:
        InvalidInput: there is no such file, it is no JSON, holds what JSON does not have, or is neither of ComfyUI's
            formats.
    """
    value, name = _json_of(given, "A workflow is given as a mapping, JSON text or a path")
    graphs = graphs_in(value, "What was given" if name is None else f"{name}.json")
    api = None if graphs.api is None else plain_json(graphs.api)
    ui = None if graphs.ui is None else plain_json(graphs.ui)
    return GivenGraph(Graphs(api, ui), name)


def read_object_info(given: Any) -> dict[str, Any]:
    """What a ComfyUI server says of its node classes, from a mapping or the file of ``GET /object_info``.

    Raises:
        InvalidInput: it is something else.
    """
    value, _ = _json_of(given, "object_info is given as a mapping, a path or a machine")
    if (
        not isinstance(value, Mapping)
        or not value
        or not all(isinstance(one, Mapping) and "input" in one for one in value.values())
    ):
        raise InvalidInput(
            "This is no object_info: save what GET /object_info of a ComfyUI server answers, {class: {input: …}}."
        )
    return dict(value)


def plain_json(value: Any) -> Any:
    """A copy of plain mappings, lists, texts, numbers, booleans and None: what JSON has, and the service takes.

    Written as it is, NaN would silently become null. numpy's numbers become Python's.

    Raises:
        InvalidInput: something else is in it; the message says where.

    >>> plain_json({"1": {"inputs": {"size": (8, 8)}}})
    {'1': {'inputs': {'size': [8, 8]}}}
    >>> plain_json({"1": {"inputs": {"x": float("nan")}}})
    Traceback (most recent call last):
    stationthis_sdk.errors.InvalidInput: 1.inputs.x of the graph is nan, which JSON does not have. Nothing was sent.
    """
    return _plain(value, "", 0)


def _plain(value: Any, place: str, depth: int) -> Any:
    value = own_number(value)
    if depth > DEEPEST:
        raise _wrong(f"{place[:80]}…", f"nested deeper than {DEEPEST} levels")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, place)
    if isinstance(value, int):
        if not -(2**63) <= value < 2**64:
            raise _wrong(place, f"a whole number of {value.bit_length()} bits; at most 64 can be sent")
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise _wrong(place, f"{float(value)!r}, which JSON does not have")
        return float(value)
    if isinstance(value, Mapping):
        return {
            _key(key, place): _plain(one, f"{place}.{key}" if place else str(key), depth + 1)
            for key, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [_plain(one, f"{place}[{number}]", depth + 1) for number, one in enumerate(value)]
    kind = f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
    raise _wrong(
        place, f"of type {kind}; it holds text, numbers, True, False, None, lists and mappings of these"
    )


def _text(value: str, place: str) -> str:
    if not is_utf8(value):
        raise _wrong(place, "text with half a character (a lone surrogate), which is no UTF-8")
    return str.__str__(value)


def _key(key: Any, place: str) -> str:
    if isinstance(key, str):
        return _text(key, f"a name in {place or 'it'}")
    where = f"{place} of the graph" if place else "The graph"
    raise InvalidInput(f"{where} has the name {key!r}: names are text, {str(key)!r}. Nothing was sent.")


def _wrong(place: str, what: str) -> InvalidInput:
    return InvalidInput(f"{place or 'All'} of the graph is {what}. Nothing was sent.")


def _json_of(given: Any, what: str) -> tuple[Any, str | None]:
    if isinstance(given, Mapping):
        return given, None
    if isinstance(given, str) and given.lstrip(" \t\r\n\ufeff")[:1] in {"{", "["}:
        return _loads(given.lstrip("\ufeff"), "The text"), None
    if isinstance(given, bytes | bytearray | memoryview):
        return _loads(bytes(given), "What was given"), None
    if isinstance(given, str | os.PathLike):
        path = Path(given)
        return _loads(_content(path), path.name), path.name.removesuffix(".json")
    raise InvalidInput(f"{what}, not as {type(given).__name__}.")


def _content(path: Path) -> bytes:
    try:
        with path.expanduser().open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: nobody of that name has a home
        why = getattr(error, "strerror", None) or error
        shown = str(path)
        raise InvalidInput(
            f"Can't read {shown if len(shown) < 300 else f'{shown[:80]}…'!r}: {why}. A graph is a mapping, the path of "
            "a file, or JSON text in braces."
        ) from None
    if len(content) > MOST_BYTES:
        raise InvalidInput(f"{path.name} is larger than {MOST_BYTES >> 20} MiB: is it a workflow?")
    return content


def _loads(content: str | bytes, what: str) -> Any:
    if isinstance(content, bytes):
        content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        hint = "a picture; pass the JSON of its workflow" if _is_picture(content) else f"no JSON: {error}"
        raise InvalidInput(f"{what} is {hint}.") from None


def _is_picture(content: str | bytes) -> bool:
    return isinstance(content, bytes) and content.startswith((b"\x89PNG", b"\xff\xd8\xff", b"RIFF"))
