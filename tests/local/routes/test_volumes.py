"""Volumes: a real folder of models, filled by real downloads and uploads."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from stationthis_sdk.local import Gateway
from stationthis_sdk.local.volumes import downloads
from tests.local.conftest import PATIENCE
from tests.local.routes.hub import MODEL, Hub, hub_here
from tests.local.routes.people import HOSTILE_IDS, NOWHERE, Plain

ONCE = {"Connection": "close"}  # after a fault inside, the connection is closed without a word

TRAVERSALS = (
    "..", "../x", "a/../../x", "./a", "a//b", "/..", "a\\b", "a\x00b", "..\\x", "\ud800", "x" * 300, "a/" * 600, "/", "",
)  # fmt: skip


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    """A server of models on this machine."""
    async with hub_here() as hub:
        yield hub


def volume(gateway, owner="users/user_local"):
    """The volume's folder on disk."""
    return gateway._folder / "models" / owner


def put(gateway, path, content=MODEL, owner="users/user_local"):
    """Lay a file into a volume by hand."""
    place = volume(gateway, owner) / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)


async def listed(api, which="private"):
    """The files and folders of a volume."""
    answer = await api("GET", f"/volume/{which}-models")
    assert answer.status == 200
    return {entry["path"]: entry for entry in answer.body}


async def coming(api):
    """The downloads that are not finished."""
    answer = await api("GET", "/volume/downloading-models")
    assert answer.status == 200
    return answer.body


async def until(reached):
    """Wait for something that an awaitable tells."""
    async with asyncio.timeout(PATIENCE):
        while not (found := await reached()):  # noqa: ASYNC110  neither folders nor rows wake anybody
            await asyncio.sleep(0.01)
    return found


async def link(api, url, folder="loras", **more):
    """Ask for a download from a link."""
    body = {"source": "link", "folderPath": folder, "downloadLink": url, **more}
    return await api("POST", "/volume/model", json=body)


async def test_a_volume_is_made_by_asking(api, gateway):
    """Its name is the account's; its list is the whole tree, folders as type 2; the shared one is a folder too."""
    assert (await api("GET", "/volume/name")).body == {"volume_name": "models_user_local"}
    assert await listed(api) == {}
    put(gateway, "checkpoints/deep/ink.safetensors")
    put(gateway, "shared.bin", b"x", "public")
    found = await listed(api)
    assert list(found) == ["checkpoints", "checkpoints/deep", "checkpoints/deep/ink.safetensors"]
    assert [entry["type"] for entry in found.values()] == [2, 2, 1]
    assert found["checkpoints/deep/ink.safetensors"]["size"] == len(MODEL)
    assert list(await listed(api, "public")) == ["shared.bin"]


async def test_a_model_from_a_link(api, gateway, hub):
    """Answers when it has begun; its progress is listed; it lands whole; then it is no longer listed."""
    answer = await link(api, f"{hub.url}/slow.safetensors?token=x", filename="ink.safetensors")
    assert (answer.status, answer.body) == (200, {"message": "Generic model download started"})

    async def half():
        return [one for one in await coming(api) if one["download_progress"] >= 50]

    (found,) = await until(half)
    assert (found["model_name"], found["folder_path"], found["status"]) == (
        "ink.safetensors",
        "loras",
        "started",
    )
    assert (found["upload_type"], found["model_type"], found["is_done"]) == ("download-url", "lora", False)
    assert await listed(api) == {}
    assert (await link(api, f"{hub.url}/ink.safetensors")).status == 409
    hub.go_on.set()
    await until(lambda: listed(api))
    await until(lambda: _none(api))
    assert (volume(gateway) / "loras" / "ink.safetensors").read_bytes() == MODEL
    assert (await link(api, f"{hub.url}/ink.safetensors")).status == 409
    assert not list((gateway._folder / "models" / ".unfinished").iterdir())


async def _none(api):
    return not await coming(api)


