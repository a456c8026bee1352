"""What somebody likes inputs to be, in the ledger: for all workflows or for one, of whoever has the key or of a host's user."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import attrs
import orjson

from stationthis_sdk.errors import SaveFailed

if TYPE_CHECKING:
    import sqlite3

    from stationthis_sdk.store.ledger import Ledger

__all__ = ["PreferenceLedger"]


@attrs.frozen
class PreferenceLedger:
    """What one account has of preferences; an empty ``user`` is whoever has the key, an empty ``workflow`` all of them."""

    ledger: "Ledger"

    async def get(self, user: str, workflow: str) -> dict[str, Any]:
        """What was said for just these.

        Raises:
            SaveFailed: there is a ledger, and it can't be read: what was said in it would be passed over.
        """
        read = await self.ledger.do(lambda database: (self._read(database, user, workflow),), None)
        if read is not None:
            return read[0]
        if not await asyncio.to_thread(self.ledger.path.exists):
            return {}
        raise SaveFailed(f"Preferences can't be read: {self._why}")

    async def of_user(self, user: str) -> dict[str, dict[str, Any]]:
        """All that somebody has said, by the workflow; empty where it can't be read."""
        query = "SELECT workflow, inputs FROM preferences WHERE service = ? AND account = ? AND user_id = ?"
        whose = (self.ledger.service, self.ledger.account, user)

        def work(database: "sqlite3.Connection") -> dict[str, dict[str, Any]]:
            return {row["workflow"]: orjson.loads(row["inputs"]) for row in database.execute(query, whose)}

        return await self.ledger.do(work, {})

    async def change(
        self,
        user: str,
        workflow: str,
        words: Mapping[str, Any],
        without: Callable[[str], bool] = lambda _name: False,
    ) -> dict[str, Any]:
        """Take words away from what was said before, join others with it, and return what holds then.

        Raises:
            SaveFailed: the ledger can't be written.
        """

        def work(database: "sqlite3.Connection") -> dict[str, Any]:
            before = self._read(database, user, workflow)
            now = {
                name: value for name, value in before.items() if name in words or not without(name)
            } | dict(words)
            whose = (self.ledger.service, self.ledger.account, user, workflow)
            if now:
                database.execute(
                    "INSERT OR REPLACE INTO preferences (service, account, user_id, workflow, inputs, updated_at) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    (*whose, orjson.dumps(now).decode(), time.time()),
                )
            else:
                _forget(database, whose)
            return now

        kept = await self.ledger.sure(work, "Nothing was kept of these preferences")
        if kept is None:
            raise SaveFailed(f"Nothing was kept of these preferences: {self._why}")
        return kept

    async def forget(self, user: str, workflow: str) -> None:
        """Forget what was said for just these.

        Raises:
            SaveFailed: the ledger can't be written.
        """
        whose = (self.ledger.service, self.ledger.account, user, workflow)
        if await self.ledger.sure(lambda database: _forget(database, whose), "Nothing was forgotten") is None:
            raise SaveFailed(f"Nothing was forgotten: {self._why}")

    async def forget_user(self, user: str) -> None:
        """Forget all that somebody has said, for whatever workflow.

        Raises:
            SaveFailed: the ledger can't be written.
        """
        whose = (self.ledger.service, self.ledger.account, user)

        def work(database: "sqlite3.Connection") -> bool:
            database.execute(
                "DELETE FROM preferences WHERE service = ? AND account = ? AND user_id = ?", whose
            )
            return True

        if await self.ledger.sure(work, "Nothing was forgotten") is None:
            raise SaveFailed(f"Nothing was forgotten: {self._why}")

    @property
    def _why(self) -> str:
        why = self.ledger.why or "another program holds it, or the disk is full"
        return f"the ledger {self.ledger.path} can't be used ({why}). Mend it, or move it away, which forgets all in it."

    def _read(self, database: "sqlite3.Connection", user: str, workflow: str) -> dict[str, Any]:
        query = "SELECT inputs FROM preferences WHERE service = ? AND account = ? AND user_id = ? AND workflow = ?"
        row = database.execute(query, (self.ledger.service, self.ledger.account, user, workflow)).fetchone()
        found: dict[str, Any] = {} if row is None else orjson.loads(row["inputs"])
        return found


def _forget(database: "sqlite3.Connection", whose: tuple[str, str, str, str]) -> bool:
    query = "DELETE FROM preferences WHERE service = ? AND account = ? AND user_id = ? AND workflow = ?"
    database.execute(query, whose)
    return True
