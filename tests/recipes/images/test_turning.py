"""Other deployments and other runs: when they are tried, when never, and what is told of it."""

import asyncio
from typing import Any

import pytest

from stationthis_sdk import (
    AmbiguousSubmit,
    AsyncStationThis,
    AuthError,
    InvalidInput,
    NotFound,
    RateLimited,
    Refused,
    RunCancelled,
    RunFailed,
)
from stationthis_sdk.testing import LocalGateway
from tests.recipes.images import graphs

SMALL: dict[str, Any] = {"steps": 1, "width": 32, "height": 32}
QUEUE: dict[str, Any] = {"method": "POST", "path": "/run/deployment/queue"}


async def started(gateway: LocalGateway) -> list[tuple[str, str]]:
    """Deployment and end of every run there was."""
    return [(run.deployment, run.state) for run in await asyncio.to_thread(gateway.runs)]


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
async def test_a_refusal_turns_to_the_next(gateway: LocalGateway, st: AsyncStationThis, status: int) -> None:
    """Each refusal is noted; nothing was paid for it."""
    gateway.faults.refuse(status, times=1, **QUEUE)
    made = await st.make_image("a fox", "standard", ["text-to-picture"], **SMALL)
    assert (made.code, made.deployment.name) == ("success", "text-to-picture")
    (line,) = made.tried
    assert line.startswith("standard: ")
    assert line.endswith("Tried instead: text-to-picture.")
    assert await started(gateway) == [("text-to-picture", "success")]


