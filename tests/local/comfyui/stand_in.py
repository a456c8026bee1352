"""A stand-in for a ComfyUI server: real HTTP and WebSocket on a loopback port, real work on small pictures.

It behaves as ComfyUI does where that is surprising. Its attributes are switches for what goes wrong now and then.
"""

import asyncio
import json
import re
import struct
import threading
import time
import traceback
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

from tests.local.comfyui.nodes import CLASSES, Interrupted, NodeClass, Work

ABSENT = object()


class StandIn:
    """One server; ``start`` again after ``stop`` is a restart: the port stays, the memory is gone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.gate = threading.Event()
        self.classes: dict[str, NodeClass] = dict(CLASSES)
        self.port = 0
        self.history_late = 0.0
        self.writes_history = True
        self.cuts_answer = False
        self.answers_late = 0.0
        self.refuses_sockets = False
        self.knows_flags = True
        self.forgets_first_interrupt = False
        self.upload_limit = 2**20
        self.lies: dict[str, Any] = {}
        """What answers in the place of a path: for a server that means no good."""
        self.asked: list[tuple[str, str, Any]] = []
        self.interrupts: list[Any] = []
        self._runner: web.AppRunner | None = None
        self._forget()

    def _forget(self) -> None:
        self.sockets: dict[str, web.WebSocketResponse] = {}
        self._flags: dict[str, bool] = {}
        self._pending: list[list[Any]] = []
        self._running: list[Any] | None = None
        self.history: dict[str, Any] = {}
        self._cache: dict[str, tuple[tuple[Any, ...], Any]] = {}
        self._number = 0
        self._interrupted = False
        self._new = asyncio.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._forget()
        for kind in ("input", "output", "temp"):
            (self.folder / kind).mkdir(parents=True, exist_ok=True)
        app = web.Application(client_max_size=2**28, middlewares=[self._guard])
        app.add_routes(self.routes())
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()
        self.port = self._runner.addresses[0][1]
        self._loop = asyncio.get_running_loop()
        self._worker = self._loop.create_task(self._work())

    def routes(self) -> list[web.RouteDef]:
        """What it answers to."""
        return [
            web.get("/ws", self._ws),
            web.get("/object_info", self._object_info),
            web.post("/prompt", self._prompt),
            web.get("/queue", self._queue),
            web.post("/queue", self._change_queue),
            web.get("/history/{id}", self._history),
            web.post("/interrupt", self._interrupt),
            web.get("/view", self._view),
            web.post("/upload/image", self._upload),
        ]

    async def stop(self) -> None:
        self._worker.cancel()
        self.gate.set()
        await self.cut_sockets()
        assert self._runner is not None
        await self._runner.cleanup()

    async def cut_sockets(self) -> None:
        """Every WebSocket breaks."""
        for socket in list(self.sockets.values()):
            await socket.close(code=1011)

    async def until(self, reached: Any) -> None:
        """Wait for something of the test's own."""
        async with asyncio.timeout(45):
            while not reached():  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    @property
    def busy_with(self) -> str | None:
        """The id of the prompt that is at work."""
        return self._running[1] if self._running else None

    @property
    def waiting(self) -> list[str]:
        """The ids of the prompts that wait."""
        return [item[1] for item in self._pending]

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if origin and origin.rpartition("/")[2] != request.host:
            return web.Response(status=403)
        self.asked.append((request.method, request.path, dict(request.headers)))
        lie = next((lie for path, lie in self.lies.items() if request.path.startswith(path)), None)
        return await (handler if lie is None else lie)(request)

    async def _object_info(self, _request: web.Request) -> web.Response:
        return web.json_response({name: kind.schema(name) for name, kind in self.classes.items()})

    async def _ws(self, request: web.Request) -> web.StreamResponse:
        if self.refuses_sockets:
            return web.Response(status=403)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        client = request.query["clientId"]
        self.sockets[client] = socket
        await socket.send_json({"type": "status", "data": {"status": self._exec_info(), "sid": client}})
        async for message in socket:
            if message.type is WSMsgType.TEXT and json.loads(message.data).get("type") == "feature_flags":
                flags = json.loads(message.data)["data"]
                self._flags[client] = self.knows_flags and flags.get("supports_preview_metadata", False)
                await socket.send_json({"type": "feature_flags", "data": {"supports_preview_metadata": True}})
        if self.sockets.get(client) is socket:
            del self.sockets[client]
        return socket

    def _exec_info(self) -> dict[str, Any]:
        return {"exec_info": {"queue_remaining": len(self._pending) + (self._running is not None)}}

    async def _prompt(self, request: web.Request) -> web.StreamResponse:
        try:
            body = await request.json()
        except ValueError:
            return web.Response(status=500, text="500 Internal Server Error")
        if "prompt" not in body:
            return _as_response(_refused("no_prompt", "No prompt provided", "No prompt provided"))
        extra = {**body.get("extra_data", {}), "client_id": body.get("client_id")}
        answer = self.accept(body["prompt"], body["prompt_id"], extra)
        if self.answers_late:
            await asyncio.sleep(self.answers_late)
        if self.cuts_answer:
            assert request.transport is not None
            request.transport.abort()
        return _as_response(answer)

    def accept(self, prompt: Any, prompt_id: str, extra: dict[str, Any]) -> dict[str, Any]:
        """Look at a prompt and queue what can run of it; the answer's status and body."""
        for node_id, node in prompt.items():
            if node.get("class_type") not in self.classes:
                message = f"Cannot execute because node {node.get('class_type')} does not exist."
                return _refused("invalid_prompt", message, f"Node ID '#{node_id}'")
        outputs = [node_id for node_id, node in prompt.items() if self.classes[node["class_type"]].is_output]
        if not outputs:
            return _refused("prompt_no_outputs", "Prompt has no outputs", "")
        errors: dict[str, Any] = {}
        good = [node_id for node_id in outputs if self._is_valid(prompt, node_id, node_id, errors)]
        if not good:
            return _refused(
                "prompt_outputs_failed_validation", "Prompt outputs failed validation", "", errors
            )
        self._number += 1
        self._pending.append([self._number, prompt_id, prompt, extra, good])
        self._new.set()
        return {
            "status": 200,
            "body": {"prompt_id": prompt_id, "number": self._number, "node_errors": errors},
        }

    def _is_valid(self, prompt: Any, node_id: str, output: str, errors: dict[str, Any]) -> bool:
        node = prompt[node_id]
        kind = self.classes[node["class_type"]]
        found = []
        for name, wanted in {**kind.required, **kind.optional}.items():
            value = node["inputs"].get(name, ABSENT)
            if value is ABSENT:
                if name in kind.required:
                    found.append(_error("required_input_missing", "Required input is missing", name))
            elif isinstance(value, list):
                if len(value) != 2:
                    found.append(
                        _error("bad_linked_input", "Bad linked input, must be a length-2 list", name)
                    )
                elif value[0] not in prompt:
                    found.append(
                        _error("exception_during_validation", "Exception when validating node", name)
                    )
                else:
                    gives = self.classes[prompt[value[0]]["class_type"]].outputs[value[1]]
                    if "*" not in (gives, wanted) and gives != wanted:
                        details = f"{name}, received_type({gives}) mismatch input_type({wanted})"
                        found.append(_error("return_type_mismatch", "Return type mismatch", details))
                    elif not self._is_valid(prompt, value[0], output, errors):
                        return False
            elif wanted == "INT":
                try:
                    node["inputs"][name] = int(value)
                except (TypeError, ValueError):
                    details = f"{name}, {value}"
                    found.append(_error("invalid_input_type", "Failed to convert an input value", details))
            elif wanted == "STRING":
                node["inputs"][name] = str(value)
            elif wanted == "FILE" and not (self.folder / "input" / str(value)).is_file():
                details = f"{name} - Invalid image file: {value} in {self.folder}/input"
                found.append(_error("custom_validation_failed", "Custom validation failed for node", details))
        if found:
            entry = errors.setdefault(
                node_id, {"errors": found, "dependent_outputs": [], "class_type": node["class_type"]}
            )
            entry["dependent_outputs"].append(output)
        return not found

    async def _queue(self, _request: web.Request) -> web.Response:
        running = [self._running] if self._running else []
        return web.json_response({"queue_running": running, "queue_pending": self._pending})

    async def _change_queue(self, request: web.Request) -> web.Response:
        body = await request.json()
        gone = body.get("delete", [])
        self._pending = [item for item in self._pending if item[1] not in gone and not body.get("clear")]
        return web.Response()

    async def _history(self, request: web.Request) -> web.Response:
        entry = self.history.get(request.match_info["id"])
        return web.json_response({} if entry is None else {request.match_info["id"]: entry})

    async def _interrupt(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.interrupts.append(body)
        if self.forgets_first_interrupt and len(self.interrupts) == 1:
            return web.Response()  # it came as the prompt began, which clears it
        if not body.get("prompt_id") or body["prompt_id"] == self.busy_with:
            self._interrupted = True
        return web.Response()

    async def _view(self, request: web.Request) -> web.StreamResponse:
        query = request.query
        name = query.get("filename", "")
        if ".." in name or name.startswith("/"):
            return web.Response(status=400)
        path = (self.folder / query.get("type", "output") / query.get("subfolder", "") / name).resolve()
        if self.folder.resolve() not in path.parents:
            return web.Response(status=403)
        return web.FileResponse(path) if path.is_file() else web.Response(status=404)

    async def _upload(self, request: web.Request) -> web.Response:
        form = await request.post()
        content = form["image"].file.read()
        if len(content) > self.upload_limit:
            return web.Response(status=413)
        place = self.folder / str(form.get("type", "input")) / str(form.get("subfolder", ""))
        place.mkdir(parents=True, exist_ok=True)
        name, number = Path(form["image"].filename), 0
        path = place / name
        while path.exists() and path.read_bytes() != content:
            number += 1
            path = place / f"{name.stem} ({number}){name.suffix}"
        path.write_bytes(content)
        return web.json_response({"name": path.name, "subfolder": form.get("subfolder", ""), "type": "input"})

    async def _send(self, client: str | None, event: str, data: Any) -> None:
        socket = self.sockets.get(client or "")
        if socket is not None and not socket.closed:
            await socket.send_json({"type": event, "data": data})

    async def tell_all(self) -> None:
        """The queue's length goes to everybody."""
        for client in list(self.sockets):
            await self._send(client, "status", {"status": self._exec_info()})

    async def _preview(self, client: str, prompt_id: str, node_id: str, picture: bytes) -> None:
        socket = self.sockets.get(client or "")
        if socket is None or socket.closed:
            return
        if self._flags.get(client):
            told = {"node_id": node_id, "prompt_id": prompt_id, "image_type": "image/jpeg"}
            about = json.dumps(told).encode()
            await socket.send_bytes(struct.pack(">II", 4, len(about)) + about + picture)
        else:
            await socket.send_bytes(struct.pack(">II", 1, 1) + picture)

    async def _work(self) -> None:
        while True:
            while not self._pending:
                self._new.clear()
                await self._new.wait()
            self._running = self._pending.pop(0)
            _, prompt_id, prompt, extra, outputs = self._running
            self._interrupted = False
            entry = await self._execute(prompt_id, prompt, extra, outputs)
            await asyncio.sleep(self.history_late)
            if self.writes_history:
                self.history[prompt_id] = entry
            self._running = None
            if extra.get("client_id"):
                await self._send(
                    extra["client_id"],
                    "executing",
                    {"node": None, "display_node": None, "prompt_id": prompt_id},
                )
            await self.tell_all()

    async def _execute(self, prompt_id: str, prompt: Any, extra: Any, outputs: list[str]) -> dict[str, Any]:
        client = extra.get("client_id")
        messages: list[Any] = []

        async def tell(event: str, **data: Any) -> None:
            data = {**data, "prompt_id": prompt_id, "timestamp": int(time.time() * 1000)}
            if event in {"execution_start", "execution_cached", "execution_success", "execution_error",
                         "execution_interrupted"}:  # fmt: skip
                messages.append([event, data])
            await self._send(client, event, data)

        await tell("execution_start")
        order = _order(prompt, outputs)
        signed = {node_id: _signature(prompt, node_id) for node_id in order}
        cached = [node_id for node_id in order if signed[node_id] in self._cache]
        await tell("execution_cached", nodes=cached)
        uis: dict[str, Any] = {}
        results: dict[str, tuple[Any, ...]] = {}
        done = ""
        try:
            for node_id in order:
                done = node_id
                if signed[node_id] in self._cache:
                    results[node_id], ui = self._cache[signed[node_id]]
                    if node_id in outputs:
                        uis[node_id] = ui
                    if node_id in outputs or ui is None:
                        await tell("executed", node=node_id, display_node=node_id, output=ui)
                    continue
                self._heed()
                await tell("executing", node=node_id, display_node=node_id)
                results[node_id], ui = await self._node(prompt_id, prompt, extra, node_id, results)
                self._cache[signed[node_id]] = results[node_id], ui
                if ui is not None:
                    uis[node_id] = ui
                    await tell("executed", node=node_id, display_node=node_id, output=ui)
        except Interrupted:
            about = {"node_id": done, "node_type": prompt[done]["class_type"], "executed": []}
            await tell("execution_interrupted", **about)
            return _entry(prompt, uis, "error", messages)
        except Exception as problem:  # noqa: BLE001
            await tell(
                "execution_error",
                node_id=done,
                node_type=prompt[done]["class_type"],
                exception_message=f"{problem}\n",
                exception_type=type(problem).__name__,
                traceback=traceback.format_exception(problem),
                current_inputs={},
                current_outputs=[],
                executed=[],
            )
            return _entry(prompt, uis, "error", messages)
        await tell("execution_success")
        return _entry(prompt, uis, "success", messages)

    def _heed(self) -> None:
        if self._interrupted:
            raise Interrupted

    async def _node(
        self, prompt_id: str, prompt: Any, extra: Any, node_id: str, results: dict[str, tuple[Any, ...]]
    ) -> tuple[tuple[Any, ...], Any]:
        client = extra.get("client_id")

        def step(value: int, maximum: int, picture: bytes | None) -> None:
            self._heed()
            data = {"value": value, "max": maximum, "prompt_id": prompt_id, "node": node_id}
            asyncio.run_coroutine_threadsafe(self._send(client, "progress", data), self._loop).result()
            if picture is not None:
                sending = self._preview(client, prompt_id, node_id, picture)
                asyncio.run_coroutine_threadsafe(sending, self._loop).result()

        work = Work(self.folder, self.gate, step, prompt, extra.get("extra_pnginfo"))
        given = {
            name: results[value[0]][value[1]] if isinstance(value, list) else value
            for name, value in prompt[node_id]["inputs"].items()
        }
        kind = self.classes[prompt[node_id]["class_type"]]
        out = await asyncio.to_thread(kind.work, work, **given)
        return out, work.ui or None


def _order(prompt: Any, outputs: list[str]) -> list[str]:
    order: list[str] = []

    def visit(node_id: str) -> None:
        if node_id not in order:
            for value in prompt[node_id]["inputs"].values():
                if isinstance(value, list):
                    visit(value[0])
            order.append(node_id)

    for output in outputs:
        visit(output)
    return order


def _signature(prompt: Any, node_id: str) -> str:
    node = prompt[node_id]
    given = {
        name: [_signature(prompt, value[0]), value[1]] if isinstance(value, list) else value
        for name, value in node["inputs"].items()
    }
    return json.dumps([node["class_type"], given], sort_keys=True)


def _entry(prompt: Any, outputs: Any, status: str, messages: list[Any]) -> dict[str, Any]:
    told = {"status_str": status, "completed": status == "success", "messages": messages}
    changed = {"is_changed": [float("nan")]}  # Python's servers write NaN
    return {"prompt": [1, "", prompt, changed, []], "outputs": outputs, "status": told, "meta": {}}


def _error(kind: str, message: str, details: str) -> dict[str, Any]:
    extra = {"input_name": re.split("[, ]", details)[0], "traceback": ["File /srv/comfy/execution.py"]}
    return {"type": kind, "message": message, "details": details, "extra_info": extra}


def _refused(kind: str, message: str, details: str, errors: Any = None) -> dict[str, Any]:
    error = {"type": kind, "message": message, "details": details, "extra_info": {}}
    return {"status": 400, "body": {"error": error, "node_errors": errors or {}}}


def _as_response(answer: dict[str, Any]) -> web.Response:
    return web.json_response(answer["body"], status=answer["status"])
