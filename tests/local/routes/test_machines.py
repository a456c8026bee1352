"""Machines: lists and their filters, one's own with tokens, deleting, events and exports."""

import contextlib
import io
import json
import re
import sqlite3

import pytest

from stationthis_sdk.local import Gateway
from stationthis_sdk.local.rows.machines import Machine
from tests.local import conform
from tests.local.conftest import ENDLESS, Api, picture_graph
from tests.local.routes.people import (
    HOSTILE_IDS,
    NOWHERE,
    deploy,
    keep,
    machine_named,
    machine_of,
    workflow,
)

NAIVE = re.compile(r"[\d-]{10}T[\d:]{8}\.\d{6}")
SHORT = re.compile(r"[\d-]{10}T[\d:]{8}\.\d{3}Z")
LISTED = {
    "id", "user_id", "name", "created_at", "updated_at", "type", "org_id", "status", "gpu", "machine_version",
    "machine_builder_version", "comfyui_version", "import_failed_logs", "machine_version_id", "is_workspace",
}  # fmt: skip
CUSTOM = {"name": "shed", "type": "classic", "endpoint": "http://127.0.0.1:8188/", "auth_token": None}


async def _names(api, query=""):
    return [one["name"] for one in (await api("GET", f"/machines{query}")).body]


async def test_lists_give_their_part_of_the_fields(api):
    """No endpoint, no token, no settings; steps and workflows only when asked for."""
    await api("POST", "/machine/custom", json={**CUSTOM, "auth_token": "open sesame"})
    for path in ("/machines", "/machines/all"):
        shown = (await api("GET", path)).body[0]
        assert shown.keys() == LISTED
        assert NAIVE.fullmatch(shown["created_at"])
    shown = (await api("GET", "/machines?include_has_workflows=true&include_docker_command_steps=true")).body
    assert shown[0].keys() == LISTED | {"has_workflows", "docker_command_steps"}
    assert {one["name"]: one["has_workflows"] for one in shown} == {
        "shed": False,
        "classic-machine": False,
        "this-machine": True,
    }


async def test_filters_and_pages(api):
    """Workspaces are left out unless asked for; self-hosted wins over docker; a bad number or flag is a 422."""
    for name, kind in (("w", "workspace-v2"), ("r", "runpod-serverless"), ("m", "modal-serverless")):
        await api("POST", "/machine/custom", json={**CUSTOM, "name": name, "type": kind})
    assert await _names(api) == ["m", "r", "classic-machine", "this-machine"]
    assert await _names(api, "?is_workspace=true") == ["w"]
    assert await _names(api, "?is_self_hosted=true&is_docker=true") == ["r", "classic-machine"]
    assert await _names(api, "?is_docker=true") == ["this-machine"]
    assert await _names(api, "?search=MACHINE&limit=1&offset=1") == ["this-machine"]
    assert await _names(api, "?limit=-1&offset=-5") == []
    for query in ("limit=x", "offset=1.5", "is_docker=perhaps", "is_deleted="):
        assert (await api("GET", f"/machines?{query}")).status == 422


async def test_all_machines_are_those_not_deleted_newest_change_first(api):
    """In one piece; a search and a limit are heeded."""
    first = await machine_named(api, "this-machine")
    await api("PATCH", f"/machine/custom/{first}", json={"name": "this one"})
    made = (await api("POST", "/machine/custom", json=CUSTOM)).body["id"]
    await api("DELETE", f"/machine/{made}")
    names = [one["name"] for one in (await api("GET", "/machines/all")).body]
    assert names == ["this one", "classic-machine"]
    assert len((await api("GET", "/machines/all?limit=1&search=class")).body) == 1


