"""ComfyUI's two formats of a graph: telling them apart, taking both out of what wraps them, and the editor's from the other.

*API format* is what runs, ``{node id: {"class_type", "inputs"}}``; *UI format* is what the editor saves,
``{"nodes": […], "links": […]}``.
"""

from collections.abc import Mapping
from typing import Any, Final

import attrs
import orjson

from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.graphs.external import is_link

__all__ = ["Graphs", "editor_graph", "graphs_in"]

_HOW: Final = "in ComfyUI choose Workflow > Export (API) and pass that file."
# Where exports, prompts and pictures' notes keep the one and the other.
_API_KEYS: Final = ("workflow_api", "workflow_api_json", "prompt", "output")
_UI_KEYS: Final = ("workflow", "workflow_json", "ui_graph")


@attrs.frozen
class Graphs:
    """One workflow in API format, UI format or both."""

    api: Mapping[str, Any] | None = None
    ui: Mapping[str, Any] | None = None


def graphs_in(value: Any, what: str = "This") -> Graphs:
    """The graph or graphs in a JSON value; ``what`` is what error messages call it.

    Exports that hold both formats are taken apart: the service's own (an editor's graph with ``workflow_api``
    beside its nodes), and ``{"prompt": …, "workflow": …}``.

    Raises:
        InvalidInput: it is neither.

    >>> graphs_in({"1": {"class_type": "EmptyImage", "inputs": {}}}).ui is None
    True
    >>> graphs_in({"nodes": [], "links": []}).api is None
    True
    """
    if not isinstance(value, Mapping):
        raise InvalidInput(f"{what} is no workflow but {_kind(value)}: {_HOW}")
    if _is_ui(value):
        beside = value.get("workflow_api")
        if isinstance(beside, Mapping) and _is_api(beside):
            bare = {name: one for name, one in value.items() if name not in {"workflow_api", "environment"}}
            return Graphs(beside, bare)
        return Graphs(ui=value)
    if _is_api(value):
        return Graphs(value)
    api = next((one for key in _API_KEYS if _is_api(one := _parsed(value.get(key)))), None)
    ui = next((one for key in _UI_KEYS if _is_ui(one := _parsed(value.get(key)))), None)
    if api is None and ui is None:
        raise InvalidInput(f"{what} is no workflow: {_fault(value)}; {_HOW}")
    return Graphs(api, ui)


def editor_graph(graph: Mapping[str, Any]) -> dict[str, Any]:
    """The least the editor needs of a graph in API format: placed nodes, widgets by name and in order, links.

    The service keeps one beside every graph that runs, and the deploy plugin reads seeds' settings from it.

    >>> editor_graph({"7": {"class_type": "EmptyImage", "inputs": {"width": 8}}})["nodes"][0]["widgets_values"]
    [8]
    """
    nodes = {
        str(node_id): node
        for node_id, node in graph.items()
        if isinstance(node, Mapping) and isinstance(node.get("class_type"), str)
    }
    numbers = _numbers(nodes)
    links: list[list[Any]] = []
    made = [
        _placed(place, numbers, node_id, node, links) for place, (node_id, node) in enumerate(nodes.items())
    ]
    for node in made:
        used: dict[int, list[int]] = {}
        for link_id, origin, slot, *_ in links:
            if origin == node["id"]:
                used.setdefault(slot, []).append(link_id)
        node["outputs"] = [
            {"name": f"{slot}", "type": "*", "links": used.get(slot, [])}
            for slot in range(max(used, default=-1) + 1)
        ]
    return {
        "last_node_id": max(numbers.values(), default=0),
        "last_link_id": len(links),
        "nodes": made,
        "links": links,
        "groups": [],
        "config": {},
        "extra": {},
        "version": 0.4,
    }


def _numbers(nodes: Mapping[str, Any]) -> dict[str, int]:
    """The editor's numbers of nodes: their own where these are numbers, others after them."""
    numbers = {
        node_id: int(node_id) for node_id in nodes if node_id.isdecimal() and str(int(node_id)) == node_id
    }
    following = max(numbers.values(), default=0)
    for node_id in nodes:
        if node_id not in numbers:
            following += 1
            numbers[node_id] = following
    return numbers


def _placed(
    place: int, numbers: Mapping[str, int], node_id: str, node: Mapping[str, Any], links: list[list[Any]]
) -> dict[str, Any]:
    name = node["class_type"]
    inputs = node.get("inputs")
    slots: list[dict[str, Any]] = []
    named: dict[str, Any] = {}
    values: list[Any] = []
    for field, value in (inputs if isinstance(inputs, Mapping) else {}).items():
        if not is_link(value):
            named[field] = value
            values.append(value)
            if field in {"seed", "noise_seed"} and isinstance(value, int):
                values.append("fixed")  # the widget ComfyUI's editor puts after a seed
        elif str(value[0]) in numbers:
            links.append(
                [len(links) + 1, numbers[str(value[0])], value[1], numbers[node_id], len(slots), "*"]
            )
            slots.append({"name": field, "type": "*", "link": len(links)})
    return {
        "id": numbers[node_id],
        "type": name,
        "pos": [40 + 340 * (place // 4), 40 + 260 * (place % 4)],
        "size": [300, 200],
        "flags": {},
        "order": place,
        "mode": 0,
        "inputs": slots,
        "outputs": [],
        "properties": {"Node name for S&R": name},
        "widgets_values": values,
        "widgets_values_named": named,
    }


def _is_ui(value: Any) -> bool:
    if not isinstance(value, Mapping) or not isinstance(value.get("nodes"), list):
        return False
    return all(isinstance(node, Mapping) and isinstance(node.get("type"), str) for node in value["nodes"])


def _is_api(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value) and all(_is_api_node(node) for node in value.values())


def _is_api_node(node: Any) -> bool:
    return (
        isinstance(node, Mapping)
        and isinstance(node.get("class_type"), str)
        and isinstance(node.get("inputs", {}), Mapping)
    )


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return None


def _fault(value: Mapping[str, Any]) -> str:
    """What is amiss: with API format where a part of it is, else with all."""
    if not value:
        return "it is empty"
    if isinstance(value.get("nodes"), list):
        return "its nodes are not what the editor saves (each has a type)"
    wrong = [key for key, node in value.items() if not _is_api_node(node)]
    if len(wrong) < len(value):
        named = ", ".join(repr(key) for key in wrong[:3]) + (", …" if len(wrong) > 3 else "")
        return f"it looks like API format, but {named} is no node (with class_type and inputs)"
    return "it has neither nodes with class_type (API format) nor a list of nodes (UI format)"


def _kind(value: Any) -> str:
    return {list: "a list", str: "text", type(None): "null"}.get(type(value), f"a {type(value).__name__}")
