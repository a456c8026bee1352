"""Frames with the pictures of their rows: pandas' own table, in which the texts of ``picture`` are the pictures."""

import secrets
from typing import Any, Final

import pandas as pd

from stationthis_sdk import portal
from stationthis_sdk.notebook.budget import budget
from stationthis_sdk.notebook.html import h
from stationthis_sdk.notebook.thumbnails import thumbnails

__all__ = ["frame_html"]

_PIXELS: Final = 96
_BYTES: Final = 4_000
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
    made = portal.call(
        thumbnails([*outputs.values()], pixels=_PIXELS, most_bytes=_BYTES, in_all=budget().room(display))
    )
    small = {place: one for place, one in zip(outputs, made, strict=True) if one is not None}
    budget().take(display, sum(one.written for one in small.values()))
    # What pandas writes is escaped: marks that nobody can guess hold the places of the pictures.
    marks = {place: f"picture-{secrets.token_hex(8)}" for place in small}
    for place, mark in marks.items():
        cells[place] = mark
    plain = pd.DataFrame(frame)
    plain["picture"] = pd.Series(cells, index=plain.index, dtype=object)
    html: str | None = plain._repr_html_()
    if html is None:
        return None
    for place, mark in marks.items():
        one = small[place]
        picture = h.img(src=one.uri, width=str(one.width), height=str(one.height), alt="")
        html = html.replace(mark, str(picture))
    return html


def _shown(rows: int) -> list[int]:
    """The rows that pandas shows of so many: all, or as many from the beginning and the end."""
    most, few = pd.get_option("display.max_rows"), pd.get_option("display.min_rows")
    if most is None or rows <= most or most == 0:
        return list(range(rows))[:_MOST]
    half = (min(few or most, most) + 1) // 2
    return [*range(half), *range(rows - half, rows)]
