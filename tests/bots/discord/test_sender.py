"""The sender over discord.py and a Discord that enforces its limits: what arrives, what is said of what does not."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import attrs
import discord
import pytest
from discord.ext import commands

from stationthis_sdk.bots.desk.sender import Impossible, NotSent, Unsure
from stationthis_sdk.bots.discord.answering import acknowledge
from stationthis_sdk.bots.discord.opened import Opened
from stationthis_sdk.bots.discord.reading import place_of
from stationthis_sdk.bots.discord.sender import DiscordSender
from stationthis_sdk.bots.people import Place
from stationthis_sdk.bots.render.steps import Button, SentFile, Step
from tests.bots.discord.conftest import connected, new_bot
from tests.bots.discord.people import MIB, Studio

AGAIN = ((Button("↻ Again", "st:again:abc"),),)


@attrs.frozen
class Stage:
    """A sender of a connected bot, whose clock is the stand-in's."""

    studio: Studio
    bot: commands.Bot
    sender: DiscordSender
    came: "asyncio.Queue[discord.Interaction[Any]]"

    async def asked(self, *, hidden: bool = False, channel: str = "") -> tuple[Opened, Place]:
        """Somebody gives a command, and it is acknowledged."""
        self.studio.command("draw", channel=channel)
        interaction = await self.came.get()
        opened = self.sender.opened.open(interaction, hidden=hidden)
        assert opened is not None
        await acknowledge(self.sender, opened)
        return opened, place_of(interaction)

    @property
    def channel(self) -> Place:
        return Place(self.studio.general, more={"user": self.studio.ada})


@pytest.fixture
async def stage(studio: Studio) -> AsyncIterator[Stage]:
    bot = new_bot()
    came: asyncio.Queue[discord.Interaction[Any]] = asyncio.Queue()
    bot.tree.add_command(discord.app_commands.Command(name="draw", description="Draw", callback=_draw))

    async def on_interaction(interaction: discord.Interaction[Any]) -> None:
        came.put_nowait(interaction)

    bot.add_listener(on_interaction)
    async with connected(studio, bot):
        await bot.tree.sync()
        world = studio.world
        yield Stage(studio, bot, DiscordSender(bot, clock=lambda: world.advanced), came)


async def _draw(interaction: discord.Interaction[Any]) -> None:
    """The host's own does nothing."""


def pictures(folder: Path, count: int) -> tuple[Step, list[Path]]:
    """A step of so many pictures, and their files."""
    paths = []
    for number in range(count):
        path = folder / f"spooled-{number}"
        path.write_bytes(b"\x89PNG" + bytes([number]))
        paths.append(path)
    files = tuple(SentFile(number, f"fox-{number}.png") for number in range(count))
    return Step("album" if count > 1 else "photo", files, "A fox", AGAIN), paths


async def test_the_answer_is_what_was_acknowledged(stage: Stage) -> None:
    """What is said first takes the place of the acknowledgement, edits change it, buttons are plain."""
    opened, place = await stage.asked()
    message = await stage.sender.say(place, "place 3 in the queue", AGAIN)
    await stage.sender.edit(place, message, "40 %", AGAIN)
    (shown,) = stage.studio.messages()
    assert (shown["id"], shown["content"], shown["flags"]) == (message, "40 %", 0)
    assert shown["components"][0]["components"][0]["custom_id"] == "st:again:abc"
    assert opened.used


async def test_several_answers_follow_each_other(stage: Stage) -> None:
    """Four jobs of one press each have a message of their own."""
    _, place = await stage.asked()
    ids = [await stage.sender.say(place, f"job {number}") for number in range(4)]
    assert [one["content"] for one in stage.studio.messages()] == [f"job {number}" for number in range(4)]
    await stage.sender.edit(place, ids[2], "job 2 is at 50 %")
    await stage.sender.remove(place, ids[0])
    assert [one["content"] for one in stage.studio.messages()] == ["job 1", "job 2 is at 50 %", "job 3"]


async def test_what_is_private_is_seen_by_who_asked_alone(stage: Stage) -> None:
    """An answer to one person does not stay behind in the channel, whatever it was acknowledged as."""
    _, place = await stage.asked()
    await stage.sender.say(place, "a secret", private=True)
    assert [one["content"] for one in stage.studio.messages()] == ["a secret"]
    assert stage.studio.messages(user=stage.studio.bob) == []


