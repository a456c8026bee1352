"""Assets: files and folders that people keep for their runs."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final
from urllib.parse import unquote, urlsplit

import aiohttp
import attrs
from aiohttp import web

from stationthis_sdk.local.answers.asset import asset_json
from stationthis_sdk.local.clock import now
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.reach import OutOfReach
from stationthis_sdk.local.requests import validation
from stationthis_sdk.local.requests.caller import CALLER, Caller
from stationthis_sdk.local.requests.responses import Refusal, reply
from stationthis_sdk.local.rows.accounts import is_private
from stationthis_sdk.local.rows.assets import Asset, StoredAsset
from stationthis_sdk.local.services import SERVICES, Services
from stationthis_sdk.local.storage.file_store import file_id, random_id, suffix_of, type_of_name
from stationthis_sdk.local.storage.paths import clean_name, clean_path, is_clean
from stationthis_sdk.local.storage.uploads import TOO_LARGE, UPLOAD_LIMIT, check_kind, received_file
from stationthis_sdk.local.strictness import strict

__all__ = ["routes"]

_TEXT: Final = 4096
_HEAD_SECONDS: Final = 10.0


async def _create_folder(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    name = body.text("name", required=True) or ""
    parent = body.text("parent_path", "/", nullable=False) or ""
    body.check()
    clean_name(name, "body", "name")
    parent = clean_path(parent, "body", "parent_path", empty=True)
    caller = request[CALLER]
    folder = Asset(
        asset_id=random_id("folder"),
        user_id=caller.user_id,
        org_id=caller.org_id,
        name=name,
        is_folder=1,
        path=clean_path(_joined(parent, name), "body", "name"),
        parent=parent,
    )

    def work(tables: Tables) -> None:
        if _folder(tables, caller, folder.path) is not None:
            raise Refusal.detail(400, f"Folder {folder.path!r} already exists")
        tables.add(folder)

    services = request.app[SERVICES]
    await services.database.do(work)
    return reply(asset_json(folder, services.base))


async def _list(request: web.Request) -> web.StreamResponse:
    path = request.query.get("path", "/")
    path = path.strip("/") if strict() else ("" if path == "/" else path)
    caller, services = request[CALLER], request.app[SERVICES]
    if path and not is_clean(path):
        return reply([])  # no folder has such a path; a leading slash is enough for that

    def work(tables: Tables) -> list[Asset]:
        where = f"{caller.own} AND parent = ? ORDER BY created_at DESC, rowid DESC"
        return tables.find(Asset, where, caller.owner, path)

    return reply([asset_json(found, services.base) for found in await services.database.do(work)])


async def _get(request: web.Request) -> web.StreamResponse:
    services = request.app[SERVICES]
    return reply(asset_json(await services.database.do(_own(request)), services.base))


async def _move(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    given = body.text("path", required=True) or ""
    body.check()
    find, caller = _own(request), request[CALLER]
    target = clean_path(given, "body", "path", empty=True)

    def work(tables: Tables) -> Asset:
        asset = find(tables)
        if asset.is_folder:
            raise Refusal.detail(400, "Folders cannot be moved")
        if target and _folder(tables, caller, target) is None:
            raise Refusal.detail(404, "Target folder not found")
        path = _joined(target, asset.path.rpartition("/")[2])
        moved = attrs.evolve(asset, path=path, parent=target, updated_at=now())
        tables.save(moved)
        return moved

    services = request.app[SERVICES]
    return reply(asset_json(await services.database.do(work), services.base))


async def _delete(request: web.Request) -> web.StreamResponse:
    find, caller, services = _own(request), request[CALLER], request.app[SERVICES]

    def work(tables: Tables) -> list[str]:
        asset = find(tables)
        gone = [asset]
        if asset.is_folder:
            where = f"{caller.own} AND substr(path, 1, ?) = ?"
            gone += tables.find(Asset, where, caller.owner, len(asset.path) + 1, f"{asset.path}/")
        for one in gone:
            tables.remove(Asset, one.id)
        return [place for one in gone if (place := _freed(tables, caller, one)) is not None]

    for place in await services.database.do(work):
        await asyncio.to_thread(services.file_store.remove, *place.split("/"))
    return reply({"message": "Asset deleted successfully"})


def _freed(tables: Tables, caller: Caller, asset: Asset) -> str | None:
    """The file behind an asset that is gone, unless another one has it too."""
    if asset.stored is None or tables.count(
        Asset, f"{caller.own} AND stored = ?", caller.owner, asset.stored
    ):
        return None
    tables.remove(StoredAsset, asset.stored)
    return asset.stored


async def _upload(request: web.Request) -> web.StreamResponse:
    services, caller = request.app[SERVICES], request[CALLER]
    parent = clean_path(request.query.get("parent_path", "/"), "query", "parent_path", empty=True)
    async with received_file(request, services.file_store) as received:
        new_id = file_id(received.content_type)
        stored = await _place(services, caller, new_id + suffix_of(received.name))
        asset = Asset(
            asset_id=new_id,
            user_id=caller.user_id,
            org_id=caller.org_id,
            name=received.name,
            path=_joined(parent, stored.partition("/")[2]),
            parent=parent,
            file_size=received.size,
            stored=stored,
            mime_type=received.content_type,
        )
        await asyncio.to_thread(services.file_store.keep, received.path, *stored.split("/"))
    await services.database.do(lambda tables: tables.add(asset))
    return reply(asset_json(asset, services.base, signed=strict()))


async def _presign(request: web.Request) -> web.StreamResponse:
    services, caller = request.app[SERVICES], request[CALLER]
    name, content_type = (_needed(request, field) for field in ("file_name", "type"))
    parent = clean_path(request.query.get("parent_path", "/"), "query", "parent_path", empty=True)
    size = validation.query_int(request, "size", None)
    new_id = file_id(content_type)
    stored = await _place(services, caller, new_id + suffix_of(name))
    public = not stored.startswith("private/")
    path = f"/files/{stored}"
    signed = services.file_store.links.signed(
        "PUT",
        path,
        headers={"content-type": content_type, **({"x-amz-acl": "public-read"} if public else {})},
        more={"size": str(max(size, 0))} if size is not None and strict() else {},
    )
    return reply(
        {
            "url": services.base + signed,
            "download_url": services.base + path,
            "file_id": new_id,
            "db_path": _joined(parent, stored.partition("/")[2]),
            "is_public": public,
        }
    )


async def _register(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    texts = {
        name: body.text(name, required=True, limit=_TEXT) or ""
        for name in ("file_id", "file_name", "db_path", "url", "mime_type")
    }
    size = body.integer("file_size", required=True, minimum=0, maximum=2**53)
    body.check()
    path = clean_path(texts["db_path"], "body", "db_path")
    for name in ("file_id", "file_name", "url", "mime_type"):
        if "\x00" in texts[name]:
            message = "Value error, a character of it can't be kept"
            raise validation.refuse(validation.fault("value_error", ["body", name], message, None, error={}))
    caller, services = request[CALLER], request.app[SERVICES]
    place = _stored_at(texts["url"], services.base)

    def work(tables: Tables) -> Asset:
        if _found(tables, caller, texts["file_id"]) is not None:
            raise _taken(texts["file_id"])
        own = None if place is None else tables.get(StoredAsset, place)
        stored = own.id if own is not None and caller.owns(own) else None
        asset = Asset(
            asset_id=texts["file_id"],
            user_id=caller.user_id,
            org_id=caller.org_id,
            name=texts["file_name"],
            path=path,
            parent=path.rpartition("/")[0],
            file_size=size,
            stored=stored,
            url=None if stored else texts["url"],
            mime_type=texts["mime_type"],
        )
        tables.add(asset)
        return asset

    return reply(asset_json(await services.database.do(work), services.base))


def _taken(asset_id: str) -> Exception:
    if strict():
        message = "Value error, an asset has this id already"
        return validation.refuse(
            validation.fault("value_error", ["body", "file_id"], message, asset_id, error={})
        )
    return ValueError(f"an asset has the id {asset_id!r} already")  # a fault inside, as in the service


async def _search(request: web.Request) -> web.StreamResponse:
    words = (validation.query_text(request, "query") or "").casefold()
    limit = validation.query_int(request, "limit", 5) or 0
    caller, services = request[CALLER], request.app[SERVICES]

    def work(tables: Tables) -> list[Asset]:
        where = f"{caller.own} AND is_folder = 0 ORDER BY created_at DESC, rowid DESC"
        return [found for found in tables.find(Asset, where, caller.owner) if words in found.name.casefold()]

    found = await services.database.do(work)
    return reply([asset_json(asset, services.base) for asset in found[: max(limit, 0)]])


async def _add_url(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    url = body.text("url", required=True, limit=_TEXT) or ""
    given = body.text("path", required=True) or ""
    body.check()
    folder = clean_path(given, "body", "path", empty=True)
    caller, services = request[CALLER], request.app[SERVICES]
    name = _name_of(url)
    content_type = type_of_name(name)
    check_kind(content_type)
    await services.database.do(partial(_need_folder, caller=caller, path=folder))
    size = await _announced(services, url)
    if size > UPLOAD_LIMIT:
        raise Refusal.detail(400, TOO_LARGE)
    new_id = file_id(content_type)
    asset = Asset(
        asset_id=new_id,
        user_id=caller.user_id,
        org_id=caller.org_id,
        name=name,
        path=_joined(folder, new_id + suffix_of(name)),
        parent=folder,
        file_size=size,
        url=url,
        mime_type=content_type,
    )

    def work(tables: Tables) -> None:
        _need_folder(tables, caller, folder)  # it may have gone while the link was asked
        tables.add(asset)

    await services.database.do(work)
    return reply(asset_json(asset, services.base))


async def _announced(services: Services, url: str) -> int:
    """How large the file behind a link says it is; 0 when it doesn't say."""
    try:
        async with (
            services.reach.session(silence=_HEAD_SECONDS, total=_HEAD_SECONDS) as session,
            services.reach.answer(session, "HEAD", url) as answer,
        ):
            if answer.status >= 400:
                raise Refusal.detail(400, f"Could not access URL: it answered {answer.status}")
            length = answer.headers.get("Content-Length", "")
            return int(length) if length.isdecimal() and len(length) < 16 else 0
    except OutOfReach as problem:
        raise Refusal.detail(400, f"Could not access URL: {problem}") from None
    except (aiohttp.ClientError, OSError, ValueError) as problem:
        raise Refusal.detail(400, f"Could not access URL: {type(problem).__name__}") from None


