"""Checking an API-format graph before it runs, as ComfyUI does, and putting its nodes in order."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import attrs

from stationthis_sdk.local.engine.limits import LIMITS
from stationthis_sdk.local.engine.node import CLASSES, NodeClass
from stationthis_sdk.local.engine.validation import Fault, Link, checked, missing_files
from stationthis_sdk.local.engines import GraphRefused

__all__ = ["Planned", "plan"]

_NAMED: Final = 20
"""So many nodes are named in one message; of thousands nobody reads more."""
_ID_LIMIT: Final = 200


@attrs.frozen
class Planned:
    """A node ready to run: each slot holds a literal of its type, a Link, or its default."""

    node_id: str
    node_class: NodeClass
    values: Mapping[str, Any]

    def links(self) -> Iterator[Link]:
        """The node's links."""
        for value in self.values.values():
            if isinstance(value, Link):
                yield value


def plan(
    graph: Any, node_limit: int = LIMITS.nodes, is_there: Callable[[str], bool] | None = None
) -> list[Planned]:
    """Order the nodes that the output nodes need, each after those it needs.

    Raises GraphRefused, naming every node the engine lacks, every missing or wrong input, every dead link, a cycle,
    or the want of an output node. One bad output refuses the whole graph, as the plugin does with ComfyUI's answer:
    a run that quietly lacks one of its pictures helps nobody. ``is_there`` tells whether a file can be had; it is
    asked when nothing else is wrong.
    """
    nodes = _nodes(graph, node_limit)
    classes = {node_id: kind for node_id, (kind, _) in nodes.items()}
    outputs = [node_id for node_id, kind in classes.items() if kind.is_output]
    if not outputs:
        raise _without_outputs("the graph has no output node (add a ComfyDeployOutputImage or SaveImage)")
    planned: dict[str, Planned] = {}
    faults: dict[str, list[Fault]] = {}
    order: list[str] = []
    for output in outputs:
        if output not in planned:
            order += _reached(output, nodes, classes, planned, faults)
    if not faults and is_there is not None:
        for node_id in order:
            kind, values = planned[node_id].node_class, planned[node_id].values
            if missing := list(missing_files(kind, values, is_there)):
                faults[node_id] = missing
    if faults:
        raise _refused(faults, planned, outputs)
    return [planned[node_id] for node_id in order]


def _reached(
    output: str,
    nodes: Mapping[str, tuple[NodeClass, Mapping[str, Any]]],
    classes: Mapping[str, NodeClass],
    planned: dict[str, Planned],
    faults: dict[str, list[Fault]],
) -> Iterator[str]:
    """The nodes an output needs that are not planned yet, each after those it needs, and the output."""
    path: dict[str, Iterator[Link]] = {}

    def enter(node_id: str) -> None:
        kind, fields = nodes[node_id]
        values, found = checked(kind, fields, classes)
        if found:
            faults[node_id] = found
        planned[node_id] = Planned(node_id, kind, values)
        path[node_id] = planned[node_id].links()

    enter(output)
    while path:  # no recursion: a graph may be as deep as it has nodes
        node_id = next(reversed(path))
        link = next(path[node_id], None)
        if link is None:
            del path[node_id]
            yield node_id
        elif link.node_id in path:
            raise _cyclic(list(path), link.node_id)
        elif link.node_id not in planned:
            enter(link.node_id)


def _nodes(graph: Any, limit: int) -> dict[str, tuple[NodeClass, Mapping[str, Any]]]:
    if not isinstance(graph, Mapping) or not graph:
        raise _without_outputs("the graph is empty: it must be an object of nodes in ComfyUI's API format")
    if len(graph) > limit:
        reason = (
            f"the graph has {len(graph)} nodes; this gateway runs up to {limit}: split it into several runs"
        )
        raise GraphRefused(reason)
    nodes: dict[str, tuple[NodeClass, Mapping[str, Any]]] = {}
    unknown: dict[str, str] = {}
    for node_id, node in graph.items():
        if not isinstance(node_id, str) or len(node_id) > _ID_LIMIT:
            raise GraphRefused(
                f"node ids must be texts of up to {_ID_LIMIT} characters, not {str(node_id)[:40]!r}"
            )
        class_type = node.get("class_type") if isinstance(node, Mapping) else None
        fields = node.get("inputs", {}) if isinstance(node, Mapping) else None
        if not isinstance(class_type, str) or not isinstance(fields, Mapping):
            raise GraphRefused(
                f"node {node_id} has no class_type or no inputs object: export the graph in API format",
                message="Cannot execute because a node is missing the class_type property.",
                details=f"Node ID '#{node_id}'",
            )
        kind = CLASSES.get(class_type)
        if kind is None:
            unknown[node_id] = class_type[:_ID_LIMIT]
        else:
            nodes[node_id] = (kind, fields)
    if unknown:
        raise _unknown(unknown)
    return nodes


def _without_outputs(reason: str) -> GraphRefused:
    return GraphRefused(reason, kind="prompt_no_outputs", message="Prompt has no outputs")


def _unknown(unknown: Mapping[str, str]) -> GraphRefused:
    told = [f"{class_type} (node {node_id})" for node_id, class_type in unknown.items()]
    node_id, class_type = next(iter(unknown.items()))
    return GraphRefused(
        f"the built-in engine has no {_listed(told, ', ')}: it runs model-free nodes only; "
        "point the gateway at a ComfyUI server, or run this graph on the cloud",
        message=f"Cannot execute because node {class_type} does not exist.",
        details=f"Node ID '#{node_id}'",
    )


def _cyclic(path: list[str], again: str) -> GraphRefused:
    circle = [*path[path.index(again) :], again]
    if len(circle) > _NAMED:
        circle = [*circle[:3], "…", *circle[-3:]]
    return GraphRefused(
        f"the graph has a cycle through node {again} ({' ← '.join(circle)}): remove one of its links",
        kind="prompt_outputs_failed_validation",
        message="Prompt outputs failed validation",
    )


def _refused(
    faults: Mapping[str, list[Fault]], planned: Mapping[str, Planned], outputs: list[str]
) -> GraphRefused:
    told = [
        f"node {node_id} ({planned[node_id].node_class.name}): {'; '.join(fault.words for fault in found)}"
        for node_id, found in faults.items()
    ]
    dependent = _dependent(planned, outputs)
    errors = {
        node_id: {
            "errors": [fault.told() for fault in found],
            "dependent_outputs": [output for output in outputs if output in dependent[node_id]][:_NAMED],
            "class_type": planned[node_id].node_class.name,
        }
        for node_id, found in faults.items()
    }
    of_outputs = [fault for output in outputs for fault in faults.get(output, ())]
    return GraphRefused(
        _listed(told, "; "),
        errors,
        kind="prompt_outputs_failed_validation",
        message="Prompt outputs failed validation",
        details="\n".join(f"{fault.message}: {fault.details}" for fault in of_outputs),
    )


def _dependent(planned: Mapping[str, Planned], outputs: list[str]) -> dict[str, set[str]]:
    """Of each node, the outputs that need it."""
    dependent: dict[str, set[str]] = {node_id: set() for node_id in planned}
    for output in outputs:
        ahead = [output]
        while ahead:
            node_id = ahead.pop()
            if output not in dependent[node_id]:
                dependent[node_id].add(output)
                ahead += [link.node_id for link in planned[node_id].links()]
    return dependent


def _listed(told: list[str], between: str) -> str:
    more = len(told) - _NAMED
    return between.join(told[:_NAMED]) + (f"{between}and {more} more" if more > 0 else "")
