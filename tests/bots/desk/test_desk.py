"""From what somebody asks for to its last part: told politely, delivered once, remembered."""

import asyncio

import pytest

from stationthis_sdk.bots.desk.desk import Desk
from stationthis_sdk.bots.desk.verdicts import Denied
from stationthis_sdk.bots.people import Place
from stationthis_sdk.errors import InvalidInput, NotFound
from stationthis_sdk.testing import LocalGateway
from tests.bots.desk.conftest import ADA, BOB, HERE, SMALL, THERE, ended, runs_of, until
from tests.bots.desk.platform import Platform, buttons_of, impossible


async def test_a_picture_is_asked_for_and_arrives(desk: Desk, platform: Platform, own: LocalGateway) -> None:
    """Ask: a status with a button to cancel; then the picture with its buttons; the status goes; all is remembered."""
    job = await desk.ask(ADA, HERE, "text-to-picture", {"prompt": "a fox", **SMALL}, key="u1")
    assert (job.state in {"waiting", "sending"}, job.deployment, job.inputs["prompt"]) == (
        True,
        "text-to-picture",
        "a fox",
    )
    assert [button.data for row in platform.buttons[job.status_message] for button in row] == [
        f"st:cancel:{job.id}"
    ]
    done = await ended(desk, job.id)
    [run] = await runs_of(own)
    assert (done.state, done.run_id, done.problem) == ("done", run.id, None)
    assert platform.kinds == [("photo", 1)]
    assert platform.sent[0].contents[0].startswith(b"\x89PNG")
    assert f"st:again:{job.id}" in buttons_of(platform.sent[0].step)
    assert platform.removed == [job.status_message]
    assert (await desk.job_of_message(HERE, platform.sent[0].messages[0])).id == job.id
    assert (await desk.job_of_message(HERE, job.status_message)).id == job.id
    assert await desk.job_of_message(THERE, job.status_message) is None
    assert (await desk.last(ADA)).id == job.id
    assert await desk.jobs(ADA) == []
    assert [one.id for one in await desk.jobs(ADA, live=False)] == [job.id]
    assert list((desk.st.settings.home / "bots").rglob("*.png")) == []


async def test_eleven_pictures_are_two_messages(desk: Desk, platform: Platform) -> None:
    """An album of ten and one more, each file once; the buttons are under the last, for albums have none."""
    job = await desk.ask(ADA, HERE, "eleven", {}, key="u1")
    assert (await ended(desk, job.id)).state == "done"
    assert [count for _, count in platform.kinds if count] == [10, 1]
    assert buttons_of(platform.sent[0].step) == []
    assert f"st:again:{job.id}" in buttons_of(platform.sent[-1].step)


async def test_the_same_update_twice(desk: Desk, own: LocalGateway, platform: Platform) -> None:
    """One update that comes twice, at once or later, is one job and one run."""
    first, second = await asyncio.gather(
        *(desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="same") for _ in range(2))
    )
    await ended(desk, first.id)
    third = await desk.ask(ADA, HERE, "echo", {"words": "other"}, key="same")
    assert first.id == second.id == third.id
    assert len(await runs_of(own)) == 1
    assert [one.step.text for one in platform.sent] == ["hi"]


async def test_what_is_wrong_is_told_before_anything_is_sent(desk: Desk, own: LocalGateway) -> None:
    """A missing picture, a wrong type, an unknown name, a path of this machine: one error each, and no run."""
    wrong = [
        ("picture-to-picture", {"prompt": "a fox"}, InvalidInput, "picture"),
        ("text-to-picture", {"prompt": "a fox", "steps": "many"}, InvalidInput, "steps"),
        ("text-to-pictur", {"prompt": "a fox"}, NotFound, "text-to-picture"),
        (
            "picture-to-picture",
            {"prompt": "a fox", "input_image": "/etc/passwd"},
            InvalidInput,
            "send the file itself",
        ),
        (
            "picture-to-picture",
            {"prompt": "a fox", "input_image": "~/x.png"},
            InvalidInput,
            "send the file itself",
        ),
    ]
    for deployment, inputs, kind, says in wrong:
        with pytest.raises(kind, match=says):
            await desk.ask(ADA, HERE, deployment, inputs, key="u1")
    assert await runs_of(own) == ()
    assert await desk.last(ADA) is None