async def test_what_a_source_needs(api):
    """400 in the service's words when it lacks; 422 for what is no source."""
    for body, status in (
        ({"source": "link", "download_link": "http://127.0.0.1:1/a.bin"}, 400),
        ({"source": "civitai"}, 400),
        ({"source": "huggingface"}, 400),
        ({"source": "huggingface", "huggingface": {}}, 422),
        ({"source": "civitai", "civitai": {"url": 7}}, 422),
        ({"source": "civitai", "civitai": {"url": "https://elsewhere.example/models/1"}}, 400),
        ({"source": "somewhere"}, 422),
        ({"source": None}, 422),
        ({}, 422),
        ({"source": "link", "downloadLink": "http://127.0.0.1:1/"}, 400),
    ):
        answer = await api("POST", "/volume/model", json={"folderPath": "checkpoints", **body})
        assert answer.status == status, body
    answer = await api("POST", "/volume/model", json={"folderPath": "x", "source": "link"})
    assert answer.body == {"detail": "Download link is required"}
    assert await coming(api) == []


@pytest.mark.parametrize(
    ("link_to", "reason"),
    [
        ("{hub}/nothing.safetensors", "the link answered 404"),
        ("{hub}/short.safetensors", "broke off"),
        ("{hub}/inward.safetensors", "--allow-host 169.254.169.254"),
        ("http://169.254.169.254/a.bin", "--allow-host 169.254.169.254"),
        ("http://10.1.2.3/a.bin", "--allow-host 10.1.2.3"),
        ("ftp://127.0.0.1/a.bin", "only http and https"),
        ("http://ada:secret@127.0.0.1/a.bin", "leave them out"),
        ("http://127.0.0.1:1/a.bin", "broke off"),
    ],
)
async def test_a_download_that_fails_says_why(api, gateway, hub, link_to, reason):
    """It stays listed for a day, and leaves no file."""
    assert (await link(api, link_to.format(hub=hub.url))).status == 200

    async def failed():
        return [one for one in await coming(api) if one["status"] == "failed"]

    (found,) = await until(failed)
    assert reason in found["error_log"]
    assert await listed(api) == {}
    assert not list((gateway._folder / "models" / ".unfinished").iterdir())
    gateway.clock.advance(24 * 3600)
    assert await coming(api) == []


async def test_a_download_beyond_the_limit_fails(api, hub, monkeypatch):
    """So does one that the disk has no room for."""
    monkeypatch.setattr(downloads, "MODEL_LIMIT", 100)
    await link(api, f"{hub.url}/ink.safetensors")
    (found,) = await until(lambda: _failed(api))
    assert "larger than 100 bytes" in found["error_log"]
    monkeypatch.setattr(downloads, "SPARE", 2**60)
    await link(api, f"{hub.url}/ink.safetensors", "elsewhere")
    newest, _ = await until(lambda: _failed(api, 2))
    assert "no room" in newest["error_log"]


async def _failed(api, count=1):
    found = [one for one in await coming(api) if one["status"] == "failed"]
    return found if len(found) >= count else []


async def test_a_link_that_trickles_holds_up_nobody_else(people, hub):
    """An account has a few downloads at once; the others of its own wait, those of other accounts don't."""
    for number in range(4):
        await link(people.owner, f"{hub.url}/slow.safetensors", filename=f"{number}.bin")
    await link(people.stranger, f"{hub.url}/ink.safetensors")
    await until(lambda: listed(people.stranger))
    assert len(await coming(people.owner)) == 4
    assert len([one for one in hub.asked if one[0] == "/slow.safetensors"]) <= 3
    hub.go_on.set()
    await until(lambda: _none(people.owner))


async def test_a_redirect_within_reach_is_followed(api, gateway, hub):
    """To the file it leads to."""
    await link(api, f"{hub.url}/moved.safetensors")
    await until(lambda: listed(api))
    assert (volume(gateway) / "loras" / "moved.safetensors").read_bytes() == MODEL


