"""Telegram's chats, people and files, as a Bot API server keeps them; people say and press things here."""

import io
import itertools
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import attrs
from PIL import Image

from tests.bots.telegram.rules import Refused, bad

__all__ = ["Chat", "Person", "World"]

BOT_ID: Final = 123456789
BOT_NAME: Final = "stationthis_bot"
QUERY_LIVES: Final = 15.0
RIGHTS: Final = frozenset({"text messages", "photos", "videos", "audios", "documents", "animations"})


@attrs.define(eq=False)
class Chat:
    """One chat. ``messages`` are as the Bot API tells them, ``gone`` those that were deleted, by their ids."""

    id: int
    kind: str
    title: str = ""
    messages: dict[int, dict[str, Any]] = attrs.Factory(dict)
    gone: dict[int, dict[str, Any]] = attrs.Factory(dict)
    edits: list[tuple[int, str]] = attrs.Factory(list)
    reactions: list[tuple[int, str]] = attrs.Factory(list)
    rights: frozenset[str] = RIGHTS
    refuses: str = ""
    owner: int | None = None
    sent_at: list[float] = attrs.Factory(list)

    @property
    def json(self) -> dict[str, Any]:
        name = {"first_name": self.title} if self.kind == "private" else {"title": self.title}
        return {"id": self.id, "type": self.kind, **name}

    @property
    def of_bot(self) -> list[dict[str, Any]]:
        """What the bot has said here and not taken away, in its order."""
        return [one for _, one in sorted(self.messages.items()) if one["from"]["id"] == BOT_ID]

    @property
    def texts(self) -> list[str]:
        """Texts of the bot that stand here."""
        return [one["text"] for one in self.of_bot if "text" in one]

    def files(self, *kinds: str) -> list[str]:
        """The file ids of what the bot has sent here."""
        wanted = kinds or ("photo", "video", "animation", "audio", "document")
        found = []
        for one in self.of_bot:
            kind = next((kind for kind in wanted if kind in one), None)
            if kind is not None and not (kind == "document" and "animation" in one):
                found.append((one[kind][-1] if kind == "photo" else one[kind])["file_id"])
        return found

    def check(self, right: str) -> None:
        """Whether the bot may send such a thing here."""
        if self.refuses:
            raise Refused(403, f"Forbidden: {self.refuses}")
        if right not in self.rights:
            raise bad(f"not enough rights to send {right} to the chat")


@attrs.define(eq=False)
class World:
    """Everything there is; ``told`` is called when an update has come."""

    chats: dict[int, Chat] = attrs.Factory(dict)
    files: dict[str, tuple[str, bytes]] = attrs.Factory(dict)
    updates: list[dict[str, Any]] = attrs.Factory(list)
    queries: dict[str, float] = attrs.Factory(dict)
    answered: list[dict[str, Any]] = attrs.Factory(list)
    commands: dict[str, list[dict[str, str]]] = attrs.Factory(dict)
    told: Callable[[], object] = bool
    lock: Any = attrs.Factory(threading.RLock)
    _numbers: Any = attrs.Factory(lambda: itertools.count(1000))
    _bot: dict[str, Any] = attrs.Factory(
        lambda: {"id": BOT_ID, "is_bot": True, "first_name": "StationThis", "username": BOT_NAME}
    )

    @property
    def bot(self) -> dict[str, Any]:
        return self._bot

    def number(self) -> int:
        return next(self._numbers)

    def chat(self, given: Any) -> Chat:
        chat = self.chats.get(int(given))
        if chat is None:
            raise bad("chat not found")
        return chat

    def keep(self, name: str, content: bytes, kind: str) -> str:
        """Take in a file; its id."""
        file_id = f"{kind}-{self.number()}"
        self.files[file_id] = (name, content)
        return file_id

    def put(self, chat: Chat, who: dict[str, Any], **more: Any) -> dict[str, Any]:
        """A new message in a chat."""
        message = {
            "message_id": self.number(),
            "date": int(time.time()),
            "chat": chat.json,
            "from": who,
            **more,
        }
        chat.messages[message["message_id"]] = message
        return message

    def photo(self, content: bytes, name: str = "photo.jpg") -> list[dict[str, Any]]:
        """A photo's sizes, the largest last."""
        width, height = Image.open(io.BytesIO(content)).size
        small = self.keep("small.jpg", content[:8], "thumb")
        large = self.keep(name, content, "photo")
        return [
            {"file_id": small, "file_unique_id": f"u{small}", "width": 1, "height": 1, "file_size": 8},
            {"file_id": large, "file_unique_id": f"u{large}", "width": width, "height": height,
             "file_size": len(content)},
        ]  # fmt: skip

    def update(self, **more: Any) -> dict[str, Any]:
        """Something has happened; the bot will be told."""
        with self.lock:
            made = {"update_id": self.number(), **more}
            self.updates.append(made)
        self.told()
        return made

    def person(self, name: str = "Ada", *, language: str = "en", started: bool = True) -> "Person":
        """Somebody, with a private chat."""
        with self.lock:
            number = self.number() + 5_000_000
            who = {"id": number, "is_bot": False, "first_name": name, "language_code": language}
            chat = self.chats[number] = Chat(number, "private", name)
            if not started:
                chat.refuses = "bot can't initiate conversation with a user"
        return Person(self, who, chat, chat)

    def group(self, title: str = "Painters") -> Chat:
        """A supergroup with the bot in it."""
        number = -1_000_000_000_000 - self.number()
        chat = self.chats[number] = Chat(number, "supergroup", title)
        return chat


