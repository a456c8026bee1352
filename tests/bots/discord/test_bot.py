"""A whole bot: discord.py, a Discord that enforces its limits, and a gateway that does the work."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import attrs
import discord
import pytest
from discord.ext import commands

from stationthis_sdk import AsyncStationThis
from stationthis_sdk.bots.people import User
from stationthis_sdk.bots.render.limits import DISCORD
from stationthis_sdk.testing import LocalGateway, SeenRun
from tests.bots.discord.conftest import EXTENSION, Running, new_bot
from tests.bots.discord.people import MIB, Studio

SMALL = {"steps": 1, "width": 64, "height": 64}


def cog_of(bot: commands.Bot) -> Any:
    return bot.get_cog("StationThis")


def labels(message: dict[str, Any]) -> list[str]:
    return [one["custom_id"].split(":")[1] for row in message["components"] for one in row["components"]]


async def runs_of(gateway: LocalGateway) -> tuple[SeenRun, ...]:
    """Every run that the gateway has seen."""
    return await asyncio.to_thread(gateway.runs)


async def until_running(gateway: LocalGateway) -> None:
    """Wait until a run is under way."""
    await asyncio.to_thread(
        gateway.until, lambda: [one for one in gateway.runs() if one.state == "running"], 30.0
    )


async def picture_of(studio: Studio, **inputs: Any) -> dict[str, Any]:
    """A picture that the bot has made for Ada."""
    before = len(studio.with_files())
    studio.command("text_to_picture", **{"prompt": "a fox", "seed": 7, **SMALL, **inputs})
    return (await studio.until(lambda: studio.with_files()[before:]))[0]


async def test_from_a_command_to_its_rerun(studio: Studio, gateway: LocalGateway, running: Running) -> None:
    """Command, acknowledgement, progress, picture with buttons, a press, another picture with another seed."""
    async with running():
        asked = studio.command("text_to_picture", prompt="a fox", steps=60, seed=7, width=256, height=256)
        (shown,) = await studio.until(studio.with_files)
        assert asked.acknowledged == 5
        assert labels(shown) == ["again", "vary", "tweak", "info"]
        assert shown["attachments"][0]["filename"].endswith(".png")
        assert [one for one in studio.world.edits if one[0] == asked.original]
        await studio.until(lambda: studio.answer(asked) is None)
        pressed = studio.press(shown, "again", user=studio.bob)
        again = (await studio.until(lambda: studio.with_files()[1:]))[0]
        first, second = await runs_of(gateway)
        assert pressed.acknowledged == 5
        assert first.inputs["seed"] == 7
        assert second.inputs["seed"] != 7
        assert {**second.inputs, "seed": 7} == first.inputs
        bytes_of = [studio.world.files[one["attachments"][0]["id"]] for one in (shown, again)]
        assert bytes_of[0] != bytes_of[1]


async def test_it_is_acknowledged_before_anything_is_asked(
    studio: Studio, gateway: LocalGateway, running: Running
) -> None:
    """T26: while the service does not answer, Discord has its answer already; the run comes afterwards, once."""
    async with running():
        gateway.faults.slow(seconds=0.5)
        asked = studio.command("echo", words="hello")
        await studio.until(lambda: asked.acknowledged == 5)
        assert (await runs_of(gateway)) == ()
        gateway.faults.clear()
        await studio.until(lambda: [one for one in studio.messages() if "hello" in one["content"]])
        assert len(await runs_of(gateway)) == 1


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


async def test_an_album_of_twelve(studio: Studio, running: Running) -> None:
    """Ten pictures a message: twelve are two messages, each picture once, the buttons on the last."""
    async with running():
        studio.command("dozen")
        first, second = await studio.until(lambda: len(studio.with_files()) == 2 and studio.with_files())
        assert [len(one["attachments"]) for one in (first, second)] == [10, 2]
        assert len(set(studio.files())) == 12
        assert not first["components"]
        assert "again" in labels(second)


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


async def test_the_hosts_own_go_on(studio: Studio, running: Running) -> None:
    """A host's commands, listeners and buttons work beside ours, and ours do not hear theirs."""
    heard: list[str] = []

    async def prepare(bot: commands.Bot) -> None:
        @bot.tree.command(description="Throw dice")
        async def dice(interaction: discord.Interaction[Any]) -> None:
            button: discord.ui.Button[Any] = discord.ui.Button(label="Throw", custom_id="dice:throw")
            view = discord.ui.View(timeout=None).add_item(button)
            await interaction.response.send_message("Six.", view=view)

        async def on_interaction(interaction: discord.Interaction[Any]) -> None:
            heard.append(
                str((interaction.data or {}).get("custom_id") or (interaction.data or {}).get("name"))
            )

        bot.add_listener(on_interaction)
        await bot.tree.sync()

    async with running(prepare):
        asked = studio.command("dice")
        shown = await studio.until(lambda: studio.answer(asked))
        pressed = studio.press(shown, "Throw")
        studio.command("echo", words="hello")
        await studio.until(lambda: [one for one in studio.messages() if "hello" in one["content"]])
        assert pressed.acknowledged is None
        assert heard == ["dice", "dice:throw", "echo"]


