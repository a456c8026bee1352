"""Registering our commands beside the host's: only what has changed is sent, and nothing of the host's is touched."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs
import discord
import orjson
from discord import app_commands

from stationthis_sdk.bots.commands.command import Command
from stationthis_sdk.bots.commands.diff import diff
from stationthis_sdk.bots.commands.payload import MENU, payload
from stationthis_sdk.bots.discord.opened import AnyBot
from stationthis_sdk.bots.discord.slash import Registrable
from stationthis_sdk.errors import SaveFailed
from stationthis_sdk.logs import logger
from stationthis_sdk.store.atomic import write_atomically

__all__ = ["Registered"]

_MENU: Final = discord.AppCommandType.message


@attrs.define
class Registered:
    """Which commands of ours are in the host's tree, and which are registered with Discord.

    ``kept`` is a file with the names of what was ever registered here: without it nobody could tell a command of ours
    that is not wanted any more from one that the host has registered elsewhere.
    """

    bot: AnyBot
    make: Callable[[Command], Registrable]
    kept: Path
    names: frozenset[str] = frozenset()
    """Of all commands that are ours, or were."""
    _in_tree: dict[tuple[bool, str], tuple[Command, Registrable]] = attrs.Factory(dict)
    _told: set[str] = attrs.Factory(set)

    async def load(self) -> None:
        """Read which names are ours from before."""
        self.names |= await asyncio.to_thread(_read, self.kept)

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
        self.names |= {one.name for one in placed}
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
        application = self.bot.application_id
        if application is None:
            return
        registered: Sequence[Mapping[str, Any]] = await self.bot.http.get_global_commands(application)
        there = {str(one["name"]) for one in registered}
        ours = {one.name for one in placed}
        found = diff(placed, registered, keep=(there - self.names - ours))
        if not found:
            return
        self.names |= ours
        await self._keep(self.names)
        for command in (*found.add, *(one.command for one in found.change)):
            body = {"options": [], **payload(command, "discord")}
            if command.menu:
                del body["options"]
            await self.bot.http.upsert_global_command(application, body)  # type: ignore[arg-type]
        for gone in found.remove:
            if self._hosts(str(gone["name"]), menu=gone.get("type") == MENU):
                continue
            await self._remove(application, int(gone["id"]))
        await self._keep(frozenset(ours))

    async def _remove(self, application: int, command: int) -> None:
        try:
            await self.bot.http.delete_global_command(application, command)
        except discord.NotFound:
            logger("bots").debug("It was gone already.")

    def _put(self, key: tuple[bool, str], command: Command) -> bool:
        made = self.make(command)
        try:
            self.bot.tree.add_command(made)
        except app_commands.CommandAlreadyRegistered:
            self._tell(f"/{command.name} is a command of the host's own already, and stays the host's.")
            return False
        except app_commands.CommandLimitReached:
            self._tell(f"There is no room for /{command.name}: Discord takes no more commands of one bot.")
            return False
        self._in_tree[key] = command, made
        return True

    def _take_out(self, key: tuple[bool, str], made: Registrable) -> None:
        del self._in_tree[key]
        kind = _MENU if key[0] else discord.AppCommandType.chat_input
        if self.bot.tree.get_command(made.name, type=kind) is made:
            self.bot.tree.remove_command(made.name, type=kind)

    def _hosts(self, name: str, *, menu: bool) -> bool:
        """Whether the tree has one of this name that is not ours."""
        kind = _MENU if menu else discord.AppCommandType.chat_input
        found = self.bot.tree.get_command(name, type=kind)
        return found is not None and (menu, name) not in self._in_tree

    def _tell(self, what: str) -> None:
        if what not in self._told:
            self._told.add(what)
            logger("bots").warning("%s", what)

    async def _keep(self, names: frozenset[str]) -> None:
        try:
            await asyncio.to_thread(_write, self.kept, names)
        except SaveFailed as error:
            logger("bots").warning("Which commands are ours is not kept: %s", error)


def _read(path: Path) -> frozenset[str]:
    try:
        names = orjson.loads(path.read_bytes())
    except (OSError, ValueError):
        return frozenset()
    return frozenset(str(one) for one in names) if isinstance(names, list) else frozenset()


def _write(path: Path, names: frozenset[str]) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SaveFailed(f"Can't make the folder {path.parent}: {error.strerror}.") from None
    write_atomically(path, orjson.dumps(sorted(names)))
