"""A gateway of the test's own, which posts real webhooks, and what was told of their runs."""

import asyncio
import json
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import attrs
import pytest

from stationthis_sdk import AsyncDeployment, AsyncRun, AsyncStationThis
from stationthis_sdk.testing import LocalGateway, local_gateway
from stationthis_sdk.webhooks import AsyncReceiver
from stationthis_sdk.webhooks.aiohttp_server import serving
from tests.echo import GRAPH

PATIENCE = 45.0
RUN = "5ea8723e-4701-4d69-8604-8932801f2083"


async def until(reached: Callable[[], object]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(PATIENCE):
        while not reached():  # noqa: ASYNC110 - a condition of the test's own
            await asyncio.sleep(0.01)


def body(run_id: str = RUN, status: str = "running", **more: Any) -> bytes:
    """A webhook's body."""
    told = {
        "event_type": "run.updated",
        "status": status,
        "live_status": None,
        "progress": 0.0,
        "outputs": [],
    }
    return json.dumps({**told, "run_id": run_id, **more}).encode()


def post(url: str, content: bytes, **headers: str) -> tuple[int, Any]:
    """Send a webhook past the gateway."""
    request = urllib.request.Request(url, content, {"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


@attrs.define
class Heard:
    """What was told, in its order."""

    finals: list[AsyncRun] = attrs.Factory(list)
    progress: list[AsyncRun] = attrs.Factory(list)

    @property
    def ends(self) -> Counter[str]:
        """How often each end was told."""
        return Counter(run.id for run in self.finals)

    def of(self, run_id: str) -> list[tuple[str, float]]:
        """The states and fractions told of a run on its way."""
        return [(str(run.state), run.progress.fraction) for run in self.progress if run.id == run_id]


@attrs.frozen
class Hooked:
    """A receiver at work, behind real HTTP, and what it told."""

    receiver: AsyncReceiver
    address: str
    url: str
    heard: Heard


@pytest.fixture
def gateway() -> Iterator[LocalGateway]:
    """A gateway with a deployment that repeats words."""
    with local_gateway() as made:
        made.deploy("echo", GRAPH)
        yield made


@pytest.fixture
async def st(gateway: LocalGateway) -> AsyncIterator[AsyncStationThis]:
    """A client of it."""
    async with gateway.async_client() as client:
        yield client


@pytest.fixture
async def echo(st: AsyncStationThis) -> AsyncDeployment:
    """What repeats words."""
    return await st.deployments.get("echo")


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
async def hooked(st: AsyncStationThis, heard: Heard) -> AsyncIterator[Hooked]:
    """A receiver that takes note of what it is to tell."""
    receiver = AsyncReceiver(st, on_final=heard.finals.append, on_progress=heard.progress.append)
    async with serving(receiver, "127.0.0.1", 0) as address, receiver:
        yield Hooked(receiver, address, await receiver.url_for(f"{address}/hook"), heard)


async def rows(st: AsyncStationThis, columns: str = "*") -> list[dict[str, Any]]:
    """The deliveries in the ledger."""
    return await st._ready.context.ledger.do(
        lambda database: [dict(row) for row in database.execute(f"SELECT {columns} FROM deliveries")], []
    )
