"""Files: whatever people pass is uploaded, once, under the right type and name, or refused before anything is sent."""

import asyncio
import base64
import io
import subprocess
import sys
import tempfile
import textwrap
import urllib.error
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stationthis_sdk import ConnectionLost, DownloadFailed, FeatureDisabled, InvalidInput, ValidationFailed
from stationthis_sdk.places import data_folder
from stationthis_sdk.store.uploads import UploadMemory
from stationthis_sdk.testing import LocalGateway
from tests.uploading import MP4, ZIP, fetched, png, sent, wav
from tests.wire import Wire, answer

FORM = "POST /file/upload"


@pytest.fixture(autouse=True)
def _memory(tmp_path, monkeypatch):
    """Each test remembers its own uploads only."""
    monkeypatch.setenv("STATIONTHIS_HOME", str(tmp_path / "home"))


@pytest.fixture
def own():
    """A gateway of the test's own."""
    with LocalGateway() as gateway:
        yield gateway


def forms_of(st):
    """How often a client sent a file as a form."""
    return sent(st).count(FORM)


async def test_bytes_of_any_source_arrive_as_they_are(own, tmp_path):
    """A path, its text, bytes, an open file, a stream, a data URL, a web address: the same bytes, the same type."""
    content = png()
    path = tmp_path / "a fox.png"
    path.write_bytes(content)

    class Stream:
        """Read once, without a length."""

        def __init__(self):
            self._left = io.BytesIO(content)

        def read(self, size=-1):
            return self._left.read(size)

    with Wire(answer(200, content, content_type="text/plain")) as web, path.open("rb") as file:
        async with own.async_client() as st:
            for given in (
                path, str(path), content, bytearray(content), memoryview(content), file, io.BytesIO(content), Stream(),
                "data:;base64," + base64.b64encode(content).decode(), f"http://127.0.0.1:{web.port}/fox?size=3",
            ):  # fmt: skip
                uploaded = await st.files.upload(given, cache=False)
                assert (uploaded.mime, uploaded.size, uploaded.reused) == ("image/png", len(content), False)
                assert uploaded.name.endswith(".png")
                assert await asyncio.to_thread(fetched, uploaded.url) == (content, "image/png")
    assert "authorization" not in web.asked[0].headers


async def test_pictures_and_arrays_become_png(own):
    """A Pillow image and an array are the pixels they were."""
    pixels = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    async with own.async_client() as st:
        for given in (Image.fromarray(pixels), pixels, pixels / 255):
            uploaded = await st.files.upload(given, name="drawn", cache=False)
            assert (uploaded.name, uploaded.mime) == ("drawn.png", "image/png")
            content, _ = await asyncio.to_thread(fetched, uploaded.url)
            assert np.array_equal(np.asarray(Image.open(io.BytesIO(content))), pixels)


@pytest.mark.parametrize(
    ("content", "name", "called", "mime"),
    [
        (MP4, None, "file.mp4", "video/mp4"),
        (MP4, "a walk", "a walk.mp4", "video/mp4"),
        (MP4, "a walk.png", "a walk.mp4", "video/mp4"),
        (wav(), "a song", "a song.wav", "audio/x-wav"),
        (b"fLaC" + b"\0" * 40, None, "file.flac", "audio/flac"),
        (b"ID3" + b"\0" * 40, "song", "song.mp3", "audio/mpeg"),
        (b"\x1aE\xdf\xa3" + b"\0" * 40, None, "file.webm", "video/webm"),
        (ZIP, "two models", "two models.zip", "application/zip"),
        (ZIP, "model.pt", "model.pt", "application/zip"),
        (b"\0\1\2\3", None, "file.bin", "application/octet-stream"),
        (b"\0\1\2\3", "w.safetensors", "w.safetensors", "application/octet-stream"),
        (b'{"a": 1}', "notes.json", "notes.json", "application/json"),
        (b"plain words", "words.bin", "words.bin", "application/octet-stream"),
    ],
)
async def test_the_type_is_right_whatever_the_name_says(own, content, name, called, mime):
    """Video and sound as well; a name without an ending gets the one of its type; the service sees the same type."""
    async with own.async_client() as st:
        uploaded = await st.files.upload(content, name=name)
        assert (uploaded.name, uploaded.mime) == (called, mime)
        assert (await asyncio.to_thread(fetched, uploaded.url))[0] == content
        kind = {"image": "img", "video": "vid", "audio": "audio"}.get(mime.partition("/")[0])
        assert uploaded.id.startswith(kind or ("zip_" if called.endswith(".zip") else "file_"))