async def test_a_model_of_civitai(api, gateway, hub):
    """The version that the link names, else the newest; its own 404 is passed on."""
    gateway._services.downloads.hubs = hub.hubs()
    page = f"{hub.url}/models/4711/inkwash"
    checked = await api("POST", "/volume/validate/civitai", json={"url": page})
    assert checked.body == {
        "exists": True,
        "title": "Inkwash",
        "preview_url": "https://pictures.example.net/i.jpeg",
        "filename": "ink4712.safetensors",
        "model_id": "4711",
        "version_id": None,
    }
    named = await api("POST", "/volume/validate/civitai", json={"url": f"{page}?modelVersionId=4713"})
    assert (named.body["version_id"], named.body["filename"]) == ("4713", "ink4713.safetensors")
    for url, status in (
        (f"{page}?modelVersionId=1", 404),
        (f"{hub.url}/models/9", 404),
        ("https://elsewhere.example/models/1", 400),
        (f"{hub.url}/user/ada", 400),
    ):
        assert (await api("POST", "/volume/validate/civitai", json={"url": url})).status == status
    body = {"source": "civitai", "folderPath": "loras", "civitai": {"url": page}}
    answer = await api("POST", "/volume/model", json=body)
    assert (answer.status, answer.body) == (200, {"message": "Civitai model download started"})
    await until(lambda: listed(api))
    assert (volume(gateway) / "loras" / "ink4712.safetensors").read_bytes() == MODEL


async def test_models_of_hugging_face(api, gateway, hub):
    """A file by its path in the repository, or the whole of it, with the account's token for the hub alone."""
    from stationthis_sdk.local.rows.accounts import Settings

    gateway._services.downloads.hubs = hub.hubs()
    settings = Settings(user_id="user_local", hugging_face_token="hf_token")
    await gateway._services.database.do(lambda tables: tables.add(settings))
    for repo, exists in (("ada/ink", True), ("ada/none", False), ("ada/locked", False), ("../x", False)):
        answer = await api("POST", "/volume/validate/huggingface", json={"repo_id": repo})
        assert (answer.status, answer.body) == (200, {"exists": exists})
    broken = await api("POST", "/volume/validate/huggingface", json={"repo_id": "ada/broken"})
    assert (broken.status, broken.body) == (500, {"detail": "Hugging Face answered 503"})
    body = {"source": "huggingface", "folderPath": "vae", "huggingface": {"repoId": "ada/ink"}}
    whole = await api("POST", "/volume/model", json=body)
    assert whole.body["message"] == "HuggingFace repository download started"
    await until(lambda: _none(api))
    assert {path for path, entry in (await listed(api)).items() if entry["type"] == 1} == {
        "vae/ink/a.json",
        "vae/ink/sub/b.bin",
    }
    body["huggingface"] = {"repoId": "ada/ink/sub/b.bin"}
    one = await api("POST", "/volume/model", json={**body, "filename": "b.bin"})
    assert one.body == {"message": "Hugging Face model download started"}
    await until(lambda: _none(api))
    assert (volume(gateway) / "vae" / "b.bin").read_bytes() == MODEL
    assert set(hub.asked) & {("/api/models/ada/ink", "Bearer hf_token")}
    body["huggingface"] = {"repoId": "ada/none"}
    assert (await api("POST", "/volume/model", json=body)).status == 404


async def test_hubs_that_can_not_be_asked(api, gateway):
    """A clear 500, and nothing is kept."""
    from stationthis_sdk.local.reach import Reach
    from stationthis_sdk.local.volumes.hubs import Hubs

    nowhere = "http://127.0.0.1:1"
    gateway._services.downloads.hubs = Hubs(Reach(), civitai=nowhere, huggingface=nowhere)
    asked = await api("POST", "/volume/validate/huggingface", json={"repo_id": "ada/ink"})
    assert (asked.status, "could not be asked" in asked.body["detail"]) == (500, True)
    asked = await api("POST", "/volume/validate/civitai", json={"url": f"{nowhere}/models/1"})
    assert (asked.status, "could not be asked" in asked.body["detail"]) == (500, True)
    assert await coming(api) == []


