"""Errors: what happened, what is known of it, whether trying again helps."""

from typing import Any

from stationthis_sdk.errors import StationThisError
from stationthis_sdk.notebook.html import card, clipped, h, inputs_table

__all__ = ["draw"]

_TOLD_APART = {"message", "problems"}


async def draw(error: StationThisError) -> Any:
    """Show the message, each problem, and the fields that are known."""
    problems = [problem for problem in getattr(error, "problems", ()) if problem != error.message]
    known = {
        name: str(value)
        for name, value in vars(error).items()
        if value not in (None, (), "") and name not in _TOLD_APART and not name.startswith("_")
    }
    again = "The same call may succeed later." if error.retryable else None
    return card(
        h.div(".st-head")[h.span(".st-dot.st-bad"), h.b[type(error).__name__]],
        h.div(".st-note.st-wrong")[clipped(error.message)],
        problems and h.ul[(h.li[clipped(problem)] for problem in problems)],
        inputs_table(known) if known else None,
        again and h.div(".st-dim")[again],
    )
