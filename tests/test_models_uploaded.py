"""Models that are uploaded: whole or in parts, resumed where they broke off, whole in the volume or told."""

import asyncio
import os
import stat
import textwrap
from pathlib import Path

import pytest
import stamina

from stationthis_sdk import ApiError, DownloadFailed, FeatureDisabled, InvalidInput, StationThisError
from stationthis_sdk.places import data_folder
from stationthis_sdk.testing import LocalGateway
from tests.uploading import sent

MIB = 2**20
PUT, START, COMPLETE = "PUT storage", "POST /volume/file/initiate-multipart-upload", "POST /volume/file/complete-multipart-upload"  # fmt: skip
ABORT = "POST /volume/file/abort-multipart-upload"
STORAGE = "/files/temp-uploads/*"
PARTS = 8
"""Of 5 MiB, as the gateway wants them; the last one is shorter."""


@pytest.fixture(autouse=True)
def _memory(tmp_path, monkeypatch):
    """Each test remembers its own uploads only, and tries follow each other at once."""
    monkeypatch.setenv("STATIONTHIS_HOME", str(tmp_path / "home"))
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def own():
    """A gateway of the test's own."""
    with LocalGateway() as gateway:
        yield gateway


@pytest.fixture
async def st(own):
    async with own.async_client() as client:
        yield client


@pytest.fixture
def weights(tmp_path):
    """A file of eight parts, none like the other."""
    path = tmp_path / "ink.safetensors"
    with path.open("wb") as file:
        for number in range(PARTS):
            size = 5 * MIB if number + 1 < PARTS else MIB // 2
            file.write(bytes([number]) * size)
    return path


def in_volume(own, path):
    """The bytes of a file in the volume, as they are on the gateway's disk."""
    return (own._gateway._folder / "models" / "users" / "user_local" / path).read_bytes()


async def whole(own, path, weights):
    """Whether the volume has the very file."""
    return await asyncio.to_thread(lambda: in_volume(own, path) == weights.read_bytes())


def notes():
    """What is remembered of unfinished uploads."""
    folder = data_folder() / "unfinished-uploads"
    return sorted(folder.glob("*.json")) if folder.is_dir() else []


def break_after(own, count, break_it):
    """A listener that breaks storage once so many bytes are up."""
    heard = []

    def listen(progress):
        heard.append(progress)
        if progress.bytes is not None and progress.bytes >= count and not own.faults.seen:
            break_it()

    return listen


async def test_a_small_file_goes_whole(own, st, tmp_path):
    """One PUT, in the volume under the name asked for, with progress to its end."""
    path = tmp_path / "small.pt"
    path.write_bytes(b"weights" * 1000)
    heard = []
    model = await st.models.upload(path, folder="loras", name="ink.pt", on_progress=heard.append)
    assert (model.path, model.kind, model.size) == ("loras/ink.pt", "lora", 7000)
    assert sent(st).count(PUT) == 1
    assert await whole(own, "loras/ink.pt", path)
    assert (heard[-1].state, heard[-1].fraction) == ("done", 1.0)
    assert notes() == []


async def test_a_big_file_goes_in_parts(own, st, weights):
    """Of the size that the service wants, put together, whole; nothing is left of the note."""
    heard = []

    async def listen(progress):
        heard.append(progress)

    model = await st.models.upload(str(weights), folder="/checkpoints/sdxl/", on_progress=listen)
    assert (model.path, model.size) == ("checkpoints/sdxl/ink.safetensors", weights.stat().st_size)
    assert (sent(st).count(START), sent(st).count(PUT), sent(st).count(COMPLETE)) == (1, PARTS, 1)
    assert await whole(own, model.path, weights)
    counts = [one.bytes for one in heard if one.state == "uploading"]
    assert counts == sorted(counts)
    assert counts[-1] == weights.stat().st_size
    assert await asyncio.to_thread(notes) == []


async def test_a_slow_listener_is_called_once_at_a_time(st, weights):
    """Parts that get done meanwhile wait their turn, and what they tell never goes back."""
    heard, at_once = [], []

    async def listen(progress):
        at_once.append(progress)
        assert len(at_once) == 1
        await asyncio.sleep(0.02)
        at_once.clear()
        if progress.state == "uploading":
            heard.append(progress.bytes)

    await st.models.upload(weights, folder="loras", on_progress=listen)
    assert heard == sorted(heard)
    assert heard[-1] == weights.stat().st_size


async def test_what_broke_off_goes_on_with_the_missing_parts(own, st, weights):
    """The connection dies in the middle: a typed error; the same call sends what is missing, and only that."""
    listen = break_after(own, 5 * MIB, lambda: own.faults.drop_requests(method="PUT", path=STORAGE))
    with stamina.set_testing(True, attempts=1), pytest.raises(StationThisError) as broken:
        await st.models.upload(weights, folder="loras", on_progress=listen)
    assert broken.value.retryable
    (note,) = await asyncio.to_thread(notes)
    assert stat.S_IMODE(note.stat().st_mode) == 0o600
    done = note.read_bytes().count(b'"\\"')
    assert 1 <= done < PARTS
    own.faults.clear()
    before = len(st.last_requests)
    model = await st.models.upload(weights, folder="loras")
    again = sent(st, before)
    assert (again.count(START), again.count(PUT), again.count(COMPLETE)) == (0, PARTS - done, 1)
    assert await whole(own, model.path, weights)
    assert await asyncio.to_thread(notes) == []


