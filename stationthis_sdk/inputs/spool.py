"""Streams on their way up: in memory while they are small, in a temporary file beyond that, refused beyond a limit."""

import asyncio
import os
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Final

from stationthis_sdk.errors import InvalidInput, SaveFailed

__all__ = ["Spool", "TemporaryPath"]

SMALL: Final = 4 << 20
"""Bytes that are kept in memory."""


class TemporaryPath:
    """A new temporary file, open for writing; it is gone when this is, at the latest with the process."""

    def __init__(self) -> None:
        try:
            number, name = tempfile.mkstemp(prefix="stationthis-")
        except OSError as error:
            raise SaveFailed(f"No temporary file can be made: {error.strerror}.") from None
        self.path = Path(name)
        self.file: BinaryIO = os.fdopen(number, "w+b", buffering=0)
        self._end = weakref.finalize(self, _end, self.file, self.path)

    def remove(self) -> None:
        """Take it away now."""
        self._end()


class Spool:
    """What a stream is written into. ``too_large`` makes the message for one that is longer than ``limit``.

    >>> spool = Spool(3, lambda: "too long")
    >>> spool.write(b"abc")
    >>> spool.content()
    b'abc'
    """

    def __init__(self, limit: int, too_large: Callable[[], str]) -> None:
        self._limit = limit
        self._too_large = too_large
        self._memory = bytearray()
        self.size = 0
        self.keeper: TemporaryPath | None = None
        """What takes the temporary file away, if there is one."""

    def write(self, chunk: bytes) -> None:
        """Add to the end.

        Raises:
            InvalidInput: that is more than may be.
            SaveFailed: the disk is full.
        """
        self.size += len(chunk)
        if self.size > self._limit:
            self.close()
            raise InvalidInput(self._too_large())
        if self.keeper is None:
            self._memory += chunk
            if self.size <= SMALL:
                return
            self.keeper = TemporaryPath()
            chunk, self._memory = bytes(self._memory), bytearray()
        try:
            _write_all(self.keeper.file, chunk)
        except OSError as error:
            self.close()
            raise SaveFailed(f"A temporary file can't be written: {error.strerror}.") from None

    def seek(self, place: int) -> None:
        """Go to the beginning; ``truncate`` follows."""
        self._memory.clear()
        self.size = place
        if self.keeper is not None:
            self.keeper.file.seek(place)

    def truncate(self) -> None:
        """Forget what was written."""
        if self.keeper is not None:
            self.keeper.file.truncate()

    def content(self) -> bytes | Path:
        """All of it: the bytes, or the file that has them."""
        if self.keeper is None:
            return bytes(self._memory)
        self.keeper.file.close()
        return self.keeper.path

    def close(self) -> None:
        """Throw it away."""
        self._memory.clear()
        if self.keeper is not None:
            self.keeper.remove()


def _write_all(file: BinaryIO, chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        rest = rest[file.write(rest) :]


def _end(file: BinaryIO, path: Path) -> None:
    """Off the loop where one runs: whatever is collected is collected anywhere."""

    def end() -> None:
        file.close()
        path.unlink(missing_ok=True)

    try:
        loop: Any = asyncio.get_running_loop()
    except RuntimeError:
        end()
    else:
        loop.run_in_executor(None, end)
