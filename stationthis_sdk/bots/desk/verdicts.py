"""What the host says: its hooks, plain or async, and how somebody is refused."""

import asyncio
import inspect
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache, partial
from typing import Any, Final

from stationthis_sdk.bots.render.sentences import words
from stationthis_sdk.logs import logger

__all__ = ["Denied", "HookFailed", "called", "leave_threads", "need", "verdict"]

PATIENCE: float = 60.0
"""Seconds after which a hook counts as failed."""
_AT_ONCE: Final = 32


class Denied(Exception):
    """The host, or the desk itself, does not let somebody do it; ``text`` is what the user is told, ``code`` the product's word.

    >>> Denied("That is for members.").text
    'That is for members.'
    """

    def __init__(self, text: str, code: str = "unauthorized") -> None:
        super().__init__(text)
        self.text = text
        self.code = code


class HookFailed(Exception):
    """A hook raised, took too long, or said what is neither yes nor no."""


@cache
def _threads() -> ThreadPoolExecutor:
    """Of their own: hooks that hang keep nothing else from its thread."""
    return ThreadPoolExecutor(_AT_ONCE, "stationthis-hook")


def leave_threads() -> None:
    """End those that wait for work; who calls a hook afterwards has new ones."""
    if _threads.cache_info().currsize:
        threads = _threads()
        _threads.cache_clear()
        threads.shutdown(wait=False)


async def called(hook: Callable[..., Any], *values: Any, **more: Any) -> Any:
    """What a hook answers; a plain one is called on a thread, so that it blocks nobody.

    Raises:
        HookFailed: whatever it raised, or it has not answered in a minute.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            if inspect.iscoroutinefunction(hook):
                return await hook(*values, **more)
            work = partial(copy_context().run, hook, *values, **more)
            answer = await asyncio.get_running_loop().run_in_executor(_threads(), work)
            return await answer if inspect.isawaitable(answer) else answer
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise HookFailed("it was cancelled") from error
    except Exception as error:
        raise HookFailed(f"{type(error).__name__}") from error


async def verdict(hook: Callable[..., Any] | None, *values: Any, no: str) -> str | None:
    """What the user is told when a hook says no, else None.

    Raises:
        HookFailed: it said neither.

    >>> asyncio.run(verdict(lambda user: user == "ada", "bob", no="Not for you."))
    'Not for you.'
    """
    if hook is None:
        return None
    said = await called(hook, *values)
    if said is None or said is True:
        return None
    if said is False or isinstance(said, str):
        return (said or "").strip() or no
    raise HookFailed(f"it answered {type(said).__name__}, which is neither True, False, None nor a text")


async def need(
    hook: Callable[..., Any] | None, *values: Any, language: str, code: str = "unauthorized"
) -> None:
    """Ask the host, and go on with its yes; a hook that fails says no.

    Raises:
        Denied: it says no, in its own words or in the language's.

    >>> asyncio.run(need(lambda user: user == "ada", "ada", language="en"))
    """
    try:
        refused = await verdict(hook, *values, no=words("denied", language))
    except HookFailed:
        logger("bots").exception("A hook of the host failed: this counts as a no.")
        refused = words("unknown", language)
    if refused is not None:
        raise Denied(refused, code)
