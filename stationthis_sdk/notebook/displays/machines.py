"""Machines and sessions: whether they are ready, and on what they run."""

from datetime import datetime
from typing import Any

from stationthis_sdk.notebook.displays.catalogues import drawn_list
from stationthis_sdk.notebook.html import card, clipped, h, inputs_table, since, state_dot

__all__ = ["draw"]


async def draw(thing: Any) -> Any:
    """One machine or session, or the list of all."""
    if hasattr(thing, "list"):
        return drawn_list(await thing.list(), "machines")
    record = thing.record
    known = {
        name: value
        for name in ("gpu", "kind", "type", "created_at", "updated_at", "machine_name", "timeout", "ends_at")
        if (value := getattr(record, name, None)) not in (None, "")
    }
    name = getattr(thing, "name", None) or type(thing).__name__.removeprefix("Async").lower()
    status = getattr(record, "status", None) or getattr(thing, "state", None)
    return card(
        h.div(".st-head")[h.b[clipped(name, 120)], status and state_dot(clipped(str(status), 40))],
        inputs_table(
            {
                name: since(value) if isinstance(value, datetime) else str(value)
                for name, value in known.items()
            }
        )
        if known
        else None,
        h.code(".st-dim")[str(thing.id)],
    )
