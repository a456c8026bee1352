"""A whole gateway in front of a real ComfyUI, used as people use it: by the SDK, and by plain requests."""

import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest
from PIL import Image, ImageOps

from stationthis_sdk import AsyncStationThis, RunCancelled, RunFailed
from stationthis_sdk.local import Gateway
from tests.local.comfyui.conftest import empty, node, saved
from tests.local.conftest import Api
from tests.local.routes import people
from tests.real_comfyui.test_graphs import EXTERNAL, differ, fox, sampled

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
async def gateway(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Gateway]:
    """In front of the real ComfyUI, and of one that is away."""
    gateway = Gateway(tmp_path / "data", comfyui=[request.config.getoption("--comfyui"), NOBODY])
    await gateway.start()
    yield gateway
    await gateway.stop()


@pytest.fixture
async def st(gateway: Gateway) -> AsyncIterator[AsyncStationThis]:
    """A client of the gateway."""
    async with AsyncStationThis(gateway.key, gateway.base_url) as client:
        yield client


@pytest.fixture
async def api(gateway: Gateway) -> AsyncIterator[Api]:
    """Plain requests to the gateway."""
    async with aiohttp.ClientSession() as session:
        yield Api(gateway, session)


async def deployed(api: Api, st: AsyncStationThis, graph: Any, machine: str = "comfyui") -> Any:
    """A graph, uploaded and deployed by requests as the service's own editor sends them."""
    workflow_id = await people.workflow(api, "mine", graph)
    machine_id = await people.machine_named(api, machine)
    assert (await people.deploy(api, workflow_id, machine_id=machine_id)).status == 200
    return await st.deployments.get("mine")


async def test_a_deployed_graph_is_called_with_its_inputs(api, st, tmp_path):
    """A picture, numbers and texts go in; pictures of ComfyUI's making and a text come out and are saved."""
    graph = {
        "1": node(f"{EXTERNAL}Image", input_id="photo"),
        "2": node(f"{EXTERNAL}NumberInt", input_id="width", default_value=8),
        "3": node(f"{EXTERNAL}Text", input_id="words", default_value="none"),
        "4": node("ImageInvert", image=["1", 0]),
        "5": node("ImageScale", image=["4", 0], upscale_method="nearest-exact", width=["2", 0], height=24,
                  crop="disabled"),
        "8": node("ComfyDeployOutputText", text=["3", 0], filename_prefix="said", file_type="md"),
        "9": node("ComfyDeployOutputImage", images=["5", 0], filename_prefix="fox", file_type="png",
                  quality=100, output_id="fox"),
    }  # fmt: skip
    deployment = await deployed(api, st, graph)
    assert list(deployment.inputs) == ["photo", "width", "words"]
    run = await deployment(photo=fox(), width=32, words="a fox")
    assert run.state == "success"
    assert run.progress.fraction == 1.0
    paths = {path.suffix: path for path in await run.save(tmp_path / "out", sidecar=False)}
    with Image.open(paths[".png"]) as picture:
        assert differ(np.asarray(picture.convert("RGB")), ImageOps.invert(fox())) <= 1
        assert json.loads(picture.text["prompt"])["5"]["inputs"]["width"] == 32
    assert paths[".md"].read_text() == "a fox"
    assert {one.output_id for one in run.record.outputs} == {"fox", "output_text"}


async def test_a_samplers_steps_are_followed(api, st, tmp_path):
    """Progress moves within the one node that takes long, never back, and the picture is saved."""
    deployment = await deployed(api, st, sampled(11, steps=40))
    run = await deployment.submit(prompt="a fox")
    seen = [event.progress async for event in run.follow()]
    assert run.state == "success"
    fractions = [one.fraction for one in seen]
    assert fractions == sorted(fractions)
    sampling = {one.fraction for one in seen if one.message == "Executing KSampler"}
    assert len(sampling) >= 2, seen
    (path,) = await run.save(tmp_path / "out", sidecar=False)
    with Image.open(path) as picture:
        assert (picture.format, picture.size) == ("WEBP", (128, 128))


async def test_a_streamed_run_tells_every_step(api, gateway):
    """The stream of a run has each step of the sampler, and a share that grows with it."""
    body = await api.workflow_body(sampled(12, steps=20), "comfyui")
    headers = {"Authorization": f"Bearer {gateway.key}"}
    url = f"{gateway.base_url}/run/workflow/stream"
    async with api.session.post(url, json=body, headers=headers) as answer:
        assert answer.status == 200
        lines = (await answer.text()).splitlines()
    told = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    steps = [one["data"] for one in told if one["event"] == "progress"]
    assert [(one["value"], one["max"], one["node"]) for one in steps] == [(k, 20, "5") for k in range(1, 21)]
    live = [one["data"] for one in told if one["event"] == "live_status"]
    shares = [one["progress"] for one in live]
    assert shares == sorted(shares)
    assert len({one["progress"] for one in live if one["live_status"] == "Executing KSampler"}) >= 10
    assert told[-1] == {"event": "status", "data": {"prompt_id": steps[0]["prompt_id"], "status": "success"}}


async def test_a_nodes_own_error_is_the_runs_reason(api, st):
    """What ComfyUI's node said reaches whoever called, without the server's folders."""
    graph = {
        "1": empty(),
        "2": node(f"{EXTERNAL}Text", input_id="folder", default_value="x"),
        "9": node("SaveImage", images=["1", 0], filename_prefix=["2", 0]),
    }
    deployment = await deployed(api, st, graph)
    with pytest.raises(RunFailed) as failed:
        await deployment(folder="../../out")
    api.gateway.clock.advance(30)
    lines = (await api("GET", f"/v2/clickhouse-run-logs/{failed.value.run_id}")).body
    told = json.dumps(lines)
    assert "node 9 (SaveImage)" in told
    assert "Saving image outside the output folder is not allowed" in told
    assert str(Path.cwd()) not in told


async def test_a_run_is_cancelled_between_two_steps(api, st):
    """ComfyUI leaves it, and has time for the next one."""
    deployment = await deployed(api, st, sampled(13, steps=10_000))
    run = await deployment.submit()
    await api.until(run.id, lambda it: it["live_status"] == "Executing KSampler" and it["progress"] > 0)
    assert (await api("POST", f"/run/{run.id}/cancel")).status == 200
    with pytest.raises(RunCancelled):
        await run.wait()
    next_one = await api.ended(await api.run_graph({"1": empty(), "9": saved("1")}, "comfyui"))
    assert next_one["status"] == "success"


async def test_a_server_that_is_away_leaves_the_other_alone(api):
    """Each has a machine and a queue of its own."""
    away = await api.run_graph({"1": empty(), "9": saved("1")}, "comfyui-2")
    here = await api.run_graph({"1": empty(color=5), "9": saved("1")}, "comfyui")
    assert [(await api.ended(one))["status"] for one in (away, here)] == ["failed", "success"]


async def test_private_accounts_have_their_pictures_by_signed_links(api):
    """What came from ComfyUI is read with a signature only."""
    answer = await api("PUT", "/platform/user-settings", json={"output_visibility": "private"})
    assert answer.status == 200, answer
    run = await api.ended(await api.run_graph({"1": empty(3, 2, 0xFF), "9": saved("1")}, "comfyui"))
    (item,) = run["outputs"][0]["data"]["images"]
    assert item["is_public"] is False
    picture = await api("GET", item["url"])
    assert Image.open(io.BytesIO(picture.body)).getpixel((0, 0)) == (0, 0, 255)
    bare = item["url"].partition("?")[0]
    async with api.session.get(bare) as refused:
        assert refused.status == 403
