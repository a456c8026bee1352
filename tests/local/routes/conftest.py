"""People at the gateway, and a gateway that behaves better than the service."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from stationthis_sdk.local import Gateway
from tests.local.routes.people import People, Plain, people_at


@pytest.fixture
async def people(api) -> People:
    """Several people with keys of their own; the first is the owner."""
    return await people_at(api)


@pytest.fixture
def plain(api) -> Plain:
    """The owner's requests to what the contract leaves out."""
    return Plain(api.gateway, api.session)


@pytest.fixture
async def strict(tmp_path: Path, session) -> AsyncIterator[Plain]:
    """The owner's requests to a strict gateway."""
    gateway = Gateway(tmp_path / "strict", strict=True)
    await gateway.start()
    yield Plain(gateway, session)
    await gateway.stop()
