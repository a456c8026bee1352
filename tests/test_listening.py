"""Streams of changes: what they tell is heard at once, what they leave out is polled, and nobody depends on them."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk import AsyncStationThis, RunEvent, clock, listening
from stationthis_sdk.api.calls.changes import change_of
from stationthis_sdk.api.events import ServerEvent
from stationthis_sdk.testing import LocalGateway, local_gateway
from tests.test_polling import Service, held
from tests.wire import Wire, answer

NONSENSE = b'data: [1]\n\ndata: {"run_id": 5}\n\ndata: oh\n\n'
SLOW = {"prompt": "a fox", "steps": 30, "width": 256, "height": 256}


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
def seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is looked at but when somebody says so; streams are opened at once."""
    monkeypatch.setattr(clock.Clock, "pause", lambda _, *, nearby: 50.0)
    monkeypatch.setattr(listening, "AFTER", 0.0)


async def test_an_end_is_heard_without_polls(st: AsyncStationThis, seldom: None) -> None:
    """A stream alone tells of each state and of the end, which is read before it counts: the outputs are there."""
    drawing = await st.deployments.get("text-to-picture")
    run = await drawing.submit(SLOW)
    events: list[RunEvent] = [event async for event in run.follow(timeout=40)]
    assert events[-1].kind == "end"
    assert run.state == "success"
    assert len(run.outputs) == 1


async def test_many_runs_share_one_stream(st: AsyncStationThis, gateway: LocalGateway, seldom: None) -> None:
    """Twelve runs of one workflow: one stream, closed with the last of them; every end is heard."""
    drawing = await st.deployments.get("text-to-picture")
    runs = [await drawing.submit(SLOW, seed=at) for at in range(12)]
    waiting = asyncio.gather(*(run.wait(timeout=50) for run in runs))
    await waiting
    pace = next(iter(st._ready.context.polling._paces.values()))
    assert (pace.listening._streams, dict(pace.listening._waits)) == ({}, {})
    assert {run.state for run in runs} == {"success"}


async def test_where_nothing_is_streamed_polls_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server without the stream is asked for it once; a stream that says nonsense, or closes, is no harm."""
    monkeypatch.setattr(listening, "AFTER", 0.0)
    answers = [
        answer(200, NONSENSE, headers={"Content-Type": "text/event-stream"}),
        answer(404, {"detail": "Not Found"}),
    ]  # fmt: skip
    with Wire() as wire:
        service = Service(3)
        absent, loop = asyncio.Event(), asyncio.get_running_loop()
        streams = 0

        def otherwise(asked):
            nonlocal streams
            if "stream-progress" not in asked.path:
                return service(asked)
            streams += 1
            if streams == len(answers):
                loop.call_soon_threadsafe(absent.set)
            return answers[min(streams, len(answers)) - 1]

        wire.otherwise = otherwise
        async with AsyncStationThis("k", wire.base_url) as client:
            runs = await held(client, service)
            waiting = asyncio.gather(*(run.wait() for run in runs))
            await absent.wait()
            service.states = dict.fromkeys(service.states, "success")
            await waiting
            assert streams == len(answers)


@given(
    told=some.recursive(
        some.none() | some.booleans() | some.integers(-(2**53), 2**53) | some.text(),
        lambda inner: some.lists(inner) | some.dictionaries(some.text() | some.sampled_from(["run_id", "status"]), inner),
    )
)  # fmt: skip
def test_whatever_is_told_it_is_a_change_or_none(told: object) -> None:
    """Nothing that a stream says raises; only known states of named runs are changes."""
    change = change_of(ServerEvent("message", orjson.dumps(told).decode()))
    assert change is None or (change.id and change.state.rank >= 0)


def test_words_that_are_no_states_are_left_out() -> None:
    """Inputs and outputs are told of in the same field; a new word may be anything."""
    run_id = str(uuid.uuid4())
    heard = [
        change_of(ServerEvent("message", orjson.dumps({"run_id": run_id, "status": word}).decode()))
        for word in ["queued", "input", "output", "defrosting", "success"]
    ]
    assert [one.state for one in heard if one is not None] == ["queued", "success"]
