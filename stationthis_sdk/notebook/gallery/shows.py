"""Showing a gallery in a cell: its copy, which is saved with the notebook, and beside it the widget that lives.

A front end that has lost a widget shows an error in its place, and never the HTML of the same output: so the two are
outputs of their own. While the widget is there it hides the copy; while it is not, the copy hides the error.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from stationthis_sdk import portal
from stationthis_sdk.logs import logger
from stationthis_sdk.notebook.gallery.live import Live
from stationthis_sdk.notebook.gallery.seen import Front, Seen
from stationthis_sdk.notebook.gallery.still import soon
from stationthis_sdk.notebook.where import cell_of

__all__ = ["Copy", "Showing", "show"]

Copy = Callable[[str, float], Awaitable[tuple[str, bool]]]
"""Draws the copy, and tells whether it is whole; it is told the class by which the widget finds it, and its seconds."""
_PATIENCE: Final = 45.0
"""Seconds for which a cell waits for the copy of what is done already, where no front end shows it live."""
_log = logger("notebook")


class _Nobody:
    """A front end that has no widgets."""

    def send(self, content: Mapping[str, Any], buffers: Sequence[bytes] = ()) -> None:
        """Nobody hears it."""


class Showing:
    """A gallery in one cell."""

    def __init__(self, text: str, copy: Copy) -> None:
        self._text, self._copy = text, copy
        self.ident = f"st-still-{uuid.uuid4().hex[:12]}"
        self._widget = _widget(self.ident, self._heard)
        self._live: Live | None = None

    @property
    def front(self) -> Front:
        """What shows it live."""
        front: Front = _Nobody() if self._widget is None else self._widget
        return front

    def begin(self, title: str, live: Live, *, at_work: bool) -> None:
        """Put it into the cell, and let it live; waits for the copy where nothing else would be seen of it."""
        from IPython.display import display  # noqa: PLC0415 - there is a kernel, so it is there

        self._live = live
        ident = "" if self._widget is None else self.ident
        put: Any = display  # IPython tells no types
        put({"text/plain": self._text, "text/html": soon(title, ident)}, raw=True, display_id=self.ident)
        if self._widget is not None:
            view = dict(self._widget._repr_mimebundle_()[0])
            put({**view, "text/plain": ""}, raw=True)
        portal.call(_begun(live))
        if not at_work:
            portal.call(_seen_or_copied(live))

    async def draw(self, seconds: float) -> bool:
        """Draw the copy anew, in its place, within about so many seconds; whether it is whole."""
        from IPython.display import update_display  # noqa: PLC0415 - likewise

        html, whole = await self._copy("" if self._widget is None else self.ident, seconds)
        put: Any = update_display
        put({"text/plain": self._text, "text/html": html}, raw=True, display_id=self.ident)
        return whole

    def end(self) -> None:
        """Let it live no more; the copy stays."""
        live, self._live = self._live, None
        if live is not None:
            portal.call(_ended(live))
        if self._widget is not None:
            self._widget.close()

    def _heard(self, message: Mapping[str, Any]) -> None:
        if self._live is not None:
            self._live.receive(message)


_shown: dict[str, tuple[str, list[Showing]]] = {}


def show(title: str, text: str, seen: Callable[[Front], Seen], tiles: Any, copy: Copy) -> Showing:
    """Show one in the cell that is being run; what an earlier run of the cell has shown ends."""
    cell, run = cell_of()
    before, showings = _shown.get(cell, ("", []))
    if before != run:
        for one in showings:
            one.end()
        _shown[cell] = (run, showings := [])
    showing = Showing(text, copy)
    showings.append(showing)
    live = Live(tiles, seen(showing.front), showing.front, showing.draw)
    showing.begin(title, live, at_work=tiles.at_work)
    return showing


def _widget(ident: str, hear: Callable[[Mapping[str, Any]], None]) -> Any:
    try:
        from stationthis_sdk.notebook.gallery.widget import BoardWidget  # noqa: PLC0415 - slow, and may be missing
    except ImportError:
        _log.info("Without anywidget a gallery does not live.")
        return None
    return BoardWidget(ident, hear)


async def _begun(live: Live) -> None:
    live.start()


async def _ended(live: Live) -> None:
    live.close()


async def _seen_or_copied(live: Live) -> None:
    either = [asyncio.ensure_future(live.met.wait()), asyncio.ensure_future(live.copied.wait())]
    try:
        await asyncio.wait(either, timeout=_PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in either:
            one.cancel()