@pytest.mark.parametrize("path", ["/volume/file", "/file"])
async def test_a_file_from_a_link(api, gateway, hub, path):
    """The name may be null; links to the hubs are known; each failure is kept as a failed download."""
    gateway._services.downloads.hubs = hub.hubs()
    body = {
        "url": f"{hub.url.replace('127.0.0.1', '127.0.0.2')}/ink.safetensors",
        "filename": None,
        "folder_path": "loras",
    }
    local = hub.url.replace("127.0.0.1", "localhost")
    there = {**body, "url": f"{local}/ada/ink/blob/main/ink.safetensors", "folder_path": "vae"}
    answer = await api("POST", path, json=there)
    assert (answer.status, answer.body) == (200, {"message": "Hugging Face model download started"})
    await until(lambda: _none(api))
    assert hub.asked[-1][0] == "/ada/ink/resolve/main/ink.safetensors"
    again = await api("POST", path, json=there)
    assert again.status == 409
    (failed,) = await coming(api)
    assert (failed["status"], failed["error_log"]) == ("failed", "File already exists")
    civitai = await api("POST", path, json={**body, "url": f"{hub.url}/models/4711"})
    assert civitai.body == {"message": "Civitai model download started"}
    generic = await api("POST", path, json=body)
    assert generic.body == {"message": "Generic model download started"}
    for lacking in body:
        less = {key: value for key, value in body.items() if key != lacking}
        assert (await api("POST", path, json=less)).status == 422


async def test_the_old_path_takes_no_uploads(api, strict):
    """500 in plain text, as in the service; 422 from a strict gateway."""
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = await api("POST", "/file", data=b"--b--\r\n", headers={**headers, **ONCE})
    assert (answer.status, answer.body) == (500, b"Internal Server Error")
    assert (await strict("POST", "/file", data=b"--b--\r\n", headers=headers)).status == 422


async def downloaded(api, hub, name="ink.safetensors", folder="loras"):
    """Download a model and give its download's id, which only its own list told while it went."""
    assert (await link(api, f"{hub.url}/slow.safetensors", folder, filename=name)).status == 200
    (found,) = [one for one in await coming(api) if one["model_name"] == name]
    return found["id"]


async def test_renaming_a_downloaded_model(api, strict, gateway, hub):
    """In its folder; refused for what is no name, is taken or gone; an unknown id is a fault of the service."""
    file_id = await downloaded(api, hub)
    hub.go_on.set()
    await until(lambda: _none(api))

    async def rename(name, one=file_id):
        return await api("POST", f"/file/{one}/rename", json={"filename": name}, headers=ONCE)

    renamed = await rename("ink-2.safetensors")
    assert (renamed.status, renamed.body["model_name"], renamed.body["id"]) == (
        200,
        "ink-2.safetensors",
        file_id,
    )
    assert (renamed.body["status"], renamed.body["size"]) == ("success", len(MODEL))
    assert "loras/ink-2.safetensors" in await listed(api)
    put(gateway, "loras/taken.bin", b"x")
    for name, status in (("taken.bin", 400), ("a b", 400), ("a/b", 400), ("..", 400), ("", 400), (7, 422)):
        assert (await rename(name)).status == status
    assert (await rename("x", NOWHERE)).status == 500
    assert (await rename("x", NOWHERE)).body == b"Internal Server Error"
    answer = await strict("POST", f"/file/{NOWHERE}/rename", json={"filename": "x"})
    assert answer.status == 404
    (volume(gateway) / "loras" / "ink-2.safetensors").unlink()
    assert (await rename("x")).status == 404


