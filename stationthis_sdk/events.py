"""What ``follow`` tells of a run, and how the loop over it is left."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import TYPE_CHECKING, Any

import attrs

from stationthis_sdk.entities import OutputItem, Progress
from stationthis_sdk.shown import Shown

if TYPE_CHECKING:
    from stationthis_sdk.runs import AsyncRun

__all__ = ["Following", "Left", "RunEvent", "Told"]


@attrs.frozen
class RunEvent(Shown):
    """One thing that happened to a run.

    ``kind`` is state, progress, output or end; ``progress`` is how far the run is then; ``output`` is set for
    kind output.
    """

    kind: str
    run_id: str
    progress: Progress
    output: OutputItem | None = None

    def __str__(self) -> str:
        return (
            f"{self.kind}: {self.output.filename or self.output.kind}"
            if self.output
            else f"{self.kind}: {self.progress}"
        )


@attrs.define
class Left:
    """How a loop over events was left."""

    interrupted: bool = False


class Following:
    """The events of ``follow`` for a loop: left by a break they end, by a cancelled task they clean up."""

    def __init__(self, events: Callable[[Left], AsyncGenerator[RunEvent]]) -> None:
        self._left = Left()
        self._events = events(self._left)
        self._consumer: asyncio.Task[Any] | None = None

    def __aiter__(self) -> "Following":
        return self

    async def __anext__(self) -> RunEvent:
        self._consumer = asyncio.current_task()
        return await anext(self._events)

    async def aclose(self) -> None:
        """Leave the loop; the run goes on."""
        await self._events.aclose()

    async def athrow(self, error: BaseException) -> Any:
        """Leave the loop because of this; a cancellation cleans up."""
        return await self._events.athrow(error)

    def __del__(self) -> None:
        # The loop was left this very moment; a timeout forgets a moment later that it cancelled the task.
        self._left.interrupted = self._consumer is not None and self._consumer.cancelling() > 0


class Told:
    """What has been told of a run, so that only news are."""

    def __init__(self, run: "AsyncRun") -> None:
        self._run = run
        self._progress: Progress | None = None
        self._shown: set[Any] = set()

    def news(self) -> Iterator[RunEvent]:
        """What is new since the last time."""
        run, progress = self._run, self._run.progress
        if self._progress is None or progress.state != self._progress.state:
            yield RunEvent("state", run.id, progress)
        elif progress != self._progress:
            yield RunEvent("progress", run.id, progress)
        self._progress = progress
        for item in run.record.outputs:
            if item.identity not in self._shown:
                self._shown.add(item.identity)
                yield RunEvent("output", run.id, progress, item)
