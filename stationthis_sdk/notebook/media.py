"""Outputs as elements: pictures, films and sounds that play, texts, and links for what is too large or does not come."""

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from stationthis_sdk.errors import DownloadFailed, StationThisError
from stationthis_sdk.notebook.budget import budget, no_room
from stationthis_sdk.notebook.failures import failures
from stationthis_sdk.notebook.html import clipped, h
from stationthis_sdk.notebook.patience import until
from stationthis_sdk.notebook.thumbnails import LEAST, key_of, thumbnails

__all__ = ["element_of", "link_to", "pictures_of"]

T = TypeVar("T")
_PLAYED: Final = {"video": ("video/mp4", "video/webm", "video/quicktime"), "audio": ("audio/",)}
_MOST_TEXT: Final = 4_000
_TEXT_FETCHED: Final = 4 * _MOST_TEXT
"""Bytes of a text that are fetched: as many as so many letters take at the most."""


async def pictures_of(
    outputs: Sequence[Any],
    *,
    display: str,
    pixels: int = 512,
    most_bytes: int = 90_000,
    captions: bool = True,
    moment: float | None = None,
) -> list[Any]:
    """An element for each output, within what the notebook's budget leaves to ``display``, a name of its own.

    What has not come by the moment is a link; so is what there is no room for, with the reason.
    """
    by = until() if moment is None else moment
    room = budget().room(display)
    seen = [output for output in outputs if output.kind in {"image", "animation"}]
    made = dict(
        zip(
            map(id, seen),
            await thumbnails(seen, pixels=pixels, most_bytes=most_bytes, in_all=room, moment=by),
            strict=True,
        )
    )
    pictures = {id(output): LEAST for output in seen[: room // LEAST]} | {
        id(output): 0 for output in seen[room // LEAST :]
    }
    taken = sum(small.written for small in made.values() if small is not None)
    elements = []
    for output in outputs:
        element, size = await element_of(
            output,
            thumbnail=made.get(id(output)),
            room=pictures.get(id(output), room - taken),
            caption=captions,
            moment=by,
        )
        taken += size
        elements.append(element)
    budget().take(display, taken)
    return elements


async def element_of(
    output: Any, *, thumbnail: Any = None, room: int, caption: bool = True, moment: float | None = None
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
    by = until() if moment is None else moment
    if output.kind == "text":
        text = await _text(output, by)
        if text is not None:
            return h.figure[h.div(".st-note", style="white-space:pre-wrap")[clipped(text, _MOST_TEXT)]], 0
    played = await _played(output, room, by)
    if played is not None:
        return played
    why = f" · {no_room()}" if room < LEAST and output.kind in {"image", "animation", *_PLAYED} else None
    return h.figure[h.div(".st-note")[clipped(label, 80), " · ", link_to(output), why]], 0


async def _text(output: Any, by: float) -> str | None:
    """As much of a text as is shown; None where it does not come."""
    if not output.url:
        return str(await output.text())
    return await _tried(output, "text", by, lambda: _beginning(output, _TEXT_FETCHED))


async def _beginning(output: Any, most: int) -> str:
    """The first bytes of a text file: all of it where it is small; of a large one no more is fetched."""
    try:
        return (await output.bytes(max_bytes=most)).decode("utf-8", "replace")  # type: ignore[no-any-return]
    except DownloadFailed:
        edge = getattr(output, "_edge", None)
        if edge is None:
            raise
    headers = {"Range": f"bytes=0-{most - 1}", "Accept-Encoding": "identity"}
    data = bytearray()
    async with edge.download(output.url, headers=headers) as answer:
        if answer.status not in {200, 206}:
            raise DownloadFailed(f"The file's address answered {answer.status}.")
        async for chunk in answer.chunks():
            data += chunk
            if len(data) >= most:
                break
    return data[:most].decode("utf-8", "ignore")


async def _played(output: Any, room: int, by: float) -> tuple[Any, int] | None:
    """A film or a sound within the page, when it is small enough; it plays without a kernel."""
    mime = output.mime or ""
    if not mime.startswith(_PLAYED.get(output.kind, ("none",))) or room < LEAST:
        return None
    data = await _tried(output, "to play", by, lambda: output.bytes(max_bytes=room * 3 // 4))
    if data is None:
        return None
    uri = f"data:{mime};base64,{base64.b64encode(data).decode()}"
    tag = h.video if output.kind == "video" else h.audio
    return h.figure[
        tag(src=uri, controls=True, style="max-width:512px"),
        h.figcaption[clipped(output.name or output.kind, 80), " · ", link_to(output)],
    ], len(uri)


async def _tried(output: Any, wanted: str, by: float, fetch: Callable[[], Awaitable[T]]) -> T | None:
    """What is fetched, if it comes by the moment; what failed is not tried again for a while."""
    address, left = key_of(output), by - time.monotonic()
    if left <= 0 or failures.has(address, wanted):
        return None
    try:
        async with asyncio.timeout(left):
            return await fetch()
    except (StationThisError, TimeoutError):
        failures.note(address, wanted)
        return None


def link_to(output: Any, called: str = "") -> Any:
    """A link to the file, by its name or what it is called; only to addresses of the web."""
    name = clipped(called or output.filename or output.kind, 80)
    url = output.url or ""
    if urlsplit(url).scheme not in {"http", "https"}:
        return h.span[name]
    return h.a(href=url, target="_blank", rel="noopener noreferrer")[name]
