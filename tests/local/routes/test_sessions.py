"""Sessions: an open door until the gateway's clock says otherwise, their limits, and what is kept of them."""

import asyncio
import re

import pytest

from stationthis_sdk.local import Gateway
from tests.local.conftest import ENDLESS, Api, picture_graph
from tests.local.routes.people import HOSTILE_IDS, NOWHERE, machine_named, machine_of

NAIVE = re.compile(r"[\d-]{10}T[\d:]{8}\.\d{6}")
GONE = {"detail": "GPUEvent not found"}


async def _opened(api, machine_id=None, **more):
    machine_id = machine_id or await machine_named(api)
    answer = await api("POST", "/session", json={"machine_id": machine_id, **more})
    assert answer.status == 200, answer
    return answer.body["session_id"]


async def _dynamic(api, **more):
    answer = await api("POST", "/session/dynamic", json=more)
    assert answer.status == 200, answer
    return answer.body["session_id"]


async def test_a_session_of_the_gateways_own_engine_is_a_page_of_the_gateway(api, gateway):
    """The address comes at once only when waited for; reading tells it, with the card and the end."""
    here = await machine_named(api)
    answer = await api("POST", "/session", json={"machine_id": here, "timeout": 10, "gpu": "T4"})
    assert answer.body["url"] is None
    session_id = answer.body["session_id"]
    one = (await api("GET", f"/session/{session_id}")).body
    base = gateway.base_url.removesuffix("/api")
    assert one["url"] == f"{base}/#session={session_id}"
    assert (one["session_id"], one["gpu"], one["timeout"], one["status"]) == (session_id, "T4", 10, "running")
    assert one["org_id"] == "None"
    assert NAIVE.fullmatch(one["created_at"])
    assert NAIVE.fullmatch(one["timeout_end"])
    waited = await api("POST", "/session", json={"machine_id": here, "wait_for_server": True})
    assert waited.body["url"] == f"{base}/#session={waited.body['session_id']}"
    assert (await api("GET", f"/session/{waited.body['session_id']}")).body["timeout"] == 15


async def test_a_session_of_ones_own_comfyui_is_its_address(api):
    """Where a serverless machine has an endpoint."""
    here = await machine_of(api, "user_local", endpoint="http://127.0.0.1:8188")
    answer = await api("POST", "/session", json={"machine_id": here, "wait_for_server": True})
    assert answer.body["url"] == "http://127.0.0.1:8188"


async def test_waiting_for_a_machine_that_builds(api, gateway):
    """The address comes once it is built."""
    made = (await api("POST", "/machine/serverless", json={"name": "kiln", "gpu": "L4"})).body
    body = {"machine_id": made["id"], "wait_for_server": True}
    waiting = asyncio.create_task(api("POST", "/session", json=body))
    while not waiting.done():  # time goes by quicker here
        gateway.clock.advance(0.5)
        await asyncio.sleep(0.01)
    answer = waiting.result().body
    assert answer["url"].endswith(f"#session={answer['session_id']}")
    one = (await api("GET", f"/session/{answer['session_id']}")).body
    assert (one["machine_version_id"], one["gpu"]) == (made["machine_version_id"], "L4")


async def test_other_machines_have_no_sessions(api):
    """Another type is a 400, an unknown or deleted machine a 404."""
    classic = await machine_named(api, "classic-machine")
    assert (await api("POST", "/session", json={"machine_id": classic})).status == 400
    deleted = await machine_of(api, "user_local", deleted=1)
    for machine_id in (NOWHERE, deleted):
        assert (await api("POST", "/session", json={"machine_id": machine_id})).status == 404


async def test_five_are_open_at_once_on_a_machine(api, gateway):
    """A sixth is a 400, until one ends or its time is over; another machine has its own five."""
    ids = [await _opened(api) for _ in range(5)]
    body = {"machine_id": await machine_named(api)}
    assert (await api("POST", "/session", json=body)).status == 400
    await _opened(api, await machine_of(api, "user_local"))
    await api("DELETE", f"/session/{ids[0]}")
    await _opened(api)
    assert (await api("POST", "/session", json=body)).status == 400
    gateway.clock.advance(16 * 60)
    await _opened(api)


async def test_five_are_the_most_however_quickly_they_are_asked_for(api):
    """Of twenty at once five are opened."""
    body = {"machine_id": await machine_named(api)}
    answers = await asyncio.gather(*(api("POST", "/session", json=body) for _ in range(20)))
    assert sorted(answer.status for answer in answers) == [200] * 5 + [400] * 15
    assert len((await api("GET", "/sessions")).body) == 5


