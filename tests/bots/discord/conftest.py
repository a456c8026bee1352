"""A Discord and a gateway of the test's own, and bots of discord.py between them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

import discord
import pytest
import yarl
from discord.ext import commands

from stationthis_sdk import AsyncStationThis
from stationthis_sdk.testing import LocalGateway, local_gateway
from tests.bots.discord.people import Studio
from tests.bots.discord.served import serving
from tests.echo import GRAPH as ECHO
from tests.small_graphs import GRAPH as SMALL

EXTENSION = "stationthis_sdk.bots.discord"
Running = Callable[..., AbstractAsyncContextManager[commands.Bot]]


@pytest.fixture
def studio(monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    """A Discord with people in it, which discord.py takes for the real one."""
    with serving() as served:
        monkeypatch.setattr(discord.http.Route, "BASE", served.discord.rest)
        monkeypatch.setattr(
            discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(served.discord.socket)
        )
        yield Studio(served)


@pytest.fixture
def gateway() -> Iterator[LocalGateway]:
    """A gateway of the test's own: the seeded deployments, one that repeats words, and one that makes twelve pictures."""
    with local_gateway() as made:
        made.deploy("echo", ECHO)
        dozen = {**SMALL, "2": {**SMALL["2"], "inputs": {**SMALL["2"]["inputs"], "batch_size": 12}}}
        made.deploy("dozen", dozen)
        yield made


@pytest.fixture
async def st(gateway: LocalGateway) -> AsyncIterator[AsyncStationThis]:
    """A client of it."""
    async with gateway.async_client() as client:
        yield client


def new_bot(**options: Any) -> commands.Bot:
    """A bot of a host's own."""
    intents = options.pop("intents", discord.Intents.default())
    return commands.Bot(
        "!", intents=intents, help_command=None, max_ratelimit_timeout=30, guild_ready_timeout=0.05, **options
    )


@asynccontextmanager
async def connected(studio: Studio, bot: commands.Bot) -> AsyncIterator[commands.Bot]:
    """Have a bot log in and connect; close it afterwards."""
    sessions = studio.served.discord.gateway.sessions
    before = len(sessions)
    async with bot:
        import asyncio

        task = asyncio.create_task(bot.start(studio.world.token))
        try:
            await studio.until(lambda: task.done() or (len(sessions) > before and bot.is_ready()))
            assert not task.done(), task.exception()
            yield bot
        finally:
            await bot.close()
            with suppress(asyncio.CancelledError):
                await task


@pytest.fixture
def running(studio: Studio, st: AsyncStationThis) -> Running:
    """Run a bot with the extension; ``prepare`` is the host's own setup, before it."""

    @asynccontextmanager
    async def run(
        prepare: Callable[[commands.Bot], Awaitable[None]] | None = None,
        *,
        bot: commands.Bot | None = None,
        **options: Any,
    ) -> AsyncIterator[commands.Bot]:
        bot = bot or new_bot()
        bot.stationthis = {"st": st, **options}  # type: ignore[attr-defined]

        async def setup() -> None:
            if prepare is not None:
                await prepare(bot)
            await bot.load_extension(EXTENSION)

        bot.setup_hook = setup  # type: ignore[method-assign]
        async with connected(studio, bot):

            def all_there() -> bool:
                there = {one["name"] for one in list(studio.world.commands.values())}
                menus = bot.tree.get_commands(type=discord.AppCommandType.message)
                return {"echo", *(one.name for one in (*bot.tree.get_commands(), *menus))} <= there

            await studio.until(all_there)
            yield bot

    return run
