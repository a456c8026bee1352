"""How gateway and worker process talk: frames of JSON over a socket pair, each with its length before it.

Nothing a worker sends is code, and no file goes through the pipe: those lie in the run's folder, under plain names.
"""

import json
import socket
import struct
import threading
from typing import Any, Final

from stationthis_sdk.local.engines import (
    NodeOutput,
    NodesCached,
    NodeStarted,
    NodeStepped,
    Previewed,
    Said,
)

__all__ = ["FRAME_LIMIT", "HEAD", "Pipe", "packed", "report_of", "told"]

HEAD: Final = struct.Struct(">I")
FRAME_LIMIT: Final = 2**28
_PIECE: Final = 2**18

Reported = NodeStarted | NodeStepped | NodeOutput | Said | Previewed | NodesCached


def packed(message: dict[str, Any]) -> bytes:
    """A message as a frame; raises ValueError for what is no JSON, or too much of it."""
    try:
        content = json.dumps(message, separators=(",", ":"), default=str).encode()
    except RecursionError as problem:
        raise ValueError("lists and objects are nested too deeply") from problem
    if len(content) > FRAME_LIMIT:
        raise ValueError(f"it has more than {FRAME_LIMIT // 2**20} MiB")
    return HEAD.pack(len(content)) + content


class Pipe:
    """The worker's end; any thread may send, one receives."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._sending = threading.Lock()

    def send(self, message: dict[str, Any]) -> None:
        """Send a message whole."""
        frame = packed(message)
        with self._sending:
            self._end.sendall(frame)

    def receive(self) -> dict[str, Any] | None:
        """The next message; None when the gateway is gone."""
        head = self._exactly(HEAD.size)
        content = None if head is None else self._exactly(HEAD.unpack(head)[0])
        if content is None:
            return None
        message: dict[str, Any] = json.loads(content)
        return message

    def _exactly(self, size: int) -> bytes | None:
        content = bytearray()
        while len(content) < size:
            try:
                piece = self._end.recv(min(_PIECE, size - len(content)))
            except OSError:
                return None
            if not piece:
                return None
            content += piece
        return bytes(content)


def told(what: Reported) -> dict[str, Any]:
    """A report as a message."""
    match what:
        case NodeStarted(node_id, class_type, progress):
            return {"is": "started", "node": node_id, "class": class_type, "progress": progress}
        case NodeStepped(node_id, class_type, value, maximum, progress, says):
            step = {"value": value, "maximum": maximum, "progress": progress, "says": says}
            return {"is": "stepped", "node": node_id, "class": class_type, **step}
        case NodeOutput(node_id, class_type, data, uploaded):
            return {"is": "output", "node": node_id, "class": class_type, "data": data, "uploaded": uploaded}
        case NodesCached(node_ids):
            return {"is": "cached", "nodes": node_ids}
        case Said(message, level):
            return {"is": "said", "message": message, "level": level}
    raise TypeError(f"{type(what).__name__} is not reported by this engine")


def report_of(message: dict[str, Any]) -> Reported | None:
    """The report in a message, None when it is none."""
    match message:
        case {"is": "started", "node": node_id, "class": class_type, "progress": progress}:
            return NodeStarted(node_id, class_type, progress)
        case {
            "is": "stepped",
            "node": node_id,
            "class": class_type,
            "value": value,
            "maximum": maximum,
            **more,
        }:
            return NodeStepped(node_id, class_type, value, maximum, more["progress"], more["says"])
        case {"is": "output", "node": node_id, "class": class_type, "data": data, "uploaded": uploaded}:
            return NodeOutput(node_id, class_type, data, uploaded)
        case {"is": "cached", "nodes": node_ids}:
            return NodesCached(tuple(node_ids))
        case {"is": "said", "message": message_, "level": level}:
            return Said(message_, level)
    return None
