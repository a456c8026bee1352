"""Lists of runs: each with its own fields, and how many there are."""

import re

from stationthis_sdk.local.rows.runs import Output
from tests.local.routes.people import (
    HOSTILE_IDS,
    NOWHERE,
    deploy,
    keep,
    machine_named,
    newest,
    picture_row,
    run_row,
    workflow,
)

SHORT = re.compile(r"[\d-]{10}T[\d:]{5}(:\d\d\.\d{3})?Z")
NAIVE = re.compile(r"[\d-]{10}T[\d:]{8}(\.\d{6})?")
TIMED = {
    "created_at": 1_000_000_000_000_000,
    "queued_at": 1_000_000_001_500_000,
    "started_at": 1_000_000_002_000_000,
    "ended_at": 1_000_000_007_883_901,
}
LIGHT = {
    "id",
    "status",
    "created_at",
    "updated_at",
    "ended_at",
    "queued_at",
    "started_at",
    "workflow_id",
    "user_id",
    "org_id",
    "origin",
    "gpu",
    "machine_version",
    "machine_type",
    "modal_function_call_id",
    "webhook_status",
    "webhook_intermediate_status",
    "batch_id",
    "workflow_version_id",
    "deployment_id",
    "duration",
    "comfy_deploy_cold_start",
    "cold_start_duration",
    "cold_start_duration_total",
    "run_duration",
}


async def _some(api, **more):
    """A workflow, its machine and deployment, and a run of it that has ended."""
    workflow_id, machine_id = await workflow(api), await machine_named(api)
    deployment_id = (await deploy(api, workflow_id)).body["id"]
    version_id = (await newest(api, workflow_id))["id"]
    columns = {"workflow_version_id": version_id, "deployment_id": deployment_id, **TIMED, **more}
    run = run_row(workflow_id, machine_id, **columns)
    await keep(api, run)
    return run


async def test_there_is_no_list_of_all_runs(api):
    """GET /runs is an unknown path."""
    answer = await api("GET", "/runs")
    assert (answer.status, answer.body) == (404, {"detail": "Not Found"})


async def test_the_whole_list(api):
    """Raw rows with their workflow and version, durations as text, outputs as they were stored: errors and timings too."""
    run = await _some(api)
    error = {"error": {"message": "no such model"}}
    for number, data in enumerate((error, [1.5, "step"], {"images": [{"url": None}], "n": 3})):
        await keep(api, Output(run_id=run.id, data=data, created_at=number))
    (shown,) = (await api("GET", f"/workflow/{run.workflow_id}/runs")).body
    assert shown["duration"] == "7.883901"
    assert shown["run_duration"] == "5.883901"
    assert shown["comfy_deploy_cold_start"] == "1.500000"
    assert shown["cold_start_duration"] == "0.500000"
    assert shown["cold_start_duration_total"] == "2.000000"
    assert [output["data"] for output in shown["outputs"]][:2] == [error, [1.5, "step"]]
    assert not {"type", "node_id"} & shown["outputs"][0].keys()
    assert shown["workflow"]["name"] == "boats"
    assert shown["version"]["workflow_api"]["2"]["class_type"] == "ComfyDeployOutputImage"
    assert (shown["deployment_id"], shown["batch_id"], shown["model_id"]) == (run.deployment_id, None, None)
    assert shown["workflow_inputs"] == {"prompt": "a boat"}
    assert (shown["workflow_api"], shown["machine_id"]) == ({}, run.machine_id)
    assert SHORT.fullmatch(shown["created_at"])
    (less,) = (
        await api("GET", f"/workflow/{run.workflow_id}/runs?with_outputs=false&with_inputs=false")
    ).body
    assert shown.keys() - less.keys() == {"outputs", "workflow_inputs"}
    assert (await api("GET", f"/workflow/{NOWHERE}/runs")).body == []


async def test_lists_are_newest_first_and_by_pages(api):
    """Page until a short page; nothing tells how many there are."""
    first = await _some(api)
    others = [
        run_row(
            first.workflow_id, first.machine_id, deployment_id=first.deployment_id, created_at=10**15 + number
        )
        for number in (1, 2)
    ]
    await keep(api, *others)
    newest_first = [others[1].id, others[0].id, first.id]
    for path in (f"/workflow/{first.workflow_id}/runs", f"/v2/workflow/{first.workflow_id}/runs"):
        assert [run["id"] for run in (await api("GET", path)).body] == newest_first
        page = (await api("GET", f"{path}?limit=1&offset=1")).body
        assert [run["id"] for run in page] == newest_first[1:2]
        assert (await api("GET", f"{path}?limit=-5")).body == []
        assert (await api("GET", f"{path}?limit=x")).status == 422
    page = (await api("GET", f"/deployment/{first.deployment_id}/runs?limit=2&offset=2")).body
    assert [run["id"] for run in page["data"]] == [first.id]
    assert page["meta"] == {"totalRowCount": 0, "filterRowCount": 0, "chartData": []}


