"""Deployments: one for each workflow and environment, shares with their slugs, and what their owner may change."""

import re

import pytest

from stationthis_sdk.local.rows.machines import MachineVersion
from tests.local.conftest import ENDLESS, picture_graph
from tests.local.routes.people import (
    HOSTILE_IDS,
    NOWHERE,
    deploy,
    keep,
    machine_named,
    machine_of,
    newest,
    workflow,
)

PADDED = re.compile(r"[\d-]{10}T[\d:]{8}\.\d{3}000Z")
MISSING = {"detail": "Internal server error"}


async def _version_of_machine(api, machine_id, **more):
    columns = {"user_id": "user_local", "settings": {"idle_timeout": 30, "keep_warm": 1}, "image_id": "im-1"}
    version = MachineVersion(machine_id=machine_id, gpu="L4", run_timeout=900, **{**columns, **more})
    await keep(api, version)
    return version.id


async def test_a_missing_deployment_is_a_500_everywhere(api):
    """Unknown, another's and no id at all are told apart by nothing; GET, PATCH and DELETE never say 404."""
    for deployment_id in (NOWHERE, *HOSTILE_IDS):
        for method in ("GET", "PATCH", "DELETE"):
            more = {"json": {}} if method == "PATCH" else {}
            answer = await api(method, f"/deployment/{deployment_id}", **more)
            assert (answer.status, answer.body) == (500, MISSING), (method, deployment_id)
        for way in ("v0-ui-spec", "deactivate"):
            method = "GET" if way == "v0-ui-spec" else "POST"
            assert (await api(method, f"/deployment/{deployment_id}/{way}")).status == 404
        assert (await api("GET", f"/deployment/{deployment_id}/runs")).status == 500


async def test_a_strict_gateway_says_404(strict):
    """The same requests answer as one would expect."""
    for deployment_id in (NOWHERE, *HOSTILE_IDS):
        for method in ("GET", "PATCH", "DELETE"):
            more = {"json": {}} if method == "PATCH" else {}
            answer = await strict(method, f"/deployment/{deployment_id}", **more)
            assert (answer.status, answer.body) == (404, {"detail": "Deployment not found"})
        assert (await strict("GET", f"/deployment/{deployment_id}/runs")).status == 404


async def test_posting_again_changes_what_is_there(api):
    """The id stays, whatever deployment_id says; the description is the workflow's; another environment is another."""
    workflow_id = await workflow(api)
    first = (await deploy(api, workflow_id, description="mine", deployment_id=NOWHERE)).body
    await api("PATCH", f"/workflow/{workflow_id}", json={"description": "boats at sea"})
    await api("POST", f"/workflow/{workflow_id}/version", json={"workflow": {}, "workflow_api": {}})
    again = (await deploy(api, workflow_id, description="mine", deployment_id=NOWHERE)).body
    assert (again["id"], first["description"], again["description"]) == (first["id"], None, "boats at sea")
    assert again["workflow_version_id"] == (await newest(api, workflow_id))["id"]
    assert again["workflow_version_id"] != first["workflow_version_id"]
    assert (await deploy(api, workflow_id, "staging")).body["id"] != first["id"]
    for name in ("workflow", "version", "machine", "input_types", "output_types"):
        assert again[name] is None
    assert PADDED.fullmatch(again["created_at"])


async def test_what_a_deployment_needs(api):
    """A machine or a version of one (400), a workflow and a version of it, an environment there is: else 500."""
    workflow_id, other = await workflow(api), await workflow(api, "other")
    version_id = (await newest(api, workflow_id))["id"]
    good = {"workflow_id": workflow_id, "workflow_version_id": version_id, "environment": "production"}
    assert (await api("POST", "/deployment", json=good)).status == 400
    good["machine_id"] = await machine_named(api)
    for changed in (
        {"machine_id": NOWHERE},
        {"machine_id": "x" * 500_000},
        {"machine_version_id": NOWHERE},
        {"workflow_id": other},
        {"workflow_id": "../etc"},
        {"workflow_version_id": NOWHERE},
        {"environment": "prod"},
        {"environment": "x" * 500_000},
    ):
        answer = await api("POST", "/deployment", json={**good, **changed})
        assert answer.status == 500
        assert answer.body["detail"].startswith("Internal server error: ")
        assert len(answer.body["detail"]) < 400
    for changed in ({"machine_id": 7}, {"environment": None}, {"workflow_id": "\ud800"}):
        assert (await api("POST", "/deployment", json={**good, **changed})).status == 422
    assert (await api("POST", "/deployment", json=good)).status == 200


