"""What can be stopped before there is a job of it: files on their way, a host that thinks it over."""

import asyncio
import weakref
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Final, TypeVar

from stationthis_sdk.bots.desk.verdicts import Denied
from stationthis_sdk.bots.people import User
from stationthis_sdk.bots.render.sentences import sentence
from stationthis_sdk.errors import RunCancelled

if TYPE_CHECKING:
    from stationthis_sdk.bots.desk.desk import Desk

__all__ = ["stop", "stoppable"]

T = TypeVar("T")
_UNDER_WAY: Final["weakref.WeakKeyDictionary[Desk, dict[asyncio.Task[object], tuple[str, str]]]"] = (
    weakref.WeakKeyDictionary()
)
"""Of each desk: what is at it, whose it is, and what it is called."""


async def stoppable(desk: "Desk", user: User, name: str, work: Coroutine[object, object, T]) -> T:
    """Do something for somebody that ``stop`` may stop: then nothing is spent, unless it is written down already.

    Raises:
        Denied: it was stopped.
    """
    task: asyncio.Task[T] = asyncio.create_task(work)
    under_way = _UNDER_WAY.setdefault(desk, {})
    under_way[task] = (user.key, name)
    try:
        return await task
    except asyncio.CancelledError:
        if task in under_way:  # whoever waits for it is cancelled: so is it
            task.cancel()
            raise
        raise Denied(*sentence(RunCancelled("It was cancelled before it began."), user.language)) from None
    finally:
        under_way.pop(task, None)


async def stop(desk: "Desk", user: User) -> list[str]:
    """Stop all that is being prepared for somebody, and say what it was; what was written down by then is a job."""
    under_way = _UNDER_WAY.get(desk, {})
    those = {task: name for task, (key, name) in under_way.items() if key == user.key}
    for task in those:
        del under_way[task]
        desk._unwanted.add(task)  # noqa: SLF001 - one house; what it has written down is not begun
        task.cancel()
    if those:
        await asyncio.wait(those)
    return [name for task, name in those.items() if task.cancelled()]
