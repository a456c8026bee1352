"""Submitting, reading and cancelling runs: the hidden ways, batches, whose card it is, and who may."""

import asyncio
import base64

import pytest

from stationthis_sdk.local.rows.runs import Run
from tests.local.conftest import ENDLESS, picture_graph
from tests.local.routes.people import (
    HOSTILE_IDS,
    NOWHERE,
    Plain,
    deploy,
    keep,
    machine_named,
    machine_of,
    run_row,
    workflow,
)
from tests.local.test_runs import png

PLAIN_500 = (500, b"Internal Server Error")
SMALL = {"prompt": "a test", "seed": 1, "steps": 1, "width": 64, "height": 64}


async def _rows(api, where, *values):
    return await api.gateway._running.database.do(lambda tables: tables.find(Run, where, *values))


async def test_the_hidden_run_takes_four_kinds_of_body(plain):
    """A deployment, a graph, a version by its id (on its machine, or the one that is named), and a model, which is 500."""
    deployment = await plain.deployment()
    version = {"workflow_version_id": deployment["workflow_version_id"], "inputs": SMALL}
    for body in (
        {"deployment_id": deployment["id"], "inputs": SMALL},
        await plain.workflow_body(picture_graph()),
        version,
        {**version, "machine_id": deployment["machine_id"]},
    ):
        answer = await plain("POST", "/run", json=body)
        assert (answer.status, list(answer.body)) == (200, ["run_id"])
        assert (await plain.ended(answer.body["run_id"]))["status"] == "success"
    assert (await plain("POST", "/run", json={"model_id": "flux"})).status == 500
    answer = await plain("POST", "/run", json={"inputs": {}})
    assert answer.status == 422
    assert {entry["loc"][-1] for entry in answer.body["detail"]} >= {"deployment_id", "workflow_id"}
    for missing in ({"workflow_version_id": NOWHERE}, {**version, "machine_id": NOWHERE}):
        assert (await plain("POST", "/run", json=missing)).status == 404
    assert (await plain("POST", "/run", json={"workflow_version_id": "abc"})).status == 422


async def test_the_hidden_ways_to_wait(plain):
    """/run/sync and execution_mode sync answer the outputs, stream the events, queue the id."""
    body = {"deployment_id": (await plain.deployment())["id"], "inputs": SMALL}
    for path, mode in (("/run/sync", "async"), ("/run", "sync"), ("/run", "sync_first_result")):
        answer = await plain("POST", path, json={**body, "execution_mode": mode})
        assert answer.status == 200
        assert answer.body[0]["data"]["images"]
    for path, mode in (("/run/stream", "async"), ("/run", "stream")):
        answer = await plain("POST", path, json={**body, "execution_mode": mode})
        assert answer.body.startswith(b"event: event_update\n")
    assert list((await plain("POST", "/run/queue", json=body)).body) == ["run_id"]
    assert (await plain("POST", "/run", json={**body, "execution_mode": "later"})).status == 422


async def test_a_run_by_its_id_in_the_query(plain):
    """The same as by its path; without it the id is missing."""
    run_id = await plain.submit()
    await plain.ended(run_id)
    assert (await plain("GET", f"/run?run_id={run_id}")).body == (await plain("GET", f"/run/{run_id}")).body
    answer = await plain("GET", "/run")
    missing = {"type": "missing", "loc": ["query", "run_id"], "msg": "Field required", "input": None}
    assert (answer.status, answer.body) == (422, {"detail": [missing]})
    assert (await plain("GET", "/run?run_id=abc")).status == 422
    assert (await plain("GET", f"/run?run_id={NOWHERE}")).status == 404


