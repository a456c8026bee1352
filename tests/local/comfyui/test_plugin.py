"""A classic machine: a ComfyUI with the plugin is sent the run, and its callbacks tell of it."""

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from stationthis_sdk.local.comfyui.callbacks import Callbacks, Grace
from stationthis_sdk.local.comfyui.client import ServerLost
from stationthis_sdk.local.comfyui.plugin import Plugin
from stationthis_sdk.local.comfyui.tickets import Tickets
from stationthis_sdk.local.engines import GraphRefused, NodeFailed, NodeOutput, NodeStarted, Said, Stopped
from tests.local.comfyui.conftest import QUICK, FolderFiles, Runner, empty, node, saved
from tests.local.comfyui.stand_in_plugin import StandInWithPlugin

QUICK_GRACE = Grace(settled=0.3, told=0.6, uploads=1.2)


class CallbackRoutes:
    """The gateway's three routes for machines, as thin as they can be."""

    def __init__(self, files: FolderFiles) -> None:
        self.callbacks, self.tickets, self.files = Callbacks(), Tickets(), files
        self.base = ""
        self.refused = 0

    async def update(self, request: web.Request) -> web.Response:
        """``POST /api/update-run``."""
        body = await request.json()
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.callbacks.admits(body["run_id"], token):
            self.callbacks.take(body["run_id"], body)
        else:
            self.refused += 1
        return web.json_response({"status": "success"})

    async def place(self, request: web.Request) -> web.Response:
        """``GET /api/file-upload``."""
        query = request.query
        now = asyncio.get_running_loop().time()
        ticket = self.tickets.give(query["run_id"], query["file_name"], "outputs", now)
        self.callbacks.expect_file(query["run_id"], ticket.path)
        return web.json_response(ticket.answer(self.base))

    async def put(self, request: web.Request) -> web.Response:
        """``PUT`` of the file itself."""
        ticket = self.tickets.find(request.match_info["secret"], asyncio.get_running_loop().time())
        if ticket is None:
            return web.Response(status=403)
        (self.files.folder / ticket.stored).write_bytes(await request.read())
        return web.Response()


@pytest.fixture
async def routes(files: FolderFiles) -> AsyncIterator[CallbackRoutes]:
    """Somewhere that machines can call."""
    routes = CallbackRoutes(files)
    app = web.Application()
    app.add_routes(
        [
            web.post("/api/update-run", routes.update),
            web.get("/api/file-upload", routes.place),
            web.put("/api/file-upload/{secret}", routes.put),
        ]
    )
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    routes.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield routes
    await runner.cleanup()


@pytest.fixture
async def machine(tmp_path: Path) -> AsyncIterator[StandInWithPlugin]:
    """A ComfyUI with the plugin."""
    server = StandInWithPlugin(tmp_path / "machine")
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def runner(
    machine: StandInWithPlugin, routes: CallbackRoutes, files: FolderFiles
) -> AsyncIterator[Runner]:
    """An engine that sends runs to it."""
    engine = Plugin(
        f"{machine.address}/",
        routes.callbacks,
        routes.base,
        auth_token="open sesame",
        patience=QUICK,
        grace=QUICK_GRACE,
    )
    yield Runner(engine, files)
    await engine.close()


GRAPH = {
    "1": empty(),
    "2": node("ImageInvert", image=["1", 0]),
    "8": node("PreviewAny", source="words"),
    "9": saved("2"),
}


def told(put: list[NodeOutput]) -> dict[str, Any]:
    """What each node put out, without what changes from run to run."""
    return {one.node_id: {kind: len(items) for kind, items in one.data.items()} for one in put}


async def test_a_run_is_sent_as_the_service_sends_it(runner, machine, routes, files):
    """The graph raw and with its inputs, where to call, and the machine's own token in both forms."""
    machine.token = "open sesame"
    put = await runner.run(GRAPH, {"a": 1}, run_id="the-run")
    body, headers = machine.runs[0]
    assert body["prompt_id"] == "the-run"
    assert body["inputs"] == {"a": 1}
    assert body["workflow_api_raw"] == GRAPH
    assert body["status_endpoint"] == f"{routes.base}/api/update-run"
    assert body["file_upload_endpoint"] == f"{routes.base}/api/file-upload"
    assert body["workflow"] == {"nodes": []}
    assert headers["Authorization"] == f"Basic {base64.b64encode(b'open sesame').decode()}"
    assert headers["authorizationheader"] == "open sesame"
    assert told(put) == {"8": {"text": 1}, "9": {"images": 1}}
    (item,) = next(one for one in put if one.node_id == "9").data["images"]
    assert item["url"].startswith("/files/outputs/")
    assert files.pixels(item)[0, 0].tolist() == [0xEF, 0xDF, 0xCF]
    assert [one.class_type for one in runner.told(NodeStarted)][:1] == ["PreviewAny"]
    assert routes.refused == 0


async def test_success_that_never_comes_is_seen_in_the_events(runner, machine):
    """Without uploads the plugin forgets to say success; the end of the prompt is the end."""
    machine.says_success = False
    put = await runner.run({"8": node("PreviewAny", source="words")})
    assert told(put) == {"8": {"text": 1}}


