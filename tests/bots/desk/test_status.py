"""The message of a job in a flood: the last word is the last, and what has nothing to tell any more stays unsaid."""

import asyncio

import pytest

from stationthis_sdk.bots.desk.sender import NotSent
from stationthis_sdk.bots.desk.status import Paces, Status
from tests.bots.desk.conftest import HERE, until
from tests.bots.desk.platform import Platform, lost


async def unsaid(platform: Platform, wait: float = 0.2) -> Status:
    """A status that could not be said yet, with something newer that waits."""

    async def said(_message: str) -> None: ...

    status = Status(platform, Paces(platform), HERE, None, said)
    platform.mute = NotSent("busy", retry_after=wait)
    await status.say("place 3")
    status.put("place 2")
    await asyncio.sleep(0.05)
    platform.mute = None
    return status


async def test_the_last_word_stays(platform: Platform) -> None:
    """What waits to be said is not said over the end."""
    status = await unsaid(platform)
    await status.end("It was cancelled.")
    await asyncio.sleep(0.3)
    assert platform.said == {"m1": ["It was cancelled."]}


async def test_the_last_word_is_said_behind_one_that_was_lost(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A status whose answer is lost as the end comes hides it not: the end is said anew."""
    status = await unsaid(platform, 0.05)
    say, losses = Platform.say, [lost(arrived=True)]

    async def loses(self, place, text, buttons=(), *, private=False):
        await asyncio.sleep(0.1)
        message = await say(self, place, text, buttons, private=private)
        if losses:
            raise losses.pop()
        return message

    monkeypatch.setattr(Platform, "say", loses)
    await asyncio.sleep(0.1)
    await status.end("It was cancelled.")
    assert list(platform.said.values())[-1] == ["It was cancelled."]


@pytest.mark.parametrize("slow", [0.0, 0.3])
async def test_nothing_is_said_of_what_is_there(platform: Platform, slow: float) -> None:
    """What was to be said of a result that is there is not; what was on its way just then is taken away again."""
    status = await unsaid(platform)
    platform.slow = slow
    if slow:
        await until(lambda: status._edits._writing)
    await status.remove()
    await asyncio.sleep(0.3)
    assert platform.removed == list(platform.said)
    assert bool(platform.said) == bool(slow)
