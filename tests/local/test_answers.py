"""The gateway's answers: keys, paths, validation and the service's odd statuses."""

import json
import re

import pytest

from stationthis_sdk.local.database import Tables

NOWHERE = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("headers", "detail"),
    [
        ({"Authorization": ""}, "Invalid or missing token"),
        ({"Authorization": "Basic abc"}, "Invalid or missing token"),
        ({"Authorization": "Bearer wrong"}, "Invalid or expired token"),
    ],
)
async def test_a_request_without_the_key_is_401_before_routing(api, headers, detail):
    """Known and unknown paths alike answer 401 to whoever has no key."""
    for path in ("/deployments", "/nothing", "/deployments/"):
        answer = await api("GET", path, headers=headers)
        assert (answer.status, answer.body) == (401, {"detail": detail})


async def test_the_key_is_taken_from_four_places_in_the_services_order(api, gateway):
    """The cookie beats the query, the query beats the header, and x-api-key comes last."""
    bare = {"Authorization": ""}
    assert (await api("GET", "/machines", headers={**bare, "x-api-key": gateway.key})).status == 200
    assert (await api("GET", f"/machines?cd_token={gateway.key}", headers=bare)).status == 200
    assert (
        await api("GET", "/machines", headers={**bare, "Cookie": f"__session={gateway.key}"})
    ).status == 200
    assert (await api("GET", "/machines?cd_token=wrong")).status == 401
    assert (
        await api("GET", f"/machines?cd_token={gateway.key}", headers={"Cookie": "__session=wrong"})
    ).status == 401


async def test_unknown_paths_methods_and_slashes(api, gateway):
    """404, 405 (HEAD too) and a 307 whose Location is absolute and keeps the query."""
    answer = await api("GET", "/nothing")
    assert (answer.status, answer.body) == (404, {"detail": "Not Found"})
    answer = await api("PUT", "/deployment/x")
    assert (answer.status, answer.body) == (405, {"detail": "Method Not Allowed"})
    assert (await api("HEAD", "/machines")).status == 405
    answer = await api("GET", "/machines/?limit=1")
    assert (answer.status, answer.headers["Location"]) == (307, f"{gateway.base_url}/machines?limit=1")
    assert (await api("GET", "/nothing/")).status == 404


async def test_a_missing_deployment_id_is_422_and_tells_the_whole_body(api):
    """The entry has FastAPI's fields."""
    answer = await api("POST", "/run/deployment/queue", json={"inputs": {}})
    fault = {
        "type": "missing",
        "loc": ["body", "deployment_id"],
        "msg": "Field required",
        "input": {"inputs": {}},
    }
    assert (answer.status, answer.body) == (422, {"detail": [fault]})


@pytest.mark.parametrize("value", [None, {"nested": 1}])
async def test_null_and_object_inputs_are_422_with_five_entries(api, value):
    """One entry for each type that would have been taken."""
    body = {"deployment_id": NOWHERE, "inputs": {"a": value}}
    answer = await api("POST", "/run/deployment/queue", json=body)
    assert answer.status == 422
    places = [entry["loc"] for entry in answer.body["detail"]]
    assert places == [["body", "inputs", "a", kind] for kind in ("str", "int", "float", "bool", "list[any]")]


async def test_other_bodies_that_do_not_fit(api):
    """Malformed JSON, no JSON, an array, a bad UUID, a GPU that is none."""
    sent = {"Content-Type": "application/json"}
    answer = await api("POST", "/run/deployment/queue", data=b"{oops", headers=sent)
    assert answer.status == 422
    assert answer.body["detail"][0]["type"] == "json_invalid"
    assert answer.body["detail"][0]["loc"] == ["body", 1]
    assert answer.body["detail"][0]["ctx"]["error"] == "Expecting property name enclosed in double quotes"
    for data, headers, kind in (
        (b"", sent, "missing"),
        (b"[1]", sent, "model_attributes_type"),
        (b"{}", {"Content-Type": "text/plain"}, "model_attributes_type"),
    ):
        answer = await api("POST", "/run/deployment/queue", data=data, headers=headers)
        assert (answer.status, answer.body["detail"][0]["type"]) == (422, kind)
    body = {"deployment_id": "abc", "gpu": "toaster", "webhook_intermediate_status": "maybe"}
    answer = await api("POST", "/run/deployment/queue", json=body)
    assert answer.status == 422
    assert {entry["type"] for entry in answer.body["detail"]} == {"uuid_parsing", "enum", "bool_parsing"}