@pytest.mark.parametrize(
    ("given", "name", "why"),
    [
        (b"hello", None, "is text, which the service does not take"),
        (b"hello", "a.txt", "is text/plain"),
        (b"<!doctype html><title>404</title>", None, "is text"),
        (b"<!doctype html><title>404</title>", "fox.png", "is text, not image/png"),
        (b"a,b\n1,2\n", "table.csv", "is text/csv"),
        ("data:text/plain;base64,aGVsbG8=", None, "is text/plain"),
        (io.BytesIO(b"hello"), None, "is text"),
        (io.StringIO("hello"), None, "binary mode"),
        (b"", None, "empty"),
        ("/no/such/file.png", None, "there is no file"),
        ("", None, "empty text"),
        (Path("/"), None, "is no file"),
        (3, None, "wants a path"),
        (None, None, "wants a path"),
        (png()[:-20], None, "damaged"),
        (b"GIF89a", None, "damaged: it only begins as image/gif does"),
        (ZIP, "", "name is what"),
        (ZIP, 3, "name is what"),
        (np.zeros((2, 2, 7)), None, "shape"),
        ("ftp://127.0.0.1/a.png", None, "no file"),
    ],
)  # fmt: skip
async def test_what_can_not_be_uploaded_is_refused_before_it_is_sent(own, given, name, why):
    """One typed error that says what to do, and not one request."""
    async with own.async_client() as st:
        with pytest.raises(InvalidInput, match=why) as refused:
            await st.files.upload(given, name=name)
        assert "0x" not in str(refused.value)
        if isinstance(given, io.BytesIO):
            given.seek(0)
        with pytest.raises(InvalidInput, match=why):
            await st.files.assets.upload(given, "refs", name=name)
        assert sent(st) == []


def test_a_text_on_disk_is_refused_too(own, tmp_path):
    """By its name, or where it has none by its content; a name that says more is believed."""
    st = own.client()
    for name in ("notes.txt", "notes"):
        (tmp_path / name).write_text("hello")
        with pytest.raises(InvalidInput, match="does not take"):
            st.files.upload(tmp_path / name)
    assert sent(st) == []
    assert st.files.upload(tmp_path / "notes", name="notes.json").name == "notes.json"
    (tmp_path / "data.json").write_text("{}")
    assert st.files.upload(tmp_path / "data.json", name="as asked").name == "as asked.json"


async def test_the_limit_is_known_before_sending(own, tmp_path):
    """A file, a stream without end and an announced download over 250 MiB: no request to the service."""
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        file.truncate(250 * 2**20 + 1)

    class Endless:
        def read(self, size=-1):
            return b"\0" * (8 << 20)

    announced = answer(200, b"x", headers={"Content-Length": str(250 * 2**20 + 1)})
    with Wire(announced) as web:
        async with own.async_client() as st:
            for given in (large, Endless(), f"http://127.0.0.1:{web.port}/large.bin"):
                with pytest.raises(InvalidInput, match="250 MiB"):
                    await st.files.upload(given)
            with pytest.raises(InvalidInput, match="250 MiB"):
                await st.files.assets.upload(large)
            assert [one for one in sent(st) if one != "GET storage"] == []


