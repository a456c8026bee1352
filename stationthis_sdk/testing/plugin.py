"""The pytest plugin. Every pytest of an environment with the SDK imports it, so it imports nothing itself."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stationthis_sdk.testing.gateway import LocalGateway

__all__ = ["stationthis", "stationthis_env"]


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    line = "stationthis(strict=False): how the gateway of the fixture `stationthis` behaves"
    config.addinivalue_line("markers", line)


@pytest.fixture
def stationthis(request: pytest.FixtureRequest) -> "Iterator[LocalGateway]":
    """ComfyUI Deploy on this machine, new for each test: client(), deploy(), faults, clock, runs(); no key needed.

    A stationthis_sdk.testing.LocalGateway with the deployments `text-to-picture`, `picture-to-picture`, `train-lora`
    and `picture-with-lora`.
    `stationthis.client()` is a StationThis for it, `stationthis.async_client()` an AsyncStationThis.
    """
    from stationthis_sdk.testing.gateway import LocalGateway  # noqa: PLC0415  heavy, and seldom wanted

    marker = request.node.get_closest_marker("stationthis")
    with LocalGateway(**(marker.kwargs if marker is not None else {})) as gateway:
        yield gateway


@pytest.fixture
def stationthis_env(stationthis: "LocalGateway", monkeypatch: pytest.MonkeyPatch) -> "LocalGateway":
    """The gateway of the fixture `stationthis`, and the environment in which StationThis() finds it by itself."""
    for name, value in stationthis.variables.items():
        monkeypatch.setenv(name, value)
    return stationthis
