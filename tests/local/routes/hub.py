"""A server of models on this machine: files, and the two hubs as far as they are asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
from aiohttp import web

from stationthis_sdk.local.reach import Reach
from stationthis_sdk.local.volumes.hubs import Hubs

MODEL = b"weights " * 4096


@attrs.define
class Hub:
    """What it was asked, and whether the slow file may end."""

    url: str = ""
    asked: list[tuple[str, str | None]] = attrs.Factory(list)
    go_on: asyncio.Event = attrs.Factory(asyncio.Event)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        self.asked.append((request.path, request.headers.get("Authorization")))
        if request.path.endswith("/slow.safetensors"):
            response = web.StreamResponse(headers={"Content-Length": str(len(MODEL))})
            await response.prepare(request)
            await response.write(MODEL[: len(MODEL) // 2])
            await self.go_on.wait()
            await response.write(MODEL[len(MODEL) // 2 :])
            return response
        if request.path.endswith("/short.safetensors"):
            response = web.StreamResponse(headers={"Content-Length": str(len(MODEL))})
            await response.prepare(request)
            await response.write(MODEL[:10])
            request.transport.close()
            return response
        if request.path == "/moved.safetensors":
            return web.Response(status=302, headers={"Location": f"{self.url}/ink.safetensors"})
        if request.path == "/inward.safetensors":
            return web.Response(status=302, headers={"Location": "http://169.254.169.254/"})
        if request.path == "/api/v1/models/4711":
            return web.json_response(self.civitai_model())
        if request.path == "/api/models/ada/ink":
            return web.json_response(
                {"siblings": [{"rfilename": name} for name in ("a.json", "sub/b.bin", "../x")]}
            )
        if request.path == "/api/models/ada/locked":
            return web.Response(status=401)
        if request.path == "/api/models/ada/broken":
            return web.Response(status=503)
        if request.path.endswith(("/ink.safetensors", "/a.json", "/sub/b.bin", "/api/download/models/4712")):
            return web.Response(body=MODEL)
        return web.Response(status=404)

    def civitai_model(self) -> dict[str, object]:
        """What Civitai says of a model with two versions."""

        def version(number: int) -> dict[str, object]:
            link = f"{self.url}/api/download/models/{number}"
            file = {"name": f"ink{number}.safetensors", "downloadUrl": link, "primary": True}
            return {"id": number, "files": [file], "images": [{"url": "https://pictures.example.net/i.jpeg"}]}

        return {
            "id": 4711,
            "name": "Inkwash",
            "type": "LORA",
            "modelVersions": [version(4712), version(4713)],
        }

    def hubs(self) -> Hubs:
        """Both hubs, here."""
        return Hubs(Reach(), civitai=self.url, huggingface=self.url.replace("127.0.0.1", "localhost"))


@asynccontextmanager
async def hub_here() -> AsyncIterator[Hub]:
    """A hub on a loopback port."""
    hub = Hub()
    app = web.Application()
    app.router.add_get("/{path:.*}", hub.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    hub.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield hub
    hub.go_on.set()
    await runner.cleanup()