async def test_cancelling_marks_a_download(api, hub):
    """It is listed no more; what is under way goes on and may end as success, as in the service."""
    file_id = await downloaded(api, hub)
    answer = await api("DELETE", f"/file/{file_id}/cancel")
    assert (answer.status, answer.body) == (
        200,
        {"success": True, "message": "Download cancelled successfully"},
    )
    assert await coming(api) == []
    hub.go_on.set()
    await until(lambda: listed(api))
    assert (await api("DELETE", f"/file/{file_id}/cancel")).status == 200
    assert (await api("DELETE", f"/file/{NOWHERE}/cancel")).status == 404


async def test_a_strict_gateway_cancels_what_is_under_way(strict, hub):
    """No file comes of it."""
    file_id = await downloaded(strict, hub)
    assert (await strict("DELETE", f"/file/{file_id}/cancel")).status == 200
    hub.go_on.set()
    assert not list((strict.gateway._folder / "models" / ".unfinished").iterdir())
    assert await listed(strict) == {}
    assert (await downloaded(strict, hub)) != file_id


async def test_removing(api, gateway):
    """A file, or a folder with all in it; 404 for what is not there."""
    put(gateway, "loras/a.bin")
    put(gateway, "loras/b.bin")
    gone = await api("POST", "/volume/rm", json={"path": "loras/a.bin"})
    assert (gone.status, gone.body) == (200, {"deleted_path": "loras/a.bin"})
    assert list(await listed(api)) == ["loras", "loras/b.bin"]
    assert (await api("POST", "/volume/rm", json={"path": "loras"})).status == 200
    assert await listed(api) == {}
    assert (await api("POST", "/volume/rm", json={"path": "loras"})).status == 404


async def test_moving(api, gateway):
    """A file, to a folder that need not exist; over another only when it may."""
    put(gateway, "loras/a.bin", b"a")
    put(gateway, "b.bin", b"b")

    async def move(source, target, **more):
        return await api(
            "POST", "/volume/move", json={"source_path": source, "destination_path": target, **more}
        )

    moved = await move("loras/a.bin", "vae/new/a.bin")
    assert (moved.status, moved.body) == (200, {"old_path": "loras/a.bin", "new_path": "vae/new/a.bin"})
    assert (await move("b.bin", "vae/new/a.bin")).status == 409
    assert (await move("b.bin", "b.bin")).status == 409
    assert (volume(gateway) / "vae/new/a.bin").read_bytes() == b"a"
    assert (await move("b.bin", "vae/new/a.bin", overwrite=True)).status == 200
    assert (volume(gateway) / "vae/new/a.bin").read_bytes() == b"b"
    assert (await move("b.bin", "c.bin")).status == 404
    assert (await move("vae", "other")).status == 400
    put(gateway, "d.bin")
    assert (await move("d.bin", "vae", overwrite=True)).status == 400
    assert (await move("d.bin", "vae/new/a.bin/below", overwrite=True)).status == 409
    assert (await move("d.bin", "e.bin", overwrite="perhaps")).status == 422


@pytest.mark.parametrize("path", TRAVERSALS)
async def test_no_path_leads_out_of_the_volume(api, gateway, path):
    """Nor is any but a plain chain of names taken, anywhere."""
    put(gateway, "a.bin", b"a")
    (gateway._folder / "models" / "x").write_bytes(b"outside")
    move = {"source_path": "a.bin", "destination_path": "b.bin"}
    for method, body in (
        ("/volume/rm", {"path": path}),
        ("/volume/move", {**move, "source_path": path}),
        ("/volume/move", {**move, "destination_path": path, "overwrite": True}),
    ):
        assert (await api("POST", method, json=body)).status == 422, (method, body)
    if path.strip("/"):
        assert (await link(api, "http://127.0.0.1:1/a", path)).status == 422
        assert (await link(api, "http://127.0.0.1:1/a", filename=path)).status == 422
        body = {"url": "http://127.0.0.1:1/a", "filename": path, "folder_path": path}
        assert (await api("POST", "/volume/file", json=body)).status == 422
    assert (volume(gateway) / "a.bin").read_bytes() == b"a"
    assert (gateway._folder / "models" / "x").read_bytes() == b"outside"