async def test_the_light_list(api):
    """No inputs, outputs, progress or machine; by status, deployment and time; a status that is none is a plain 500."""
    run = await _some(api)
    path = f"/v2/workflow/{run.workflow_id}/runs"
    (shown,) = (await api("GET", path)).body
    assert shown.keys() == LIGHT
    assert (shown["duration"], shown["run_duration"]) == ("7.883901", "5.883901")

    async def count(query):
        return len((await api("GET", f"{path}?{query}")).body)

    assert await count("status=success") == await count(f"deployment_id={run.deployment_id}") == 1
    assert await count("status=failed") == await count(f"deployment_id={NOWHERE}") == 0
    assert (await count("rf=1000000000"), await count("rf=1000000001"), await count("rf=-9")) == (1, 0, 1)
    assert await count("rf=999999999999999") == 0
    answer = await api("GET", f"{path}?status=done")
    assert (answer.status, answer.body) == (500, b"Internal Server Error")
    assert (await api("GET", f"{path}?deployment_id=abc")).status == 422
    assert (await api("GET", f"/v2/workflow/{NOWHERE}/runs")).status == 404
    assert (await api("GET", "/v2/workflow/abc/runs")).status == 500


async def test_the_last_day_and_the_latest(api):
    """The day has ids and statuses only; the latest is an array of one, with its newest output that can be looked at."""
    old = await _some(api)
    path = f"/workflow/{old.workflow_id}"
    assert (await api("GET", f"{path}/runs/day")).body == []
    new = run_row(old.workflow_id, old.machine_id, deployment_id=old.deployment_id)
    await keep(
        api,
        new,
        Output(run_id=new.id, data={"images": []}),
        wanted := picture_row(new),
        Output(run_id=new.id, data={"text": ["x"]}),
        Output(run_id=new.id, data=[1]),
    )
    (brief,) = (await api("GET", f"{path}/runs/day")).body
    assert brief.keys() == {"id", "status", "created_at"}
    assert len((await api("GET", f"{path}/runs/day?deployment_id={old.deployment_id}")).body) == 1
    assert (await api("GET", f"{path}/runs/day?deployment_id={NOWHERE}")).body == []
    assert (await api("GET", f"/workflow/{NOWHERE}/runs/day")).status == 404
    (latest,) = (await api("GET", f"{path}/run/latest")).body
    assert latest["id"] == new.id
    assert [output["id"] for output in latest["outputs"]] == [wanted.id]
    assert not {"workflow", "version"} & latest.keys()
    assert (await api("GET", f"/workflow/{NOWHERE}/run/latest")).body == []


async def test_the_runs_of_a_deployment(api, people):
    """Its own fields and naive times; a status is ignored; in an organisation also those of one's own alone."""
    run = await _some(api)
    path = f"/deployment/{run.deployment_id}/runs"
    (shown,) = (await api("GET", f"{path}?status=failed")).body["data"]
    assert shown.keys() == {
        *("id", "status", "created_at", "started_at", "ended_at", "workflow_id", "workflow_version_id"),
        *("machine_id", "gpu", "origin", "user_id", "deployment_id", "duration"),
    }
    assert NAIVE.fullmatch(shown["created_at"])
    assert shown["duration"] == "5.883901"
    for other in people.foreign:
        assert (await other("GET", path)).status == 500
    await keep(
        api, theirs := run_row(run.workflow_id, run.machine_id, deployment_id=run.deployment_id, user_id="x")
    )
    assert theirs.id not in [one["id"] for one in (await api("GET", path)).body["data"]]


async def test_runs_of_oneself_within_an_organisation(api, people):
    """filter_user_runs leaves out what colleagues ran."""
    from tests.local.routes.people import machine_of

    machine_id = await machine_of(api, "user_local", "org_acme")
    workflow_id = await workflow(people.member)
    deployment_id = (await deploy(people.member, workflow_id, machine_id=machine_id)).body["id"]
    columns = {"deployment_id": deployment_id, "org_id": "org_acme"}
    mine = run_row(workflow_id, machine_id, **columns)
    await keep(api, mine, run_row(workflow_id, machine_id, user_id="user_two", **columns))
    path = f"/deployment/{deployment_id}/runs"
    assert len((await people.colleague("GET", path)).body["data"]) == 2
    (shown,) = (await people.member("GET", f"{path}?filter_user_runs=true")).body["data"]
    assert shown["id"] == mine.id


