"""One run and the worker process that carries it out: what they say to each other."""

import asyncio
import errno
import secrets
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

from stationthis_sdk.local.engine.limits import Limits
from stationthis_sdk.local.engine.pipe import packed, report_of
from stationthis_sdk.local.engine.pool import Worker
from stationthis_sdk.local.engines import Assignment, GraphRefused, NodeFailed, NodeStarted, Stopped

__all__ = ["Conversation", "Gone"]

_START_SECONDS: Final = 60.0
_GRACE_SECONDS: Final = 5.0
"""How much longer than its time a run may take before its worker, which keeps the time itself, is ended."""

InThread = Callable[..., Coroutine[Any, Any, Any]]


class Gone(Exception):
    """The worker ended in the middle of it."""


class Conversation:
    """A run's side of it. ``left`` is set once the gateway wants to hear no more."""

    def __init__(self, given: Assignment, folder: Path, limits: Limits, in_thread: InThread) -> None:
        self.given = given
        self.left = False
        self.begun = False
        self.worker: Worker | None = None
        self._folder = folder
        self._limits = limits
        self._in_thread = in_thread
        self._at: NodeStarted | None = None
        self._asking = asyncio.Lock()
        self._time = asyncio.timeout(None)

    async def carry_out(self, worker: Worker, owner: str) -> Exception | None:
        """Have the worker run it; gives how it ended, and raises Gone when the worker ends before the run."""
        frame = await self._in_thread(self._frame, owner)
        if self.left:
            return Stopped()
        self.worker, worker.folder = worker, self._folder
        try:
            async with asyncio.timeout(_START_SECONDS) as self._time:
                await worker.send(frame)
                while (message := await worker.receive()) is not None:
                    if message["is"] in _ENDS:
                        return _ending(message)
                    await self._hear(worker, message)
        except TimeoutError as problem:
            raise Gone from problem
        finally:
            async with self._asking:
                self.worker = None
        raise Gone

    async def ask_to_stop(self) -> None:
        """Ask the worker to leave the run."""
        async with self._asking:  # before the worker is given to another run
            if self.worker is not None:
                await self.worker.send(packed({"do": "stop"}))

    def kill(self) -> None:
        """End the worker at once, if the run is with one."""
        if self.worker is not None:
            self.worker.kill()

    def death(self, how: str) -> NodeFailed:
        """What has become of the run whose worker ended like this."""
        node_id, class_type = ("", "") if self._at is None else (self._at.node_id, self._at.class_type)
        where = f"node {node_id} ({class_type})" if self._at is not None else "the run"
        if self.begun and self._time.expired():
            reason = f"{where} worked past the {self._limits.seconds:g} s this gateway allows a run: ask for less of it"
        elif not self.begun:
            reason = f"the engine's process could not start ({how}); the gateway's log says why"
        else:
            reason = (
                f"{where} ended the engine's process ({how}), which most often is for want of memory: "
                "ask for smaller or fewer pictures, or leave this node out"
            )
        return NodeFailed(reason, node_id, class_type)

    def _frame(self, owner: str) -> bytes:
        given = self.given
        run = {"graph": given.graph, "inputs": given.inputs, "editor_graph": given.editor_graph}
        try:
            return packed({"do": "run", "owner": owner, "folder": str(self._folder), **run})
        except ValueError as problem:
            raise GraphRefused(f"the graph can't be passed to the engine: {problem}") from problem

    async def _hear(self, worker: Worker, message: dict[str, Any]) -> None:
        match message["is"]:
            case "begun":
                self.begun = True
                end = asyncio.get_running_loop().time() + self._limits.seconds + _GRACE_SECONDS
                self._time.reschedule(end)
            case "read" | "keep":
                await worker.send(packed({"do": "reply", **await self._reply(message)}))
            case _:
                report = report_of(message)
                if isinstance(report, NodeStarted):
                    self._at = report
                if report is not None and not self.left:
                    self.given.report(report)

    async def _reply(self, question: dict[str, Any]) -> dict[str, Any]:
        if self.left:
            return {"stopped": True}
        answer = self._read if question["is"] == "read" else self._keep
        try:
            reply: dict[str, Any] = await self._in_thread(answer, question)
        except Exception as problem:  # noqa: BLE001  a full disk, a closed database: the node's failure, with its reason
            return {"error": f"{type(problem).__name__}: {problem}"}
        return reply

    def _read(self, question: dict[str, Any]) -> dict[str, Any]:
        content = self.given.files.read(str(question["name"]))
        if content is None:
            return {"file": None}
        place = self._folder / secrets.token_hex(16)
        place.write_bytes(content)
        return {"file": place.name}

    def _keep(self, question: dict[str, Any]) -> dict[str, Any]:
        place = self._folder / Path(question["file"]).name
        suffix = str(question["suffix"])
        try:
            return {"url": self.given.files.keep_file(place, suffix)}
        except OSError as problem:
            if problem.errno != errno.EXDEV:
                raise
        return {"url": self.given.files.keep(place.read_bytes(), suffix)}  # outputs are on another disk


_ENDS: Final = frozenset({"done", "stopped", "refused", "failed"})


def _ending(message: dict[str, Any]) -> Exception | None:
    match message["is"]:
        case "stopped":
            return Stopped()
        case "refused":
            words = {name: message[name] for name in ("kind", "message", "details")}
            return GraphRefused(message["reason"], message["errors"], **words)
        case "failed":
            return NodeFailed(message["reason"], message["node"], message["class"])
    return None
