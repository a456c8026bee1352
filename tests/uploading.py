"""What the tests of uploads share: files of known kinds, and what a client sent."""

import io
import struct
import urllib.request
import wave
from typing import Any

from PIL import Image

MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + b"\x00\x00\x00\x08mdat" * 8
ZIP = b"PK\x03\x04"


def png(colour: tuple[int, int, int] = (7, 8, 9), size: tuple[int, int] = (6, 4)) -> bytes:
    """A picture of one colour."""
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def wav(seconds: float = 0.01) -> bytes:
    """A sound."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(struct.pack("<h", 1000) * int(8000 * seconds))
    return buffer.getvalue()


def fetched(url: str) -> tuple[bytes, str]:
    """What is behind a link, and its type, without a key."""
    with urllib.request.urlopen(url) as answer:
        return answer.read(), answer.headers["Content-Type"]


def sent(st: Any, since: int = 0) -> list[str]:
    """What a client asked for, as method and path below the API, oldest first; storage is ``PUT storage``."""
    return [_shown(one.method, one.url) for one in list(st.last_requests)[since:]]


def _shown(method: str, url: str) -> str:
    path = url.partition("://")[2].partition("/")[2]
    if path.startswith("api/"):
        return f"{method} {path.removeprefix('api')}"
    return f"{method} storage"


class Hands:
    """A clock moved by hand."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now
