"""A graph as a ComfyUI without the comfyui-deploy plugin can run it.

External inputs become what they stand for: values go to where they are linked to, pictures and files into nodes that
load them. The plugin's output nodes become core ones. What each makes of its value is the plugin's own way.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from stationthis_sdk.graphs.external import EXTERNAL_CLASSES, is_link
from stationthis_sdk.local.comfyui import outputs_of_plugin
from stationthis_sdk.local.comfyui.client import Schema
from stationthis_sdk.local.comfyui.externals import Stand, stand_in_for
from stationthis_sdk.local.comfyui.outputs_of_plugin import Wanted
from stationthis_sdk.local.comfyui.sources import Sources
from stationthis_sdk.local.engines import GraphRefused, NodeFailed

__all__ = ["Translated", "is_plugins", "translated"]

NODE_LIMIT: Final = 5000
_DEEPEST: Final = 100


@attrs.frozen
class Translated:
    """A graph to queue. ``owners`` leads from nodes we added to the node of the run's graph they work for.

    ``wanted`` says of an output node what was asked of it; ``uploads`` are the files its nodes load, by the name they
    are known by in the graph.
    """

    graph: dict[str, dict[str, Any]]
    classes: Mapping[str, str]
    owners: Mapping[str, str]
    wanted: Mapping[str, Wanted]
    uploads: Mapping[str, bytes]
    notes: tuple[str, ...]


def is_plugins(class_type: str) -> bool:
    """Tell whether a class is one that we can stand in for."""
    return class_type in EXTERNAL_CLASSES or class_type in outputs_of_plugin.CLASSES


def translated(graph: Any, schemas: Mapping[str, Schema], read: Callable[[str], bytes | None]) -> Translated:
    """Stand in for the plugin's nodes that the server lacks; a run's values are in the graph already.

    ``read`` may wait for a file from the web, so call this in a thread. Raises GraphRefused and NodeFailed.
    """
    return _Translation(_checked(graph), schemas, read).whole()


def _checked(graph: Any) -> dict[str, dict[str, Any]]:
    if not isinstance(graph, Mapping) or not graph:
        raise GraphRefused(
            "the graph is empty: it must be an object of nodes in ComfyUI's API format",
            kind="prompt_no_outputs",
            message="Prompt has no outputs",
        )
    if len(graph) > NODE_LIMIT:
        raise GraphRefused(f"the graph has {len(graph)} nodes; this gateway runs up to {NODE_LIMIT}")
    for node_id, node in graph.items():
        fields = node.get("inputs", {}) if isinstance(node, Mapping) else None
        if not isinstance(fields, Mapping) or not isinstance(node.get("class_type"), str):
            raise GraphRefused(
                f"node {node_id} has no class_type or no inputs object: export the graph in API format",
                details=f"Node ID '#{node_id}'",
            )
    return {str(node_id): {**node, "inputs": dict(node.get("inputs", {}))} for node_id, node in graph.items()}


class _Translation:
    def __init__(
        self,
        nodes: dict[str, dict[str, Any]],
        schemas: Mapping[str, Schema],
        read: Callable[[str], bytes | None],
    ) -> None:
        self._nodes = nodes
        self._schemas = schemas
        self._sources = Sources(read)
        self._stands: dict[str, Stand] = {}
        self._path: list[str] = []
        self._graph: dict[str, dict[str, Any]] = {}
        self._owners: dict[str, str] = {}
        self._wanted: dict[str, Wanted] = {}
        self._notes: list[str] = []

    def whole(self) -> Translated:
        needed = self._needed()
        for node_id, node in self._nodes.items():
            if self._is_external(node_id):
                if node_id in needed:
                    self._stand(node_id)
            else:
                self._add(node_id, node, is_needed=node_id in needed)
        return Translated(
            graph=self._graph,
            classes={node_id: node["class_type"] for node_id, node in self._nodes.items()},
            owners=self._owners,
            wanted=self._wanted,
            uploads=self._sources.uploads,
            notes=tuple(self._notes),
        )

    def _lacks(self, class_type: str) -> bool:
        return class_type not in self._schemas and is_plugins(class_type)

    def _is_external(self, node_id: str) -> bool:
        class_type = self._nodes[node_id]["class_type"]
        return class_type in EXTERNAL_CLASSES and self._lacks(class_type)

    def _needed(self) -> set[str]:
        """The nodes that some output node needs: the others never run, so their pictures aren't fetched."""
        waiting = [node_id for node_id, node in self._nodes.items() if self._puts_out(node["class_type"])]
        needed = set(waiting)
        while waiting:
            for value in self._nodes[waiting.pop()]["inputs"].values():
                if is_link(value) and (source := str(value[0])) in self._nodes and source not in needed:
                    needed.add(source)
                    waiting.append(source)
        return needed

    def _puts_out(self, class_type: str) -> bool:
        schema = self._schemas.get(class_type)
        return schema.is_output if schema else class_type in outputs_of_plugin.CLASSES

    def _add(self, node_id: str, node: dict[str, Any], *, is_needed: bool) -> None:
        class_type = node["class_type"]
        schema = self._schemas.get(class_type)
        fields: dict[str, Any] = {}
        for name, value in node["inputs"].items():
            source = str(value[0]) if is_link(value) else ""
            if source not in self._nodes or not self._is_external(source):
                fields[name] = value
            elif is_needed:
                put = self._value(value)
                if put is not None:
                    fields[name] = put
                elif schema is None or name in schema.required:
                    why = self._stands[source].why_nothing
                    raise NodeFailed(
                        f"node {node_id} ({class_type}): input {name!r} is empty: node {source} "
                        f"({self._nodes[source]['class_type']}) {why}",
                        node_id,
                        class_type,
                    )
        node = {**node, "inputs": fields}
        if self._lacks(class_type):
            node, self._wanted[node_id] = outputs_of_plugin.stand_in_for(node_id, node)
        self._graph[node_id] = node

    def _value(self, value: Any) -> Any:
        """What a literal or link amounts to: a literal, a link between nodes that stay, or None."""
        if not is_link(value):
            return value
        source, index = str(value[0]), value[1]
        if source not in self._nodes or not self._is_external(source):
            return value
        stand = self._stand(source)
        if index not in stand.outputs:
            class_type = self._nodes[source]["class_type"]
            raise GraphRefused(
                f"node {source} ({class_type}) can't give its output {index} on a ComfyUI that lacks the "
                "comfyui-deploy plugin: install it there, or use another node",
            )
        return stand.outputs[index]

    def _stand(self, node_id: str) -> Stand:
        if node_id in self._stands:
            return self._stands[node_id]
        if node_id in self._path or len(self._path) > _DEEPEST:
            raise GraphRefused(
                f"the graph has a cycle through node {node_id}: remove one of its links",
                kind="prompt_outputs_failed_validation",
                message="Prompt outputs failed validation",
            )
        self._path.append(node_id)
        node = self._nodes[node_id]
        fields = {name: self._value(value) for name, value in node["inputs"].items()}
        try:
            stand = stand_in_for(node_id, node["class_type"], fields, self._sources)
        except NodeFailed as problem:
            where = f"node {node_id} ({node['class_type']}): {problem}"
            raise NodeFailed(where, node_id, node["class_type"]) from problem
        self._path.pop()
        self._stands[node_id] = stand
        self._notes.extend(stand.notes)
        for name, added in stand.nodes.items():
            if added["class_type"] not in self._schemas:
                raise GraphRefused(
                    f"node {node_id} ({node['class_type']}) needs {added['class_type']}, which this ComfyUI lacks, "
                    "as it does the comfyui-deploy plugin",
                    details=f"Node ID '#{node_id}'",
                )
            if name != node_id and name in self._nodes:
                raise GraphRefused(f"node {name} has an id that node {node_id} needs: give it another")
            self._graph[name] = added
            self._owners[name] = node_id
        return stand
