"""Outputs: the picture itself, the film that plays, the text; saved files by what is known of them."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from stationthis_sdk.notebook.budget import budget, no_room
from stationthis_sdk.notebook.html import card, clipped, h, inputs_table
from stationthis_sdk.notebook.media import pictures_of
from stationthis_sdk.notebook.thumbnails import LEAST, thumbnail_of_bytes
from stationthis_sdk.twins import twin

__all__ = ["draw"]

_MOST_READ: Final = 64 << 20


async def draw(thing: Any) -> Any:
    """One output, all outputs of a run, or a saved file."""
    if hasattr(thing, "path"):
        return await _saved(thing)
    outputs = list(thing) if isinstance(thing, Sequence) else [thing]
    outputs = [twin(output) for output in outputs]
    if not outputs:
        return card(h.div(".st-dim")["No outputs."])
    made = await pictures_of(outputs, display=f"outputs {id(thing)}")
    return card(h.div(".st-pictures")[made])


async def _saved(saved: Any) -> Any:
    display = f"file {saved.path}"
    room = budget().room(display)
    small = await asyncio.to_thread(_small, saved.path, min(90_000, room))
    budget().take(display, small.written if small is not None else 0)
    facts = [saved.deployment, saved.run_id, None if saved.cost is None else f"${saved.cost:.4g}"]
    return card(
        h.div(".st-head")[
            h.b[clipped(Path(saved.path).name, 120)], [h.span(".st-dim")[fact] for fact in facts if fact]
        ],
        small and h.figure[h.img(src=small.uri, width=str(small.width), height=str(small.height), alt="")],
        small is None and room < LEAST and h.div(".st-note")[no_room()],
        inputs_table(saved.inputs),
    )


def _small(path: Path, room: int) -> Any:
    try:
        if path.stat().st_size > _MOST_READ:
            return None
        return thumbnail_of_bytes(path.read_bytes(), pixels=512, most_bytes=room)
    except OSError:
        return None