async def test_a_batch_is_a_grid_or_a_number(plain):
    """All combinations over the other inputs, or so many times the same; the runs know their batch."""
    body = {"deployment_id": (await plain.deployment())["id"], "inputs": SMALL}
    grid = {"seed": [1, 2], "prompt": ["a", "b", "c"]}
    answer = await plain("POST", "/run", json={**body, "batch_input_params": grid})
    assert list(answer.body) == ["batch_id"]
    rows = await _rows(plain, "batch_id = ?", answer.body["batch_id"])
    assert sorted((row.workflow_inputs["seed"], row.workflow_inputs["prompt"]) for row in rows) == [
        (seed, prompt) for seed in (1, 2) for prompt in "abc"
    ]
    assert {row.workflow_inputs["width"] for row in rows} == {64}
    assert len({row.id for row in rows}) == 6
    answer = await plain("POST", "/run", json={**body, "batch_number": 2})
    assert len(await _rows(plain, "batch_id = ?", answer.body["batch_id"])) == 2
    assert list((await plain("POST", "/run", json={**body, "batch_number": 1})).body) == ["run_id"]
    listed = (await plain("GET", f"/workflow/{(await plain.deployment())['workflow_id']}/runs?limit=3")).body
    assert [run["batch_id"] for run in listed][1:] == [answer.body["batch_id"]] * 2


async def test_a_batch_that_is_none_makes_nothing(plain):
    """Bad values are 422; more than a thousand runs are 400, before any is made."""
    body = {"deployment_id": (await plain.deployment())["id"]}
    for bad in ({"a": 1}, {"a": [None]}, {"a": [{}]}, []):
        assert (await plain("POST", "/run", json={**body, "batch_input_params": bad})).status == 422
    wide = {name: list(range(100)) for name in "abcdefgh"}
    for bad in ({"batch_input_params": wide}, {"batch_number": 1001}):
        assert (await plain("POST", "/run", json={**body, **bad})).status == 400
    assert await _rows(plain, "1") == []


async def test_queue_does_what_else_was_asked_and_then_fails(api, strict):
    """A batch or a wait on /run/deployment/queue is carried out and answers 500; a strict gateway just queues, or refuses."""
    deployment = await api.deployment()
    body = {"deployment_id": deployment["id"], "inputs": SMALL}
    once = {"headers": {"Connection": "close"}}  # the service closes it unsaid after such an answer
    for more in ({"batch_number": 2}, {"execution_mode": "sync"}):
        answer = await api("POST", "/run/deployment/queue", json={**body, **more}, **once)
        assert (answer.status, answer.body) == PLAIN_500
    runs = await _rows(api, "1")
    assert [run.status for run in runs][-1] == "success"
    assert len(runs) == 3
    body["deployment_id"] = (await strict.deployment())["id"]
    answer = await strict("POST", "/run/deployment/queue", json={**body, "batch_number": 2})
    assert answer.status == 400
    answer = await strict("POST", "/run/deployment/queue", json={**body, "execution_mode": "sync"})
    assert list(answer.body) == ["run_id"]
    assert len(await _rows(strict, "1")) == 1


async def test_whose_card_it_is(api):
    """The deployment's wins over what is asked for, which wins over the machine's."""
    deployment = await api.deployment()
    body = {"deployment_id": deployment["id"], "inputs": SMALL}

    async def gpu_of(**more):
        run_id = (await api("POST", "/run/deployment/queue", json={**body, **more})).body["run_id"]
        return (await api("GET", f"/run/{run_id}")).body["gpu"]

    assert await gpu_of() == "CPU"
    assert await gpu_of(gpu="L4") == "L4"
    await api("PATCH", f"/deployment/{deployment['id']}", json={"gpu": "H100"})
    assert await gpu_of(gpu="L4") == "H100"


async def test_whatever_else_a_submit_says(api, strict):
    """Unknown fields and inputs are taken and inputs kept; flags are texts; an origin that is none is a 500, or 422."""
    deployment = await api.deployment()
    body = {"deployment_id": deployment["id"], "inputs": {**SMALL, "order": "17"}}
    more = {
        "flags": ["a"],
        "is_native_run": False,
        "gpu_event_id": None,
        "weather": {},
        "origin": "workspace-v2",
    }
    run_id = (await api("POST", "/run/deployment/queue", json={**body, **more})).body["run_id"]
    run = (await api("GET", f"/run/{run_id}")).body
    assert (run["workflow_inputs"]["order"], run["origin"]) == ("17", "workspace-v2")
    assert (await api("POST", "/run/deployment/queue", json={**body, "flags": [1]})).status == 422
    answer = await api("POST", "/run/deployment/queue", json={**body, "origin": "me"})
    assert (answer.status, answer.body) == PLAIN_500
    body["deployment_id"] = (await strict.deployment())["id"]
    assert (await strict("POST", "/run/deployment/queue", json={**body, "origin": "me"})).status == 422


