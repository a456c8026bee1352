"""What stands in a gallery, seen from whoever draws it: faces, pictures, and what a click tells."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Final, Protocol

import attrs

from stationthis_sdk.entities import BatchRow
from stationthis_sdk.entities.costs import dollars
from stationthis_sdk.errors import StationThisError
from stationthis_sdk.notebook.html import clipped, since, took
from stationthis_sdk.notebook.texts import clean
from stationthis_sdk.notebook.thumbnails import SEEN, Thumbnail, thumbnail

__all__ = [
    "Face",
    "Facts",
    "Tiles",
    "address_of",
    "face_of_row",
    "facts_of_row",
    "in_turn",
    "is_text",
    "live_picture",
    "note_of",
    "shown_first",
    "written_size",
]

LIVE_BYTES: Final = 24_000
"""Of one picture in a live page."""
_NOTE: Final = 300
_AT_ONCE: Final = 6


@attrs.frozen
class Face:
    """What a tile shows. ``note`` is why there is no picture: a reason, a text, a kind."""

    state: str
    note: str = ""
    picked: bool = False
    final: bool = True

    @property
    def tone(self) -> str:
        """good, bad, live or waiting: one of four looks."""
        if self.state == "success":
            return "good"
        if self.state in {"failed", "timeout", "cancelled", "refused", "gone"}:
            return "bad"
        return "waiting" if self.state in {"pending", "planned"} else "live"


@attrs.frozen
class Facts:
    """What a click tells: a name, lines of name and value, and outputs, which are asynchronous."""

    name: str
    state: str
    lines: Sequence[tuple[str, str]]
    inputs: Mapping[str, Any] = attrs.field(factory=dict)
    outputs: Sequence[Any] = ()
    reason: str = ""


class Tiles(Protocol):
    """The things of a gallery, by their places from 0."""

    def __len__(self) -> int: ...

    def name(self, place: int) -> str:
        """What one is called where it can't be seen."""

    def face(self, place: int) -> Face:
        """What is known of one now; asks nobody."""

    async def renew(self, places: Sequence[int], *, every: bool = False) -> None:
        """Look at these anew, and at how far everything is; those that have ended only with ``every``."""

    async def renew_all(self) -> None:
        """Look at all anew, in one go."""

    async def outputs(self, place: int) -> Sequence[Any]:
        """What one has made, asynchronous outputs; empty where nothing is known."""

    async def facts(self, place: int, *, brief: bool = False) -> Facts:
        """What a click tells of one; ``brief``: without its outputs."""

    async def pick(self, place: int, *, picked: bool) -> None:
        """Note that it is picked, or no longer."""

    @property
    def picks(self) -> int:
        """How many of all are picked, on whichever page they are."""

    def head(self) -> tuple[str, float | None]:
        """How far everything is, in a line; and as a fraction while it is under way."""

    @property
    def at_work(self) -> bool:
        """Whether something may still change by itself."""


def written_size(text: str) -> int:
    """How many bytes of a notebook's file a text takes."""
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8", "replace"))


def face_of_row(row: BatchRow) -> Face:
    """A row of a batch as a tile."""
    final = row.succeeded or row.failed
    note = row.reason or "" if row.failed else ""
    return Face(row.state, clean(clipped(note, _NOTE)), row.picked, final)


def facts_of_row(row: BatchRow, outputs: Sequence[Any] = (), *, batch: str | None = None) -> Facts:
    """What a click on a row tells."""
    lines = [
        ("batch", batch),
        ("key", row.key),
        ("row", None if row.key is None else f"{row.place + 1:,}"),
        ("run", row.run_id),
        ("took", took(row.seconds)),
        ("cost", None if row.cost is None else dollars(row.cost)),
        ("GPU", row.gpu),
        ("ended", since(row.ended_at)),
        *(("file", file) for file in row.files),
    ]
    name = f"row {row.place + 1:,}" if row.key is None else row.key
    extra = {f"{name} (column)" if name in row.inputs else name: value for name, value in row.extra.items()}
    return Facts(
        clean(clipped(name, 200)),
        row.state,
        [(what, clean(clipped(value))) for what, value in lines if value],
        {**row.inputs, **extra},
        outputs,
        clean(clipped(row.reason or "")),
    )


def shown_first(outputs: Sequence[Any]) -> Any:
    """The output that stands for all: the first that can be seen, else the first; None where there is none."""
    return next((one for one in outputs if one.kind in SEEN), next(iter(outputs), None))


def address_of(output: Any) -> str:
    """Where a browser finds it; nothing for what is on this machine only."""
    url = str(getattr(output, "url", None) or "")
    return url if url.startswith(("http://", "https://")) else ""


def is_text(output: Any) -> bool:
    """Whether it can be read out, as a text or a file of text."""
    return output.kind == "text" or str(output.mime or "").startswith("text/")


async def live_picture(output: Any, pixels: int) -> Thumbnail | None:
    """Its picture as live pages show it; what is smaller is made of this one."""
    return None if output is None else await thumbnail(output, pixels=pixels, most_bytes=LIVE_BYTES)


async def note_of(outputs: Sequence[Any]) -> str:
    """What is said in place of a picture."""
    first = shown_first(outputs)
    if first is None:
        return "no output"
    if is_text(first):
        try:
            return clean(clipped(await first.text(), _NOTE))
        except StationThisError as error:
            return clean(clipped(error.message, _NOTE))
    return clean(clipped(f"{first.kind} {first.filename or ''}".strip(), _NOTE))


async def in_turn(work: Sequence[Any]) -> AsyncGenerator[Any]:
    """The results of these coroutines as they come, a few under way at a time."""
    waiting = list(reversed(work))
    under_way: set[asyncio.Future[Any]] = set()
    try:
        while waiting or under_way:
            while waiting and len(under_way) < _AT_ONCE:
                under_way.add(asyncio.ensure_future(waiting.pop()))
            done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            for one in done:
                yield one.result()
    finally:
        for one in under_way:
            one.cancel()
        for one in waiting:
            one.close()
