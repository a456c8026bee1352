"""Logs and progress streams: kept, replayed, followed, and shown to their owners only."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from stationthis_sdk.local import Gateway
from stationthis_sdk.local.clock import now
from stationthis_sdk.local.rows.machines import MachineVersion
from stationthis_sdk.local.rows.sessions import Session
from stationthis_sdk.local.runs.logs import lines_of
from tests.local.conftest import ENDLESS, PATIENCE, Api, picture_graph


class Stream:
    """The data of a stream of events, as they come."""

    def __init__(self, content) -> None:
        self._content = content

    async def next(self) -> dict | None:
        """The next event's data, None at the end."""
        async with asyncio.timeout(PATIENCE):
            while line := (await self._content.readline()).decode():
                assert line == "\n" or line.startswith("data: ")
                if line != "\n":
                    return json.loads(line.removeprefix("data: "))
        return None

    async def rest(self) -> list[dict]:
        """All that comes until the end."""
        found = []
        while (event := await self.next()) is not None:
            found.append(event)
        return found


@asynccontextmanager
async def listening(api: Api, path: str) -> AsyncIterator[Stream]:
    """An open stream."""
    headers = {"Authorization": f"Bearer {api.key}"}
    async with api.session.get(api.gateway.base_url + path, headers=headers) as response:
        assert response.status == 200, await response.text()
        assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        yield Stream(response.content)


@pytest.fixture
async def strict(tmp_path, session) -> AsyncIterator[Api]:
    """A gateway that behaves better than the service."""
    gateway = Gateway(tmp_path / "strict", strict=True)
    await gateway.start()
    yield Api(gateway, session)
    await gateway.stop()


@pytest.fixture
async def others(api, session, gateway) -> list[Api]:
    """Another person, an organisation, another one."""
    keys = [
        await gateway.add_key(user, org) for user, org in (("ann", None), ("ann", "acme"), ("bob", "bee"))
    ]
    return [Api(gateway, session, key) for key in keys]


async def test_a_log_is_replayed_from_its_start_and_ends(api):
    """Each line has its message, level and time; the last event says that it is whole."""
    run_id = await api.run_graph(picture_graph())
    await api.ended(run_id)
    async with listening(api, f"/v2/stream-logs?run_id={run_id}") as stream:
        *lines, end = await stream.rest()
    assert end == {"type": "stream_complete", "source": "sentinel"}
    assert all(set(line) == {"message", "level", "timestamp"} for line in lines)
    messages = [line["message"] for line in lines]
    assert messages == ["queued on this-machine", "started", "running", "node 1 StationThisPicture",
                        "node 2 ComfyDeployOutputImage", "node 2 ComfyDeployOutputImage put out images",
                        "success"]  # fmt: skip
    assert {line["level"] for line in lines} == {"info"}
    assert all(line["timestamp"].endswith("Z") and len(line["timestamp"]) == 24 for line in lines)


async def test_a_log_is_followed_until_the_run_ends(api):
    """What comes meanwhile comes at once, each line once; the end closes the stream."""
    run_id = await api.submit(inputs=ENDLESS)
    async with listening(api, f"/v2/stream-logs?run_id={run_id}") as stream:
        while (await stream.next())["message"] != "running":
            pass
        await api("POST", f"/run/{run_id}/cancel")
        rest = await stream.rest()
    messages = [line.get("message") for line in rest]
    assert messages[-2:] == ["cancelled", None]
    assert len(messages) == len(set(messages))
    assert rest[-1]["type"] == "stream_complete"


async def test_a_failed_run_says_why_in_its_log(api):
    """With the level error, so that it can be asked for alone."""
    graph = {"1": {"class_type": "NoSuchNode", "inputs": {}}}
    run_id = await api.run_graph(graph)
    await api.ended(run_id)
    async with listening(api, f"/v2/stream-logs?run_id={run_id}&log_level=error") as stream:
        line, end = await stream.rest()
    assert line["level"] == "error"
    assert line["message"].startswith("failed: ")
    assert "NoSuchNode" in line["message"]
    assert end["type"] == "stream_complete"


async def test_deliveries_of_webhooks_are_in_the_log(api, receiver):
    """Each try, with the level webhook, its message the JSON that was sent and what went wrong."""
    receiver.answers = [503]
    run_id = await api.run_graph(picture_graph(), webhook=receiver.url)
    await receiver.until(lambda bodies: len(bodies) >= 5)
    await api.ended(run_id)
    async with listening(api, f"/v2/stream-logs?run_id={run_id}&log_level=webhook") as stream:
        *lines, _ = await stream.rest()
    said = [json.loads(line["message"]) for line in lines]
    assert {one["run_id"] for one in said} == {run_id}
    assert all(one["event_type"] == "run.updated" for one in said)
    assert [one["problem"] for one in said if "problem" in one] == ["status 503"]