async def test_a_link_in_the_volume_leads_nowhere_else(api, gateway, tmp_path):
    """A folder that its owner has linked is listed, not walked; nothing is moved, put or removed through it."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "kept.bin").write_bytes(b"kept")
    put(gateway, "a.bin", b"a")
    (volume(gateway) / "door").symlink_to(tmp_path / "outside")
    assert list(await listed(api)) == ["a.bin", "door"]
    for target, body in (
        ("/volume/rm", {"path": "door/kept.bin"}),
        ("/volume/move", {"source_path": "door/kept.bin", "destination_path": "x"}),
        ("/volume/move", {"source_path": "a.bin", "destination_path": "door/x"}),
    ):
        assert (await api("POST", target, json=body)).status == 400
    assert (await link(api, "http://127.0.0.1:1/a", "door")).status == 400
    assert (await api("POST", "/volume/rm", json={"path": "door"})).status == 200
    assert (tmp_path / "outside" / "kept.bin").read_bytes() == b"kept"


async def test_a_file_put_by_a_link_becomes_a_model(api, gateway, session):
    """The link takes its kind of file; adding a model with its key moves it into the volume."""
    body = {"filename": "my ink %.safetensors", "contentType": "application/octet-stream", "size": 10}
    made = (await api("POST", "/volume/file/generate-upload-url", json=body)).body
    assert made["objectKey"].startswith("temp-uploads/user_local/")
    assert made["objectKey"].endswith("/my ink %.safetensors")
    add = {"filename": "ink.safetensors", "isTemporaryUpload": True, "s3ObjectKey": made["objectKey"]}
    assert (await link(api, "x", **add)).status == 404
    async with session.put(made["uploadUrl"], data=MODEL, headers={"Content-Type": "text/plain"}) as answer:
        assert answer.status == 403
    headers = {"Content-Type": "application/octet-stream"}
    async with session.put(made["uploadUrl"], data=MODEL, headers=headers) as answer:
        assert answer.status == 200
    async with session.get(made["uploadUrl"]) as answer:
        assert answer.status in {403, 404, 405}
    answer = await link(api, "x", **add)
    assert (answer.status, answer.body) == (200, {"message": "Generic model download started"})
    assert (volume(gateway) / "loras" / "ink.safetensors").read_bytes() == MODEL
    assert await coming(api) == []
    assert (await link(api, "x", **add)).status == 404


async def test_a_big_file_in_parts(api, gateway, session):
    """Parts in any order, each with its ETag; one file of them; the upload is gone afterwards."""
    body = {"filename": "big.safetensors", "contentType": "application/octet-stream", "size": 10}
    made = (await api("POST", "/volume/file/initiate-multipart-upload", json=body)).body
    assert made["partSize"] == 5242880
    which = {"uploadId": made["uploadId"], "key": made["key"]}
    parts = []
    for number, content in ((2, b"second"), (1, b"first, "), (2, b"second again")):
        asked = {**which, "partNumber": number}
        url = (await api("POST", "/volume/file/generate-part-upload-url", json=asked)).body["uploadUrl"]
        async with session.put(url, data=content) as answer:
            assert answer.status == 200
            parts.append({"partNumber": number, "eTag": answer.headers["ETag"]})

    async def complete(given):
        return await api(
            "POST", "/volume/file/complete-multipart-upload", json={**which, "parts": given}, headers=ONCE
        )

    wrong = (
        parts[:1],
        [parts[1], {"partNumber": 3, "eTag": parts[1]["eTag"]}],
        [],
        [{"partNumber": 1, "eTag": '"../../../secret"'}],
        [parts[1], parts[1]],
    )
    for given in wrong:
        assert (await complete(given)).status == 500
    for given in ([7], [{"partNumber": "x", "eTag": "y"}], [{"partNumber": 1}], "x"):
        assert (await complete(given)).status == 422
    done = await complete([parts[2], parts[1]])
    assert (done.status, done.body) == (200, {"status": "ok", "key": made["key"]})
    assert (await complete([parts[2], parts[1]])).status == 500
    add = {"filename": "big.safetensors", "isTemporaryUpload": True, "s3ObjectKey": made["key"]}
    assert (await link(api, "x", **add)).status == 200
    assert (volume(gateway) / "loras" / "big.safetensors").read_bytes() == b"first, second again"


async def test_giving_up_an_upload_in_parts(api, strict, session):
    """What came is gone, its links lead nowhere; one that is not known is a fault of the service."""
    file = {"filename": "big.bin", "contentType": "application/octet-stream", "size": 10}
    for at, status in ((api, 500), (strict, 422)):
        made = (await at("POST", "/volume/file/initiate-multipart-upload", json=file)).body
        which = {"uploadId": made["uploadId"], "key": made["key"]}
        part = {**which, "partNumber": 1}
        url = (await at("POST", "/volume/file/generate-part-upload-url", json=part)).body["uploadUrl"]
        async with session.put(url, data=b"x") as answer:
            assert answer.status == 200
        gone = await at("POST", "/volume/file/abort-multipart-upload", json=which)
        assert (gone.status, gone.body) == (200, {"status": "aborted"})
        assert not list((at.gateway._folder / "files" / "uploads" / "parts").iterdir())
        async with session.put(url, data=b"x") as answer:
            assert (answer.status, b"NoSuchUpload" in await answer.read()) == (404, True)
        again = await at("POST", "/volume/file/abort-multipart-upload", json=which, headers=ONCE)
        assert again.status == status
        for odd in ("../x", "", "\x00"):
            body = {**which, "uploadId": odd}
            again = await at("POST", "/volume/file/abort-multipart-upload", json=body, headers=ONCE)
            assert again.status == status


@pytest.mark.parametrize("name", ["..", ".", "", "a/b/../../c", "x" * 3000, "ä 💡?#&=+.bin", "'\"<>"])
async def test_any_file_name_can_be_put(api, session, name):
    """None of it reaches the disk."""
    body = {"filename": name, "contentType": "application/octet-stream", "size": 1}
    made = (await api("POST", "/volume/file/generate-upload-url", json=body)).body
    headers = {"Content-Type": "application/octet-stream"}
    async with session.put(made["uploadUrl"], data=b"x", headers=headers) as answer:
        assert answer.status == 200, await answer.read()
    add = {"filename": "x.bin", "isTemporaryUpload": True, "s3ObjectKey": made["objectKey"]}
    assert (await link(api, "x", **add)).status == 200


async def test_fields_of_uploads_that_are_refused(api):
    """Sizes below nothing or beyond everything, kinds of wrong types."""
    good = {"filename": "a", "contentType": "x/y", "size": 1}
    for path in ("generate-upload-url", "initiate-multipart-upload"):
        for wrong in (
            {"size": -1},
            {"size": 10**40},
            {"size": "x"},
            {"filename": None},
            {"contentType": "a\r\nb"},
        ):
            assert (await api("POST", f"/volume/file/{path}", json={**good, **wrong})).status == 422


async def test_the_wall_between_accounts(people, gateway, hub, session):
    """Nobody sees, changes or takes over what is another's; it is as if it were not there."""
    put(gateway, "loras/mine.bin")
    file_id = await downloaded(people.owner, hub)
    body = {"filename": "a.bin", "contentType": "application/octet-stream", "size": 1}
    made = (await people.owner("POST", "/volume/file/generate-upload-url", json=body)).body
    headers = {"Content-Type": "application/octet-stream"}
    async with session.put(made["uploadUrl"], data=b"x", headers=headers) as answer:
        assert answer.status == 200
    parts = (await people.owner("POST", "/volume/file/initiate-multipart-upload", json=body)).body
    which = {"uploadId": parts["uploadId"], "key": parts["key"]}
    take = {"filename": "b.bin", "isTemporaryUpload": True, "s3ObjectKey": made["objectKey"]}
    for other in people.foreign:
        assert await listed(other) == {}
        assert await coming(other) == []
        assert (await other("DELETE", f"/file/{file_id}/cancel")).status == 404
        renamed = await other("POST", f"/file/{file_id}/rename", json={"filename": "x"}, headers=ONCE)
        assert renamed.status == 500
        assert (await other("POST", "/volume/rm", json={"path": "loras/mine.bin"})).status == 404
        move = {"source_path": "loras/mine.bin", "destination_path": "x"}
        assert (await other("POST", "/volume/move", json=move)).status == 404
        assert (await link(other, "x", **take)).status == 404
        for path, more in (("generate-part-upload-url", {"partNumber": 1}), ("abort-multipart-upload", {})):
            assert (await other("POST", f"/volume/file/{path}", json={**which, **more})).status == 403
        assert (await other("GET", "/search/model?query=mine")).body == {"models": []}
    assert (await link(people.owner, "x", **take)).status == 200
    hub.go_on.set()
    await until(lambda: _none(people.owner))
    assert set(await listed(people.owner)) == {
        "loras",
        "loras/mine.bin",
        "loras/ink.safetensors",
        "loras/b.bin",
    }


