"""Workflows and their versions."""

from datetime import datetime
from typing import Any

from stationthis_sdk.notebook.displays.catalogues import drawn_list
from stationthis_sdk.notebook.html import card, clipped, h, since

__all__ = ["draw"]


async def draw(thing: Any) -> Any:
    """One workflow or version, or the list of all."""
    if hasattr(thing, "upload") and hasattr(thing, "list"):
        return drawn_list(await thing.list(), "workflows")
    record = thing.record
    facts = [_told(value) for name in _FACTS if (value := getattr(record, name, None)) not in (None, "")]
    name = getattr(thing, "name", None) or getattr(record, "comment", None) or "version"
    about = getattr(record, "description", None)
    return card(
        h.div(".st-head")[h.b[clipped(name, 120)], [h.span(".st-dim")[clipped(fact, 80)] for fact in facts]],
        about and h.div[clipped(about, 600)],
        h.code(".st-dim")[thing.id],
    )


_FACTS = ("version", "number", "updated_at", "created_at")


def _told(value: Any) -> str:
    return since(value) if isinstance(value, datetime) else str(value)
