"""Commands that run a deployment: what was given, over what is preferred; and what goes wrong, in one sentence."""

import asyncio
import logging

import attrs
import pytest

from stationthis_sdk.bots.answers.answering import answer
from stationthis_sdk.bots.answers.naming import name_and_rest
from stationthis_sdk.bots.commands.catalogue import Catalogue
from stationthis_sdk.bots.commands.fixed import FIXED
from stationthis_sdk.bots.desk.sender import Impossible
from stationthis_sdk.bots.people import Attachment
from stationthis_sdk.store.preferences import PreferenceLedger
from stationthis_sdk.testing import deploying
from tests.bots.answers.conftest import ADA, BOB, HERE, SMALL, Bot, asks, file, png
from tests.small_graphs import GRAPH

TOKEN_LINK = "https://api.telegram.org/file/bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsawx/photos/a.jpg"


async def test_a_command_runs_its_deployment(bot: Bot):
    """Words are the prompt, name=value words inputs; the desk says all there is, so there is no reply."""
    assert await bot.answer("text_to_picture", f"a fox {SMALL} seed=7") is None
    job = await bot.ended()
    assert job.state == "done"
    assert job.inputs == {"prompt": "a fox", "steps": 1, "width": 64, "height": 64, "seed": 7}
    assert bot.platform.kinds == [("photo", 1)]


async def test_the_same_update_twice_starts_one_run(bot: Bot):
    """Whatever is delivered again starts nothing."""
    asked = asks("text_to_picture", f"a fox {SMALL}")
    for _ in range(2):
        assert await answer(bot.desk, bot.catalogue, asked) is None
    await bot.all_ended()
    assert len(await bot.runs()) == 1


async def test_run_takes_any_workflow_by_its_name(bot: Bot):
    """A name may have spaces, its command's name is as good, and one in quotes is taken as it is."""
    await bot.deploy("Two Words", GRAPH)
    for text in ("two words a hare", '"Two Words" a hare', "two_words a hare", "/two_words a hare"):
        assert await bot.answer("run", text) is None
    assert await bot.answer("run", options={"workflow": "Two Words", "values": "a hare"}) is None
    jobs = await bot.all_ended()
    assert [(one.deployment, one.inputs) for one in jobs] == [("Two Words", {"prompt": "a hare"})] * 5
    reply = await bot.answer("run", "")
    assert "/run" in reply.text


async def test_a_picture_comes_along_as_bytes(bot: Bot):
    """It is uploaded; no link of the platform is in an input."""
    assert await bot.answer("picture_to_picture", "steps=1", attachments=(file(png(1)),)) is None
    job = await bot.ended()
    assert job.state == "done"
    assert job.inputs["input_image"].startswith("http")


async def test_a_missing_picture_is_one_sentence_that_says_what_to_do(bot: Bot):
    """In the user's language; nothing is started."""
    reply = await bot.answer("picture_to_picture", "a fox")
    assert (
        reply.text == "picture-to-picture needs a picture: send it with the command, or reply to one with it."
    )
    assert (reply.code, reply.private) == ("invalid_params", True)
    in_german = await bot.answer("picture_to_picture", user=BOB)
    assert in_german.text.startswith("picture-to-picture braucht ein Bild")
    assert not await bot.runs()
    assert not bot.platform.said


@pytest.mark.parametrize(
    ("command", "text", "files", "told"),
    [
        ("text_to_picture", "a fox steps=99", (), "steps: must be within 1–60"),
        ("text_to_picture", "a fox stpes=9", (), "did you mean 'steps'?"),
        ("text_to_picture", "a fox style=purple", (), "is none of"),
        ("text_to_picture", "a fox", (file(png()),), "there is no place for the picture"),
        (
            "picture_to_picture",
            "",
            (file(b"GIF89a", "a.mp4", "video/mp4"),),
            "there is no place for the video",
        ),
        ("picture_to_picture", "", (file(b"%PDF-1.4 x", "a.png"),), "wants an image file"),
        ("picture_to_picture", "", (file(b"", "a.png"),), "is empty"),
        ("picture_to_picture", "", (file(png()[:200], "a.png"),), "is damaged"),
        ("picture_to_picture", "input_image=/etc/passwd", (), "send the file itself, or its web address"),
        ("picture_to_picture", "image=~/.ssh/id_rsa", (), "send the file itself, or its web address"),
    ],
)
async def test_bad_input_is_one_clear_reply_and_nothing_is_run(bot: Bot, command, text, files, told):
    """Wrong numbers, names, choices and files, and paths of the bot's own machine: told before anything is spent."""
    reply = await bot.answer(command, text, attachments=files)
    assert told in reply.text
    assert (reply.code, reply.private) == ("invalid_params", True)
    assert not await bot.runs()
    assert not await bot.desk.jobs(ADA, live=False)


