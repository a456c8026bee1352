"""Sending by Telegram's Bot API: texts, pictures and albums at its pace, and what became of each."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from telegram import (
    Bot,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaAudio,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    LinkPreviewOptions,
    Message,
    MessageEntity,
    ReplyParameters,
)
from telegram import User as TelegramUser
from telegram.error import ChatMigrated, RetryAfter, TelegramError

from stationthis_sdk.bots.desk.sender import Impossible
from stationthis_sdk.bots.people import Place, User
from stationthis_sdk.bots.render.limits import TELEGRAM, Limits
from stationthis_sdk.bots.render.steps import Button, Step
from stationthis_sdk.bots.render.text import cut
from stationthis_sdk.bots.telegram.pacing import Pacing
from stationthis_sdk.bots.telegram.refusals import is_gone, is_same, seconds_of, told
from stationthis_sdk.bots.telegram.texts import text

__all__ = ["TelegramSender"]

_PATIENCE: Final = 60.0
"""Seconds of a flood wait that are waited for."""
_SAID_AGAIN_AFTER: Final = 60.0
_REACTION: Final = 3.0
"""Seconds that a reaction may take."""
_ALBUMS: Final = {
    "photo": InputMediaPhoto,
    "video": InputMediaVideo,
    "audio": InputMediaAudio,
    "document": InputMediaDocument,
}
_NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)
# A text's answer comes at once; a video is looked into by Telegram before it answers.
_TEXT: Final[dict[str, Any]] = {
    "read_timeout": 20.0,
    "write_timeout": 20.0,
    "connect_timeout": 10.0,
    "pool_timeout": 30.0,
}
_FILE: Final[dict[str, Any]] = {
    "read_timeout": 90.0,
    "write_timeout": 120.0,
    "connect_timeout": 10.0,
    "pool_timeout": 60.0,
}
_T = TypeVar("_T")
Rows = Sequence[Sequence[Button]]


class TelegramSender:
    """A :class:`~stationthis_sdk.bots.desk.sender.Sender`; ``bot`` is python-telegram-bot's, ready to be used."""

    def __init__(self, bot: Bot, limits: Limits = TELEGRAM) -> None:
        self.limits = limits
        self._bot = bot
        self._pacing = Pacing(limits)
        self._moved: dict[str, str] = {}
        self._pointed: dict[tuple[str, str], float] = {}

    async def say(
        self,
        place: Place,
        text: str,
        buttons: Rows = (),
        *,
        private: bool = False,
        waits: bool | None = None,
    ) -> str:
        """Send a text as an answer; private: into the user's own chat, or a hint in the group how to open it.

        waits: for its turn, however long that takes. Else, as with a status, which is what has buttons, NotSent says when to
        come again where a chat is busy: what was made goes first.
        """
        apart = private and not place.private
        soon = not waits if waits is not None else bool(buttons)
        try:
            return await self._say(place, text, _keyboard(buttons), apart=apart, soon=soon)
        except Impossible:
            if not apart:
                raise
            return await self._point(place)

    async def ask(self, place: Place, text: str, example: str, user: User) -> str:
        """Ask somebody for words, to be given as a reply; the message's id. In a group they are named, which opens their box."""
        entities = []
        if not place.private and not user.id.startswith("-"):
            first, _, rest = text.partition("\n")
            name = cut(user.name, 64) or "?"
            text = f"{first} · {name}\n{rest}"
            at = len(f"{first} · ".encode("utf-16-le")) // 2
            who = TelegramUser(int(user.id), name, is_bot=False)
            long = len(name.encode("utf-16-le")) // 2
            entities = [MessageEntity(MessageEntity.TEXT_MENTION, at, long, user=who)]
        box = ForceReply(selective=True, input_field_placeholder=example[:64])
        return await self._say(place, text, box, entities=entities)

    async def is_admin(self, chat: str, user: str) -> bool:
        """Whether somebody runs a chat, as far as Telegram tells the bot."""
        try:
            member = await self._bot.get_chat_member(int(self._chat(chat)), int(user), **_TEXT)
        except TelegramError:
            return False
        return member.status in {member.ADMINISTRATOR, member.OWNER}

    async def edit(self, place: Place, message: str, text: str, buttons: Rows = ()) -> None:
        """Change a text of ours, if it is this chat's turn; else NotSent says when."""
        self._pacing.at_once(self._chat(place.chat))

        async def change(chat: int) -> object:
            return await self._bot.edit_message_text(
                self._cut(text),
                chat,
                int(message),
                parse_mode=None,
                link_preview_options=_NO_PREVIEW,
                api_kwargs=_markup(_keyboard(buttons)),
                **_TEXT,
            )

        await self._changed(place.chat, change, is_same, waits=False)

    async def remove(self, place: Place, message: str) -> None:
        """Take a message of ours away."""
        await self._changed(
            place.chat,
            lambda chat: self._bot.delete_message(chat, int(message), **_TEXT),
            is_gone,
            waits=True,
        )

    async def send(self, place: Place, step: Step, files: Sequence[Path], *, key: str) -> tuple[str, ...]:
        """Send one step; a private one into the user's own chat, and then the ids tell which.

        It waits for nothing: where it is not this chat's turn, NotSent tells when it is, and the key keeps its place till
        then. Who was killed while it waited would not know whether it had been sent.
        """
        apart = step.private and not place.private
        if not files:
            return (await self._say(place, step.text, _keyboard(step.buttons), apart=apart, key=key),)
        try:
            contents = await asyncio.to_thread(lambda: [file.read_bytes() for file in files])
        except OSError as error:
            raise Impossible(f"The file can't be read: {error.strerror}.") from None
        try:
            return await self._send(place, step, contents, apart=apart, key=key)
        except Impossible:
            if apart:
                await self._point(place)
            raise

    async def sent_before(self, place: Place, step: Step, *, key: str) -> tuple[str, ...] | None:  # noqa: ARG002 - the protocol's
        """Telegram shows no bot what it has sent."""
        return None

    async def react(self, place: Place, emoji: str | None) -> None:
        """Put a reaction to the message that is answered, or take it away; where that is refused, nothing."""
        if place.message is None:
            return
        try:
            async with asyncio.timeout(_REACTION):
                await self._bot.set_message_reaction(
                    int(self._chat(place.chat)), int(place.message), emoji, **_TEXT
                )
        except (TelegramError, TimeoutError):
            return

    async def _send(
        self, place: Place, step: Step, contents: Sequence[bytes], *, apart: bool, key: str
    ) -> tuple[str, ...]:
        named = list(zip(contents, step.files, strict=True))
        common, to = self._common(place, apart=apart), self._to(place, apart=apart)
        caption = step.text or None
        if step.kind == "album":
            media = [
                _ALBUMS[one.kind](
                    content, filename=one.filename, parse_mode=None, caption=caption if at == 0 else None
                )
                for at, (content, one) in enumerate(named)
            ]
            sent = await self._do(
                to,
                lambda chat: self._bot.send_media_group(chat, media, **common, **_FILE),
                count=len(media),
                key=key,
            )
            return tuple(_id(message, apart=apart) for message in sent)
        [(content, one)] = named
        more: dict[str, Any] = {
            "caption": caption,
            "parse_mode": None,
            "filename": one.filename,
            "api_kwargs": _markup(_keyboard(step.buttons)),
            **common,
            **_FILE,
        }
        if step.kind == "document":
            more["disable_content_type_detection"] = True
        elif step.kind == "video":
            more["supports_streaming"] = True
        ways: dict[str, Callable[..., Awaitable[Message]]] = {
            "photo": self._bot.send_photo,
            "animation": self._bot.send_animation,
            "video": self._bot.send_video,
            "audio": self._bot.send_audio,
            "document": self._bot.send_document,
        }
        way = ways[step.kind]
        message = await self._do(to, lambda chat: way(chat, content, **more), key=key)
        return (_id(message, apart=apart),)

    async def _say(
        self,
        place: Place,
        text: str,
        markup: InlineKeyboardMarkup | ForceReply | None,
        *,
        apart: bool = False,
        key: str | None = None,
        entities: Sequence[MessageEntity] = (),
        soon: bool = False,
    ) -> str:
        message = await self._do(
            self._to(place, apart=apart),
            lambda chat: self._bot.send_message(
                chat,
                self._cut(text),
                parse_mode=None,
                entities=entities,
                link_preview_options=_NO_PREVIEW,
                api_kwargs=_markup(markup),
                **self._common(place, apart=apart),
                **_TEXT,
            ),
            key=key,
            soon=soon,
        )
        return _id(message, apart=apart)

    async def _point(self, place: Place) -> str:
        """Say in a group how to open the private chat that was refused; not for each part of an album anew."""
        known = "user" in place.more
        who, now = (place.chat, str(place.more.get("user"))), time.monotonic()
        if now - self._pointed.get(who, -_SAID_AGAIN_AFTER) < _SAID_AGAIN_AFTER:
            raise Impossible("Telegram lets a bot write to nobody who has not started it.")
        self._pointed = {one: at for one, at in self._pointed.items() if now - at < _SAID_AGAIN_AFTER}
        self._pointed[who] = now
        language = str(place.more.get("language", "en"))
        link = f"https://t.me/{self._bot.username}?start=st"
        said = text("start_me", language, link=link) if known else text("as_yourself", language)
        return await self._say(place, said, None)

    def _to(self, place: Place, *, apart: bool) -> str:
        if not apart:
            return place.chat
        user = place.more.get("user")
        if user is None:
            raise Impossible("Nobody knows whose private chat that would be.")
        return str(user)

    def _common(self, place: Place, *, apart: bool) -> dict[str, Any]:
        if apart:
            return {}
        reply = None
        if place.message is not None:
            reply = ReplyParameters(int(place.message), allow_sending_without_reply=True)
        return {
            "reply_parameters": reply,
            "message_thread_id": None if place.thread is None else int(place.thread),
        }

    def _cut(self, text: str) -> str:
        return cut(text, self.limits.text, utf16=True) or "…"

    def _chat(self, chat: str) -> str:
        return self._moved.get(chat, chat)

    async def _changed(
        self,
        chat: str,
        do: Callable[[int], Awaitable[object]],
        is_fine: Callable[[Exception], bool],
        *,
        waits: bool,
    ) -> None:
        try:
            await self._once(chat, do, waits=waits)
        except TelegramError as error:
            if not is_fine(error):
                raise told(error) from None

    async def _do(
        self,
        chat: str,
        do: Callable[[int], Awaitable[_T]],
        *,
        count: int = 1,
        key: str | None = None,
        soon: bool = False,
    ) -> _T:
        """Do it in its turn: waited for, or only if that comes soon, or with a key only if it is now."""
        if soon:
            await self._pacing.soon(self._chat(chat))
        elif key is None:
            await self._pacing.turn(self._chat(chat), count=count)
        else:
            self._pacing.now_or_later(self._chat(chat), key, count=count)
        try:
            return await self._once(chat, do, waits=key is None and not soon)
        except TelegramError as error:
            raise told(error) from None

    async def _once(self, chat: str, do: Callable[[int], Awaitable[_T]], *, waits: bool) -> _T:
        """Once; and once more after a flood wait that is short, or where a group has become another."""
        try:
            return await do(int(self._chat(chat)))
        except RetryAfter as flood:
            seconds = seconds_of(flood)
            self._pacing.hold(self._chat(chat), seconds)
            if seconds > _PATIENCE or not waits:
                raise
            await asyncio.sleep(seconds)
        except ChatMigrated as moved:
            self._moved[chat] = str(moved.new_chat_id)
        return await do(int(self._chat(chat)))


def _id(message: Message, *, apart: bool) -> str:
    """A message's id; with its chat where that is another than where it was asked for, for there it is somebody else's."""
    return f"{message.chat_id}:{message.message_id}" if apart else str(message.message_id)


def _keyboard(rows: Rows) -> InlineKeyboardMarkup | None:
    if not rows:
        return None
    return InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton(one.label, url=one.url)
                if one.url
                else InlineKeyboardButton(one.label, callback_data=one.data)
                for one in row
            ]
            for row in rows
        ]
    )


def _markup(markup: InlineKeyboardMarkup | ForceReply | None) -> dict[str, Any]:
    """Past the library's cache of callback data, which a host may use: what our buttons carry must outlive restarts."""
    return {} if markup is None else {"reply_markup": markup.to_dict()}
