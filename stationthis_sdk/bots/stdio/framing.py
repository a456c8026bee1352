"""One message a line, in and out: by threads, so that standard streams may be pipes, files, sockets or terminals."""

import asyncio
import contextlib
import json
import os
import queue
import select
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Any, Final

import orjson

__all__ = ["LONGEST_LINE", "TOO_LONG", "Incoming", "Lines", "Outgoing", "as_line"]

LONGEST_LINE: Final = 16 << 20
"""Bytes of the longest message that is read; larger files are given by their path."""
TOO_LONG: Final = object()
"""Stands for a line that was longer: none of it is kept."""

_PIECE: Final = 1 << 16
_READ_AHEAD: Final = 16
_UNSENT: Final = 8 << 20
"""Bytes that may wait for a slow reader before nothing more is read from it."""


class Lines:
    r"""Bytes as they come in, lines as they are whole; a line that is too long is one ``TOO_LONG``.

    >>> lines = Lines(longest=8)
    >>> lines.feed(b'{"a"'), lines.feed(b':1}\r\n[]\n12345')
    ([], [b'{"a":1}', b'[]'])
    >>> lines.feed(b"6789\n[]\n") == [TOO_LONG, b"[]"], lines.rest()
    (True, [])
    """

    def __init__(self, longest: int = LONGEST_LINE) -> None:
        self._longest = longest
        self._parts: list[bytes] = []
        self._size = 0
        self._skipping = False

    def feed(self, content: bytes) -> list[Any]:
        """The lines that are whole now, without their ends."""
        found: list[Any] = []
        *ended, rest = content.split(b"\n")
        for part in ended:
            self._keep(part)
            found += self.rest()
        self._keep(rest)
        return found

    def rest(self) -> list[Any]:
        """What stands behind the last line's end."""
        line: Any = TOO_LONG if self._skipping else b"".join(self._parts).rstrip(b"\r")
        self._parts, self._size, self._skipping = [], 0, False
        return [line] if line is TOO_LONG or line.strip() else []

    def _keep(self, part: bytes) -> None:
        self._size += len(part)
        if self._skipping or self._size > self._longest:
            self._skipping, self._parts = True, []
        elif part:
            self._parts.append(part)


def as_line(message: Any) -> bytes:
    """A message as it is written.

    Raises:
        RecursionError: it is nested too deeply.
    """
    try:
        return orjson.dumps(message, default=str) + b"\n"
    except TypeError:  # half a letter, a number of more than 64 bits, or deep
        return json.dumps(message, default=str).encode() + b"\n"


class Incoming:
    """The lines of a file descriptor, read on a thread of their own; at its end comes None."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._loop = asyncio.get_running_loop()
        self._lines: asyncio.Queue[Any] = asyncio.Queue(_READ_AHEAD)

    def start(self) -> None:
        """Begin to read."""
        threading.Thread(target=self._read, name="stationthis-stdin", daemon=True).start()

    async def line(self) -> Any:
        """The next line, ``TOO_LONG``, or None at the end."""
        return await self._lines.get()

    def _read(self) -> None:
        lines = Lines()
        with contextlib.suppress(RuntimeError, CancelledError):  # the loop has ended: nobody reads any more
            while True:
                try:
                    content = os.read(self._descriptor, _PIECE)
                except BlockingIOError:  # whoever gave us the stream reads it without waiting
                    select.select([self._descriptor], [], [])
                    continue
                except OSError:
                    content = b""
                for line in lines.feed(content) if content else lines.rest():
                    self._hand_over(line)
                if not content:
                    self._hand_over(None)
                    return

    def _hand_over(self, line: Any) -> None:
        work = self._lines.put(line)
        try:
            handed = asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError:
            work.close()
            raise
        handed.result()


class Outgoing:
    """Messages to a file descriptor, written on a thread of their own; who sends waits while the reader is slow."""

    def __init__(self, descriptor: int, broken: Callable[[], None]) -> None:
        self._descriptor = descriptor
        self._broken = broken
        self._loop = asyncio.get_running_loop()
        self._unsent = 0
        self._room = asyncio.Event()
        self._room.set()
        self._empty = asyncio.Event()
        self._empty.set()
        self._messages: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.lost = False

    def start(self) -> None:
        """Begin to write."""
        threading.Thread(target=self._write, name="stationthis-stdout", daemon=True).start()

    async def room(self) -> None:
        """Wait until the reader has caught up."""
        await self._room.wait()

    async def send(self, line: bytes) -> None:
        """Write one line, after those that came before."""
        await self._room.wait()
        if self.lost:
            return
        self._unsent += len(line)
        self._empty.clear()
        if self._unsent >= _UNSENT:
            self._room.clear()
        self._messages.put(line)

    async def flush(self, seconds: float) -> None:
        """Wait until all is written, or nobody reads it for so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._empty.wait()

    def close(self) -> None:
        """Write no more than has been sent."""
        self._messages.put(None)

    def _write(self) -> None:
        while (line := self._messages.get()) is not None:
            try:
                view = memoryview(line)
                while view:
                    try:
                        view = view[os.write(self._descriptor, view) :]
                    except BlockingIOError:
                        select.select([], [self._descriptor], [])
            except OSError:
                self._tell(self._lose)
                return
            self._tell(self._written, len(line))

    def _tell(self, what: Callable[..., None], *about: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(what, *about)

    def _written(self, size: int) -> None:
        self._unsent -= size
        if self._unsent < _UNSENT:
            self._room.set()
        if not self._unsent:
            self._empty.set()

    def _lose(self) -> None:
        self.lost = True
        self._room.set()
        self._empty.set()
        self._broken()
