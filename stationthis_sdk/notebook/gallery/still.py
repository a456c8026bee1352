"""A gallery as HTML that is complete: no script, no kernel; what a click shows is in ``<details>``.

It keeps within its bytes: markup first, then as large pictures as fit. Pages that no more fit are told of.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs
from markupsafe import Markup

from stationthis_sdk.notebook.gallery.layout import Layout, Page
from stationthis_sdk.notebook.gallery.pictures import LEAST, Shot
from stationthis_sdk.notebook.gallery.tiles import Face, Facts, written_size
from stationthis_sdk.notebook.html import card, clipped, h
from stationthis_sdk.notebook.texts import clean
from stationthis_sdk.notebook.thumbnails import Thumbnail

__all__ = ["Entry", "Plan", "draw", "plan_of", "soon"]

_LINES: Final = 10
_VALUE: Final = 160
_SHORT: Final = 12
_OVERHEAD: Final = 6_000
_CAPTION: Final = 90
_STYLE: Final = """
.stationthis .st-still{overflow-x:auto}
.stationthis .st-still table{border-collapse:separate;border-spacing:6px;background:transparent;margin:0}
.stationthis .st-still th,.stationthis .st-still td{padding:0;border:0;background:transparent!important;text-align:left;vertical-align:top;color:inherit;font-weight:500;max-width:15em;overflow-wrap:anywhere}
.stationthis .st-still td{max-width:none}
.stationthis .st-still tr,.stationthis .st-still tr:hover{background:transparent!important}
.stationthis .st-still th{opacity:.78;padding:2px 4px}
.stationthis .st-cell{display:flex;flex-wrap:wrap;gap:6px;align-items:flex-start}
.stationthis .st-tile{margin:0!important;max-width:26em}
.stationthis .st-tile>summary{list-style:none;cursor:zoom-in;opacity:1}
.stationthis .st-tile>summary::-webkit-details-marker{display:none}
.stationthis .st-tile img{display:block;border-radius:5px;max-width:100%;height:auto;background:color-mix(in srgb,currentColor 10%,transparent)}
.stationthis .st-tile .st-none{box-sizing:border-box;min-width:6em;max-width:14em;padding:.5em .6em;border-radius:5px;background:color-mix(in srgb,currentColor 8%,transparent);overflow-wrap:anywhere;white-space:pre-wrap;font-size:.92em}
.stationthis .st-tile .st-none.st-wrong{background:color-mix(in srgb,#d6453d 16%,transparent)}
.stationthis .st-cap{display:block;font-size:.86em;opacity:.72;max-width:16em;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.stationthis .st-picked img,.stationthis .st-picked .st-none{outline:3px solid #e0a100;outline-offset:-1px}
.stationthis .st-picked .st-cap::before{content:"★ ";color:#e0a100}
.stationthis .st-lines{font-size:.88em;margin:.3em 0 .6em}
.stationthis .st-lines div{overflow-wrap:anywhere;white-space:pre-wrap}
.stationthis .st-lines b{font-weight:600;opacity:.72}
"""
_LOST: Final = ".jp-OutputArea-child:has(.st-still-live)+.jp-OutputArea-child:has(.jupyter-widgets):not(:has(.stg)){display:none}"
"""A widget that this stands for, and that is lost, is not seen as an error."""


@attrs.frozen
class Entry:
    """One tile as it is saved: its face, what a click tells, and what it made."""

    face: Face
    name: str
    facts: Facts | None = None
    caption: str = ""


@attrs.frozen
class Plan:
    """What fits: so many tiles of the pages in their order, with so many bytes for each picture."""

    tiles: int
    each: int


def plan_of(layout: Layout, entries: Mapping[int, Entry], room: int) -> Plan:
    """Choose how many tiles are saved, and how large their pictures may be."""
    markup, tiles, pictures = _OVERHEAD, 0, 0
    for place in (place for page in layout.pages for place in page):
        entry = entries.get(place)
        if entry is None:
            break
        size = written_size(str(_tile(entry, Shot(), None)))
        picture = entry.face.tone == "good"
        if tiles and markup + size + (pictures + picture) * LEAST > room:
            break
        markup, tiles, pictures = markup + size, tiles + 1, pictures + picture
    return Plan(tiles, max(0, room - markup) // max(1, pictures))


def soon(title: str, ident: str) -> str:
    """What is there before anything is drawn."""
    return str(
        card(
            h.style[Markup(_LOST)],  # noqa: S704 - likewise
            h.div(class_=["st-head", {"st-still-live": bool(ident)}, ident])[
                h.b[clean(clipped(title, 80))], h.span(".st-dim")["Its pictures are on their way."]
            ],
        )
    )


def draw(
    title: str,
    head: str,
    layout: Layout,
    entries: Mapping[int, Entry],
    shots: Mapping[int, tuple[Shot, Thumbnail | None]],
    plan: Plan,
    *,
    ident: str = "",
    hint: str = "",
) -> str:
    """All of it, as one text."""
    left, pages, hidden = plan.tiles, [], 0
    for number, page in enumerate(layout.pages):
        size = sum(1 for _ in page)
        if left <= 0 and size:
            hidden += 1
            continue
        pages.append(_page(page, layout, entries, shots, set(list(page)[:left]), first=number == 0))
        hidden += left < size
        left -= size
    total = sum(len(cell) for page in layout.pages for row in page.cells for cell in row)
    untold = total - plan.tiles
    names = " × ".join(filter(None, (layout.rows, layout.cols)))
    element = card(
        h.style[Markup(_STYLE + _LOST)],  # noqa: S704 - constants of ours
        h.div(class_=["st-still", {"st-still-live": bool(ident)}, ident])[
            h.div(".st-head")[
                h.b[clipped(title, 80)],
                h.span(".st-dim")[clipped(head, 400)],
                names and h.span(".st-dim")[clipped(names, 120)],
            ],
            pages,
            untold > 0
            and h.div(".st-note")[
                f"{untold:,} of {total:,} pictures on {hidden:,} more page{'s' * (hidden != 1)} are not in this copy, "
                f"which keeps the notebook's file small.{f' {hint}' if hint else ''}"
            ],
        ],
    )
    return clean(str(element))


def _page(
    page: Page,
    layout: Layout,
    entries: Mapping[int, Entry],
    shots: Mapping[int, tuple[Shot, Thumbnail | None]],
    within: set[int],
    *,
    first: bool,
) -> Any:
    across = (
        f"display:grid;grid-template-columns:repeat({layout.abreast},max-content)" if layout.abreast else None
    )

    def cell(places: Sequence[int]) -> Any:
        return h.div(".st-cell", style=across)[
            [_tile(entries[place], *shots.get(place, (Shot(), None))) for place in places if place in within]
        ]

    if layout.flows:
        inner: Any = cell(page.cells[0][0])
    else:
        inner = h.table[
            layout.cols is not None
            and h.thead[
                h.tr[
                    layout.rows is not None and h.th[_corner(layout, page)],
                    (h.th[head] for head in _heads(layout.cols, page.cols)),
                ]
            ],
            h.tbody[
                (
                    h.tr[layout.rows is not None and h.th[head], (h.td[cell(places)] for places in row)]
                    for head, row in zip(_heads(layout.rows or "", page.rows), page.cells, strict=True)
                )
            ],
        ]
    if not page.title:
        return inner
    return h.details(open=first)[h.summary[clipped(page.title, 200)], inner]


def _named(labels: Sequence[str]) -> bool:
    """Whether values are so short that their name stands before each."""
    return all(len(label) < _SHORT for label in labels)


def _heads(name: str, labels: Sequence[str]) -> list[Any]:
    said = bool(name) and _named(labels)
    return [[said and h.span(".st-dim")[f"{clipped(name, 40)} "], label] for label in labels]


def _corner(layout: Layout, page: Page) -> str:
    """The names of axes whose values are too long to have it before them."""
    rows = f"{clipped(layout.rows, 40)} ↓" if layout.rows and not _named(page.rows) else ""
    cols = f"{clipped(layout.cols, 40)} →" if layout.cols and not _named(page.cols) else ""
    return "  ".join(filter(None, (rows, cols)))


def _tile(entry: Entry, shot: Shot, picture: Thumbnail | None) -> Any:
    face, facts = entry.face, entry.facts
    if picture is not None:
        seen: Any = h.img(
            src=picture.uri,
            width=str(picture.width),
            height=str(picture.height),
            alt=clipped(entry.name, 120),
        )
    else:
        wrong = ".st-wrong" if face.tone == "bad" else ""
        seen = h.div(f".st-none{wrong}")[_said(face, shot)]
    played = "▶ " if shot.kind in {"video", "audio"} else ""
    caption = f"{played}{entry.caption}{f' +{shot.more}' if shot.more else ''}".strip()
    lines = [] if facts is None else [("", facts.name), *facts.lines, *_inputs(facts.inputs)][: _LINES + 4]
    return h.details(".st-tile.st-picked" if face.picked else ".st-tile")[
        h.summary[
            seen, (caption or face.picked) and h.span(".st-cap")[clipped(caption, _CAPTION) or "picked"]
        ],
        played and shot.address and _player(shot),
        lines
        and h.div(".st-lines")[
            (h.div[h.b[f"{what} "] if what else None, clipped(value, _VALUE)] for what, value in lines)
        ],
    ]


def _player(shot: Shot) -> Any:
    tag = h.video if shot.kind == "video" else h.audio
    return tag(src=shot.address, controls=True, preload="none", style="max-width:26em")


def _said(face: Face, shot: Shot) -> str:
    if face.tone == "bad":
        return f"{face.state}: {face.note}" if face.note else face.state
    waits = {"live": "under way", "good": "…"}.get(face.tone, face.state)
    return shot.note or face.note or waits


def _inputs(inputs: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (clean(clipped(name, 60)), clean(clipped(value, _VALUE)))
        for name, value in list(inputs.items())[:_LINES]
    ]
