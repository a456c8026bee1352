"""Checking an API-format graph before it runs, as ComfyUI does, and putting its nodes in order."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import attrs

from stationthis_sdk.local.engine.node import CLASSES, NodeClass, Slot
from stationthis_sdk.local.engines import GraphRefused

__all__ = ["Link", "Planned", "coerced", "misfit", "plan"]

NODE_LIMIT: Final = 2000


@attrs.frozen
class Link:
    """A value that comes from another node's output."""

    node_id: str
    index: int


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


class _Fault(ValueError):
    def __init__(self, kind: str, message: str, details: str) -> None:
        super().__init__(details)
        self.kind, self.message, self.details = kind, message, details


def plan(graph: Any) -> list[Planned]:
    """Order the nodes that the output nodes need, each after those it needs.

    Raises GraphRefused, naming every node the engine lacks, every missing or wrong input, every dead link, a cycle,
    or the want of an output node.
    """
    nodes = _nodes(graph)
    outputs = [node_id for node_id, (kind, _) in nodes.items() if kind.is_output]
    if not outputs:
        raise GraphRefused("the graph has no output node (add a ComfyDeployOutputImage or SaveImage)")
    planned: dict[str, Planned] = {}
    faults: dict[str, list[_Fault]] = {}
    order: list[str] = []
    open_nodes: set[str] = set()
    path: list[tuple[str, Iterator[Link]]] = []

    def enter(node_id: str) -> None:
        kind, fields = nodes[node_id]
        values, faults_here = _values(kind, fields, nodes)
        if faults_here:
            faults[node_id] = faults_here
        planned[node_id] = Planned(node_id, kind, values)
        open_nodes.add(node_id)
        path.append((node_id, planned[node_id].links()))

    for output in outputs:
        if output not in planned:
            enter(output)
        while path:  # no recursion: a graph may be as deep as it has nodes
            node_id, links = path[-1]
            link = next(links, None)
            if link is None:
                path.pop()
                open_nodes.discard(node_id)
                order.append(node_id)
            elif link.node_id in open_nodes:
                raise GraphRefused(
                    f"the graph has a cycle through node {link.node_id}: remove one of its links"
                )
            elif link.node_id not in planned:
                enter(link.node_id)
    if faults:
        raise _refused(faults, nodes)
    return [planned[node_id] for node_id in order]


def _nodes(graph: Any) -> dict[str, tuple[NodeClass, Mapping[str, Any]]]:
    if not isinstance(graph, Mapping) or not graph:
        raise GraphRefused("the graph is empty: it must be an object of nodes in ComfyUI's API format")
    if len(graph) > NODE_LIMIT:
        raise GraphRefused(f"the graph has {len(graph)} nodes; this gateway runs up to {NODE_LIMIT}")
    nodes: dict[str, tuple[NodeClass, Mapping[str, Any]]] = {}
    unknown: list[str] = []
    for node_id, node in graph.items():
        class_type = node.get("class_type") if isinstance(node, Mapping) else None
        fields = node.get("inputs", {}) if isinstance(node, Mapping) else None
        if not isinstance(class_type, str) or not isinstance(fields, Mapping):
            raise GraphRefused(
                f"node {node_id} has no class_type or no inputs object: export the graph in API format"
            )
        kind = CLASSES.get(class_type)
        if kind is None:
            unknown.append(f"{class_type} (node {node_id})")
        else:
            nodes[node_id] = (kind, fields)
    if unknown:
        raise GraphRefused(
            f"the built-in engine has no {', '.join(unknown[:20])}: it runs model-free nodes only; "
            "point the gateway at a ComfyUI server, or run this graph on the cloud"
        )
    return nodes


def _values(
    kind: NodeClass, fields: Mapping[str, Any], nodes: Mapping[str, tuple[NodeClass, Any]]
) -> tuple[dict[str, Any], list[_Fault]]:
    values: dict[str, Any] = {}
    faults = []
    for name, slot in kind.slots.items():
        if name not in fields:
            if slot.required:
                faults.append(_Fault("required_input_missing", "Required input is missing", name))
            values[name] = slot.default
            continue
        try:
            given = fields[name]
            values[name] = (
                _link(name, slot, given, nodes) if isinstance(given, list) else _literal(name, slot, given)
            )
        except _Fault as fault:
            faults.append(fault)
    return values, faults


