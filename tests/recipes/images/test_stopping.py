"""Cancelled, interrupted, disturbed: what a caller stops is not made up for, and what was paid for is not lost."""

import asyncio
import itertools
import signal
import subprocess
import sys
from typing import Any

import pytest

from stationthis_sdk import AmbiguousSubmit, AsyncStationThis, InvalidInput, Refused, RunCancelled, chain
from stationthis_sdk.errors import DownloadFailed, TimedOut
from stationthis_sdk.local.faults import Faults
from stationthis_sdk.testing import LocalGateway
from tests.recipes.images.test_turning import QUEUE, SMALL, started


async def reached(
    gateway: LocalGateway, states: list[str], beside: "asyncio.Task[Any] | None" = None
) -> None:
    """Wait until the runs are in these states."""
    while sorted(state for _, state in await started(gateway)) != sorted(states):
        assert beside is None or not beside.done()


@pytest.mark.parametrize("by", ["generation", "run", "run got anew"])
async def test_the_callers_own_cancel_buys_nothing_new(
    gateway: LocalGateway, st: AsyncStationThis, by: str
) -> None:
    """Neither retry nor fallback makes up for a run that was cancelled through this client."""
    gateway.faults.stall(at="queued")
    made = await st.make_image(
        "a fox", "standard", ["text-to-picture"], wait=False, retry=2, after_a_run=True, **SMALL
    )
    waiting = asyncio.create_task(made.wait())
    await reached(gateway, ["queued"], waiting)
    run = made.runs[0] if by == "run" else await st.runs.get(made.runs[0].id)
    await (made.cancel() if by == "generation" else run.cancel())
    with pytest.raises(RunCancelled) as caught:
        await waiting
    assert caught.value.code == "generation_failed"
    assert await started(gateway) == [("standard", "cancelled")]
    gateway.faults.clear()
    assert (await made.resume()).code == "success"  # which the caller asks for


