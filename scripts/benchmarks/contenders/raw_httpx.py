"""httpx by hand: one client, the answer read as JSON, and nothing checked."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from benchmarks.answers import DEPLOYMENT
from benchmarks.contenders import tasks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HEADERS = {"Authorization": "Bearer k"}


class Client:
    """The two calls."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def get(self, run_id: str) -> str:
        """The run's state."""
        return str((await self._client.get(f"/run/{run_id}")).json()["status"])

    async def submit(self, inputs: dict[str, Any]) -> str:
        """The id of a new run."""
        body = {"deployment_id": DEPLOYMENT, "inputs": inputs}
        return str((await self._client.post("/run/deployment/queue", json=body)).json()["run_id"])


@contextlib.asynccontextmanager
async def _connect(base_url: str) -> AsyncIterator[Client]:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(base_url=base_url, headers=HEADERS, limits=limits, timeout=120) as client:
        yield Client(client)


def _get(base_url: str, **settings: Any) -> dict[str, float]:
    with httpx.Client(base_url=base_url, headers=HEADERS) as client:
        return tasks.plain_get(lambda run_id: client.get(f"/run/{run_id}").json(), **settings)


def _catalogue(base_url: str) -> dict[str, float]:
    with httpx.Client(base_url=base_url, headers=HEADERS) as client:
        client.get("/machines")
        began = time.perf_counter()
        client.get("/deployments").json()
        return {"cold": (time.perf_counter() - began) * 1000}


def _upload(base_url: str, path: str) -> dict[str, float]:
    with httpx.Client(base_url=base_url, headers=HEADERS, timeout=120) as client:
        client.get("/machines")
        began = time.perf_counter()
        with Path(path).open("rb") as file:
            client.post("/file/upload", files={"file": ("in.png", file, "image/png")}).json()
        return {"seconds": time.perf_counter() - began}


def _download(base_url: str, url: str, path: str) -> dict[str, float]:
    with httpx.Client(base_url=base_url, headers=HEADERS, timeout=120) as client:
        client.get("/machines")
        began = time.perf_counter()
        with client.stream("GET", url) as answer, Path(path).open("wb") as file:
            file.writelines(answer.iter_bytes(1 << 20))
        return {"seconds": time.perf_counter() - began}


if __name__ == "__main__":
    own: dict[str, tasks.Task] = {
        "get": _get,
        "catalogue": _catalogue,
        "upload": _upload,
        "download": _download,
    }
    tasks.main(tasks.of(_connect) | own)
