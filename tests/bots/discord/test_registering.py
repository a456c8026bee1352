"""Commands beside the host's own: only what differs is sent, and nothing that is not ours is touched."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import attrs
import discord
import pytest
from discord import app_commands
from discord.ext import commands

from stationthis_sdk.bots.commands.command import Command, Option
from stationthis_sdk.bots.commands.diff import diff
from stationthis_sdk.bots.commands.fixed import FIXED
from stationthis_sdk.bots.discord.registering import Registered
from stationthis_sdk.bots.discord.slash import registrable
from tests.bots.discord.conftest import connected, new_bot
from tests.bots.discord.people import Studio

PORTRAIT = Command(
    "portrait",
    "A portrait",
    (
        Option("prompt", "text", "What to draw", required=True, input="prompt"),
        Option("face", "attachment", "A picture", required=True, input="face"),
        Option("steps", "integer", "How many steps", minimum=1, maximum=50, input="steps"),
        Option("cfg", "number", "How strict", minimum=0.5, input="cfg"),
        Option("style", "text", "Which style", choices=("oil", "ink"), input="style"),
        Option("tiled", "boolean", "Whether it repeats", input="tiled"),
    ),
    deployment="Portrait",
)
MENU = Command("Use for upscale", "", deployment="upscale", menu=True)
WANTED = (*FIXED, PORTRAIT, MENU)
WRITES = {"POST", "PUT", "PATCH", "DELETE"}


async def _nothing(*_: Any) -> None:
    """A command that does nothing."""


@attrs.frozen
class Stage:
    studio: Studio
    bot: commands.Bot
    registered: Registered

    async def put(self, *wanted: Command) -> list[tuple[str, str]]:
        """Register these, and return what was written to Discord for it."""
        self.studio.world.requests.clear()
        await self.registered.register(self.registered.mount(wanted))
        return [(method, path) for method, path, _ in self.studio.world.requests if method in WRITES]

    @property
    def names(self) -> list[str]:
        return sorted(one["name"] for one in self.studio.world.commands.values())


@pytest.fixture
async def stage(studio: Studio, tmp_path: Path) -> AsyncIterator[Stage]:
    bot = new_bot()
    async with connected(studio, bot):
        yield Stage(studio, bot, await _registered(bot, tmp_path))


async def _registered(bot: commands.Bot, folder: Path) -> Registered:
    made = Registered(bot, lambda one: registrable(one, _nothing, _nothing))
    await made.load(folder / "bots" / "mine.json")
    return made


@app_commands.command(name="dice", description="Throw dice")
async def dice(interaction: discord.Interaction[Any]) -> None:
    """A command of the host's own."""


@app_commands.command(name="status", description="The host's own status")
async def hosts_status(interaction: discord.Interaction[Any]) -> None:
    """Another, of a name that ours has too."""


async def test_all_kinds_are_registered_once(stage: Stage) -> None:
    """Every command of ours passes Discord's rules; a second time nothing is sent."""
    assert len(await stage.put(*WANTED)) == len(WANTED)
    assert stage.names == sorted(one.name for one in WANTED)
    assert await stage.put(*WANTED) == []


async def test_a_second_boot_sends_nothing(stage: Stage, tmp_path: Path) -> None:
    """T19: what a bot of before has registered is compared, and not written anew."""
    await stage.put(*WANTED)
    stage.registered.unmount()
    again = await _registered(stage.bot, tmp_path)
    assert await Stage(stage.studio, stage.bot, again).put(*WANTED) == []


async def test_only_what_differs_is_sent(stage: Stage) -> None:
    """One command changed, one gone, one new: three requests."""
    await stage.put(*WANTED)
    changed = attrs.evolve(PORTRAIT, description="Another portrait", options=PORTRAIT.options[:2])
    sent = await stage.put(*FIXED, changed, Command("new", "A new one", deployment="new"))
    assert sorted(method for method, _ in sent) == ["DELETE", "POST", "POST"]
    assert stage.names == sorted([*(one.name for one in FIXED), "portrait", "new"])
    assert await stage.put(*FIXED, attrs.evolve(changed, options=())) != []
    assert await stage.put(*FIXED, attrs.evolve(changed, options=())) == []


async def test_the_hosts_own_are_untouched(stage: Stage) -> None:
    """What the host has in its tree, or has registered from elsewhere, stays as it is; also under a name of ours."""
    stage.bot.tree.add_command(dice)
    stage.bot.tree.add_command(hosts_status)
    await stage.bot.tree.sync()
    for name in ("elsewhere", "again"):
        elsewhere = {"name": name, "description": "Registered by another program", "type": 1}
        await stage.bot.http.upsert_global_command(stage.bot.application_id or 0, elsewhere)  # type: ignore[arg-type]
    before = {one["name"]: one for one in stage.studio.world.commands.values()}
    await stage.put(*WANTED)
    assert stage.bot.tree.get_command("again") is None  # whoever registered it answers it
    await stage.put(*FIXED)
    await stage.put(*(one for one in FIXED if one.name not in {"status", "again"}))
    after = {one["name"]: one for one in stage.studio.world.commands.values()}
    assert {name: after[name] for name in before} == before
    assert "portrait" not in after
    stage.registered.unmount()
    assert stage.bot.tree.get_command("status") is hosts_status


