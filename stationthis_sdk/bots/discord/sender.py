"""Discord as the desk sees it: an interaction's answer while its token lives, the channel from then on."""

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import discord

from stationthis_sdk.bots.desk.sender import Impossible, NotSent, Unsure
from stationthis_sdk.bots.discord.marked import carried_by, files_of, is_part, nonce_of, view_of
from stationthis_sdk.bots.discord.opened import Opened, OpenedOnes
from stationthis_sdk.bots.discord.refusals import NO_ACCESS, code_of, outcome_of
from stationthis_sdk.bots.people import Place
from stationthis_sdk.bots.render.limits import DISCORD, Limits
from stationthis_sdk.bots.render.steps import Button, Step
from stationthis_sdk.bots.render.text import cut

__all__ = ["DiscordSender"]

Rows = Sequence[Sequence[Button]]
_QUIET: Final = discord.AllowedMentions.none()
"""What people write into prompts pings nobody."""
_NO_MESSAGE: Final = 10008
_READ: Final = 300
"""Messages of a channel that are looked through for a part."""
_REPLY_REFUSED: Final = frozenset({160002, 50035})
_NONCE_HELD: Final = 120.0
"""Seconds for which Discord surely makes no second message of a nonce: it says "the past few minutes"."""
_TRIES: Final = 3
_PAUSE: Final = 0.5


