"""Logs of runs: as they are written, and as they are kept afterwards."""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any, Final

import orjson
from comfydeploy_client.api.logs import logs_archived, logs_stream

from stationthis_sdk.api.calls.family import Family
from stationthis_sdk.api.calls.reading import text
from stationthis_sdk.api.events import ServerEvent, events_in
from stationthis_sdk.entities import LogLine, parse_time
from stationthis_sdk.errors import ConnectionLost, StationThisError
from stationthis_sdk.logs import redact

__all__ = ["WEBHOOK", "LogCalls"]

WEBHOOK: Final = "webhook"
"""The level of lines about a delivery."""
_WHOLE: Final = "stream_complete"
_STRAY: Final = "__END__"
_LONGEST: Final = 20_000
Repeatable = Callable[[StationThisError], bool]


class LogCalls(Family):
    """Logs that one account may read."""

    @contextlib.asynccontextmanager
    async def stream(
        self, run_id: str, *, repeatable: Repeatable | None = None
    ) -> AsyncIterator[AsyncGenerator[LogLine]]:
        """The lines of a run, from the first on, until it has ended: what is there at once, the rest as it comes.

        Raises:
            ConnectionLost: it broke off before its end; opened again it begins anew.
            TimedOut: no line came for longer than the read limit; that may well be.
        """
        async with (
            self.edge.stream(logs_stream, run_id=run_id, repeatable=repeatable) as answer,
            contextlib.aclosing(_told(answer.chunks(), run_id)) as lines,
        ):
            yield lines

    async def archived(self, run_id: str, *, repeatable: Repeatable | None = None) -> list[LogLine]:
        """The lines of a run that ended half a minute ago or earlier; none before."""
        return await self.edge.call(logs_archived, run_id, into=_lines, repeatable=repeatable)


async def _told(chunks: AsyncIterator[bytes], run_id: str) -> AsyncGenerator[LogLine]:
    async for event in events_in(chunks):
        told = _json(event)
        if isinstance(told, dict) and told.get("type") == _WHOLE:
            return
        if (line := _line(event, told)) is not None:
            yield line
    raise ConnectionLost(f"The log of run {run_id} broke off.", run_id=run_id)


def _json(event: ServerEvent) -> Any:
    try:
        return orjson.loads(event.data)
    except orjson.JSONDecodeError:
        return None


def _line(event: ServerEvent, told: Any) -> LogLine | None:
    """What an event says; text that is no JSON is a line, too, and of one that was cut its beginning is."""
    if not isinstance(told, dict):
        return _made(None, None, event.data) if told is None else None
    message = told.get("message")
    if message is None:
        return None
    return _made(told.get("timestamp"), told.get("level"), message)


def _lines(answer: Any) -> list[LogLine]:
    """The archive's lines; it has no levels."""
    found = (_made(one.timestamp, None, one.log) for one in answer or () if text(one.log) is not None)
    return [line for line in found if line is not None]


def _made(time: Any, level: Any, message: Any) -> LogLine | None:
    message = message if isinstance(message, str) else str(message)
    if message.strip() == _STRAY:
        return None
    level = text(level) or (WEBHOOK if _is_delivery(message) else "info")
    said = redact(message[: _LONGEST + 1000])  # before it is cut, so that no half of a key is left
    if len(message) > _LONGEST:
        said = f"{said[:_LONGEST]}… ({len(message)} characters)"
    return LogLine(parse_time(time), level[:40].lower(), said)


def _is_delivery(message: str) -> bool:
    """Whether a line without a level tells of a webhook."""
    return message.startswith("{") and '"event_type"' in message and '"run_id"' in message
