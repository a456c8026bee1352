"""What the service tells of runs while they change, without being asked each time."""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Final

import orjson
from comfydeploy_client.api.logs import progress_stream

from stationthis_sdk.api.calls.family import Family, never
from stationthis_sdk.api.calls.reading import text
from stationthis_sdk.api.events import ServerEvent, events_in
from stationthis_sdk.entities import RunRecord, RunState

__all__ = ["ChangeCalls", "change_of"]

_STATES: Final = RunState.FINAL | RunState.ORDER.keys()


class ChangeCalls(Family):
    """Changes of one account's runs."""

    @contextlib.asynccontextmanager
    async def of_workflow(self, workflow_id: str) -> AsyncIterator[AsyncGenerator[RunRecord]]:
        """The changes of all runs of a workflow from now on; of each no more than its state.

        By run the service lets all runs through and ends the stream with the first that ends. Nothing of what was
        before is told, and not all that happens: who must know reads the run.

        Raises:
            TimedOut: no run changed for longer than the read limit; that may well be.
        """
        async with (
            self.edge.stream(progress_stream, workflow_id=workflow_id, repeatable=never) as answer,
            contextlib.aclosing(_changes(answer.chunks())) as changes,
        ):
            yield changes


async def _changes(chunks: AsyncIterator[bytes]) -> AsyncGenerator[RunRecord]:
    async for event in events_in(chunks):
        if (change := change_of(event)) is not None:
            yield change


def change_of(event: ServerEvent) -> RunRecord | None:
    """The run and its new state; None for greetings, and for words that are no state, like input and output."""
    try:
        told: Any = orjson.loads(event.data)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(told, dict):
        return None
    run_id, state = text(told.get("run_id")), text(told.get("status"))
    if run_id is None or state not in _STATES:
        return None
    return RunRecord(run_id, RunState(state))
