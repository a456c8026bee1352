"""A self-hosted server of old: runs are queued and read at its endpoints, where the flag allows it."""

from urllib.parse import parse_qs, urlsplit

import pytest

from stationthis_sdk import AsyncStationThis, CancelRefused, NotFound, StationThisError
from stationthis_sdk.testing import LocalGateway
from tests.wire import Wire, answer

RUN = "5ea8723e-4701-4d69-8604-8932801f2083"
DEPLOYMENT = "0f9c5bb0-6d4c-4df2-8f3e-0d1f6b5a2c11"


class OldServer:
    """What such a server serves: bare rows, 400 for what it does not know, plain 404 for all else."""

    def __init__(self):
        self.queued = []
        self.polls = 0

    def __call__(self, asked):
        path = urlsplit(asked.path)
        if asked.method == "POST" and path.path == "/api/run":
            self.queued.append(asked.json)
            return answer(200, {"run_id": RUN})
        if asked.method == "GET" and path.path == "/api/run":
            if parse_qs(path.query) != {"run_id": [RUN]}:
                return answer(400, {"code": 400, "message": "Workflow not found"})
            self.polls += 1
            ended = self.polls > 2
            row = {
                "id": RUN,
                "workflow_version_id": None,
                "workflow_inputs": self.queued[0]["inputs"],
                "workflow_id": DEPLOYMENT,
                "machine_id": None,
                "origin": "api",
                "status": "success" if ended else "running",
                "ended_at": None,
                "created_at": "2026-11-22T06:30:21.465Z",
                "started_at": None,
                "outputs": [{"data": {"images": [{"filename": "a.png", "url": "http://127.0.0.1/a.png"}]}}]
                if ended
                else [],
            }
            return answer(200, row)
        return answer(404, b"404 Not Found", content_type="text/plain; charset=UTF-8")


async def test_a_run_on_a_server_of_old():
    """Queued once, waited for, its outputs read; what the old server can't do is said."""
    old = OldServer()
    with Wire(old) as server:
        async with AsyncStationThis("k", server.base_url, flags={"legacy_endpoints": True}) as st:
            portrait = await st.deployments.get(DEPLOYMENT)
            run = await portrait(prompt="a fox", steps=3, upscale=True)
            assert (run.id, run.state, run.outputs[0].kind) == (RUN, "success", "image")
            with pytest.raises(NotFound):
                await st.runs.get(DEPLOYMENT)
            later = await portrait.submit(prompt="a fox")
            with pytest.raises(CancelRefused, match="can't cancel"):
                await later.cancel()
    first = old.queued[0]
    assert first["deployment_id"] == DEPLOYMENT
    assert {**first["inputs"], "__stationthis_submit": ""} == {
        "prompt": "a fox",
        "steps": 3,
        "upscale": "true",
        "__stationthis_submit": "",
    }
    posts = [asked.path for asked in server.asked if asked.method == "POST" and "cancel" not in asked.path]
    assert posts == ["/api/run", "/api/run"]


async def test_without_the_flag_nothing_goes_there():
    """The flag is off by default: the old endpoints are never asked."""
    with Wire(OldServer()) as server:
        async with AsyncStationThis("k", server.base_url) as st:
            with pytest.raises(NotFound):
                await st.runs.get(RUN)
            with pytest.raises(NotFound):
                await st._ready.context.service.runs.queue(DEPLOYMENT, {})
    assert {asked.path.partition("?")[0] for asked in server.asked} == {
        f"/api/run/{RUN}",
        "/api/run/deployment/queue",
    }


def test_the_gateway_without_its_new_endpoints():
    """Taken away from a whole gateway, they give way to the old one, and each run is made once."""
    with LocalGateway() as gateway, gateway.client(flags={"legacy_endpoints": True}) as st:
        gateway.faults.refuse(405, path="/run/*")
        drawing = st.deployments["text-to-picture"]
        states = [drawing(prompt="a fox", seed=seed, steps=1).state for seed in range(2)]
        assert states == ["success", "success"]
        assert len(gateway.runs()) == 2
        assert {fault.method for fault in gateway.faults.seen} == {"GET"}


ANSWERS = [
    (404, "Not Found"),
    (405, "Method Not Allowed"),
    (405, "Error creating run: 405 Method Not Allowed"),
    (501, "Not Implemented"),
    (501, "Error creating run: 501 Not Implemented"),
]


@pytest.mark.parametrize(("status", "said"), ANSWERS)
async def test_what_is_said_of_a_run_that_was_made_leads_nowhere_else(status, said):
    """A machine's status, passed on after the run was made: nothing is posted to the old endpoint, now or later."""

    def reply(asked):
        if asked.method == "POST":
            return answer(status, {"detail": said})
        return answer(404, {"detail": "Run not found"})

    with Wire(reply) as server:
        async with AsyncStationThis("k", server.base_url, flags={"legacy_endpoints": True}) as st:
            runs = st._ready.context.service.runs
            for _ in range(2):
                with pytest.raises(StationThisError):
                    await runs.queue(DEPLOYMENT, {})
            assert runs.edge.capabilities.missing == ()
    posts = [asked.path for asked in server.asked if asked.method == "POST"]
    assert posts == ["/api/run/deployment/queue"] * 2
    assert len(server.asked) == 3  # what costs nothing is asked once


@pytest.mark.parametrize("status", [429, 500, 502])
async def test_a_server_that_can_not_say_is_one_of_today(status, monkeypatch):
    """Nothing is remembered of it: it is asked again before the next run."""

    def reply(asked):
        return answer(200, {"run_id": RUN}) if asked.method == "POST" else answer(status, {"detail": "no"})

    with Wire(reply) as server:
        async with AsyncStationThis("k", server.base_url, flags={"legacy_endpoints": True}) as st:
            runs = st._ready.context.service.runs
            monkeypatch.setattr("stationthis_sdk.api.edge.ATTEMPTS", 1)
            assert [await runs.queue(DEPLOYMENT, {}) for _ in range(2)] == [RUN, RUN]
    assert [asked.method for asked in server.asked] == ["GET", "POST"] * 2
