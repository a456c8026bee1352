"""A receiver as an ASGI application, for whichever server or framework; needs nothing but asyncio."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

from stationthis_sdk.webhooks.receiver import AsyncReceiver, take

__all__ = ["asgi_app"]

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]


class _Gone(Exception):
    """Whoever sent it hung up."""


def asgi_app(receiver: AsyncReceiver) -> Callable[[_Message, _Receive, _Send], Awaitable[None]]:
    """The receiver as an ASGI application, alone or mounted in another one.

    Every path below ``app.mount("/hooks", …)`` is its own: the token decides. Served alone it works while the server runs. Frameworks do not tell what is
    mounted in them when they start: put ``async with receiver:`` into the framework's lifespan, or it begins with
    the first webhook. Servers' access logs show addresses, tokens included: switch those off.

    Example:
        >>> from stationthis_sdk import AsyncStationThis
        >>> from stationthis_sdk.webhooks import AsyncReceiver
        >>> app = asgi_app(AsyncReceiver(AsyncStationThis("an-api-key", "http://127.0.0.1:1")))
    """

    async def app(scope: _Message, receive: _Receive, send: _Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receiver, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})
        else:
            if not receiver._telling.working and receiver._task is None:  # noqa: SLF001 - the two know each other
                await receiver.__aenter__()
            with_contents = _chunks(receive)
            try:
                await _answer(receiver, scope, with_contents, send)
            except _Gone:
                pass
            finally:
                await with_contents.aclose()

    return app


async def _answer(
    receiver: AsyncReceiver, scope: _Message, chunks: AsyncIterator[bytes], send: _Send
) -> None:
    query = scope.get("query_string", b"").decode("latin-1")
    answer = await take(receiver, scope["method"], f"?{query}", _length(scope), chunks)
    body = json.dumps(answer.body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _chunks(receive: _Receive) -> Any:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        yield message.get("body", b"")
        if not message.get("more_body", False):
            return


def _length(scope: _Message) -> int | None:
    told = next((value for name, value in scope.get("headers", ()) if name.lower() == b"content-length"), b"")
    return int(told) if told.isdigit() else None


async def _lifespan(receiver: AsyncReceiver, receive: _Receive, send: _Send) -> None:
    await receive()
    async with receiver:
        await send({"type": "lifespan.startup.complete"})
        await receive()
    await send({"type": "lifespan.shutdown.complete"})
