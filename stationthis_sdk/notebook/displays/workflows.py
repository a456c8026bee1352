"""Workflows and their versions."""

from typing import Any

from stationthis_sdk.notebook.displays.catalogues import drawn_list
from stationthis_sdk.notebook.displays.deployments import inputs_of
from stationthis_sdk.notebook.html import card, clipped, h, since

__all__ = ["draw"]


async def draw(thing: Any) -> Any:
    """One workflow or version, or the list of all."""
    if hasattr(thing, "upload") and hasattr(thing, "list"):
        return drawn_list(await thing.list(), "workflows")
    version = thing if type(thing).__name__ == "AsyncVersion" else getattr(thing, "newest", None)
    facts = [] if version is None else [f"version {version.number}", version.category, version.base_model]
    facts.append(since(_made((version or thing).record)))
    name = getattr(thing, "name", None) or "version"
    about = getattr(thing, "description", None) or getattr(version, "comment", None)
    return card(
        h.div(".st-head")[
            h.b[clipped(name, 120)], [h.span(".st-dim")[clipped(fact, 80)] for fact in facts if fact]
        ],
        about and h.div[clipped(about, 600)],
        None if version is None else inputs_of(version.inputs),
        h.code(".st-dim")[thing.id],
    )


def _made(record: Any) -> Any:
    return getattr(record, "updated_at", None) or getattr(record, "created_at", None)
