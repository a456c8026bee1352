"""The gateway in front of ComfyUI servers: graphs go there, and machines come and go with their addresses."""

import asyncio

import pytest

from stationthis_sdk.local import Gateway, GatewayError
from stationthis_sdk.local.comfyui.client import ServerLost
from stationthis_sdk.local.engine.built_in import BuiltIn
from stationthis_sdk.local.engines import NodeFailed, Stopped
from stationthis_sdk.local.machines.machinery import Machinery
from stationthis_sdk.local.reach import Reach
from stationthis_sdk.local.rows.machines import Machine
from stationthis_sdk.local.rows.runs import Run, outputs_of
from tests.local.comfyui.conftest import Runner, node
from tests.local.comfyui.nodes import NodeClass
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
    assert len(server.runs) == 1
    assert run["status"] == "success"
    (item,) = run["outputs"][0]["data"]["images"]
    assert (await api("GET", item["url"])).body.startswith(b"\x89PNG")


async def test_what_a_machine_brings_for_a_private_account_is_private(api, session, tmp_path):
    """Its files have signed links, as those of every other engine."""
    await api("PUT", "/platform/user-settings", json={"output_visibility": "private"})
    server = StandInWithPlugin(tmp_path / "three")
    await server.start()
    try:
        body = {"name": "mine", "type": "classic", "endpoint": f"{server.address}/", "auth_token": "secret"}
        assert (await api("POST", "/machine/custom", json=body)).status == 200
        run = await api.ended(await api.run_graph(INVERTED, "mine"))
    finally:
        await server.stop()
    assert len(server.runs) == 1
    (item,) = run["outputs"][0]["data"]["images"]
    assert item["is_public"] is False
    async with session.get(item["url"]) as answer:
        assert (answer.status, (await answer.read())[:4]) == (200, b"\x89PNG")
    async with session.get(item["url"].partition("?")[0]) as answer:
        assert answer.status == 403


async def test_a_machines_token_is_told_to_nobody_else(api, servers, caplog):
    """The server repeats it wherever it can: no run, log line, answer or log of the gateway's has it."""
    caplog.set_level("DEBUG")
    token = "tok-5ecret/with+signs=="

    def leaks(_work, **_rest):
        raise RuntimeError(f"refused: {servers[1].asked[-1][2].get('Authorization')} {token}")

    servers[1].classes["Leaks"] = NodeClass(leaks, {}, (), is_output=True)
    body = {"name": "mine", "type": "classic", "endpoint": servers[1].address, "auth_token": token}
    assert (await api("POST", "/machine/custom", json=body)).status == 200
    run = await api.ended(await api.run_graph({"9": {"class_type": "Leaks", "inputs": {}}}, "mine"))
    assert run["status"] == "failed"
    assert any(token in headers.get("Authorization", "") for _, _, headers in servers[1].asked)
    api.gateway.clock.advance(30)
    lines = (await api("GET", f"/v2/clickhouse-run-logs/{run['id']}")).body
    assert "refused: " in str(lines)
    kept = await api.gateway.services.database.do(outputs_of(run["id"]))
    assert token not in f"{run} {lines} {kept} {caplog.text}"


async def test_a_token_that_is_none_is_said(api, servers):
    """It could end a header and begin another."""
    body = {"name": "mine", "type": "classic", "endpoint": servers[1].address, "auth_token": "a\r\nHost: b"}
    assert (await api("POST", "/machine/custom", json=body)).status == 200
    run = await api.ended(await api.run_graph(INVERTED, "mine"))
    assert run["status"] == "failed"
    api.gateway.clock.advance(30)
    lines = (await api("GET", f"/v2/clickhouse-run-logs/{run['id']}")).body
    assert "holds a line break" in str(lines)
    assert "Host: b" not in str(lines)


@pytest.mark.slow
async def test_runs_at_once_on_a_machine_that_goes_away_all_hear_of_it(tmp_path, servers, files):
    """Each ends by itself, and the machine serves again once it is back."""
    machinery = Machinery(BuiltIn(tmp_path / "work"), tmp_path / "scratch", Reach(), str, [])
    machine = Machine(user_id="me", org_id=None, name="mine", type="classic", endpoint=servers[0].address)
    runners = [Runner(machinery.of(machine), files) for _ in range(5)]
    runs = [one.begin({**INVERTED, "2": node("Gate", image=["1", 0])}) for one in runners]
    await servers[0].until(lambda: len(servers[0].waiting) == 4)
    await servers[0].stop()
    await servers[0].start()
    ends = await asyncio.gather(*runs, return_exceptions=True)
    assert {type(end).__mro__[1] for end in ends} <= {ServerLost, NodeFailed}, ends
    again = Runner(machinery.of(machine), files)
    (put,) = await again.run(INVERTED)
    assert put.node_id == "3"
    await machinery.close()


async def test_a_run_is_stopped_while_its_machine_is_looked_up(tmp_path, servers, files):
    """A machine that answers nothing at all holds up nobody who cancels."""
    waiting = asyncio.Event()

    async def never(_request):
        waiting.set()
        await asyncio.sleep(60)

    servers[0].lies["/object_info"] = never
    machinery = Machinery(BuiltIn(tmp_path / "work"), tmp_path / "scratch", Reach(), str, [])
    machine = Machine(user_id="me", org_id=None, name="mine", type="classic", endpoint=servers[0].address)
    runner = Runner(machinery.of(machine), files)
    run = runner.begin(INVERTED)
    await waiting.wait()
    runner.stop.set()
    async with asyncio.timeout(45):
        with pytest.raises(Stopped):
            await run
    await machinery.close()


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
    kept = await gateway.services.database.do(lambda tables: tables.get(Run, run["id"]))
    assert "127.0.0.1:9" in kept.error
