"""Runs: how they go, how they end, and what is told of them."""

import asyncio
import base64
import io
import json
import struct

import pytest
from PIL import Image

from stationthis_sdk.local import Gateway
from stationthis_sdk.local.rows.runs import Run
from stationthis_sdk.local.rows.workflows import Deployment
from tests.local.conftest import ENDLESS, picture_graph

CLASSIC_500 = {"detail": "Error cancel function 404: Run not found or has no modal function call ID"}


def png(width=20, height=10, colour=(200, 30, 30)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "PNG")
    return out.getvalue()


async def _fetch(api, url):
    async with api.session.get(url) as response:
        assert response.status == 200
        return response.content_type, await response.read()


async def test_a_run_goes_through_and_its_picture_is_there_without_a_key(api):
    """Success, one output by its name, a real PNG with the graph inside that says what it is."""
    run = await api.ended(
        await api.submit(inputs={"prompt": "a harbour", "width": 160, "height": 128, "other": [1]})
    )
    assert run["status"] == "success"
    assert run["progress"] == 1.0
    assert run["workflow_inputs"]["other"] == [1]
    assert run["number"] == 0
    assert run["webhook_status"] is None
    assert run["machine_type"] == "comfy-deploy-serverless"
    assert run["modal_function_call_id"].startswith("fc-")
    assert run["queued_at"] <= run["started_at"] <= run["ended_at"]
    (output,) = run["outputs"]
    assert output["output_id"] == "picture"
    assert output["node_meta"] == {"node_id": "9"}
    (item,) = output["data"]["images"]
    assert set(item) == {"url", "type", "filename", "subfolder", "is_public", "upload_duration"}
    assert (item["type"], item["filename"], item["is_public"]) == ("output", "picture_00001_.png", True)
    kind, content = await _fetch(api, item["url"])
    assert kind == "image/png"
    picture = Image.open(io.BytesIO(content))
    assert picture.size == (160, 128)
    prompt = json.loads(picture.text["prompt"])
    assert prompt["1"]["inputs"]["default_value"] == "a harbour"
    assert json.loads(picture.text["workflow"])["nodes"]
    assert "not a diffusion model" in picture.text["Comment"]


async def test_the_same_words_and_seed_draw_the_same_picture(api):
    """Bytes and all; another seed or prompt draws another one."""
    pictures = []
    for inputs in ({}, {}, {"seed": 2}, {"prompt": "another"}):
        run = await api.ended(await api.submit(inputs=inputs))
        _, content = await _fetch(api, run["outputs"][0]["data"]["images"][0]["url"])
        pictures.append(Image.open(io.BytesIO(content)).tobytes())
    assert pictures[0] == pictures[1]
    assert len(set(pictures)) == 3


async def test_progress_is_a_float32_and_names_the_node(api):
    """While the picture node works, the run says so; every number fits a float32."""
    run_id = await api.submit(inputs=ENDLESS)
    run = await api.until(run_id, lambda run: run["progress"] > 0.3)
    assert run["status"] == "running"
    assert run["live_status"] == "Executing StationThisPicture"
    assert struct.unpack("f", struct.pack("f", run["progress"]))[0] == run["progress"]


async def test_a_running_run_is_cancelled_and_its_machine_freed(api):
    """The end sticks, the work stops, and the next run gets the machine."""
    run_id = await api.submit(inputs=ENDLESS)
    await api.until(run_id, lambda run: run["progress"] > 0.2)
    answer = await api("POST", f"/run/{run_id}/cancel")
    assert (answer.status, answer.body) == (200, {"status": "success", "message": "Function cancelled"})
    cancelled = (await api("GET", f"/run/{run_id}")).body
    assert cancelled["status"] == "cancelled"
    assert (await api.ended(await api.submit()))["status"] == "success"
    assert (await api("GET", f"/run/{run_id}")).body == cancelled


async def test_queue_positions_and_cancelling_while_queued(api):
    """Positions count the runs that wait before; a cancelled one never starts, and moves the rest up."""
    first, second, third = [await api.submit(inputs=ENDLESS) for _ in range(3)]
    await api.until(first, lambda run: run["status"] == "running")
    waiting = (await api("GET", f"/run/{third}?queue_position=true")).body
    assert (waiting["status"], waiting["queue_position"]) == ("queued", 1)
    assert (await api("GET", f"/run/{third}")).body["queue_position"] is None
    assert (await api("GET", f"/run/{first}?queue_position=true")).body["queue_position"] is None
    await api("POST", f"/run/{second}/cancel")
    assert (await api("GET", f"/run/{third}?queue_position=true")).body["queue_position"] == 0
    await api("POST", f"/run/{first}/cancel")
    await api.until(third, lambda run: run["status"] == "running")
    assert (await api("GET", f"/run/{second}")).body["started_at"] is None


