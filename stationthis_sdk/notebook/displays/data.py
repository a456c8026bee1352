"""Plain data: what it says of itself, and its fields, one a line."""

from datetime import datetime
from typing import Any

import attrs

from stationthis_sdk.notebook.html import card, clipped, h, inputs_table, since

__all__ = ["draw"]


async def draw(thing: Any) -> Any:
    """Show fields that are there; a thing without fields is shown as its text."""
    kind = type(thing)
    if not attrs.has(kind):
        return card(h.div(".st-mono")[clipped(repr(thing))])
    said = None if kind.__str__ is object.__str__ else h.span[clipped(str(thing))]
    fields = {field.name: getattr(thing, field.name) for field in attrs.fields(kind) if field.repr}
    told = {name: _told(value) for name, value in fields.items() if value not in (None, (), {}, "")}
    return card(h.div(".st-head")[h.b[kind.__name__.removeprefix("Async")], said], inputs_table(told))


def _told(value: Any) -> Any:
    if isinstance(value, datetime):
        return since(value)
    if isinstance(value, tuple | list | frozenset) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return value