async def test_reading_runs_that_are_not_there(api):
    """422 for what is no UUID, 404 for an unknown run, 404 for a deployment's run."""
    answer = await api("GET", "/run/abc")
    assert (answer.status, answer.body["detail"][0]["loc"]) == (422, ["path", "run_id"])
    answer = await api("GET", f"/run/{NOWHERE}")
    assert (answer.status, answer.body) == (404, {"detail": "Run not found"})
    answer = await api("POST", "/run/deployment/queue", json={"deployment_id": NOWHERE})
    assert (answer.status, answer.body) == (404, {"detail": "Deployment not found"})


async def test_a_missing_deployment_is_500_with_its_own_text(api):
    """Never 404, whatever the id looks like."""
    for path in (f"/deployment/{NOWHERE}", "/deployment/abc"):
        answer = await api("GET", path)
        assert (answer.status, answer.body) == (500, {"detail": "Internal server error"})


async def test_an_unhandled_fault_is_plain_text_and_closes_without_saying_so(api, session, gateway):
    """The next request needs a new connection, though the answer named no close."""
    headers = {"Authorization": f"Bearer {gateway.key}"}
    async with session.get(f"{gateway.base_url}/workflow/abc", headers=headers) as response:
        assert (response.status, await response.text()) == (500, "Internal Server Error")
        assert response.content_type == "text/plain"
        assert "Connection" not in response.headers
        connection = response.connection
    assert connection is None or not connection.transport or connection.transport.is_closing()


async def test_seeded_deployments(api):
    """All are in production on this machine, whole, with the inputs the service would list (no seed)."""
    answer = await api("GET", "/deployments")
    assert [found["workflow"]["name"] for found in answer.body] == [
        "text-to-picture",
        "picture-to-picture",
        "picture-with-lora",
        "train-lora",
    ]
    words, picture, *_ = answer.body
    assert [field["input_id"] for field in words["input_types"]] == [
        "prompt",
        "steps",
        "style",
        "width",
        "height",
    ]
    assert [field["input_id"] for field in picture["input_types"]][-2:] == ["input_image", "strength"]
    style = next(field for field in words["input_types"] if field["input_id"] == "style")
    assert {"dusk", "sea", "forest", "ink"} < set(style["enum_options"])
    assert words["output_types"] == []
    assert words["version"]["workflow_api"]["2"]["class_type"] == "ComfyUIDeployExternalSeed"
    nodes = {node["id"]: node for node in words["version"]["workflow"]["nodes"]}
    assert nodes[1]["widgets_values"][0] == "prompt"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}000Z", words["created_at"])
    one = await api("GET", f"/deployment/{words['id']}")
    assert one.body == words


async def test_deployments_are_filtered_and_paged(api):
    """By environment (422 for none), page_size and offset; serverless ones with an image need is_fluid."""
    assert (await api("GET", "/deployments?environment=staging")).body == []
    assert len((await api("GET", "/deployments?environment=production&page_size=1&offset=1")).body) == 1
    for query in ("environment=nowhere", "page_size=many", "is_fluid=maybe"):
        assert (await api("GET", f"/deployments?{query}")).status == 422
    shown = (await api.deployment())["id"]
    await api.gateway._running.database.do(lambda tables: _give_image(tables, shown))
    assert shown not in [found["id"] for found in (await api("GET", "/deployments")).body]
    assert shown in [found["id"] for found in (await api("GET", "/deployments?is_fluid=true")).body]


def _give_image(tables: Tables, deployment_id: str) -> None:
    from stationthis_sdk.local.rows.workflows import Deployment

    tables.change(Deployment, deployment_id, modal_image_id="im-1")


async def _new_workflow(api, graph=None, machine=None, name="mine"):
    machine_id = None
    if machine:
        machines = (await api("GET", "/machines")).body
        machine_id = next(found["id"] for found in machines if found["name"] == machine)
    body = {
        "name": name,
        "workflow_json": "{}",
        "workflow_api": json.dumps(graph or {}),
        "machine_id": machine_id,
    }
    answer = await api("POST", "/workflow", json=body)
    assert answer.status == 200, answer
    return answer.body


