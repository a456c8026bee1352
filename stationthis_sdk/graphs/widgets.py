"""The widgets of the editor's nodes: which a class has, and what their saved values are of. Pure.

The editor saves values by place: in the order of the class's inputs that are widgets, with more between them, such as
"randomize" after a seed and "image" after the choice of a file. Names stand beside them only in newer files.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import attrs

from stationthis_sdk.graphs.editor import dicts

__all__ = ["Widget", "named_values", "widget_values", "widgets_of"]

_P: Final = "ComfyUIDeployExternal"
_WORDS: Final = ("display_name", "description")
_BOUNDED: Final = ("default_value", "min_value", "max_value", *_WORDS)
# The order of the plugin's widgets, which files of older editors do not name.
_PLUGIN: Final[Mapping[str, tuple[str, ...]]] = {
    f"{_P}Seed": _BOUNDED,
    f"{_P}NumberSlider": _BOUNDED,
    f"{_P}NumberSliderInt": _BOUNDED,
    f"{_P}Enum": ("default_value", "options", *_WORDS),
    f"{_P}Image": (*_WORDS, "default_value_url"),
    f"{_P}ImageAlpha": _WORDS,
    f"{_P}ImageBatch": ("images", *_WORDS),
    f"{_P}Lora": ("default_lora_name", "lora_save_name", *_WORDS, "lora_url"),
    f"{_P}FaceModel": ("default_face_model_name", "face_model_save_name", *_WORDS, "face_model_url"),
    f"{_P}Audio": ("audio_file", *_WORDS),
    f"{_P}EXR": ("exr_file", "tonemap", *_WORDS),
    f"{_P}File": ("file_url", *_WORDS),
}
_EMPTY: Final[Mapping[str, Any]] = {"INT": 0, "FLOAT": 0, "STRING": "", "BOOLEAN": False}
_DYNAMIC: Final = "COMFY_DYNAMICCOMBO_V3"
# Types that the editor draws as a widget, besides those of choices; all others are sockets.
_DRAWN: Final = frozenset({*_EMPTY, "COMBO", "COLOR", "CURVE", "MARKDOWN", "BOUNDING_BOX", _DYNAMIC})
_SEEDS: Final = frozenset({"seed", "noise_seed"})
_CONTROL: Final = frozenset({"fixed", "increment", "increment-wrap", "decrement", "randomize"})
_UPLOADS: Final = ("image_upload", "video_upload", "animated_image_upload", "audio_upload", "file_upload")
# What the editor keeps among the values for itself alone.
_OWN: Final = frozenset(
    {"control_after_generate", "control_filter_list", "upload", "audioUI", "videopreview"}
)
_MOST: Final = 1000


@attrs.frozen
class Widget:
    """One widget of a class. ``more`` says what may stand after its value: "control", "upload" or nothing."""

    name: str
    type: str
    default: Any = None
    choices: tuple[Any, ...] = ()
    more: str = ""
    # Of a choice that brings widgets of its own: these, by the choice.
    brings: Mapping[Any, "tuple[Widget, ...]"] = attrs.field(factory=dict)


def widgets_of(entry: Mapping[str, Any]) -> tuple[Widget, ...]:
    """The widgets of a class, in order, as ``object_info`` tells of it.

    >>> steps = ["INT", {"default": 20}]
    >>> entry = {"input": {"required": {"model": ["MODEL"], "seed": ["INT", {}], "steps": steps}}}
    >>> [(one.name, one.default, one.more) for one in widgets_of(entry)]
    [('seed', 0, 'control'), ('steps', 20, '')]
    """
    return tuple(_listed(entry.get("input"), entry.get("input_order"), ""))


def widget_values(node: Mapping[str, Any], widgets: Sequence[Widget]) -> dict[str, Any]:
    """The values of a node's widgets, by name; those the file does not hold are the class's defaults."""
    held = _held(node)
    if isinstance(held, list):
        return dict(_by_place(held, widgets, node))
    # Some nodes of others save an object, for they make widgets while they are edited; objects in it are the editor's.
    return dict(_by_name(held, widgets, more=held is node.get("widgets_values")))


def named_values(node: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a node's widgets by name, as far as the file or the plugin's own order tells the names.

    Those that nothing names are called by their place, "0", "1", …
    """
    values = _held(node)
    if isinstance(values, Mapping):
        return {name: value for name, value in values.items() if name not in _OWN}
    kind = str(node.get("type"))
    names = [str(one.get("name")) for one in dicts(node.get("inputs")) if _is_widget(one)]
    if len(names) != len(values) and kind.startswith(_P):
        names = ["input_id", *_PLUGIN.get(kind, ("default_value", *_WORDS))]
    elif len(names) != len(values):
        names = []
    names += [str(place) for place in range(len(names), len(values))]
    return dict(zip(names, values, strict=False))


