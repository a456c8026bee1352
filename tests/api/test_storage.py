"""Bytes put where a signed URL leads, over each transport."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from stationthis_sdk import Timeouts, errors
from stationthis_sdk.api.connect import connect
from stationthis_sdk.api.edge import Edge
from stationthis_sdk.api.storage import put_to_storage
from stationthis_sdk.config import Settings
from stationthis_sdk.secret import Secret
from tests.wire import HANG, RESET, Wire, answer

KEY = "st-very-secret-key-0123456789"
SIGNATURE = "X-Amz-Signature=abcdef0123456789"


@pytest.fixture
def wire() -> Iterator[Wire]:
    with Wire() as server:
        yield server


@pytest.fixture
def read_limit() -> float:
    """Seconds; only where storage hangs is it short."""
    return 45.0


@pytest.fixture(params=["aiohttp", "httpx", "httpx in a thread"])
async def edge(request: pytest.FixtureRequest, wire: Wire, read_limit: float) -> AsyncIterator[Edge]:
    """The same edge over each transport; users' clients have a login and headers of their own."""
    settings = Settings(Secret(KEY), wire.base_url, "default", "a test")
    mine: Any = {"headers": {"X-Mine": "1"}, "auth": ("me", "secret"), "cookies": {"mine": "1"}}
    theirs: Any = None
    if request.param == "httpx":
        theirs = httpx.AsyncClient(**mine)
    elif request.param == "httpx in a thread":
        theirs = httpx.Client(**mine)
    made = connect(settings, Timeouts(connect=45, read=read_limit), theirs).edge
    yield made
    await made.aclose()
    if isinstance(theirs, httpx.AsyncClient):
        await theirs.aclose()
    elif theirs is not None:
        theirs.close()


def _url(wire: Wire, path: str = "/bucket/a%20b.bin") -> str:
    return f"http://127.0.0.1:{wire.port}{path}?{SIGNATURE}"


async def test_exactly_the_signed_headers_go_out(edge: Edge, wire: Wire) -> None:
    """T15: storage sees the bytes, the headers asked for and no key; the URL arrives as it was signed."""
    wire.answers.append(answer(200, headers={"ETag": '"abc"'}))
    stored = await put_to_storage(edge, _url(wire), b"hello", headers={"Content-Type": "image/png"})
    assert (stored.ok, stored.etag) == (True, '"abc"')
    asked = wire.asked[0]
    assert (asked.method, asked.path, asked.body) == ("PUT", f"/bucket/a%20b.bin?{SIGNATURE}", b"hello")
    names = {name for name in asked.headers if name != "connection"}
    assert names == {"host", "content-type", "content-length"}


async def test_a_part_of_a_file_is_sent(edge: Edge, wire: Wire, tmp_path: Path) -> None:
    """The bytes from an offset go out, and the count of those under way is told."""
    path = tmp_path / "big.bin"
    path.write_bytes(bytes(range(256)) * 4096)
    wire.answers.append(answer(200))
    told: list[int] = []
    await put_to_storage(edge, _url(wire), path, offset=100, size=700_001, told=told.append)
    assert wire.asked[0].body == path.read_bytes()[100:700_101]
    assert wire.asked[0].headers["content-length"] == "700001"
    assert sum(told) == 700_001
    assert len(told) > 1


async def test_nothing_is_sent_as_nothing(edge: Edge, wire: Wire) -> None:
    """An empty file has a length of 0."""
    wire.answers.append(answer(200))
    assert (await put_to_storage(edge, _url(wire), b"")).ok
    assert wire.asked[0].headers["content-length"] == "0"


@pytest.mark.parametrize(
    ("status", "code", "expired", "busy"),
    [(403, "AccessDenied", True, False), (400, "ExpiredToken", True, False), (503, "SlowDown", False, True),
     (400, "RequestTimeout", False, True), (404, "NoSuchUpload", False, False)],
)  # fmt: skip
async def test_a_refusal_is_the_callers_to_judge(edge, wire, status, code, expired, busy) -> None:
    """A status that is not 2xx raises nothing and says what storage's own word was."""
    wire.answers.append(answer(status, f"<Error><Code>{code}</Code></Error>".encode()))
    stored = await put_to_storage(edge, _url(wire), b"x")
    assert (stored.ok, stored.code, stored.expired, stored.busy) == (False, code, expired, busy)


async def test_redirects_take_no_bytes_elsewhere(edge: Edge, wire: Wire) -> None:
    """A redirect is an answer like another."""
    wire.answers.append(answer(307, headers={"Location": "http://127.0.0.1:9/elsewhere"}))
    assert (await put_to_storage(edge, _url(wire), b"x")).status == 307
    assert len(wire.asked) == 1


@pytest.mark.parametrize("read_limit", [1.0])
@pytest.mark.parametrize(("trouble", "kind"), [(HANG, errors.TimedOut), (RESET, errors.ConnectionLost)])
async def test_trouble_is_named_and_not_repeated(edge, wire, trouble, kind) -> None:
    """T30: a storage that is silent or breaks off is one typed error; the signature is in no message and no note."""
    wire.answers.append(trouble)
    with pytest.raises(kind) as caught:
        await put_to_storage(edge, _url(wire), b"x")
    assert len(wire.asked) == 1
    assert "Signature" not in f"{caught.value}{caught.value!r}{edge.exchanges}"


async def test_a_file_that_shrinks_is_noticed(edge: Edge, wire: Wire, tmp_path: Path) -> None:
    """Bytes that are not there are not made up, and the error says which file."""
    path = tmp_path / "small.bin"
    path.write_bytes(b"12345")
    with pytest.raises(errors.InvalidInput, match="became shorter"):
        await put_to_storage(edge, _url(wire), path, size=10)
    with pytest.raises(errors.InvalidInput, match="can't be read"):
        await put_to_storage(edge, _url(wire), tmp_path / "gone.bin", size=10)


@pytest.mark.parametrize("url", ["", "ftp://storage/x", "http://", "http://[x/", "javascript:1"])
async def test_what_is_no_address_is_not_asked(edge: Edge, wire: Wire, url: str) -> None:
    """A URL that is none is the service's fault, and said to be."""
    with pytest.raises(errors.UnexpectedResponse):
        await put_to_storage(edge, url, b"x")
    assert wire.asked == []
