"""What the host decides: who may run what, what may be shown, and what is paid; its faults run nothing and lose nothing."""

import asyncio
import threading

import pytest

from stationthis_sdk.bots.desk import course, settling, verdicts
from stationthis_sdk.bots.desk.verdicts import Denied
from stationthis_sdk.bots.people import User
from stationthis_sdk.errors import NotFound
from stationthis_sdk.testing import LocalGateway
from tests.bots.desk.conftest import ADA, HERE, THERE, ended, runs_of, until
from tests.bots.desk.platform import Platform


async def test_authorize_is_asked_first(open_desk, own: LocalGateway) -> None:
    """Authorize gets the user, the deployment and an estimate, plain on a thread or async; no is told, a text as it is."""
    seen = []

    def plain(user, deployment, estimate):
        seen.append(
            (user.key, deployment.name, estimate, threading.current_thread() is threading.main_thread())
        )
        return "For members only."

    async def gently(_user, _deployment, _estimate):
        await asyncio.sleep(0)
        return False

    for hook, text in ((plain, "For members only."), (gently, "You may not run this.")):
        desk = await open_desk(authorize=hook)
        with pytest.raises(Denied) as denied:
            await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")
        assert denied.value.text == text
        await desk.close()
    assert seen == [("telegram:1", "echo", 0.0, False)]
    assert await runs_of(own) == ()


async def test_a_hook_that_raises_runs_nothing(open_desk, own: LocalGateway) -> None:
    """Authorize or review that fails is a no, in general words: nothing is run on a doubt."""

    def broken(*_values):
        raise ZeroDivisionError("secret of the host")

    for hooks in ({"authorize": broken}, {"review": broken}):
        desk = await open_desk(**hooks)
        with pytest.raises(Denied) as denied:
            await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")
        assert "secret" not in denied.value.text
    assert await runs_of(own) == ()


async def test_inputs_are_reviewed(open_desk, own: LocalGateway) -> None:
    """Review sees the inputs as a dict before anything is uploaded or run."""
    seen = []

    def review(what):
        seen.append(what)
        return "No." if isinstance(what, dict) and "bad" in what["words"] else None

    desk = await open_desk(review=review)
    with pytest.raises(Denied, match=r"No\."):
        await desk.ask(ADA, HERE, "echo", {"words": "bad"}, key="u1")
    job = await desk.ask(ADA, HERE, "echo", {"words": "good"}, key="u1")
    await ended(desk, job.id)
    assert seen[:2] == [{"words": "bad"}, {"words": "good"}]
    assert [output.mime for output in seen[2]] == ["text/plain"]
    assert len(await runs_of(own)) == 1


