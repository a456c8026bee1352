"""Lists of runs: by workflow, by deployment, by state; and what each list leaves out."""

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from stationthis_sdk import (
    AsyncDeployment,
    AsyncStationThis,
    AuthError,
    Deployment,
    InvalidInput,
    NotFound,
    Run,
    StationThis,
    UnexpectedResponse,
)
from stationthis_sdk.entities import DeploymentRecord, Source
from stationthis_sdk.testing import LocalGateway
from tests.echo import GRAPH
from tests.fixtures import RunningGateway
from tests.wire import Wire, answer

SMALL = {"steps": 1, "width": 64, "height": 64}


def _graph() -> dict[str, Any]:
    text = {"input_id": "words", "default_value": "hello", "display_name": "", "description": ""}
    return {
        "1": {"class_type": "ComfyUIDeployExternalText", "inputs": text},
        "2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}},
    }


def _paths(st: AsyncStationThis, base: str) -> list[str]:
    return [one.url.removeprefix(base) for one in st.last_requests]


async def _three(gateway: RunningGateway, ast: AsyncStationThis, name: str) -> tuple[Any, list[str]]:
    """A deployment of its own, and the ids of three of its runs, newest first."""
    deployment_id = await asyncio.to_thread(gateway.deploy, name, _graph())
    deployment = await ast.deployments.get(deployment_id)
    ids = [(await deployment(words=str(number))).id for number in range(3)]
    return deployment, ids[::-1]


async def test_runs_of_a_deployment_newest_first(gateway: RunningGateway, ast) -> None:
    """By the deployment, its name or the thing itself; limit and state hold."""
    deployment, ids = await _three(gateway, ast, "listed")
    assert [run.id for run in await deployment.runs()] == ids
    assert [run.id for run in await deployment.runs(limit=2)] == ids[:2]
    assert [run.id for run in await deployment.runs(state=["success", "failed"], limit=None)] == ids
    assert await deployment.runs(state="failed") == []
    for named in (deployment, "listed", deployment.id):
        assert [run.id for run in await ast.runs.list(deployment=named, limit=1)] == ids[:1]
    first = (await ast.runs.list(deployment="listed"))[0]
    assert (first.state, first.record.deployment_id, first.record.machine_id) == (
        "success",
        deployment.id,
        deployment.record.machine_id,
    )


async def test_a_brief_run_says_what_it_does_not_know(gateway: RunningGateway, ast, tmp_path) -> None:
    """Inputs and outputs are not empty but unknown, until it is read; saving and running again read it."""
    deployment, _ = await _three(gateway, ast, "brief")
    run = (await deployment.runs(limit=1))[0]
    for what in ("inputs", "outputs"):
        with pytest.raises(InvalidInput, match=rf"nothing of {what}.*refresh"):
            getattr(run, what)
    assert (await run.again()).inputs == {"words": "2"}
    run = (await deployment.runs(limit=3))[2]
    (path,) = await run.save(tmp_path)
    assert path.read_text() == "1"
    assert run.inputs == {"words": "1"}


async def test_whole_runs_come_with_inputs_and_outputs(gateway: RunningGateway, ast) -> None:
    """The heavy list is read only when it is asked for, and our reserved input does not show."""
    deployment, ids = await _three(gateway, ast, "whole")
    before = len(ast.last_requests)
    runs = await ast.runs.list(deployment=deployment, inputs=True, outputs=True)
    assert _paths(ast, gateway.base_url)[before:] == [f"/workflow/{deployment.record.workflow_id}/runs"]
    assert [(run.id, run.inputs) for run in runs] == [
        (one, {"words": str(2 - place)}) for place, one in enumerate(ids)
    ]
    assert [await run.outputs[0].text() for run in runs] == ["2", "1", "0"]
    assert all(run.record.submit_id for run in runs)
    run = (await ast.runs.list(deployment=deployment, outputs=True, limit=1))[0]
    assert await run.outputs[0].text() == "2"
    with pytest.raises(InvalidInput, match="inputs=True"):
        _ = run.inputs
    assert (await run.wait()).inputs == {"words": "2"}