@pytest.mark.slow
def test_a_killed_process_is_taken_up(own, start, weights):
    """SIGKILL in the middle of the parts: another process sends the missing ones only."""
    code = """
        import sys, time
        from stationthis_sdk import StationThis

        def listen(progress):
            if progress.bytes:
                print(progress.bytes, flush=True)
                time.sleep(60)

        with StationThis() as st:
            st.models.upload(sys.stdin.readline().strip(), folder="loras", on_progress=listen)
    """
    environment = {**own.environment(), "STATIONTHIS_HOME": str(data_folder())}
    program = start(
        textwrap.dedent(code).replace("sys.stdin.readline().strip()", repr(str(weights))), environment
    )
    assert int(program.stdout.readline()) >= MIB // 2
    program.kill()
    program.wait()
    (note,) = notes()
    done = note.read_bytes().count(b'"\\"')
    assert done >= 1
    st = own.client()
    model = st.models.upload(weights, folder="loras")
    assert (sent(st).count(START), sent(st).count(PUT)) == (0, PARTS - done)
    assert in_volume(own, model.path) == weights.read_bytes()


async def test_without_resuming_nothing_is_left(own, st, weights):
    """``resume=False``: what is in storage is given up when it fails, and the next call begins anew."""
    listen = break_after(own, 1, lambda: own.faults.drop_requests(method="PUT", path=STORAGE))
    with stamina.set_testing(True, attempts=1), pytest.raises(StationThisError):
        await st.models.upload(weights, folder="loras", resume=False, on_progress=listen)
    assert sent(st)[-1] == ABORT
    assert await asyncio.to_thread(notes) == []
    own.faults.clear()
    before = len(st.last_requests)
    await st.models.upload(weights, folder="loras", resume=False)
    assert (sent(st, before).count(START), sent(st, before).count(PUT)) == (1, PARTS)


async def test_another_file_is_not_glued_to_the_half_of_one(own, st, weights):
    """Changed between two tries, it begins anew, and the old half is given up."""
    listen = break_after(own, 1, lambda: own.faults.drop_requests(method="PUT", path=STORAGE))
    with stamina.set_testing(True, attempts=1), pytest.raises(StationThisError):
        await st.models.upload(weights, folder="loras", on_progress=listen)
    own.faults.clear()
    await asyncio.to_thread(_write_at, weights, 7 * MIB, b"other")
    before = len(st.last_requests)
    model = await st.models.upload(weights, folder="loras")
    assert (sent(st, before).count(ABORT), sent(st, before).count(PUT)) == (1, PARTS)
    assert await whole(own, model.path, weights)


def _write_at(path, place, content):
    with path.open("r+b") as file:
        file.seek(place)
        file.write(content)


async def test_a_file_that_changes_on_the_way_reaches_no_volume(own, st, weights):
    """What went up might be two halves: refused, and the next call begins anew."""

    async def change(progress):
        if progress.bytes:
            await asyncio.to_thread(_write_at, weights, 0, os.urandom(8))

    with pytest.raises(InvalidInput, match="was changed while it was uploaded"):
        await st.models.upload(weights, folder="loras", on_progress=change)
    assert await st.models.list(refresh=True) == []
    assert await whole(own, (await st.models.upload(weights, folder="loras")).path, weights)


async def test_parts_that_storage_lost_are_sent_anew(own, st, weights):
    """Storage knows nothing of the upload any more: it begins from the first part, once."""
    folder = own._gateway.services.objects._folder / "parts"
    lost = []

    async def lose(progress):
        if progress.bytes and not lost:
            lost.append(progress.bytes)
            await asyncio.to_thread(folder.rename, folder.with_name("lost"))

    model = await st.models.upload(weights, folder="loras", on_progress=lose)
    assert sent(st).count(START) == 2
    assert await whole(own, model.path, weights)


@pytest.mark.parametrize("trouble", ["expired", "busy", "dropped"])
async def test_a_part_in_trouble_is_put_again(own, st, weights, trouble):
    """A link that is too old is renewed, what is busy or broke off is tried again; the rest goes on."""
    which = {"method": "PUT", "path": STORAGE, "times": 1}
    if trouble == "dropped":
        own.faults.drop_requests(**which)
    else:
        own.faults.refuse(403 if trouble == "expired" else 503, **which)
    model = await st.models.upload(weights, folder="loras")
    assert sent(st).count(PUT) == PARTS + 1
    links = sent(st).count("POST /volume/file/generate-part-upload-url")
    assert links == PARTS + (trouble == "expired")
    assert await whole(own, model.path, weights)


