"""Galleries of whatever has a picture."""

from typing import Any

from stationthis_sdk import portal
from stationthis_sdk.notebook.gallery.board import Board, check_columns, check_pixels
from stationthis_sdk.notebook.gallery.collecting import collect
from stationthis_sdk.notebook.gallery.layout import in_order

__all__ = ["Gallery"]


class Gallery(Board):
    """Pictures of things of all kinds, one for each thing; several outputs of a run stand behind the first."""

    def __init__(self, items: Any, *, columns: int | None = None, pixels: int = 192) -> None:
        check_pixels(pixels)
        check_columns(columns)
        self._items = portal.call(collect(items))
        super().__init__("gallery", self._items, in_order(len(self._items), abreast=columns), pixels=pixels)

    @property
    def picked(self) -> list[Any]:
        """The things that are picked, as they were given; of a frame, the index of the row."""
        return [self._items.given(place) for place in self._items.picked()]

    @property
    def picked_places(self) -> list[int]:
        """Their places, from 0."""
        return self._items.picked()