async def test_progress_is_told_to_the_end(own, tmp_path):
    """Bytes sent and all there are, never less than before; at the end all. Coroutines are waited for."""
    path = tmp_path / "weights.bin"
    path.write_bytes(bytes(range(256)) * 8192)
    told, heard = [], []

    async def listen(count, total):
        await asyncio.sleep(0)
        heard.append((count, total))

    async with own.async_client() as st:
        await st.files.upload(path, on_progress=lambda *numbers: told.append(numbers))
        await st.files.upload(path, on_progress=listen, cache=False)
        again = []
        await st.files.upload(path, on_progress=lambda *numbers: again.append(numbers))
    size = 256 * 8192
    for numbers in (told, heard):
        counts = [count for count, _ in numbers]
        assert counts == sorted(counts)
        assert numbers[-1] == (size, size)
        assert {total for _, total in numbers} == {size}
    assert again == [(0, size), (size, size)]


async def test_what_a_listener_raises_ends_the_upload(own):
    """It is raised to whoever asked, and the client goes on working."""

    def stop(_count, _total):
        raise KeyError("enough")

    async with own.async_client() as st:
        with pytest.raises(KeyError, match="enough"):
            await st.files.upload(png(), on_progress=stop)
        assert (await st.files.upload(png())).size == len(png())


async def test_the_same_bytes_are_uploaded_once(own, tmp_path):
    """Under any name and from any source; the name told is the one asked for, and the source says how old it is."""
    content = png()
    path = tmp_path / "fox.png"
    path.write_bytes(content)
    async with own.async_client() as st:
        first = await st.files.upload(content)
        assert (first.reused, first.source.kind) == (False, "api")
        for given, name, called in (
            (content, None, "file.png"),
            (path, None, "fox.png"),
            (io.BytesIO(content), "a fox", "a fox.png"),
        ):
            again = await st.files.upload(given, name=name)
            assert (again.url, again.id, again.reused, again.name) == (first.url, first.id, True, called)
            assert (again.source.kind, again.source.stale) == ("cache", False)
            assert again.source.at <= again.source.now().at
        assert forms_of(st) == 1
        other = await st.files.upload(content, cache=False)
        assert (other.reused, other.url != first.url, forms_of(st)) == (False, True, 2)


async def test_two_clients_and_inputs_share_the_memory(own):
    """What one client uploaded another one passes on; an input is such an upload as well."""
    async with own.async_client() as one, own.async_client() as two:
        first = await one.files.upload(png())
        assert (await two.files.upload(png())).url == first.url
        change = await two.deployments.get("picture-to-picture")
        run = await change.submit(input_image=png(), strength=0.5)
        assert run.inputs["input_image"] == first.url
        await run.cancel()
        assert forms_of(two) == 0


def test_two_processes_share_the_memory(own):
    """A program of its own finds what this one uploaded."""
    first = own.client().files.upload(ZIP, name="two models")
    code = """
        from stationthis_sdk import StationThis
        with StationThis() as st:
            file = st.files.upload(bytes.fromhex("504b0304"), name="more models")
            print(file.url, file.reused, file.name, sep="|")
            print(len([one for one in st.last_requests if one.url.endswith("/file/upload")]))
    """
    environment = {**own.environment(), "STATIONTHIS_HOME": str(data_folder())}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        env=environment, capture_output=True, text=True, check=True, timeout=50,
    )  # fmt: skip
    assert done.stdout.splitlines() == [f"{first.url}|True|more models.zip", "0"]


async def test_many_at_once_are_one_upload(own):
    """Whoever asks while the bytes are on their way waits for the same upload; each hears its progress and its name."""
    content = b"\0\1" * 2_000_000
    ends = []
    async with own.async_client() as st:
        files = await asyncio.gather(
            *(
                st.files.upload(content, name=f"model {number}", on_progress=lambda *told: ends.append(told))
                for number in range(5)
            )
        )
        assert len({file.url for file in files}) == 1
        assert [file.name for file in files] == [f"model {number}.bin" for number in range(5)]
        assert forms_of(st) == 1
    assert ends.count((len(content), len(content))) == 5


