"""Faults: off until switched on, repeatable, seen, and nothing worse than what was asked for."""

import asyncio
import json
import time

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.local import Gateway
from stationthis_sdk.local.faults import Fault, Faults
from tests.local.conftest import ENDED, PATIENCE, picture_graph

GONE = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, aiohttp.ClientPayloadError)


async def queue(api) -> dict:
    """A submit's body."""
    inputs = {"prompt": "a test", "seed": 1, "steps": 1, "width": 64, "height": 64}
    return {"deployment_id": (await api.deployment())["id"], "inputs": inputs}


async def count(gateway) -> int:
    """How many runs there are."""
    from stationthis_sdk.local.rows.runs import Run

    return await gateway._running.database.do(lambda tables: tables.count(Run, "1"))


async def test_nothing_goes_wrong_until_asked_for(api, gateway):
    """Off by default, and off again after clear."""
    gateway.faults.errors()
    gateway.faults.clear()
    await api.ended(await api.submit())
    assert gateway.faults.seen == ()
    assert repr(gateway.faults) == "<Faults: none; 0 done>"


async def test_a_dropped_request_did_nothing_and_a_dropped_answer_did_all(api, gateway):
    """The one leaves no run, the other leaves one whose id nobody was told."""
    body = await queue(api)
    path = "/run/deployment/queue"
    gateway.faults.drop_requests(times=1, path="/run/*", method="post")
    with pytest.raises(GONE):
        await api("POST", path, json=body)
    assert await count(gateway) == 0
    gateway.faults.drop_answers(times=1, path="/run/*")
    with pytest.raises(GONE):
        await api("POST", path, json=body)
    assert await count(gateway) == 1
    assert (await api("POST", path, json=body)).status == 200
    assert gateway.faults.seen == (Fault("drop_requests", "POST", path), Fault("drop_answers", "POST", path))


async def test_an_error_is_the_service_s(api, gateway):
    """Plain text, and the connection is closed without having said so; before or after the work."""
    body = await queue(api)
    gateway.faults.errors(times=1)
    answer = await api("POST", "/run/deployment/queue", json=body)
    assert (answer.status, answer.body) == (500, b"Internal Server Error")
    assert "Connection" not in answer.headers
    assert await count(gateway) == 0
    gateway.faults.errors(times=1, after=True)
    assert (await api("POST", "/run/deployment/queue", json=body)).status == 500
    assert await count(gateway) == 1


async def test_too_many_requests_says_when_to_come_again(api, gateway, session):
    """429 with Retry-After, as often as asked for; any other status too."""
    gateway.faults.refuse(429, retry_after=2, times=3)
    for _ in range(3):
        async with session.get(f"{gateway.base_url}/machines") as response:
            assert (response.status, response.headers["Retry-After"]) == (429, "2")
    assert (await api("GET", "/machines")).status == 200
    gateway.faults.refuse(503)
    async with session.get(f"{gateway.base_url}/machines") as response:
        assert (response.status, "Retry-After" in response.headers) == (503, False)


async def test_a_slow_answer_comes(api, gateway):
    """By the real clock; clearing the faults lets it come at once."""
    gateway.faults.slow(seconds=0.05)
    start = time.monotonic()
    assert (await api("GET", "/machines")).status == 200
    assert time.monotonic() - start >= 0.05
    gateway.faults.clear()
    gateway.faults.slow(seconds=1000)
    asked = asyncio.create_task(api("GET", "/machines"))
    await asyncio.sleep(0.05)
    assert not asked.done()
    gateway.faults.clear()
    async with asyncio.timeout(PATIENCE):
        assert (await asked).status == 200


async def test_half_an_answer(api, gateway, session):
    """JSON and files break off; the length that was promised is the whole's."""
    run = await api.ended(await api.submit())
    url = run["outputs"][0]["data"]["images"][0]["url"]
    async with session.get(url) as response:
        whole = await response.read()
    gateway.faults.cut_answers()
    with pytest.raises(GONE):
        await api("GET", "/machines")
    async with session.get(url) as response:
        assert response.content_length == len(whole)
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()


async def test_links_expire(api, gateway, session):
    """As a bucket says it; the run's own answers are as ever."""
    run = await api.ended(await api.submit())
    gateway.faults.expire_links(times=1)
    url = run["outputs"][0]["data"]["images"][0]["url"]
    async with session.get(url) as response:
        assert response.status == 403
        assert "<Message>Request has expired</Message>" in await response.text()
    assert (await api("GET", f"/run/{run['id']}")).body == run
    async with session.get(url) as response:
        assert response.status == 200


