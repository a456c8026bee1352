"""What lasts longer than a token, a connection or a process: each is done once, and nothing is lost."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

import discord
import pytest

from stationthis_sdk import AsyncStationThis
from stationthis_sdk.bots.discord import cog as cogs
from stationthis_sdk.testing import LocalGateway
from tests.bots.discord.conftest import EXTENSION, Running, connected, new_bot
from tests.bots.discord.looking import SMALL, cog_of, labels, picture_of, runs_of, until_running
from tests.bots.discord.people import Studio


async def test_a_run_that_ends_after_minute_14(
    studio: Studio, gateway: LocalGateway, running: Running
) -> None:
    """The token may be dead when the run ends: its picture is posted to the channel, its status taken away there."""
    async with running() as bot:
        cog_of(bot).sender.opened.clock = lambda: studio.world.advanced
        gateway.faults.stall(at="running", times=1)
        asked = studio.command("text_to_picture", prompt="a fox", seed=7, **SMALL)
        await until_running(gateway)
        await studio.until(lambda: studio.answer(asked) and not studio.answer(asked)["flags"] & 128)
        studio.world.advanced += 14 * 60 + 1
        gateway.faults.clear()
        await studio.until(studio.with_files)
        await studio.until(lambda: studio.answer(asked) is None)
        taken_away = ("DELETE", f"/channels/{studio.general}/messages/{asked.original}", 204)
        assert taken_away in studio.world.requests


async def test_a_run_that_fails_after_minute_14(
    studio: Studio, gateway: LocalGateway, running: Running
) -> None:
    """How it ended is read where it was asked for, though the interaction can't be answered any more."""
    async with running() as bot:
        cog_of(bot).sender.opened.clock = lambda: studio.world.advanced
        gateway.faults.stall(at="running", times=1)
        asked = studio.command("text_to_picture", prompt="a fox", seed=7, **SMALL)
        await until_running(gateway)
        status = await studio.until(lambda: studio.answer(asked))
        await studio.until(lambda: labels(status) == ["cancel"])
        studio.world.advanced += 15 * 60
        studio.press(status, "cancel")
        await studio.until(lambda: not labels(status))
        assert studio.world.edits[-1][2] == "channel"
        assert (await runs_of(gateway))[0].state == "cancelled"


async def test_an_interaction_that_comes_twice(
    studio: Studio, gateway: LocalGateway, running: Running
) -> None:
    """Told twice by a connection that was resumed, it starts one run and has one answer."""
    async with running():
        asked = studio.command("echo", words="hello")
        studio.tell(asked)
        await studio.until(lambda: [one for one in studio.messages() if "hello" in one["content"]])
        studio.tell(asked)
        studio.command("echo", words="goodbye")
        await studio.until(lambda: [one for one in studio.messages() if "goodbye" in one["content"]])
        assert sorted(one.inputs["words"] for one in (await runs_of(gateway))) == ["goodbye", "hello"]


async def test_a_connection_that_was_cut_is_resumed(
    studio: Studio, gateway: LocalGateway, running: Running
) -> None:
    """What happened meanwhile is told after the resume, and done once."""
    async with running():
        studio.served.call(studio.served.discord.gateway.drop())
        studio.command("echo", words="hello")
        await studio.until(lambda: [one for one in studio.messages() if "hello" in one["content"]])
        assert len(await runs_of(gateway)) == 1


async def test_a_second_boot_registers_nothing(studio: Studio, running: Running) -> None:
    """T19: commands are compared with what Discord has; only the first boot writes them."""
    async with running():
        pass
    studio.world.requests.clear()
    async with running():
        await studio.until(lambda: ("GET", f"/applications/{studio.world.application}/commands", 200) in
                           studio.world.requests)  # fmt: skip
        studio.command("echo", words="hello")
        await studio.until(lambda: [one for one in studio.messages() if "hello" in one["content"]])
    written = [path for method, path, _ in studio.world.requests if method != "GET" and "commands" in path]
    assert written == []


async def test_it_boots_while_the_service_is_down(
    studio: Studio, gateway: LocalGateway, running: Running
) -> None:
    """T19: a bot that boots before the service has the commands this machine remembers, and works when it is back."""
    async with running():
        pass
    gateway.faults.drop_requests()
    async with running() as bot:
        assert bot.tree.get_command("echo") is not None
        assert any(one["name"] == "echo" for one in studio.world.commands.values())
        gateway.faults.clear()
        studio.command("echo", words="hello")
        await studio.until(lambda: [one for one in studio.messages() if "hello" in one["content"]])