async def test_making_a_workflow(api):
    """The answer is two ids; with a machine a preview deployment is made; bad JSON and machines are refused."""
    made = await _new_workflow(api, machine="classic-machine")
    assert set(made) == {"workflow_id", "machine_id"}
    preview = (await api("GET", "/deployments?environment=preview")).body
    assert [found["workflow_id"] for found in preview] == [made["workflow_id"]]
    answer = await api("POST", "/workflow", json={"name": "x", "workflow_json": "{oops"})
    assert (answer.status, answer.body) == (400, {"error": "Invalid JSON format"})
    answer = await api("POST", "/workflow", json={"name": "x", "workflow_json": "{}", "machine_id": NOWHERE})
    assert (answer.status, answer.body) == (404, {"error": "Machine not found"})


async def test_versions_and_their_timestamps(api):
    """Each place has the format the service uses there, the malformed one included."""
    workflow_id = (await _new_workflow(api))["workflow_id"]
    body = {"workflow": {"nodes": []}, "workflow_api": {}, "comment": "second"}
    made = (await api("POST", f"/workflow/{workflow_id}/version", json=body)).body
    assert made["version"] == 2
    assert re.fullmatch(r"[\d-]{10}T[\d:]{8}\.\d{6}\+00Z", made["created_at"])
    workflow = (await api("GET", f"/workflow/{workflow_id}?limit=5")).body
    assert [version["version"] for version in workflow["versions"]] == [2, 1]
    assert re.fullmatch(r"[\d-]{10} [\d:]{8}\.\d{6}", workflow["created_at"])
    assert re.fullmatch(r"[\d-]{10}T[\d:]{8}\.\d{6}", workflow["versions"][0]["created_at"])
    version = (await api("GET", f"/workflow-version/{made['id']}")).body
    assert version["comment"] == "second"
    assert re.fullmatch(r"[\d-]{10}T[\d:]{8}\.\d{3}Z", version["created_at"])
    machine = (await api("GET", "/machines")).body[0]
    assert re.fullmatch(r"[\d-]{10}T[\d:]{8}\.\d{6}", machine["created_at"])


async def test_workflows_and_versions_that_are_not_there(api):
    """404, 500 with a 404 inside, 422, and a plain 500 for a workflow id that is no UUID."""
    assert (await api("GET", f"/workflow/{NOWHERE}")).status == 404
    body = {"workflow": {}, "workflow_api": {}}
    answer = await api("POST", f"/workflow/{NOWHERE}/version", json=body)
    assert (answer.status, answer.body) == (500, {"detail": "404: Workflow not found"})
    assert (await api("GET", f"/workflow-version/{NOWHERE}")).status == 404
    assert (await api("GET", "/workflow-version/abc")).status == 422


async def test_a_deployment_is_put_in_place(api):
    """One for each workflow and environment: the same id comes back; each error is told as the service does."""
    given = await api.deployment()
    body = {name: given[name] for name in ("workflow_id", "workflow_version_id", "machine_id")}
    made = await api("POST", "/deployment", json={**body, "environment": "staging"})
    assert made.status == 200
    assert made.body["version"] is made.body["input_types"] is None
    again = await api("POST", "/deployment", json={**body, "environment": "staging"})
    assert again.body["id"] == made.body["id"]
    without = {name: value for name, value in body.items() if name != "machine_id"}
    answer = await api("POST", "/deployment", json={**without, "environment": "staging"})
    assert (answer.status, answer.body) == (400, {"detail": "Machine ID or Machine Version ID is required"})
    for changed, said in (
        ({"machine_id": NOWHERE}, "404: Machine not found"),
        ({"workflow_id": NOWHERE}, "404: Workflow not found"),
        ({"workflow_version_id": NOWHERE}, NOWHERE),
        ({"environment": "prod"}, '"prod"'),
    ):
        answer = await api("POST", "/deployment", json={**body, "environment": "staging", **changed})
        assert answer.status == 500
        assert answer.body["detail"].startswith("Internal server error: ")
        assert said in answer.body["detail"]


