"""Assets: folders, uploads, links and what lies behind them, as the service has them."""

import asyncio
import io
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from aiohttp import web

from stationthis_sdk.local.storage import uploads
from tests.local.routes.people import HOSTILE_IDS

PNG = b"\x89PNG some picture"


def form(name: str = "boat.png", content: bytes = PNG, field: str = "file") -> aiohttp.FormData:
    """A form with one file."""
    made = aiohttp.FormData(quote_fields=False)
    made.add_field(field, io.BytesIO(content), filename=name)
    return made


async def upload(api, name="boat.png", content=PNG, parent=None):
    """Upload an asset; returns it."""
    query = "" if parent is None else f"?parent_path={parent}"
    answer = await api("POST", f"/assets/upload{query}", data=form(name, content))
    assert answer.status == 200, answer
    return answer.body


async def folder(api, name, parent=None):
    """Make a folder; returns it."""
    body = {"name": name, **({} if parent is None else {"parent_path": parent})}
    answer = await api("POST", "/assets/folder", json=body)
    assert answer.status == 200, answer
    return answer.body


async def listed(api, path=None):
    """The paths in a folder."""
    answer = await api("GET", "/assets", params={} if path is None else {"path": path})
    assert answer.status == 200
    return [asset["path"] for asset in answer.body]


async def make_private(gateway, user_id="user_local", org_id=None):
    """Let an account's files be private from now on."""
    from stationthis_sdk.local.rows.accounts import Settings

    row = Settings(user_id=user_id, org_id=org_id, output_visibility="private")
    await gateway._services.database.do(lambda tables: tables.add(row))


async def test_a_folder_and_what_is_in_it(api):
    """Paths have no leading slash; the list of a folder is what is directly in it, newest first."""
    made = await folder(api, "refs")
    assert made["id"].startswith("folder_")
    assert (made["path"], made["is_folder"], made["url"], made["file_size"]) == ("refs", True, None, None)
    assert "Z" not in made["created_at"]
    inner = await folder(api, "rainy", "/refs")
    assert inner["path"] == "refs/rainy"
    there = await upload(api, parent="refs")
    top = await upload(api)
    assert there["path"] == f"refs/{there['id']}.png"
    assert await listed(api) == await listed(api, "/") == await listed(api, "") == [top["path"], "refs"]
    assert await listed(api, "refs") == [there["path"], "refs/rainy"]
    assert await listed(api, "/refs") == await listed(api, "nothing") == await listed(api, "ref") == []
    again = await api("POST", "/assets/folder", json={"name": "refs"})
    assert again.status == 400


async def test_a_strict_list_takes_a_leading_slash(strict):
    """The same folder, however it is written."""
    await folder(strict, "refs")
    there = await upload(strict, parent="/refs/")
    assert await listed(strict, "/refs") == await listed(strict, "refs/") == [there["path"]]
    assert there["created_at"].endswith("Z")


async def test_an_upload_is_kept_and_served(api, session):
    """Under an id of its kind; its folder need not exist, then no folder lists it."""
    made = await upload(api, "harbour view.png", parent="never/made")
    assert made["id"].startswith("img_")
    assert len(made["id"]) == 20
    assert (made["name"], made["file_size"], made["mime_type"]) == ("harbour view.png", len(PNG), "image/png")
    async with session.get(made["url"]) as answer:
        assert await answer.read() == PNG
    assert await listed(api, "never/made") == [made["path"]]
    assert await listed(api) == []
    assert (await api("GET", f"/assets/{made['id']}")).body == made


async def test_uploads_that_are_refused(api, gateway, monkeypatch):
    """Text, too much, none, in a folder that is no path; nothing of them stays."""
    monkeypatch.setattr(uploads, "UPLOAD_LIMIT", 100)
    for sent, status in (
        (form("notes.txt"), 400),
        (form(content=b"x" * 101), 400),
        (form(field="other"), 422),
        (form(""), 422),
        (form("a" * 5000 + ".png"), 422),
    ):
        assert (await api("POST", "/assets/upload", data=sent)).status in {status, 400}
    for parent in ("../up", "a//b", "a/./b", "a%00b", "x" * 2000, "a%5Cb"):
        assert (await api("POST", f"/assets/upload?parent_path={parent}", data=form())).status == 422
    assert await listed(api) == []
    assert not list((gateway._folder / "files" / "unfinished").iterdir())
    assert not list((gateway._folder / "files" / "assets").iterdir())


