"""Why runs fail: found on a real gateway, in the raw list or the log, in little time, without ever being in the way."""

import asyncio
import json
import pickle
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from stationthis_sdk import (
    AsyncRun,
    AsyncStationThis,
    RunCancelled,
    RunError,
    RunFailed,
    RunTimedOut,
    reasons,
)
from stationthis_sdk.reasons import reason_in_log, reason_in_outputs
from stationthis_sdk.testing import LocalGateway, local_gateway
from tests.wire import HANG, Cut, Wire, answer

SMALL = {"prompt": "a harbour", "seed": 1, "steps": 1, "width": 64, "height": 64}
RUN = "5ea8723e-4701-4d69-8604-8932801f2083"
WORKFLOW = "90e08208-6079-4e97-b95d-91998d56d1b6"
UNKNOWN = {"1": {"class_type": "NoSuchNode", "inputs": {}}}


def image(width: int = 8, prefix: str = "x") -> dict[str, Any]:
    """A picture of one colour, saved."""
    size = {"width": width, "height": 8, "batch_size": 1, "color": 0}
    return {
        "1": {"class_type": "EmptyImage", "inputs": size},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": prefix}},
    }


@pytest.fixture
def gateway() -> Iterator[LocalGateway]:
    """A gateway of the test's own."""
    with local_gateway() as made:
        yield made


@pytest.fixture
async def st(gateway: LocalGateway) -> AsyncIterator[AsyncStationThis]:
    """A client of it."""
    async with gateway.async_client() as client:
        yield client


async def failed(gateway: LocalGateway, st: AsyncStationThis, graph: dict[str, Any]) -> RunFailed:
    """What a run of this graph fails with."""
    await asyncio.to_thread(gateway.deploy, "broken", graph)
    with pytest.raises(RunFailed) as caught:
        await (await st.deployments.get("broken"))()
    return caught.value


async def reached(run: AsyncRun, state: str) -> None:
    """Wait until a run is so, without the looks of ``wait``."""
    while (await run.refresh()).state != state:  # noqa: ASYNC110 - it is on the service
        await asyncio.sleep(0.02)


def asked(st: AsyncStationThis, path: str) -> int:
    """How often a path was asked for."""
    return sum(path in one.url for one in st.last_requests)


@pytest.mark.parametrize(
    ("graph", "words"),
    [
        (UNKNOWN, ["NoSuchNode"]),
        (image(width=-3), ["node 1 (EmptyImage)", "-3", "width"]),
        (image(prefix="../../away"), ["node 2 (SaveImage)", "../../away"]),
    ],
    ids=["unknown class", "out of range", "a node's own"],
)
async def test_a_failed_run_says_why(
    gateway: LocalGateway, st: AsyncStationThis, graph: dict[str, Any], words: list[str]
) -> None:
    """In the error and its message, on the run, and in the list of this machine's runs, which asks nothing again."""
    error = await failed(gateway, st, graph)
    assert error.reason is not None
    assert all(word in error.reason for word in words)
    assert error.reason.rstrip(".") in error.message
    assert error.run.reason == error.reason
    before = asked(st, "/runs")
    listed = (await st.runs.list())[0]
    assert (listed.id, listed.reason) == (error.run_id, error.reason)
    assert asked(st, "/runs") == before
    assert (await st.runs.get(str(error.run_id))).reason == error.reason
    assert pickle.loads(pickle.dumps(error)).reason == error.reason


