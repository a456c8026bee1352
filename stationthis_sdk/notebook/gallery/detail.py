"""What a click shows: how it was made, and the picture larger, or what plays."""

from typing import Any, Final

from stationthis_sdk.errors import StationThisError
from stationthis_sdk.notebook.gallery.tiles import Facts, Tiles, address_of, is_text
from stationthis_sdk.notebook.html import clipped
from stationthis_sdk.notebook.texts import clean
from stationthis_sdk.notebook.thumbnails import thumbnail

__all__ = ["detail_of"]

_PIXELS: Final = 1024
_BYTES: Final = 400_000
_PLAYED: Final = 24 << 20
"""Bytes of a film or a sound that is handed over whole; a larger one plays from its own address."""
_OUTPUTS: Final = 12
_INPUTS: Final = 60
_TEXT: Final = 20_000
_TYPES: Final = {
    "video": ("video/",),
    "audio": ("audio/",),
    "animation": ("image/gif", "image/webp", "image/png", "image/apng"),
}
"""What a browser plays, or shows moving, and runs nothing of."""


async def detail_of(tiles: Tiles, place: int) -> tuple[dict[str, Any], list[bytes]]:
    """The message that opens one, with the bytes that belong to it."""
    facts = await tiles.facts(place)
    buffers: list[bytes] = []
    media = [await _medium(output, buffers) for output in facts.outputs[:_OUTPUTS]]
    left = len(facts.outputs) - len(media)
    return {
        "kind": "detail",
        "place": place,
        "name": facts.name,
        "state": facts.state,
        "reason": facts.reason,
        "lines": [[clean(what), value] for what, value in facts.lines],
        "inputs": _inputs(facts),
        "media": media,
        "left": max(0, left),
    }, buffers


def _inputs(facts: Facts) -> list[list[str]]:
    return [
        [clean(clipped(name, 100)), clean(clipped(value))]
        for name, value in list(facts.inputs.items())[:_INPUTS]
    ]


async def _medium(output: Any, buffers: list[bytes]) -> dict[str, Any]:
    """One output: with a picture, bytes that play, or a text; always with its name, and its address where it has one."""
    told: dict[str, Any] = {
        "type": output.kind,
        "name": clean(clipped(output.name or output.filename or output.kind, 120)),
        "address": address_of(output),
    }
    try:
        playing = await _playing(output, buffers)
        if playing or output.kind in {"video", "audio"}:
            return told | playing
        if is_text(output):
            return told | {"text": clean(clipped(await output.text(), _TEXT))}
        picture = await thumbnail(output, pixels=_PIXELS, most_bytes=_BYTES)
    except StationThisError as error:
        return told | {"text": clean(clipped(error.message, 400))}
    if picture is None:
        return told
    buffers.append(picture.data)
    width, height = picture.source_size
    return told | {
        "bytes": len(buffers) - 1,
        "mime": "image/webp",
        "size": f"{width} × {height}" if width else "",
    }


async def _playing(output: Any, buffers: list[bytes]) -> dict[str, Any]:
    mime = output.mime or ""
    if not mime.startswith(_TYPES.get(output.kind, ("none",))):
        return {}
    try:
        data = await output.bytes(max_bytes=_PLAYED)
    except StationThisError:
        return {}
    buffers.append(data)
    return {"bytes": len(buffers) - 1, "mime": mime}
