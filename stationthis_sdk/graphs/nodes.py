"""A graph's nodes, read alike from both of ComfyUI's formats: what would run, and what feeds it. Pure.

In *UI format* (what the editor saves) nodes are placed, links are numbered, widgets have no names, and parts do not
run: notes, muted and bypassed nodes. Its subgraphs are opened here, and reroutes and bypassed nodes seen through.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

from stationthis_sdk.graphs.external import is_link

__all__ = ["Link", "Node", "nodes_of", "upstream"]

Graph = Mapping[str, Any]

MUTED: Final = 2
BYPASSED: Final = 4
_SUBGRAPH_INPUT: Final = -10
_SUBGRAPH_OUTPUT: Final = -20
_FAR: Final = 200
_DEEP: Final = 20
_MOST_SUBGRAPHS: Final = 2000
_NEVER_RUN: Final = frozenset({"Note", "MarkdownNote", "PrimitiveNode"})

_P: Final = "ComfyUIDeployExternal"
_WORDS: Final = ("display_name", "description")
_BOUNDED: Final = ("default_value", "min_value", "max_value", *_WORDS)
# The order of the plugin's widgets, which files of older editors do not name.
_WIDGETS: Final[Mapping[str, tuple[str, ...]]] = {
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


@attrs.frozen
class Link:
    """Where an input's value comes from; ``type`` is ComfyUI's word, which API format does not tell."""

    node_id: str
    type: str | None = None


@attrs.frozen
class Node:
    """One node that runs. ``values`` are its literals by name, or by place ("0", "1") where nothing names them."""

    id: str
    class_type: str
    values: Mapping[str, Any]
    links: Mapping[str, Link]
    title: str = ""


def nodes_of(graph: Graph) -> dict[str, Node]:
    """The nodes that run, by id, in the graph's own order; what is no node is passed over.

    >>> api = {"3": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "fox"}}}
    >>> nodes_of(api)["3"].links["images"].node_id
    '8'
    """
    found = _of_editor(graph) if isinstance(graph.get("nodes"), list) else _of_api(graph)
    return {node.id: node for node in found}


def upstream(nodes: Mapping[str, Node], *ends: str) -> list[Node]:
    """These nodes and all that feeds them, the nearest first.

    >>> api = {"1": {"class_type": "A", "inputs": {}}, "2": {"class_type": "B", "inputs": {"x": ["1", 0]}}}
    >>> [node.class_type for node in upstream(nodes_of(api), "2")]
    ['B', 'A']
    """
    reached = dict.fromkeys(end for end in ends if end in nodes)
    for node_id in (queue := list(reached)):
        for link in nodes[node_id].links.values():
            if link.node_id in nodes and link.node_id not in reached:
                reached[link.node_id] = None
                queue.append(link.node_id)
    return [nodes[node_id] for node_id in reached]


def _of_api(graph: Graph) -> Iterator[Node]:
    for node_id, node in graph.items():
        if not isinstance(node, Mapping) or not isinstance(node.get("class_type"), str):
            continue
        inputs = node.get("inputs")
        fields = inputs if isinstance(inputs, Mapping) else {}
        meta = node.get("_meta")
        yield Node(
            str(node_id),
            node["class_type"],
            {name: value for name, value in fields.items() if not is_link(value)},
            {name: Link(str(value[0])) for name, value in fields.items() if is_link(value)},
            str(meta.get("title") or "") if isinstance(meta, Mapping) else "",
        )


@attrs.define
class _Level:
    """One level of an editor's graph: the top, or the inside of one use of a subgraph."""

    nodes: dict[Any, Mapping[str, Any]]
    links: dict[Any, tuple[Any, Any, Any, Any, str | None]]
    prefix: str = ""
    within: "tuple[_Level, Mapping[str, Any]] | None" = None
    inner: "dict[Any, _Level]" = attrs.field(factory=dict)

    def origin(self, link_id: Any, depth: int = 0) -> Link | None:
        """The node that runs and feeds this link, seen through whatever only passes values on."""
        if link_id not in self.links or depth > _FAR:
            return None
        node_id, slot, _, _, kind = self.links[link_id]
        if node_id == _SUBGRAPH_INPUT:
            return self._from_outside(slot, depth)
        node = self.nodes.get(node_id)
        if node is None:
            return None
        inputs = _dicts(node.get("inputs"))
        mode = node.get("mode")
        if mode == BYPASSED:
            same = [one for one in inputs if one.get("type") == kind and one.get("link") is not None]
            return self.origin(same[0]["link"], depth + 1) if same else None
        if mode == MUTED or node.get("type") in _NEVER_RUN:
            return None
        if node.get("type") == "Reroute":
            return self.origin(inputs[0].get("link"), depth + 1) if inputs else None
        if (inside := self.inner.get(node_id)) is not None:
            for inner_id, (_, _, target, target_slot, _) in inside.links.items():
                if target == _SUBGRAPH_OUTPUT and target_slot == slot:
                    return inside.origin(inner_id, depth + 1)
            return None
        return Link(f"{self.prefix}{node_id}", kind)

    def _from_outside(self, slot: Any, depth: int) -> Link | None:
        if self.within is None:
            return None
        outer, use = self.within
        inputs = _dicts(use.get("inputs"))
        if not isinstance(slot, int) or not 0 <= slot < len(inputs):
            return None
        return outer.origin(inputs[slot].get("link"), depth + 1)