async def test_states_are_checked_before_they_are_sent(ast) -> None:
    """The service says 500 to a state that is none; limits are numbers; the service knows no tags."""
    before = len(ast.last_requests)
    for wrong in (
        {"deployment": "text-to-picture", "state": "done"},
        {"deployment": "text-to-picture", "state": ["success", 3]},
        {"deployment": "text-to-picture", "limit": 0},
        {"deployment": "text-to-picture", "limit": True},
        {"deployment": "text-to-picture", "tag": "autumn"},
        {"state": "done"},
    ):
        with pytest.raises(InvalidInput):
            await ast.runs.list(**wrong)
    with pytest.raises(InvalidInput, match="count runs"):
        await ast.runs.count()
    with pytest.raises(InvalidInput, match="machine's id"):
        await ast.runs.count(machine="this-machine")
    assert len(ast.last_requests) == before
    with pytest.raises(NotFound):
        await ast.runs.list(deployment="nothing-like-it")


async def test_runs_are_counted(gateway: RunningGateway, ast) -> None:
    """By deployment or machine, and by time."""
    deployment, _ = await _three(gateway, ast, "counted")
    now = datetime.now(UTC)
    assert await ast.runs.count(deployment=deployment) == 3
    assert await ast.runs.count(deployment=deployment, since=now - timedelta(hours=1), until=now) == 3
    assert await ast.runs.count(deployment=deployment, since=now + timedelta(hours=1)) == 0
    assert await ast.runs.count(deployment=deployment, until=datetime(2020, 1, 1)) == 0  # noqa: DTZ001 - UTC is meant
    assert await ast.runs.count(machine=deployment.record.machine_id) >= 3
    with pytest.raises(InvalidInput, match="datetimes"):
        await ast.runs.count(deployment=deployment, since="yesterday")


def _one_that_lives(gateway: LocalGateway, st: StationThis) -> tuple[Run, Run, Run]:
    """A run that has ended, and two that were alive when they were last heard of."""
    deployment = st.deployments[gateway.deploy("echo", GRAPH)]
    ended = deployment(words="0")
    gateway.faults.stall(at="queued")
    return ended, deployment.submit(words="1"), deployment.submit(words="2")