def _held(node: Mapping[str, Any]) -> Mapping[str, Any] | list[Any]:
    values, named = node.get("widgets_values"), node.get("widgets_values_named")
    if isinstance(values, Mapping):
        return values
    listed = values if isinstance(values, list) else []
    if not isinstance(named, Mapping):
        return listed
    # Where both stand the editor itself goes by the list; whoever edits such a file by hand edits that.
    return dict(zip(named, listed, strict=True)) if len(named) == len(listed) else named


def _by_name(
    held: Mapping[str, Any], widgets: Sequence[Widget], *, more: bool = False
) -> Iterator[tuple[str, Any]]:
    known = set()
    for widget in _opened(widgets, held.get):
        known.add(widget.name)
        yield widget.name, held.get(widget.name, widget.default)
    for name, value in held.items() if more else ():
        if name not in known and name not in _OWN and not isinstance(value, Mapping):
            yield name, value


def _by_place(
    held: list[Any], widgets: Sequence[Widget], node: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    names = [str(one.get("name")) for one in dicts(node.get("inputs")) if _is_widget(one)]
    if len(names) == len(held) != len(widgets) and len(set(names)) == len(names):
        # Saved with other widgets than the class has now; the file says which.
        yield from _by_name(dict(zip(names, held, strict=True)), widgets)
        return
    at = 0
    waiting = [*reversed(widgets)]
    while waiting and at < _MOST:
        widget = waiting.pop()
        value = held[at] if at < len(held) else widget.default
        at += 1
        if widget.more and at < len(held) and _is_more(widget.more, held[at]):
            at += 1
        yield widget.name, value
        waiting += reversed(_brought(widget, value))


def _opened(widgets: Sequence[Widget], value_of: Any) -> Iterator[Widget]:
    for widget in widgets:
        yield widget
        yield from _opened(_brought(widget, value_of(widget.name)), value_of)


def _brought(widget: Widget, value: Any) -> tuple[Widget, ...]:
    return widget.brings.get(value, ()) if isinstance(value, str | int | float) else ()


def _is_more(more: str, value: Any) -> bool:
    return value in _CONTROL if more == "control" else value is None or isinstance(value, str)


def _is_widget(slot: Mapping[str, Any]) -> bool:
    return isinstance(slot.get("widget"), Mapping)


def _listed(groups: Any, order: Any, prefix: str) -> Iterator[Widget]:
    for group in ("required", "optional"):
        declared = groups.get(group) if isinstance(groups, Mapping) else None
        if not isinstance(declared, Mapping):
            continue
        ordered = order.get(group) if isinstance(order, Mapping) else None
        names = [name for name in ordered if name in declared] if isinstance(ordered, list) else [*declared]
        for name in names:
            widget = _widget(f"{prefix}{name}", declared[name])
            if widget is not None:
                yield widget


def _widget(name: str, declared: Any) -> Widget | None:
    if not isinstance(declared, list | tuple) or not declared:
        return None
    options = declared[1] if len(declared) > 1 and isinstance(declared[1], Mapping) else {}
    if options.get("forceInput"):
        return None
    listed = isinstance(declared[0], list)  # the older way to declare choices
    choices = declared[0] if listed else options.get("options")
    kind = "COMBO" if listed else options.get("widgetType") or declared[0]
    if not isinstance(kind, str) or kind not in _DRAWN:
        return None
    if kind == _DYNAMIC:
        brings = {
            one["key"]: tuple(_listed(one.get("inputs"), None, f"{name}."))
            for one in dicts(choices)
            if isinstance(one.get("key"), str | int)
        }
        return Widget(name, kind, options.get("default", next(iter(brings), None)), (*brings,), "", brings)
    chosen = tuple(choices) if isinstance(choices, list) else ()
    default = options.get("default", chosen[0] if chosen else _EMPTY.get(kind))
    return Widget(name, kind, default, chosen, _more(name, kind, options))


def _more(name: str, kind: str, options: Mapping[str, Any]) -> str:
    if kind in {"INT", "COMBO"} and options.get("control_after_generate", kind == "INT" and name in _SEEDS):
        return "control"
    return "upload" if any(options.get(key) for key in _UPLOADS) else ""
