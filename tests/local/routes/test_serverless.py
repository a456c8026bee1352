"""Serverless machines: builds by the gateway's clock, versions, going back, and what they are built of."""

import asyncio
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stationthis_sdk.local.machines.builds import docker_commands, machine_hash
from tests.local.routes.people import HOSTILE_IDS, NOWHERE, machine_named

KILN = {"name": "kiln", "gpu": "L4"}
NODE = {
    "type": "custom-node",
    "id": "n",
    "data": {"url": "https://github.com/ada/ComfyUI-Kiln", "hash": "c" * 40},
}


async def _made(api, **more):
    answer = await api("POST", "/machine/serverless", json={**KILN, **more})
    assert answer.status == 200, answer
    return answer.body


async def _versions(api, machine_id):
    listed = (await api("GET", f"/machine/serverless/{machine_id}/versions")).body
    return [(one["version"], one["status"]) for one in listed]


async def test_a_new_machine_builds_and_is_ready_soon_after(api, gateway):
    """With the service's usual settings and a first version; no endpoint until it is ready."""
    made = await _made(api)
    assert (made["status"], made["endpoint"], made["gpu"]) == ("building", "not-ready", "L4")
    assert (made["concurrency_limit"], made["run_timeout"], made["idle_timeout"]) == (1, 300, 60)
    assert made["docker_command_steps"] == {"steps": []}
    assert made["comfyui_version"] == "094306b626e9cf505690c5d8b445032b3b8a36fa"
    assert await _versions(api, made["id"]) == [(1, "building")]
    gateway.clock.advance(60)
    one = (await api("GET", f"/machine/{made['id']}")).body
    assert (one["status"], one["machine_version_id"]) == ("ready", made["machine_version_id"])
    assert one["endpoint"] == gateway.base_url.removesuffix("/api")
    assert await _versions(api, made["id"]) == [(1, "ready")]


async def test_waiting_for_the_build(api, strict):
    """The answer still says building, as the service's does; a strict gateway says how it is."""
    told = []
    for asked in (api, strict):
        waiting = asyncio.create_task(_made(asked, wait_for_build=True))
        while not waiting.done():  # time goes by quicker here
            asked.gateway.clock.advance(0.5)
            await asyncio.sleep(0.01)
        made = waiting.result()
        told.append(made["status"])
        assert (await asked("GET", f"/machine/{made['id']}")).body["status"] == "ready"
    assert told == ["building", "ready"]


async def test_it_runs_on_the_gateways_own_engine(api):
    """Whatever card it names, its runs are carried out, with its own time limit."""
    made = await _made(api, run_timeout=77)
    body = {**await api.workflow_body({}), "machine_id": made["id"]}
    node = {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0}}
    save = {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "a"}}
    body["workflow_api_json"] = {"1": node, "2": save}
    run_id = (await api("POST", "/run/workflow/queue", json=body)).body["run_id"]
    run = await api.ended(run_id)
    assert (run["status"], run["gpu"], run["machine_type"]) == ("success", "L4", "comfy-deploy-serverless")


async def test_changes_of_what_is_built_make_a_version(api, gateway):
    """The name, the card and what is kept warm change without one; null and the same again change nothing."""
    made = await _made(api)
    path = f"/machine/serverless/{made['id']}"
    for body in (
        {"name": "oven"},
        {"gpu": "H100"},
        {"keep_warm": 2},
        {"extra_args": None, "concurrency_limit": 1},
        {},
    ):
        changed = (await api("PATCH", path, json=body)).body
        assert changed["machine_version_id"] == made["machine_version_id"], body
    assert (changed["name"], changed["gpu"], changed["keep_warm"]) == ("oven", "H100", 2)
    gateway.clock.advance(60)
    changed = (await api("PATCH", path, json={"extra_args": "--lowvram"})).body
    assert (changed["status"], changed["extra_args"]) == ("building", "--lowvram")
    assert await _versions(api, made["id"]) == [(2, "building"), (1, "ready")]
    await api("PATCH", path, json={"is_trigger_rebuild": True})
    await api("PATCH", path, json={"install_custom_node_with_gpu": True})
    await api("PATCH", path, json={"gpu": "T4"})  # nodes are installed on a card now
    assert [number for number, _ in await _versions(api, made["id"])] == [5, 4, 3, 2, 1]


