"""The sender, on python-telegram-bot and a Bot API server that refuses what Telegram refuses."""

import asyncio
from pathlib import Path

import attrs
import pytest
from telegram import Bot
from telegram.ext import Defaults, ExtBot

from stationthis_sdk.bots.desk.sender import Impossible, NotSent, Unsure
from stationthis_sdk.bots.people import Place
from stationthis_sdk.bots.render.steps import Button, SentFile, Step
from stationthis_sdk.bots.telegram.sender import TelegramSender
from tests.bots.telegram.chats import Chat
from tests.bots.telegram.conftest import FAST, png, until
from tests.bots.telegram.rules import REACTIONS, Refused
from tests.bots.telegram.served import TOKEN, BotApi, Fault
from tests.processes import free_port

ROWS = ((Button("↻ Again", "st:again:k3J9x0aQz7Lm"), Button("Look", url="https://example.com/a")),)


@pytest.fixture
def chat(api: BotApi) -> Chat:
    return api.world.person().chat


@pytest.fixture
def place(chat: Chat) -> Place:
    return Place(str(chat.id), private=True, more={"user": str(chat.id)})


@pytest.fixture
def sender(bot: Bot) -> TelegramSender:
    return TelegramSender(bot, FAST)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    made = [tmp_path / f"{number}.png" for number in range(10)]
    for path in made:
        path.write_bytes(png())
    return made


def step(kind: str, count: int = 1, **more: object) -> Step:
    files = tuple(SentFile(place, f"fox {place}.png", "photo") for place in range(count))
    return Step(kind, files, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["photo", "animation", "video", "audio", "document"])
async def test_one_file_with_words_and_buttons(
    kind: str, sender: TelegramSender, chat: Chat, place: Place, files: list[Path], api: BotApi
) -> None:
    """Each kind arrives as itself, byte for byte, with its name, its words and its buttons."""
    [message] = await sender.send(place, step(kind, text="a fox <b> & *", buttons=ROWS), files[:1], key="j:0")
    said = chat.messages[int(message)]
    [file] = chat.files(kind)
    assert api.world.files[file] == ("fox 0.png", png())
    assert said["caption"] == "a fox <b> & *"
    assert [one["text"] for one in said["reply_markup"]["inline_keyboard"][0]] == ["↻ Again", "Look"]


async def test_an_album_in_its_order(
    sender: TelegramSender, chat: Chat, place: Place, files: list[Path]
) -> None:
    """Ten pictures are one album: its words stand under the first, and each has an id."""
    sent = await sender.send(place, step("album", 10, text="ten foxes"), files, key="j:0")
    assert [str(one["message_id"]) for one in chat.of_bot] == list(sent)
    assert [one.get("caption") for one in chat.of_bot] == ["ten foxes", *[None] * 9]
    assert len({one["media_group_id"] for one in chat.of_bot}) == 1


async def test_it_answers_a_message_that_may_be_gone(
    sender: TelegramSender, api: BotApi, chat: Chat, place: Place
) -> None:
    """A status is a reply; when the message was deleted meanwhile it is sent all the same."""
    there = api.world.put(chat, {"id": chat.id, "is_bot": False, "first_name": "Ada"}, text="/portrait")
    first = await sender.say(attrs.evolve(place, message=str(there["message_id"])), "waits")
    second = await sender.say(attrs.evolve(place, message="1"), "waits")
    assert chat.messages[int(first)]["reply_to_message"]["message_id"] == there["message_id"]
    assert "reply_to_message" not in chat.messages[int(second)]


