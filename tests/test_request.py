"""`st.request`: any endpoint through our own sending, and never a run."""

import gzip
import json
from pathlib import Path
from urllib.parse import quote

import comfydeploy_client
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st_

from stationthis_sdk import (
    AsyncStationThis,
    ConnectionLost,
    InvalidInput,
    NotFound,
    StationThis,
    UnexpectedResponse,
)
from stationthis_sdk.api.endpoint import endpoint
from tests.wire import CLOSE, CRASH, Wire, answer

BASE = "https://api.comfydeploy.com/api"
CONTRACT = json.loads(Path(comfydeploy_client.__file__).with_name("contract.json").read_text("utf-8"))
STARTING = (
    "/run",
    "/run/queue",
    "/run/sync",
    "/run/stream",
    "/run/deployment/queue",
    "/run/deployment/sync",
    "/run/deployment/stream",
    "/run/workflow/queue",
    "/run/workflow/sync",
    "/run/workflow/stream",
)


@pytest.fixture
def wire():
    with Wire() as server:
        yield server


@pytest.fixture
def client(wire):
    with StationThis("st-very-secret-key-0123456789", wire.base_url) as made:
        yield made


@pytest.fixture(params=["aiohttp", "httpx", "httpx, plain"])
async def http_client(request):
    """None for our own transport, else somebody's httpx client."""
    if request.param == "aiohttp":
        yield None
    elif request.param == "httpx":
        async with httpx.AsyncClient() as made:
            yield made
    else:
        with httpx.Client() as made:
            yield made


@st_.composite
def disguised(draw):
    """A path that starts a run, written as a server might still understand it."""
    path = draw(st_.sampled_from(STARTING))
    if draw(st_.booleans()):
        path = "".join(quote(sign, safe="") if draw(st_.booleans()) else sign for sign in path)
        path = "/" + path.removeprefix("%2F").removeprefix("/")
    if draw(st_.booleans()):
        path = "".join(
            f"%{ord(sign):02x}" if sign.isalpha() and draw(st_.booleans()) else sign for sign in path
        )
    if draw(st_.booleans()):
        path = (
            draw(
                st_.sampled_from(
                    ["/api", "/v2", "//", "/./", "/machines/..", "/api/api", "\t", "/%2e", "/%252e"]
                )
            )
            + path
        )
    if draw(st_.booleans()):
        path += draw(
            st_.sampled_from(["/", "//", "?a=1", "#a", "/.", "%2F", "%20", "%00", "\n", "\\", ";a=b"])
        )
    if draw(st_.booleans()):
        path = path.upper()
    return path


@settings(max_examples=400, deadline=None)
@given(path=disguised(), method=st_.sampled_from(["POST", "post", "PUT", "PATCH", "DELETE"]))
def test_no_disguise_starts_a_run(path, method):
    """However a path that starts a run is spelled, nothing is sent."""
    with pytest.raises(InvalidInput):
        endpoint(method, path, BASE)


def test_every_operation_passes_but_those_that_start_runs():
    """Of the contract's operations just those that start a run are refused."""
    refused = set()
    for path, item in CONTRACT["paths"].items():
        for method in item.keys() & {"get", "post", "put", "patch", "delete"}:
            filled = path.replace("{", "").replace("}", "")
            try:
                assert endpoint(method, filled, BASE) == (method.upper(), filled)
            except InvalidInput:
                refused.add(item[method]["operationId"])
    assert refused == {
        f"runs_{how}_{what}" for how in ("queue", "sync", "stream") for what in ("deployment", "workflow")
    }


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("FETCH", "/machines", "No method 'FETCH'"),
        (None, "/machines", "No method None"),
        ("GET", "machines", "begins with a slash"),
        ("GET", "https://elsewhere.example/machines", "begins with a slash"),
        ("GET", None, "begins with a slash"),
        ("GET", "/machines?limit=5", "params="),
        ("GET", "/api/machines", "give '/machines'"),
        ("GET", "/a/../machines", "no plain path"),
        ("GET", "/a/%2e%2e/machines", "no plain path"),
        ("GET", "//elsewhere.example/machines", "no plain path"),
        ("GET", "/mach ines", "no plain path"),
        ("GET", "/", "no plain path"),
        ("GET", "/machine/{machine_id}", "put the id in its place"),
        ("GET", "/half\ud800", "no plain path"),
    ],
)
def test_an_odd_endpoint_is_refused_with_what_to_do(client, wire, method, path, said):
    """What is no method or no plain path is an InvalidInput, and nothing is sent."""
    with pytest.raises(InvalidInput, match=said) as caught:
        client.request(method, path)
    assert "\n" not in str(caught.value)
    assert wire.asked == []


