"""Uploads, and the files that are served."""

import asyncio
import io

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationthis_sdk.local.storage import uploads
from stationthis_sdk.local.storage.file_store import FileStore, suffix_of


async def _upload(api, name, content=b"some bytes", field="file"):
    form = aiohttp.FormData(quote_fields=False)
    form.add_field(field, io.BytesIO(content), filename=name)
    return await api("POST", "/file/upload", data=form)


@pytest.mark.parametrize(
    ("name", "prefix", "suffix", "kind"),
    [
        ("pic one.png", "img_", ".png", "image/png"),
        ("film.MP4", "vid_", ".mp4", "video/mp4"),
        ("song.mp3", "audio_", ".mp3", "audio/mpeg"),
        ("all.zip", "zip_", ".zip", "application/zip"),
        ("blob", "file_", "", "application/octet-stream"),
        ("fox.webp", "img_", ".webp", "image/webp"),
        ("../../../etc/evil.png", "img_", ".png", "image/png"),
    ],
)
async def test_an_upload_gets_a_name_of_ours_and_its_type(api, session, name, prefix, suffix, kind):
    """The kind comes from the name alone; what is served is what was sent, without a key."""
    answer = await _upload(api, name)
    assert answer.status == 200
    assert answer.body["message"] == "File uploaded successfully"
    assert answer.body["file_name"] == name
    file_id = answer.body["file_id"]
    assert file_id.startswith(prefix)
    assert len(file_id) == len(prefix) + 16
    assert answer.body["file_url"].endswith(f"/files/inputs/{file_id}{suffix}")
    async with session.get(answer.body["file_url"]) as response:
        assert (response.status, response.content_type) == (200, kind)
        assert await response.read() == b"some bytes"
    async with session.get(answer.body["file_url"], headers={"Range": "bytes=5-"}) as response:
        assert (response.status, await response.read()) == (206, b"bytes")


async def test_uploads_that_are_refused(api, gateway):
    """Text, nothing, an empty name, a plain field, no multipart; an empty file is taken."""
    answer = await _upload(api, "notes.txt")
    assert (answer.status, answer.body) == (400, {"detail": "Unsupported file type"})
    assert (await _upload(api, "x.png", field="other")).status == 422
    assert (await _upload(api, "")).status == 422
    form = aiohttp.FormData({"file": "text"})
    form.add_field("other", b"x", filename="x")
    assert (await api("POST", "/file/upload", data=form)).status == 422
    assert (await api("POST", "/file/upload", json={})).status == 422
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    assert (await api("POST", "/file/upload", data=b"nothing of the kind", headers=broken)).status in {
        400,
        422,
    }
    assert (await _upload(api, "empty.png", b"")).status == 200
    assert not list((gateway._folder / "files" / "unfinished").iterdir())


async def test_a_file_beyond_the_limit_is_refused(api, gateway, monkeypatch):
    """After it has been read, with the service's words; nothing of it stays."""
    monkeypatch.setattr(uploads, "UPLOAD_LIMIT", 100_000)
    answer = await _upload(api, "large.png", b"x" * 100_001)
    assert (answer.status, answer.body) == (400, {"detail": "File size exceeds 250MB limit"})
    assert (await _upload(api, "right.png", b"x" * 100_000)).status == 200
    assert len(list((gateway._folder / "files" / "inputs").iterdir())) == 1
    assert not list((gateway._folder / "files" / "unfinished").iterdir())


async def test_an_upload_that_breaks_off_leaves_nothing(api, gateway):
    """The connection dies in the middle of the file."""
    host, port = gateway.base_url.split("/")[2].split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"POST /api/file/upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {gateway.key}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="file"; filename="x.png"\r\n\r\nsome'
    )
    writer.write(head.encode())
    await writer.drain()
    unfinished = gateway._folder / "files" / "unfinished"
    async with asyncio.timeout(45):
        while not list(unfinished.iterdir()):  # noqa: ASYNC110  folders wake nobody
            await asyncio.sleep(0.01)
        writer.close()
        while list(unfinished.iterdir()):  # noqa: ASYNC110  folders wake nobody
            await asyncio.sleep(0.01)
    assert (await api("GET", "/machines")).status == 200


@pytest.mark.parametrize(
    "path",
    ["/files/inputs/..%2f..%2fkey", "/files/..%2f/key", "/files/inputs/%2e%2e/key", "/files/other/abcdefgh.png",
     "/files/inputs/key%00.png", "/files/inputs/gateway.sqlite", "/files/inputs/" + "a" * 300],
)  # fmt: skip
async def test_no_path_leads_out_of_the_folder(api, gateway, path):
    """Whatever is no name of ours is not there."""
    host, port = gateway.base_url.split("/")[2].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    assert answer.split()[1] in {b"404", b"401", b"400"}


@settings(deadline=None)
@given(st.text(max_size=80), st.text(max_size=80))
def test_only_names_of_ours_are_found(tmp_path_factory, kind, name):
    """No text finds a file outside the two folders."""
    folder = tmp_path_factory.getbasetemp() / "file_store"
    file_store = FileStore(folder)
    file_store.open()
    (folder / "secret0000").write_text("x")
    found = file_store.find(kind, name)
    assert found is None
    found = file_store.find("inputs", f"../{name}")
    assert found is None


@settings(deadline=None)
@given(st.text(max_size=60))
def test_suffixes_are_harmless(name):
    """What is kept of a file's name is a dot and a few plain characters, or nothing."""
    suffix = suffix_of(name)
    assert suffix == "" or (
        suffix[0] == "." and suffix[1:].isalnum() and suffix.isascii() and len(suffix) <= 13
    )


async def test_loading_an_upload_by_id_name_and_url(api):
    """LoadImage takes each of them; another owner's names mean nothing to it."""
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (8, 6), (10, 20, 30)).save(out, "PNG")
    sent = (await _upload(api, "mine.png", out.getvalue())).body
    for name in (sent["file_id"], "mine.png", sent["file_url"], sent["file_url"].rpartition("/")[2]):
        graph = {
            "1": {"class_type": "LoadImage", "inputs": {"image": name}},
            "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "a/b"}},
        }
        run = await api.ended(await api.run_graph(graph))
        assert run["status"] == "success"
        (item,) = run["outputs"][0]["data"]["images"]
        assert (item["subfolder"], item["filename"]) == ("a", "b_00001_.png")
