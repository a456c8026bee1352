"""The gateway's clock: pushed ahead, everything that waits for a time comes due."""

import asyncio
import math
import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.local.clock import Clock
from tests.local.conftest import ENDLESS, PATIENCE


async def test_a_run_s_time_limit_goes_by_it(api, gateway):
    """Its 300 s are over at once; the end is stamped by the same clock."""
    run_id = await api.submit(inputs=ENDLESS)
    await api.until(run_id, lambda run: run["status"] == "running")
    gateway.clock.advance(301)
    run = await api.ended(run_id)
    assert run["status"] == "timeout"
    assert run["run_duration"] > 300


async def test_a_webhook_s_next_try_goes_by_it(api, gateway, receiver):
    """The pauses between the tries are over when the clock says so, however long they are."""
    receiver.answers = [500, 500]
    await api.submit(webhook=receiver.url)
    await receiver.until(lambda bodies: len(bodies) >= 1)
    gateway.clock.advance(10)
    await receiver.until(lambda bodies: len(bodies) >= 6)


async def test_times_are_told_by_it(api, gateway):
    """A day ahead is a day ahead in every row."""
    gateway.clock.advance(86400)
    run = await api.ended(await api.submit())
    made = datetime.fromisoformat(run["created_at"])
    assert made > datetime.now(UTC) + timedelta(hours=23)


async def test_whoever_sleeps_is_woken_from_any_thread():
    """Also many at once, each when its own time has come."""
    clock = Clock()
    woken = []

    async def sleeper(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append(seconds)

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        for seconds in (1000, 3000, 2000):
            group.create_task(sleeper(seconds))
        await asyncio.sleep(0)
        for _ in range(3):
            thread = threading.Thread(target=clock.advance, args=(1000,))
            thread.start()
            await asyncio.to_thread(thread.join)
            await asyncio.sleep(0.05)
    assert woken == [1000, 2000, 3000]


def test_threads_that_push_at_once_lose_nothing():
    """A thousand steps of one second are a thousand seconds."""
    clock = Clock()
    start = clock.now()
    threads = [
        threading.Thread(target=lambda: [clock.advance(1) for _ in range(100)] and None) for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1000 <= (clock.now() - start) / 1_000_000 < 1000 + PATIENCE


@given(some.one_of(some.floats(max_value=-1e-9), some.just(math.nan), some.floats(min_value=1e12)))
def test_what_is_no_step_ahead_is_refused(seconds):
    """Backwards, nan, for ever: one line, and the clock goes on as before."""
    clock = Clock()
    before = clock.now()
    with pytest.raises(ValueError, match="a clock"):
        clock.advance(seconds)
    assert clock.now() - before < 60_000_000


def test_a_loop_that_has_ended_disturbs_nobody():
    """Its sleepers are gone with it."""
    clock = Clock()

    async def leave() -> None:
        asyncio.create_task(clock.sleep(100)).add_done_callback(lambda task: task.cancelled())
        await asyncio.sleep(0)

    asyncio.run(leave())
    clock.advance(1000)
