"""aiohttp by hand: one session, the answer read as JSON, and nothing checked."""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from benchmarks.answers import DEPLOYMENT
from benchmarks.contenders import tasks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Client:
    """The two calls."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str) -> None:
        self._session, self._base_url = session, base_url

    async def get(self, run_id: str) -> str:
        """The run's state."""
        async with self._session.get(f"{self._base_url}/run/{run_id}") as answer:
            told = await answer.json()
        return str(told["status"])

    async def submit(self, inputs: dict[str, Any]) -> str:
        """The id of a new run."""
        body = {"deployment_id": DEPLOYMENT, "inputs": inputs}
        async with self._session.post(f"{self._base_url}/run/deployment/queue", json=body) as answer:
            return str((await answer.json())["run_id"])


@contextlib.asynccontextmanager
async def _session() -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Authorization": "Bearer k"}
    async with aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(limit=0)) as session:
        yield session


@contextlib.asynccontextmanager
async def _connect(base_url: str) -> AsyncIterator[Client]:
    async with _session() as session:
        yield Client(session, base_url)


def _catalogue(base_url: str) -> dict[str, float]:
    async def read() -> float:
        async with _session() as session:
            await (await session.get(f"{base_url}/machines")).json()
            began = time.perf_counter()
            async with session.get(f"{base_url}/deployments") as answer:
                await answer.json()
            return (time.perf_counter() - began) * 1000

    return {"cold": asyncio.run(read())}


def _upload(base_url: str, path: str) -> dict[str, float]:
    async def send() -> float:
        async with _session() as session:
            await (await session.get(f"{base_url}/machines")).json()
            began = time.perf_counter()
            with Path(path).open("rb") as file:  # noqa: ASYNC230 - nothing else runs
                form = aiohttp.FormData()
                form.add_field("file", file, filename="in.png", content_type="image/png")
                async with session.post(f"{base_url}/file/upload", data=form) as answer:
                    await answer.json()
            return time.perf_counter() - began

    return {"seconds": asyncio.run(send())}


def _download(base_url: str, url: str, path: str) -> dict[str, float]:
    async def fetch() -> float:
        async with _session() as session:
            await (await session.get(f"{base_url}/machines")).json()
            began = time.perf_counter()
            async with session.get(url) as answer:
                with Path(path).open("wb") as file:  # noqa: ASYNC230 - likewise
                    async for chunk in answer.content.iter_chunked(1 << 20):
                        file.write(chunk)
            return time.perf_counter() - began

    return {"seconds": asyncio.run(fetch())}


if __name__ == "__main__":
    tasks.main(tasks.of(_connect) | {"catalogue": _catalogue, "upload": _upload, "download": _download})