async def test_cancelling_what_has_ended_is_200_and_changes_nothing(api):
    """A success stays one."""
    run = await api.ended(await api.submit())
    assert (await api("POST", f"/run/{run['id']}/cancel")).status == 200
    assert (await api("GET", f"/run/{run['id']}")).body == run


async def test_classic_machines_report_less_and_cannot_cancel(api):
    """No queued, started or cold start; cancel is 500, as for an unknown run."""
    run = await api.ended(await api.run_graph(picture_graph(), "classic-machine"))
    assert run["status"] == "success"
    assert run["machine_type"] == "classic"
    for name in ("queued_at", "started_at", "cold_start_duration", "run_duration", "modal_function_call_id"):
        assert run[name] is None
    for run_id in (run["id"], "00000000-0000-0000-0000-000000000000"):
        answer = await api("POST", f"/run/{run_id}/cancel")
        assert (answer.status, answer.body) == (500, CLASSIC_500)


async def test_a_run_longer_than_its_timeout_ends_as_timeout(api, gateway):
    """And its machine is free afterwards."""
    deployment_id = (await api.deployment())["id"]
    database = gateway._running.database
    await database.do(lambda tables: tables.change(Deployment, deployment_id, run_timeout=0))
    run = await api.ended(await api.submit(inputs=ENDLESS))
    assert run["status"] == "timeout"
    await database.do(lambda tables: tables.change(Deployment, deployment_id, run_timeout=300))
    assert (await api.ended(await api.submit()))["status"] == "success"


async def test_a_failed_run_shows_no_error_but_the_gateway_keeps_it(api, gateway):
    """GET run has no outputs and no reason; the database has, and it names the node."""
    graph = {**picture_graph(), "5": {"class_type": "KSampler", "inputs": {}}}
    run = await api.ended(await api.run_graph(graph))
    assert run["status"] == "failed"
    assert run["outputs"] == []
    assert "error" not in run
    kept = await gateway._running.database.do(lambda tables: tables.get(Run, run["id"]))
    assert "KSampler (node 5)" in kept.error


async def test_a_huge_picture_is_refused(api, gateway):
    """A width that comes through a link is checked too."""
    graph = {
        **picture_graph(width=["3", 0], height=["3", 0]),
        "3": {"class_type": "PrimitiveInt", "inputs": {"value": 100_000}},
    }
    answer = await api("POST", "/run/workflow/queue", json=await api.workflow_body(graph))
    run = await api.ended(answer.body["run_id"])
    assert run["status"] == "failed"
    kept = await gateway._running.database.do(lambda tables: tables.get(Run, run["id"]))
    assert "bigger than max of 2048" in kept.error


async def test_sync_answers_with_the_outputs(api):
    """Newest first; a failed run's answer is an empty list."""
    graph = {
        **picture_graph(),
        "3": {"class_type": "PreviewAny", "inputs": {"source": ["4", 0]}},
        "4": {"class_type": "PrimitiveString", "inputs": {"value": "said"}},
    }
    answer = await api("POST", "/run/workflow/sync", json=await api.workflow_body(graph))
    assert answer.status == 200
    said, picture = answer.body
    assert said["data"] == {"text": ["said"]}
    assert said["node_meta"] == {"node_id": "3", "node_class": "PreviewAny"}
    assert picture["output_id"] == "out"
    body = await api.workflow_body({"1": {"class_type": "None", "inputs": {}}})
    answer = await api("POST", "/run/workflow/sync", json=body)
    assert (answer.status, answer.body) == (200, [])


async def test_workflow_runs_need_a_workflow_and_a_machine(api):
    """404 without either."""
    body = await api.workflow_body(picture_graph())
    without = {name: value for name, value in body.items() if name != "machine_id"}
    answer = await api("POST", "/run/workflow/queue", json=without)
    assert (answer.status, answer.body) == (404, {"detail": "Machine not found"})
    answer = await api("POST", "/run/workflow/queue", json={**body, "workflow_id": body["machine_id"]})
    assert (answer.status, answer.body) == (404, {"detail": "Workflow not found"})