async def test_what_a_strict_gateway_says_of_a_bad_deployment(strict):
    """404 for what is not there, 422 for no environment, 409 for a slug that is taken; a private share keeps its slug."""
    workflow_id = await workflow(strict)
    assert (await deploy(strict, workflow_id, machine_id=NOWHERE)).status == 404
    assert (await deploy(strict, workflow_id, workflow_version_id=NOWHERE)).status == 404
    (version,) = (await strict("GET", f"/workflow/{workflow_id}")).body["versions"]
    body = {
        "workflow_version_id": version["id"],
        "environment": "staging",
        "machine_id": await machine_named(strict),
    }
    assert (await strict("POST", "/deployment", json={**body, "workflow_id": NOWHERE})).status == 404
    assert (await deploy(strict, workflow_id, "prod")).status == 422
    shared = (await deploy(strict, workflow_id, "private-share")).body
    assert (await deploy(strict, workflow_id, "public-share")).status == 409
    again = (await deploy(strict, workflow_id, "private-share")).body
    assert again["share_slug"] == shared["share_slug"] == "user-local_boats"
    assert re.fullmatch(r"[\d-]{10}T[\d:]{8}\.\d{6}Z", again["created_at"])
    production = (await deploy(strict, workflow_id)).body
    assert (await strict("DELETE", f"/deployment/{production['id']}")).status == 400
    assert (await strict("POST", f"/deployment/{production['id']}/deactivate")).status == 400


@pytest.mark.parametrize("environment", ["public-share", "private-share", "community-share"])
async def test_a_share_has_a_slug_and_can_be_deleted(api, environment):
    """Two kinds of share of one workflow need the same slug: 500. Only shares go away."""
    workflow_id = await workflow(api, "Boats, at Dawn!")
    shared = (await deploy(api, workflow_id, environment)).body
    assert shared["share_slug"] == "user-local_boats-at-dawn"
    other = "public-share" if environment != "public-share" else "community-share"
    assert (await deploy(api, workflow_id, other)).status == 500
    again = (await deploy(api, workflow_id, environment)).body
    assert again["share_slug"] == (None if environment == "private-share" else shared["share_slug"])
    production = (await deploy(api, workflow_id)).body
    assert (await api("DELETE", f"/deployment/{production['id']}")).body == MISSING
    answer = await api("DELETE", f"/deployment/{shared['id']}")
    assert (answer.status, answer.body) == (200, {"message": "Share deployment deleted successfully"})
    assert (await api("GET", f"/deployment/{shared['id']}")).status == 500
    assert (await deploy(api, workflow_id, other)).status == 200


async def test_what_a_change_changes(api):
    """What is left out or null stays; times and limits are within reason, and machines and versions one's own."""
    workflow_id = await workflow(api)
    made = (await deploy(api, workflow_id)).body
    path = f"/deployment/{made['id']}"
    changed = (await api("PATCH", path, json={"gpu": "T4", "concurrency_limit": 3, "run_timeout": 600})).body
    assert (changed["gpu"], changed["concurrency_limit"], changed["run_timeout"]) == ("T4", 3, 600)
    assert changed["updated_at"] > made["updated_at"]
    nothing = dict.fromkeys(("gpu", "run_timeout", "machine_id", "workflow_version_id", "keep_warm"))
    same = (await api("PATCH", path, json=nothing)).body
    assert {**same, "updated_at": 0} == {**changed, "updated_at": 0}
    classic = await machine_named(api, "classic-machine")
    assert (await api("PATCH", path, json={"machine_id": classic})).body["machine_id"] == classic
    for bad in ({"machine_id": NOWHERE}, {"workflow_version_id": NOWHERE}, {"machine_version_id": NOWHERE}):
        assert (await api("PATCH", path, json=bad)).status == 500
    other = await newest(api, await workflow(api, "other"))
    assert (await api("PATCH", path, json={"workflow_version_id": other["id"]})).status == 500
    for bad in ({"gpu": "RTX"}, {"run_timeout": -1}, {"keep_warm": 2**70}, {"idle_timeout": "soon"}):
        assert (await api("PATCH", path, json=bad)).status == 422
    assert (await api("PUT", path, json={})).status == 405


