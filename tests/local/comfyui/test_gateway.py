"""The gateway in front of ComfyUI servers: graphs go there, and machines come and go with their addresses."""

import pytest

from stationthis_sdk.local import Gateway, GatewayError
from tests.local.comfyui.stand_in import StandIn
from tests.local.comfyui.stand_in_plugin import StandInWithPlugin
from tests.local.conftest import Api, picture_graph

INVERTED = {
    "1": {"class_type": "EmptyImage", "inputs": {"width": 16, "height": 16, "batch_size": 1, "color": 255}},
    "2": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}},
    "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "inverted"}},
}


@pytest.fixture
async def servers(tmp_path):
    """Two ComfyUI servers."""
    found = [StandIn(tmp_path / "one"), StandIn(tmp_path / "two")]
    for server in found:
        await server.start()
    yield found
    for server in found:
        await server.stop()


@pytest.fixture
async def gateway(tmp_path, servers):
    """A gateway in front of both."""
    gateway = Gateway(tmp_path / "data", comfyui=[server.address for server in servers])
    await gateway.start()
    yield gateway
    await gateway.stop()


@pytest.mark.parametrize("machine", ["this-machine", "comfyui", "comfyui-2"])
async def test_a_graph_runs_on_the_machines_comfyui(api, machine):
    """Its file comes back through the gateway, whichever server did the work."""
    run = await api.ended(await api.run_graph(INVERTED, machine))
    assert run["status"] == "success"
    (item,) = run["outputs"][0]["data"]["images"]
    picture = await api("GET", item["url"])
    assert picture.status == 200
    assert picture.body.startswith(b"\x89PNG")


async def test_each_server_does_its_own_machines_work(api, servers):
    """A second server's machine leaves the first one alone."""
    await api.ended(await api.run_graph(INVERTED, "comfyui-2"))
    assert [len(server.history) for server in servers] == [0, 1]


async def test_our_drawing_node_runs_here_all_the_same(api):
    """The seeded deployments work with a ComfyUI too."""
    run = await api.ended(await api.run_graph(picture_graph()))
    assert run["status"] == "success"


async def test_machines_follow_the_addresses(tmp_path, servers, session):
    """An address that is gone takes its machine along, and one that comes again brings it back."""
    names = []
    for addresses in (
        [servers[0].address, servers[1].address],
        [servers[1].address],
        [],
        [servers[0].address],
    ):
        gateway = Gateway(tmp_path / "data", comfyui=addresses)
        await gateway.start()
        machines = (await Api(gateway, session)("GET", "/machines?is_deleted=false")).body
        names.append(sorted(one["name"] for one in machines if one["name"].startswith("comfyui")))
        await gateway.stop()
    assert names == [["comfyui", "comfyui-2"], ["comfyui"], [], ["comfyui"]]


async def test_what_is_no_address_is_said_at_the_start(tmp_path):
    """Nothing is served then."""
    gateway = Gateway(tmp_path / "data", comfyui=["ftp://somewhere"])
    with pytest.raises(GatewayError, match="no address of a ComfyUI"):
        await gateway.start()


async def test_a_custom_machine_without_the_plugin_is_any_comfyui(api, servers):
    """Its endpoint does the work."""
    body = {"name": "mine", "type": "classic", "endpoint": servers[1].address, "auth_token": None}
    assert (await api("POST", "/machine/custom", json=body)).status == 200
    run = await api.ended(await api.run_graph(INVERTED, "mine"))
    assert run["status"] == "success"
    assert len(servers[1].history) == 1


async def test_a_custom_machine_with_the_plugin_calls_back(api, tmp_path):
    """It tells how the run goes and brings its files, through the gateway's own routes."""
    server = StandInWithPlugin(tmp_path / "three")
    await server.start()
    try:
        body = {"name": "mine", "type": "classic", "endpoint": f"{server.address}/", "auth_token": "secret"}
        assert (await api("POST", "/machine/custom", json=body)).status == 200
        run = await api.ended(await api.run_graph(INVERTED, "mine"))
    finally:
        await server.stop()
    assert run["status"] == "success"
    (item,) = run["outputs"][0]["data"]["images"]
    assert (await api("GET", item["url"])).body.startswith(b"\x89PNG")


async def test_callbacks_of_strangers_are_refused(api):
    """Without the token that the run's machine was given nothing is told and nothing is put."""
    run_id = await api.run_graph(INVERTED)
    base = api.gateway.base_url
    body = {"run_id": run_id, "status": "failed"}
    async with api.session.post(f"{base}/update-run", json=body) as answer:
        told = answer.status
    async with api.session.get(f"{base}/file-upload?file_name=a.png&run_id={run_id}") as answer:
        assert answer.status == 401
    async with api.session.put(f"{base}/file-upload/guess", data=b"x") as answer:
        assert answer.status == 403
    assert told in {200, 401}
    assert (await api.ended(run_id))["status"] == "success"


async def test_a_machine_that_is_away_fails_its_run_with_its_address(api, gateway):
    """The reason is in the run's log."""
    body = {"name": "away", "type": "classic", "endpoint": "http://127.0.0.1:9", "auth_token": None}
    assert (await api("POST", "/machine/custom", json=body)).status == 200
    run = await api.ended(await api.run_graph(INVERTED, "away"))
    assert run["status"] == "failed"
    from stationthis_sdk.local.rows.runs import Run

    kept = await gateway.services.database.do(lambda tables: tables.get(Run, run["id"]))
    assert "127.0.0.1:9" in kept.error
