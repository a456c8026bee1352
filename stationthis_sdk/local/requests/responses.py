"""Answers as such: JSON of any kind, and refusals."""

import json
from typing import Any, Final

from aiohttp import web

from stationthis_sdk.local.strictness import strict

__all__ = ["BEGUN", "EVENTS_LEFT", "Refusal", "begin_stream", "reply"]

EVENTS_LEFT: Final = web.RequestKey("events_left", int)
"""How many events a stream gives before a fault ends it."""

BEGUN: Final = web.RequestKey("begun", bool)
"""That a stream has begun: nothing but its events may be written any more."""


class Refusal(Exception):
    """An answer that is no success: its status and its whole JSON body."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body

    @classmethod
    def detail(cls, status: int, detail: Any, *, strictly: tuple[int, Any] | None = None) -> "Refusal":
        """The usual shape, ``{"detail": …}``; ``strictly`` is what a strict gateway says instead."""
        if strictly is not None and strict():
            status, detail = strictly
        return cls(status, {"detail": detail})


def reply(body: Any, status: int = 200) -> web.Response:
    """A JSON answer; what JSON can't say (NaN, lone surrogates) is an unhandled error, as in the service."""
    text = json.dumps(body, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    return web.Response(body=text.encode(), status=status, content_type="application/json")


async def begin_stream(request: web.Request) -> web.StreamResponse:
    """Begin an answer of server-sent events."""
    response = _Events(
        headers={
            "Content-Type": "text/event-stream; charset=utf-8",
            "Cache-Control": "no-cache",
            "X-Accel-Buffering": "no",
        }
    )
    response.left = request.get(EVENTS_LEFT)
    await response.prepare(request)
    request[BEGUN] = True
    return response


class _Events(web.StreamResponse):
    left: int | None = None

    async def write(self, data: bytes | bytearray | memoryview) -> None:
        if self.left is not None:
            if self.left == 0:
                raise ConnectionResetError("a fault ended this stream")
            self.left -= 1
        await super().write(data)
