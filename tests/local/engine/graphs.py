"""Graphs for the engine's tests, and files in memory."""

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from stationthis_sdk.local.engine.cache import Cache
from stationthis_sdk.local.engine.running import execute
from stationthis_sdk.local.engines import NodeOutput, NodesCached, NodeStarted

EXTERNAL = "ComfyUIDeployExternal"


class MemoryFiles:
    """Files in memory."""

    def __init__(self, files: dict[str, bytes] | None = None) -> None:
        self.uploads = files or {}
        self.asked: list[str] = []
        self.kept: list[bytes] = []

    def read(self, name: str) -> bytes | None:
        self.asked.append(name)
        return self.uploads.get(name)

    def keep(self, content: bytes, suffix: str) -> str:
        self.kept.append(content)
        return f"/files/outputs/{len(self.kept)}{suffix}"

    def keep_file(self, path: Path, suffix: str) -> str:
        content = path.read_bytes()
        path.unlink()
        return self.keep(content, suffix)


class Told(list[Any]):
    """What a run reported."""

    @property
    def worked(self) -> list[str]:
        """The nodes that worked, in their order."""
        return [report.node_id for report in self if isinstance(report, NodeStarted)]

    @property
    def cached(self) -> set[str]:
        """The nodes that needed no work."""
        return {node_id for report in self if isinstance(report, NodesCached) for node_id in report.node_ids}

    @property
    def put(self) -> dict[str, Any]:
        """What each output node put out."""
        return {report.node_id: report.data for report in self if isinstance(report, NodeOutput)}


def run(graph: Any, cache: Cache | None = None, *, files: MemoryFiles | None = None, **more: Any) -> Told:
    """Run a graph in this process and give its reports."""
    told = Told()
    execute(
        graph,
        more.pop("values", {}),
        None,
        files=files or MemoryFiles(),
        report=told.append,
        stopped=lambda: False,
        cache=cache,
        **more,
    )
    return told


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    """A node."""
    return {"class_type": class_type, "inputs": inputs}


def empty(width: int = 8, height: int = 6, color: int = 0x102030, batch_size: int = 1) -> dict[str, Any]:
    """A node that gives a plain picture."""
    return node("EmptyImage", width=width, height=height, batch_size=batch_size, color=color)


def save(source: str, prefix: str = "x") -> dict[str, Any]:
    """A node that saves what another one gives."""
    return node("SaveImage", images=[source, 0], filename_prefix=prefix)


def endless() -> dict[str, Any]:
    """A graph whose work outlasts any test."""
    picture = node("StationThisPicture", prompt="x", seed=1, steps=1000, width=1024, height=1024)
    return {"1": picture, "2": save("1")}


@st.composite
def dags(draw: st.DrawFn) -> dict[str, Any]:
    """Any graph of texts joined to texts; every node may be shown, some lead nowhere."""
    graph: dict[str, Any] = {}
    for number in range(draw(st.integers(1, 9))):
        sources = [str(source) for source in range(number)]
        if not sources or draw(st.booleans()):
            graph[str(number)] = node("PrimitiveString", value=f"t{number}")
            continue
        one, two = draw(st.sampled_from(sources)), draw(st.sampled_from([*sources, None]))
        graph[str(number)] = node(
            "StringConcatenate",
            string_a=[one, 0],
            string_b=f"b{number}" if two is None else [two, 0],
            delimiter=f"d{number}",
        )
    shown = draw(st.sets(st.sampled_from(sorted(graph)), min_size=1))
    for source in sorted(shown):
        graph[f"show {source}"] = node("PreviewAny", source=[source, 0])
    return dict(draw(st.permutations(list(graph.items()))))


def sources(graph: dict[str, Any], node_id: str) -> set[str]:
    """The nodes that a node's inputs come from."""
    return {value[0] for value in graph[node_id]["inputs"].values() if isinstance(value, list)}


def needed(graph: dict[str, Any]) -> set[str]:
    """The nodes that some PreviewAny needs."""
    found: set[str] = set()
    ahead = [node_id for node_id in graph if node_id.startswith("show")]
    while ahead:
        node_id = ahead.pop()
        if node_id not in found:
            found.add(node_id)
            ahead += sources(graph, node_id)
    return found


def descendants(graph: dict[str, Any], changed: str) -> set[str]:
    """A node and all that comes of it, by going over the graph until nothing is new."""
    found = {changed}
    while True:
        more = {node_id for node_id in graph if sources(graph, node_id) & found} - found
        if not more:
            return found
        found |= more