async def test_followed_runs_know_their_reason(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """A loop over events ends without raising, and the run tells."""
    await asyncio.to_thread(gateway.deploy, "broken", UNKNOWN)
    run = await (await st.deployments.get("broken")).submit()
    assert [event.kind async for event in run.follow()][-1] == "end"
    assert "NoSuchNode" in str(run.reason)


def test_the_plain_class_tells_as_well(gateway: LocalGateway) -> None:
    """The same for the other colour."""
    gateway.deploy("broken", UNKNOWN)
    with pytest.raises(RunFailed, match="NoSuchNode") as caught:
        gateway.client().deployments["broken"]()
    assert "NoSuchNode" in caught.value.run.reason


async def test_a_run_of_another_machine_is_looked_up_when_waited_for(
    gateway: LocalGateway, st: AsyncStationThis, tmp_path: Path
) -> None:
    """One that is read by its id on another machine has no reason until its end is waited for."""
    error = await failed(gateway, st, UNKNOWN)
    async with gateway.async_client(home=tmp_path) as other:
        run = await other.runs.get(str(error.run_id))
        assert run.reason is None
        with pytest.raises(RunFailed, match="NoSuchNode"):
            await run.wait()


async def test_a_run_among_many_is_found(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """Others of the workflow that came later do not hide it."""
    graph = image()
    words = {"input_id": "words", "default_value": "x", "display_name": "", "description": ""}
    graph["3"] = {"class_type": "ComfyUIDeployExternalText", "inputs": words}
    graph["2"]["inputs"]["filename_prefix"] = ["3", 0]
    await asyncio.to_thread(gateway.deploy, "echo", graph)
    echo = await st.deployments.get("echo")
    bad = await echo.submit(words="../../away")
    await reached(bad, "failed")
    for number in range(6):
        await echo(words=f"fine{number}")
    with pytest.raises(RunFailed, match="node 2"):
        await bad.wait()
    assert asked(st, "stream-logs") == 0


async def test_out_of_time_has_the_log_s_reason(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """The service's own limit: the message says what to do, the reason is what its log says."""
    gateway.faults.stall(at="running", times=1)
    run = await (await st.deployments.get("text-to-picture")).submit(**SMALL)
    await reached(run, "running")
    gateway.clock.advance(301)
    with pytest.raises(RunTimedOut, match="run_timeout") as caught:
        await run.wait()
    assert "took longer than its 300 s" in str(caught.value.reason)
    assert (await st.runs.list())[0].reason == caught.value.reason


async def test_nothing_is_looked_for_when_nothing_failed(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """A cancelled run, and one that ended well: no request more."""
    deployment = await st.deployments.get("text-to-picture")
    await deployment(**SMALL)
    gateway.faults.stall(at="running", times=1)
    run = await deployment.submit(**SMALL)
    await run.cancel()
    with pytest.raises(RunCancelled) as caught:
        await run.wait()
    assert caught.value.reason is None
    assert asked(st, "/workflow/") == asked(st, "stream-logs") == 0


async def test_bad_days_do_not_hold_an_end_back(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """A raw list that fails and a log that breaks off after its error: the reason is still found."""
    gateway.faults.refuse(403, path="/workflow/*")
    gateway.faults.drop_answers(path="/v2/workflow/*")
    error = await failed(gateway, st, UNKNOWN)
    assert "NoSuchNode" in str(error.reason)


HEAD = b"HTTP/1.1 200 X\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
MISSING = answer(404, {"detail": "Not Found"})
SAYS = b'data: {"message": "failed: a word of the log", "level": "error", "timestamp": null}\n\n'


async def end_of(raw: Any, log: Any, light: Any = MISSING) -> tuple[RunError, Wire]:
    """What a failed run's end says on a server that answers so."""

    def reply(one: Any) -> Any:
        if "stream-logs" in one.path:
            return log
        if one.path.startswith("/api/v2/"):
            return light
        if "/runs" in one.path:
            return raw
        return answer(200, {"id": RUN, "status": "failed", "workflow_id": WORKFLOW})

    with Wire(reply) as wire:
        async with AsyncStationThis("st-a-key-of-the-tests", wire.base_url) as st:
            with pytest.raises(RunFailed) as caught:
                await (await st.runs.get(RUN)).wait()
    return caught.value, wire


def row(run_id: str = RUN, outputs: Any = None) -> dict[str, Any]:
    """A row of the raw list."""
    return {"id": run_id, "status": "failed", "outputs": outputs}


@pytest.mark.parametrize(
    ("raw", "log", "reason"),
    [
        (MISSING, Cut(HEAD + SAYS), "a word of the log"),
        (MISSING, MISSING, None),
        (answer(200, []), Cut(HEAD), None),
        (answer(200, [None, row(outputs=None), row("another")]), Cut(HEAD + SAYS), "a word of the log"),
        (
            answer(200, [row(outputs=[{"data": {"error": "a word of the list"}}])]),
            MISSING,
            "a word of the list",
        ),
        (answer(200, [row(outputs=[None, {"data": [1]}, {}, {"data": {"error": []}}])]), MISSING, None),
        (answer(200, {"rows": 1}), Cut(HEAD + SAYS), "a word of the log"),
        (answer(403, {"detail": "no"}), answer(403, {"detail": "no"}), None),
    ],
)
async def test_services_that_tell_little(raw: Any, log: Any, reason: str | None) -> None:
    """No raw list, no log, other rows, odd rows: what there is is told, and else that nothing was found."""
    error, _ = await end_of(raw, log)
    assert error.reason == reason
    assert (reason or "No reason was found; its log may tell: st.runs.get(") in error.message
    assert "It was not repeated." in error.message


async def test_few_raw_rows_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that is huge all the same is not read to its end: the log is."""
    monkeypatch.setattr("stationthis_sdk.api.line.MAX_JSON_BYTES", 1 << 20)
    huge = answer(200, [row(), {**row("another"), "workflow": "x" * (2 << 20)}])
    light = answer(200, [row("another"), row()])
    error, wire = await end_of(huge, Cut(HEAD + SAYS), light)
    assert error.reason == "a word of the log"
    (asked_for,) = [one.path for one in wire.asked if one.path.startswith(f"/api/workflow/{WORKFLOW}/runs")]
    assert "limit=4" in asked_for
    assert "offset=1" in asked_for


@pytest.mark.parametrize("light", [MISSING, HANG], ids=["raw hangs", "light hangs"])
async def test_a_service_that_hangs_is_left(monkeypatch: pytest.MonkeyPatch, light: Any) -> None:
    """The look ends by itself, and the run's end is told."""
    monkeypatch.setattr(reasons, "_SECONDS", 0.2)
    error, _ = await end_of(HANG, HANG, light)
    assert error.reason is None


async def test_an_endless_log_tells_what_it_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its stream stays open: what came in time counts."""
    monkeypatch.setattr(reasons, "_SECONDS", 2.0)
    open_ended = HEAD.replace(b"Connection: close", b"Content-Length: 100000") + SAYS
    error, _ = await end_of(MISSING, open_ended)
    assert error.reason == "a word of the log"


async def test_an_interrupted_look_leaves(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """Cancelling the task while it looks is a cancellation, no failure."""
    gateway.faults.slow(seconds=30, path="/v2/*")
    await asyncio.to_thread(gateway.deploy, "broken", UNKNOWN)
    run: AsyncRun = await (await st.deployments.get("broken")).submit()
    waiting = asyncio.create_task(run.wait())
    await asyncio.to_thread(gateway.until, lambda: any(one.kind == "slow" for one in gateway.faults.seen))
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    gateway.faults.clear()


NODE = {"class_type": "KSampler", "dependent_outputs": ["9"]}
FAULT = {
    "type": "value_bigger_than_max",
    "message": "Value 99 bigger than max of 60",
    "details": "steps",
    "extra_info": {},
}
WHOLE = {
    "type": "prompt_outputs_failed_validation",
    "message": "Prompt outputs failed validation",
    "details": "",
}
RAISED = {
    "node_id": "3", "node_type": "KSampler", "exception_type": "torch.OutOfMemoryError",
    "exception_message": "CUDA out of memory.\n", "traceback": ["x"], "current_inputs": {"a": 1},
}  # fmt: skip


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RAISED, "node 3 (KSampler): torch.OutOfMemoryError: CUDA out of memory."),
        ({"error": WHOLE, "node_errors": {"3": {**NODE, "errors": [FAULT]}}},
         "node 3 (KSampler): Value 99 bigger than max of 60: steps"),
        ({"error": {**WHOLE, "details": "no output"}, "node_errors": {}}, "Prompt outputs failed validation: no output"),
        ({"error": None, "node_errors": {str(n): {**NODE, "errors": [FAULT]} for n in range(9)}},
         "and 6 nodes more"),
        ({"error_type": "KeyError", "stack_trace": 'Traceback (most recent call last):\n  File "x"\nKeyError: \'nodes\''},
         "KeyError: 'nodes'"),
        ("plain words", "plain words"),
        ({"odd": ["shape", 1]}, '{"odd":["shape",1]}'),
        (["a", "list"], '["a","list"]'),
        ({"node_errors": {"3": "odd"}}, 'node 3: "odd"'),
        ({"exception_message": "nobody knows where"}, "nobody knows where"),
    ],
)  # fmt: skip
def test_what_machines_say(error: Any, reason: str) -> None:
    """ComfyUI's errors of nodes and of validation, the plugin's own, and shapes nobody has seen."""
    assert str(reason_in_outputs([{"data": {"error": error}}])).endswith(reason)


def test_the_node_that_failed_comes_first() -> None:
    """Parts that were left out are told of, too; what broke the run is what counts, else what came last."""
    left_out = {"data": {"error": {"node_errors": {"7": {**NODE, "errors": [FAULT]}}}}}
    assert "OutOfMemory" in str(reason_in_outputs([left_out, {"data": {"error": RAISED}}, left_out]))
    assert reason_in_outputs([{"data": {"error": "first"}}, {"data": {"error": "last"}}]) == "last"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([("error", "one"), ("info", "x"), ("error", "two"), ("error", "two")], "one; two"),
        ([("error", str(n)) for n in range(9)], "6; 7; 8"),
        ([("error", 'Traceback (most recent call last):\n  File "x", line 1\nValueError: no noise\n')], "ValueError: no noise"),
        ([("info", "Loading"), ("info", "RuntimeError: CUDA error"), ("info", "bye")], "RuntimeError: CUDA error"),
        ([("info", "no error at all"), ("info", "ErrorHandler is ready")], None),
        ([], None),
        ([("error", "")], None),
    ],
)  # fmt: skip
def test_what_logs_say(lines: list[tuple[str, str]], reason: str | None) -> None:
    """Lines of the level error, the last ones; else what was raised last; no guess where neither is."""
    assert reason_in_log(lines) == reason
    if not any(level == "error" for level, _ in lines):
        assert reason_in_log(lines, guess=False) is None


def test_a_reason_is_one_safe_line() -> None:
    """No key, no escape code, no second line, no megabytes."""
    nasty = f"\x1b[31mred\r\n\u202eevil token=abcdef123456 {'x' * 100_000}"
    reason = str(reason_in_outputs([{"data": {"error": {"exception_message": nasty}}}]))
    assert reason.isprintable()
    assert "abcdef123456" not in reason
    assert len(reason) <= 500


JSON = some.recursive(
    some.none() | some.booleans() | some.integers(-9, 9) | some.text(max_size=5),
    lambda inner: some.lists(inner, max_size=3)
    | some.dictionaries(
        some.sampled_from(["error", "node_errors", "exception_message", "node_id", "errors", "message", "data",
                           "stack_trace", "details", "class_type"]),
        inner, max_size=4,
    ),
)  # fmt: skip


@given(some.lists(JSON, max_size=4) | JSON)
@example([{"data": {"error": {"node_errors": {"": {"errors": 1}}}}}])
def test_any_shape_is_read(outputs: Any) -> None:
    """Whatever a service keeps there, reading it gives one line or none."""
    found = outputs if isinstance(outputs, list) else [{"data": {"error": outputs}}]
    reason = reason_in_outputs(found)
    assert reason is None or (reason.isprintable() and reason)
    json.dumps(reason)
