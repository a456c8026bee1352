"""The plugin's external inputs, stood in for: what each gives, or the core nodes that give it.

The silent conversions here (a bad number becomes the default, the text "false" is true) are the plugin's own.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import attrs
import orjson

from stationthis_sdk.graphs.external import is_link
from stationthis_sdk.local.comfyui.pictures import Prepared, prepared
from stationthis_sdk.local.comfyui.sources import WEB, Sources
from stationthis_sdk.local.engines import GraphRefused, NodeFailed

__all__ = ["Stand", "stand_in_for"]

_P: Final = "ComfyUIDeployExternal"
_DIGITS: Final = 1000  # Python reads no number of thousands of digits
_BATCH_LIMIT: Final = 256

Fields = Mapping[str, Any]


@attrs.frozen
class Stand:
    """What stands for a node: its outputs (a literal, a link, or None for nothing), and the nodes to add."""

    outputs: Mapping[int, Any]
    nodes: Mapping[str, dict[str, Any]] = attrs.field(factory=dict)
    why_nothing: str = "was given nothing, and has no default"
    notes: tuple[str, ...] = ()


def stand_in_for(node_id: str, class_type: str, fields: Fields, sources: Sources) -> Stand:
    """Stand in for one external input, whose fields hold its value already."""
    kind = class_type.removeprefix(_P)
    if kind in _LITERALS:
        return Stand({0: _LITERALS[kind](fields)})
    return _OTHERS[kind](node_id, fields, sources)


def _text(fields: Fields) -> Any:
    value = fields.get("default_value", "")
    return value if is_link(value) else str(value)


def _number(fields: Fields) -> Any:
    value = _as_float(fields.get("input_id"))
    return _default_number(fields, float) if value is None else value


def _whole_number(fields: Fields) -> Any:
    digits = str(fields.get("input_id")).strip()
    if digits.isdecimal() and len(digits) < _DIGITS:
        return int(digits)
    return _default_number(fields, int)


def _slider(fields: Fields) -> Any:
    value = _as_float(fields.get("input_id"))
    return value if value is not None and _fits(value, fields, 0, 1) else fields.get("default_value", 0.5)


def _whole_slider(fields: Fields) -> Any:
    try:
        value = int(str(fields.get("input_id")))
    except ValueError:
        return fields.get("default_value", 1)
    return value if _fits(value, fields, 0, 100) else fields.get("default_value", 1)


def _boolean(fields: Fields) -> Any:
    value = fields.get("default_value")
    return value if is_link(value) else bool(value)


def _name(fields: Fields) -> Any:
    value = fields.get("default_value")
    return value if value is None or is_link(value) else str(value)


_LITERALS: Final[Mapping[str, Callable[[Fields], Any]]] = {
    "Text": _text,
    "TextAny": _text,
    "TextSingleLine": _text,
    "Number": _number,
    "NumberInt": _whole_number,
    "NumberSlider": _slider,
    "NumberSliderInt": _whole_slider,
    "Boolean": _boolean,
    "Enum": _name,  # not checked against the options, as the plugin does
    "Checkpoint": _name,
}


def _seed(node_id: str, fields: Fields, _sources: Sources) -> Stand:
    value = fields.get("default_value", -1)
    if is_link(value):
        return Stand({0: value})
    try:
        seed, low, high = int(value), int(fields.get("min_value", 0)), int(fields.get("max_value", 2**32))
    except (TypeError, ValueError, OverflowError):
        raise NodeFailed("its value, min_value and max_value must be whole numbers") from None
    if seed != -1 and low <= seed <= high:
        return Stand({0: seed})
    seed = random.randint(min(low, high), max(low, high))  # noqa: S311  no secret
    return Stand({0: seed}, notes=(f"node {node_id}: seed {seed} drawn",))


def _image(node_id: str, fields: Fields, sources: Sources) -> Stand:
    picture = sources.picture(fields.get("input_id"), fields.get("default_value_url"))
    if picture is None:
        return _default(fields)
    return Stand({0: [node_id, 0]}, {node_id: _load(sources, picture)})


def _image_with_alpha(node_id: str, fields: Fields, sources: Sources) -> Stand:
    picture = sources.picture(fields.get("input_id"), fields.get("default_value_url"))
    if picture is None:
        return _default(fields)
    loaded = f"{node_id}:picture"
    joined = _node(
        "JoinImageWithAlpha", image=[loaded, 0], alpha=[loaded, 1]
    )  # it inverts what LoadImage gives
    return Stand({0: [node_id, 0]}, {loaded: _load(sources, picture), node_id: joined})


def _images(node_id: str, fields: Fields, sources: Sources) -> Stand:
    pictures = [prepared(content) for content in _batch(node_id, fields.get("images", "[]"), sources)]
    if not pictures:
        return _default(fields)
    names = [f"{node_id}:picture-{number}" for number in range(1, len(pictures) + 1)]
    if len(pictures) == 1:
        names = [node_id]
    nodes = {name: _load(sources, picture) for name, picture in zip(names, pictures, strict=True)}
    first, joined = pictures[0], names[0]
    for number, (name, picture) in enumerate(zip(names[1:], pictures[1:], strict=True), start=2):
        source = name
        if (picture.width, picture.height) != (first.width, first.height):
            source = f"{name}-scaled"
            size = {"width": first.width, "height": first.height}
            nodes[source] = _node(
                "ImageScale", image=[name, 0], upscale_method="lanczos", crop="center", **size
            )
        target = node_id if number == len(names) else f"{node_id}:first-{number}"
        nodes[target] = _node("ImageBatch", image1=[joined, 0], image2=[source, 0])
        joined = target
    return Stand({0: [node_id, 0]}, nodes)


def _batch(node_id: str, written: Any, sources: Sources) -> Iterator[bytes]:
    """The files of a list of URLs; those that can't be fetched are left out."""
    if not isinstance(written, str):
        error = {"type": "invalid_input_type", "message": "images is a STRING", "details": "images"}
        class_type = f"{_P}ImageBatch"
        raise GraphRefused(
            f"node {node_id} ({class_type}): give its pictures as JSON text, such as '[\"https://…\"]', not as a list",
            {node_id: {"class_type": class_type, "dependent_outputs": [], "errors": [error]}},
            kind="prompt_outputs_failed_validation",
            message="Prompt outputs failed validation",
        )
    try:
        places = orjson.loads(written or "[]")
    except orjson.JSONDecodeError:
        raise NodeFailed("its pictures are no JSON array: write them as '[\"https://…\"]'") from None
    count = 0
    for place in places if isinstance(places, list) else []:
        for content in sources.pictures_at(str(place)):
            count += 1
            if count > _BATCH_LIMIT:
                raise NodeFailed(f"it was given more than {_BATCH_LIMIT} pictures: give fewer")
            yield content


