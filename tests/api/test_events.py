"""Event streams: the gateway's own, and frames nobody would wish for."""

from collections.abc import AsyncIterator

import pytest
from comfydeploy_client.api.runs import runs_stream_deployment
from comfydeploy_client.models.deployment_run_request import DeploymentRunRequest
from comfydeploy_client.models.run_inputs import RunInputs

from stationthis_sdk import AsyncStationThis, NotFound
from stationthis_sdk.api.events import read_events


def _request(deployment_id: str) -> DeploymentRunRequest:
    inputs = RunInputs.from_dict({"prompt": "x", "steps": 3, "width": 64, "height": 64})
    return DeploymentRunRequest(deployment_id=deployment_id, inputs=inputs)


async def test_a_streamed_run_tells_its_story(ast: AsyncStationThis) -> None:
    """From queuing to success, through the edge, as events; the run's id is the prompt's."""
    deployment = await ast.deployments.get("text-to-picture")
    edge = ast._context.service.edge
    async with edge.stream(runs_stream_deployment, body=_request(deployment.id)) as chunks:
        events = [event.data async for event in read_events(chunks) if event.kind == "event_update"]
    names = [event["event"] for event in events]
    assert names[0] == "queuing"
    statuses = [event["data"]["status"] for event in events if event["event"] == "status"]
    assert statuses[-1] == "success"
    run_id = next(event["data"]["prompt_id"] for event in events if event["event"] == "status")
    assert (await ast.runs.get(run_id)).state == "success"


async def test_an_error_before_the_start_is_an_ordinary_one(ast: AsyncStationThis) -> None:
    """A deployment that does not exist answers 404 with JSON, not a stream."""
    edge = ast._context.service.edge
    with pytest.raises(NotFound):
        async with edge.stream(runs_stream_deployment, body=_request("00000000-0000-4000-8000-000000000000")):
            pass


async def test_frames_in_any_cut_are_put_together() -> None:
    """Comments, CRLF, split characters, several data lines, no JSON: what can be read is yielded."""
    stream = (
        ": ping\n\n"
        'event: event_update\r\ndata: {"event": "é"}\r\n\r\n'
        "data: no json\n\n"
        'data: {"a":\ndata: 1}\n\n'
        'event: log_update\ndata: {"logs": "x"}\n\n'
    ).encode()
    for size in (1, 2, 3, 7, 1000):

        async def chunks(size: int = size) -> AsyncIterator[bytes]:
            for start in range(0, len(stream), size):
                yield stream[start : start + size]

        events = [(event.kind, event.data) async for event in read_events(chunks())]
        assert events == [
            ("event_update", {"event": "é"}),
            ("message", {"a": 1}),
            ("log_update", {"logs": "x"}),
        ]
