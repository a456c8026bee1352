"""Commands and buttons about jobs."""

import asyncio

import attrs
import pytest

from stationthis_sdk.bots.answers.answering import press
from stationthis_sdk.bots.answers.stopping import stop
from stationthis_sdk.bots.people import Attachment, Pressed
from tests.bots.answers.conftest import ADA, BOB, HERE, PATIENCE, SMALL, Bot, file, png
from tests.small_graphs import GRAPH

FOX = f"a fox {SMALL} seed=7"


async def done(bot: Bot, text: str = FOX):
    assert await bot.answer("text_to_picture", text) is None
    return await bot.ended()


async def test_status_tells_what_is_under_way_and_what_became_of_the_last(opened):
    """Each with its code, its place in the queue, and a button that cancels it; at most ten."""
    bot = await opened(start=False)
    nothing = await bot.answer("status")
    assert nothing.text == "You have nothing under way."
    for _ in range(12):
        await bot.answer("text_to_picture", FOX)
    reply = await bot.answer("status")
    jobs = await bot.desk.jobs(ADA)
    lines = reply.text.splitlines()
    assert lines[0] == "You have 12 under way:"
    assert lines[1] == f"{jobs[0].id[:5]} · text-to-picture: waiting, place 1"
    assert lines[-1] == "… and 2 more."
    assert [row[0].data for row in reply.buttons] == [f"st:cancel:{one.id}" for one in jobs[:10]]
    await bot.desk.start()
    await bot.all_ended()
    assert (await bot.answer("status")).text.splitlines()[1] == "Last: text-to-picture, done."


async def test_cancel_takes_one_by_its_code_or_message_or_all(opened):
    """Only one's own; what has ended is told so."""
    bot = await opened(start=False)
    for _ in range(4):
        await bot.answer("text_to_picture", FOX)
    jobs = await bot.desk.jobs(ADA)
    assert (await bot.answer("cancel", jobs[0].id[:5])).text == "Cancelled: text-to-picture."
    assert (await bot.answer("cancel", answers=jobs[1].status_message)).text == "Cancelled: text-to-picture."
    foreign = await bot.answer("cancel", jobs[2].id[:5], user=BOB)
    assert foreign.text == f"I find no job {jobs[2].id[:5]!r} of yours. /status tells what there is."
    assert foreign.code is not None
    not_theirs = await bot.press("cancel", jobs[2], BOB)
    assert not_theirs.text == "Das gehört jemand anderem."
    assert len(await bot.desk.jobs(ADA)) == 2
    assert await bot.press("cancel", jobs[2]) is None
    assert (await bot.answer("cancel")).text == "Cancelled: text-to-picture."
    assert (await bot.answer("cancel")).text == "You have nothing under way."
    assert (await bot.press("cancel", jobs[0])).text == "That has ended already."
    assert not await bot.runs()


async def test_again_repeats_with_a_new_seed(bot: Bot):
    """The last, or the one that is answered to; what is said otherwise holds. It is a child of the one it repeats."""
    assert (await bot.answer("again")).text.startswith("There is nothing of yours to repeat")
    first = await done(bot)
    assert await bot.answer("again") is None
    second = await bot.ended()
    assert second.parent == first.id
    assert {**second.inputs, "seed": 7} == first.inputs
    assert second.inputs["seed"] != 7
    message = bot.platform.sent[0].messages[0]
    assert await bot.answer("again", "steps=2 style=sea", answers=message) is None
    third = await bot.ended()
    assert (third.parent, third.inputs["steps"], third.inputs["style"]) == (first.id, 2, "sea")


async def test_the_button_again_works_for_whoever_presses_it(bot: Bot):
    """It is their job then, and a press that comes twice is one run."""
    job = await done(bot)
    for _ in range(2):
        assert await bot.press("again", job, BOB, key="press-1") is None
    other = await bot.ended(BOB)
    assert (other.user.key, other.parent) == (BOB.key, job.id)
    assert len(await bot.runs()) == 2


async def test_vary_makes_four_with_seeds_of_their_own(bot: Bot):
    """By command and by button; the same press twice makes no more."""
    job = await done(bot)
    assert await bot.press("vary", job, key="press-1") is None
    assert await bot.press("vary", job, key="press-1") is None
    jobs = [one for one in await bot.all_ended() if one.parent == job.id]
    assert len(jobs) == 4
    assert len({one.inputs["seed"] for one in jobs}) == 4
    assert await bot.answer("vary") is None
    assert len([one for one in await bot.all_ended() if one.parent == jobs[0].id]) == 4


async def test_without_a_seed_there_are_no_variations(bot: Bot):
    """Four times the same would cost four times as much: that is told, and nothing is run."""
    await bot.deploy("seedless", GRAPH)
    await bot.answer("seedless", "a fox")
    job = await bot.ended()
    assert (await bot.press("vary", job)).text.startswith("seedless has no seed")
    assert len(await bot.runs()) == 1


