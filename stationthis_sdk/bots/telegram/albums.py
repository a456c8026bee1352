"""Albums: Telegram tells each picture by itself, in any order; they are taken together once no more come."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final

import attrs
from telegram import Message

__all__ = ["COMPLETE_AFTER", "Albums"]

COMPLETE_AFTER: Final = 1.5
"""Seconds without another picture, after which an album is taken to be whole."""
_KEPT: Final = 500
Key = tuple[int, str]


@attrs.define
class _Album:
    messages: dict[int, Message] = attrs.field(factory=dict)
    timer: asyncio.TimerHandle | None = None
    told: bool = False


class Albums:
    """Collects albums, and tells each when it is whole. The last few are kept, for whoever answers to one of them."""

    def __init__(
        self, whole: Callable[[list[Message]], Awaitable[None]], after: float = COMPLETE_AFTER
    ) -> None:
        self._whole = whole
        self._after = after
        self._albums: OrderedDict[Key, _Album] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, message: Message) -> bool:
        """One picture has come. Whether it will be told: one that comes after its album starts nothing, what was begun stands."""
        key = (message.chat_id, str(message.media_group_id))
        album = self._albums.setdefault(key, _Album())
        self._albums.move_to_end(key)
        while len(self._albums) > _KEPT:
            _, oldest = self._albums.popitem(last=False)
            if oldest.timer is not None:
                oldest.timer.cancel()
        album.messages[message.message_id] = message
        if album.told:
            return False
        if album.timer is not None:
            album.timer.cancel()
        album.timer = asyncio.get_running_loop().call_later(self._after, self._tell, album)
        return True

    def of(self, message: Message) -> list[Message]:
        """All pictures of the album that this one is in, as far as they are known; itself where it is in none."""
        album = self._albums.get((message.chat_id, str(message.media_group_id)))
        return [message] if album is None else _in_order(album)

    async def close(self) -> None:
        """Tell of no more: what has not come whole is left to the next start."""
        for album in self._albums.values():
            if album.timer is not None:
                album.timer.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _tell(self, album: _Album) -> None:
        if album.timer is not None:
            album.timer.cancel()
        album.told = True
        task = asyncio.ensure_future(self._whole(_in_order(album)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _in_order(album: _Album) -> list[Message]:
    return [message for _, message in sorted(album.messages.items())]