async def test_pictures_in_data_urls(api):
    """They become links; one that is no base64 is refused, and other data URLs are passed through."""
    deployment = await api.deployment()
    body = {"deployment_id": deployment["id"]}
    inputs = {**SMALL, "a": "data:image/png;base64,iVBORw0KGgo=", "b": "data:text/plain;base64,aGk="}
    run_id = (await api("POST", "/run/deployment/queue", json={**body, "inputs": inputs})).body["run_id"]
    kept = (await api("GET", f"/run/{run_id}")).body["workflow_inputs"]
    assert kept["a"].startswith("http://127.0.0.1:")
    assert kept["b"] == inputs["b"]
    bad = {"a": "data:image/png;base64,***"}
    assert (await api("POST", "/run/deployment/queue", json={**body, "inputs": bad})).status == 400


async def test_pictures_in_data_urls_of_a_private_account(api, session, gateway):
    """They are kept among the private files: the run reads them, and the link to look at them expires."""
    url = "data:image/png;base64," + base64.b64encode(png()).decode()
    await api("PUT", "/platform/user-settings", json={"output_visibility": "private"})
    run = await api.ended(await api.submit("picture-to-picture", {"input_image": url, "strength": 0}))
    assert run["status"] == "success"
    link = run["workflow_inputs"]["input_image"]
    assert "/files/private/" in link
    async with session.get(link) as answer:
        assert (answer.status, await answer.read()) == (200, png())
    async with session.get(link.partition("?")[0]) as answer:
        assert answer.status == 403
    gateway.clock.advance(3601)
    async with session.get(link) as answer:
        assert answer.status == 403


@pytest.mark.parametrize("environment", ["public-share", "community-share", "private-share", "production"])
async def test_anyone_runs_what_is_shared_with_everybody(api, people, environment):
    """Both who ran it and whose deployment it is may read that run; nobody else, and the list is the runner's."""
    workflow_id = await workflow(api)
    shared = (await deploy(api, workflow_id, environment)).body
    answer = await people.rival("POST", "/run/deployment/queue", json={"deployment_id": shared["id"]})
    if "share" not in environment or environment == "private-share":
        assert (answer.status, answer.body) == (404, {"detail": "Deployment not found"})
        return
    run_id = answer.body["run_id"]
    run = await people.rival.ended(run_id)
    assert (run["status"], run["org_id"]) == ("success", "org_rival")
    assert (await api("GET", f"/run/{run_id}")).body["id"] == run_id
    for other in (people.stranger, people.member):
        assert (await other("GET", f"/run/{run_id}")).status == 403
    assert (await api("GET", f"/deployment/{shared['id']}/runs")).body["data"] == []
    assert (await api("POST", f"/run/{run_id}/cancel")).status == 500


async def test_walls_around_runs(api, people):
    """A personal key sees runs of no organisation, an organisation's key its own: also those of a colleague."""
    run_id = await api.submit()
    for other in people.foreign:
        answer = await other("GET", f"/run/{run_id}")
        assert (answer.status, answer.body) == (403, {"detail": "Not authorized to access this run"})
        assert (await other("POST", f"/run/{run_id}/cancel")).status == 500
        plain = Plain(api.gateway, api.session, other.key)
        body = {"workflow_version_id": (await api.deployment())["workflow_version_id"]}
        assert (await plain("POST", "/run", json=body)).status == 404
        body = await api.workflow_body(picture_graph())
        assert (await other("POST", "/run/workflow/queue", json=body)).status == 404
    assert (await api("GET", f"/run/{NOWHERE}")).status == 404
    machine_id = await machine_of(api, "user_local", "org_acme")
    workflow_id = await workflow(people.member)
    deployed = (await deploy(people.member, workflow_id, machine_id=machine_id)).body
    theirs = await people.colleague("POST", "/run/deployment/queue", json={"deployment_id": deployed["id"]})
    assert (await people.member.ended(theirs.body["run_id"]))["user_id"] == "user_two"
    assert (await people.rival("GET", f"/run/{theirs.body['run_id']}")).status == 403
    assert (await api("GET", f"/run/{theirs.body['run_id']}")).status == 403


