"""One pace for many live runs: requests stay few, everyone slows down when asked to, and every end is heard of."""

import asyncio
import logging
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from stationthis_sdk import AsyncRun, AsyncStationThis, TimedOut, polling
from stationthis_sdk.logs import logger
from stationthis_sdk.testing import LocalGateway, local_gateway
from tests.echo import GRAPH
from tests.wire import Asked, Wire, answer

WORKFLOW, DEPLOYMENT = str(uuid.uuid4()), str(uuid.uuid4())
NOW = "2026-11-29T12:00:00.000000Z"


class Service:
    """Many runs that end when the test says so; it counts what it is asked."""

    def __init__(self, count: int) -> None:
        self.states = {str(uuid.uuid4()): "queued" for _ in range(count)}
        self.lists = True
        self.busy_until = 0.0
        self.asked: Counter[str] = Counter()
        self.listed = threading.Event()
        self.too_soon = 0
        self.fields: dict[str, Any] = {"workflow_id": WORKFLOW, "created_at": NOW}

    def row(self, run_id: str) -> dict[str, Any]:
        """A run as a list has it."""
        return {"id": run_id, "status": self.states[run_id], **self.fields}

    def __call__(self, asked: Asked) -> Any:
        """Answer a read of a run or of the list."""
        path, _, query = asked.path.partition("?")
        if path.endswith("/stream-progress"):
            return answer(404, {"detail": "Not Found"})
        if path.endswith(f"/workflow/{WORKFLOW}"):
            return answer(200, {"id": WORKFLOW, "name": "portrait", "versions": []})
        if path.endswith("/gpu-pricing"):
            return answer(200, {})
        kind = "list" if path.endswith("/runs") else "read"
        self.asked[kind] += 1
        if kind == "list":
            self.listed.set()
        if time.monotonic() < self.busy_until:
            self.too_soon += 1
            return answer(429, {"detail": "slow down"}, headers={"Retry-After": "1"})
        if kind == "list":
            if not self.lists:
                return answer(403, {"detail": "no"})
            words = dict(word.split("=") for word in query.split("&"))
            offset, limit = int(words["offset"]), int(words["limit"])
            return answer(200, [self.row(run_id) for run_id in self.states][offset : offset + limit])
        return answer(200, {**self.row(path.rpartition("/")[2]), "progress": 0.5, "outputs": []})


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A service under our thumb."""
    with Wire() as made:
        yield made


@pytest.fixture
async def client(wire: Wire) -> AsyncIterator[AsyncStationThis]:
    """A client of it."""
    async with AsyncStationThis("k", wire.base_url) as made:
        yield made


async def held(client: AsyncStationThis, service: Service) -> list[AsyncRun]:
    """All runs of the service, as one holds them."""
    return await client.runs.list(workflow=WORKFLOW, limit=None)


async def test_a_thousand_live_runs_are_a_few_requests(
    wire: Wire, client: AsyncStationThis, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """T9: while they wait only lists are read; each end costs one read; requests a second stay bounded."""
    monkeypatch.setattr(polling, "_MOST_A_SECOND_NEARBY", 40.0)
    monkeypatch.setattr(polling, "FEW", 0)  # else a busy machine makes rounds of few
    service = wire.otherwise = Service(1000)
    runs = await held(client, service)
    service.asked.clear()
    service.listed.clear()
    began = time.monotonic()
    waiting = asyncio.gather(*(run.wait() for run in runs))
    await asyncio.sleep(1.5)
    assert await asyncio.to_thread(service.listed.wait, 20)  # a busy machine comes to it later
    assert service.asked["read"] == 0
    waited = service.asked["list"]
    assert waited <= 40 * (time.monotonic() - began) + 2 * 11
    service.states = dict.fromkeys(service.states, "success")
    await waiting
    assert {run.state for run in runs} == {"success"}
    assert service.asked["read"] == 1000
    with capsys.disabled():
        sys.stdout.write(f"1,000 live runs: {waited} requests in 1.5 s, {service.asked.total()} in all. ")


async def test_ends_that_are_not_told_yet_are_asked_for_at_the_pace(
    wire: Wire, client: AsyncStationThis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list says that runs ended, each read still says that they live: a round of reads, then the pace."""
    monkeypatch.setattr(polling, "_MOST_A_SECOND_NEARBY", 40.0)
    monkeypatch.setattr(polling, "FEW", 0)
    service = Service(200)
    wire.otherwise = service
    runs = await held(client, service)
    service.states = dict.fromkeys(service.states, "success")

    def late(asked: Asked) -> Any:
        told = service(asked)
        if "/run/" not in asked.path:
            return told
        return answer(
            200, {**service.row(asked.path.partition("?")[0].rpartition("/")[2]), "status": "running"}
        )

    wire.otherwise = late
    service.asked.clear()
    waiting = asyncio.gather(*(run.wait() for run in runs))
    await asyncio.sleep(3)
    seen = service.asked["read"]
    wire.otherwise = service
    await waiting
    assert seen <= 200 + 3 * 40 + 8