class DiscordSender:
    """Sends as the bot. ``opened`` are the interactions that can still be answered.

    Pictures are posted to the channel, which no token's end concerns; where the bot may not write, they follow the
    interaction while it can be answered. Discord itself refuses a second message with the nonce of a part for minutes.
    """

    limits: Limits = DISCORD

    def __init__(self, bot: discord.Client, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._bot = bot
        self.opened = OpenedOnes(clock)
        self._posted: dict[str, float] = {}

    async def say(self, place: Place, text: str, buttons: Rows = (), *, private: bool = False) -> str:
        """Send a text as an answer; see ``Sender``."""
        text = cut(text, self.limits.text)
        # Where an answer is lost it is said again, and Discord makes no second message of it.
        key = secrets.token_hex(8)
        opened = self.opened.at(place)
        if opened is not None:
            said = await self._answer(opened, place, text, buttons, private=private)
            if said is not None:
                return said
        for attempt in range(_TRIES):
            try:
                return await self._said(place, text, buttons, key=key, private=private)
            except Exception as error:
                outcome = outcome_of(error)
                if not isinstance(outcome, Unsure) or attempt == _TRIES - 1:
                    raise outcome from error
            await asyncio.sleep(_PAUSE)
        raise AssertionError  # pragma: no cover

    async def _said(self, place: Place, text: str, buttons: Rows, *, key: str, private: bool) -> str:
        """Say it in the channel, or to who asked alone: also where the bot may not write in the channel."""
        if not private or place.private:
            try:
                return await self._post(
                    self._channel(place), text, buttons, to=place.message, place=place, key=key
                )
            except discord.HTTPException as error:
                if error.code not in NO_ACCESS or place.private or not place.more.get("user"):
                    raise
        return await self._post(await self._direct(place), text, buttons, key=key)

    async def _answer(
        self, opened: Opened, place: Place, text: str, buttons: Rows, *, private: bool
    ) -> str | None:
        """Answer the interaction; None when it can't be any more, and a message of its own is due."""
        hide = private and not opened.hidden and not place.private
        first, opened.used = not opened.used, True
        try:
            if first and hide and not opened.gone:
                await self.take_away(opened)
            view, interaction = view_of(buttons), opened.interaction
            message: discord.Message
            if first and not opened.gone:
                message = await interaction.edit_original_response(
                    content=text, view=view, allowed_mentions=_QUIET
                )
            else:
                message = await interaction.followup.send(
                    text,
                    view=view or discord.utils.MISSING,
                    ephemeral=hide or opened.hidden,
                    allowed_mentions=_QUIET,
                    wait=True,
                )
        except Exception as error:
            opened.used = opened.used and not first
            if self._lost(opened, error):
                return None
            raise outcome_of(error, again=first) from error
        self.opened.said(opened, str(message.id))
        return str(message.id)

    async def take_away(self, opened: Opened) -> None:
        """Take the interaction's answer away, where there is one."""
        opened.gone = True
        try:
            await opened.interaction.delete_original_response()
        except discord.NotFound as error:
            if error.code != _NO_MESSAGE:
                raise

    def _lost(self, opened: Opened, error: Exception) -> bool:
        """Whether an answer was refused because the interaction can't be answered any more."""
        if not isinstance(error, discord.HTTPException):
            return False
        opened.answering.refused(error.code, "edit")
        return opened.answering.way(now=self.opened.clock()) != "edit"

    async def edit(self, place: Place, message: str, text: str, buttons: Rows = ()) -> None:
        """Change a text of ours; a message that is gone can't be: what matters is then said anew."""
        text = cut(text, self.limits.text)
        opened = self.opened.of_message(message)
        if opened is not None:
            try:
                await opened.interaction.followup.edit_message(
                    int(message), content=text, view=view_of(buttons), allowed_mentions=_QUIET
                )
            except Exception as error:
                if code_of(error) == _NO_MESSAGE or not self._lost(opened, error):
                    raise outcome_of(error, again=True) from error
            else:
                return
        if self.opened.was_hidden(message):
            raise Impossible("Discord lets nobody change it any more")
        try:
            there = self._channel(place).get_partial_message(int(message))
            await there.edit(content=text, view=view_of(buttons), allowed_mentions=_QUIET)
        except Exception as error:
            raise outcome_of(error, again=True) from error

    async def remove(self, place: Place, message: str) -> None:
        """Take a message of ours away."""
        opened = self.opened.of_message(message)
        try:
            if opened is not None:
                await opened.interaction.followup.delete_message(int(message))
                return
        except Exception as error:
            if code_of(error) == _NO_MESSAGE:
                return
            if opened is None or not self._lost(opened, error):
                raise outcome_of(error, again=True) from error
        try:
            await self._channel(place).get_partial_message(int(message)).delete()
        except Exception as error:
            if code_of(error) in {_NO_MESSAGE, 10003}:
                return
            raise outcome_of(error, again=True) from error

    async def send(self, place: Place, step: Step, files: Sequence[Path], *, key: str) -> tuple[str, ...]:
        """Send one step; see ``Sender``. Where the bot may not write, it comes as an answer, then as a direct message."""
        private = step.private and not place.private
        try:
            channel = await self._direct(place) if private else self._channel(place)
            return (await self._post(channel, step.text, step.buttons, files=files, step=step, key=key),)
        except Exception as error:
            if not _is_closed(error) or private or place.private:
                raise outcome_of(error) from error
        if (opened := self.opened.at(place)) is not None:
            followed = await self._follow(opened, step, files, key)
            if followed is not None:
                return (followed,)
        try:
            channel = await self._direct(place)
            return (await self._post(channel, step.text, step.buttons, files=files, step=step, key=key),)
        except Exception as error:
            raise outcome_of(error) from error

    async def _follow(self, opened: Opened, step: Step, files: Sequence[Path], key: str) -> str | None:
        """Send it after the interaction, whose answers may be where the bot's messages may not; None when it is over."""
        self._posted.pop(key, None)  # of these Discord makes a second where they are sent again
        try:
            message = await opened.interaction.followup.send(
                cut(step.text, self.limits.text) or discord.utils.MISSING,
                files=await asyncio.to_thread(files_of, step, files, key),
                view=view_of(step.buttons) or discord.utils.MISSING,
                allowed_mentions=_QUIET,
                wait=True,
            )
        except Exception as error:
            if self._lost(opened, error):
                return None
            raise outcome_of(error) from error
        return str(message.id)

    async def sent_before(self, place: Place, step: Step, *, key: str) -> tuple[str, ...] | None:
        """Look for a part where it may have come; None where the bot may not read, not far enough, or can't tell it.

        Of words alone nobody can tell whose they are. For some minutes it may just be sent again: Discord makes no second.
        """
        if not step.files and not carried_by(step):
            held = time.monotonic() - self._posted.get(key, -_NONCE_HELD) < _NONCE_HELD
            return () if held else None
        private = step.private and not place.private
        # Where the channel is closed it went to the user alone.
        also = not private and not place.private and bool(place.more.get("user"))
        certain = True
        for direct in (private, True)[: 1 + also]:
            try:
                channel = await self._direct(place) if direct else self._channel(place)
                found = await self._looked_for(channel, place, step, key)
            except Exception as error:
                if not _is_closed(error):
                    raise outcome_of(error, again=True) from error
                found = None
            if found:
                return found
            certain = certain and found is not None
        return () if certain else None

    async def _looked_for(
        self, channel: discord.abc.Messageable, place: Place, step: Step, key: str
    ) -> tuple[str, ...] | None:
        seen = 0
        since = int(place.more.get("interaction") or place.message or 0)
        async for message in channel.history(limit=_READ):
            if message.id <= since:
                return ()
            seen += 1
            if is_part(message, step, key, self._bot.user):
                return (str(message.id),)
        # So much was said since that the part may be farther back.
        return () if seen < _READ else None

    async def _post(
        self,
        channel: discord.abc.Messageable,
        text: str,
        buttons: Rows,
        *,
        files: Sequence[Path] = (),
        step: Step | None = None,
        key: str | None = None,
        to: str | None = None,
        place: Place | None = None,
    ) -> str:
        told: dict[str, Any] = {"allowed_mentions": _QUIET}
        if buttons:
            told["view"] = view_of(buttons)
        if key is not None:
            told["nonce"] = nonce_of(key)
            self._tried(key)
        if step is not None and files:
            told["files"] = await asyncio.to_thread(files_of, step, files, key or "")
        if to is not None and place is not None:
            told["reference"] = discord.MessageReference(
                message_id=int(to), channel_id=int(place.chat), fail_if_not_exists=False
            )
            told["mention_author"] = False
        text = cut(text, self.limits.text)
        try:
            return str((await channel.send(text or None, **told)).id)
        except discord.HTTPException as error:
            if to is None or error.code not in _REPLY_REFUSED:
                raise
            return await self._post(channel, text, buttons, key=key)

    def _tried(self, key: str) -> None:
        """Remember when a part was first posted, as long as that tells anything."""
        now = time.monotonic()
        for old in [one for one, at in self._posted.items() if now - at >= _NONCE_HELD]:
            del self._posted[old]
        self._posted.setdefault(key, now)

    def _channel(self, place: Place) -> discord.PartialMessageable:
        try:
            return self._bot.get_partial_messageable(int(place.chat))
        except ValueError:
            raise Impossible(f"{place.chat!r} is no channel of Discord") from None

    async def _direct(self, place: Place) -> discord.DMChannel:
        user = place.more.get("user")
        if not user:
            raise Impossible("nobody knows whom to write to")
        if self._bot.is_closed():
            raise NotSent("the bot is closed")
        return await self._bot.create_dm(discord.Object(int(user)))


def _is_closed(error: Exception) -> bool:
    """Whether the bot may not be there, or nobody is."""
    return isinstance(error, Impossible | discord.Forbidden) or code_of(error) in NO_ACCESS
