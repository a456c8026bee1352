"""Many who ask at once: fair turns that are told, cancelled jobs that free their place, an order that survives a restart."""

import asyncio

import pytest

from stationthis_sdk.bots.desk.verdicts import Denied
from stationthis_sdk.bots.people import Place, User
from stationthis_sdk.errors import NotFound
from stationthis_sdk.testing import LocalGateway
from tests.bots.desk.conftest import ADA, BOB, HERE, THERE, ended, runs_of, until
from tests.bots.desk.platform import Platform

LONG = {"prompt": "a long walk", "steps": 60, "width": 1024, "height": 1024}


async def test_turns_are_fair_and_told(open_desk, own: LocalGateway, platform: Platform) -> None:
    """One at a time: Ada's three, then Bob's one, are run as Ada, Bob, Ada, Ada; each is told their place."""
    desk = await open_desk(start=False, at_once=1)
    jobs = [await desk.ask(ADA, HERE, "echo", {"words": f"a{at}"}, key=f"a{at}") for at in range(3)]
    jobs.append(await desk.ask(BOB, THERE, "echo", {"words": "b0"}, key="b0"))
    assert [desk.turn_of(job.id) for job in jobs] == [1, 3, 4, 2]
    assert platform.said[jobs[3].status_message][0] == "echo: waiting, place 2"
    await desk.start()
    for job in jobs:
        assert (await ended(desk, job.id)).state == "done"
        assert desk.turn_of(job.id) is None
    assert [one.step.text for one in platform.sent] == ["a0", "b0", "a1", "a2"]
    assert any(text == "echo: waiting, place 1" for text in platform.said[jobs[2].status_message])


async def test_the_order_survives_a_restart(open_desk, platform: Platform) -> None:
    """What waited is run in the same order by the next process; everyone's message is still theirs."""
    first = await open_desk(start=False, at_once=1)
    jobs = [await first.ask(ADA, HERE, "echo", {"words": f"a{at}"}, key=f"a{at}") for at in range(3)]
    jobs.append(await first.ask(BOB, THERE, "echo", {"words": "b0"}, key="b0"))
    await first.close()
    second = await open_desk(at_once=1)
    for job in jobs:
        assert (await ended(second, job.id)).status_message == job.status_message
    assert [one.step.text for one in platform.sent] == ["a0", "b0", "a1", "a2"]
    assert sorted(platform.removed) == sorted(job.status_message for job in jobs)


async def test_cancel_one_that_waits(open_desk, own: LocalGateway, platform: Platform) -> None:
    """A waiting job that is cancelled is never run, says so, and frees its place; nobody cancels another's."""
    desk = await open_desk(start=False, at_once=1)
    first = await desk.ask(ADA, HERE, "echo", {"words": "no"}, key="a")
    second = await desk.ask(BOB, THERE, "echo", {"words": "yes"}, key="b")
    with pytest.raises(Denied):
        await desk.cancel(first.id, BOB)
    with pytest.raises(NotFound):
        await desk.cancel("nosuchjob123", ADA)
    cancelled = await desk.cancel(first.id, ADA)
    assert (cancelled.state, desk.turn_of(second.id)) == ("cancelled", 1)
    await until(lambda: platform.said[first.status_message][-1] == "The run was cancelled.")
    await desk.start()
    await ended(desk, second.id)
    assert (await desk.cancel(first.id, ADA)).state == "cancelled"
    assert [run.inputs["words"] for run in await runs_of(own)] == ["yes"]


async def test_cancel_where_nobody_is_at_it(open_desk, own: LocalGateway) -> None:
    """A job that is cancelled while its bot does not work yet is never run: the wish is written down."""
    first = await open_desk(start=False)
    job = await first.ask(ADA, HERE, "echo", {"words": "no"}, key="a")
    await first.close()
    second = await open_desk(start=False)
    await second.cancel(job.id, ADA)
    await second.start()
    assert (await ended(second, job.id)).state == "cancelled"
    assert await runs_of(own) == ()


async def test_cancel_one_that_runs(open_desk, own: LocalGateway, platform: Platform) -> None:
    """A run under way is cancelled on the service, its message says so, and the next job has its turn."""
    settled = []
    desk = await open_desk(at_once=1, settle=lambda _user, run, key: settled.append((run.state, key)))
    long = await desk.ask(ADA, HERE, "text-to-picture", LONG, key="a")
    after = await desk.ask(BOB, THERE, "echo", {"words": "hi"}, key="b")
    await until(lambda: (progress := desk.progress_of(long.id)) is not None and progress.phase == "execution")
    await desk.cancel(long.id, ADA)
    job = await ended(desk, long.id)
    assert (job.state, platform.said[long.status_message][-1]) == ("cancelled", "The run was cancelled.")
    assert (await ended(desk, after.id)).state == "done"
    await until(lambda: len(settled) == 2)
    assert ("cancelled", job.run_id) in settled
    assert sorted(run.state for run in await runs_of(own)) == ["cancelled", "success"]


async def test_cancel_while_it_is_sent(open_desk, own: LocalGateway) -> None:
    """A job that is cancelled while its submit is under way costs no more than it must: its run is cancelled."""
    own.faults.slow(seconds=0.5, path="/run/deployment/queue")
    desk = await open_desk()
    job = await desk.ask(ADA, HERE, "text-to-picture", LONG, key="a")
    await until(lambda: any(one.path.endswith("/queue") for one in own.faults.seen))
    await desk.cancel(job.id, ADA)
    assert (await ended(desk, job.id)).state == "cancelled"
    assert {run.state for run in await runs_of(own)} <= {"cancelled"}


async def test_two_users_are_never_mixed(open_desk, platform: Platform) -> None:
    """Twenty users at once in chats of their own: each gets what they asked for, each message stays in its chat."""
    desk = await open_desk(at_once=4)
    people = [User("telegram", str(at)) for at in range(20)]
    jobs = await asyncio.gather(
        *(
            desk.ask(
                user, Place(user.id, private=True), "echo", {"words": f"for {user.id}"}, key=f"k{user.id}"
            )
            for user in people
        )
    )
    for job in jobs:
        assert (await ended(desk, job.id)).state == "done"
    assert sorted((one.chat, one.step.text) for one in platform.sent) == sorted(
        (user.id, f"for {user.id}") for user in people
    )
    for job in jobs:
        assert platform.chats[job.status_message] == job.user.id
    assert len(platform.removed) == len(set(platform.removed)) == 20
