"""Telling how a batch gets on: whoever waits for it, who loops over its rows, and who looks at it."""

import asyncio
import contextlib
import contextvars
import inspect
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from stationthis_sdk.entities import BatchProgress

if TYPE_CHECKING:
    from stationthis_sdk.batches.batch import OnBatchProgress

__all__ = ["Telling"]

_OFTEN: Final = 0.1
"""Seconds between two calls of on_progress, at the least."""


class Telling:
    """Who hears of one batch. ``progress`` tells how far it is; None before it has counted."""

    def __init__(self, progress: Callable[[], BatchProgress | None]) -> None:
        self._progress = progress
        self._on_progress: OnBatchProgress | None = None
        self._told_at = 0.0
        self._waiter = contextvars.copy_context()
        self._listeners: set[asyncio.Queue[int | None]] = set()
        self._views: set[Any] = set()

    @contextlib.contextmanager
    def waiting(self, on_progress: "OnBatchProgress | None") -> Iterator[None]:
        """Within the block somebody waits, and is told where it waits how far it is."""
        self._on_progress, self._told_at = on_progress, 0.0
        self._waiter = contextvars.copy_context()
        try:
            yield
        finally:
            self._on_progress = None

    @contextlib.contextmanager
    def shown_by(self, view: Any) -> Iterator[None]:
        """Within the block a view hears of each row."""
        self._views.add(view)
        try:
            yield
        finally:
            self._views.discard(view)

    @contextlib.contextmanager
    def heard(self) -> "Iterator[asyncio.Queue[int | None]]":
        """The places of rows as they end, within the block; None: no more will."""
        places: asyncio.Queue[int | None] = asyncio.Queue()
        self._listeners.add(places)
        try:
            yield places
        finally:
            self._listeners.discard(places)

    def ended(self, place: int) -> None:
        """A row has."""
        for listener in self._listeners:
            listener.put_nowait(place)
        for view in self._views:
            view.row(place)

    def over(self) -> None:
        """All of it has stopped: whoever waits is told once more how far it is, however lately that was."""
        self._told_at = 0.0
        for listener in self._listeners:
            listener.put_nowait(None)

    async def tell(self) -> None:
        """Tell whoever waits how far it is, ten times a second at the most."""
        now = time.monotonic()
        if self._on_progress is None or now - self._told_at < _OFTEN:
            return
        progress = self._progress()
        if progress is None:
            return
        self._told_at = now
        heard = self._on_progress(progress)
        if not inspect.isawaitable(heard):
            return
        # Whoever waits may be another call than the one that began it: it is told where it waits.
        telling = asyncio.get_running_loop().create_task(_of(heard), context=self._waiter)
        try:
            await asyncio.wait({telling})
        finally:
            telling.cancel()
        if not telling.cancelled():
            telling.result()


async def _of(heard: Awaitable[None]) -> None:
    await heard