@pytest.mark.slow
async def test_a_body_of_300_mb_is_refused_without_being_held(api, strict):
    """With the service's words after all of it, by a strict gateway at once; memory does not grow with it."""
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    async def pieces(count):
        piece = b"x" * 1024 * 1024
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="big.zip"\r\n\r\n'
        for _ in range(count):
            yield piece
        yield b"\r\n--b--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    for path in ("/assets/upload", "/file/upload"):
        answer = await api("POST", path, data=pieces(300), headers=headers)
        assert (answer.status, answer.body) == (400, {"detail": "File size exceeds 250MB limit"})
        assert (await strict("POST", path, data=pieces(300), headers=headers)).status == 400
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < 60, f"{grown} MiB"


async def test_a_link_to_upload_takes_one_kind_of_file(api, session):
    """PUT with the same Content-Type and ACL; then it is registered and read; nothing is kept before."""
    query = {"file_name": "p.png", "type": "image/png", "size": "10", "parent_path": "/refs"}
    made = (await api("GET", "/assets/presigned-url", params=query)).body
    assert (made["db_path"], made["is_public"]) == (f"refs/{made['file_id']}.png", True)
    assert parse_qs(urlsplit(made["url"]).query)["X-Amz-Expires"] == ["3600"]
    assert await listed(api, "refs") == []
    good = {"Content-Type": "image/png", "x-amz-acl": "public-read"}
    for headers in ({}, {"Content-Type": "image/png"}, {**good, "Content-Type": "image/jpeg"}):
        async with session.put(made["url"], data=PNG, headers=headers) as answer:
            assert (answer.status, answer.content_type) == (403, "application/xml")
            assert b"<Code>SignatureDoesNotMatch</Code>" in await answer.read()
    async with session.get(made["download_url"]) as answer:
        assert answer.status == 404
        assert b"<Code>NoSuchKey</Code>" in await answer.read()
    async with session.put(made["url"], data=PNG, headers=good) as answer:
        assert answer.status == 200
        assert len(answer.headers["ETag"]) == 34
    body = {
        "file_id": made["file_id"],
        "file_name": "harbour.png",
        "file_size": len(PNG),
        "db_path": made["db_path"],
        "url": made["download_url"],
        "mime_type": "image/png",
    }
    asset = await api("POST", "/assets/register", json=body)
    assert asset.status == 200
    assert (asset.body["id"], asset.body["url"]) == (made["file_id"], made["download_url"])
    async with session.get(asset.body["url"]) as answer:
        assert await answer.read() == PNG
    assert await listed(api, "refs") == [made["db_path"]]
    again = await api("POST", "/assets/register", json=body, headers={"Connection": "close"})
    assert (again.status, again.body) == (500, b"Internal Server Error")


async def test_a_link_is_for_its_method_its_path_and_its_hour(api, gateway, session):
    """Anything else is 403 in S3's words; so is the link an hour later."""
    made = (await api("GET", "/assets/presigned-url?file_name=p.png&type=image/png")).body
    other = (await api("GET", "/assets/presigned-url?file_name=p.png&type=image/png")).body
    headers = {"Content-Type": "image/png", "x-amz-acl": "public-read"}
    query = urlsplit(made["url"]).query
    for url in (
        made["download_url"],
        f"{other['download_url']}?{query}",
        made["url"].replace("X-Amz-Expires=3600", "X-Amz-Expires=9999"),
        made["url"].replace("X-Amz-Signature=", "X-Amz-Signature=00"),
        made["url"] + "&partNumber=1",
    ):
        async with session.put(url, data=PNG, headers=headers) as answer:
            assert answer.status == 403, url
    gateway.clock.advance(3590)
    async with session.put(made["url"], data=PNG, headers=headers) as answer:
        assert answer.status == 200
    gateway.clock.advance(20)
    async with session.put(made["url"], data=b"other", headers=headers) as answer:
        said = await answer.read()
        assert answer.status == 403
        assert b"<Message>Request has expired</Message><X-Amz-Expires>3600</X-Amz-Expires><Expires>" in said
    async with session.get(made["download_url"]) as answer:
        assert await answer.read() == PNG