async def test_what_is_gone_or_the_same_is_no_error(sender: TelegramSender, chat: Chat, place: Place) -> None:
    """A removal of what is gone, and an edit that changes nothing, are quiet; an edit of what is gone has told nobody."""
    message = await sender.say(place, "50 %", ROWS)
    await sender.edit(place, message, "50 %", ROWS)
    await sender.edit(place, message, "60 %")
    assert chat.texts == ["60 %"]
    assert "reply_markup" not in chat.messages[int(message)]
    await sender.remove(place, message)
    await sender.remove(place, message)
    await asyncio.sleep(FAST.a_chat * 3)
    with pytest.raises(Impossible):
        await sender.edit(place, message, "70 %")


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        (Refused(403, "Forbidden: bot was blocked by the user"), Impossible),
        (Refused(400, "Bad Request: not enough rights to send photos to the chat"), Impossible),
        (Refused(413, "Request Entity Too Large"), Impossible),
        (Refused(401, "Unauthorized"), NotSent),
        (Refused(500, "Internal Server Error"), Unsure),
        (Refused(502, "Bad Gateway"), Unsure),
        (Refused(429, "Too Many Requests: retry after 3600", retry_after=3600), NotSent),
    ],
)
async def test_what_a_refusal_means(
    refusal: Refused,
    expected: type[Exception],
    sender: TelegramSender,
    place: Place,
    files: list[Path],
    api: BotApi,
) -> None:
    """What may be sent again, what may have arrived, and what never will, are told apart; an hour is told, not waited."""
    api.faults.append(Fault("refuse", refusal=refusal))
    with pytest.raises(expected) as told:
        await sender.send(place, step("photo"), files[:1], key="j:0")
    assert getattr(told.value, "retry_after", None) == refusal.parameters.get("retry_after")
    assert len(api.named("sendPhoto")) == 1


@pytest.mark.parametrize("kind", ["lose", "drop"])
async def test_a_lost_answer_is_unsure(
    kind: str, sender: TelegramSender, place: Place, files: list[Path], api: BotApi
) -> None:
    """A connection that breaks once the request is on its way: it may have arrived, and is not sent again by itself."""
    api.faults.append(Fault(kind))
    with pytest.raises(Unsure):
        await sender.send(place, step("photo"), files[:1], key="j:0")
    assert len(api.named("sendPhoto")) == 1
    assert await sender.sent_before(place, step("photo"), key="j:0") is None


async def test_no_connection_is_nothing_sent(place: Place) -> None:
    """Where no connection comes about, nothing can have arrived."""
    bot = Bot(TOKEN, base_url=f"http://127.0.0.1:{free_port()}/bot")
    async with bot.request, bot._request[0]:
        with pytest.raises(NotSent):
            await TelegramSender(bot, FAST).say(place, "hello")


async def test_a_short_flood_wait_is_waited_for(
    sender: TelegramSender, chat: Chat, place: Place, api: BotApi
) -> None:
    """Two chats: where a pause is asked for, everything there waits, and then arrives once; the other chat goes on."""
    other = api.world.person("Bob").chat
    refusal = Refused(429, "Too Many Requests: retry after 1", retry_after=1)
    api.faults.append(Fault("refuse", refusal=refusal, chat=chat.id))
    first = asyncio.create_task(sender.say(place, "one"))
    await until(lambda: api.named("sendMessage"))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(sender.say(place, "two"))
    await sender.say(Place(str(other.id), private=True), "other")
    assert (other.texts, chat.texts) == (["other"], [])
    await asyncio.gather(first, second)
    assert sorted(chat.texts) == ["one", "two"]
    assert [given["text"] for given in api.named("sendMessage")].count("one") == 2


async def test_a_part_waits_for_nothing(
    sender: TelegramSender, chat: Chat, place: Place, files: list[Path], api: BotApi
) -> None:
    """A part that Telegram wants later is told when, at once: a process killed in between must know it was not sent."""
    refusal = Refused(429, "Too Many Requests: retry after 1", retry_after=1)
    api.faults.append(Fault("refuse", refusal=refusal))
    for _ in range(2):
        with pytest.raises(NotSent) as told:
            await sender.send(place, step("photo"), files[:1], key="j:0")
    assert 0 < told.value.retry_after <= 1
    assert len(api.named("sendPhoto")) == 1
    await asyncio.sleep(told.value.retry_after)
    await sender.send(place, step("photo"), files[:1], key="j:0")
    assert len(chat.files("photo")) == 1


async def test_progress_never_waits_in_line(sender: TelegramSender, api: BotApi) -> None:
    """Edits beyond a group's pace are told when to come again, and no request is made of them."""
    group = api.world.group()
    place = Place(str(group.id))
    slow = TelegramSender(sender._bot)
    message = await slow.say(place, "0 %")
    edits = [slow.edit(place, message, f"{percent} %") for percent in range(1, 6)]
    told = await asyncio.gather(*edits, return_exceptions=True)
    refused = [one for one in told if isinstance(one, NotSent)]
    assert len(refused) == 5 - len(api.named("editMessageText")) > 0
    assert all(one.retry_after for one in refused)


