"""How often is sent: never more than Telegram allows, in whatever order things come."""

import asyncio
import contextlib

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.bots.desk.sender import NotSent
from stationthis_sdk.bots.render.limits import TELEGRAM
from stationthis_sdk.bots.telegram import pacing
from stationthis_sdk.bots.telegram.pacing import Pacing, Window


@given(
    most=some.integers(1, 8),
    seconds=some.floats(0.1, 100),
    comes=some.lists(some.tuples(some.floats(0, 10), some.integers(1, 12)), max_size=60),
)
def test_no_span_of_time_has_too_many(most: int, seconds: float, comes: list[tuple[float, int]]) -> None:
    """Whoever waits as long as told never puts more into any window than it takes; an album of more fills it whole."""
    window, now, sent = Window(most, seconds), 0.0, []
    for later, count in comes:
        now += later
        while (wait := window.wait(now, count)) > 0:
            now = max(now + wait, now * (1 + 1e-12) + 1e-9)
        window.take(now, count)
        sent += [now] * min(count, most)
    for at in sent:
        assert sum(at <= other < at + seconds * (1 - 1e-9) - 1e-6 for other in sent) <= most


async def test_a_group_is_told_twenty_things_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty messages into one group take more than a minute of the clock; other chats are not held up by them."""
    clock = [0.0]

    async def passes(seconds: float) -> None:
        clock[0] += seconds

    monkeypatch.setattr(pacing.asyncio, "sleep", passes)
    paced = Pacing(TELEGRAM, lambda: clock[0])
    times = []
    for _ in range(30):
        await paced.turn("-100")
        times.append(clock[0])
    assert times[2] == 0.0
    assert times[19] < 60.0 <= times[20] < 66.0
    before = clock[0]
    await paced.turn("5")
    assert clock[0] == before


async def test_many_chats_share_thirty_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred people at once are told within three seconds of the clock, and not within two."""
    clock = [0.0]

    async def passes(seconds: float) -> None:
        clock[0] += seconds

    monkeypatch.setattr(pacing.asyncio, "sleep", passes)
    paced = Pacing(TELEGRAM, lambda: clock[0])
    for user in range(100):
        await paced.turn(str(user))
    assert 3.0 <= clock[0] < 3.3


async def test_who_is_told_to_come_later_keeps_a_place() -> None:
    """Parts that come too early are told when; whoever comes then is served in that order, and others behind them."""
    clock = [0.0]
    paced = Pacing(TELEGRAM, lambda: clock[0])
    waits = {}
    for number in range(6):
        try:
            paced.now_or_later("-100", f"job:{number}", count=1)
        except NotSent as error:
            waits[number] = error.retry_after
    assert list(waits) == [3, 4, 5]
    assert all(3.0 < wait < 3.3 for wait in waits.values())
    for number, wait in waits.items():
        clock[0] = wait
        paced.now_or_later("-100", f"job:{number}")
    with pytest.raises(NotSent):
        paced.now_or_later("-100", "job:6", count=10)


async def test_after_a_pause_not_all_come_at_once() -> None:
    """Those who had places within a pause get new ones after it, no more at once than ever."""
    clock = [0.0]
    paced = Pacing(TELEGRAM, lambda: clock[0])
    for number in range(9):
        with contextlib.suppress(NotSent):
            paced.now_or_later("5", f"job:{number}")
    paced.hold("5", 60.0)
    clock[0] = 60.0
    served = 0
    for number in range(3, 9):
        with contextlib.suppress(NotSent):
            paced.now_or_later("5", f"job:{number}")
            served += 1
    assert served <= 3


async def test_a_pause_holds_one_chat() -> None:
    """What Telegram asks for holds up that chat alone; progress there is told to come later."""
    paced = Pacing(attrs.evolve(TELEGRAM, a_chat=0.001, overall=0.0001))
    paced.hold("1", 60.0)
    with pytest.raises(NotSent) as told:
        paced.at_once("1")
    assert told.value.retry_after > 50
    await asyncio.wait_for(paced.turn("2"), 5)
    paced.at_once("3")


def test_quiet_chats_are_forgotten() -> None:
    """A bot that has met many thousands keeps in mind only those it has just written to."""
    clock = [0.0]
    paced = Pacing(attrs.evolve(TELEGRAM, overall=0.0), lambda: clock[0])
    for user in range(pacing._MANY * 3):
        clock[0] += 1.0
        paced.at_once(str(user))
    assert len(paced._chats) <= pacing._MANY


async def test_how_it_gets_on_leaves_room_for_what_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Statuses in a busy group take half of a minute at the most, and never wait long; parts take the rest at once."""
    clock = [0.0]

    async def passes(seconds: float) -> None:
        clock[0] += seconds

    monkeypatch.setattr(pacing.asyncio, "sleep", passes)
    paced = Pacing(TELEGRAM, lambda: clock[0])
    said = 0
    for _ in range(40):
        before = clock[0]
        try:
            await paced.soon("-100")
        except NotSent:
            clock[0] += 1.0
        else:
            said += 1
        assert clock[0] - before <= pacing._MOMENT
    assert clock[0] < 60.0
    assert said == 10
    for _ in range(10):
        await paced.turn("-100")
    assert clock[0] < 60.0
