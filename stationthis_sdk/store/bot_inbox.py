"""What a bot was told and has not answered yet, in the ledger: a process may die at any time, and a platform tells nothing twice."""

import time
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import orjson

from stationthis_sdk.errors import SaveFailed
from stationthis_sdk.store.ledger_file import as_json

if TYPE_CHECKING:
    import sqlite3

    from stationthis_sdk.store.ledger import Ledger

__all__ = ["BotInbox", "InboxRow"]

T = TypeVar("T")


@attrs.frozen
class InboxRow:
    """One thing in the inbox; ``came_at`` in seconds since 1970."""

    key: str
    content: Mapping[str, Any]
    came_at: float


@attrs.frozen
class BotInbox:
    """What one bot of one account has of one ``kind``: update or question. See ``ledger_schema``, bot_inbox."""

    ledger: "Ledger"
    bot: str
    kind: str

    async def put(self, key: str, content: Mapping[str, Any]) -> None:
        """Keep it; what is kept by this key already stays as it is.

        Raises:
            SaveFailed: it can't be written.
        """
        put = (
            "INSERT OR IGNORE INTO bot_inbox (service, account, bot, kind, key, content, came_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)"
        )
        row = (*self._whose, key, as_json(content), time.time())
        await self._sure(lambda database: database.execute(put, row).rowcount)

    async def erase(self, keys: Collection[str]) -> None:
        """These are answered.

        Raises:
            SaveFailed: it can't be written.
        """
        erase = (
            "DELETE FROM bot_inbox WHERE service = ? AND account = ? AND bot = ? AND kind = ? "
            "AND key IN (SELECT value FROM json_each(?))"
        )
        row = (*self._whose, as_json([*keys]))
        await self._sure(lambda database: database.execute(erase, row).rowcount)

    async def all(self, *, after: float = 0.0) -> list[InboxRow]:
        """All that came after a time, the oldest first; what came before is erased.

        Raises:
            SaveFailed: it can't be read.
        """
        of_kind = "WHERE service = ? AND account = ? AND bot = ? AND kind = ?"

        def read(database: "sqlite3.Connection") -> list[InboxRow]:
            database.execute(f"DELETE FROM bot_inbox {of_kind} AND came_at < ?", (*self._whose, after))  # noqa: S608 - our words
            rows = database.execute(
                f"SELECT key, content, came_at FROM bot_inbox {of_kind} ORDER BY came_at",  # noqa: S608 - likewise
                self._whose,
            )
            return [InboxRow(row["key"], orjson.loads(row["content"]), row["came_at"]) for row in rows]

        return await self._sure(read)

    @property
    def _whose(self) -> tuple[str, str, str, str]:
        return self.ledger.service, self.ledger.account, self.bot, self.kind

    async def _sure(self, work: "Callable[[sqlite3.Connection], T]") -> T:
        done = await self.ledger.sure(lambda database: (work(database),), "What the bot was told is not kept")
        if done is None:
            raise SaveFailed(
                f"What the bot was told is not kept: it needs its ledger, which can't be used ({self.ledger.why})."
            )
        return done[0]