async def test_storage_that_refuses_is_told(own, st, weights):
    """403 to a new link as well: an error with storage's word, and what is up is kept for the next call."""
    listen = break_after(own, 5 * MIB, lambda: own.faults.refuse(403, method="PUT", path=STORAGE))
    with pytest.raises(ApiError, match=r"Storage did not take .*403"):
        await st.models.upload(weights, folder="loras", on_progress=listen)
    assert len(await asyncio.to_thread(notes)) == 1


@pytest.mark.parametrize("path", ["/volume/file/complete-multipart-upload", "/volume/model"])
async def test_a_lost_answer_costs_nothing(own, st, weights, path):
    """Whether the parts were put together, or the file was taken over, is found out; nothing is sent twice."""
    own.faults.drop_answers(path=path, times=1)
    model = await st.models.upload(weights, folder="loras")
    assert (sent(st).count(START), sent(st).count(PUT)) == (1, PARTS)
    assert await whole(own, model.path, weights)
    assert await asyncio.to_thread(notes) == []


async def test_a_model_that_arrives_short_is_told(own, st, weights):
    """The size in the volume is not the file's: an error that says both, and the note is forgotten."""
    objects, size = own._gateway.services.objects._folder / "objects", weights.stat().st_size

    def shorten():
        for one in objects.iterdir():
            os.truncate(one, 1000)

    async def damage(progress):
        if progress.bytes == size:
            await asyncio.to_thread(lambda: objects.is_dir() and shorten())

    with pytest.raises(DownloadFailed, match=f"has 1000 bytes in the volume instead of {size}"):
        await st.models.upload(weights, folder="loras", on_progress=damage)
    assert await asyncio.to_thread(notes) == []
    await (await st.models.get("ink.safetensors", refresh=True)).delete()
    assert await whole(own, (await st.models.upload(weights, folder="loras")).path, weights)


async def test_parts_that_do_not_agree_are_told(own, st, weights):
    """A part in storage is another one than was sent: it is not put together, and the model is not there."""
    folder = own._gateway.services.objects._folder / "parts"

    def swap():
        for part in folder.glob("*/00001-*"):
            part.rename(part.with_name("00001-" + "0" * 32))

    async def damage(progress):
        if progress.state == "uploading":
            await asyncio.to_thread(swap)

    with pytest.raises(StationThisError, match="Upload it again") as told:
        await st.models.upload(weights, folder="loras", on_progress=damage)
    assert "http" not in str(told.value)
    assert await st.models.list(refresh=True) == []
    assert await whole(own, (await st.models.upload(weights, folder="loras")).path, weights)


async def test_what_the_volume_has_is_not_sent_again(own, st, weights):
    """The name is taken: told before a byte is sent."""
    await st.models.upload(weights, folder="loras")
    before = len(st.last_requests)
    with pytest.raises(InvalidInput, match="in the volume already"):
        await st.models.upload(weights, folder="loras")
    assert not [one for one in sent(st, before) if not one.startswith("GET")]


async def test_twice_at_the_same_time_is_refused(own, st, weights):
    """The same file to the same place, while it is on its way."""
    under_way = asyncio.Event()

    async def hold(progress):
        if progress.state != "uploading":
            return
        under_way.set()
        with pytest.raises(InvalidInput, match="is being uploaded to"):
            await st.models.upload(weights, folder="loras")

    assert (await st.models.upload(weights, folder="loras", on_progress=hold)).size == weights.stat().st_size
    assert under_way.is_set()


@pytest.mark.parametrize(
    ("path", "folder", "name"),
    [
        ("/no/such/file.pt", "loras", None),
        ("/", "loras", "a.pt"),
        ("", "loras", None),
        (b"weights", "loras", None),
        (None, "loras", None),
        ("a\x00b", "loras", "a.pt"),
        (__file__, "", None),
        (__file__, "../up", None),
        (__file__, None, None),
        (__file__, "loras", "../a.pt"),
        (__file__, "loras", ""),
        (os.devnull, "loras", "a.pt"),
    ],
)
async def test_what_can_not_be_uploaded_is_not_sent(st, path, folder, name):
    """A typed error, and not one request."""
    with pytest.raises(InvalidInput):
        await st.models.upload(path, folder=folder, name=name)
    assert sent(st) == []


async def test_an_empty_file_and_a_flag_that_is_off(own, tmp_path):
    """Neither sends anything."""
    (tmp_path / "empty.pt").touch()
    async with own.async_client() as st:
        with pytest.raises(InvalidInput, match="is empty"):
            await st.models.upload(tmp_path / "empty.pt", folder="loras")
        assert sent(st) == []
    async with own.async_client(flags={"uploads": False}) as st:
        with pytest.raises(FeatureDisabled):
            await st.models.upload(Path(__file__), folder="loras")
        assert sent(st) == []
