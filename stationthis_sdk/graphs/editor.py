"""What ComfyUI's editor saves (UI format), opened: its nodes in their levels, and where each link really comes from. Pure.

Nodes are placed, links are numbered, and parts do not run: notes, muted and bypassed nodes. Subgraphs are opened here,
and whatever only passes values on is seen through: reroutes, bypassed nodes, the borders of subgraphs, and the set and
get nodes of KJNodes. The rules are those by which the editor itself makes API format.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

__all__ = ["Constant", "Level", "Link", "dicts", "running"]

Graph = Mapping[str, Any]

_MUTED: Final = 2
_BYPASSED: Final = 4
_SUBGRAPH_INPUT: Final = -10
_SUBGRAPH_OUTPUT: Final = -20
_FAR: Final = 200
_DEEP: Final = 20
_MOST_SUBGRAPHS: Final = 2000
# What a file holds may be no word at all, and so is not looked for in a set.
_STOPPED: Final = (_MUTED, _BYPASSED)
_ANY: Final = ("*", "", None)
_PRIMITIVE: Final = "PrimitiveNode"
_SET: Final = frozenset({"SetNode", "easy setNode"})
_GET: Final = frozenset({"GetNode", "easy getNode"})
_PASSES_ON: Final = frozenset({"Reroute", "Reroute (rgthree)"}) | _SET
_NEVER_RUN: Final = frozenset({"Note", "MarkdownNote", "Label (rgthree)", "Bookmark (rgthree)", _PRIMITIVE})
_EDITOR_ONLY: Final = _NEVER_RUN | _PASSES_ON | _GET


@attrs.frozen
class Link:
    """Where an input's value comes from; ``type`` is ComfyUI's word, which API format does not tell."""

    node_id: str
    type: str | None = None
    slot: int = 0


@attrs.frozen
class Constant:
    """A value that comes over a link: of a primitive, or of a widget on a subgraph's outside."""

    value: Any


@attrs.frozen
class _Wire:
    """One link as the file has it."""

    origin: Any
    slot: Any
    target: Any
    target_slot: Any
    type: str | None


@attrs.define
class Level:
    """One level of an editor's graph: the top, or the inside of one use of a subgraph.

    ``prefix`` stands before the ids of its nodes ("5:" inside node 5), as the editor writes them.
    """

    nodes: dict[Any, Graph]
    wires: dict[Any, _Wire]
    prefix: str = ""
    use: "_Use | None" = None
    inner: "dict[Any, Level]" = attrs.field(factory=dict)

    def source(self, link_id: Any, type: Any = "*", depth: int = 0) -> Link | Constant | None:
        """What feeds this link, in the end: a node that runs, a value, or nothing.

        type: of the input the link leads to, by which a bypassed node chooses what it passes on.
        """
        wire = self.wires.get(link_id) if isinstance(link_id, int | str) else None
        if wire is None or depth > _FAR:
            return None
        if wire.origin == _SUBGRAPH_INPUT:
            return self.use.source(wire.slot, type, depth + 1) if self.use is not None else None
        node = self.nodes.get(wire.origin)
        return None if node is None else self._output(wire, node, type, depth)

    def _output(self, wire: _Wire, node: Graph, type: Any, depth: int) -> Link | Constant | None:
        name, mode, inputs = str(node.get("type")), node.get("mode"), dicts(node.get("inputs"))
        if mode == _MUTED:
            return None
        if mode == _BYPASSED:
            chosen = _passed_on(inputs, _type_of(dicts(node.get("outputs")), wire.slot), wire.slot, type)
            return None if chosen is None else self.source(inputs[chosen].get("link"), type, depth + 1)
        if (inside := self.inner.get(wire.origin)) is not None:
            return inside.result(wire.slot, type, depth + 1)
        if name == _PRIMITIVE:
            values = node.get("widgets_values")
            return Constant(values[0]) if isinstance(values, list) and values else None
        if name in _GET:
            return self._got(_first_value(node), type, depth)
        if name in _PASSES_ON:
            return self.source(inputs[0].get("link"), type, depth + 1) if inputs else None
        if name in _NEVER_RUN:
            return None
        return Link(f"{self.prefix}{wire.origin}", wire.type, wire.slot if isinstance(wire.slot, int) else 0)

    def result(self, slot: Any, type: Any, depth: int) -> Link | Constant | None:
        """What a subgraph gives out at one of its outputs."""
        for link_id, wire in self.wires.items():
            if wire.target == _SUBGRAPH_OUTPUT and wire.target_slot == slot:
                return self.source(link_id, type, depth)
        return None

    def _got(self, name: Any, type: Any, depth: int) -> Link | Constant | None:
        """What was set under this name, here or outside."""
        for node in self.nodes.values():
            if str(node.get("type")) in _SET and name is not None and _first_value(node) == name:
                inputs = dicts(node.get("inputs"))
                return self.source(inputs[0].get("link"), type, depth + 1) if inputs else None
        return self.use.outside._got(name, type, depth + 1) if self.use is not None else None  # noqa: SLF001


@attrs.frozen
class _Use:
    """One use of a subgraph: the node outside that stands for it, and the definition."""

    outside: Level
    node: Graph
    names: tuple[Any, ...]
    widgets: Mapping[Any, Constant]

    def source(self, slot: Any, type: Any, depth: int) -> Link | Constant | None:
        """What comes in at one of the definition's inputs: files leave out inputs that are widgets and not linked."""
        if not isinstance(slot, int) or not 0 <= slot < len(self.names):
            return None
        for one in dicts(self.node.get("inputs")):
            if one.get("name") == self.names[slot] and one.get("link") is not None:
                return self.outside.source(one["link"], type, depth)
        return self.widgets.get(self.names[slot])


