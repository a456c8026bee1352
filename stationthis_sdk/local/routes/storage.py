"""The files themselves, like a bucket: read without a key, put by signed links, refused in S3's words."""

import asyncio
import secrets
from typing import Final
from xml.sax.saxutils import escape

from aiohttp import web

from stationthis_sdk.local.services import SERVICES
from stationthis_sdk.local.storage.file_store import type_of_name
from stationthis_sdk.local.storage.links import Denied
from stationthis_sdk.local.storage.object_store import PartWrong, UploadUnknown
from stationthis_sdk.local.storage.uploads import UPLOAD_LIMIT, TooLarge, received_body
from stationthis_sdk.local.volumes.downloads import MODEL_LIMIT

__all__ = ["routes"]

_NOTHING: Final = Denied("NoSuchKey", "The specified key does not exist.", 404)


async def _read(request: web.Request) -> web.StreamResponse:
    kind, name = request.match_info["kind"], request.match_info["name"]
    store = request.app[SERVICES].file_store
    if kind == "private":
        try:
            store.links.check(request.method, request.path, request.query, request.headers)
        except Denied as denied:
            return _told(denied)
    path = await asyncio.to_thread(store.find, kind, name)
    if path is None:
        return _told(_NOTHING)
    return web.FileResponse(
        path,
        headers={
            "Content-Type": type_of_name(name),
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox",  # an uploaded page or SVG must not act for the gateway's origin
        },
    )


async def _put(request: web.Request) -> web.StreamResponse:
    """A file of an asset, whole."""
    kind, name = request.match_info["kind"], request.match_info["name"]
    store = request.app[SERVICES].file_store
    try:
        store.links.check("PUT", request.path, request.query, request.headers)
        limit = _limit(request, UPLOAD_LIMIT)
        async with received_body(request, store, limit) as received:
            _check_size(request, received.size)
            await asyncio.to_thread(store.keep, received.path, kind, name)
    except Denied as denied:
        return _told(denied)
    except TooLarge:
        return _told(_too_large(limit))
    return web.Response(headers={"ETag": f'"{received.md5}"'})


async def _put_object(request: web.Request) -> web.StreamResponse:
    """A file for a volume, whole or one part of it."""
    services = request.app[SERVICES]
    store, objects = services.file_store, services.objects
    key = request.path.removeprefix("/files/")
    try:
        store.links.check("PUT", request.path, request.query, request.headers)
        limit = _limit(request, MODEL_LIMIT)
        async with received_body(request, store, limit) as received:
            _check_size(request, received.size)
            upload_id = request.query.get("uploadId")
            if upload_id:
                number = int(request.query["partNumber"])
                await asyncio.to_thread(objects.put_part, received.path, key, upload_id, number, received.md5)
            else:
                await asyncio.to_thread(objects.put, received.path, key)
    except Denied as denied:
        return _told(denied)
    except TooLarge:
        return _told(_too_large(limit))
    except UploadUnknown as problem:
        return _told(Denied("NoSuchUpload", str(problem), 404))
    except PartWrong as problem:
        return _told(Denied("InvalidArgument", str(problem), 400))
    return web.Response(headers={"ETag": f'"{received.md5}"'})


def _limit(request: web.Request, most: int) -> int:
    """The bytes that may come; raises Denied when more were announced."""
    size = request.query.get("size")
    limit = min(int(size), most) if size else most
    if request.content_length is not None and request.content_length > limit:
        raise _too_large(limit)
    return limit


def _check_size(request: web.Request, got: int) -> None:
    size = request.query.get("size")
    if size and got != int(size):
        raise Denied("IncompleteBody", f"The link is for {size} bytes; {got} have come.", 400)


def _too_large(limit: int) -> Denied:
    return Denied("EntityTooLarge", f"At most {limit} bytes may be put here.", 400)


def _told(denied: Denied) -> web.Response:
    fields = {
        "Code": denied.code,
        "Message": denied.message,
        **denied.more,
        "RequestId": secrets.token_hex(8).upper(),
    }
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in fields.items())
    return web.Response(
        text=f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inner}</Error>',
        status=denied.status,
        content_type="application/xml",
    )


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    return [
        web.get("/files/{kind}/{name}", _read),
        web.put("/files/{kind:assets|private}/{name}", _put),
        web.put("/files/temp-uploads/{owner}/{id}/{name}", _put_object),
    ]