async def test_a_deployment_that_vanished_is_told_with_what_there_is(bot: Bot):
    """Its command is still registered, and known here or not."""
    await bot.deploy("portrait", GRAPH)
    await (await bot.st.workflows.get("portrait")).delete()
    await bot.st.deployments.list(refresh=True)
    reply = await bot.answer("portrait", "a fox")
    assert reply.code == "invalid_workflow_deployment"
    await bot.catalogue.refresh()
    reply = await bot.answer("portrait", "a fox")
    assert reply.text.startswith("I know no command /portrait.")
    near = await bot.answer("text_to_pictures", "a fox")
    assert "/text_to_picture" in near.text
    assert not await bot.runs()


async def test_a_file_that_can_not_be_fetched_is_one_sentence(bot: Bot, caplog: pytest.LogCaptureFixture):
    """Whatever the platform's library raises: no link of it is in the reply or the log (T14)."""

    async def broken() -> bytes:
        raise RuntimeError(f"could not get {TOKEN_LINK}")

    with caplog.at_level(logging.DEBUG):
        reply = await bot.answer(
            "picture_to_picture", attachments=(Attachment("big.png", "image/png", None, broken),)
        )
    assert reply.text == "big.png could not be fetched from the chat: send it again, smaller if it is large."
    assert "AAHdq" not in caplog.text + reply.text


async def test_what_nobody_thought_of_is_told_generally_and_logged(
    bot: Bot, caplog: pytest.LogCaptureFixture
):
    """One bad update stops no bot, and what went wrong is in the log with its traceback."""
    broken = attrs.evolve(asks("text_to_picture", "a fox"), options=7)
    with caplog.at_level(logging.ERROR):
        reply = await answer(bot.desk, bot.catalogue, broken)
    assert reply.code == "workflow_error"
    assert "log" in reply.text
    assert "AttributeError" in caplog.text


async def test_the_hosts_no_is_what_the_user_is_told(opened):
    """A text is passed on; False is a general sentence; a hook that raises is a no."""

    def refuse(user, deployment, estimate):
        if user.id == "1":
            return "Members only."
        raise ZeroDivisionError

    bot = await opened(authorize=refuse)
    reply = await bot.answer("text_to_picture", f"a fox {SMALL}")
    assert (reply.text, reply.code) == ("Members only.", "unauthorized")
    broken = await bot.answer("text_to_picture", f"a fox {SMALL}", user=BOB)
    assert broken.private
    assert not await bot.runs()


async def test_preferences_are_merged_under_what_the_command_gave(bot: Bot):
    """A person's own, by common words or names; the command's own words win; others' are not theirs."""
    await bot.st.preferences.set("text-to-picture", steps=2, width=64, height=64, style="sea", user=ADA.key)
    assert await bot.answer("text_to_picture", "a fox steps=1") is None
    job = await bot.ended()
    assert {name: job.inputs[name] for name in ("steps", "width", "height", "style")} == {
        "steps": 1, "width": 64, "height": 64, "style": "sea",
    }  # fmt: skip
    assert await bot.answer("text_to_picture", f"a fox {SMALL}", user=BOB) is None
    assert "style" not in (await bot.ended(BOB)).inputs


async def test_a_preference_is_never_a_file_of_the_bots_machine(bot: Bot, tmp_path):
    """Whoever wrote it there, by whatever way: only web addresses are sent."""
    picture = tmp_path / "secret.png"
    picture.write_bytes(png())
    kept = PreferenceLedger(bot.st._ready.context.ledger)
    await kept.change(ADA.key, "picture-to-picture", {"input_image": str(picture)})
    reply = await bot.answer("picture_to_picture", "steps=1")
    assert "needs a picture" in reply.text
    assert not await bot.runs()


async def test_a_bot_that_has_just_started_knows_its_commands_t19(bot: Bot):
    """T19: what is asked before anybody looked what is deployed is answered all the same."""
    just_started = attrs.evolve(bot, catalogue=Catalogue(bot.st, bot.platform.limits))
    assert await just_started.answer("text_to_picture", f"a fox {SMALL}") is None
    assert (await bot.ended()).state == "done"


