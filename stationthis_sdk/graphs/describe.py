"""What a graph is: its inputs, its results, its nodes, its base model, and what it is good for. Pure.

Everything is read from the graph, in either of ComfyUI's formats; nothing is guessed from a name.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from stationthis_sdk.graphs.base_models import base_model, lora_files, takes_lora
from stationthis_sdk.graphs.external import EXTERNAL_CLASSES, GraphInput, external_inputs
from stationthis_sdk.graphs.nodes import Node, nodes_of, upstream
from stationthis_sdk.graphs.results import OutputNode, main_kind, output_nodes

__all__ = ["GraphDescription", "describe", "graph_inputs"]

_CATEGORY: Final = {"video": "video", "animation": "video", "audio": "audio", "mesh": "3d"}
_PICTURES: Final = frozenset({"image", "images", "video"})
_LOADS_PICTURE: Final = re.compile(r"load[\s_]*(image|video)(?!\w*model)|^image[\s_]*load", re.IGNORECASE)


@attrs.frozen
class GraphDescription:
    """What a graph is. ``kind`` is what it makes above all; see ``OutputNode``.

    ``category`` is text-to-image, image-to-image, video, audio, 3d, interrogate (pictures in, text out), text or
    other. ``supports_lora`` is True where whoever runs it can choose a LoRA; ``loras`` are those it always loads.
    """

    outputs: tuple[OutputNode, ...]
    kind: str | None
    node_classes: tuple[str, ...]
    base_model: str | None
    supports_lora: bool
    loras: tuple[str, ...]
    category: str


def describe(graph: Mapping[str, Any]) -> GraphDescription:
    """Describe a graph in API or UI format.

    >>> about = describe({
    ...     "1": {"class_type": "VAEDecode", "inputs": {}},
    ...     "2": {"class_type": "VHS_VideoCombine", "inputs": {"images": ["1", 0], "format": "video/h264-mp4"}},
    ...     "3": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
    ... })
    >>> about.kind, about.category
    ('video', 'video')
    """
    nodes = nodes_of(graph)
    outputs = output_nodes(nodes)
    kind = main_kind(outputs)
    working = upstream(nodes, *(one.node_id for one in outputs if one.kind == kind))
    if not any(node.links for node in working):
        working = [*nodes.values()]  # links are missing, or there is no output
    return GraphDescription(
        outputs=outputs,
        kind=kind,
        node_classes=tuple(sorted({node.class_type for node in nodes.values()})),
        base_model=base_model(working),
        supports_lora=takes_lora([*nodes.values()]),
        loras=lora_files(nodes.values()),
        category=_category(kind, working),
    )


def graph_inputs(graph: Mapping[str, Any]) -> tuple[GraphInput, ...]:
    """The external inputs of a graph in either format, in the order of its nodes.

    >>> node = {"id": 1, "type": "ComfyUIDeployExternalText", "widgets_values": ["prompt", "a fox", "Prompt", ""]}
    >>> [(one.input_id, one.default) for one in graph_inputs({"nodes": [node], "links": []})]
    [('prompt', 'a fox')]
    """
    if not isinstance(graph.get("nodes"), list):
        return external_inputs(graph)
    return external_inputs(
        {
            node.id: {
                "class_type": node.class_type,
                "inputs": {
                    **node.values,
                    **{name: [link.node_id, link.slot] for name, link in node.links.items()},
                },
            }
            for node in nodes_of(graph).values()
        }
    )


def _category(kind: str | None, working: Sequence[Node]) -> str:
    if kind in {"image", "text"}:
        from_pictures = any(_gives_picture(node) for node in working)
        if kind == "text":
            return "interrogate" if from_pictures else "text"
        return "image-to-image" if from_pictures else "text-to-image"
    return _CATEGORY.get(kind or "", "other")


def _gives_picture(node: Node) -> bool:
    external = EXTERNAL_CLASSES.get(node.class_type)
    if external is not None:
        return external.kind in _PICTURES or node.class_type.endswith("EXR")
    return bool(_LOADS_PICTURE.search(node.class_type))
