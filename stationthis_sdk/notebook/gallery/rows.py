"""Rows of batches as tiles: what the ledger has of them, also of a batch that another process runs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from stationthis_sdk.entities import BatchRow
from stationthis_sdk.errors import StationThisError
from stationthis_sdk.notebook.gallery.files import FileOutput
from stationthis_sdk.notebook.gallery.tiles import Face, Facts, face_of_row, facts_of_row
from stationthis_sdk.notebook.html import clipped

__all__ = ["RowTiles", "columns_of", "read_rows"]

_WORKING: Final = ("running", "cancelling")


def columns_of(row: BatchRow) -> dict[str, Any]:
    """What can be an axis: inputs, the columns that ride along (``extra_…`` where an input has that name), and the key."""
    columns = dict(row.inputs)
    columns |= {f"extra_{name}" if name in row.inputs else name: value for name, value in row.extra.items()}
    if row.key is not None:
        columns.setdefault("key", row.key)
    return columns


async def read_rows(batch: Any) -> list[BatchRow]:
    """All rows of a batch, in their order."""
    return [row async for row in batch.rows()]


class RowTiles:
    """The rows of one batch or several, one after the other; ``batches`` are asynchronous."""

    def __init__(self, batches: Sequence[tuple[Any, Sequence[BatchRow]]]) -> None:
        self._batches = [batch for batch, _ in batches]
        self._where = [(number, row.place) for number, (_, rows) in enumerate(batches) for row in rows]
        self._faces = [face_of_row(row) for _, rows in batches for row in rows]
        self._keys = [row.key for _, rows in batches for row in rows]
        self._at = {where: place for place, where in enumerate(self._where)}

    def __len__(self) -> int:
        return len(self._where)

    def name(self, place: int) -> str:
        """What one is called."""
        number, row = self._where[place]
        key = self._keys[place]
        of = f"{self._batches[number].name}, " if len(self._batches) > 1 else ""
        return clipped(f"{of}{f'row {row + 1:,}' if key is None else key}", 200)

    def face(self, place: int) -> Face:
        """What is known of one now."""
        return self._faces[place]

    def batch_of(self, place: int) -> str:
        """The name of a row's batch."""
        return str(self._batches[self._where[place][0]].name)

    async def row(self, place: int) -> BatchRow:
        """One row as it is now."""
        number, row = self._where[place]
        found: BatchRow = await self._batches[number].row(row)
        return found

    async def renew(self, places: Sequence[int], *, every: bool = False) -> None:
        """Look at these anew."""
        for batch in self._batches:
            await batch.refresh()
        for place in places:
            if every or not self._faces[place].final:
                self._faces[place] = face_of_row(await self.row(place))

    async def renew_all(self) -> None:
        """Look at all anew."""
        for number, batch in enumerate(self._batches):
            await batch.refresh()
            async for row in batch.rows():
                place = self._at.get((number, row.place))
                if place is not None:
                    self._faces[place] = face_of_row(row)

    async def outputs(self, place: int) -> Sequence[Any]:
        """What one has made."""
        number, _ = self._where[place]
        return await outputs_of(self._batches[number], await self.row(place))

    async def facts(self, place: int, *, brief: bool = False) -> Facts:
        """What a click tells of one."""
        number, _ = self._where[place]
        batch, row = self._batches[number], await self.row(place)
        self._faces[place] = face_of_row(row)
        outputs = () if brief else await outputs_of(batch, row)
        return facts_of_row(row, outputs, batch=batch.name if len(self._batches) > 1 else None)

    async def pick(self, place: int, *, picked: bool) -> None:
        """Note that it is picked, or no longer."""
        number, row = self._where[place]
        await self._batches[number].pick(row, picked=picked)
        await self._batches[number].refresh()
        self._faces[place] = attrs.evolve(self._faces[place], picked=picked)

    async def picked(self) -> list[tuple[Any, BatchRow]]:
        """What is picked, as the ledger has it."""
        found = []
        for number, batch in enumerate(self._batches):
            found += [
                (batch, row) async for row in batch.rows() if row.picked and (number, row.place) in self._at
            ]
        return found

    @property
    def picks(self) -> int:
        """How many of all are picked: as the ledger counts them, for rows of other pages are not looked at each time."""
        if len(self) == sum(map(len, self._batches)):
            return sum(batch._picks for batch in self._batches)  # noqa: SLF001 - the two know each other
        return sum(face.picked for face in self._faces)

    def head(self) -> tuple[str, float | None]:
        """How far everything is, in a line and as a fraction."""
        lines, ended, total = [], 0, 0
        for batch in self._batches:
            progress = batch.progress
            ended, total = ended + progress.ended, total + progress.total
            name = f"{batch.name}: " if len(self._batches) > 1 else ""
            why = f" · {batch.state}" + (f", {batch.why}" if batch.why else "")
            lines.append(f"{name}{progress}{'' if batch.state in {'done', 'running'} else why}")
        return clipped("; ".join(lines), 400), ended / max(1, total) if self.at_work else None

    @property
    def at_work(self) -> bool:
        """Whether something may still change by itself."""
        return any(batch.state in _WORKING for batch in self._batches)


async def outputs_of(batch: Any, row: BatchRow) -> Sequence[Any]:
    """What a row has made: the files that were saved, where they are at hand, else the outputs of its run."""
    if row.files and (saved := await FileOutput.all_of(map(Path, row.files))):
        return saved
    if row.run_id is None or not (row.succeeded or row.failed):
        return ()
    try:
        return tuple((await batch.run(row)).outputs)
    except StationThisError:
        return ()
