"""A gateway in this process for each test, and a plain HTTP client for it that is none of ours."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import attrs
import pytest
from aiohttp import web

from stationthis_sdk.local import Gateway
from tests.local import conform

ENDED = {"success", "failed", "timeout", "cancelled"}
PATIENCE = 45.0


@attrs.frozen
class Answer:
    """What came back."""

    status: int
    body: Any
    headers: dict[str, str]


class Api:
    """Plain requests to a gateway; every answer must be one that the contract allows."""

    def __init__(self, gateway: Gateway, session: aiohttp.ClientSession, key: str | None = None) -> None:
        self.gateway = gateway
        self.session = session
        self.key = key or gateway.key

    async def __call__(self, method: str, path: str, **more: Any) -> Answer:
        """Send a request; ``path`` is below /api, or a whole URL."""
        url = path if path.startswith("http") else self.gateway.base_url + path
        headers = {"Authorization": f"Bearer {self.key}", **more.pop("headers", {})}
        more.setdefault("allow_redirects", False)
        async with self.session.request(method, url, headers=headers, **more) as response:
            content = await response.read()
            kind = response.content_type
            body = json.loads(content) if kind == "application/json" and content else content
            if url.startswith(f"{self.gateway.base_url}/"):
                below = response.url.raw_path.removeprefix("/api") if not response.history else None
                if below is not None:
                    conform.check(method, below, response.status, kind, body)
            return Answer(response.status, body, dict(response.headers))

    async def deployment(self, name: str = "text-to-picture") -> dict[str, Any]:
        """A seeded deployment by its workflow's name."""
        answer = await self("GET", "/deployments")
        return next(found for found in answer.body if found["workflow"]["name"] == name)

    async def submit(self, name: str = "text-to-picture", inputs: Any = None, **more: Any) -> str:
        """Queue a run of a seeded deployment; small and quick unless the inputs say otherwise."""
        given = {"prompt": "a test", "seed": 1, "steps": 1, "width": 64, "height": 64, **(inputs or {})}
        body = {"deployment_id": (await self.deployment(name))["id"], "inputs": given, **more}
        answer = await self("POST", "/run/deployment/queue", json=body)
        assert answer.status == 200, answer
        return str(answer.body["run_id"])

    async def run_graph(self, graph: Any, machine: str = "this-machine", **more: Any) -> str:
        """Queue a run of any graph."""
        body = {**await self.workflow_body(graph, machine), **more}
        answer = await self("POST", "/run/workflow/queue", json=body)
        assert answer.status == 200, answer
        return str(answer.body["run_id"])

    async def workflow_body(self, graph: Any, machine: str = "this-machine") -> dict[str, Any]:
        """A body for the workflow runs."""
        machines = (await self("GET", "/machines")).body
        machine_id = next(found["id"] for found in machines if found["name"] == machine)
        workflow_id = (await self.deployment())["workflow_id"]
        return {"workflow_id": workflow_id, "workflow_api_json": graph, "machine_id": machine_id}

    async def until(self, run_id: str, reached: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Read the run until it is as wanted."""
        async with asyncio.timeout(PATIENCE):
            while True:
                run: dict[str, Any] = (await self("GET", f"/run/{run_id}?queue_position=true")).body
                if reached(run):
                    return run
                await asyncio.sleep(0.01)

    async def ended(self, run_id: str) -> dict[str, Any]:
        """The run once it has ended."""
        return await self.until(run_id, lambda run: run["status"] in ENDED)


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway over a folder of its own."""
    gateway = Gateway(tmp_path / "data")
    await gateway.start()
    yield gateway
    await gateway.stop()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Connections of the test."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def api(gateway: Gateway, session: aiohttp.ClientSession) -> Api:
    """The owner's requests."""
    return Api(gateway, session)


@attrs.define
class Receiver:
    """A customer's server that takes webhooks; ``answers`` are the statuses to give next, 200 once they are used up."""

    url: str = ""
    bodies: list[dict[str, Any]] = attrs.Factory(list)
    headers: list[dict[str, str]] = attrs.Factory(list)
    answers: list[int] = attrs.Factory(list)

    async def take(self, request: web.Request) -> web.Response:
        """Note one delivery."""
        self.bodies.append(await request.json())
        self.headers.append(dict(request.headers))
        return web.Response(status=self.answers.pop(0) if self.answers else 200)

    async def until(self, reached: Callable[[list[dict[str, Any]]], bool]) -> None:
        """Wait for deliveries."""
        async with asyncio.timeout(PATIENCE):
            while not reached(self.bodies):  # noqa: ASYNC110  a condition of the test's own
                await asyncio.sleep(0.01)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver on a loopback port."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()


def picture_graph(**inputs: Any) -> dict[str, Any]:
    """A graph of the picture node and an output; small and quick unless the inputs say otherwise."""
    small = {"prompt": "a test", "seed": 1, "steps": 1, "width": 64, "height": 64}
    return {
        "1": {"class_type": "StationThisPicture", "inputs": {**small, **inputs}},
        "2": {
            "class_type": "ComfyDeployOutputImage",
            "inputs": {
                "images": ["1", 0],
                "filename_prefix": "picture",
                "file_type": "png",
                "quality": 80,
                "output_id": "out",
            },
        },
    }


ENDLESS = {"steps": 1000, "width": 256, "height": 256}
"""Work that lasts longer than any test."""
