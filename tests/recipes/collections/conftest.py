"""What the tests of collections share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from stationthis_sdk import AsyncStationThis
from tests.batches.conftest import fast, shapes
from tests.fixtures import RunningGateway

__all__ = ["fast", "shapes"]


@pytest.fixture
async def client(gateway: RunningGateway, tmp_path: Path) -> AsyncIterator[AsyncStationThis]:
    """A client of the shared gateway, with a data folder of its own."""
    async with AsyncStationThis(gateway.key, gateway.base_url, home=tmp_path / "home") as made:
        yield made
