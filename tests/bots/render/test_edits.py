"""Polite edits: on a loop whose clock jumps to whatever is waited for, so that nothing here takes time."""

import asyncio
import itertools
from collections.abc import Callable, Coroutine
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from stationthis_sdk.bots.render.edits import Edits, Pace
from stationthis_sdk.bots.render.outcomes import Impossible, NotSent, Unsure


class JumpingLoop(asyncio.SelectorEventLoop):
    """A loop that is at once at the time it would wait for."""

    def __init__(self) -> None:
        super().__init__()
        self.jumped = 0.0
        waiting = self._selector.select

        def select(timeout: float | None) -> Any:
            self.jumped += timeout or 0.0
            return waiting(0 if timeout is not None else None)

        self._selector.select = select

    def time(self) -> float:
        return self.jumped


def run(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """What comes of it, on such a loop."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(work())


def now() -> float:
    return asyncio.get_running_loop().time()


@attrs.define
class Platform:
    """A message, with what was written into it and when, and the refusals that come first; an edit takes a while."""

    refusals: list[Exception] = attrs.field(factory=list)
    takes: float = 0.1
    written: list[tuple[float, str]] = attrs.field(factory=list)
    tries: list[float] = attrs.field(factory=list)
    under_way: int = 0
    most_at_once: int = 0

    async def edit(self, text: str) -> None:
        self.tries.append(now())
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        await asyncio.sleep(self.takes)
        self.under_way -= 1
        if self.refusals:
            raise self.refusals.pop(0)
        self.written.append((now(), text))

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.written]


def edits_of(platform: Platform, every: float = 1.0, pace: Pace | None = None) -> Edits[str]:
    return Edits(platform.edit, every=every, clock=now, pace=pace)


@settings(deadline=None)
@given(
    pauses=some.lists(some.floats(0, 3), min_size=1, max_size=40),
    every=some.floats(0.5, 5),
    takes=some.floats(0, 2),
    waits=some.lists(some.none() | some.floats(0, 30), max_size=4),
)
def test_the_last_is_written_and_none_too_soon(pauses, every, takes, waits) -> None:
    """However often a run tells of itself: one edit at a time, so many seconds apart, the last one always."""
    platform = Platform([NotSent("flood", wait) for wait in waits], takes)

    async def work() -> None:
        edits = edits_of(platform, every)
        for number, pause in enumerate(pauses):
            edits.put(str(number))
            await asyncio.sleep(pause)
        edits.put("the end")
        await edits.close()

    run(work)
    assert platform.texts[-1] == "the end"
    assert platform.most_at_once == 1
    gaps = [later - earlier for earlier, later in zip(platform.tries, platform.tries[1:], strict=False)]
    assert all(gap >= every - 1e-6 for gap in gaps)
    numbers = [int(text) for text in platform.texts[:-1]]
    assert numbers == sorted(set(numbers))


def test_what_is_put_meanwhile_is_left_out() -> None:
    """Last wins: nobody reads what is past."""
    platform = Platform()

    async def work() -> None:
        edits = edits_of(platform)
        for share in range(100):
            edits.put(f"{share}%")
            await asyncio.sleep(0.01)
        await edits.close()

    run(work)
    assert platform.texts == ["0%", "99%"]


def test_a_flood_wait_is_waited_for() -> None:
    """The platform says when, and what is newest then is written."""
    platform = Platform([NotSent("flood", 40.0)])

    async def work() -> None:
        edits = edits_of(platform)
        edits.put("old")
        await asyncio.sleep(10)
        edits.put("new")
        await edits.close()

    run(work)
    assert platform.texts == ["new"]
    assert platform.tries[1] - platform.tries[0] >= 40.0


@pytest.mark.parametrize("lost", [NotSent("reset"), Unsure("no answer")])
def test_a_lost_end_is_written_again(lost: Exception) -> None:
    """An edit may be written twice, so one whose answer was lost is."""
    platform = Platform([lost, lost])

    async def work() -> None:
        edits = edits_of(platform)
        edits.put("the end")
        await edits.close()

    run(work)
    assert platform.texts == ["the end"]


def test_what_may_have_arrived_is_not_taken_for_shown() -> None:
    """The text of before is written again, where one that came between may stand there."""
    platform = Platform()

    async def work() -> None:
        edits = edits_of(platform)
        edits.put("a")
        await asyncio.sleep(5)
        platform.refusals.append(Unsure("no answer"))
        edits.put("b")
        await asyncio.sleep(0.5)
        edits.put("a")
        await edits.close()

    run(work)
    assert platform.texts == ["a", "a"]


def test_the_same_again_is_not_sent() -> None:
    """Telegram refuses an edit that changes nothing."""
    platform = Platform()

    async def work() -> None:
        edits = edits_of(platform)
        for _ in range(3):
            edits.put("same")
            await asyncio.sleep(5)
        await edits.close()

    run(work)
    assert platform.texts == ["same"]


@pytest.mark.parametrize("error", [Impossible("message is gone"), ZeroDivisionError("a bug of the host's")])
def test_a_message_that_is_gone_ends_it_quietly(error: Exception) -> None:
    """The run goes on, nothing is raised, and nobody knocks again."""
    platform = Platform([error])

    async def work() -> None:
        edits = edits_of(platform)
        edits.put("one")
        await asyncio.sleep(5)
        edits.put("two")
        await edits.close()

    run(work)
    assert (platform.texts, len(platform.tries)) == ([], 1)


def test_a_platform_that_never_takes_it_is_given_up() -> None:
    """A bot that closes must end."""
    platform = Platform([NotSent("no")] * 99)

    async def work() -> None:
        edits = edits_of(platform)
        edits.put("one")
        await edits.close()

    run(work)
    assert platform.texts == []
    assert len(platform.tries) < 10


def test_closing_takes_no_more_and_may_be_given_up() -> None:
    """Who stops waiting for the last edit leaves it, and no task behind."""
    platform = Platform([NotSent("flood", 3600.0)])

    async def work() -> None:
        edits = edits_of(platform)
        edits.put("one")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await edits.close()
        edits.put("two")
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(work)
    assert platform.texts == []


def test_nothing_put_is_nothing_to_wait_for() -> None:
    """Close is at once, and may be called again."""

    async def work() -> None:
        edits = edits_of(Platform())
        await edits.close()
        await edits.close()

    run(work)


def test_all_messages_of_a_chat_share_its_pace() -> None:
    """Twenty runs in one group: it is the chat that floods, not the message; each message gets its end."""
    platforms = [Platform(takes=0.0) for _ in range(20)]

    async def work() -> None:
        pace = Pace(3.0, clock=now)
        all_edits = [edits_of(platform, 3.0, pace) for platform in platforms]

        async def one(edits: Edits[str]) -> None:
            for share in range(30):
                edits.put(f"{share}")
                await asyncio.sleep(1)
            edits.put("the end")
            await edits.close()

        await asyncio.gather(*map(one, all_edits))

    run(work)
    times = sorted(at for platform in platforms for at, _ in platform.written)
    assert all(later - earlier >= 3.0 - 1e-6 for earlier, later in itertools.pairwise(times))
    assert [platform.texts[-1] for platform in platforms] == ["the end"] * 20


def test_edit_may_be_anything_that_is_awaited() -> None:
    """The desk writes a text and buttons: whatever is put is what is written."""
    written: list[tuple[str, int]] = []

    async def edit(what: tuple[str, int]) -> None:
        written.append(what)

    async def work() -> None:
        edits: Edits[tuple[str, int]] = Edits(edit, every=1.0, clock=now)
        edits.put(("text", 1))
        await edits.close()

    run(work)
    assert written == [("text", 1)]
