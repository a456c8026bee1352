"""Webhooks, posted by a real gateway on its bad days: each end is told once, by the service's own word."""

import asyncio
import itertools
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from stationthis_sdk import (
    AsyncDeployment,
    AsyncRun,
    AsyncStationThis,
    FeatureDisabled,
    InvalidInput,
    RunState,
)
from stationthis_sdk.testing import LocalGateway
from stationthis_sdk.webhooks import AsyncReceiver, telling
from stationthis_sdk.webhooks.receiver import PING
from tests.webhooks.conftest import Heard, Hooked, body, post, rows, until


async def test_the_end_of_a_run_is_told_with_all_of_it(hooked: Hooked, echo: AsyncDeployment) -> None:
    """Outputs, inputs without our own, tags and name; progress before it, none after."""
    run = await echo.options(webhook=hooked.url, tags="autumn").submit(words="fox")
    await until(lambda: hooked.heard.finals)
    (told,) = hooked.heard.finals
    assert (told.id, told.state, told.inputs, told.tags) == (run.id, "success", {"words": "fox"}, ("autumn",))
    assert told.record.deployment_name == "echo"
    assert await told.outputs[0].text() == "fox"
    assert all(not RunState(state).final for state, _ in hooked.heard.of(run.id))


async def test_the_service_is_given_the_submit_and_no_key(
    hooked: Hooked, gateway: LocalGateway, echo: AsyncDeployment
) -> None:
    """T1, T30: the id is in our address alone; a foreign one goes out as it was given."""
    run = await echo.options(webhook=hooked.url).submit(words="fox")
    foreign = await asyncio.to_thread(lambda: gateway.webhook_url)
    await echo.options(webhook=foreign).submit(words="hare")
    ours, theirs = [one.webhook for one in await asyncio.to_thread(gateway.runs)]
    assert run.record.submit_id
    assert ours == f"{hooked.url}&stationthis_submit={run.record.submit_id}"
    assert theirs == foreign
    assert gateway.key not in str(ours)


async def test_progress_is_told_forwards_only(hooked: Hooked, st: AsyncStationThis) -> None:
    """T3: with progress asked for, states and fractions never go back, and nothing is told twice."""
    drawing = await st.deployments.get("text-to-picture")
    url = await hooked.receiver.url_for(f"{hooked.address}/hook", progress=True)
    run = await drawing.options(webhook=url).submit(prompt="a fox", seed=1, steps=8, width=64, height=64)
    await until(lambda: hooked.heard.finals)
    told = hooked.heard.of(run.id)
    assert [RunState(state).rank for state, _ in told] == sorted(RunState(state).rank for state, _ in told)
    assert [fraction for _, fraction in told] == sorted(fraction for _, fraction in told)
    assert max(fraction for _, fraction in told) > 0


@pytest.mark.parametrize("faults", [{"duplicate": 1.0}, {"reordered": 0.5}, {"late": 0.5, "seconds": 0.2},
                                    {"lost": 0.5}, {"duplicate": 0.5, "reordered": 0.3, "late": 0.3, "lost": 0.3, "seconds": 0.3}])  # fmt: skip
async def test_bad_days_of_the_service(
    hooked: Hooked, gateway: LocalGateway, echo: AsyncDeployment, faults: dict[str, float]
) -> None:
    """T2: webhooks doubled, overtaken, late or lost: each of twenty ends is told once."""
    gateway.faults.webhooks(seed=3, **faults)
    hooking = echo.options(webhook=hooked.url)
    runs = await asyncio.gather(*(hooking.submit(words=str(at)) for at in range(20)))
    await until(lambda: len(hooked.heard.ends) == 20)
    gateway.faults.clear()
    await asyncio.sleep(0.5)  # what is late comes, and changes nothing
    assert hooked.heard.ends == dict.fromkeys([run.id for run in runs], 1)
    assert all(run.state == "success" for run in hooked.heard.finals)


async def test_lost_webhooks_are_made_up_for_by_looking(
    hooked: Hooked, gateway: LocalGateway, echo: AsyncDeployment
) -> None:
    """T8: not one comes, and each end is told all the same."""
    gateway.faults.webhooks(lost=1.0)
    hooking = echo.options(webhook=hooked.url)
    runs = [await hooking.submit(words=str(at)) for at in range(6)]
    await until(lambda: len(hooked.heard.ends) == 6)
    assert hooked.heard.ends == dict.fromkeys([run.id for run in runs], 1)


