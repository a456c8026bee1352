"""A graph in UI format made into API format, with what a ComfyUI server says of its node classes. Pure.

What the editor's own "Export (API)" does: values stand by name, links lead to the node they really come from, and what
does not run is gone. Texts with choices ("{day|night}"), of which the editor draws one, stay as they are written.
"""

from collections.abc import Mapping
from typing import Any

from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.graphs.editor import Constant, Level, Link, dicts, running
from stationthis_sdk.graphs.external import EXTERNAL_CLASSES
from stationthis_sdk.graphs.widgets import named_values, widget_values, widgets_of

__all__ = ["to_api"]


def to_api(graph: Mapping[str, Any], object_info: Mapping[str, Any]) -> dict[str, Any]:
    """The API format of a graph that the editor saved.

    object_info: what ``GET /object_info`` of the ComfyUI that will run it answers. Nodes of subgraphs are called as
    the editor calls them, "5:3" for node 3 inside of node 5.

    Raises:
        InvalidInput: nothing in it runs, or the server does not know a class and the file does not name its values.

    >>> node = {"id": 7, "type": "EmptyImage", "mode": 0, "inputs": [], "widgets_values": [64, 48]}
    >>> width, height = ["INT", {"default": 512}], ["INT", {"default": 512}]
    >>> info = {"EmptyImage": {"input": {"required": {"width": width, "height": height}}}}
    >>> to_api({"nodes": [node], "links": []}, info)["7"]["inputs"]
    {'width': 64, 'height': 48}
    """
    made: dict[str, Any] = {}
    unknown: dict[str, list[str]] = {}
    for level, node_id, node in running(graph):
        name, full_id = node["type"], f"{level.prefix}{node_id}"
        entry = object_info.get(name)
        if isinstance(entry, Mapping):
            values = widget_values(node, widgets_of(entry))
        else:
            entry = {}
            values = named_values(node)
            if name not in EXTERNAL_CLASSES and any(key.isdecimal() for key in values):
                unknown.setdefault(name, []).append(full_id)
        title = node.get("title") or entry.get("display_name") or name
        inputs = {key: _literal(value) for key, value in values.items()}
        made[full_id] = {
            "inputs": inputs | _fed(level, node),
            "class_type": name,
            "_meta": {"title": title},
        }
    if unknown:
        raise InvalidInput(_not_known(unknown))
    if not made:
        raise InvalidInput("The graph has no node that runs: all are muted, bypassed or notes.")
    for node in made.values():
        node["inputs"] = {
            key: value
            for key, value in node["inputs"].items()
            if not isinstance(value, list) or value[0] in made
        }
    return made


def _fed(level: Level, node: Mapping[str, Any]) -> dict[str, Any]:
    """What comes over links, by the inputs' names."""
    found: dict[str, Any] = {}
    for one in dicts(node.get("inputs")):
        match level.source(one.get("link"), one.get("type")):
            case Link(node_id=origin, slot=slot):
                found[str(one.get("name"))] = [origin, slot]
            case Constant(value=value):
                found[str(one.get("name"))] = _literal(value)
    return found


def _literal(value: Any) -> Any:
    """A list as ComfyUI takes one: bare, it would be read as a link."""
    return {"__value__": value} if isinstance(value, list) else value


def _not_known(unknown: Mapping[str, list[str]]) -> str:
    told = [
        f"{name!r} (node{'s' if len(ids) > 1 else ''} {', '.join(ids[:3])}{', …' if len(ids) > 3 else ''})"
        for name, ids in list(unknown.items())[:5]
    ]
    more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
    grouped = any(name.startswith(("workflow>", "workflow/")) for name in unknown)
    hint = " Group nodes of older editors have to be ungrouped there or made subgraphs." if grouped else ""
    return (
        f"What {', '.join(told)}{more} takes is not known: object_info has no such class. Use that of the machine "
        f"which has its custom node, or export the graph with Workflow > Export (API).{hint}"
    )
