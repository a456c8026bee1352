"""Something between the SDK and the gateway that a test may tamper with."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Self

import aiohttp
from aiohttp import web

Forward = Callable[[], Awaitable[web.Response]]
Tamper = Callable[[web.Request, Forward], Awaitable[web.Response]]


class Proxy:
    """Passes everything on; ``tamper`` answers instead, and may pass it on itself."""

    def __init__(self, base_url: str) -> None:
        self._target = base_url.removesuffix("/api")
        self.tamper: Tamper | None = None
        self.posts = 0
        self.base_url = ""

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(auto_decompress=False)
        app = web.Application(client_max_size=1 << 28)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.base_url = f"http://{host}:{port}/api"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
        await self._session.close()

    async def _answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        queues = request.method == "POST" and request.path.startswith("/api/run")
        self.posts += queues
        kept = {"authorization", "content-type", "accept"}
        headers = {name: value for name, value in request.headers.items() if name.lower() in kept}

        async def forward() -> web.Response:
            url = self._target + request.raw_path
            async with self._session.request(request.method, url, data=body, headers=headers) as answer:
                return web.Response(
                    status=answer.status,
                    body=await answer.read(),
                    headers={"Content-Type": answer.headers.get("Content-Type", "text/plain")},
                )

        if self.tamper is None or not queues:
            return await forward()
        return await self.tamper(request, forward)


async def for_ever() -> web.Response:
    """No answer."""
    await asyncio.Event().wait()
    raise AssertionError
