"""Submits are never paid twice: what came of one whose answer was lost is looked up, in real processes, on a real gateway."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from stationthis_sdk import (
    AmbiguousSubmit,
    AsyncDeployment,
    AsyncStationThis,
    CancelRefused,
    InvalidInput,
    RunFailed,
    ServerError,
    TimedOut,
    Timeouts,
    settling,
)
from stationthis_sdk.store.ledger import SubmitRow
from stationthis_sdk.testing import LocalGateway, local_gateway
from tests.echo import GRAPH

QUEUE = {"method": "POST", "path": "/run/deployment/queue"}


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalGateway]:
    """A gateway of the test's own, with a deployment that repeats words; "not there" counts after a moment."""
    monkeypatch.setattr(settling, "GRACE", 1.0)
    with local_gateway() as made:
        made.deploy("echo", GRAPH)
        yield made


@pytest.fixture
async def st(gateway: LocalGateway) -> AsyncIterator[AsyncStationThis]:
    """A client of it."""
    async with gateway.async_client() as client:
        yield client


@pytest.fixture
async def echo(st: AsyncStationThis) -> AsyncDeployment:
    """What repeats words."""
    return await st.deployments.get("echo")


async def seen(gateway: LocalGateway) -> list[dict[str, Any]]:
    """The inputs of all runs on the gateway, without our own."""
    runs = await asyncio.to_thread(gateway.runs)
    return [{name: value for name, value in one.inputs.items() if not name.startswith("__")} for one in runs]


async def ledger_states(st: AsyncStationThis) -> list[str]:
    """What is open in the ledger."""
    context = st._ready.context
    rows = await context.ledger.open_submits()
    return [row.state for row in rows]


@pytest.mark.parametrize("trouble", ["drop_answers", "cut_answers", "errors_after"])
async def test_a_lost_answer_is_looked_up(
    gateway: LocalGateway, st: AsyncStationThis, echo: AsyncDeployment, trouble: str
) -> None:
    """The run that was made is found, and is the one and only; its inputs are the person's own."""
    if trouble == "errors_after":
        gateway.faults.errors(after=True, times=1, **QUEUE)
    else:
        getattr(gateway.faults, trouble)(times=1, **QUEUE)
    run = await echo(words="fox")
    assert run.state == "success"
    assert run.inputs == {"words": "fox"}
    assert await run.outputs[0].text() == "fox"
    assert await seen(gateway) == [{"words": "fox"}]
    assert await ledger_states(st) == []


@pytest.mark.parametrize("trouble", ["drop_requests", "errors"])
async def test_what_was_not_made_is_asked_for_again(
    gateway: LocalGateway, st: AsyncStationThis, echo: AsyncDeployment, trouble: str
) -> None:
    """When it is certain that no run came of a request, it is sent once more, under the same id."""
    getattr(gateway.faults, trouble)(times=1, **QUEUE)
    run = await echo(words="hare")
    assert run.state == "success"
    assert await seen(gateway) == [{"words": "hare"}]


async def test_what_can_not_be_made_is_told_and_never_left_open(
    gateway: LocalGateway, st: AsyncStationThis, echo: AsyncDeployment
) -> None:
    """A service that fails each time is asked twice, looked through twice, and then its error is told."""
    gateway.faults.errors(**QUEUE)
    with pytest.raises(ServerError, match="No run of 'echo' was made"):
        await echo.submit(words="hare")
    assert [one.kind for one in gateway.faults.seen] == ["errors", "errors"]
    assert await seen(gateway) == []
    assert await ledger_states(st) == []


async def test_what_can_not_be_looked_up_is_ambiguous_and_settled_later(
    gateway: LocalGateway, st: AsyncStationThis, echo: AsyncDeployment
) -> None:
    """Without lists nobody can tell: it is not sent again, and reconcile finds it when they are back."""
    gateway.faults.drop_answers(times=1, **QUEUE)
    gateway.faults.refuse(403, path="*/runs")
    with pytest.raises(AmbiguousSubmit, match="stationthis reconcile") as failed:
        await echo.submit(words="fox")
    assert await ledger_states(st) == ["lost"]
    gateway.faults.clear()
    (settled,) = await st.reconcile()
    assert (settled.outcome, settled.submit_id) == ("found", failed.value.submit_id)
    assert (await (await st.runs.get(str(settled.run_id))).wait()).state == "success"
    assert await seen(gateway) == [{"words": "fox"}]
    assert await st.reconcile() == []


