"""The plugin's output nodes, done by core nodes and by us: formats, names, ids of outputs."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from stationthis_sdk.graphs.external import is_link
from stationthis_sdk.local.engines import GraphRefused

__all__ = ["CLASSES", "Wanted", "stand_in_for"]

_PICTURE_TYPES: Final = ("png", "jpg", "webp")
_TEXT_TYPES: Final = ("txt", "json", "md")


@attrs.frozen
class Wanted:
    """What an output node of the plugin was asked for.

    ``kind`` is image, text (a file of text), file or value; ``name`` begins a text's file name, or is a value's key.
    """

    kind: str
    output_id: str = ""
    file_type: str = "png"
    quality: int = 100
    name: str = ""


_Made = tuple[dict[str, Any], Wanted]


def _image(node_id: str, class_type: str, fields: Mapping[str, Any]) -> _Made:
    file_type = _chosen(node_id, class_type, fields.get("file_type", "webp"), _PICTURE_TYPES)
    try:
        quality = int(fields.get("quality", 80))
    except (TypeError, ValueError, OverflowError):
        told = f"quality: {str(fields.get('quality'))[:60]!r}, give a whole number from 1 to 100"
        raise _refused(
            node_id, class_type, "invalid_input_type", "Failed to convert an input value", told
        ) from None
    if not 1 <= quality <= 100:
        too = "value_smaller_than_min" if quality < 1 else "value_bigger_than_max"
        told = f"quality: {quality} is not between 1 and 100"
        raise _refused(node_id, class_type, too, "Value out of range", told)
    inputs = {name: fields[name] for name in ("images", "filename_prefix") if name in fields}
    inputs.setdefault("filename_prefix", "ComfyUI")
    usual = "output_images" if class_type == "ComfyDeployOutputImage" else ""
    return _node("SaveImage", inputs), Wanted("image", _id(fields, usual), file_type, quality)


def _text(node_id: str, class_type: str, fields: Mapping[str, Any]) -> _Made:
    file_type = _chosen(node_id, class_type, fields.get("file_type", "txt"), _TEXT_TYPES)
    prefix = fields.get("filename_prefix", "ComfyUI")
    if is_link(prefix):
        told = "filename_prefix: a link, write the name itself: this ComfyUI lacks the comfyui-deploy plugin"
        raise _refused(node_id, class_type, "bad_linked_input", "Bad linked input", told)
    inputs = {"source": _given(node_id, class_type, fields, "text")}
    return _node("PreviewAny", inputs), Wanted(
        "text", _id(fields, "output_text"), file_type, name=str(prefix)
    )


def _any(_node_id: str, _class_type: str, fields: Mapping[str, Any]) -> _Made:
    source = next((fields[name] for name in ("source", "data", "any") if name in fields), "None")
    name = _named(fields.get("name", "text"))
    return _node("PreviewAny", {"source": source}), Wanted("value", _id(fields), name=name or "text")


def _file(node_id: str, class_type: str, fields: Mapping[str, Any]) -> _Made:
    inputs = {"source": _given(node_id, class_type, fields, "file_path")}
    return _node("PreviewAny", inputs), Wanted("file", _id(fields, "output_file"))


CLASSES: Final[Mapping[str, Callable[[str, str, Mapping[str, Any]], _Made]]] = {
    "ComfyDeployOutputImage": _image,
    "ComfyDeployStdOutputImage": _image,
    "ComfyDeployOutputText": _text,
    "ComfyDeployStdOutputAny": _any,
    "ComfyDeployOutputFile": _file,
}


def stand_in_for(node_id: str, node: Mapping[str, Any]) -> _Made:
    """The core node that does an output node's work, and what is left for us to do."""
    class_type = node["class_type"]
    made, wanted = CLASSES[class_type](node_id, class_type, node["inputs"])
    return {**made, **({"_meta": node["_meta"]} if "_meta" in node else {})}, wanted


def _node(class_type: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": dict(inputs)}


def _given(node_id: str, class_type: str, fields: Mapping[str, Any], name: str) -> Any:
    """What an input was given; ComfyUI would name the core node's input when there is none."""
    if name not in fields:
        raise _refused(node_id, class_type, "required_input_missing", "Required input is missing", name)
    return fields[name]


def _chosen(node_id: str, class_type: str, value: Any, choices: tuple[str, ...]) -> str:
    if value not in choices:
        told = f"file_type: {str(value)[:60]!r} not in {list(choices)}"
        raise _refused(node_id, class_type, "value_not_in_list", "Value not in list", told)
    return str(value)


def _id(fields: Mapping[str, Any], usual: str = "") -> str:
    return _named(fields.get("output_id", usual))


def _named(value: Any) -> str:
    return "" if value is None or is_link(value) else str(value)


def _refused(node_id: str, class_type: str, kind: str, message: str, details: str) -> GraphRefused:
    error = {"type": kind, "message": message, "details": details}
    return GraphRefused(
        f"node {node_id} ({class_type}): {details}",
        {node_id: {"class_type": class_type, "dependent_outputs": [node_id], "errors": [error]}},
        kind="prompt_outputs_failed_validation",
        message="Prompt outputs failed validation",
    )
