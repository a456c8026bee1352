"""What a message or a press on Telegram asks for. Pure, but for the files that are fetched when they are needed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import attrs
from telegram import (
    Animation,
    Audio,
    Bot,
    CallbackQuery,
    Document,
    Message,
    PhotoSize,
    Video,
    VideoNote,
    Voice,
)
from telegram.error import BadRequest, TelegramError
from telegram.ext import InvalidCallbackData

from stationthis_sdk.bots.people import Asked, Attachment, Place, User
from stationthis_sdk.bots.telegram.texts import text
from stationthis_sdk.errors import ConnectionFailed, InvalidInput
from stationthis_sdk.shown import Shown

__all__ = [
    "Typed",
    "about",
    "attachments_of",
    "carried",
    "key_of",
    "place_of",
    "recalled",
    "replied_to",
    "typed",
    "user_of",
    "written",
]

DOWNLOAD: Final = 20 << 20
"""Bytes that Telegram's own servers give to a bot; a server of one's own has no such limit."""
_COMMAND: Final = re.compile(r"/([A-Za-z0-9_]{1,64})(?:@([A-Za-z0-9_]+))?(?=\s|$)\s*", re.ASCII)
_PLAIN: Final = ("command", "key", "text", "answers", "job")
_File = PhotoSize | Document | Video | Animation | Audio | Voice | VideoNote


@attrs.frozen
class Typed(Shown):
    """A command as it was typed, and what stands behind it."""

    name: str
    text: str


def typed(said: str | None, bot: str) -> Typed | None:
    """The command at the beginning of a text or caption; None where there is none, or it is another bot's.

    >>> typed("/Portrait@my_bot a fox", "my_bot")
    Typed(name='portrait', text='a fox')
    >>> typed("/portrait@other_bot a fox", "my_bot"), typed("a /fox", "my_bot"), typed("/etc/passwd", "my_bot")
    (None, None, None)
    """
    found = _COMMAND.match(said or "")
    if found is None or (found[2] is not None and found[2].lower() != bot.lower()):
        return None
    return Typed(found[1].lower(), (said or "")[found.end() :].strip())


def carried(query: CallbackQuery) -> str | None:
    """What the pressed button carries; also where the host keeps its own buttons' data in a cache of the library."""
    data: object = query.data
    if isinstance(data, InvalidCallbackData):
        data = data.callback_data
    return data if isinstance(data, str) else None


def user_of(message: Message | CallbackQuery) -> User | None:
    """Who it is; a group or channel that speaks for itself is somebody, too, and another bot is nobody."""
    person = message.from_user
    if isinstance(message, Message) and message.sender_chat is not None:
        return User("telegram", str(message.sender_chat.id), message.sender_chat.effective_name or "")
    if person is None or person.is_bot:
        return None
    return User("telegram", str(person.id), person.full_name, person.language_code or "en")


def place_of(message: Message, user: User) -> Place:
    """Where to answer a message."""
    return Place(
        str(message.chat_id),
        str(message.message_id),
        str(message.message_thread_id) if message.is_topic_message and message.message_thread_id else None,
        message.chat.type == message.chat.PRIVATE,
        about(user),
    )


def about(user: User) -> dict[str, str]:
    """What a place needs to know of whom it answers. A group or channel that speaks has no private chat: all would read it."""
    told = {"language": user.language}
    return told if user.id.startswith("-") else {"user": user.id, **told}


def key_of(message: Message) -> str:
    """What names a message among all that the bot is told."""
    return f"m:{message.chat_id}:{message.message_id}"


def replied_to(message: Message) -> Message | None:
    """The message that was answered; what opened a forum's topic is none, though Telegram tells it as one."""
    found = message.reply_to_message
    return None if found is None or found.forum_topic_created is not None else found


def attachments_of(bot: Bot, messages: Sequence[Message], language: str = "en") -> tuple[Attachment, ...]:
    """The pictures and other files of messages, in their order; of a photo its largest size. No stickers."""
    found = []
    for message in messages:
        for file, name, mime in _files(message):
            size = file.file_size
            found.append(Attachment(name, mime, size, _Fetch(bot, file.file_id, name, size, language)))
    return tuple(found)


def written(asked: Asked) -> dict[str, Any]:
    """A command as plain JSON, its files by their ids at Telegram."""
    files = {
        kind: [
            [one.filename, one.mime, one.size, one.read.file_id]
            for one in some
            if isinstance(one.read, _Fetch)
        ]
        for kind, some in (("attachments", asked.attachments), ("offered", asked.offered))
    }
    return {
        **{name: getattr(asked, name) for name in _PLAIN},
        "user": attrs.asdict(asked.user),
        "place": attrs.asdict(asked.place),
        **files,
    }


def recalled(bot: Bot, told: Mapping[str, Any]) -> Asked:
    """The command that was written so.

    Raises:
        LookupError, TypeError, ValueError: it was not.
    """
    user = User(**told["user"])

    def files(kind: str) -> tuple[Attachment, ...]:
        return tuple(
            Attachment(name, mime, size, _Fetch(bot, file_id, name, size, user.language))
            for name, mime, size, file_id in told[kind]
        )

    return Asked(
        user=user,
        place=Place(**told["place"]),
        attachments=files("attachments"),
        offered=files("offered"),
        **{name: told[name] for name in _PLAIN},
    )


def _files(message: Message) -> Iterator[tuple[_File, str, str | None]]:
    number = message.message_id
    if message.photo:
        yield message.photo[-1], f"photo-{number}.jpg", "image/jpeg"
    elif message.animation:  # it comes as a document as well
        one = message.animation
        yield one, one.file_name or f"animation-{number}.mp4", one.mime_type or "video/mp4"
    elif message.document:
        yield message.document, message.document.file_name or f"file-{number}", message.document.mime_type
    elif message.video:
        video = message.video
        yield video, video.file_name or f"video-{number}.mp4", video.mime_type or "video/mp4"
    elif message.audio:
        audio = message.audio
        yield audio, audio.file_name or f"audio-{number}.mp3", audio.mime_type or "audio/mpeg"
    elif message.voice:
        yield message.voice, f"voice-{number}.ogg", message.voice.mime_type or "audio/ogg"
    elif message.video_note:
        yield message.video_note, f"video-{number}.mp4", "video/mp4"


@attrs.frozen(repr=False)
class _Fetch:
    """Fetches a file's bytes, so that its link, which holds the bot's token, is passed to nobody."""

    bot: Bot
    file_id: str
    name: str
    size: int | None
    language: str

    async def __call__(self) -> bytes:
        if (self.size or 0) > DOWNLOAD and not self.bot.local_mode:
            raise self._too_big()
        try:
            file = await self.bot.get_file(self.file_id, read_timeout=30.0)
            return bytes(await file.download_as_bytearray(read_timeout=60.0))
        except BadRequest as error:
            if "too big" in str(error):
                raise self._too_big() from None
            raise InvalidInput(
                f"{self.name} is not to be had from Telegram any more: send it again."
            ) from None
        except TelegramError as error:
            # The library's text may hold the link.
            raise ConnectionFailed(
                f"{self.name} could not be fetched from Telegram ({type(error).__name__}): try again."
            ) from None

    def _too_big(self) -> InvalidInput:
        megabytes = max((self.size or DOWNLOAD + 1) / (1 << 20), (DOWNLOAD >> 20) + 0.1)
        return InvalidInput(
            text(
                "too_big",
                self.language,
                name=self.name,
                size=f"{megabytes:.1f}".removesuffix(".0"),
                most=DOWNLOAD >> 20,
            )
        )