@pytest.mark.parametrize(
    "order", [lambda kept: kept[::-1], lambda kept: [*kept, *kept], lambda kept: kept[3:] + kept[:3]]
)
async def test_callbacks_in_any_order(runner, machine, order):
    """Backwards, twice, or mixed: each output once, and a late "running" changes nothing."""
    machine.order = order
    put = await runner.run(GRAPH)
    assert told(put) == {"8": {"text": 1}, "9": {"images": 1}}
    assert len(put) == 2


@pytest.mark.parametrize("order", [None, lambda kept: kept[::-1]])
async def test_a_failing_node_is_told(runner, machine, order):
    """Whichever comes first, the end or its reason."""
    machine.order = order
    with pytest.raises(NodeFailed, match=r"node 2 \(Fails\): No such file: '…/x.safetensors'") as failed:
        await runner.run({"1": empty(), "2": node("Fails", image=["1", 0]), "9": saved("2")})
    assert (failed.value.node_id, failed.value.class_type) == ("2", "Fails")


async def test_an_upload_that_failed_is_told(runner, machine):
    """The plugin says success, and the file is nowhere."""
    machine.uploads = False
    with pytest.raises(NodeFailed, match=r"node 9 \(SaveImage\): its files never arrived"):
        await runner.run(GRAPH)
    assert told(runner.told(NodeOutput)) == {"8": {"text": 1}}


async def test_a_machine_that_cannot_call_back(runner, machine):
    """Its history says that the run is over; that nothing arrived is told with the address it must reach."""
    machine.silent = True
    machine.uploads = False
    with pytest.raises(NodeFailed, match=r"never arrived: the machine must reach http://127.0.0.1"):
        await runner.run(GRAPH)


@pytest.mark.parametrize(
    ("graph", "kind"),
    [
        ({"1": node("Nothing")}, "invalid_prompt"),
        ({"1": empty()}, "prompt_no_outputs"),
        ({"9": node("SaveImage", filename_prefix="x")}, "prompt_outputs_failed_validation"),
    ],
)
async def test_a_graph_that_cannot_run_is_refused(runner, graph, kind):
    """The plugin says 200 to some of them, and calls nobody."""
    with pytest.raises(GraphRefused) as refused:
        await runner.run(graph)
    assert refused.value.kind == kind


async def test_half_a_graph_is_refused_and_withdrawn(runner, machine):
    """The plugin says 400, and runs the good half all the same."""
    graph = {
        "1": empty(),
        "2": node("Gate", image=["1", 0]),
        "8": saved("2"),
        "9": node("SaveImage", images=["1", 0]),
    }
    with pytest.raises(GraphRefused, match="a part of the graph can't run"):
        await runner.run(graph)
    machine.gate.set()
    await machine.until(lambda: not machine.busy_with and not machine.waiting)
    assert not list((machine.folder / "output").iterdir())


async def test_stopping_goes_to_comfyui_itself(runner, machine, routes):
    """The plugin's own interrupt only says cancelled; the work has to be stopped. What is told later is let go."""
    graph = {"1": empty(), "2": node("Sampler", image=["1", 0], steps=10_000, seed=1), "9": saved("2")}
    run = runner.begin(graph, run_id="long")
    await runner.until_started("Sampler")
    runner.stop.set()
    with pytest.raises(Stopped):
        await run
    await machine.until(lambda: not machine.busy_with)
    count = len(runner.reports)
    assert not routes.callbacks.take("long", {"status": "success"})
    assert len(runner.reports) == count


async def test_a_machine_without_the_plugin_is_told(runner_of, comfy, routes, files):
    """A plain ComfyUI answers 404 or 405 there."""
    engine = Plugin(f"{comfy.address}/", routes.callbacks, routes.base)
    with pytest.raises(ServerLost, match="has no comfyui-deploy plugin"):
        await Runner(engine, files).run(GRAPH)
    await engine.close()


async def test_a_wrong_token_is_told(runner, machine):
    """And not what it was."""
    machine.token = "another"
    with pytest.raises(ServerLost, match="check its auth_token") as lost:
        await runner.run(GRAPH)
    assert "sesame" not in str(lost.value)


async def test_the_machine_is_cut_off_and_gone(runner, machine):
    """A machine that goes away in the middle fails the run."""
    run = runner.begin({"1": empty(), "2": node("Gate", image=["1", 0]), "9": saved("2")})
    await runner.until_started("Gate")
    await machine.stop()
    with pytest.raises(ServerLost, match="can't be reached"):
        await run
    await machine.start()


async def test_times_are_said(runner):
    """The plugin's list of times goes into the log."""
    await runner.run(GRAPH)
    assert [one.message for one in runner.told(Said)] == ["time in seconds: EmptyImage 0.1"]


def test_tickets_end_and_name_files_by_chance():
    """A ticket holds for an hour, and no name of a machine reaches the disk."""
    tickets = Tickets()
    ticket = tickets.give("run", "../../a.PNG", "image/png", 0)
    assert ticket.stored.endswith(".png")
    assert "/" not in ticket.stored
    assert tickets.find(ticket.secret, 3599) is ticket
    assert tickets.find(ticket.secret, 3601) is None
    assert tickets.find("no such", 0) is None
    other = tickets.give("run", "b", "image/png", 4000)
    assert tickets.find(ticket.secret, 0) is None
    assert tickets.find(other.secret, 4001) is other
