"""Outputs as elements: pictures, films and sounds that play, texts, and links for what is too large."""

import base64
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from stationthis_sdk.errors import StationThisError
from stationthis_sdk.notebook.budget import budget
from stationthis_sdk.notebook.html import clipped, h
from stationthis_sdk.notebook.thumbnails import thumbnails

__all__ = ["element_of", "link_to", "pictures_of"]

_PLAYED: Final = {"video": ("video/mp4", "video/webm", "video/quicktime"), "audio": ("audio/",)}
_MOST_TEXT: Final = 4_000


async def pictures_of(
    outputs: Sequence[Any],
    *,
    display: str,
    pixels: int = 512,
    most_bytes: int = 90_000,
    captions: bool = True,
) -> list[Any]:
    """An element for each output, within what the notebook's budget leaves to ``display``, a name of its own."""
    room = budget().room(display)
    seen = [output for output in outputs if output.kind in {"image", "animation"}]
    made = dict(
        zip(
            map(id, seen),
            await thumbnails(seen, pixels=pixels, most_bytes=most_bytes, in_all=room),
            strict=True,
        )
    )
    taken = sum(small.written for small in made.values() if small is not None)
    elements = []
    for output in outputs:
        element, size = await element_of(
            output, thumbnail=made.get(id(output)), room=room - taken, caption=captions
        )
        taken += size
        elements.append(element)
    budget().take(display, taken)
    return elements


async def element_of(
    output: Any, *, thumbnail: Any = None, room: int, caption: bool = True
) -> tuple[Any, int]:
    """One output as an element, and how many bytes of the file it takes beyond its thumbnail."""
    label = output.name or output.kind
    if thumbnail is not None:
        width, height = thumbnail.source_size
        return h.figure[
            h.img(
                src=thumbnail.uri,
                width=str(thumbnail.width),
                height=str(thumbnail.height),
                alt=clipped(label, 200),
            ),
            caption
            and h.figcaption[
                clipped(label, 80), f" · {width} × {height} · " if width else " · ", link_to(output)
            ],
        ], 0
    if output.kind == "text":
        try:
            text = await output.text()
        except StationThisError as error:
            text = str(error)
        return h.figure[h.div(".st-note", style="white-space:pre-wrap")[clipped(text, _MOST_TEXT)]], 0
    if output.kind in _PLAYED:
        played = await _played(output, room)
        if played is not None:
            return played
    return h.figure[h.div(".st-note")[clipped(label, 80), " · ", link_to(output)]], 0


async def _played(output: Any, room: int) -> tuple[Any, int] | None:
    """A film or a sound within the page, when it is small enough; it plays without a kernel."""
    mime = output.mime or ""
    if not mime.startswith(_PLAYED[output.kind]):
        return None
    try:
        data = await output.bytes(max_bytes=max(1, room * 3 // 4))
    except StationThisError:
        return None
    uri = f"data:{mime};base64,{base64.b64encode(data).decode()}"
    tag = h.video if output.kind == "video" else h.audio
    return h.figure[
        tag(src=uri, controls=True, style="max-width:512px"),
        h.figcaption[clipped(output.name or output.kind, 80), " · ", link_to(output)],
    ], len(uri)


def link_to(output: Any) -> Any:
    """A link to the file, by its name; only to addresses of the web."""
    name = clipped(output.filename or output.kind, 80)
    url = output.url or ""
    if urlsplit(url).scheme not in {"http", "https"}:
        return h.span[name]
    return h.a(href=url, target="_blank", rel="noopener noreferrer")[name]
