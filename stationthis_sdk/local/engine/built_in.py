"""The built-in engine as the gateway sees it: graphs run in threads of this process."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from stationthis_sdk.local.engine.running import execute
from stationthis_sdk.local.engines import Assignment, NodeOutput, NodeStarted, NodeStepped, Said

__all__ = ["BuiltIn"]

_THREADS: Final = 8


class BuiltIn:
    """Runs graphs of model-free nodes on this machine's processor."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="stationthis-engine")

    async def carry_out(self, given: Assignment) -> None:
        """Run to the end; see Engine."""
        loop = asyncio.get_running_loop()

        def report(what: NodeStarted | NodeStepped | NodeOutput | Said) -> None:
            loop.call_soon_threadsafe(given.report, what)

        await loop.run_in_executor(
            self._threads,
            partial(
                execute,
                given.graph,
                given.inputs,
                given.editor_graph,
                files=given.files,
                report=report,
                stopped=given.stop.is_set,
            ),
        )

    async def close(self) -> None:
        """Wait for the threads to leave their work."""
        await asyncio.get_running_loop().run_in_executor(None, self._threads.shutdown)
