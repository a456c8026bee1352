"""StationThis SDK, as its wheel installs it with the core dependencies alone."""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.answers import NAME
from benchmarks.contenders import tasks
from stationthis_sdk import AsyncStationThis, StationThis

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from stationthis_sdk import AsyncDeployment


class Client:
    """The two calls."""

    def __init__(self, st: AsyncStationThis, deployment: AsyncDeployment) -> None:
        self._st, self._deployment = st, deployment

    async def get(self, run_id: str) -> str:
        """The run's state."""
        return str((await self._st.runs.get(run_id)).state)

    async def submit(self, inputs: dict[str, Any]) -> str:
        """The id of a new run."""
        return (await self._deployment.submit(inputs)).id


class JsonClient(Client):
    """A read whose answer stays JSON, as raw clients have it."""

    async def get(self, run_id: str) -> str:
        """The run's state."""
        return str((await self._st.request("GET", f"/run/{run_id}"))["status"])


@contextlib.asynccontextmanager
async def _connect_json(base_url: str) -> AsyncIterator[Client]:
    async with AsyncStationThis("k", base_url) as st:
        yield JsonClient(st, await st.deployments.get(NAME))


@contextlib.asynccontextmanager
async def _connect(base_url: str) -> AsyncIterator[Client]:
    async with AsyncStationThis("k", base_url) as st:
        yield Client(st, await st.deployments.get(NAME))


def _get(base_url: str, **settings: Any) -> dict[str, float]:
    with StationThis("k", base_url) as st:
        return tasks.plain_get(st.runs.get, **settings)


def _get_json(base_url: str, **settings: Any) -> dict[str, float]:
    with StationThis("k", base_url) as st:
        return tasks.plain_get(lambda run_id: st.request("GET", f"/run/{run_id}"), **settings)


def _rows(count: int, word: str) -> Iterator[dict[str, Any]]:
    return ({**tasks.INPUTS, "prompt": f"{word} {number}"} for number in range(count))


def _batch(base_url: str, rows: int, at_once: int) -> dict[str, float]:
    """As in a script: one `map`."""
    with StationThis("k", base_url) as st:
        deployment = st.deployments[NAME]
        deployment.map(_rows(200, "warm"), name="warm", concurrency=at_once)
        memory = tasks.Memory()
        began, worked = time.perf_counter(), time.process_time()
        batch = deployment.map(_rows(rows, "fox"), name="batch", concurrency=at_once)
        seconds = time.perf_counter() - began
        cpu = (time.process_time() - worked) / rows * 1000
        if batch.progress.succeeded != rows:
            raise SystemExit(f"{batch.progress} of {rows}")
        return {"seconds": seconds, "cpu": cpu, "grown": memory.grown(), "runs": rows + 200}


def _replay(base_url: str, rows: int, at_once: int) -> dict[str, float]:
    """A batch whose results are kept, then the same rows under another name, then that batch once more."""
    took = []
    with StationThis("k", base_url) as st:
        deployment = st.deployments[NAME].options(cache=True)
        for name in ("first", "kept", "kept"):
            began = time.perf_counter()
            batch = deployment.map(_rows(rows, "fox"), name=name, concurrency=at_once)
            took.append(time.perf_counter() - began)
            if batch.progress.succeeded != rows:
                raise SystemExit(f"{batch.progress} of {rows}")
    return dict(zip(("first", "kept", "again"), took, strict=True))


def _delay(base_url: str, live: int, first: float, spread: float) -> dict[str, Any]:
    """Each run is waited for, as many at once as there are."""
    known: dict[str, float] = {}

    async def wait() -> None:
        async with AsyncStationThis("k", base_url) as st:
            deployment = await st.deployments.get(NAME)

            async def one(number: int) -> None:
                ms = int(1000 * (first + spread * number / live))
                run = await deployment.submit(tasks.INPUTS, ms=ms)
                await run.wait()
                known[run.id] = time.time()

            await asyncio.gather(*(one(number) for number in range(live)))

    asyncio.run(wait())
    return {"known": known}


def _catalogue(base_url: str) -> dict[str, float]:
    """The list read from the service twice, from this client's memory, and by a new client from the disk."""
    took: dict[str, float] = {}

    async def read(*names: str) -> None:
        async with AsyncStationThis("k", base_url) as st:
            if "first" in names:
                await st.machines.list(refresh=True)
            for name in names:
                began = time.perf_counter()
                await st.deployments.list(refresh=name == "cold")
                took[name] = (time.perf_counter() - began) * 1000
            began = time.perf_counter()
            await st.deployments.get(NAME)
            took["one"] = (time.perf_counter() - began) * 1000

    asyncio.run(read("first", "cold", "warm"))
    asyncio.run(read("disk"))
    return took


def _upload(base_url: str, path: str) -> dict[str, float]:
    with StationThis("k", base_url) as st:
        st.machines.list(refresh=True)
        began = time.perf_counter()
        st.files.upload(path, cache=False)
        return {"seconds": time.perf_counter() - began}


def _download(base_url: str, url: str, path: str) -> dict[str, float]:
    run_id = url.split("/")[-2]
    with StationThis("k", base_url) as st:
        output = st.runs.get(run_id).outputs[0]
        began = time.perf_counter()
        output.save(Path(path))
        return {"seconds": time.perf_counter() - began}


if __name__ == "__main__":
    own: dict[str, tasks.Task] = {
        "get": _get,
        "get_json": _get_json,
        "calls_json": tasks.of(_connect_json)["calls"],
        "by_hand": tasks.of(_connect)["batch"],
        "batch": _batch,
        "replay": _replay,
        "delay": _delay,
        "catalogue": _catalogue,
        "upload": _upload,
        "download": _download,
    }
    tasks.main(tasks.of(_connect) | own)
