"""Updates that are too old to be acted upon: a bot that was away gets them all at once when it is back."""

import time
from datetime import UTC, datetime
from typing import Final

from stationthis_sdk.errors import InvalidInput

__all__ = ["STALE_AFTER", "is_stale"]

STALE_AFTER: Final = 15 * 60.0
"""Seconds after which nobody waits for an answer any more."""


def is_stale(sent: datetime | float, *, after: float = STALE_AFTER, now: float | None = None) -> bool:
    """Whether a message or command was sent so long ago that it is to be dropped; a clock that is behind makes none stale.

    ``sent`` is aware, or seconds since 1970 as Telegram tells (``message.date``); ``after`` is in seconds. A button keeps
    working however old its message is: ask when it was pressed, which only the update itself can tell.

    Raises:
        InvalidInput: ``sent`` is a time without a zone, which may mean anything.

    >>> is_stale(1_700_000_000, now=1_700_000_899.0), is_stale(1_700_000_000, now=1_700_000_901.0)
    (False, True)
    """
    if isinstance(sent, datetime):
        if sent.tzinfo is None:
            raise InvalidInput(f"{sent!r} has no time zone: use sent.replace(tzinfo=UTC) if it is UTC.")
        sent = sent.astimezone(UTC).timestamp()
    return (time.time() if now is None else now) - sent > after
