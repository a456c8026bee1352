"""Graphs as people pass them in: a mapping, JSON text, a file. Reads files, so it is called off the loop."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import orjson

from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.graphs.formats import Graphs, graphs_in

__all__ = ["GivenGraph", "GraphLike", "read_graph", "read_object_info"]

GraphLike = Mapping[str, Any] | str | bytes | os.PathLike[str]
"""A graph in API or UI format: a mapping, JSON text, or the path of a JSON file."""

MOST_BYTES: Final = 64 << 20


@attrs.frozen
class GivenGraph:
    """A graph that was passed in, and the name of its file."""

    graphs: Graphs
    name: str | None = None


def read_graph(given: Any) -> GivenGraph:
    """The graph that was given.

    Raises:
        InvalidInput: there is no such file, it is no JSON, or neither of ComfyUI's formats.
    """
    value, name = _json_of(given, "A workflow is given as a mapping, JSON text or a path")
    what = "What was given" if name is None else f"{name}.json"
    return GivenGraph(graphs_in(value, what), name)


def read_object_info(given: Any) -> dict[str, Any]:
    """What a ComfyUI server says of its node classes, from a mapping or the file of ``GET /object_info``.

    Raises:
        InvalidInput: it is something else.
    """
    value, _ = _json_of(given, "object_info is given as a mapping, a path or a machine")
    if not isinstance(value, Mapping) or not all(
        isinstance(one, Mapping) and "input" in one for one in value.values()
    ):
        raise InvalidInput(
            "This is no object_info: save what GET /object_info of a ComfyUI server answers, {class: {input: …}}."
        )
    return dict(value)


def _json_of(given: Any, what: str) -> tuple[Any, str | None]:
    if isinstance(given, Mapping):
        return given, None
    if isinstance(given, str) and given.lstrip()[:1] in {"{", "["}:
        return _loads(given, "The text"), None
    if isinstance(given, bytes | bytearray | memoryview):
        return _loads(bytes(given), "What was given"), None
    if isinstance(given, str | os.PathLike):
        path = Path(given).expanduser()
        return _loads(_content(path), path.name), path.name.removesuffix(".json")
    raise InvalidInput(f"{what}, not as {type(given).__name__}.")


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise InvalidInput(f"Can't read {str(path)!r}: {why}.") from None
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
