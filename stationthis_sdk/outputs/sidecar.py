"""Names of saved files, the JSON beside them, and the way back from a file to its inputs.

A name is made of the deployment's name and the seed; nothing the service calls a file gets into a path.
"""

import contextlib
import hashlib
import json
import mimetypes
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import orjson

from stationthis_sdk.entities import OutputItem
from stationthis_sdk.errors import InvalidInput, SaveFailed
from stationthis_sdk.outputs.normalise import extension_of
from stationthis_sdk.outputs.numbers import numbered
from stationthis_sdk.shown import Shown
from stationthis_sdk.store.atomic import put_new, write_atomically

__all__ = [
    "Origin",
    "SavedRun",
    "at_home",
    "keep",
    "read_saved",
    "ready_folder",
    "sidecar_of",
    "unsigned",
    "write_sidecar",
]

_FORMAT: Final = 1
_MAX_SIDECAR: Final = 16 << 20


@attrs.frozen
class Origin:
    """Where an output comes from: enough to name it and to make it again."""

    run_id: str
    deployment: str | None = None
    deployment_id: str | None = None
    workflow_id: str | None = None
    workflow_version_id: str | None = None
    inputs: Mapping[str, Any] = attrs.field(factory=dict)
    seed: int | None = None
    machine_id: str | None = None
    cost: float | None = None


@attrs.frozen
class SavedRun(Shown):
    """What a saved file tells of its run. ``source`` is sidecar, or embedded for ComfyUI's own note in a picture.

    ``run_id`` and ``deployment`` are None when only ComfyUI's note was found; ``graph`` is then its API graph.
    ``cost`` is the run's estimated cost in US dollars, None where it was not known.
    """

    path: Path
    source: str
    inputs: dict[str, Any]
    run_id: str | None = None
    deployment: str | None = None
    deployment_id: str | None = None
    workflow_version_id: str | None = None
    graph: dict[str, Any] | None = attrs.field(default=None, repr=False)
    cost: float | None = None


def at_home(path: str | Path) -> Path:
    """The path with its ``~`` resolved.

    Raises:
        SaveFailed: that user has no home.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise SaveFailed(f"Can't use {str(path)!r}: {error}") from None


def ready_folder(folder: Path) -> Path:
    """The folder, made when missing.

    Raises:
        SaveFailed: it can't be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise SaveFailed(
            f"Can't make the folder {folder}: {getattr(error, 'strerror', None) or error}."
        ) from None
    return folder


def keep(file: Path, folder: Path, item: OutputItem, origin: Origin, place: int | None) -> Path:
    """Move a finished file to the first name in ``folder`` that is free or holds this very output already.

    Two savers never get the same name, in whatever threads or processes they are.
    """
    stem = (
        _slug(origin.deployment or "run")
        + f"-{_slug(origin.run_id[:8]) if origin.seed is None else origin.seed}"
    )
    if place is not None:
        stem += f"-{place + 1}"
    names, this = numbered(folder, stem, _ending(item)), _identity_of(item, origin, file)
    for candidate in names.places(this):
        found = _identity_at(candidate)
        if found == this:
            names.saw(candidate, this)
            return file.replace(candidate)
        if not sidecar_of(candidate).exists():  # else somebody's own JSON stands where ours would go
            with contextlib.suppress(FileExistsError):
                put_new(file, candidate)
                names.saw(candidate, this)
                return candidate
        names.saw(candidate, found)
    raise AssertionError("there is always a next name")


def sidecar_of(path: Path) -> Path:
    """Where the JSON of a saved file is."""
    return path.with_name(path.name + ".json")


def write_sidecar(path: Path, item: OutputItem, origin: Origin, sha256: str) -> Path:
    """Put the JSON beside a saved file; no link with a signature and no key is in it."""
    note = {
        "stationthis": _FORMAT,
        "run_id": origin.run_id,
        "deployment": origin.deployment,
        "deployment_id": origin.deployment_id,
        "workflow_id": origin.workflow_id,
        "workflow_version_id": origin.workflow_version_id,
        "machine_id": origin.machine_id,
        "inputs": {name: unsigned(value) for name, value in origin.inputs.items()},
        "cost": origin.cost,
        "output": _note_of(item),
        "sha256": sha256,
    }
    target = sidecar_of(path)
    write_atomically(target, orjson.dumps(note, option=orjson.OPT_INDENT_2) + b"\n")
    return target


def _note_of(item: OutputItem) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "name": item.output_id,
        "node_id": item.node_id,
        "entry_id": item.entry_id,
        "filename": item.filename,
    }


def read_saved(path: Path) -> SavedRun:
    """Read the inputs back: from the JSON beside the file, else from the note ComfyUI puts into pictures.

    Raises:
        InvalidInput: no such file, or it tells nothing.
    """
    path = path.expanduser()
    if not path.is_file():
        raise InvalidInput(f"There is no file {str(path)!r}.")
    note = _read_note(path) if path.suffix == ".json" else None
    note = note or _read_note(sidecar_of(path))
    if note is not None:
        return SavedRun(
            path,
            "sidecar",
            dict(note["inputs"]),
            run_id=_text(note.get("run_id")),
            deployment=_text(note.get("deployment")),
            deployment_id=_text(note.get("deployment_id")),
            workflow_version_id=_text(note.get("workflow_version_id")),
            cost=_amount(note.get("cost")),
        )
    embedded = dict(_embedded(path))
    graph = embedded.get("prompt")
    if not isinstance(graph, dict):
        raise InvalidInput(
            f"{path.name} tells nothing of its run: no {sidecar_of(path).name} beside it, and no ComfyUI note in it."
        )
    return SavedRun(path, "embedded", _inputs_of_graph(graph, embedded.get("workflow")), graph=graph)