async def test_a_machine_version_brings_its_machine_and_hides_the_deployment(api):
    """is_fluid shows what has an image of its own; such a one can be deactivated, unless runs are alive."""
    machine_id = await machine_named(api)
    version_id = await _version_of_machine(api, machine_id)
    workflow_id = await workflow(api, graph=picture_graph(**ENDLESS))
    made = (await deploy(api, workflow_id, machine_id=NOWHERE, machine_version_id=version_id)).body
    assert (made["machine_id"], made["machine_version_id"]) == (machine_id, version_id)
    assert (made["modal_image_id"], made["gpu"]) == ("im-1", "L4")
    assert (made["run_timeout"], made["idle_timeout"], made["keep_warm"]) == (900, 30, 1)

    async def listed(query):
        return [one["id"] for one in (await api("GET", f"/deployments{query}")).body]

    assert made["id"] not in await listed("")
    assert made["id"] in await listed("?is_fluid=true")
    run_id = (await api("POST", "/run/deployment/queue", json={"deployment_id": made["id"]})).body["run_id"]
    assert (await api("POST", f"/deployment/{made['id']}/deactivate")).status == 400
    await api("POST", f"/run/{run_id}/cancel")
    stopped = await api("POST", f"/deployment/{made['id']}/deactivate")
    assert (stopped.status, stopped.body["activated_at"]) == (200, None)
    plain = (await deploy(api, workflow_id, "staging")).body
    answer = await api("POST", f"/deployment/{plain['id']}/deactivate")
    assert (answer.status, answer.body) == (500, b"Internal Server Error")


async def test_the_list_and_its_pages(api):
    """Newest first, one environment at a time, by pages; with inputs and the whole version."""
    made = [
        (await deploy(api, await workflow(api, f"w{number}"), "staging")).body["id"] for number in range(3)
    ]

    async def listed(query):
        return [one["id"] for one in (await api("GET", f"/deployments?{query}")).body]

    assert await listed("environment=staging") == made[::-1]
    assert await listed("environment=staging&page_size=1&offset=1") == [made[1]]
    assert await listed("page_size=0") == []
    assert (await api("GET", "/deployments?environment=prod")).status == 422
    assert (await api("GET", "/deployments?page_size=many")).status == 422
    first = (await api("GET", "/deployments?environment=production")).body[0]
    assert first["version"]["workflow_api"]
    assert first["input_types"]


async def test_the_deployments_of_a_workflow(api):
    """Each with its machine's name; 404 when there is none, and for an unknown workflow."""
    workflow_id = await workflow(api)
    answer = await api("GET", f"/workflow/{workflow_id}/deployments")
    assert (answer.status, answer.body) == (
        404,
        {"detail": "Deployments not found or you don't have access to it"},
    )
    made = (await deploy(api, workflow_id)).body
    found = (await api("GET", f"/workflow/{workflow_id}/deployments")).body
    assert [one["id"] for one in found] == [made["id"]]
    assert found[0]["machine"] == {"id": made["machine_id"], "name": "this-machine"}
    assert found[0]["workflow"] == {"id": workflow_id, "name": "boats", "cover_url": None}
    assert (await api("GET", f"/workflow/{NOWHERE}/deployments")).status == 404
    assert (await api("GET", "/workflow/abc/deployments")).status == 500


async def test_a_strict_gateway_lists_no_deployments_as_none(strict):
    """An empty array for a workflow that is there, 404 for one that isn't, 422 for no id."""
    workflow_id = await workflow(strict)
    assert (await strict("GET", f"/workflow/{workflow_id}/deployments")).body == []
    assert (await strict("GET", f"/workflow/{NOWHERE}/deployments")).status == 404
    assert (await strict("GET", "/workflow/abc/deployments")).status == 422


async def test_community_and_featured(api, people):
    """Everybody's community shares need no key; featured are the owner's public ones, without ids."""
    await machine_of(api, "user_two")
    theirs = await workflow(people.stranger, "theirs")
    await deploy(
        people.stranger, theirs, "community-share", (await people.stranger("GET", "/machines")).body[0]["id"]
    )
    await deploy(
        people.stranger,
        await workflow(people.stranger, "hidden"),
        "public-share",
        (await people.stranger("GET", "/machines")).body[0]["id"],
    )
    mine = await workflow(api, "mine")
    await deploy(api, mine, "public-share")
    found = (await api("GET", "/deployments/community", headers={"Authorization": ""})).body
    assert [one["workflow"]["id"] for one in found] == [theirs]
    assert found[0]["version"]["workflow_api"]
    assert (await api("GET", "/deployments/community?limit=0")).body == []
    assert (await api("GET", "/deployments/community?offset=1")).body == []
    (featured,) = (await people.stranger("GET", "/deployments/featured")).body
    assert featured["share_slug"] == "user-local_mine"
    assert featured["workflow"]["id"] == mine
    assert "id" not in featured


