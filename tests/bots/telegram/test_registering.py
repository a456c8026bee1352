"""Commands on Telegram: only what changed is sent, and the host's stay."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from telegram import Bot
from telegram.ext import CommandHandler, ConversationHandler, MessageHandler, PrefixHandler, filters

from stationthis_sdk.bots.commands.command import Command
from stationthis_sdk.bots.telegram.registering import Registered, commands_of_host
from tests.bots.telegram.rules import Refused
from tests.bots.telegram.served import BotApi, Fault

STATUS, FOX = Command("status", "What you have under way"), Command("fox", "A fox", deployment="fox")


async def nothing(*_: Any) -> None: ...


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "bots" / "telegram-1.commands.json"


def shown(api: BotApi) -> dict[str, str]:
    return {one["command"]: one["description"] for one in api.world.commands.get("", [])}


async def test_the_second_boot_sends_nothing(bot: Bot, api: BotApi, file: Path) -> None:
    """T19: what is registered is compared; the same again, by another process, is no request to change anything."""
    assert await Registered(bot, file).renew([STATUS, FOX], ())
    assert not await Registered(bot, file).renew([STATUS, FOX], ())
    assert list(shown(api)) == ["status", "fox"]
    assert len(api.named("setMyCommands")) == 1


async def test_what_is_gone_goes_and_the_hosts_stay(bot: Bot, api: BotApi, file: Path) -> None:
    """After a restart a deployment that is gone loses its command; the host's commands keep theirs and their words."""
    api.world.commands[""] = [
        {"command": "shop", "description": "Buy"},
        {"command": "status", "description": "The shop's"},
    ]
    await Registered(bot, file).renew([STATUS, FOX], {"status"})
    assert shown(api) == {"shop": "Buy", "status": "The shop's", "fox": "A fox"}
    await Registered(bot, file).renew([STATUS], {"status"})
    assert shown(api) == {"shop": "Buy", "status": "The shop's"}


async def test_a_description_that_changed(bot: Bot, api: BotApi, file: Path) -> None:
    """New words for a command are sent."""
    await Registered(bot, file).renew([FOX], ())
    await Registered(bot, file).renew([Command("fox", "Two foxes", deployment="fox")], ())
    assert shown(api) == {"fox": "Two foxes"}


async def test_no_more_than_a_hundred(bot: Bot, api: BotApi, file: Path) -> None:
    """The host's commands have their room; of ours as many are shown as are left."""
    api.world.commands[""] = [{"command": f"shop{at}", "description": "Buy"} for at in range(10)]
    await Registered(bot, file).renew([Command(f"fox{at}", "A fox") for at in range(200)], ())
    assert len(shown(api)) == 100
    assert sum(name.startswith("shop") for name in shown(api)) == 10


@pytest.mark.parametrize("method", ["getMyCommands", "setMyCommands"])
async def test_a_refusal_is_no_error(method: str, bot: Bot, api: BotApi, file: Path) -> None:
    """Where Telegram can't be asked the bot goes on, and the next time tries again."""
    registered = Registered(bot, file)
    api.faults.append(Fault("refuse", frozenset({method}), refusal=Refused(502, "Bad Gateway")))
    assert not await registered.renew([FOX], ())
    assert await registered.renew([FOX], ())
    assert shown(api) == {"fox": "A fox"}


@pytest.mark.parametrize("content", [b"", b"{", b'{"a": 1}', b"[1]", b"\xff"])
async def test_a_broken_note_stops_nothing(content: bytes, bot: Bot, api: BotApi, file: Path) -> None:
    """What is remembered of it may be lost: then strangers' commands are kept rather than dropped."""
    await asyncio.to_thread(lambda: (file.parent.mkdir(), file.write_bytes(content)))
    api.world.commands[""] = [{"command": "shop", "description": "Buy"}]
    await Registered(bot, file).renew([FOX], ())
    assert shown(api) == {"shop": "Buy", "fox": "A fox"}


def test_the_hosts_commands() -> None:
    """Commands of the host's handlers are known, within conversations, too; other handlers have none."""
    talk = ConversationHandler([CommandHandler("Order", nothing)], {}, [])
    handlers = {
        0: [CommandHandler(["start", "help"], nothing), MessageHandler(filters.TEXT, nothing)],
        5: [talk, PrefixHandler(["/", "!"], "roll", nothing)],
    }
    assert commands_of_host(handlers) == {"start", "help", "order", "roll"}