async def test_the_archive_has_the_log_a_while_after_the_end(api, gateway):
    """Nothing before; then the lines in order and a stray one, with null where the service has null."""
    run_id = await api.submit()
    assert (await api("GET", f"/v2/clickhouse-run-logs/{run_id}")).body == []
    await api.ended(run_id)
    assert (await api("GET", f"/v2/clickhouse-run-logs/{run_id}")).body == []
    gateway.clock.advance(30)
    lines = (await api("GET", f"/v2/clickhouse-run-logs/{run_id}")).body
    assert lines[0]["log"] == "queued on this-machine"
    assert [line["log"] for line in lines[-2:]] == ["success", "__END__"]
    assert all(line["run_id"] == run_id for line in lines)
    assert all(line[name] is None for line in lines for name in ("user_id", "org_id", "log_type"))
    async with listening(api, f"/v2/stream-logs?run_id={run_id}") as stream:
        *lines, end = await stream.rest()
    assert lines[-1]["message"] == "__END__"
    assert end == {"type": "stream_complete", "source": "archive"}


async def test_a_strict_gateway_archives_at_once_and_nothing_stray(strict):
    """Its log is there when the run has ended."""
    run_id = await strict.submit()
    await strict.ended(run_id)
    lines = (await strict("GET", f"/v2/clickhouse-run-logs/{run_id}")).body
    assert lines[-1]["log"] == "success"


@pytest.mark.parametrize("path", ["/v2/stream-logs?run_id={}", "/v2/clickhouse-run-logs/{}",
                                  "/v2/stream-progress?run_id={}"])  # fmt: skip
async def test_a_run_s_log_is_its_owner_s(api, others, path):
    """403 for everybody else, 404 for a run that is not there."""
    run_id = await api.submit()
    for other in others:
        assert (await other("GET", path.format(run_id))).status == 403
    assert (await api("GET", path.format(uuid.uuid4()))).status == 404


@pytest.mark.parametrize("given", ["../../etc", "%00", "%ED%A0%80", "x" * 5000, "-1", "[]"])
@pytest.mark.parametrize("kind", ["run_id", "machine_id_version", "session_id"])
async def test_ids_that_are_none_are_not_there(api, kind, given):
    """404, whatever they are."""
    assert (await api("GET", f"/v2/stream-logs?{kind}={given}")).status == 404
    if kind == "run_id":
        assert (await api("GET", f"/v2/stream-progress?run_id={given}")).status == 404


@pytest.mark.parametrize("query", ["", "?run_id=&session_id=", f"?run_id={uuid.UUID(int=1)}&session_id=1"])
async def test_one_id_is_needed(api, query):
    """400 for none and for two."""
    answer = await api("GET", f"/v2/stream-logs{query}")
    assert answer.status == 400
    assert (await api("GET", f"/v2/stream-progress{query.replace('session', 'machine')}")).status == 400


async def test_the_old_paths_are_gone(api):
    """404, as at the service."""
    for path in ("/stream-logs", "/stream-progress"):
        assert (await api("GET", path)).status == 404


async def test_progress_tells_changes_only(api, gateway):
    """First that it listens, then each change of status with progress -1; inputs and outputs with 0."""
    gateway.faults.stall(at="running", times=1)
    run_id = await api.submit()
    await api.until(run_id, lambda run: run["status"] == "running")
    async with listening(api, f"/v2/stream-progress?run_id={run_id}") as stream:
        channel = "progress:user:user_local"
        assert await stream.next() == {"type": "connection_established", "channels": [channel]}
        assert await stream.next() == {"type": "subscribed", "channel": channel}
        other = await api.run_graph(picture_graph(), "classic-machine")
        # All runs of the account come through, and the end of any ends the stream.
        events = [event for event in await stream.rest() if event["run_id"] == other]
    assert [(event["status"], event["progress"], event["node_class"]) for event in events] == [
        ("not-started", -1, ""),
        ("running", -1, ""),
        ("input", 0, "input"),
        ("output", 0, "output"),
        ("success", -1, ""),
    ]
    assert all(event["timestamp"].endswith("+00:00") for event in events)


async def test_progress_of_a_workflow_or_machine_goes_on(api):
    """Only its runs, and their ends end nothing; whole runs when asked for; filters by status."""
    workflow_id = (await api.deployment())["workflow_id"]
    path = f"/v2/stream-progress?workflow_id={workflow_id}&status=success&return_run=true"
    async with listening(api, path) as stream:
        await stream.next(), await stream.next()
        await api.ended(await api.submit("picture-to-picture"))
        for _ in range(2):
            run_id = await api.submit()
            event = await stream.next()
            assert (event["id"], event["status"]) == (run_id, "success")
            assert event["outputs"]


