"""What people do, heard and answered: commands, presses, forms, and messages that are meant for the bot."""

from collections.abc import Mapping
from typing import Any, Final

import attrs
import discord
from discord import app_commands

from stationthis_sdk.bots.answers.answering import answer, press
from stationthis_sdk.bots.answers.reply import Reply, give
from stationthis_sdk.bots.commands.catalogue import Catalogue
from stationthis_sdk.bots.commands.command import Command
from stationthis_sdk.bots.commands.payload import SLASH
from stationthis_sdk.bots.desk.desk import Desk
from stationthis_sdk.bots.discord.answering import acknowledge, answer_with, ask_first, values_of
from stationthis_sdk.bots.discord.mentions import (
    addressed,
    asked_in,
    is_kept_from,
    is_unreadable,
    told_unreadable,
)
from stationthis_sdk.bots.discord.opened import AnyBot, AnyInteraction, Opened
from stationthis_sdk.bots.discord.reading import (
    attachments_of,
    key_of,
    language_of,
    place_of,
    place_of_message,
    raw_options,
    said_in,
    user_of,
)
from stationthis_sdk.bots.discord.sender import DiscordSender
from stationthis_sdk.bots.discord.texts import text
from stationthis_sdk.bots.people import Asked, Pressed
from stationthis_sdk.bots.render.buttons import read
from stationthis_sdk.bots.stale import is_stale
from stationthis_sdk.logs import logger

__all__ = ["Hearing"]

_PRESSES_SEEN: Final = frozenset({"again", "vary"})
_FORM: Final = "tweak"
_OF_A_RESULT: Final = frozenset({"again", "vary", "tweak", "cancel"})
"""Commands that mean the job of the message that is answered, and not the pictures in it."""


