"""Webhooks, as a customer's server gets them."""

import asyncio
import contextlib

import pytest

from stationthis_sdk.local import Gateway
from stationthis_sdk.local.rows.runs import Run
from tests.local.conftest import Api, picture_graph


def _statuses(bodies: list[dict]) -> list[str]:
    return [body["status"] for body in bodies if body["event_type"] == "run.updated"]


async def test_every_change_of_status_is_told(api, receiver):
    """Queued, started, running and the end, each once; outputs come with the end, raw; nothing is signed."""
    run_id = await api.run_graph(picture_graph(), webhook=receiver.url)
    await receiver.until(lambda bodies: len(bodies) >= 4)
    assert sorted(_statuses(receiver.bodies)) == ["queued", "running", "started", "success"]
    assert {body["run_id"] for body in receiver.bodies} == {run_id}
    assert all(
        set(body) == {"event_type", "status", "live_status", "progress", "run_id", "outputs"}
        for body in receiver.bodies
    )
    (end,) = [body for body in receiver.bodies if body["status"] == "success"]
    (output,) = end["outputs"]
    assert output["output_id"] == output["data"]["images"][0]["output_id"] == "out"
    assert output["created_at"].endswith("Z")
    assert {"type", "node_id"}.isdisjoint(output)
    assert all("aiohttp/" in headers["User-Agent"] for headers in receiver.headers)
    assert all("Authorization" not in headers for headers in receiver.headers)


async def test_progress_is_told_when_asked_for(api, receiver):
    """Reports of progress carry no outputs."""
    graph = picture_graph(steps=5)
    run_id = await api.run_graph(graph, webhook=receiver.url, webhook_intermediate_status=True)
    await receiver.until(lambda bodies: "success" in _statuses(bodies))
    between = [body for body in receiver.bodies if body["live_status"] and body["status"] == "running"]
    assert len(between) >= 5
    assert all(body["outputs"] == [] for body in between)
    assert (await api.ended(run_id))["webhook_intermediate_status"] is True


async def test_outputs_are_told_one_by_one_when_the_url_asks(api, receiver):
    """run.output comes once for each output, beside run.updated."""
    run_id = await api.run_graph(picture_graph(), webhook=f"{receiver.url}?target_events=run.output,other")
    await receiver.until(lambda bodies: len(bodies) >= 5)
    (told,) = [body for body in receiver.bodies if body["event_type"] == "run.output"]
    assert len(told["outputs"]) == 1
    assert told["status"] == "running"
    assert (await api.ended(run_id))["webhook"].endswith("?target_events=run.output,other")


async def test_a_receiver_that_hangs_holds_nobody_up(api, receiver):
    """Neither runs nor other receivers wait for it, however much it was sent."""
    gone = asyncio.Event()

    async def hang(_reader, writer):
        await gone.wait()
        with contextlib.suppress(ConnectionError):
            writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    graph = picture_graph(steps=40, width=16, height=16)
    for _ in range(4):
        await api.ended(await api.run_graph(graph, webhook=url, webhook_intermediate_status=True))
    await api.run_graph(picture_graph(), webhook=receiver.url)
    await receiver.until(lambda bodies: "success" in _statuses(bodies))
    server.close()
    gone.set()


async def test_a_failed_run_tells_its_error_in_the_raw_outputs(api, receiver):
    """What GET run drops is here, as in the service."""
    await api.run_graph({"1": {"class_type": "Nothing", "inputs": {}}}, webhook=receiver.url)
    await receiver.until(lambda bodies: "failed" in _statuses(bodies))
    (end,) = [body for body in receiver.bodies if body["status"] == "failed"]
    told = end["outputs"][0]["data"]["error"]["error"]
    assert told["type"] == "invalid_prompt"
    assert "Nothing" in told["message"]


@pytest.mark.parametrize(
    "url", ["not a url", "ftp://127.0.0.1/x", "http://", "http://[::1", "file:///etc/passwd"]
)
async def test_a_webhook_that_is_no_url_is_accepted_and_never_delivered(api, gateway, url):
    """The run goes on as if nothing had been asked; its log says that nothing is sent, and why."""
    run = await api.ended(await api.run_graph(picture_graph(), webhook=url))
    assert (run["status"], run["webhook"]) == ("success", url)
    gateway.clock.advance(60)
    lines = (await api("GET", f"/v2/clickhouse-run-logs/{run['id']}")).body
    (told,) = [line["log"] for line in lines if "webhook" in line["log"]]
    assert told == f"no webhook is sent to {url!r}: a webhook is an http or https address with a host"


async def test_a_strict_gateway_refuses_a_webhook_that_is_no_url(tmp_path, session):
    """422 with the reason; no run is made."""
    gateway = Gateway(tmp_path, strict=True)
    await gateway.start()
    api = Api(gateway, session)
    for url in ("not a url", "file:///etc/passwd"):
        body = {**await api.workflow_body(picture_graph()), "webhook": url}
        answer = await api("POST", "/run/workflow/queue", json=body)
        assert answer.status == 422
        (fault,) = answer.body["detail"]
        assert fault["loc"] == ["body", "webhook"]
        assert "http or https" in fault["msg"]
    assert await gateway.services.database.do(lambda tables: tables.count(Run, "1")) == 0
    await gateway.stop()


@pytest.mark.slow
async def test_a_refused_delivery_is_tried_three_times(api, receiver):
    """Two refusals, then taken: the same body thrice; three refusals: given up."""
    receiver.answers = [503, 503, 200]
    graph = {"1": {"class_type": "Nothing", "inputs": {}}}
    await api.run_graph(graph, "classic-machine", webhook=receiver.url)
    await receiver.until(lambda bodies: len(bodies) >= 4)
    assert sorted(_statuses(receiver.bodies)) in (
        ["failed", "failed", "failed", "running"],
        ["failed", "failed", "running", "running"],
        ["failed", "running", "running", "running"],
    )