@pytest.mark.slow
async def test_what_was_left_open_long_ago_waits_for_the_service(
    gateway: LocalGateway, st: AsyncStationThis, echo: AsyncDeployment
) -> None:
    """Submits of a process that has ended: while the lists are away nothing is certain, however long ago they were sent."""
    made = await (await echo.submit(words="fox")).wait()
    ledger, long_ago = st._ready.context.ledger, time.time() - 1000
    rows = [
        SubmitRow(
            name, "echo", deployment_id=echo.id, workflow_id=echo.record.workflow_id, state="lost", sent_at=long_ago,
            given_up_at=long_ago, created_at=long_ago,
        )
        for name in (str(made.record.submit_id), "nothing-came-of-it")
    ]  # fmt: skip
    for row in rows:
        await ledger.sending(row)
    gateway.faults.errors(path="*/runs")

    async def settled() -> dict[str, str | None]:
        found = settling.settle_many(st._ready.context, rows)
        return {row.id: None if run is None else run.id async for row, run in found}

    settling_all = asyncio.create_task(settled())
    before = len(st.last_requests)
    while sum((one.status or 0) >= 500 for one in st.last_requests[before:]) < 8:
        await asyncio.sleep(0.05)
        assert not settling_all.done()
    gateway.faults.clear()
    assert await settling_all == {made.record.submit_id: made.id, "nothing-came-of-it": None}


async def test_each_equal_run_has_its_own_submit(gateway: LocalGateway, echo: AsyncDeployment) -> None:
    """Twenty runs of the same inputs, every other answer lost: twenty runs, and each caller has another one."""
    gateway.faults.drop_answers(0.5, seed=3, **QUEUE)
    runs = await asyncio.gather(*(echo.submit(words="same") for _ in range(20)))
    assert len({run.id for run in runs}) == 20
    assert len(await seen(gateway)) == 20


async def test_known_runs_are_not_read_to_find_another(
    gateway: LocalGateway, st: AsyncStationThis, echo: AsyncDeployment
) -> None:
    """The ledger knows whose runs those of other submits are: only the one is read."""
    for at in range(5):
        await echo.submit(words=str(at))
    gateway.faults.drop_answers(times=1, **QUEUE)
    before = len(st.last_requests)
    await echo.submit(words="lost")
    reads = [one.url.rpartition("/api")[2] for one in st.last_requests[before:] if one.method == "GET"]
    assert sum(path.startswith("/run/") for path in reads) == 1, reads


async def test_a_run_that_a_machine_did_not_take_is_found(
    gateway: LocalGateway, st: AsyncStationThis, echo: AsyncDeployment
) -> None:
    """The service passes on a machine's own refusal after it made the run: that run is told, failed."""
    machine = await st.machines.create_custom(
        "broken", type="classic", endpoint=f"{gateway.base_url}/nothing-here"
    )
    await st.deployments.publish(GRAPH, "unlucky", machine=machine)
    unlucky = await st.deployments.get("unlucky")
    with pytest.raises(RunFailed) as failed:
        await unlucky(words="fox")
    assert len(await seen(gateway)) <= 1
    assert failed.value.run_id or "was made and failed" in failed.value.message


