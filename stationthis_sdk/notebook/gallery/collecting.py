"""Whatever people put into a gallery, found out what it is; all that can't be shown is told at once."""

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from stationthis_sdk.entities import BatchRow
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.notebook.gallery.files import FileOutput
from stationthis_sdk.notebook.gallery.items import Item, ItemTiles, OfFile, OfOutput, OfRow, OfRun
from stationthis_sdk.notebook.gallery.rows import RowTiles, read_rows
from stationthis_sdk.notebook.html import clipped
from stationthis_sdk.twins import twin

__all__ = ["collect"]

_KINDS: Final = (
    "a gallery shows runs, outputs, batches, pairs (batch, row), lists of them as st.runs.list() gives, frames with a "
    "column picture, and paths of saved files"
)
_DEPTH: Final = 8


async def collect(given: Any) -> ItemTiles:
    """Make tiles of what was given; lists in lists are one list.

    Raises:
        InvalidInput: something is nothing that has a picture; ``problems`` has every fault.
    """
    items: list[Item] = []
    problems: list[str] = []
    await _take(given, items, problems, ())
    if problems:
        more = f"; and {len(problems) - 10} more" if len(problems) > 10 else ""
        raise InvalidInput(f"{'; '.join(problems[:10])}{more}: {_KINDS}.", problems=problems)
    return ItemTiles(items)


async def _take(given: Any, items: list[Item], problems: list[str], where: tuple[int, ...]) -> None:
    thing = twin(given)
    kind = type(thing).__name__
    at = f"item {'.'.join(map(str, where))}: " if where else ""
    if kind == "AsyncRun":
        items.append(OfRun(given))
    elif kind == "AsyncOutput":
        items.append(OfOutput(given, thing.name or thing.filename or thing.kind, lambda: thing))
    elif kind == "AsyncBatch":
        rows = await read_rows(thing)
        items += _rows(thing, [(given, row) for row in rows])
    elif isinstance(given, str | os.PathLike):
        await _take_file(given, items, problems, at)
    elif _is_frame(given):
        items += _of_frame(given)
    elif isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], BatchRow):
        if type(twin(given[0])).__name__ == "AsyncBatch":
            items += _rows(twin(given[0]), [given])
        else:
            problems.append(f"{at}a pair is (batch, row), not of {clipped(given[0], 60)}")
    elif isinstance(given, BatchRow):
        problems.append(f"{at}row {given.place + 1} does not know its batch: pass (batch, row)")
    elif _is_several(given) and len(where) < _DEPTH:
        for place, one in enumerate(given):
            await _take(one, items, problems, (*where, place))
    else:
        problems.append(f"{at}{clipped(given, 60)} has no picture")


def _is_several(given: Any) -> bool:
    return isinstance(given, Iterable) and not isinstance(
        given, bytes | bytearray | memoryview | Mapping | type
    )


def _rows(batch: Any, pairs: Sequence[tuple[Any, BatchRow]]) -> list[Item]:
    tiles = RowTiles([(batch, [row for _, row in pairs])])
    return [OfRow(pair, tiles, place) for place, pair in enumerate(pairs)]


async def _take_file(given: Any, items: list[Item], problems: list[str], at: str) -> None:
    written = os.fsdecode(given)
    found = await FileOutput.of(Path(written))
    if found is not None:
        items.append(OfFile(given, Path(written)))
    else:
        problems.append(f"{at}there is no file {clipped(written, 120)!r}")


def _is_frame(given: Any) -> bool:
    """Whether it is a frame that knows its pictures; where nobody made one, none is."""
    frames = sys.modules.get("stationthis_sdk.frames.pictures")
    return frames is not None and isinstance(given, frames.PictureFrame)


def _of_frame(frame: Any) -> list[Item]:
    cells = frame["picture"] if "picture" in frame else [None] * len(frame)
    others = frame.drop(columns="picture", errors="ignore")

    def told(place: int) -> Callable[[], Mapping[str, Any]]:
        return lambda: dict(others.iloc[place])  # made when somebody looks

    return [
        OfOutput(index, f"row {index}", partial(frame.picture_of, cell), told(place))
        for place, (index, cell) in enumerate(zip(frame.index, cells, strict=True))
    ]