async def test_a_missing_deployment_turns_to_the_next(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """Also one that goes while it is asked for; a single name is a list of one."""
    made = await st.make_image("a fox", "gone", "standard", n=2, **SMALL)
    assert made.deployment.name == "standard"
    assert made.tried[0].startswith("gone: No deployment 'gone'")
    assert [name for name, _ in await started(gateway)] == ["standard"] * 2


async def test_a_machine_that_is_not_ready_turns_to_the_next(
    gateway: LocalGateway, st: AsyncStationThis
) -> None:
    """It is asked about only where there is a next; without one the service decides."""
    wrong = {"steps": [{"type": "custom-node", "data": {}}]}  # building first, an error then
    await st.machines.create_serverless("never-built", gpu="CPU", docker_command_steps=wrong)
    await asyncio.to_thread(lambda: gateway.deploy("elsewhere", graphs.PRODUCT, machine="never-built"))
    made = await st.make_image("a fox", "elsewhere", "standard", **SMALL)
    assert made.deployment.name == "standard"
    assert "The machine 'never-built' of 'elsewhere' is" in made.tried[0]
    asked = len([one for one in st.last_requests if "/machine/" in one.url])
    await st.make_image("a fox", "standard", **SMALL)
    assert len([one for one in st.last_requests if "/machine/" in one.url]) == asked


async def test_when_all_refuse_the_last_error_tells_of_those_before(
    gateway: LocalGateway, st: AsyncStationThis
) -> None:
    """One error, with what was tried."""
    gateway.faults.refuse(403, **QUEUE)
    with pytest.raises(Refused, match="Before it: standard: ") as caught:
        await st.make_image("a fox", "standard", ["gone", "text-to-picture"], **SMALL)
    assert caught.value.code == "submission_failed"
    assert len(caught.value.generation.tried) == 2
    with pytest.raises(NotFound) as missing:
        await st.make_image("a fox", "gone", ["also-gone"])
    assert missing.value.code == "invalid_workflow"


@pytest.mark.parametrize(
    ("fault", "error"),
    [(429, RateLimited), (401, AuthError)],
)
async def test_what_is_not_about_the_deployment_turns_to_none(
    gateway: LocalGateway, st: AsyncStationThis, fault: int, error: type[Exception]
) -> None:
    """The account, the network: another deployment would not help."""
    await st.deployments.list()
    gateway.faults.refuse(fault, retry_after=0, **QUEUE)
    with pytest.raises(error):
        await st.make_image("a fox", "standard", ["text-to-picture"], **SMALL)
    assert await started(gateway) == []


async def test_the_callers_own_mistake_turns_to_none(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """What does not fit the first is told, though the next might take it."""
    with pytest.raises(InvalidInput):
        await st.make_image("a fox", "standard", ["text-to-picture"], steps=30)
    with pytest.raises(InvalidInput):
        await st.make_image(" , ", "standard", ["text-to-picture"])
    assert await started(gateway) == []


async def test_a_lost_answer_turns_to_none(
    gateway: LocalGateway, st: AsyncStationThis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AmbiguousSubmit: a run may have been paid for, so nothing else is started, whatever was asked for."""
    from stationthis_sdk import submits

    async def undecided(_context: Any, row: Any, *_more: Any) -> None:
        raise AmbiguousSubmit("Nobody knows.", submit_id=row.id)

    monkeypatch.setattr(submits, "settle", undecided)
    gateway.faults.drop_answers(times=1, **QUEUE)
    with pytest.raises(AmbiguousSubmit) as caught:
        await st.make_image(
            "a fox", "standard", ["text-to-picture"], retry={"failed": 2}, after_a_run=True, **SMALL
        )
    assert caught.value.code == "generation_timeout"
    assert [name for name, _ in await started(gateway)] == ["standard"]
    made = caught.value.generation
    with pytest.raises(AmbiguousSubmit):  # nor is it asked for again before it is known what came of it
        await made.resume()
    monkeypatch.undo()
    await st.reconcile()
    assert (await made.resume()).code == "success"
    assert [name for name, _ in await started(gateway)] == ["standard"]


async def test_words_of_the_first_are_no_mistakes_for_the_next(
    gateway: LocalGateway, st: AsyncStationThis
) -> None:
    """An input that only the first declares is left out with a note."""
    gateway.faults.refuse(403, times=1, **QUEUE)
    made = await st.make_image("a fox", "text-to-picture", ["standard"], style="sea", **SMALL)
    assert made.deployment.name == "standard"
    assert "style: 'standard' has no input for it" in made.left_out


async def test_a_run_that_failed_turns_only_where_asked(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """Never after a run was started; with after_a_run it does, and both runs are counted."""
    await asyncio.to_thread(gateway.deploy, "broken", graphs.BROKEN)
    with pytest.raises(RunFailed):
        await st.make_image("a fox", "broken", ["standard"], **SMALL)
    assert await started(gateway) == [("broken", "failed")]
    made = await st.make_image("a fox", "broken", ["standard"], n=2, seed=3, after_a_run=True, **SMALL)
    assert (made.code, made.deployment.name, made.seeds) == ("success", "standard", [3, 4])
    assert (
        sorted(run.record.deployment_name or "" for run in made.all_runs) == ["broken"] * 2 + ["standard"] * 2
    )


async def test_failures_run_again_only_where_asked(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """T23: none by default for failed; a number is for what was cancelled or timed out; each is noted and counted."""
    await asyncio.to_thread(gateway.deploy, "broken", graphs.BROKEN)
    with pytest.raises(RunFailed):
        await st.make_image("a fox", "broken", retry=5)
    assert len(await started(gateway)) == 1
    with pytest.raises(RunFailed) as caught:
        await st.make_image("a fox", "broken", seed=4, retry={"failed": 2})
    made = caught.value.generation
    assert len(made.all_runs) == 3
    assert {run.inputs["seed"] for run in made.all_runs} == {4}
    assert [line.rpartition(": ")[2] for line in made.tried] == ["made again, 1 of 2", "made again, 2 of 2"]


async def test_a_cancelled_run_is_made_again(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """retry=1: cancelled by somebody else once, it is made again; a second time it is an error."""
    for times, ends in ((1, "success"), (2, "cancelled")):
        gateway.faults.stall(times=times, at="queued")
        making = asyncio.create_task(st.make_image("a fox", "standard", retry=1, **SMALL))
        for number in range(times):
            while len([run for run in await asyncio.to_thread(gateway.runs) if run.state == "queued"]) != 1:
                assert not making.done()
            live = next(run for run in await asyncio.to_thread(gateway.runs) if run.state == "queued")
            await st.request("POST", f"/run/{live.id}/cancel")
            assert number < times
        if ends == "success":
            made = await making
            assert [str(run.state) for run in made.all_runs] == ["cancelled", "success"]
        else:
            with pytest.raises(RunCancelled) as caught:
                await making
            assert caught.value.code == "generation_failed"
        gateway.faults.clear()


async def test_cancelled_by_its_caller_nothing_goes_on(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """Of n runs under way each is cancelled on the service, and none is begun anew."""
    gateway.faults.stall(at="queued")
    making = asyncio.create_task(
        st.make_image("a fox", "standard", ["text-to-picture"], n=3, retry=2, **SMALL)
    )
    while [state for _, state in await started(gateway)] != ["queued"] * 3:
        assert not making.done()
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making
    assert await started(gateway) == [("standard", "cancelled")] * 3


async def test_where_nothing_fits_the_fallback_is_tried(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """Nobody named a workflow; and a fallback that wants a picture gives way to the next."""
    for name in ("standard", "text-to-picture", "picture-with-lora", "picture-to-picture"):
        await (await st.workflows.get(name)).delete()
    await asyncio.to_thread(gateway.deploy, "upscale", graphs.UPSCALE)
    await asyncio.to_thread(gateway.deploy, "poet", graphs.BROKEN)
    with pytest.raises(RunFailed):
        await st.make_image("a fox", fallback=["gone", "upscale", "poet"])
    assert [name for name, _ in await started(gateway)] == ["poet"]


async def test_several_deployments_are_told(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """One of two was made elsewhere: each seed is its run's, and what was left out for either is there."""
    gateway.faults.stall(at="queued")
    making = asyncio.create_task(
        st.make_image("a fox", "standard", ["text-to-picture"], n=2, seed=100, after_a_run=True, **SMALL)
    )
    while [state for _, state in await started(gateway)] != ["queued"] * 2:
        assert not making.done()
    second = next(one for one in await asyncio.to_thread(gateway.runs) if one.inputs["input_seed"] == 101)
    await st.request("POST", f"/run/{second.id}/cancel")
    while len(await started(gateway)) != 3:
        assert not making.done()
    gateway.faults.clear()
    made = await making
    assert made.seeds == [100, 101]
    assert "these were made by several deployments: standard, text-to-picture" in made.warnings
