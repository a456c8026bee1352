"""Messages that are meant for the bot, and those that it is not let read."""

from typing import TYPE_CHECKING, Final

import discord

from stationthis_sdk.bots.answers.reply import Reply
from stationthis_sdk.bots.commands.arguments import is_changes
from stationthis_sdk.bots.commands.catalogue import Catalogue
from stationthis_sdk.bots.discord import texts
from stationthis_sdk.bots.discord.reading import is_direct, key_of, language_of, place_of_message, user_of
from stationthis_sdk.bots.interactions import is_hidden
from stationthis_sdk.bots.people import Asked, Attachment

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["addressed", "asked_in", "is_kept_from", "is_unreadable", "told_unreadable"]

_RUN: Final = "run"
_TWEAK: Final = "tweak"


def addressed(message: discord.Message, me: discord.abc.User) -> str | None:
    """What stands behind a mention at the beginning; None: not meant for the bot.

    In a direct conversation it is what begins with a slash, and in answer to a message of ours what says nothing but
    inputs, ``cfg=9``. A reply that merely pings the bot, and a mention amid a sentence, are talk.
    """
    text = message.content.strip()
    for mention in (f"<@{me.id}>", f"<@!{me.id}>"):
        if text.startswith(mention):
            return text.removeprefix(mention).strip()
    alone = is_direct(message) and text.startswith("/")
    return text if alone or (_answers_us(message, me) and is_changes(text)) else None


def _answers_us(message: discord.Message, me: discord.abc.User) -> bool:
    answered = message.reference.resolved if message.reference is not None else None
    return isinstance(answered, discord.Message) and answered.author.id == me.id


def asked_in(
    message: discord.Message, text: str, files: tuple[Attachment, ...], catalogue: Catalogue
) -> Asked:
    """The command that a message gives: ``portrait a fox``, ``/portrait a fox``, or a deployment's name as it is.

    ``cfg=9`` in answer to a message changes what that is about. What names no command is looked for as a workflow, so that who mistypes is told what there is.
    """
    word, _, rest = text.partition(" ")
    name = word.removeprefix("/").strip()
    command = catalogue.find(name) or catalogue.of_deployment(name)
    at: datetime = message.created_at
    answers = None
    if message.reference is not None and message.reference.message_id is not None:
        answers = str(message.reference.message_id)
    if not name:
        called, rest = "help", ""
    elif command is None and answers is not None and is_changes(text):
        called, rest = _TWEAK, text
    elif command is None:
        called, rest = _RUN, text.removeprefix("/")
    else:
        called = command.name
    return Asked(
        called,
        user_of(message.author, language_of(message)),
        place_of_message(message),
        key_of(message),
        text=rest.strip(),
        attachments=files,
        answers=answers,
        at=at,
    )


def is_kept_from(message: discord.Message) -> bool:
    """Whether Discord keeps from the bot what is in a message, which has something in it all the same."""
    others = len(message.stickers) + len(message.message_snapshots) + (message.poll is not None)
    return is_hidden(
        message.content, attachments=len(message.attachments), embeds=len(message.embeds), others=others
    )


def is_unreadable(message: discord.Message, me: discord.abc.User) -> bool:
    """Whether somebody answers a message of ours, and Discord keeps what they wrote from the bot."""
    answered = message.reference.resolved if message.reference is not None else None
    return isinstance(answered, discord.Message) and answered.author.id == me.id and is_kept_from(message)


def told_unreadable(message: discord.Message) -> Reply:
    """What is told then: what to do, for whoever asks, and for whoever runs the bot."""
    me = message.guild.me.display_name if message.guild is not None else "the bot"
    return Reply(texts.text("unreadable", language_of(message), me=me))
