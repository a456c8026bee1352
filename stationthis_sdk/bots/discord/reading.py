"""What comes from Discord, as every platform's handlers take it: who, where, which files; bytes, and never a link."""

from typing import Any, Final

import discord
from discord import app_commands

from stationthis_sdk.bots.discord.opened import AnyInteraction
from stationthis_sdk.bots.discord.texts import text
from stationthis_sdk.bots.people import Attachment, Place, User
from stationthis_sdk.errors import InvalidInput

__all__ = [
    "LARGEST",
    "attachment_of",
    "attachments_of",
    "is_direct",
    "key_of",
    "language_of",
    "place_of",
    "place_of_message",
    "raw_options",
    "said_in",
    "user_of",
]

LARGEST: Final = 50 << 20
"""Bytes of a file that is taken from people: it has to be held in memory."""


def user_of(user: discord.abc.User, language: str = "en") -> User:
    """Who asks; ``language`` as the interaction tells it."""
    return User("discord", str(user.id), user.display_name, language)


def language_of(said: "AnyInteraction | discord.Message") -> str:
    """The language of who uses a command; of who writes only the server's is known."""
    if isinstance(said, discord.Message):
        return "en" if said.guild is None else said.guild.preferred_locale.value
    return said.locale.value


def place_of(interaction: AnyInteraction) -> Place:
    """Where the answer goes. Its token is not in it: places are written to disk."""
    more: dict[str, Any] = {"interaction": str(interaction.id), "user": str(interaction.user.id)}
    if interaction.guild is not None:
        more["upload"] = interaction.guild.filesize_limit
    # Of an app that somebody has installed for themselves also conversations are told that others read.
    private = interaction.guild_id is None and not interaction.context.private_channel
    return Place(str(interaction.channel_id), private=private, more=more)


def place_of_message(message: discord.Message) -> Place:
    """Where a message is answered."""
    more: dict[str, Any] = {"user": str(message.author.id)}
    if message.guild is not None:
        more["upload"] = message.guild.filesize_limit
    return Place(str(message.channel.id), message=str(message.id), private=is_direct(message), more=more)


def is_direct(message: discord.Message) -> bool:
    """Whether nobody else reads it; a server that is not known (yet) makes no message private."""
    return isinstance(message.channel, discord.DMChannel)


def key_of(what: "AnyInteraction | discord.Message") -> str:
    """What tells this update from all others; the same when it comes again."""
    kind = "message" if isinstance(what, discord.Message) else "interaction"
    return f"discord:{kind}:{what.id}"


def attachment_of(file: discord.Attachment, language: str = "en") -> Attachment:
    """A file that came along.

    Reading it raises:
        InvalidInput: it is too large, or not there any more; Discord's links die after a day.
    """

    async def read() -> bytes:
        if file.size > LARGEST:
            raise InvalidInput(
                text("too_large", language, name=file.filename, size=file.size >> 20, most=LARGEST >> 20)
            )
        try:
            return await file.read()
        except discord.HTTPException:
            raise InvalidInput(text("gone", language, name=file.filename)) from None
        except OSError:
            raise InvalidInput(text("not_now", language, name=file.filename)) from None

    mime = (file.content_type or "").partition(";")[0].strip() or None
    return Attachment(file.filename, mime, file.size, read)


def attachments_of(message: discord.Message, language: str = "en") -> tuple[Attachment, ...]:
    """The files of a message, and of what it passes on."""
    files = [
        *message.attachments,
        *(one for passed in message.message_snapshots for one in passed.attachments),
    ]
    return tuple(attachment_of(one, language) for one in files)


def said_in(interaction: AnyInteraction) -> dict[str, Any]:
    """What an interaction carries, as Discord told it."""
    told: Any = interaction.data
    return dict(told or {})


def raw_options(interaction: AnyInteraction) -> dict[str, Any]:
    """The options of a command that discord.py's tree does not know, files as attachments."""
    told = said_in(interaction)
    resolved: Any = told.get("resolved") or {}
    named = app_commands.Namespace(interaction, resolved, list(told.get("options") or ()))
    return {
        name: attachment_of(value, language_of(interaction))
        if isinstance(value, discord.Attachment)
        else value
        for name, value in named
    }
