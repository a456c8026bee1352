"""A ComfyUI that lies, dies, floods or gossips: the run ends with a reason, and nothing else is harmed."""

import asyncio
import base64
import contextlib
import json
import logging
import struct
from typing import Any

import orjson
import pytest
from aiohttp import web

from stationthis_sdk.local.comfyui.client import ServerLost
from stationthis_sdk.local.comfyui.deliveries import Limits
from stationthis_sdk.local.engines import (
    GraphRefused,
    NodeFailed,
    NodeOutput,
    NodesCached,
    NodeStarted,
    NodeStepped,
    Previewed,
    Said,
)
from tests.local.comfyui.conftest import Runner, empty, node, saved
from tests.local.comfyui.nodes import NodeClass

GRAPH = {"1": empty(), "9": saved("1")}
TOKEN = "tok-5ecret/with+signs=="
PATHS = ["/object_info", "/ws", "/prompt", "/history", "/view", "/queue"]


def puts_out(comfy: Any, ui: Any) -> dict[str, Any]:
    """A graph of one node that puts out what it likes."""

    def work(work: Any, **_rest: Any) -> tuple[()]:
        work.ui.update(ui)
        return ()

    comfy.classes["Odd"] = NodeClass(work, {}, (), is_output=True)
    return {"9": node("Odd")}


async def hang_up(request: web.Request) -> web.Response:
    """The server dies in the middle of a request."""
    request.transport.abort()
    return web.Response()


async def rubbish(_request: web.Request) -> web.Response:
    """No JSON, and a lot of it."""
    return web.Response(body=b"\xff\xfe{]" * 1000, content_type="application/json")


async def wrong_shape(_request: web.Request) -> web.Response:
    """JSON that is nothing of what was asked for."""
    return web.json_response([{"filename": 5}, None, [[]], "x"])


async def deep(_request: web.Request) -> web.Response:
    """JSON of a depth that readers break at."""
    return web.Response(body=b"[" * 100_000 + b"]" * 100_000, content_type="application/json")


async def elsewhere(_request: web.Request) -> web.Response:
    """A redirect to a cloud's own secrets."""
    raise web.HTTPFound("http://169.254.169.254/latest/meta-data/")


@pytest.mark.parametrize("lie", [hang_up, rubbish, wrong_shape, deep, elsewhere])
@pytest.mark.parametrize("path", PATHS)
async def test_whatever_a_path_answers_the_run_ends(runner, comfy, path, lie):
    """With its picture all the same, or with a reason in one line that fits people."""
    comfy.lies[path] = lie
    async with asyncio.timeout(45):
        try:
            await runner.run(GRAPH)
        except (NodeFailed, GraphRefused) as problem:
            told = str(problem)
            assert told
            assert len(told) < 1000
            assert "\n" not in told
            assert "169.254" not in told
    comfy.lies.clear()
    (put,) = await runner.run({"1": empty(color=9), "9": saved("1")})
    assert put.node_id == "9"