async def test_the_menu_of_a_message(studio: Studio, gateway: LocalGateway, running: Running) -> None:
    """A picture that somebody posted is used by the menu of its message: its bytes, and no link of Discord's (T14)."""
    async with running():
        shown = await picture_of(studio)
        png = studio.world.files[shown["attachments"][0]["id"]]
        posted = studio.say("look", files=[("mine.png", png)], user=studio.bob, tell=False)
        studio.menu("Use for picture-to-picture", posted)
        await studio.until(lambda: len(studio.with_files()) == 2)
        (image,) = [
            value for value in (await runs_of(gateway))[-1].inputs.values() if str(value).startswith("http")
        ]
        assert image.startswith(gateway.base_url.removesuffix("/api"))


async def test_a_form_for_changes(studio: Studio, gateway: LocalGateway, running: Running) -> None:
    """Tweak shows what was given, five fields at the most; what is sent in runs with that, and nothing else changed."""
    async with running():
        shown = await picture_of(studio)
        pressed = studio.press(shown, "tweak")
        await studio.until(lambda: pressed.modal)
        assert len(pressed.modal["components"]) <= 5
        studio.submit(pressed, prompt="a wolf")
        await studio.until(lambda: len(studio.with_files()) == 2)
        first, second = await runs_of(gateway)
        assert second.inputs == {**first.inputs, "prompt": "a wolf"}


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


