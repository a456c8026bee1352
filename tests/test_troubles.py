"""Troubles that bots and services of this kind had: each has a test that names it, here or where it belongs."""

import ast as syntax
import asyncio
import logging
import re
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from stationthis_sdk import (
    AsyncDeployment,
    AsyncStationThis,
    InvalidInput,
    RunCancelled,
    RunError,
    RunFailed,
    RunTimedOut,
    ServerError,
    StationThisError,
    TimedOut,
    Timeouts,
)
from stationthis_sdk.entities import Pricing
from stationthis_sdk.testing import LocalGateway, local_gateway
from stationthis_sdk.webhooks import AsyncReceiver
from tests.wire import Asked, Wire, answer

TROUBLES = {
    "T1": "webhook before record",
    "T2": "duplicate final webhooks",
    "T3": "late interim events",
    "T4": "ends nobody knew",
    "T5": "fields named differently",
    "T6": "restart loses runs",
    "T7": "ends left untold",
    "T8": "webhooks never arrive",
    "T9": "storms of polls",
    "T10": "unasked isn't failed",
    "T11": "cost wrongly known",
    "T12": "timeouts hide runs",
    "T13": "outputs of any shape",
    "T14": "links that expire",
    "T15": "signed uploads refused",
    "T16": "senseless inputs sent",
    "T17": "ids that move",
    "T18": "names that collide",
    "T19": "commands missing at boot",
    "T20": "caches that are empty",
    "T21": "cooks that run away",
    "T22": "cold starts count",
    "T23": "failures run again",
    "T24": "seeds left out",
    "T25": "old updates replayed",
    "T26": "Discord refuses answers",
    "T27": "HTML for JSON",
    "T28": "wrong files registered",
    "T29": "exports killed midway",
    "T30": "secrets in logs",
}
QUEUE = {"method": "POST", "path": "/run/deployment/queue"}
RUN, WORKFLOW = str(uuid.uuid4()), str(uuid.uuid4())
SMALL: dict[str, Any] = {"prompt": "a fox", "steps": 1, "width": 32, "height": 32}
DRAWN_FROM_TEXT = {
    "1": {
        "class_type": "ComfyUIDeployExternalText",
        "inputs": {"input_id": "input_prompt", "default_value": "", "display_name": "", "description": ""},
    },
    "2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}},
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


@pytest.fixture
async def drawing(st: AsyncStationThis) -> AsyncDeployment:
    """What draws pictures."""
    return await st.deployments.get("text-to-picture")


async def count(gateway: LocalGateway) -> int:
    """How many runs the gateway was asked for."""
    return len(await asyncio.to_thread(gateway.runs))


def test_every_trouble_has_its_test() -> None:
    """Each of them is named at the beginning of the docstring of a test."""
    named: set[str] = set()
    for path in Path(__file__).parent.rglob("test_*.py"):
        for node in syntax.walk(syntax.parse(path.read_text("utf-8"))):
            if isinstance(node, syntax.FunctionDef | syntax.AsyncFunctionDef) and node.name[:5] == "test_":
                told = re.match(r"(T\d+(, T\d+)*): ", syntax.get_docstring(node) or "")
                named |= set(told[1].split(", ")) if told else set()
    assert named >= TROUBLES.keys(), sorted(TROUBLES.keys() - named)


@pytest.mark.parametrize("webhook", [None, "http://127.0.0.1:9/hook"])
async def test_an_end_is_heard_of_without_a_webhook(drawing: AsyncDeployment, webhook: str | None) -> None:
    """T8: with no address, or with one at which nobody answers, a run is asked about until it has ended."""
    events = [event async for event in (await drawing.options(webhook=webhook).submit(SMALL)).follow()]
    assert (events[-1].kind, events[-1].progress.state) == ("end", "success")


async def test_who_could_not_ask_does_not_know_of_a_failure(
    gateway: LocalGateway, st: AsyncStationThis, drawing: AsyncDeployment
) -> None:
    """T10: a service that can't be asked raises what came instead; failed is a run of which the service says so."""
    run = await drawing.submit(SMALL)
    gateway.faults.errors(method="GET", path="/run/*")
    with pytest.raises(ServerError) as caught:
        await st.runs.get(run.id)
    with pytest.raises(TimedOut) as too_late:
        await run.wait(timeout=0.3)
    for error in (caught.value, too_late.value):
        assert not isinstance(error, RunError)
        assert (error.run_id, error.retryable) == (run.id, True)
    assert not run.state.final
    gateway.faults.clear()
    assert (await run.wait()).state == "success"


@pytest.mark.parametrize("gpu", [None, "A10G", "H900"])
async def test_a_cost_is_of_the_runs_own_gpu_and_time(gpu: str | None) -> None:
    """T11: not of its machine's, nor of the time somebody waited; without a price it is unknown, and never 0."""

    def reply(asked: Asked) -> bytes:
        if asked.path.endswith("/platform/gpu-pricing"):
            return answer(200, {"A10G": 0.0004, "CPU": 0.00004})
        more = {"gpu": gpu, "gpu_type": "CPU", "run_duration": 2.5, "duration": 600.0}
        return answer(200, {"id": RUN, "status": "success", "machine_id": str(uuid.uuid4()), **more})

    with Wire(reply) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            run, pricing = await st.runs.get(RUN), await st.account.pricing()
    assert isinstance(pricing, Pricing)
    cost = pricing.cost(run.record.gpu, run.record.run_duration)
    assert cost == (pytest.approx(0.001) if gpu == "A10G" else None)


async def test_a_live_run_is_not_called_failed(
    gateway: LocalGateway, st: AsyncStationThis, drawing: AsyncDeployment
) -> None:
    """T12: whoever stops waiting is told that it goes on, and how to come back; it is neither ended nor run again."""
    gateway.faults.stall(at="running")
    run = await drawing.submit(SMALL)
    with pytest.raises(TimedOut, match=re.escape(f"It goes on: st.runs.get({run.id!r}).wait()")) as caught:
        await run.wait(timeout=0.3)
    assert not isinstance(caught.value, RunError)
    assert (await st.runs.get(run.id)).state in {"not-started", "queued", "started", "running"}
    gateway.faults.clear()
    again = await (await st.runs.get(run.id)).wait()
    assert (again.state, len(again.outputs), await count(gateway)) == ("success", 1, 1)


@pytest.mark.parametrize("blank", ["", "  ", " , ,\n"])
async def test_a_blank_prompt_is_not_paid_for(
    gateway: LocalGateway, st: AsyncStationThis, blank: str
) -> None:
    """T16: blank or commas alone, given or left out where the workflow has none: refused, and nothing is sent."""
    await asyncio.to_thread(gateway.deploy, "words", DRAWN_FROM_TEXT)
    words, drawing = await st.deployments.get("words"), await st.deployments.get("text-to-picture")
    for deployment, inputs, says in (
        (words, {"input_prompt": blank}, "says nothing"),
        (words, {}, "needs a text"),
        (drawing, {"prompt": blank}, "leave it out"),
    ):
        with pytest.raises(InvalidInput, match=says):
            await deployment.submit(inputs)
    assert await count(gateway) == 0
    assert (await words(input_prompt="🦊")).state == "success"


@pytest.mark.parametrize(
    "name", ["deploymentId", "deployment_id", "user", "notificationContext", "webhook", "gpu"]
)
async def test_what_is_no_input_is_not_sent_as_one(
    gateway: LocalGateway, drawing: AsyncDeployment, name: str
) -> None:
    """T16: names of one's own bookkeeping, in any spelling, are refused; nothing is sent."""
    with pytest.raises(InvalidInput, match=name):
        await drawing.submit(SMALL, **{name: "x"})
    assert await count(gateway) == 0


async def test_an_execution_limit_does_not_run_while_a_machine_starts() -> None:
    """T22: waiting for a machine and its start are phases of their own, with their own limits."""
    states = iter(["queued", "queued", "queued", "started", "started", "started", "running"])
    phases: list[str] = []
    asked = []

    def reply(one: Asked) -> bytes:
        asked.append(one)
        return answer(200, {"id": RUN, "status": next(states, "running"), "queue_position": 2})

    with Wire(reply) as wire:
        async with AsyncStationThis("k", wire.base_url, timeouts=Timeouts(execution=0.001)) as st:
            run = await st.runs.get(RUN)
            with pytest.raises(TimedOut) as caught:
                await run.wait(on_progress=lambda progress: phases.append(f"{progress.phase}: {progress}"))
    assert list(dict.fromkeys(phases)) == [
        "queue: queued, 2 ahead",
        "cold start: started 0%",
        "execution: running 0%",
    ]
    assert (caught.value.phase, caught.value.state) == ("execution", "running")
    assert len(asked) >= 7


@pytest.mark.parametrize(
    ("end", "kind"), [("failed", RunFailed), ("timeout", RunTimedOut), ("cancelled", RunCancelled)]
)
async def test_no_end_is_run_again(end: str, kind: type[RunError]) -> None:
    """T23: what has failed would fail again, and cost again: none of the bad ends is repeated, nor called worth it."""
    row = {
        "id": str(uuid.uuid4()), "name": "w", "workflow_id": WORKFLOW, "environment": "production",
        "workflow": {"id": WORKFLOW, "name": "w"}, "input_types": [], "user_id": "u",
    }  # fmt: skip

    def reply(asked: Asked) -> bytes:
        if asked.method == "POST":
            return answer(200, {"run_id": RUN})
        if "/run/" in asked.path:
            return answer(200, {"id": RUN, "status": end})
        return answer(200, [row])

    with Wire(reply) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            with pytest.raises(kind) as caught:
                await (await st.deployments.get("w"))()
    assert not caught.value.retryable
    assert [one.path for one in wire.asked if one.method == "POST"] == ["/api/run/deployment/queue"]


async def test_nothing_that_opens_a_door_is_logged_or_shown(
    gateway: LocalGateway, st: AsyncStationThis, caplog: pytest.LogCaptureFixture
) -> None:
    """T30: neither the key, nor a webhook's token, nor a signed link: not in the log, errors, reprs and what is kept of requests."""
    caplog.set_level(logging.DEBUG, "stationthis_sdk")
    await st.account.update_settings(visibility="private")
    url = await AsyncReceiver(st).url_for("http://127.0.0.1:9/hook")
    painting = (await st.deployments.get("picture-to-picture")).options(webhook=url)
    gateway.faults.drop_answers(times=1, **QUEUE)
    run = await painting(input_image=Image.new("RGB", (8, 8)), prompt="x", steps=1)
    assert "X-Amz-Signature=" in str(run.outputs[0].url)
    gateway.faults.expire_links()
    with pytest.raises(StationThisError) as caught:
        await run.outputs[0].bytes()
    seen = [run, run.outputs, run.outputs[0], painting, st, st.settings, st.last_requests, caught.value]
    text = "\n".join([*map(repr, seen), *map(str, seen), caplog.text])
    signatures = re.findall(r"Signature=(\w+)", str(run.outputs[0].url))
    for secret in (gateway.key, url.partition("stationthis_token=")[2], *signatures):
        assert len(secret) > 20
        assert secret not in text
    assert "is lost" in caplog.text, "the log is on"