async def test_the_clock_ends_sessions(api, gateway):
    """At its end a session is not found any more, in no operation, nor in the list."""
    session_id = await _opened(api, timeout=10)
    gateway.clock.advance(10 * 60 - 5)
    assert (await api("GET", f"/session/{session_id}")).status == 200
    gateway.clock.advance(6)
    assert (await api("GET", "/sessions")).body == []
    for method, path, body in (
        ("GET", f"/session/{session_id}", None),
        ("DELETE", f"/session/{session_id}", None),
        ("POST", f"/session/{session_id}/increase-timeout", {"minutes": 1}),
        ("POST", f"/session/{session_id}/snapshot", {}),
    ):
        answer = await api(method, path, json=body)
        assert (answer.status, answer.body) == (404, GONE), path


async def test_the_longest_session_there_may_be(api):
    """Thousands of years are told without a fault."""
    session_id = await _opened(api, timeout=2**31 - 1)
    one = (await api("GET", f"/session/{session_id}")).body
    assert (one["timeout"], one["timeout_end"][:2]) == (2**31 - 1, "61")


async def test_ending_a_session(api):
    """Then it is not found, and ending it again says so."""
    session_id = await _opened(api)
    answer = await api("DELETE", f"/session/{session_id}?wait_for_shutdown=true")
    assert (answer.status, answer.body) == (200, {"success": True})
    assert (await api("DELETE", f"/session/{session_id}")).status == 404
    assert (await api("DELETE", f"/session/{session_id}?wait_for_shutdown=perhaps")).status == 422


async def test_the_list_has_the_open_ones_latest_first(api):
    """Of one machine when asked; an id that is none has none."""
    other = await machine_of(api, "user_local")
    first, second, third = await _opened(api), await _opened(api, other), await _opened(api)
    await api("DELETE", f"/session/{third}")
    listed = (await api("GET", "/sessions")).body
    assert [one["id"] for one in listed] == [second, first]
    assert listed[1] == (await api("GET", f"/session/{first}")).body
    assert [one["id"] for one in (await api("GET", f"/sessions?machine_id={other}")).body] == [second]
    for odd in HOSTILE_IDS:
        assert (await api("GET", f"/sessions?machine_id={odd}")).body == []


async def test_a_session_lasts_longer(api, gateway):
    """The end moves, what was first asked for stays; more than an hour from now is a 400."""
    session_id = await _opened(api, timeout=10)
    path = f"/session/{session_id}"
    before = (await api("GET", path)).body
    answer = await api("POST", f"{path}/increase-timeout", json={"minutes": 5})
    assert (answer.status, answer.body) == (200, {"message": "Timeout increased successfully"})
    after = (await api("GET", path)).body
    assert after["timeout_end"] > before["timeout_end"]
    assert after["timeout"] == 10
    for minutes in (46, 2**31 - 1, 0, -5):
        answer = await api("POST", f"{path}/increase-timeout", json={"minutes": minutes})
        assert answer.status == 400, minutes
    for minutes in (None, "soon", 1.5, 10**30, [5]):
        answer = await api("POST", f"{path}/increase-timeout", json={"minutes": minutes})
        assert answer.status == 422, minutes
    gateway.clock.advance(14 * 60)
    assert (await api("GET", path)).status == 200
    gateway.clock.advance(2 * 60)
    assert (await api("GET", path)).status == 404


async def test_the_runners_way_leaves_the_told_end_as_it_is(api, gateway, strict):
    """The session lasts longer all the same; a strict gateway tells the new end."""
    for asked, same in ((api, True), (strict, False)):
        here = await machine_named(asked)
        session_id = await _opened(asked, timeout=10)
        path = f"/session/{session_id}"
        before = (await asked("GET", path)).body
        body = {"machine_id": here, "session_id": session_id, "timeout": 5, "gpu": "CPU"}
        assert (await asked("POST", "/session/increase-timeout", json=body)).status == 200
        after = (await asked("GET", path)).body
        assert (after["timeout_end"] == before["timeout_end"]) is same
        assert after["timeout"] == 15
        asked.gateway.clock.advance(14 * 60)
        assert (await asked("GET", path)).status == 200
        for change in ({"machine_id": NOWHERE}, {"session_id": NOWHERE}):
            answer = await asked("POST", "/session/increase-timeout", json={**body, **change})
            assert answer.status == 404
        for change in ({"timeout": 61}, {"timeout": 0}, {"gpu": None}, {"session_id": "x"}):
            answer = await asked("POST", "/session/increase-timeout", json={**body, **change})
            assert answer.status == 422


