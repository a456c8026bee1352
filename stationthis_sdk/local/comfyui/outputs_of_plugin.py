"""The plugin's output nodes, done by core nodes and by us: formats, names, ids of outputs."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from stationthis_sdk.graphs import is_link
from stationthis_sdk.local.engines import GraphRefused

__all__ = ["CLASSES", "Wanted", "stand_in_for"]

_PICTURE_TYPES: Final = ("png", "jpg", "webp")


@attrs.frozen
class Wanted:
    """What an output node of the plugin was asked for: ``kind`` is image, text or file."""

    kind: str
    output_id: str = ""
    file_type: str = "png"
    quality: int = 100


_Made = tuple[dict[str, Any], Wanted]


def _image(node_id: str, class_type: str, fields: Mapping[str, Any]) -> _Made:
    file_type = fields.get("file_type", "webp")
    if file_type not in _PICTURE_TYPES:
        told = f"file_type: {str(file_type)[:60]!r} not in {list(_PICTURE_TYPES)}"
        raise _refused(node_id, class_type, "value_not_in_list", "Value not in list", told)
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
    return _node("SaveImage", inputs), Wanted("image", _id(fields), file_type, quality)


def _text(_node_id: str, _class_type: str, fields: Mapping[str, Any]) -> _Made:
    inputs = {"source": fields["text"]} if "text" in fields else {}
    return _node("PreviewAny", inputs), Wanted("text", _id(fields))


def _any(_node_id: str, _class_type: str, fields: Mapping[str, Any]) -> _Made:
    source = next((fields[name] for name in ("source", "data", "any") if name in fields), None)
    inputs = {} if source is None else {"source": source}
    return _node("PreviewAny", inputs), Wanted("text", _id(fields) or _named(fields.get("name")))


def _file(_node_id: str, _class_type: str, fields: Mapping[str, Any]) -> _Made:
    inputs = {"source": fields["file_path"]} if "file_path" in fields else {}
    return _node("PreviewAny", inputs), Wanted("file", _id(fields))


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


def _id(fields: Mapping[str, Any]) -> str:
    return _named(fields.get("output_id"))


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
