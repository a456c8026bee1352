"""The edge against a server that answers byte for byte: what is sent, what is repeated, what is raised."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
import stamina
from stamina.instrumentation import RetryDetails

from stationthis_sdk import AsyncStationThis, Timeouts, errors
from tests.wire import CLOSE, CRASH, HANG, RESET, Asked, Wire, answer

KEY = "st-very-secret-key-0123456789"
RUN = "5ea8723e-4701-4d69-8604-8932801f2083"
OTHER = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def wire() -> Iterator[Wire]:
    with Wire() as server:
        yield server


@pytest.fixture
def read_limit() -> float:
    """Seconds; only where a server hangs is it short: an answer that came too late would be asked for again."""
    return 45.0


@pytest.fixture(params=["aiohttp", "httpx", "httpx in a thread"])
async def client(
    request: pytest.FixtureRequest, wire: Wire, read_limit: float
) -> AsyncIterator[AsyncStationThis]:
    """The same client over each transport: what holds for one holds for all."""
    timeouts = Timeouts(connect=45, read=read_limit)
    if request.param == "aiohttp":
        async with AsyncStationThis(KEY, wire.base_url, timeouts=timeouts) as made:
            yield made
    elif request.param == "httpx":
        async with (
            httpx.AsyncClient() as theirs,
            AsyncStationThis(KEY, wire.base_url, timeouts=timeouts, http_client=theirs) as made,
        ):
            yield made
    else:
        with httpx.Client() as theirs:
            async with AsyncStationThis(KEY, wire.base_url, timeouts=timeouts, http_client=theirs) as made:
                yield made


@pytest.fixture(autouse=True)
def waits() -> Iterator[list[float]]:
    """The pauses that retries chose."""
    chosen: list[float] = []

    def note(details: RetryDetails) -> None:
        chosen.append(details.wait_for)

    stamina.instrumentation.set_on_retry_hooks([note])
    yield chosen
    stamina.instrumentation.set_on_retry_hooks(None)


async def test_a_read_carries_the_key_and_the_query(client: AsyncStationThis, wire: Wire) -> None:
    """The key goes into one header, and nothing else of ours is odd."""
    wire.answers.append(answer(200, {"id": RUN, "status": "running"}))
    run = await client.runs.get(RUN)
    assert run.state == "running"
    assert wire.asked[0].path == f"/api/run/{RUN}?queue_position=true"
    assert wire.asked[0].headers["authorization"] == f"Bearer {KEY}"
    assert wire.asked[0].headers["user-agent"].startswith("stationthis-sdk/")


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (401, {"detail": "Invalid or expired token"}, errors.AuthError, "Invalid or expired token"),
        (403, {"detail": "Insufficient your GPU credits to create run"}, errors.Refused, "GPU credits"),
        (403, {"detail": {"error": "plan", "message": "Upgrade first"}}, errors.Refused, "Upgrade first"),
        (400, {"error": "Name is required"}, errors.ValidationFailed, "Name is required"),
        (
            422,
            {"detail": [{"loc": ["query", "limit"], "msg": "Too big"}]},
            errors.ValidationFailed,
            "limit: Too big",
        ),
        (405, {"detail": "Method Not Allowed"}, errors.ApiError, "Method Not Allowed"),
        (404, b"<html>nothing</html>", errors.NotFound, "404"),
        (520, b"odd", errors.ServerError, "odd"),
    ],
)
async def test_every_error_body_becomes_one_error(client, wire, status, body, kind, said) -> None:
    """Four shapes of error bodies, any status: one tree, with the request noted."""
    wire.otherwise = answer(status, body)
    with pytest.raises(kind) as caught, stamina.set_testing(True, attempts=2):
        await client.machines.list()
    assert said in str(caught.value)
    assert caught.value.request.status == status
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content_type", "body", "said"),
    [
        ("text/html", b"<!doctype html><title>Log in</title>", "web page instead of JSON"),
        ("application/json", b'{"id": ', "no JSON"),
        ("application/json", b"", "no JSON"),
        ("application/json", b"[1, 2]", "another shape"),
        ("application/json", b'{"no": "id"}', "another shape"),
        ("application/json", b"null", "another shape"),
    ],
)
async def test_an_unreadable_good_answer_is_said_to_be_one(client, wire, content_type, body, said) -> None:
    """T27: HTML with status 200, half a JSON, JSON of another shape: UnexpectedResponse with what came."""
    wire.answers.append(answer(200, body, content_type=content_type))
    with pytest.raises(errors.UnexpectedResponse, match=said) as caught:
        await client.runs.get(RUN)
    assert caught.value.request is not None


@pytest.mark.parametrize("trouble", [CRASH, CLOSE, RESET], ids=["500 and close", "close", "reset"])
async def test_a_read_survives_a_server_that_drops_it(client, wire, trouble) -> None:
    """A plain 500 that closes the pooled connection unannounced, a close, a reset: the read is made again."""
    good = answer(200, {"id": RUN, "status": "running"})
    wire.answers.extend([good, trouble, trouble, good])
    await client.runs.get(RUN)
    assert (await client.runs.get(RUN)).state == "running"


async def test_retry_after_is_honoured_in_all_three_forms(client, wire, waits) -> None:
    """Milliseconds, seconds and an HTTP date decide the pause."""
    good = answer(200, {"id": RUN})
    soon = format_datetime(datetime.now(UTC) - timedelta(seconds=5), usegmt=True)
    for header in ({"retry-after-ms": "40"}, {"Retry-After": "0.03"}, {"Retry-After": soon}):
        wire.answers.extend([answer(429, {"detail": "slow down"}, headers=header), good])
        await client.runs.get(RUN)
    assert waits == [0.04, 0.03, 0.0]


async def test_a_longer_retry_after_than_patience_is_an_answer(client, wire, waits) -> None:
    """Asked to wait an hour, a read gives up at once and says how long it would be."""
    wire.otherwise = answer(429, {"detail": "slow down"}, headers={"Retry-After": "3600"})
    with pytest.raises(errors.RateLimited, match="3600 s") as caught:
        await client.machines.list()
    assert (caught.value.retry_after, caught.value.retryable, waits) == (3600, True, [])
    assert len(wire.asked) == 1


@pytest.mark.parametrize("read_limit", [1.0])
async def test_a_silent_server_runs_out_of_the_read_limit(client, wire) -> None:
    """The error names the phase, and the read was tried again before."""
    wire.otherwise = HANG
    with pytest.raises(errors.TimedOut) as caught, stamina.set_testing(True, attempts=2):
        await client.machines.list()
    assert (caught.value.phase, caught.value.limit) == ("read", 1.0)
    assert isinstance(caught.value, TimeoutError)
    assert len(wire.asked) == 2


async def test_an_unreachable_host_is_one_clear_line() -> None:
    """Nothing listens there: no connection, nothing sent, retryable."""
    with Wire() as gone:
        base_url = gone.base_url
    with stamina.set_testing(True, attempts=2):
        async with AsyncStationThis(KEY, base_url) as client:
            with pytest.raises(errors.ConnectionFailed, match=r"Can't connect to 127\.0\.0\.1") as caught:
                await client.machines.list()
    assert caught.value.retryable


async def test_a_redirect_within_the_origin_is_followed(client, wire) -> None:
    """A trailing slash answers 307 with an absolute Location; the key goes along, method and body stay."""
    there = f"http://127.0.0.1:{wire.port}/api/run/{RUN}?queue_position=true"
    wire.answers.extend([answer(307, headers={"Location": there}), answer(200, {"id": RUN})])
    await client.runs.get(RUN)
    assert wire.asked[1].headers["authorization"] == f"Bearer {KEY}"


async def test_a_redirect_behind_a_proxy_keeps_our_scheme(client, wire) -> None:
    """The service builds Location from Host and names its own scheme: only the host counts."""
    wire.answers.extend(
        [answer(307, headers={"Location": "https://127.0.0.1/api/machines"}), answer(200, [])]
    )
    assert await client.machines.list() == []


async def test_the_key_never_leaves_its_origin(client, wire) -> None:
    """A redirect to another host is not followed, and that host hears nothing."""
    with Wire(answer(200, {"id": RUN})) as foreign:
        wire.otherwise = answer(307, headers={"Location": f"http://localhost:{foreign.port}/api/run/{RUN}"})
        with pytest.raises(errors.UnexpectedResponse, match="another place"):
            await client.runs.get(RUN)
        assert foreign.asked == []


async def test_a_circle_of_redirects_ends(client, wire) -> None:
    """It is told, not followed for ever."""
    wire.otherwise = answer(307, headers={"Location": "/api/machines"})
    with pytest.raises(errors.UnexpectedResponse, match="circle"):
        await client.machines.list()


@pytest.mark.parametrize("read_limit", [1.0])
async def test_the_key_is_nowhere_to_be_seen(client, wire) -> None:
    """T30: not in reprs, errors, notes of requests, or tracebacks that print every variable."""
    wire.otherwise = CRASH
    seen = [repr(client), repr(client.settings), repr(client.last_requests)]
    with stamina.set_testing(True, attempts=2):
        for trouble in (CRASH, CLOSE, HANG, answer(200, b"<html>")):
            wire.otherwise = trouble
            with pytest.raises(errors.StationThisError) as caught:
                await client.machines.list()
            error = caught.value
            told = traceback.TracebackException.from_exception(error, capture_locals=True)
            seen += ["".join(told.format(chain=True)), repr(error), repr(error.request)]
            assert error.__context__ is None or isinstance(error.__context__, errors.StationThisError)
    assert len(seen) == 3 + 4 * 3
    assert not [text for text in seen if KEY in text]


async def test_queries_are_not_kept(client, wire) -> None:
    """What is kept of requests is safe for a bug report: no query, no body."""
    wire.answers.append(answer(200, {"id": RUN}))
    await client.runs.get(RUN)
    (note,) = client.last_requests
    assert (note.method, note.url, note.status) == ("GET", f"{wire.base_url}/run/{RUN}", 200)


async def test_uploads_are_real_multipart(client, wire, tmp_path) -> None:
    """Bytes and files arrive whole, under the name and type that fit, with no fixed boundary."""
    wire.otherwise = answer(200, {"file_id": "f", "file_name": "x", "file_url": "https://h/x"})
    path = tmp_path / "data.zip"
    path.write_bytes(b"PK\x03\x04--+++--" + bytes(300_000))
    await client.files.upload(path)
    await client.files.upload(path.read_bytes() + b"!")  # the same once more would not be sent
    boundaries = set()
    for asked in wire.asked:
        kind, _, boundary = asked.headers["content-type"].partition("; boundary=")
        boundaries.add(boundary)
        assert kind == "multipart/form-data"
        assert path.read_bytes() in asked.body
        assert b'name="file"; filename="' in asked.body
        assert b"application/zip" in asked.body
    assert len(boundaries) == 2


async def test_one_pool_serves_many_calls(wire) -> None:
    """Connections are reused: twenty reads in turn take one."""
    wire.otherwise = answer(200, {"id": RUN})
    async with AsyncStationThis(KEY, wire.base_url) as client:
        for _ in range(20):
            await client.runs.get(RUN)
    assert wire.connections == 1


def test_one_client_serves_many_loops(wire) -> None:
    """Each asyncio.run has a pool of its own, closed with it; nothing is warned of."""
    wire.otherwise = answer(200, {"id": RUN})
    client = AsyncStationThis(KEY, wire.base_url)
    for _ in range(3):
        assert asyncio.run(client.runs.get(RUN)).id == RUN
    assert wire.connections == 3


@pytest.mark.parametrize("read_limit", [1.0])
async def test_a_queue_request_is_never_repeated(client, wire) -> None:
    """After a lost answer the run may exist: it is told as ambiguous, with the id to look for; sent once."""
    deployment = {"id": OTHER, "environment": "production", "workflow": {"id": OTHER, "name": "portrait"}}
    for trouble in (
        CRASH,
        CLOSE,
        RESET,
        HANG,
        answer(500, {"detail": "x"}),
        answer(200, b"<html>"),
        answer(200, {}),
    ):
        wire.otherwise = _service(deployment, trouble)
        portrait = await client.deployments.get("portrait")
        wire.asked.clear()
        with pytest.raises(errors.AmbiguousSubmit) as caught:
            await portrait.submit()
        posts = [asked for asked in wire.asked if asked.method == "POST"]
        assert len(posts) == 1
        assert posts[0].json["inputs"] == {"__stationthis_submit": caught.value.submit_id}
        assert caught.value.submit_id in str(caught.value)


async def test_a_refused_queue_request_says_so(client, wire) -> None:
    """A definite no is no ambiguity: credits, bad inputs, gone, too many."""
    deployment = {"id": OTHER, "environment": "production", "workflow": {"id": OTHER, "name": "portrait"}}
    for status, kind in ((401, errors.AuthError), (403, errors.Refused), (404, errors.NotFound),
                         (422, errors.ValidationFailed), (429, errors.RateLimited)):  # fmt: skip
        wire.otherwise = _service(deployment, answer(status, {"detail": "no"}))
        portrait = await client.deployments.get("portrait")
        wire.asked.clear()
        with pytest.raises(kind):
            await portrait.submit()
        assert [asked.method for asked in wire.asked if asked.method != "GET"] == ["POST"]


def _service(deployment, post):
    """A service with one deployment, and one answer to every POST."""

    def reply(asked: Asked):
        if asked.method == "POST":
            return post
        return answer(200, [deployment])

    return reply