async def test_changes_at_once_each_have_a_number_of_their_own(api):
    """Versions are counted without gaps, and the last one is the machine's."""
    made = await _made(api)
    path = f"/machine/serverless/{made['id']}"
    await asyncio.gather(*(api("PATCH", path, json={"extra_args": f"--n {n}"}) for n in range(10)))
    assert [number for number, _ in await _versions(api, made["id"])] == [*range(11, 0, -1)]
    one = (await api("GET", f"/machine/{made['id']}")).body
    last = (await api("GET", f"{path}/versions/{one['machine_version_id']}")).body
    assert (last["version"], last["extra_args"]) == (11, one["extra_args"])


async def test_only_serverless_machines_are_changed_so(api):
    """Another type is a 400, an unknown one a 404."""
    classic = await machine_named(api, "classic-machine")
    path = f"/machine/serverless/{classic}"
    for method, where, body in (
        ("PATCH", path, {}),
        ("POST", f"{path}/rollback", {"version": 1}),
        ("GET", f"/machine/{classic}/docker-commands", None),
    ):
        assert (await api(method, where, json=body)).status == 400, where
    assert (await api("PATCH", f"/machine/serverless/{NOWHERE}", json={})).status == 404
    assert (await api("GET", f"{path}/versions")).body == []


async def test_going_back(api, gateway):
    """The older version is built again with its settings, by id or number; the id wins; the current one is a 400."""
    made = await _made(api)
    first = made["machine_version_id"]
    path = f"/machine/serverless/{made['id']}"
    changed = (await api("PATCH", path, json={"extra_args": "--cpu", "concurrency_limit": 3})).body
    second = changed["machine_version_id"]
    gateway.clock.advance(60)
    old = (await api("GET", f"{path}/versions/{first}")).body
    back = (await api("POST", f"{path}/rollback", json={"version": 1})).body
    assert (back["machine_version_id"], back["status"]) == (first, "building")
    assert (back["extra_args"], back["concurrency_limit"]) == (None, 1)
    assert (await api("GET", f"{path}/versions/{first}")).body["created_at"] > old["created_at"]
    assert await _versions(api, made["id"]) == [(2, "ready"), (1, "building")]
    answer = await api("POST", f"{path}/rollback", json={"machine_version_id": second, "version": 1})
    assert answer.body["machine_version_id"] == second
    for body in ({"machine_version_id": second}, {"version": 2}, {}, {"version": None}):
        assert (await api("POST", f"{path}/rollback", json=body)).status == 400, body
    for body in ({"version": 9}, {"machine_version_id": NOWHERE}):
        assert (await api("POST", f"{path}/rollback", json=body)).status == 404, body
    answer = await api("PATCH", f"{path}?rollback_version_id={first}", json={"name": "oven"})
    assert (answer.body["machine_version_id"], answer.body["name"]) == (first, "oven")
    assert (await api("PATCH", f"{path}?rollback_version_id=x", json={})).status == 422


async def test_a_version_of_another_machine_is_none_of_this_one(api):
    """Neither read nor gone back to."""
    one, other = await _made(api), await _made(api)
    path = f"/machine/serverless/{one['id']}"
    foreign = other["machine_version_id"]
    assert (await api("GET", f"{path}/versions/{foreign}")).status == 404
    assert (await api("POST", f"{path}/rollback", json={"machine_version_id": foreign})).status == 404


async def test_versions_are_listed_and_read(api, gateway):
    """Few fields in lists, newest first and paged; all settings alone, with the image once it is built."""
    made = await _made(api, cpu_limit=2.5, memory_limit=4096, models_to_cache=["a.safetensors"])
    path = f"/machine/serverless/{made['id']}/versions"
    await api("PATCH", f"/machine/serverless/{made['id']}", json={"run_timeout": 900})
    listed = (await api("GET", path)).body
    assert listed[0].keys() == {
        "id", "machine_id", "version", "user_id", "created_at", "updated_at", "comfyui_version", "gpu", "status", "org_id"
    }  # fmt: skip
    assert [one["version"] for one in (await api("GET", f"{path}?limit=1&offset=1")).body] == [1]
    assert (await api("GET", f"{path}/all")).body == listed
    one = (await api("GET", f"{path}/{listed[1]['id']}")).body
    assert (one["cpu_limit"], one["memory_limit"], one["run_timeout"]) == (2.5, 4096, 300)
    assert one["modal_image_id"] is None
    gateway.clock.advance(60)
    assert (await api("GET", f"{path}/{listed[1]['id']}")).body["modal_image_id"].startswith("im-")


