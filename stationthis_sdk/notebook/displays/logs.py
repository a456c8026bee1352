"""Logs: the last lines, without asking twice."""

from typing import Any

from stationthis_sdk.notebook.html import card, h

__all__ = ["draw"]


async def draw(log: Any) -> Any:
    """A log is read by whoever loops over it: a display says how, and asks nobody."""
    return card(h.div(".st-mono")[repr(log)], h.div(".st-dim")["Loop over it, or .to_frame()."])