async def test_runs_with_a_tag_need_no_address(
    st: AsyncStationThis, echo: AsyncDeployment, heard: Heard
) -> None:
    """T8: without a webhook at all, those with the receiver's tag are told of; others are not."""
    async with AsyncReceiver(st, on_final=heard.finals.append, tag="bot"):
        run = await echo.options(tags=["bot", "x"]).submit(words="fox")
        await echo.options(tags="other").submit(words="hare")
        await until(lambda: heard.finals)
    assert [(one.id, one.state) for one in heard.finals] == [(run.id, "success")]


async def test_the_same_final_five_times_reversed_and_between_polls(
    hooked: Hooked, gateway: LocalGateway, echo: AsyncDeployment
) -> None:
    """T2, T3: every webhook of a run five times, backwards, while somebody waits for it: one end, nothing goes back."""
    gateway.faults.webhooks(lost=1.0)
    run = await echo.options(webhook=hooked.url).submit(words="fox")
    waiting = asyncio.create_task(run.wait())
    for status in ["success", "running", "started", "queued"]:
        for _ in range(5):
            answer = await hooked.receiver.handle(body(run.id, status), hooked.url)
            assert answer.status == 200
    assert (await waiting).state == "success"
    await until(lambda: hooked.heard.finals)
    late = await asyncio.to_thread(post, hooked.url, body(run.id, "success"))
    assert late == (200, {"status": "duplicate"})
    assert (await asyncio.to_thread(post, hooked.url, body(run.id, "running")))[0] == 200
    assert hooked.heard.ends == {run.id: 1}
    ranks = [RunState(state).rank for state, _ in hooked.heard.of(run.id)]
    assert ranks == sorted(ranks)


async def test_a_webhook_before_the_submit_has_its_answer(
    hooked: Hooked, gateway: LocalGateway, echo: AsyncDeployment
) -> None:
    """T1: the run ends and is told of while its POST hangs; then submit returns that run."""
    gateway.faults.drop_answers(times=1, method="POST", path="/run/deployment/queue")
    gateway.faults.slow(seconds=1.5, path="*/runs")
    submitting = asyncio.create_task(echo.options(webhook=hooked.url, tags="early").submit(words="fox"))
    await until(lambda: hooked.heard.finals)
    assert not submitting.done()
    (told,) = hooked.heard.finals
    assert (told.state, told.tags, told.record.deployment_name) == ("success", ("early",), "echo")
    assert (await submitting).id == told.id
    assert hooked.heard.ends == {told.id: 1}


async def test_a_submit_whose_process_died_has_its_run_by_the_webhook(
    hooked: Hooked, st: AsyncStationThis, gateway: LocalGateway, echo: AsyncDeployment
) -> None:
    """A lost answer is settled by the webhook that follows: nothing is left open."""
    gateway.faults.drop_answers(times=1, method="POST", path="/run/deployment/queue")
    gateway.faults.refuse(403, path="*/runs")
    with pytest.raises(Exception, match="reconcile"):
        await echo.options(webhook=hooked.url).submit(words="fox")
    await until(lambda: hooked.heard.finals)
    assert await st.reconcile() == []
    (run,) = await st.runs.list()
    assert (run.id, run.inputs) == (hooked.heard.finals[0].id, {"words": "fox"})


async def test_a_run_that_others_started_is_told_of(
    hooked: Hooked, gateway: LocalGateway, tmp_path: Any
) -> None:
    """A client with another data folder gives our address: the ledger does not know the run, the service does."""
    async with gateway.async_client(home=tmp_path / "elsewhere") as other:
        run = await (await other.deployments.get("echo")).options(webhook=hooked.url).submit(words="hare")
    await until(lambda: hooked.heard.finals)
    assert [(one.id, one.inputs) for one in hooked.heard.finals] == [(run.id, {"words": "hare"})]