async def test_private_parts_go_to_the_user(sender: TelegramSender, files: list[Path], api: BotApi) -> None:
    """In a group a private part goes to the user's own chat, and nothing of it is in the group."""
    ada, group = api.world.person(), api.world.group()
    place = Place(str(group.id), "1", more={"user": str(ada.id)})
    await sender.send(place, step("document", private=True), files[:1], key="j:0")
    await sender.say(place, "secret", private=True)
    assert (len(ada.chat.of_bot), group.of_bot) == (2, [])


async def test_who_never_started_the_bot_is_told_how(
    sender: TelegramSender, files: list[Path], api: BotApi
) -> None:
    """The private chat is closed: the group hears once how to open it, and nothing private stands there."""
    ada, group = api.world.person(started=False), api.world.group()
    place = Place(str(group.id), more={"user": str(ada.id), "language": "de"})
    for _ in range(2):
        with pytest.raises(Impossible):
            await sender.send(place, step("document", private=True), files[:1], key="j:0")
    assert len(group.texts) == 1
    assert "https://t.me/stationthis_bot?start=st" in group.texts[0]
    assert group.texts[0].startswith("Ich kann")


async def test_a_group_that_became_a_supergroup(sender: TelegramSender, api: BotApi) -> None:
    """Telegram tells the group's new id: what was meant for the old one goes there, then and later."""
    group = api.world.group()
    moved = Refused(
        400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=group.id
    )
    api.faults.append(Fault("refuse", refusal=moved))
    old = Place("-4711")
    await sender.say(old, "one")
    await sender.say(old, "two")
    assert group.texts == ["one", "two"]
    assert len(api.named("sendMessage")) == 3


async def test_reactions_are_tried_and_no_more(
    sender: TelegramSender, chat: Chat, place: Place, api: BotApi
) -> None:
    """🤔 and 👌 are on Telegram's list; one that isn't, or a message that is gone, is no error."""
    there = api.world.put(chat, {"id": chat.id, "is_bot": False, "first_name": "Ada"}, text="/portrait")
    at = attrs.evolve(place, message=str(there["message_id"]))
    assert {"🤔", "👌"} <= REACTIONS
    await sender.react(at, "🤔")
    await sender.react(at, "🦊")
    await sender.react(attrs.evolve(place, message="1"), "👌")
    await sender.react(place, "👌")
    assert [emoji for _, emoji in chat.reactions] == ["🤔"]


async def test_long_and_odd_texts(sender: TelegramSender, chat: Chat, place: Place) -> None:
    """A text is cut at 4096 UTF-16 units, not at as many characters; half of a surrogate pair stops nothing."""
    await sender.say(place, "🦊" * 3000)
    await sender.say(place, "a\ud83db")
    assert len(chat.texts[0].encode("utf-16-le")) // 2 <= 4096
    assert chat.texts[1] == "a�b"


async def test_defaults_of_the_host(api: BotApi, chat: Chat, place: Place, files: list[Path]) -> None:
    """A host whose messages are HTML by default: what people typed is still sent as it is, and read as nothing else."""
    defaults = Defaults(parse_mode="HTML", disable_notification=True)
    async with ExtBot(TOKEN, base_url=api.base_url, defaults=defaults) as bot:
        sender = TelegramSender(bot, FAST)
        message = await sender.say(place, "1 < 2", ROWS)
        await until(lambda: _edits(sender, place))
        await sender.edit(place, message, "2 < 3")
        await sender.send(place, step("photo", text="1 < 2"), files[:1], key="j:0")
        await sender.send(place, step("album", 2, text="1 < 2"), files[:2], key="j:1")
    assert not [given for _, given in api.calls if "parse_mode" in str(given)]
    assert len(chat.of_bot) == 4


def _edits(sender: TelegramSender, place: Place) -> bool:
    """Whether an edit would be taken now."""
    return sender._pacing._of(place.chat).first(sender._pacing._clock(), 2) <= sender._pacing._clock()


async def test_a_file_that_is_gone(sender: TelegramSender, place: Place, tmp_path: Path) -> None:
    """What can't be read can't be sent: no error but the protocol's own."""
    with pytest.raises(Impossible, match="No such file"):
        await sender.send(place, step("photo"), [tmp_path / "none.png"], key="j:0")