@pytest.mark.parametrize("body", [{"a": object()}, {"a": float("nan")}, {1, 2}, "\ud800", b"bytes"])
def test_what_is_no_json_is_refused(client, wire, body):
    """A body that JSON can't say is an InvalidInput, and nothing is sent."""
    with pytest.raises(InvalidInput, match="can't be written as JSON"):
        client.request("POST", "/workflow", json=body)
    with pytest.raises(InvalidInput, match="params"):
        client.request("GET", "/machines", params={"a": {"b": 1}})
    assert wire.asked == []


@pytest.mark.parametrize(
    "params",
    [
        [("a", 1)],
        "a=b",
        5,
        {1: 2},
        {"\ud800": 1},
        {"a": "\ud800"},
        {"a": 10**5000},
        {"a": [[1]]},
        {"a": b"b"},
    ],
)
def test_what_is_no_query_is_refused(client, wire, params):
    """What can't stand in a query is an InvalidInput of one line, and nothing is sent."""
    with pytest.raises(InvalidInput, match="params") as caught:
        client.request("GET", "/machines", params=params)
    assert "\n" not in str(caught.value)
    assert wire.asked == []


@pytest.mark.parametrize(
    "start", ["/api/run/deployment/queue", "/api/run", "/v2/run/workflow/sync/", "/api/Run/%73tream"]
)
@pytest.mark.parametrize("status", [307, 308])
async def test_no_redirect_starts_a_run(wire, start, status, http_client):
    """A harmless POST that the service leads to what starts a run ends there; elsewhere it is followed."""
    async with AsyncStationThis("st-key-0123456789", wire.base_url, http_client=http_client) as st:
        wire.answers.append(answer(status, headers={"Location": start}))
        with pytest.raises(UnexpectedResponse, match="redirects to what starts a run"):
            await st.request("POST", "/workflow", json={})
        wire.answers += [answer(status, headers={"Location": "/api/workflow/"}), answer(200, {"id": "w"})]
        assert await st.request("POST", "/workflow", json={"name": "n"}) == {"id": "w"}
    assert [one.path for one in wire.asked] == ["/api/workflow", "/api/workflow", "/api/workflow/"]


def test_a_base_url_starts_no_run_either():
    """The base URL's own steps count."""
    with pytest.raises(InvalidInput, match="starts a run"):
        endpoint("POST", "/deployment/queue", "https://api.comfydeploy.com/api/run")


def test_it_is_sent_as_it_was_said(client, wire):
    """Method, path, query and body arrive as given: None left out, lists repeated, booleans in small letters."""
    wire.answers.append(answer(200, {"ok": [1, None, "ü"]}))
    given = {"text": "a b&c", "none": None, "yes": True, "many": ["x", 2, False]}
    assert client.request("patch", "/assets/ü", json={"path": "ü"}, params=given) == {"ok": [1, None, "ü"]}
    [asked] = wire.asked
    assert asked.method == "PATCH"
    assert asked.path.endswith("/assets/%C3%BC?text=a+b%26c&yes=true&many=x&many=2&many=false")
    assert asked.json == {"path": "ü"}
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["authorization"] == "Bearer st-very-secret-key-0123456789"


