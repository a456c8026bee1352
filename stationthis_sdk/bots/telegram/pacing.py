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
_KEPT_FREE: Final = 10
"""Of the messages of a minute, those that are for what was made, and for answers: not for how it gets on."""
_A_SECOND: Final = 30
_MARGIN: Final = 1.05
"""Messages arrive a little later than they are sent, some more so than others."""
_MANY: Final = 2000
_MOMENT: Final = 2.0
_LATE: Final = 1.0
"""Seconds for which a place is kept."""


@attrs.define
class Window:
    """At most ``most`` messages within any ``seconds``; times are those of the caller's clock, and may lie ahead.

    >>> window = Window(2, 10.0)
    >>> window.take(0.0), window.take(1.0), window.wait(4.0), window.wait(10.0)
    (0.0, 1.0, 6.0, 0.0)
    """

    most: int
    seconds: float
    kept_free: int = 1
    _times: deque[float] = attrs.field(factory=deque)

    def wait(self, now: float, count: int = 1) -> float:
        """Seconds until there is room for so many."""
        self._forget(now)
        over = len(self._times) + min(count, self.most) - self.most
        return max(0.0, self._times[over - 1] + self.seconds - now) if over > 0 else 0.0

    def take(self, at: float, count: int = 1) -> float:
        """So many are sent then, or when the last that was taken is sent, if that is later; when it is."""
        at = max([at, *list(self._times)[-1:]])
        self._times.extend([at] * min(count, self.most))
        return at

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

    def first(self, now: float, count: int) -> float:
        """When so many may be sent at the earliest, after all that have a place."""
        return max(now, self.held_until, *(now + window.wait(now, count) for window in self.windows))

    def spare(self, now: float) -> float:
        """When one may be sent at the earliest that takes no room of what is more pressing."""
        return max(now, self.held_until, *(now + one.wait(now, 1 + one.kept_free) for one in self.windows))

    def book(self, now: float, count: int) -> float:
        """A place for so many: when they are sent."""
        at = self.first(now, count)
        return max(window.take(at, count) for window in self.windows)


class Pacing:
    """Whose turn it is to be sent to: each chat first come, first served. ``limits`` say how often."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._chats: dict[str, _Chat] = {}
        self._places: dict[str, float] = {}
        self._all = Window(_A_SECOND, _MARGIN * _A_SECOND * limits.overall)

    async def turn(self, chat: str, *, count: int = 1) -> None:
        """Wait until so many messages may be sent there, and count them."""
        known = self._of(chat)
        at = known.book(self._clock(), count)
        while (wait := self._left(known, at, count)) > 0:
            await asyncio.sleep(wait)
            at = self._kept(known, at, count)
        self._all.take(self._clock(), count)

    def now_or_later(self, chat: str, key: str, *, count: int = 1) -> None:
        """Count so many messages, if it is their turn now; else they keep a place in the line, by their key.

        Raises:
            NotSent: it tells when their turn comes.
        """
        known, now = self._of(chat), self._clock()
        at = self._places.pop(key, None)
        at = known.book(now, count) if at is None or at < now - _LATE else self._kept(known, at, count)
        if (wait := self._left(known, at, count)) > 0:
            if len(self._places) >= _MANY:
                self._places = {key: at for key, at in self._places.items() if at >= now - _LATE}
            self._places[key] = at
            raise NotSent("It is not this chat's turn.", retry_after=wait)
        self._all.take(now, count)

    def at_once(self, chat: str) -> None:
        """Count a message that may wait for another time, such as progress: it never takes the last places.

        Raises:
            NotSent: it is not the time for it now; it tells when.
        """
        if (wait := self._spare(chat)) > 0:
            raise NotSent("It is not this chat's turn.", retry_after=max(wait, self._limits.a_chat))
        now = self._clock()
        self._of(chat).book(now, 1)
        self._all.take(now)

    async def soon(self, chat: str) -> None:
        """The same, for what may wait a moment, such as the first word on how it gets on.

        Raises:
            NotSent: likewise.
        """
        if 0 < (wait := self._spare(chat)) <= _MOMENT:
            await asyncio.sleep(wait)
        self.at_once(chat)

    def hold(self, chat: str, seconds: float) -> None:
        """Telegram asked for a pause there."""
        known = self._of(chat)
        known.held_until = max(known.held_until, self._clock() + seconds)

    def _spare(self, chat: str) -> float:
        now = self._clock()
        return max(self._of(chat).spare(now) - now, self._all.wait(now, 2))

    def _left(self, chat: _Chat, at: float, count: int) -> float:
        now = self._clock()
        return max(at - now, chat.held_until - now, self._all.wait(now, count))

    def _kept(self, chat: _Chat, at: float, count: int) -> float:
        """The place, or another one where a pause has come in between: not all that waited come at once after it."""
        return chat.book(self._clock(), count) if at < chat.held_until else at

    def _of(self, chat: str) -> _Chat:
        known = self._chats.get(chat)
        if known is None:
            if len(self._chats) >= _MANY:
                self._tidy()
            known = self._chats[chat] = _Chat(self._windows(chat))
        return known

    def _windows(self, chat: str) -> tuple[Window, ...]:
        often = Window(_BURST, _MARGIN * _BURST * self._limits.a_chat)
        if not chat.startswith("-"):
            return (often,)
        return (often, Window(_A_MINUTE, _MARGIN * _A_MINUTE * self._limits.a_group, _KEPT_FREE))

    def _tidy(self) -> None:
        now = self._clock()
        self._chats = {
            name: chat
            for name, chat in self._chats.items()
            if chat.held_until > now or not all(window.is_empty(now) for window in chat.windows)
        }