async def test_an_organisation_shares_its_volume(people, gateway):
    """Its members see the same."""
    await people.member("GET", "/volume/name")
    put(gateway, "a.bin", b"a", "orgs/org_acme")
    assert list(await listed(people.colleague)) == ["a.bin"]
    assert await listed(people.rival) == {}


async def test_an_owner_of_any_name_has_a_volume_of_their_own(gateway, session):
    """No name reaches the disk that could lead elsewhere."""
    for name in ("../../x", "a/b", "..", "ä" * 200):
        person = Plain(gateway, session, await gateway.add_key(name))
        assert await listed(person) == {}
    assert all(
        place.parent == gateway._folder / "models" / "users"
        for place in (gateway._folder / "models" / "users").iterdir()
    )
    assert not (gateway._folder.parent / "x").exists()


@pytest.mark.parametrize("file_id", HOSTILE_IDS)
async def test_ids_made_to_hurt_are_not_there(plain, file_id):
    """As unknown ones."""
    assert (await plain("DELETE", f"/file/{file_id}/cancel")).status in {400, 404}
    renamed = await plain("POST", f"/file/{file_id}/rename", json={"filename": "x"}, headers=ONCE)
    assert renamed.status in {400, 404, 500}


async def test_a_download_that_the_gateway_does_not_outlive_has_failed(tmp_path, session, hub):
    """Ended in order or found at the next start: it says so, and may be asked for again."""
    from stationthis_sdk.local.rows.volumes import Download

    first = Gateway(tmp_path)
    await first.start()
    api = Plain(first, session)
    await downloaded(api, hub)
    killed = Download(
        user_id="user_local", user_volume_id="v", model_name="k", folder_path="", upload_type="other"
    )
    await first._services.database.do(lambda tables: tables.add(killed))
    await first.stop()
    second = Gateway(tmp_path)
    await second.start()
    api = Plain(second, session)
    found = await coming(api)
    assert {one["model_name"] for one in found} == {"ink.safetensors", "k"}
    assert all(one["status"] == "failed" and "start it again" in one["error_log"] for one in found)
    hub.go_on.set()
    await downloaded(api, hub, "other.safetensors")
    await second.stop()
