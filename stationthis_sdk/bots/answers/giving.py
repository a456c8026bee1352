"""Giving an answer: in as many messages as it needs, its buttons on the last; the same for every platform."""

from typing import TYPE_CHECKING

from stationthis_sdk.bots.desk.sender import Impossible, NotSent, Unsure
from stationthis_sdk.bots.render.text import split
from stationthis_sdk.logs import logger, redact

if TYPE_CHECKING:
    from stationthis_sdk.bots.answers.reply import Reply
    from stationthis_sdk.bots.desk.sender import Sender
    from stationthis_sdk.bots.people import Place

__all__ = ["give"]


async def give(sender: "Sender", place: "Place", reply: "Reply") -> str | None:
    """Say it, and return the id of the last message; None when it could not be said, which is logged."""
    said = None
    utf16 = sender.limits.platform == "telegram"
    parts = split(reply.text, sender.limits.text, utf16=utf16) or ("…",)
    try:
        for number, part in enumerate(parts, start=1):
            buttons = reply.buttons if number == len(parts) else ()
            said = await sender.say(place, part, buttons, private=reply.private)
    except (NotSent, Unsure, Impossible) as error:
        logger("bots").warning("An answer did not arrive: %s", redact(str(error)))
        return None
    return said
