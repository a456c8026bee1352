"""A loopback service that is much faster than who asks it, in a process of its own: `python -m benchmarks.service '{…}'`.

It says its port on standard output, answers as `answers.py` has it, counts what it is asked, and ends with its standard
input. A run has ended ``ms`` milliseconds after it was submitted, by its input of that name.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from benchmarks import answers

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nDate: %b\r\nContent-Length: %d\r\n\r\n"
ABSENT = b'{"detail":"Not Found"}'
JSON = b"application/json"
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


class Run:
    """A run: when it was made and ends, in seconds since 1970, its inputs as JSON, and the answer once it has ended."""

    __slots__ = ("answer", "ends", "id", "inputs", "made")

    def __init__(self, number: int, inputs: bytes, made: float, ms: float) -> None:
        self.id = answers.identifier(number)
        self.inputs = inputs
        self.made = made
        self.ends = made + ms / 1000
        self.answer: bytes | None = None


class State:
    """All there is: runs, what was asked, and answers that are made once."""

    def __init__(
        self, port: int, *, deployments: int = 3, runs: int = 1, megabytes: float = 0, outputs: int = 3
    ) -> None:
        base_url = f"http://127.0.0.1:{port}"
        self.asked: Counter[str] = Counter()
        self.runs: dict[str, Run] = {}
        self.order: list[Run] = []
        self.streams: set[asyncio.Transport] = set()
        self.shapes = {
            final: (
                _shape(answers.run(base_url, final=final, outputs=outputs)),
                _shape(answers.row(final=final)),
            )
            for final in (False, True)
        }
        listed = [answers.deployment(number) for number in range(deployments)]
        self.fixed = {
            b"/api/deployments": json.dumps(listed).encode(),
            b"/api/machines": json.dumps([answers.machine()]).encode(),
            b"/api/workflows": json.dumps(
                [one["workflow"] | {"created_at": answers.MOMENT} for one in listed]
            ).encode(),
            b"/api/machine/" + answers.MACHINE.encode(): json.dumps(answers.machine()).encode(),
            b"/api/platform/gpu-pricing": json.dumps({"A10G": 0.000306, "CPU": 0.00003}).encode(),
        } | {b"/api/deployment/" + one["id"].encode(): json.dumps(one).encode() for one in listed}
        self.megabytes = megabytes
        self.second, self.dated = 0, b""
        self.began = time.process_time()
        for _ in range(runs):
            self.submit(b'{"prompt": "a fox", "steps": 20, "cfg": 7.5}', 0)

    def submit(self, inputs: bytes, ms: float) -> Run:
        """One more run."""
        run = Run(len(self.order), inputs, time.time(), ms)
        self.runs[run.id] = run
        self.order.append(run)
        if ms:
            asyncio.get_running_loop().call_later(ms / 1000, self.tell, run)
        return run

    def tell(self, run: Run) -> None:
        """Let those who listen hear of its end."""
        if self.streams:
            told = {"run_id": run.id, "workflow_id": answers.WORKFLOW, "status": "success", "progress": 1}
            event = f"data: {json.dumps(told)}\n\n".encode()
            for stream in self.streams:
                stream.write(b"%x\r\n%b\r\n" % (len(event), event))

    def filled(self, run: Run, which: int) -> bytes:
        """The run as it is told alone (0) or in a list (1)."""
        if which == 0 and run.answer is not None:
            return run.answer
        final = run.ends <= time.time()
        told = self.shapes[final][which] % {
            b"id": run.id.encode(),
            b"made": _moment(run.made),
            b"ended": _moment(run.ends),
            b"inputs": run.inputs,
        }
        if which == 0 and final:
            run.answer = told
        return told

    def page(self, query: dict[str, str]) -> bytes:
        """Some of the runs, newest first."""
        size, start = int(query.get("limit", 100)), int(query.get("offset", 0))
        end = len(self.order) - start
        return (
            b"["
            + b",".join(self.filled(one, 1) for one in self.order[max(end - size, 0) : max(end, 0)][::-1])
            + b"]"
        )

    @cached_property
    def file(self) -> bytes:
        """What every file holds: a picture, or so many megabytes of nothing in particular."""
        return bytes(range(256)) * int(self.megabytes * 4096) if self.megabytes else answers.picture()

    def date(self) -> bytes:
        """For the head of an answer; made once a second."""
        now = int(time.time())
        if now != self.second:
            self.second = now
            self.dated = datetime.fromtimestamp(now, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT").encode()
        return self.dated

    def told(self) -> bytes:
        """What it was asked, how long it worked, and when each run ended."""
        ends = {run.id: run.ends for run in self.order[:5000]}
        return json.dumps(
            {"asked": self.asked, "cpu": time.process_time() - self.began, "ends": ends}
        ).encode()


def _shape(told: bytes) -> bytes:
    """What is put in later as Python's own formats."""
    told = told.replace(b"%", b"%%")
    for name in (b"id", b"made", b"ended", b"inputs"):
        told = told.replace(b"@%b@" % name, b"%%(%b)b" % name)
    return told


