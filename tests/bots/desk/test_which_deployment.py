"""Which deployment is run: the very one that the host has allowed, whatever it shares its name with, and whatever moves."""

import asyncio
from pathlib import Path

import pytest

from stationthis_sdk.errors import AmbiguousName
from stationthis_sdk.testing import LocalGateway
from stationthis_sdk.testing.deploying import Workflow
from tests.bots.desk.conftest import ADA, BOB, HERE, THERE, ended, runs_of
from tests.bots.desk.platform import Platform
from tests.echo import GRAPH


async def deployed(own: LocalGateway, name: str, environment: str = "production") -> str:
    return await asyncio.to_thread(own.deploy, name, GRAPH, environment=environment)


async def moved(own: LocalGateway, tmp_path: Path, name: str) -> str:
    """The workflow is deployed anew by somebody else: its name is what it was, its ids are not."""
    async with own.async_client(home=tmp_path / "other") as other:
        await (await other.workflows.get(name)).delete()
    return await deployed(own, name)


async def test_what_is_allowed_is_what_is_run(open_desk, own: LocalGateway, st) -> None:
    """Of a workflow in two environments the one that was asked for by its id is allowed, and run; again likewise."""
    seen = []
    desk = await open_desk(authorize=lambda _user, deployment, _estimate: seen.append(deployment.id))
    production = await deployed(own, "two")
    staging = await deployed(own, "two", "staging")
    first = await desk.ask(ADA, HERE, staging, {"words": "hi"}, key="u1")
    again = await desk.again(first.id, ADA, HERE, key="u2")
    by_name = await desk.ask(BOB, THERE, "two", {"words": "hi"}, key="u3")
    for job in (first, again, by_name):
        assert (await ended(desk, job.id)).state == "done"
    assert (first.deployment, first.deployment_id, again.deployment_id) == ("two", staging, staging)
    assert seen == [staging, staging, production]
    ran = {run.id: run.environment for run in await runs_of(own)}
    told = [ran[(await desk.job(job.id)).run_id] for job in (first, again, by_name)]
    assert told == ["staging", "staging", "production"]


async def test_two_workflows_of_one_name(desk, own: LocalGateway, st, platform: Platform) -> None:
    """Two workflows that are called the same: by its id each is run; by their name nobody guesses."""
    ids = [await deployed(own, name) for name in ("twins", "other")]

    def rename(tables) -> None:
        tables.change(Workflow, tables.find(Workflow, "name = ?", "other")[0].id, name="twins")

    await asyncio.to_thread(lambda: own._call(own._started().services.database.do(rename)))
    await st.deployments.list(refresh=True)
    with pytest.raises(AmbiguousName):
        await desk.ask(ADA, HERE, "twins", {"words": "hi"}, key="u0")
    for at, one in enumerate(ids):
        job = await ended(desk, (await desk.ask(ADA, HERE, one, {"words": f"{at}"}, key=f"u{at + 1}")).id)
        assert (job.state, job.deployment, job.deployment_id) == ("done", "twins", one)
        assert (await st.runs.get(job.run_id)).record.deployment_id == one
    assert [one.step.text for one in platform.sent] == ["0", "1"]


@pytest.mark.parametrize("known", [True, False])
async def test_ids_that_moved(
    known: bool, open_desk, own: LocalGateway, st, platform: Platform, tmp_path: Path
) -> None:
    """T17: ids move when a workflow is deployed anew. It is found by its name, allowed anew, and run; again likewise."""
    seen = []
    desk = await open_desk(
        start=False, authorize=lambda _user, deployment, _estimate: seen.append(deployment.id)
    )
    job = await desk.ask(ADA, HERE, (await st.deployments.get("echo")).id, {"words": "hi"}, key="u1")
    before = job.deployment_id
    now = await moved(own, tmp_path, "echo")
    if not known:  # else it is what is sent that is not known any more
        await st._ready.context.catalogue.forget("deployments")
    await desk.start()
    job = await ended(desk, job.id)
    assert (job.state, job.deployment_id, seen) == ("done", now, [before, now])
    later = await moved(own, tmp_path, "echo")
    again = await ended(desk, (await desk.again(job.id, ADA, HERE, key="u2")).id)
    assert (again.state, again.deployment_id, seen[-1]) == ("done", later, later)
    assert [one.step.text for one in platform.sent] == ["hi", "hi"]
    assert len(await runs_of(own)) == 2


@pytest.mark.parametrize("known", [True, False])
async def test_what_moved_and_is_not_allowed(
    known: bool, open_desk, own: LocalGateway, st, platform, tmp_path
) -> None:
    """T17: what has taken the place of a deployment, and is not allowed, is not run: its user is told what the host says."""
    allowed = []

    def authorize(_user, deployment, _estimate):
        allowed.append(deployment.id)
        return True if len(allowed) == 1 else "Not this one."

    desk = await open_desk(start=False, authorize=authorize)
    job = await desk.ask(ADA, HERE, (await st.deployments.get("echo")).id, {"words": "hi"}, key="u1")
    now = await moved(own, tmp_path, "echo")
    if not known:
        await st._ready.context.catalogue.forget("deployments")
    await desk.start()
    job = await ended(desk, job.id)
    assert (job.state, job.code, job.problem, allowed[-1]) == ("failed", "unauthorized", "Not this one.", now)
    assert platform.said[job.status_message][-1] == "Not this one."
    assert await runs_of(own) == ()
