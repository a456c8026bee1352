"""T7 and its like: floods are waited for, what is in doubt is looked for, and nothing arrives twice or is lost in silence."""

import pytest

from stationthis_sdk.bots.desk import delivery
from stationthis_sdk.bots.desk.desk import Desk
from stationthis_sdk.bots.desk.verdicts import Denied
from stationthis_sdk.bots.people import Place
from tests.bots.desk.conftest import ADA, BOB, HERE, ended
from tests.bots.desk.platform import Platform, buttons_of, flood, impossible, lost


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "FIRST_PAUSE", 0.01)


async def test_floods_are_waited_for(desk: Desk, platform: Platform) -> None:
    """A platform that says "too many" is asked again as late as it says, and gets each part once."""
    platform.troubles.extend([flood(), flood(), None, flood()])
    job = await ended(desk, (await desk.ask(ADA, HERE, "eleven", {}, key="u1")).id)
    assert (job.state, job.problem) == ("done", None)
    assert [count for _, count in platform.kinds if count] == [10, 1]
    assert not platform.troubles


async def test_a_lost_answer_of_what_arrived(desk: Desk, platform: Platform) -> None:
    """A part whose answer was lost, and that the platform knows to have arrived, is not sent again."""
    platform.troubles.append(lost(arrived=True))
    job = await ended(desk, (await desk.ask(ADA, HERE, "eleven", {}, key="u1")).id)
    assert job.problem is None
    assert [count for _, count in platform.kinds if count] == [10, 1]
    assert (await desk.job_of_message(HERE, platform.sent[0].messages[0])).id == job.id


async def test_a_lost_answer_of_what_did_not_arrive(desk: Desk, platform: Platform) -> None:
    """A part that surely did not arrive is sent again."""
    platform.troubles.append(lost(arrived=False))
    job = await ended(desk, (await desk.ask(ADA, HERE, "eleven", {}, key="u1")).id)
    assert job.problem is None
    assert [count for _, count in platform.kinds if count] == [10, 1]


async def test_a_lost_answer_of_which_nobody_knows(desk: Desk, platform: Platform) -> None:
    """A part nobody can tell of is left, the rest goes on, and one message offers to send it again: then it is, once."""
    platform.knows = False
    platform.troubles.append(lost(arrived=False))
    job = await ended(desk, (await desk.ask(ADA, HERE, "eleven", {}, key="u1")).id)
    assert (job.state, job.code, job.problem) == (
        "done",
        "undelivered",
        "Part of this result may not have arrived.",
    )
    *_, notice = platform.sent
    assert (notice.step.text, buttons_of(notice.step)) == (job.problem, [f"st:resend:{job.id}"])
    assert [count for _, count in platform.kinds if count] == [1]
    with pytest.raises(Denied):
        await desk.send_again(job.id, BOB)
    before = len(platform.sent)
    await desk.send_again(job.id, ADA)
    again = await ended(desk, job.id)
    assert (again.state, again.problem) == ("done", None)
    assert [count for _, count in platform.kinds[before:]] == [10]
    await desk.send_again(job.id, ADA)
    assert len(platform.sent) == before + 1


async def test_what_the_platform_does_not_take(desk: Desk, platform: Platform) -> None:
    """Photos that are refused go as documents, each once, with the buttons under the last."""
    platform.refuses = lambda step: (
        impossible("PHOTO_INVALID_DIMENSIONS") if step.kind in {"photo", "album"} else None
    )
    job = await ended(desk, (await desk.ask(ADA, HERE, "eleven", {}, key="u1")).id)
    assert (job.state, job.problem) == ("done", None)
    documents = [one for one in platform.sent if one.step.kind == "document"]
    assert sorted(place for one in documents for place in [file.place for file in one.step.files]) == [
        *range(11)
    ]
    assert sum(bool(buttons_of(one.step)) for one in platform.sent) == 1


async def test_what_the_platform_takes_in_no_way(desk: Desk, platform: Platform) -> None:
    """Where no file is taken, a sentence says so, and a button sends it later; where nothing is, the job still ends."""
    platform.refuses = lambda step: impossible() if step.files else None
    job = await ended(
        desk, (await desk.ask(ADA, HERE, "text-to-picture", {"prompt": "a", "steps": 1}, key="u1")).id
    )
    assert [one.step.text for one in platform.sent] == ["Part of this result could not be sent here."]
    assert [data.split(":")[1] for data in buttons_of(platform.sent[0].step)][:2] == [
        "resend",
        "again",
    ]
    platform.refuses = lambda _step: None
    await desk.send_again(job.id, ADA)
    assert (await ended(desk, job.id)).problem is None
    assert [one.step.kind for one in platform.sent] == ["text", "document"]
    platform.refuses = lambda _step: impossible()
    job = await ended(desk, (await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u2")).id)
    assert (job.state, job.code) == ("done", "undelivered")
    platform.refuses = lambda _step: None
    await desk.send_again(job.id, ADA)
    assert (await ended(desk, job.id)).problem is None
    assert platform.sent[-2].step.text == "hi" or platform.sent[-1].step.text == "hi"


async def test_a_platform_with_a_fault_of_its_own(desk: Desk, platform: Platform) -> None:
    """A sender that raises what it should not counts as in doubt: looked for, sent once, nothing crashes."""
    platform.troubles.append(TypeError("a fault"))
    job = await ended(desk, (await desk.ask(ADA, Place("-5"), "eleven", {}, key="u1")).id)
    assert (job.state, job.problem) == ("done", None)
    assert [count for _, count in platform.kinds if count] == [10, 1]
