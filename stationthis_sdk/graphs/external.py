"""The inputs a ComfyUI graph takes, and where their values land.

A graph in *API format* is ``{node_id: {"class_type": str, "inputs": {name: value}}}``; a value is a literal or
a link ``[node_id, output_index]``. The classes, their fields and the field a run's value lands in are those of
the comfyui-deploy plugin.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs
import orjson

__all__ = ["EXTERNAL_CLASSES", "ExternalClass", "GraphInput", "bound_of", "external_inputs", "is_link"]

Graph = Mapping[str, Any]


@attrs.frozen
class ExternalClass:
    """One class of external-input node: what its value is and where the plugin puts it.

    ``type`` is the word the service uses in ``input_types``; ``kind`` is ours and tells people more.
    ``listed`` is False for the three classes the service leaves out of ``input_types``.
    """

    type: str
    kind: str
    lands_in: str
    listed: bool = True


_P: Final = "ComfyUIDeployExternal"

EXTERNAL_CLASSES: Final[Mapping[str, ExternalClass]] = {
    f"{_P}Text": ExternalClass("string", "text", "default_value"),
    f"{_P}TextAny": ExternalClass("string", "text", "default_value"),
    f"{_P}TextSingleLine": ExternalClass("string", "text", "default_value"),
    f"{_P}Number": ExternalClass("float", "number", "input_id"),
    f"{_P}NumberInt": ExternalClass("integer", "integer", "input_id"),
    f"{_P}NumberSlider": ExternalClass("float", "number", "input_id"),
    f"{_P}NumberSliderInt": ExternalClass("integer", "integer", "input_id"),
    f"{_P}Boolean": ExternalClass("boolean", "boolean", "default_value"),
    f"{_P}Enum": ExternalClass("string", "enum", "default_value"),
    f"{_P}Seed": ExternalClass("integer", "seed", "default_value", listed=False),
    f"{_P}Image": ExternalClass("string", "image", "input_id"),
    f"{_P}ImageAlpha": ExternalClass("string", "image", "input_id"),
    f"{_P}ImageBatch": ExternalClass("string", "images", "images"),
    f"{_P}Checkpoint": ExternalClass("string", "checkpoint", "default_value"),
    f"{_P}Lora": ExternalClass("string", "lora", "lora_url"),
    f"{_P}FaceModel": ExternalClass("string", "file", "face_model_url", listed=False),
    f"{_P}Audio": ExternalClass("string", "audio", "audio_file"),
    f"{_P}EXR": ExternalClass("string", "file", "exr_file"),
    f"{_P}File": ExternalClass("string", "file", "file_url"),
    f"{_P}Vid": ExternalClass("string", "video", "input_id", listed=False),
    f"{_P}Video": ExternalClass("string", "video", "input_id"),
    "ComfyDeployWebscoketImageInput": ExternalClass("binary", "image", "default_value"),
}


_DEFAULTS: Final = (
    "default_value",
    "default_value_url",
    "default_lora_name",
    "default_face_model_name",
    "default_image",
    "default_video",
)


@attrs.frozen
class GraphInput:
    """One external-input node of a graph, as its author filled it in.

    ``default`` is the literal default, or None when there is none or it is a link; ``has_default`` is True for a
    link, too. ``options`` is None unless the node offers a readable list; ``options_text`` keeps what was written.
    """

    node_id: str
    input_id: str
    class_type: str
    external: ExternalClass
    default: Any = None
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    options: tuple[str, ...] | None = None
    options_text: str | None = None
    display_name: str = ""
    description: str = ""
    has_default: bool = False


def is_link(value: object) -> bool:
    """Tell whether a value of an API-format graph is a link to another node's output.

    >>> is_link(["4", 0]), is_link(["a", "b"]), is_link("4")
    (True, False, False)
    """
    match value:
        case [str(), bool()]:
            return False
        case [str() | int(), int()]:
            return True
    return False


def external_inputs(graph: Graph) -> tuple[GraphInput, ...]:
    """List the external inputs of an API-format graph, in the order of its nodes.

    Nodes without a usable ``input_id`` and values that are no nodes are passed over, so any JSON object may be
    given.

    >>> graph = {"1": {"class_type": "ComfyUIDeployExternalSeed", "inputs": {"input_id": "seed", "default_value": -1}}}
    >>> [(field.input_id, field.external.kind) for field in external_inputs(graph)]
    [('seed', 'seed')]
    """
    return tuple(_external_inputs(graph))


def _external_inputs(graph: Graph) -> Iterator[GraphInput]:
    for node_id, node in graph.items():
        if not isinstance(node, Mapping):
            continue
        external = EXTERNAL_CLASSES.get(str(node.get("class_type")))
        fields = node.get("inputs")
        if external is None or not isinstance(fields, Mapping):
            continue
        input_id = fields.get("input_id")
        if not isinstance(input_id, str) or not input_id:
            continue
        options, options_text = _options(fields.get("options"))
        yield GraphInput(
            node_id=str(node_id),
            input_id=input_id,
            class_type=str(node["class_type"]),
            external=external,
            default=_default(external, fields),
            minimum=bound_of(fields.get("min_value")),
            maximum=bound_of(fields.get("max_value")),
            step=bound_of(fields.get("step")),
            options=options,
            options_text=options_text,
            display_name=_text(fields.get("display_name")),
            description=_text(fields.get("description")),
            has_default=any(fields.get(name) not in (None, "", "[]") for name in _fallbacks(external)),
        )


def _fallbacks(external: ExternalClass) -> tuple[str, ...]:
    """The fields that hold when a run says nothing: the author may have filled in the one a value lands in."""
    return _DEFAULTS if external.lands_in == "input_id" else (*_DEFAULTS, external.lands_in)


def _default(external: ExternalClass, fields: Mapping[str, Any]) -> Any:
    if external.kind == "lora":
        return fields.get("default_lora_name")
    if external.kind == "images":
        return None
    value = fields.get("default_value")
    return None if is_link(value) else value


def _options(written: object) -> tuple[tuple[str, ...] | None, str | None]:
    """The choices of an enum: its author writes them as a JSON array in a text field."""
    if isinstance(written, list):
        return tuple(str(option) for option in written), None
    if not isinstance(written, str):
        return None, None
    try:
        options = orjson.loads(written)
    except orjson.JSONDecodeError:
        return None, written
    if not isinstance(options, list):
        return None, written
    return tuple(str(option) for option in options), written


def bound_of(value: object) -> float | None:
    """A bound of a node's value, or None; some authors write it as text.

    >>> bound_of("20.5"), bound_of("many"), bound_of(True)
    (20.5, None, None)
    """
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    return (
        value
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        else None
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
