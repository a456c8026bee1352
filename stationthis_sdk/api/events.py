"""Streams of events (``text/event-stream``), read from whatever the edge's transport brings. Pure.

The libraries for it read from their own client's answers, and put no limit to a line's length.
"""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Final

import attrs

__all__ = ["EventReader", "ServerEvent", "events_in"]

LONGEST: Final = 1 << 20
"""Bytes of an event's data that are read; what is longer is cut, so that no server fills our memory."""
_LINE_ENDS: Final = re.compile(rb"\r\n|\n|\r")
_BOM: Final = b"\xef\xbb\xbf"


@attrs.frozen
class ServerEvent:
    """One event: its kind, ``message`` where nothing is said, and its data. ``whole`` is False when it was cut."""

    kind: str
    data: str
    whole: bool = True


class EventReader:
    r"""Makes events of bytes, in whatever pieces they come.

    >>> reader = EventReader()
    >>> [*reader.feed(b"data: one\nda"), *reader.feed(b"ta: line\r\n\r"), *reader.feed(b"\nid: 7\n\ndata: cut off")]
    [ServerEvent(kind='message', data='one\nline', whole=True)]
    """

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._length = 0
        self._after_cr = False
        self._too_long = False
        self._begun = False
        self._clear()

    def feed(self, chunk: bytes) -> Iterator[ServerEvent]:
        """The events that this piece completes."""
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
        self._after_cr = chunk.endswith(b"\r")
        if _LINE_ENDS.search(chunk) is None:
            self._keep(chunk)
            return
        *lines, rest = _LINE_ENDS.split(b"".join([*self._parts, chunk]))
        self._parts, self._length = [], 0
        for line in lines:
            if not self._begun:
                self._begun, line = True, line.removeprefix(_BOM)  # noqa: PLW2901 - the first line only
            if line or self._too_long:
                self._take(line)
            elif (event := self._event()) is not None:
                yield event
            self._too_long = False
        self._keep(rest)

    def _keep(self, part: bytes) -> None:
        """The beginning of a line that goes on; of one that is too long the rest is let go."""
        self._parts.append(part)
        self._length += len(part)
        if self._length > LONGEST:
            self._take(b"".join(self._parts))
            self._too_long, self._parts, self._length = True, [], 0

    def _take(self, line: bytes) -> None:
        if self._too_long:
            self._whole = False
            return
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"event":
            self._kind = value[:LONGEST].decode("utf-8", "replace")
        elif name == b"data":
            room = LONGEST - self._size
            self._whole = self._whole and len(value) <= room
            if room > 0:
                self._data.append(value[:room])
                self._size += len(value) + 1

    def _event(self) -> ServerEvent | None:
        kind, data, whole = self._kind, self._data, self._whole
        self._clear()
        if not data:
            return None
        return ServerEvent(kind or "message", b"\n".join(data).decode("utf-8", "replace"), whole)

    def _clear(self) -> None:
        self._kind, self._size, self._whole = "", 0, True
        self._data: list[bytes] = []


async def events_in(chunks: AsyncIterator[bytes]) -> AsyncIterator[ServerEvent]:
    """The events of a stream, until it ends; one that is cut off in the middle is none."""
    reader = EventReader()
    async for chunk in chunks:
        for event in reader.feed(chunk):
            yield event
