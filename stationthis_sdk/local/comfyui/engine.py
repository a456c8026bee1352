"""The ComfyUI engine as the gateway sees it: a run is a prompt on somebody's ComfyUI server."""

import asyncio
import contextlib
import json
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import aiohttp
import attrs

from stationthis_sdk.local.comfyui.client import Client, Schema, ServerLost, TooLarge
from stationthis_sdk.local.comfyui.course import Course, Executed, Told
from stationthis_sdk.local.comfyui.deliveries import Deliveries, Limits
from stationthis_sdk.local.comfyui.outgoing import carried_out
from stationthis_sdk.local.comfyui.refusals import refusal
from stationthis_sdk.local.comfyui.stopping import withdraw
from stationthis_sdk.local.comfyui.translate import Translated, is_plugins, translated
from stationthis_sdk.local.engines import Assignment, GraphRefused, NodeFailed, Said
from stationthis_sdk.local.reach import Reach
from stationthis_sdk.local.runs.inputs import with_inputs

__all__ = ["ComfyUI", "Patience"]

_OBJECT_INFO_SECONDS: Final = 60.0
_ONE_LOOK_SECONDS: Final = 10.0
_UNREAD_LIMIT: Final = 128 * 2**20
_LEAST: Final = 1000  # bytes that a message takes, however short
_LONG: Final = 2**20
_LONGEST_SILENCE: Final = 6  # times as long
_PAUSES: Final = (0.02, 0.05, 0.1, 0.2, 0.5)


@attrs.frozen
class Patience:
    """Seconds until something else is tried.

    ``silence``: until ComfyUI is asked how a run stands; ``away``: the same while the WebSocket is gone; ``lost``: until
    a run is given up whose ComfyUI does not answer; ``stop``: until a stopped run is left to itself; ``history``: until
    the history of a run that is over is done without.
    """

    silence: float = 5.0
    away: float = 1.0
    lost: float = 30.0
    stop: float = 2.0
    history: float = 10.0


@attrs.define(eq=False)
class _Line:
    """The WebSocket of one run: what came over it, None when it broke."""

    inbox: asyncio.Queue[aiohttp.WSMessage | None] = attrs.Factory(asyncio.Queue)
    tried: asyncio.Event = attrs.Factory(asyncio.Event)
    unread: int = 0
    is_up: bool = False
    breaks: int = 0