def _use(outside: Level, node: Graph, definition: Graph) -> _Use:
    names = tuple(str(one.get("name")) for one in dicts(definition.get("inputs")))
    held = node.get("widgets_values_named")
    values = node.get("widgets_values")
    if isinstance(held, Mapping) and isinstance(values, list) and len(held) == len(values):
        held = dict(zip(held, values, strict=True))
    elif not isinstance(held, Mapping):
        shown = [names[place] for place in _widget_slots(definition)]
        fits = isinstance(values, list) and len(values) == len(shown)
        held = (
            dict(zip(shown, values or [], strict=True)) if fits else {}
        )  # else the widgets inside hold them
    return _Use(outside, node, names, {name: Constant(held[name]) for name in names if name in held})


def open_editor(graph: Graph) -> Level:
    """A graph in UI format, with all its subgraphs opened."""
    definitions = graph.get("definitions")
    listed = dicts(definitions.get("subgraphs") if isinstance(definitions, Mapping) else None)
    by_id = {one["id"]: one for one in listed if isinstance(one.get("id"), str)}
    return _level(graph, _Subgraphs(by_id), "", None)


def running(graph: Graph) -> Iterator[tuple[Level, Any, Graph]]:
    """The nodes that run, with their level and their id in it, in the file's order."""
    yield from _running(open_editor(graph))


def _running(level: Level) -> Iterator[tuple[Level, Any, Graph]]:
    for node_id, node in level.nodes.items():
        if node_id in level.inner:
            yield from _running(level.inner[node_id])
        elif (
            isinstance(node.get("type"), str)
            and node["type"] not in _EDITOR_ONLY
            and node.get("mode") not in _STOPPED
        ):
            yield level, node_id, node


@attrs.define
class _Subgraphs:
    """The definitions, and how many uses may still be opened: files of strangers nest them without end."""

    by_id: Mapping[str, Graph]
    left: int = _MOST_SUBGRAPHS

    def used_by(self, node: Graph) -> Graph | None:
        """The definition this node is a use of."""
        found = self.by_id.get(str(node.get("type")))
        if found is None or self.left == 0 or node.get("mode") in _STOPPED:
            return None
        self.left -= 1
        return found


def _level(graph: Graph, subgraphs: _Subgraphs, prefix: str, within: _Use | None) -> Level:
    nodes = {node["id"]: node for node in dicts(graph.get("nodes")) if isinstance(node.get("id"), int | str)}
    level = Level(nodes, _wires(graph.get("links")), prefix, within)
    for node_id, node in nodes.items():
        definition = subgraphs.used_by(node) if prefix.count(":") < _DEEP else None
        if definition is not None:
            use = _use(level, node, definition)
            level.inner[node_id] = _level(definition, subgraphs, f"{prefix}{node_id}:", use)
    return level


def _wires(listed: Any) -> dict[Any, _Wire]:
    """Links by id: lists at the top, objects in subgraphs."""
    found: dict[Any, _Wire] = {}
    for one in listed if isinstance(listed, list) else ():
        match one:
            case [int() | str() as link_id, origin, slot, target, target_slot, *rest]:
                kind = rest[0] if rest else None
            case {"id": int() | str() as link_id, "origin_id": origin, "target_id": target}:
                slot, target_slot, kind = one.get("origin_slot"), one.get("target_slot"), one.get("type")
            case _:
                continue
        if all(isinstance(end, int | str) for end in (origin, target)):
            found[link_id] = _Wire(origin, slot, target, target_slot, kind if isinstance(kind, str) else None)
    return found


def _widget_slots(definition: Graph) -> list[int]:
    """The inputs of a subgraph that are widgets inside it, in order: those stand on its outside as widgets."""
    nodes = {
        node["id"]: node for node in dicts(definition.get("nodes")) if isinstance(node.get("id"), int | str)
    }
    widgets: set[Any] = set()
    for wire in _wires(definition.get("links")).values():
        if wire.origin == _SUBGRAPH_INPUT:
            inputs = dicts(nodes.get(wire.target, {}).get("inputs"))
            at = wire.target_slot
            if (
                isinstance(at, int)
                and 0 <= at < len(inputs)
                and isinstance(inputs[at].get("widget"), Mapping)
            ):
                widgets.add(wire.slot)
    return [place for place in range(len(dicts(definition.get("inputs")))) if place in widgets]


def _passed_on(inputs: list[Graph], made: Any, slot: Any, wanted: Any) -> int | None:
    """Which input a bypassed node passes on at one of its outputs: the one beside it, else the first that fits."""
    if not isinstance(slot, int) or not inputs:
        return None
    types = [one.get("type") for one in inputs]
    if wanted in _ANY:
        return slot if slot < len(types) else 0
    if slot < len(types) and _fits(types[slot], made) and _fits(types[slot], wanted):
        return slot
    if wanted in types:
        return types.index(wanted)
    return next((at for at, one in enumerate(types) if _fits(one, made) and _fits(one, wanted)), None)


def _fits(one: Any, other: Any) -> bool:
    """Whether the editor lets two types be linked: the same, any, or one of several with commas."""
    if one in _ANY or other in _ANY:
        return True
    left, right = (set(str(names).casefold().split(",")) for names in (one, other))
    return not left.isdisjoint(right)


def _type_of(slots: list[Graph], at: Any) -> Any:
    return slots[at].get("type") if isinstance(at, int) and 0 <= at < len(slots) else None


def _first_value(node: Graph) -> Any:
    values = node.get("widgets_values")
    return values[0] if isinstance(values, list) and values else None


def dicts(value: Any) -> list[Mapping[str, Any]]:
    """The objects of what may be a list of them."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