async def test_others_do_not_get_what_an_account_uploaded(own):
    """The memory is the account's: somebody else's key uploads anew."""
    async with (
        own.async_client() as st,
        own.async_client(await asyncio.to_thread(own.add_key, "ada")) as other,
    ):
        first = await st.files.upload(png())
        second = await other.files.upload(png())
        assert (second.reused, second.url != first.url) == (False, True)


async def test_without_the_cache_nothing_is_remembered(own):
    """The flag cache off: each upload is one, and nothing is written down."""
    async with own.async_client(flags={"cache": False}) as st:
        await st.files.upload(ZIP)
        assert not (await st.files.upload(ZIP)).reused
        assert forms_of(st) == 2
    assert not (data_folder() / "uploads").exists()


def same_clock(own, st):
    """The client's memory of uploads reads the gateway's clock."""
    st._ready.context.uploads._memory = UploadMemory(clock=lambda: own.clock.now() / 1e6)


async def test_a_private_link_is_used_for_fifty_minutes(own):
    """Links of private accounts die after an hour: a remembered one is used while there is time to use it."""
    async with own.async_client() as st:
        await st.account.update_settings(visibility="private")
        same_clock(own, st)
        first = await st.files.upload(png())
        assert "X-Amz-Signature" in first.url
        assert "Signature" not in repr(st._ready.context.uploads._memory.recall("x"))
        own.clock.advance(2900)
        again = await st.files.upload(png())
        assert (again.reused, again.url) == (True, first.url)
        assert (await asyncio.to_thread(fetched, again.url))[0] == png()
        own.clock.advance(101)
        third = await st.files.upload(png())
        assert (third.reused, third.url != first.url) == (False, True)
        own.clock.advance(600)
        with pytest.raises(urllib.error.HTTPError, match="403"):
            await asyncio.to_thread(fetched, first.url)
        assert (await st.files.upload(png())).url == third.url


async def test_a_public_link_that_died_is_not_given_out(own):
    """Ten minutes after it was last seen to work it is tried before it is used, and forgotten when it is dead."""
    async with own.async_client() as st:
        same_clock(own, st)
        first = await st.files.upload(png())
        own.clock.advance(601)
        assert (await st.files.upload(png())).reused
        assert sent(st).count("GET storage") == 1
        assert (await st.files.upload(png())).reused
        assert sent(st).count("GET storage") == 1
        store = own._gateway.services.file_store
        await asyncio.to_thread(store.remove, "inputs", first.url.rpartition("/")[2])
        own.clock.advance(601)
        anew = await st.files.upload(png())
        assert (anew.reused, anew.url != first.url) == (False, True)
        own.clock.advance(31 * 86400)
        assert not (await st.files.upload(png())).reused


async def test_after_something_was_deleted_links_are_tried_first(own):
    """What was deleted on the service may be what is remembered."""
    async with own.async_client() as st:
        await st.files.upload(png())
        asset = await st.files.assets.upload(ZIP)
        await asset.delete()
        before = len(st.last_requests)
        assert (await st.files.upload(png())).reused
        assert sent(st, before) == ["GET storage"]


async def test_a_dead_file_host_is_no_dead_cloud(own, monkeypatch):
    """An address nothing answers at: DownloadFailed, which names it and no base URL; nothing goes to the service."""
    monkeypatch.setenv("COMFYUI_URL", "http://127.0.0.1:1")
    async with own.async_client(flags={"local_fallback": True}) as st:
        with pytest.raises(DownloadFailed, match=r"127\.0\.0\.1.*nothing answers there") as failed:
            await st.files.upload("http://127.0.0.1:1/x.png")
        assert "base URL" not in str(failed.value)
        assert set(sent(st)) == {"GET storage"}
        change = await st.deployments.get("picture-to-picture")
        with pytest.raises(DownloadFailed):
            await change.submit(input_image="http://127.0.0.1:1/file/bot123:abc/x.png")
    assert await asyncio.to_thread(own.runs) == ()