async def test_a_strict_link_is_for_the_size_that_was_told(strict, session):
    """More and less are refused; a plain gateway lets the size have no effect."""
    query = {"file_name": "p.png", "type": "image/png", "size": "10"}
    made = (await strict("GET", "/assets/presigned-url", params=query)).body
    headers = {"Content-Type": "image/png", "x-amz-acl": "public-read"}
    for content, code in ((b"x" * 11, b"EntityTooLarge"), (b"x" * 9, b"IncompleteBody")):
        async with session.put(made["url"], data=content, headers=headers) as answer:
            assert (answer.status, code in await answer.read()) == (400, True)
    async with session.put(made["url"], data=b"x" * 10, headers=headers) as answer:
        assert answer.status == 200


async def test_a_put_beyond_the_limit_leaves_nothing(api, gateway, session, monkeypatch):
    """Told by its length or found while it comes."""
    from stationthis_sdk.local.routes import storage

    monkeypatch.setattr(storage, "UPLOAD_LIMIT", 100)
    made = (await api("GET", "/assets/presigned-url?file_name=p.png&type=image/png")).body
    headers = {"Content-Type": "image/png", "x-amz-acl": "public-read"}

    async def unannounced():
        for _ in range(11):
            yield b"x" * 10

    for content in (b"x" * 101, unannounced()):
        async with session.put(made["url"], data=content, headers=headers) as answer:
            assert (answer.status, b"EntityTooLarge" in await answer.read()) == (400, True)
    assert not list((gateway._folder / "files" / "assets").iterdir())
    assert not list((gateway._folder / "files" / "unfinished").iterdir())


async def test_registering_checks_nothing_but_form(api):
    """Neither that the file is there nor whose the link is; every field is needed."""
    body = {
        "file_id": "my-own-id",
        "file_name": "any name",
        "file_size": 3,
        "db_path": "moods/any.bin",
        "url": "https://elsewhere.example/x",
        "mime_type": "text/x-scroll",
    }
    made = await api("POST", "/assets/register", json=body)
    assert (made.status, made.body["url"], made.body["path"]) == (200, body["url"], "moods/any.bin")
    for name in body:
        less = {key: value for key, value in body.items() if key != name}
        assert (await api("POST", "/assets/register", json=less)).status == 422
    for wrong in (
        {"file_size": -1},
        {"file_size": 10**30},
        {"file_size": "x"},
        {"db_path": "../x"},
        {"db_path": ""},
        {"file_name": "\ud800"},
        {"file_id": "a\x00b"},
        {"url": "x" * 10_000},
    ):
        answer = await api("POST", "/assets/register", json={**body, "file_id": "other", **wrong})
        assert answer.status == 422, wrong


async def test_moving_a_file(api):
    """Into a folder that was made, or to the top; folders stay; only the path changes."""
    made, refs = await upload(api), await folder(api, "refs")

    async def move(asset_id, path):
        return await api("PATCH", f"/assets/{asset_id}", json={"path": path})

    moved = await move(made["id"], "refs")
    assert moved.status == 200
    assert (moved.body["path"], moved.body["url"]) == (f"refs/{made['id']}.png", made["url"])
    assert (await move(made["id"], "nowhere")).status == 404
    assert (await move(refs["id"], "")).status == 400
    assert (await move("img_nope", "refs")).status == 404
    assert (await move(made["id"], "../x")).status == 422
    assert (await api("PATCH", f"/assets/{made['id']}", json={})).status == 422
    for top in ("", "/"):
        await move(made["id"], "refs")
        assert (await move(made["id"], top)).body["path"] == f"{made['id']}.png"