def _audio(node_id: str, fields: Fields, sources: Sources) -> Stand:
    name = sources.file(fields.get("audio_file"))
    if name is None:
        return _default(fields)
    return Stand({0: [node_id, 0]}, {node_id: _node("LoadAudio", audio=name)})


def _video(node_id: str, fields: Fields, sources: Sources) -> Stand:
    name = sources.file(fields.get("input_id")) or sources.file(fields.get("default_value_url"))
    if name is None:
        return _default(fields, "default_video")
    loaded, frames = f"{node_id}:video", [node_id, 0]
    nodes = {
        loaded: _node("LoadVideo", file=name),
        node_id: _node("GetVideoComponents", video=[loaded, 0]),
    }
    skipped, most = _count(fields, "skip_first_frames"), _count(fields, "frame_load_cap")
    if skipped or most:
        cut = f"{node_id}:frames"
        nodes[cut] = _node("ImageFromBatch", image=frames, batch_index=skipped, length=most or 4096)
        frames = [cut, 0]
    size = f"{node_id}:size"
    nodes[size] = _node("GetImageSize", image=frames)
    unheeded = [
        name
        for name, usual in (("force_rate", 0), ("force_size", "Disabled"), ("select_every_nth", 1))
        if fields.get(name, usual) not in (usual, 0)
    ]
    notes = (f"node {node_id}: {', '.join(unheeded)} need the comfyui-deploy plugin",) if unheeded else ()
    return Stand({0: frames, 1: [size, 2], 2: [node_id, 1]}, nodes, notes=notes)


def _file(field: str) -> Callable[[str, Fields, Sources], Stand]:
    """A node that gives the place of a file: here its name in ComfyUI's input folder."""

    def stand(_node_id: str, fields: Fields, sources: Sources) -> Stand:
        name = sources.file(fields.get(field))
        return _default(fields) if name is None else Stand({0: name})

    return stand


def _model(field: str, default: str) -> Callable[[str, Fields, Sources], Stand]:
    """A node that gives the name of a model; only the plugin can put a new one onto its machine."""

    def stand(_node_id: str, fields: Fields, _sources: Sources) -> Stand:
        given = fields.get(field)
        if isinstance(given, str) and given.startswith(WEB):
            raise NodeFailed(
                "a model can be fetched from the web only by a ComfyUI that has the comfyui-deploy plugin: "
                "install it there, or put the file into its models folder and give its name"
            )
        return Stand({0: given or fields.get(default)})

    return stand


def _exr(_node_id: str, fields: Fields, _sources: Sources) -> Stand:
    if isinstance(fields.get("exr_file"), str) and fields["exr_file"].startswith(WEB):
        raise NodeFailed("EXR files need the comfyui-deploy plugin on the ComfyUI: install it there")
    return Stand({0: fields.get("default_image"), 1: fields.get("default_mask")})


def _websocket_image(_node_id: str, fields: Fields, _sources: Sources) -> Stand:
    return _default(fields)


_OTHERS: Final[Mapping[str, Callable[[str, Fields, Sources], Stand]]] = {
    "Seed": _seed,
    "Image": _image,
    "ImageAlpha": _image_with_alpha,
    "ImageBatch": _images,
    "Audio": _audio,
    "Video": _video,
    "Vid": _file("input_id"),
    "File": _file("file_url"),
    "Lora": _model("lora_url", "default_lora_name"),
    "FaceModel": _model("face_model_url", "default_face_model_name"),
    "EXR": _exr,
    "ComfyDeployWebscoketImageInput": _websocket_image,
}


def _default(fields: Fields, field: str = "default_value") -> Stand:
    why = "was given none that could be read, and has no default"
    return Stand({0: fields.get(field)}, why_nothing=why)


def _load(sources: Sources, picture: Prepared) -> dict[str, Any]:
    return _node("LoadImage", image=sources.add(picture.content, picture.suffix))


def _node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


def _as_float(given: Any) -> float | None:
    try:
        return float(str(given))
    except ValueError:
        return None


def _default_number(fields: Fields, kind: Callable[[Any], Any]) -> Any:
    value = fields.get("default_value")
    if value is None or is_link(value):
        return value
    try:
        return kind(value)
    except (TypeError, ValueError, OverflowError):
        raise NodeFailed(f"its default {str(value)[:60]!r} is no number") from None


def _fits(value: float, fields: Fields, low: float, high: float) -> bool:
    try:
        return float(fields.get("min_value", low)) <= value <= float(fields.get("max_value", high))
    except (TypeError, ValueError):
        return False


def _count(fields: Fields, name: str) -> int:
    value = fields.get(name)
    return value if isinstance(value, int) and value > 0 else 0