async def test_variations_that_the_host_stops_are_told(opened):
    """What was begun goes on, and the host's word is passed on."""
    count = 0

    def three(user, deployment, estimate):
        nonlocal count
        count += 1
        return True if count <= 3 else "Three a day."

    bot = await opened(authorize=three)
    job = await done(bot)
    reply = await bot.press("vary", job)
    assert (reply.text, reply.code) == ("2 of 4 were begun. Three a day.", "unauthorized")
    assert (await bot.press("vary", job)).text == "Three a day."


async def test_tweak_changes_what_is_said_and_keeps_the_rest(bot: Bot):
    """Also the seed, so that only the change shows; plain words are a new prompt."""
    first = await done(bot)
    message = bot.platform.sent[0].messages[0]
    assert await bot.answer("tweak", "steps=2", answers=message) is None
    second = await bot.ended()
    assert second.inputs == {**first.inputs, "steps": 2}
    assert await bot.answer("tweak", "a hare in the snow") is None
    assert (await bot.ended()).inputs == {**second.inputs, "prompt": "a hare in the snow"}
    wrong = await bot.answer("tweak", "steps=99")
    assert "must be within 1–60" in wrong.text


async def test_tweak_without_words_is_a_form_with_what_there_was(bot: Bot):
    """Five lines at the most, the prompt first; it is of a job, so it works after a restart."""
    job = await done(bot)
    for reply in (await bot.answer("tweak"), await bot.press("tweak", job)):
        form = reply.form
        assert (form.job, len(form.fields)) == (job.id, 5)
        assert (form.fields[0].name, form.fields[0].value, form.fields[0].long) == ("prompt", "a fox", True)
        assert {one.name: one.value for one in form.fields}["seed"] == "7"
        assert len(form.title) <= 45


async def test_a_form_that_is_sent_runs_only_what_was_changed(bot: Bot):
    """Lines that say what they said are no change; without any nothing is run; what makes no sense is told."""
    job = await done(bot)
    lines = {one.name: one.value for one in (await bot.press("tweak", job)).form.fields}
    same = await bot.answer("tweak", form=lines, job=job.id)
    assert "Nothing was changed" in same.text
    assert await bot.answer("tweak", form=lines | {"steps": "2", "prompt": "a hare"}, job=job.id) is None
    changed = await bot.ended()
    assert changed.inputs == {**job.inputs, "steps": 2, "prompt": "a hare"}
    wrong = await bot.answer("tweak", form=lines | {"steps": "many"}, job=job.id)
    assert "steps: wants a number" in wrong.text
    assert len(await bot.runs()) == 2


async def test_a_form_of_pictures_leads_to_no_file_of_the_bots_machine(bot: Bot):
    """A line that was made up is refused, and a picture that is attached takes the old one's place."""
    await bot.answer("picture_to_picture", "steps=1", attachments=(file(png(1)),))
    job = await bot.ended()
    form = (await bot.press("tweak", job)).form
    assert "input_image" not in {one.name for one in form.fields}
    reply = await bot.answer("tweak", form={"input_image": "/etc/passwd"}, job=job.id)
    assert "send the file itself" in reply.text
    assert await bot.answer("tweak", attachments=(file(png(2)),), job=job.id) is None
    assert (await bot.ended()).inputs["input_image"] != job.inputs["input_image"]


@pytest.mark.parametrize("command", ["again", "vary", "tweak"])
async def test_whom_the_host_allows_nothing_has_no_picture_fetched(opened, command):
    """Its word comes first, as for a workflow's own command; once it is a yes, each file is fetched once."""
    allowed, read = [True], []

    async def reads():
        read.append(True)
        return png(2)

    bot = await opened(authorize=lambda user, deployment, estimate: allowed[0] or "Members only.")
    await bot.answer("picture_to_picture", "steps=1", attachments=(file(png(1)),))
    first = await bot.ended()
    sent = (Attachment("photo.png", "image/png", 9, reads),)
    allowed[0] = False
    reply = await bot.answer(command, attachments=sent)
    assert (reply.text, read) == ("Members only.", [])
    allowed[0] = True
    assert await bot.answer(command, attachments=sent) is None
    made = [one for one in await bot.all_ended() if one.parent == first.id]
    assert len(made) == (4 if command == "vary" else 1)
    assert all(one.inputs["input_image"] != first.inputs["input_image"] for one in made)
    assert read == [True]


async def test_info_tells_what_a_job_was_given_without_links(bot: Bot):
    """A link to a file would be good for anybody who reads it."""
    await bot.answer("picture_to_picture", "a fox steps=1", attachments=(file(png(1)),))
    job = await bot.ended()
    reply = await bot.press("info", job, BOB)
    assert "prompt = a fox" in reply.text
    assert job.run_id in reply.text
    assert "http" not in reply.text


