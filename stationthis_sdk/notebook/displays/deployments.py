"""Deployments: what they take, where they run."""

from collections.abc import Mapping
from typing import Any

import attrs

from stationthis_sdk.notebook.displays.catalogues import drawn_list
from stationthis_sdk.notebook.html import card, clipped, h, table, took

__all__ = ["draw", "inputs_of"]


async def draw(thing: Any) -> Any:
    """One deployment, its inputs, or the list of all."""
    if isinstance(thing, Mapping):
        return card(inputs_of(thing))
    if hasattr(thing, "list"):
        return drawn_list(await thing.list(), "deployments")
    record = thing.record
    facts = [
        thing.environment,
        f"version {thing.version}" if thing.version else "",
        record.gpu,
        f"{took(record.run_timeout)} at the most" if record.run_timeout else "",
        f"{record.concurrency_limit} at once" if record.concurrency_limit else "",
    ]
    return card(
        h.div(".st-head")[
            h.b[clipped(thing.name, 120)], [h.span(".st-dim")[clipped(fact, 80)] for fact in facts if fact]
        ],
        thing.description and h.div[clipped(thing.description, 600)],
        inputs_of(thing.inputs),
    )


def inputs_of(inputs: Mapping[str, Any]) -> Any:
    """A table of inputs: what each takes, and what it is when nothing is given."""
    if not inputs:
        return h.div(".st-dim")["It takes no inputs."]
    return table(("input", "what", "default"), (_input(name, field) for name, field in inputs.items()))


def _input(name: str, field: Any) -> tuple[Any, Any, Any]:
    what = (
        str(attrs.evolve(field, default=None)).removeprefix(field.name).strip()
    )  # the default has its own column
    if field.options:
        what = ", ".join(field.options) + (" (required)" if field.required else "")
    default = "" if field.default is None else field.default
    if field.kind == "seed" and default in ("", -1):
        default = "a new one each time"
    return h.b[clipped(name, 120)], clipped(what or field.kind, 400), clipped(default, 200)