async def test_how_many_there_are(api, people):
    """One's own only, unlike the service; by times and ids; by status, card and origin it is 500, as is no time and no id."""
    run = await _some(api)
    assert (await api("GET", "/runs/count")).body == {
        "count": 1,
        "start_time": None,
        "end_time": None,
        "filters": None,
    }
    for name in ("workflow_id", "machine_id", "deployment_id"):
        shown = (await api("GET", f"/runs/count?{name}={getattr(run, name)}")).body
        assert (shown["count"], shown["filters"][name], shown["filters"]["status"]) == (
            1,
            getattr(run, name),
            None,
        )
        assert (await api("GET", f"/runs/count?{name}={NOWHERE}")).body["count"] == 0
        for bad in HOSTILE_IDS:
            answer = await api("GET", f"/runs/count?{name}={bad}")
            assert (answer.status, list(answer.body)) == (500, ["error"])
    for query, count in (
        ("start_time=2001-09-09", 1),
        ("start_time=2001-09-09T01:46:40Z&end_time=2001-09-09T01:46:40", 1),
        ("start_time=2001-09-09T03:46:41%2B02:00", 0),
        ("end_time=2001-09-09", 0),
    ):
        assert (await api("GET", f"/runs/count?{query}")).body["count"] == count, query
    for query in (
        "status=success",
        "gpu=CPU",
        "origin=api",
        "start_time=soon",
        "end_time=0001-01-01T00:00%2B14:00",
    ):
        answer = await api("GET", f"/runs/count?{query}")
        assert (answer.status, list(answer.body)) == (500, ["error"]), query
    for query in ("status=done", "gpu=RTX", "origin=me"):
        assert (await api("GET", f"/runs/count?{query}")).status == 422
    for other in people.foreign:
        assert (await other("GET", "/runs/count")).body["count"] == 0


async def test_a_strict_gateway_counts_and_filters(strict):
    """By status, card and origin; bad values are 422; durations are numbers; times are all alike."""
    run = await _some(strict, gpu="L4")
    for query in ("status=success", "gpu=L4", "origin=api", "status=success&gpu=L4"):
        assert (await strict("GET", f"/runs/count?{query}")).body["count"] == 1
    assert (await strict("GET", "/runs/count?status=failed")).body["count"] == 0
    for bad in ("workflow_id=abc", "start_time=soon"):
        assert (await strict("GET", f"/runs/count?{bad}")).status == 422
    path = f"/v2/workflow/{run.workflow_id}/runs"
    assert (await strict("GET", f"{path}?status=done")).status == 422
    (shown,) = (await strict("GET", path)).body
    assert (shown["duration"], shown["run_duration"]) == (7.883901, 5.883901)
    assert re.fullmatch(r"[\d-]{10}T[\d:]{8}\.\d{6}Z", shown["created_at"])
    path = f"/deployment/{run.deployment_id}/runs"
    assert (await strict("GET", f"{path}?status=failed")).body["data"] == []
    assert len((await strict("GET", f"{path}?status=success")).body["data"]) == 1


async def test_walls(api, people):
    """Nobody else's lists hold a run of one's own, and they can't ask for them."""
    run = await _some(api)
    for other in people.foreign:
        assert (await other("GET", f"/workflow/{run.workflow_id}/runs")).body == []
        assert (await other("GET", f"/workflow/{run.workflow_id}/run/latest")).body == []
        assert (await other("GET", f"/v2/workflow/{run.workflow_id}/runs")).status == 404
        assert (await other("GET", f"/workflow/{run.workflow_id}/runs/day")).status == 404


async def test_a_real_run_in_every_list(api):
    """What one run leaves is told alike by all of them."""
    deployment = await api.deployment()
    run = await api.ended(await api.submit())
    workflow_id = deployment["workflow_id"]
    (whole,) = (await api("GET", f"/workflow/{workflow_id}/runs")).body
    (light,) = (await api("GET", f"/v2/workflow/{workflow_id}/runs")).body
    (item,) = (await api("GET", f"/workflow/{workflow_id}/gallery")).body
    (one,) = (await api("GET", f"/deployment/{deployment['id']}/runs")).body["data"]
    assert {whole["id"], light["id"], item["run_id"], one["id"]} == {run["id"]}
    assert whole["outputs"][0]["data"]["images"][0]["url"] == run["outputs"][0]["data"]["images"][0]["url"]
    assert float(light["duration"]) == run["duration"]
    assert whole["progress"] == run["progress"] == 1.0