async def test_nobody_elses_session_is_seen_or_touched(people):
    """Nor opened on another's machine; an organisation's is its members'."""
    api = people.owner
    session_id = await _opened(api)
    here = await machine_named(api)
    by_runner = {"machine_id": here, "session_id": session_id, "timeout": 5, "gpu": "CPU"}
    for other in people.foreign:
        assert (await other("GET", "/sessions")).body == []
        for method, path, body in (
            ("GET", f"/session/{session_id}", None),
            ("DELETE", f"/session/{session_id}", None),
            ("POST", f"/session/{session_id}/increase-timeout", {"minutes": 1}),
            ("POST", "/session/increase-timeout", by_runner),
            ("POST", f"/session/{session_id}/snapshot", {}),
            ("POST", "/session", {"machine_id": here}),
        ):
            assert (await other(method, path, json=body)).status == 404, path
        assert (await other("POST", "/session/dynamic", json={"machine_id": here})).status == 400
    assert (await api("GET", f"/session/{session_id}")).status == 200
    theirs = await machine_of(api, "user_local", "org_acme")
    shared = await _opened(people.member, theirs)
    one = (await people.colleague("GET", f"/session/{shared}")).body
    assert (one["org_id"], one["user_id"]) == ("org_acme", "user_local")


async def test_a_strict_gateway_has_no_word_for_no_organisation(strict):
    """Null, not the text "None"."""
    session_id = await _opened(strict)
    assert (await strict("GET", f"/session/{session_id}")).body["org_id"] is None


@pytest.mark.parametrize("odd", HOSTILE_IDS)
async def test_ids_that_are_none_are_not_found(api, odd):
    """The service validates no session id."""
    for method, path, body in (
        ("GET", f"/session/{odd}", None),
        ("DELETE", f"/session/{odd}", None),
        ("POST", f"/session/{odd}/increase-timeout", {"minutes": 1}),
        ("POST", f"/session/{odd}/snapshot", {"machine_name": "a"}),
    ):
        assert (await api(method, path, json=body)).status == 404, path


@pytest.mark.parametrize(
    "change",
    [
        {"machine_id": None},
        {"machine_id": "abc"},
        {"gpu": "toaster"},
        {"timeout": 0},
        {"timeout": "long"},
        {"timeout": 10**30},
        {"wait_for_server": "perhaps"},
    ],
)
async def test_bodies_that_do_not_fit(api, change):
    """Each is a 422, and no session is opened."""
    body = {"machine_id": await machine_named(api), **change}
    assert (await api("POST", "/session", json=body)).status == 422
    assert (await api("GET", "/sessions")).body == []


async def test_a_container_of_its_own_is_kept_as_a_machine(api):
    """Without a machine the snapshot needs a name; the version has what the container was made of."""
    session_id = await _dynamic(api, dependencies=["ada/ComfyUI-Kiln@" + "c" * 40], python_version="3.12")
    one = (await api("GET", f"/session/{session_id}")).body
    assert (one["gpu"], one["machine_id"], one["timeout"]) == ("A10G", None, 15)
    path = f"/session/{session_id}/snapshot"
    for body in ({}, {"machine_name": None}, {"machine_name": ""}):
        assert (await api("POST", path, json=body)).status == 400
    kept = (await api("POST", path, json={"machine_name": "kiln"})).body
    assert kept["version"] == 1
    listed = (await api("GET", "/machines?search=kiln")).body[0]
    machine = (await api("GET", f"/machine/{listed['id']}")).body
    assert (machine["machine_version_id"], machine["status"]) == (kept["version_id"], "ready")
    (step,) = machine["docker_command_steps"]["steps"]
    assert step["data"]["url"] == "https://github.com/ada/ComfyUI-Kiln"
    assert (machine["python_version"], machine["gpu"]) == ("3.12", "A10G")
    again = (await api("POST", path, json={})).body
    assert again["version"] == 2
    version = await api("GET", f"/machine/serverless/{listed['id']}/versions/{kept['version_id']}")
    assert version.body["modal_image_id"] == kept["image_id"]