async def test_no_redirect_is_followed_anywhere(runner_of, comfy, unused_tcp_port_factory):
    """Not by the WebSocket either, whose requests carry the machine's token."""
    caught: list[str] = []

    async def catch(request: web.Request) -> web.Response:
        caught.append(f"{request.path} {dict(request.headers)}")
        return web.Response()

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", catch)
    other = web.AppRunner(app)
    await other.setup()
    port = unused_tcp_port_factory()
    await web.TCPSite(other, "127.0.0.1", port).start()

    async def away(request: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect(f"http://127.0.0.1:{port}{request.path}")

    try:
        for path in PATHS:
            comfy.lies = {path: away}
            runner = runner_of(comfy.address, headers={"Authorization": TOKEN, "authorizationheader": TOKEN})
            with contextlib.suppress(NodeFailed, GraphRefused):
                await runner.run({"1": empty(color=len(path)), "9": saved("1")})
    finally:
        await other.cleanup()
    assert caught == []


@pytest.mark.parametrize(
    "item",
    [
        {"filename": "../../../../etc/passwd", "subfolder": "../..", "type": "output"},
        {"filename": "/etc/passwd", "type": "input"},
        {"filename": "x\x00.png", "type": "output"},
        {"filename": "a" * 100_000, "subfolder": "b" * 100_000, "type": "output"},
        {"filename": "x.png", "type": {"a": 1}, "subfolder": [1]},
        {"filename": "\ud800.png", "type": "output"},
        {"filename": "?a=b&c#d.png", "type": "output&x"},
    ],
)
async def test_odd_file_names_bring_nothing(runner, comfy, item):
    """The server says what is there; the reason is short."""
    with pytest.raises(NodeFailed, match=r"node 9 \(Odd\): ") as failed:
        await runner.run(puts_out(comfy, {"images": [item]}))
    assert len(str(failed.value)) < 500
    str(failed.value).encode()


async def test_names_that_lead_astray_are_told_without_their_way(runner, comfy, files):
    """Whatever name a server gives its file: who saves it under that name saves it beside the others."""

    async def anything(_request: web.Request) -> web.Response:
        return web.Response(body=b"content")

    comfy.lies["/view"] = anything
    items = [
        {"filename": "../../.ssh/authorized_keys", "subfolder": "../../../home/./me", "type": "output"},
        {
            "filename": "..\\..\\a\x1b[2J\nb.txt",
            "subfolder": "C:\\x",
            "type": "output",
            "output_id": "o" * 9999,
        },
    ]
    (put,) = await runner.run(puts_out(comfy, {"images": items}))
    first, second = put.data["files"]
    assert (first["filename"], first["subfolder"]) == ("authorized_keys", "home/me")
    assert second["filename"].isprintable()
    assert "/" not in second["filename"]
    assert len(second["output_id"]) <= 255
    assert files.content(first) == b"content"


async def test_a_url_of_the_servers_own_is_none_of_the_gateways(runner, comfy):
    """An item that names one of the gateway's files, perhaps another's private one, would get a signed link."""
    ui = {
        "images": [{"filename": "c.png", "url": "https://cdn.example.org/c.png", "type": "output"}],
        "files": [{"url": "/files/private/abc.png"}],
    }
    told = json.dumps([one.data for one in await runner.run(puts_out(comfy, ui))])
    assert "/files/private" not in told
    assert "https://cdn.example.org/c.png" in told
    for url in ("/files/private/abc.png", "javascript:alert(1)", 5):
        comfy._cache.clear()
        with pytest.raises(NodeFailed, match=r"its file a.png is gone"):
            await runner.run(puts_out(comfy, {"images": [{"filename": "a.png", "url": url}]}))


async def test_values_that_cannot_be_kept_as_they_are(runner, comfy):
    """Halves of characters, endless numbers, numbers beyond all, depths: each is made fit to keep and to answer."""
    deep: Any = "bottom"
    for _ in range(500):
        deep = [deep]
    odd = {
        "text": ["half \ud83d", 2**80, float("nan"), float("inf"), {"a\ud800": [2**70]}, deep],
        "\ud800": ["x"],
    }

    async def history(request: web.Request) -> web.Response:
        entry = {"outputs": {"9": odd}, "status": {"status_str": "success", "messages": []}}
        return web.json_response({request.match_info["id"]: entry})

    comfy.lies["/history"] = history
    comfy.refuses_sockets = True
    (put,) = await runner.run({"9": node("PreviewAny", source="x")})
    kept = orjson.dumps(put.data)
    assert b"half" in kept
    assert json.loads(kept)["text"][0].startswith("half ")


@pytest.mark.parametrize(
    ("ui", "words"),
    [
        (
            {"images": [{"filename": f"{n}.png", "type": "output"} for n in range(100_000)]},
            "gone from ComfyUI's",
        ),
        ({"text": ["x" * 50] * 100_000}, "more than 4,194,304 characters"),
    ],
)
async def test_output_lists_without_end_fail_the_run(runner, comfy, ui, words):
    """What nobody asked for a hundred thousand times is not kept."""
    with pytest.raises(NodeFailed, match=words):
        await runner.run(puts_out(comfy, ui))


@pytest.mark.slow
async def test_a_flood_of_events_is_let_through_in_part(runner, comfy):
    """Steps, previews, texts and starts by the thousand: what reaches the gateway has an end, and the run goes on."""

    async def flood(socket: web.WebSocketResponse, prompt_id: str) -> None:
        about = json.dumps({"node_id": "1", "prompt_id": prompt_id, "image_type": "image/png"}).encode()
        for number in range(5000):
            data = {"prompt_id": prompt_id, "node": "1", "value": number, "max": 5000}
            await socket.send_json({"type": "progress", "data": data})
            await socket.send_json({"type": "executing", "data": data})
            await socket.send_json(
                {"type": "execution_cached", "data": {"prompt_id": prompt_id, "nodes": ["1"]}}
            )
            await socket.send_bytes(struct.pack(">II", 4, len(about)) + about + b"p" * 5000)
            await socket.send_bytes(struct.pack(">II", 3, 1) + b"1" + b"words " * 100)

    run = runner.begin({"1": empty(), "2": node("Gate", image=["1", 0]), "9": saved("2")}, run_id="flooded")
    await runner.until_started("Gate")
    (socket,) = comfy.sockets.values()
    await flood(socket, "flooded")
    comfy.gate.set()
    await run
    counts = {
        kind: len(runner.told(kind)) for kind in (NodeStarted, NodeStepped, NodesCached, Previewed, Said)
    }
    assert sum(counts.values()) < 5000, counts
    assert counts[Previewed] < 500, counts
    assert [one.node_id for one in runner.told(NodeOutput)] == ["9"]


@pytest.mark.slow
async def test_a_preview_of_a_hundred_megabytes_is_no_preview(runner, comfy):
    """The socket that brings it is dropped; one of a few megabytes is not passed on; the run ends as it should."""
    graph = {"1": empty(), "2": node("Gate", image=["1", 0]), "9": saved("2")}
    run = runner.begin(graph, run_id="shown")
    await runner.until_started("Gate")
    about = json.dumps({"node_id": "2", "prompt_id": "shown", "image_type": "image/png"}).encode()
    for megabytes in (20, 100):
        (socket,) = comfy.sockets.values()
        with contextlib.suppress(ConnectionError):
            await socket.send_bytes(struct.pack(">II", 4, len(about)) + about + bytes(megabytes * 2**20))
    await comfy.until(lambda: socket not in comfy.sockets.values() and comfy.sockets)
    comfy.gate.set()
    await run
    assert runner.told(Previewed) == []
    assert [one.node_id for one in runner.told(NodeOutput)] == ["9"]


async def test_a_file_that_never_ends_ends_at_its_limit(runner_of, comfy):
    """It is not waited for beyond the bytes that are allowed, and nothing of it is left."""

    async def endless(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        with contextlib.suppress(ConnectionError):
            while True:
                await answer.write(bytes(2**16))
        return answer

    comfy.lies["/view"] = endless
    with pytest.raises(NodeFailed, match="is too large"):
        await runner_of(comfy.address, limits=Limits(file=2**22)).run(GRAPH)


async def test_a_run_is_stopped_in_the_middle_of_a_file_that_trickles(runner, comfy):
    """A byte now and then keeps a connection alive; whoever cancels waits for none of it."""

    async def trickle(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        with contextlib.suppress(ConnectionError):
            for _ in range(1000):
                await answer.write(b"x")
                await asyncio.sleep(0.05)
        return answer

    comfy.lies["/view"] = trickle
    run = runner.begin(GRAPH)
    await comfy.until(lambda: any(path == "/view" for _, path, _ in comfy.asked))
    runner.stop.set()
    async with asyncio.timeout(45):
        await asyncio.wait({run})
    assert type(run.exception()).__name__ == "Stopped"


async def test_a_token_that_the_server_repeats_is_told_to_nobody(runner_of, comfy, caplog):
    """Neither in an error, nor in an output, a log line, a text or a refusal, as it is or in Basic's form."""
    caplog.set_level(logging.DEBUG)
    basic = base64.b64encode(TOKEN.encode()).decode()
    headers = {"Authorization": f"Basic {basic}", "authorizationheader": TOKEN}
    both = f"{TOKEN} and {basic}"

    def leaks(_work: Any, **_rest: Any) -> tuple[()]:
        raise RuntimeError(f"refused: {both}")

    comfy.classes["Leaks"] = NodeClass(leaks, {}, (), is_output=True)
    runner = runner_of(comfy.address, headers=headers)
    told = [one.data for one in await runner.run(puts_out(comfy, {"text": [both], both: [{"a": both}]}))]
    with pytest.raises(NodeFailed) as failed:
        await runner.run({"9": node("Leaks")})
    told.append([str(failed.value), *runner.reports])

    async def refuse(_request: web.Request) -> web.Response:
        errors = {"9": {"class_type": both, "errors": [{"message": both, "details": both}]}}
        body = {"error": {"type": both, "message": both, "details": both}, "node_errors": errors}
        return web.json_response(body, status=400)

    comfy.lies["/prompt"] = refuse
    with pytest.raises(GraphRefused) as refused:
        await runner.run(GRAPH)
    told.append([str(refused.value), refused.value.error, refused.value.errors])
    comfy.lies = {"/object_info": hang_up}
    with pytest.raises(ServerLost) as lost:
        await runner_of(comfy.address, headers=headers).run(GRAPH)
    told.append(str(lost.value))
    everything = f"{told} {caplog.text}"
    assert TOKEN not in everything
    assert basic not in everything


async def test_a_refusal_of_a_hundred_thousand_errors_is_told_in_part(runner, comfy):
    """It is kept with the run and answered whole: so it has an end."""

    async def refuse(_request: web.Request) -> web.Response:
        one = {
            "type": "t",
            "message": "m" * 300,
            "details": "d" * 300,
            "extra_info": {"input_name": "i" * 300},
        }
        entry = {"class_type": "c" * 10_000, "errors": [one] * 100, "dependent_outputs": ["9" * 100] * 1000}
        errors = {f"{number}": entry for number in range(100)}
        body = {"error": {"type": "t", "message": "m", "details": ""}, "node_errors": errors}
        return web.json_response(body, status=400)

    comfy.lies["/prompt"] = refuse
    with pytest.raises(GraphRefused) as refused:
        await runner.run(GRAPH)
    assert len(json.dumps(refused.value.errors)) < 2_000_000
    assert len(str(refused.value)) < 20_000


async def test_a_traceback_loses_the_servers_folders_and_keys(runner, comfy):
    """It goes to the run's log, where the node's lines are of use; whose home they lie in is nobody's business."""

    def leaks(_work: Any, **_rest: Any) -> tuple[()]:
        raise RuntimeError(
            "no access with Authorization: Bearer hf_abcdefghijklmnop, api_key=sk-123456789012"
        )

    comfy.classes["Leaks"] = NodeClass(leaks, {}, (), is_output=True)
    with pytest.raises(NodeFailed) as failed:
        await runner.run({"9": node("Leaks")})
    (said,) = [one for one in runner.told(Said) if one.level == "error"]
    for told in (said.message, str(failed.value)):
        assert "no access with" in told
        assert "hf_abc" not in told
        assert "sk-123" not in told
        assert "/stand_in.py" not in told.replace("…/stand_in.py", "")
    assert "\n" in said.message


async def test_fifty_runs_at_once_each_have_their_own(runner, comfy, files):
    """One server, fifty sockets: nobody hears of another, and every picture is its run's."""
    runners = [Runner(runner.engine, files) for _ in range(50)]
    done = await asyncio.gather(
        *(one.run({"1": empty(color=color), "9": saved("1")}) for color, one in enumerate(runners))
    )
    assert [files.pixels(put.data["images"][0])[0, 0, 2] for (put,) in done] == list(range(50))
    await comfy.until(lambda: not comfy.sockets)
