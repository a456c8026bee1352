"""The grid of a batch."""

import asyncio
from typing import Any

from stationthis_sdk import portal
from stationthis_sdk.entities import BatchRow
from stationthis_sdk.notebook.gallery.board import Board, check_pixels
from stationthis_sdk.notebook.gallery.layout import Layout, lay_out
from stationthis_sdk.notebook.gallery.rows import RowTiles, columns_of, read_rows
from stationthis_sdk.notebook.html import clipped
from stationthis_sdk.twins import twin

__all__ = ["BatchGrid"]


class BatchGrid(Board):
    """The pictures of a batch, row by row of one input and column by column of another; it fills in while they are made.

    Columns that vary and are no axis become pages; rows that still share a cell stand in it side by side. A page has 100
    pictures at the most. Clicks, Enter and the space bar pick, and show how a picture was made; ``Batch.pick`` keeps it.

    Raises:
        InvalidInput: the batch has no such column, or ``pixels`` is no size of a picture; ``problems`` has every fault.

    >>> from stationthis_sdk import StationThis, grid
    >>> with StationThis(local=True) as st:
    ...     looks = grid(prompt=["a fox", "a hare"], seed=[1, 2], steps=[1], width=64, height=64)
    ...     batch = st.deployments["text-to-picture"].map(looks, name="example-looks")
    ...     batch.grid(rows="prompt", cols="seed")
    <BatchGrid 'example-looks' of 4: 4/4 · 4 well · $0.00>
    """

    def __init__(
        self,
        batch: Any,
        rows: str | None = None,
        cols: str | None = None,
        page: str | None = None,
        *,
        pixels: int = 192,
    ) -> None:
        check_pixels(pixels)
        self._batch = twin(batch)
        tiles, layout = portal.call(_read(self._batch, rows, cols, page))
        self._rows = tiles
        hint = f"All of them: st.batches.get({clipped(self._batch.name, 80)!r}).grid(…)."
        super().__init__(self._batch.name, tiles, layout, pixels=pixels, hint=hint)

    @property
    def picked(self) -> list[BatchRow]:
        """The rows that are picked, as the ledger has them now."""
        return [row for _, row in portal.call(self._rows.picked())]


async def _read(batch: Any, rows: str | None, cols: str | None, page: str | None) -> tuple[RowTiles, Layout]:
    await batch.refresh()
    found = await read_rows(batch)

    def laid() -> tuple[RowTiles, Layout]:
        records = [columns_of(row) for row in found]
        names = list(dict.fromkeys(name for record in records for name in record if name != "key"))
        return RowTiles([(batch, found)]), lay_out(records, rows=rows, cols=cols, page=page, names=names)

    return await asyncio.to_thread(laid)
