"""Fetching what is to be uploaded, from an address that is not the service's: without the key, bounded."""

import asyncio
import re
from typing import Final
from urllib.parse import urlsplit

from stationthis_sdk.api.edge import UPLOAD_SECONDS, Edge
from stationthis_sdk.api.retries import tried
from stationthis_sdk.entities import Media, WebFile
from stationthis_sdk.errors import (
    ConnectionFailed,
    ConnectionLost,
    DownloadFailed,
    InvalidInput,
    StationThisError,
    TimedOut,
    UnexpectedResponse,
)
from stationthis_sdk.inputs.media import MAX_UPLOAD_BYTES, holds_token, media_from, too_large
from stationthis_sdk.inputs.spool import Spool

__all__ = ["fetch", "is_there"]

ATTEMPTS: Final = 3
_WRITE_SIZE: Final = 1 << 20
_PAGE: Final = re.compile(rb"\s*<(!doctype\s+html|html[\s>])", re.IGNORECASE)
_BUSY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


async def fetch(edge: Edge, media: Media, *, most: int = MAX_UPLOAD_BYTES) -> Media:
    """The file behind a ``WebFile``, as what it is; of more than ``most`` bytes no more is read.

    Only the host is ever named: the rest of such an address may be a secret.

    Raises:
        InvalidInput: there is no such file, it is too large, or of another kind than is wanted.
        DownloadFailed: it could not be fetched now.
    """
    web: WebFile = media.content
    host = _host(web.url)
    spool = Spool(most, lambda: _larger(host, most))
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            await tried(lambda: _into(edge, web.url, host, spool, most), _worth_repeating, attempts=ATTEMPTS)
        return await asyncio.to_thread(_media_of, spool, media.filename, web.kind, host)
    except (ConnectionFailed, ConnectionLost, TimedOut, UnexpectedResponse) as error:
        spool.close()
        raise DownloadFailed(
            f"The file at {host} can't be fetched: {error.message}", request=error.request
        ) from None
    except TimeoutError:
        spool.close()
        raise DownloadFailed(f"The file at {host} takes too long to fetch.") from None
    except BaseException:
        spool.close()
        raise


async def is_there(edge: Edge, url: str, size: int | None) -> bool:
    """Whether a file is still behind a public address, with as many bytes; False when nobody can tell."""
    try:
        async with edge.download(url, headers={"Range": "bytes=0-0"}) as answer:
            told = re.fullmatch(r"bytes 0-0/(\d{1,18})", answer.headers.get("Content-Range", "").strip())
            if answer.status == 206 and told and size is not None:
                return int(told[1]) == size
            return 200 <= answer.status < 300
    except StationThisError:
        return False


def _larger(host: str, most: int, size: int | None = None) -> str:
    if most == MAX_UPLOAD_BYTES:
        return too_large(f"the file at {host}", size)
    return f"the file at {host} has more than {most >> 20} MiB"


async def _into(edge: Edge, url: str, host: str, spool: Spool, most: int) -> None:
    await asyncio.to_thread(_start_over, spool)
    async with edge.download(url, headers={"Accept-Encoding": "identity"}) as answer:
        if answer.status in _BUSY:
            raise DownloadFailed(f"The file at {host} can't be fetched: it answered {answer.status}.")
        if not 200 <= answer.status < 300:
            hint = (
                " A Telegram link is good for an hour: ask getFile for a new one." if holds_token(url) else ""
            )
            raise InvalidInput(
                f"There is no file at that address of {host}: it answered {answer.status}.{hint}"
            )
        announced = answer.headers.get("Content-Length", "")
        length = int(announced) if re.fullmatch(r"\d{1,18}", announced) else None
        if length is not None and length > most:
            raise InvalidInput(_larger(host, most, length))
        pending = bytearray()
        async for chunk in answer.chunks():
            pending += chunk
            if len(pending) >= _WRITE_SIZE:
                await asyncio.to_thread(spool.write, bytes(pending))
                pending.clear()
        await asyncio.to_thread(spool.write, bytes(pending))
    packed = answer.headers.get("Content-Encoding", "identity").lower() != "identity"
    if length is not None and spool.size != length and not packed:
        raise ConnectionLost(f"{spool.size:,} of {length:,} bytes came.")


def _start_over(spool: Spool) -> None:
    spool.seek(0)
    spool.truncate()


def _media_of(spool: Spool, name: str, kind: str, host: str) -> Media:
    content = spool.content()
    if isinstance(content, bytes):
        head = content[:512]
    else:
        with content.open("rb") as file:
            head = file.read(512)
    if _PAGE.match(head):
        raise InvalidInput(f"What {host} has at that address is a web page, not a file.")
    return media_from(content, name or "file", kind, keeper=spool.keeper)


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        if parts.hostname and parts.port != 0:
            return parts.hostname
    except ValueError:
        pass
    raise InvalidInput("That is no web address that can be fetched.")


def _worth_repeating(error: Exception) -> bool:
    return isinstance(error, StationThisError) and error.retryable
