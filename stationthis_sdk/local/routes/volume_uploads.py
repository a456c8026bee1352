"""Links to upload files for a volume, whole or in parts."""

import asyncio
from typing import Any

from aiohttp import web

from stationthis_sdk.local.requests import validation
from stationthis_sdk.local.requests.caller import CALLER
from stationthis_sdk.local.requests.responses import Refusal, reply
from stationthis_sdk.local.services import SERVICES
from stationthis_sdk.local.storage.object_store import PartWrong, UploadUnknown, part_size
from stationthis_sdk.local.strictness import strict

__all__ = ["routes"]

_TEXT = 4096
_SIZE = 2**53


async def _upload_url(request: web.Request) -> web.StreamResponse:
    services = request.app[SERVICES]
    filename, content_type, size = await _described(request)
    key = services.objects.new_key(request[CALLER], filename)
    signed = services.file_store.links.signed(
        "PUT",
        f"/files/{key}",
        headers={"content-type": content_type},
        more={"size": str(size)} if strict() else {},
    )
    return reply({"uploadUrl": services.base + signed, "objectKey": key})


async def _start(request: web.Request) -> web.StreamResponse:
    services = request.app[SERVICES]
    filename, _, size = await _described(request)
    key = services.objects.new_key(request[CALLER], filename)
    upload_id = await asyncio.to_thread(services.objects.begin, key)
    return reply({"uploadId": upload_id, "key": key, "partSize": part_size(size)})


async def _described(request: web.Request) -> tuple[str, str, int]:
    body = await validation.json_body(request)
    filename, content_type = (
        body.text(name, required=True, limit=_TEXT) or "" for name in ("filename", "contentType")
    )
    size = body.integer("size", required=True, minimum=0, maximum=_SIZE) or 0
    body.check()
    for name, text in (("filename", filename), ("contentType", content_type)):
        if not text.isprintable():
            message = "Value error, a character of it can't be kept"
            raise validation.refuse(validation.fault("value_error", ["body", name], message, None, error={}))
    return filename, content_type, size


async def _part_url(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    key, upload_id = _named(request, body)
    number = body.integer("partNumber", required=True, minimum=0, maximum=2**31) or 0
    body.check()
    _own(request, key)
    services = request.app[SERVICES]
    more = {"partNumber": str(number), "uploadId": upload_id}
    return reply(
        {"uploadUrl": services.base + services.file_store.links.signed("PUT", f"/files/{key}", more=more)}
    )


async def _complete(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    key, upload_id = _named(request, body)
    given = body.array("parts", required=True) or []
    body.check()
    parts = [_part(place, part) for place, part in enumerate(given)]
    _own(request, key)
    objects = request.app[SERVICES].objects
    try:
        await asyncio.to_thread(objects.complete, key, upload_id, parts)
    except (UploadUnknown, PartWrong) as problem:
        raise _fault(problem) from problem
    return reply({"status": "ok", "key": key})


async def _abort(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    key, upload_id = _named(request, body)
    body.check()
    _own(request, key)
    try:
        await asyncio.to_thread(request.app[SERVICES].objects.abort, key, upload_id)
    except UploadUnknown as problem:
        raise _fault(problem) from problem
    return reply({"status": "aborted"})


def _named(request: web.Request, body: validation.Body) -> tuple[str, str]:
    _ = request
    return (
        body.text("key", required=True, limit=_TEXT) or "",
        body.text("uploadId", required=True, limit=_TEXT) or "",
    )


def _own(request: web.Request, key: str) -> None:
    """Nobody gets links into what others upload, whether or not it is there."""
    if not request.app[SERVICES].objects.owns(request[CALLER], key):
        raise Refusal.detail(403, "The key is not one of yours")


def _part(place: int, given: Any) -> tuple[int, str]:
    loc: list[str | int] = ["body", "parts", place]
    if not isinstance(given, dict):
        message = "Input should be a valid dictionary or object to extract fields from"
        raise validation.refuse(validation.fault("model_attributes_type", loc, message, given))
    part = validation.Body(given)
    number = part.integer("partNumber", required=True)
    etag = part.text("eTag", required=True, limit=200)
    try:
        part.check()
    except Refusal as refusal:
        for fault in refusal.body["detail"]:
            fault["loc"][1:1] = ["parts", place]
        raise
    return number or 0, etag or ""


def _fault(problem: Exception) -> Exception:
    """A fault inside, as in the service; a strict gateway says what is wrong."""
    if strict():
        return validation.refuse(
            validation.fault("value_error", ["body"], f"Value error, {problem}", None, error={})
        )
    return ValueError(str(problem))


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    return [
        web.post("/api/volume/file/generate-upload-url", _upload_url),
        web.post("/api/volume/file/initiate-multipart-upload", _start),
        web.post("/api/volume/file/generate-part-upload-url", _part_url),
        web.post("/api/volume/file/complete-multipart-upload", _complete),
        web.post("/api/volume/file/abort-multipart-upload", _abort),
    ]
