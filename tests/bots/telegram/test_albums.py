"""Albums are told once, whole, and in their order, in whatever order and time their pictures come."""

import asyncio
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.bots.telegram.albums import Albums
from tests.bots.telegram.conftest import until


def picture(number: int, group: str = "g", chat: int = 1) -> Any:
    return SimpleNamespace(message_id=number, media_group_id=group, chat_id=chat)


def numbers(messages: list[Any]) -> list[int]:
    return [one.message_id for one in messages]


@given(
    order=some.permutations(range(10)), groups=some.lists(some.sampled_from("ab"), min_size=10, max_size=10)
)
def test_in_any_order(order: list[int], groups: list[str]) -> None:
    """Two albums whose pictures come mixed: each is told once, with its own, by their numbers."""

    async def told() -> list[list[Any]]:
        albums: list[list[Any]] = []

        async def whole(messages: list[Any]) -> None:
            albums.append(messages)

        made = Albums(whole, after=0.005)
        for number in order:
            made.add(picture(number, groups[number]))
            made.add(picture(number, groups[number]))
        await until(lambda: len(albums) == len(set(groups)))
        await made.close()
        return albums

    found = asyncio.run(told())
    expected = [[number for number in range(10) if groups[number] == group] for group in set(groups)]
    assert sorted(numbers(album) for album in found) == sorted(expected)


async def test_one_that_comes_too_late() -> None:
    """A picture that comes after its album was told starts nothing again, and is known to be of it."""
    albums: list[list[Any]] = []

    async def whole(messages: list[Any]) -> None:
        albums.append(messages)

    made = Albums(whole, after=0.01)
    made.add(picture(1))
    await until(lambda: albums)
    made.add(picture(2))
    await asyncio.sleep(0.05)
    await made.close()
    assert [numbers(album) for album in albums] == [[1]]
    assert numbers(made.of(picture(2))) == [1, 2]
    assert numbers(made.of(picture(9, "other"))) == [9]


async def test_closing_tells_of_no_half() -> None:
    """A bot that stops waits for what it has begun, and leaves an album that may not be whole to the next start."""
    albums: list[list[Any]] = []
    begun = asyncio.Event()

    async def whole(messages: list[Any]) -> None:
        begun.set()
        await asyncio.sleep(0.02)
        albums.append(messages)

    made = Albums(whole, after=0.1)
    assert made.add(picture(1))
    await begun.wait()
    assert made.add(picture(2, "other"))
    await made.close()
    await asyncio.sleep(0.15)
    assert [numbers(album) for album in albums] == [[1]]
