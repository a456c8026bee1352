"""Deployments made, moved, promoted, rolled back, shared, deleted: what is sent, and what never is."""

import asyncio
import json
import uuid
from typing import Any

import pytest
import stamina

from stationthis_sdk import (
    AsyncStationThis,
    ConnectionLost,
    InvalidInput,
    NotFound,
    Refused,
    ServerError,
    StationThis,
)
from tests.fixtures import RunningGateway
from tests.wire import CLOSE, Wire, answer


def _graph(*names: str, default: str = "hello") -> dict[str, Any]:
    nodes: dict[str, Any] = {
        str(place): {
            "class_type": "ComfyUIDeployExternalText",
            "inputs": {"input_id": name, "default_value": default, "display_name": "", "description": ""},
        }
        for place, name in enumerate(names or ("words",))
    }
    return {**nodes, "out": {"class_type": "PreviewAny", "inputs": {"source": ["0", 0]}}}


async def _workflow(ast: AsyncStationThis, *graphs: dict[str, Any], name: str | None = None) -> str:
    """A workflow of these versions; its id."""
    name = name or f"managed-{uuid.uuid4().hex[:8]}"
    first, *rest = graphs
    body = {"name": name, "workflow_json": "{}", "workflow_api": json.dumps(first)}
    workflow_id: str = (await ast.request("POST", "/workflow", json=body))["workflow_id"]
    for graph in rest:
        body = {"workflow": {}, "workflow_api": graph}
        await ast.request("POST", f"/workflow/{workflow_id}/version", json=body)
    return workflow_id


def _writes(ast: AsyncStationThis) -> int:
    return sum(one.method != "GET" for one in ast.last_requests)


async def test_new_then_moved_then_unchanged(ast) -> None:
    """One deployment for a workflow and environment; the answer says what became of it and of its inputs."""
    workflow = await _workflow(ast, _graph("words"), _graph("words", "mood"))
    made = await ast.deployments.create(workflow, machine="this-machine", version=1)
    assert (made.environment, made.version, made.source.kind) == ("production", 1, "api")
    assert (made.change.kind, made.change.version, made.change.machine) == ("new", 1, "this-machine")
    moved = await ast.deployments.create(workflow, machine="this-machine")
    assert (moved.id, moved.version, list(moved.inputs)) == (made.id, 2, ["words", "mood"])
    change = moved.change
    assert (change.kind, change.old_version, change.version, change.added) == ("moved", 1, 2, ("mood",))
    assert str(change) == f"{moved.name} in production: moved from version 1 to 2; new inputs: mood"
    again = await ast.deployments.create(workflow, machine="this-machine", version="newest")
    assert (again.change.kind, again.id) == ("unchanged", made.id)
    assert (await ast.deployments.get(made.name)).version == 2


async def test_a_plan_sends_nothing(ast) -> None:
    """It tells what create would do, machine and inputs included."""
    workflow = await _workflow(ast, _graph("words", "mood"), _graph("words", default="bye"))
    await ast.deployments.create(workflow, machine="this-machine", version=1)
    before = _writes(ast)
    change = await ast.deployments.plan(workflow, machine="classic-machine")
    assert (change.kind, change.old_version, change.version) == ("moved", 1, 2)
    assert (change.old_machine, change.machine) == ("this-machine", "classic-machine")
    assert (change.added, change.removed, change.changed) == ((), ("mood",), ("words",))
    assert "from machine this-machine to machine classic-machine" in str(change)
    assert (await ast.deployments.plan(workflow, "staging", machine="this-machine")).kind == "new"
    assert _writes(ast) == before


