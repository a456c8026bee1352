"""The pytest plugin. Every pytest of an environment with the SDK imports it, so it imports nothing heavy itself."""

import sys
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    from stationthis_sdk.testing.gateway import LocalGateway

__all__ = ["stationthis", "stationthis_env"]

_OURS: Final = frozenset({"stationthis_sdk", "comfydeploy_client"})


class _AsElsewhere:
    """Our modules are imported as they are without pytest.

    pytest marks every module of a distribution with a plugin, and would parse and rewrite each of ours at its first
    import, in whatever thread that is: slow, and two at once break CPython 3.11 (SystemError: AST constructor recursion
    depth mismatch).
    """

    def find_spec(
        self, fullname: str, path: "Sequence[str] | None", target: "ModuleType | None" = None
    ) -> "ModuleSpec | None":
        return PathFinder.find_spec(fullname, path, target) if fullname.partition(".")[0] in _OURS else None


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Before anything of a suite imports the SDK."""
    finder = _AsElsewhere()
    sys.meta_path.insert(0, finder)
    early_config.add_cleanup(lambda: sys.meta_path.remove(finder) if finder in sys.meta_path else None)


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
