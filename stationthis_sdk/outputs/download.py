"""Fetching a file: whole, checked, resumed where it broke off, its dead link renewed once."""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import attrs

from stationthis_sdk.api.edge import Edge
from stationthis_sdk.api.retries import tried
from stationthis_sdk.api.transport import Incoming
from stationthis_sdk.errors import (
    ApiError,
    ConnectionLost,
    DownloadFailed,
    RateLimited,
    SaveFailed,
    ServerError,
    StationThisError,
)

__all__ = ["Download", "Hashed"]

# A file that drips slower than this, once it had a minute, is given up.
PACE_SECONDS: Final = 60.0
PACE_BYTES: Final = 1024
ATTEMPTS: Final = 5
_WRITE_SIZE: Final = 1 << 20
_GONE: Final = frozenset({401, 403, 404, 410})


class Hashed:
    """Writes and hashes at once, and can begin again."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.size = 0
        self.digest = hashlib.sha256()

    def write(self, content: bytes) -> None:
        """Add to the end."""
        self._file.write(content)
        self.digest.update(content)
        self.size += len(content)

    def start_over(self) -> None:
        """Forget what was written."""
        self._file.seek(0)
        self._file.truncate()
        self.size = 0
        self.digest = hashlib.sha256()


@attrs.define
class Download:
    """One file on its way. ``what`` is how messages call it, ``renew`` gives a fresh link in place of a dead one."""

    edge: Edge
    url: str
    what: str
    renew: Callable[[], Awaitable[str | None]]
    max_bytes: int
    _validator: str | None = None
    """What the server calls this version of the file: only the very same one may be continued (RFC 9110, 13.1.5)."""
    _total: int | None = None
    _renewed: bool = False

    async def into(self, target: Hashed) -> None:
        """Fetch all of it.

        Raises:
            DownloadFailed: too large, too slow, or the file became another on the way.
            StationThisError: it could not be fetched, whatever was tried.
        """
        await tried(lambda: self._fetched(target), _worth_repeating, attempts=ATTEMPTS)

    async def _fetched(self, target: Hashed) -> None:
        """Fetch it; by a fresh link once, where the one at hand is dead."""
        try:
            return await self._go_on(target)
        except ApiError as error:
            if self._renewed or error.status not in _GONE or (fresh := await self.renew()) is None:
                raise
            self._renewed = True
            self.url = fresh
            return await self._go_on(target)

    async def _go_on(self, target: Hashed) -> None:
        """From where it broke off, when the server can tell that it is the same file; else from the beginning."""
        headers = {"Accept-Encoding": "identity"}
        if target.size and self._validator:
            headers |= {"Range": f"bytes={target.size}-", "If-Range": self._validator}
        async with self.edge.download(self.url, headers=headers) as answer:
            if not self._continues(answer, target.size):
                if answer.status not in {200, 206, 416}:
                    raise _refusal(answer)
                if answer.status != 200:
                    # An answer to what was not asked: the file is another by now, or shorter.
                    self._validator = None
                    await asyncio.to_thread(target.start_over)
                    raise ConnectionLost("The file changed while it was fetched.")
                if target.size:
                    await asyncio.to_thread(target.start_over)
                # Packed on the way in spite of what was asked: neither lengths nor places mean the file's.
                packed = answer.headers.get("Content-Encoding", "identity").lower() != "identity"
                self._validator = None if packed else _validator_of(answer.headers)
                self._total = None if packed else _number(answer.headers.get("Content-Length"))
            self._check_size(self._total or 0)
            await self._read(answer, target)
        if self._total is not None and target.size != self._total:
            raise ConnectionLost(f"{target.size:,} of {self._total:,} bytes came.")

    def _continues(self, answer: Incoming, size: int) -> bool:
        """Whether this answer is what comes after the bytes that are there."""
        told = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", answer.headers.get("Content-Range", "").strip())
        if answer.status != 206 or told is None or not size:
            return False
        return int(told[1]) == size and told[3] in {"*", str(self._total)}

    async def _read(self, answer: Incoming, target: Hashed) -> None:
        clock = asyncio.get_running_loop().time
        started, size, pending = clock(), 0, bytearray()
        try:
            async for chunk in answer.chunks():
                size += len(chunk)
                if clock() - started > PACE_SECONDS and size < PACE_BYTES * (clock() - started):
                    raise DownloadFailed(
                        f"{self.what} comes too slowly: {size:,} bytes in {clock() - started:.0f} s."
                    )
                pending += chunk
                self._check_size(target.size + len(pending))
                if len(pending) >= _WRITE_SIZE:
                    await asyncio.to_thread(target.write, bytes(pending))
                    pending.clear()
        except StationThisError as error:
            if error.retryable and pending:
                await asyncio.to_thread(target.write, bytes(pending))  # the next try goes on from here
            raise
        if pending:
            await asyncio.to_thread(target.write, bytes(pending))

    def _check_size(self, size: int) -> None:
        if size > self.max_bytes:
            raise DownloadFailed(
                f"{self.what} is larger than {self.max_bytes:,} bytes; allow more with max_bytes=…"
            )


def _validator_of(headers: Mapping[str, str]) -> str | None:
    """A strong ETag, else a date; a weak one says nothing of the bytes."""
    etag = headers.get("ETag", "")
    if etag and not etag.startswith("W/"):
        return etag
    return headers.get("Last-Modified")


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"\d{1,18}", text.strip()) else None


def _refusal(answer: Incoming) -> ApiError:
    if answer.status == 429:
        kind: type[ApiError] = RateLimited
    else:
        kind = ServerError if answer.status >= 500 else ApiError
    return kind(f"The file's address answered {answer.status}.", status=answer.status)


def _worth_repeating(error: Exception) -> bool:
    if not isinstance(error, StationThisError) or isinstance(error, DownloadFailed | SaveFailed):
        return False
    return error.retryable