async def test_data_urls_become_urls_that_the_run_reads(api):
    """PNG and JPEG ones are stored and replaced; others come through as they are."""
    url = "data:image/png;base64," + base64.b64encode(png()).decode()
    other = "data:image/webp;base64,AAAA"
    inputs = {"input_image": url, "strength": 0, "other": other}
    run = await api.ended(await api.submit("picture-to-picture", inputs))
    assert run["workflow_inputs"]["input_image"].startswith("http://127.0.0.1:")
    assert run["workflow_inputs"]["other"] == other
    assert (await _fetch(api, run["workflow_inputs"]["input_image"]))[1] == png()
    assert run["status"] == "success"
    _, content = await _fetch(api, run["outputs"][0]["data"]["images"][0]["url"])
    picture = Image.open(io.BytesIO(content))
    assert picture.size == (20, 16)
    assert picture.getpixel((10, 8)) == (200, 30, 30)


async def test_an_input_picture_that_cannot_be_read_fails_the_run(api, gateway):
    """The plugin makes it None without a word; the node that needs it says so. An optional one is left out."""
    graph = {
        "1": {"class_type": "ComfyUIDeployExternalImage", "inputs": {"input_id": "picture"}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
    }
    run = await api.ended(await api.run_graph(graph, inputs={"picture": "data:image/webp;base64,AAAA"}))
    assert run["status"] == "failed"
    kept = await gateway._running.database.do(lambda tables: tables.get(Run, run["id"]))
    assert "node 2 (SaveImage): input 'images' is empty" in kept.error


async def test_gpu_comes_from_the_request_then_the_machine(api):
    """The deployment's would win over both; the seeded one names none."""
    assert (await api.ended(await api.submit()))["gpu"] == "CPU"
    assert (await api.ended(await api.submit(gpu="T4")))["gpu"] == "T4"


async def test_an_origin_that_is_none_is_a_plain_500(api):
    """The service fails deep inside, and so do we."""
    body = {"deployment_id": (await api.deployment())["id"], "origin": "moon"}
    assert (await api("POST", "/run/deployment/queue", json=body)).body == b"Internal Server Error"


async def test_the_end_sticks(api, gateway):
    """Whatever is still said of an ended run changes nothing."""
    run = await api.ended(await api.submit())
    execution = gateway._running.execution
    from stationthis_sdk.local.runs.lanes import Job

    kept = await gateway._running.database.do(lambda tables: tables.get(Run, run["id"]))
    assert not await execution._move(Job(kept), "running")
    assert (await api("GET", f"/run/{run['id']}")).body == run


async def test_stopping_the_gateway_fails_the_running_run_only(tmp_path, session):
    """It ends as failed, with a reason; at the next start what waited goes on, and the old URLs work."""
    from tests.local.conftest import Api

    gateway = Gateway(tmp_path)
    await gateway.start()
    api = Api(gateway, session)
    done = await api.ended(await api.submit())
    running, queued = await api.submit(inputs=ENDLESS), await api.submit()
    await api.until(running, lambda run: run["status"] == "running")
    address = gateway.base_url
    await gateway.stop()
    gateway = Gateway(tmp_path)
    await gateway.start()
    try:
        assert gateway.base_url == address
        api = Api(gateway, session)
        assert (await api("GET", f"/run/{running}")).body["status"] == "failed"
        kept = await gateway._running.database.do(lambda tables: tables.get(Run, running))
        assert "stopped" in kept.error
        assert (await api.ended(queued))["status"] == "success"
        assert (await api("GET", f"/run/{done['id']}")).body == done
        assert len((await api("GET", "/deployments")).body) == 4
    finally:
        await gateway.stop()


async def test_many_requests_are_answered_while_a_run_works(api):
    """The server stays responsive: reads complete while the picture node is at work."""
    run_id = await api.submit(inputs=ENDLESS)
    await api.until(run_id, lambda run: run["status"] == "running")
    answers = await asyncio.gather(*(api("GET", f"/run/{run_id}") for _ in range(50)))
    assert {answer.status for answer in answers} == {200}
    assert {answer.body["status"] for answer in answers} == {"running"}


@pytest.mark.parametrize("way", ["queue", "sync", "stream"])
async def test_every_way_refuses_in_the_same_words(api, way):
    """Errors before the start are ordinary JSON, for streams too."""
    answer = await api(
        "POST", f"/run/deployment/{way}", json={"deployment_id": "00000000-0000-0000-0000-000000000000"}
    )
    assert (answer.status, answer.body) == (404, {"detail": "Deployment not found"})


async def test_what_was_public_once_does_not_answer_for_what_is_private_now(api):
    """A run that the cache could answer keeps a file of its own once the account's outputs are private."""
    before = await api.ended(await api.run_graph(picture_graph()))
    assert "/files/outputs/" in before["outputs"][0]["data"]["images"][0]["url"]
    await api("PUT", "/platform/user-settings", json={"output_visibility": "private"})
    after = await api.ended(await api.run_graph(picture_graph()))
    assert "/files/private/" in after["outputs"][0]["data"]["images"][0]["url"]
