"""Event streams: the service's frames as they come. The stream just ends; what ends a run is read elsewhere."""

import codecs
from collections.abc import AsyncIterator
from typing import Any

import attrs
import httpx_sse
import orjson

from stationthis_sdk.errors import UnexpectedResponse

__all__ = ["ServerEvent", "read_events"]


@attrs.frozen
class ServerEvent:
    """One frame: ``kind`` is event_update, log_update or message; ``data`` is its JSON."""

    kind: str
    data: Any


async def read_events(chunks: AsyncIterator[bytes]) -> AsyncIterator[ServerEvent]:
    """Decode ``text/event-stream`` (WHATWG HTML, section 9.2); frames that are no JSON are passed over."""
    try:
        async for frame in httpx_sse.EventSource(_Source(chunks)).aiter_sse():  # type: ignore[arg-type]
            try:
                yield ServerEvent(frame.event or "message", orjson.loads(frame.data))
            except orjson.JSONDecodeError:
                continue
    except httpx_sse.SSEError as error:
        raise UnexpectedResponse(f"An event stream could not be read: {error}") from None


class _Source:
    """What httpx-sse wants of a response: its type and its text."""

    headers = {"content-type": "text/event-stream"}  # noqa: RUF012 - read only

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks

    async def aiter_text(self) -> AsyncIterator[str]:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        async for chunk in self._chunks:
            yield decoder.decode(chunk)