@attrs.define
class Hearing:
    """Hears for one bot. ``desk`` is there once the bot is logged in."""

    bot: AnyBot
    sender: DiscordSender
    catalogue: Catalogue
    desk: Desk | None = None

    async def commanded(
        self,
        interaction: AnyInteraction,
        command: Command,
        options: Mapping[str, Any],
        message: discord.Message | None,
    ) -> None:
        """A command, or the menu of a message."""
        if self._is_elsewhere(interaction):
            return
        hidden = not command.runs or (
            command.name == _FORM and not options
        )  # of a run all may see how it gets on
        opened = self._open(interaction, hidden=hidden)
        if opened is None:
            return
        files = attachments_of(message, language_of(interaction)) if message is not None else ()
        asked = Asked(
            command.name,
            user_of(interaction.user, language_of(interaction)),
            place_of(interaction),
            key_of(interaction),
            options=options,
            attachments=files,
            answers=None if message is None else str(message.id),
            at=interaction.created_at,
        )
        await self._answer(opened, asked)

    async def _answer(self, opened: Opened, asked: Asked) -> None:
        if asked.command == _FORM and not asked.options:
            await ask_first(self.sender, opened, self._answered(asked), asked.place)
            return
        acknowledged = await acknowledge(self.sender, opened)
        if acknowledged != "none":
            reply = await self._answered(asked)
            await answer_with(self.sender, opened, reply, asked.place, sure=acknowledged == "ours")

    async def _answered(self, asked: Asked) -> Reply | None:
        if self.desk is None:
            return Reply(text("starting", asked.user.language), private=True)
        return await answer(self.desk, self.catalogue, asked)

    async def mismatched(
        self, interaction: AnyInteraction, command: Command, error: app_commands.AppCommandError
    ) -> None:
        """What Discord sent fits the command no more, or the host's own check refused it."""
        if isinstance(error, app_commands.CheckFailure) or self._is_elsewhere(interaction):
            return
        if not isinstance(error, app_commands.CommandSignatureMismatch | app_commands.TransformerError):
            logger("bots").error("A command was not answered.", exc_info=error)
        opened = self._open(interaction, hidden=True)
        if opened is None:
            return
        acknowledged = await acknowledge(self.sender, opened)
        if acknowledged == "none":
            return
        told = Reply(text("changed", language_of(interaction), name=command.name), private=True)
        sure = acknowledged == "ours"
        await answer_with(self.sender, opened, told, place_of(interaction), sure=sure)

    def _is_elsewhere(self, interaction: AnyInteraction) -> bool:
        """Whether it is a command of one server that only has the name of ours: discord.py's tree falls back to ours."""
        said = said_in(interaction)
        if said.get("guild_id") is None:
            return False
        there, kind = discord.Object(int(said["guild_id"])), discord.AppCommandType(said.get("type", SLASH))
        return self.bot.tree.get_command(str(said.get("name")), guild=there, type=kind) is None

    def _open(self, interaction: AnyInteraction, *, hidden: bool) -> Opened | None:
        if is_stale(interaction.created_at):
            return None
        return self.sender.opened.open(interaction, hidden=hidden)

    async def pressed(self, interaction: AnyInteraction) -> None:
        """A button; those of others are passed over."""
        data = str(said_in(interaction).get("custom_id", ""))
        carried = read(data)
        if carried is None:
            return
        opened = self._open(interaction, hidden=carried[0] not in _PRESSES_SEEN)
        if opened is None:
            return
        pressed = Pressed(
            data,
            user_of(interaction.user, language_of(interaction)),
            place_of(interaction),
            key_of(interaction),
            message=None if interaction.message is None else str(interaction.message.id),
        )
        if carried[0] == _FORM:
            await ask_first(self.sender, opened, self._pressed_answer(pressed), pressed.place)
            return
        acknowledged = await acknowledge(self.sender, opened)
        if acknowledged != "none":
            reply = await self._pressed_answer(pressed)
            await answer_with(self.sender, opened, reply, pressed.place, sure=acknowledged == "ours")

    async def _pressed_answer(self, pressed: Pressed) -> Reply | None:
        if self.desk is None:
            return Reply(text("starting", pressed.user.language), private=True)
        return await press(self.desk, self.catalogue, pressed)

    async def sent_in(self, interaction: AnyInteraction) -> None:
        """A form; those of others are passed over."""
        carried = read(str(said_in(interaction).get("custom_id", "")))
        if carried is None or carried[0] != _FORM:
            return
        opened = self._open(interaction, hidden=False)
        if opened is None:
            return
        asked = Asked(
            _FORM,
            user_of(interaction.user, language_of(interaction)),
            place_of(interaction),
            key_of(interaction),
            form=values_of(interaction),
            job=carried[1],
            at=interaction.created_at,
        )
        acknowledged = await acknowledge(self.sender, opened)
        if acknowledged != "none":
            reply = await self._answered(asked)
            await answer_with(self.sender, opened, reply, asked.place, sure=acknowledged == "ours")

    async def unknown(self, interaction: AnyInteraction) -> None:
        """A command of ours that the tree has not: of a deployment that is gone, or not known yet."""
        name = str(said_in(interaction).get("name", ""))
        command = self.catalogue.find(name) or Command(name, name)
        slash = said_in(interaction).get("type", SLASH) == SLASH
        await self.commanded(interaction, command, raw_options(interaction) if slash else {}, None)

    async def written(self, message: discord.Message) -> None:
        """A message: a command where it begins with a mention of the bot, with the files of it and of what it answers."""
        me = self.bot.user
        if me is None or message.author.bot or is_stale(message.created_at):
            return
        if is_unreadable(message, me):
            await give(self.sender, place_of_message(message), told_unreadable(message))
        elif (said := addressed(message, me)) is not None:
            await self._mentioned(message, said)

    async def _mentioned(self, message: discord.Message, said: str) -> None:
        answered = message.reference.resolved if message.reference is not None else None
        asked = asked_in(message, said, attachments_of(message, language_of(message)), self.catalogue)
        if (
            not asked.attachments
            and isinstance(answered, discord.Message)
            and asked.command not in _OF_A_RESULT
        ):
            asked = attrs.evolve(asked, attachments=attachments_of(answered, language_of(message)))
        reply = await self._answered(asked)
        if reply is None:
            return
        if (
            reply.private
            and not asked.attachments
            and isinstance(answered, discord.Message)
            and is_kept_from(answered)
        ):
            reply = attrs.evolve(reply, text=f"{reply.text}\n{text('kept', asked.user.language)}")
        # In a channel only secrets go elsewhere: what was written in the open may be answered there.
        command = self.catalogue.find(asked.command)
        secret = reply.private and command is not None and command.secret
        sent = await give(self.sender, asked.place, attrs.evolve(reply, private=secret))
        if sent is not None and reply.form is not None and self.desk is not None:
            await self.desk.remember(asked.place, sent, reply.form.job)  # who answers it means that job
