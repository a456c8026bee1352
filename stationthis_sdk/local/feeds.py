"""What happens in the gateway, told to whoever listens: streams of one run, progress, logs, the page."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import attrs

from stationthis_sdk.local.rows.runs import Run

__all__ = ["Feeds", "Happening", "Listener"]

_BEHIND: Final = 10_000
"""Happenings a listener may be behind before it is dropped, so that one that never reads costs little."""


@attrs.frozen
class Happening:
    """One thing that happened to a run.

    ``kind`` is state (a new status, progress or live status), event (what a run's own stream tells, in ``data``),
    output (its row in ``data``), log (its row in ``data``) or end (nothing follows but late logs).
    """

    kind: str
    run: Run
    data: Any = None


class Listener:
    """What one listener has not read yet."""

    def __init__(self, wanted: Callable[[Happening], bool]) -> None:
        self._wanted = wanted
        self._waiting: asyncio.Queue[Happening | None] = asyncio.Queue()
        self.lost = False

    def __aiter__(self) -> AsyncIterator[Happening]:
        return self

    async def __anext__(self) -> Happening:
        happening = await self._waiting.get()
        if happening is None:
            raise StopAsyncIteration
        return happening

    def take(self, happening: Happening) -> None:
        """Keep it if it is wanted; whoever is too far behind gets no more (``lost``)."""
        if self.lost or not self._wanted(happening):
            return
        if self._waiting.qsize() >= _BEHIND:
            self.lost = True
            self.close()
            return
        self._waiting.put_nowait(happening)

    def close(self) -> None:
        """End the iteration once all is read."""
        self._waiting.put_nowait(None)


class Feeds:
    """Everybody who listens."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()

    def tell(self, happening: Happening) -> None:
        """Tell it to whoever wants it."""
        for listener in tuple(self._listeners):
            listener.take(happening)

    @contextmanager
    def listening(self, wanted: Callable[[Happening], bool]) -> Iterator[Listener]:
        """Hear from now on what is wanted."""
        listener = Listener(wanted)
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def close(self) -> None:
        """End every listener: the gateway stops."""
        for listener in self._listeners:
            listener.close()