def _link(name: str, slot: Slot, given: list[Any], nodes: Mapping[str, tuple[NodeClass, Any]]) -> Link:
    match given:
        case [str() | int() as source, int() as index] if not isinstance(index, bool):
            link = Link(str(source), index)
        case _:
            details = f"{name} must be a link of the form [node id, output number]"
            raise _Fault("bad_linked_input", "Bad linked input", details)
    if link.node_id not in nodes:
        details = f"{name} links to node {link.node_id}, which is not in the graph"
        raise _Fault("exception_during_validation", "Link to a missing node", details)
    source_class = nodes[link.node_id][0]
    if not 0 <= link.index < len(source_class.outputs):
        details = f"{name} links to output {link.index} of node {link.node_id}, which has {len(source_class.outputs)}"
        raise _Fault("exception_during_validation", "Link to a missing output", details)
    received = source_class.outputs[link.index]
    wanted = "STRING" if slot.type == "COMBO" else slot.type
    if "*" not in (received, wanted) and received != wanted:
        details = f"{name}, received_type({received}) mismatch input_type({slot.type})"
        raise _Fault("return_type_mismatch", "Return type mismatch between linked nodes", details)
    return link


def _literal(name: str, slot: Slot, given: Any) -> Any:
    if slot.type not in _READERS:
        details = f"{name} takes a link to a node that gives {slot.type}, not {str(given)[:60]!r}"
        raise _Fault("bad_linked_input", "Bad linked input", details)
    try:
        value = coerced(slot, given)
    except (TypeError, ValueError, OverflowError) as problem:
        message = f"Failed to convert an input value to a {slot.type} value"
        raise _Fault("invalid_input_type", message, f"{name}, {str(given)[:60]}, {problem}") from None
    if (wrong := misfit(slot, value)) is not None:
        kind, message = wrong
        raise _Fault(kind, message, f"{name}: {message}")
    return value


def misfit(slot: Slot, value: Any) -> tuple[str, str] | None:
    """What keeps a value of the right type out of its slot, as ComfyUI calls it and in words; None when it fits.

    >>> misfit(Slot("INT", minimum=1, maximum=8), 9)
    ('value_bigger_than_max', 'Value 9 bigger than max of 8')
    """
    if slot.minimum is not None and value < slot.minimum:
        return "value_smaller_than_min", f"Value {value} smaller than min of {slot.minimum}"
    if slot.maximum is not None and value > slot.maximum:
        return "value_bigger_than_max", f"Value {value} bigger than max of {slot.maximum}"
    if slot.options and value not in slot.options:
        return "value_not_in_list", f"Value not in list: {str(value)[:60]!r} not in {list(slot.options)}"
    return None


_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "INT": int,
    "FLOAT": float,
    "STRING": str,
    "COMBO": str,
    "BOOLEAN": bool,
    "*": lambda value: value,
}


def coerced(slot: Slot, given: Any) -> Any:
    """A literal as its slot's type, by Python's own conversion, as ComfyUI does.

    >>> coerced(Slot("INT"), "5"), coerced(Slot("BOOLEAN"), "false"), coerced(Slot("STRING"), None)
    (5, True, 'None')
    """
    value = _READERS[slot.type](given)
    if isinstance(value, float) and value != value:  # noqa: PLR0124  NaN would pass every bound
        raise ValueError("not a number")
    return value


def _refused(faults: Mapping[str, list[_Fault]], nodes: Mapping[str, tuple[NodeClass, Any]]) -> GraphRefused:
    told = [
        f"node {node_id} ({nodes[node_id][0].name}): "
        + "; ".join(
            f"{fault.message.lower()}: {fault.details}"
            if fault.kind == "required_input_missing"
            else fault.details
            for fault in found
        )
        for node_id, found in faults.items()
    ]
    errors = {
        node_id: {
            "class_type": nodes[node_id][0].name,
            "errors": [
                {"type": fault.kind, "message": fault.message, "details": fault.details} for fault in found
            ],
        }
        for node_id, found in faults.items()
    }
    return GraphRefused("; ".join(told[:10]), errors)
