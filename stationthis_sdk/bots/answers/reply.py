"""What a command is answered with, where it is no run: a text, buttons, or a form."""

import attrs

from stationthis_sdk.bots.render.steps import Button
from stationthis_sdk.shown import Shown

__all__ = ["Field", "Form", "Reply"]


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
