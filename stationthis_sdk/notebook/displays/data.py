"""Plain data: its fields, one a line."""

from typing import Any

import attrs

from stationthis_sdk.notebook.html import card, clipped, h, inputs_table

__all__ = ["draw"]


async def draw(thing: Any) -> Any:
    """Show fields that are there; a thing without fields is shown as its text."""
    name = h.div(".st-head")[h.b[type(thing).__name__.removeprefix("Async")]]
    if not attrs.has(type(thing)):
        return card(h.div(".st-mono")[clipped(repr(thing))])
    fields = {field.name: getattr(thing, field.name) for field in attrs.fields(type(thing)) if field.repr}
    return card(
        name, inputs_table({name: value for name, value in fields.items() if value not in (None, (), {}, "")})
    )
