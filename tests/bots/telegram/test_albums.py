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


async def test_closing_waits_for_what_is_there() -> None:
    """A bot that stops takes what has come so far for the whole."""
    albums: list[list[Any]] = []

    async def whole(messages: list[Any]) -> None:
        await asyncio.sleep(0)
        albums.append(messages)

    made = Albums(whole, after=60.0)
    made.add(picture(1))
    await made.close()
    assert [numbers(album) for album in albums] == [[1]]