@pytest.mark.parametrize("depth", [1500, 100_000])
def test_what_is_nested_beyond_reason_is_told(client, wire, depth):
    """Neither way is there a RecursionError."""
    body = None
    for _ in range(depth):
        body = [body]
    with pytest.raises(InvalidInput, match="can't be written as JSON"):
        client.request("POST", "/workflow", json=body)
    wire.answers.append(answer(200, b"[" * depth + b"]" * depth))
    with pytest.raises(UnexpectedResponse, match="no JSON"):
        client.request("GET", "/machines")


def test_packed_answers_are_unpacked_and_bounded(client, wire):
    """Unpacked as announced; one that grows beyond all reason, or that is none, is an error."""
    packed = {"Content-Encoding": "gzip"}
    wire.answers.append(answer(200, gzip.compress(b'{"a": 1}'), headers=packed))
    assert client.request("GET", "/machines") == {"a": 1}
    wire.answers.append(answer(200, gzip.compress(b" " * (65 << 20)), headers=packed))
    with pytest.raises(UnexpectedResponse, match="larger than 64 MiB"):
        client.request("POST", "/workflow")
    wire.answers.append(answer(200, b"no gzip", headers=packed))
    with pytest.raises(ConnectionLost):
        client.request("POST", "/workflow")


@pytest.mark.parametrize("value", [[], {}, None, 0, "", False, [{"a": None}]])
def test_the_answer_is_plain_json(client, wire, value):
    """Whatever JSON the service answers comes back as it is."""
    wire.answers.append(answer(200, value))
    assert client.request("GET", "/anything") == value


@pytest.mark.parametrize(
    "reply", [b"HTTP/1.1 204 No Content\r\n\r\n", answer(200), answer(202, content_type="text/plain")]
)
def test_an_empty_answer_is_none(client, wire, reply):
    """What has no body is done, and no error."""
    wire.answers.append(reply)
    assert client.request("DELETE", "/assets/7f1c") is None


def test_a_read_is_tried_again_and_a_write_is_not(client, wire):
    """A GET survives a fault of the service; a POST whose answer was lost is sent once."""
    wire.answers += [CRASH, CLOSE, answer(200, [])]
    assert client.request("GET", "/machines") == []
    assert len(wire.asked) == 3
    wire.answers += [CLOSE, answer(200, {})]
    with pytest.raises(ConnectionLost):
        client.request("POST", "/machine/import", json={})
    assert len(wire.asked) == 4


def test_a_stream_is_named_as_one(client, wire):
    """An endpoint that answers with events is refused before the stream is read."""
    wire.answers.append(
        b"HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream; charset=utf-8\r\n\r\ndata: {}\n\n"
    )
    with pytest.raises(UnexpectedResponse, match="stream of events"):
        client.request("GET", "/v2/stream-progress", params={"run_id": "7f1c"})


def test_errors_are_those_of_every_call(st):
    """An unknown endpoint is NotFound with the request attached, which shows no query."""
    with pytest.raises(NotFound) as caught:
        st.request("GET", "/no-such-thing", params={"search": "secret"})
    assert caught.value.request.method == "GET"
    assert "secret" not in repr(caught.value.request) + str(caught.value)


async def test_it_reaches_what_nothing_wraps(ast: AsyncStationThis):
    """A real service answers the same machines in plain JSON as the typed call reads."""
    plain = await ast.request("GET", "/machines", params={"is_deleted": False})
    assert {one["id"] for one in plain} == {one.id for one in await ast.machines.list()}


def test_refused_starts_never_reach_the_service(st):
    """A refusal is told with the way to do it, and no run is made."""
    before = len(st.last_requests)
    with pytest.raises(InvalidInput, match="submit"):
        st.request("POST", "/run/deployment/queue/", json={"deployment_id": "x"})
    assert len(st.last_requests) == before
