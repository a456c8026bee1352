"""A whole bot: discord.py, a Discord that enforces its limits, and a gateway that does the work."""

from typing import Any

import discord
from discord.ext import commands

from stationthis_sdk.bots.people import User
from stationthis_sdk.testing import LocalGateway
from tests.bots.discord.conftest import Running
from tests.bots.discord.looking import labels, picture_of, runs_of
from tests.bots.discord.people import Studio
from tests.bots.discord.world import Interaction


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
    """T26: while Discord has not taken the acknowledgement, nothing is asked of the service; then the run comes, once."""
    async with running():
        studio.fail("hang", "POST", "/callback")
        asked = studio.command("echo", words="hello")
        await studio.until(lambda: any(path.endswith("/callback") for _, path, _ in studio.world.requests))
        assert await runs_of(gateway) == ()
        studio.served.loop.call_soon_threadsafe(studio.served.discord.held.set)
        await studio.until(lambda: [one for one in studio.messages() if "hello" in one["content"]])
        assert asked.acknowledged == 5
        assert len(await runs_of(gateway)) == 1


async def test_an_album_of_twelve(studio: Studio, running: Running) -> None:
    """Ten pictures a message: twelve are two messages, each picture once, the buttons on the last."""
    async with running():
        studio.command("dozen")
        first, second = await studio.until(lambda: len(studio.with_files()) == 2 and studio.with_files())
        assert [len(one["attachments"]) for one in (first, second)] == [10, 2]
        assert len(set(studio.files())) == 12
        assert not first["components"]
        assert "again" in labels(second)


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


async def test_a_command_of_one_server_is_the_hosts(studio: Studio, running: Running) -> None:
    """What the host has registered for a server elsewhere has but the name of ours; what it has copied there is ours."""

    def vary() -> Interaction:
        data = {"id": "99", "name": "vary", "type": 1, "guild_id": studio.world.guild, "options": []}
        return studio._interaction(2, studio.general, studio.ada, data)

    async with running() as bot:
        theirs = vary()
        studio.tell(theirs)
        studio.command("echo", words="hello")
        await studio.until(lambda: [one for one in studio.messages() if "hello" in one["content"]])
        assert theirs.acknowledged is None
        bot.tree.copy_global_to(guild=discord.Object(int(studio.world.guild)))
        ours = vary()
        studio.tell(ours)
        await studio.until(lambda: ours.acknowledged)


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


async def test_four_variations(studio: Studio, gateway: LocalGateway, running: Running) -> None:
    """Vary asks for four with new seeds; each has its own status, and none stays when they are done."""
    async with running():
        shown = await picture_of(studio)
        studio.press(shown, "vary")
        await studio.until(lambda: len(studio.with_files()) == 5)
        assert len({one.inputs["seed"] for one in (await runs_of(gateway))}) == 5
        await studio.until(lambda: all(one["attachments"] for one in studio.messages()))


async def test_what_only_its_user_may_read(studio: Studio, running: Running) -> None:
    """Settings, status and help are seen by who asked alone."""
    async with running():
        for name in ("help", "status", "settings", "workflows", "session"):
            asked = studio.command(name)
            answer = await studio.until(lambda asked=asked: studio.answer(asked) or None)
            await studio.until(lambda answer=answer: answer["content"])
        assert len(studio.messages()) == 5
        assert studio.messages(user=studio.bob) == []


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
