"""Where everything stands: pages of rows and columns, in which each item has one place. Pure.

What varies and is no axis becomes pages, so that no picture is hidden behind another; what still shares a cell stands in
it side by side. A page has a bounded number of pictures: larger ones are parted.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import attrs

from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.names import near
from stationthis_sdk.notebook.gallery.values import Column

__all__ = ["MOST_TILES", "Layout", "Page", "in_order", "lay_out"]

MOST_TILES: Final = 100
"""Pictures of one page."""
_MOST_CELLS: Final = 500
_CAPTIONS: Final = 3
_SHORT: Final = 12


@attrs.frozen
class Page:
    """One page: ``cells[row][column]`` are the places of its items in the order in which they were given."""

    title: str
    rows: tuple[str, ...]
    cols: tuple[str, ...]
    cells: tuple[tuple[tuple[int, ...], ...], ...] = attrs.field(repr=False)

    def __iter__(self) -> Iterator[int]:
        return (place for row in self.cells for cell in row for place in cell)


@attrs.frozen
class Layout:
    """All pages. ``rows`` and ``cols`` are the names of axes, ``paged_by`` those that became pages; captions one an item; ``abreast`` stand in a line without axes."""

    pages: tuple[Page, ...]
    rows: str | None = None
    cols: str | None = None
    paged_by: tuple[str, ...] = ()
    captions: Sequence[str] = attrs.field(default=(), repr=False)
    abreast: int | None = None

    @property
    def flows(self) -> bool:
        """Whether items stand one after the other, without any axis."""
        return self.rows is None and self.cols is None


def lay_out(
    records: Sequence[Mapping[str, Any]],
    *,
    rows: str | None = None,
    cols: str | None = None,
    page: str | None = None,
    names: Sequence[str] | None = None,
    most: int = MOST_TILES,
) -> Layout:
    """Give each record one place. Columns are those of the records, or ``names``; only they become pages by themselves.

    A column in which no two records are alike, as derived seeds are, makes no pages of one picture each.

    Raises:
        InvalidInput: there is no such column, or one is named twice; ``problems`` has every fault.

    >>> sweep = [{"prompt": p, "seed": s, "cfg": c} for p in ("fox", "hare") for s in (1, 2) for c in (10, 9)]
    >>> for one in lay_out(sweep, rows="prompt", cols="seed").pages:
    ...     print(one.title, one.rows, one.cols, one.cells)
    cfg 9 ('fox', 'hare') ('1', '2') (((1,), (3,)), ((5,), (7,)))
    cfg 10 ('fox', 'hare') ('1', '2') (((0,), (2,)), ((4,), (6,)))
    """
    known = list(dict.fromkeys(name for record in records for name in record))
    _check({"rows": rows, "cols": cols, "page": page}, known)
    columns = {name: Column(name, [record.get(name) for record in records]) for name in known}
    axes = [name for name in (rows, cols, page) if name is not None]
    cells = _grouped(range(len(records)), [columns[name].codes for name in axes])
    own = [
        columns[name] for name in (known if names is None else names) if name in columns and name not in axes
    ]
    varying = [column for column in own if column.varies]
    if not axes:
        return Layout(tuple(_flow(len(records), most)), captions=_captions(varying, len(records)))
    inside = [column for column in varying if _varies_within(column.codes, cells.values())]
    added = [one for one in inside if len(one.labels) < len(records) or len(cells) == 1]
    paging = ([] if page is None else [columns[page]]) + added
    shown = [column for column in inside if column not in added]
    pages = []
    for codes, places in sorted(_grouped(range(len(records)), [one.codes for one in paging]).items()):
        title = " · ".join(f"{one.name} {one.labels[code]}" for one, code in zip(paging, codes, strict=True))
        pages += _parted(title, places, columns.get(rows or ""), columns.get(cols or ""), most)
    return Layout(tuple(pages), rows, cols, tuple(one.name for one in paging), _captions(shown, len(records)))


def in_order(count: int, *, abreast: int | None = None) -> Layout:
    """One after the other."""
    return Layout(tuple(_flow(count, MOST_TILES)), abreast=abreast)


def _check(axes: Mapping[str, str | None], known: Sequence[str]) -> None:
    problems = []
    taken: dict[str, str] = {}
    for axis, name in axes.items():
        if name is None:
            continue
        if not isinstance(name, str) or name not in known:
            like = (
                ", ".join(map(repr, (near(name, known) if isinstance(name, str) else None) or known))
                or "none"
            )
            problems.append(f"{axis} is the name of an input or a column, not {name!r}: there is {like}")
        elif name in taken:
            problems.append(f"{taken[name]} and {axis} are both {name!r}: an axis each")
        else:
            taken[name] = axis
    if problems:
        raise InvalidInput(f"It can't be laid out so: {'; '.join(problems)}.", problems=problems)


def _grouped(places: Any, codes: Sequence[Sequence[int]]) -> dict[tuple[int, ...], list[int]]:
    groups: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for place in places:
        groups[tuple(column[place] for column in codes)].append(place)
    return groups


def _varies_within(codes: Sequence[int], groups: Any) -> bool:
    return any(codes[place] != codes[group[0]] for group in groups for place in group)


def _flow(count: int, most: int) -> Iterator[Page]:
    for start in range(0, count, most) or (0,):
        end = min(start + most, count)
        title = f"{start + 1:,}–{end:,}" if count > most else ""
        yield Page(title, ("",), ("",), ((tuple(range(start, end)),),))


def _parted(title: str, places: list[int], rows: Column | None, cols: Column | None, most: int) -> list[Page]:
    """One page, or several where it would be too large."""

    def where(place: int) -> tuple[int, int]:
        return (rows.codes[place] if rows else 0, cols.codes[place] if cols else 0)

    parts: list[list[int]] = [[]]
    in_rows: set[int] = set()
    in_cols: set[int] = set()
    for place in sorted(places, key=lambda place: (*where(place), place)):
        row, col = where(place)
        cells = len(in_rows | {row}) * len(in_cols | {col})
        if parts[-1] and (len(parts[-1]) >= most or cells > _MOST_CELLS):
            parts.append([])
            in_rows, in_cols = set(), set()
        parts[-1].append(place)
        in_rows.add(row)
        in_cols.add(col)
    made = []
    for number, part in enumerate(parts, 1):
        cells_of: dict[tuple[int, int], list[int]] = defaultdict(list)
        for place in part:
            cells_of[where(place)].append(place)
        row_order, col_order = sorted({row for row, _ in cells_of}), sorted({col for _, col in cells_of})
        made.append(
            Page(
                " · ".join(filter(None, (title, f"part {number} of {len(parts)}" * (len(parts) > 1)))),
                tuple(rows.labels[row] if rows else "" for row in row_order),
                tuple(cols.labels[col] if cols else "" for col in col_order),
                tuple(tuple(tuple(cells_of.get((row, col), ())) for col in col_order) for row in row_order),
            )
        )
    return made


def _captions(columns: Sequence[Column], count: int) -> Sequence[str]:
    """What an item says of itself beside the heads: in what it differs from its neighbours."""
    few = sorted(columns, key=lambda one: max(map(len, one.labels)) > _SHORT)[
        :_CAPTIONS
    ]  # short values first
    if not few:
        return ()
    return [" · ".join(f"{one.name} {one.labels[one.codes[place]]}" for one in few) for place in range(count)]