async def test_reading_one_machine(api):
    """It adds the endpoint and the settings, never the token; unknown and deleted ones are 404, no id a 422."""
    made = await api("POST", "/machine/custom", json={**CUSTOM, "auth_token": "open sesame"})
    one = (await api("GET", f"/machine/{made.body['id']}")).body
    assert one["endpoint"] == CUSTOM["endpoint"]
    assert (one["concurrency_limit"], one["idle_timeout"], one["models_to_cache"]) == (2, 60, [])
    assert "auth_token" not in one
    assert NAIVE.fullmatch(one["created_at"])
    await api("DELETE", f"/machine/{one['id']}")
    for machine_id in (NOWHERE, one["id"]):
        answer = await api("GET", f"/machine/{machine_id}")
        assert (answer.status, answer.body) == (404, {"detail": "Machine not found"})


@pytest.mark.parametrize("machine_id", HOSTILE_IDS)
async def test_ids_that_are_none(api, machine_id):
    """Every path refuses them with a 422, but the export, which the service leaves to fail."""
    machine = f"/machine/{machine_id}"
    for method, path in (
        ("GET", machine),
        ("DELETE", machine),
        ("GET", f"{machine}/events"),
        ("GET", f"{machine}/workflows"),
        ("GET", f"{machine}/docker-commands"),
        ("GET", f"{machine}/check-custom-nodes"),
        ("POST", f"{machine}/update-custom-nodes"),
    ):
        assert (await api(method, path)).status == 422, (method, path)
    assert (await api("GET", f"{machine}/export")).status == 500


async def test_a_strict_gateway_refuses_an_export_without_an_id_and_marks_the_deleted(strict):
    """422 instead of 500; lists tell which machines are deleted."""
    assert (await strict("GET", "/machine/abc/export")).status == 422
    made = (await strict("POST", "/machine/custom", json=CUSTOM)).body["id"]
    await strict("DELETE", f"/machine/{made}")
    shown = (await strict("GET", "/machines")).body
    assert {one["name"]: one["deleted"] for one in shown}["shed"] is True


async def test_a_machine_of_ones_own(api):
    """The answer is the whole row with the token in clear; it is ready at once, and may be changed in part."""
    made = await api("POST", "/machine/custom", json={**CUSTOM, "auth_token": "open sesame"})
    assert made.status == 200
    assert (made.body["status"], made.body["auth_token"]) == ("ready", "open sesame")
    assert SHORT.fullmatch(made.body["created_at"])
    whole = conform.contract()["components"]["schemas"]["Machine"]["properties"]
    assert made.body.keys() == whole.keys() - {"has_workflows"}
    path = f"/machine/custom/{made.body['id']}"
    same = (await api("PATCH", path, json={"name": "barn", "auth_token": None, "endpoint": None})).body
    assert (same["name"], same["auth_token"], same["endpoint"]) == ("barn", "open sesame", CUSTOM["endpoint"])
    assert (await api("PATCH", path, json={"auth_token": "new"})).body["auth_token"] == "new"
    assert (await api("PATCH", f"/machine/custom/{NOWHERE}", json={})).status == 404


@pytest.mark.parametrize("field", ["name", "type", "endpoint", "auth_token"])
async def test_each_field_of_a_machine_of_ones_own_must_be_there(api, field):
    """The token may be null, but not left out."""
    answer = await api("POST", "/machine/custom", json={k: v for k, v in CUSTOM.items() if k != field})
    assert (answer.status, answer.body["detail"][0]["loc"]) == (422, ["body", field])
    assert answer.body["detail"][0]["type"] == "missing"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("name", "x" * 10_000_000, id="megabytes"),
        ("name", "\ud800"),
        ("name", None),
        ("name", ["a"]),
        ("type", "steam"),
        ("type", None),
        ("endpoint", 8188),
        ("endpoint", "x" * 200_000),
        ("auth_token", {"a": 1}),
    ],
)
async def test_values_that_do_not_fit_a_machine_of_ones_own(api, field, value):
    """Each is a 422 that does not repeat megabytes, and nothing is made."""
    sent = io.BytesIO(json.dumps({**CUSTOM, field: value}).encode())
    answer = await api("POST", "/machine/custom", data=sent, headers={"Content-Type": "application/json"})
    assert answer.status == 422
    assert len(str(answer.body)) < 2000
    assert await _names(api, "?search=shed") == []


