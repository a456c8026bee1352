"""Galleries of whatever has a picture."""

from typing import Any

from stationthis_sdk.notebook.gallery.board import Board, check_columns, check_pixels
from stationthis_sdk.notebook.gallery.collecting import collect
from stationthis_sdk.notebook.gallery.layout import in_order
from stationthis_sdk.notebook.twins import await_now

__all__ = ["Gallery", "gallery"]


def gallery(items: Any, *, columns: int | None = None, pixels: int = 192) -> "Gallery":
    """The pictures of these things side by side: a click shows how one was made, and picks it.

    items: runs, outputs, batches, pairs (batch, row), lists of them, frames with a column ``picture``, paths of saved
    files, or a mix. columns: how many stand in a line, else as many as there is room for. pixels: a picture's longer side.

    Raises:
        InvalidInput: something has no picture, or there is nothing; ``problems`` has every fault.

    >>> from stationthis_sdk import StationThis
    >>> with StationThis(local=True) as st:
    ...     run = st.deployments["text-to-picture"](prompt="a fox", seed=1, steps=1, width=64, height=64)
    ...     gallery([run, run.outputs[0]])
    <Gallery 'gallery' of 2: 2 pictures>
    """
    check_pixels(pixels)
    check_columns(columns)
    return Gallery(items, columns=columns, pixels=pixels)


class Gallery(Board):
    """Pictures of things of all kinds, one for each thing; several outputs of a run stand behind the first."""

    def __init__(self, items: Any, *, columns: int | None = None, pixels: int = 192) -> None:
        self._items = await_now(collect(items))
        super().__init__("gallery", self._items, in_order(len(self._items), abreast=columns), pixels=pixels)

    @property
    def picked(self) -> list[Any]:
        """The things that are picked, as they were given; of a frame, the index of the row."""
        return [self._items.given(place) for place in self._items.picked()]

    @property
    def picked_places(self) -> list[int]:
        """Their places, from 0."""
        return self._items.picked()
