"""Costs: one, or a report of many."""

from typing import Any

from stationthis_sdk.entities import Cost
from stationthis_sdk.entities.costs import dollars
from stationthis_sdk.notebook.html import card, clipped, h, table, took

__all__ = ["draw"]


async def draw(thing: Any) -> Any:
    """What one run cost, or a table of sums."""
    if isinstance(thing, Cost):
        return card(h.div(".st-head")[clipped(str(thing), 300)])
    billed = any(row.billed is not None for row in thing.rows)
    names = (*thing.by, "runs", "at work", "estimated", "unknown", *(["billed"] if billed else []))
    return card(table(names, (_row(row, billed=billed) for row in (*thing.rows, thing.total))))


def _row(row: Any, *, billed: bool) -> list[str]:
    sums = [row.estimated, *([row.billed] if billed else [])]
    told = ["" if one is None else dollars(one) for one in sums]
    keys = [clipped(key, 80) if key is not None else "–" for key in row.key]
    return [*keys, str(row.runs), took(row.seconds), told[0], str(row.unknown_runs or ""), *told[1:]]