async def test_odd_texts_come_back_as_they_are(api):
    """Quotes, NUL, markup and paths are only a name."""
    for name in ("'; DROP TABLE machines --", "a\0b", "<script>", "../../etc/passwd", "%_", ""):
        made = await api("POST", "/machine/custom", json={**CUSTOM, "name": name})
        assert (await api("GET", f"/machine/{made.body['id']}")).body["name"] == name


async def test_deleting(api):
    """The machine stays in lists, and deleting it again answers 200; other ids are 404."""
    made = (await api("POST", "/machine/custom", json=CUSTOM)).body["id"]
    for _ in range(2):
        assert (await api("DELETE", f"/machine/{made}")).status == 200
    assert await _names(api, "?search=shed") == ["shed"]
    assert await _names(api, "?is_deleted=true") == ["shed"]
    assert "shed" not in await _names(api, "?is_deleted=false")
    assert (await api("DELETE", f"/machine/{NOWHERE}")).status == 404


async def test_a_machine_in_use_is_kept_unless_forced(api):
    """402 with the workflows' names; containers kept warm are a 400, forced or not; deleted workflows don't count."""
    here = (await api("POST", "/machine/custom", json=CUSTOM)).body["id"]
    first, second = await workflow(api, "boats"), await workflow(api, "ships")
    for one in (first, second):
        await deploy(api, one, machine_id=here)
    answer = await api("DELETE", f"/machine/{here}")
    said = "You still have these workflows related to this machine: boats, ships"
    assert (answer.status, answer.body) == (402, {"detail": said})
    await api("DELETE", f"/workflow/{first}")
    assert (await api("DELETE", f"/machine/{here}")).body["detail"].endswith(": ships")
    assert (await api("DELETE", f"/machine/{here}?force=true")).status == 200
    warm = await machine_of(api, "user_local", settings={"keep_warm": 1})
    assert (await api("DELETE", f"/machine/{warm}?force=true")).status == 400


async def test_nobody_elses_machine_is_seen_or_touched(people):
    """Each operation answers a stranger, an organisation and another one as if the machine were not there."""
    api = people.owner
    made = (await api("POST", "/machine/serverless", json={"name": "kiln", "gpu": "CPU"})).body
    machine, serverless = f"/machine/{made['id']}", f"/machine/serverless/{made['id']}"
    version = made["machine_version_id"]
    for other in people.foreign:
        for path in ("/machines", "/machines/all"):
            assert (await other("GET", path)).body == []
        for method, path, body in (
            ("GET", machine, None),
            ("DELETE", f"{machine}?force=true", None),
            ("GET", f"{machine}/docker-commands", None),
            ("GET", f"{machine}/check-custom-nodes", None),
            ("POST", f"{machine}/update-custom-nodes", None),
            ("GET", f"{machine}/export", None),
            ("PATCH", f"/machine/custom/{made['id']}", {"name": "mine"}),
            ("PATCH", serverless, {"name": "mine"}),
            ("PATCH", f"{serverless}?rollback_version_id={version}", {}),
            ("POST", f"{serverless}/rollback", {"version": 1}),
            ("GET", f"{serverless}/files", None),
            ("GET", f"{serverless}/versions/{version}", None),
        ):
            answer = await other(method, path, json=body)
            assert (answer.status, answer.body) == (404, {"detail": "Machine not found"}), path
        for path in (f"{machine}/events", f"{machine}/workflows", f"{serverless}/versions"):
            assert (await other("GET", path)).body == []
    assert (await api("GET", machine)).body["name"] == "kiln"


