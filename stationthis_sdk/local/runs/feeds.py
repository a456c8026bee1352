"""What happens in the gateway, told to whoever listens: streams of one run, progress, logs, the page."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Generic, TypeVar

import attrs

from stationthis_sdk.local.rows.runs import Run

__all__ = ["Audience", "Feeds", "Happening", "Listener"]

_BEHIND: Final = 10_000
"""News a listener may be behind before it is dropped, so that one that never reads costs little."""

News = TypeVar("News")


@attrs.frozen
class Happening:
    """One thing that happened to a run.

    ``kind`` is state (a new status, progress or live status; ``data`` holds the names of what has changed), input
    (its inputs were put into its graph), event (what a run's own stream tells, in ``data``), output (its row in
    ``data``), preview (a Previewed in ``data``), log (its row in ``data``) or end (nothing follows but late logs).
    """

    kind: str
    run: Run
    data: Any = None


class Listener(Generic[News]):
    """What one listener has not read yet."""

    def __init__(self, wanted: Callable[[News], bool]) -> None:
        self._wanted = wanted
        self._waiting: asyncio.Queue[News | None] = asyncio.Queue()
        self.lost = False

    def __aiter__(self) -> AsyncIterator[News]:
        return self

    async def __anext__(self) -> News:
        news = await self._waiting.get()
        if news is None:
            raise StopAsyncIteration
        return news

    def take(self, news: News) -> None:
        """Keep it if it is wanted; whoever is too far behind gets no more (``lost``)."""
        if self.lost or not self._wanted(news):
            return
        if self._waiting.qsize() >= _BEHIND:
            self.lost = True
            self.close()
            return
        self._waiting.put_nowait(news)

    def close(self) -> None:
        """End the iteration once all is read."""
        self._waiting.put_nowait(None)


class Audience(Generic[News]):
    """Everybody who listens to one kind of news."""

    def __init__(self) -> None:
        self._listeners: set[Listener[News]] = set()
        self._closed = False

    def tell(self, news: News) -> None:
        """Tell it to whoever wants it."""
        for listener in tuple(self._listeners):
            listener.take(news)

    @contextmanager
    def listening(self, wanted: Callable[[News], bool]) -> Iterator[Listener[News]]:
        """Hear from now on what is wanted."""
        listener = Listener(wanted)
        self._listeners.add(listener)
        if self._closed:
            listener.close()
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def close(self) -> None:
        """End every listener, also those to come: the gateway stops."""
        self._closed = True
        for listener in self._listeners:
            listener.close()


class Feeds(Audience[Happening]):
    """Everybody who listens to what happens to runs."""