@pytest.mark.parametrize("odd", HOSTILE_IDS)
async def test_ids_that_are_none(api, odd):
    """422 wherever the contract has one; what a version said is empty for any id that is no version's."""
    for method, path in (
        ("PATCH", f"/machine/serverless/{odd}"),
        ("POST", f"/machine/serverless/{odd}/rollback"),
        ("GET", f"/machine/serverless/{odd}/files"),
        ("GET", f"/machine/serverless/{odd}/versions"),
        ("GET", f"/machine/serverless/{odd}/versions/all"),
        ("GET", f"/machine/serverless/{NOWHERE}/versions/{odd}"),
    ):
        assert (await api(method, path, json={"version": 1})).status == 422, (method, path)
    answer = await api("GET", f"/machine-version/{odd}/error-start-logs")
    assert (answer.status, answer.body) == (200, {"logs": []})


@pytest.mark.parametrize(
    "steps",
    [
        {"steps": "RUN true"},
        {"steps": ["RUN true"]},
        {"steps": [{"type": "spell", "data": "abracadabra"}]},
        {"steps": [{"type": "commands", "data": ["RUN true"]}]},
        {"steps": [{"type": "custom-node", "data": {"url": "git@github.com:ada/kiln"}}]},
        {"steps": [{"type": "custom-node-manager", "data": {}}]},
    ],
)
async def test_steps_nobody_could_follow_fail_the_build(api, people, gateway, steps):
    """The machine is in error after its build and its version says why, for four hours, to its owner alone."""
    made = await _made(api, docker_command_steps=steps)
    said = f"/machine-version/{made['machine_version_id']}/error-start-logs"
    assert (await api("GET", said)).body == {"logs": []}
    gateway.clock.advance(60)
    assert (await api("GET", f"/machine/{made['id']}")).body["status"] == "error"
    (line,) = (await api("GET", said)).body["logs"]
    assert line["logs"].startswith("docker_command_steps: ")
    assert (await people.stranger("GET", said)).body == {"logs": []}
    mended = await api("PATCH", f"/machine/serverless/{made['id']}", json={"docker_command_steps": {}})
    assert mended.body["status"] == "building"
    gateway.clock.advance(60)
    assert (await api("GET", f"/machine/{made['id']}")).body["status"] == "ready"
    gateway.clock.advance(4 * 3600)
    assert (await api("GET", said)).body == {"logs": []}


async def test_docker_commands_follow_the_steps(api, gateway):
    """In the order of the steps, with the owner's own before and after; the hash is of these commands."""
    extra = [{"when": "after", "commands": ["RUN b"]}, {"when": "before", "commands": ["RUN a"]}]
    steps = {"steps": [NODE, {"type": "commands", "id": "c", "data": "RUN one\nRUN two"}]}
    made = await _made(api, docker_command_steps=steps, extra_docker_commands=extra, python_version="3.12")
    shown = (await api("GET", f"/machine/{made['id']}/docker-commands")).body
    assert shown["docker_commands"][0] == ["RUN a"]
    assert shown["docker_commands"][-2:] == [["RUN one", "RUN two"], ["RUN b"]]
    assert f"RUN git reset --hard {'c' * 40}" in shown["docker_commands"][2]
    assert (shown["machine_hash"], shown["python_version"]) == (made["machine_hash"], "3.12")
    assert shown["machine_version"] == {"id": made["machine_version_id"], "modal_image_id": None}
    gateway.clock.advance(60)
    shown = (await api("GET", f"/machine/{made['id']}/docker-commands")).body
    assert shown["machine_version"]["modal_image_id"].startswith("im-")