async def _place(services: Services, caller: Caller, name: str) -> str:
    """A place for a file of the caller's, written down as theirs."""

    def work(tables: Tables) -> str:
        kind = "private" if is_private(tables, caller) else "assets"
        tables.add(StoredAsset(id=f"{kind}/{name}", user_id=caller.user_id, org_id=caller.org_id))
        return f"{kind}/{name}"

    return await services.database.do(work)


def _own(request: web.Request) -> Callable[[Tables], Asset]:
    caller, asset_id = request[CALLER], request.match_info["asset_id"]

    def work(tables: Tables) -> Asset:
        asset = _found(tables, caller, asset_id) if validation.storable(asset_id) else None
        if asset is None:
            raise Refusal.detail(404, "Asset not found")
        return asset

    return work


def _found(tables: Tables, caller: Caller, asset_id: str) -> Asset | None:
    found = tables.find(Asset, f"{caller.own} AND asset_id = ?", caller.owner, asset_id)
    return found[0] if found else None


def _folder(tables: Tables, caller: Caller, path: str) -> Asset | None:
    found = tables.find(Asset, f"{caller.own} AND is_folder = 1 AND path = ?", caller.owner, path)
    return found[0] if found else None


def _need_folder(tables: Tables, caller: Caller, path: str) -> None:
    if path and _folder(tables, caller, path) is None:
        raise Refusal.detail(404, "Folder not found")


