"""Where a run's pictures and files come from, on their way to ComfyUI."""

import base64
import binascii
import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import attrs

from stationthis_sdk.local.comfyui.pictures import Prepared, prepared
from stationthis_sdk.local.engines import NodeFailed

__all__ = ["FOLDER", "WEB", "Sources"]

FOLDER: Final = "stationthis"
"""The folder inside ComfyUI's input folder that our files go to."""

WEB: Final = ("http://", "https://")
_DATA_URL: Final = re.compile(r"data:image/(png|jpeg|jpg);base64,", re.ASCII)
_UPLOAD_LIMIT: Final = 512 * 1024 * 1024
_ENTRIES: Final = 1024
_ZIPPED: Final = (".png", ".jpg", ".jpeg")


@attrs.define
class Sources:
    """Where pictures and files come from, and those that ComfyUI is to be given."""

    read: Callable[[str], bytes | None]
    uploads: dict[str, bytes] = attrs.Factory(dict)

    def add(self, content: bytes, suffix: str) -> str:
        """Note a file for ComfyUI; returns the name it gets there: the same for the same bytes."""
        name = f"{FOLDER}/{hashlib.sha256(content).hexdigest()[:40]}{suffix}"
        self.uploads[name] = content
        if sum(map(len, self.uploads.values())) > _UPLOAD_LIMIT:
            raise NodeFailed(
                f"the run's input files are more than {_UPLOAD_LIMIT // 2**20} MB together: give fewer or smaller"
            )
        return name

    def picture(self, *places: Any) -> Prepared | None:
        """The first picture that one of these URLs leads to."""
        for place in places:
            content = self.content(place) if isinstance(place, str) else None
            if content:
                return prepared(content)
        return None

    def file(self, place: Any) -> str | None:
        """The name of a file from the web, once ComfyUI has it; None when there is none."""
        if not isinstance(place, str) or not place.startswith(WEB):
            return None
        content = self.read(place)
        if content is None:
            return None
        suffix = PurePosixPath(unquote(urlsplit(place).path)).suffix.lower()
        return self.add(content, suffix if re.fullmatch(r"\.[a-z0-9]{1,8}", suffix) else ".bin")

    def content(self, place: str) -> bytes | None:
        """What a URL or data URL leads to; as in the plugin, only PNG and JPEG data URLs."""
        if place.startswith(WEB):
            return self.read(place)
        if start := _DATA_URL.match(place):
            try:
                return base64.b64decode(place[start.end() :], validate=True)
            except binascii.Error:
                return None
        return None

    def pictures_at(self, place: str) -> Iterator[bytes]:
        """The picture files a URL leads to: one, or all those of a .zip."""
        if not place.startswith(WEB) or not urlsplit(place).path.endswith(".zip"):
            if content := self.content(place):
                yield content
            return
        content = self.read(place)
        if content is None:
            return
        left = _UPLOAD_LIMIT
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                for entry in archive.infolist()[:_ENTRIES]:
                    if not entry.filename.lower().endswith(_ZIPPED):
                        continue
                    with archive.open(entry) as file:
                        picture = file.read(left + 1)  # what it says of its size may be a lie
                    left -= len(picture)
                    if left < 0:
                        raise NodeFailed(
                            f"its archive holds more than {_UPLOAD_LIMIT // 2**20} MB: give less"
                        )
                    yield picture
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as problem:
            raise NodeFailed(f"its archive can't be read: {problem}") from problem
