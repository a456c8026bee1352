"""Workflows: making, listing, changing, copying, exporting and deleting them, and what their runs made."""

import json
import re

import pytest

from stationthis_sdk.local.rows.machines import MachineVersion
from stationthis_sdk.local.rows.runs import Output
from stationthis_sdk.local.rows.workflows import Workflow
from tests.local.conftest import picture_graph
from tests.local.routes.people import (
    HOSTILE_IDS,
    NOWHERE,
    keep,
    machine_named,
    machine_of,
    newest,
    picture_row,
    run_row,
    workflow,
)

NAIVE = re.compile(r"[\d-]{10}T[\d:]{8}\.\d{6}")
SPACED = re.compile(r"[\d-]{10} [\d:]{8}\.\d{6}")
OFFSET = re.compile(r"[\d-]{10}T[\d:]{8}\.\d{6}\+00:00")
ZULU = re.compile(r"[\d-]{10}T[\d:]{8}\.\d{6}Z")
PLAIN_500 = (500, b"Internal Server Error")


async def test_a_workflow_is_made_with_its_first_version(api):
    """Two ids come; with a machine there is a preview of it, which the next version on a machine moves."""
    machine_id = await machine_named(api)
    body = {
        "name": "a",
        "workflow_json": "{}",
        "workflow_api": json.dumps(picture_graph()),
        "machine_id": machine_id,
    }
    made = (await api("POST", "/workflow", json=body)).body
    assert made == {"workflow_id": made["workflow_id"], "machine_id": machine_id}
    path = f"/workflow/{made['workflow_id']}"
    (preview,) = (await api("GET", f"{path}/deployments")).body
    assert (preview["environment"], preview["version"]["version"]) == ("preview", 1)
    version = {"workflow": {}, "workflow_api": {}}
    await api("POST", f"{path}/version", json=version)
    assert (await api("GET", f"{path}/deployments")).body[0]["version"]["version"] == 1
    await api("POST", f"{path}/version", json={**version, "machine_id": machine_id})
    (moved,) = (await api("GET", f"{path}/deployments")).body
    assert (moved["id"], moved["version"]["version"]) == (preview["id"], 3)


async def test_what_makes_no_workflow(api):
    """Text that is no JSON is 400, a machine that isn't there 404, both as an error; a missing name 422."""
    good = {"name": "a", "workflow_json": "{}"}
    for bad in ("{oops", "[" * 100_000, "NaN", '"\\ud800"', "[" * 900 + "]" * 900):
        for field in ("workflow_json", "workflow_api"):
            answer = await api("POST", "/workflow", json={**good, field: bad})
            assert (answer.status, answer.body) == (400, {"error": "Invalid JSON format"})
    for machine_id in (NOWHERE, "abc"):
        answer = await api("POST", "/workflow", json={**good, "machine_id": machine_id})
        assert (answer.status, answer.body) == (404, {"error": "Machine not found"})
    for bad in ({"name": None}, {"name": "x" * 1001}, {"name": "\ud800"}, {"comfyui_snapshot": []}):
        assert (await api("POST", "/workflow", json={**good, **bad})).status == 422
    assert (await api("POST", "/workflow", json={"workflow_json": "{}"})).status == 422
    assert [one["name"] for one in (await api("GET", "/workflows")).body if one["name"] == "a"] == []


async def test_an_id_that_is_none_is_a_plain_500(api, strict):
    """At every operation that takes a workflow's id and does not say otherwise; a strict gateway says 422."""
    once = {"headers": {"Connection": "close"}}
    for method, path in (
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/clone"),
        ("GET", "/export"),
        ("GET", "/gallery"),
        ("GET", "/versions"),
        ("GET", "/version/1"),
        ("GET", "/runs"),
        ("GET", "/runs/day"),
        ("GET", "/run/latest"),
        ("GET", "/shared-status"),
    ):
        more = {"json": {}} if method in {"PATCH", "POST"} else {}
        for workflow_id in HOSTILE_IDS:
            answer = await api(method, f"/workflow/{workflow_id}{path}", **more, **once)
            assert (answer.status, answer.body) == PLAIN_500, (method, path, workflow_id)
        assert (await strict(method, f"/workflow/abc{path}", **more)).status == 422


