"""How often Telegram lets a bot speak: a second for each message in a chat, twenty a minute in a group, thirty a second."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Final

import attrs

from stationthis_sdk.bots.desk.sender import NotSent
from stationthis_sdk.bots.render.limits import Limits

__all__ = ["Pacing", "Window"]

_BURST: Final = 3
"""Messages that one chat gets at once, if it was quiet before."""
_A_MINUTE: Final = 20
_A_SECOND: Final = 30
_MANY: Final = 2000


@attrs.define
class Window:
    """At most ``most`` messages within any ``seconds``; times are those of the caller's clock.

    >>> window = Window(2, 10.0)
    >>> window.take(0.0), window.take(1.0), window.wait(4.0), window.wait(10.0)
    (None, None, 6.0, 0.0)
    """

    most: int
    seconds: float
    _times: deque[float] = attrs.field(factory=deque)

    def wait(self, now: float, count: int = 1) -> float:
        """Seconds until there is room for so many."""
        self._forget(now)
        over = len(self._times) + min(count, self.most) - self.most
        return max(0.0, self._times[over - 1] + self.seconds - now) if over > 0 else 0.0

    def take(self, now: float, count: int = 1) -> None:
        """So many are sent now."""
        self._times.extend([now] * min(count, self.most))

    def is_empty(self, now: float) -> bool:
        """Whether nothing was sent of late."""
        self._forget(now)
        return not self._times

    def _forget(self, now: float) -> None:
        while self._times and self._times[0] + self.seconds <= now:
            self._times.popleft()


@attrs.define
class _Chat:
    windows: tuple[Window, ...]
    held_until: float = 0.0
    lock: asyncio.Lock = attrs.field(factory=asyncio.Lock)

    def wait(self, now: float, count: int) -> float:
        return max(self.held_until - now, *(window.wait(now, count) for window in self.windows))


class Pacing:
    """Whose turn it is to be sent to: each chat first come, first served. ``limits`` say how often."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._chats: dict[str, _Chat] = {}
        self._all = Window(_A_SECOND, _A_SECOND * limits.overall)

    async def turn(self, chat: str, *, count: int = 1) -> None:
        """Wait until so many messages may be sent there, and count them."""
        known = self._of(chat)
        async with known.lock:
            while (wait := self._wait(known, count)) > 0:  # noqa: ASYNC110 - time passes, nobody tells
                await asyncio.sleep(wait)
            self._take(known, count)

    def at_once(self, chat: str) -> None:
        """Count a message that may wait for another time, such as progress: it never takes the last place.

        Raises:
            NotSent: it is not the time for it now; it tells when.
        """
        known = self._of(chat)
        wait = self._wait(known, 2)
        if known.lock.locked() or wait > 0:
            raise NotSent("It is not this chat's turn.", retry_after=max(wait, self._limits.a_chat))
        self._take(known, 1)

    def hold(self, chat: str, seconds: float) -> None:
        """Telegram asked for a pause there."""
        known = self._of(chat)
        known.held_until = max(known.held_until, self._clock() + seconds)

    def _wait(self, chat: _Chat, count: int) -> float:
        now = self._clock()
        return max(chat.wait(now, count), self._all.wait(now, count))

    def _take(self, chat: _Chat, count: int) -> None:
        now = self._clock()
        for window in (*chat.windows, self._all):
            window.take(now, count)

    def _of(self, chat: str) -> _Chat:
        known = self._chats.get(chat)
        if known is None:
            if len(self._chats) >= _MANY:
                self._tidy()
            known = self._chats[chat] = _Chat(self._windows(chat))
        return known

    def _windows(self, chat: str) -> tuple[Window, ...]:
        often = Window(_BURST, _BURST * self._limits.a_chat)
        if not chat.startswith("-"):
            return (often,)
        return (often, Window(_A_MINUTE, _A_MINUTE * self._limits.a_group))

    def _tidy(self) -> None:
        now = self._clock()
        self._chats = {
            name: chat
            for name, chat in self._chats.items()
            if chat.lock.locked()
            or chat.held_until > now
            or not all(window.is_empty(now) for window in chat.windows)
        }
