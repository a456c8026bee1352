"""Updates of Telegram: which of them are ours, and what they ask for."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Sequence
from functools import partial
from typing import Any, Final

import attrs
from telegram import CallbackQuery, Message, Update
from telegram.ext import Application

from stationthis_sdk.bots.commands.arguments import is_changes
from stationthis_sdk.bots.commands.catalogue import Catalogue
from stationthis_sdk.bots.people import Asked, Attachment, Place, Pressed, User
from stationthis_sdk.bots.render.buttons import read
from stationthis_sdk.bots.stale import STALE_AFTER, is_stale
from stationthis_sdk.bots.telegram.albums import Albums
from stationthis_sdk.bots.telegram.inbox import Inbox, raw
from stationthis_sdk.bots.telegram.reading import (
    Typed,
    about,
    attachments_of,
    carried,
    key_of,
    place_of,
    replied_to,
    typed,
    user_of,
)
from stationthis_sdk.bots.telegram.registering import commands_of_host, is_in_conversation
from stationthis_sdk.bots.telegram.replying import Replies, is_form
from stationthis_sdk.logs import logger

__all__ = ["App", "Updates"]

App = Application[Any, Any, Any, Any, Any, Any]
_LEAVE_WITHIN: Final = 10.0
_SPENDS: Final = frozenset({"again", "vary"})
_OF_FILES: Final = frozenset({"batch", "train"})
"""Commands about files: without any of their own, those of the message that is answered are meant."""
Work = Callable[[], Coroutine[Any, Any, None]]


class Updates:
    """Takes updates, and has them answered beside: no update waits for another. What is not answered is in the inbox."""

    def __init__(
        self,
        application: App,
        catalogue: Catalogue,
        replies: Replies,
        inbox: Inbox,
        *,
        answer_unknown: bool,
        leave: Collection[str],
    ) -> None:
        self._application = application
        self._catalogue = catalogue
        self._replies = replies
        self._inbox = inbox
        self._answer_unknown = answer_unknown
        self._leave = frozenset(one.removeprefix("/").lower() for one in leave)
        self._albums = Albums(self._album)
        self._tasks: set[asyncio.Task[None]] = set()
        self._in_hand: set[str] = set()

    @property
    def hosts(self) -> frozenset[str]:
        """The commands that are the host's."""
        return commands_of_host(self._application.handlers) | self._leave

    async def take(self, update: Update, *, kept: bool = False) -> bool:
        """Whether it is ours; then it is kept, and under way. Edited messages and channels' posts are not, and none of long ago.

        kept: it is in the inbox already, and of a time that we know.
        """
        told = None if kept else update
        if (query := update.callback_query) is not None:
            work = self._pressed(query, kept=kept)
            if work is not None:
                await self._begin(f"q:{query.id}", told, work)
            return work is not None
        message = update.message
        user = None if message is None else user_of(message)
        if message is None or user is None or is_stale(message.date):
            return False
        if message.media_group_id is not None:
            if self._albums.add(message):
                await self._keep(key_of(message), told)
            return any(self._asks(one, user) for one in self._albums.of(message))
        found = self._said(message, user, [message])
        if found is None:
            return False
        work, ours = found
        await self._begin(key_of(message), told, work)
        return ours

    async def take_up(self) -> None:
        """Answer what the last process was told and had not answered."""
        for row in await self._inbox.all(STALE_AFTER):
            try:
                update = Update.de_json(dict(row.content), self._application.bot)
                await self.take(update, kept=True)
            except Exception:  # noqa: BLE001 - it must not stop the bot
                logger("bots").exception("An update of before the restart could not be read.")
            if row.key not in self._in_hand:
                await self._inbox.erase([row.key])

    async def close(self) -> None:
        """Let what is under way end, for a while; the rest is left to the next start."""
        await self._albums.close()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_LEAVE_WITHIN)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _album(self, messages: list[Message]) -> None:
        """A whole album: its command stands under any of its pictures."""
        keys = [key_of(one) for one in messages]
        for message in messages:
            user = user_of(message)
            if (
                user is not None
                and self._asks(message, user)
                and (found := self._said(message, user, messages))
            ):
                self._spawn(found[0], keys)
                return
        await self._answered(keys)

    def _said(self, message: Message, user: User, messages: list[Message]) -> tuple[Work, bool] | None:
        """What a message asks for, and whether it is for us alone; None: nothing."""
        place, answered = place_of(message, user), replied_to(message)
        words = (message.text or message.caption or "").strip()
        asked = Asked(
            "tweak",
            user,
            place,
            key=key_of(message),
            text=words,
            attachments=self._files(messages, user),
            answers=None if answered is None else str(answered.message_id),
            at=message.date,
        )
        if (command := self._command(message)) is not None:
            asked = attrs.evolve(asked, command=command.name, text=command.text)
            return partial(self._replies.answer, self._with_answered(asked, answered)), True
        if (question := self._question(message, user)) is not None:
            more = attrs.evolve(
                asked,
                command=question.command,
                text=" ".join(part for part in (question.text, words) if part),
                attachments=asked.attachments or question.attachments,
                offered=question.offered,
                answers=question.answers,
            )
            return partial(self._replies.answer, more, question=asked.answers), True
        if answered is None or not self._is_bots(answered):
            return None
        form = is_form(answered.text) and bool(words or asked.attachments)
        if form or is_changes(words):
            return partial(self._replies.tweak, asked, form=form), form
        return None

    def _with_answered(self, asked: Asked, answered: Message | None) -> Asked:
        """With the files of the message that is answered, for commands that run something anew: others are about its job."""
        if answered is None:
            return asked
        if asked.command in _OF_FILES:
            whole = self._albums.of(answered) if asked.command == "batch" else [answered]
            return attrs.evolve(asked, attachments=asked.attachments or self._files(whole, asked.user))
        known = self._catalogue.find(asked.command)
        if asked.command == "run" or (known is not None and known.deployment is not None):
            return attrs.evolve(asked, offered=self._files([answered], asked.user))
        return asked

    def _files(self, messages: Sequence[Message], user: User) -> tuple[Attachment, ...]:
        return attachments_of(self._application.bot, messages, user.language)

    def _command(self, message: Message) -> Typed | None:
        """The command of a message, where it is one of ours and the host wants it not. One that is passed on is nobody's."""
        words = message.text or message.caption or ""
        found = typed(words, self._application.bot.username)
        if found is None or message.forward_origin is not None or found.name in self.hosts:
            return None
        if is_in_conversation(self._application.handlers, message):
            return None
        if self._catalogue.find(found.name) is not None:
            return found
        aimed = message.chat.type == message.chat.PRIVATE or "@" in words.split(maxsplit=1)[0]
        return found if self._answer_unknown and aimed else None

    def _question(self, message: Message, user: User) -> Asked | None:
        answered = replied_to(message)
        if answered is None:
            return None
        return self._replies.questions.of(str(message.chat_id), str(answered.message_id), user)

    def _asks(self, message: Message, user: User) -> bool:
        found = self._said(message, user, [message])
        return found is not None and found[1]

    def _is_bots(self, message: Message) -> bool:
        return message.from_user is not None and message.from_user.id == self._application.bot.id

    def _pressed(self, query: CallbackQuery, *, kept: bool) -> Work | None:
        data, user, message = carried(query), user_of(query), query.message
        found = read(data) if data is not None else None
        if data is None or found is None or user is None or message is None:
            return None
        if isinstance(message, Message):
            place = place_of(message, user)
        else:  # too old for Telegram to tell what it says
            private = message.chat.type == message.chat.PRIVATE
            place = Place(str(message.chat.id), str(message.message_id), None, private, about(user))
        pressed = Pressed(data, user, place, f"q:{query.id}", place.message)
        return partial(self._replies.press, query, pressed, may_be_old=found[0] in _SPENDS and not kept)

    async def _begin(self, key: str, told: Update | None, work: Work) -> None:
        await self._keep(key, told)
        self._spawn(work, [key])

    async def _keep(self, key: str, told: Update | None) -> None:
        self._in_hand.add(key)
        if told is not None:
            await self._inbox.put(key, raw(told))

    async def _answered(self, keys: Sequence[str]) -> None:
        self._in_hand.difference_update(keys)
        await self._inbox.erase(keys)

    def _spawn(self, work: Work, keys: Sequence[str]) -> None:
        task = asyncio.create_task(self._guarded(work, keys), name="stationthis: an update")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Work, keys: Sequence[str]) -> None:
        """What goes wrong is logged, and stops nothing. Cancelled, it is left in the inbox."""
        try:
            await work()
        except Exception:  # noqa: BLE001 - a bad update must not stop the bot
            logger("bots").exception("An update could not be answered.")
        await self._answered(keys)
