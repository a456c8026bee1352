"""Pictures for pages: those of live tiles, made smaller for what is saved."""

import asyncio
import math
from typing import Final

import attrs

from stationthis_sdk.errors import StationThisError
from stationthis_sdk.notebook.gallery.tiles import Tiles, address_of, live_picture, note_of, shown_first
from stationthis_sdk.notebook.thumbnails import Thumbnail, thumbnail_of_bytes

__all__ = ["LEAST", "Shot", "shot_of", "smaller", "step_of"]

_STEPS: Final = (14_000, 9_000, 6_000, 4_000, 3_000, 2_200, 1_600, 1_200, 900)
"""Bytes of a saved picture: a few sizes only, so that what is drawn anew finds its pictures made."""
LEAST: Final = _STEPS[-1]


@attrs.frozen
class Shot:
    """What stands in a tile: a picture, or what is said in its place; its kind, how many outputs stand behind it, and its address."""

    picture: Thumbnail | None = None
    note: str = ""
    kind: str = ""
    more: int = 0
    address: str = ""


async def shot_of(tiles: Tiles, place: int, pixels: int) -> Shot:
    """What one has made, as a live page shows it; nothing of what the service or a file holds makes it raise."""
    try:
        outputs = await tiles.outputs(place)
        first = shown_first(outputs)
        picture = await live_picture(first, pixels)
        note = "" if picture is not None else await note_of(outputs)
    except StationThisError as error:
        return Shot(note=error.message[:300])
    kind = "" if first is None else first.kind
    return Shot(picture, note, kind, max(0, len(outputs) - 1), address_of(first))


def step_of(room: int) -> int:
    """The bytes of a saved picture that may take ``room``; 0 where there is no room for one.

    >>> step_of(50_000), step_of(2_500), step_of(100)
    (14000, 2200, 0)
    """
    return next((step for step in _STEPS if step <= room), 0)


async def smaller(shot: Shot, pixels: int, most_bytes: int) -> Thumbnail | None:
    """The picture within so many bytes of a file."""
    picture = shot.picture
    if picture is None or picture.written <= most_bytes:
        return picture
    side = min(pixels, max(48, int(math.sqrt(most_bytes) * 3)))
    return await asyncio.to_thread(thumbnail_of_bytes, picture.data, pixels=side, most_bytes=most_bytes)