async def test_a_file_that_is_written_to_on_the_way_is_refused(own, tmp_path):
    """What went up might be the halves of two files: an error, and it is not remembered."""
    path = tmp_path / "growing.bin"
    path.write_bytes(b"\0\1" * 2_000_000)

    def write():
        with path.open("r+b") as file:
            file.write(b"\2\3")

    async def change(_count, _total):
        await asyncio.to_thread(write)

    async with own.async_client() as st:
        with pytest.raises(InvalidInput, match="was written to while it was uploaded"):
            await st.files.upload(path, on_progress=change)
        assert not (await st.files.upload(path)).reused


async def test_nothing_is_left_of_long_streams(own, tmp_path, monkeypatch):
    """What waits in a temporary file is gone when it is sent, refused, or interrupted."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    long = b"\0\1" * 3_000_000
    async with own.async_client() as st:
        assert (await st.files.upload(io.BytesIO(long))).size == len(long)
        assert (await st.files.upload(io.BytesIO(long))).reused
        await st.files.assets.upload(io.BytesIO(long))
        own.faults.refuse(400, path="/file/upload")
        with pytest.raises(ValidationFailed):
            await st.files.upload(io.BytesIO(long + b"x"))
        own.faults.clear()
        begun = asyncio.Event()
        uploading = asyncio.create_task(
            st.files.upload(io.BytesIO(long + b"y"), on_progress=lambda *_: begun.set())
        )
        await begun.wait()
        uploading.cancel()
        await asyncio.wait({uploading})
        assert list((tmp_path / "temporary").iterdir()) == []


async def test_an_interrupted_upload_of_many_goes_on_for_the_others(own):
    """One that waits is cancelled: the other one gets its file; when all are, the request ends as well."""
    content = b"\0\1" * 4_000_000
    async with own.async_client() as st:
        begun = asyncio.Event()
        first, second = (
            asyncio.create_task(st.files.upload(content, on_progress=lambda *_: begun.set()))
            for _ in range(2)
        )
        await begun.wait()
        first.cancel()
        assert (await second).size == len(content)
        assert first.cancelled()
        assert forms_of(st) == 1


async def test_a_lost_answer_of_an_upload_is_told(own):
    """A form is sent once: a lost answer is an error that may be tried again, and nothing is remembered."""
    own.faults.drop_answers(path="/file/upload", times=1)
    async with own.async_client() as st:
        with pytest.raises(ConnectionLost) as lost:
            await st.files.upload(png())
        assert lost.value.retryable
        assert forms_of(st) == 1
        assert not (await st.files.upload(png())).reused


async def test_with_uploads_off_nothing_is_fetched_either(own):
    """The flag is asked before anything else."""
    with Wire(answer(200, png())) as web:
        async with own.async_client(flags={"uploads": False}) as st:
            for work in (
                st.files.upload(f"http://127.0.0.1:{web.port}/fox.png"),
                st.files.presign("fox", "image/png", 3),
                st.files.assets.upload(ZIP),
            ):
                with pytest.raises(FeatureDisabled):
                    await work
            assert sent(st) == []
    assert web.asked == []


def test_both_colours_and_their_repr(own):
    """The plain class does the same, and says what there is."""
    st = own.client()
    told = []
    assert (
        st.files.upload(png(), name="fox", on_progress=lambda *numbers: told.append(numbers)).name
        == "fox.png"
    )
    assert told[-1] == (len(png()),) * 2
    assert repr(st.files) == "<files: upload(file), presign(name, mime, size), assets>"