@pytest.mark.parametrize("how", ["edit", "say", "remove"])
async def test_after_minute_14_the_channel_takes_over(stage: Stage, how: str) -> None:
    """T26: the token is not used when it may be dead: a status is edited as a message of the channel, or posted there."""
    _, place = await stage.asked()
    message = await stage.sender.say(place, "working")
    stage.studio.world.advanced += 14 * 60 + 1
    if how == "edit":
        await stage.sender.edit(place, message, "done")
        assert stage.studio.world.edits[-1] == (message, "done", "channel")
    elif how == "remove":
        await stage.sender.remove(place, message)
        assert stage.studio.messages() == []
    else:
        await stage.sender.say(place, "a part may be missing")
        assert [one["content"] for one in stage.studio.messages()] == ["working", "a part may be missing"]
    assert stage.studio.world.requests[-1][1].startswith(f"/channels/{stage.studio.general}/messages")


async def test_a_hidden_answer_can_not_be_changed_later(stage: Stage) -> None:
    """When its token is dead nobody can edit what one person sees: the sender says so, and the desk says it anew."""
    _, place = await stage.asked(hidden=True)
    message = await stage.sender.say(place, "working")
    stage.studio.world.advanced += 15 * 60
    with pytest.raises(Impossible):
        await stage.sender.edit(place, message, "done")
    await stage.sender.remove(place, message)


async def test_a_token_that_died_early_is_told_by_discord(stage: Stage) -> None:
    """A token that Discord does not know any more is not used again; the message is edited through the channel."""
    opened, place = await stage.asked()
    message = await stage.sender.say(place, "working")
    del stage.studio.world.interactions[str(opened.interaction.id)]
    await stage.sender.edit(place, message, "done")
    assert stage.studio.world.edits[-1] == (message, "done", "channel")


async def test_an_acknowledgement_that_came_too_late(stage: Stage) -> None:
    """T26: Discord knows the interaction no more after three seconds, and has told so: nothing is to be begun."""
    told = stage.studio.command("draw", tell=False)
    stage.studio.world.advanced += 4
    stage.studio.tell(told)
    interaction = await stage.came.get()
    opened = stage.sender.opened.open(interaction, hidden=False)
    assert opened is not None
    assert await acknowledge(stage.sender, opened) == "none"


async def test_somebody_else_had_acknowledged_it(stage: Stage) -> None:
    """T26: acknowledged by the host's own handler, or by this bot before a crash, it can still be answered."""
    stage.studio.command("draw")
    interaction = await stage.came.get()
    await interaction.response.defer()
    again = type(interaction)(
        data=stage.studio.world.interactions[str(interaction.id)].body,  # type: ignore[arg-type]
        state=interaction._state,
    )
    opened = stage.sender.opened.open(again, hidden=False)
    assert opened is not None
    assert await acknowledge(stage.sender, opened) == "theirs"
    await stage.sender.say(place_of(again), "working")
    assert [one["content"] for one in stage.studio.messages()] == ["working"]


async def test_pictures_are_posted_to_the_channel(stage: Stage, tmp_path: Path) -> None:
    """Files are uploaded in their order under their names, with the buttons on them, and ping nobody."""
    step, files = pictures(tmp_path, 10)
    step = attrs.evolve(step, text="@everyone a fox")
    (message,) = await stage.sender.send(stage.channel, step, files, key="job:0")
    shown = stage.studio.world.messages[message]
    assert [one["filename"] for one in shown["attachments"]] == [one.filename for one in step.files]
    assert shown["allowed"] == {"parse": []}
    assert shown["components"]


@pytest.mark.parametrize("kind", ["lose", "drop"])
async def test_a_lost_answer_makes_no_second_message(stage: Stage, tmp_path: Path, kind: str) -> None:
    """Whether it arrived is found in the channel; sent again with the same key, Discord itself keeps it one."""
    step, files = pictures(tmp_path, 2)
    stage.studio.fail(kind, "POST", f"/channels/{stage.studio.general}/messages")
    with pytest.raises(Unsure):
        await stage.sender.send(stage.channel, step, files, key="job:0")
    found = await stage.sender.sent_before(stage.channel, step, key="job:0")
    assert len(found or ()) == (1 if kind == "lose" else 0)
    await stage.sender.send(stage.channel, step, files, key="job:0")
    assert len(stage.studio.with_files()) == 1
    assert await stage.sender.sent_before(stage.channel, step, key="job:1") == ()


