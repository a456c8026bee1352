"""What grids, galleries and comparisons have in common: they are shown, picked from, and written as one sheet."""

import asyncio
import contextlib
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from stationthis_sdk import portal
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.ipython import kernel_shell
from stationthis_sdk.notebook.budget import budget
from stationthis_sdk.notebook.gallery.layout import Layout
from stationthis_sdk.notebook.gallery.pictures import LEAST, Shot, shot_of, smaller, step_of
from stationthis_sdk.notebook.gallery.seen import Front, Seen
from stationthis_sdk.notebook.gallery.sheet import write_sheet
from stationthis_sdk.notebook.gallery.shows import Showing, show
from stationthis_sdk.notebook.gallery.still import Entry, draw, plan_of
from stationthis_sdk.notebook.gallery.tiles import Tiles, in_turn, written_size
from stationthis_sdk.notebook.thumbnails import Thumbnail

__all__ = ["Board", "check_columns", "check_pixels"]

_LONG: Final = 60.0
_SIDES: Final = (32, 1024)


class Board:
    """Pictures on pages: live in a notebook, with a copy that needs no kernel; ``contact_sheet`` writes one PNG."""

    def __init__(self, title: str, tiles: Tiles, layout: Layout, *, pixels: int, hint: str = "") -> None:
        self._title, self._tiles, self._layout, self._pixels, self._hint = title, tiles, layout, pixels, hint
        self._ident = f"gallery-{uuid.uuid4().hex[:12]}"
        self._showings: list[Showing] = []
        self._small: dict[int, tuple[Thumbnail | None, int, Thumbnail | None]] = {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._title!r} of {len(self):,}: {self._tiles.head()[0]}>"

    def __len__(self) -> int:
        return len(self._tiles)

    def contact_sheet(self, path: str | Path, *, pixels: int = 256, columns: int | None = None) -> Path:
        """Write all of it as one PNG, and return its path; the folder is made when it is missing.

        pixels: the longer side of a picture; of very many they become smaller, so that the sheet can be opened. columns:
        how many stand in a line, where there are no axes.

        Raises:
            InvalidInput: the file is no .png, or there are too many pictures for one sheet.
            SaveFailed: it can't be written.
        """
        check_pixels(pixels)
        check_columns(columns)
        columns = columns or self._layout.abreast
        return portal.call(
            write_sheet(Path(path), self._title, self._tiles, self._layout, pixels=pixels, columns=columns)
        )

    def close(self) -> None:
        """Let it live no more where it is shown; the copies stay."""
        showings, self._showings = self._showings, []
        for one in showings:
            one.end()

    # --- in a notebook ------------------------------------------------------------------------------------------------

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002 - IPython's form
        return {"text/plain": repr(self), "text/html": portal.call(self._copy("", _LONG))[0]}

    def _ipython_display_(self) -> None:
        if kernel_shell() is None:
            print(repr(self))  # noqa: T201 - what a prompt shows
            return

        def seen(front: Front) -> Seen:
            return Seen(self._title, self._tiles, self._layout, front, pixels=self._pixels)

        self._showings.append(show(self._title, repr(self), seen, self._tiles, self._copy))

    async def _copy(self, ident: str, seconds: float) -> tuple[str, bool]:
        """The HTML that is saved, as much as fits within what the notebook's budget leaves; and whether all of it is there.

        Pictures that take longer than so many seconds to come are left for the next time.
        """
        display = ident or self._ident
        room = budget().room(display)
        await self._tiles.renew_all()
        places = [place for page in self._layout.pages for place in page][: max(1, room // LEAST)]
        entries = {place: await self._entry(place) for place in places}
        plan = await asyncio.to_thread(plan_of, self._layout, entries, room)
        wanted = [place for place in places[: plan.tiles] if entries[place].face.tone == "good"]
        shots = await self._shots(wanted, step_of(plan.each), seconds)
        head = self._tiles.head()[0]
        html = await asyncio.to_thread(
            draw, self._title, head, self._layout, entries, shots, plan, ident=ident, hint=self._hint
        )
        budget().take(display, written_size(html))
        return html, len(shots) == len(wanted)

    async def _shots(
        self, places: Sequence[int], each: int, seconds: float
    ) -> dict[int, tuple[Shot, Thumbnail | None]]:
        shots: dict[int, tuple[Shot, Thumbnail | None]] = {}
        end = time.monotonic() + seconds
        async with contextlib.aclosing(in_turn([self._still(place, each) for place in places])) as coming:
            async for place, shot, picture in coming:
                shots[place] = (shot, picture)
                if time.monotonic() > end:
                    break
        return shots

    async def _entry(self, place: int) -> Entry:
        facts = await self._tiles.facts(place, brief=True)
        captions = self._layout.captions
        return Entry(
            self._tiles.face(place), self._tiles.name(place), facts, captions[place] if captions else ""
        )

    async def _still(self, place: int, each: int) -> tuple[int, Shot, Thumbnail | None]:
        shot = await shot_of(self._tiles, place, self._pixels)
        made = self._small.get(place)
        if made is None or made[:2] != (shot.picture, each):
            made = (shot.picture, each, await smaller(shot, self._pixels, each) if each else None)
            self._small[place] = made
        return place, shot, made[2]


def check_pixels(pixels: Any) -> None:
    """Go on when pictures can have this size.

    Raises:
        InvalidInput: they can't.
    """
    least, most = _SIDES
    if isinstance(pixels, bool) or not isinstance(pixels, int) or not least <= pixels <= most:
        raise InvalidInput(f"pixels is the longer side of a picture, {least} to {most}, not {pixels!r}.")


def check_columns(columns: Any) -> None:
    """Go on when so many can stand in a line.

    Raises:
        InvalidInput: they can't.
    """
    if columns is not None and (isinstance(columns, bool) or not isinstance(columns, int) or columns < 1):
        raise InvalidInput(f"columns is a whole number from 1, not {columns!r}.")
