"""A gallery that lives: it fills in while things run, and answers clicks; its copy in the notebook follows.

It is one task of the SDK's loop, which ends when nothing can change any more, and begins again when somebody clicks.
"""

import asyncio
import contextlib
import contextvars
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from stationthis_sdk.errors import StationThisError
from stationthis_sdk.logs import logger
from stationthis_sdk.notebook.gallery.detail import detail_of
from stationthis_sdk.notebook.gallery.seen import Front, Seen
from stationthis_sdk.notebook.gallery.tiles import Tiles
from stationthis_sdk.notebook.texts import clean

__all__ = ["Live"]

_PACE: Final = 0.7
"""Seconds between two looks, and more where looking takes long."""
_EASE: Final = 10
"""A look may take a tenth of the time."""
_COPY_EVERY: Final = 20.0
"""Seconds between two copies while things run."""
_COPY_SECONDS: Final = 6.0
"""So long the first copy waits for pictures; the next ones longer, until all are there."""
_AFTER_A_PICK: Final = 1.5
"""Seconds until the copy follows."""
_SETTLES: Final = 3.0
_AGAIN: Final = (1.0, 2.0, 4.0, 8.0)
"""A front end that has not said that it is there may not have heard yet: it is told again after so many seconds."""
_log = logger("notebook")


class Live:
    """The life of one gallery. All of it happens on one loop; ``receive`` may be called from anywhere."""

    def __init__(
        self, tiles: Tiles, seen: Seen, front: Front, copy: Callable[[float], Awaitable[bool]]
    ) -> None:
        self._tiles, self._seen, self._front, self._copy = tiles, seen, front, copy
        self._context = contextvars.copy_context()  # that of the cell: what is sent belongs there
        self._heard: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._opening: asyncio.Task[None] | None = None
        self._copying: asyncio.Task[None] | None = None
        self._copy_at: float | None = 0.0
        self._copy_seconds, self._copy_took = _COPY_SECONDS, 0.0
        self._views = 0
        self._pause = _PACE
        self._worked_at = 0.0
        self._closed = False
        self.met = asyncio.Event()
        """A front end has said that it is there."""
        self.copied = asyncio.Event()
        """A copy with all pictures is drawn."""

    def start(self) -> None:
        """Begin, or begin again."""
        self._loop = asyncio.get_running_loop()
        if not self._closed and (self._task is None or self._task.done()):
            self._task = self._loop.create_task(self._run(), context=self._context)

    def receive(self, message: Mapping[str, Any]) -> None:
        """The front end has said something; called on the kernel's threads."""
        with contextlib.suppress(RuntimeError):  # the loop has ended with the interpreter
            self._loop.call_soon_threadsafe(self._take, message)

    def _take(self, message: Mapping[str, Any]) -> None:
        self._heard.put_nowait(message)
        self.start()

    def close(self) -> None:
        """End it; called on its loop."""
        self._closed = True
        for task in (self._task, self._opening):
            if task is not None:
                task.cancel()

    async def _run(self) -> None:
        try:
            await self._live()
        except Exception as error:  # noqa: BLE001 - nobody waits for it
            _log.warning("The gallery follows no more: %s: %s", type(error).__name__, error)
        finally:
            self._seen.stop()
            if self._copying is not None:
                self._copying.cancel()
            self.copied.set()

    async def _live(self) -> None:
        again = [] if self.met.is_set() else [time.monotonic() + wait for wait in _AGAIN]
        there = await self._look(every=True)
        at_work = there and self._tiles.at_work
        self._worked_at = time.monotonic() if at_work else 0.0
        if not self.met.is_set():
            self._seen.show()
        while True:
            if at_work:
                there = await self._look()
                at_work = there and self._goes_on
                if not at_work:
                    await self._end()
            else:
                at_work = there and self._tiles.at_work
            self._seen.tell()
            self._copy_if_due(at_work=at_work)
            if again and (self.met.is_set() or time.monotonic() > again[0]):
                again = [] if self.met.is_set() else again[1:]
                self._seen.show()
            if self._heard.empty() and self._copied:
                idle = not at_work and self._seen.filled and self._copy_at is None and not again
                if idle or (self.met.is_set() and self._views <= 0):
                    return
            await self._hear(self._pause if at_work else _PACE)

    @property
    def _goes_on(self) -> bool:
        """Whether something may still change: what has just ended may have been seen before all of it was written down."""
        now = time.monotonic()
        if self._tiles.at_work:
            self._worked_at = now
        every = range(len(self._tiles))
        return now - self._worked_at < _SETTLES and (
            self._tiles.at_work or not all(self._tiles.face(place).final for place in every)
        )

    async def _look(self, *, every: bool = False) -> bool:
        """See what has become of what is seen, and tell whether anything can be seen at all."""
        began = time.monotonic()
        try:
            await self._tiles.renew(self._seen.places, every=every)
        except StationThisError as error:
            self._front.send({"kind": "said", "text": clean(error.message)})
            return False
        finally:
            self._pause = max(_PACE, _EASE * (time.monotonic() - began))
        return True

    async def _end(self) -> None:
        """It has ended just now: everything is looked at once more, and copied."""
        with contextlib.suppress(StationThisError):
            await self._tiles.renew_all()
        self._copy_at = 0.0

    # --- the copy in the notebook -------------------------------------------------------------------------------------

    @property
    def _copied(self) -> bool:
        return self._copying is None or self._copying.done()

    def _copy_if_due(self, *, at_work: bool) -> None:
        now = time.monotonic()
        if not self._copied or self._copy_at is None or now < self._copy_at:
            return
        self._copy_at = now + max(_COPY_EVERY, _EASE * self._copy_took) if at_work else None
        self._copying = asyncio.ensure_future(self._draw_copy())

    async def _draw_copy(self) -> None:
        began = time.monotonic()
        try:
            if not await self._copy(self._copy_seconds):
                self._copy_seconds, self._copy_at = self._copy_seconds * 2, 0.0  # the rest, too
                return
        except StationThisError as error:
            _log.info("The gallery's copy was not drawn: %s", error)
        finally:
            self._copy_took = time.monotonic() - began
        self.copied.set()

    # --- what people do -----------------------------------------------------------------------------------------------

    async def _hear(self, patience: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._obey(await self._heard.get())
        while not self._heard.empty():
            await self._obey(self._heard.get_nowait())

    async def _obey(self, message: Mapping[str, Any]) -> None:
        what, place = message.get("kind"), message.get("place")
        if not isinstance(place, int):
            place = -1
        known = 0 <= place < len(self._tiles)
        if what == "hello":
            self._views += 1
            self.met.set()
            self._seen.show()
        elif what == "bye":
            self._views -= 1
        elif what == "page" and place >= 0:
            self._seen.turn(place)
            await self._look(every=True)
            self._seen.show()
        elif what == "open" and known:
            if self._opening is not None:
                self._opening.cancel()
            self._opening = asyncio.ensure_future(self._open(place))
        elif what == "pick" and known:
            await self._pick(place, picked=message.get("picked") is True)

    async def _pick(self, place: int, *, picked: bool) -> None:
        try:
            await self._tiles.pick(place, picked=picked)
        except StationThisError as error:
            self._front.send({"kind": "said", "text": clean(error.message)})
        self._seen.tell(again=place)
        self._copy_at = time.monotonic() + _AFTER_A_PICK

    async def _open(self, place: int) -> None:
        try:
            content, buffers = await detail_of(self._tiles, place)
        except StationThisError as error:
            content, buffers = {"kind": "detail", "place": place, "reason": clean(error.message)}, []
        self._front.send(content, buffers)
