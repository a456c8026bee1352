"""What became of a request to Telegram, told by the error that python-telegram-bot raised. Pure."""

from datetime import timedelta
from typing import Final

from telegram.error import (
    BadRequest,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from stationthis_sdk.bots.desk.sender import Impossible, NotSent, Unsure
from stationthis_sdk.logs import redact

__all__ = ["is_gone", "is_same", "seconds_of", "told"]

_NEVER_LEFT: Final = frozenset(
    {
        "ConnectError",
        "ConnectTimeout",
        "PoolTimeout",
        "ProxyError",
        "UnsupportedProtocol",
        "LocalProtocolError",
    }
)
_GONE: Final = ("message to delete not found", "message_id_invalid")


def told(error: Exception) -> NotSent | Unsure | Impossible:
    """Whether it may be sent again, may have arrived, or never will.

    >>> told(BadRequest("Not enough rights to send photos to the chat"))
    Impossible('Not enough rights to send photos to the chat')
    >>> told(NetworkError("Bad Gateway"))
    Unsure('Bad Gateway')
    """
    said = redact(str(error))
    if isinstance(error, RetryAfter):
        return NotSent("Telegram asked for a pause.", retry_after=seconds_of(error))
    if isinstance(error, BadRequest | Forbidden) or "too large" in said.lower():
        return Impossible(said)
    if isinstance(error, InvalidToken):
        return NotSent("Telegram does not take the bot's token.")
    if isinstance(error, NetworkError) and not _never_left(error):
        return Unsure(said)
    if isinstance(error, TelegramError) and not isinstance(error, NetworkError):
        return Impossible(said)
    return NotSent(said)


def seconds_of(error: RetryAfter) -> float:
    """How long Telegram wants to be left alone."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def is_gone(error: Exception) -> bool:
    """Whether a message that was to be taken away is gone already.

    >>> is_gone(BadRequest("Message to delete not found")), is_gone(BadRequest("Chat not found"))
    (True, False)
    """
    return isinstance(error, BadRequest) and any(text in str(error).lower() for text in _GONE)


def is_same(error: Exception) -> bool:
    """Whether a message that was to be changed says just that already; one that is gone says nothing.

    >>> is_same(BadRequest("Message is not modified: ...")), is_same(BadRequest("Message to edit not found"))
    (True, False)
    """
    return isinstance(error, BadRequest) and "message is not modified" in str(error).lower()


def _never_left(error: NetworkError) -> bool:
    """Whether the request did not leave this machine."""
    cause = error.__cause__
    return cause is not None and any(kind.__name__ in _NEVER_LEFT for kind in type(cause).__mro__)