async def test_a_few_runs_are_read_each(wire: Wire, client: AsyncStationThis) -> None:
    """Up to four at once are read by themselves, for their progress; the list is not asked."""
    service = wire.otherwise = Service(4)
    runs = await held(client, service)
    service.asked.clear()
    waiting = asyncio.gather(*(run.wait() for run in runs))
    await asyncio.sleep(0.3)
    service.states = dict.fromkeys(service.states, "success")
    await waiting
    assert service.asked["list"] == 0


async def test_where_there_is_no_list_each_is_read(
    wire: Wire, client: AsyncStationThis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs of somebody else's share: the list is refused, once, and nobody waits in vain."""
    monkeypatch.setattr(polling, "FEW", 0)  # else a busy machine makes rounds of few
    service = wire.otherwise = Service(30)
    runs = await held(client, service)
    service.lists = False
    service.asked.clear()
    service.states = dict.fromkeys(service.states, "success")
    await asyncio.gather(*(run.wait() for run in runs))
    assert service.asked["list"] == 1
    assert service.asked["read"] == 30


async def test_too_many_requests_slow_everyone(wire: Wire, client: AsyncStationThis) -> None:
    """T9: after a 429 nobody of the client asks until its Retry-After is over."""
    service = wire.otherwise = Service(12)
    runs = await held(client, service)
    service.asked.clear()
    service.busy_until = time.monotonic() + 0.9
    waiting = asyncio.gather(*(run.wait() for run in runs))
    await asyncio.sleep(0.9)
    service.states = dict.fromkeys(service.states, "success")
    await waiting
    # Those that were under way when the first refusal came may have been refused as well.
    assert 1 <= service.too_soon <= 8


async def test_running_runs_are_read_in_turn_for_their_progress(wire: Wire, client: AsyncStationThis) -> None:
    """Lists do not tell progress: each of many running runs is read now and then."""
    service = wire.otherwise = Service(40)
    runs = await held(client, service)
    service.states = dict.fromkeys(service.states, "running")
    fractions: dict[str, float] = {}
    waiting = asyncio.gather(
        *(
            run.wait(on_progress=lambda told, run=run: fractions.update({run.id: told.fraction}))
            for run in runs
        )
    )
    async with asyncio.timeout(45):
        while set(fractions.values()) != {0.5} or len(fractions) < 40:  # noqa: ASYNC110 - a service in a thread
            await asyncio.sleep(0.05)
    service.states = dict.fromkeys(service.states, "success")
    await waiting


async def test_a_nudge_is_a_look(wire: Wire, client: AsyncStationThis) -> None:
    """Whoever has heard of a run's end makes those who wait look at once, from any thread."""
    service = wire.otherwise = Service(1)
    (run,) = await held(client, service)
    context = client._ready.context
    async with context.polling.watching(run.id) as watch:
        pause = asyncio.create_task(watch.news(asyncio.get_running_loop().time() + 60))
        await asyncio.sleep(0)
        await asyncio.to_thread(context.polling.nudge, run.id)
        async with asyncio.timeout(45):
            await pause
    context.polling.nudge(run.id)  # nobody waits any more


async def test_limits_hold_while_waiting_with_others(wire: Wire, client: AsyncStationThis) -> None:
    """A time limit of one run ends its own waiting, not that of the others."""
    service = wire.otherwise = Service(10)
    runs = await held(client, service)
    others = asyncio.gather(*(run.wait() for run in runs[1:]))
    with pytest.raises(TimedOut):
        await runs[0].wait(timeout=0.3)
    service.states = dict.fromkeys(service.states, "success")
    await others
    assert runs[0].state != "success"


async def test_a_listed_run_that_is_waited_for_knows_its_inputs_at_the_end(
    wire: Wire, client: AsyncStationThis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lists leave out is told as unknown until the run is read whole."""
    monkeypatch.setattr(polling, "FEW", 0)
    service = wire.otherwise = Service(10)
    runs = await held(client, service)
    waiting = asyncio.gather(*(run.wait() for run in runs))
    await asyncio.sleep(0.2)
    with pytest.raises(Exception, match="refresh"):
        _ = runs[-1].inputs
    service.states = dict.fromkeys(service.states, "success")
    await waiting
    assert runs[-1].inputs == {}


@pytest.fixture
def gateway() -> Iterator[LocalGateway]:
    """A real one."""
    with local_gateway() as made:
        yield made


async def test_forty_runs_on_the_gateway(gateway: LocalGateway) -> None:
    """All end well, each with its own picture."""
    async with gateway.async_client() as st:
        drawing = await st.deployments.get("text-to-picture")
        runs = await asyncio.gather(
            *(drawing.submit(prompt="a fox", seed=at, steps=1, width=32, height=32) for at in range(40))
        )
        await asyncio.gather(*(run.wait() for run in runs))
        assert {run.state for run in runs} == {"success"}
        assert len({run.outputs[0].url for run in runs}) == 40


class Requests(logging.Handler):
    """Counts the requests that the SDK has sent, by what they are for."""

    def __init__(self) -> None:
        super().__init__()
        self.counted: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """A line is ``GET http://127.0.0.1:40123/api/run/… → 200 (3 ms, request 1f2e3d4c)``."""
        method, url = record.getMessage().split(" ")[:2]
        path = urlsplit(url).path
        kind = "lists" if path.endswith("/runs") else "reads" if path.startswith("/api/run/") else "others"
        self.counted[kind if method == "GET" else method] += 1


@pytest.fixture
def requests() -> Iterator[Counter[str]]:
    """The requests of this test."""
    http, handler = logger("http"), Requests()
    before = http.level
    http.addHandler(handler)
    http.setLevel(logging.DEBUG)
    http.propagate = False
    yield handler.counted
    http.propagate = True
    http.setLevel(before)
    http.removeHandler(handler)


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_a_thousand_runs_on_the_gateway(
    gateway: LocalGateway, requests: Counter[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """All live at once and waited for by one client: requests a second stay bounded, few are sent for each end."""
    count, live = 1_000, 5.0
    await asyncio.to_thread(gateway.deploy, "echo", GRAPH)
    gateway.faults.stall(at="queued")
    async with gateway.async_client() as st:
        echo, few = await st.deployments.get("echo"), asyncio.Semaphore(16)

        async def submitted(at: int) -> AsyncRun:
            async with few:
                return await echo.submit(words=str(at))

        runs = await asyncio.gather(*(submitted(at) for at in range(count)))
        assert requests["POST"] == count
        requests.clear()
        began = time.monotonic()
        waiting = asyncio.gather(*(run.wait() for run in runs))
        await asyncio.sleep(live)
        while_live = requests.total()
        assert 0 < while_live <= polling._MOST_A_SECOND_NEARBY * (time.monotonic() - began) + 50
        assert not any(run.state.final for run in runs)
        await asyncio.to_thread(gateway.faults.clear)
        await waiting
        took, sent = time.monotonic() - began, requests.copy()
        assert count < sent.total() <= polling._MOST_A_SECOND_NEARBY * took + 2 * count
        assert {run.state for run in runs} == {"success"}
        texts = [await run.outputs[0].text() for run in runs[::100]]
        assert texts == [str(at) for at in range(0, count, 100)]
    assert len(await asyncio.to_thread(gateway.runs)) == count
    with capsys.disabled():
        sys.stdout.write(
            f"\n{count:,} live runs on the gateway: {sent.total() / count:.2f} HTTP requests per finished run "
            f"({sent['reads']:,} reads, {sent['lists']:,} pages of lists, {sent['others']} others in "
            f"{took:.0f} s); {while_live / live:.1f} requests a second while all of them lived. "
        )