async def test_share_slugs(api):
    """A share has a slug, which two shares of a workflow can't both have; a private one loses it when posted again."""
    given = await api.deployment()
    body = {name: given[name] for name in ("workflow_id", "workflow_version_id", "machine_id")}
    made = await api("POST", "/deployment", json={**body, "environment": "private-share"})
    assert made.body["share_slug"] == "user-local_text-to-picture"
    assert (await api("POST", "/deployment", json={**body, "environment": "public-share"})).status == 500
    again = await api("POST", "/deployment", json={**body, "environment": "private-share"})
    assert again.body["share_slug"] is None


async def test_enum_options_that_are_no_list_break_every_answer_with_the_deployment(api):
    """The whole list is a plain 500, as in the service."""
    enum = {"class_type": "ComfyUIDeployExternalEnum", "inputs": {"input_id": "x", "options": "a, b"}}
    await _new_workflow(api, {"1": enum}, "this-machine")
    answer = await api("GET", "/deployments")
    assert (answer.status, answer.body) == (500, b"Internal Server Error")


async def test_others_see_nothing(api, gateway):
    """Another owner's key lists nothing, can't read or cancel a run, and finds no deployment."""
    from tests.local.conftest import Api

    other = Api(gateway, api.session, await gateway.add_key("user_two"))
    deployment = await api.deployment()
    run_id = await api.submit()
    for path in ("/deployments", "/machines"):
        assert (await other("GET", path)).body == []
    assert (await other("GET", f"/run/{run_id}")).status == 403
    assert (await other("POST", f"/run/{run_id}/cancel")).status == 500
    assert (await other("GET", f"/deployment/{deployment['id']}")).status == 500
    assert (await other("GET", f"/workflow/{deployment['workflow_id']}")).status == 404
    answer = await other("POST", "/run/deployment/queue", json={"deployment_id": deployment["id"]})
    assert answer.status == 404


async def test_anyone_with_a_key_runs_a_public_share(api, gateway):
    """And its owner may read that run too."""
    from tests.local.conftest import Api

    given = await api.deployment()
    body = {name: given[name] for name in ("workflow_id", "workflow_version_id", "machine_id")}
    shared = (await api("POST", "/deployment", json={**body, "environment": "public-share"})).body
    other = Api(gateway, api.session, await gateway.add_key("user_two"))
    inputs = {"steps": 1, "width": 64, "height": 64}
    submitted = await other(
        "POST", "/run/deployment/queue", json={"deployment_id": shared["id"], "inputs": inputs}
    )
    run = await other.ended(submitted.body["run_id"])
    assert run["status"] == "success"
    assert (await api("GET", f"/run/{run['id']}")).body["user_id"] == "user_two"


async def test_machines(api):
    """Both seeded machines, newest first, searched, filtered and paged."""
    listed = (await api("GET", "/machines")).body
    assert [(found["name"], found["type"], found["status"]) for found in listed] == [
        ("classic-machine", "classic", "ready"),
        ("this-machine", "comfy-deploy-serverless", "ready"),
    ]
    assert listed[1]["gpu"] == "CPU"
    assert [found["name"] for found in (await api("GET", "/machines?search=THIS")).body] == ["this-machine"]
    assert [found["name"] for found in (await api("GET", "/machines?is_self_hosted=true")).body] == [
        "classic-machine"
    ]
    assert (await api("GET", "/machines?is_deleted=true")).body == []
    assert [found["name"] for found in (await api("GET", "/machines?limit=1&offset=1")).body] == [
        "this-machine"
    ]


async def test_the_legacy_outputs_name_themselves_by_their_first_widget(api):
    """Only the two old output classes are output_types."""
    graph = {
        "7": {"class_type": "ComfyDeployStdOutputImage", "inputs": {}},
        "8": {"class_type": "SaveImage", "inputs": {}},
    }
    nodes = [{"id": 7, "type": "ComfyDeployStdOutputImage", "widgets_values": ["hero", "png"]}]
    machine_id = (await api("GET", "/machines")).body[0]["id"]
    body = {
        "name": "old",
        "workflow_json": json.dumps({"nodes": nodes}),
        "workflow_api": json.dumps(graph),
        "machine_id": machine_id,
    }
    await api("POST", "/workflow", json=body)
    (shown,) = (await api("GET", "/deployments?environment=preview")).body
    assert shown["output_types"] == [{"class_type": "ComfyDeployStdOutputImage", "output_id": "hero"}]
