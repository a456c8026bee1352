"""Answering an interaction: acknowledged within three seconds whatever it needs, then said, asked for or taken away."""

import asyncio
from collections.abc import Awaitable
from typing import Any, Final, Literal

import discord

from stationthis_sdk.bots.answers.reply import Form, Reply, give
from stationthis_sdk.bots.discord.opened import AnyInteraction, Opened
from stationthis_sdk.bots.discord.reading import said_in
from stationthis_sdk.bots.discord.refusals import code_of
from stationthis_sdk.bots.discord.sender import DiscordSender
from stationthis_sdk.bots.people import Place
from stationthis_sdk.bots.render.buttons import data_of
from stationthis_sdk.bots.render.steps import Button
from stationthis_sdk.bots.render.text import cut
from stationthis_sdk.logs import logger

__all__ = ["FIELDS", "Acknowledged", "acknowledge", "answer_with", "ask_first", "values_of"]

Acknowledged = Literal["ours", "theirs", "none"]
FIELDS: Final = 5
"""Fields of a form on Discord."""
_FORM_WITHIN: Final = 1.5
"""Seconds to find out what a form has to ask: Discord shows none after the three seconds are over."""
_TRIES: Final = 3
_LONGEST_VALUE: Final = 4000
_LABEL: Final = 45
_CUSTOM_ID: Final = 100


async def acknowledge(sender: DiscordSender, opened: Opened) -> Acknowledged:
    """Say that an answer is coming: ours now, theirs (the host's, or our own before a restart), or none.

    none: Discord has told who asked that it failed, so they ask again: nothing may be begun, or they would pay twice.
    """
    if opened.interaction.response.is_done():  # the host's own check of all interactions may have
        opened.answering.deferred()
        opened.gone = True  # that answer is the host's: ours follow it
        return "theirs"
    for _ in range(_TRIES):
        try:
            await opened.interaction.response.defer(ephemeral=opened.hidden, thinking=True)
        except Exception as error:  # noqa: BLE001 - whatever it was, it is not acknowledged, or nobody knows
            logger("bots").warning("An interaction was not acknowledged: %s", type(error).__name__)
            opened.answering.refused(code_of(error), "defer")
            if opened.answering.way(now=sender.opened.clock()) == "edit":
                return "theirs"
            if code_of(error) is not None:
                break
            # The answer was lost: trying again tells whether it was taken.
        else:
            opened.answering.deferred()
            return "ours"
    return "none"


async def ask_first(
    sender: DiscordSender, opened: Opened, answer: Awaitable[Reply | None], place: Place
) -> None:
    """Show the form that an answer asks for, which can't follow an acknowledgement; where it takes long, a button to it."""
    finding = asyncio.ensure_future(answer)
    done, _ = await asyncio.wait({finding}, timeout=_FORM_WITHIN)
    reply = finding.result() if done else None
    if reply is not None and reply.form is not None and await _shown(opened, reply.form):
        return
    acknowledged = await acknowledge(sender, opened)
    reply = await finding
    if acknowledged == "none":
        return
    if reply is not None and reply.form is not None:
        button = Button(cut(reply.form.title, _LABEL), data_of("tweak", reply.form.job))
        reply = Reply(reply.text or reply.form.title, ((button,),), private=True)
    await answer_with(sender, opened, reply, place)


async def answer_with(
    sender: DiscordSender, opened: Opened, reply: Reply | None, place: Place, *, sure: bool = True
) -> None:
    """Give the answer; none where the desk says all there is. ``sure``: the acknowledgement is this process's own."""
    if reply is None:
        if sure and not opened.used:
            await _leave(sender, opened)
        return
    await give(sender, place, reply)


async def _leave(sender: DiscordSender, opened: Opened) -> None:
    """Take an acknowledgement away that nothing follows."""
    try:
        await sender.take_away(opened)
    except Exception as error:  # noqa: BLE001 - it is but an empty line
        logger("bots").info("An empty answer stays: %s", type(error).__name__)


async def _shown(opened: Opened, form: Form) -> bool:
    modal = _modal(form)
    try:
        await opened.interaction.response.send_modal(modal)
    except Exception as error:  # noqa: BLE001 - then a button leads to it
        logger("bots").info("A form was not shown: %s", type(error).__name__)
        return False
    opened.answering.deferred()
    opened.used = True
    return True


def _modal(form: Form) -> discord.ui.Modal:
    """A form; what it carries is enough to know after a restart what is sent in."""
    made = discord.ui.Modal(title=cut(form.title, _LABEL) or "…", custom_id=data_of("tweak", form.job))
    fitting = [one for one in form.fields if len(one.name) <= _CUSTOM_ID and len(one.value) <= _LONGEST_VALUE]
    for one in fitting[:FIELDS]:
        line: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id=one.name,
            default=one.value or None,
            required=one.required,
            style=discord.TextStyle.paragraph if one.long else discord.TextStyle.short,
            max_length=_LONGEST_VALUE,
        )
        made.add_item(discord.ui.Label(text=cut(one.label or one.name, _LABEL), component=line))
    made.stop()  # it belongs to no object of this process, as the buttons
    return made


def values_of(interaction: AnyInteraction) -> dict[str, str]:
    """What was written into a form, by the fields' names."""
    values: dict[str, str] = {}
    for row in said_in(interaction).get("components") or ():
        for one in (row["component"],) if "component" in row else row.get("components") or ():
            if "custom_id" in one and "value" in one:
                values[str(one["custom_id"])] = str(one["value"] or "")
    return values
