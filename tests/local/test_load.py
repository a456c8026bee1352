"""Many at once: two hundred queued runs and twenty readers."""

import asyncio
import random

import pytest

from stationthis_sdk.local.rows.runs import Run
from tests.local.conftest import ENDED, picture_graph

RUNS, READERS = 200, 20


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_two_hundred_runs_and_twenty_readers(api, gateway):
    """Every read is answered, no state ever goes back, and each run ends with its own outputs and inputs."""
    body = await api.workflow_body(picture_graph(width=16, height=16))
    graph = body["workflow_api_json"]

    async def submit(number: int) -> str:
        mine = {**graph, "1": {**graph["1"], "inputs": {**graph["1"]["inputs"], "seed": number}}}
        given = {**body, "workflow_api_json": mine, "inputs": {"number": number}}
        answer = await api("POST", "/run/workflow/queue", json=given)
        assert answer.status == 200
        return answer.body["run_id"]

    ids = await asyncio.gather(*map(submit, range(RUNS)))
    order = ["not-started", "queued", "started", "running", "success"]
    seen = dict.fromkeys(ids, 0)

    async def read(reader: int) -> None:
        dice = random.Random(reader)
        while any(state < len(order) - 1 for state in seen.values()):
            run_id = dice.choice(ids)
            before = seen[run_id]
            answer = await api("GET", f"/run/{run_id}?queue_position=true")
            assert answer.status == 200
            state = order.index(answer.body["status"])
            assert state >= before
            seen[run_id] = max(seen[run_id], state)
            await asyncio.sleep(0.02)  # the two processors are for the runs as well

    await asyncio.gather(*map(read, range(READERS)))
    kept = await gateway.services.database.do(lambda tables: tables.find(Run))
    assert {run.workflow_inputs["number"] for run in kept} == set(range(RUNS))
    assert {run.status for run in kept} <= ENDED
    for run in kept:
        assert run.progress == 1
        assert run.created_at <= run.started_at <= run.ended_at
        assert len((await api("GET", f"/run/{run.id}")).body["outputs"]) == 1
