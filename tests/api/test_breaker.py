"""The circuit breaker: opens on silence, lets one ask, and closes again."""

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk import AsyncStationThis, ConnectionFailed, ServerError
from stationthis_sdk.api.breaker import FAILURES, FIRST_PAUSE, LONGEST_PAUSE, Breaker, Breakers
from stationthis_sdk.errors import Exchange
from tests.wire import Wire, answer

NOTE = Exchange("1", "GET", "http://host/api/machines")


@attrs.define
class Hands:
    """A clock moved by hand."""

    now: float = 0.0

    def __call__(self):
        return self.now


def allowed(breaker):
    """Whether a request may go out."""
    try:
        breaker.ask(NOTE)
    except ConnectionFailed:
        return False
    return True


def opened():
    """A breaker just opened, and its clock."""
    clock = Hands()
    breaker = Breaker("host", clock)
    for _ in range(FAILURES):
        assert allowed(breaker)
        breaker.failed()
    return breaker, clock


def test_one_request_finds_out_for_all():
    """After the pause a single request goes out; its answer lets everybody go on."""
    breaker, clock = opened()
    assert not allowed(breaker)
    clock.now += FIRST_PAUSE
    assert allowed(breaker)
    assert not allowed(breaker)
    breaker.answered()
    assert allowed(breaker)
    assert allowed(breaker)


def test_pauses_grow_to_a_minute():
    """A host that stays silent is asked less and less often, but never given up."""
    breaker, clock = opened()
    pauses = []
    for _ in range(8):
        begun = clock.now
        while not allowed(breaker):
            clock.now += 0.5
        pauses.append(clock.now - begun)
        breaker.failed()
    assert pauses[0] == FIRST_PAUSE
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE


def test_a_probe_that_is_lost_makes_room():
    """A request that was given up and never told of does not hold the others back for ever."""
    breaker, clock = opened()
    clock.now += FIRST_PAUSE
    assert allowed(breaker)
    clock.now += FIRST_PAUSE
    assert allowed(breaker)


@given(some.lists(some.sampled_from(["failed", "answered", "wait"]), max_size=60))
def test_an_answer_always_closes(events):
    """Whatever came before, after an answer requests go out, and fewer failures than the limit change nothing."""
    clock = Hands()
    breaker = Breaker("host", clock)
    for event in events:
        if event == "wait":
            clock.now += 3
        else:
            getattr(breaker, event)()
    breaker.answered()
    for _ in range(FAILURES - 1):
        breaker.failed()
        assert allowed(breaker)


def test_hosts_are_apart():
    """One silent host holds back nobody else, and only so many are kept."""
    breakers = Breakers(Hands())
    for _ in range(FAILURES):
        breakers.of("storage.example.com").failed()
    assert breakers.of("storage.example.com").open
    assert not breakers.of("api.example.com").open
    for number in range(300):
        breakers.of(f"{number}.example.com")
    assert not breakers.of("storage.example.com").open


async def test_a_dead_service_is_left_alone_and_found_again():
    """With a real server: 503 after 503 opens it, nothing more is sent, and one good answer closes it."""
    with Wire(answer(503, b"no backend", content_type="text/plain")) as server:
        async with AsyncStationThis("k", server.base_url) as st:
            clock = Hands()
            st._ready.context.service.edge._breakers = Breakers(clock)
            for _ in range(FAILURES):
                with pytest.raises(ServerError):
                    await st.request("DELETE", "/machine/1")
            with pytest.raises(ConnectionFailed, match=r"left alone.*nothing was sent"):
                await st.request("DELETE", "/machine/1")
            assert len(server.asked) == FAILURES
            server.otherwise = answer(200, [])
            clock.now += FIRST_PAUSE
            assert await st.request("GET", "/machines") == []
            assert await st.request("GET", "/machines") == []
