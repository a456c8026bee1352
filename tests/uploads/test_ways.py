"""The ways up: straight into storage, as a form, and by a server of old; each broken in turn."""

import asyncio
import threading
from urllib.parse import parse_qs, urlsplit

import pytest
import stamina

from stationthis_sdk import (
    AsyncStationThis,
    AuthError,
    InvalidInput,
    NotFound,
    RateLimited,
    Refused,
    ServerError,
    StationThisError,
)
from stationthis_sdk.testing import LocalGateway
from stationthis_sdk.uploads import ways
from stationthis_sdk.uploads.ways import FORM, PRESIGNED
from tests.uploading import fetched, png, sent
from tests.wire import CLOSE, RESET, Wire, answer

ASK, TELL, PUT = "GET /assets/presigned-url", "POST /assets/register", "PUT storage"
SEND = "POST /file/upload"
STORAGE = "/files/assets/*"
WEIGHTS = bytes(range(256)) * 40


@pytest.fixture(autouse=True)
def _small(tmp_path, monkeypatch):
    """What has 10 kB is big here, and each test remembers its own uploads only."""
    monkeypatch.setenv("STATIONTHIS_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(ways, "BIG", 10_000)


@pytest.fixture(autouse=True)
def _no_pauses():
    """Tries follow each other at once."""
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def own():
    """A gateway of the test's own."""
    with LocalGateway() as gateway:
        yield gateway


def lacks(st, what=PRESIGNED):
    """Whether a client has learnt that its server lacks something."""
    return st._ready.context.service.edge.capabilities.lacks(what)


async def arrived(uploaded, content=WEIGHTS):
    """Whether the very bytes are behind the address of an upload."""
    return (await asyncio.to_thread(fetched, uploaded.url))[0] == content


async def test_what_is_big_goes_straight_into_storage(own):
    """Three requests, the bytes in one of them and not through the service; it is an asset then."""
    told = []
    async with own.async_client() as st:
        uploaded = await st.files.upload(
            WEIGHTS, name="weights", on_progress=lambda *numbers: told.append(numbers)
        )
        assert sent(st) == [ASK, PUT, TELL]
        assert (uploaded.name, uploaded.size) == ("weights.bin", len(WEIGHTS))
        assert told[-1] == (len(WEIGHTS), len(WEIGHTS))
        assert await arrived(uploaded)
        assert [asset.id for asset in await st.files.assets.list()] == [uploaded.id]
        assert (await st.files.upload(WEIGHTS, name="again")).url == uploaded.url
        before = len(st.last_requests)
        await st.files.upload(WEIGHTS[:9999])
        assert sent(st, before) == [SEND]


async def test_a_private_account_as_well(own):
    """What storage keeps for itself gets a signed link, which is remembered for no longer than it lives."""
    async with own.async_client() as st:
        await st.account.update_settings(visibility="private")
        uploaded = await st.files.upload(WEIGHTS)
        assert "X-Amz-Signature" in uploaded.url
        assert await arrived(uploaded)


async def test_exactly_the_signed_headers_and_no_key_go_to_storage():
    """T15: of a link that signs two headers those two go out, of one that tells nothing the type; never a key."""
    for query, names in (
        (
            "X-Amz-SignedHeaders=content-type%3Bhost%3Bx-amz-acl&X-Amz-Signature=s",
            {"content-type", "x-amz-acl"},
        ),
        ("X-Goog-SignedHeaders=host&X-Goog-Signature=s", set()),
        ("sig=s", {"content-type"}),
    ):
        with Wire(answer(200)) as storage, Wire() as service:
            link = f"http://127.0.0.1:{storage.port}/bucket/img_1.png"
            service.answers += [
                answer(200, {"url": f"{link}?{query}", "download_url": link, "file_id": "img_1", "db_path": "img_1.png", "is_public": True}),
                answer(200, _asset("img_1", link)),
            ]  # fmt: skip
            async with AsyncStationThis("very-secret", service.base_url) as st:
                content = png(size=(80, 80)) + b"\0" * 10_000
                assert (await st.files.upload(content, name="fox")).url == link
            (put,) = storage.asked
            assert (put.method, put.body) == ("PUT", content)
            assert set(put.headers) - {"host", "content-length", "connection"} == names
            assert put.headers.get("content-type", "image/png") == "image/png"
            assert put.headers.get("x-amz-acl", "public-read") == "public-read"
            assert "very-secret" not in str(put)


async def test_headers_that_nobody_told_are_no_way(own):
    """A link that signs what we do not know of: the form, and no try at storage."""
    link = "http://127.0.0.1:9/x?X-Amz-SignedHeaders=host%3Bx-amz-meta-a"
    said = {"url": link, "download_url": link, "file_id": "f", "db_path": "f", "is_public": True}
    form = {"message": "ok", "file_id": "file_1", "file_name": "file.bin", "file_url": "http://127.0.0.1/f"}
    with Wire() as service:
        service.answers += [answer(200, said), answer(200, form)]
        async with AsyncStationThis("k", service.base_url) as st:
            assert (await st.files.upload(WEIGHTS)).id == "file_1"
            assert sent(st) == [ASK, SEND]


async def test_an_address_that_is_too_old_is_renewed_once(own):
    """403 of storage: another address, and the bytes once more from their beginning."""
    own.faults.refuse(403, method="PUT", path=STORAGE, times=1)
    async with own.async_client() as st:
        uploaded = await st.files.upload(WEIGHTS)
        assert sent(st) == [ASK, PUT, ASK, PUT, TELL]
        assert await arrived(uploaded)
        assert not lacks(st)


@pytest.mark.parametrize("status", [401, 403, 410, 400])
async def test_what_storage_refuses_goes_as_a_form_and_is_remembered(own, status):
    """T15: refused twice, the file goes through the service, and the next one at once."""
    own.faults.refuse(status, method="PUT", path=STORAGE)
    async with own.async_client() as st:
        uploaded = await st.files.upload(WEIGHTS)
        assert sent(st) == [ASK, PUT, ASK, PUT, SEND]
        assert await arrived(uploaded)
        assert lacks(st)
        assert await arrived(await st.files.upload(WEIGHTS * 2), WEIGHTS * 2)
        assert sent(st)[5:] == [SEND]


@pytest.mark.parametrize("status", [405, 501])
async def test_a_server_without_addresses_gets_forms(own, status):
    """The missing endpoint is learnt: the second file does not ask for it."""
    own.faults.refuse(status, path="/assets/presigned-url")
    async with own.async_client() as st:
        for content in (WEIGHTS, WEIGHTS * 2):
            assert await arrived(await st.files.upload(content), content)
        asked = sent(st)
        assert asked[-2:] == [SEND, SEND]
        assert set(asked[:-2]) == {ASK}  # 501 may pass, and is asked again before it is believed
        asset = await st.files.assets.upload(WEIGHTS, "refs")
        assert (asset.folder, sent(st)[-1]) == ("refs", "POST /assets/upload")


async def test_the_routers_404_is_learnt_too():
    """A server of last year knows no such path."""
    form = {"message": "ok", "file_id": "file_1", "file_name": "file.bin", "file_url": "http://127.0.0.1/f"}
    with Wire() as service:
        service.answers += [answer(404, {"detail": "Not Found"}), answer(200, form), answer(200, form)]
        async with AsyncStationThis("k", service.base_url) as st:
            for content in (WEIGHTS, WEIGHTS * 2):
                await st.files.upload(content)
            assert sent(st) == [ASK, SEND, SEND]


@pytest.mark.parametrize(("status", "kind"), [(401, AuthError), (403, Refused), (429, RateLimited)])
async def test_a_no_to_the_key_is_no_missing_endpoint(own, status, kind):
    """What the service refuses is told, no other way is tried, and nothing is learnt."""
    own.faults.refuse(status, path="/assets/presigned-url")
    async with own.async_client() as st:
        with pytest.raises(kind):
            await st.files.upload(WEIGHTS)
        assert set(sent(st)) == {ASK}
        assert not lacks(st)


async def test_a_fault_of_the_service_is_not_learnt(own):
    """500 to the question for an address: the form this time, storage the next time."""
    own.faults.errors(path="/assets/presigned-url")
    async with own.async_client() as st:
        assert await arrived(await st.files.upload(WEIGHTS))
        assert sent(st)[-1] == SEND
        own.faults.clear()
        await st.files.upload(WEIGHTS * 2)
        assert sent(st)[-3:] == [ASK, PUT, TELL]


@pytest.mark.parametrize("trouble", ["busy", "drop"])
async def test_storage_that_is_busy_is_asked_again(own, trouble):
    """503 and a broken connection: the same bytes to the same address."""
    which = {"method": "PUT", "path": STORAGE, "times": 2}
    if trouble == "busy":
        own.faults.refuse(503, **which)
    else:
        own.faults.drop_requests(**which)
    async with own.async_client() as st:
        assert await arrived(await st.files.upload(WEIGHTS))
        assert sent(st) == [ASK, PUT, PUT, PUT, TELL]
        assert not lacks(st)


@pytest.mark.parametrize("trouble", [CLOSE, RESET, "nobody"])
async def test_storage_out_of_reach_is_gone_around(trouble):
    """A storage that breaks off, or that no connection leads to: through the service, for this file only."""
    form = {"message": "ok", "file_id": "file_1", "file_name": "file.bin", "file_url": "http://127.0.0.1/f"}
    with Wire(trouble) as storage, Wire() as service:
        port = 1 if trouble == "nobody" else storage.port
        link = f"http://127.0.0.1:{port}/bucket/f"
        said = {"url": link, "download_url": link, "file_id": "f", "db_path": "f", "is_public": True}
        service.answers += [answer(200, said), answer(200, form)]
        async with AsyncStationThis("k", service.base_url) as st:
            assert (await st.files.upload(WEIGHTS)).id == "file_1"
            assert not lacks(st)
            assert sent(st)[-1] == SEND


async def test_a_lost_answer_leaves_one_asset(own):
    """The answer to "it is there" gets lost: it is looked up, and not told twice."""
    own.faults.drop_answers(path="/assets/register", times=1)
    async with own.async_client() as st:
        uploaded = await st.files.upload(WEIGHTS)
        assert await arrived(uploaded)
        assert sent(st) == [ASK, PUT, TELL, f"GET /assets/{uploaded.id}"]
        assert len(await st.files.assets.list()) == 1


async def test_a_lost_request_is_made_again(own):
    """It never arrived: the file is not known yet, and is told of once more."""
    own.faults.drop_requests(path="/assets/register", times=1)
    async with own.async_client() as st:
        uploaded = await st.files.upload(WEIGHTS)
        assert sent(st)[2:] == [TELL, f"GET /assets/{uploaded.id}", TELL]
        assert await arrived(uploaded)


@pytest.mark.parametrize("trouble", ["fails", "missing"])
async def test_a_file_that_nobody_can_be_told_of_goes_as_a_form(own, trouble):
    """The bytes are in storage, and telling of them fails for good: the form needs no telling."""
    if trouble == "fails":
        own.faults.errors(path="/assets/register")
    else:
        own.faults.refuse(405, path="/assets/register")
    async with own.async_client() as st:
        assert await arrived(await st.files.upload(WEIGHTS))
        assert (sent(st)[:3], sent(st)[-1]) == ([ASK, PUT, TELL], SEND)
        assert lacks(st) == (trouble == "missing")


async def test_when_no_way_is_left_the_error_tells_both(own):
    """Storage refuses, the form fails: one typed error; once both are mended it works."""
    own.faults.refuse(403, method="PUT", path=STORAGE)
    own.faults.errors(after=True, path="/file/upload")
    async with own.async_client() as st:
        with pytest.raises(ServerError, match=r"Before that: Storage refused the upload \(403\)"):
            await st.files.upload(WEIGHTS)
        own.faults.clear()
        assert await arrived(await st.files.upload(WEIGHTS))


def _asset(file_id, url):
    return {
        "id": file_id, "user_id": "u", "org_id": None, "name": "fox.png", "is_folder": False, "path": f"{file_id}.png",
        "file_size": 3, "url": url, "mime_type": "image/png", "created_at": "2026-11-22T06:28:16.563452",
        "updated_at": "2026-11-22T06:28:16.563452", "deleted": False,
    }  # fmt: skip


class OldServer:
    """``GET /upload-url`` as a self-hosted server of old has it, and the bucket it leads to; 404 for all else."""

    def __init__(self):
        self.asked = []
        self.stored = {}
        self.expired = 0
        self.port = 0
        self.lock = threading.Lock()

    def __call__(self, asked):
        path = urlsplit(asked.path)
        query = {name: values[0] for name, values in parse_qs(path.query).items()}
        if asked.method == "GET" and path.path == "/api/upload-url":
            if asked.headers.get("authorization") != "Bearer k":
                return answer(401, b"Invalid or expired token", content_type="text/plain")
            self.asked.append(query)
            number = len(self.asked)
            link = f"http://127.0.0.1:{self.port}/bucket/img_{number}.png"
            signed = f"{link}?X-Amz-SignedHeaders=host&x-amz-acl=public-read&X-Amz-Signature=s"
            return answer(200, {"upload_url": signed, "file_id": f"img_{number}", "download_url": link})
        if asked.method == "PUT" and path.path.startswith("/bucket/"):
            if self.expired:
                self.expired -= 1
                return answer(
                    403, b"<Error><Code>AccessDenied</Code></Error>", content_type="application/xml"
                )
            self.stored[path.path] = asked
            return answer(200)
        return answer(404, b"404 Not Found", content_type="text/plain; charset=UTF-8")


@pytest.fixture
def old():
    """A server of old, and what it was asked."""
    server = OldServer()
    with Wire(server) as wire:
        server.port = wire.port
        server.wire = wire
        yield server


LEGACY = {"legacy_endpoints": True}


async def test_a_server_of_old_takes_pictures_by_its_own_addresses(old):
    """Where today's ways are missing and the flag allows it; learnt, so that the second one goes there at once."""
    told = []
    async with AsyncStationThis("k", old.wire.base_url, flags=LEGACY) as st:
        first = await st.files.upload(png(), name="fox", on_progress=lambda *numbers: told.append(numbers))
        assert (first.name, first.id, first.mime) == ("fox.png", "img_1", "image/png")
        assert first.url == f"http://127.0.0.1:{old.port}/bucket/img_1.png"
        assert told[-1] == (len(png()), len(png()))
        assert lacks(st, FORM)
        await st.files.upload(png((1, 2, 3)))
        assert sent(st) == [SEND, "GET /upload-url", PUT, "GET /upload-url", PUT]
        assert (await st.files.upload(png())).url == first.url
    assert old.asked[0] == {"type": "image/png", "file_size": str(len(png()))}
    put = old.stored["/bucket/img_1.png"]
    assert put.body == png()
    assert set(put.headers) - {"host", "content-length", "connection"} == set()


async def test_big_pictures_too(old):
    """Neither of today's ways is there: both are asked for once."""
    large = png() + b"\0" * 10_000
    async with AsyncStationThis("k", old.wire.base_url, flags=LEGACY) as st:
        await st.files.upload(large)
        await st.files.upload(large + b"\0")
        assert sent(st) == [ASK, SEND, "GET /upload-url", PUT, "GET /upload-url", PUT]


async def test_an_address_of_old_is_renewed_once(old):
    """Too old once: another one. Twice: an error that says what storage said."""
    async with AsyncStationThis("k", old.wire.base_url, flags=LEGACY) as st:
        old.expired = 1
        assert (await st.files.upload(png())).id == "img_2"
        old.expired = 2
        with pytest.raises(Refused, match="Storage refused the upload"):
            await st.files.upload(png((1, 2, 3)))


async def test_what_a_server_of_old_does_not_take_is_not_asked(old):
    """It takes PNG and JPEG up to 50 MiB: anything else is refused with a way out."""
    async with AsyncStationThis("k", old.wire.base_url, flags=LEGACY) as st:
        for content in (b"PK\x03\x04", png() + b"\0" * (50 << 20)):
            with pytest.raises(InvalidInput, match="PNG and JPEG pictures up to 50 MiB"):
                await st.files.upload(content)
        assert "GET /upload-url" not in sent(st)


async def test_without_the_flag_the_old_address_is_not_asked(old):
    """The flag is off by default: what is missing is told."""
    async with AsyncStationThis("k", old.wire.base_url) as st:
        with pytest.raises(NotFound):
            await st.files.upload(png())
        assert sent(st) == [SEND]
    async with AsyncStationThis("k", old.wire.base_url, flags={**LEGACY, "uploads": False}) as st:
        with pytest.raises(StationThisError):
            await st.request("GET", "/upload-url", params={"type": "image/png", "file_size": "3"})
        assert sent(st) == []


async def test_a_key_the_server_of_old_refuses(old):
    """Its plain text is an AuthError like any other."""
    async with AsyncStationThis("wrong", old.wire.base_url, flags=LEGACY) as st:
        with pytest.raises(AuthError):
            await st.files.upload(png())


async def test_assets_have_no_way_of_old(old):
    """Folders are unknown there: the missing endpoint is told, and no bytes go anywhere else."""
    async with AsyncStationThis("k", old.wire.base_url, flags=LEGACY) as st:
        with pytest.raises(NotFound):
            await st.files.assets.upload(png(), "refs")
        assert sent(st) == ["POST /assets/upload"]


async def test_a_gateway_that_lost_its_uploads_says_so(own):
    """The first choice broken on a whole gateway, which has no old address: an error, and nothing half-done."""
    own.faults.refuse(405, path="/file/upload")
    async with own.async_client(flags=LEGACY) as st:
        with pytest.raises(NotFound):
            await st.files.upload(png())
        assert sent(st) == [SEND, "GET /upload-url"]
