"""Updates of Telegram: which of them are ours, and what they ask for."""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any, Final

import attrs
from telegram import CallbackQuery, Message, Update
from telegram.ext import Application

from stationthis_sdk.bots.commands.catalogue import Catalogue
from stationthis_sdk.bots.people import Asked, Place, Pressed, User
from stationthis_sdk.bots.render.buttons import read
from stationthis_sdk.bots.stale import is_stale
from stationthis_sdk.bots.telegram.albums import Albums
from stationthis_sdk.bots.telegram.reading import (
    Typed,
    attachments_of,
    carried,
    place_of,
    replied_to,
    typed,
    user_of,
)
from stationthis_sdk.bots.telegram.registering import commands_of_host
from stationthis_sdk.bots.telegram.replying import Replies, is_form
from stationthis_sdk.logs import logger

__all__ = ["App", "Updates"]

App = Application[Any, Any, Any, Any, Any, Any]
_LEAVE_WITHIN: Final = 10.0
_SPENDS: Final = frozenset({"again", "vary"})


class Updates:
    """Takes updates, and has them answered beside: no update waits for another."""

    def __init__(
        self, application: App, catalogue: Catalogue, replies: Replies, *, answer_unknown: bool
    ) -> None:
        self._application = application
        self._catalogue = catalogue
        self._replies = replies
        self._answer_unknown = answer_unknown
        self._albums = Albums(self._album)
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, update: Update) -> bool:
        """Whether it is ours; then it is under way. Edited messages and channels' posts are not, and none of long ago."""
        if update.callback_query is not None:
            return self._pressed(update.callback_query)
        message = update.message
        user = None if message is None else user_of(message)
        if message is None or user is None or is_stale(message.date):
            return False
        if message.media_group_id is None:
            return self._said(message, user, [message])
        self._albums.add(message)
        return any(self._asks(one, user) for one in self._albums.of(message))

    async def close(self) -> None:
        """Let what is under way end, for a while."""
        await self._albums.close()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_LEAVE_WITHIN)
            for task in late:
                task.cancel()

    async def _album(self, messages: list[Message]) -> None:
        """A whole album: its command stands under any of its pictures."""
        for message in messages:
            user = user_of(message)
            if user is not None and self._asks(message, user):
                self._said(message, user, messages)
                return

    def _said(self, message: Message, user: User, messages: list[Message]) -> bool:
        place, answered = place_of(message, user), replied_to(message)
        words = (message.text or message.caption or "").strip()
        asked = Asked(
            "tweak",
            user,
            place,
            key=f"m:{place.chat}:{place.message}",
            text=words,
            attachments=attachments_of(self._application.bot, messages, user.language),
            answers=None if answered is None else str(answered.message_id),
            at=message.date,
        )
        if (command := self._command(message)) is not None:
            if not asked.attachments and answered is not None:
                whole = self._albums.of(answered) if command.name == "batch" else [answered]
                found = attachments_of(self._application.bot, whole, user.language)
                asked = attrs.evolve(asked, attachments=found)
            self._spawn(self._replies.answer(attrs.evolve(asked, command=command.name, text=command.text)))
            return True
        if (question := self._question(message, user)) is not None:
            more = attrs.evolve(
                asked,
                command=question.command,
                text=" ".join(part for part in (question.text, words) if part),
                attachments=asked.attachments or question.attachments,
                answers=question.answers,
            )
            self._spawn(self._replies.answer(more))
            return True
        if answered is None or not words or not self._is_bots(answered):
            return False
        form = is_form(answered.text)
        if form or "=" in words:
            self._spawn(self._replies.tweak(asked, form=form))
        return form

    def _command(self, message: Message) -> Typed | None:
        """The command of a message, where it is one of ours and the host has none of that name."""
        bot = self._application.bot
        words = message.text or message.caption or ""
        found = typed(words, bot.username)
        if found is None or found.name in commands_of_host(self._application.handlers):
            return None
        if self._catalogue.find(found.name) is not None:
            return found
        aimed = message.chat.type == message.chat.PRIVATE or "@" in words.split(maxsplit=1)[0]
        return found if self._answer_unknown and aimed else None

    def _question(self, message: Message, user: User) -> Asked | None:
        answered = replied_to(message)
        if answered is None:
            return None
        return self._replies.question(str(message.chat_id), str(answered.message_id), user)

    def _asks(self, message: Message, user: User) -> bool:
        return self._command(message) is not None or self._question(message, user) is not None

    def _is_bots(self, message: Message) -> bool:
        return message.from_user is not None and message.from_user.id == self._application.bot.id

    def _pressed(self, query: CallbackQuery) -> bool:
        data, user, message = carried(query), user_of(query), query.message
        found = read(data) if data is not None else None
        if data is None or found is None or user is None or message is None:
            return False
        if isinstance(message, Message):
            place = place_of(message, user)
        else:  # too old for Telegram to tell what it says
            private = message.chat.type == message.chat.PRIVATE
            more = {"user": user.id, "language": user.language}
            place = Place(str(message.chat.id), str(message.message_id), None, private, more)
        pressed = Pressed(data, user, place, f"q:{query.id}", place.message)
        self._spawn(self._replies.press(query, pressed, spends=found[0] in _SPENDS))
        return True

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(_guarded(work), name="stationthis: an update")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _guarded(work: Awaitable[None]) -> None:
    """What goes wrong is logged, and stops nothing."""
    try:
        await work
    except Exception:  # noqa: BLE001 - a bad update must not stop the bot
        logger("bots").exception("An update could not be answered.")
