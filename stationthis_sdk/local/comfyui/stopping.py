"""Ending a run before its end, here and in ComfyUI."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any, TypeVar

from stationthis_sdk.local.comfyui.client import Client, ServerLost
from stationthis_sdk.local.engines import Stopped

__all__ = ["unless_stopped", "withdraw"]

_T = TypeVar("_T")


async def unless_stopped(stop: asyncio.Event, run: Coroutine[Any, Any, _T]) -> _T:
    """Await ``run``; once ``stop`` is set it is cancelled, its clean-up waited for, and Stopped raised."""
    work, stopping = asyncio.ensure_future(run), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            raise Stopped
        return work.result()
    finally:
        stopping.cancel()
        work.cancel()
        await asyncio.gather(work, stopping, return_exceptions=True)


async def withdraw(client: Client, prompt_id: str, seconds: float) -> None:
    """Have ComfyUI leave a run, or give up after so long: it hears nothing inside a node, and leaves after it.

    It is asked again and again, since it forgets an interrupt that comes just as the run begins.
    """
    with contextlib.suppress(ServerLost, TimeoutError):
        async with asyncio.timeout(seconds):
            while place := await client.place_of(prompt_id):
                if place == "pending":
                    await client.drop(prompt_id)
                else:
                    await client.interrupt(prompt_id)
                    await asyncio.sleep(0.1)