async def test_where_a_form_takes_too_long(
    studio: Studio, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Discord shows no form after three seconds: then a button leads to it."""
    async with running():
        shown = await picture_of(studio)
        with monkeypatch.context() as patch:
            # The extension's own copy: discord.py loads its modules anew for each bot.
            patch.setattr(sys.modules["stationthis_sdk.bots.discord.answering"], "_FORM_WITHIN", 0.0)
            pressed = studio.press(shown, "tweak")
            answer = await studio.until(lambda: studio.answer(pressed))
            await studio.until(lambda: answer["components"])
        assert pressed.modal is None
        second = studio.press(answer, "tweak")
        await studio.until(lambda: second.modal)


async def test_four_variations(studio: Studio, gateway: LocalGateway, running: Running) -> None:
    """Vary asks for four with new seeds; each has its own status, and none stays when they are done."""
    async with running():
        shown = await picture_of(studio)
        studio.press(shown, "vary")
        await studio.until(lambda: len(studio.with_files()) == 5)
        assert len({one.inputs["seed"] for one in (await runs_of(gateway))}) == 5
        await studio.until(lambda: all(one["attachments"] for one in studio.messages()))


async def test_a_picture_that_is_answered_to(studio: Studio, gateway: LocalGateway, running: Running) -> None:
    """With the message content intent, who answers a picture with a mention of the bot has it used."""
    intents = discord.Intents.default()
    intents.message_content = True
    async with running(bot=new_bot(intents=intents)):
        png = studio.world.files[(await picture_of(studio))["attachments"][0]["id"]]
        posted = studio.say("look", files=[("mine.png", png)], user=studio.bob)
        named = studio.say("@bot picture-to-picture a wolf steps=1", to=posted)
        made = (await studio.until(lambda: studio.with_files()[1:]))[0]
        assert (await runs_of(gateway))[-1].inputs["prompt"] == "a wolf"
        assert made["channel_id"] == named["channel_id"]


async def test_a_picture_that_is_answered_to_and_hidden(studio: Studio, running: Running) -> None:
    """T26: without the intent Discord hides the picture: that is told, with the ways that work; attached, it is used."""
    async with running():
        png = studio.world.files[(await picture_of(studio))["attachments"][0]["id"]]
        posted = studio.say("look", files=[("mine.png", png)], user=studio.bob)
        studio.say("@bot picture-to-picture a wolf steps=1", to=posted)
        await studio.until(lambda: [one for one in studio.messages() if "Use for" in one["content"]])
        studio.say("@bot picture-to-picture a wolf steps=1", files=[("mine.png", png)])
        await studio.until(lambda: len(studio.with_files()) == 2)


async def test_a_message_that_is_hidden_from_the_bot(studio: Studio, running: Running) -> None:
    """T26: who answers the bot's picture, without the intent and without a mention, is told what to do; talk is not minded."""
    async with running():
        shown = await picture_of(studio)
        studio.say("brighter!", to=shown, ping=False)
        told = await studio.until(lambda: [one for one in studio.messages() if "intent" in one["content"]])
        assert "@" in told[0]["content"]
        studio.say("nothing for the bot")
        studio.command("echo", words="hello")
        await studio.until(lambda: [one for one in studio.messages() if "hello" in one["content"]])
        assert len([one for one in studio.messages() if "intent" in one["content"]]) == 1


async def test_no_right_to_write_in_the_channel(studio: Studio, running: Running) -> None:
    """The interaction is answered where the bot may not post: the pictures come as its answer."""
    async with running():
        studio.world.closed.add(studio.general)
        shown = await picture_of(studio)
        assert labels(shown) == ["again", "vary", "tweak", "info"]


async def test_no_right_at_all(studio: Studio, gateway: LocalGateway, running: Running) -> None:
    """Where neither works any more nothing is lost: the bot goes on, and tells of it when it is asked."""
    async with running() as bot:
        cog_of(bot).sender.opened.clock = lambda: studio.world.advanced
        gateway.faults.stall(at="running", times=1)
        studio.command("text_to_picture", prompt="a fox", seed=7, **SMALL)
        await until_running(gateway)
        studio.world.closed.add(studio.general)
        studio.world.advanced += 15 * 60
        gateway.faults.clear()
        other = studio.world.channel("studio")["id"]

        def told() -> Any:
            return [
                one
                for one in studio.messages(other)
                if "delivered" in one["content"] or "sent" in one["content"]
            ]

        async with asyncio.timeout(40):
            while not told():
                studio.command("status", channel=other)
                await asyncio.sleep(0.5)
        studio.world.closed.clear()
        assert (await runs_of(gateway))[0].state == "success"


async def test_a_video_of_60_mb(studio: Studio, gateway: LocalGateway, running: Running) -> None:
    """What is too large is refused in one sentence, before a byte of it is fetched."""
    async with running():
        asked = studio.command(
            "picture_to_picture",
            tell=False,
            prompt="a fox",
            files={"input_image": ("film.mp4", b"not fetched")},
        )
        (file,) = asked.body["data"]["resolved"]["attachments"].values()
        file["size"] = 60 * MIB
        studio.world.files.clear()
        studio.tell(asked)
        (told,) = await studio.until(lambda: [one for one in studio.messages() if one["content"]])
        assert told["flags"] & 64
        assert (await runs_of(gateway)) == ()


async def test_a_file_of_the_wrong_kind(studio: Studio, gateway: LocalGateway, running: Running) -> None:
    """A text where a picture is wanted: one sentence, to who asked alone, and no run."""
    async with running():
        studio.command(
            "picture_to_picture", prompt="a fox", files={"input_image": ("notes.txt", b"no picture")}
        )
        (told,) = await studio.until(lambda: [one for one in studio.messages() if one["content"]])
        assert told["flags"] & 64
        assert studio.messages(user=studio.bob) == []
        assert (await runs_of(gateway)) == ()


async def test_a_picture_whose_link_is_dead(studio: Studio, gateway: LocalGateway, running: Running) -> None:
    """T14: Discord's links die; who uses an old message's picture is told to send it again."""
    async with running():
        posted = studio.say("look", files=[("mine.png", b"\x89PNG")], tell=False)
        studio.world.advanced += 2 * 86400
        studio.menu("Use for picture-to-picture", posted)
        (told,) = await studio.until(lambda: [one for one in studio.messages() if one["content"]])
        assert "mine.png" in told["content"]
        assert (await runs_of(gateway)) == ()


async def test_a_deployment_that_has_vanished(
    studio: Studio, gateway: LocalGateway, running: Running
) -> None:
    """Its command, which Discord still shows, and its buttons have one clear answer each; the bot goes on."""
    async with running(catalogue_seconds=0.2) as bot:
        st = cog_of(bot).st
        shown = await picture_of(studio)
        still = next(one for one in studio.world.commands.values() if one["name"] == "text_to_picture")
        await (await st.workflows.get("text-to-picture")).delete()
        await studio.until(
            lambda: "text_to_picture" not in {one["name"] for one in studio.world.commands.values()}
        )
        studio.world.commands[still["id"]] = still
        asked = studio.command("text_to_picture", prompt="a fox")
        told = await studio.until(lambda: studio.answer(asked))
        await studio.until(lambda: told["content"])
        pressed = studio.press(shown, "again")
        (answer,) = await studio.until(
            lambda: [one for one in studio.messages() if one.get("for") and one["content"] and one != told]
        )
        assert (asked.acknowledged, pressed.acknowledged) == (5, 5)
        assert "picture-to-picture" in answer["content"]
        assert (told["for"], answer["for"]) == (studio.ada, studio.ada)
        assert len(await runs_of(gateway)) == 1


async def test_a_command_that_has_changed(studio: Studio, gateway: LocalGateway, running: Running) -> None:
    """Discord still shows the old options: who uses them is told to choose it again."""
    async with running():
        asked = studio.command("echo", words="hello", tell=False)
        asked.body["data"]["options"] = [{"name": "colour", "type": 3, "value": "red"}]
        studio.tell(asked)
        await studio.until(lambda: [one for one in studio.messages() if one["content"]])
        assert asked.acknowledged == 5


async def test_what_only_its_user_may_read(studio: Studio, running: Running) -> None:
    """Settings, status and help are seen by who asked alone."""
    async with running():
        for name in ("help", "status", "settings", "workflows", "session"):
            asked = studio.command(name)
            answer = await studio.until(lambda asked=asked: studio.answer(asked) or None)
            await studio.until(lambda answer=answer: answer["content"])
        assert len(studio.messages()) == 5
        assert studio.messages(user=studio.bob) == []


async def test_a_bad_update_stops_nobody(studio: Studio, running: Running) -> None:
    """Odd buttons, odd forms and a stale command are passed over; the next command is served."""
    async with running():
        shown = await picture_of(studio)
        for data in ("st:again:", "st:drop:abc", "st:again:nobodysjob1", "st:tweak:nobodysjob1"):
            shown["components"][0]["components"][0]["custom_id"] = data
            studio.press(shown, data)
        old = studio.command("echo", words="old", tell=False)
        old.body["id"] = "100000000000000000"
        studio.tell(old)
        studio.command("echo", words="hello")
        await studio.until(lambda: [one for one in studio.messages() if "hello" in one["content"]])


async def test_in_a_direct_conversation(studio: Studio, running: Running) -> None:
    """The same works where only two are: commands, pictures, and a line that begins with a slash."""
    async with running():
        alone = studio.world.direct(studio.ada)["id"]
        studio.command("echo", words="hello", channel=alone)
        await studio.until(lambda: [one for one in studio.messages(alone) if "hello" in one["content"]])
        studio.say("/echo goodbye", channel=alone)
        await studio.until(lambda: [one for one in studio.messages(alone) if "goodbye" in one["content"]])


async def test_no_secret_of_discord_is_kept(
    studio: Studio, st: AsyncStationThis, running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the bot's token, nor an interaction's, nor a link of Discord's is on disk or in a log of ours."""
    async with running():
        png = studio.world.files[(await picture_of(studio))["attachments"][0]["id"]]
        asked = studio.command(
            "picture_to_picture", files={"input_image": ("mine.png", png)}, **SMALL_PICTURE
        )
        await studio.until(lambda: len(studio.with_files()) == 2)
    kept = b"".join(await asyncio.to_thread(_everything, st.settings.home))
    assert b"picture-to-picture" in kept
    for secret in (studio.world.token, asked.token, "/attachments/", "c0ffee"):
        assert secret.encode() not in kept
        assert secret not in json.dumps(
            [one.getMessage() for one in caplog.records if "stationthis" in one.name]
        )


SMALL_PICTURE: dict[str, Any] = {"prompt": "a wolf", "steps": 1}


def _everything(folder: Path) -> list[bytes]:
    return [one.read_bytes() for one in folder.rglob("*") if one.is_file()]


async def test_many_at_once(studio: Studio, gateway: LocalGateway, running: Running) -> None:
    """Thirty people at once: each has their own answer, and nobody is held up."""
    async with running(at_once=8):
        people = [studio.world.user(f"person{number}")["id"] for number in range(30)]
        for number, one in enumerate(people):
            studio.command("echo", words=f"word {number}.", user=one)

        def missing() -> list[int]:
            said = "\n".join(one["content"] for one in studio.messages())
            return [number for number in range(30) if f"word {number}." not in said]

        await studio.until(lambda: not missing())
        assert len(await runs_of(gateway)) == 30


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


async def test_the_hosts_say(studio: Studio, gateway: LocalGateway, running: Running) -> None:
    """What the host refuses is told to who asked alone; each run is settled once, with its user."""
    settled: list[tuple[str, str, str]] = []

    def authorize(user: User, deployment: Any, _estimate: float | None) -> str | None:
        return "That is for members." if user.name == "Bob" else None

    def settle(user: User, run: Any, *, key: str) -> None:
        settled.append((user.key, run.state, key))

    async with running(authorize=authorize, settle=settle):
        studio.command("echo", words="hello", user=studio.bob)
        told = await studio.until(lambda: [one for one in studio.messages(user=studio.bob) if one["content"]])
        assert [one["content"] for one in told] == ["That is for members."]
        assert studio.messages() == []
        studio.command("echo", words="hello")
        await studio.until(lambda: settled)
        await studio.until(lambda: [one for one in studio.messages() if "hello" in one["content"]])
        ((user, state, key),) = settled
        assert (user, state, bool(key)) == (f"discord:{studio.ada}", "success", True)
        assert len(await runs_of(gateway)) == 1


async def test_a_picture_too_large_for_the_server(studio: Studio, running: Running) -> None:
    """What Discord would refuse is not sent: one message says how large it is, and the buttons are there."""
    async with running() as bot:
        studio.world.upload = 1000
        cog_of(bot).sender.limits = attrs.evolve(DISCORD, upload=1000)
        studio.command("text_to_picture", prompt="a fox", seed=7, **SMALL)
        (told,) = await studio.until(lambda: [one for one in studio.messages() if "again" in labels(one)])
        assert told["content"]
        assert studio.files() == []
        assert not [status for _, _, status in studio.world.requests if status == 413]


async def test_a_server_that_takes_less_than_it_should(studio: Studio, running: Running) -> None:
    """Where Discord refuses a file all the same, that is told in one message, and the rest arrives."""
    async with running():
        studio.world.upload = 1000
        studio.command("text_to_picture", prompt="a fox", seed=7, **SMALL)
        await studio.until(lambda: [one for one in studio.messages() if "again" in labels(one)])
        assert studio.files() == []
        assert len([status for _, _, status in studio.world.requests if status == 413]) <= 2


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


async def test_an_album(studio: Studio, gateway: LocalGateway, running: Running) -> None:
    """Each picture of a batch is a run of its own, with the same words."""
    async with running():
        png = studio.world.files[(await picture_of(studio))["attachments"][0]["id"]]
        pictures = {"picture": ("a.png", png), "picture_2": ("b.png", png + b"\0")}
        studio.command("batch", workflow="picture-to-picture", values="a wolf steps=1", files=pictures)
        await studio.until(lambda: len(studio.with_files()) == 3)
        _, first, second = await runs_of(gateway)
        assert (first.inputs["prompt"], second.inputs["prompt"]) == ("a wolf", "a wolf")
        assert first.inputs["input_image"] != second.inputs["input_image"]


async def test_any_workflow_by_its_name(studio: Studio, gateway: LocalGateway, running: Running) -> None:
    """Run reaches what has no command, with a file; one that there is not is told with those that are near."""
    async with running():
        png = studio.world.files[(await picture_of(studio))["attachments"][0]["id"]]
        studio.command(
            "run", workflow="picture-to-picture", values="a wolf steps=1", files={"file": ("a.png", png)}
        )
        await studio.until(lambda: len(studio.with_files()) == 2)
        studio.command("run", workflow="picture to pictures")
        await studio.until(
            lambda: [one for one in studio.messages() if "picture-to-picture" in one["content"]]
        )
        assert len(await runs_of(gateway)) == 2
