"""What Discord's errors mean for what was being sent: not sent, perhaps sent, or never to be."""

from typing import Final

import discord

from stationthis_sdk.bots.desk.sender import Closed, Impossible, NotSent, Unsure
from stationthis_sdk.logs import logger

__all__ = ["NO_ACCESS", "code_of", "outcome_of"]

NO_ACCESS: Final = frozenset({10003, 50001, 50007, 50013})
"""Unknown channel, missing access, can't write to this user, missing permissions."""
_SAYS: Final = {
    10003: "the channel is gone",
    40005: "the file is too large for this server",
    50001: "the bot can't see this channel",
    50007: "this user takes no direct messages from the bot",
    50013: "the bot has no right to write here",
}


def outcome_of(error: Exception, *, again: bool = False) -> Exception:
    """What a sender raises for an error of discord.py. ``again``: it does no harm to send it twice.

    Only what is said by Discord itself is certain: a lost connection may have lost the answer alone.
    """
    if isinstance(error, NotSent | Unsure | Impossible):
        return error
    if isinstance(error, discord.RateLimited):
        return NotSent("Discord asks to wait", error.retry_after)
    if isinstance(error, discord.HTTPException):
        return _refused(error, again=again)
    if isinstance(error, ValueError | TypeError):
        logger("bots").error("This can't be sent to Discord.", exc_info=error)
        return Impossible("it can't be sent to Discord")
    never_left = any(one.__name__ == "ClientConnectorError" for one in type(error).__mro__)
    if again or never_left or (isinstance(error, RuntimeError) and "closed" in str(error)):
        return NotSent(f"Discord was not reached ({type(error).__name__})")
    return Unsure(f"Discord's answer was lost ({type(error).__name__})")


def code_of(error: Exception) -> int | None:
    """Discord's own code for a refusal."""
    return error.code if isinstance(error, discord.HTTPException) else None


def _refused(error: discord.HTTPException, *, again: bool) -> Exception:
    if error.status == 429:
        return NotSent("Discord asks to wait", _seconds(error.response.headers.get("Retry-After")))
    if error.status == 401 and error.code == 0:
        return NotSent("Discord does not know the bot's token any more")
    if error.status >= 500:
        told = f"Discord answered {error.status}"
        return NotSent(told) if again else Unsure(told)
    kind = Closed if error.code in NO_ACCESS else Impossible
    return kind(_SAYS.get(error.code) or f"Discord refused it: {error.text or error.status}")


def _seconds(header: str | None) -> float | None:
    try:
        return float(header) if header else None
    except ValueError:
        return None