def _moment(seconds: float) -> bytes:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()


class Connection(asyncio.Protocol):
    """One connection: requests are answered in turn, long bodies are counted and dropped."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.waiting = b""
        self.left = 0
        self.chunked = False
        self.upload = b""
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody is there."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's form
        """And gone."""
        self.state.streams.discard(self.transport)

    def data_received(self, data: bytes) -> None:
        """Answer what has come whole."""
        if self.upload:
            self._drop(data)
            return
        data = self.waiting + data if self.waiting else data
        while data:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                break
            head = data[:end].lower()
            length, at = 0, head.find(b"\r\ncontent-length:")
            if at >= 0:
                length = int(head[at + 17 :].split(b"\r\n", 1)[0])
            first = data[: data.find(b"\r\n")]
            if b"\r\nexpect:" in head:
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            if length > 1 << 16 or b"\r\ntransfer-encoding:" in head:
                self.upload, self.left, self.waiting = first, length, b""
                self.chunked = not length
                self._drop(data[end + 4 :])
                return
            if len(data) < end + 4 + length:
                break
            body, data = data[end + 4 : end + 4 + length], data[end + 4 + length :]
            self.answer(first, body)
        self.waiting = data

    def _drop(self, data: bytes) -> None:
        self.left -= len(data)
        if data.endswith(b"\r\n0\r\n\r\n") if self.chunked else self.left <= 0:
            first, self.upload = self.upload, b""
            self.answer(first, b"")

    def answer(self, first: bytes, body: bytes) -> None:
        """One request."""
        state = self.state
        method, target, _ = first.split(b" ")
        path, _, asked = target.partition(b"?")
        if method == b"GET" and path.startswith(b"/api/run/"):
            run = state.runs.get(path[9:].decode())
            state.asked["read"] += 1
            self.send(ABSENT if run is None else state.filled(run, 0), status=404 if run is None else 200)
            return
        if path == b"/api/run/deployment/queue":
            state.asked["submit"] += 1
            inputs = json.loads(body).get("inputs", {})
            run = state.submit(json.dumps(inputs).encode(), inputs.get("ms", 0))
            self.send(b'{"run_id":"%b"}' % run.id.encode())
        elif path.endswith(b"/runs"):
            state.asked["list"] += 1
            self.send(state.page(dict(one.split("=", 1) for one in asked.decode().split("&") if "=" in one)))
        elif path in state.fixed:
            state.asked["catalogue"] += 1
            self.send(state.fixed[path])
        elif path.startswith(b"/files/"):
            state.asked["download"] += 1
            self.send(state.file, kind=b"image/png")
        elif path == b"/api/file/upload":
            state.asked["upload"] += 1
            url = b"http://127.0.0.1/files/00/in.png"
            told = b'{"message":"File uploaded successfully","file_id":"img_1","file_name":"in.png","file_url":"%b"}'
            self.send(told % url)
        elif path == b"/api/v2/stream-progress":
            state.asked["stream"] += 1
            state.streams.add(self.transport)
            self.transport.write(STREAM)
        elif path == b"/told":
            self.send(state.told())
        else:
            state.asked["unknown"] += 1
            state.asked[first.decode()] += 1
            self.send(ABSENT, status=404)

    def send(self, body: bytes, *, status: int = 200, kind: bytes = JSON) -> None:
        """Answer so."""
        head = HEAD % (kind, self.state.date(), len(body))
        self.transport.write((head if status == 200 else head.replace(b"200 OK", b"404 Not Found")) + body)


async def serve(settings: dict[str, Any]) -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    state: State
    server = await loop.create_server(lambda: Connection(state), "127.0.0.1", 0, backlog=2048)
    port = server.sockets[0].getsockname()[1]
    state = State(port, **settings)
    print(port, flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(json.loads(sys.argv[1])))