async def test_an_organisation_shares_its_machines(people):
    """A colleague sees and changes them; the member's own key does not."""
    made = (await people.member("POST", "/machine/custom", json=CUSTOM)).body
    assert made["org_id"] == "org_acme"
    path = f"/machine/custom/{made['id']}"
    assert (await people.colleague("PATCH", path, json={"name": "barn"})).body["name"] == "barn"
    assert (await people.owner("GET", f"/machine/{made['id']}")).status == 404


async def test_events_are_the_runs_and_sessions_of_the_last_day(api, gateway):
    """Latest start first, with the deployment's environment; open ones have no end; unknown machines have none."""
    run = await api.ended(await api.submit())
    here = run["machine_id"]
    opened = (await api("POST", "/session", json={"machine_id": here, "timeout": 20})).body["session_id"]
    of_session, of_run = (await api("GET", f"/machine/{here}/events")).body
    assert (of_run["id"], of_run["environment"], of_run["gpu"]) == (run["id"], "production", "CPU")
    assert SHORT.fullmatch(of_run["start_time"])
    assert of_run["end_time"] >= of_run["start_time"]
    assert (of_session["session_id"], of_session["session_timeout"]) == (opened, 20)
    assert of_session["end_time"] is None
    assert (await api("GET", f"/machine/{NOWHERE}/events")).body == []
    gateway.clock.advance(24 * 3600)
    assert (await api("GET", f"/machine/{here}/events")).body == []


async def test_workflows_of_a_machine_are_those_that_have_it_selected(api):
    """The deleted ones too, without versions; deployments don't matter."""
    here = await machine_named(api, "classic-machine")
    selected = await workflow(api, "boats", machine_id=here)
    await deploy(api, await workflow(api, "ships"), machine_id=here)
    await api("DELETE", f"/workflow/{selected}")
    (shown,) = (await api("GET", f"/machine/{here}/workflows")).body
    assert (shown["name"], shown["deleted"], shown["selected_machine_id"]) == ("boats", True, here)
    assert "versions" not in shown
    assert SHORT.fullmatch(shown["created_at"])


async def test_a_machine_comes_back_from_its_export(api):
    """All settings, under the names of exports; a name that is taken gets the time; secrets don't go along."""
    given = {"name": "kiln", "gpu": "L4", "concurrency_limit": 3, "keep_warm": 2, "idle_timeout": 5,
             "run_timeout": 900, "python_version": "3.12", "extra_args": "--lowvram",
             "docker_command_steps": {"steps": [{"type": "commands", "id": "a", "data": "RUN true"}]}}  # fmt: skip
    made = (await api("POST", "/machine/serverless", json=given)).body
    exported = (await api("GET", f"/machine/{made['id']}/export")).body
    assert exported["environment"]["max_containers"] == 3
    assert exported["environment"]["min_containers"] == 2
    assert exported["environment"]["scaledown_window"] == 5
    imported = (await api("POST", "/machine/import", json=exported)).body
    assert re.fullmatch(r"kiln_\d{8}_\d{6}", imported["name"])
    again = (await api("GET", f"/machine/{imported['id']}")).body
    assert again["status"] == "building"
    for name in given.keys() - {"name"}:
        assert again[name] == given[name]
    back = (await api("GET", f"/machine/{imported['id']}/export")).body
    assert back["environment"] == {**exported["environment"], "version": 1}


async def test_exports_of_versions(api):
    """An older one by its number; nothing without such a version, as a classic machine has."""
    made = (await api("POST", "/machine/serverless", json={"name": "kiln", "gpu": "L4"})).body
    await api("PATCH", f"/machine/serverless/{made['id']}", json={"extra_args": "--cpu"})
    for query, args in (("?version=1", None), ("?version=2", "--cpu"), ("", "--cpu")):
        exported = (await api("GET", f"/machine/{made['id']}/export{query}")).body
        assert exported["environment"]["extra_args"] == args
    assert (await api("GET", f"/machine/{made['id']}/export?version=9")).body["environment"] == {}
    classic = await machine_named(api, "classic-machine")
    exported = (await api("GET", f"/machine/{classic}/export")).body
    assert (exported["type"], exported["environment"]) == ("classic", {})
    assert (await api("GET", f"/machine/{NOWHERE}/export")).status == 404


