"""The folder of files: uploads and outputs under random names of ours, served without a key like a bucket."""

import os
import re
import secrets
import string
from mimetypes import MimeTypes
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

from stationthis_sdk.local.storage.links import Denied, Links

__all__ = ["FileStore", "file_id", "random_id", "suffix_of", "type_of_name"]

_NAME: Final = re.compile(r"[A-Za-z0-9_]{8,64}(\.[a-z0-9]{1,12})?")
_KINDS: Final = ("inputs", "outputs", "assets", "private")  # the last of any kind, read with a signature only
_LETTERS: Final = string.ascii_letters + string.digits
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})

# Python's own table only, so that a name means the same type on every machine; these it lacks or learnt late.
_TYPES: Final = MimeTypes()
for _type, _suffix in (
    ("image/webp", ".webp"),
    ("image/avif", ".avif"),
    ("application/x-exr", ".exr"),
    ("audio/flac", ".flac"),
    ("application/octet-stream", ".safetensors"),
    ("application/yaml", ".yaml"),
    ("text/markdown", ".md"),
):
    _TYPES.add_type(_type, _suffix)


def type_of_name(name: str) -> str:
    """Guess a content type from a file's name alone, as the service does.

    >>> type_of_name("fox.webp"), type_of_name("notes.txt"), type_of_name("blob")
    ('image/webp', 'text/plain', 'application/octet-stream')
    """
    return _TYPES.guess_type(name, strict=False)[0] or "application/octet-stream"


def file_id(content_type: str) -> str:
    """Make an id of the service's shape: a word for the kind, then sixteen random characters.

    >>> file_id("image/png")[:4], len(file_id("image/png"))
    ('img_', 20)
    """
    kind = content_type.partition("/")[0]
    prefix = {"image": "img", "video": "vid", "audio": "audio"}.get(kind, "file")
    if content_type in {"application/zip", "application/x-zip-compressed"}:
        prefix = "zip"
    return random_id(prefix)


def random_id(prefix: str) -> str:
    """The prefix and sixteen random characters."""
    return f"{prefix}_{''.join(secrets.choice(_LETTERS) for _ in range(16))}"


class FileStore:
    """Files on disk, named ``kind/random.suffix``; no name given by people ever reaches the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.links = Links(secrets.token_bytes(32))

    def open(self) -> None:
        """Make the folders, read the secret of the links, and clear away uploads that were never finished."""
        for kind in (*_KINDS, "unfinished"):
            (self._folder / kind).mkdir(mode=0o700, parents=True, exist_ok=True)
        for leftover in (self._folder / "unfinished").iterdir():
            leftover.unlink(missing_ok=True)
        self.links = Links.kept_in(self._folder / "secret")

    def begin(self) -> tuple[BinaryIO, Path]:
        """Open a new unfinished file; :meth:`keep` it or unlink it."""
        path = self._folder / "unfinished" / secrets.token_hex(16)
        return path.open("xb"), path

    def keep(self, unfinished: Path, kind: str, name: str) -> str:
        """Give a finished file its place; returns its path on the server, ``/files/kind/name``."""
        os.replace(unfinished, self._place(kind, name))  # noqa: PTH105  atomic, and says so
        return f"/files/{kind}/{name}"

    def put(self, content: bytes, kind: str, name: str) -> str:
        """Keep some bytes; returns their path on the server."""
        file, unfinished = self.begin()
        with file:
            file.write(content)
        return self.keep(unfinished, kind, name)

    def find(self, kind: str, name: str) -> Path | None:
        """The file of this name, or None for whatever is no name of ours."""
        if kind not in _KINDS or not _NAME.fullmatch(name):
            return None
        path = self._folder / kind / name
        return path if path.is_file() else None

    def find_url(self, url: str) -> Path | None:
        """The file behind a URL of this gateway, whatever port it had when the URL was made."""
        try:
            parts = urlsplit(url)
            ours = parts.scheme in {"http", "https"} and parts.hostname in _LOOPBACK
        except ValueError:
            return None
        match parts.path.split("/"):
            case ["", "files", kind, name] if ours and (kind != "private" or self._is_readable(parts)):
                return self.find(kind, name)
        return None

    def newer(self, kind: str, since: int) -> list[str]:
        """The names of files of a kind that were written since then (microseconds since 1970)."""
        with os.scandir(self._folder / kind) as entries:
            return [entry.name for entry in entries if entry.stat().st_mtime_ns // 1000 >= since]

    def remove(self, kind: str, name: str) -> None:
        """Delete a file of this name, if it is there."""
        self._place(kind, name).unlink(missing_ok=True)

    def _is_readable(self, parts: SplitResult) -> bool:
        try:
            self.links.check("GET", parts.path, dict(parse_qsl(parts.query)), {})
        except Denied:
            return False
        return True

    def _place(self, kind: str, name: str) -> Path:
        if kind not in _KINDS or not _NAME.fullmatch(name):
            raise ValueError(f"{kind}/{name} is no name this gateway gives to files")
        return self._folder / kind / name


def suffix_of(name: str) -> str:
    """A file name's suffix when it is harmless, else nothing.

    >>> suffix_of("pic one.PNG"), suffix_of("blob"), suffix_of("a.p/../ng")
    ('.png', '', '')
    """
    suffix = Path(name).suffix.lower()
    return suffix if re.fullmatch(r"\.[a-z0-9]{1,12}", suffix) else ""
