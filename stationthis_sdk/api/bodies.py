"""Files on their way up: the whole body of a request, or a form with one file."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Final

import attrs

from stationthis_sdk.errors import InvalidInput, StationThisError

__all__ = ["Form", "Slice", "Upload"]

CHUNK: Final = 1 << 18


@attrs.define
class Slice:
    """Bytes, or a part of a file, as the whole body of a request; never more than a chunk of it is in memory.

    ``told`` hears how many bytes each chunk has, as it is handed over. Transports drop their users' exceptions, so
    what went wrong with the file is kept in ``failure``; ``done`` says whether all was handed over.
    """

    content: bytes | Path = attrs.field(repr=False)
    offset: int
    size: int
    told: Callable[[int], object] | None = attrs.field(default=None, repr=False)
    failure: StationThisError | None = attrs.field(default=None, init=False)
    done: bool = attrs.field(default=False, init=False)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The bytes, from the beginning at each call; the disk is read in a thread.

        Raises:
            InvalidInput: the file is gone, or shorter by now.
        """
        for place, size in self._places():
            on_disk = isinstance(self.content, Path)
            chunk = await asyncio.to_thread(self._read, place, size) if on_disk else self._read(place, size)
            yield self._taken(chunk, place)

    def __iter__(self) -> Iterator[bytes]:
        """The same, for transports that work in a thread."""
        for place, size in self._places():
            yield self._taken(self._read(place, size), place)

    def _places(self) -> Iterator[tuple[int, int]]:
        end = self.offset + self.size
        self.failure, self.done = None, not self.size
        return ((place, min(CHUNK, end - place)) for place in range(self.offset, end, CHUNK))

    def _taken(self, chunk: bytes, place: int) -> bytes:
        if self.told is not None:
            self.told(len(chunk))
        self.done = place + len(chunk) == self.offset + self.size
        return chunk

    def _read(self, place: int, size: int) -> bytes:
        if isinstance(self.content, bytes):
            return self.content[place : place + size]
        try:
            # Opened for each chunk: nothing is left open, wherever the sending ends.
            with self.content.open("rb") as file:
                file.seek(place)
                chunk = file.read(size)
        except OSError as error:
            self.failure = InvalidInput(f"{str(self.content)!r} can't be read any more: {error.strerror}.")
            raise self.failure from None
        if len(chunk) < size:
            self.failure = InvalidInput(f"{str(self.content)!r} became shorter while it was sent.")
            raise self.failure
        return chunk


@attrs.frozen
class Upload:
    """A file on its way up as ``multipart/form-data``: bytes, or the path of a file that is streamed.

    ``told`` hears how many bytes of the file each chunk has, on any thread.
    """

    field: str
    filename: str
    mime: str
    content: bytes | Path = attrs.field(repr=False)
    told: Callable[[int], object] | None = attrs.field(default=None, repr=False)

    async def form(self) -> "Form":
        """The body of one try.

        Raises:
            InvalidInput: the file is gone.
        """
        if isinstance(self.content, bytes):
            return Form(self, Slice(self.content, 0, len(self.content), self.told))
        try:
            size = (await asyncio.to_thread(self.content.stat)).st_size
        except OSError as error:
            raise InvalidInput(f"{str(self.content)!r} can't be read any more: {error.strerror}.") from None
        return Form(self, Slice(self.content, 0, size, self.told))


@attrs.define
class Form:
    """A form with one file (RFC 7578), in chunks; its boundary is random, so that no file can end it."""

    upload: Upload
    part: Slice
    done: bool = attrs.field(default=False, init=False)
    _boundary: str = attrs.field(factory=lambda: secrets.token_hex(16), init=False)

    @property
    def failure(self) -> StationThisError | None:
        """What went wrong with the file."""
        return self.part.failure

    @property
    def headers(self) -> dict[str, str]:
        """What says how to read it, and how long it is."""
        return {
            "Content-Type": f"multipart/form-data; boundary={self._boundary}",
            "Content-Length": str(len(self._head) + self.part.size + len(self._tail)),
        }

    async def chunks(self) -> AsyncIterator[bytes]:
        """All of it, from the beginning at each call."""
        self.done = False
        yield self._head
        async for chunk in self.part.chunks():
            yield chunk
        self.done = True
        yield self._tail

    def __iter__(self) -> Iterator[bytes]:
        """The same, for transports that work in a thread."""
        self.done = False
        yield self._head
        yield from self.part
        self.done = True
        yield self._tail

    @property
    def _head(self) -> bytes:
        upload = self.upload
        name = upload.filename.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        return (
            f'--{self._boundary}\r\nContent-Disposition: form-data; name="{upload.field}"; filename="{name}"\r\n'
            f"Content-Type: {upload.mime}\r\n\r\n"
        ).encode(errors="replace")

    @property
    def _tail(self) -> bytes:
        return f"\r\n--{self._boundary}--\r\n".encode()