async def test_deleting_is_for_good(api, gateway, session):
    """A file with what is behind it; a folder with all in it, also in folders never made, and nothing beside it."""
    refs = await folder(api, "refs")
    beside = await folder(api, "refs2")
    inside = await upload(api, parent="refs")
    deep = await upload(api, parent="refs/never/made")
    kept = await upload(api, parent="refs2")
    gone = await api("DELETE", f"/assets/{refs['id']}")
    assert (gone.status, gone.body) == (200, {"message": "Asset deleted successfully"})
    for asset in (refs, inside, deep):
        assert (await api("GET", f"/assets/{asset['id']}")).status == 404
        assert (await api("DELETE", f"/assets/{asset['id']}")).status == 404
    assert await listed(api) == [beside["path"]]
    assert len(list((gateway._folder / "files" / "assets").iterdir())) == 1
    async with session.get(inside["url"]) as answer:
        assert answer.status == 404
    async with session.get(kept["url"]) as answer:
        assert answer.status == 200


async def test_a_folder_with_marks_of_sql_in_its_name_is_only_itself(api):
    """Percent and underscore stand for themselves."""
    odd = await folder(api, "100%_")
    await folder(api, "100xx")
    kept = await upload(api, parent="100xx")
    await api("DELETE", f"/assets/{odd['id']}")
    assert await listed(api, "100xx") == [kept["path"]]


async def test_a_run_reads_an_asset_by_its_link(api):
    """As any other file of the gateway's."""
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (8, 6), (10, 20, 30)).save(out, "PNG")
    made = await upload(api, "mine.png", out.getvalue())
    graph = {
        "1": {"class_type": "LoadImage", "inputs": {"image": made["url"]}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "a"}},
    }
    assert (await api.ended(await api.run_graph(graph)))["status"] == "success"


async def test_searching_by_part_of_a_name(api):
    """In all folders, upper and lower case alike, files only, five unless told."""
    await folder(api, "boats")
    for number in range(7):
        await upload(api, f"Boat {number}.png", parent="boats" if number % 2 else "/")
    await upload(api, "ÄRMEL_100%.png")

    async def names(**query):
        answer = await api("GET", "/assets/search", params=query)
        assert answer.status == 200
        return [asset["name"] for asset in answer.body]

    assert len(await names(query="bOAT")) == len(await names()) == 5
    assert len(await names(query="boat", limit="20")) == 7
    assert await names(query="ärmel") == await names(query="100%") == ["ÄRMEL_100%.png"]
    assert await names(query="boat", limit="0") == await names(query="boat", limit="-1") == []
    assert await names(query="_oat") == []
    assert (await api("GET", "/assets/search?limit=x")).status == 422


