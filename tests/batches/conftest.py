"""What the tests of batches share."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from stationthis_sdk import AsyncStationThis
from stationthis_sdk.deployment import AsyncDeployment
from tests.batches.programs import STARTED
from tests.fast_service import FastService, fast_service, shapes_of
from tests.fixtures import RunningGateway
from tests.processes import end


@pytest.fixture(scope="session")
def shapes(gateway: RunningGateway) -> dict[str, Any]:
    """What a real gateway answers; a second of its GPU costs a dollar."""
    return shapes_of(gateway, 1.0)


@pytest.fixture
def fast(shapes: dict[str, Any], tmp_path: Path) -> Iterator[FastService]:
    """A fast service of its own for each test."""
    with fast_service(shapes, tmp_path) as made:
        yield made


@pytest.fixture
async def client(fast: FastService, tmp_path: Path) -> AsyncIterator[AsyncStationThis]:
    """A client of it, with a data folder of its own."""
    async with AsyncStationThis("k", fast.base_url, home=tmp_path / "home") as made:
        yield made


@pytest.fixture
async def deployment(client: AsyncStationThis) -> AsyncDeployment:
    """What it has deployed."""
    return await client.deployments.get("fast")


@pytest.fixture(autouse=True)
def _no_process_is_left() -> Iterator[None]:
    yield
    while STARTED:
        end(STARTED.pop())