async def test_imports_that_do_not_fit(api, strict):
    """An unknown type or card is a 500, in a strict gateway a 400; other faults are 422 and nothing is made."""
    for body in (
        {"name": "x", "type": "steam"},
        {"name": "x", "type": "classic", "environment": {"gpu": "T"}},
    ):
        assert (await api("POST", "/machine/import", json=body)).status == 500
        assert (await strict("POST", "/machine/import", json=body)).status == 400
    for body in (
        {"name": "x"},
        {"type": "classic"},
        {"name": "x", "type": "classic", "environment": []},
        {"name": "x", "type": "classic", "environment": {"max_containers": 10**30}},
        {"name": "x", "type": "classic", "run_timeout": "soon"},
    ):
        assert (await api("POST", "/machine/import", json=body)).status == 422, body
    assert await _names(api, "?search=x") == []
    beside = {"name": "x", "type": "comfy-deploy-serverless", "gpu": "T4", "keep_warm": 1}
    made = (await api("POST", "/machine/import", json=beside)).body
    one = (await api("GET", f"/machine/{made['id']}")).body
    assert (made["name"], one["gpu"], one["keep_warm"], one["status"]) == ("x", "T4", 1, "ready")


async def test_a_folder_of_an_older_gateway_is_read(tmp_path, session):
    """Machines that were kept without settings have the usual ones, and can be changed."""
    data = tmp_path / "old"
    gateway = Gateway(data)
    await gateway.start()
    await gateway.stop()
    with contextlib.closing(sqlite3.connect(data / "gateway.sqlite")) as database:
        for column in ("settings", "endpoint", "auth_token", "machine_version_id", "builds_until"):
            database.execute(f"ALTER TABLE machines DROP COLUMN {column}")
        database.commit()
    gateway = Gateway(data)
    await gateway.start()
    api = Api(gateway, session)
    here = await machine_named(api)
    one = (await api("GET", f"/machine/{here}")).body
    assert (one["keep_warm"], one["disable_metadata"], one["status"]) == (0, True, "ready")
    assert (await api("PATCH", f"/machine/serverless/{here}", json={"extra_args": "--cpu"})).status == 200
    await gateway.stop()


@pytest.mark.slow
async def test_a_machine_takes_more_runs_at_once_when_it_is_changed(api):
    """Waiting runs begin without a restart."""
    kiln = {"name": "kiln", "gpu": "CPU"}
    here = (await api("POST", "/machine/serverless", json=kiln)).body["id"]
    body = {**await api.workflow_body(picture_graph(**ENDLESS)), "machine_id": here}
    ids = [(await api("POST", "/run/workflow/queue", json=body)).body["run_id"] for _ in range(2)]
    await api.until(ids[0], lambda run: run["status"] == "running")
    assert (await api("GET", f"/run/{ids[1]}")).body["status"] == "queued"
    await api("PATCH", f"/machine/serverless/{here}", json={"concurrency_limit": 2})
    await api.until(ids[1], lambda run: run["status"] == "running")
    for run_id in ids:
        await api("POST", f"/run/{run_id}/cancel")


async def test_a_key_without_rights_to_an_organisation_sees_no_machine_of_it(people):
    """Owners are compared by organisation first, even with one person's two keys."""
    await keep(people.owner, Machine(user_id="user_local", org_id="org_acme", name="kiln", type="classic"))
    assert "kiln" not in await _names(people.owner)
    assert await _names(people.member) == ["kiln"]
    assert isinstance(people.member, Api)