async def test_mistakes_are_told_before_anything_is_sent(ast) -> None:
    """The service would say 500 to each of them."""
    workflow = await _workflow(ast, _graph())
    other = await ast.request("GET", f"/workflow/{await _workflow(ast, _graph())}")
    before = _writes(ast)
    for wrong, error, words in (
        ({"environment": "prod"}, InvalidInput, "did you mean 'production'"),
        ({"environment": None}, InvalidInput, "there is production, staging"),
        ({"machine": "this-machin"}, NotFound, "this-machine"),
        ({}, InvalidInput, "name the machine, one of"),
        ({"version": 2}, NotFound, "it has 1 to 1"),
        ({"version": 0}, NotFound, "no version 0"),
        ({"version": "latest"}, InvalidInput, "'newest'"),
        ({"version": True}, InvalidInput, "not True"),
        ({"version": str(uuid.uuid4())}, NotFound, "no version"),
        ({"version": other["versions"][0]["id"]}, NotFound, "no version"),
    ):
        given = {"machine": "this-machine"} if wrong else {}
        with pytest.raises(error, match=words):
            await ast.deployments.create(workflow, **{**given, **wrong})
    with pytest.raises(NotFound):
        await ast.deployments.create(str(uuid.uuid4()), machine="this-machine")
    for nothing in ("", None, 7):
        with pytest.raises(InvalidInput):
            await ast.deployments.create(nothing, machine="this-machine")
    assert _writes(ast) == before


async def test_the_workflows_own_machine_is_the_default(ast) -> None:
    """The one it was made with, and a machine itself will do."""
    workflow = await _workflow(ast, _graph())
    (machine,) = [one for one in await ast.machines.list() if one.name == "this-machine"]
    await ast.request("PATCH", f"/workflow/{workflow}", json={"selected_machine_id": machine.id})
    assert (await ast.deployments.create(workflow)).record.machine_id == machine.id
    assert (
        await ast.deployments.create(workflow, "staging", machine=machine)
    ).change.machine == "this-machine"


async def test_settings_are_changed_in_place(ast) -> None:
    """What is not given stays; what makes no sense is not sent."""
    workflow = await _workflow(ast, _graph("words"), _graph("words", "mood"))
    deployment = await ast.deployments.create(workflow, machine="this-machine", version=1)
    same = await deployment.update(gpu="T4", run_timeout=600, keep_warm=0)
    assert same is deployment
    assert (same.record.gpu, same.record.run_timeout, same.version, same.name) == ("T4", 600, 1, same.name)
    assert same.change is None
    await deployment.update(version=2)
    assert (deployment.version, list(deployment.inputs), deployment.record.gpu) == (
        2,
        ["words", "mood"],
        "T4",
    )
    assert (deployment.change.kind, deployment.change.added) == ("moved", ("mood",))
    before = _writes(ast)
    for wrong in (
        {},
        {"gpu": "RTX9999"},
        {"run_timeout": 0},
        {"run_timeout": 1.5},
        {"concurrency_limit": 0},
        {"concurrency_limit": True},
        {"keep_warm": -1},
        {"idle_timeout": "60"},
        {"version": "newer"},
    ):
        with pytest.raises(InvalidInput):
            await deployment.update(**wrong)
    for missing in ({"version": 9}, {"machine": "none-such"}):
        with pytest.raises(NotFound):
            await deployment.update(**missing)
    assert _writes(ast) == before


async def test_promoted_and_rolled_back(ast) -> None:
    """Promoting takes what runs now, not what a stale copy says; rolling back takes the number below."""
    workflow = await _workflow(ast, _graph("a"), _graph("b"), _graph("c"))
    staged = await ast.deployments.create(workflow, "staging", machine="this-machine", version=2)
    stale = await ast.deployments.get(staged.id)
    await staged.update(version=3)
    live = await stale.promote()
    assert (live.environment, live.version, live.change.kind) == ("production", 3, "new")
    assert live.record.machine_id == staged.record.machine_id
    assert await live.roll_back() is live
    assert (live.version, live.change.old_version, list(live.inputs)) == (2, 3, ["b"])
    assert (await live.roll_back(to=1)).version == 1
    with pytest.raises(InvalidInput, match="none before it"):
        await live.roll_back()
    assert (await live.roll_back(to=3)).version == 3
    with pytest.raises(InvalidInput, match="in production already"):
        await live.promote(to="production")
    with pytest.raises(InvalidInput, match="No environment"):
        await live.promote(to="live")


