"""Runs on one's own ComfyUI while the cloud can't be reached."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import stamina

from stationthis_sdk import AsyncDeployment, AsyncStationThis, ConnectionFailed, InvalidInput
from stationthis_sdk.testing import LocalGateway, local_gateway
from tests.local.comfyui.stand_in import StandIn

GRAPH = {
    "1": {
        "class_type": "EmptyImage",
        "inputs": {"width": 8, "height": 6, "batch_size": 1, "color": 0x3366CC},
    },
    "2": {
        "class_type": "ComfyUIDeployExternalText",
        "inputs": {"input_id": "name", "default_value": "plain", "display_name": "", "description": ""},
    },
    "3": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": ["2", 0]}},
}


@pytest.fixture
async def comfyui(tmp_path: Path) -> AsyncIterator[StandIn]:
    """The user's own ComfyUI."""
    server = StandIn(tmp_path / "comfyui")
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def cloud() -> Iterator[LocalGateway]:
    """A service that is stopped in the middle."""
    with local_gateway() as gateway:
        gateway.deploy("painter", GRAPH)
        yield gateway


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data folder of the test's own, and so a gateway of its own."""
    monkeypatch.setenv("STATIONTHIS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("COMFYUI_URL", raising=False)


@pytest.fixture(autouse=True)
def _impatient() -> Iterator[None]:
    """Connections are tried as often as ever, without the waits in between."""
    with stamina.set_testing(True, attempts=8, cap=True):
        yield


@pytest.fixture(autouse=True)
def _elsewhere(cloud: LocalGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gateway is reached as a service elsewhere is: under a name, by a proxy, which it is itself."""
    monkeypatch.setenv("http_proxy", cloud.base_url.removesuffix("/api"))


def client(cloud: LocalGateway, *, fallback: bool = True) -> AsyncStationThis:
    """A client of the service elsewhere."""
    return AsyncStationThis(cloud.key, "http://cloud.example/api", flags={"local_fallback": fallback})


async def stopped(cloud: LocalGateway, st: AsyncStationThis) -> AsyncDeployment:
    """A deployment that was known before the cloud went away."""
    painter = await st.deployments.get("painter")
    await asyncio.to_thread(cloud.stop)
    return painter


async def test_the_same_graph_runs_on_ones_own_comfyui(
    cloud: LocalGateway, comfyui: StandIn, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """With the opt-in and COMFYUI_URL the run happens here, with its inputs, and says so; names stay what they were."""
    monkeypatch.setenv("COMFYUI_URL", comfyui.address)
    async with client(cloud) as st:
        painter = await stopped(cloud, st)
        for name in ("fox", "hare"):
            run = await painter(name=name)
            assert (run.state, run.where) == ("success", "local")
            assert run.inputs == {"name": name}
            assert (await run.outputs[0].image()).getpixel((3, 3)) == (0x33, 0x66, 0xCC)
    assert "runs on the ComfyUI of this machine" in caplog.text
    prompts = [body for method, path, body in comfyui.asked if (method, path) == ("POST", "/prompt")]
    assert len(prompts) == 2
    async with AsyncStationThis(local=True) as here:
        assert [one.name for one in await here.workflows.list(search="painter")] == [
            "painter (for the cloud)"
        ]
        assert [one.name for one in await here.deployments.list() if "painter" in one.name] == []


async def test_what_is_wrong_with_the_inputs_stays_the_users_error(
    cloud: LocalGateway, comfyui: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inputs are checked first: what is wrong is never sent anywhere."""
    monkeypatch.setenv("COMFYUI_URL", comfyui.address)
    async with client(cloud) as st:
        painter = await stopped(cloud, st)
        with pytest.raises(InvalidInput):
            await painter.submit(nme="fox")
    assert not comfyui.asked


async def test_without_the_opt_in_nothing_runs_here(
    cloud: LocalGateway, comfyui: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that did not opt in gets the error alone, and the ComfyUI is not even asked."""
    monkeypatch.setenv("COMFYUI_URL", comfyui.address)
    async with client(cloud, fallback=False) as st:
        painter = await stopped(cloud, st)
        with pytest.raises(ConnectionFailed) as failed:
            await painter.submit(name="fox")
    assert "this machine" not in failed.value.message
    assert not comfyui.asked


async def test_the_built_in_engine_never_stands_in(cloud: LocalGateway) -> None:
    """Without COMFYUI_URL nothing runs here, and the error says what is missing."""
    async with client(cloud) as st:
        painter = await stopped(cloud, st)
        with pytest.raises(ConnectionFailed, match="local_fallback needs COMFYUI_URL"):
            await painter.submit(name="fox")


async def test_a_gateway_without_it_is_no_comfyui(
    cloud: LocalGateway, comfyui: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a gateway runs already that was started without COMFYUI_URL, the error says so; nothing runs on it."""
    async with AsyncStationThis(local=True) as here, client(cloud) as st:
        monkeypatch.setenv("COMFYUI_URL", comfyui.address)
        painter = await stopped(cloud, st)
        with pytest.raises(ConnectionFailed, match="runs without COMFYUI_URL"):
            await painter.submit(name="fox")
        assert [one.name for one in await here.workflows.list(search="painter")] == []


async def test_a_service_that_answers_is_never_passed_over(
    cloud: LocalGateway, comfyui: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lost answer of the service runs nothing here: the run is looked for there, and found."""
    monkeypatch.setenv("COMFYUI_URL", comfyui.address)
    async with client(cloud) as st:
        painter = await st.deployments.get("painter")
        cloud.faults.drop_answers(1, path="/run/deployment/queue", method="POST")
        run = await painter.submit(name="fox")
        assert run.where == "cloud"
    assert not comfyui.asked
    assert len(await asyncio.to_thread(cloud.runs)) == 1
