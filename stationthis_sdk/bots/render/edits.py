"""Polite edits of one message: as often as the platform likes it, the last text wins, the end is never lost."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

from stationthis_sdk.bots.render.outcomes import Impossible, NotSent, Unsure
from stationthis_sdk.logs import logger

__all__ = ["Edits", "Pace"]

T = TypeVar("T")
_TRIES: Final = 5
_LONGEST_PAUSE: Final = 60.0


class Pace:
    """One chat's pace, for all that is edited in it: its turns are ``every`` seconds apart.

    >>> import asyncio
    >>> asyncio.run(Pace(1.0).turn())  # the first is at once
    """

    def __init__(self, every: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._every = every
        self._clock = clock
        self._next = -float("inf")

    async def turn(self) -> None:
        """Wait for the next turn; those who wait get theirs in the order they came."""
        now = self._clock()
        mine = max(now, self._next)
        self._next = mine + self._every
        await asyncio.sleep(mine - now)


class Edits(Generic[T]):
    """Edits of one message, ``every`` seconds apart at the least and never two at once.

    ``edit`` writes what was put, a text or whatever it takes, and may raise what a sender raises: ``NotSent`` is waited
    for, as long as it says; an edit may be written twice, so ``Unsure`` is tried again; ``Impossible`` ends all, quietly.
    ``pace`` is shared by the messages of one chat.

    >>> import asyncio
    >>> async def show() -> None:
    ...     async def edit(text: str) -> None:
    ...         print(text)
    ...     edits = Edits(edit, every=0.01)
    ...     for text in ("10%", "20%", "done"):
    ...         edits.put(text)
    ...     await edits.close()
    >>> asyncio.run(show())
    done
    """

    def __init__(
        self,
        edit: Callable[[T], Awaitable[object]],
        *,
        every: float,
        clock: Callable[[], float] = time.monotonic,
        pace: Pace | None = None,
    ) -> None:
        self._edit = edit
        self._every = every
        self._clock = clock
        self._pace = pace
        self._wanted: list[T] = []  # none or one
        self._shown: list[T] = []
        self._not_before = -float("inf")
        self._failures = 0
        self._over = False
        self._closed = False
        self._writing = False
        self._task: asyncio.Task[None] | None = None

    def put(self, what: T) -> None:
        """Have the message say this, in place of all that was put before and is not written yet. Returns at once."""
        if self._over or self._closed:
            return
        self._wanted = [what]
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._write_all())

    def drop(self) -> None:
        """Leave what is not written yet, and take no more; ``close`` waits for what is being written just now."""
        self._wanted, self._closed = [], True
        if self._task is not None and not self._writing:
            self._task.cancel()
            self._task = None

    async def close(self) -> None:
        """Wait until what was put last is written, and take no more. Cancelled, it is left unwritten."""
        self._closed = True
        if self._task is not None:
            await self._task

    async def _write_all(self) -> None:
        while self._differs():
            await asyncio.sleep(max(0.0, self._not_before - self._clock()))
            if self._pace is not None:
                await self._pace.turn()
            if self._differs():
                await self._write(self._wanted[0])

    def _differs(self) -> bool:
        """Whether there is something to write; platforms refuse an edit that changes nothing."""
        if self._wanted == self._shown:
            self._wanted = []
        return bool(self._wanted) and not self._over

    async def _write(self, what: T) -> None:
        pause, self._writing = self._every, True
        try:
            await self._edit(what)
        except Impossible:
            self._over = True
        except NotSent as error:
            pause = self._failed(error.retry_after)
        except Unsure:
            pause, self._shown = self._failed(None), []
        except Exception:  # noqa: BLE001 - a status that can't be edited must not stop a run
            logger("bots").exception("An edit failed; the message is left as it is.")
            self._over = True
        else:
            self._shown, self._failures = [what], 0
        finally:
            self._writing = False
        self._not_before = self._clock() + pause

    def _failed(self, retry_after: float | None) -> float:
        """How long to wait; a platform that tells no time is asked a few times only."""
        if retry_after is not None:
            return max(retry_after, self._every)
        self._failures += 1
        if self._failures >= _TRIES:
            logger("bots").warning("An edit was not taken %d times; the message is left as it is.", _TRIES)
            self._over = True
        return min(max(self._every, 0.1) * 2.0**self._failures, _LONGEST_PAUSE)
