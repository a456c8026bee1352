"""One transfer, and everybody who waits for it: it is given up when the last of them goes."""

import asyncio
import contextlib
import inspect
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

from stationthis_sdk.entities import OnBytes
from stationthis_sdk.interrupts import carried_through

__all__ = ["Transfer"]

T = TypeVar("T")


class Transfer(Generic[T]):
    """Work that sends ``total`` bytes, in a task of its own."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.sent = 0
        self._loop = asyncio.get_running_loop()
        self._ears: set[asyncio.Event] = set()
        self._task: asyncio.Task[T] | None = None

    def start(self, work: Coroutine[Any, Any, T]) -> None:
        """Begin; whoever started it waits for it."""
        self._task = self._loop.create_task(work)
        self._task.add_done_callback(lambda _: self._wake())

    @property
    def under_way(self) -> bool:
        """Whether others may join."""
        return self._task is not None and not self._task.done() and not self._task.cancelling()

    def told(self, count: int) -> None:
        """So many bytes more are on their way; on any thread."""
        with contextlib.suppress(RuntimeError):  # a thread that outlived the loop
            self._loop.call_soon_threadsafe(self._add, count)

    def start_over(self) -> None:
        """All is sent again."""
        self.sent = 0

    async def wait(self, on_progress: OnBytes | None = None) -> T:
        """Its result. What ``on_progress`` raises is raised here.

        However slow the callback is, it hears the newest numbers, and at the end that all is sent.
        """
        task = self._task
        if task is None:
            raise RuntimeError("It was not started.")
        moved, shown = asyncio.Event(), -1
        self._ears.add(moved)
        try:
            while not task.done():
                if on_progress is not None and self.sent != shown:
                    shown = self.sent
                    await _tell(on_progress, shown, self.total)
                    continue
                await moved.wait()
                moved.clear()
            result = task.result()
            if on_progress is not None and shown != self.total:
                await _tell(on_progress, self.total, self.total)
            return result
        finally:
            self._ears.discard(moved)
            if not self._ears and not task.done():
                task.cancel()
                await carried_through(_ended(task))

    def _add(self, count: int) -> None:
        self.sent = min(self.sent + count, self.total)
        self._wake()

    def _wake(self) -> None:
        for ear in self._ears:
            ear.set()


async def _tell(on_progress: OnBytes, sent: int, total: int) -> None:
    heard = on_progress(sent, total)
    if inspect.isawaitable(heard):
        await heard


async def _ended(task: "asyncio.Task[Any]") -> None:
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()  # nobody waits for it any more
