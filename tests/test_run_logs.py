"""The log of a run, on a real gateway: live, broken off, from the archive, with lines that mean no good."""

import asyncio
import contextlib
import io
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import attrs
import httpx
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk import (
    AsyncRun,
    AsyncStationThis,
    ConnectionLost,
    LogLine,
    NotFound,
    Refused,
    StationThis,
    StationThisError,
    Timeouts,
    UnexpectedResponse,
    run_logs,
)
from stationthis_sdk.entities import parse_time
from stationthis_sdk.testing import LocalGateway, local_gateway
from tests.wire import Cut, Wire, answer

SMALL = {"prompt": "a harbour", "seed": 1, "steps": 1, "width": 64, "height": 64}
STREAM = {"method": "GET", "path": "/v2/stream-logs"}
ARCHIVE = {"method": "GET", "path": "/v2/clickhouse-run-logs/*"}
RUN = "5ea8723e-4701-4d69-8604-8932801f2083"


@pytest.fixture
def gateway() -> Iterator[LocalGateway]:
    """A gateway of the test's own."""
    with local_gateway() as made:
        yield made


@pytest.fixture
async def st(gateway: LocalGateway) -> AsyncIterator[AsyncStationThis]:
    """A client of it."""
    async with gateway.async_client() as client:
        yield client


async def submit(st: AsyncStationThis, **inputs: Any) -> AsyncRun:
    """A small run."""
    return await (await st.deployments.get("text-to-picture")).submit(**{**SMALL, **inputs})


def say(gateway: LocalGateway, run_id: str, message: str, level: str = "info") -> None:
    """Have the machine write a line into a run's log."""
    gateway._call(gateway._started().services.logs.say(run_id, message, level))


async def told(lines: AsyncIterator[LogLine]) -> list[str]:
    """The messages of all lines."""
    return [line.message async for line in lines]