def _amount(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _read_note(path: Path) -> dict[str, Any] | None:
    try:
        if not path.is_file() or path.stat().st_size > _MAX_SIDECAR:
            return None
        note = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    ours = (
        isinstance(note, dict) and note.get("stationthis") == _FORMAT and isinstance(note.get("inputs"), dict)
    )
    return note if ours else None


def _embedded(path: Path) -> Iterator[tuple[str, Any]]:
    """ComfyUI's notes: PNG text chunks ``prompt`` and ``workflow``; in WebP, EXIF tags ``prompt:…`` and ``workflow:…``."""
    try:
        from PIL import Image  # noqa: PLC0415 - only who reads a picture back needs it
    except ImportError:
        return
    try:
        with Image.open(path) as image:
            texts = [f"{name}:{value}" for name, value in image.info.items() if isinstance(value, str)]
            texts += [value for value in image.getexif().values() if isinstance(value, str)]
    except Exception:  # noqa: BLE001 - Pillow raises whatever a damaged file leads to
        return
    for text in texts:
        name, _, value = text.partition(":")
        if name in {"prompt", "workflow"}:
            try:
                # Python's reader, not orjson: ComfyUI writes NaN.
                yield name, json.loads(value.rstrip("\x00"))
            except (ValueError, RecursionError):
                continue


def _inputs_of_graph(graph: dict[str, Any], workflow: Any) -> dict[str, Any]:
    """The inputs a graph was run with.

    The plugin writes a value over the node's ``input_id`` as well, so names come from the editor's own copy of the
    workflow, whose first widget is the name. A graph without external inputs gives its literals as ``node.field``.
    """
    from stationthis_sdk.graphs.external import external_inputs, is_link  # noqa: PLC0415 - few read pictures back

    names = _names_in(workflow)
    inputs: dict[str, Any] = {}
    for node_id, node in graph.items():
        if not isinstance(node, Mapping) or not isinstance(node.get("inputs"), Mapping):
            continue
        # A number in input_id would hide the node: a stand-in name lets the reader see it.
        shown = {**node, "inputs": {**node["inputs"], "input_id": str(node_id)}}
        for field in external_inputs({str(node_id): shown}):
            value = node["inputs"].get(field.external.lands_in)
            written = node["inputs"].get("input_id")
            name = names.get(str(node_id)) or (
                written if isinstance(written, str) and written != value else None
            )
            if field.external.lands_in == "input_id" and value == name:
                # No value was written over the name: the default was used.
                value = field.default
            if not is_link(value) and value is not None:
                inputs[name or f"{node_id}"] = value
    if inputs:
        return inputs
    return {
        f"{node_id}.{name}": value
        for node_id, node in graph.items()
        if isinstance(node, Mapping) and isinstance(node.get("inputs"), Mapping)
        for name, value in node["inputs"].items()
        if not is_link(value)
    }


def _names_in(workflow: Any) -> dict[str, str]:
    nodes = workflow.get("nodes") if isinstance(workflow, Mapping) else None
    names: dict[str, str] = {}
    for node in nodes if isinstance(nodes, list) else []:
        widgets = node.get("widgets_values") if isinstance(node, Mapping) else None
        if isinstance(widgets, list) and widgets and isinstance(widgets[0], str):
            names[str(node.get("id"))] = widgets[0]
    return names


def unsigned(value: Any) -> Any:
    """A link without its signature: that is a key for an hour, and worth nothing afterwards."""
    if not isinstance(value, str) or not value.startswith(("http://", "https://")):
        return value
    link, _, query = value.partition("?")
    return link if re.search(r"(?i)signature|credential|token|(^|&)sig=", query) else value


def _identity_of(item: OutputItem, origin: Origin, file: Path) -> str:
    """What makes it this very output: a text has no name of its own, so its content tells."""
    content = None if item.text is None else hashlib.sha256(file.read_bytes()).hexdigest()
    return _identity(origin.run_id, _note_of(item), content)


def _identity_at(path: Path) -> str | None:
    """The same of what a name holds already; None where there is nothing, or no JSON of ours tells."""
    note = _read_note(sidecar_of(path)) if path.is_file() else None
    if note is None or not isinstance(output := note.get("output"), dict):
        return None
    return _identity(note.get("run_id"), output, note.get("sha256") if output.get("kind") == "text" else None)


def _identity(run_id: Any, output: dict[str, Any], content: Any) -> str:
    return json.dumps([run_id, output, content], sort_keys=True)


def _ending(item: OutputItem) -> str:
    if item.kind == "text":
        return ".txt"
    known = extension_of(item.filename) or extension_of(item.url or "")
    return f".{known}" if known else mimetypes.guess_extension(item.mime or "") or ".bin"


def _slug(name: str) -> str:
    return re.sub(r"[^\w]+", "-", name, flags=re.ASCII).strip("-").lower()[:80] or "run"


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
