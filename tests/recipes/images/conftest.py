"""A gateway of the test's own, with deployments whose inputs are called otherwise."""

from collections.abc import AsyncIterator, Iterator

import pytest

from stationthis_sdk import AsyncStationThis
from stationthis_sdk.testing import LocalGateway, local_gateway
from tests.recipes.images import graphs


@pytest.fixture
def gateway() -> Iterator[LocalGateway]:
    """A gateway with what it holds anyway, and a deployment called standard that speaks the product's words."""
    with local_gateway() as made:
        made.deploy("standard", graphs.PRODUCT)
        yield made


@pytest.fixture
async def st(gateway: LocalGateway) -> AsyncIterator[AsyncStationThis]:
    """A client of it."""
    async with gateway.async_client() as client:
        yield client