async def test_a_part_that_went_to_its_user_alone_is_found(stage: Stage, tmp_path: Path) -> None:
    """Where a channel may be read and not written, what went by direct message is not taken for missing."""
    step, files = pictures(tmp_path, 1)
    _, place = await stage.asked()
    stage.studio.world.closed.add(stage.studio.general)
    stage.studio.world.advanced += 14 * 60 + 1
    sent = await stage.sender.send(place, step, files, key="job:0")
    stage.studio.world.closed.clear()
    assert await stage.sender.sent_before(place, step, key="job:0") == sent
    assert await stage.sender.sent_before(place, step, key="job:1") == ()


async def test_a_text_is_found_by_its_words_and_buttons(stage: Stage) -> None:
    """Texts have no file to be known by: they are known by what they say, and whose job their buttons are about."""
    step = Step("text", text="It is finished.", buttons=AGAIN)
    other = attrs.evolve(step, buttons=((Button("↻", "st:again:other"),),))
    await stage.sender.send(stage.channel, step, [], key="a:0")
    assert await stage.sender.sent_before(stage.channel, step, key="a:0")
    assert await stage.sender.sent_before(stage.channel, other, key="b:0") == ()


async def test_words_alone_are_nobodys(stage: Stage) -> None:
    """Equal words may be another job's: they are sent again while Discord itself makes no second, and then in doubt."""
    step = Step("text", text="the same words")
    (first,) = await stage.sender.send(stage.channel, step, [], key="a:0")
    assert await stage.sender.sent_before(stage.channel, step, key="b:0") is None  # of a process before
    assert await stage.sender.sent_before(stage.channel, step, key="a:0") == ()
    assert await stage.sender.send(stage.channel, step, [], key="a:0") == (first,)
    await stage.sender.send(stage.channel, step, [], key="b:0")
    assert [one["content"] for one in stage.studio.messages()] == ["the same words"] * 2


async def test_a_status_whose_answer_is_lost_is_one(stage: Stage) -> None:
    """What is said is said again where its answer was lost, and Discord makes no second of it."""
    stage.studio.fail("lose", "POST", f"/channels/{stage.studio.general}/messages")
    message = await stage.sender.say(stage.channel, "working")
    await stage.sender.edit(stage.channel, message, "done")
    assert [one["content"] for one in stage.studio.messages()] == ["done"]


async def test_older_messages_are_not_taken_for_a_part(stage: Stage) -> None:
    """Only what came after the command counts."""
    step = Step("text", text="It is finished.", buttons=AGAIN)
    await stage.sender.send(stage.channel, step, [], key="a:0")
    _, place = await stage.asked()
    assert await stage.sender.sent_before(place, step, key="b:0") == ()


async def test_where_too_much_was_said_since_nobody_can_tell(stage: Stage) -> None:
    """A part may be farther back than is looked: that is not said to be surely missing."""
    _, place = await stage.asked()
    step = Step("text", text="It is finished.", buttons=AGAIN)
    await stage.sender.send(place, step, [], key="a:0")
    for number in range(299):
        stage.studio.say(f"talk {number}", tell=False)
    assert await stage.sender.sent_before(place, step, key="a:0")
    stage.studio.say("more talk", tell=False)
    assert await stage.sender.sent_before(place, step, key="a:0") is None


async def test_where_nobody_may_read_nobody_can_tell(stage: Stage, tmp_path: Path) -> None:
    """Without access to the channel it stays open whether a part arrived."""
    step, _ = pictures(tmp_path, 1)
    stage.studio.world.closed.add(stage.studio.general)
    assert await stage.sender.sent_before(stage.channel, step, key="job:0") is None


async def test_without_a_right_to_write_the_interaction_is_answered(stage: Stage, tmp_path: Path) -> None:
    """Pictures follow the interaction where the bot may not post."""
    step, files = pictures(tmp_path, 2)
    _, place = await stage.asked()
    stage.studio.world.closed.add(stage.studio.general)
    (message,) = await stage.sender.send(place, step, files, key="job:0")
    assert stage.studio.world.messages[message]["channel_id"] == stage.studio.general
    assert len(stage.studio.world.messages[message]["attachments"]) == 2


