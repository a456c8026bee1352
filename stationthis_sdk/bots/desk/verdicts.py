"""What the host says: its hooks, plain or async, and what a refusal reads like."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

from stationthis_sdk.logs import logger

__all__ = ["called", "refusal"]


async def called(hook: Callable[..., Any], *values: Any, **more: Any) -> Any:
    """What a hook answers; a plain one is called on a thread, so that it blocks nobody."""
    if inspect.iscoroutinefunction(hook):
        return await hook(*values, **more)
    answer = await asyncio.to_thread(hook, *values, **more)
    return await answer if inspect.isawaitable(answer) else answer


async def refusal(hook: Callable[..., Any] | None, *values: Any, no: str, broken: str) -> str | None:
    """What the user is told when a hook says no, else None; one that raises says no.

    >>> asyncio.run(refusal(lambda user: user == "ada", "bob", no="Not for you.", broken="Try later."))
    'Not for you.'
    """
    if hook is None:
        return None
    try:
        verdict = await called(hook, *values)
    except Exception:  # noqa: BLE001 - whatever it is, nothing is run on it
        logger("bots").exception("A hook of the host failed: this counts as a no.")
        return broken
    if isinstance(verdict, str):
        return verdict.strip() or no
    return None if verdict is None or verdict else no