def _joined(parent: str, name: str) -> str:
    return f"{parent}/{name}" if parent else name


def _needed(request: web.Request, name: str) -> str:
    given = validation.query_text(request, name)
    if given is None:
        raise validation.refuse(validation.fault("missing", ["query", name], "Field required", None))
    if len(given) > _TEXT or not given.isprintable():
        message = f"Value error, it must be plain text of at most {_TEXT} characters"
        raise validation.refuse(validation.fault("value_error", ["query", name], message, None, error={}))
    return given


def _stored_at(url: str, base: str) -> str | None:
    """The place a link of this gateway leads to, such as ``assets/img_….png``."""
    match url.removeprefix(base).partition("?")[0].split("/"):
        case ["", "files", "assets" | "private" as kind, name] if url.startswith(f"{base}/"):
            return f"{kind}/{name}"
    return None


def _name_of(url: str) -> str:
    try:
        name = unquote(urlsplit(url).path.rpartition("/")[2])
    except ValueError:
        raise Refusal.detail(400, "Could not access URL: that is no address") from None
    return name if is_clean(name) else "download"


def routes() -> list[web.RouteDef]:
    """The paths of this module; the fixed ones before the one that would take them for an id."""
    return [
        web.post("/api/assets/folder", _create_folder),
        web.get("/api/assets", _list, allow_head=False),
        web.post("/api/assets/upload", _upload),
        web.get("/api/assets/presigned-url", _presign, allow_head=False),
        web.post("/api/assets/register", _register),
        web.get("/api/assets/search", _search, allow_head=False),
        web.post("/api/assets/add", _add_url),
        web.get("/api/assets/{asset_id}", _get, allow_head=False),
        web.patch("/api/assets/{asset_id}", _move),
        web.delete("/api/assets/{asset_id}", _delete),
    ]