@pytest.fixture
async def elsewhere():
    """A server of pictures on this machine; returns its address and what it was asked."""
    asked = []

    async def answer(request):
        asked.append((request.method, request.path))
        if request.path == "/gone.png":
            return web.Response(status=404)
        if request.path == "/large.png":
            return web.Response(headers={"Content-Length": str(251 * 1024 * 1024)})
        if request.path == "/inward.png":
            return web.Response(status=302, headers={"Location": "http://169.254.169.254/x.png"})
        return web.Response(body=PNG)

    app = web.Application()
    app.router.add_route("*", "/{name}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", asked
    await runner.cleanup()


async def test_a_link_as_an_asset(api, elsewhere):
    """Its headers are asked once, the link alone is kept; the kind is told by its end."""
    base, asked = elsewhere
    await folder(api, "moods")
    made = await api("POST", "/assets/add", json={"url": f"{base}/tower.jpg?x=1", "path": "moods"})
    assert made.status == 200
    assert (made.body["name"], made.body["url"]) == ("tower.jpg", f"{base}/tower.jpg?x=1")
    assert (made.body["mime_type"], made.body["file_size"]) == ("image/jpeg", len(PNG))
    assert made.body["path"] == f"moods/{made.body['id']}.jpg"
    assert asked == [("HEAD", "/tower.jpg")]
    for top in ("", "/"):
        answer = await api("POST", "/assets/add", json={"url": f"{base}/a.png", "path": top})
        assert answer.status == 200


@pytest.mark.parametrize(
    ("url", "path", "status"),
    [
        ("{base}/gone.png", "/", 400),
        ("{base}/large.png", "/", 400),
        ("{base}/inward.png", "/", 400),
        ("{base}/notes.txt", "/", 400),
        ("{base}/a.png", "never", 404),
        ("http://127.0.0.1:1/a.png", "/", 400),
        ("http://169.254.169.254/a.png", "/", 400),
        ("http://10.0.0.7/a.png", "/", 400),
        ("file:///etc/passwd.png", "/", 400),
        ("http://[::1/a.png", "/", 400),
        ("no url.png", "/", 400),
        ("{base}/a.png", "../x", 422),
        (7, "/", 422),
    ],
)
async def test_links_that_are_refused(api, elsewhere, url, path, status):
    """What can't be asked, is too large, of no kind that is taken, or would go to a folder that isn't there."""
    url = url.format(base=elsewhere[0]) if isinstance(url, str) else url
    answer = await api("POST", "/assets/add", json={"url": url, "path": path})
    assert answer.status == status, answer
    assert await listed(api) == []


async def test_a_private_account_reads_by_links_that_expire(api, gateway, session):
    """Made anew at each read; the answer to an upload has one that can't be read, as in the service."""
    public = await upload(api)
    await make_private(gateway)
    made = await upload(api)
    async with session.get(made["url"]) as answer:
        assert (answer.status, b"<Code>AccessDenied</Code>" in await answer.read()) == (403, True)
    first = (await api("GET", f"/assets/{made['id']}")).body["url"]
    assert "X-Amz-Expires=3600" in first
    async with session.get(first) as answer:
        assert await answer.read() == PNG
    gateway.clock.advance(3601)
    async with session.get(first) as answer:
        assert (answer.status, b"Request has expired" in await answer.read()) == (403, True)
    (listed_one, _) = (await api("GET", "/assets")).body
    async with session.get(listed_one["url"]) as answer:
        assert await answer.read() == PNG
    async with session.get(public["url"]) as answer:
        assert answer.status == 200
    sent = (await api("POST", "/file/upload", data=form())).body["file_url"]
    async with session.get(sent) as answer:
        assert await answer.read() == PNG
    async with session.get(sent.partition("?")[0]) as answer:
        assert answer.status == 403


async def test_a_private_link_to_upload(api, gateway, session):
    """Needs no ACL; the file is read by links that expire."""
    await make_private(gateway)
    made = (await api("GET", "/assets/presigned-url?file_name=p.png&type=image/png")).body
    assert made["is_public"] is False
    async with session.put(made["url"], data=PNG, headers={"Content-Type": "image/png"}) as answer:
        assert answer.status == 200
    body = {
        "file_id": made["file_id"],
        "file_name": "p.png",
        "file_size": 3,
        "db_path": made["db_path"],
        "url": made["download_url"],
        "mime_type": "image/png",
    }
    url = (await api("POST", "/assets/register", json=body)).body["url"]
    async with session.get(url) as answer:
        assert await answer.read() == PNG
    async with session.get(made["download_url"]) as answer:
        assert answer.status == 403


async def test_the_wall_between_accounts(people, gateway, session):
    """Nobody sees, moves, deletes, finds or registers what is another's; it is as if it were not there."""
    await make_private(gateway)
    mine = await upload(people.owner, "secret boat.png")
    refs = await folder(people.owner, "refs")
    for other in people.foreign:
        for asset in (mine, refs):
            missing = await other("GET", "/assets/img_nope")
            for method, more in (("GET", {}), ("DELETE", {}), ("PATCH", {"json": {"path": ""}})):
                answer = await other(method, f"/assets/{asset['id']}", **more)
                assert (answer.status, answer.body) == (missing.status, missing.body)
        assert await listed(other) == []
        assert (await other("GET", "/assets/search?query=boat")).body == []
        assert (
            await other("POST", "/assets/add", json={"url": "http://127.0.0.1:1/a.png", "path": "refs"})
        ).status == 404
        body = {
            "file_id": mine["id"],
            "file_name": "x.png",
            "file_size": 1,
            "db_path": "x.png",
            "url": mine["url"],
            "mime_type": "image/png",
        }
        registered = await other("POST", "/assets/register", json=body)
        assert registered.status == 200
        async with session.get(registered.body["url"]) as answer:
            assert answer.status == 403
        assert (await other("DELETE", f"/assets/{mine['id']}")).status == 200
    url = (await people.owner("GET", f"/assets/{mine['id']}")).body["url"]
    async with session.get(url) as answer:
        assert await answer.read() == PNG


async def test_an_organisation_shares_its_assets(people):
    """Its members see the same; a rival does not."""
    made = await upload(people.member)
    assert await listed(people.colleague) == [made["path"]]
    assert (await people.colleague("DELETE", f"/assets/{made['id']}")).status == 200
    assert await listed(people.member) == await listed(people.rival) == []


@pytest.mark.parametrize("asset_id", HOSTILE_IDS)
async def test_ids_made_to_hurt_are_not_there(plain, asset_id):
    """404, or refused before anything looks."""
    for method, more in (("GET", {}), ("DELETE", {}), ("PATCH", {"json": {"path": ""}})):
        answer = await plain(method, f"/assets/{asset_id}", **more)
        assert answer.status in {400, 404}, answer


async def test_any_name_of_a_folder_is_taken_whole_or_refused(api):
    """What is taken is listed where its path says."""
    odd = [
        "a",
        "a b",
        "ä",
        "..",
        ".",
        "a/b",
        "a\\b",
        "a\x00b",
        "x" * 300,
        "💡",
        "%2e%2e",
        "'; --",
        "\ud83d",
        "\x7f",
    ]
    for name in odd:
        for parent in ("/", "", "p", "p/q/", *odd):
            answer = await api("POST", "/assets/folder", json={"name": name, "parent_path": parent})
            assert answer.status in {200, 400, 422}, (name, parent)
            if answer.status == 200:
                path = answer.body["path"]
                assert not path.startswith("/")
                assert {"", ".", ".."}.isdisjoint(path.split("/"))
                assert path in await listed(api, path.rpartition("/")[0])


@pytest.mark.parametrize("value", [None, 7, [], {}, True, "x" * 900_000])
async def test_fields_of_wrong_kinds_and_sizes(api, value):
    """422, each of them."""
    assert (await api("POST", "/assets/folder", json={"name": value})).status == 422
    made = await upload(api)
    assert (await api("PATCH", f"/assets/{made['id']}", json={"path": value})).status == 422
    assert (await api("POST", "/assets/add", json={"url": value, "path": "/"})).status == 422


async def test_a_link_outlives_the_gateway_that_made_it(tmp_path, session):
    """Its secret is kept in the data folder, for its owner alone."""
    from stationthis_sdk.local import Gateway
    from tests.local.conftest import Api

    first = Gateway(tmp_path)
    await first.start()
    await make_private(first)
    sent = (await Api(first, session)("POST", "/file/upload", data=form())).body["file_url"]
    await first.stop()
    secret = tmp_path / "files" / "secret"
    assert (secret.stat().st_mode & 0o777, len(secret.read_bytes())) == (0o600, 32)
    second = Gateway(tmp_path)
    await second.start()
    async with session.get(sent) as answer:
        assert await answer.read() == PNG
    await second.stop()


async def test_two_moves_at_once_lose_nothing(api):
    """The asset ends in one of the two folders."""
    made = await upload(api)
    await folder(api, "a")
    await folder(api, "b")
    moves = [api("PATCH", f"/assets/{made['id']}", json={"path": path}) for path in "ab"]
    assert [answer.status for answer in await asyncio.gather(*moves)] == [200, 200]
    assert len([*await listed(api, "a"), *await listed(api, "b")]) == 1
