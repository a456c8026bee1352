"""The seam between the edge and whatever moves the bytes: aiohttp, or a user's own httpx client."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import attrs

from stationthis_sdk.errors import InvalidInput

__all__ = ["Incoming", "Outgoing", "Transport", "Upload"]


@attrs.frozen
class Upload:
    """A file on its way up as ``multipart/form-data``: bytes, or the path of a file that is streamed."""

    field: str
    filename: str
    mime: str
    content: bytes | Path = attrs.field(repr=False)

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[bytes | BinaryIO]:
        """The bytes, or the file, open and at its beginning at each try."""
        if isinstance(self.content, bytes):
            yield self.content
            return
        try:
            file = await asyncio.to_thread(self.content.open, "rb")
        except OSError as error:
            raise InvalidInput(f"{str(self.content)!r} can't be read any more: {error.strerror}.") from None
        try:
            yield file
        finally:
            await asyncio.to_thread(file.close)


@attrs.frozen
class Outgoing:
    """One HTTP request. ``url`` is absolute; timeouts are in seconds, None for none.

    ``bearer`` is kept apart from the headers so that no repr and no traceback shows it.
    """

    method: str
    url: str
    headers: Mapping[str, str] = attrs.field(factory=dict)
    body: bytes | None = attrs.field(default=None, repr=False)
    upload: Upload | None = None
    bearer: Any = attrs.field(default=None, repr=False)
    connect_timeout: float | None = 10.0
    read_timeout: float | None = 60.0
    total_timeout: float | None = None

    @property
    def host(self) -> str:
        """The host to name in messages, without a password."""
        return self.url.split("/", 3)[2].rpartition("@")[2]

    def all_headers(self) -> dict[str, str]:
        """The headers as they go out, the key included."""
        if self.bearer is None:
            return dict(self.headers)
        return {**self.headers, "Authorization": f"Bearer {self.bearer.reveal()}"}


class Incoming(Protocol):
    """An answer whose body has not been read yet."""

    @property
    def status(self) -> int:
        """HTTP's status code."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers, to be asked for in any case."""

    def chunks(self) -> AsyncIterator[bytes]:
        """The body, as it comes.

        Raises:
            ConnectionLost: it broke off.
            TimedOut: nothing came for longer than the read timeout; ``phase`` is read.
        """


class Transport(Protocol):
    """What the edge needs of an HTTP client: one request at a time, no redirects, no retries."""

    def open(self, request: Outgoing) -> AbstractAsyncContextManager[Incoming]:
        """Send a request; leaving the block ends the answer, read or not.

        Raises:
            ConnectionFailed: no connection was made; nothing was sent.
            ConnectionLost: it broke before an answer came.
            TimedOut: ``phase`` is connect (nothing was sent) or read.
        """

    async def aclose(self) -> None:
        """Close what belongs to the running loop."""