async def test_polls_are_lost(api, gateway):
    """Only those that ask how a run stands."""
    run_id = await api.submit()
    gateway.faults.lose_polls(times=4)  # the test's own client asks again once
    for _ in range(2):
        with pytest.raises(GONE):
            await api("GET", f"/run/{run_id}", headers={"Connection": "close"})
    gateway.faults.clear()
    assert (await api.ended(run_id))["status"] == "success"
    assert {fault.kind for fault in gateway.faults.seen} == {"lose_polls"}


async def test_a_stream_breaks_off(api, gateway, session):
    """After its first events, without its end; the run goes on."""
    gateway.faults.drop_answers(path="/run/deployment/stream")
    headers = {"Authorization": f"Bearer {gateway.key}"}
    url = f"{gateway.base_url}/run/deployment/stream"
    async with session.post(url, json=await queue(api), headers=headers) as response:
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()
    (fault,) = gateway.faults.seen
    assert fault.kind == "drop_answers"


@pytest.mark.parametrize("at", ["queued", "running"])
async def test_a_stalled_run_goes_on_when_the_faults_end(api, gateway, at):
    """It stays where it is, keeps nobody from the machine, and then succeeds."""
    gateway.faults.stall(at=at, times=1)
    stalled, other = await api.submit(), await api.submit()
    assert (await api.ended(other))["status"] == "success"
    assert (await api("GET", f"/run/{stalled}")).body["status"] == at
    gateway.faults.clear()
    assert (await api.ended(stalled))["status"] == "success"


async def test_a_run_does_not_stall_when_the_faults_ended_before_it_was_so_far():
    """Its state tells that it runs a moment before it is held up; whoever ends the faults then is not waited for again."""
    faults = Faults()
    faults.stall(at="running")
    assert faults.of_run("a run") == "running"
    faults.clear()
    async with asyncio.timeout(PATIENCE):
        await faults.hold("a run")


@pytest.mark.parametrize("at", ["queued", "running"])
async def test_a_stalled_run_can_be_cancelled(api, gateway, at):
    """And ends as cancelled at once."""
    gateway.faults.stall(at=at)
    run_id = await api.submit()
    await api.until(run_id, lambda run: run["status"] == at)
    await api("POST", f"/run/{run_id}/cancel")
    assert (await api("GET", f"/run/{run_id}")).body["status"] == "cancelled"


async def test_a_stalled_run_runs_into_its_time_limit(api, gateway):
    """By the gateway's clock."""
    gateway.faults.stall(at="running")
    run_id = await api.submit()
    await api.until(run_id, lambda run: run["status"] == "running")
    gateway.clock.advance(301)
    assert (await api.ended(run_id))["status"] == "timeout"


async def test_a_gateway_stops_in_the_midst_of_faults(tmp_path, session):
    """Stalled runs, slow answers and late webhooks hold nobody up; the stalled one waits for the next start."""
    from tests.local.conftest import Api

    gateway = Gateway(tmp_path)
    await gateway.start()
    api = Api(gateway, session)
    gateway.faults.stall(at="queued")
    gateway.faults.webhooks(late=1, seconds=1000)
    run_id = await api.submit(webhook="http://127.0.0.1:9/hook")
    gateway.faults.slow(seconds=1000)
    headers = {"Authorization": f"Bearer {gateway.key}"}
    asked = asyncio.create_task(session.get(f"{gateway.base_url}/run/{run_id}", headers=headers))
    await asyncio.sleep(0.05)
    async with asyncio.timeout(PATIENCE):
        await gateway.stop()
    async with await asked as response:
        assert (await response.json())["status"] == "queued"
    again = Gateway(tmp_path)
    await again.start()
    assert (await Api(again, session).ended(run_id))["status"] == "success"
    await again.stop()


def _statuses(receiver) -> list[str]:
    return [body["status"] for body in receiver.bodies]


async def test_webhooks_are_lost_or_come_twice(api, gateway, receiver):
    """None, or each of them two times."""
    gateway.faults.webhooks(lost=1)
    await api.ended(await api.submit(webhook=receiver.url))
    assert receiver.bodies == []
    assert len(gateway.faults.seen) == 4
    gateway.faults.clear()
    gateway.faults.webhooks(duplicate=1)
    await api.submit(webhook=receiver.url)
    await receiver.until(lambda bodies: len(bodies) == 8)
    assert sorted(_statuses(receiver)) == sorted(["queued", "started", "running", "success"] * 2)


async def test_a_late_webhook_comes_when_the_clock_says_so(api, gateway, receiver):
    """The run has long ended by then."""
    gateway.faults.webhooks(late=1, seconds=60, times=1)
    await api.ended(await api.submit(webhook=receiver.url))
    await receiver.until(lambda bodies: len(bodies) == 3)
    assert "queued" not in _statuses(receiver)
    gateway.clock.advance(60)
    await receiver.until(lambda bodies: len(bodies) == 4)
    assert _statuses(receiver)[-1] == "queued"


