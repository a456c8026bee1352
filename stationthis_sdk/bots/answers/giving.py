"""Giving an answer: in as many messages as it needs, its buttons on the last; the same for every platform."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from stationthis_sdk.bots.desk.sender import Impossible, NotSent, Unsure
from stationthis_sdk.bots.render.text import split
from stationthis_sdk.logs import logger, redact

if TYPE_CHECKING:
    from stationthis_sdk.bots.answers.reply import Reply
    from stationthis_sdk.bots.desk.sender import Sender
    from stationthis_sdk.bots.people import Place

__all__ = ["give"]

Say: TypeAlias = Callable[..., Awaitable[str]]
"""As a sender's ``say``."""


async def give(sender: "Sender", place: "Place", reply: "Reply", say: Say | None = None) -> str | None:
    """Say it, by the sender's ``say`` unless another is given, and return the id of the last message; None when it could not be said, which is logged."""
    say, said = say or sender.say, None
    utf16 = sender.limits.platform == "telegram"
    parts = split(reply.text, sender.limits.text, utf16=utf16) or ("…",)
    try:
        for number, part in enumerate(parts, start=1):
            buttons = reply.buttons if number == len(parts) else ()
            said = await say(place, part, buttons, private=reply.private)
    except (NotSent, Unsure, Impossible) as error:
        logger("bots").warning("An answer did not arrive: %s", redact(str(error)))
        return None
    return said
