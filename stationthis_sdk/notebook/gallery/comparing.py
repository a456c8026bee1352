"""Batches beside each other, row by row."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from stationthis_sdk import portal
from stationthis_sdk.entities import BatchRow
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.names import near
from stationthis_sdk.notebook.gallery.board import Board, check_pixels
from stationthis_sdk.notebook.gallery.layout import MOST_TILES, Layout, Page
from stationthis_sdk.notebook.gallery.rows import RowTiles, columns_of, read_rows
from stationthis_sdk.notebook.gallery.values import label_of, order_of
from stationthis_sdk.notebook.html import clipped
from stationthis_sdk.twins import twin

__all__ = ["Comparison"]

_Record = Mapping[str, Any]
_DIFFERENCES: Final = 4
_SHORT: Final = 12


class Comparison(Board):
    """Batches side by side. ``on`` is what they are joined on, ``differing`` each other input with its value in each batch."""

    def __init__(
        self, batches: Sequence[Any], *, on: str | Iterable[str] | None = None, pixels: int = 192
    ) -> None:
        check_pixels(pixels)
        self._given = {id(twin(batch)): batch for batch in batches}
        odd = [batch for batch in batches if type(twin(batch)).__name__ != "AsyncBatch"]
        if odd:
            raise InvalidInput(f"compare is for batches, not {clipped(odd[0], 80)}.")
        if len(self._given) < len(batches):
            raise InvalidInput("compare is for different batches: one is named twice.")
        wanted = None if on is None else (on,) if isinstance(on, str) else tuple(on)
        self._rows, layout, self.on, self.differing = portal.call(
            _joined([twin(one) for one in batches], wanted)
        )
        names = " and ".join(clipped(twin(batch).name, 60) for batch in batches)
        super().__init__(names, self._rows, layout, pixels=pixels)

    @property
    def picked(self) -> list[tuple[Any, BatchRow]]:
        """The pairs (batch, row) that are picked, as the ledger has them now; a gallery takes them as they are."""
        return [(self._given[id(batch)], row) for batch, row in portal.call(self._rows.picked())]


async def _joined(
    batches: Sequence[Any], on: tuple[str, ...] | None
) -> tuple[RowTiles, Layout, tuple[str, ...], dict[str, tuple[str, ...]]]:
    rows = []
    for batch in batches:
        await batch.refresh()
        rows.append(await read_rows(batch))

    def join() -> tuple[RowTiles, Layout, tuple[str, ...], dict[str, tuple[str, ...]]]:
        records = [[columns_of(row) for row in one] for one in rows]
        names = [batch.name for batch in batches]
        keys = _chosen(records) if on is None else _checked(on, records, names)
        differing = _differing(records, keys)
        layout = _lay_out(records, keys, _heads(names, differing))
        return RowTiles(list(zip(batches, rows, strict=True))), layout, keys, differing

    return await asyncio.to_thread(join)


def _chosen(records: Sequence[Sequence[_Record]]) -> tuple[str, ...]:
    """The columns that all have, and in which some value is in several of them."""
    names = [_names(one) for one in records]
    shared = [name for name in names[0] if all(name in others for others in names[1:])]
    chosen = tuple(name for name in shared if name != "key" and _meet(name, records))
    if not chosen and "key" in shared and _meet("key", records):
        chosen = ("key",)
    if not chosen:
        told = (
            f"they share {', '.join(map(repr, shared))}, without a common value"
            if shared
            else "they share no column"
        )
        raise InvalidInput(f"There is nothing to join on: {told}. Name on=… what pairs them.")
    return chosen


def _names(records: Sequence[_Record]) -> dict[str, None]:
    return dict.fromkeys(name for record in records for name in record)


def _meet(name: str, records: Sequence[Sequence[_Record]]) -> bool:
    met: set[Any] = set()
    for one in records:
        values = {order_of(record.get(name)) for record in one if name in record}
        if met & values:
            return True
        met |= values
    return False


def _checked(
    on: tuple[str, ...], records: Sequence[Sequence[_Record]], names: Sequence[str]
) -> tuple[str, ...]:
    problems = [] if on else ["on names no column"]
    for one, batch in zip(records, names, strict=True):
        known = list(_names(one))
        for name in on:
            if name not in known:
                like = (
                    ", ".join(map(repr, near(name, known) if isinstance(name, str) else known))
                    or "none like it"
                )
                problems.append(f"batch {batch!r} has no column {name!r}: there is {like}")
    if problems:
        raise InvalidInput(f"They can't be joined so: {'; '.join(problems)}.", problems=problems)
    return tuple(dict.fromkeys(on))


def _differing(records: Sequence[Sequence[_Record]], keys: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The other inputs in which they differ, with the value of each batch, or the number of its values."""
    found = {}
    for name in dict.fromkeys(name for one in records for name in _names(one)):
        if name in keys or name == "key":
            continue
        values = [{order_of(record.get(name)): record.get(name) for record in one} for one in records]
        if all(set(one) == set(values[0]) for one in values[1:]):
            continue
        found[name] = tuple(
            label_of(next(iter(one.values()))) if len(one) == 1 else f"{len(one):,} values" for one in values
        )
    return found


def _heads(names: Sequence[str], differing: Mapping[str, tuple[str, ...]]) -> list[str]:
    told = list(differing.items())[:_DIFFERENCES]
    return [
        " · ".join((clipped(name, 60), *(f"{what} {clipped(values[number], 60)}" for what, values in told)))
        for number, name in enumerate(names)
    ]


def _lay_out(records: Sequence[Sequence[_Record]], keys: Sequence[str], heads: Sequence[str]) -> Layout:
    """A line for each combination of the keys, in the order of their values; one column for each batch."""
    lines: dict[tuple[Any, ...], list[list[int]]] = defaultdict(lambda: [[] for _ in records])
    values: dict[tuple[Any, ...], _Record] = {}
    place = 0
    for number, one in enumerate(records):
        for record in one:
            key = tuple(order_of(record.get(name)) for name in keys)
            values.setdefault(key, record)
            lines[key][number].append(place)
            place += 1
    ordered = sorted(lines)
    telling = [name for at, name in enumerate(keys) if len({key[at] for key in ordered}) > 1] or list(keys)[
        :1
    ]
    told = {name: [label_of(values[key].get(name)) for key in ordered] for name in telling}
    named = {name: len(telling) > 1 and all(len(label) < _SHORT for label in told[name]) for name in telling}
    labels = {
        key: " · ".join(f"{name} {told[name][at]}" if named[name] else told[name][at] for name in telling)
        for at, key in enumerate(ordered)
    }
    pages: list[list[tuple[Any, ...]]] = [[]]
    size = 0
    for key in ordered:
        count = max(sum(map(len, lines[key])), len(records))
        if pages[-1] and size + count > MOST_TILES:
            pages.append([])
            size = 0
        pages[-1].append(key)
        size += count
    return Layout(
        tuple(
            Page(
                f"{sum(map(len, pages[:number])) + 1:,}–{sum(map(len, pages[: number + 1])):,}"
                * (len(pages) > 1),
                tuple(labels[key] for key in page),
                tuple(heads),
                tuple(tuple(map(tuple, lines[key])) for key in page),
            )
            for number, page in enumerate(pages)
        ),
        rows="",
        cols="",
    )
