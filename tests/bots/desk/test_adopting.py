"""Runs that were begun elsewhere: adopted, and shown like all others, or charged, and told to the host alone."""

import asyncio

import pytest

from stationthis_sdk.bots.people import Place
from stationthis_sdk.errors import InvalidInput, NotFound
from stationthis_sdk.testing import LocalGateway
from tests.bots.desk.conftest import ADA, BOB, HERE, SMALL, THERE, ended, runs_of, until
from tests.bots.desk.platform import Platform, buttons_of, impossible

LONG = {"prompt": "a long walk", "steps": 60, "width": 1024, "height": 1024}


async def begun(st, deployment: str = "text-to-picture", inputs=None):
    """A run that the desk knows nothing of."""
    return await (await st.deployments.get(deployment)).options(on_interrupt="detach").submit(inputs or SMALL)


async def test_an_adopted_run_is_a_job(open_desk, own: LocalGateway, platform: Platform, st) -> None:
    """Adopted: told at once with its name, beside a full queue, reviewed, delivered once, settled; no button runs it again."""
    seen, told = [], []
    desk = await open_desk(
        at_once=1, review=seen.append, settle=lambda user, run, key: told.append((user.key, run.state, key))
    )
    other = await desk.ask(BOB, THERE, "text-to-picture", LONG, key="u0")
    run = await begun(st)
    job = await desk.adopt(ADA, HERE, run, key="u1", name="my foxes")
    assert (job.kind, job.deployment, job.run_id, job.user) == ("adopted", "my foxes", run.id, ADA)
    assert desk.turn_of(job.id) is None
    assert "my foxes" in platform.said[job.status_message][0]
    assert [one.id for one in await desk.jobs(ADA)] == [job.id]
    assert (await desk.wait(job.id)).state == "done"
    await desk.cancel(other.id, BOB)
    await ended(desk, other.id)
    await until(lambda: len(told) == 2)
    assert told.count(("telegram:1", "success", run.id)) == 1
    assert [[output.kind for output in what] for what in seen if not isinstance(what, dict)] == [["image"]]
    assert platform.kinds == [("photo", 1)]
    assert buttons_of(platform.sent[0].step) == []
    assert (await desk.job_of_message(HERE, platform.sent[0].messages[0])).id == job.id
    with pytest.raises(InvalidInput, match="my foxes"):
        await desk.again(job.id, ADA, HERE, key="u2")
    assert len(await runs_of(own)) == 2


async def test_adopted_twice_is_one_job(open_desk, platform: Platform, st) -> None:
    """The same key, at once or after a restart, is the same job; its picture arrives once."""
    desk = await open_desk()
    run = await begun(st)
    first, second = await asyncio.gather(
        *(desk.adopt(ADA, HERE, run, key="same", name="foxes") for _ in range(2))
    )
    assert (await desk.wait(first.id)).state == "done"
    await desk.close()
    later = await open_desk()
    third = await later.adopt(ADA, HERE, run, key="same", name="foxes")
    assert first.id == second.id == third.id
    assert third.state == "done"
    assert platform.kinds == [("photo", 1)]
    assert len(platform.said) == 1


async def test_what_was_adopted_before_the_start(open_desk, platform: Platform, st) -> None:
    """A desk that has not begun keeps what it adopts, and delivers it once it has; so does the next process."""
    first = await open_desk(start=False)
    jobs = [await first.adopt(ADA, HERE, await begun(st), key=f"u{at}", name="foxes") for at in range(2)]
    await first.charge(BOB, (await begun(st)).id, "text-to-picture")
    assert platform.sent == []
    await first.close()
    told = []
    second = await open_desk(start=False, settle=lambda user, _run, key: told.append((user.key, key)))
    jobs.append(await second.adopt(ADA, HERE, await begun(st), key="u2", name="foxes"))
    await second.start()
    for job in jobs:
        assert (await second.wait(job.id)).state == "done"
    await until(lambda: len(told) == 4)
    assert len(platform.sent) == 3


async def test_an_adopted_run_is_cancelled_and_may_fail(open_desk, own, platform: Platform, st) -> None:
    """Cancelled by its user it is cancelled on the service; one that fails is one sentence; a mute chat loses nothing."""
    told = []
    desk = await open_desk(settle=lambda _user, run, key: told.append(run.state))
    long = await desk.adopt(ADA, HERE, await begun(st, inputs=LONG), key="u1", name="foxes")
    await until(lambda: desk.progress_of(long.id) is not None)
    await desk.cancel(long.id, ADA)
    assert (await desk.wait(long.id)).state == "cancelled"
    bad = await desk.adopt(ADA, HERE, await begun(st, "eleven", {"size": 0}), key="u2", name="foxes")
    failed = await desk.wait(bad.id)
    assert (failed.state, platform.said[bad.status_message][-1]) == ("failed", failed.problem)
    platform.mute = impossible()
    mute = await desk.adopt(ADA, Place("9"), await begun(st), key="u3", name="foxes")
    assert (await desk.wait(mute.id)).state == "done"
    await until(lambda: len(told) == 3)
    assert sorted(told) == ["cancelled", "failed", "success"]


async def test_a_charge_is_settled_and_not_shown(
    open_desk, own: LocalGateway, platform: Platform, st
) -> None:
    """Charged: the host is told once of each end, good or bad; nothing is said or sent, and nobody's list shows it."""
    told = []
    desk = await open_desk(settle=lambda user, run, key: told.append((user.key, run.state, run.id == key)))
    good, bad = await begun(st), await begun(st, "eleven", {"size": 0})
    for run in (good, bad, good):
        await desk.charge(ADA, run.id, "text-to-picture")
    assert await desk.jobs(ADA) == await desk.jobs(ADA, live=False) == []
    assert await desk.last(ADA) is None
    await until(lambda: len(told) == 2 and not desk._courses)
    assert sorted(told) == [("telegram:1", "failed", True), ("telegram:1", "success", True)]
    await desk.charge(ADA, good.id, "text-to-picture")
    await desk.close()
    await open_desk(settle=lambda *_values, key: told.append(key))
    await asyncio.sleep(0.1)
    assert len(told) == 2
    assert (platform.said, platform.sent) == ({}, [])


async def test_waiting_for_a_job(open_desk, own: LocalGateway, platform: Platform) -> None:
    """Wait returns at every end, also of one cancelled in the queue, and of one that the next desk sees through."""
    first = await open_desk(at_once=1)
    long = await first.ask(ADA, HERE, "text-to-picture", LONG, key="u1")
    queued = await first.ask(ADA, HERE, "echo", {"words": "no"}, key="u2")
    later = await first.ask(BOB, THERE, "echo", {"words": "yes"}, key="u3")
    waiting = [asyncio.create_task(first.wait(job.id)) for job in (long, queued, later)]
    await first.cancel(queued.id, ADA)
    assert (await waiting[1]).state == "cancelled"
    await first.close()
    second = await open_desk(at_once=1)
    await second.cancel(long.id, ADA)
    assert [(await one).state for one in waiting] == ["cancelled", "cancelled", "done"]
    with pytest.raises(NotFound):
        await second.wait("nosuchjob123")
