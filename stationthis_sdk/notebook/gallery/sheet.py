"""A contact sheet: all pictures on one PNG, with the axes as heads. Pictures come and are pasted one by one."""

import asyncio
import itertools
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from stationthis_sdk.errors import InvalidInput, MissingExtra, StationThisError
from stationthis_sdk.notebook.gallery.layout import Layout, Page
from stationthis_sdk.notebook.gallery.tiles import Tiles, in_turn, note_of, shown_first
from stationthis_sdk.notebook.gallery.writing import Pen
from stationthis_sdk.notebook.thumbnails import SEEN, small_picture
from stationthis_sdk.outputs.output import whole_file
from stationthis_sdk.outputs.sidecar import ready_folder

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["write_sheet"]

_MOST_PIXELS: Final = 64_000_000
"""Of a sheet: 190 MB of memory, and what most programs open."""
_LONGEST: Final = 60_000
_SMALLEST: Final = 32
_GAP: Final = 8
_EDGE: Final = 16
_MOST_FETCHED: Final = 64 << 20
_HEAD: Final = 3
"""Lines of a column's head."""
_ABREAST: Final = 4
"""Pictures beside each other in one cell."""
_GROUND, _INK, _FAINT = (255, 255, 255), (24, 26, 30), (238, 239, 242)
_WRONG, _PICKED = (250, 226, 224), (224, 161, 0)


@attrs.frozen
class _Block:
    """A page of the layout on the sheet: where it begins, and where its columns and rows do."""

    page: Page
    top: int
    heads: int
    lines: int
    xs: tuple[int, ...]
    ys: tuple[int, ...]
    abreast: tuple[int, ...]


@attrs.frozen
class _Sheet:
    width: int
    height: int
    side: int
    blocks: tuple[_Block, ...]
    pen: Pen
    captions: int

    @property
    def fits(self) -> bool:
        return self.width * self.height <= _MOST_PIXELS and max(self.width, self.height) <= _LONGEST


async def write_sheet(
    path: Path, title: str, tiles: Tiles, layout: Layout, *, pixels: int, columns: int | None
) -> Path:
    """Write it whole and return its path; the folder is made when it is missing.

    Raises:
        InvalidInput: the file is no .png, or there are too many pictures for one sheet.
        MissingExtra: Pillow is not installed.
        SaveFailed: it can't be written.
    """
    if path.suffix.lower() != ".png":
        raise InvalidInput(f"A contact sheet is a .png, not {path.name!r}.")
    try:
        import PIL  # noqa: F401, PLC0415 - slow
    except ImportError:
        raise MissingExtra("Contact sheets need Pillow: pip install 'stationthis-sdk[notebook]'.") from None
    path = await asyncio.to_thread(path.expanduser)
    await tiles.renew_all()
    sheet = await asyncio.to_thread(_planned, tiles, layout, pixels, columns)
    await asyncio.to_thread(ready_folder, path.parent)
    canvas = await asyncio.to_thread(_begun, sheet, title, tiles.head()[0], layout)
    spots = {place: spot for block in sheet.blocks for place, spot in _spots(block, sheet)}
    async for place, picture, note in in_turn([_piece(tiles, place, sheet.side) for place in spots]):
        await asyncio.to_thread(_paste, canvas, sheet, spots[place], tiles, place, layout, picture, note)
    async with whole_file(path) as file:
        await asyncio.to_thread(_save, canvas, file, title, layout, len(spots))
    return path


async def _piece(tiles: Tiles, place: int, side: int) -> "tuple[int, Image | None, str]":
    """A picture, or what is said in its place."""
    face = tiles.face(place)
    if face.tone != "good":
        return place, None, f"{face.state}: {face.note}" if face.note else face.state
    try:
        outputs = await tiles.outputs(place)
        first = shown_first(outputs)
        if first is None or first.kind not in SEEN:
            return place, None, await note_of(outputs)
        data = await first.bytes(max_bytes=_MOST_FETCHED)
    except StationThisError as error:
        return place, None, error.message
    picture = await asyncio.to_thread(small_picture, data, pixels=side, kind=first.kind)
    return place, picture, "" if picture is not None else await note_of(outputs)


