"""Saving the files of rows whose runs have ended well: beside the runs, some at a time; what fails is never run again."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

import attrs

from stationthis_sdk.batches.saved import SavedRow, saved_row
from stationthis_sdk.batches.tally import Tally
from stationthis_sdk.entities import RunRecord
from stationthis_sdk.errors import StationThisError
from stationthis_sdk.logs import logger
from stationthis_sdk.store.batch_records import BatchRecord, RowRecord
from stationthis_sdk.store.batches import BatchLedger

if TYPE_CHECKING:
    from stationthis_sdk.batches.out import Out
    from stationthis_sdk.runs import AsyncRun

__all__ = ["Saving", "saved"]

_AT_ONCE: Final = 8
"""Rows whose files are saved at once."""
_WAITING: Final = 64
"""So many rows may wait to be saved before no more is run."""
_log = logger("batches")


@attrs.define(eq=False)
class Saving:
    """The files of one start of a batch. ``tell`` hears of each row that was saved, or was not."""

    store: BatchLedger
    batch: BatchRecord
    out: "Out | None"
    run_of: "Callable[..., AsyncRun]"
    tally: Tally
    tell: Callable[[RowRecord], Awaitable[None]]
    woken: asyncio.Event
    tasks: set["asyncio.Task[None]"] = attrs.field(factory=set)
    _few: asyncio.Semaphore = attrs.field(factory=lambda: asyncio.Semaphore(_AT_ONCE))

    @property
    def full(self) -> bool:
        """Whether so many rows wait to be saved that no more is to be run."""
        return len(self.tasks) >= _WAITING

    def later(self, row: RowRecord, run: "AsyncRun | None") -> None:
        """Save a row's files; without its run that is read first."""
        task = asyncio.get_running_loop().create_task(self._save(row, run))
        self.tasks.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: "asyncio.Task[None]") -> None:
        self.tasks.discard(task)
        self.woken.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("A row of batch %r could not be saved.", self.batch.name, exc_info=error)

    async def _save(self, row: RowRecord, run: "AsyncRun | None") -> None:
        assert self.out is not None  # noqa: S101 - whoever calls knows
        async with self._few:
            try:
                if run is None:
                    run = await self.run_of(RunRecord(row.run_id or "")).refresh()
                files = await self.out.save(saved(self.batch, row), run)
            except StationThisError as error:
                self.tally.unsaved += 1
                self.store.note(self.batch.id, row.id, reason=f"not saved: {error.message}")
                _log.warning("Row %s of batch %r is not saved: %s", row.place, self.batch.name, error.message)
                await self.tell(row)
                return
        kept = [attrs.asdict(file) for file in files]
        self.store.note(self.batch.id, row.id, saved_at=time.time(), files=kept, reason=None)
        self.tally.saved += 1
        await self.tell(row)


def saved(batch: BatchRecord, row: RowRecord) -> SavedRow:
    """What is told of a row when its files are saved."""
    known = saved_row(row, batch.name, batch.deployment_name, batch.version)
    return attrs.evolve(known, run_id=row.run_id or "", cost=row.cost)