async def test_nothing_is_taken_away_while_nobody_knows_what_is_deployed(
    studio: Studio,
    gateway: LocalGateway,
    running: Running,
    st: AsyncStationThis,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """T19: a bot that never heard what is deployed, but remembers its commands, lets them be; it begins when it hears."""
    async with running():
        pass
    before = set(studio.world.commands)
    await asyncio.to_thread(shutil.copytree, st.settings.home / "bots", tmp_path / "bots")
    gateway.faults.refuse(503, path="/deployments")
    monkeypatch.setattr(cogs, "_FIRST_COMMANDS_WITHIN", 0.5)
    bot = new_bot()
    async with gateway.async_client(home=tmp_path) as forgetful, bot:
        bot.stationthis = {"st": forgetful, "catalogue_seconds": 0.05}  # type: ignore[attr-defined]
        await bot.load_extension(EXTENSION)
        async with connected(studio, bot):
            cog = cog_of(bot)
            await studio.until(lambda: caplog.text.count("The commands stay as they are") > 3)
            assert not cog.catalogue.known
            assert set(studio.world.commands) == before
            gateway.faults.clear()
            await studio.until(lambda: cog.catalogue.known)
            studio.command("echo", words="hello")
            await studio.until(lambda: [one for one in studio.messages() if "hello" in one["content"]])
            assert set(studio.world.commands) == before


async def test_a_host_that_registers_its_whole_tree(studio: Studio, st: AsyncStationThis) -> None:
    """T19: a host that does so before it connects keeps ours, boot after boot; we register none anew."""
    for _ in range(2):
        bot = new_bot()
        bot.stationthis = {"st": st}  # type: ignore[attr-defined]
        bot.tree.add_command(discord.app_commands.Command(name="dice", description="Dice", callback=_dice))

        async def setup(bot: Any = bot) -> None:
            await bot.tree.sync()

        bot.setup_hook = setup  # type: ignore[method-assign]
        async with bot:
            await bot.load_extension(EXTENSION)
            studio.world.requests.clear()
            async with connected(studio, bot):
                studio.command("echo", words="hello")
                await studio.until(lambda: [one for one in studio.messages() if "hello" in one["content"]])
                listed = ("GET", f"/applications/{studio.world.application}/commands", 200)
                await studio.until(lambda listed=listed: listed in studio.world.requests)
        written = [
            method
            for method, path, _ in studio.world.requests
            if path.endswith("/commands") and method != "GET"
        ]
        assert written == ["PUT"]


async def _dice(interaction: discord.Interaction[Any]) -> None:
    """A command of the host's own."""


async def test_it_is_taken_out_while_it_begins(
    studio: Studio, gateway: LocalGateway, st: AsyncStationThis
) -> None:
    """The extension is reloaded, twice, while the service is slow to answer: one is at work, and serves each command once."""
    bot = new_bot()
    bot.stationthis = {"st": st, "catalogue_seconds": 1.0}  # type: ignore[attr-defined]
    async with bot:
        await bot.load_extension(EXTENSION)
        gateway.faults.slow(seconds=3.0, path="/deployments")
        async with connected(studio, bot):
            first = cog_of(bot)
            await bot.reload_extension(EXTENSION)
            second = cog_of(bot)
            gateway.faults.clear()
            await bot.reload_extension(EXTENSION)
            at_work = [
                one.get_name() for one in asyncio.all_tasks() if "StationThisCog._work" in str(one.get_coro())
            ]
            assert len(at_work) == 1
            assert len({first, second, cog_of(bot)}) == 3
            await first.on_connect()  # told late
            await studio.until(
                lambda: any(one["name"] == "echo" for one in list(studio.world.commands.values()))
            )
            studio.command("echo", words="hello")
            await studio.until(lambda: [one for one in studio.messages() if "hello" in one["content"]])
            assert len(await runs_of(gateway)) == 1
            assert (len(asyncio.all_tasks()) and first._working is None) or first._working.done()


@pytest.mark.parametrize("resumed", [False, True])
async def test_what_discord_has_declared_failed_is_not_run(
    studio: Studio, gateway: LocalGateway, running: Running, *, resumed: bool
) -> None:
    """T26: commands that are told too late have failed for who gave them, who asks again: nothing is run twice, or paid."""
    async with running():
        if resumed:
            studio.served.call(studio.served.discord.gateway.drop())
            for one in studio.served.discord.gateway.sessions:
                one.socket = None
        late = [studio.command("echo", words=f"word {n}", tell=resumed) for n in range(3)]
        studio.world.advanced += 30
        for one in late if not resumed else ():
            studio.tell(one)
        await studio.until(
            lambda: [
                path
                for _, path, status in studio.world.requests
                if path.endswith("/callback") and status == 404
            ][2:]
        )
        studio.command("echo", words="hello")
        await studio.until(lambda: [one for one in studio.messages() if "hello" in one["content"]])
        assert [one.inputs["words"] for one in await runs_of(gateway)] == ["hello"]
        await studio.until(lambda: len(studio.messages()) == 1)  # its status is taken away


async def test_a_form_is_sent_in_after_a_restart(
    studio: Studio, gateway: LocalGateway, running: Running
) -> None:
    """Forms and buttons belong to no object of a process: those of the bot of before still work."""
    async with running():
        shown = await picture_of(studio)
        pressed = studio.press(shown, "tweak")
        await studio.until(lambda: pressed.modal)
    async with running():
        studio.submit(pressed, prompt="a wolf")
        await studio.until(lambda: len(studio.with_files()) == 2)
        studio.press(shown, "again")
        await studio.until(lambda: len(studio.with_files()) == 3)
        assert [one.inputs["prompt"] for one in (await runs_of(gateway))] == ["a fox", "a wolf", "a fox"]


async def test_it_is_taken_out_and_put_in_again(
    studio: Studio, gateway: LocalGateway, running: Running
) -> None:
    """The extension is reloaded while a run is under way: its picture arrives once, and commands are there once."""
    async with running() as bot:
        gateway.faults.stall(at="running", times=1)
        studio.command("text_to_picture", prompt="a fox", seed=7, **SMALL)
        await until_running(gateway)
        await bot.unload_extension(EXTENSION)
        assert bot.tree.get_commands() == []
        gateway.faults.clear()
        await bot.load_extension(EXTENSION)
        await studio.until(studio.with_files)
        studio.command("echo", words="hello")
        await studio.until(lambda: [one for one in studio.messages() if "hello" in one["content"]])
        await bot.reload_extension(EXTENSION)
        studio.command("echo", words="goodbye")
        await studio.until(lambda: [one for one in studio.messages() if "goodbye" in one["content"]])
        assert len(studio.files()) == 1
        assert len(await runs_of(gateway)) == 3


async def test_an_interaction_that_comes_again_after_a_restart(
    studio: Studio, gateway: LocalGateway, running: Running
) -> None:
    """What the bot of before has done is not done again, and its answer is left as it is."""
    async with running():
        asked = studio.command("echo", words="hello")
        await studio.until(lambda: [one for one in studio.messages() if "hello" in one["content"]])
    async with running():
        studio.tell(asked)
        studio.command("echo", words="goodbye")
        await studio.until(lambda: [one for one in studio.messages() if "goodbye" in one["content"]])
    assert len([one for one in studio.messages() if "hello" in one["content"]]) == 1
    assert len(await runs_of(gateway)) == 2


async def test_a_command_whose_bot_died_before_it_was_written_down(
    studio: Studio, gateway: LocalGateway, running: Running
) -> None:
    """T26: acknowledged by the bot of before, which then was gone, it is done and answered by the next."""
    async with running():
        asked = studio.command("echo", words="hello", tell=False)
    studio.world.acknowledge(asked.id, asked.token, 5)
    waiting = studio.world.message(studio.general, studio.world.me["id"], flags=128)
    asked.original = waiting["id"]
    async with running():
        studio.tell(asked)
        await studio.until(lambda: [one for one in studio.messages() if "hello" in one["content"]])
    assert len(await runs_of(gateway)) == 1
    assert [one for one in studio.messages() if one["flags"] & 128] == []


@pytest.mark.parametrize("kind", ["lose", "drop", "flood"])
async def test_an_acknowledgement_that_is_lost(
    studio: Studio, gateway: LocalGateway, running: Running, kind: str
) -> None:
    """T26: whatever becomes of the acknowledgement, the command is done once and has one answer."""
    async with running():
        studio.fail(kind, "POST", "/callback")
        asked = studio.command("echo", words="hello")
        await studio.until(lambda: [one for one in studio.messages() if "hello" in one["content"]])
        await studio.until(lambda: len(studio.messages()) == 1)
        assert asked.acknowledged == 5
        assert len(await runs_of(gateway)) == 1


async def test_a_form_that_is_lost(studio: Studio, running: Running) -> None:
    """A form of which nobody knows whether it was shown is offered by a button as well."""
    async with running():
        shown = await picture_of(studio)
        studio.fail("drop", "POST", "/callback")
        pressed = studio.press(shown, "tweak")
        answer = await studio.until(lambda: studio.answer(pressed))
        await studio.until(lambda: answer["components"])
