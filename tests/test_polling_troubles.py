"""What may go wrong with looks at many runs: nobody waits in vain, and nobody is asked more than need be."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from stationthis_sdk import AsyncRun, AsyncStationThis, StationThisError, polling
from tests.test_polling import WORKFLOW, Service, held
from tests.wire import Asked, Wire, answer


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


@pytest.fixture
def never_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine makes no rounds of few, which would be read each."""
    monkeypatch.setattr(polling, "FEW", 0)


async def all_end(service: Service, runs: list[AsyncRun]) -> None:
    """They do, soon."""
    waiting = asyncio.gather(*(run.wait() for run in runs))
    await asyncio.sleep(0.3)
    service.states = dict.fromkeys(service.states, "success")
    async with asyncio.timeout(45):
        await waiting
    assert {run.state for run in runs} == {"success"}


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", None])
async def test_any_time_at_which_a_run_was_made(
    wire: Wire, client: AsyncStationThis, never_few: None, moment: str | None
) -> None:
    """The year 1, Go's word for no time at all, is a time, too: all waits end."""
    service = wire.otherwise = Service(6)
    service.fields["created_at"] = moment
    await all_end(service, await held(client, service))


@pytest.mark.parametrize("what", ["list", "read"])
async def test_what_nobody_foresaw_ends_no_wait(
    wire: Wire,
    client: AsyncStationThis,
    never_few: None,
    what: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An answer that leads to some error or other: those who wait hear of it as of any odd answer, and look again."""
    service = wire.otherwise = Service(8)
    runs = await held(client, service)
    of_lists, of_runs = client._ready.context.service.run_lists, client._ready.context.service.runs
    of, name = (of_lists, "of_workflow") if what == "list" else (of_runs, "get")
    whole, odd = getattr(of, name), 3

    async def sometimes(*args: Any, **options: Any) -> Any:
        nonlocal odd
        odd -= 1
        if odd >= 0:
            raise OverflowError("date value out of range")
        return await whole(*args, **options)

    monkeypatch.setattr(of, name, sometimes)
    await all_end(service, runs)
    assert odd < 0
    assert any("can't be used" in line for line in caplog.messages)


async def test_rounds_that_are_broken_off_leave_nobody_behind(
    wire: Wire, client: AsyncStationThis, never_few: None
) -> None:
    """Somebody cancels all that is under way: those who still wait look again."""
    service = wire.otherwise = Service(8)
    runs = await held(client, service)
    waiting = asyncio.gather(*(run.wait() for run in runs))
    pace = None
    async with asyncio.timeout(45):
        for _ in range(5):
            while pace is None or pace._rounds is None or pace._rounds.done():
                await asyncio.sleep(0.005)
                pace = next(iter(client._ready.context.polling._paces.values()), None)
            pace._rounds.cancel()
            await asyncio.wait({pace._rounds})
    service.states = dict.fromkeys(service.states, "success")
    async with asyncio.timeout(45):
        await waiting


class Refusing(Service):
    """Refuses all of eight reads that come at once, twice, and does not say for how long."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.lists = False
        self.left = 16
        self.together = threading.Barrier(8)

    def __call__(self, asked: Asked) -> Any:
        """Refuse, or answer as any service."""
        if "/run/" in asked.path and self.left > 0:
            self.together.wait(45)
            self.left -= 1
            return answer(429, {"detail": "slow down"})
        return super().__call__(asked)


async def test_refusals_of_one_burst_are_one_refusal(
    wire: Wire, client: AsyncStationThis, never_few: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what is refused after everyone has slowed down makes it longer: eight answers are no eight doublings."""
    monkeypatch.setattr(polling, "_FIRST_SLOWDOWN", 0.1)
    service = wire.otherwise = Service(20)
    runs = await held(client, service)
    refusing = wire.otherwise = Refusing(0)
    refusing.states = service.states
    slowdowns: set[float] = set()
    heard_of = polling._Pace._heard_of

    def noted(pace: polling._Pace, error: StationThisError, sent: float) -> None:
        heard_of(pace, error, sent)
        slowdowns.add(pace._slowdown)

    monkeypatch.setattr(polling._Pace, "_heard_of", noted)
    await all_end(refusing, runs)
    assert slowdowns - {0.0} == {0.1, 0.2}


class Crowded(Service):
    """Counts the reads that are under way at once."""

    now = most = 0
    lock = threading.Lock()

    def __call__(self, asked: Asked) -> Any:
        """Take a moment for each read."""
        if "/run/" not in asked.path:
            return super().__call__(asked)
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.01)
        with self.lock:
            self.now -= 1
        return super().__call__(asked)


async def test_runs_of_no_known_workflow_keep_the_pace(
    wire: Wire, client: AsyncStationThis, never_few: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are on no list that could be asked for: each is read, eight at once, and no more a second than others."""
    monkeypatch.setattr(polling, "_MOST_A_SECOND_NEARBY", 30.0)
    service = wire.otherwise = Crowded(30)
    del service.fields["workflow_id"]
    runs = await held(client, service)
    service.asked.clear()
    began = time.monotonic()
    waiting = asyncio.gather(*(run.wait() for run in runs))
    await asyncio.sleep(1.5)
    assert service.asked["list"] == 0
    assert service.asked["read"] <= 30 * (time.monotonic() - began) + 2 * 30
    assert service.most <= 8
    service.states = dict.fromkeys(service.states, "success")
    await waiting


class Paged(Service):
    """Notes which pages were asked for."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.pages: list[int] = []
        self.busy_page: int | None = None

    def __call__(self, asked: Asked) -> Any:
        """Answer as any service, but for a page that is too much for it."""
        path, _, query = asked.path.partition("?")
        if path.endswith(f"{WORKFLOW}/runs"):
            page = int(dict(word.split("=") for word in query.split("&"))["offset"]) // 100
            self.pages.append(page)
            if page == self.busy_page:
                return answer(429, {"detail": "slow down"}, headers={"Retry-After": "0.05"})
        return super().__call__(asked)


@pytest.mark.parametrize(("new", "old", "most"), [(9, 1, 0), (9, 3, 2), (0, 5, 4)])
async def test_old_runs_are_read_rather_than_looked_for(
    wire: Wire, client: AsyncStationThis, never_few: None, new: int, old: int, most: int
) -> None:
    """Thousands of runs came after some that still live: no more pages are asked for than runs are missing."""
    service = wire.otherwise = Paged(2_000)
    everyone = await held(client, service)
    service.pages.clear()
    runs = [*everyone[:new], *everyone[-old:]]
    waiting = asyncio.gather(*(run.wait() for run in runs))
    await asyncio.sleep(0.5)
    service.states = dict.fromkeys(service.states, "success")
    async with asyncio.timeout(45):
        await waiting
    assert 0 <= max(service.pages) <= most


async def test_pages_that_came_count_when_the_next_does_not(
    wire: Wire, client: AsyncStationThis, never_few: None
) -> None:
    """The second page is refused, again and again: the ends on the first are heard of."""
    service = wire.otherwise = Paged(150)
    runs = await held(client, service)
    service.busy_page = 1
    waits = [asyncio.create_task(run.wait()) for run in runs]
    await asyncio.sleep(0.2)
    service.states = dict.fromkeys(service.states, "success")
    async with asyncio.timeout(45):
        await asyncio.gather(*waits[:100])
    service.busy_page = None
    async with asyncio.timeout(45):
        await asyncio.gather(*waits)
