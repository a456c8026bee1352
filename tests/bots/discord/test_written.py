"""Messages and menus: pictures that are answered to, and what Discord hides from the bot."""

import re

import discord

from stationthis_sdk.bots.discord import texts
from stationthis_sdk.testing import LocalGateway
from tests.bots.discord.conftest import Running, new_bot
from tests.bots.discord.looking import picture_of, runs_of
from tests.bots.discord.people import Studio


async def test_the_menu_of_a_message(studio: Studio, gateway: LocalGateway, running: Running) -> None:
    """A picture that somebody posted is used by the menu of its message: its bytes, and no link of Discord's (T14)."""
    async with running():
        shown = await picture_of(studio)
        png = studio.world.files[shown["attachments"][0]["id"]]
        posted = studio.say("look", files=[("mine.png", png)], user=studio.bob, tell=False)
        studio.menu("Use for picture-to-picture", posted)
        await studio.until(lambda: len(studio.with_files()) == 2)
        (image,) = [
            value for value in (await runs_of(gateway))[-1].inputs.values() if str(value).startswith("http")
        ]
        assert image.startswith(gateway.base_url.removesuffix("/api"))


async def test_a_picture_that_is_answered_to(studio: Studio, gateway: LocalGateway, running: Running) -> None:
    """With the message content intent, who answers a picture with a mention of the bot has it used."""
    intents = discord.Intents.default()
    intents.message_content = True
    async with running(bot=new_bot(intents=intents)):
        png = studio.world.files[(await picture_of(studio))["attachments"][0]["id"]]
        posted = studio.say("look", files=[("mine.png", png)], user=studio.bob)
        named = studio.say("@bot picture-to-picture a wolf steps=1", to=posted)
        made = (await studio.until(lambda: studio.with_files()[1:]))[0]
        assert (await runs_of(gateway))[-1].inputs["prompt"] == "a wolf"
        assert made["channel_id"] == named["channel_id"]


async def test_a_picture_that_is_answered_to_and_hidden(studio: Studio, running: Running) -> None:
    """T26: without the intent Discord hides the picture: that is told, with the ways that work; attached, it is used."""
    async with running():
        png = studio.world.files[(await picture_of(studio))["attachments"][0]["id"]]
        posted = studio.say("look", files=[("mine.png", png)], user=studio.bob)
        studio.say("@bot picture-to-picture a wolf steps=1", to=posted)
        await studio.until(lambda: [one for one in studio.messages() if "Use for" in one["content"]])
        studio.say("@bot picture-to-picture a wolf steps=1", files=[("mine.png", png)])
        await studio.until(lambda: len(studio.with_files()) == 2)


async def test_a_message_that_is_hidden_from_the_bot(studio: Studio, running: Running) -> None:
    """T26: who answers the bot's picture, without the intent and without a mention, is told what to do; talk is not minded."""
    async with running():
        shown = await picture_of(studio)
        studio.say("brighter!", to=shown, ping=False)
        told = await studio.until(lambda: [one for one in studio.messages() if "intent" in one["content"]])
        assert "@" in told[0]["content"]
        studio.say("nothing for the bot")
        studio.command("echo", words="hello")
        await studio.until(lambda: [one for one in studio.messages() if "hello" in one["content"]])
        assert len([one for one in studio.messages() if "intent" in one["content"]]) == 1


async def test_in_a_direct_conversation(studio: Studio, running: Running) -> None:
    """The same works where only two are: commands, pictures, and a line that begins with a slash."""
    async with running():
        alone = studio.world.direct(studio.ada)["id"]
        studio.command("echo", words="hello", channel=alone)
        await studio.until(lambda: [one for one in studio.messages(alone) if "hello" in one["content"]])
        studio.say("/echo goodbye", channel=alone)
        await studio.until(lambda: [one for one in studio.messages(alone) if "goodbye" in one["content"]])


async def test_changes_as_an_answer(studio: Studio, gateway: LocalGateway, running: Running) -> None:
    """Who answers a picture of ours with nothing but inputs has it made with those; talk about it starts nothing."""
    async with running():
        shown = await picture_of(studio)
        studio.say("steps=2 is too few", to=shown)
        studio.say("prompt=wolf", to=shown)
        await studio.until(lambda: len(studio.with_files()) == 2)
        studio.say("@bot tweak", to=shown)
        question = (await studio.until(lambda: [one for one in studio.messages() if "=" in one["content"]]))[
            -1
        ]
        studio.say("@bot prompt=bear", to=question)
        await studio.until(lambda: len(studio.with_files()) == 3)
        assert [one.inputs["prompt"] for one in await runs_of(gateway)] == ["a fox", "wolf", "bear"]


async def test_a_server_that_is_not_known_is_no_direct_conversation(
    studio: Studio, gateway: LocalGateway, running: Running
) -> None:
    """Where the bot doesn't know the server (yet), a secret is told to who asked alone, and talk starts nothing."""
    async with running():
        studio.world.guild = studio.world.snowflake()
        studio.say("/echo overheard")
        studio.say("@bot session echo")
        alone = studio.world.direct(studio.ada)["id"]
        (told,) = await studio.until(lambda: studio.messages(alone))
        assert "SharedSession" in told["content"]
        assert studio.messages() == []
        assert await runs_of(gateway) == ()


async def test_a_conversation_that_others_read(studio: Studio, running: Running) -> None:
    """An app that somebody has installed for themselves also works where the bot is not: others there read no secrets."""
    async with running():
        there = studio.world.snowflake()
        studio.world.channels[there] = {"id": there, "type": 3, "recipients": [studio.world.users[studio.bob]],
                                        "last_message_id": None}  # fmt: skip
        studio.world.closed.add(there)
        asked = studio.command("run", channel=there, tell=False, workflow="nosuchthing")
        asked.body |= {"context": 2, "user": studio.world.users[studio.ada]}
        for name in ("member", "guild_id", "guild"):
            asked.body.pop(name, None)
        studio.tell(asked)
        (told,) = await studio.until(lambda: [one for one in studio.messages(there) if one["content"]])
        assert told["flags"] & 64
        assert studio.messages(there, user=studio.bob) == []


def test_every_sentence_is_there_in_each_language() -> None:
    """Seven languages have the same sentences, with the same names in them."""
    for sentences in texts._TEXTS.values():
        assert set(sentences) == {"en", "de", "es", "fr", "pt", "ru", "zh"}
        assert len({tuple(sorted(re.findall(r"\{\w+\}", one))) for one in sentences.values()}) == 1