async def test_again_draws_another_seed(desk: Desk, own: LocalGateway, platform: Platform) -> None:
    """Again: the same inputs, another seed, its parent remembered; with changes these; without new seeds the same one."""
    first = await desk.ask(ADA, HERE, "text-to-picture", {"prompt": "a fox", **SMALL}, key="u1")
    again = await desk.again(first.id, BOB, THERE, key="u2")
    same = await desk.again(first.id, ADA, HERE, key="u3", changes={"prompt": "a hare"}, new_seeds=False)
    assert (again.parent, again.user.id, again.inputs["prompt"]) == (first.id, "2", "a fox")
    assert again.inputs["seed"] != first.inputs["seed"] == same.inputs["seed"]
    assert same.inputs["prompt"] == "a hare"
    for job in (first, again, same):
        assert (await ended(desk, job.id)).state == "done"
    assert sorted(one.chat for one in platform.sent) == ["1", "1", "2"]
    assert len(await runs_of(own)) == 3
    with pytest.raises(NotFound):
        await desk.again("nosuchjob123", ADA, HERE, key="u4")


async def test_pictures_go_as_bytes(desk: Desk, own: LocalGateway, platform: Platform) -> None:
    """A picture's bytes are uploaded; what waits, and what the run is given, is a link of the service."""
    first = await desk.ask(ADA, HERE, "text-to-picture", {"prompt": "a fox", **SMALL}, key="u1")
    await ended(desk, first.id)
    picture = platform.sent[0].contents[0]
    second = await desk.ask(
        ADA, HERE, "picture-to-picture", {"prompt": "a fox", "input_image": picture, "steps": 1}, key="u2"
    )
    assert second.inputs["input_image"].startswith("http")
    assert (await ended(desk, second.id)).state == "done"
    assert len(platform.sent) == 2


async def test_a_bot_that_may_not_write_there_starts_nothing(
    desk: Desk, own: LocalGateway, platform: Platform
) -> None:
    """No permission in the chat: one word to whoever asked, nothing run, the next job is served as ever."""
    platform.mute = impossible()
    with pytest.raises(Denied) as denied:
        await desk.ask(ADA, Place("9"), "echo", {"words": "hi"}, key="u1")
    assert denied.value.code == "undeliverable"
    platform.mute = None
    job = await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u2")
    await ended(desk, job.id)
    assert len(await runs_of(own)) == 1


async def test_a_failed_run_is_one_sentence(desk: Desk, platform: Platform) -> None:
    """A run that fails: its status says why in one sentence, without buttons; the job has problem and code."""
    job = await desk.ask(ADA, HERE, "eleven", {"size": 0}, key="u1")
    failed = await ended(desk, job.id)
    assert (failed.state, failed.code) == ("failed", "generation_failed")
    assert platform.said[job.status_message][-1] == failed.problem
    assert platform.buttons[job.status_message] == ()
    assert platform.sent == []


async def test_a_deployment_that_vanished(open_desk, own: LocalGateway, platform: Platform, st) -> None:
    """A deployment that is gone when its turn comes: told in a sentence, nothing is lost of the others."""
    desk = await open_desk(start=False)
    gone = await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")
    there = await desk.ask(BOB, THERE, "eleven", {}, key="u2")
    await (await st.workflows.get("echo")).delete()
    await desk.start()
    assert (await ended(desk, gone.id)).state == "failed"
    assert (await ended(desk, there.id)).state == "done"
    assert [one.deployment for one in await runs_of(own)] == ["eleven"]
    with pytest.raises(NotFound):
        await desk.again(gone.id, ADA, HERE, key="u3")


async def test_progress_is_told(desk: Desk, platform: Platform) -> None:
    """The status says how far the run is, in its own chat."""
    job = await desk.ask(ADA, HERE, "text-to-picture", {"prompt": "a fox", "steps": 40}, key="u1")
    await until(lambda: desk.progress_of(job.id) is not None)
    await ended(desk, job.id)
    assert any("%" in text for text in platform.said[job.status_message])
    assert desk.progress_of(job.id) is None