@pytest.mark.parametrize("trouble", ["errors", "drop_requests", "refused"])
def test_what_can_not_be_read_is_told_as_it_was_heard_last(
    trouble: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One run of this machine that the service fails on spoils no list: one line in the log, and its source says so."""
    monkeypatch.setattr("stationthis_sdk.api.edge.ATTEMPTS", 2)
    with LocalGateway() as gateway, gateway.client() as st:
        ended, bad, good = _one_that_lives(gateway, st)
        path = f"/run/{bad.id}"
        if trouble == "refused":
            gateway.faults.refuse(403, path=path)
        else:
            getattr(gateway.faults, trouble)(path=path)
        caplog.clear()
        listed = st.runs.list()
        assert [(run.id, run.state) for run in listed] == [
            (good.id, "queued"), (bad.id, "not-started"), (ended.id, "success"),
        ]  # fmt: skip
        assert [run.source.stale for run in listed] == [False, True, False]
        assert len([line for line in caplog.messages if "1 of the 2 runs" in line]) == 1
        command = [sys.executable, "-m", "stationthis_sdk.cli", "runs", "list"]
        told = subprocess.run(command, check=False, env=gateway.environment(), capture_output=True, text=True)
        assert told.returncode == 0, told.stderr
        assert [line.split("\t")[0] for line in told.stdout.splitlines()] == [run.id for run in listed]


def test_a_key_that_is_refused_is_no_list() -> None:
    """401 is raised as itself, and only that: nothing could be read with such a key."""
    with LocalGateway() as gateway, gateway.client() as st:
        _one_that_lives(gateway, st)
        gateway.faults.refuse(401, path="/run/*")
        with pytest.raises(AuthError):
            st.runs.list()


async def test_today_and_latest(gateway: RunningGateway, ast) -> None:
    """The runs of a day, and the newest one."""
    deployment, ids = await _three(gateway, ast, "daily")
    assert [run.id for run in await ast.runs.today(deployment=deployment)] == ids
    for named in ("daily", deployment.record.workflow_id):
        assert [run.id for run in await ast.runs.today(named)] == ids
        latest = await ast.runs.latest(named)
        assert (latest.id, latest.record.inputs) == (ids[0], {"words": "2"})
        assert (await latest.refresh()).inputs == {"words": "2"}
    gateway.deploy("never-run-at-all", deployment.record.graph)
    assert await ast.runs.latest("never-run-at-all") is None


async def test_runs_of_a_workflow(gateway: RunningGateway, ast) -> None:
    """Of all its deployments, or of one of them; briefly from the light list, wholly from the other."""
    deployment, ids = await _three(gateway, ast, "worked")
    staged = await deployment.promote(to="staging")
    other = await staged(words="staged")
    before = len(ast.last_requests)
    assert [run.id for run in await ast.runs.list(workflow=deployment.record.workflow_id)] == [other.id, *ids]
    assert [one for one in _paths(ast, gateway.base_url)[before:] if "runs" in one] == [
        f"/v2/workflow/{deployment.record.workflow_id}/runs"
    ]
    for whole in (False, True):
        found = await ast.runs.list(workflow="worked", deployment=staged, inputs=whole, outputs=whole)
        assert [run.id for run in found] == [other.id]
    assert found[0].inputs == {"words": "staged"}
    assert await ast.runs.list(workflow="worked", state="failed", outputs=True) == []
    assert await ast.runs.count(workflow="worked") == 4
    assert await ast.runs.count(workflow="worked", deployment=staged) == 1
    with pytest.raises(NotFound):
        await ast.runs.list(workflow="nothing-like-it")


def _run(state: str = "success", **more: Any) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "status": state, "duration": "1.883901", **more}


def _deployment() -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "environment": "production",
        "workflow_id": str(uuid.uuid4()),
        "workflow_version_id": str(uuid.uuid4()),
        "workflow": {"name": "w"},
    }


@pytest.mark.parametrize("as_list", [True, False])
def test_a_deployments_runs_come_in_an_object_or_a_list(as_list: bool) -> None:
    """The document says list, the service sends an object; rows that are null are none, durations are text."""
    rows = [_run("failed"), None, _run()]
    body = rows if as_list else {"data": rows, "meta": {"totalRowCount": 0}}
    deployment = _deployment()

    def reply(asked):
        return answer(200, [deployment] if "/deployments" in asked.path else body)

    with Wire(reply) as wire, StationThis("k", wire.base_url) as st:
        runs = st.deployments["w"].runs()
        assert [(run.id, run.state, run.record.duration) for run in runs] == [
            (one["id"], one["status"], 1.883901) for one in rows if one
        ]
        assert [run.id for run in st.deployments["w"].runs(state="failed")] == [rows[0]["id"]]


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_without_the_light_list_the_other_is_read(status: int) -> None:
    """States are then picked here, and the missing list is not asked for again."""
    rows = [_run("failed"), _run()]
    light = []

    def reply(asked):
        if "/v2/" in asked.path:
            light.append(asked.path)
            return answer(status, {"detail": "Not Found" if status == 404 else "no"})
        return answer(200, rows)

    with Wire(reply) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            lists = st.runs._context.service.run_lists
            for _ in range(2):
                found, untold = await lists.of_workflow("w", states=frozenset({"failed"}))
                assert ([one.id for one in found], untold) == ([rows[0]["id"]], {"inputs", "outputs"})
    assert len(light) == 1


async def test_a_refusal_is_no_missing_list() -> None:
    """Somebody else's workflow is not looked for in the heavy list."""
    with Wire(answer(404, {"detail": "Workflow not found"})) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            with pytest.raises(NotFound):
                await st.runs._context.service.run_lists.of_workflow("w")
        assert len(wire.asked) == 1


async def test_a_long_list_is_read_until_there_are_enough() -> None:
    """Pages of a hundred; runs made meanwhile shift them, and none is told twice."""
    rows = [_run("success" if number % 3 else "failed") for number in range(250)]

    def reply(asked):
        query = dict(part.split("=") for part in asked.path.partition("?")[2].split("&"))
        if len(wire.asked) == 2:
            rows[:0] = [_run(), _run()]
        start = int(query["offset"])
        return answer(200, rows[start : start + int(query["limit"])])

    with Wire(reply) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            lists = st.runs._context.service.run_lists
            found, _ = await lists.of_workflow("w")
            assert len({one.id for one in found}) == len(found) == 250
            found, _ = await lists.of_workflow("w", states=frozenset({"timeout"}), limit=5)
            assert found == []
            assert "status" not in wire.asked[-1].path
            found, _ = await lists.of_workflow("w", states=frozenset({"failed"}), limit=5)
            assert len(found) == 5
            assert "status=failed" in wire.asked[-1].path


@pytest.mark.parametrize("nulls", [1, 99, 100])
async def test_null_rows_hide_nothing(nulls: int) -> None:
    """A page of a hundred with nulls among them is no last page: a run that is sought stands on the next one."""
    rows = [None if number < nulls else _run() for number in range(100)] + [_run("failed"), _run()]

    def reply(asked):
        query = dict(part.split("=") for part in asked.path.partition("?")[2].split("&"))
        start = int(query["offset"])
        return answer(200, {"data": rows[start : start + int(query["limit"])]})

    with Wire(reply) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            lists = st.runs._context.service.run_lists
            moment = datetime.now(UTC) - timedelta(hours=1)
            found = await lists.since(moment, workflow_id=None, deployment_id="d")
            assert [one.id for one in found] == [one["id"] for one in rows if one]
            failed = await lists.of_deployment("d", states=frozenset({"failed"}), limit=1)
            assert [one.id for one in failed] == [rows[100]["id"]]


async def test_a_list_that_is_the_same_on_each_page_is_read_once() -> None:
    """A server that does not know of pages is not asked for a thousand of them."""
    rows = [_run() for _ in range(100)]
    with Wire(answer(200, rows)) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            found, _ = await st.runs._context.service.run_lists.of_workflow("w")
            assert len(found) == 100
        assert len(wire.asked) == 2


@pytest.mark.parametrize("body", [{"count": None}, {}, {"count": "7"}, []])
def test_no_number_is_no_number(body: Any) -> None:
    """An answer without a count is told as one."""
    with (
        Wire(answer(200, body)) as wire,
        StationThis("k", wire.base_url) as st,
        pytest.raises(UnexpectedResponse),
    ):
        st.runs.count(machine=str(uuid.uuid4()))


async def test_outputs_are_shared_and_unshared(ast) -> None:
    """Once, with what was asked for; a second share of another visibility is refused, not silently the first."""
    deployment = await ast.deployments.get("text-to-picture")
    run = await deployment(prompt="a lighthouse", seed=7, **SMALL)
    share = await run.share(visibility="link")
    assert (share.visibility, share.run_id, share.record.output_type) == ("link", run.id, "image")
    assert share.inputs == run.inputs
    assert (await run.share(visibility="link")).id == share.id
    with pytest.raises(InvalidInput, match="shared already, as link"):
        await run.share(visibility="private")
    assert share.id in [one.id for one in await ast.runs.shares(deployment=deployment)]
    assert await ast.runs.shares(kind="video") == []
    assert (await ast.runs.shared(share.id)).record.output_id == share.record.output_id
    await share.delete()
    for gone in (share.delete, lambda: ast.runs.shared(share.id)):
        with pytest.raises(NotFound):
            await gone()


async def test_sharing_is_checked_first(ast) -> None:
    """Words that the service does not know, outputs that are not there: nothing is shared."""
    run = await (await ast.deployments.get("text-to-picture"))(prompt="x", seed=1, **SMALL)
    before = len(ast.last_requests)
    for wrong in ({"visibility": "everybody"}, {"kind": "poem"}):
        with pytest.raises(InvalidInput):
            await run.share(**wrong)
        with pytest.raises(InvalidInput):
            await ast.runs.shares(**wrong)
    for missing in (3, "nothing"):
        with pytest.raises(NotFound, match="No output"):
            await run.share(missing)
    with pytest.raises(NotFound, match="no share's id"):
        await ast.runs.shared("x")
    assert len(ast.last_requests) == before


@pytest.fixture(scope="module")
def paged() -> Iterator[tuple[Wire, list[dict[str, Any]]]]:
    """A server of one list, and its rows."""
    rows: list[dict[str, Any]] = []

    def reply(asked):
        query = dict(part.split("=") for part in asked.path.partition("?")[2].split("&"))
        start = int(query["offset"])
        return answer(200, rows[start : start + int(query["limit"])])

    with Wire(reply) as wire:
        yield wire, rows


@settings(max_examples=25, deadline=None)
@given(
    states=some.lists(some.sampled_from(["success", "failed", "running", "defrosting", None]), max_size=230),
    wanted=some.sets(some.sampled_from(["success", "failed", "running"])),
    limit=some.none() | some.integers(1, 240),
)
def test_any_list_is_read_in_its_order(paged, states, wanted, limit) -> None:
    """The first so many of the wanted states, each once, whatever the pages are; rows that are null are none."""
    wire, rows = paged
    rows[:] = [state and {"id": f"{number}", "status": state} for number, state in enumerate(states)]
    expected = [one["id"] for one in rows if one and (not wanted or one["status"] in wanted)][:limit]
    with StationThis("k", wire.base_url) as st:
        record = DeploymentRecord(str(uuid.uuid4()), "w", "staging")
        inner = AsyncDeployment(st._inner._ready.context, record, Source.now())
        found = Deployment._of(inner).runs(state=wanted, limit=limit)
    assert [run.id for run in found] == expected


async def test_of_a_list_only_what_is_sought_is_read() -> None:
    """And the last of each page, which tells how far back it goes; what is no run is an odd answer all the same."""
    rows = [_run() for _ in range(150)]
    pages: list[list[str]] = []

    async def enough(page) -> bool:
        pages.append([one.id for one in page])
        return False

    with Wire(lambda asked: answer(200, rows[100:] if "offset=100" in asked.path else rows[:100])) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            lists = st.runs._context.service.run_lists
            sought = frozenset({rows[3]["id"], rows[120]["id"]})
            await lists.of_workflow("w", sought=sought, enough=enough)
            assert pages == [[rows[3]["id"], rows[99]["id"]], [rows[120]["id"], rows[149]["id"]]]
            rows[7] = "no run"
            with pytest.raises(UnexpectedResponse):
                await lists.of_workflow("w", sought=sought)


def test_a_plain_read_wakes_no_thread_of_the_ledger_and_knows_what_others_wrote(
    st: StationThis, gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits reads; what another program has written into the ledger since is in the run, as ever."""
    run = st.deployments[gateway.deploy("read-here", _graph())](words="fox")
    ledger = st._inner._ready.context.ledger  # type: ignore[attr-defined]
    st.runs.get(run.id)
    ledger.file._thread.submit(int).result()  # all that was to be written is
    monkeypatch.setattr(ledger.file, "look", None)
    assert st.runs.get(run.id).reason is None
    with contextlib.closing(sqlite3.connect(ledger.path)) as other, other:
        other.execute("UPDATE runs SET reason = 'a cat sat on it' WHERE id = ?", (run.id,))
    assert st.runs.get(run.id).reason == "a cat sat on it"
