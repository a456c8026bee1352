"""Frames with the pictures of their rows: pandas' own table, in which the texts of ``picture`` are the pictures."""

import secrets
from typing import Any, Final

import pandas as pd

from stationthis_sdk import portal
from stationthis_sdk.notebook.budget import budget, no_room
from stationthis_sdk.notebook.html import h
from stationthis_sdk.notebook.media import link_to
from stationthis_sdk.notebook.thumbnails import LEAST, Thumbnail, thumbnails

__all__ = ["frame_html"]

_PIXELS: Final = 96
_BYTES: Final = 4_000
_MARK: Final = 32
"""Letters that a column is wide enough for, so that pandas cuts no mark."""
_MOST: Final = 200
"""Pictures in one table."""


def frame_html(frame: Any) -> str | None:
    """The table of a frame, pictures in it; None where pandas shows it as well without: it has none, or is not to be HTML."""
    if "picture" not in frame.columns or not frame.columns.is_unique:
        return None
    cells = frame["picture"].astype(object).tolist()
    outputs = {place: frame.picture_of(cells[place]) for place in _shown(len(cells))}
    outputs = {place: output for place, output in outputs.items() if output is not None}
    if not outputs:
        return None
    display = f"frame {id(frame)}"
    room = budget().room(display)
    made = portal.call(thumbnails([*outputs.values()], pixels=_PIXELS, most_bytes=_BYTES, in_all=room))
    small = {place: one for place, one in zip(outputs, made, strict=True) if one is not None}
    budget().take(display, sum(one.written for one in small.values()))
    # What pandas writes is escaped: marks that nobody can guess hold the places of the pictures.
    elements = {place: _element(cells[place], outputs[place], small.get(place)) for place in outputs}
    marks = {place: f"picture-{secrets.token_hex(8)}" for place in elements}
    for place, mark in marks.items():
        cells[place] = mark
    plain = pd.DataFrame(frame)
    plain["picture"] = pd.Series(cells, index=plain.index, dtype=object)
    most = pd.get_option("display.max_colwidth")
    with pd.option_context("display.max_colwidth", most and max(most, _MARK)):
        html: str | None = plain._repr_html_()
    if html is None:
        return None
    for place, mark in marks.items():
        html = html.replace(mark, str(elements[place]))
    full = len(outputs) > room // LEAST
    return f"{html}{h.div[no_room()]}" if full else html


def _element(cell: str, output: Any, small: Thumbnail | None) -> Any:
    """A picture; a link in its place where there is none."""
    if small is not None:
        return h.img(src=small.uri, width=str(small.width), height=str(small.height), alt="")
    return link_to(output, cell)


def _shown(rows: int) -> list[int]:
    """The rows that pandas shows of so many: all, or as many from the beginning and the end."""
    most, few = pd.get_option("display.max_rows"), pd.get_option("display.min_rows")
    if most is None or rows <= most or most == 0:
        return list(range(rows))[:_MOST]
    half = (min(few or most, most) + 1) // 2
    return [*range(half), *range(rows - half, rows)]
