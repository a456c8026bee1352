"""Mounting into a bot: where the client comes from, and what is said when it can't be done."""

import sys
from typing import Any

import discord
import pytest
from discord.ext import commands

from stationthis_sdk import AsyncStationThis
from stationthis_sdk.bots.discord import install
from stationthis_sdk.errors import ConfigError, MissingExtra, NoKey
from stationthis_sdk.testing import LocalGateway
from tests.bots.discord.conftest import EXTENSION, connected, new_bot
from tests.bots.discord.people import Studio


async def test_a_client_of_the_environment(
    studio: Studio, gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bot that sets nothing has a client made from the environment, which is closed with it."""
    for name, value in gateway.variables.items():
        monkeypatch.setenv(name, value)
    bot = new_bot()
    async with bot:
        await bot.load_extension(EXTENSION)  # before it logs in, as many do
        assert (
            bot.tree.get_command("echo") is not None
        )  # the host may register its whole tree before it connects
        cog: Any = bot.get_cog("StationThis")
        async with connected(studio, bot):
            await studio.until(
                lambda: "echo" in {one["name"] for one in list(studio.world.commands.values())}
            )
            studio.command("echo", words="hello")
            await studio.until(lambda: [one for one in studio.messages() if "hello" in one["content"]])
    assert bot.get_cog("StationThis") is None
    assert cog.desk is not None


async def test_a_sharded_bot(studio: Studio, st: AsyncStationThis) -> None:
    """A bot of several shards begins once, and is as good."""
    studio.world.shards = 2
    bot = commands.AutoShardedBot(
        "!", intents=discord.Intents.default(), help_command=None, guild_ready_timeout=0.05
    )
    async with bot:
        await install(bot, st)
        async with connected(studio, bot):
            await studio.until(
                lambda: "echo" in {one["name"] for one in list(studio.world.commands.values())}
            )
            studio.command("echo", words="hello")
            await studio.until(lambda: [one for one in studio.messages() if "hello" in one["content"]])
            assert len(bot.shards) == len(studio.served.discord.gateway.sessions) == 2


async def test_what_is_no_bot(st: AsyncStationThis) -> None:
    """A client without commands, and a setting of the wrong kind, are said in one sentence."""
    with pytest.raises(ConfigError, match="Bot"):
        await install(discord.Client(intents=discord.Intents.none()), st)  # type: ignore[arg-type]
    bot = new_bot()
    bot.stationthis = "a key"  # type: ignore[attr-defined]
    with pytest.raises(commands.ExtensionFailed) as failed:
        await bot.load_extension(EXTENSION)
    assert isinstance(failed.value.original, ConfigError)


async def test_without_a_key() -> None:
    """There is no client to be had: discord.py is told why."""
    with pytest.raises(commands.ExtensionFailed) as failed:
        await new_bot().load_extension(EXTENSION)
    assert isinstance(failed.value.original, NoKey)


async def test_without_discord_py(st: AsyncStationThis, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra that is missing is named with the line that installs it."""
    bot = new_bot()
    monkeypatch.setitem(sys.modules, "discord", None)
    monkeypatch.setitem(sys.modules, "discord.ext", None)
    with pytest.raises(MissingExtra, match=r"pip install .*\[discord\]"):
        await install(bot, st)
