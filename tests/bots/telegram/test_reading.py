"""What messages ask for, and the files that come along; from updates as Telegram writes them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from telegram import Bot, Update

from stationthis_sdk import InvalidInput
from stationthis_sdk.bots.telegram.reading import attachments_of, place_of, replied_to, typed, user_of
from tests.bots.telegram.chats import BOT_NAME, Person
from tests.bots.telegram.conftest import png
from tests.bots.telegram.rules import Refused
from tests.bots.telegram.served import TOKEN, BotApi, Fault

BYTES = b"0123456789" * 10


def read(bot: Bot, message: dict[str, Any]) -> Any:
    return Update.de_json({"update_id": 1, "message": message}, bot).message


@pytest.fixture
def ada(api: BotApi) -> Person:
    return api.world.person(language="pt-br")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("/portrait", ("portrait", "")),
        ("/portrait a fox\nin the snow", ("portrait", "a fox\nin the snow")),
        (f"/Portrait@{BOT_NAME.upper()}  a fox ", ("portrait", "a fox")),
        ("/portrait@another_bot a fox", None),
        ("a /portrait", None),
        (" /portrait", None),
        ("/portrait: a fox", None),
        ("/", None),
        ("", None),
        (None, None),
    ],
)
def test_commands(said: str | None, expected: tuple[str, str] | None) -> None:
    """A command stands at the beginning, and is meant for us where it names a bot; the rest is its text."""
    found = typed(said, BOT_NAME)
    assert (found and (found.name, found.text)) == expected


@given(some.text())
def test_any_text_is_read(said: str) -> None:
    """Whatever people write, it is a command or none."""
    found = typed(f"/{said}", BOT_NAME)
    assert found is None or found.name.isascii()


@pytest.mark.parametrize(
    ("kind", "name", "mime", "expected"),
    [
        ("document", "fox.png", "image/png", "image"),
        ("document", "cats.zip", "application/zip", "file"),
        ("video", "a.mp4", "video/mp4", "video"),
        ("animation", "a.mp4", "video/mp4", "video"),
        ("audio", "a.mp3", "audio/mpeg", "audio"),
        ("voice", "a.ogg", "audio/ogg", "audio"),
    ],
)
async def test_files_come_as_bytes(
    kind: str, name: str, mime: str, expected: str, bot: Bot, ada: Person
) -> None:
    """Each kind of file is one attachment with its bytes, and nothing in it tells a link."""
    message = read(bot, ada.sends(kind, BYTES, name, mime))
    [found] = attachments_of(bot, [message])
    assert (found.kind, found.mime, found.size) == (expected, mime, len(BYTES))
    assert await found.read() == BYTES
    assert TOKEN not in repr(found)
    assert "http" not in repr(found)


async def test_a_photo_comes_in_its_largest_size(bot: Bot, ada: Person) -> None:
    """Telegram tells several sizes of a photo; the last is the one that was sent."""
    [found] = attachments_of(bot, [read(bot, ada.shows(png()))])
    assert await found.read() == png()


async def test_stickers_are_no_pictures(bot: Bot, ada: Person) -> None:
    """A sticker is none of the files that a workflow takes."""
    sticker = {"file_id": "s", "file_unique_id": "s", "type": "regular", "width": 1, "height": 1,
               "is_animated": False, "is_video": False}  # fmt: skip
    assert attachments_of(bot, [read(bot, ada._says({"sticker": sticker}))]) == ()


@pytest.mark.parametrize("told", [True, False])
async def test_60_mb_are_one_sentence(told: bool, bot: Bot, ada: Person, api: BotApi) -> None:
    """What Telegram gives to no bot is refused with its size; also where only Telegram knows the size."""
    message = ada.sends("video", BYTES, "film.mp4", "video/mp4", size=60 << 20)
    [found] = attachments_of(bot, [read(bot, message)])
    if not told:
        object.__setattr__(found.read, "size", None)
    with pytest.raises(InvalidInput, match=r"film\.mp4 has (60|20\.1) MB.*20 MB at the most"):
        await found.read()
    assert bool(api.named("getFile")) is not told


async def test_no_error_tells_the_link(bot: Bot, ada: Person, api: BotApi) -> None:
    """T14: a file that can't be fetched is told without its link, which holds the bot's token."""
    [found] = attachments_of(bot, [read(bot, ada.shows(png()))])
    api.world.files.clear()
    with pytest.raises(InvalidInput, match="send it again") as gone:
        await found.read()
    api.faults.append(
        Fault("refuse", frozenset({"getFile"}), refusal=Refused(502, f"{api.file_url}{TOKEN}/x"))
    )
    with pytest.raises(Exception, match="try again") as lost:
        await found.read()
    for error in (gone.value, lost.value):
        assert TOKEN not in f"{error!r} {error.__cause__!r}"


async def test_people_and_places(bot: Bot, api: BotApi, ada: Person) -> None:
    """Who, where and in which language; groups that speak for themselves are somebody, other bots nobody."""
    message = read(bot, ada.says("/portrait"))
    user = user_of(message)
    place = place_of(message, user)
    assert (user.id, user.name, user.language, place.private) == (str(ada.id), "Ada", "pt-br", True)
    assert place.more == {"user": str(ada.id), "language": "pt-br"}
    group = api.world.group()
    said = ada.within(group).says("/portrait", message_thread_id=7, is_topic_message=True)
    assert place_of(read(bot, said), user).thread == "7"
    anonymous = user_of(read(bot, {**said, "sender_chat": group.json}))
    assert anonymous.id == str(group.id)
    assert user_of(read(bot, {**said, "from": {**said["from"], "is_bot": True}})) is None


async def test_a_topic_answers_nothing(bot: Bot, ada: Person, api: BotApi) -> None:
    """In a forum every message seems to answer the one that opened its topic; that is no answer."""
    opened = {"forum_topic_created": {"name": "Foxes", "icon_color": 1}}
    topic = ada.within(api.world.group())._says(opened)
    said = ada.says("/portrait", to=topic)
    assert replied_to(read(bot, said)) is None