async def test_the_list(api):
    """Pinned ones first, then last changed first; by part of a name, users, machine and pages."""
    machine_id = await machine_named(api)
    for name in ("alpha", "beta", "Gamma beta"):
        await workflow(api, name, machine_id=machine_id if name == "alpha" else None)

    async def names(query=""):
        return [one["name"] for one in (await api("GET", f"/workflows?{query}")).body]

    seeded = {"text-to-picture", "picture-to-picture", "train-lora", "picture-with-lora"}
    assert [name for name in await names() if name not in seeded] == ["Gamma beta", "beta", "alpha"]
    assert await names("search=BETA") == ["Gamma beta", "beta"]
    assert await names("search=%25") == await names("search=x'y") == []
    assert await names("limit=1&offset=1") == ["beta"]
    assert await names("limit=0") == []
    assert await names("user_ids=user_two,nobody") == []
    assert len(await names("user_ids=nobody,%20user_local")) == 7
    assert set(await names(f"machine_id={machine_id}")) == {"alpha", *seeded}
    assert await names("machine_id=abc") == []
    beta = (await api("GET", "/workflows?search=beta&limit=1&offset=1")).body[0]
    assert beta["user_name"] == beta["user_id"] == "user_local"
    assert SPACED.fullmatch(beta["created_at"])
    assert "org_id" not in beta
    await api("PATCH", f"/workflow/{beta['id']}", json={"pinned": True})
    assert (await names())[0] == "beta"
    for bad in ("limit=x", "offset=1.5", "limit=" + "9" * 40):
        assert (await api("GET", f"/workflows?{bad}")).status == 422


async def test_the_list_of_all(api):
    """Newest first, whole rows, no limit unless one is given; also by a whole id."""
    ids = [await workflow(api, name) for name in ("alpha", "beta")]
    found = (await api("GET", "/workflows/all")).body
    assert [one["id"] for one in found][:2] == ids[::-1]
    assert len(found) == 6
    assert len((await api("GET", "/workflows/all?limit=3")).body) == 3
    assert [one["name"] for one in (await api("GET", f"/workflows/all?search={ids[0]}")).body] == ["alpha"]
    assert NAIVE.fullmatch(found[0]["created_at"])
    assert found[0]["deleted"] is False


async def test_what_a_change_changes(api):
    """What is left out or null stays; with pinned given all else is ignored."""
    workflow_id = await workflow(api)
    path = f"/workflow/{workflow_id}"
    changed = (await api("PATCH", path, json={"name": "ships", "description": "d", "cover_image": "c"})).body
    assert (changed["name"], changed["description"], changed["cover_image"]) == ("ships", "d", "c")
    assert NAIVE.fullmatch(changed["created_at"])
    assert ZULU.fullmatch(changed["updated_at"])
    nothing = dict.fromkeys(("name", "description", "pinned", "deleted", "selected_machine_id"))
    same = (await api("PATCH", path, json=nothing)).body
    assert {**same, "updated_at": 0} == {**changed, "updated_at": 0}
    pinned = (await api("PATCH", path, json={"pinned": True, "name": "ignored", "deleted": True})).body
    assert (pinned["pinned"], pinned["name"], pinned["deleted"]) == (True, "ships", False)
    assert (await api("PATCH", path, json={"pinned": False})).body["pinned"] is False
    machine_id = await machine_named(api)
    assert (await api("PATCH", path, json={"selected_machine_id": machine_id})).body["selected_machine_id"]
    assert (await api("PATCH", path, json={"selected_machine_id": NOWHERE})).status == 404
    for bad in ({"selected_machine_id": "abc"}, {"pinned": "perhaps"}, {"name": 7}, {"name": "x" * 1001}):
        assert (await api("PATCH", path, json=bad)).status == 422
    assert (await api("PATCH", f"/workflow/{NOWHERE}", json={"name": "x"})).status == 404