async def test_walls(api, people):
    """What one person or organisation has, no other sees, changes or can tell from what is missing."""
    workflow_id = await workflow(api)
    made = (await deploy(api, workflow_id)).body
    for other in people.foreign:
        assert (await other("GET", "/deployments?is_fluid=true")).body == []
        assert (await other("GET", f"/deployment/{made['id']}")).body == MISSING
        assert (await other("PATCH", f"/deployment/{made['id']}", json={"gpu": "T4"})).body == MISSING
        assert (await other("DELETE", f"/deployment/{made['id']}")).body == MISSING
        assert (await other("GET", f"/workflow/{workflow_id}/deployments")).status == 404
        assert (await other("GET", f"/deployment/{made['id']}/v0-ui-spec")).status == 404
        assert (await other("POST", f"/deployment/{made['id']}/deactivate")).status == 404
        body = {
            name: made[name] for name in ("workflow_id", "workflow_version_id", "machine_id", "environment")
        }
        assert "Machine not found" in (await other("POST", "/deployment", json=body)).body["detail"]
    assert (await api("GET", f"/deployment/{made['id']}")).body["gpu"] is None
    machine_id = await machine_of(api, "user_local", "org_acme")
    theirs = await workflow(people.member)
    shared = (await deploy(people.member, theirs, machine_id=machine_id)).body
    assert (await people.colleague("GET", f"/deployment/{shared['id']}")).body["org_id"] == "org_acme"
    assert (await people.rival("GET", f"/deployment/{shared['id']}")).status == 500
    assert (await api("GET", f"/deployment/{shared['id']}")).status == 500


async def test_a_generated_form(api):
    """Its files name the deployment, its inputs and this gateway; no text of a workflow gets out of its quotes."""
    title = '</script>"; alert(1); //'
    text = {"class_type": "ComfyUIDeployExternalText", "inputs": {"input_id": "p", "display_name": title}}
    workflow_id = await workflow(api, title, {"1": text})
    made = (await deploy(api, workflow_id)).body
    spec = (await api("GET", f"/deployment/{made['id']}/v0-ui-spec")).body
    page, generate, poll = (file["content"] for file in spec["files"])
    assert title not in page
    assert "</script" not in page
    assert made["id"] in generate
    assert api.gateway.base_url in generate
    assert api.gateway.base_url in poll
    assert '"name": "p"' in page
    assert spec["$schema"] == "https://ui.shadcn.com/schema/registry-item.json"


async def test_bad_enum_options_break_every_answer_unless_strict(api, strict):
    """Also a deployment alone; a strict gateway shows it without options."""
    enum = {"class_type": "ComfyUIDeployExternalEnum", "inputs": {"input_id": "x", "options": "a, b"}}
    made = (await deploy(api, await workflow(api, graph={"1": enum}))).body
    for path in (f"/deployment/{made['id']}", "/deployments", f"/workflow/{made['workflow_id']}/deployments"):
        answer = await api("GET", path)
        assert (answer.status, answer.body) == (500, b"Internal Server Error")
    made = (await deploy(strict, await workflow(strict, graph={"1": enum}))).body
    shown = (await strict("GET", f"/deployment/{made['id']}")).body
    assert shown["input_types"][0]["enum_options"] is None


async def test_a_deployment_goes_with_its_workflow(api):
    """Once the workflow is deleted it is neither listed nor read nor run."""
    workflow_id = await workflow(api)
    made = (await deploy(api, workflow_id)).body
    await api("DELETE", f"/workflow/{workflow_id}")
    assert made["id"] not in [one["id"] for one in (await api("GET", "/deployments")).body]
    assert (await api("GET", f"/deployment/{made['id']}")).status == 500
    assert (await api("POST", "/run/deployment/queue", json={"deployment_id": made["id"]})).status == 404
