"""What people say and press around a result: what is meant for the bot, for whom it speaks, and what is talk."""

import json
from typing import Any

import attrs
import pytest
from telegram.ext import CommandHandler, ConversationHandler, MessageHandler, filters

from stationthis_sdk import AsyncStationThis
from stationthis_sdk.bots import telegram
from stationthis_sdk.bots.render.limits import TELEGRAM
from stationthis_sdk.bots.telegram import sender
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.testing import LocalGateway
from tests.bots.telegram.chats import Chat, Person
from tests.bots.telegram.conftest import FAST, build, deploy, png, running, runs, until
from tests.bots.telegram.graphs import INVERT, PAINT
from tests.bots.telegram.served import BotApi, Fault


@pytest.fixture
async def mounted(api: BotApi, st: AsyncStationThis, gateway: LocalGateway) -> Any:
    application = build(api)
    made = telegram.install(application, st, limits=FAST)
    async with running(application):
        await deploy(gateway, made, "invert", INVERT)
        await deploy(gateway, made, "paint", PAINT)
        yield made


async def result(chat: Chat, count: int = 1) -> dict[str, Any]:
    """The last of so many pictures."""
    await until(lambda: len(chat.files("photo")) >= count and "st:cancel" not in str(chat.of_bot))
    return [one for one in chat.of_bot if "photo" in one][-1]


async def quiet(mounted: Any) -> None:
    """Wait until all is answered."""
    await until(lambda: not mounted._updates._tasks and not mounted.desk._courses)


async def test_talk_with_an_equals_sign(
    mounted: Any, api: BotApi, ada: Person, gateway: LocalGateway
) -> None:
    """Idle talk under a result, with words like a=b in it, runs nothing; nothing but inputs does."""
    group = api.world.group()
    ada.within(group).says("/portrait a hare")
    photo = await result(group)
    bob = api.world.person("Bob").within(group)
    bob.says("haha love = this, prompt=fox see https://x.org/?a=b", to=photo)
    bob.says("prompt=wolf", to=photo)
    await result(group, 2)
    await quiet(mounted)
    assert [run.inputs["prompt"] for run in await runs(gateway)] == ["a hare", "wolf"]


@pytest.mark.parametrize("said", ["/again", "/tweak prompt=wolf", "/portrait wolf"])
async def test_a_command_about_a_result(said: str, mounted: Any, ada: Person, gateway: LocalGateway) -> None:
    """The picture of the result that is answered is no input of what takes none."""
    ada.says("/portrait a fox")
    photo = await result(ada.chat)
    ada.says(said, to=photo)
    await result(ada.chat, 2)
    assert [run.inputs["prompt"] for run in await runs(gateway)][1] in {"a fox", "wolf"}


async def test_again_means_the_picture_of_before(mounted: Any, ada: Person, gateway: LocalGateway) -> None:
    """/again in answer to an inverted picture inverts what was given, not what was made; /tweak asks what to change."""
    ada.shows(png(color="blue"), "/paint")
    photo = await result(ada.chat)
    ada.says("/again", to=photo)
    await result(ada.chat, 2)
    ada.says("/tweak", to=photo)
    await until(lambda: "✎" in str(ada.chat.texts))
    pictures = [run.inputs["picture"] for run in await runs(gateway)]
    assert len(pictures) == 2
    assert pictures[0] == pictures[1]


async def test_forwarded_commands(mounted: Any, ada: Person, gateway: LocalGateway) -> None:
    """Who passes on somebody's command has asked for nothing."""
    sender = {"id": 5, "is_bot": False, "first_name": "Eve"}
    ada.says("/portrait a wolf", forward_origin={"type": "user", "date": 1, "sender_user": sender})
    ada.says("/portrait a fox")
    await result(ada.chat)
    await quiet(mounted)
    assert [run.inputs["prompt"] for run in await runs(gateway)] == ["a fox"]


async def test_a_form_in_a_group(mounted: Any, api: BotApi, ada: Person, gateway: LocalGateway) -> None:
    """✎ names who pressed it, so that it opens their box; a picture alone is an answer to it."""
    group = api.world.group()
    here = ada.within(group)
    here.shows(png(color="blue"), "/paint")
    here.presses(await result(group), "Tweak")
    form = await until(lambda: next((one for one in group.of_bot if "✎" in one.get("text", "")), None))
    asked = next(one for one in api.named("sendMessage") if "force_reply" in str(one.get("reply_markup")))
    [mention] = json.loads(asked["entities"])
    assert mention["user"]["id"] == ada.id
    words = asked["text"].encode("utf-16-le")
    assert (
        words[2 * mention["offset"] : 2 * (mention["offset"] + mention["length"])].decode("utf-16-le")
        == "Ada"
    )
    here.shows(png(color="green"), to=form)
    await result(group, 2)
    assert len({run.inputs["picture"] for run in await runs(gateway)}) == 2


