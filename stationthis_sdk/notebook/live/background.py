"""What is shown while nobody waits for it: whoever begins to wait finds it here, so that nothing is shown twice."""

import asyncio
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from stationthis_sdk.notebook.live.views import BatchView, RunView

__all__ = ["note", "of"]

_views: "Final[list[RunView | BatchView]]" = []


def note(view: "RunView | BatchView") -> None:
    """Until its end it may be asked for."""
    _views.append(view)
    view.at_end.callback(_views.remove, view)


def of(thing: Any) -> "RunView | BatchView | None":
    """The view of this run or batch, if there is one that this loop may touch."""
    loop = asyncio.get_running_loop()
    return next((one for one in tuple(_views) if one.loop is loop and one.shows(thing)), None)
