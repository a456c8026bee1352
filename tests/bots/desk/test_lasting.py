"""What lasts: runs that can't be read, ledgers that can't be written, disks that are full, services that are down."""

import asyncio
import contextlib
import errno
import math
import os
import sqlite3

import pytest

from stationthis_sdk.bots.desk import (
    course,
    delivery,
    folder,
    following,
    settling,
    spool,
    submitting,
    working,
)
from stationthis_sdk.bots.desk.desk import Desk
from stationthis_sdk.bots.desk.verdicts import Denied
from stationthis_sdk.errors import NotFound, SaveFailed
from stationthis_sdk.store.bot_jobs import JobLedger
from stationthis_sdk.testing import LocalGateway
from tests.bots.desk.conftest import ADA, BOB, HERE, PATIENCE, THERE, ended, runs_of, until
from tests.bots.desk.platform import Platform, impossible, lost

LONG = {"prompt": "a long walk", "steps": 60, "width": 1024, "height": 1024}


def unwritable(st, why: "str | None") -> None:
    """The ledger can't be used while there is a reason."""
    st._ready.context.ledger.file.why = why


@pytest.mark.slow
async def test_a_run_that_cannot_be_read_for_a_while(
    desk: Desk, own: LocalGateway, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that the service says it does not know, many times, is not given up: it is delivered when it is there again."""
    job = await desk.ask(ADA, HERE, "text-to-picture", LONG | {"steps": 30}, key="u1")
    await until(lambda: desk.progress_of(job.id) is not None)
    monkeypatch.setattr(following, "_FIRST_PAUSE", 0.02)
    monkeypatch.setattr(following, "_LONGEST_PAUSE", 0.02)
    before = len(own.faults.seen)
    own.faults.refuse(404, path="/run/*")
    own.faults.refuse(404, path="/run")
    await until(lambda: len(own.faults.seen) > before + 20)
    own.faults.clear()
    assert (await ended(desk, job.id)).state == "done"
    assert platform.kinds == [("photo", 1)]


async def test_a_run_that_stays_unknown_is_settled_when_it_has_ended(
    open_desk, own: LocalGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that stays unknown for longer than there is patience fails, keeps its run, and the host is told when that has ended."""
    monkeypatch.setattr(following, "PATIENCE", 0.5)
    monkeypatch.setattr(settling, "FIRST_PAUSE", 0.1)
    told = []
    desk = await open_desk(settle=lambda _user, run, key: told.append((key, run.state)))
    job = await desk.ask(ADA, HERE, "text-to-picture", LONG, key="u1")
    await until(lambda: desk.progress_of(job.id) is not None)
    own.faults.refuse(404, path="/run/*")
    own.faults.refuse(404, path="/run")
    failed = await ended(desk, job.id)
    assert failed.state == "failed"
    before = len(own.faults.seen)
    await until(lambda: len(own.faults.seen) > before)
    assert told == []
    own.faults.clear()
    await until(lambda: told)
    assert told == [(failed.run_id, "success")]


async def test_a_run_found_again_that_cannot_be_read(
    open_desk, own: LocalGateway, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run whose submit was lost, and that is found but can't be read at first, is gone on with, settled and delivered."""
    told = []
    first = await open_desk(settle=lambda _user, _run, key: told.append(key))
    change = JobLedger.change

    async def never_live(self, job_id, **columns):
        if columns.get("state") == "live":
            raise SaveFailed("The disk is full.")
        await change(self, job_id, **columns)

    monkeypatch.setattr(JobLedger, "change", never_live)
    job = await first.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")
    await until(lambda: first._courses[job.id].run is not None)
    await first.close()
    monkeypatch.setattr(JobLedger, "change", change)
    own.faults.refuse(404, path="/run/*", times=3)
    own.faults.refuse(404, path="/run", times=3)
    second = await open_desk(settle=lambda _user, _run, key: told.append(key))
    done = await ended(second, job.id)
    [run] = await runs_of(own)
    assert (done.state, done.run_id) == ("done", run.id)
    await until(lambda: told)
    assert told == [run.id]


async def test_a_half_delivered_result_is_not_lost(
    open_desk, own: LocalGateway, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restart amid a delivery, while the service does not know the run: the rest is sent, by what was heard of it last."""
    platform.slow = 0.3
    first = await open_desk()
    job = await first.ask(ADA, HERE, "eleven", {}, key="u1")
    await until(lambda: platform.sent)
    await first.close()
    platform.slow = 0.0
    own.faults.refuse(404, path="/run/*")
    own.faults.refuse(404, path="/run")
    second = await open_desk()
    assert (await ended(second, job.id)).problem is None
    assert sum(count for _, count in platform.kinds) == 11


async def test_an_end_that_cannot_be_written_is_not_told(
    open_desk, own: LocalGateway, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is told that it failed before that is written: what goes on after all has never been said to have ended."""
    desk = await open_desk()
    change, troubles = JobLedger.change, [SaveFailed("The disk is full.")]

    async def once(self, job_id, **columns):
        if columns.get("state") == "failed" and troubles:
            raise troubles.pop()
        await change(self, job_id, **columns)

    monkeypatch.setattr(JobLedger, "change", once)
    own.faults.refuse(402, times=1, path="/run/deployment/queue")
    job = await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")
    assert (await ended(desk, job.id)).state == "done"
    assert not any("credits" in text for text in platform.said[job.status_message])


async def test_a_cancel_that_cannot_be_written(open_desk, own: LocalGateway, st, platform: Platform) -> None:
    """A waiting job whose cancel can't be written down: that is told, its place is kept, and later it can be cancelled."""
    desk = await open_desk(start=False)
    job = await desk.ask(ADA, HERE, "echo", {"words": "no"}, key="u1")
    drop = JobLedger.drop

    async def full(*_values, **_columns):
        raise SaveFailed("The disk is full.")

    JobLedger.drop = full
    try:
        with pytest.raises(SaveFailed):
            await desk.cancel(job.id, ADA)
    finally:
        JobLedger.drop = drop
    assert desk.turn_of(job.id) == 1
    assert (await desk.cancel(job.id, ADA)).state == "cancelled"
    await desk.start()
    assert await runs_of(own) == ()


async def test_a_ledger_that_cannot_be_read_at_the_start(open_desk, st, platform: Platform) -> None:
    """A desk that can't read its ledger at the start begins by itself once it can."""
    desk = await open_desk(start=False)
    job = await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")
    unwritable(st, "the disk is gone")
    await desk.start()
    unwritable(st, None)
    assert (await ended(desk, job.id)).state == "done"


async def test_a_row_that_cannot_be_read(open_desk, st, platform: Platform) -> None:
    """What nobody can read is left, with a word in the log, and what a later version has added is not minded."""
    first = await open_desk(start=False)
    jobs = [await first.ask(one, HERE, "echo", {"words": "hi"}, key=one.id) for one in (ADA, BOB)]
    bad = await first.ask(ADA, THERE, "echo", {"words": "no"}, key="u9")
    await first.close()
    with sqlite3.connect(st._ready.context.ledger.path) as database:
        database.execute(
            "UPDATE bot_jobs SET user = json_set(user, '$.premium', 1) WHERE id = ?", (jobs[0].id,)
        )
        database.execute("UPDATE bot_jobs SET place = '[1' WHERE id = ?", (bad.id,))
    database.close()
    second = await open_desk()
    for job in jobs:
        assert (await ended(second, job.id)).state == "done"
    with pytest.raises(NotFound):
        await second.job(bad.id)


async def test_a_lock_that_cannot_be_opened_for_a_moment(
    open_desk, own: LocalGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too many open files as the lock is opened: the desk begins when it has the lock, and not without."""
    monkeypatch.setattr(folder, "_PAUSE", 0.05)
    first = await open_desk(start=False)
    jobs = [await first.ask(ADA, HERE, "echo", {"words": "hi"}, key=f"u{at}") for at in range(4)]
    await first.close()
    real, troubles = os.open, [OSError(errno.EMFILE, "Too many open files")]

    def opened(path, *values, **more):
        if str(path).endswith(".lock") and troubles:
            raise troubles.pop()
        return real(path, *values, **more)

    monkeypatch.setattr(os, "open", opened)
    monkeypatch.setattr(working, "_TAKE_SECONDS", 0.3)
    one, two = await open_desk(start=False), await open_desk(start=False)
    await asyncio.gather(one.start(), two.start())
    assert one._started != two._started
    for job in jobs:
        assert (await ended(one if one._started else two, job.id)).state == "done"
    assert len(await runs_of(own)) == 4


async def test_two_at_one_job(open_desk, own: LocalGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing keeps two processes apart, as on file systems without locks, one of them begins a job, and only one."""
    monkeypatch.setattr(folder.Folder, "_taken", lambda _self: True)
    first = await open_desk(start=False)
    jobs = [await first.ask(ADA, HERE, "echo", {"words": "hi"}, key=f"u{at}") for at in range(6)]
    await first.close()
    one, two = await open_desk(start=False), await open_desk(start=False)
    await asyncio.gather(one.start(), two.start())
    for job in jobs:
        await one.wait(job.id)
    assert len(await runs_of(own)) == 6


async def test_asked_at_one_that_waits(
    open_desk, own: LocalGateway, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a process is asked for that has to wait for its turn, jobs, cancels and wishes to have it sent again, is heeded by the one at work."""
    monkeypatch.setattr(working, "_TAKE_SECONDS", 0.1)
    monkeypatch.setattr(working, "HEED_SECONDS", 0.1)
    at_work, late = await open_desk(), await open_desk()
    assert (at_work._started, late._started) == (True, False)
    long = await at_work.ask(ADA, HERE, "text-to-picture", LONG, key="u1")
    await until(lambda: at_work.progress_of(long.id) is not None)
    await late.cancel(long.id, ADA)
    assert (await at_work.wait(long.id)).state == "cancelled"
    job = await late.ask(BOB, THERE, "echo", {"words": "hi"}, key="u2")
    assert (await ended(at_work, job.id)).state == "done"
    assert [one.step.text for one in platform.sent] == ["hi"]
    platform.knows = False
    platform.troubles.append(lost(arrived=False))
    job = await ended(at_work, (await at_work.ask(ADA, HERE, "echo", {"words": "again"}, key="u3")).id)
    assert job.code == "undelivered"
    await late.send_again(job.id, ADA)
    await until(lambda: platform.sent[-1].step.text == "again")
    assert (await ended(at_work, job.id)).problem is None


async def test_a_full_disk(
    open_desk, own: LocalGateway, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that does not take what a run made: it is tried again, and arrives once there is room."""
    monkeypatch.setattr(course, "FIRST_PAUSE", 0.05)
    kept, troubles = spool._kept_in, [OSError(errno.ENOSPC, "No space left on device")] * 3

    def full(path):
        if troubles:
            troubles.pop()
            raise SaveFailed("Can't make it: No space left on device.")
        return kept(path)

    monkeypatch.setattr(spool, "_kept_in", full)
    desk = await open_desk()
    job = await desk.ask(ADA, HERE, "text-to-picture", {"prompt": "a", "steps": 1}, key="u1")
    assert (await ended(desk, job.id)).problem is None
    assert platform.kinds == [("photo", 1)]


async def test_what_arrived_and_could_not_be_written(
    desk: Desk, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part that has arrived is written down as soon as that is possible, and neither looked for nor offered again."""
    monkeypatch.setattr(delivery, "_WRITE_AGAIN", (0.01,) * 5)
    platform.knows = False
    sent, troubles = JobLedger.sent, [SaveFailed("The disk is full.")] * 2

    async def later(self, *values):
        if troubles:
            raise troubles.pop()
        await sent(self, *values)

    monkeypatch.setattr(JobLedger, "sent", later)
    job = await ended(desk, (await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")).id)
    assert (job.problem, [one.step.text for one in platform.sent]) == (None, ["hi"])


async def test_a_service_that_refuses_for_long(
    open_desk, own: LocalGateway, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the service refuses everybody nobody's job fails; after an hour it does, with a button to ask for it again."""
    monkeypatch.setattr(submitting, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(submitting, "_LONGEST_PAUSE", 0.02)
    own.faults.refuse(429, retry_after=0.01, path="/run/deployment/queue")
    desk = await open_desk(at_once=1)
    job = await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")
    later = await desk.ask(BOB, THERE, "echo", {"words": "hi"}, key="u2")
    await until(lambda: sum(one.path.endswith("/queue") for one in own.faults.seen) > 6)
    assert (await desk.job(job.id)).state == "sending"
    monkeypatch.setattr(submitting, "PATIENCE", 0.0)
    assert (await ended(desk, job.id)).state == "failed"
    [[button]] = platform.buttons[job.status_message]
    assert button.data == f"st:again:{job.id}"
    own.faults.clear()
    assert (await desk.wait(later.id)).state in {"done", "failed"}


@pytest.mark.parametrize("state", ["live", "waiting"])
async def test_a_cancel_of_what_was_left_is_heeded(
    open_desk, own: LocalGateway, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that nobody has in hand until the next start is taken in hand when its user cancels it."""
    monkeypatch.setattr(working, "HEED_SECONDS", 0.1)
    desk = await open_desk(at_once=1)
    job = await desk.ask(ADA, HERE, "text-to-picture", LONG, key="u1")
    if state == "waiting":
        job = await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u2")
        desk._turns.drop(job.id)
    else:
        await until(lambda: desk.progress_of(job.id) is not None)
        async with asyncio.timeout(PATIENCE):
            while (await desk.job(job.id)).state != state:  # noqa: ASYNC110 - it is on disk
                await asyncio.sleep(0.01)
        [work] = [one for one in desk._tasks if "_work" in str(one.get_coro())]
        work.cancel()
        await asyncio.wait({work})
    desk._courses.pop(job.id, None)
    desk._left[job.id] = math.inf
    assert (await desk.job(job.id)).state == state
    await desk.cancel(job.id, ADA)
    assert (await ended(desk, job.id)).state == "cancelled"
    assert len(await runs_of(own)) == 1


async def test_no_run_of_a_mute_chat_where_nothing_can_be_written(
    open_desk, own: LocalGateway, platform: Platform, st, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the bot may not write, and that can't be written down, nothing is started all the same."""
    monkeypatch.setattr(course, "FIRST_PAUSE", 0.02)
    desk = await open_desk()
    drop, begin, full = JobLedger.drop, JobLedger.begin, [SaveFailed("The disk is full.")] * 2

    async def not_now(work, self, *values, **more):
        if full:
            raise full.pop()
        return await work(self, *values, **more)

    monkeypatch.setattr(JobLedger, "drop", lambda *values, **more: not_now(drop, *values, **more))
    monkeypatch.setattr(JobLedger, "begin", lambda *values, **more: not_now(begin, *values, **more))
    platform.mute = impossible()
    with pytest.raises(Denied):
        await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")
    [job] = await desk.jobs(ADA, live=False)
    assert (await ended(desk, job.id)).state == "cancelled"
    assert await runs_of(own) == ()


async def test_what_another_process_had_is_not_left_for_good(
    open_desk, own: LocalGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that another process seemed to be at is gone on with when that has not begun it."""
    monkeypatch.setattr(working, "HEED_SECONDS", 0.05)
    monkeypatch.setattr(course, "_ELSEWHERE_SECONDS", 0.1)
    begin, others = JobLedger.begin, [True]

    async def not_ours(self, *values):
        return False if others and others.pop() else await begin(self, *values)

    monkeypatch.setattr(JobLedger, "begin", not_ours)
    desk = await open_desk()
    job = await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")
    assert (await ended(desk, job.id)).state == "done"
    assert len(await runs_of(own)) == 1


async def test_a_desk_that_opens_forgets_what_ended_a_month_ago(open_desk, st) -> None:
    """A job that ended more than thirty days ago is none any more, a younger one still can be answered to."""
    before = await open_desk()
    old, young = [await before.ask(ADA, HERE, "echo", {"words": one}, key=one) for one in ("a", "b")]
    for one in (old, young):
        assert (await ended(before, one.id)).state == "done"
    async with asyncio.timeout(45):
        while await before._ledger.unsettled():  # noqa: ASYNC110 - it is on disk
            await asyncio.sleep(0.01)
    await before.close()
    month = 31 * 86_400
    with contextlib.closing(sqlite3.connect(st._ready.context.ledger.path)) as database, database:
        database.execute("UPDATE bot_jobs SET updated_at = updated_at - ? WHERE id = ?", (month, old.id))
    desk = await open_desk()
    assert (await desk.job(young.id)).state == "done"
    with pytest.raises(NotFound, match="There is no job"):
        await desk.job(old.id)