async def test_outputs_are_reviewed(open_desk, platform: Platform) -> None:
    """What review refuses is not shown: the user is told, and the job is done."""

    async def review(what):
        if not isinstance(what, dict):
            assert await what[0].text() == "hi"
            return "That may not be shown."
        return True

    desk = await open_desk(review=review)
    job = await ended(desk, (await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")).id)
    assert (job.state, job.code, platform.sent) == ("done", "not_shown", [])
    assert platform.said[job.status_message][-1] == job.problem == "That may not be shown."


async def test_a_review_that_fails_loses_nothing(
    open_desk, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where review of what was paid for fails, hangs, is cancelled or says neither, it is asked again; only a no is a no."""
    monkeypatch.setattr(course, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(verdicts, "PATIENCE", 0.1)
    troubles = [ZeroDivisionError(), asyncio.CancelledError(), "hangs", {"allowed": False}, None]

    async def review(what):
        if isinstance(what, dict):
            return True
        trouble = troubles.pop(0)
        if isinstance(trouble, BaseException):
            raise trouble
        if trouble == "hangs":
            await asyncio.sleep(60)
        return trouble

    desk = await open_desk(review=review)
    job = await ended(desk, (await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")).id)
    assert (job.state, job.problem, troubles) == ("done", None, [])
    assert [one.step.text for one in platform.sent] == ["hi"]


async def test_what_is_neither_yes_nor_no(open_desk, own: LocalGateway) -> None:
    """None and True are yes, False and texts no; whatever else a hook answers runs nothing, and is told in general words."""
    answers = ["", {"allowed": False}, 1, [], object()]
    desk = await open_desk(authorize=lambda *_values: answers.pop())
    while len(answers) > 1:
        with pytest.raises(Denied, match="went wrong"):
            await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")
    with pytest.raises(Denied, match="may not run"):
        await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")
    assert await runs_of(own) == ()


async def test_hooks_that_hang(open_desk, own: LocalGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain hooks that hang say no after a while, each for itself; whoever needs none is served meanwhile."""
    over, entered = threading.Event(), set()

    def authorize(user, _deployment, _estimate):
        if user.key != ADA.key:
            entered.add(user.key)
            over.wait(60)

    desk = await open_desk(authorize=authorize)
    monkeypatch.setattr(verdicts, "PATIENCE", 0.3)
    crowd = [User("telegram", f"b{at}", "Bob") for at in range(20)]
    hanging = [
        asyncio.create_task(desk.ask(one, THERE, "echo", {"words": "no"}, key=one.id)) for one in crowd
    ]
    try:
        await until(
            lambda: all(one.key in entered or task.done() for one, task in zip(crowd, hanging, strict=True))
        )
        monkeypatch.setattr(verdicts, "PATIENCE", 60.0)
        job = await ended(desk, (await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")).id)
        assert job.state == "done"
        for one in hanging:
            with pytest.raises(Denied):
                await one
    finally:
        over.set()
    assert len(await runs_of(own)) == 1


async def test_settle_is_told_of_every_end(open_desk, own: LocalGateway) -> None:
    """Settle hears of each run once, with the run's id as its key, however the run ended."""
    told = []
    desk = await open_desk(settle=lambda user, run, key: told.append((user.key, run.state, run.id == key)))
    good = await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")
    bad = await desk.ask(ADA, HERE, "eleven", {"size": 0}, key="u2")
    await ended(desk, good.id)
    await ended(desk, bad.id)
    await until(lambda: len(told) == 2)
    await asyncio.sleep(0.05)
    assert sorted(told) == [("telegram:1", "failed", True), ("telegram:1", "success", True)]


async def test_a_settle_that_fails_is_told_again(
    open_desk, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settle that raises is called again with the same key, stops no delivery, and after it has heard never again."""
    monkeypatch.setattr(settling, "FIRST_PAUSE", 0.02)
    keys = []

    def settle(_user, _run, key):
        keys.append(key)
        if len(keys) < 3:
            raise ZeroDivisionError

    desk = await open_desk(settle=settle)
    job = await ended(desk, (await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")).id)
    assert [one.step.text for one in platform.sent] == ["hi"]
    await until(lambda: len(keys) == 3)
    assert set(keys) == {job.run_id}
    await desk.close()
    again = await open_desk(settle=settle)
    assert await again._ledger.unsettled() == []
    assert len(keys) == 3


@pytest.mark.parametrize("trouble", [NotFound("no such row"), asyncio.CancelledError()])
async def test_whatever_a_settle_raises_it_is_told_again(
    trouble: BaseException, open_desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settle that raises errors of the SDK's, or is cancelled, is told again, however often."""
    monkeypatch.setattr(settling, "FIRST_PAUSE", 0.01)
    keys = []

    async def settle(_user, _run, key):
        keys.append(key)
        if len(keys) < 5:
            raise trouble

    desk = await open_desk(settle=settle)
    job = await ended(desk, (await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")).id)
    await until(lambda: len(keys) == 5)
    assert set(keys) == {job.run_id}


async def test_a_settle_that_has_heard_is_not_told_again(
    open_desk, st, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where only the ledger keeps it from being written down, it is written later, and the host hears once."""
    monkeypatch.setattr(settling, "FIRST_PAUSE", 0.02)
    keys = []

    def settle(_user, _run, key):
        keys.append(key)
        st._ready.context.ledger.file.why = "the disk is gone"

    desk = await open_desk(settle=settle)
    job = await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")
    await until(lambda: keys)
    await asyncio.sleep(0.1)
    st._ready.context.ledger.file.why = None
    job = await ended(desk, job.id)
    async with asyncio.timeout(45):
        while await desk._ledger.unsettled():  # noqa: ASYNC110 - it is on disk
            await asyncio.sleep(0.02)
    assert keys == [job.run_id]


async def test_a_settle_that_was_not_told_is_told_at_the_next_start(
    open_desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bot that is closed while settle fails tells its host at the next start, with the same key."""
    monkeypatch.setattr(settling, "FIRST_PAUSE", 30.0)
    keys = []

    async def fails(_user, _run, key):
        keys.append(key)
        raise ZeroDivisionError

    desk = await open_desk(settle=fails)
    job = await ended(desk, (await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")).id)
    await until(lambda: keys)
    await desk.close()

    async def heard(_user, run, key):
        keys.append(key)
        assert run.state == "success"

    await open_desk(settle=heard)
    await until(lambda: len(keys) == 2)
    assert set(keys) == {job.run_id}
