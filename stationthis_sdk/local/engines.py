"""What an engine is to the gateway: it carries out one run's graph, and reports what happens on the way."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import attrs

if TYPE_CHECKING:
    import asyncio  # the worker processes, which import this, need no event loop

__all__ = [
    "MODELS",
    "Assignment",
    "Engine",
    "Files",
    "GraphRefused",
    "NodeFailed",
    "NodeOutput",
    "NodeStarted",
    "NodeStepped",
    "NodesCached",
    "Previewed",
    "Report",
    "Said",
    "Stopped",
]


class GraphRefused(Exception):
    """The graph can't run; ``errors`` holds what is wrong with each node, in ComfyUI's shape.

    The message is for people; ``kind``, ``message`` and ``details`` are ComfyUI's words for the whole graph.
    """

    def __init__(
        self,
        reason: str,
        errors: Mapping[str, Any] | None = None,
        kind: str = "invalid_prompt",
        message: str = "",
        details: str = "",
    ) -> None:
        super().__init__(reason)
        self.errors = dict(errors or {})
        self.kind, self.message, self.details = kind, message or reason, details

    @property
    def error(self) -> dict[str, Any]:
        """What ComfyUI's ``POST /prompt`` gives as ``error``."""
        return {"type": self.kind, "message": self.message, "details": self.details, "extra_info": {}}


class NodeFailed(Exception):
    """A node could not do its work; the message says what to change.

    ``node_id`` and ``class_type`` are known once it leaves the engine.
    """

    def __init__(self, reason: str, node_id: str = "", class_type: str = "") -> None:
        super().__init__(reason)
        self.node_id, self.class_type = node_id, class_type


class Stopped(Exception):
    """The run was asked to end."""


@attrs.frozen
class NodeStarted:
    """A node begins; ``progress`` is the share of the whole run that is done."""

    node_id: str
    class_type: str
    progress: float


@attrs.frozen
class NodeStepped:
    """A node took a step of its own work; ``says`` are its own words of it, for the log and the live status."""

    node_id: str
    class_type: str
    value: int
    maximum: int
    progress: float
    says: str = ""


@attrs.frozen
class NodeOutput:
    """A node put something out. ``uploaded`` tells files from values."""

    node_id: str
    class_type: str
    data: dict[str, list[Any]]
    uploaded: bool


@attrs.frozen
class Said:
    """A line for the run's log; ``level`` is info, warning or error."""

    message: str
    level: str = "info"


@attrs.frozen
class Previewed:
    """A picture of unfinished work; only the newest is worth keeping."""

    node_id: str
    content: bytes
    mime: str


@attrs.frozen
class NodesCached:
    """Nodes that need no work: an earlier run's results hold. Told once, before any node begins."""

    node_ids: tuple[str, ...]


MODELS: Final = "models:"
"""Before a path from the top of the account's volume of models, such as ``models:loras/my-cat.safetensors``."""

Report = Callable[[NodeStarted | NodeStepped | NodeOutput | Said | Previewed | NodesCached], None]


class Files(Protocol):
    """Where a run gets its pictures from and puts its files; its methods wait, so call them from threads."""

    def read(self, name: str) -> bytes | None:
        """The bytes behind an upload's name or URL, None when there is no such file.

        With MODELS before it, a path is one of the account's models.
        """

    def keep(self, content: bytes, suffix: str) -> str:
        """Keep an output file; returns its path on the server, ``/files/outputs/…``."""

    def keep_file(self, path: Path, suffix: str) -> str:
        """Keep a finished file by moving it; returns its path on the server."""


@attrs.frozen(eq=False)
class Assignment:
    """One run for an engine: ``inputs`` are still to be put into ``graph``; ``stop`` is set when it should end.

    ``report`` is called on the event loop. ``scope`` tells owners apart: nothing of one may serve another.
    """

    run_id: str
    graph: Any
    inputs: Mapping[str, Any]
    editor_graph: Any
    scope: str
    files: Files
    report: Report
    stop: "asyncio.Event"


class Engine(Protocol):
    """Carries out runs. One engine may be given several at once."""

    async def carry_out(self, given: Assignment) -> None:
        """Run to the end; raises GraphRefused, NodeFailed, or Stopped soon after ``stop`` is set."""

    async def close(self) -> None:
        """Free what the engine holds; nothing is under way any more."""
