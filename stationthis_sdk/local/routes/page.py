"""The gateway's own page, and the stream of what happens to the runs it shows."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from stationthis_sdk.local import page
from stationthis_sdk.local.requests.caller import CALLER
from stationthis_sdk.local.requests.responses import Refusal, begin_stream
from stationthis_sdk.local.runs.watching import watch
from stationthis_sdk.local.services import SERVICES

__all__ = ["routes"]

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_KINDS: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


@cache
def _files() -> dict[str, tuple[bytes, str]]:
    """Every file of the page by its name; nothing else of the disk can be asked for."""
    folder = Path(page.__file__).parent
    return {
        path.name: (path.read_bytes(), _KINDS[path.suffix])
        for path in folder.iterdir()
        if path.suffix in _KINDS
    }


def _at_home(handler: Handler) -> Handler:
    """Answer only to our own address: a name of somebody else's that leads here (DNS rebinding) is misdirected."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        port = urlsplit(request.app[SERVICES].base).port
        if request.host.lower() not in {f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")}:
            raise Refusal.detail(421, f"This page answers at http://127.0.0.1:{port}/ only")
        return await handler(request)

    return guarded


async def _index(_: web.Request) -> web.StreamResponse:
    return await _file("index.html")


async def _part(request: web.Request) -> web.StreamResponse:
    return await _file(request.match_info["name"])


async def _file(name: str) -> web.StreamResponse:
    found = (await asyncio.to_thread(_files)).get(name)
    if found is None:
        raise Refusal.detail(404, "Not Found")
    content, kind = found
    return web.Response(body=content, headers={**_HEADERS, "Content-Type": kind})


async def _events(request: web.Request) -> web.StreamResponse:
    services = request.app[SERVICES]
    last = request.headers.get("Last-Event-ID", "")
    since = int(last) if last.isascii() and last.isdigit() and len(last) < 20 else None
    response = await begin_stream(request)
    async with aclosing(watch(services, request[CALLER], since)) as frames:
        async for frame in frames:
            await response.write(frame.encode())
    await response.write_eof()
    return response


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    return [
        web.get("/", _at_home(_index), allow_head=False),
        web.get("/local/page/{name}", _at_home(_part), allow_head=False),
        web.get("/local/events", _at_home(_events), allow_head=False),
    ]
