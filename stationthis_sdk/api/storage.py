"""Putting bytes where a signed URL leads: to storage, which is not the service and must not see its key."""

import asyncio
import contextlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import attrs

from stationthis_sdk.api.bodies import Slice
from stationthis_sdk.api.edge import UPLOAD_SECONDS, Edge
from stationthis_sdk.api.transport import Incoming, Outgoing
from stationthis_sdk.errors import TimedOut, UnexpectedResponse

__all__ = ["Stored", "put_to_storage"]

_MOST_SAID: Final = 65536
_CODE: Final = re.compile(rb"<Code>([A-Za-z0-9]{1,64})</Code>")


@attrs.frozen
class Stored:
    """What storage made of a PUT: HTTP's status, the ETag it gave, and its own word for a refusal."""

    status: int
    etag: str | None = None
    code: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the bytes are there."""
        return 200 <= self.status < 300

    @property
    def expired(self) -> bool:
        """Whether a new link may do: S3 says 403 to one that is too old, others 400, 401 or 410."""
        return self.status in {401, 403, 410} or (self.status == 400 and self.code == "ExpiredToken")

    @property
    def busy(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in {408, 425, 429} or self.status >= 500 or self.code == "RequestTimeout"


async def put_to_storage(
    edge: Edge,
    url: str,
    content: bytes | Path,
    *,
    headers: Mapping[str, str] | None = None,
    offset: int = 0,
    size: int | None = None,
    told: Callable[[int], object] | None = None,
) -> Stored:
    """PUT bytes, a file or ``size`` bytes of a file from ``offset``, as the signed URL wants it; never repeated.

    Exactly these ``headers`` go out, besides the length and the host: no key. Redirects are not followed. The
    caller judges the status. ``told`` hears of the bytes on their way. A file is read as it is sent, so that a big
    one takes no memory. Only the URL without its query is shown anywhere.

    Raises:
        InvalidInput: the file is gone, or shorter by now.
        ConnectionFailed: nothing was sent.
        ConnectionLost: it broke off.
        TimedOut: nothing moved for longer than the read limit.
        UnexpectedResponse: the URL is none.
    """
    host = _host(url)
    if size is None:
        whole = (
            len(content) if isinstance(content, bytes) else (await asyncio.to_thread(content.stat)).st_size
        )
        size = whole - offset
    patience = edge.timeouts.read
    loop = asyncio.get_running_loop()
    deadline = asyncio.timeout(None)

    def moved(count: int) -> None:
        if patience is not None:
            # Twice: what was handed over last may still be on its way when the answer is waited for.
            with contextlib.suppress(RuntimeError):  # a transport in a thread may tell of it late
                deadline.reschedule(loop.time() + 2 * patience)
        if told is not None:
            told(count)

    def taken(count: int) -> None:
        loop.call_soon_threadsafe(moved, count)

    request = Outgoing(
        "PUT",
        url,
        {**(headers or {}), "Content-Length": str(size)},
        stream=Slice(content, offset, size, taken),
        connect_timeout=edge.timeouts.connect,
        read_timeout=patience,
        total_timeout=UPLOAD_SECONDS,
    )
    try:
        async with deadline, edge._exchange(request) as sending:  # noqa: SLF001 - its notes, log and breaker
            answer = sending.answer
            return Stored(answer.status, answer.headers.get("ETag"), await _code(answer))
    except TimeoutError as error:
        if isinstance(error, TimedOut):
            raise
        raise TimedOut(f"{host} took no bytes for {patience:g} s.", phase="read", limit=patience) from None


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0:
            return parts.hostname
    except ValueError:
        pass
    raise UnexpectedResponse("The service gave something for an upload that is no web address.")


async def _code(answer: Incoming) -> str | None:
    """S3's word for what is wrong; the body is read to its end, so that the connection can be used again."""
    said = b""
    async for chunk in answer.chunks():
        said += chunk
        if len(said) > _MOST_SAID:
            break
    found = _CODE.search(said)
    return found[1].decode() if found else None