async def test_who_speaks_as_a_chat(mounted: Any, api: BotApi, ada: Person, gateway: LocalGateway) -> None:
    """/session of an unnamed admin, or of a channel, is told nobody; who runs that chat may cancel, others may not."""
    group, channel = api.world.group(), api.world.group("Ada's channel")
    group.owner = ada.id
    here = ada.within(group)
    for speaker in (group, channel):
        here.as_chat(speaker, "/session")
    await until(lambda: len(group.texts) == 1)
    await quiet(mounted)
    assert "SharedSession" not in str(group.texts + channel.texts)
    assert "yourself" in group.texts[0]
    gateway.faults.stall(at="running", times=1)
    here.as_chat(group, "/portrait a fox")
    status = await until(lambda: next((one for one in group.of_bot if "st:cancel" in str(one)), None))
    api.world.person("Bob").within(group).presses(status, "Cancel")
    await until(lambda: "somebody else" in str(group.texts))
    here.presses(status, "Cancel")
    await until(lambda: not mounted.desk._courses)
    gateway.faults.clear()
    assert [run.state for run in await runs(gateway)] == ["cancelled"]


async def test_a_status_that_is_gone(mounted: Any, ada: Person, gateway: LocalGateway) -> None:
    """Somebody deletes the status message: how the run ended is told all the same."""
    gateway.faults.stall(at="running", times=1)
    ada.says("/portrait a fox")
    status = await until(lambda: next((one for one in ada.chat.of_bot if "st:cancel" in str(one)), None))
    await until(lambda: [course for course in mounted.desk._courses.values() if course.run])
    ada.chat.messages.pop(status["message_id"])
    [course] = mounted.desk._courses.values()
    await course.run.cancel()
    gateway.faults.clear()
    await until(lambda: "cancelled" in str(ada.chat.texts))


async def test_a_press_while_the_bot_was_away(
    mounted: Any, api: BotApi, ada: Person, gateway: LocalGateway
) -> None:
    """T25: a press that Telegram takes no answer to any more starts nothing, and one line says so."""
    ada.says("/portrait a fox")
    photo = await result(ada.chat)
    with api.world.lock:
        ada.presses(photo, "Again")
        api.world.queries.clear()
    await until(lambda: "press it again" in str(ada.chat.texts))
    assert len(await runs(gateway)) == 1


async def test_reactions_that_hang(
    mounted: Any, api: BotApi, ada: Person, gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram does not answer to reactions: what is wrong with a command is told before they are given up."""
    monkeypatch.setattr(sender, "_REACTION", 300.0)
    monkeypatch.setitem(sender._TEXT, "read_timeout", 300.0)
    api.faults.append(Fault("hang", frozenset({"setMessageReaction"}), times=9))
    ada.says("/invert")
    await until(lambda: ada.chat.texts)


async def test_a_conversation_of_the_host(
    api: BotApi, st: AsyncStationThis, gateway: LocalGateway, ada: Person
) -> None:
    """The host's /cancel ends its conversation, also one within another; without one under way it is ours. leave: its own."""
    heard = []

    async def order(update: Any, _: Any) -> int:
        heard.append("order")
        return 1

    async def cancel(update: Any, _: Any) -> int:
        heard.append("cancel")
        return ConversationHandler.END

    async def other(update: Any, _: Any) -> None:
        heard.append(update.message.text)

    application = build(api, concurrent_updates=False)
    inner = ConversationHandler(
        [CommandHandler("inner", order)], {1: []}, [CommandHandler("again", cancel)], map_to_parent={-1: -1}
    )
    application.add_handler(
        ConversationHandler(
            [CommandHandler("order", order)], {1: [inner]}, [CommandHandler("cancel", cancel)]
        )
    )
    application.add_handler(MessageHandler(filters.Regex("^/status"), other))
    telegram.install(application, st, limits=FAST, leave=["/status"])
    async with running(application):
        for said in ("/order", "/cancel", "/order", "/inner", "/again", "/status"):
            ada.says(said)
        await until(lambda: len(heard) == 6)
        ada.says("/cancel")
        await until(lambda: ada.chat.texts)
    assert heard == ["order", "cancel", "order", "order", "cancel", "/status"]
    assert ada.chat.texts == ["You have nothing under way."]


async def test_installed_twice(api: BotApi, st: AsyncStationThis) -> None:
    """A second one in one application, or in another of the same bot at work, is refused; after the first has closed it is not."""
    application = build(api)
    telegram.install(application, st, limits=FAST)
    with pytest.raises(InvalidInput, match="already"):
        telegram.install(application, st, group=-2)
    other = build(api)
    async with running(application):
        with pytest.raises(InvalidInput, match="already"):
            telegram.install(other, st)
    telegram.install(other, st)


@pytest.mark.slow
@pytest.mark.timeout(150)
async def test_a_busy_group(api: BotApi, st: AsyncStationThis, gateway: LocalGateway) -> None:
    """Twenty people in a group, at a pace that Telegram allows: what is made goes before how it gets on, nothing is refused."""
    api.rated = True
    limits = attrs.evolve(TELEGRAM)
    group = api.world.group()
    application = build(api)
    telegram.install(application, st, limits=limits, reactions=False)
    async with running(application):
        for at in range(20):
            api.world.person(f"P{at}").within(group).says("/portrait a fox")
        await until(lambda: len(group.files("photo")) >= 10, 50)
        assert len(await runs(gateway)) == 20
        await until(lambda: len(group.files("photo")) == 20, 75)
    assert api.refused == []
