"""A server that answers what a test tells it to, byte for byte, and notes what it was asked."""

import json
import socket
import socketserver
import struct
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Self

import attrs

CLOSE = object()
"""Close the connection instead of answering."""
RESET = object()
"""Reset it (TCP RST)."""
HANG = object()
"""Say nothing until the server ends."""


@attrs.frozen
class Asked:
    """One request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def answer(
    status: int = 200,
    body: Any = b"",
    *,
    headers: dict[str, str] | None = None,
    content_type: str = "application/json",
) -> bytes:
    """The bytes of an HTTP/1.1 answer; anything but bytes becomes JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = {"Content-Type": content_type, "Content-Length": str(len(content)), **(headers or {})}
    head = f"HTTP/1.1 {status} X\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return head.encode() + b"\r\n" + content


@attrs.frozen
class Cut:
    """Send these bytes and close, in the middle of an answer."""

    sent: bytes


@attrs.frozen
class Drip:
    """Send these bytes, then one more now and then, for ever."""

    first: bytes


CRASH = answer(500, b"Internal Server Error", content_type="text/plain; charset=utf-8")
"""uvicorn's answer to an unhandled exception; it then closes the connection without saying so."""


_PORTS: set[int] = set()


class Wire:
    """Answers are taken in order; when none is left, ``otherwise`` answers."""

    def __init__(self, otherwise: bytes | Callable[[Asked], Any] | None = None) -> None:
        self.answers: deque[Any] = deque()
        self.asked: list[Asked] = []
        self.connections = 0
        self.otherwise = otherwise or answer(404, {"detail": "Not Found"})
        self.ended = threading.Event()
        wire = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                wire.connections += 1
                while (request := self._read()) is not None:
                    wire.asked.append(request)
                    reply = wire.answers.popleft() if wire.answers else wire.otherwise
                    if callable(reply):
                        reply = reply(request)
                    if reply is HANG:
                        wire.ended.wait()
                        return
                    if reply is RESET:
                        self.connection.setsockopt(
                            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                        )
                        self.connection.close()
                        return
                    if reply is CLOSE:
                        return
                    if isinstance(reply, Drip):
                        self.wfile.write(reply.first)
                        while not wire.ended.wait(0.05):
                            self.wfile.write(b".")
                        return
                    if isinstance(reply, Cut):
                        self.wfile.write(reply.sent)
                        return
                    self.wfile.write(reply)
                    if reply is CRASH:
                        return

            def _read(self) -> Asked | None:
                try:
                    head = b""
                    while not head.endswith(b"\r\n\r\n"):
                        line = self.rfile.readline()
                        if not line:
                            return None
                        head += line
                    first, *rest = head.decode("latin-1").splitlines()
                    headers = {
                        name.lower(): value.strip()
                        for name, _, value in (one.partition(":") for one in rest if one)
                    }
                    body = self._body(headers)
                except OSError:
                    return None
                method, path, _ = first.split(" ")
                return Asked(method, path, headers, body)

            def _body(self, headers: dict[str, str]) -> bytes:
                if headers.get("transfer-encoding") != "chunked":
                    return self.rfile.read(int(headers.get("content-length", 0)))
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True
            block_on_close = False

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client that went away is what some tests are about."""

        taken = []  # a port again would be a service again whose answers are still on the disk
        while (server := Server(("127.0.0.1", 0), Handler)).server_address[1] in _PORTS:
            taken.append(server)
        for one in taken:
            one.server_close()
        self._server = server
        self.port = server.server_address[1]
        _PORTS.add(self.port)
        self.base_url = f"http://127.0.0.1:{self.port}/api"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True
        )
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
