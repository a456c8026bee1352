"""Saved files as outputs: what shows an output shows these as well."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from stationthis_sdk.errors import DownloadFailed, InvalidInput
from stationthis_sdk.outputs.normalise import type_of
from stationthis_sdk.outputs.sidecar import SavedRun, read_saved

if TYPE_CHECKING:
    import builtins

__all__ = ["FileOutput"]

_ANIMATED: Final = {"image/gif", "image/apng"}


@attrs.frozen
class FileOutput:
    """A file on this machine, in the manner of an output."""

    path: Path
    size: int
    version: int

    @classmethod
    async def of(cls, path: Path) -> "FileOutput | None":
        """The file, if there is one."""
        return await asyncio.to_thread(cls._of, path)

    @classmethod
    async def all_of(cls, paths: Iterable[Path]) -> "list[FileOutput]":
        """Those of these files that are there."""
        return await asyncio.to_thread(lambda: [one for path in paths if (one := cls._of(path)) is not None])

    @classmethod
    def _of(cls, path: Path) -> "FileOutput | None":
        try:
            path = path.expanduser().resolve()
            told = path.stat()
            return cls(path, told.st_size, told.st_mtime_ns) if path.is_file() else None
        except (OSError, ValueError, RuntimeError):
            return None

    @property
    def mime(self) -> str | None:
        """The media type, by its name."""
        return type_of(self.path.name)

    @property
    def kind(self) -> str:
        """The kind of output, by its name."""
        mime = self.mime or ""
        if mime in _ANIMATED:
            return "animation"
        first = mime.partition("/")[0]
        return first if first in {"image", "video", "audio", "text"} else "file"

    @property
    def name(self) -> str | None:
        """Files have none but their own."""
        return None

    @property
    def filename(self) -> str:
        """Its name."""
        return self.path.name

    @property
    def url(self) -> str:
        """What it is told apart by: a file that was written anew is another one."""
        return f"{self.path.as_uri()}#{self.version}"

    async def bytes(self, *, max_bytes: int = 2 << 30) -> "builtins.bytes":
        """All of it.

        Raises:
            DownloadFailed: it is larger, or can't be read.
        """
        return await asyncio.to_thread(self._read, max_bytes)

    def _read(self, most: int) -> "builtins.bytes":
        try:
            with self.path.open("rb") as file:
                data = file.read(most + 1)
        except OSError as error:
            raise DownloadFailed(f"{self.path} can't be read: {error.strerror or error}.") from None
        if len(data) > most:
            raise DownloadFailed(f"{self.path} is larger than {most:,} bytes.")
        return data

    async def text(self) -> str:
        """Its content as text.

        Raises:
            DownloadFailed: see ``bytes``.
        """
        return (await self.bytes(max_bytes=64 << 20)).decode("utf-8", "replace")

    async def told(self) -> SavedRun | None:
        """What is written beside it, or in it, of the run that made it."""
        try:
            return await asyncio.to_thread(read_saved, self.path)
        except InvalidInput:
            return None

    def __repr__(self) -> str:
        return f"<{self.kind} {self.path.name!r}>"