@pytest.mark.parametrize("way", ["DELETE", "PATCH"])
async def test_a_deleted_workflow_is_missing_everywhere(api, way):
    """It is only marked so, but answers 404 from then on, and its lists are empty."""
    workflow_id = await workflow(api)
    version = await newest(api, workflow_id)
    path = f"/workflow/{workflow_id}"
    answer = await api(way, path, **({"json": {"deleted": True}} if way == "PATCH" else {}))
    assert answer.status == 200
    if way == "DELETE":
        assert list(answer.body) == ["message"]
    for method, below in (
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/clone"),
        ("GET", "/export"),
        ("GET", "/versions"),
        ("GET", "/version/1"),
        ("GET", "/deployments"),
        ("GET", "/runs/day"),
        ("GET", "/shared-status"),
    ):
        more = {"json": {}} if method in {"PATCH", "POST"} else {}
        assert (await api(method, path + below, **more)).status == 404, (method, below)
    for below in ("/runs", "/run/latest", "/gallery"):
        assert (await api("GET", path + below)).body == []
    assert (await api("GET", f"/workflow-version/{version['id']}")).status == 404
    assert workflow_id not in [one["id"] for one in (await api("GET", "/workflows/all")).body]
    kept = await api.gateway._running.database.do(lambda tables: tables.get(Workflow, workflow_id))
    assert kept.deleted == 1


async def test_a_copy(api):
    """The newest version and the selected machine, no deployments; its name says what it is, unless given."""
    machine_id = await machine_named(api)
    workflow_id = await workflow(api, machine_id=machine_id)
    await api(
        "POST", f"/workflow/{workflow_id}/version", json={"workflow": {"b": 1}, "workflow_api": {"c": {}}}
    )
    copy = (await api("POST", f"/workflow/{workflow_id}/clone", json={})).body
    assert (copy["name"], copy["selected_machine_id"]) == ("boats (Cloned)", machine_id)
    assert OFFSET.fullmatch(copy["created_at"])
    version = await newest(api, copy["id"])
    assert (version["version"], version["workflow"], version["workflow_api"]) == (1, {"b": 1}, {"c": {}})
    assert (await api("GET", f"/workflow/{copy['id']}/deployments")).status == 404
    named = await api("POST", f"/workflow/{workflow_id}/clone", json={"name": "ships"})
    assert named.body["name"] == "ships"
    assert (await api("POST", f"/workflow/{NOWHERE}/clone", json={})).status == 404
    await keep(api, empty := Workflow(user_id="user_local", name="empty"))
    bare = (await api("POST", f"/workflow/{empty.id}/clone", json={})).body
    assert (await api("GET", f"/workflow/{bare['id']}")).body["versions"] == [None]


async def test_an_export(api, strict):
    """The editor's graph with the one that runs and the make of the machine; 500 for a version on a classic machine."""
    workflow_id = await workflow(api)
    path = f"/workflow/{workflow_id}"
    first = (await api("GET", f"{path}/export")).body
    assert first == {
        "nodes": [],
        "links": [],
        "version": 0.4,
        "workflow_api": picture_graph(),
        "environment": {},
    }
    machine_id = await machine_named(api)
    made = MachineVersion(
        machine_id=machine_id, user_id="user_local", gpu="L4", settings={"idle_timeout": 7}, image_id="im-1"
    )
    await keep(api, made)
    for more in (
        {"machine_version_id": made.id},
        {"machine_id": await machine_named(api, "classic-machine")},
    ):
        await api("POST", f"{path}/version", json={"workflow": {}, "workflow_api": {"a": {}}, **more})
    environment = (await api("GET", f"{path}/export?version=2")).body["environment"]
    assert (environment["gpu"], environment["scaledown_window"], environment["run_timeout"]) == ("L4", 7, 300)
    assert (await api("GET", f"{path}/export")).status == 500
    assert (await api("GET", f"{path}/export?version=1")).body == first
    assert (await api("GET", f"{path}/export?version=9")).status == 404
    assert (await api("GET", f"{path}/export?version=x")).status == 422
    classic = await workflow(strict, machine_id=await machine_named(strict, "classic-machine"))
    assert (await strict("GET", f"/workflow/{classic}/export")).body["environment"] == {}