async def test_a_share_has_a_page_and_an_end(ast, gateway: RunningGateway) -> None:
    """Found by its address, run by it, deleted; there is one for a name."""
    workflow = await _workflow(ast, _graph(), name=f"Shared {uuid.uuid4().hex[:6]}")
    share = await ast.deployments.create(workflow, "public-share", machine="this-machine")
    owner, _, name = share.record.share_slug.partition("_")
    assert f"share={owner}/{name}" in await share.studio_url()
    shared = await ast.deployments.shared(f"{owner}/{name}")
    assert (shared.id, list(shared.inputs), shared.environment) == (share.id, ["words"], "public-share")
    assert (await shared(words="hi")).state == "success"
    assert (await shared.refresh()).version == 1
    assert share.record.share_slug in [one.share_slug for one in await ast.deployments.featured()]
    before = _writes(ast)
    for other in ("private-share", "community-share"):
        with pytest.raises(InvalidInput, match="shared already, as public-share"):
            await share.promote(to=other)
    twin = await _workflow(ast, _graph(), name=share.name)
    with pytest.raises(InvalidInput, match="shared already"):
        await ast.deployments.create(twin, "private-share", machine="this-machine")
    assert _writes(ast) == before + 1
    await share.delete()
    for gone in (share.delete, share.refresh, lambda: ast.deployments.shared(f"{owner}/{name}")):
        with pytest.raises(NotFound):
            await gone()


async def test_a_private_share_keeps_its_address(ast) -> None:
    """Posted again it would lose it, so it is moved in another way."""
    workflow = await _workflow(ast, _graph("a"), _graph("b"))
    share = await ast.deployments.create(workflow, "private-share", machine="this-machine", version=1)
    moved = await ast.deployments.create(workflow, "private-share", machine="this-machine")
    assert (moved.id, moved.version, moved.record.share_slug) == (share.id, 2, share.record.share_slug)
    assert moved.record.share_slug
    await moved.delete()


async def test_community_shares_are_listed(ast) -> None:
    """Up to a number, and they run like one's own."""
    workflow = await _workflow(ast, _graph())
    share = await ast.deployments.create(workflow, "community-share", machine="this-machine")
    assert share.id in [one.id for one in await ast.deployments.community(limit=50)]
    assert len(await ast.deployments.community(limit=1)) == 1
    with pytest.raises(InvalidInput):
        await ast.deployments.community(limit=0)
    await share.delete()


async def test_only_shares_are_deleted_and_only_ones_own_containers_stopped(ast) -> None:
    """The service says a bare 500 to the rest, so nothing is sent."""
    deployment = await ast.deployments.create(await _workflow(ast, _graph()), machine="this-machine")
    before = _writes(ast)
    with pytest.raises(InvalidInput, match="Only shares are deleted"):
        await deployment.delete()
    with pytest.raises(InvalidInput, match="Only shares are shown"):
        await deployment.studio_url()
    with pytest.raises(InvalidInput, match="no containers of its own"):
        await deployment.deactivate()
    assert _writes(ast) == before
    for address in ("", "no-slash", "a/b/c", None):
        with pytest.raises(InvalidInput, match="owner/name"):
            await ast.deployments.shared(address)


