"""A graph's nodes, read alike from both of ComfyUI's formats: what would run, and what feeds it. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from stationthis_sdk.graphs.editor import Constant, Link, dicts, running
from stationthis_sdk.graphs.external import is_link
from stationthis_sdk.graphs.widgets import named_values

__all__ = ["Node", "nodes_of", "upstream"]

Graph = Mapping[str, Any]


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
            {name: Link(str(value[0]), slot=value[1]) for name, value in fields.items() if is_link(value)},
            str(meta.get("title") or "") if isinstance(meta, Mapping) else "",
        )


def _of_editor(graph: Graph) -> Iterator[Node]:
    for level, node_id, node in running(graph):
        feeds = {
            str(one.get("name")): level.source(one.get("link"), one.get("type"))
            for one in dicts(node.get("inputs"))
        }
        links = {name: feed for name, feed in feeds.items() if isinstance(feed, Link)}
        given = {name: feed.value for name, feed in feeds.items() if isinstance(feed, Constant)}
        own = {name: value for name, value in named_values(node).items() if name not in links}
        yield Node(f"{level.prefix}{node_id}", node["type"], own | given, links, str(node.get("title") or ""))
