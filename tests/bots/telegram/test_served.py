"""The Bot API server of the tests refuses what Telegram refuses; or no test here could fail."""

import io
from typing import Any

import pytest
from PIL import Image
from telegram import Bot, InputMediaAudio, InputMediaPhoto
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter

from tests.bots.telegram.chats import Chat
from tests.bots.telegram.conftest import png
from tests.bots.telegram.rules import Refused
from tests.bots.telegram.served import BotApi

DATA = [[{"text": "x", "callback_data": "x" * 65}]]


@pytest.fixture
def chat(api: BotApi) -> Chat:
    return api.world.person().chat


def long(side: int, other: int) -> bytes:
    file = io.BytesIO()
    Image.new("1", (side, other)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("method", "given", "said"),
    [
        ("send_message", {"text": "🦊" * 2049}, "too long"),
        ("send_message", {"text": " \n"}, "empty"),
        (
            "send_message",
            {"text": "x", "api_kwargs": {"reply_markup": {"inline_keyboard": DATA}}},
            "DATA_INVALID",
        ),
        ("send_message", {"text": "x", "reply_to_message_id": 5}, "replied not found"),
        ("send_photo", {"photo": png(), "caption": "🦊" * 513}, "caption is too long"),
        ("send_photo", {"photo": long(9000, 1001)}, "DIMENSIONS"),
        ("send_photo", {"photo": long(2100, 100)}, "DIMENSIONS"),
        ("send_photo", {"photo": b"no picture"}, "PROCESS_FAILED"),
        ("send_photo", {"photo": b"x" * (10 << 20) + b"x"}, "too big for a photo"),
        ("send_media_group", {"media": [InputMediaPhoto(png())]}, "2–10"),
        ("send_media_group", {"media": [InputMediaPhoto(png())] * 11}, "2–10"),
        ("send_media_group", {"media": [InputMediaPhoto(png()), InputMediaAudio(b"x")]}, "mixed"),
        ("edit_message_text", {"text": "x", "message_id": 5}, "edit not found"),
        ("delete_message", {"message_id": 5}, "delete not found"),
        ("set_message_reaction", {"message_id": 5, "reaction": "👌"}, "not found"),
        ("set_my_commands", {"commands": [("Upper", "x")]}, "COMMAND_INVALID"),
        ("set_my_commands", {"commands": [("a", "")]}, "DESCRIPTION_INVALID"),
        ("set_my_commands", {"commands": [(f"a{at}", "x") for at in range(101)]}, "TOO_MUCH"),
        ("answer_callback_query", {"callback_query_id": "5"}, "too old"),
        ("get_file", {"file_id": "none"}, "invalid"),
    ],
)
async def test_what_is_refused(method: str, given: dict[str, Any], said: str, bot: Bot, chat: Chat) -> None:
    """Lengths, sizes, mixtures and what is gone: each is refused with Telegram's kind of answer, and nothing is there."""
    if not method.startswith(("set_my", "answer", "get_file")):
        given = {"chat_id": chat.id, **given}
    with pytest.raises(BadRequest, match=f"(?i){said}"):
        await getattr(bot, method)(**given)
    assert chat.of_bot == []


async def test_uploads_of_50_mb(bot: Bot, chat: Chat) -> None:
    """A byte more than 50 MB is too large."""
    with pytest.raises(NetworkError, match="Too Large"):
        await bot.send_document(chat.id, b"x" * (50 << 20) + b"x", write_timeout=60, read_timeout=60)


async def test_the_same_text_again(bot: Bot, chat: Chat) -> None:
    """An edit to what stands there already is refused."""
    message = await bot.send_message(chat.id, "x")
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_text("x", chat.id, message.message_id)


async def test_floods(bot: Bot, api: BotApi) -> None:
    """Where rates are switched on, the twenty-first message in a group within a minute is one too many."""
    group = api.world.group()
    api.rated = True
    for _ in range(20):
        await bot.send_message(group.id, "x")
    with pytest.raises(RetryAfter):
        await bot.send_message(group.id, "x")
    assert len(group.of_bot) == 20


async def test_who_has_blocked_it(bot: Bot, chat: Chat) -> None:
    """403 is told as such."""
    chat.refuses = "bot was blocked by the user"
    with pytest.raises(Forbidden):
        await bot.send_message(chat.id, "x")


def test_refusals_are_telegrams() -> None:
    """An answer that says no has Telegram's form."""
    assert Refused(429, "Too Many Requests", retry_after=3).json == {
        "ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 3},
    }  # fmt: skip