async def test_without_a_right_and_a_token_who_asked_is_written_to(stage: Stage, tmp_path: Path) -> None:
    """After minute 14 what may not be posted goes to who asked, and is found there; who takes none can't be reached."""
    step, files = pictures(tmp_path, 2)
    _, place = await stage.asked()
    stage.studio.world.closed.add(stage.studio.general)
    stage.studio.world.advanced += 14 * 60 + 1
    alone = stage.studio.world.direct(stage.studio.ada)["id"]
    (message,) = await stage.sender.send(place, step, files, key="job:0")
    said = await stage.sender.say(place, "a part may be missing")
    assert [stage.studio.world.messages[one]["channel_id"] for one in (message, said)] == [alone, alone]
    assert await stage.sender.sent_before(place, step, key="job:0") == (message,)
    assert await stage.sender.sent_before(place, step, key="job:1") is None
    stage.studio.world.no_dms.add(stage.studio.ada)
    with pytest.raises(Impossible):
        await stage.sender.send(place, step, files, key="job:1")
    with pytest.raises(Impossible):
        await stage.sender.say(place, "hello")


async def test_what_is_for_one_alone_goes_to_them(stage: Stage, tmp_path: Path) -> None:
    """A private step goes to the direct conversation; who takes none of the bot's can't be reached."""
    step, files = pictures(tmp_path, 1)
    step = attrs.evolve(step, private=True)
    (message,) = await stage.sender.send(stage.channel, step, files, key="job:0")
    there = stage.studio.world.messages[message]["channel_id"]
    assert stage.studio.world.channels[there]["with"] == stage.studio.ada
    assert await stage.sender.sent_before(stage.channel, step, key="job:0") == (message,)
    stage.studio.world.no_dms.add(stage.studio.ada)
    with pytest.raises(Impossible):
        await stage.sender.send(stage.channel, step, files, key="job:1")


async def test_a_flood_wait_is_waited_for(stage: Stage, tmp_path: Path) -> None:
    """A short one inside; a long one is told, with its time, and nothing has arrived."""
    step, files = pictures(tmp_path, 1)
    where = f"/channels/{stage.studio.general}/messages"
    stage.studio.fail("flood", "POST", where, retry_after=0.01)
    await stage.sender.send(stage.channel, step, files, key="job:0")
    stage.studio.fail("flood", "POST", where, retry_after=900.0)
    with pytest.raises(NotSent) as told:
        await stage.sender.send(stage.channel, step, files, key="job:1")
    assert told.value.retry_after == 900.0
    assert len(stage.studio.with_files()) == 1


async def test_a_file_too_large_for_the_server_is_never_taken(stage: Stage, tmp_path: Path) -> None:
    """Discord refuses it; that is no reason to try again."""
    step, files = pictures(tmp_path, 1)
    await asyncio.to_thread(files[0].write_bytes, bytes(stage.studio.world.upload + MIB))
    with pytest.raises(Impossible, match="too large"):
        await stage.sender.send(stage.channel, step, files, key="job:0")


async def test_discord_is_not_there(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """When no connection was made nothing has arrived; the same may be sent again."""
    monkeypatch.setattr(discord.http.Route, "BASE", "http://127.0.0.1:9/api/v10")
    with pytest.raises(NotSent):
        await stage.sender.send(stage.channel, Step("text", text="hello"), [], key="job:0")


async def test_what_is_gone_is_no_trouble(stage: Stage) -> None:
    """Removing what somebody removed is no error; changing it is impossible, so that an end is said anew."""
    _, place = await stage.asked()
    message = await stage.sender.say(place, "working")
    stage.studio.world.messages[message]["gone"] = True
    await stage.sender.remove(place, message)
    with pytest.raises(Impossible):
        await stage.sender.edit(place, message, "done")
    stage.studio.world.advanced += 15 * 60
    await stage.sender.remove(place, message)
    with pytest.raises(Impossible):
        await stage.sender.edit(place, message, "done")


async def test_no_token_is_in_a_place(stage: Stage) -> None:
    """Places are written to disk: what could answer an interaction is not in them, nor in what is shown of one."""
    opened, place = await stage.asked()
    token = opened.interaction.token
    assert token not in repr(place)
    assert token not in repr(opened)
