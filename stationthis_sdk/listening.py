"""Listening to what the service tells of runs by itself: one stream for each workflow that runs are waited for of.

It makes news come sooner and nothing else: the stream leaves things out and breaks off, so polls go on as they do, and an
end counts when the run was read.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from typing import Final

from stationthis_sdk.api.capabilities import is_absent
from stationthis_sdk.api.service import Service
from stationthis_sdk.entities import RunRecord
from stationthis_sdk.errors import NotFound, Refused, StationThisError, TimedOut

__all__ = ["Listening"]

AFTER: float = 1.0
"""Seconds for which runs are waited for before a stream is opened: most waits nearby are shorter."""
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 60.0


class Listening:
    """The streams of one loop. ``tell`` is given each change of a run, of whoever's run it is."""

    def __init__(self, service: Service, tell: Callable[[RunRecord], None]) -> None:
        self._service = service
        self._tell = tell
        self._waits: Counter[str] = Counter()
        self._streams: dict[str, asyncio.Task[None]] = {}
        self._silent = False

    def begin(self, workflow_id: str | None) -> None:
        """Somebody waits for a run of this workflow."""
        if workflow_id is None or self._silent:
            return
        self._waits[workflow_id] += 1
        if workflow_id not in self._streams:
            self._streams[workflow_id] = asyncio.get_running_loop().create_task(self._listen(workflow_id))

    async def end(self, workflow_id: str | None) -> None:
        """Somebody does no longer; the stream ends with the last."""
        if workflow_id is None or not self._waits[workflow_id]:
            return
        self._waits[workflow_id] -= 1
        if not self._waits[workflow_id]:
            del self._waits[workflow_id]
            stream = self._streams.pop(workflow_id, None)
            if stream is not None:
                stream.cancel()
                await asyncio.wait({stream})

    async def _listen(self, workflow_id: str) -> None:
        """Open the stream, again when it broke off; where there is none, for good."""
        await asyncio.sleep(AFTER)
        pause = _FIRST_PAUSE
        while True:
            try:
                async with self._service.changes.of_workflow(workflow_id) as changes:
                    async for change in changes:
                        pause = _FIRST_PAUSE
                        self._tell(change)
            except TimedOut as error:
                if error.phase == "read":
                    continue  # silence is no trouble
            except StationThisError as error:
                if is_absent(error):
                    self._silent = True
                if is_absent(error) or isinstance(error, NotFound | Refused):
                    return
                pause = max(pause, min(getattr(error, "retry_after", None) or 0.0, _LONGEST_PAUSE))
            await asyncio.sleep(pause * random.uniform(0.85, 1.0))  # noqa: S311 - jitter is no secret
            pause = min(pause * 2, _LONGEST_PAUSE)