async def test_a_serverless_deployment_is_deactivated(gateway: RunningGateway, ast) -> None:
    """One with containers of its own: they are stopped, and start again with the next run."""
    body = {"name": f"fast-{uuid.uuid4().hex[:6]}", "gpu": "CPU"}
    machine = await ast.request("POST", "/machine/serverless", json=body)
    for _ in range(200):
        now = await ast.request("GET", f"/machine/{machine['id']}")
        if now["status"] != "building":
            break
        await asyncio.sleep(0.05)
    workflow = await _workflow(ast, _graph())
    version = (await ast.request("GET", f"/workflow/{workflow}"))["versions"][0]["id"]
    body = {
        "workflow_id": workflow,
        "workflow_version_id": version,
        "machine_version_id": now["machine_version_id"],
        "environment": "staging",
    }
    staged = await ast.deployments.get((await ast.request("POST", "/deployment", json=body))["id"])
    assert staged.record.modal_app_id
    assert staged.record.activated_at is not None
    assert (await staged.deactivate()).record.activated_at is None
    live = await staged.promote()
    assert live.record.machine_version_id == now["machine_version_id"]


async def test_the_page_of_a_deployment(ast) -> None:
    """The service's own description of a page."""
    spec = await (await ast.deployments.get("text-to-picture")).ui_spec()
    assert spec["files"]


async def test_a_list_says_where_it_came_from(ast) -> None:
    """One reading tells all of them; no environment of that name is an error, one without deployments is none."""
    before = len(ast.last_requests)
    found = await ast.deployments.list(environment="production", refresh=True)
    assert len(ast.last_requests) - before == 2
    assert {one.source.kind for one in found} == {"api"}
    assert {one.environment for one in found} == {"production"}
    with pytest.raises(InvalidInput, match="did you mean 'staging'"):
        await ast.deployments.list(environment="stagin")


WORKFLOW = {
    "id": str(uuid.uuid4()),
    "name": "w",
    "versions": [{"id": str(uuid.uuid4()), "version": 1, "workflow_api": {}}],
}
MACHINE = {"id": str(uuid.uuid4()), "name": "only", "type": "classic", "status": "ready"}


def _service(deploying: Any, made: dict[str, Any] | None = None) -> Any:
    """A service with one workflow and one machine, which answers so to a POST."""
    answers = list(deploying) if isinstance(deploying, list) else None

    def reply(asked):
        if asked.method != "GET":
            return (answers.pop(0) if answers else CLOSE) if answers is not None else deploying
        if "/machines" in asked.path:
            return answer(200, [MACHINE])
        if "/deployments?" in asked.path:
            return answer(200, [])
        if asked.path.endswith("/deployments"):
            return answer(404, {"detail": "Deployments not found or you don't have access to it"})
        if "/deployment/" in asked.path:
            return answer(200, made)
        return answer(200, WORKFLOW)

    return reply


@pytest.mark.parametrize(
    ("body", "error", "words"),
    [
        ({"detail": "Internal server error: 404: Machine not found"}, NotFound, "machine not found"),
        ({"detail": "Internal server error: 404: Workflow not found"}, NotFound, "workflow not found"),
        ({"detail": "Internal server error: (sqlalchemy...) duplicate key"}, ServerError, "duplicate key"),
    ],
)
def test_what_the_service_means_by_500(body: Any, error: type[Exception], words: str) -> None:
    """Its own words are read; what stays unknown is not sent a second time."""
    with Wire(_service(answer(500, body))) as wire, StationThis("k", wire.base_url) as st:
        with pytest.raises(error, match=words):
            st.deployments.create(WORKFLOW["id"])
        assert sum(one.method == "POST" for one in wire.asked) == 1


@pytest.mark.parametrize(("environment", "times"), [("production", 2), ("private-share", 1)])
def test_a_lost_answer_is_asked_for_again_where_that_is_harmless(environment: str, times: int) -> None:
    """Deploying the same twice is the same; a private share posted twice loses its address."""
    made = {"id": str(uuid.uuid4()), "environment": environment, "workflow": {"name": "w"}}
    with Wire(_service([CLOSE, answer(200, made)], made)) as wire, StationThis("k", wire.base_url) as st:
        if times == 2:
            deployment = st.deployments.create(WORKFLOW["id"], environment)
            assert (deployment.id, deployment.change.machine) == (made["id"], "only")
        else:
            with pytest.raises(ConnectionLost):
                st.deployments.create(WORKFLOW["id"], environment)
        assert sum(one.method == "POST" for one in wire.asked) == times


