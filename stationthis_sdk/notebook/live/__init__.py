"""What is under way, as it gets on: one view for each run or batch, on the screen that is there."""

from typing import Any

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

    how: auto, widgets, html, text, or tqdm. where: notebook, prompt or program. background: nobody waits for it, so that
    it may be cancelled from the screen.
    """
    is_batch = hasattr(thing, "as_completed")
    if callable(how):
        screen: Screen = BarScreen(how, total=len(thing) if is_batch else 100)
    elif how == "text" or (how == "auto" and where != "notebook"):
        if background:
            return None  # a line that others write over helps nobody
        screen = TextScreen()
    elif not crowd().has_room():
        return None
    elif background and how != "html":
        screen = ControlledScreen(thing.cancel)
    else:
        screen = CardScreen()
    return BatchView(thing, screen) if is_batch else RunView(thing, screen)
