"""Fetching what is to be uploaded: without the key, bounded, repeated where that may help."""

import io

import pytest
import stamina

from stationthis_sdk import AsyncStationThis, DownloadFailed, InvalidInput
from stationthis_sdk.testing import LocalGateway
from tests.uploading import fetched, png, sent, wav
from tests.wire import CLOSE, RESET, Cut, Wire, answer

SEND = "POST /file/upload"


@pytest.fixture(autouse=True)
def _memory(tmp_path, monkeypatch):
    """Each test remembers its own uploads only, and tries follow each other at once."""
    monkeypatch.setenv("STATIONTHIS_HOME", str(tmp_path / "home"))
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture(scope="module")
def own():
    """A gateway."""
    with LocalGateway() as gateway:
        yield gateway


@pytest.fixture
async def st(own):
    """A client of it."""
    async with own.async_client() as client:
        yield client


@pytest.fixture
def web():
    """A server of files."""
    with Wire() as server:
        server.address = f"http://127.0.0.1:{server.port}"
        yield server


async def test_a_file_is_fetched_without_the_key(st, web):
    """Named by its address or by whoever asks; its type is told by its bytes; redirects are followed."""
    web.answers += [
        answer(302, headers={"Location": "/there/fox%20one.jpg"}),
        answer(200, png(), content_type="application/octet-stream"),
    ]
    uploaded = await st.files.upload(f"{web.address}/fox.jpg?token=secret")
    assert (uploaded.name, uploaded.mime, uploaded.size) == ("fox.png", "image/png", len(png()))
    assert not any("authorization" in one.headers for one in web.asked)
    web.answers.append(answer(200, wav()))
    assert (await st.files.upload(f"{web.address}/", name="a song")).name == "a song.wav"
    web.answers.append(answer(200, b"{}"))
    assert (await st.files.upload(f"{web.address}/table.json", name="rows")).name == "rows.json"


@pytest.mark.parametrize("trouble", [CLOSE, RESET, Cut(answer(200, png())[:-9]), answer(503), answer(429)])
async def test_what_may_pass_is_tried_again(st, web, trouble):
    """Broken off, busy: from the beginning, and the bytes are the file's."""
    web.answers += [trouble, trouble, answer(200, png())]
    uploaded = await st.files.upload(f"{web.address}/fox.png")
    assert fetched_now(uploaded) == png()


def fetched_now(uploaded):
    """What the service has of an upload."""
    return fetched(uploaded.url)[0]


@pytest.mark.parametrize("trouble", [CLOSE, RESET, Cut(answer(200, png())[:-9]), answer(500)])
async def test_what_does_not_pass_is_told(st, web, trouble):
    """DownloadFailed names the host and nothing else of the address; the service hears nothing."""
    web.otherwise = trouble
    with pytest.raises(DownloadFailed, match=r"127\.0\.0\.1") as failed:
        await st.files.upload(f"{web.address}/secret/fox.png?token=secret")
    assert "secret" not in f"{failed.value}{failed.value.request}".replace("/secret/fox.png", "")
    assert SEND not in sent(st)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1/x.png", "http://nowhere.invalid/x.png", "https://127.0.0.1:1/x.png"]
)
async def test_nobody_there(st, address):
    """No server, no such host: DownloadFailed, which may be tried again, and says nothing of a base URL."""
    with pytest.raises(DownloadFailed, match="can't be fetched") as failed:
        await st.files.upload(address)
    assert failed.value.retryable
    assert "base URL" not in str(failed.value)
    assert SEND not in sent(st)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (answer(404), "There is no file at that address"),
        (answer(403), "it answered 403"),
        (answer(200, b"<!DOCTYPE html><p>Sign in", content_type="text/html"), "a web page, not a file"),
        (answer(200, b"<html lang=en>"), "a web page, not a file"),
        (answer(200, b""), "empty"),
        (answer(200, b"hello"), "is text"),
        (answer(200, b"x", headers={"Content-Length": str(1 << 40)}), "250 MiB"),
    ],
)
async def test_what_is_no_file_is_refused(st, web, said, why):
    """Not tried again, not sent."""
    web.otherwise = said
    with pytest.raises(InvalidInput, match=why):
        await st.files.upload(f"{web.address}/fox")
    assert len(web.asked) == 1
    assert SEND not in sent(st)


@pytest.mark.parametrize("address", ["http://[x", "http://:80/a", "http://a:99999999/x", "http://h:0/x"])
async def test_what_is_no_address(st, address):
    """Refused before anything is asked."""
    with pytest.raises(InvalidInput):
        await st.files.upload(address)
    assert SEND not in sent(st)


async def test_a_bots_link_is_fetched_here_and_its_end_explained(st, web):
    """Its token reaches nobody, and a dead one says what to do."""
    web.answers += [answer(200, png()), answer(404)]
    link = f"{web.address}/file/bot123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/photos/file_1.png"
    assert "AAHdq" not in (await st.files.upload(link)).url
    with pytest.raises(InvalidInput, match="ask getFile for a new one") as gone:
        await st.files.upload(link)
    assert "AAHdq" not in str(gone.value)


async def test_a_packed_answer_and_long_files(st, web):
    """More than is kept in memory waits in a temporary file; the bytes are the same."""
    content = b"\0\1\2" * 3_000_000
    web.answers.append(answer(200, content))
    uploaded = await st.files.upload(f"{web.address}/weights.bin")
    assert uploaded.size == len(content)
    assert fetched_now(uploaded) == content
    assert (await st.files.upload(io.BytesIO(content))).reused


async def test_redirects_in_a_circle():
    """Given up, and told as a download that failed."""
    with Wire() as web, Wire() as service:
        web.otherwise = answer(302, headers={"Location": f"http://127.0.0.1:{web.port}/again"})
        async with AsyncStationThis("k", service.base_url) as st:
            with pytest.raises(DownloadFailed, match="circle"):
                await st.files.upload(f"http://127.0.0.1:{web.port}/fox.png")
        assert service.asked == []