async def test_another_owner_s_runs_are_not_told(api, others, session, gateway):
    """Neither by workflow nor by machine nor in one's own channel."""
    workflow_id = (await api.deployment())["workflow_id"]
    machine_id = (await api("GET", "/machines")).body[0]["id"]
    for other in others:
        assert (await other("GET", f"/v2/stream-progress?workflow_id={workflow_id}")).status == 404
        assert (await other("GET", f"/v2/stream-progress?machine_id={machine_id}")).status == 404


async def test_a_strict_stream_is_of_its_run_only_and_ends(strict):
    """It closes at once for a run that has ended, and tells no other's."""
    strict.gateway.faults.stall(at="running", times=1)
    one, two = await strict.submit(), await strict.run_graph(picture_graph(), "classic-machine")
    async with listening(strict, f"/v2/stream-progress?run_id={one}") as stream:
        await strict.ended(two)
        await strict("POST", f"/run/{one}/cancel")
        events = (await stream.rest())[2:]
    assert {event["run_id"] for event in events} == {one}
    assert events[-1]["status"] == "cancelled"
    async with listening(strict, f"/v2/stream-progress?run_id={one}") as stream:
        assert len(await stream.rest()) == 2


async def test_stopping_the_gateway_ends_the_streams(tmp_path, session):
    """Nobody hangs on."""
    gateway = Gateway(tmp_path)
    await gateway.start()
    api = Api(gateway, session)
    run_id = await api.submit(inputs=ENDLESS)
    async with (
        listening(api, f"/v2/stream-logs?run_id={run_id}") as logs,
        listening(api, f"/v2/stream-progress?run_id={run_id}") as progress,
    ):
        await logs.next(), await progress.next()
        await gateway.stop()
        await logs.rest(), await progress.rest()


async def test_a_line_may_hold_anything(gateway):
    """Line ends, half a surrogate pair, a million characters: kept as far as it can be."""
    logs, database = gateway._running.logs, gateway._running.database
    for message in ("a\r\n\ndata: b", "\ud800", "\x00", "x" * 1_000_000):
        await logs.say("about", message)
    kept = [line.message for line in await database.do(lines_of("about"))]
    assert kept[:3] == ["a\r\n\ndata: b", "?", "\x00"]
    assert kept[3].endswith("… (1000000 characters)")


async def test_the_log_of_a_build_ends_with_it(api, gateway, others):
    """What is said meanwhile comes through; the gateway's clock says when it is over; a later reader gets it all."""
    version = MachineVersion(
        machine_id="m", user_id="user_local", settings={}, image_id="im", builds_until=now() + 60_000_000
    )
    services = gateway.services
    await services.database.do(lambda tables: tables.add(version))
    path = f"/v2/stream-logs?machine_id_version={version.id}"
    async with listening(api, path) as stream:
        await services.logs.say(version.id, "step 1")
        assert (await stream.next())["message"] == "step 1"
        gateway.clock.advance(61)
        assert (await stream.rest())[-1]["type"] == "stream_complete"
    async with listening(api, path) as stream:
        assert [line.get("message") for line in await stream.rest()] == ["step 1", None]
    for other in others:
        assert (await other("GET", path)).status == 403


async def test_the_log_of_a_session_ends_with_it(api, gateway, others):
    """When somebody ends it, or when its time is over, which may be put off meanwhile."""
    session = Session(user_id="user_local", gpu="CPU", timeout=1, timeout_end=now() + 60_000_000)
    services = gateway.services
    await services.database.do(lambda tables: tables.add(session))
    path = f"/v2/stream-logs?session_id={session.id}"
    async with listening(api, path) as stream:
        await services.database.do(lambda tables: tables.change(Session, session.id, runner_minutes=2))
        gateway.clock.advance(61)
        await services.logs.say(session.id, "still here")
        assert (await stream.next())["message"] == "still here"
        gateway.clock.advance(121)
        assert (await stream.rest())[-1]["type"] == "stream_complete"
    another = Session(user_id="user_local", gpu="CPU", timeout=60, timeout_end=now() + 10**12)
    await services.database.do(lambda tables: tables.add(another))
    async with listening(api, f"/v2/stream-logs?session_id={another.id}") as stream:
        await services.logs.say(another.id, "begun")
        await stream.next()
        services.logs.end(another.id)
        assert len(await stream.rest()) == 1
    for other in others:
        assert (await other("GET", path)).status == 403