def _planned(tiles: Tiles, layout: Layout, pixels: int, columns: int | None) -> _Sheet:
    """As large as was asked for, or as fits."""
    side = pixels
    while True:
        sheet = _laid(tiles, layout, side, columns)
        if sheet.fits:
            return sheet
        if side <= _SMALLEST:
            raise InvalidInput(
                f"{len(tiles):,} pictures are too many for one sheet, even at {_SMALLEST} pixels: it would be "
                f"{sheet.width:,} × {sheet.height:,}. Make sheets of parts: gallery([(batch, row), …]).contact_sheet(…)."
            )
        side = max(_SMALLEST, side * 7 // 8)


def _laid(tiles: Tiles, layout: Layout, side: int, columns: int | None) -> _Sheet:
    pen = Pen(max(9, min(18, side // 13)))
    pages = [_whole(layout)] if layout.flows else layout.pages
    captions = pen.line if layout.captions and side >= 96 else 0
    step, down = side + _GAP, side + _GAP + captions
    top = _EDGE + 2 * pen.line + _GAP
    blocks, width = [], 0
    for page in pages:
        if layout.flows:
            counts = [columns or max(1, round(math.sqrt(1.4 * len(tiles))))]
            heads = 0
        else:
            most = columns or _ABREAST
            counts = [
                min(most, max((len(row[place]) for row in page.cells), default=1)) or 1
                for place in range(len(page.cols))
            ]
            heads = 0 if layout.rows is None else max(96, min(260, side)) + _GAP
        xs = [_EDGE + heads]
        for number in counts:
            xs.append(xs[-1] + number * step + (0 if layout.flows else _GAP))
        y = top + (pen.line + _GAP if page.title and not layout.flows else 0)
        heads_of_cols = (
            [] if layout.cols is None else [f"{layout.cols} {label}".strip() for label in page.cols]
        )
        rooms = [end - start - 2 * _GAP for start, end in itertools.pairwise(xs)]
        lines = max(map(pen.lines, heads_of_cols, rooms), default=0)
        y += pen.line * lines + _GAP // 2 if lines else 0
        ys = [y]
        for row in page.cells:
            deep = max(
                (math.ceil(len(cell) / number) for cell, number in zip(row, counts, strict=True)), default=1
            )
            ys.append(ys[-1] + max(1, deep) * down + (0 if layout.flows else _GAP))
        blocks.append(_Block(page, top, heads, lines, tuple(xs), tuple(ys), tuple(counts)))
        width, top = max(width, xs[-1]), ys[-1] + (0 if layout.flows else _GAP)
    return _Sheet(max(width + _EDGE, 420), top + _EDGE, side, tuple(blocks), pen, captions)


def _whole(layout: Layout) -> Page:
    """All pages as one, where nothing but their length parts them."""
    return Page("", ("",), ("",), ((tuple(place for page in layout.pages for place in page),),))


def _spots(block: _Block, sheet: _Sheet) -> "list[tuple[int, tuple[int, int]]]":
    """Where each picture of a page stands."""
    spots = []
    for row, y in zip(block.page.cells, block.ys, strict=False):
        for cell, x, abreast in zip(row, block.xs, block.abreast, strict=False):
            for number, place in enumerate(cell):
                down, right = divmod(number, abreast)
                at = (x + right * (sheet.side + _GAP), y + down * (sheet.side + _GAP + sheet.captions))
                spots.append((place, at))
    return spots


def _begun(sheet: _Sheet, title: str, told: str, layout: Layout) -> "Image":
    """The empty sheet with all its heads."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 - slow

    canvas = Image.new("RGB", (sheet.width, sheet.height), _GROUND)
    drawing, pen = ImageDraw.Draw(canvas), sheet.pen
    room = sheet.width - 2 * _EDGE
    pen.write(drawing, (_EDGE, _EDGE), title, room, _INK)
    axes = ", ".join(filter(None, (layout.rows, layout.cols, *layout.paged_by)))
    pen.write(
        drawing, (_EDGE, _EDGE + pen.line), " · ".join(filter(None, (told, axes))), room, (110, 114, 122)
    )
    for block in sheet.blocks:
        if block.page.title and not layout.flows:
            drawing.line((_EDGE, block.top - 2, sheet.width - _EDGE, block.top - 2), _FAINT)
            pen.write(drawing, (_EDGE, block.top), block.page.title, room, _INK)
        if layout.cols is not None:
            y = block.ys[0] - block.lines * pen.line - _GAP // 2
            for label, x, end in zip(block.page.cols, block.xs, block.xs[1:], strict=False):
                pen.write(
                    drawing, (x, y), f"{layout.cols} {label}".strip(), end - x - 2 * _GAP, _INK, lines=_HEAD
                )
        if layout.rows is not None:
            most = max(1, sheet.side // pen.line)
            for label, y in zip(block.page.rows, block.ys, strict=False):
                pen.write(
                    drawing,
                    (_EDGE, y),
                    f"{layout.rows} {label}".strip(),
                    block.heads - 2 * _GAP,
                    _INK,
                    lines=min(8, most),
                )
    return canvas


def _paste(
    canvas: "Image",
    sheet: _Sheet,
    spot: tuple[int, int],
    tiles: Tiles,
    place: int,
    layout: Layout,
    picture: "Image | None",
    note: str,
) -> None:
    from PIL import ImageDraw  # noqa: PLC0415 - likewise

    drawing, pen, side, face = ImageDraw.Draw(canvas), sheet.pen, sheet.side, tiles.face(place)
    x, y = spot
    box = (x, y, x + side - 1, y + side - 1)
    if picture is None:
        drawing.rectangle(box, _WRONG if face.tone == "bad" else _FAINT)
        pen.write(drawing, (x + 6, y + 4), note, side - 12, _INK, lines=max(1, (side - 8) // pen.line))
    else:
        mask = picture if picture.mode == "RGBA" else None
        box = (x, y, x + picture.width - 1, y + picture.height - 1)
        canvas.paste(picture, (x, y), mask)
    if face.picked:
        drawing.rectangle(
            tuple(one + by for one, by in zip(box, (-3, -3, 3, 3), strict=True)), outline=_PICKED, width=3
        )
    if sheet.captions and layout.captions:
        pen.write(drawing, (x, box[3] + 2), layout.captions[place], side, (96, 100, 108))


def _save(canvas: "Image", file: Any, title: str, layout: Layout, count: int) -> None:
    from PIL.PngImagePlugin import PngInfo  # noqa: PLC0415 - likewise

    info = PngInfo()
    axes = ", ".join(
        f"{what}: {name}"
        for what, name in (
            ("rows", layout.rows),
            ("columns", layout.cols),
            ("pages", ", ".join(layout.paged_by)),
        )
        if name
    )
    notes = {
        "Title": f"Contact sheet of {title}",
        "Description": f"{count:,} pictures" + (f"; {axes}" if axes else ""),
        "Software": "StationThis SDK",
    }
    for name, text in notes.items():
        info.add_itxt(name, Pen.clean(text)[:2_000])
    canvas.save(file, "PNG", pnginfo=info, compress_level=4)
