"""What happens at the same moment: presses, cancels, closings; each job is run once, and its messages are one."""

import asyncio
import random
from typing import Any

import pytest

from stationthis_sdk.bots.answers.taking_up import take_up
from stationthis_sdk.bots.desk import course, folder, submitting, working
from stationthis_sdk.bots.desk.desk import Desk
from stationthis_sdk.bots.desk.kept import signed_at
from stationthis_sdk.errors import SaveFailed
from stationthis_sdk.store.bot_jobs import JobLedger
from stationthis_sdk.testing import LocalGateway
from tests.bots.desk.conftest import ADA, BOB, HERE, SMALL, THERE, ended, runs_of, until
from tests.bots.desk.platform import Platform, lost

LONG = {"prompt": "a long walk", "steps": 60, "width": 1024, "height": 1024}


class SlowToSend(Platform):
    """A platform whose uploads take until they are let go on."""

    def __init__(self) -> None:
        super().__init__(knows=False)
        self.go_on = asyncio.Event()

    async def send(self, *values: Any, **more: Any) -> tuple[str, ...]:
        self.removed.append("on its way")
        await self.go_on.wait()
        return await super().send(*values, **more)


async def test_closed_while_a_part_is_slow(open_desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that takes longer than a close waits: the next desk begins when it is there, and does not send it as well."""
    monkeypatch.setattr(working, "_CLOSE_SECONDS", 0.1)
    monkeypatch.setattr(working, "_TAKE_SECONDS", 0.1)
    platform = SlowToSend()
    first = await open_desk(sender=platform)
    job = await first.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")
    await until(lambda: platform.removed)
    await first.close()
    assert platform.sent == []
    second = await open_desk(sender=platform)
    assert not second._started
    platform.go_on.set()
    assert (await ended(second, job.id)).problem is None
    assert [one.step.text for one in platform.sent] == ["hi"]
    await second.close()
    await first.start()  # the same desk may be opened again as well
    again = await first.ask(ADA, HERE, "echo", {"words": "more"}, key="u2")
    assert (await ended(first, again.id)).state == "done"


async def test_whoever_asks_is_cancelled_at_any_moment(open_desk, platform: Platform) -> None:
    """Handlers cancelled at moments drawn by lot: what is written down is run and delivered, and nothing is left waiting."""
    desk = await open_desk()
    dice = random.Random(1)
    for at in range(60):
        asking = asyncio.create_task(desk.ask(ADA, HERE, "echo", {"words": f"{at}"}, key=f"u{at}"))
        await asyncio.sleep(dice.uniform(0.0, 0.03))
        asking.cancel()
        await asyncio.wait({asking})
    for row in await desk._ledger.of_user(ADA.key):
        assert (await ended(desk, row.id)).state == "done"
    texts = [one.step.text for one in platform.sent]
    assert len(texts) == len(set(texts)) == len(await desk._ledger.of_user(ADA.key))


async def test_what_waits_with_nobody_at_it_is_taken_in_hand(open_desk, platform: Platform) -> None:
    """A job that was written down and lost sight of is begun when its update comes again."""
    desk = await open_desk()
    first = await open_desk(start=False)
    job = await first.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")
    await first.close()
    assert (await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")).id == job.id
    assert (await ended(desk, job.id)).state == "done"


async def test_cancelled_while_its_status_is_said(open_desk, platform: Platform) -> None:
    """A job that is cancelled while its first message is on its way has that one message, which says so."""
    desk = await open_desk(at_once=1)
    long = await desk.ask(BOB, THERE, "text-to-picture", LONG, key="u0")
    platform.slow = 0.3
    asking = asyncio.create_task(desk.ask(ADA, HERE, "echo", {"words": "no"}, key="u1"))
    await until(lambda: len(desk._courses) == 2)
    [job] = await desk.jobs(ADA)
    await desk.cancel(job.id, ADA)
    await asking
    platform.slow = 0.0
    [message] = [message for message, chat in platform.chats.items() if chat == HERE.chat]
    await until(lambda: "cancelled" in platform.said[message][-1])
    assert list(platform.chats.values()).count(HERE.chat) == 1
    await desk.cancel(long.id, BOB)
    await ended(desk, long.id)


async def test_five_presses_at_once(desk, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send again, pressed five times at once, and once while the ledger can't be written: it arrives once, and is not lost."""
    platform.knows = False
    platform.troubles.append(lost(arrived=False))
    job = await ended(desk, (await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")).id)
    part, troubles = JobLedger.part, [SaveFailed("The disk is full.")]

    async def once(self, *values, **columns):
        if troubles:
            raise troubles.pop()
        await part(self, *values, **columns)

    monkeypatch.setattr(JobLedger, "part", once)
    monkeypatch.setattr(course, "FIRST_PAUSE", 0.05)
    await asyncio.gather(*(desk.send_again(job.id, ADA) for _ in range(5)))
    assert (await ended(desk, job.id)).problem is None
    assert [one.step.text for one in platform.sent].count("hi") == 1


async def test_a_link_that_was_remembered(
    open_desk, own: LocalGateway, platform: Platform, st, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    """A link counts from when it was signed, not from when it was asked with: one that is too old is made anew."""
    monkeypatch.setenv("STATIONTHIS_HOME", str(tmp_path / "home"))
    await st.account.update_settings(visibility="private")
    desk = await open_desk()
    await ended(desk, (await desk.ask(ADA, HERE, "text-to-picture", {"prompt": "a", **SMALL}, key="p")).id)
    inputs = {"prompt": "a", "input_image": platform.sent[-1].contents[0], "steps": 1}
    first = await ended(desk, (await desk.ask(ADA, HERE, "picture-to-picture", inputs, key="u1")).id)
    await desk.close()
    await asyncio.sleep(1.0)
    later = await desk.ask(ADA, HERE, "picture-to-picture", inputs, key="u2")
    assert later.inputs["input_image"] == first.inputs["input_image"]
    row = await desk._ledger.get(later.id)
    assert row.made_at - signed_at(row.files, row.made_at) > 0.9
    monkeypatch.setattr(course, "GOOD_FOR", 0.9)
    await desk.start()
    done = await ended(desk, later.id)
    assert (done.state, done.inputs["input_image"] != first.inputs["input_image"]) == ("done", True)


async def test_the_same_desk_is_opened_again(open_desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A start waits for what is under way since before the close, not for what waits for the start."""
    monkeypatch.setattr(working, "_CLOSE_SECONDS", 0.1)
    monkeypatch.setattr(working, "_TAKE_SECONDS", 0.1)
    platform = SlowToSend()
    desk = await open_desk(sender=platform)
    await take_up(desk)
    job = await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")
    await until(lambda: platform.removed)
    await desk.close()
    await desk.start()
    await take_up(desk)
    assert not desk._started
    platform.go_on.set()
    assert (await ended(desk, job.id)).state == "done"
    await until(lambda: desk._started)
    assert [one.step.text for one in platform.sent] == ["hi"]


async def test_two_desks_without_a_lock(
    open_desk, own: LocalGateway, st, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    """Two desks at one job, where folders can't be locked: one that is slow just before it submits starts nothing."""
    monkeypatch.setattr(folder, "fcntl", None)
    found, go_on = submitting.deployment_of, asyncio.Event()

    async def slow(client, row):
        if client is st:
            await go_on.wait()
        return await found(client, row)

    monkeypatch.setattr(submitting, "deployment_of", slow)
    first = await open_desk()
    job = await first.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")
    await until(lambda: first._courses[job.id].row.state == "sending")
    async with own.async_client(home=st.settings.home) as client:
        second = Desk(client, Platform(), bot="telegram:99")
        await second.start()
        assert (await ended(second, job.id)).state == "done"
        go_on.set()
        await until(lambda: not first._courses)
        await second.close()
    assert len(await runs_of(own)) == 1