async def test_a_webhook_is_overtaken_by_the_next(api, gateway, receiver):
    """The order is another, nothing is lost."""
    gateway.faults.webhooks(reordered=1, times=1)
    await api.submit(webhook=receiver.url)
    await receiver.until(lambda bodies: len(bodies) == 4)
    statuses = _statuses(receiver)
    assert statuses.index("queued") > statuses.index("started")
    assert sorted(statuses) == ["queued", "running", "started", "success"]


REQUESTS = some.lists(
    some.tuples(some.sampled_from(["GET", "POST"]), some.sampled_from(["/api/run/1", "/api/machines", "/files/outputs/x"])),
    max_size=60,
)  # fmt: skip


def _many(seed: int) -> Faults:
    faults = Faults(seed)
    faults.errors(0.3)
    faults.drop_answers(0.3, path="/run/*")
    faults.slow(0.2, seconds=0)
    return faults


@given(REQUESTS, some.integers(0, 5))
def test_the_same_seed_and_requests_give_the_same_faults(requests, seed):
    """And one kind doesn't disturb another: with more of them, those there were stay."""
    one, two = _many(seed), _many(seed)
    two.refuse(429, 0.5)
    for method, path in requests:
        one.of_request(method, path)
        two.of_request(method, path)
    again = _many(seed)
    for method, path in requests:
        again.of_request(method, path)
    assert again.seen == one.seen
    slow = [[fault for fault in faults.seen if fault.kind == "slow"] for faults in (one, two)]
    assert slow[0] == slow[1]


def test_shares_are_kept():
    """A fifth of many is about a fifth, whatever the seed."""
    for seed in range(5):
        faults = Faults(seed)
        faults.drop_answers(0.2)
        for _ in range(2000):
            faults.of_request("GET", "/api/machines")
        assert 330 < len(faults.seen) < 470


def test_what_is_no_service_s_path_is_left_alone():
    """A lease, the page, the contract."""
    faults = Faults()
    faults.errors()
    assert [faults.of_request("GET", path) for path in ("/lease", "/", "/openapi.json", "/apix")] == [
        None
    ] * 4


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda faults: faults.errors(1.5), "errors takes a share from 0 to 1, not 1.5"),
        (lambda faults: faults.drop_answers(float("nan")), "a share from 0 to 1"),
        (lambda faults: faults.refuse(200), "a status from 400 to 599, not 200"),
        (lambda faults: faults.refuse(429, retry_after=-1), "retry_after is seconds, not -1"),
        (lambda faults: faults.slow(seconds=-1), "seconds from 0 to 3600"),
        (lambda faults: faults.stall(at="uploading"), "stalls at queued or running"),
        (lambda faults: faults.errors(times=-1), "times is how often at most"),
        (lambda faults: faults.errors(paths="/x"), "errors takes no paths; it takes method, path, times and seed"),
        (lambda faults: faults.webhooks(), "say how many: lost, duplicate, late, reordered"),
        (lambda faults: faults.webhooks(late=1, seconds=-1), "seconds from 0"),
        (lambda faults: faults.switch_on("rain=0.1"), "no fault is called 'rain'; there are cut_answers"),
        (lambda faults: faults.switch_on("errors"), "'errors' should be a name and a number"),
        (lambda faults: faults.switch_on("errors=many"), "should be a name and a number"),
        (lambda faults: faults.switch_on("errors=2"), "a share from 0 to 1"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_said(wrong, said):
    """In one line that tells what to write, and nothing is switched on."""
    faults = Faults()
    with pytest.raises((ValueError, TypeError), match=said) as caught:
        wrong(faults)
    assert "\n" not in str(caught.value)
    assert repr(faults) == "<Faults: none; 0 done>"


async def test_many_programs_get_through_a_bad_day(api, gateway):
    """Runs end and are told right, whatever happened on the way."""
    gateway.faults.switch_on("drop_answers=0.2,errors=0.1,slow=0.1,seconds=0.01,refuse=0.1,seed=1")
    body = None
    answered = []
    for _ in range(200):
        try:
            body = body or await queue(api)
            answer = await api("POST", "/run/deployment/queue", json=body)
        except (*GONE, KeyError, AssertionError, TypeError):
            continue
        if answer.status == 200:
            answered.append(answer.body["run_id"])
    gateway.faults.clear()
    assert len(answered) > 50
    for run_id in answered:
        run = await api.ended(run_id)
        assert run["status"] == "success", json.dumps(run)
        assert run["status"] in ENDED
    assert await count(gateway) > len(answered)  # some were done whose answer was lost
    assert picture_graph()