def _of_editor(graph: Graph) -> Iterator[Node]:
    definitions = graph.get("definitions")
    subgraphs = {
        one["id"]: one
        for one in _dicts(definitions.get("subgraphs") if isinstance(definitions, Mapping) else None)
        if isinstance(one.get("id"), str)
    }
    yield from _nodes(_level(graph, _Subgraphs(subgraphs), "", None))


@attrs.define
class _Subgraphs:
    """The definitions, and how many uses may still be opened: files of strangers nest them without end."""

    by_id: Mapping[str, Graph]
    left: int = _MOST_SUBGRAPHS

    def used_by(self, node: Mapping[str, Any]) -> Graph | None:
        """The definition this node is a use of."""
        found = self.by_id.get(str(node.get("type")))
        if found is None or self.left == 0 or node.get("mode") in {MUTED, BYPASSED}:
            return None
        self.left -= 1
        return found


def _level(
    graph: Graph,
    subgraphs: _Subgraphs,
    prefix: str,
    within: tuple[_Level, Mapping[str, Any]] | None,
) -> _Level:
    nodes = {node["id"]: node for node in _dicts(graph.get("nodes")) if isinstance(node.get("id"), int | str)}
    level = _Level(nodes, _links(graph.get("links")), prefix, within)
    for node_id, node in nodes.items():
        definition = subgraphs.used_by(node) if prefix.count(":") < _DEEP else None
        if definition is not None:
            level.inner[node_id] = _level(definition, subgraphs, f"{prefix}{node_id}:", (level, node))
    return level


def _nodes(level: _Level) -> Iterator[Node]:
    for node_id, node in level.nodes.items():
        if node_id in level.inner:
            yield from _nodes(level.inner[node_id])
            continue
        kind = node.get("type")
        if not isinstance(kind, str) or kind in _NEVER_RUN or kind == "Reroute":
            continue
        if node.get("mode") in {MUTED, BYPASSED}:
            continue
        feeds = {str(one.get("name")): level.origin(one.get("link")) for one in _dicts(node.get("inputs"))}
        links = {name: link for name, link in feeds.items() if link is not None}
        values = {name: value for name, value in _values(kind, node).items() if name not in links}
        yield Node(f"{level.prefix}{node_id}", kind, values, links, str(node.get("title") or ""))


def _values(kind: str, node: Mapping[str, Any]) -> dict[str, Any]:
    """The widgets' values by name, as far as the file or the plugin's own order tells the names."""
    for key in ("widgets_values_named", "widgets_values"):
        if isinstance(named := node.get(key), Mapping):
            return dict(named)
    values = node.get("widgets_values")
    if not isinstance(values, list):
        return {}
    names = [
        str(one.get("name")) for one in _dicts(node.get("inputs")) if isinstance(one.get("widget"), Mapping)
    ]
    if len(names) != len(values) and kind.startswith(_P):
        names = ["input_id", *_WIDGETS.get(kind, ("default_value", *_WORDS))]
    elif len(names) != len(values):
        names = []
    names += [str(place) for place in range(len(names), len(values))]
    return dict(zip(names, values, strict=False))


def _links(listed: Any) -> dict[Any, tuple[Any, Any, Any, Any, str | None]]:
    """Links by id: lists at the top, objects in subgraphs."""
    found: dict[Any, tuple[Any, Any, Any, Any, str | None]] = {}
    for one in listed if isinstance(listed, list) else ():
        match one:
            case [int() | str() as link_id, origin, slot, target, target_slot, *rest]:
                kind = rest[0] if rest else None
            case {"id": int() | str() as link_id, "origin_id": origin, "target_id": target}:
                slot, target_slot, kind = one.get("origin_slot"), one.get("target_slot"), one.get("type")
            case _:
                continue
        if all(isinstance(end, int | str) for end in (origin, target)):
            found[link_id] = (origin, slot, target, target_slot, kind if isinstance(kind, str) else None)
    return found


def _dicts(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