async def test_on_discord_options_are_typed(opened):
    """As the command's options say, an attachment among them."""
    bot = await opened(discord=True)
    options = {"prompt": "a fox", "steps": 1, "input_image": file(png())}
    assert await bot.answer("picture_to_picture", options=options) is None
    assert (await bot.ended()).inputs["prompt"] == "a fox"
    menu = await bot.answer("Use for picture-to-picture", attachments=(file(png(2)),))
    assert menu is None
    assert (await bot.ended()).state == "done"


async def test_where_the_bot_may_not_write_nothing_is_started(bot: Bot):
    """No permission in the chat: one reply, for whoever can give it, and no run."""
    bot.platform.mute = Impossible("Forbidden: bot was kicked")
    reply = await bot.answer("text_to_picture", f"a fox {SMALL}", place=HERE)
    assert reply.code == "undeliverable"
    assert not await bot.runs()


NASTY = (
    "", "\x00\x07", "\ud83d", "🦊" * 400, "=", "a=", "=b", 'a="b', '"', "x" * 4000, "-1", "../../etc/passwd", "%s {0} {name} {",
    "all", "[[x]]", "\n\n", "\u202e\u200f", "a" * 11 + "1", " ".join(f"w{number}=1" for number in range(500)),
)  # fmt: skip


@pytest.mark.parametrize(
    "command", [*(one.name for one in FIXED), "picture_to_picture", "train_lora", "nothing_such"]
)
async def test_whatever_is_typed_is_answered_and_never_an_exception(bot: Bot, command, caplog):
    """One sentence that can be sent, whatever strangers send; nothing is run, nothing is unforeseen."""
    for text in NASTY:
        reply = await bot.answer(command, text)
        assert reply is not None
        assert reply.text.strip()
        assert reply.text.encode()
        assert len(reply.text) <= bot.platform.limits.text
        assert reply.code != "workflow_error", reply
    assert not await bot.runs()
    assert "nobody thought of" not in caplog.text


async def test_a_bot_that_has_just_started_knows_names_of_several_words(bot: Bot):
    """The first command has it look what is deployed, whatever that command is."""
    await bot.deploy("Two Words", GRAPH)
    fresh = Catalogue(bot.st, bot.platform.limits)
    assert await answer(bot.desk, fresh, asks("run", "Two Words a hare")) is None
    assert (await bot.ended()).inputs == {"prompt": "a hare"}


async def test_two_workflows_of_one_name_have_commands_of_their_own(bot: Bot):
    """Each runs its own; the name alone is answered with both commands; nowhere is an id shown."""
    await bot.deploy("twins", GRAPH)
    second = await asyncio.to_thread(bot.gateway.deploy, "twins2", GRAPH)

    def rename(tables):
        found = tables.find(deploying.Workflow, "name = ?", "twins2")[0]
        tables.change(deploying.Workflow, found.id, name="twins")

    services = bot.gateway._started().services
    await asyncio.to_thread(lambda: bot.gateway._call(services.database.do(rename)))
    await bot.st.deployments.list(refresh=True)
    await bot.catalogue.refresh()
    commands = [one.name for one in bot.catalogue.deployments if one.workflow == "twins"]
    assert len(commands) == 2
    assert all(one.startswith("twins_") for one in commands)
    reply = await bot.answer("run", "twins a fox")
    assert reply.text == f"Several workflows are called so: /{commands[0]}, /{commands[1]}."
    listed = await bot.answer("workflows", options={"search": "TWINS"})
    assert [line.partition(" ")[0] for line in listed.text.splitlines()[1:]] == [
        f"/{one}" for one in commands
    ]
    assert str(second) not in listed.text + reply.text
    kept = await bot.answer("settings", f"{commands[0]} prompt=owl")
    assert kept.text == "Kept for twins: prompt=owl"
    assert "twins: prompt=owl" in (await bot.answer("settings")).text
    ran = set()
    for command in commands:
        assert await bot.answer(command, "a fox") is None
        job = await bot.ended()
        assert (job.state, job.deployment) == ("done", "twins")
        ran.add((await bot.st.runs.get(job.run_id)).record.deployment_id)
        assert await bot.answer("tweak", "a hare") is None
        await bot.ended()
    assert len(ran) == 2
    assert str(second) in ran


async def test_the_longest_name_counts_and_a_long_text_is_no_name(bot: Bot):
    """Of names that begin alike; words far behind are looked at by nobody."""
    for name in ("fox", "fox in snow"):
        await bot.deploy(name, GRAPH)
    assert name_and_rest(bot.catalogue, "Fox in-snow at dusk") == ("fox in snow", "at dusk")
    assert name_and_rest(bot.catalogue, "fox in the snow") == ("fox", "in the snow")
    assert name_and_rest(bot.catalogue, "x" * 5000 + " fox") == ("x" * 5000, "fox")