async def test_a_name_of_the_hosts_is_not_taken_while_it_is_away(stage: Stage) -> None:
    """A host reloads its cog: the command that it had is put in again, and ours of that name never was there."""
    stage.bot.tree.add_command(hosts_status)
    await stage.put(*WANTED)
    stage.bot.tree.remove_command("status")
    await stage.put(*WANTED)
    assert stage.bot.tree.get_command("status") is None
    stage.bot.tree.add_command(hosts_status)


async def test_ours_are_changed_though_the_file_is_lost(stage: Stage, tmp_path: Path) -> None:
    """A bot that has moved to another machine finds its own commands, and changes those that differ."""
    await stage.put(*WANTED)
    stage.registered.unmount()
    fresh = Stage(stage.studio, stage.bot, await _registered(stage.bot, tmp_path / "new"))
    changed = attrs.evolve(PORTRAIT, description="Another portrait")
    assert [method for method, _ in await fresh.put(*FIXED, changed, MENU)] == ["POST"]


async def test_the_hosts_own_sync_changes_nothing_of_ours(stage: Stage) -> None:
    """A host that syncs its whole tree keeps ours, in the very form that is compared with afterwards."""
    stage.bot.tree.add_command(dice)
    await stage.put(*WANTED)
    await stage.bot.tree.sync()
    assert stage.names == sorted([*(one.name for one in WANTED), "dice"])
    assert await stage.put(*WANTED) == []


async def test_ours_are_known_again_after_a_crash(stage: Stage, tmp_path: Path) -> None:
    """What is ours is written down before it is registered: a deployment that vanished meanwhile loses its command."""
    stage.studio.fail("refuse", "POST", "/commands", times=100, status=400, code=30034)
    with pytest.raises(discord.HTTPException):
        await stage.put(*WANTED)
    stage.studio.world.faults.clear()
    stage.registered.unmount()
    again = await _registered(stage.bot, tmp_path)
    assert all(again.knows({"name": one}) for one in ("portrait", "Use for upscale"))
    fresh = Stage(stage.studio, stage.bot, again)
    await fresh.put(*WANTED)
    await fresh.put(*FIXED)
    assert stage.names == sorted(one.name for one in FIXED)


async def test_there_is_no_room_for_more_than_a_hundred(stage: Stage) -> None:
    """The host's own and ours share Discord's hundred: what does not fit is left out, and nothing breaks."""
    stage.bot.tree.add_command(dice)
    many = [Command(f"tool_{number}", "A tool", deployment=f"tool {number}") for number in range(120)]
    await stage.put(*FIXED, *many)
    assert len(stage.names) == 89  # the host's own is not synced yet, and may be joined by ten more
    assert {one.name for one in FIXED} < set(stage.names)


async def test_the_tree_says_of_a_command_what_we_say(stage: Stage) -> None:
    """discord.py's own form of each command equals ours: neither registering undoes the other's."""
    stage.registered.mount(WANTED)
    theirs = [one.to_dict(stage.bot.tree) for one in stage.bot.tree.get_commands()]
    menus = [
        one.to_dict(stage.bot.tree)
        for one in stage.bot.tree.get_commands(type=discord.AppCommandType.message)
    ]
    assert not diff(WANTED, [*theirs, *menus])


async def test_options_come_typed(stage: Stage, tmp_path: Path) -> None:
    """Numbers, choices and files reach the handler as what they are; what was not given is not there."""
    came: asyncio.Queue[Any] = asyncio.Queue()

    async def take(*given: Any) -> None:
        came.put_nowait(given)

    make: Callable[[Command], Any] = lambda one: registrable(one, take, _nothing)  # noqa: E731
    registered = Registered(stage.bot, make)
    await registered.load(tmp_path / "mine.json")
    await registered.register(registered.mount([PORTRAIT, MENU]))
    face = {"face": ("me.png", b"a face")}
    stage.studio.command("portrait", files=face, prompt="a fox", steps=7, style="ink", tiled=False)
    _, command, options, message = await asyncio.wait_for(came.get(), 30)
    assert (command, message) == (PORTRAIT, None)
    picture = options.pop("face")
    assert (picture.filename, picture.kind, await picture.read()) == ("me.png", "image", b"a face")
    assert options == {"prompt": "a fox", "steps": 7, "style": "ink", "tiled": False}
    stage.studio.menu("Use for upscale", stage.studio.say("look", files=[("a.png", b"a")], tell=False))
    _, command, options, message = await asyncio.wait_for(came.get(), 30)
    assert (command, options, message.attachments[0].filename) == (MENU, {}, "a.png")