async def test_a_run_that_the_service_does_not_know(
    hooked: Hooked, st: AsyncStationThis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is kept, looked for a few times, and nobody is told; the next webhook begins anew."""
    monkeypatch.setattr("stationthis_sdk.store.deliveries.MISSING_SECONDS", 0.5)
    assert await asyncio.to_thread(post, hooked.url, body(status="success")) == (200, {"status": "ok"})
    unknown = {"state": None}
    async with asyncio.timeout(45):
        while unknown["state"] != "unknown":
            (unknown,) = await rows(st)
            await asyncio.sleep(0.05)
    assert hooked.heard.finals == []
    await asyncio.to_thread(post, hooked.url, body(status="success"))
    (again,) = await rows(st)
    assert (again["said"], again["copies"], again["called_at"]) == ("success", 2, None)


async def test_a_webhook_alone_ends_nothing(
    hooked: Hooked, st: AsyncStationThis, gateway: LocalGateway, echo: AsyncDeployment
) -> None:
    """Whoever knows the address says "success": the run is looked at, and goes on; its true end is told."""
    gateway.faults.stall(at="running")
    run = await echo.options(webhook=hooked.url).submit(words="fox")
    lie = [{"id": "x", "data": {"text": ["a lie"]}}]
    for _ in range(20):
        await hooked.receiver.handle(body(run.id, "success", outputs=lie), hooked.url)
    before = len(st.last_requests)
    await until(lambda: len(st.last_requests) > before + 2)
    assert hooked.heard.finals == []
    assert (await st.runs.list())[0].state == "running"
    gateway.faults.clear()
    await until(lambda: hooked.heard.finals)
    assert await hooked.heard.finals[0].outputs[0].text() == "fox"


@pytest.mark.parametrize(
    "address", ["", "?stationthis_token=", "?stationthis_token=guess", "?token=x", "/%00", "ü"]
)
async def test_a_wrong_token_is_refused_and_nothing_is_kept(
    hooked: Hooked, st: AsyncStationThis, address: str
) -> None:
    """401, whatever the body is, and with the true token cut short, lengthened, or of another account."""
    true = hooked.url.partition("=")[2]
    for tried in (address, f"?stationthis_token={true[:-1]}", f"?stationthis_token={true}A", true.swapcase()):
        assert (await hooked.receiver.handle(body(), tried)).status == 401
    status, answer = await asyncio.to_thread(
        post, f"{hooked.address}/hook?stationthis_token=guess", b"x" * 2_000_000
    )
    assert (status, list(answer)) == (401, ["error"])
    assert await rows(st) == []


async def test_another_account_s_address_is_refused(hooked: Hooked, gateway: LocalGateway) -> None:
    """Each account has its own, with the same secret."""
    key = await asyncio.to_thread(gateway.add_key, "guest")
    async with gateway.async_client(key) as guest:
        url = await AsyncReceiver(guest).url_for(f"{hooked.address}/hook")
    assert (await asyncio.to_thread(post, url, body()))[0] == 401


async def test_hostile_bodies_are_refused_and_nothing_is_kept(hooked: Hooked, st: AsyncStationThis) -> None:
    """400 for what is none, 413 for too much, 405 for what is not posted; the receiver goes on."""
    from tests.webhooks.test_parsing import HOSTILE

    for content in HOSTILE.values():
        status, answer = await asyncio.to_thread(post, hooked.url, content)
        assert status in {400, 413}, content[:80]
        assert len(answer["error"]) < 300
    assert await rows(st) == []
    assert await asyncio.to_thread(post, hooked.url, body(event_type=PING)) == (200, {"status": "pong"})
    assert await rows(st) == []


async def test_too_many_are_told_so(st: AsyncStationThis) -> None:
    """429 beyond the rate, and nothing of those is kept; wrong tokens do not use it up."""
    receiver = AsyncReceiver(st, rate=0.2)
    url = await receiver.url_for("http://127.0.0.1:1/hook")
    for _ in range(5):
        assert (await receiver.handle(body(), "wrong")).status == 401
    statuses = [(await receiver.handle(body(), url)).status for _ in range(4)]
    assert statuses == [200, 200, 429, 429]
    assert len(await rows(st)) == 1
    with pytest.raises(InvalidInput, match="rate"):
        AsyncReceiver(st, rate=0)


async def test_a_thousand_at_once(hooked: Hooked, st: AsyncStationThis, echo: AsyncDeployment) -> None:
    """All are answered and kept; of the fifty runs they tell of each end is told once."""
    runs = [await echo.options(webhook=hooked.url).submit(words=str(at)) for at in range(50)]
    statuses = ["queued", "started", "running", "success", "success"] * 4
    told = [body(run.id, status) for run, status in itertools.product(runs, statuses)]
    random.Random(7).shuffle(told)
    answers = await asyncio.gather(*(hooked.receiver.handle(one, hooked.url) for one in told))
    assert len(answers) == 1000
    assert {answer.status for answer in answers} == {200}
    await until(lambda: len(hooked.heard.ends) == 50)
    assert hooked.heard.ends == dict.fromkeys([run.id for run in runs], 1)
    assert len(await rows(st)) == 50


async def test_a_callback_that_fails_is_called_again(
    st: AsyncStationThis, echo: AsyncDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sooner, then later; once it returns the end is told for good. Progress that fails holds nothing up."""
    monkeypatch.setattr(telling, "FIRST_AGAIN", 0.02)
    tries: list[str] = []

    async def bad(run: AsyncRun) -> None:
        tries.append(run.id)
        if len(tries) < 3:
            raise ZeroDivisionError("the bot's own fault")

    def worse(_run: AsyncRun) -> None:
        raise RuntimeError("likewise")

    async with AsyncReceiver(st, on_final=bad, on_progress=worse, tag="bot") as receiver:
        run = await echo.options(tags="bot").submit(words="fox")
        await until(lambda: len(tries) == 3)
        await until(lambda: receiver._telling.count == 1)
    assert tries == [run.id] * 3
    (row,) = await rows(st)
    assert (row["attempts"], row["problem"]) == (2, "ZeroDivisionError: the bot's own fault")
    assert row["called_at"] is not None


async def test_what_fails_always_is_left_to_the_next_start(
    st: AsyncStationThis, echo: AsyncDeployment, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T7: eight times, then no more; it is listed with what went wrong, and whoever starts next is told to."""
    monkeypatch.setattr(telling, "FIRST_AGAIN", 0.001)
    tries: list[str] = []

    def bad(run: AsyncRun) -> None:
        tries.append(run.id)
        raise ZeroDivisionError

    async with AsyncReceiver(st, on_final=bad, tag="bot"):
        run = await echo.options(tags="bot").submit(words="fox")
        await until(lambda: len(tries) == telling.TRIES)
        await asyncio.sleep(0.6)
    assert len(tries) == telling.TRIES
    next_one = AsyncReceiver(st, on_final=heard.finals.append)
    (left,) = await next_one.undelivered()
    assert (left.run_id, left.state, left.attempts, left.under_way) == (
        run.id,
        "success",
        telling.TRIES,
        False,
    )
    assert left.problem == "ZeroDivisionError: "
    assert await next_one.resume() == 1
    assert heard.ends == {run.id: 1}
    assert await next_one.resume() == 0
    assert await next_one.undelivered() == []


async def test_a_callback_that_is_cut_off_by_the_end_is_called_at_the_next_start(
    st: AsyncStationThis, echo: AsyncDeployment, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It did not return: its claim is left, and the next receiver calls."""
    monkeypatch.setattr("stationthis_sdk.webhooks.receiver.STOPPING_SECONDS", 0.05)
    begun = asyncio.Event()

    async def slow(_run: AsyncRun) -> None:
        begun.set()
        await asyncio.Event().wait()

    async with AsyncReceiver(st, on_final=slow, tag="bot"):
        run = await echo.options(tags="bot").submit(words="fox")
        async with asyncio.timeout(45):
            await begun.wait()
    async with AsyncReceiver(st, on_final=heard.finals.append):
        await until(lambda: heard.finals)
    assert heard.ends == {run.id: 1}


async def test_two_receivers_of_one_ledger_tell_once(
    st: AsyncStationThis, gateway: LocalGateway, echo: AsyncDeployment, heard: Heard
) -> None:
    """Whoever claims first tells; the other hears that it is told."""

    async def slowly(run: AsyncRun) -> None:
        await asyncio.sleep(0.05)
        heard.finals.append(run)

    async with (
        gateway.async_client() as other,
        AsyncReceiver(st, on_final=slowly, tag="bot"),
        AsyncReceiver(other, on_final=slowly, tag="bot") as second,
    ):
        runs = [await echo.options(tags="bot").submit(words=str(at)) for at in range(10)]
        await until(lambda: len(heard.ends) == 10)
        await until(lambda: not second._telling._busy)
        await asyncio.sleep(0.5)
    assert heard.ends == dict.fromkeys([run.id for run in runs], 1)


async def test_failures_and_cancels_are_ends_too(
    hooked: Hooked, st: AsyncStationThis, gateway: LocalGateway, echo: AsyncDeployment
) -> None:
    """T4: failed, cancelled and timeout are told as success is."""
    await asyncio.to_thread(gateway.deploy, "broken", {"1": {"class_type": "Nothing", "inputs": {}}})
    broken = await (await st.deployments.get("broken", refresh=True)).options(webhook=hooked.url).submit()
    await until(lambda: hooked.heard.finals)
    gateway.faults.stall(at="running")
    stopped = await echo.options(webhook=hooked.url).submit(words="fox")
    await until(lambda: ("running", 0.0) in hooked.heard.of(stopped.id))
    await stopped.cancel()
    await until(lambda: len(hooked.heard.finals) == 2)
    assert [(run.id, run.state) for run in hooked.heard.finals] == [
        (broken.id, "failed"),
        (stopped.id, "cancelled"),
    ]


async def test_whoever_waits_hears_of_it_at_once(
    hooked: Hooked, st: AsyncStationThis, gateway: LocalGateway, echo: AsyncDeployment
) -> None:
    """The waiting call of the same client looks when a webhook comes, not when its pause is over."""
    gateway.faults.stall(at="queued")
    run = await echo.options(webhook=hooked.url).submit(words="fox")
    async with st._ready.context.polling.watching(run.id) as watch:
        gateway.faults.clear()
        await watch.news(asyncio.get_running_loop().time() + 600)
    assert (await run.wait()).state == "success"


async def test_a_service_that_is_down_is_asked_until_it_answers(
    hooked: Hooked, gateway: LocalGateway, echo: AsyncDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end is written down; the look at it is repeated."""
    monkeypatch.setattr(telling, "FIRST_AGAIN", 0.02)
    run = await echo.options(webhook=hooked.url).submit(words="fox")
    gateway.faults.errors(method="GET", path="/run/*", times=4)
    await until(lambda: hooked.heard.finals)
    assert hooked.heard.ends == {run.id: 1}


async def test_without_a_ledger_ends_are_told_once_in_this_process(
    st: AsyncStationThis, echo: AsyncDeployment, heard: Heard
) -> None:
    """A disk that can't be written: nothing outlives the process, and no end is told twice in it."""
    async with AsyncReceiver(st, on_final=heard.finals.append) as receiver:
        url = await receiver.url_for("http://127.0.0.1:1/hook")
        run = await echo.submit(words="fox")
        st._ready.context.ledger.file.why = "the disk is gone"
        for _ in range(5):
            assert (await receiver.handle(body(run.id, "success"), url)).status == 200
        await until(lambda: heard.finals)
        await receiver.handle(body(run.id, "success"), url)
        await until(lambda: not receiver._telling._busy and not receiver._telling._news)
    assert heard.ends == {run.id: 1}


async def test_off_means_off(gateway: LocalGateway) -> None:
    """The flag webhooks: no receiver, no address, no submit with one."""
    async with gateway.async_client(flags={"webhooks": False}) as st:
        with pytest.raises(FeatureDisabled):
            AsyncReceiver(st)
        with pytest.raises(FeatureDisabled):
            await (
                (await st.deployments.get("echo")).options(webhook="http://127.0.0.1:1/x").submit(words="fox")
            )
    assert await asyncio.to_thread(gateway.runs) == ()


async def test_one_at_work_is_enough(hooked: Hooked) -> None:
    """Entering it again, or a second work, is refused; leaving it is not an end."""
    with pytest.raises(InvalidInput, match="at work already"):
        await hooked.receiver.work()
    with pytest.raises(InvalidInput, match="at work already"):
        await hooked.receiver.__aenter__()


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=some.data())
async def test_any_order_of_webhooks_tells_one_end(
    hooked: Hooked, gateway: LocalGateway, echo: AsyncDeployment, data: some.DataObject
) -> None:
    """Any of them, in any order, any number of times: one end, and what is told on the way only gets further."""
    order = data.draw(
        some.lists(some.sampled_from(["queued", "started", "running", "success", "failed"]), max_size=8)
    )
    gateway.faults.webhooks(lost=1.0)
    run = await echo.options(webhook=hooked.url).submit(words="fox")
    for status in order:
        assert (await hooked.receiver.handle(body(run.id, status), hooked.url)).status == 200
    await until(lambda: hooked.heard.ends[run.id])
    assert hooked.heard.ends[run.id] == 1
    assert next(one for one in hooked.heard.finals if one.id == run.id).state == "success"
    ranks = [RunState(state).rank for state, _ in hooked.heard.of(run.id)]
    assert ranks == sorted(ranks)
