"""What the tests of galleries share."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stationthis_sdk import StationThis
from tests.fast_service import FastService, fast_service, shapes_of
from tests.fixtures import RunningGateway


@pytest.fixture(scope="session")
def fast_pictures(gateway: RunningGateway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastService]:
    """A fast service each of whose runs has made the same detailed picture, which a real gateway serves."""
    with StationThis(gateway.key, gateway.base_url) as st:
        run = st.deployments["text-to-picture"](
            prompt="a forest in the mountains", seed=3, width=512, height=384
        )
    outputs: Any = gateway.ask(f"/run/{run.id}")["outputs"]
    with fast_service(shapes_of(gateway, 1.0), tmp_path_factory.mktemp("fast")) as service:
        service.tell(run={"outputs": outputs})
        yield service


@pytest.fixture
def fast(fast_pictures: FastService, tmp_path: Path) -> Iterator[StationThis]:
    """A client of it, with a data folder of its own."""
    with StationThis("k", fast_pictures.base_url, home=tmp_path / "home") as client:
        yield client