async def test_the_folder_of_custom_nodes(api, gateway):
    """One folder for each node of the build; nothing until it is built, and no way out of it."""
    made = await _made(api, docker_command_steps={"steps": [NODE]})
    path = f"/machine/serverless/{made['id']}/files"
    assert (await api("GET", path)).status == 404
    gateway.clock.advance(60)
    for query in ("", "?path=/", "?path=ComfyUI-Kiln/.."):
        shown = (await api("GET", f"{path}{query}")).body
        assert (shown["path"], shown["directories"]) == ("/comfyui/custom_nodes/", ["ComfyUI-Kiln"])
        assert shown["contents"] == {"ComfyUI-Kiln": {"type": "directory"}}
    inside = (await api("GET", f"{path}?path=ComfyUI-Kiln/")).body
    assert (inside["directories"], inside["files"], inside["contents"]) == ([], [], {})
    for out in ("..", "ComfyUI-Kiln/../..", "/../etc", "%2e%2e%2fetc"):
        assert (await api("GET", f"{path}?path={out}")).status == 403, out
    for nowhere in ("ComfyUI-Oven", "ComfyUI-Kiln/src", "%00", "a" * 5000):
        assert (await api("GET", f"{path}?path={nowhere}")).status == 404
    never = await machine_named(api)
    assert (await api("GET", f"/machine/serverless/{never}/files")).status == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("gpu", "toaster"),
        ("gpu", None),
        ("comfyui_version", "master"),
        ("comfyui_version", "c" * 41),
        ("docker_command_steps", [1]),
        ("docker_command_steps", {"steps": ["\ud800"]}),
        ("docker_command_steps", {"steps": [math.nan]}),
        ("extra_docker_commands", {"when": "before"}),
        ("extra_docker_commands", [{"when": "later", "commands": []}]),
        ("extra_docker_commands", [{"when": "after"}]),
        ("extra_docker_commands", [{"when": "after", "commands": [1]}]),
        ("extra_docker_commands", ["RUN true"]),
        ("machine_builder_version", "9"),
        ("concurrency_limit", 0),
        ("concurrency_limit", 2**31),
        ("concurrency_limit", 10**400),
        ("run_timeout", -1),
        ("run_timeout", 1.5),
        ("run_timeout", "soon"),
        ("run_timeout", [1]),
        ("idle_timeout", 2**31),
        ("keep_warm", -1),
        ("cpu_limit", math.inf),
        ("cpu_limit", -0.5),
        ("cpu_limit", "much"),
        ("memory_limit", 2**63),
        ("models_to_cache", ["a", 1]),
        ("models_to_cache", "a"),
        ("extra_args", "x" * 200_000),
        ("disable_metadata", "perhaps"),
        ("wait_for_build", 7),
    ],
)
async def test_settings_that_do_not_fit(api, field, value):
    """Each is a 422 that names its place, when making a machine and when changing one; nothing is changed."""
    answer = await api("POST", "/machine/serverless", json={**KILN, field: value})
    assert answer.status == 422
    assert answer.body["detail"][0]["loc"][:2] == ["body", field]
    if field == "wait_for_build" or value is None:
        return
    made = await _made(api)
    path = f"/machine/serverless/{made['id']}"
    assert (await api("PATCH", path, json={"name": "oven", field: value})).status == 422
    assert (await api("GET", f"/machine/{made['id']}")).body["name"] == "kiln"


async def test_numbers_written_as_text_count(api):
    """As the service takes them."""
    made = await _made(api, run_timeout="77", concurrency_limit=2.0, cpu_limit="1.5", disable_metadata="no")
    assert (made["run_timeout"], made["concurrency_limit"]) == (77, 2)
    assert (made["cpu_limit"], made["disable_metadata"]) == (1.5, False)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
STEP = st.fixed_dictionaries(
    {"type": st.sampled_from(["commands", "custom-node", "custom-node-manager"]), "data": JSON}
)


@given(steps=st.lists(STEP | JSON, max_size=4) | JSON)
def test_any_steps_have_commands_and_a_hash(steps):
    """Whatever stands in them, nothing breaks, and the same steps give the same hash."""
    made = {"docker_command_steps": {"steps": steps}}
    commands = docker_commands(made)
    assert all(isinstance(line, str) for lines in commands for line in lines)
    assert machine_hash(made) == machine_hash({"docker_command_steps": {"steps": steps}})


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.dictionaries(
        st.sampled_from(["name", "gpu", "extra_args", "docker_command_steps", "keep_warm"]), JSON
    )
)
async def test_any_body_is_answered(api, body):
    """A machine or a 422, and the list can be read afterwards."""
    answer = await api("POST", "/machine/serverless", json={**KILN, **body})
    assert answer.status in {200, 422}
    assert (await api("GET", "/machines?limit=1&include_docker_command_steps=true")).status == 200