class ComfyUI:
    """Runs graphs on the ComfyUI at ``address``, each run with a WebSocket of its own.

    ``scratch`` is a folder on the disk where the runs' files are kept, for files that are not finished; ``headers`` go
    with every request, for a server behind a proxy that wants some; ``reach`` is for an address that people may choose.
    Raises ValueError for what is no address.
    """

    def __init__(
        self,
        address: str,
        scratch: Path,
        *,
        headers: Mapping[str, str] | None = None,
        reach: Reach | None = None,
        limits: Limits | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._client = Client(address, headers, reach)
        self._scratch = scratch
        self._limits = limits or Limits()
        self._patience = patience or Patience()
        self._schemas: dict[str, Schema] = {}
        self._asked_at = 0.0
        self._asking = asyncio.Lock()

    async def carry_out(self, given: Assignment) -> None:
        """Run to the end; see Engine."""
        await carried_out(given, self._client.hidden, self._run)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _run(self, given: Assignment) -> None:
        await asyncio.to_thread(self._scratch.mkdir, mode=0o700, parents=True, exist_ok=True)
        ready = await self._ready(given, await self._known(given.graph))
        client_id, line = secrets.token_hex(16), _Line()
        listening = asyncio.ensure_future(self._listen(client_id, line))
        course: Course | None = None
        try:
            await line.tried.wait()  # so that nothing is told before somebody listens
            try:
                course = Course(given.run_id, ready)
                await self._queue(given, client_id, ready)
            except GraphRefused as problem:
                ready = await self._ready_again(given, problem)
                course = Course(given.run_id, ready)
                await self._queue(given, client_id, ready)
            deliveries = Deliveries(
                self._client, ready, given.files, given.report, self._scratch, self._limits
            )
            await self._follow(course, line, deliveries)
        except GraphRefused:
            course = None  # nothing of it is left there
            raise
        finally:
            if course is not None and not course.is_over:
                await withdraw(self._client, given.run_id, self._patience.stop)
            listening.cancel()
            await asyncio.wait({listening})
        if course.failure is not None:
            raise course.failure

    async def _known(self, graph: Any) -> dict[str, Schema]:
        """The server's node classes, asked for anew when the graph has one that was not there."""
        nodes = graph.values() if isinstance(graph, Mapping) else ()
        classes = {str(node.get("class_type")) for node in nodes if isinstance(node, Mapping)}
        async with self._asking:
            unknown = classes - self._schemas.keys()
            is_old = asyncio.get_running_loop().time() - self._asked_at > _OBJECT_INFO_SECONDS
            if not self._schemas or any(is_old or not is_plugins(name) for name in unknown):
                await self._ask_schemas()
            return self._schemas

    async def _ask_schemas(self) -> None:
        self._schemas = await self._client.schemas()
        self._asked_at = asyncio.get_running_loop().time()

    async def _ready(self, given: Assignment, schemas: Mapping[str, Schema]) -> Translated:
        """The graph as this server can run it, its input files uploaded."""
        graph = with_inputs(given.graph, given.inputs)
        ready = await asyncio.to_thread(translated, graph, schemas, given.files.read)
        names: dict[str, str] = {}
        for name, content in ready.uploads.items():
            folder, _, file = name.rpartition("/")
            try:
                names[name] = await self._client.upload(folder, file, content)
            except TooLarge:
                megabytes = len(content) / 2**20
                raise NodeFailed(f"an input file of {megabytes:.0f} MB is more than ComfyUI takes") from None
        for node in ready.graph.values():
            fields = node["inputs"]
            fields.update({field: names[value] for field, value in fields.items() if _is_in(value, names)})
        for note in ready.notes:
            given.report(Said(note))
        return ready

    async def _ready_again(self, given: Assignment, problem: GraphRefused) -> Translated:
        """The graph as the server can run it now, if it has other nodes than it had; else the problem holds."""
        before = self._schemas
        if problem.kind != "invalid_prompt":
            raise problem
        async with self._asking:
            await self._ask_schemas()
        if before.keys() == self._schemas.keys():
            raise problem
        return await self._ready(given, self._schemas)

    async def _queue(self, given: Assignment, client_id: str, ready: Translated) -> None:
        body: dict[str, Any] = {"prompt": ready.graph, "prompt_id": given.run_id, "client_id": client_id}
        if given.editor_graph is not None:
            body["extra_data"] = {"extra_pnginfo": {"workflow": given.editor_graph}}
        try:
            answer = await self._client.queue(body)
        except ServerLost:
            if await self._client.place_of(given.run_id) or await self._client.history(given.run_id):
                return  # only the answer was lost
            raise
        problem = refusal(answer, ready)
        if problem is not None:
            if answer.status == 200:
                await withdraw(self._client, given.run_id, self._patience.stop)
            raise problem

    async def _listen(self, client_id: str, line: _Line) -> None:
        """Keep a WebSocket open, so long as the run lives."""
        pause = self._patience.away / 2
        while True:
            with contextlib.suppress(ServerLost):
                async with self._client.listen(client_id) as socket:
                    line.is_up = True
                    pause = self._patience.away / 2
                    line.tried.set()
                    async for message in socket:
                        line.inbox.put_nowait(message)
                        line.unread += _size_of(message)
                        if line.unread > _UNREAD_LIMIT:
                            break  # the history will tell
            line.is_up = False
            line.breaks += 1
            line.tried.set()
            line.inbox.put_nowait(None)
            self._schemas = {}  # it may be another server when it comes back
            await asyncio.sleep(pause)
            pause = min(pause * 2, self._patience.silence)

    async def _follow(self, course: Course, line: _Line, deliveries: Deliveries) -> None:
        loop = asyncio.get_running_loop()
        answered_at = heard_at = loop.time()
        looks = 1
        while not course.is_over:
            message = None
            wait = (
                self._patience.silence * min(looks, _LONGEST_SILENCE) if line.is_up else self._patience.away
            )
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(heard_at + wait):
                    message = await line.inbox.get()
            if message is not None:
                line.unread -= _size_of(message)
                answered_at = loop.time()
                is_ours, told = await _heard(course, message)
                if is_ours:
                    heard_at, looks = answered_at, 1
                await _tell(told, deliveries)
                await asyncio.sleep(0)  # however much comes, others have their turn
                continue
            try:
                async with asyncio.timeout(_ONE_LOOK_SECONDS):
                    entry = await self._look(course, line)
                answered_at = loop.time()
            except (ServerLost, TimeoutError) as problem:
                if isinstance(problem, _Gone) or loop.time() - answered_at > self._patience.lost:
                    raise self._lost(course, problem) from problem
                entry = None
            if entry is not None:
                await _tell(course.take_history(entry), deliveries)
                return
            heard_at, looks = loop.time(), looks + 1
        if course.failure is None:
            entry = await self._written(course.prompt_id)
            if entry is not None:
                await _tell(course.take_history(entry), deliveries)

    async def _look(self, course: Course, line: _Line) -> dict[str, Any] | None:
        """How a silent run stands: its history once it is over, None while it is not."""
        if entry := await self._client.history(course.prompt_id):
            return entry
        if await self._client.place_of(course.prompt_id):
            return None
        if entry := await self._client.history(course.prompt_id):  # it ended between the two questions
            return entry
        course.is_over = True
        raise _Gone(
            f"ComfyUI at {self._client.shown} was restarted while this run was under way; run it again"
            if line.breaks
            else f"the run is gone from the queue of ComfyUI at {self._client.shown}: somebody took it out"
        )

    def _lost(self, course: Course, problem: Exception) -> ServerLost:
        reason = str(problem)
        if not isinstance(problem, _Gone):
            reason = f"ComfyUI at {self._client.shown} stopped answering while this run was under way"
        return ServerLost(reason, *course.current)

    async def _written(self, prompt_id: str) -> dict[str, Any] | None:
        """The history of a prompt that is over: written a little later than ComfyUI says so."""
        with contextlib.suppress(ServerLost, TimeoutError):
            async with asyncio.timeout(self._patience.history):
                for pause in (*_PAUSES, *[1.0] * int(self._patience.history)):
                    if entry := await self._client.history(prompt_id):
                        return entry
                    await asyncio.sleep(pause)
        return None  # what its events told is all there is


class _Gone(ServerLost):
    """ComfyUI knows nothing of the run any more."""


async def _tell(told: Iterable[Told | Executed], deliveries: Deliveries) -> None:
    for one in told:
        if isinstance(one, Executed):
            await deliveries.bring(one)
        else:
            deliveries.report(one)


async def _heard(course: Course, message: aiohttp.WSMessage) -> tuple[bool, Iterable[Told | Executed]]:
    """Whether a message is about this run (ComfyUI tells everybody of its queue), and what it tells."""
    if message.type is aiohttp.WSMsgType.BINARY:
        return True, course.take_frame(message.data)
    event = None
    if message.type is aiohttp.WSMsgType.TEXT:
        with contextlib.suppress(ValueError, RecursionError):
            is_long = len(message.data) > _LONG
            event = await asyncio.to_thread(json.loads, message.data) if is_long else json.loads(message.data)
    match event:
        case {"type": kind, "data": {"prompt_id": course.prompt_id, **data}}:
            return True, course.take(kind, {"prompt_id": course.prompt_id, **data})
    return False, ()


def _size_of(message: aiohttp.WSMessage) -> int:
    return _LEAST + len(message.data) if isinstance(message.data, str | bytes) else _LEAST


def _is_in(value: Any, names: Mapping[str, str]) -> bool:
    return isinstance(value, str) and value in names
