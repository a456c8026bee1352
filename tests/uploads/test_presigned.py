"""Signed addresses that people ask for: for themselves, or for who has no key."""

import asyncio
import re
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest

from stationthis_sdk import AsyncStationThis, InvalidInput, NotFound, UnexpectedResponse
from stationthis_sdk.testing import LocalGateway
from stationthis_sdk.uploads.presigned import _expiry
from tests.uploading import MP4, ZIP, fetched, png, sent
from tests.wire import Wire, answer

ASK, TELL, PUT = "GET /assets/presigned-url", "POST /assets/register", "PUT storage"
SEND = "POST /file/upload"


@pytest.fixture(autouse=True)
def _memory(tmp_path, monkeypatch):
    """Each test remembers its own uploads only."""
    monkeypatch.setenv("STATIONTHIS_HOME", str(tmp_path / "home"))


@pytest.fixture
def own():
    """A gateway of the test's own."""
    with LocalGateway() as gateway:
        yield gateway


async def test_a_file_is_put_where_the_address_leads(own):
    """Asked for by name, type and size; put with progress; an asset with a link then."""
    told = []
    async with own.async_client() as st:
        presigned = await st.files.presign("a walk", "video/mp4", len(MP4))
        assert (presigned.name, presigned.mime, presigned.size) == ("a walk.mp4", "video/mp4", len(MP4))
        assert repr(presigned) == f"<presigned upload of 'a walk.mp4': video/mp4, {len(MP4):,} bytes>"
        assert presigned.headers == {"content-type": "video/mp4", "x-amz-acl": "public-read"}
        left = presigned.expires_at - datetime.now(UTC)
        assert timedelta(minutes=50) < left <= timedelta(hours=1)
        uploaded = await presigned.put(MP4, on_progress=lambda *numbers: told.append(numbers))
        assert sent(st) == [ASK, PUT, TELL]
        assert (uploaded.name, uploaded.size, uploaded.mime) == ("a walk.mp4", len(MP4), "video/mp4")
        assert told[-1] == (len(MP4), len(MP4))
        assert await asyncio.to_thread(fetched, uploaded.url) == (MP4, "video/mp4")
        assert (await st.files.assets.get(uploaded.id)).name == "a walk.mp4"


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_somebody_without_a_key_puts_it(own, visibility):
    """Address and headers are all that is needed; another type or another time is refused by storage."""
    st = own.client()
    st.account.update_settings(visibility=visibility)
    presigned = st.files.presign("two models", "application/zip", len(ZIP))

    def put(headers):
        request = urllib.request.Request(presigned.url, ZIP, headers, method="PUT")
        return urllib.request.urlopen(request).close()

    with pytest.raises(urllib.error.HTTPError, match="403"):
        put({**presigned.headers, "content-type": "image/png"})
    put(dict(presigned.headers))
    uploaded = presigned.register()
    assert (uploaded.name, uploaded.size) == ("two models.zip", len(ZIP))
    assert fetched(uploaded.url)[0] == ZIP
    own.clock.advance(3601)
    with pytest.raises(urllib.error.HTTPError, match="403"):
        put(dict(presigned.headers))


async def test_an_address_that_has_expired_is_renewed_once(own):
    """An hour later the first PUT is refused: another address, and the file is there."""
    async with own.async_client() as st:
        presigned = await st.files.presign("fox", "image/png", len(png()))
        own.clock.advance(3601)
        uploaded = await presigned.put(png())
        assert sent(st) == [ASK, PUT, ASK, PUT, TELL]
        assert (await asyncio.to_thread(fetched, uploaded.url))[0] == png()


async def test_what_storage_refuses_goes_through_the_service(own):
    """403 again and again: the file is uploaded as a form, under its name."""
    own.faults.refuse(403, method="PUT", path="/files/assets/*")
    async with own.async_client() as st:
        presigned = await st.files.presign("fox", "image/png", len(png()))
        uploaded = await presigned.put(png())
        assert sent(st) == [ASK, PUT, ASK, PUT, SEND]
        assert (uploaded.name, uploaded.size) == ("fox.png", len(png()))


@pytest.mark.parametrize(
    ("name", "mime", "size", "why"),
    [
        ("", "image/png", 3, "name is what"),
        (None, "image/png", 3, "name is what"),
        ("fox", "text/plain", 3, "media type that the service takes"),
        ("fox", "png", 3, "media type"),
        ("fox", "image/png\r\nX-Evil: 1", 3, "media type"),
        ("fox", None, 3, "media type"),
        ("fox", "image/png", 0, "1 or more"),
        ("fox", "image/png", True, "1 or more"),
        ("fox", "image/png", "3", "1 or more"),
        ("fox", "image/png", 250 * 2**20 + 1, "250 MiB"),
    ],
)
async def test_what_no_address_can_be_asked_for(own, name, mime, size, why):
    """Refused before anything is sent."""
    async with own.async_client() as st:
        with pytest.raises(InvalidInput, match=why):
            await st.files.presign(name, mime, size)
        assert sent(st) == []


async def test_another_file_than_was_asked_for_is_not_put(own):
    """Another size, text, nothing: an error, no bytes, and the address may still be used."""
    async with own.async_client() as st:
        presigned = await st.files.presign("models", "application/zip", len(ZIP))
        for other in (ZIP * 2, b"", "/no/such/file"):
            with pytest.raises(InvalidInput):
                await presigned.put(other)
        assert sent(st) == [ASK]
        assert (await presigned.put(ZIP)).size == len(ZIP)


async def test_a_server_without_addresses_says_what_to_do():
    """405 and the router's 404 are told as such, other refusals as they are."""
    for said in (answer(405, {"detail": "Method Not Allowed"}), answer(404, {"detail": "Not Found"})):
        with Wire(said) as service:
            async with AsyncStationThis("k", service.base_url) as st:
                with pytest.raises(NotFound, match=re.escape("upload() sends files another way")):
                    await st.files.presign("fox", "image/png", 3)


async def test_an_address_that_can_not_be_used():
    """One that signs headers nobody knows, or answers that are none."""
    link = "http://127.0.0.1:9/x?X-Amz-SignedHeaders=host%3Bx-amz-meta-a"
    said = {"url": link, "download_url": link, "file_id": "f", "db_path": "f", "is_public": True}
    for one in (said, {**said, "url": None}, {}):
        with Wire(answer(200, one)) as service:
            async with AsyncStationThis("k", service.base_url) as st:
                with pytest.raises(UnexpectedResponse):
                    await st.files.presign("fox", "image/png", 3)


def test_when_an_address_expires():
    """As Amazon and Google write it; None where it is not said, or nonsense."""
    at = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
    for by in ("X-Amz", "X-Goog"):
        assert _expiry(f"https://h/a?{by}-Date=20261122T063000Z&{by}-Expires=3600") == at
    for query in (
        "",
        "X-Amz-Date=20261122T063000Z",
        "X-Amz-Date=soon&X-Amz-Expires=3600",
        "X-Amz-Expires=-1",
    ):
        assert _expiry(f"https://h/a?{query}") is None
