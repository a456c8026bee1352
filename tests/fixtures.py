"""What the tests share: real gateways in processes of their own, and clients of both colours."""

import inspect
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import attrs
import blockbuster
import pytest
from _pytest.doctest import DoctestItem
from hypothesis import HealthCheck, settings

from stationthis_sdk import AsyncStationThis, StationThis

# No test depends on how long anything takes: Hypothesis has no deadlines here.
settings.register_profile("stationthis", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("stationthis")


@attrs.frozen
class RunningGateway:
    """A gateway process of the tests."""

    base_url: str
    key: str
    pid: int
    data: Path

    def ask(self, path: str, body: Any = None) -> Any:
        """Ask the gateway for what the SDK has no noun for, past the SDK."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(self.base_url + path, data, headers)) as answer:
            return json.load(answer)

    def deploy(
        self,
        name: str,
        graph: dict[str, Any],
        *,
        environment: str = "production",
        machine: str = "this-machine",
    ) -> str:
        """Make a workflow of this graph and deploy it; the deployment's id."""
        machines = {one["name"]: one["id"] for one in self.ask("/machines")}
        text = json.dumps(graph)
        workflow_id = self.ask("/workflow", {"name": name, "workflow_json": "{}", "workflow_api": text})[
            "workflow_id"
        ]
        body = {
            "workflow_version_id": self.ask(f"/workflow/{workflow_id}")["versions"][0]["id"],
            "workflow_id": workflow_id,
            "machine_id": machines[machine],
            "environment": environment,
        }
        return str(self.ask("/deployment", body)["id"])

    def environment(self) -> dict[str, str]:
        """The environment in which a program finds this gateway."""
        return {**os.environ, "STATIONTHIS_BASE_URL": self.base_url, "STATIONTHIS_API_KEY": self.key}


@pytest.fixture(scope="session", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test reads or writes the folders or keys of whoever runs it."""
    home = tmp_path_factory.mktemp("home")
    names = ("STATIONTHIS_HOME", "STATIONTHIS_API_KEY", "COMFY_DEPLOY_API_KEY", "STATIONTHIS_BASE_URL",
             "COMFY_DEPLOY_API_URL", "STATIONTHIS_PROFILE", "STATIONTHIS_LOG")  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.delenv(name, raising=False)
        patch.setenv("STATIONTHIS_HOME", str(home))
        patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
        yield home


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A gateway with its seeded workspace, shared by the tests of a worker."""
    data = tmp_path_factory.mktemp("gateway")
    command = [sys.executable, "-m", "stationthis_sdk.local", "--data", str(data), "--port", "0"]
    with (
        (data / "stderr.txt").open("wb") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log) as process,
    ):
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline() or "{}")
        assert ready, (data / "stderr.txt").read_text()
        yield RunningGateway(ready["base_url"], ready["key"], ready["pid"], data)
        process.terminate()
        process.wait(45)


@pytest.fixture
def st(gateway: RunningGateway) -> Iterator[StationThis]:
    """A synchronous client of the gateway."""
    with StationThis(gateway.key, gateway.base_url) as client:
        yield client


@pytest.fixture
async def ast(gateway: RunningGateway) -> AsyncIterator[AsyncStationThis]:
    """An asynchronous client of the gateway."""
    async with AsyncStationThis(gateway.key, gateway.base_url) as client:
        yield client


@pytest.fixture(autouse=True)
def _no_blocking(request: pytest.FixtureRequest) -> Iterator[None]:
    """No asynchronous test passes when the SDK blocks the event loop."""
    if not inspect.iscoroutinefunction(getattr(request.node, "obj", None)):
        yield
        return
    with blockbuster.blockbuster_ctx("stationthis_sdk"):
        yield


@pytest.fixture(autouse=True)
def _examples(request: pytest.FixtureRequest, doctest_namespace: dict[str, Any]) -> None:
    """Examples of the synchronous classes run on a local gateway, as a newcomer's do."""
    if isinstance(request.node, DoctestItem) and ".sync." in request.node.name:
        doctest_namespace.update(request.getfixturevalue("_example_names"))


@pytest.fixture(scope="session")
def _example_names(_home: Path) -> Iterator[dict[str, Any]]:
    with StationThis(local=True) as client:
        yield {"st": client, "portrait": client.deployments["text-to-picture"], "StationThis": StationThis}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Examples of the asynchronous classes are run in their synchronous copies."""
    items[:] = [item for item in items if not (isinstance(item, DoctestItem) and ".Async" in item.name)]
