"""How a run and a batch get on, ten times a second at the most, and what is left of it at the end."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Iterator
from typing import Any, Final

import attrs

from stationthis_sdk.errors import StationThisError
from stationthis_sdk.logs import logger
from stationthis_sdk.notebook.live.screens import Bundle, Look, Screen

__all__ = ["BatchView", "RunView"]

_AT_MOST: Final = 0.1
"""Seconds between two drawings."""
_TICK: Final = 0.5
"""The same where nothing happens: time goes on."""
_STRIP: Final = 8
"""How many of a batch's latest pictures are shown."""
_STRIP_EVERY: Final = 1.0
_PATIENCE: Final = 8.0
"""Seconds in which the end has to be drawn: whoever waits for a run does not wait for its picture any longer."""
_log = logger("notebook")


class _View:
    """What runs and batches have in common. Whatever goes wrong with showing is logged, and shown no more."""

    def __init__(self, thing: Any, screen: Screen) -> None:
        self._thing = thing
        self._screen = screen
        self._began = time.monotonic()
        self._later: asyncio.TimerHandle | None = None
        self._over = False
        self._loop = asyncio.get_running_loop()
        self._draw()
        self._ticking = self._loop.create_task(self._tick())

    def tell(self) -> None:
        """Something may have changed: draw it now, or as soon as it may be drawn."""
        if self._over:
            return
        left = self._drawn_at + _AT_MOST - time.monotonic()
        if left <= 0:
            self._draw()
        elif self._later is None:
            self._later = self._loop.call_later(left, self._draw)

    def row(self, place: int) -> None:
        """A row of a batch has ended."""

    def close(self, error: BaseException | None = None) -> None:
        """Nobody watches any more."""
        if self._stop():
            with self._quietly():
                look = self._look()
                if isinstance(error, StationThisError):
                    look = attrs.evolve(look, text=f"{look.text} · {error.message}")
                self._screen.end(look, self._last(look))

    async def end(self) -> None:
        """It is over: what came of it takes the place of the bar."""
        if not self._stop():
            return
        what: Bundle | None = None
        if self._screen.shows_html:
            with self._quietly():
                async with asyncio.timeout(_PATIENCE):
                    what = await self._result()
        with self._quietly():
            look = self._look()
            self._screen.end(look, what or self._last(look))

    def _stop(self) -> bool:
        over, self._over = self._over, True
        self._ticking.cancel()
        if self._later is not None:
            self._later.cancel()
        return not over

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK)
            await self._prepare()
            self.tell()

    async def _prepare(self) -> None:
        """Get what the next drawing shows, if that takes time."""

    def _draw(self) -> None:
        if self._later is not None:  # else it would be drawn twice, when news come just before its turn
            self._later.cancel()
            self._later = None
        if self._over:
            return
        with self._quietly():
            self._screen.draw(self._look())
        self._drawn_at = time.monotonic()  # when it was seen: a slow drawing brings the next one no nearer

    @contextlib.contextmanager
    def _quietly(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - a run is not lost because it can't be shown
            if self._over:
                _log.info("What came of it is not shown: %s: %s", type(error).__name__, error)
            else:
                self._over = True
                _log.warning("Progress is shown no more: %s: %s", type(error).__name__, error)

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._began

    def _look(self) -> Look:
        raise NotImplementedError

    def _last(self, look: Look) -> Bundle | None:
        """What is shown when the result can't be."""
        if not self._screen.shows_html:
            return None
        from stationthis_sdk.notebook.html import bundle  # noqa: PLC0415 - where HTML is shown, it is there

        return bundle(look.element())

    async def _result(self) -> Bundle | None:
        from stationthis_sdk.notebook.displays import bundle_soon, note_shown  # noqa: PLC0415 - likewise

        made = await bundle_soon(self._thing)
        note_shown(self._thing)
        return made


class RunView(_View):
    """A run: its phase, place in the queue, percent, step, time left, cost so far; then its picture."""

    def _look(self) -> Look:
        run, seconds = self._thing, self._seconds
        name = run.record.deployment_name or "run"
        text = f"{name} · {run.progress}"
        if run.cost.estimated is not None:
            text = f"{text} · {run.cost}"

        def element() -> Any:
            from stationthis_sdk.notebook.live.elements import run_element  # noqa: PLC0415 - where HTML is shown

            return run_element(run, seconds)

        return Look(name, text, element, run.progress.fraction)


class BatchView(_View):
    """A batch: how many rows are in each state, rate, cost, time left, and its latest pictures."""

    def __init__(self, thing: Any, screen: Screen) -> None:
        self._latest: deque[int] = deque(maxlen=_STRIP)
        self._strip: list[Any] = []
        self._strip_at = 0.0
        super().__init__(thing, screen)

    def row(self, place: int) -> None:
        """A row has ended; if it made a picture, that is shown soon."""
        self._latest.append(place)

    def _look(self) -> Look:
        batch, seconds, strip = self._thing, self._seconds, list(self._strip)

        def element() -> Any:
            from stationthis_sdk.notebook.live.elements import batch_element  # noqa: PLC0415 - where HTML is shown

            return batch_element(batch, seconds, strip)

        progress = batch.progress
        text = f"{batch.name} · {progress}"
        return Look(batch.name, text, element, progress.ended / max(1, progress.total))

    async def _prepare(self) -> None:
        if not (self._screen.shows_html and self._latest):
            return
        if time.monotonic() - self._strip_at < _STRIP_EVERY:
            return
        self._strip_at = time.monotonic()
        with self._quietly():
            from stationthis_sdk.notebook.live.elements import strip_of  # noqa: PLC0415 - likewise

            self._strip = await strip_of(self._thing, list(self._latest))
