"""The built-in engine as the gateway sees it: graphs run in worker processes, several of them at once."""

import asyncio
import logging
import secrets
import shutil
import tempfile
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

from stationthis_sdk.local.engine.conversation import Conversation, Gone
from stationthis_sdk.local.engine.limits import LIMITS, Limits
from stationthis_sdk.local.engine.pool import POOL, Worker
from stationthis_sdk.local.engines import Assignment, Stopped

__all__ = ["BuiltIn"]

_POLITE_SECONDS: Final = 1.0
"""How long a worker may take to leave a run that was stopped, before it is ended."""

_STARTS: Final = 3
_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class BuiltIn:
    """Runs graphs of model-free nodes on this machine's processor.

    ``folder`` is for unfinished files, best on the disk where outputs are kept; it is this engine's alone, and
    emptied when the first run begins. Without one the machine's temporary folder serves.
    """

    def __init__(self, folder: Path | None = None, limits: Limits = LIMITS) -> None:
        self._folder = folder
        self._limits = limits
        self._name = secrets.token_hex(8)
        self._clean = folder is None
        self._slots = asyncio.Semaphore(limits.workers)
        self._tasks: set[asyncio.Task[None]] = set()
        self._threads = ThreadPoolExecutor(limits.workers + 2, thread_name_prefix="stationthis-engine")

    async def carry_out(self, given: Assignment) -> None:
        """Run to the end; see Engine."""
        if given.stop.is_set():
            raise Stopped
        run = Conversation(given, self._run_folder(), self._limits, self._in_thread)
        work = self._begin(self._at_work(run))
        stop = asyncio.get_running_loop().create_task(given.stop.wait())
        try:
            await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()
            if not work.done():
                run.left = True
                self._begin(self._wind_up(run, work))
        if not work.done():
            raise Stopped
        work.result()

    async def close(self) -> None:
        """Wait until every run has left its worker; the workers may serve another gateway of this process."""
        while self._tasks:
            await asyncio.wait(self._tasks)
        for worker in POOL.forget(self._name):
            worker.kill()
            await self._in_thread(POOL.discard, worker)
        await asyncio.to_thread(self._threads.shutdown)

    def _run_folder(self) -> Path:
        base = Path(tempfile.gettempdir()) if self._folder is None else self._folder
        return base / f"stationthis-{secrets.token_hex(8)}"

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _in_thread(self, work: Callable[..., _T], *args: Any) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *args)

    async def _at_work(self, run: Conversation) -> None:
        owner = f"{self._name} {run.given.scope}"
        if not self._clean and self._folder is not None:
            self._clean = True
            await self._in_thread(shutil.rmtree, self._folder, True)  # what a killed gateway has left
        async with self._slots:
            starts = 0
            while not run.left:
                worker = POOL.take(owner, self._limits)
                if worker is None:
                    starts += 1
                    worker = await self._in_thread(POOL.start, owner, self._limits)
                try:
                    ending = await run.carry_out(worker, owner)
                except Gone as gone:
                    how = await self._in_thread(self._discarded, worker)
                    # an idle worker may end by itself just when it is wanted; another one is started
                    if run.begun or starts == _STARTS:
                        raise run.death(how) from gone
                except BaseException:
                    worker.kill()
                    await asyncio.shield(self._in_thread(POOL.discard, worker))
                    raise
                else:
                    POOL.give_back(worker)
                    if ending is not None:
                        raise ending
                    return

    def _discarded(self, worker: Worker) -> str:
        how = POOL.discard(worker)
        _log.warning("an engine process (pid %d) ended in the middle of a run: %s", worker.pid, how)
        return how

    async def _wind_up(self, run: Conversation, work: asyncio.Task[None]) -> None:
        """Have a run leave its worker: it is asked, and after a while it is not asked any more."""
        await run.ask_to_stop()
        await asyncio.wait({work}, timeout=_POLITE_SECONDS)
        run.kill()
        await asyncio.wait({work})
        if not work.cancelled():
            work.exception()  # nobody else looks
