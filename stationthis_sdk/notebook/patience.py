"""How long a display waits: one moment for all that it shows, however much that is; what has not come by then is left."""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

__all__ = ["SECONDS", "come", "until"]

SECONDS = 6.0
"""What a display waits for its files, less than whoever waits for the display."""
T = TypeVar("T")


def until(seconds: float | None = None) -> float:
    """The moment by which all has to be there, by ``time.monotonic``."""
    return time.monotonic() + (SECONDS if seconds is None else seconds)


async def come(work: Sequence[Coroutine[Any, Any, T]], moment: float) -> list[T | None]:
    """The results in their order, None for those that have not come by the moment; these are cancelled.

    >>> asyncio.run(come([asyncio.sleep(0, "soon"), asyncio.sleep(3600, "late")], until(0.2)))
    ['soon', None]
    """
    if not work:
        return []
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        await asyncio.wait(tasks, timeout=max(0.0, moment - time.monotonic()))
    finally:
        for task in tasks:
            task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return [None if task.cancelled() else task.result() for task in tasks]
