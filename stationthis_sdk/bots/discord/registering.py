"""Registering our commands beside the host's: only what has changed is sent, and nothing of the host's is touched."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import attrs
import discord
from discord import app_commands

from stationthis_sdk.bots.commands.command import Command
from stationthis_sdk.bots.commands.diff import diff
from stationthis_sdk.bots.commands.ours import Ours
from stationthis_sdk.bots.commands.payload import MENU, SLASH, payload
from stationthis_sdk.bots.discord.opened import AnyBot
from stationthis_sdk.bots.discord.slash import Registrable
from stationthis_sdk.logs import logger

__all__ = ["Registered"]

_SLASH: Final = discord.AppCommandType.chat_input
_MENU: Final = discord.AppCommandType.message
_MOST: Final = 90
"""Commands in the tree beyond which none of a deployment is put: Discord takes a hundred, and the host may have more to add."""
Key: TypeAlias = tuple[bool, str]
"""Whether it is a menu, and its name."""


@attrs.define
class Registered:
    """Which commands of ours are in the host's tree, and which are registered with Discord.

    A file has the names of what was ever registered here: without it nobody could tell a command of ours that is not
    wanted any more from one that the host has registered elsewhere. What is the host's once stays the host's: its cog may
    be away for a moment.
    """

    bot: AnyBot
    make: Callable[[Command], Registrable]
    _ours: Ours | None = None
    _ever: frozenset[str] = frozenset()
    _in_tree: dict[Key, tuple[Command, Registrable]] = attrs.Factory(dict)
    _hosts: set[Key] = attrs.Factory(set)
    _told: set[str] = attrs.Factory(set)

    async def load(self, kept: Path) -> None:
        """Read which names are ours from before; they are kept in this file from now on."""
        self._ours = Ours(kept)
        await self._ours.load()
        self._ever |= self._ours.names

    def knows(self, said: Mapping[str, Any]) -> bool:
        """Whether a command that somebody has chosen is of ours, or was; of one server alone none is."""
        name = str(said.get("name", ""))
        return (
            said.get("guild_id") is None
            and name in self._ever
            and not any(name == hosts for _, hosts in self._hosts)
        )

    def mount(self, wanted: Sequence[Command]) -> tuple[Command, ...]:
        """Put them into the tree in place of what was there of ours, and return those that there is room for."""
        wanted_keys = {(one.menu, one.name): one for one in wanted}
        for key, (command, made) in list(self._in_tree.items()):
            if wanted_keys.get(key) != command:
                self._take_out(key, made)
        placed = []
        for key, command in wanted_keys.items():
            if key in self._in_tree or self._put(key, command):
                placed.append(command)
        return tuple(placed)

    def unmount(self) -> None:
        """Take all of ours out of the tree; with Discord they stay registered."""
        for key, (_, made) in list(self._in_tree.items()):
            self._take_out(key, made)

    async def register(self, placed: Sequence[Command]) -> None:
        """Have Discord know just these of ours; one request for each that differs, none when nothing does.

        Raises:
            discord.HTTPException: Discord refused one; those before it stand.
        """
        application, kept = self.bot.application_id, self._ours
        if application is None or kept is None:
            return
        there: Sequence[Mapping[str, Any]] = await self.bot.http.get_global_commands(application)
        placed = self._without_the_hosts(placed, there, kept.names)
        ours = frozenset(one.name for one in placed)
        self._ever |= ours
        # Before they are sent: a crash in between must not make strangers of them.
        await kept.keep(kept.names | ours)
        found = diff(placed, there, keep={str(one["name"]) for one in there} - kept.names)
        for command in (*found.add, *(one.command for one in found.change)):
            body = {"options": [], **payload(command, "discord")}
            if command.menu:
                del body["options"]
            await self.bot.http.upsert_global_command(application, body)  # type: ignore[arg-type]
        for gone in found.remove:
            if not self._stays((gone.get("type") == MENU, str(gone["name"]))):
                await self._remove(application, int(gone["id"]))
        await kept.keep(ours)

    def _without_the_hosts(
        self, placed: Sequence[Command], there: Sequence[Mapping[str, Any]], known: frozenset[str]
    ) -> tuple[Command, ...]:
        """Leave out those under whose names the host has registered something else; then they leave the tree, too.

        Where there is just what we would register, we were here before, though the file was lost.
        """
        different = [one for one in placed if (same := _same(one, there)) and diff([one], same)]
        strangers = [one for one in different if one.name not in known]
        if not known and any(_same(one, there) for one in placed if one not in different):
            strangers = []
        for command in strangers:
            self._is_the_hosts((command.menu, command.name))
        return tuple(one for one in placed if one not in strangers)

    def _stays(self, key: Key) -> bool:
        """Whether the host has one of this name, though ours had it before."""
        there = self.bot.tree.get_command(key[1], type=_MENU if key[0] else _SLASH)
        return key in self._hosts or (there is not None and key not in self._in_tree)

    async def _remove(self, application: int, command: int) -> None:
        try:
            await self.bot.http.delete_global_command(application, command)
        except discord.NotFound:
            logger("bots").debug("It was gone already.")

    def _put(self, key: Key, command: Command) -> bool:
        if key in self._hosts:
            return False
        tree, made = self.bot.tree, self.make(command)
        if (
            not command.menu
            and len(tree.get_commands(type=_SLASH)) >= _MOST
            and command.deployment is not None
        ):
            self._tell(
                f"There is no command /{command.name}: some room is left for the bot's own; /run runs it."
            )
            return False
        try:
            tree.add_command(made)
        except app_commands.CommandAlreadyRegistered:
            self._is_the_hosts(key)
            return False
        except app_commands.CommandLimitReached:
            self._tell(f"There is no room for /{command.name}: Discord takes no more commands of one bot.")
            return False
        self._in_tree[key] = command, made
        return True

    def _take_out(self, key: Key, made: Registrable) -> None:
        del self._in_tree[key]
        kind = _MENU if key[0] else _SLASH
        if self.bot.tree.get_command(made.name, type=kind) is made:
            self.bot.tree.remove_command(made.name, type=kind)

    def _is_the_hosts(self, key: Key) -> None:
        self._hosts.add(key)
        if key in self._in_tree:
            self._take_out(key, self._in_tree[key][1])
        self._tell(f"/{key[1]} is a command of the host's own already, and stays the host's.")

    def _tell(self, what: str) -> None:
        if what not in self._told:
            self._told.add(what)
            logger("bots").warning("%s", what)


def _same(command: Command, there: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What is registered of its kind under its name."""
    kind = MENU if command.menu else SLASH
    return [one for one in there if one["name"] == command.name and int(one.get("type") or SLASH) == kind]
