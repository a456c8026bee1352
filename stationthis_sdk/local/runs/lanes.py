"""A machine's queue: so many runs at once, in the order in which they came."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

import attrs

from stationthis_sdk.local.rows.machines import Machine
from stationthis_sdk.local.rows.runs import Run

__all__ = ["Job", "Lane"]


@attrs.define(eq=False)
class Job:
    """A run that has not ended; ``run`` is its row as last kept."""

    run: Run
    stop: asyncio.Event = attrs.Factory(asyncio.Event)
    ended: asyncio.Event = attrs.Factory(asyncio.Event)
    changing: asyncio.Lock = attrs.Factory(asyncio.Lock)


class Lane:
    """What waits for one machine and how much of it runs; ``machine`` is its row as last seen."""

    def __init__(
        self,
        machine: Machine,
        work: Callable[[Job, Machine], Coroutine[Any, Any, None]],
        begin: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self.machine = machine
        self._work = work
        self._begin = begin
        self._waiting: deque[Job] = deque()
        self._running = 0
        self._closed = False

    def put(self, job: Job) -> None:
        """Queue a run."""
        self._waiting.append(job)
        self.go_on()

    def close(self) -> None:
        """Begin nothing any more."""
        self._closed = True

    def go_on(self) -> None:
        """Begin what has room now: after a run's end, or when the machine takes more at once."""
        while self._waiting and self._running < max(1, self.machine.concurrency_limit) and not self._closed:
            job = self._waiting.popleft()
            if not job.ended.is_set():
                self._running += 1
                self._begin(self._run(job))

    async def _run(self, job: Job) -> None:
        try:
            await self._work(job, self.machine)
        finally:
            self._running -= 1
            self.go_on()
