"""The pace of polls: how long a wait pauses, and what it survives."""

import asyncio

import pytest

from stationthis_sdk import NotFound, RateLimited, ServerError, Timeouts, UnexpectedResponse, ValidationFailed
from stationthis_sdk.clock import Clock


async def _clock(**limits: float) -> Clock:
    clock = Clock(Timeouts(**limits), asyncio.get_running_loop().time())
    clock.deadline("execution")
    return clock


@pytest.mark.parametrize(("asked", "pause"), [(1.0, 1.0), (7.5, 7.5), (86400.0, 120.0)])
async def test_told_to_wait_it_waits_and_not_for_days(asked: float, pause: float) -> None:
    """T9: Retry-After is kept to the second, and capped."""
    clock = await _clock()
    assert clock.survives(RateLimited("slow down", retry_after=asked))
    assert clock.pause(nearby=False) == pause


async def test_failures_make_it_slower_and_an_answer_makes_it_quick_again() -> None:
    """T9: each failure in a row doubles the pause, up to ten seconds."""
    clock = await _clock()
    pauses = []
    for _ in range(9):
        clock.survives(ServerError("down", status=503))
        pauses.append(clock.pause(nearby=True))
    assert pauses[0] <= 0.5
    assert pauses[-1] >= 8.5
    assert max(pauses) <= 10
    clock.heard()
    assert clock.pause(nearby=True) <= 0.25


async def test_it_goes_on_however_often_it_fails() -> None:
    """A service that is down for a weekend is thousands of failures: the pause is still ten seconds."""
    clock = await _clock()
    for clock.failures in (1_024, 1_100, 50_000):
        assert 8.5 <= clock.pause(nearby=False) <= 10


async def test_no_pause_reaches_past_the_limit() -> None:
    """The last look comes when the limit runs out, not later."""
    clock = await _clock(total=30)
    clock.survives(RateLimited("slow down", retry_after=60.0))
    assert 25 < clock.pause(nearby=False) <= 30


async def test_what_says_nothing_of_the_run_is_survived() -> None:
    """Web pages, 408 and a few 404s are; a refusal of the key or of the request is not."""
    clock = await _clock()
    assert clock.survives(UnexpectedResponse("html"))
    assert clock.survives(ValidationFailed("x", status=408))
    assert [clock.survives(NotFound("gone")) for _ in range(4)] == [True, True, True, False]
    assert not clock.survives(ValidationFailed("x", status=422))
