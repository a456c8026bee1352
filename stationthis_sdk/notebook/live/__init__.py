"""What is under way, as it gets on: one view for each run or batch, on the screen that is there."""

import contextlib
from typing import Any

from stationthis_sdk.notebook.live.background import note, of
from stationthis_sdk.notebook.live.crowd import crowd
from stationthis_sdk.notebook.live.screens import (
    BarScreen,
    CardScreen,
    ControlledScreen,
    Screen,
    TextScreen,
)
from stationthis_sdk.notebook.live.views import BatchView, RunView

__all__ = ["BatchView", "RunView", "view_of"]


def view_of(thing: Any, how: Any, *, where: str, background: bool) -> RunView | BatchView | None:
    """The view of a run or batch; None where it would be one too many in this cell.

    how: auto, widgets, html, text, or tqdm; outside of a notebook all but the last are text. where: notebook, prompt or
    program. background: nobody waits for it, so that it may be cancelled from the screen. What is shown in the
    background already is shown only here from now on; within one cell the same screen goes on.
    """
    before = of(thing)
    if before is not None and background and before.here:
        return None
    screen = None if before is None else before.hand_over()
    kind = BatchView if hasattr(thing, "as_completed") else RunView
    with contextlib.ExitStack() as at_end:
        if callable(how):
            screen = screen or BarScreen(how, total=len(thing) if kind is BatchView else 100)
        elif how == "text" or where != "notebook":
            if background:
                return None  # a line that others write over helps nobody
            screen = screen or TextScreen()
        else:
            screen = _card(thing, how, screen, at_end, background=background)
        if screen is None:
            return None
        view = kind(thing, screen, before=before, at_end=at_end.pop_all())
        if background:
            note(view)
        return view


def _card(
    thing: Any, how: Any, screen: Screen | None, at_end: contextlib.ExitStack, *, background: bool
) -> Screen | None:
    from stationthis_sdk.notebook.displays import is_shown  # noqa: PLC0415 - it needs the extra

    if screen is None and not background and is_shown(thing):
        return None  # its pictures stand here
    if not crowd().joined(at_end) and screen is None:
        return None
    if screen is None:
        screen = ControlledScreen(thing.cancel) if background and how != "html" else CardScreen()
    return screen
