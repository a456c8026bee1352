"""The commands that Telegram shows: only what changed is sent, and the host's own stay."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from telegram import Bot, Message, Update
from telegram.error import TelegramError
from telegram.ext import BaseHandler, CommandHandler, ConversationHandler, PrefixHandler

from stationthis_sdk.bots.commands.command import Command
from stationthis_sdk.bots.commands.diff import diff
from stationthis_sdk.bots.commands.ours import Ours
from stationthis_sdk.bots.commands.payload import payload
from stationthis_sdk.logs import logger

__all__ = ["Registered", "commands_of_host", "is_in_conversation", "wanted"]

_MOST: Final = 100
"""Commands that Telegram takes of one bot."""


def commands_of_host(handlers: Mapping[int, Iterable[BaseHandler[Any, Any, Any]]]) -> frozenset[str]:
    """The commands for which the host has handlers: they are the host's, and ours of that name stay silent."""
    found: set[str] = set()
    for group in handlers.values():
        for handler in group:
            if isinstance(handler, CommandHandler):
                found |= handler.commands
            elif isinstance(handler, PrefixHandler):
                found |= {one[1:].lower() for one in handler.commands if one.startswith("/")}
            else:
                found |= _within(handler)
    return frozenset(found)


def is_in_conversation(
    handlers: Mapping[int, Iterable[BaseHandler[Any, Any, Any]]], message: Message
) -> bool:
    """Whether a conversation of the host's is under way that has a command for this message: its ``/cancel`` ends it, then."""
    update = Update(0, message=message)
    conversations = [
        handler
        for group in handlers.values()
        for handler in group
        if isinstance(handler, ConversationHandler)
    ]
    for conversation in conversations:
        found: Any = conversation.check_update(update)
        if found is None or found[0] is None:  # nothing is under way
            continue
        while isinstance(found[2], ConversationHandler):
            found = found[3]
        if isinstance(found[2], CommandHandler | PrefixHandler):
            return True
    return False


def wanted(
    commands: Sequence[Command],
    registered: Sequence[Mapping[str, str]],
    *,
    ours: Collection[str],
    hosts: Collection[str],
) -> list[dict[str, str]] | None:
    """All that is to be registered, the host's first; None when it is just so already.

    ``ours`` are those that we registered before: what of them is no longer wanted goes. Others stay as they are.

    >>> there = [{"command": "shop", "description": "Buy"}, {"command": "old", "description": "Gone"}]
    >>> wanted([Command("status", "Yours")], there, ours={"old"}, hosts=())
    [{'command': 'shop', 'description': 'Buy'}, {'command': 'status', 'description': 'Yours'}]
    """
    names = {one.name for one in commands}
    kept = [
        one
        for one in registered
        if one["command"] in hosts or (one["command"] not in ours and one["command"] not in names)
    ]
    made = [one for one in commands if one.name not in hosts and not one.menu][: max(0, _MOST - len(kept))]
    if not diff(made, [one for one in registered if one not in kept]):
        return None
    return [*map(dict, kept), *(payload(one, "telegram") for one in made)]


class Registered:
    """What this bot has registered; remembered in ``file``, so that after a restart nothing of the host's is taken for ours."""

    def __init__(self, bot: Bot, file: Path) -> None:
        self._bot = bot
        self._ours = Ours(file)
        self._loaded = False

    async def names(self) -> frozenset[str]:
        """Those that we have registered, now or before a restart."""
        if not self._loaded:
            await self._ours.load()
            self._loaded = True
        return self._ours.names

    async def renew(self, commands: Sequence[Command], hosts: Collection[str]) -> bool:
        """Have Telegram show these; whether anything had to be sent. Where Telegram can't be asked, another time will do."""
        try:
            there = [
                {"command": one.command, "description": one.description}
                for one in await self._bot.get_my_commands()
            ]
            ours = await self.names()
            all_of_them = wanted(commands, there, ours=ours, hosts=hosts)
            names = frozenset(one.name for one in commands if one.name not in hosts)
            if not names <= ours:
                # Before they are sent: a crash in between must not make strangers of them.
                await self._ours.keep(ours | names)
            if all_of_them is not None:
                await self._bot.set_my_commands([(one["command"], one["description"]) for one in all_of_them])
            await self._ours.keep(names)
        except TelegramError as error:
            logger("bots").warning("The commands on Telegram stay as they are: %s", error)
            return False
        return all_of_them is not None


def _within(handler: BaseHandler[Any, Any, Any]) -> set[str]:
    """The commands of a conversation of the host's."""
    entries = getattr(handler, "entry_points", None)
    return set(commands_of_host({0: entries})) if isinstance(entries, list) else set()