async def test_a_container_of_a_machines_image_is_kept_as_its_newest_version(api):
    """The machine goes on from what the session has, without a body too; plain sessions can't be kept."""
    made = (await api("POST", "/machine/serverless", json={"name": "kiln", "gpu": "L4"})).body
    wanted = {"docker_command_steps": {"steps": [{"type": "commands", "id": "a", "data": "RUN true"}]}}
    session_id = await _dynamic(api, machine_id=made["id"], dependencies=wanted)
    one = (await api("GET", f"/session/{session_id}")).body
    assert one["machine_version_id"] == made["machine_version_id"]
    kept = (await api("POST", f"/session/{session_id}/snapshot")).body
    machine = (await api("GET", f"/machine/{made['id']}")).body
    assert (kept["version"], machine["machine_version_id"]) == (2, kept["version_id"])
    assert machine["docker_command_steps"] == wanted["docker_command_steps"]
    plain = await _opened(api, made["id"])
    assert (await api("POST", f"/session/{plain}/snapshot", json={})).status == 400


async def test_what_a_container_can_not_be_made_of(api):
    """A machine or version that is not there is a 400, a wrong form a 422; the address comes when waited for."""
    classic = await machine_named(api, "classic-machine")
    here = await machine_named(api)
    for body in (
        {"machine_id": NOWHERE},
        {"machine_id": classic},
        {"machine_id": here, "machine_version_id": NOWHERE},
    ):
        assert (await api("POST", "/session/dynamic", json=body)).status == 400, body
    for body in (
        {"machine_id": "abc"},
        {"gpu": "toaster"},
        {"comfyui_hash": "master"},
        {"dependencies": "ada/kiln"},
        {"dependencies": [1]},
        {"dependencies": {"docker_command_steps": []}},
        {"dependencies": {"extra_docker_commands": [1]}},
        {"timeout": -1},
    ):
        assert (await api("POST", "/session/dynamic", json=body)).status == 422, body
    waited = (await api("POST", "/session/dynamic", json={"wait_for_server": True})).body
    assert waited["url"].endswith(waited["session_id"])
    for _ in range(4):
        await _dynamic(api)
    assert (await api("POST", "/session/dynamic", json={})).status == 400


async def test_deleting_a_machine_ends_its_sessions(api):
    """Nobody works on in a machine that is gone."""
    made = (await api("POST", "/machine/serverless", json={"name": "kiln", "gpu": "L4"})).body
    session_id = await _opened(api, made["id"])
    await api("DELETE", f"/machine/{made['id']}")
    assert (await api("GET", f"/session/{session_id}")).status == 404


async def test_sessions_outlive_the_gateway(tmp_path, session):
    """A restart closes no door; the time goes on."""
    gateway = Gateway(tmp_path / "again")
    await gateway.start()
    opened = await _opened(Api(gateway, session))
    await gateway.stop()
    gateway = Gateway(tmp_path / "again")
    await gateway.start()
    api = Api(gateway, session)
    assert [one["id"] for one in (await api("GET", "/sessions")).body] == [opened]
    gateway.clock.advance(16 * 60)
    assert (await api("GET", "/sessions")).body == []
    await gateway.stop()


async def test_a_run_of_an_ended_session_is_cancelled_when_it_is_read(people):
    """Not before its session ends; another's run can't be ended by naming the session."""
    api = people.owner
    session_id = await _opened(api)
    event = (await api("GET", f"/session/{session_id}")).body["gpu_event_id"]
    run_id = await api.run_graph(picture_graph(**ENDLESS), gpu_event_id=event)
    other = await machine_of(api, "user_two")
    body = {"name": "theirs", "workflow_json": "{}", "workflow_api": "{}"}
    workflow_id = (await people.stranger("POST", "/workflow", json=body)).body["workflow_id"]
    body = {"workflow_id": workflow_id, "machine_id": other, "workflow_api_json": picture_graph(**ENDLESS)}
    answer = await people.stranger("POST", "/run/workflow/queue", json={**body, "gpu_event_id": event})
    foreign = answer.body["run_id"]
    run = await api.until(run_id, lambda run: run["status"] == "running")
    assert run["gpu_event_id"] == event
    await api("DELETE", f"/session/{session_id}")
    assert (await api("GET", f"/run/{run_id}")).body["status"] == "cancelled"
    await people.stranger.until(foreign, lambda run: run["status"] == "running")
    await people.stranger("POST", f"/run/{foreign}/cancel")
