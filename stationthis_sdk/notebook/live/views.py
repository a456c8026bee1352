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
from stationthis_sdk.notebook.where import cell_of

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

    def __init__(
        self, thing: Any, screen: Screen, *, before: Any = None, at_end: contextlib.ExitStack | None = None
    ) -> None:
        self._thing = thing
        self._screen = screen
        self._began = time.monotonic() if before is None else before._began  # noqa: SLF001 - one of us
        self._later: asyncio.TimerHandle | None = None
        self._over = self._broken = self._handed = False
        self._cell = cell_of()[1]
        self.at_end = at_end or contextlib.ExitStack()
        self.loop = asyncio.get_running_loop()
        self._draw()
        self._ticking = self.loop.create_task(self._tick())

    @property
    def here(self) -> bool:
        """Whether it stands in the cell that is being run."""
        return self._cell == cell_of()[1]

    def shows(self, thing: Any) -> bool:
        """Whether this is what it shows; a run may be held by several objects."""
        name = getattr(thing, "id", None)
        return self._thing is thing or (name is not None and name == getattr(self._thing, "id", None))

    def hand_over(self) -> Screen | None:
        """Show it no more: its screen, if it stands in the cell that is being run; else it says there where to look."""
        self._stop()
        self._handed = True
        with self.at_end, self._quietly():
            if self.here:
                return self._screen.handed_over()
            look = self._look()
            text = f"{look.name} · shown where it is waited for"
            self._screen.end(attrs.evolve(look, text=text), self._line(text))
        return None

    def tell(self) -> None:
        """Something may have changed: draw it now, or as soon as it may be drawn."""
        if self._over or self._broken:
            return
        left = self._drawn_at + _AT_MOST - time.monotonic()
        if left <= 0:
            self._draw()
        elif self._later is None:
            self._later = self.loop.call_later(left, self._draw)

    def row(self, place: int) -> None:
        """A row of a batch has ended."""

    def close(self, error: BaseException | None = None) -> None:
        """Nobody watches any more."""
        if self._stop():
            self._leave(None, error.message if isinstance(error, StationThisError) else "")

    async def end(self) -> None:
        """It is over: what came of it takes the place of the bar."""
        if not self._stop():
            return
        what: Bundle | None = None
        try:
            if self._screen.shows_html:
                with self._quietly():
                    async with asyncio.timeout(_PATIENCE):
                        what = await self._result()
        finally:  # also of one who is interrupted here
            self._leave(what)

    def _leave(self, what: Bundle | None, more: str = "") -> None:
        if self._handed:
            return
        with self.at_end, self._quietly():
            look = self._look()
            if more:
                look = attrs.evolve(look, text=f"{look.text} · {more}")
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
        if self._over or self._broken:
            return
        with self._quietly():
            self._screen.draw(self._look())
        self._drawn_at = time.monotonic()  # when it was seen: a slow drawing brings the next one no nearer

    @contextlib.contextmanager
    def _quietly(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - a run is not lost because it can't be shown
            if self._over or self._broken:
                _log.info("What came of it is not shown: %s: %s", type(error).__name__, error)
            else:
                self._broken = True
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

    def _line(self, text: str) -> Bundle | None:
        if not self._screen.shows_html:
            return None
        from stationthis_sdk.notebook.html import bundle, card, h  # noqa: PLC0415 - likewise

        return bundle(card(h.div(".st-dim")[text]))

    async def _result(self) -> Bundle | None:
        from stationthis_sdk.notebook.displays import bundle_soon, note_shown  # noqa: PLC0415 - likewise

        made = await bundle_soon(self._thing)
        if not self._handed:
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

    def __init__(
        self, thing: Any, screen: Screen, *, before: Any = None, at_end: contextlib.ExitStack | None = None
    ) -> None:
        self._latest: deque[int] = deque(() if before is None else before._latest, maxlen=_STRIP)  # noqa: SLF001 - likewise
        self._strip: list[Any] = [] if before is None else before._strip  # noqa: SLF001 - likewise
        self._strip_at = 0.0
        super().__init__(thing, screen, before=before, at_end=at_end)

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
