"""Runs on a real gateway: follow, cancel, save, again, and back from a file."""

import asyncio
import contextlib
import uuid
from typing import Any

import pytest

from stationthis_sdk import (
    AsyncStationThis,
    AuthError,
    CancelRefused,
    InvalidInput,
    NotFound,
    RunCancelled,
    RunTimedOut,
    StationThis,
    TimedOut,
    Timeouts,
    UnexpectedResponse,
)
from tests.fixtures import RunningGateway
from tests.wire import CLOSE, CRASH, Asked, Wire, answer

SMALL: dict[str, Any] = {"steps": 2, "width": 64, "height": 64}
LONG: dict[str, Any] = {"prompt": "long", "steps": 60, "width": 1024, "height": 1024}
RUN = "5ea8723e-4701-4d69-8604-8932801f2083"


@pytest.fixture
async def portrait(ast: AsyncStationThis):
    return await ast.deployments.get("text-to-picture")


async def test_pixels_follow_prompt_and_seed(portrait) -> None:
    """Another prompt or seed is another picture; the same is the same to the byte of its pixels."""

    async def pixels(**inputs: Any) -> bytes:
        run = await portrait(**SMALL, **inputs)
        return (await run.outputs[0].image()).tobytes()

    one = await pixels(prompt="a fox", seed=1)
    assert one == await pixels(prompt="a fox", seed=1)
    assert one != await pixels(prompt="a fox", seed=2)
    assert one != await pixels(prompt="a hare", seed=1)


async def test_follow_tells_a_run_from_start_to_end(portrait) -> None:
    """States only forward, progress never back, each output once, one end."""
    run = await portrait.submit(prompt="x", steps=40)
    events = [event async for event in run.follow()]
    states = [event.progress.state.rank for event in events]
    fractions = [event.progress.fraction for event in events]
    assert states == sorted(states)
    assert fractions == sorted(fractions)
    assert [event.kind for event in events].count("output") == 1
    assert [event.kind for event in events].count("end") == 1
    assert events[-1].kind == "end"
    assert events[-1].progress.state == "success"


async def test_follow_ends_without_raising_when_a_run_is_cancelled(ast, portrait) -> None:
    """Its last event tells; wait raises."""
    run = await portrait.submit(**LONG)
    assert await (await ast.runs.get(run.id)).cancel() == "cancelled"
    events = [event async for event in run.follow()]
    assert events[-1].progress.state == "cancelled"
    with pytest.raises(RunCancelled):
        await run.wait()


async def test_cancel_really_stops_and_sticks(ast, portrait) -> None:
    """A second cancel changes nothing, and a cancelled run has no picture."""
    run = await portrait.submit(**LONG)
    assert await run.cancel() == "cancelled"
    assert await run.cancel() == "cancelled"
    assert (await ast.runs.get(run.id)).outputs.images == ()


async def test_an_ended_run_keeps_its_end(portrait) -> None:
    """Cancelling what has succeeded is no error and no change."""
    run = await portrait(prompt="x", **SMALL)
    assert await run.cancel() == "success"


async def test_a_classic_machine_refuses_to_cancel(gateway: RunningGateway, ast) -> None:
    """The service answers 500; the error says that the run goes on, and is worth repeating."""
    graph = {
        "1": {
            "class_type": "EmptyImage",
            "inputs": {"width": 2048, "height": 2048, "batch_size": 1, "color": 9},
        },
        "2": {"class_type": "ImageBlur", "inputs": {"image": ["1", 0], "blur_radius": 31, "sigma": 9.0}},
        "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "x"}},
    }
    await asyncio.to_thread(gateway.deploy, "on-classic", graph, machine="classic-machine")
    run = await (await ast.deployments.get("on-classic")).submit()
    with pytest.raises(CancelRefused, match="would not cancel") as caught:
        await run.cancel()
    assert caught.value.retryable
    assert caught.value.run_id == run.id
    await run.wait()


async def test_a_run_is_reattached_by_id(ast, portrait) -> None:
    """From its id alone: state, inputs and outputs; an unknown or malformed id is told as such."""
    run = await portrait(prompt="x", seed=4, **SMALL)
    again = await ast.runs.get(run.id)
    assert (again.state, again.inputs, len(again.outputs)) == ("success", run.inputs, 1)
    for unknown in (str(uuid.uuid4()), "nonsense", "", "../deployments"):
        with pytest.raises(NotFound):
            await ast.runs.get(unknown)


async def test_again_repeats_with_changes(ast, portrait) -> None:
    """The seed stays unless changed; a run reattached by id finds its deployment."""
    run = await portrait(prompt="x", seed=4, **SMALL)
    changed = await run.again(prompt="y")
    assert changed.inputs == {**run.inputs, "prompt": "y"}
    assert changed.id != run.id
    reattached = await ast.runs.get(run.id)
    assert (await reattached.again(seed=None)).inputs["seed"] != 4


async def test_polls_survive_a_service_that_comes_and_goes() -> None:
    """T10: a poll that fails is no run that failed: it is asked again until the run's own end."""
    states = iter(["running", "running", "success"])
    troubles = iter([CRASH, None, CLOSE, None, CRASH, None])

    def reply(_asked: Asked) -> Any:
        trouble = next(troubles, None)
        return trouble or answer(200, {"id": RUN, "status": next(states, "success")})

    with Wire(answer(200, {"id": RUN, "status": "running"})) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            run = await st.runs.get(RUN)
            wire.otherwise = reply
            assert (await run.wait()).state == "success"


