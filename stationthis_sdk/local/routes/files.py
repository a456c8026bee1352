"""Files: taking uploads, and serving stored ones without a key, like a public bucket."""

import asyncio
from pathlib import Path
from typing import BinaryIO, Final

from aiohttp import BodyPartReader, web

from stationthis_sdk.local.caller import CALLER
from stationthis_sdk.local.file_store import file_id, suffix_of, type_of_name
from stationthis_sdk.local.responses import Refusal, reply
from stationthis_sdk.local.rows.files import Upload
from stationthis_sdk.local.services import SERVICES
from stationthis_sdk.local.validation import fault, refuse

__all__ = ["UPLOAD_LIMIT", "routes"]

UPLOAD_LIMIT: Final = 250 * 1024 * 1024
_PATIENCE: Final = 4 * UPLOAD_LIMIT  # the service reads all of what is too large; so do we, within reason
_PIECE: Final = 1024 * 1024
_ALLOWED: Final = ("image/", "video/", "application/", "audio/")


async def _upload(request: web.Request) -> web.StreamResponse:
    services, caller = request.app[SERVICES], request[CALLER]
    part = await _file_part(request)
    name = part.filename or ""
    content_type = type_of_name(name)
    file, path = await asyncio.to_thread(services.file_store.begin)
    try:
        size = await _received(part, file)
        if not content_type.startswith(_ALLOWED):
            raise Refusal.detail(400, "Unsupported file type")
        if size > UPLOAD_LIMIT:
            raise Refusal.detail(400, "File size exceeds 250MB limit")
        row = Upload(
            id=(new_id := file_id(content_type)),
            user_id=caller.user_id,
            org_id=caller.org_id,
            name=name,
            stored=new_id + suffix_of(name),
        )
        await asyncio.to_thread(file.close)
        url = await asyncio.to_thread(services.file_store.keep, path, "inputs", row.stored)
    finally:
        await asyncio.to_thread(_clear, file, path)
    await services.database.do(lambda tables: tables.add(row))
    answer = {"message": "File uploaded successfully", "file_id": row.id, "file_name": name}
    return reply({**answer, "file_url": f"{services.base}{url}"})


def _clear(file: BinaryIO, path: Path) -> None:
    file.close()
    path.unlink(missing_ok=True)


async def _file_part(request: web.Request) -> BodyPartReader:
    """The part called ``file``, which must be one with a file name; 422 otherwise."""
    missing = refuse(fault("missing", ["body", "file"], "Field required", None))
    if not request.content_type.startswith("multipart/"):
        raise missing
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.name != "file":
                continue
            if part.filename is None:
                message = "Value error, Expected UploadFile, received: <class 'str'>"
                given = (await part.read_chunk(1000)).decode("utf-8", "replace")
                raise refuse(fault("value_error", ["body", "file"], message, given, error={}))
            if part.filename == "":
                raise missing
            return part
    except (ValueError, AssertionError) as problem:
        raise Refusal.detail(400, "There was an error parsing the body") from problem
    raise missing


async def _received(part: BodyPartReader, file: BinaryIO) -> int:
    """Write a part to disk as it comes; beyond the limit it is read on but no longer kept."""
    size = 0
    while piece := await part.read_chunk(_PIECE):
        size += len(piece)
        if size <= UPLOAD_LIMIT:
            await asyncio.to_thread(file.write, piece)
        elif size > _PATIENCE:
            break
    return size


async def _serve(request: web.Request) -> web.StreamResponse:
    kind, name = request.match_info["kind"], request.match_info["name"]
    path = await asyncio.to_thread(request.app[SERVICES].file_store.find, kind, name)
    if path is None:
        raise Refusal.detail(404, "Not Found")
    return web.FileResponse(
        path,
        headers={
            "Content-Type": type_of_name(name),
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox",  # an uploaded page or SVG must not act for the gateway's origin
        },
    )


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    return [web.post("/api/file/upload", _upload), web.get("/files/{kind}/{name}", _serve)]