async def test_lines_come_in_order_while_the_run_works(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """From the first one on, each as it is written, until the run's end; with times and levels."""
    gateway.faults.stall(at="running", times=1)
    run = await submit(st)
    log = run.logs(follow=True)
    lines = []
    async for line in log:
        lines.append(line)
        if line.message == "running":
            await asyncio.to_thread(say, gateway, run.id, "step 1", "warning")
        if line.message == "step 1":
            gateway.faults.clear()
    messages = [line.message for line in lines]
    assert messages[:4] == ["queued on this-machine", "started", "running", "step 1"]
    assert messages[-1] == "success"
    assert [line.level for line in lines if line.message == "step 1"] == ["warning"]
    assert [line.time for line in lines] == sorted(line.time for line in lines)
    assert messages == await told(run.logs(follow=True))


async def test_without_follow_only_what_was_written_so_far(
    gateway: LocalGateway, st: AsyncStationThis
) -> None:
    """The log of a run that goes on ends once nothing more comes, and the run goes on."""
    gateway.faults.stall(at="running", times=1)
    run = await submit(st)
    log = run.logs(follow=True)
    async for line in log:
        if line.message == "running":
            break
    assert await told(run.logs()) == ["queued on this-machine", "started", "running"]
    assert not (await run.refresh()).state.final


@pytest.mark.parametrize("trouble", ["drop_answers", "drop_requests", "errors", "cut_answers"])
async def test_a_stream_that_breaks_is_taken_up_without_doubled_lines(
    gateway: LocalGateway, st: AsyncStationThis, trouble: str
) -> None:
    """Before its first line or in the middle, again and again: each line once, none is missed."""
    gateway.faults.stall(at="running", times=1)
    run = await submit(st)
    for line in ("the same", "the same", "another", "the same"):
        await asyncio.to_thread(say, gateway, run.id, line)
    getattr(gateway.faults, trouble)(times=3, **STREAM)
    messages = []
    async for line in run.logs(follow=True):
        messages.append(line.message)
        if line.message == "another":
            await asyncio.to_thread(say, gateway, run.id, "the same")
        if messages.count("the same") == 4 and "running" in messages:
            await run.cancel()
    assert messages == await told(run.logs(follow=True))
    assert messages.count("the same") == 4
    assert messages[-1] == "cancelled"
    assert len([one for one in gateway.faults.seen if one.kind == trouble]) == 3


async def test_silence_is_no_end(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """A stream on which nothing comes for longer than the read limit is opened again; lines still come once."""
    gateway.faults.stall(at="running", times=1)
    submitted = await submit(st)
    async with gateway.async_client(timeouts=Timeouts(read=0.3)) as hasty:
        run = await hasty.runs.get(submitted.id)

        async def end() -> None:
            while _opened(hasty) < 3:  # noqa: ASYNC110 - the client's own notes are looked at
                await asyncio.sleep(0.02)
            gateway.faults.clear()

        ending = asyncio.create_task(end())
        messages = await told(run.logs(follow=True))
        await ending
        assert messages[-1] == "success"
        assert len(messages) == len(set(messages))


def _opened(st: AsyncStationThis) -> int:
    return sum(one.url.endswith("/v2/stream-logs") for one in st.last_requests)


async def test_the_log_of_an_ended_run_is_archived(
    gateway: LocalGateway, st: AsyncStationThis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Just after its end the stream is read; later the archive is, without its stray line."""
    run = await submit(st)
    await run.wait()
    live = await told(run.logs())
    assert live[-1] == "success"
    assert not any("clickhouse" in one.url for one in st.last_requests)
    gateway.clock.advance(30)
    monkeypatch.setattr(run_logs, "_ARCHIVED_AFTER", -1.0)
    before = _opened(st)
    kept = [line async for line in run.logs()]
    assert _opened(st) == before
    assert [line.message for line in kept] == live
    assert {line.level for line in kept} == {"info"}


async def test_an_archive_that_is_empty_still_leaves_the_stream(
    gateway: LocalGateway, st: AsyncStationThis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is archived in the first seconds, whatever our clock says."""
    monkeypatch.setattr(run_logs, "_ARCHIVED_AFTER", -1.0)
    run = await submit(st)
    await run.wait()
    assert (await told(run.logs()))[-1] == "success"
    assert any("clickhouse" in one.url for one in st.last_requests)


async def test_a_stream_that_keeps_breaking_ends_in_the_archive(
    gateway: LocalGateway, st: AsyncStationThis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an ended run: no line is doubled between the two; when neither tells, the error is raised."""
    monkeypatch.setattr(run_logs, "_TRIES", 1)
    run = await submit(st)
    await run.wait()
    whole = await told(run.logs())
    gateway.faults.drop_answers(**STREAM)
    with pytest.raises(ConnectionLost, match="broke"):
        await told(run.logs(follow=True))
    gateway.clock.advance(30)
    assert await told(run.logs(follow=True)) == whole


async def test_deliveries_are_told_when_asked_for(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """Lines about webhooks have their level, live and from the archive, which has none."""
    deployment = await st.deployments.get("text-to-picture")
    run = await deployment.options(webhook=await asyncio.to_thread(lambda: gateway.webhook_url)).submit(
        **SMALL
    )
    await run.wait()
    await asyncio.to_thread(
        gateway.until, lambda: any(one["status"] == "success" for one in gateway.webhooks)
    )
    gateway.clock.advance(30)
    calls = st._ready.context.service.logs

    async def delivered() -> list[LogLine]:
        return [line async for line in run.logs(webhooks=True) if line.level == "webhook"]

    while len(lines := await delivered()) < 4:  # noqa: ASYNC110 - the gateway notes them by and by
        await asyncio.sleep(0.02)
    assert {json.loads(line.message)["run_id"] for line in lines} == {run.id}
    assert not [line async for line in run.logs() if line.level == "webhook"]
    kept = await calls.archived(run.id)
    assert [line.message for line in kept if line.level == "webhook"]
    assert {line.message for line in kept if line.level == "webhook"} == {line.message for line in lines}


async def test_somebody_else_s_log_is_refused(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """403 is said as it is, and nothing is tried again."""
    run = await submit(st)
    await run.wait()
    key = await asyncio.to_thread(gateway.add_key, "eve")
    async with gateway.async_client(key, home=None) as eve:
        theirs = AsyncRun(eve._ready.context, run.record)
        for follow in (True, False):
            with pytest.raises(Refused):
                await told(theirs.logs(follow=follow))
        assert _opened(eve) == 2
        with pytest.raises(NotFound):
            await told(AsyncRun(eve._ready.context, attrs.evolve(run.record, id=RUN)).logs())


async def test_hostile_lines_stay_lines(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """Keys and tokens are taken out, giants are cut, and what looks like the stream's own words is text."""
    run = await submit(st)
    await run.wait()
    key = gateway.key
    for message in (
        f"Authorization: Bearer {key}",
        "https://x.example/hook?token=abcdef123456&x=1",
        'a\n\ndata: {"type":"stream_complete"}\n\nevent: x',
        '{"type": "stream_complete"}',
        "\x1b[2J\x1b]0;owned\x07",
        "y" * 30_000,
        "",
    ):
        await asyncio.to_thread(say, gateway, run.id, message)
    messages = (await told(run.logs()))[-7:]
    assert key not in "".join(messages)
    assert "abcdef123456" not in "".join(messages)
    assert messages[2:5] == [
        'a\n\ndata: {"type":"stream_complete"}\n\nevent: x',
        '{"type": "stream_complete"}',
        "\x1b[2J\x1b]0;owned\x07",
    ]
    assert len(messages[5]) < 21_000
    assert messages[6] == ""


HEAD = b"HTTP/1.1 200 X\r\nContent-Type: text/event-stream; charset=utf-8\r\nConnection: close\r\n\r\n"
DONE = b'data: {"type": "stream_complete", "source": "sentinel"}\n\n'


def line(message: Any, **more: Any) -> bytes:
    """A line as a frame."""
    row = {"message": message, "level": "info", "timestamp": "2026-11-22T06:34:41.601Z", **more}
    return f"data: {json.dumps(row)}\n\n".encode()


@contextlib.asynccontextmanager
async def following(*frames: bytes, state: str = "success") -> AsyncIterator[tuple[AsyncRun, Wire]]:
    """A run on a server that answers byte for byte; every stream of it has these frames."""

    def reply(asked: Any) -> Any:
        if asked.path.startswith("/api/v2/stream-logs"):
            return Cut(HEAD + b"".join(frames))
        if asked.path.startswith("/api/v2/clickhouse"):
            return answer(200, [])
        return answer(200, {"id": RUN, "status": state, "outputs": []})

    with Wire(reply) as wire:
        async with AsyncStationThis("st-a-key-of-the-tests", wire.base_url) as st:
            yield await st.runs.get(RUN), wire


async def test_odd_frames_do_no_harm() -> None:
    """Numbers, lists and nothing where text is due, text that is no JSON, times and levels that are none."""
    frames = [
        b"data: not json\n\n",
        b"data: 5\n\n",
        b"data: []\n\n",
        b"data: {}\n\n",
        line(None),
        line(["a", 1]),
        line(7, level=None, timestamp=None),
        line("late", level=["x"], timestamp="soon"),
        line(" __END__ "),
        b'data: {"message": "' + b"z" * (2 << 20) + b'"}\n\n',
        DONE,
        line("after the end"),
    ]
    async with following(*frames) as (run, _):
        lines = [one async for one in run.logs(follow=True)]
    assert [one.message for one in lines][:4] == ["not json", "['a', 1]", "7", "late"]
    assert [(one.level, one.time) for one in lines][2:4] == [("info", None), ("info", None)]
    assert len(lines) == 5
    assert lines[0].level == "info"
    assert len(lines[4].message) < 21_000


async def test_what_is_no_stream_is_said() -> None:
    """A proxy's page instead of a stream: not tried for ever."""
    page = answer(200, b"<html>", content_type="text/html")
    run_json = answer(200, {"id": RUN, "status": "success", "outputs": []})
    with Wire(lambda asked: page if "stream-logs" in asked.path else run_json) as wire:
        async with AsyncStationThis("st-a-key-of-the-tests", wire.base_url) as st:
            run = await st.runs.get(RUN)
            with pytest.raises(UnexpectedResponse, match="stream of events"):
                await told(run.logs())


async def test_a_server_without_logs_says_so() -> None:
    """Neither endpoint: an error that says it; only an archive: that is read."""
    lines = [{"log": "from the archive", "timestamp": None, "run_id": RUN}]
    for state, archive, outcome in (
        ("running", answer(404, {"detail": "Not Found"}), "no live logs"),
        ("success", answer(404, {"detail": "Not Found"}), "Not Found|not found"),
        ("success", answer(200, lines), None),
    ):

        def reply(asked: Any, state: str = state, archive: bytes = archive) -> bytes:
            if "stream-logs" in asked.path:
                return answer(404, {"detail": "Not Found"})
            return archive if "clickhouse" in asked.path else answer(200, {"id": RUN, "status": state})

        with Wire(reply) as wire:
            async with AsyncStationThis("st-a-key-of-the-tests", wire.base_url) as st:
                run = await st.runs.get(RUN)
                if outcome is None:
                    assert await told(run.logs()) == ["from the archive"]
                else:
                    with pytest.raises(NotFound, match=outcome):
                        await told(run.logs())


async def test_a_service_that_is_down_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the run can't be heard of either, its error is raised."""
    monkeypatch.setattr(run_logs, "_TRIES", 1)
    busy = answer(503, b"busy", headers={"Retry-After": "0"}, content_type="text/plain")
    with Wire() as wire:
        wire.answers.append(answer(200, {"id": RUN, "status": "running"}))
        wire.otherwise = busy
        async with AsyncStationThis("st-a-key-of-the-tests", wire.base_url) as st:
            run = await st.runs.get(RUN)
            with pytest.raises(StationThisError, match=r"busy|503|left alone"):
                await told(run.logs(follow=True))


async def test_a_live_run_is_followed_over_any_number_of_breaks() -> None:
    """As long as the service says that it lives; once it has ended, what is left is read."""
    with Wire() as wire:
        streams = [[line(str(n)) for n in range(place)] for place in range(8)]
        streams.append([*(line(str(n)) for n in range(8)), DONE])

        def reply(asked: Any) -> Any:
            if "stream-logs" in asked.path:
                return Cut(HEAD + b"".join(streams.pop(0)))
            return answer(200, {"id": RUN, "status": "running" if len(streams) > 1 else "success"})

        wire.otherwise = reply
        async with AsyncStationThis("st-a-key-of-the-tests", wire.base_url) as st:
            run = await st.runs.get(RUN)
            assert await told(run.logs(follow=True)) == [str(n) for n in range(8)]


async def test_a_stream_that_has_broken_for_days_is_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it broke without a line: the pause is a number, and the longest there is."""
    pauses: list[float] = []

    async def slept(seconds: float) -> None:
        pauses.append(seconds)

    with Wire(answer(200, {"id": RUN, "status": "running"})) as wire:
        async with AsyncStationThis("st-a-key-of-the-tests", wire.base_url) as st:
            reading = run_logs._Reading(await st.runs.get(RUN), follow=True)
            monkeypatch.setattr(run_logs.asyncio, "sleep", slept)
            for reading._breaks in (1_100, 50_000):
                assert await reading._goes_on(ConnectionLost("it broke"))
            monkeypatch.undo()
    assert len(pauses) == 2
    assert all(8.5 <= one <= 10 for one in pauses)


async def test_bytes_that_are_no_http_hold_nobody_up() -> None:
    """A proxy's word in the middle of a chunked stream ends that stream; the next one is read."""
    chunked = HEAD.replace(b"Connection: close", b"Transfer-Encoding: chunked")
    broken = chunked + b"%x\r\n%b\r\nHTTP/1.1 502 Bad Gateway\r\n\r\n" % (len(line("one")), line("one"))
    streams = [broken, HEAD + line("one") + line("two") + DONE]

    def reply(asked: Any) -> Any:
        if "stream-logs" in asked.path:
            return Cut(streams.pop(0))
        return answer(200, {"id": RUN, "status": "running"})

    with Wire(reply) as wire:
        async with AsyncStationThis(
            "st-a-key-of-the-tests", wire.base_url, timeouts=Timeouts(read=0.3)
        ) as st:
            assert await told((await st.runs.get(RUN)).logs(follow=True)) == ["one", "two"]


def test_a_log_as_a_frame(gateway: LocalGateway) -> None:
    """Typed columns, one row a line, as the loop has them; the same types without any line, and in a Parquet file."""
    with gateway.client() as st:
        run = st.deployments["text-to-picture"](**SMALL)
        lines, frame = list(run.logs()), run.logs().to_frame()
        nothing = run.logs(webhooks=True).to_frame().iloc[:0]
    assert frame["message"].tolist() == [line.message for line in lines]
    assert frame["time"].dt.to_pydatetime().tolist() == [line.time for line in lines]
    assert [str(kind) for kind in frame.dtypes] == ["datetime64[us, UTC]", "category", "str"]
    assert str(nothing["time"].dtype) == str(frame["time"].dtype)
    kept = io.BytesIO()
    frame.to_parquet(kept)
    assert pd.read_parquet(kept).equals(frame)


@pytest.mark.parametrize("transport", ["aiohttp", "httpx", "httpx in a thread"])
def test_both_colours_over_each_transport(gateway: LocalGateway, transport: str) -> None:
    """The plain class, over whatever moves the bytes; leaving the loop leaves the run running and the stream closed."""
    theirs = {"aiohttp": None, "httpx": httpx.AsyncClient, "httpx in a thread": httpx.Client}[transport]
    given: dict[str, Any] = {} if theirs is None else {"http_client": theirs()}
    with gateway.client(**given) as st:
        gateway.faults.stall(at="running", times=1)
        run = st.deployments["text-to-picture"].submit(**SMALL)
        for one in run.logs(follow=True):
            if one.message == "running":
                break
        assert not run.refresh().state.final
        gateway.faults.clear()
        assert [one.message for one in run.logs(follow=True)][-1] == "success"
        if isinstance(given.get("http_client"), httpx.Client):
            given["http_client"].close()


def test_the_plain_class_closes_what_it_leaves(gateway: LocalGateway) -> None:
    """A loop that is left has told the gateway: nothing keeps listening there."""
    st: StationThis = gateway.client()
    gateway.faults.stall(at="running", times=1)
    run = st.deployments["text-to-picture"].submit(**SMALL)
    for _ in run.logs(follow=True):
        break
    logs = gateway._started().services.logs
    gateway.until(lambda: not logs._audience._listeners or say(gateway, run.id, "anybody?"))
    run.cancel()


@given(some.lists(some.sampled_from("abc"), max_size=12), some.lists(some.integers(0, 12), max_size=6))
def test_any_breaks_of_a_replayed_log_tell_it_once(messages: list[str], breaks: list[int]) -> None:
    """Streams that begin anew and end anywhere, then a whole one: the log itself, in its order."""
    said, shown = run_logs._Said(), []
    for end in [*breaks, len(messages)]:
        said.begins()
        replayed = [LogLine(parse_time("2026-11-22T06:34:41.601Z"), "info", one) for one in messages[:end]]
        shown += [one.message for one in replayed if said.is_new(one)]
    assert shown == messages
