"""A stand-in ComfyUI for each test, an engine in front of it, and files in a folder."""

import asyncio
import io
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from PIL import Image

from stationthis_sdk.local.comfyui.engine import ComfyUI, Patience
from stationthis_sdk.local.engines import Assignment, NodeOutput, NodeStarted
from tests.local.comfyui.stand_in import StandIn

QUICK = Patience(silence=0.2, away=0.05, lost=2.0, stop=0.5, history=1.5)


class FolderFiles:
    """A run's files in a folder; ``web`` is what URLs lead to."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.web: dict[str, bytes] = {}
        self.read_names: list[str] = []

    def read(self, name: str) -> bytes | None:
        """What a URL leads to."""
        self.read_names.append(name)
        return self.web.get(name)

    def keep(self, content: bytes, suffix: str) -> str:
        """Keep some bytes."""
        name = f"{secrets.token_hex(8)}{suffix}"
        (self.folder / name).write_bytes(content)
        return f"/files/outputs/{name}"

    def keep_file(self, path: Path, suffix: str) -> str:
        """Keep a file."""
        name = f"{secrets.token_hex(8)}{suffix}"
        path.rename(self.folder / name)
        return f"/files/outputs/{name}"

    def content(self, item: dict[str, Any]) -> bytes:
        """The bytes of an output's item."""
        return (self.folder / item["url"].rpartition("/")[2]).read_bytes()

    def pixels(self, item: dict[str, Any]) -> np.ndarray:
        """An output's picture as numbers."""
        with Image.open(io.BytesIO(self.content(item))) as picture:
            return np.asarray(picture)


@attrs.define
class Runner:
    """Gives runs to an engine and notes what it reports."""

    engine: ComfyUI
    files: FolderFiles
    reports: list[Any] = attrs.Factory(list)
    stop: asyncio.Event = attrs.Factory(asyncio.Event)

    def begin(self, graph: Any, inputs: Any = None, run_id: str = "", editor: Any = None) -> Any:
        """Start a run; await what this returns."""
        given = Assignment(
            run_id=run_id or secrets.token_hex(8),
            graph=graph,
            inputs=inputs or {},
            editor_graph=editor,
            scope="me",
            files=self.files,
            report=self.reports.append,
            stop=self.stop,
        )
        return asyncio.ensure_future(self.engine.carry_out(given))

    async def run(self, graph: Any, inputs: Any = None, **more: Any) -> list[NodeOutput]:
        """Run to the end; what was put out."""
        self.reports.clear()
        await self.begin(graph, inputs, **more)
        return self.told(NodeOutput)

    def told(self, kind: type) -> list[Any]:
        """The reports of a kind."""
        return [report for report in self.reports if isinstance(report, kind)]

    async def until_started(self, class_type: str) -> None:
        """Wait until a node of a class is at work."""
        async with asyncio.timeout(45):
            while not any(one.class_type == class_type for one in self.told(NodeStarted)):  # noqa: ASYNC110
                await asyncio.sleep(0.005)


@pytest.fixture
async def comfy(tmp_path: Path) -> AsyncIterator[StandIn]:
    """A ComfyUI without the comfyui-deploy plugin."""
    server = StandIn(tmp_path / "comfyui")
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def files(tmp_path: Path) -> FolderFiles:
    """Where outputs go."""
    return FolderFiles(tmp_path / "files")


@pytest.fixture
async def runner_of(files: FolderFiles, tmp_path: Path) -> AsyncIterator[Callable[..., Runner]]:
    """Make engines for addresses; in the end none has left an unfinished file."""
    engines: list[ComfyUI] = []

    def make(address: str, **more: Any) -> Runner:
        engines.append(ComfyUI(address, tmp_path / "scratch", **{"patience": QUICK, **more}))
        return Runner(engines[-1], files)

    yield make
    for engine in engines:
        await engine.close()
    scratch = tmp_path / "scratch"
    assert not scratch.exists() or not list(scratch.iterdir()), "unfinished files are left"


@pytest.fixture
def runner(comfy: StandIn, runner_of: Callable[..., Runner]) -> Runner:
    """An engine in front of the stand-in."""
    return runner_of(comfy.address)


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    """A node of a graph."""
    return {"class_type": class_type, "inputs": inputs}


def empty(width: int = 4, height: int = 3, color: int = 0x102030, batch_size: int = 1) -> dict[str, Any]:
    """A picture of one colour."""
    return node("EmptyImage", width=width, height=height, batch_size=batch_size, color=color)


def saved(source: str) -> dict[str, Any]:
    """Save the pictures of a node."""
    return node("SaveImage", images=[source, 0], filename_prefix="x")


def png(color: Any = (1, 2, 3), size: tuple[int, int] = (5, 4), mode: str = "RGB", **more: Any) -> bytes:
    """A picture file."""
    out = io.BytesIO()
    Image.new(mode, size, color).save(out, more.pop("format", "PNG"), **more)
    return out.getvalue()
