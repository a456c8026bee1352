"""What somebody has begun that is no job: written down before it is begun, so that one update begins it once."""

from typing import TYPE_CHECKING, Any

from stationthis_sdk.bots.people import User
from stationthis_sdk.errors import SaveFailed

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from stationthis_sdk.bots.desk.desk import Desk

__all__ = ["Claims"]


class Claims:
    """What was begun of one kind, ``train`` or ``cook``; in the ledger, among the messages of the bot.

    There a chat is the kind and its user, a message the update that asked, and a job what came of it: a run's id, a name,
    or what a training is submitted under.
    """

    def __init__(self, desk: "Desk", kind: str) -> None:
        self._ledger = desk.st._ready.context.ledger  # noqa: SLF001 - one house
        self._bot = desk.bot
        self._kind = kind

    async def make(self, user: User, key: str, what: str) -> bool:
        """Write down that it is begun; False: it was written down before, and is not to be begun again.

        Raises:
            SaveFailed: it can't be written; nothing may be begun.
        """
        put = (
            "INSERT OR IGNORE INTO bot_messages (service, account, bot, chat, message, job_id) "
            "VALUES (?, ?, ?, ?, ?, ?)"
        )
        made: bool = await self._sure(
            lambda database: database.execute(put, (*self._of(user), key, what)).rowcount == 1
        )
        return made

    async def change(self, user: User, key: str, what: str) -> None:
        """Write down what came of it."""
        change = (
            "UPDATE bot_messages SET job_id = ? WHERE service = ? AND account = ? AND bot = ? AND chat = ? "
            "AND message = ?"
        )
        await self._sure(lambda database: database.execute(change, (what, *self._of(user), key)))

    async def drop(self, user: User, key: str) -> None:
        """Nothing came of it, surely."""
        drop = "DELETE FROM bot_messages WHERE service = ? AND account = ? AND bot = ? AND chat = ? AND message = ?"
        await self._sure(lambda database: database.execute(drop, (*self._of(user), key)))

    async def of(self, user: User) -> dict[str, str]:
        """What somebody has begun, by the updates that asked."""
        query = "SELECT message, job_id FROM bot_messages WHERE service = ? AND account = ? AND bot = ? AND chat = ?"
        found: dict[str, str] = await self._sure(
            lambda database: {
                row["message"]: row["job_id"] for row in database.execute(query, self._of(user))
            }
        )
        return found

    async def all(self) -> list[tuple[User, str]]:
        """What everybody has begun, with who it was."""
        query = "SELECT chat, job_id FROM bot_messages WHERE service = ? AND account = ? AND bot = ? AND chat GLOB ?"
        whose = (self._ledger.service, self._ledger.account, self._bot, f"{self._kind}:*")
        found: list[tuple[str, str]] = await self._sure(
            lambda database: [(row["chat"], row["job_id"]) for row in database.execute(query, whose)]
        )
        told = []
        for chat, what in found:
            _, platform, of_user = chat.split(":", 2)
            told.append((User("discord" if platform == "discord" else "telegram", of_user), what))
        return told

    def _of(self, user: User) -> tuple[str, str, str, str]:
        return self._ledger.service, self._ledger.account, self._bot, f"{self._kind}:{user.key}"

    async def _sure(self, work: "Callable[[sqlite3.Connection], Any]") -> Any:
        done = await self._ledger.sure(lambda database: (work(database),), "Nothing was begun")
        if done is None:
            raise SaveFailed(
                f"Nothing was begun: a bot needs its ledger, which can't be used ({self._ledger.why})."
            )
        return done[0]
