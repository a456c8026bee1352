"""The event stream of a run."""

import json

from tests.local.conftest import ENDLESS, picture_graph


def _frames(text: str) -> list[dict]:
    blocks = text.strip().split("\n\n")
    assert all(block.startswith("event: event_update\ndata: ") for block in blocks)
    return [json.loads(block.partition("data: ")[2]) for block in blocks]


async def test_a_stream_tells_the_run_from_queuing_to_its_end(api):
    """The service's frames in their order; the run's id is the prompt_id; the stream just ends."""
    body = await api.workflow_body(picture_graph(steps=4))
    answer = await api("POST", "/run/workflow/stream", json=body)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    frames = _frames(answer.body.decode())
    events = [frame["event"] for frame in frames]
    assert events[:5] == ["queuing", "function_call_id", "gpu_ready", "comfyui_ready", "status"]
    assert events[-2:] == ["executed", "status"]
    run_id = frames[4]["data"]["prompt_id"]
    assert frames[4]["data"]["status"] == "running"
    assert frames[-1]["data"] == {"prompt_id": run_id, "status": "success"}
    live = [frame["data"] for frame in frames if frame["event"] == "live_status"]
    assert [entry["progress"] for entry in live] == sorted(entry["progress"] for entry in live)
    assert {entry["live_status"] for entry in live} == {
        "Executing StationThisPicture",
        "Executing ComfyDeployOutputImage",
    }
    steps = [frame["data"]["value"] for frame in frames if frame["event"] == "progress"]
    assert steps == [1, 2, 3, 4]
    executed = frames[-2]["data"]
    assert executed["output"]["images"][0]["url"].startswith("http://127.0.0.1:")
    assert executed["output"]["images"][0]["output_id"] == "out"
    assert (await api("GET", f"/run/{run_id}")).body["status"] == "success"


async def test_leaving_a_stream_leaves_the_run(api, session, gateway):
    """Whoever closes the stream early does not end the run; cancelling it ends another's stream."""
    body = await api.workflow_body(picture_graph(**ENDLESS))
    headers = {"Authorization": f"Bearer {gateway.key}"}
    async with session.post(
        f"{gateway.base_url}/run/workflow/stream", json=body, headers=headers
    ) as response:
        run_id = ""
        while not run_id:
            line = (await response.content.readline()).decode()
            if line.startswith("data: "):
                run_id = json.loads(line[6:]).get("data", {}) or ""
                run_id = run_id.get("prompt_id", "") if isinstance(run_id, dict) else ""
    run = await api.until(run_id, lambda run: run["progress"] > 0.2)
    assert run["status"] == "running"


async def test_a_cancelled_run_ends_its_stream(api, session, gateway):
    """The last frame says cancelled."""
    body = await api.workflow_body(picture_graph(**ENDLESS))
    headers = {"Authorization": f"Bearer {gateway.key}"}
    async with session.post(
        f"{gateway.base_url}/run/workflow/stream", json=body, headers=headers
    ) as response:
        text = b""
        while b"prompt_id" not in text:
            text += await response.content.readline()
        run_id = json.loads(text.decode().rsplit("data: ", 1)[1])["data"]["prompt_id"]
        await api("POST", f"/run/{run_id}/cancel")
        rest = await response.text()
    assert json.loads(rest.strip().rsplit("data: ", 1)[1])["data"]["status"] == "cancelled"
