"""Trying again, at stamina's pace."""

import asyncio
import functools
import sys
import time
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Final, TypeVar

__all__ = ["tried"]

T = TypeVar("T")
_NO_TIME: Final = 1e-9
"""0 would be a mistake of ours to stamina."""


async def tried(
    work: Callable[[], Awaitable[T]],
    again: Callable[[Exception], bool | float],
    *,
    attempts: int,
    timeout: float | None = None,  # noqa: ASYNC109 - no try is cut short; after it none is begun
    wait_max: float = 5.0,
    wait_jitter: float = 1.0,
) -> T:
    """Do it, and while ``again`` says so of its error, do it again; True for a pause of stamina's, or seconds.

    The first try does without stamina, whose context takes longer (80 µs) than all else of a quick call.
    """
    began = time.monotonic()
    failed: Exception | None = None
    try:
        try:
            return await work()
        except Exception as error:  # noqa: BLE001 - stamina raises what is not for another try
            failed = error
        stamina = _stamina() if _stamina.cache_info().currsize else await asyncio.to_thread(_stamina)
        async for attempt in stamina.retry_context(
            on=again,
            attempts=attempts,
            timeout=None if timeout is None else max(timeout - (time.monotonic() - began), _NO_TIME),
            wait_initial=0.2,
            wait_max=wait_max,
            wait_jitter=wait_jitter,
        ):
            with attempt:
                if attempt.num == 1:
                    raise failed
                return await work()
    finally:
        failed = None  # it holds this frame, which would hold it
    raise AssertionError("stamina raises the last error")


@functools.cache
def _stamina() -> ModuleType:
    """Loaded with the first failure, beside the loop."""
    is_hosts = "stamina" in sys.modules
    import stamina  # noqa: PLC0415 - most processes see none

    # It would log each retry itself, and import what else may count them; ours are in this package's own log. Where the
    # program uses it, too, its hooks are the program's own.
    if not is_hosts:
        stamina.instrumentation.set_on_retry_hooks([])
    stamina.instrumentation.get_on_retry_hooks()  # made now: they may import much, too
    return stamina