async def test_a_cancelled_chain_ends_where_it_is(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """The step under way is cancelled and looked at, not the one that ended; no further step is started."""
    steps = chain("standard", "picture-to-picture", "picture-to-picture")
    made = await st.make_image("a fox", steps, wait=False, **SMALL)
    await made.runs[0].wait()
    gateway.faults.stall(at="queued")
    waiting = asyncio.create_task(made.wait())
    await reached(gateway, ["success", "queued"], waiting)
    await made.refresh()
    await made.cancel()
    with pytest.raises(RunCancelled):
        await waiting
    assert await started(gateway) == [("standard", "success"), ("picture-to-picture", "cancelled")]
    early = await st.make_image("a fox", steps, wait=False, **SMALL)
    await early.cancel()
    gateway.faults.clear()
    with pytest.raises(RunCancelled):
        await early.wait()
    assert len(await started(gateway)) == 3


async def test_a_lost_submit_is_told_before_all(
    gateway: LocalGateway, st: AsyncStationThis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of several errors the gravest is raised, all are there, the cost is unknown, and nobody pays back."""
    from stationthis_sdk import submits

    async def undecided(_context: Any, row: Any, *_more: Any) -> None:
        raise AmbiguousSubmit("Nobody knows.", submit_id=row.id)

    monkeypatch.setattr(submits, "settle", undecided)
    await st.deployments.list()
    gateway.faults.stall(at="queued")
    for seed in itertools.count():
        trial = Faults()
        trial.drop_answers(0.5, seed=seed, **QUEUE)
        if [trial.of_request("POST", "/api/run/deployment/queue") is None for _ in range(2)] == [True, False]:
            gateway.faults.drop_answers(0.5, seed=seed, **QUEUE)
            break
    making = asyncio.create_task(st.make_image("a fox", "standard", n=2, seed=1, **SMALL))
    await reached(gateway, ["queued"] * 2, making)
    first = next(run for run in await asyncio.to_thread(gateway.runs) if run.inputs["input_seed"] == 1)
    await st.request("POST", f"/run/{first.id}/cancel")
    with pytest.raises(AmbiguousSubmit) as caught:
        await making
    made = caught.value.generation
    assert [type(error) for error in made.errors] == [AmbiguousSubmit, RunCancelled]
    assert (made.code, caught.value.code, made.cost.estimated) == (
        "generation_timeout",
        "generation_timeout",
        None,
    )
    assert "answer to a submit is lost" in str(made.cost.why)


async def test_nothing_is_turned_to_after_a_lost_submit(
    gateway: LocalGateway, st: AsyncStationThis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run may be there: when the others are gone on with, a refusal turns to no other deployment."""
    from stationthis_sdk import submits

    async def undecided(_context: Any, row: Any, *_more: Any) -> None:
        raise AmbiguousSubmit("Nobody knows.", submit_id=row.id)

    monkeypatch.setattr(submits, "settle", undecided)
    gateway.faults.drop_answers(times=1, **QUEUE)
    with pytest.raises(AmbiguousSubmit) as caught:
        await st.make_image("a fox", "standard", ["text-to-picture"], n=3, seed=1, **SMALL)
    gateway.faults.refuse(403, times=1, **QUEUE)
    made = caught.value.generation
    with pytest.raises(AmbiguousSubmit):
        await made.resume()
    assert {name for name, _ in await started(gateway)} == {"standard"}
    assert Refused in map(type, made.errors)


async def test_a_time_limit_tells_every_run_that_goes_on(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """Each of n has an id, and all of them are told."""
    gateway.faults.stall(at="queued")
    with pytest.raises(TimedOut) as caught:
        await st.make_image("a fox", "standard", n=3, timeout=2, **SMALL)
    runs = await asyncio.to_thread(gateway.runs)
    assert len(runs) == 3
    assert all(run.id in str(caught.value) for run in runs)
    assert caught.value.code == "generation_timeout"


async def test_a_live_run_is_not_hidden_by_one_that_ended(
    gateway: LocalGateway, st: AsyncStationThis
) -> None:
    """The first was cancelled, the second goes on: the limit that ran out is what is raised."""
    gateway.faults.stall(at="queued")
    making = asyncio.create_task(st.make_image("a fox", "standard", n=2, seed=5, timeout=4, **SMALL))
    await reached(gateway, ["queued"] * 2, making)
    first = next(run for run in await asyncio.to_thread(gateway.runs) if run.inputs["input_seed"] == 5)
    await st.request("POST", f"/run/{first.id}/cancel")
    with pytest.raises(TimedOut) as caught:
        await making
    assert [type(error) for error in caught.value.generation.errors] == [TimedOut, RunCancelled]
    assert caught.value.code == "generation_timeout"


async def test_saving_goes_on_past_a_file_that_is_gone(
    gateway: LocalGateway, st: AsyncStationThis, tmp_path: Any
) -> None:
    """The others are saved, and the error has their paths."""
    made = await st.make_image("a fox", "standard", n=4, seed=1, **SMALL)
    path = str(made.runs[0].outputs[0].url).split("/files/")[1]
    gateway.faults.refuse(403, path=f"/files/{path}")
    with pytest.raises(DownloadFailed, match="3 files of other runs") as caught:
        await made.save(tmp_path)
    assert len(caught.value.saved) == 3
    assert all(one.is_file() for one in caught.value.saved)


@pytest.mark.parametrize("colour", ["async", "sync"])
async def test_an_error_of_the_listener_loses_no_run(
    gateway: LocalGateway, st: AsyncStationThis, colour: str
) -> None:
    """Runs that are paid for go on, and the error has the generation, in its caller's colour."""

    def listen(_heard: object) -> None:
        raise ZeroDivisionError("mine")

    words = {"workflow": "standard", "n": 3, "on_progress": listen, **SMALL}
    gateway.faults.stall(at="queued")
    client = await asyncio.to_thread(gateway.client)
    with pytest.raises(ZeroDivisionError) as caught:
        await (
            st.make_image("a fox", **words)
            if colour == "async"
            else asyncio.to_thread(lambda: client.make_image("a fox", **words))
        )
    made: Any = caught.value.generation  # type: ignore[attr-defined]
    assert "cancelled" not in [state for _, state in await started(gateway)]
    gateway.faults.clear()
    done = await made.resume() if colour == "async" else await asyncio.to_thread(made.resume)
    assert done.code == "success"


async def test_what_listens_is_a_function(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """That is told before anything is sent, by both colours."""
    client = await asyncio.to_thread(gateway.client)
    for make in (
        lambda: st.make_image("a fox", "standard", on_progress=3, **SMALL),  # type: ignore[arg-type]
        lambda: asyncio.to_thread(lambda: client.make_image("a fox", "standard", on_progress=3, **SMALL)),  # type: ignore[arg-type]
    ):
        with pytest.raises(InvalidInput, match="on_progress"):
            await make()
    assert await started(gateway) == []


async def test_one_that_is_waited_for_is_not_resumed(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """What failed stays failed for the one who waits."""
    gateway.faults.stall(at="queued")
    made = await st.make_image("a fox", "standard", n=2, seed=70, wait=False, **SMALL)
    waiting = asyncio.create_task(made.wait())
    await reached(gateway, ["queued"] * 2, waiting)
    first = next(run for run in await asyncio.to_thread(gateway.runs) if run.inputs["input_seed"] == 70)
    await st.request("POST", f"/run/{first.id}/cancel")
    while not made.errors:
        await asyncio.to_thread(gateway.runs)
    with pytest.raises(InvalidInput, match="one wait"):
        await made.resume()
    gateway.faults.clear()
    with pytest.raises(RunCancelled):
        await waiting


async def test_interrupted_the_ids_of_all_are_told(
    gateway: LocalGateway, st: AsyncStationThis, caplog: pytest.LogCaptureFixture
) -> None:
    """Also of those that had ended well; the cancellation carries the generation."""
    gateway.faults.stall(at="queued", times=1)
    making = asyncio.create_task(st.make_image("a fox", "standard", n=3, **SMALL))
    await reached(gateway, ["queued", "success", "success"], making)
    making.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await making
    for run in await asyncio.to_thread(gateway.runs):
        assert run.id in caplog.text
    assert len(caught.value.generation.all_runs) == 3  # type: ignore[attr-defined]


SCRIPT = """
import sys
from stationthis_sdk import StationThis
try:
    StationThis(sys.argv[1], sys.argv[2], home=sys.argv[3]).make_image("a fox", "standard", n=3, steps=1)
except KeyboardInterrupt as told:
    print(told)
"""


def test_ctrl_c_tells_the_ids_of_all(gateway: LocalGateway, tmp_path: Any) -> None:
    """In plain code they stand in the text of the KeyboardInterrupt."""
    gateway.faults.stall(at="queued", times=1)
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, gateway.key, gateway.base_url, tmp_path],
        stdout=subprocess.PIPE,
        text=True,
    ) as script:
        gateway.until(
            lambda: sorted(run.state for run in gateway.runs()) == ["queued", "success", "success"], 45
        )
        script.send_signal(signal.SIGINT)
        told, _ = script.communicate(timeout=45)
    assert all(run.id in told for run in gateway.runs()), told
