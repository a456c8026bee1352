"""What a graph makes: its output nodes, and what they are fed with. Pure.

The order of nodes tells nothing; a picture that is only previewed is not what a video's graph is for.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

from stationthis_sdk.graphs.nodes import Node, upstream

__all__ = ["OutputNode", "main_kind", "output_nodes"]

KINDS: Final = ("mesh", "video", "animation", "audio", "image", "text", "file")
"""What a graph may make; of several, the first is what it is for."""

_CERTAIN: Final[Mapping[str, str]] = {
    "ComfyDeployOutputImage": "image",
    "ComfyDeployOutputText": "text",
    "ComfyDeployOutputEXR": "file",
    "ComfyDeployStdOutputImage": "image",
    "ComfyDeployWebscoketImageOutput": "image",
    "PreviewAny": "text",
    "PreviewAudio": "audio",
    "PreviewImage": "image",
    "SaveAnimatedPNG": "animation",
    "SaveAnimatedWEBP": "animation",
    "SaveImage": "image",
    "SaveImageWebsocket": "image",
    "SaveLatent": "file",
    "SaveSVGNode": "image",
    "SaveVideo": "video",
    "SaveWEBM": "video",
}
_BY_FEED: Final = frozenset({"ComfyDeployOutputFile", "ComfyDeployStdOutputAny"})
# Output nodes of the plugin that only pass texts on.
_NO_RESULT: Final = frozenset({"ComfyUIDeployStringCombine", "ComfyUIDeployStringFunction"})
_KIND_OF_TYPE: Final = {
    "IMAGE": "image", "VIDEO": "video", "AUDIO": "audio", "STRING": "text", "SVG": "image", "MESH": "mesh",
    "MASK": "image", "VHS_FILENAMES": "video",
}  # fmt: skip
_OUTPUT_NAME: Final = re.compile(
    r"^(save|preview|show|display|export)|(save|preview|saver|previewer|output|animatediffcombine)\W*\w*$",
    re.IGNORECASE,
)
# What keeps something does so although it passes it on.
_KEEPS: Final = re.compile(r"^Save(?![a-z])|VideoCombine$")
_PREVIEW: Final = re.compile(r"preview|^(show|display)", re.IGNORECASE)
_WORD_OF_KIND: Final = (
    (re.compile(r"video|mp4|webm", re.IGNORECASE), "video"),
    (re.compile(r"gif|animat|apng", re.IGNORECASE), "animation"),
    (re.compile(r"audio|music|speech|sound|flac|mp3", re.IGNORECASE), "audio"),
    (re.compile(r"3d|glb|mesh|gltf|splat", re.IGNORECASE), "mesh"),
    (re.compile(r"image|picture|mask|png|jpe?g|webp", re.IGNORECASE), "image"),
    (re.compile(r"text|string|caption|json|any", re.IGNORECASE), "text"),
)
_MAKES: Final = (
    (re.compile(r"Video(Combine)?$|^CreateVideo|ToVideo$|Video\w*Node", re.IGNORECASE), "video"),
    (re.compile(r"audio|speech|music", re.IGNORECASE), "audio"),
    (re.compile(r"mesh|glb|3d", re.IGNORECASE), "mesh"),
    (
        re.compile(
            r"caption|interrogat|tagger|florence|llm|chat|text(?!\w*encode)|string|json", re.IGNORECASE
        ),
        "text",
    ),
    (re.compile(r"image|decode|picture|upscale|mask", re.IGNORECASE), "image"),
)


@attrs.frozen(repr=False)
class OutputNode:
    """One node whose work is a result. ``kind`` is image, animation, video, audio, mesh, text or file.

    ``output_id`` is the name its author gave it. A ``preview`` is made for the editor; the service keeps its texts
    only.
    """

    node_id: str
    class_type: str
    kind: str
    output_id: str | None = None
    preview: bool = False

    def __repr__(self) -> str:
        return f"<{self}>"

    def __str__(self) -> str:
        return f"{self.output_id or self.class_type} {self.kind}" + (" (preview)" if self.preview else "")


def output_nodes(nodes: Mapping[str, Node]) -> tuple[OutputNode, ...]:
    """The nodes whose work is a result, those that are kept before those that are only previewed."""
    read = {link.node_id for node in nodes.values() for link in node.links.values()}
    found = [node for node in nodes.values() if _is_output(node, read)]
    if not found:
        found = [node for node in nodes.values() if node.id not in read and node.links]
    made = [
        OutputNode(
            node.id,
            node.class_type,
            _kind(node, nodes),
            _text(node.values.get("output_id")),
            bool(_PREVIEW.search(node.class_type)),
        )
        for node in found
    ]
    return tuple(sorted(made, key=lambda one: one.preview))


def main_kind(outputs: tuple[OutputNode, ...]) -> str | None:
    """What the graph is for: the first of its kinds among what is kept, else among its previews."""
    kept = [one.kind for one in outputs if not one.preview] or [one.kind for one in outputs]
    return min(kept, key=KINDS.index, default=None)


def _is_output(node: Node, read: set[str]) -> bool:
    name = node.class_type
    if name in _NO_RESULT:
        return False
    if name in _CERTAIN or name in _BY_FEED or _KEEPS.search(name):
        return True
    # A node of somebody else's is one if it is named like one and nothing reads from it.
    return node.id not in read and bool(_OUTPUT_NAME.search(name))


def _kind(node: Node, nodes: Mapping[str, Node]) -> str:
    name = node.class_type
    if name in _CERTAIN:
        return _CERTAIN[name]
    if "VideoCombine" in name:
        return "animation" if str(node.values.get("format", "")).startswith("image/") else "video"
    fed = _fed_with(node, nodes)
    if name in _BY_FEED:
        return fed or "file"
    own = next((kind for pattern, kind in _WORD_OF_KIND if pattern.search(name)), None)
    return own or _made_by(name) or fed or "file"


def _fed_with(node: Node, nodes: Mapping[str, Node]) -> str | None:
    """What an output node is fed with: by the link's type where the graph tells it, else by who made it."""
    for link in node.links.values():
        if link.type in _KIND_OF_TYPE:
            return _KIND_OF_TYPE[link.type]
    for source in upstream(nodes, *(link.node_id for link in node.links.values())):
        if kind := _made_by(source.class_type):
            return kind
    return None


def _made_by(name: str) -> str | None:
    """What a class with such a name makes."""
    return next((kind for pattern, kind in _MAKES if pattern.search(name)), None)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
