"""The page that is seen: what the front end was told of it, and what is new since."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from stationthis_sdk.notebook.gallery.layout import Layout, Page
from stationthis_sdk.notebook.gallery.pictures import Shot, shot_of
from stationthis_sdk.notebook.gallery.tiles import Face, Tiles, in_turn
from stationthis_sdk.notebook.texts import clean

__all__ = ["Front", "Seen"]

_TITLES: Final = 60
"""So many pages are named; of more, the one that is seen."""
_AT_ONCE: Final = 12
_EVERY: Final = 0.15
"""Seconds for which pictures are gathered before they are sent."""


class Front(Protocol):
    """What shows it."""

    def send(self, content: Mapping[str, Any], buffers: Sequence[bytes] = ()) -> None:
        """Tell the front end something."""


class Seen:
    """One page of a layout, as a front end sees it. Only its pictures are held, there and here."""

    def __init__(self, title: str, tiles: Tiles, layout: Layout, front: Front, *, pixels: int) -> None:
        self._title, self._tiles, self._layout, self._front = title, tiles, layout, front
        self._pixels = pixels
        self._number = 0
        self._shots: dict[int, Shot] = {}
        self._told: dict[int, tuple[Face, bool]] = {}
        self._head: tuple[Any, ...] | None = None
        self._filling: asyncio.Task[None] | None = None

    @property
    def page(self) -> Page:
        """The page that is seen."""
        return self._layout.pages[self._number]

    @property
    def places(self) -> Sequence[int]:
        """The places of its tiles."""
        return tuple(self.page)

    @property
    def filled(self) -> bool:
        """Whether all pictures that there are were sent."""
        return self._filling is None or self._filling.done()

    def turn(self, number: int) -> None:
        """See another page."""
        self.stop()
        self._number = min(max(0, number), len(self._layout.pages) - 1)
        self._shots.clear()

    def stop(self) -> None:
        """Fetch no more pictures."""
        if self._filling is not None:
            self._filling.cancel()
            self._filling = None

    def show(self) -> None:
        """Tell everything, as to somebody who knows nothing."""
        page, layout = self.page, self._layout
        self._told.clear()
        self._head = None
        self._front.send(
            {
                "kind": "page",
                "title": clean(self._title),
                "number": self._number,
                "count": len(layout.pages),
                "titles": [clean(one.title) for one in layout.pages]
                if len(layout.pages) <= _TITLES
                else None,
                "page": clean(page.title),
                "rowsName": None if layout.rows is None else clean(layout.rows),
                "colsName": None if layout.cols is None else clean(layout.cols),
                "rows": [clean(label) for label in page.rows],
                "cols": [clean(label) for label in page.cols],
                "cells": page.cells,
                "pixels": self._pixels,
                "abreast": layout.abreast,
            }
        )
        self.tell()

    def tell(self, *, again: int | None = None) -> None:
        """Tell what is new; ``again``: of this one in any case."""
        self._told.pop(-1 if again is None else again, None)
        new = []
        for place in self.page:
            face = self._tiles.face(place)
            if not face.final:
                self._shots.pop(place, None)
            if self._told.get(place) != (face, place in self._shots):
                new.append(place)
        self._send(new)
        self._tell_head()
        if self.filled and (missing := self._missing()):
            self._filling = asyncio.ensure_future(self._fill(missing))

    def _missing(self) -> list[int]:
        return [
            place
            for place in self.page
            if place not in self._shots and self._tiles.face(place).tone == "good"
        ]

    async def _fill(self, places: Sequence[int]) -> None:
        ready: list[int] = []
        sent_at = time.monotonic()
        async for place, shot in in_turn([self._shot(place) for place in places]):
            self._shots[place] = shot
            ready.append(place)
            if len(ready) >= _AT_ONCE or time.monotonic() - sent_at > _EVERY:
                self._send(ready)
                ready, sent_at = [], time.monotonic()
        self._send(ready)

    async def _shot(self, place: int) -> tuple[int, Shot]:
        return place, await shot_of(self._tiles, place, self._pixels)

    def _send(self, places: Sequence[int]) -> None:
        """Tell of these tiles; their pictures only where the front end has not got them."""
        if not places:
            return
        told: list[dict[str, Any]] = []
        buffers: list[bytes] = []
        for place in places:
            face, shot = self._tiles.face(place), self._shots.get(place)
            before = self._told.get(place)
            self._told[place] = (face, shot is not None)
            one = self._tile(place, face, shot)
            if shot is not None and shot.picture is not None and (before is None or not before[1]):
                one |= {"picture": len(buffers), "width": shot.picture.width, "height": shot.picture.height}
                buffers.append(shot.picture.data)
            told.append(one)
        self._front.send({"kind": "tiles", "tiles": told}, buffers)

    def _tile(self, place: int, face: Face, shot: Shot | None) -> dict[str, Any]:
        captions = self._layout.captions
        note = (
            face.note or ("" if shot is None else shot.note) or ("under way" if face.tone == "live" else "")
        )
        return {
            "place": place,
            "state": face.state,
            "tone": face.tone,
            "note": clean(note),
            "seen": shot is not None and shot.picture is not None,
            "loading": shot is None and face.tone == "good",
            "picked": face.picked,
            "type": "" if shot is None else shot.kind,
            "more": 0 if shot is None else shot.more,
            "name": clean(self._tiles.name(place)),
            "caption": clean(captions[place]) if captions else "",
        }

    def _tell_head(self) -> None:
        text, fraction = self._tiles.head()
        head = (clean(text), fraction, self._tiles.picks)
        if head != self._head:
            self._head = head
            self._front.send({"kind": "head", "text": head[0], "fraction": fraction, "picked": head[2]})
