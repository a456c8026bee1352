"""What Telegram refuses, in its own words: core.telegram.org/bots/api, as rules without any state."""

import io
import json
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Final

from PIL import Image

__all__ = ["Refused", "keyboard", "medias", "picture", "text_of"]

MIB: Final = 1 << 20
UPLOAD: Final = 50 * MIB
DOWNLOAD: Final = 20 * MIB
PHOTO: Final = 10 * MIB
REACTIONS: Final = frozenset(
    "❤👍👎🔥🥰👏😁🤔🤯😱🤬😢🎉🤩🤮💩🙏👌🕊🤡🥱🥴😍🐳🌚🌭💯🤣⚡🍌🏆💔🤨😐🍓🍾💋🖕😈😴😭🤓👻🙈😇😨🤝✍🤗🫡🎅🎄☃💅🤪🗿🆒💘🙉🦄😘💊🙊😎👾😡"
)
_COMMAND: Final = re.compile(r"[a-z0-9_]{1,32}")
_MIXED: Final = {"photo", "video"}


class Refused(Exception):
    """An answer that says no."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    @property
    def json(self) -> dict[str, Any]:
        told = {"ok": False, "error_code": self.code, "description": self.description}
        return {**told, "parameters": self.parameters} if self.parameters else told


def bad(description: str) -> Refused:
    return Refused(400, f"Bad Request: {description}")


def units(text: str) -> int:
    """Telegram counts UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def text_of(given: Mapping[str, Any], *, caption: bool = False) -> str:
    """A text or a caption within its limit."""
    text = str(given.get("caption" if caption else "text", ""))
    text.encode()  # half a surrogate pair is no text
    if not caption and not text.strip():
        raise bad("message text is empty")
    if units(text) > (1024 if caption else 4096):
        raise bad("message caption is too long" if caption else "message is too long")
    return text.strip()


def keyboard(given: Mapping[str, Any]) -> dict[str, Any] | None:
    """An inline keyboard, or what forces a reply."""
    if not given.get("reply_markup"):
        return None
    markup = json.loads(given["reply_markup"])
    for row in markup.get("inline_keyboard", ()):
        if len(row) > 8:
            raise bad("BUTTON_ROW_TOO_LONG")
        for button in row:
            data = button.get("callback_data")
            if not button.get("text"):
                raise bad("text buttons are unallowed in the inline keyboard")
            if data is None and not button.get("url"):
                raise bad("inline keyboard button must have exactly one of the optional fields")
            if data is not None and not 1 <= len(data.encode()) <= 64:
                raise bad("BUTTON_DATA_INVALID")
    return markup


def upload(content: bytes) -> bytes:
    """A file that is sent."""
    if not content:
        raise bad("file must be non-empty")
    if len(content) > UPLOAD:
        raise Refused(413, "Request Entity Too Large")
    return content


def picture(content: bytes) -> tuple[int, int]:
    """The size of a photo that Telegram takes."""
    if len(content) > PHOTO:
        raise bad(
            f"file of size {len(content)} bytes is too big for a photo; the maximum size is {PHOTO} bytes"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            width, height = Image.open(io.BytesIO(content)).size
    except Exception:  # noqa: BLE001 - whatever Pillow says
        raise bad("IMAGE_PROCESS_FAILED") from None
    if width + height > 10_000 or max(width, height) > 20 * min(width, height):
        raise bad("PHOTO_INVALID_DIMENSIONS")
    return width, height


def medias(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The members of an album: 2 to 10, photos and videos together, documents and audio each with their like."""
    media: list[dict[str, Any]] = json.loads(given.get("media") or "[]")
    if "reply_markup" in given:
        raise bad(
            "albums have no keyboard"
        )  # the field does not exist: the service ignores it, a test must not
    if not 2 <= len(media) <= 10:
        raise bad("the number of media in an album must be 2–10")
    kinds = {one["type"] for one in media}
    if not (kinds <= _MIXED or kinds in ({"document"}, {"audio"})):
        raise bad(f"{' and '.join(sorted(kinds))} can't be mixed in an album")
    for one in media:
        text_of(one, caption=True)
    return media


def commands(listed: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """What setMyCommands takes."""
    if len(listed) > 100:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    for one in listed:
        if not _COMMAND.fullmatch(one["command"]):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(one["description"]) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    if len({one["command"] for one in listed}) != len(listed):
        raise bad("BOT_COMMAND_DUPLICATE")
    return [dict(one) for one in listed]