async def test_what_a_strict_gateway_says_of_runs(strict):
    """Another's run is missing; an unknown one can't be cancelled for 404; a classic one can be cancelled."""
    other = Plain(strict.gateway, strict.session, await strict.gateway.add_key("user_two"))
    run_id = await strict.run_graph(picture_graph(**ENDLESS), "classic-machine")
    assert (await other("GET", f"/run/{run_id}")).status == 404
    for one in (run_id, NOWHERE, *HOSTILE_IDS):
        assert (await other("POST", f"/run/{one}/cancel")).status == 404
    assert (await strict("POST", f"/run/{run_id}/cancel")).status == 200
    assert (await strict("GET", f"/run/{run_id}")).body["status"] == "cancelled"
    assert (await strict("POST", "/run", json={"model_id": "flux"})).status == 404


async def test_no_id_cancels_as_an_unknown_one(api):
    """Whatever the id is, the answer is the same 500."""
    for run_id in (NOWHERE, *HOSTILE_IDS):
        answer = await api("POST", f"/run/{run_id}/cancel")
        said = "Error cancel function 404: Run not found or has no modal function call ID"
        assert (answer.status, answer.body) == (500, {"detail": said})


async def test_a_run_untouched_for_a_day_is_shown_as_timeout(api):
    """Everywhere it is read, and found by that status; what is kept does not change."""
    workflow_id, machine_id = await workflow(api), await machine_named(api)
    stale = run_row(workflow_id, machine_id, status="queued")
    await keep(api, stale)
    assert (await api("GET", f"/run/{stale.id}?queue_position=true")).body["status"] == "queued"
    api.gateway.clock.advance(24 * 3600 + 1)
    shown = (await api("GET", f"/run/{stale.id}?queue_position=true")).body
    assert (shown["status"], shown["queue_position"]) == ("timeout", None)
    assert (await api("GET", f"/workflow/{workflow_id}/runs")).body[0]["status"] == "timeout"
    listed = (await api("GET", f"/v2/workflow/{workflow_id}/runs?status=timeout")).body
    assert [run["id"] for run in listed] == [stale.id]
    assert (await api("GET", f"/v2/workflow/{workflow_id}/runs?status=queued")).body == []
    assert (await _rows(api, "id = ?", stale.id))[0].status == "queued"


async def test_deleted_machines_run_nothing(api):
    """404, as for one that never was."""
    machine_id = await machine_of(api, "user_local", deleted=1)
    body = {**await api.workflow_body(picture_graph()), "machine_id": machine_id}
    answer = await api("POST", "/run/workflow/queue", json=body)
    assert (answer.status, answer.body) == (404, {"detail": "Machine not found"})


async def test_the_first_result_comes_before_the_end(plain):
    """sync_first_result does not wait for what is still to be drawn."""
    graph = {**picture_graph(), "3": {**picture_graph(**ENDLESS)["1"]}}
    graph["4"] = {**graph["2"], "inputs": {**graph["2"]["inputs"], "images": ["3", 0], "output_id": "slow"}}
    body = {**await plain.workflow_body(graph), "execution_mode": "sync_first_result"}
    async with asyncio.timeout(45):
        answer = await plain("POST", "/run", json=body)
    assert [output["output_id"] for output in answer.body] == ["out"]
    (run,) = await _rows(plain, "1")
    assert run.status == "running"
    await plain("POST", f"/run/{run.id}/cancel")
