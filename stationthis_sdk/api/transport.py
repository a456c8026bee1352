"""The seam between the edge and whatever moves the bytes: aiohttp, or a user's own httpx client."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Protocol

import attrs

if TYPE_CHECKING:
    from stationthis_sdk.api.bodies import Slice, Upload

__all__ = ["Incoming", "Outgoing", "Transport"]


@attrs.define  # frozen, it would take as long to make as the rest of a request
class Outgoing:
    """One HTTP request, never changed. ``url`` is absolute; timeouts are in seconds, None for none.

    The body is ``body``, ``upload`` or ``stream``; with ``stream`` no header is added but the length and the host.
    ``bearer`` is kept apart from the headers so that no repr and no traceback shows it.
    """

    method: str
    url: str
    headers: Mapping[str, str] = attrs.field(factory=dict)
    body: bytes | None = attrs.field(default=None, repr=False)
    upload: "Upload | None" = None
    bearer: Any = attrs.field(default=None, repr=False)
    connect_timeout: float | None = 10.0
    read_timeout: float | None = 60.0
    total_timeout: float | None = None
    stream: "Slice | None" = None

    @property
    def host(self) -> str:
        """The host to name in messages, without a password."""
        return self.url.split("/", 3)[2].rpartition("@")[2]

    def all_headers(self, request_id: str = "") -> dict[str, str]:
        """The headers as they go out, the key included, and to whom that goes our name for the request."""
        if self.bearer is None:
            return dict(self.headers)
        return {**self.headers, "X-Request-Id": request_id, "Authorization": f"Bearer {self.bearer.reveal()}"}


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

    def open(self, request: Outgoing, request_id: str) -> AbstractAsyncContextManager[Incoming]:
        """Send a request under this name of ours; leaving the block ends the answer, read or not.

        Raises:
            ConnectionFailed: no connection was made; nothing was sent.
            ConnectionLost: it broke before an answer came.
            TimedOut: ``phase`` is connect (nothing was sent) or read.
        """

    async def aclose(self) -> None:
        """Close what belongs to the running loop."""