async def test_buttons_that_are_not_ours_or_of_no_job_do_no_harm(bot: Bot):
    """Those of others are left alone; those of a job that is not there are told."""
    pressed = Pressed("rate_gen:1:funny", ADA, HERE, "k1")
    assert await press(bot.desk, bot.catalogue, pressed) is None
    gone = await press(bot.desk, bot.catalogue, attrs.evolve(pressed, data="st:again:abcdefghijkl"))
    assert gone.text == "I can't find that."
    assert not await bot.runs()


async def test_an_answer_to_a_message_that_is_no_result_means_no_job(bot: Bot):
    """Not the last, and not all: that it is none is told, and nothing is run or stopped."""
    await done(bot)
    for command in ("again", "vary", "tweak", "cancel"):
        reply = await bot.answer(command, answers="98765")
        assert (reply.text, reply.code) == (
            "That message belongs to no result that I know.",
            "invalid_params",
        )
    assert len(await bot.runs()) == 1


async def test_a_code_is_a_code_wherever_it_stands(bot: Bot):
    """It is no prompt: what follows it is; a code that is none of theirs is told, and nothing is paid."""
    first = await done(bot, f"a hare {SMALL} seed=7")
    await done(bot)
    code = first.id[:5]
    assert await bot.answer("again", code) is None
    assert (await bot.ended()).inputs["prompt"] == "a hare"
    assert await bot.answer("again", f"{code} a hare at dusk steps=2") is None
    third = await bot.ended()
    assert (third.inputs["prompt"], third.inputs["steps"], third.parent) == ("a hare at dusk", 2, first.id)
    assert await bot.answer("tweak", f"{code} steps=3") is None
    assert (await bot.ended()).inputs == {**first.inputs, "steps": 3}
    assert (await bot.answer("tweak", code)).form.job == first.id
    before = len(await bot.runs())
    for command in ("again", "vary", "tweak", "cancel"):
        assert (await bot.answer(command, "0000a")).text.startswith("I find no job '0000a' of yours.")
    assert (await bot.answer("cancel", "please")).code == "invalid_params"
    assert len(await bot.runs()) == before


async def test_variations_are_of_what_is_said(bot: Bot):
    """Of the job that is named, with the words; with one seed they would all be the same, so that is refused."""
    first = await done(bot, f"a hare {SMALL} seed=7")
    await done(bot)
    assert "leave the seed out" in (await bot.answer("vary", f"{first.id[:5]} seed=9")).text
    assert len(await bot.runs()) == 2
    assert await bot.answer("vary", f"{first.id[:5]} steps=2") is None
    made = [one for one in await bot.all_ended() if one.parent == first.id]
    assert [(one.inputs["prompt"], one.inputs["steps"]) for one in made] == [("a hare", 2)] * 4
    assert len({one.inputs["seed"] for one in made}) == 4


def texts(*names: str):
    """A workflow that takes these texts."""
    return {
        **{
            str(10 + place): {
                "class_type": "ComfyUIDeployExternalText",
                "inputs": {"input_id": name, "default_value": "x", "display_name": "", "description": ""},
            }
            for place, name in enumerate(names)
        },
        **{name: node for name, node in GRAPH.items() if "External" not in node["class_type"]},
    }


async def test_inputs_may_be_called_as_options_are(bot: Bot):
    """``values``, ``job`` and ``user``: in forms, as words, and as settings."""
    await bot.deploy("odd", texts("values", "job", "user"))
    first = await bot.answer("odd", "values=a job=b user=c")
    assert first is None
    job = await bot.ended()
    lines = {one.name: one.value for one in (await bot.press("tweak", job)).form.fields}
    assert lines == {"values": "a", "job": "b", "user": "c"}
    assert await bot.answer("tweak", form=lines | {"values": "d", "job": "e"}, job=job.id) is None
    assert (await bot.ended()).inputs == {"values": "d", "job": "e", "user": "c"}
    kept = await bot.answer("settings", "odd user=bob")
    assert kept.text == "Kept for odd: user=bob"
    assert await bot.answer("odd", "values=a") is None
    assert (await bot.ended()).inputs["user"] == "bob"


async def test_nothing_is_said_to_be_sent_again_when_nothing_is(bot: Bot):
    """All of it has arrived: that is told."""
    job = await done(bot)
    assert (await bot.press("resend", job)).text == "There is nothing of it to send again."


@pytest.mark.parametrize("late", [False, True])
async def test_cancel_while_the_status_is_said_starts_nothing(opened, late: bool):
    """A job whose first message is on its way is cancelled before it begins, also one written after the jobs were listed."""
    bot = await opened()
    bot.platform.slow = 0.3
    asking = asyncio.create_task(bot.answer("text_to_picture", FOX))
    async with asyncio.timeout(PATIENCE):
        while not bot.desk._courses:  # noqa: ASYNC110 - a condition of the test's own
            await asyncio.sleep(0.005)
    if late:
        assert await stop(bot.desk, ADA) == ["text_to_picture"]
    else:
        assert "text-to-picture" in (await bot.answer("cancel")).text
    assert "cancelled" in (await asking).text
    assert {job.state for job in await bot.all_ended()} == {"cancelled"}
    assert await bot.runs() == ()