async def test_a_declared_reserved_input_is_refused(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """A workflow that declares the input we carry our id in is not run, and nobody may set it."""
    graph = {
        **GRAPH,
        "1": {**GRAPH["1"], "inputs": {**GRAPH["1"]["inputs"], "input_id": "__stationthis_submit"}},
    }
    await asyncio.to_thread(gateway.deploy, "greedy", graph)
    greedy = await st.deployments.get("greedy", refresh=True)
    with pytest.raises(InvalidInput, match="reserved"):
        await greedy.submit()
    with pytest.raises(InvalidInput, match="reserved"):
        await (await st.deployments.get("echo")).options(allow_unknown=True).submit(__stationthis_submit="x")
    assert await seen(gateway) == []


# --- killed processes -------------------------------------------------------------------------------------------------

_SUBMITS = """
import sys
from stationthis_sdk import StationThis
st = StationThis()
echo = st.deployments["echo"]
print("ready", flush=True)
print(echo.submit(words=sys.argv[1]).id, flush=True)
"""


def start(gateway: LocalGateway, home: Path, words: str) -> "subprocess.Popen[str]":
    """A process that submits once, with a data folder of the test's."""
    environment = {**gateway.environment(), "STATIONTHIS_HOME": str(home)}
    command = [sys.executable, "-c", _SUBMITS, words]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def kill(process: "subprocess.Popen[str]") -> None:
    """The end that nobody hears of."""
    process.send_signal(signal.SIGKILL)
    process.communicate()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder that outlives processes."""
    return tmp_path / "home"


def test_a_process_killed_while_it_waits_for_the_answer(gateway: LocalGateway, home: Path) -> None:
    """T1: the submit was written down before it was sent: the next process finds the run that was made; nothing is sent."""
    gateway.faults.slow(seconds=30, **QUEUE)
    process = start(gateway, home, "fox")
    gateway.until(lambda: gateway.faults.seen)
    kill(process)
    gateway.faults.clear()
    with gateway.client(home=home) as st:
        told = st.reconcile()
        if told[0].outcome == "found":
            assert st.runs.get(str(told[0].run_id)).wait().outputs[0].text() == "fox"
    assert len(told) == 1
    assert len(gateway.runs()) == (1 if told[0].outcome == "found" else 0)


def test_a_process_killed_after_the_run_was_made(gateway: LocalGateway, home: Path) -> None:
    """T6: the answer never came: the run is found, with tags and inputs as they were submitted."""
    gateway.faults.drop_answers(times=1, **QUEUE)
    gateway.faults.slow(seconds=30, path="*/runs")
    process = start(gateway, home, "hare")
    gateway.until(lambda: len(gateway.runs()) == 1 and len(gateway.faults.seen) > 1)
    kill(process)
    gateway.faults.clear()
    with gateway.client(home=home) as st:
        (told,) = st.reconcile()
        assert told.outcome == "found"
        (run,) = st.runs.list()
        assert (run.id, run.inputs) == (told.run_id, {"words": "hare"})
    assert len(gateway.runs()) == 1


@pytest.mark.slow
def test_processes_killed_at_any_moment(gateway: LocalGateway, home: Path) -> None:
    """Twelve processes, each killed at another moment: after reconcile each submit is a run or none, and none is two."""
    gateway.faults.drop_answers(0.3, seed=5, **QUEUE)
    for at in range(12):
        process = start(gateway, home, str(at))
        time.sleep(at * 0.004)
        kill(process)
    with gateway.client(home=home) as st:
        outcomes = [one.outcome for one in st.reconcile()]
        assert set(outcomes) <= {"found", "absent"}
        assert st.reconcile() == []
        known = {run.id for run in st.runs.list(limit=None)}
    runs = gateway.runs()
    words = [one.inputs["words"] for one in runs]
    assert len(words) == len(set(words)), "paid twice"
    assert {one.id for one in runs} == known


# --- cancels ----------------------------------------------------------------------------------------------------------


async def test_a_refused_cancel_is_tried_again(
    gateway: LocalGateway, st: AsyncStationThis, echo: AsyncDeployment
) -> None:
    """A cancel that the service would not do yet is wanted until it is done."""
    gateway.faults.stall(at="queued")
    run = await echo.submit(words="fox")
    gateway.faults.refuse(500, times=9, path="/run/*/cancel")
    context = st._ready.context
    await context.ledger.wants_cancel(run.record, time.time() + 60)
    (told,) = await st.reconcile(wait=False)
    assert told.outcome == "open"
    gateway.faults.clear()
    (told,) = await st.reconcile(wait=False)
    assert (told.outcome, told.run_id) == ("cancelled", run.id)
    assert await st.reconcile(wait=False) == []


async def test_cancelling_a_classic_run_is_refused_and_remembered(
    gateway: LocalGateway, st: AsyncStationThis
) -> None:
    """The service can't cancel runs on classic machines: it is told, tried again for a while, and stays noted as not wanted."""
    gateway.faults.stall(at="queued")
    classic = await st.machines.get("classic-machine")
    await st.deployments.publish(GRAPH, "slow", machine=classic)
    run = await (await st.deployments.get("slow", refresh=True)).submit(words="fox")
    with pytest.raises(CancelRefused, match="reconcile"):
        await run.cancel()
    context = st._ready.context
    (wanted,) = await context.ledger.unwanted_runs()
    assert wanted.record.id == run.id
    await context.ledger.wants_cancel(run.record, 1.0)
    for _ in range(2):
        (told,) = await st.reconcile()
        assert (told.outcome, told.run_id) == ("wanted", run.id)
    gateway.faults.clear()
    await run.wait()
    (told,) = await st.reconcile()
    assert told.outcome == "ended"
    assert await st.reconcile() == []


async def test_cancels_are_tried_again_until_their_time_is_over(
    gateway: LocalGateway, st: AsyncStationThis, echo: AsyncDeployment
) -> None:
    """Reconcile waits while a cancel may still come through, also for a run that this ledger did not know."""
    gateway.faults.stall(at="queued")
    run = await echo.submit(words="fox")
    gateway.faults.refuse(500, times=6, path="/run/*/cancel")
    elsewhere = attrs.evolve(run.record, id=run.id)
    context = st._ready.context
    await context.ledger.do(lambda database: database.execute("DELETE FROM runs") and None, None)
    await context.ledger.wants_cancel(elsewhere, time.time() + 60)
    (told,) = [one for one in await st.reconcile() if one.run_id == run.id]
    assert told.outcome == "cancelled"


# --- lists ------------------------------------------------------------------------------------------------------------


async def test_runs_of_this_machine_are_listed(
    gateway: LocalGateway, st: AsyncStationThis, echo: AsyncDeployment
) -> None:
    """Newest first, with inputs, outputs and tags; those that lived when they were last heard of are read anew."""
    ids = [(await echo.options(tags=["autumn", f"n{at}"]).submit(words=str(at))).id for at in range(3)]
    for run_id in ids:
        await (await st.runs.get(run_id)).wait()
    listed = await st.runs.list()
    assert [run.id for run in listed] == ids[::-1]
    assert [run.inputs for run in listed] == [{"words": "2"}, {"words": "1"}, {"words": "0"}]
    assert listed[0].tags == ("autumn", "n2")
    assert await listed[0].outputs[0].text() == "2"
    assert [run.id for run in await st.runs.list(tag="n1")] == [ids[1]]
    assert await st.runs.list(tag="spring") == []
    assert len(await st.runs.list(state="success", limit=2)) == 2
    assert await st.runs.list(state="failed") == []
    async with gateway.async_client(await asyncio.to_thread(gateway.add_key, "guest")) as guest:
        assert await guest.runs.list() == [], "another account's runs are not told"


async def test_a_list_reads_only_what_may_have_changed(st: AsyncStationThis, echo: AsyncDeployment) -> None:
    """Runs whose end is known are not asked for again."""
    for at in range(3):
        await echo(words=str(at))
    before = len(st.last_requests)
    assert len(await st.runs.list()) == 3
    assert len(st.last_requests) == before


def test_the_key_is_nowhere_in_the_ledger(gateway: LocalGateway, home: Path) -> None:
    """T30: nor is it in anything else of the data folder."""
    with gateway.client(home=home) as st:
        st.deployments["echo"](words="fox")
    files = [path for path in home.rglob("*") if path.is_file()]
    assert home / "ledger.db" in files
    for path in files:
        assert gateway.key.encode() not in path.read_bytes(), path


async def test_what_is_left_is_told_by_earlier_runs(st: AsyncStationThis) -> None:
    """A run at work tells how many seconds are left, by the earlier runs of its deployment; it is never below nought."""
    drawing = await st.deployments.get("text-to-picture")
    await drawing(prompt="a fox", steps=2, width=64, height=64)
    context = st._ready.context
    usual = await context.ledger.usual_seconds(drawing.id)
    assert usual is not None
    told: list[float | None] = []
    run = await drawing.submit(prompt="a fox", seed=2, steps=60, width=512, height=512)
    await run.wait(on_progress=lambda progress: told.append(progress.eta))
    left = [one for one in told if one is not None]
    assert left, told
    assert all(0 <= one <= usual for one in left)
    assert told[-1] is None, "what has ended has nothing left"


async def test_the_execution_limit_counts_from_the_runs_start(
    gateway: LocalGateway, st: AsyncStationThis, echo: AsyncDeployment
) -> None:
    """T6, T22: whoever takes up a run that has worked for an hour does not give it another: the limit is of the run."""
    gateway.faults.stall(at="running")
    run = await echo.submit(words="fox")
    async with asyncio.timeout(45):
        while (await run.refresh()).state != "running":  # noqa: ASYNC110 - a service in a thread
            await asyncio.sleep(0.02)
    context = st._ready.context
    (submit,) = [one for one in [await context.ledger.submit(str(run.record.submit_id))] if one]
    hour_ago = submit.created_at - 3600
    change = "UPDATE submits SET created_at = ? WHERE id = ?"
    await context.ledger.do(lambda database: database.execute(change, (hour_ago, submit.id)) and None, None)
    taken_up = await st.runs.get(run.id)
    taken_up._timeouts = Timeouts(execution=1800)
    with pytest.raises(TimedOut, match="execution limit of 1800 s"):
        await taken_up.wait()


async def test_what_another_process_has_settled_is_not_sent_again(
    gateway: LocalGateway, st: AsyncStationThis, echo: AsyncDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a process looks for its run another reconciles the same ledger: there is one run, and both know it."""
    gateway.faults.drop_answers(times=1, **QUEUE)
    gateway.faults.errors(times=3, path="*/runs")  # so that the one that looks is still looking
    submitting = asyncio.create_task(echo.submit(words="fox"))
    await asyncio.to_thread(gateway.until, lambda: len(gateway.faults.seen) > 1)
    context = st._ready.context
    (row,) = await context.ledger.open_submits()
    assert row.under_way, "whoever sent it is still at it"
    assert [one.outcome for one in await st.reconcile(wait=False)] == ["open"]
    # Another machine that shares the folder can't see that process, and settles it.
    monkeypatch.setattr("stationthis_sdk.store.ledger.HOST", "another")
    assert {one.outcome for one in await st.reconcile()} <= {"found", "open"}
    run = await submitting
    assert (await run.wait()).state == "success"
    assert await seen(gateway) == [{"words": "fox"}]
