"""The bot within a bot: a cog that begins, hears and ends with the bot that holds it, beside the host's own."""

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

import discord
from discord.ext import commands

from stationthis_sdk.bots.answers.taking_up import take_up
from stationthis_sdk.bots.commands.catalogue import Catalogue
from stationthis_sdk.bots.desk.desk import Desk
from stationthis_sdk.bots.discord.hearing import Hearing
from stationthis_sdk.bots.discord.reading import said_in
from stationthis_sdk.bots.discord.registering import Registered
from stationthis_sdk.bots.discord.sender import DiscordSender
from stationthis_sdk.bots.discord.slash import registrable
from stationthis_sdk.logs import logger, remember

if TYPE_CHECKING:
    from pathlib import Path

    from stationthis_sdk.bots.discord.opened import AnyBot, AnyInteraction
    from stationthis_sdk.bots.hooks import Hooks
    from stationthis_sdk.client import AsyncStationThis

__all__ = ["StationThisCog"]

_FIRST_COMMANDS_WITHIN: Final = 5.0
_UNKNOWN_SECONDS: Final = 15.0
"""How soon it is looked again what is deployed, while nobody knows."""


class StationThisCog(commands.Cog, name="StationThis"):
    """ComfyUI Deploy in a bot. ``desk`` is there once the bot is logged in; ``catalogue`` has the commands."""

    def __init__(
        self,
        bot: "AnyBot",
        st: "AsyncStationThis",
        hooks: "Hooks",
        *,
        at_once: int,
        catalogue_seconds: float,
        own: bool,
    ) -> None:
        self.bot = bot
        self.st = st
        self.hooks = hooks
        self.sender = DiscordSender(bot)
        self.catalogue = Catalogue(st, self.sender.limits)
        self._hearing = Hearing(bot, self.sender, self.catalogue)
        self._at_once, self._seconds, self._own = at_once, catalogue_seconds, own
        self._registered = Registered(
            bot, lambda command: registrable(command, self._hearing.commanded, self._hearing.mismatched)
        )
        self._working: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def desk(self) -> Desk | None:
        """Where what people asked for is seen through."""
        return self._hearing.desk

    async def cog_load(self) -> None:
        """Put the commands into the tree, for the host may register all of it; begin, if the bot is logged in already."""
        # What this machine remembers is there at once; a service that is down holds nobody up for long.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FIRST_COMMANDS_WITHIN):
                await self.catalogue.refresh()
        self._registered.mount(self.catalogue.commands)
        self._begin()

    @commands.Cog.listener()
    async def on_connect(self) -> None:
        """The bot is logged in."""
        self._begin()

    def _begin(self) -> None:
        if (
            self._closed
            or self._working is not None
            or self.bot.application_id is None
            or self.bot.user is None
        ):
            return
        number = self.bot.application_id
        remember(self.bot.http.token or "")
        self._hearing.desk = Desk(
            self.st, self.sender, self.hooks, bot=f"discord:{number}", at_once=self._at_once
        )
        kept = self.st.settings.home / "bots" / f"discord-{number}.json"
        self._working = asyncio.create_task(self._work(self._hearing.desk, kept))

    async def _work(self, desk: Desk, kept: "Path") -> None:
        """See that the desk is at work, and that Discord has the commands of what is deployed; again and again."""
        await self._registered.load(kept)
        while True:
            try:
                await desk.start()
                await take_up(desk)
                await self.catalogue.refresh()
                placed = self._registered.mount(self.catalogue.commands)
                if self.catalogue.known:  # else those of what is deployed would be taken for gone
                    await self._registered.register(placed)
            except discord.DiscordException as error:
                logger("bots").warning("Commands were not registered; it is tried again: %s", error)
            except Exception:  # noqa: BLE001 - once that fails must not be the last
                logger("bots").exception("Commands were not looked after; it is tried again.")
            await asyncio.sleep(
                self._seconds if self.catalogue.known else min(self._seconds, _UNKNOWN_SECONDS)
            )

    async def cog_unload(self) -> None:
        """Stop telling; runs go on, and what is unfinished is taken up at the next start."""
        self._closed = True
        if self._working is not None:
            self._working.cancel()
            await asyncio.gather(self._working, return_exceptions=True)
        self._registered.unmount()
        if self.desk is not None:
            await self.desk.close()
        if self._own:
            await self.st.close()

    @commands.Cog.listener()
    async def on_interaction(self, interaction: "AnyInteraction") -> None:
        """Hear presses and forms of ours, and commands of ours that are not in the tree."""
        try:
            if interaction.type is discord.InteractionType.component:
                await self._hearing.pressed(interaction)
            elif interaction.type is discord.InteractionType.modal_submit:
                await self._hearing.sent_in(interaction)
            elif (
                interaction.type is discord.InteractionType.application_command
                and interaction.command is None
                and self._registered.knows(said_in(interaction))
            ):
                await self._hearing.unknown(interaction)
        except Exception:  # noqa: BLE001 - a bad update must not stop the bot
            logger("bots").exception("An interaction was not answered.")

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Hear messages that are meant for the bot."""
        try:
            await self._hearing.written(message)
        except Exception:  # noqa: BLE001 - likewise
            logger("bots").exception("A message was not answered.")
