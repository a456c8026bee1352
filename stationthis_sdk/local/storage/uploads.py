"""Taking a file that a request brings: written to disk as it comes, refused as the service refuses it."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO, Final

import attrs
from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from stationthis_sdk.local.requests.responses import Refusal
from stationthis_sdk.local.requests.validation import fault, refuse
from stationthis_sdk.local.storage.file_store import FileStore, type_of_name
from stationthis_sdk.local.storage.unfinished import unfinished
from stationthis_sdk.local.strictness import strict

__all__ = ["UPLOAD_LIMIT", "Received", "TooLarge", "check_kind", "received_body", "received_file"]

UPLOAD_LIMIT: Final = 250 * 1024 * 1024
TOO_LARGE: Final = "File size exceeds 250MB limit"

_PATIENCE: Final = 4 * UPLOAD_LIMIT  # the service reads all of what is too large; so do we, within reason
_PIECE: Final = 1024 * 1024
_ALLOWED: Final = ("image/", "video/", "application/", "audio/")
_NAME_LIMIT: Final = 1024
_MOST_PARTS: Final = 1000
_UNREADABLE: Final = (ValueError, AssertionError, RecursionError, HttpProcessingError)
"""What aiohttp raises for a form that is none."""


@attrs.frozen
class Received:
    """A file that has arrived whole and has no place yet; it goes when it is given none."""

    path: Path
    name: str
    content_type: str
    size: int
    md5: str


class TooLarge(Exception):
    """More has come than may."""


def check_kind(content_type: str) -> None:
    """Raise the service's 400 for kinds it doesn't take, such as text."""
    if not content_type.startswith(_ALLOWED):
        raise Refusal.detail(400, "Unsupported file type")


@asynccontextmanager
async def received_file(request: web.Request, file_store: FileStore) -> AsyncIterator[Received]:
    """The file in the part called ``file`` of a form."""
    part = await _file_part(request)
    name = (part.filename or "").encode("utf-8", "replace").decode()
    if len(name) > _NAME_LIMIT:
        message = f"String should have at most {_NAME_LIMIT} characters"
        raise refuse(fault("string_too_long", ["body", "file"], message, name[:40], max_length=_NAME_LIMIT))
    content_type = type_of_name(name)
    if strict():
        check_kind(content_type)
    async with unfinished(file_store.begin) as (file, path):
        size, md5 = await _written(part, file)
        check_kind(content_type)
        if size > UPLOAD_LIMIT:
            raise Refusal.detail(400, TOO_LARGE)
        yield Received(path, name, content_type, size, md5)


@asynccontextmanager
async def received_body(request: web.Request, file_store: FileStore, limit: int) -> AsyncIterator[Received]:
    """The request's body as it is; raises TooLarge beyond ``limit`` bytes."""
    async with unfinished(file_store.begin) as (file, path):
        size, digest = 0, hashlib.md5(usedforsecurity=False)
        async for piece in request.content.iter_chunked(_PIECE):
            size += len(piece)
            if size > limit:
                raise TooLarge
            await asyncio.to_thread(_add, file, digest, piece)
        await asyncio.to_thread(file.close)
        yield Received(path, "", request.content_type, size, digest.hexdigest())


async def _file_part(request: web.Request) -> BodyPartReader:
    """The part called ``file``, which must be one with a file name; 422 otherwise."""
    missing = refuse(fault("missing", ["body", "file"], "Field required", None))
    if not request.content_type.startswith("multipart/"):
        raise missing
    try:
        seen = 0
        async for part in await request.multipart():
            seen += 1
            if seen > _MOST_PARTS:
                raise Refusal.detail(400, f"Too many fields. Maximum number of fields is {_MOST_PARTS}.")
            if isinstance(part, MultipartReader) or part is None or part.name != "file":
                continue
            if part.filename is None:
                message = "Value error, Expected UploadFile, received: <class 'str'>"
                given = (await part.read_chunk(1000)).decode("utf-8", "replace")
                raise refuse(fault("value_error", ["body", "file"], message, given, error={}))
            if part.filename == "":
                raise missing
            return part
    except _UNREADABLE as problem:
        raise Refusal.detail(400, "There was an error parsing the body") from problem
    raise missing


async def _written(part: BodyPartReader, file: BinaryIO) -> tuple[int, str]:
    """Write a part to disk as it comes; beyond the limit it is read on but no longer kept."""
    size, digest = 0, hashlib.md5(usedforsecurity=False)
    try:
        while piece := await part.read_chunk(_PIECE):
            size += len(piece)
            if size <= UPLOAD_LIMIT:
                await asyncio.to_thread(_add, file, digest, piece)
            elif strict() or size > _PATIENCE:
                break
    except _UNREADABLE as problem:
        raise Refusal.detail(400, "There was an error parsing the body") from problem
    await asyncio.to_thread(file.close)
    return size, digest.hexdigest()


def _add(file: BinaryIO, digest: "hashlib._Hash", piece: bytes) -> None:
    file.write(piece)
    digest.update(piece)
