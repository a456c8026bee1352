"""What the host decides: who may run what, what may be shown, and what is paid; its faults run nothing and lose nothing."""

import asyncio
import threading

import pytest

from stationthis_sdk.bots.desk import settling
from stationthis_sdk.bots.desk.denied import Denied
from stationthis_sdk.testing import LocalGateway
from tests.bots.desk.conftest import ADA, HERE, ended, runs_of, until
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


@pytest.mark.parametrize("how", ["no", "raises"])
async def test_outputs_are_reviewed(how: str, open_desk, platform: Platform) -> None:
    """What review refuses is not shown: the user is told, the job is done; so where review fails."""

    async def review(what):
        if not isinstance(what, dict):
            assert await what[0].text() == "hi"
            if how == "raises":
                raise ZeroDivisionError
            return "That may not be shown."
        return True

    desk = await open_desk(review=review)
    job = await ended(desk, (await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")).id)
    assert (job.state, job.code, platform.sent) == ("done", "not_shown", [])
    assert platform.said[job.status_message][-1] == job.problem
    assert (job.problem == "That may not be shown.") == (how == "no")


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