async def test_the_gallery(api):
    """Newest output first, only media of successful runs; by origin, user, kind of file and pages."""
    workflow_id, machine_id = await workflow(api), await machine_named(api)
    run = run_row(
        workflow_id, machine_id, created_at=1, queued_at=1_500_001, started_at=2_000_001, ended_at=7_000_001
    )
    manual = run_row(workflow_id, machine_id, origin="manual")
    failed = run_row(workflow_id, machine_id, status="failed")
    await keep(
        api,
        run,
        manual,
        failed,
        first := picture_row(run, created_at=1),
        film := picture_row(manual, "b.MP4", "gifs", created_at=2),
        Output(run_id=run.id, data={"text": ["x"]}, created_at=3),
        Output(run_id=run.id, data={"images": []}, created_at=3),
        Output(run_id=run.id, data=[1, 2], created_at=3),
        Output(run_id=run.id, data={"error": {"message": "m"}}, created_at=3),
        picture_row(failed, created_at=4),
    )

    async def shown(query=""):
        return [
            one["output_id"] for one in (await api("GET", f"/workflow/{workflow_id}/gallery?{query}")).body
        ]

    assert await shown() == [film.id, first.id]
    assert await shown("origin=api") == await shown("file_type=image") == [first.id]
    assert await shown("origin=not-api") == await shown("file_type=video") == [film.id]
    assert await shown("limit=1&offset=1") == await shown("file_type=image&limit=1") == [first.id]
    assert await shown("user_id=user_two") == await shown("origin=x'") == await shown("limit=0") == []
    assert await shown("file_type=anything") == [film.id, first.id]
    item = (await api("GET", f"/workflow/{workflow_id}/gallery?offset=1")).body[0]
    assert item["data"]["images"][0]["odd"] == 1
    assert item["data"]["images"][0]["url"].startswith("http://127.0.0.1:")
    assert [float(item[name]) for name in ("run_duration", "cold_start", "queue_time")] == [5.0, 0.5, 1.5]
    assert (await api("GET", f"/workflow/{NOWHERE}/gallery")).body == []


async def test_walls(api, people):
    """Another's workflow is missing for everybody else; within an organisation it is everybody's."""
    workflow_id = await workflow(api)
    path = f"/workflow/{workflow_id}"
    for other in people.foreign:
        assert (await other("GET", "/workflows")).body == (await other("GET", "/workflows/all")).body == []
        assert (await other("GET", path)).status == 404
        assert (await other("PATCH", path, json={"name": "taken"})).status == 404
        assert (await other("DELETE", path)).status == 404
        assert (await other("POST", f"{path}/clone", json={})).status == 404
        assert (await other("GET", f"{path}/export")).status == 404
        assert (await other("GET", f"{path}/gallery")).body == []
        body = {"name": "x", "workflow_json": "{}", "machine_id": await machine_named(api)}
        assert (await other("POST", "/workflow", json=body)).status == 404
    assert (await api("GET", path)).body["name"] == "boats"
    theirs = await workflow(people.member, "ours")
    assert (await people.colleague("PATCH", f"/workflow/{theirs}", json={"name": "new"})).status == 200
    found = (await people.colleague("GET", "/workflows?user_ids=user_local")).body
    assert [(one["name"], one["user_name"]) for one in found] == [("new", "user_local")]
    assert (await api("GET", f"/workflow/{theirs}")).status == 404
    foreign_machine = await machine_of(api, "user_two", "org_rival")
    answer = await people.member(
        "PATCH", f"/workflow/{theirs}", json={"selected_machine_id": foreign_machine}
    )
    assert answer.status == 404


async def test_one_timestamp_format_when_strict(strict):
    """In every answer about workflows."""
    workflow_id = await workflow(strict)
    for answer in (
        await strict("GET", f"/workflow/{workflow_id}"),
        await strict("PATCH", f"/workflow/{workflow_id}", json={"name": "x"}),
        await strict("POST", f"/workflow/{workflow_id}/clone", json={}),
    ):
        assert ZULU.fullmatch(answer.body["created_at"])
        assert ZULU.fullmatch(answer.body["updated_at"])
    for path in ("/workflows", "/workflows/all"):
        assert ZULU.fullmatch((await strict("GET", path)).body[0]["created_at"])
