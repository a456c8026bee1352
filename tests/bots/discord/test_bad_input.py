"""What goes wrong where people are: one clear answer each, no crash, nothing lost."""

import asyncio
import logging
import sys
from pathlib import Path
from typing import Any

import attrs
import discord
import pytest

from stationthis_sdk import AsyncStationThis
from stationthis_sdk.bots.render.limits import DISCORD
from stationthis_sdk.testing import LocalGateway
from tests.bots.discord.conftest import Running
from tests.bots.discord.looking import SMALL, cog_of, labels, picture_of, runs_of, until_running
from tests.bots.discord.people import MIB, Studio


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


async def test_no_right_to_write_in_the_channel(studio: Studio, running: Running) -> None:
    """The interaction is answered where the bot may not post: the pictures come as its answer."""
    async with running():
        studio.world.closed.add(studio.general)
        shown = await picture_of(studio)
        assert labels(shown) == ["again", "vary", "tweak", "info"]


async def test_no_right_at_all(studio: Studio, gateway: LocalGateway, running: Running) -> None:
    """Where neither works any more it comes to who asked; takes they none, status has a button to have it sent again."""
    async with running() as bot:
        cog_of(bot).sender.opened.clock = lambda: studio.world.advanced
        gateway.faults.stall(at="running", times=1)
        studio.command("text_to_picture", prompt="a fox", seed=7, **SMALL)
        await until_running(gateway)
        studio.world.closed.add(studio.general)
        studio.world.advanced += 15 * 60
        gateway.faults.clear()
        alone = studio.world.direct(studio.ada)["id"]
        (shown,) = await studio.until(lambda: studio.with_files(alone))
        assert labels(shown) == ["again", "vary", "tweak", "info"]
        assert (await runs_of(gateway))[0].state == "success"


async def test_who_takes_no_direct_messages_either(
    studio: Studio, gateway: LocalGateway, running: Running
) -> None:
    """Nothing is lost: status tells of it where it is asked, and its button has it sent again when that is possible."""
    async with running() as bot:
        cog_of(bot).sender.opened.clock = lambda: studio.world.advanced
        gateway.faults.stall(at="running", times=1)
        studio.command("text_to_picture", prompt="a fox", seed=7, **SMALL)
        await until_running(gateway)
        studio.world.closed.add(studio.general)
        studio.world.no_dms.add(studio.ada)
        studio.world.advanced += 15 * 60
        gateway.faults.clear()
        other = studio.world.channel("studio")["id"]

        def told() -> Any:
            return [one for one in studio.messages(other) if "resend" in labels(one)]

        async with asyncio.timeout(45):
            while not told():
                studio.command("status", channel=other)
                await asyncio.sleep(0.5)
        studio.world.closed.clear()
        studio.press(told()[0], "resend")
        await studio.until(studio.with_files)
        assert len(await runs_of(gateway)) == 1


async def test_a_workflow_that_takes_pictures_alone(
    studio: Studio, gateway: LocalGateway, running: Running
) -> None:
    """There is nothing that a form could change: no button leads to one, and the command says what it takes."""
    only = {
        "1": {"class_type": "ComfyUIDeployExternalImage",
              "inputs": {"input_id": "image", "display_name": "", "description": ""}},
        "3": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
    }  # fmt: skip
    await asyncio.to_thread(gateway.deploy, "upscale", only)
    async with running():
        png = studio.world.files[(await picture_of(studio))["attachments"][0]["id"]]
        studio.command("upscale", files={"image": ("a.png", png)})
        shown = (await studio.until(lambda: studio.with_files()[1:]))[0]
        assert "tweak" not in labels(shown)
        asked = studio.command("tweak")
        told = await studio.until(lambda: studio.answer(asked))
        await studio.until(lambda: "image" in told["content"])
        assert (asked.modal, labels(told)) == (None, [])


async def test_files_are_not_fetched_for_who_may_not_run_it(
    studio: Studio, gateway: LocalGateway, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Strangers don't fill the bot's memory: the host is asked first, and one message brings so much at the most."""
    fetched: list[int] = []
    read = discord.Attachment.read

    async def counted(self: discord.Attachment, **more: Any) -> bytes:
        fetched.append(self.size)
        return await read(self, **more)

    monkeypatch.setattr(discord.Attachment, "read", counted)
    async with running(authorize=lambda user, *_: user.name != "Bob"):
        file = {"input_image": ("a.png", b"a picture")}
        studio.command("picture_to_picture", files=file, prompt="a fox", user=studio.bob)
        await studio.until(lambda: [one for one in studio.messages(user=studio.bob) if one["content"]])
        asked = studio.command("batch", tell=False, workflow="picture-to-picture", files={
            f"picture{'' if n == 1 else f'_{n}'}": (f"{n}.png", b"large") for n in (1, 2, 3)})  # fmt: skip
        for one in asked.body["data"]["resolved"]["attachments"].values():
            one["size"] = 40 * MIB
        studio.tell(asked)
        await studio.until(lambda: [one for one in studio.messages() if one["content"]])
        assert fetched == []
        assert await runs_of(gateway) == ()


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


async def test_no_secret_of_discord_is_kept(
    studio: Studio, st: AsyncStationThis, running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the bot's token, nor an interaction's, nor a link of Discord's is on disk or in a log, also where it fails."""
    caplog.set_level(logging.INFO)
    async with running():
        png = studio.world.files[(await picture_of(studio))["attachments"][0]["id"]]
        studio.fail("drop", "POST", "/callback")
        studio.fail("drop", "GET", "/attachments")
        asked = studio.command(
            "picture_to_picture", files={"input_image": ("mine.png", png)}, **SMALL_PICTURE
        )
        await studio.until(lambda: len(studio.with_files()) == 2)
    kept = b"".join(await asyncio.to_thread(_everything, st.settings.home))
    # Those of discord.py with them, and tracebacks; but that of the stand-in itself.
    logged = "\n".join(
        caplog.handler.format(one) for one in caplog.records if not one.name.startswith("aiohttp")
    )
    assert "not acknowledged" in logged
    assert b"picture-to-picture" in kept
    for secret in (studio.world.token, asked.token, "/attachments/", "c0ffee"):
        assert secret.encode() not in kept
        assert secret not in logged


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


SMALL_PICTURE: dict[str, Any] = {"prompt": "a wolf", "steps": 1}


def _everything(folder: Path) -> list[bytes]:
    return [one.read_bytes() for one in folder.rglob("*") if one.is_file()]