@pytest.mark.parametrize("slug", ["ann/my_pic", "ann_my_pic"])
def test_a_share_is_got_by_either_form_of_its_address(slug: str) -> None:
    """What comes after the owner may hold an underscore; options may be the node's own JSON text."""
    page = {
        "id": str(uuid.uuid4()),
        "share_slug": "ann_my_pic",
        "environment": "public-share",
        "workflow": {"name": "My pic", "id": str(uuid.uuid4())},
        "input_types": [
            {
                "input_id": "style",
                "class_type": "ComfyUIDeployExternalEnum",
                "type": "string",
                "options": text,
            }
            for text in ('["anime", "photo"]',)
        ]
        + [
            {
                "input_id": "odd",
                "class_type": "ComfyUIDeployExternalEnum",
                "type": "string",
                "options": "no JSON",
            },
            None,
        ],
    }
    with Wire(answer(200, page)) as wire, StationThis("k", wire.base_url) as st:
        shared = st.deployments.shared(slug)
        assert wire.asked[0].path == "/api/share/ann/my_pic"
        assert (shared.name, shared.inputs["style"].options) == ("My pic", ("anime", "photo"))
        assert shared.inputs["odd"].options is None
        with pytest.raises(InvalidInput, match="somebody else's share"):
            st.deployments.shared(slug).update(version=2)


def test_chosen_shares_without_an_address_are_left_out() -> None:
    """Nobody could open them; the rest is what people need to choose."""
    rows = [
        {"workflow": {"name": "A", "id": "w", "cover_url": "https://x.example/a.png"}, "share_slug": "ann_a"},
        {"workflow": {"name": "B"}, "share_slug": None},
        {"workflow": None, "description": None, "share_slug": "ann_c"},
    ]
    with Wire(answer(200, rows)) as wire, StationThis("k", wire.base_url) as st:
        found = st.deployments.featured()
    assert [(one.name, one.share_slug, one.cover_url) for one in found] == [
        ("A", "ann_a", "https://x.example/a.png"),
        ("ann_c", "ann_c", None),
    ]


def test_a_change_whose_result_can_not_be_read_is_told_as_done() -> None:
    """The version is deployed all the same, and the error says so."""
    made = {"id": str(uuid.uuid4())}
    service = _service(answer(200, made), made)

    def reply(asked):
        return answer(403, {"detail": "no"}) if f"/deployment/{made['id']}" in asked.path else service(asked)

    with (
        Wire(reply) as wire,
        StationThis("k", wire.base_url) as st,
        pytest.raises(Refused, match=f"changed all the same: {made['id']}"),
    ):
        st.deployments.create(WORKFLOW["id"])


def test_several_machines_and_none_are_told_apart() -> None:
    """Nobody guesses a machine: the names are told, or that there is none."""
    for machines, words in (
        ([], "no machine to deploy to"),
        ([MACHINE, {**MACHINE, "id": "m", "name": "other"}], "'other'"),
    ):
        service = _service(answer(500))
        reply = lambda asked, rows=machines, service=service: (  # noqa: E731 - one line
            answer(200, rows) if "/machines" in asked.path else service(asked)
        )
        with Wire(reply) as wire, StationThis("k", wire.base_url) as st:
            with pytest.raises(InvalidInput, match=words):
                st.deployments.create(WORKFLOW["id"])
            assert {one.method for one in wire.asked} == {"GET"}


def test_a_list_that_the_service_can_not_make_is_explained() -> None:
    """One broken deployment breaks the answer for all of them; the error says what to look for."""
    with (
        stamina.set_testing(True, attempts=2),
        Wire(answer(500, b"Internal Server Error", content_type="text/plain")) as wire,
        StationThis("k", wire.base_url) as st,
        pytest.raises(ServerError, match="Enum input whose options are no JSON"),
    ):
        st.deployments.list()
