"""What a command is answered with, where it is no run: a text, buttons, or a form; and giving it."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

import attrs

from stationthis_sdk.bots.desk.sender import Impossible, NotSent, Unsure
from stationthis_sdk.bots.render.steps import Button
from stationthis_sdk.bots.render.text import split
from stationthis_sdk.logs import logger, redact
from stationthis_sdk.shown import Shown

if TYPE_CHECKING:
    from stationthis_sdk.bots.desk.sender import Sender
    from stationthis_sdk.bots.people import Place

__all__ = ["Field", "Form", "Reply", "give"]

Say: TypeAlias = Callable[..., Awaitable[str]]
"""As a sender's ``say``."""


@attrs.frozen
class Field(Shown):
    """One line of a form: an input, what it says now, and whether it is long."""

    name: str
    label: str
    value: str = ""
    long: bool = False
    required: bool = False


@attrs.frozen
class Form(Shown):
    """A form about a job: Discord shows it (five fields at the most); Telegram asks for ``name=value`` words as a reply."""

    job: str
    title: str
    fields: tuple[Field, ...] = ()


@attrs.frozen
class Reply(Shown):
    """An answer. ``private``: only who asked should read it. ``code``: the product's word for what went wrong, if anything.

    ``asks``: something is missing or wrong, and nothing was begun: who answers with it need not say all again.
    """

    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    private: bool = False
    form: Form | None = None
    code: str | None = None
    asks: bool = False


async def give(sender: "Sender", place: "Place", reply: Reply, say: Say | None = None) -> str | None:
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
