"""One call of on_final, which is somebody's own code: what went wrong, and a word when it takes long."""

import asyncio
from collections.abc import Awaitable, Callable

from stationthis_sdk.logs import logger

__all__ = ["call_final"]

SLOW: float = 60.0
"""Seconds after which a call that has not returned is named: it keeps its place, and there are few."""
_log = logger("webhooks")


async def call_final(run_id: str, call: Callable[[], Awaitable[None]]) -> str | None:
    """Call back about a run's end; what went wrong, or None."""
    slow = asyncio.get_running_loop().call_later(SLOW, _is_slow, run_id)
    try:
        await call()
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        problem: BaseException = error  # of something within the callback
    except Exception as error:  # noqa: BLE001 - whatever it is, the end is not told
        problem = error
    else:
        return None
    finally:
        slow.cancel()
    _log.warning("on_final failed for run %s, and is tried again.", run_id, exc_info=problem)
    try:
        return f"{type(problem).__name__}: {problem}"
    except Exception:  # noqa: BLE001 - an error that can't say what it is
        return type(problem).__name__


def _is_slow(run_id: str) -> None:
    _log.warning(
        "on_final has not returned for run %s in %.0f s. It keeps its place, of which there are few: when all are taken "
        "no other end is told. Give it a time limit of its own.",
        run_id,
        SLOW,
    )