@attrs.define(eq=False)
class Person:
    """Somebody who writes to the bot, in ``chat``."""

    world: World
    who: dict[str, Any]
    chat: Chat
    private: Chat

    @property
    def id(self) -> int:
        return int(self.who["id"])

    def within(self, chat: Chat) -> "Person":
        """The same person, writing into a group."""
        return attrs.evolve(self, chat=chat)

    def says(
        self, text: str, *, to: dict[str, Any] | None = None, ago: float = 0, **more: Any
    ) -> dict[str, Any]:
        """Say something, perhaps in reply; ``ago`` seconds before now."""
        return self._says({"text": text, **_commands(text, "entities"), **more}, to, ago)

    def shows(
        self, content: bytes, caption: str = "", *, to: dict[str, Any] | None = None, **more: Any
    ) -> dict[str, Any]:
        """Send a photo."""
        said = {"photo": self.world.photo(content), **_caption(caption), **more}
        return self._says(said, to)

    def sends(
        self, kind: str, content: bytes, name: str, mime: str, caption: str = "", *, size: int | None = None
    ) -> dict[str, Any]:
        """Send a document, video, audio, voice or animation; ``size`` may be claimed."""
        told = {
            "file_id": self.world.keep(name, content, kind),
            "file_unique_id": f"u{self.world.number()}",
            "file_name": name,
            "mime_type": mime,
            "file_size": len(content) if size is None else size,
        }
        if kind in {"video", "animation"}:
            told |= {"width": 16, "height": 16, "duration": 1}
        if kind in {"audio", "voice"}:
            told |= {"duration": 1}
        return self._says({kind: told, **_caption(caption)})

    def as_chat(self, speaker: Chat, text: str) -> dict[str, Any]:
        """Somebody who speaks as a group, without a name, or as a channel; Telegram tells a bot of its own for who it was."""
        who = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
        with self.world.lock:
            said = {"text": text, **_commands(text, "entities"), "sender_chat": speaker.json}
            message = self.world.put(self.chat, who, **said)
        self.world.update(message=message)
        return message

    def album(
        self, contents: Sequence[bytes], caption: str = "", *, order: Sequence[int] = ()
    ) -> list[dict[str, Any]]:
        """Send several photos at once: an update each, the caption at the first, told in any ``order``."""
        group = str(self.world.number())
        messages = []
        with self.world.lock:
            for at, content in enumerate(contents):
                more = _caption(caption) if at == 0 else {}
                said = {"photo": self.world.photo(content), "media_group_id": group, **more}
                messages.append(self.world.put(self.chat, self.who, **said))
            for at in order or range(len(messages)):
                self.world.update(message=messages[at])
        return messages

    def presses(self, message: dict[str, Any], label: str) -> dict[str, Any]:
        """Press the button whose label has this in it."""
        buttons = [button for row in message["reply_markup"]["inline_keyboard"] for button in row]
        [button] = [button for button in buttons if label in button["text"]]
        return self.pushes(message, button["callback_data"])

    def pushes(self, message: dict[str, Any], data: str) -> dict[str, Any]:
        """Press a button by what it carries."""
        with self.world.lock:
            number = str(self.world.number())
            self.world.queries[number] = time.time()
        query = {"id": number, "from": self.who, "message": message, "chat_instance": "1", "data": data}
        return self.world.update(callback_query=query)

    def _says(self, said: dict[str, Any], to: dict[str, Any] | None = None, ago: float = 0) -> dict[str, Any]:
        if to is not None:
            said["reply_to_message"] = {key: value for key, value in to.items() if key != "reply_to_message"}
        with self.world.lock:
            message = self.world.put(self.chat, self.who, **said)
            message["date"] -= int(ago)
        self.world.update(message=message)
        return message


def _caption(caption: str) -> dict[str, Any]:
    return {"caption": caption, **_commands(caption, "caption_entities")} if caption else {}


def _commands(text: str, where: str) -> dict[str, Any]:
    if not text.startswith("/"):
        return {}
    return {where: [{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}]}