async def test_a_wait_ends_in_time_although_the_service_hangs() -> None:
    """T12: the limit holds even while a poll gets no answer, and the run is told to go on."""
    from tests.wire import HANG

    with Wire(answer(200, {"id": RUN, "status": "running"})) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            run = await st.runs.get(RUN)
            wire.otherwise = HANG
            with pytest.raises(TimedOut, match="It goes on") as caught:
                await run.wait(timeout=0.3)
    assert (caught.value.phase, caught.value.run_id, caught.value.state) == ("total", RUN, "running")


async def test_a_new_state_is_a_live_state(caplog: pytest.LogCaptureFixture) -> None:
    """T4: a state the service invents tomorrow neither ends the wait nor breaks it, and is warned of once."""
    states = iter(["queued", "defrosting", "defrosting", "timeout"])
    with Wire(lambda _asked: answer(200, {"id": RUN, "status": next(states)})) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            with pytest.raises(RunTimedOut, match="run_timeout"):
                await (await st.runs.get(RUN)).wait()
    assert [one.levelname for one in caplog.records if "'defrosting'" in one.getMessage()] == ["WARNING"]


async def test_a_new_state_lasts_no_longer_than_the_limits() -> None:
    """T4: what is never heard of again ends with the execution limit, as a run that goes on."""
    with Wire(answer(200, {"id": RUN, "status": "defrosting"})) as wire:
        async with AsyncStationThis("k", wire.base_url, timeouts=Timeouts(execution=0.2)) as st:
            with pytest.raises(TimedOut, match="It goes on") as caught:
                await (await st.runs.get(RUN)).wait()
    assert (caught.value.phase, caught.value.state) == ("execution", "defrosting")


def test_an_httpx_client_of_ones_own_carries_everything(gateway: RunningGateway, tmp_path) -> None:
    """Submit, poll, upload and download through it; it stays open and its maker's."""
    import httpx
    from PIL import Image

    with (
        httpx.Client() as theirs,
        contextlib.closing(StationThis(gateway.key, gateway.base_url, http_client=theirs)) as st,
    ):
        picture = Image.new("RGB", (32, 32), "red")
        run = st.deployments["picture-to-picture"](input_image=picture, prompt="x", steps=1)
        assert run.save(tmp_path)[0].read_bytes()[:4] == b"\x89PNG"
        st.close()
        assert not theirs.is_closed


async def test_odd_answers_in_the_middle_are_weather() -> None:
    """A web page, a 408, a 404 between good answers: the wait goes on, and the run's end is heard."""
    odd = iter(
        [
            answer(200, b"<html>", content_type="text/html"),
            answer(408, b"x"),
            answer(404, {"detail": "Run not found"}),
        ]
    )
    good = answer(200, {"id": RUN, "status": "running"})
    with Wire(good) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            run = await st.runs.get(RUN)
            wire.otherwise = lambda _asked: next(odd, answer(200, {"id": RUN, "status": "success"}))
            assert (await run.wait()).state == "success"


async def test_an_error_that_ends_a_wait_says_that_the_run_goes_on() -> None:
    """A key revoked in the middle: the message holds the way back."""
    with Wire(answer(200, {"id": RUN, "status": "running"})) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            run = await st.runs.get(RUN)
            wire.otherwise = answer(401, {"detail": "Revoked token"})
            with pytest.raises(AuthError, match=f"Run {RUN} goes on") as caught:
                await run.wait()
    assert caught.value.run_id == RUN


async def test_another_run_is_never_taken_for_this_one() -> None:
    """A service that answers with a foreign id is not believed."""
    with Wire(answer(200, {"id": str(uuid.uuid4()), "status": "running"})) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            with pytest.raises(UnexpectedResponse, match="told of another"):
                await st.runs.get(RUN)


async def test_a_dead_service_is_named_when_time_runs_out() -> None:
    """The limit's message tells what the last look met."""
    running = answer(200, {"id": RUN, "status": "running"}, headers={"Connection": "close"})
    with Wire(running) as wire:
        st = AsyncStationThis("k", wire.base_url)
        run = await st.runs.get(RUN)
    with pytest.raises(TimedOut, match="Can't connect"):
        await run.wait(timeout=1.5)
    await st.close()


@pytest.mark.parametrize("depth", [900, 5000])
async def test_an_answer_nested_without_end_is_no_error_of_pythons(depth: int) -> None:
    """Read, or refused as another shape: never a RecursionError."""
    body = b'{"id": "%s", "status": "running", "outputs": %s%s}' % (RUN.encode(), b"[" * depth, b"]" * depth)
    with Wire(answer(200, body)) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            with contextlib.suppress(UnexpectedResponse):
                assert (await st.runs.get(RUN)).outputs.images == ()


async def test_saving_too_early_is_said_not_silent(portrait, tmp_path) -> None:
    """A run that has made nothing yet has nothing to save, and its outputs say why."""
    run = await portrait.submit(**LONG)
    with pytest.raises(InvalidInput, match=r"wait\(\) first"):
        await run.save(tmp_path)
    with pytest.raises(NotFound, match="has not ended"):
        _ = run.outputs["picture"]
    await run.cancel()
    assert list(tmp_path.iterdir()) == []


def test_what_one_types_shows_something(st: StationThis) -> None:
    """The reprs of what people have in their hands."""
    portrait = st.deployments.get("text-to-picture", refresh=True)
    assert "text-to-picture" in repr(st.deployments)
    assert repr(portrait.inputs["steps"]) == "<steps 1–60 = 20>"
    assert repr(st.last_requests[-1]).startswith("<GET http://127.0.0.1")
    assert [repr(one)[0] for one in (st, st.runs, st.files, st.machines, portrait)] == ["<"] * 5
