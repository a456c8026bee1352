"""Commands of which the bot has asked for more: who answers with it need not say all again, nor after a restart."""

from collections import OrderedDict
from typing import Final

from telegram import Bot

from stationthis_sdk.bots.people import Asked, User
from stationthis_sdk.bots.telegram.inbox import Inbox
from stationthis_sdk.bots.telegram.reading import recalled, written
from stationthis_sdk.logs import logger

__all__ = ["Questions"]

_MOST: Final = 1000
_KEPT_SECONDS: Final = 7 * 86400.0


class Questions:
    """The bot's questions by chat and message."""

    def __init__(self, bot: Bot, inbox: Inbox) -> None:
        self._bot = bot
        self._inbox = inbox
        self._asked: OrderedDict[str, Asked] = OrderedDict()

    async def recall(self) -> None:
        """Know those of before a restart."""
        for row in await self._inbox.all(_KEPT_SECONDS):
            try:
                self._asked[row.key] = recalled(self._bot, row.content)
            except (LookupError, TypeError, ValueError):
                logger("bots").warning("A question of before the restart can't be read.")

    async def put(self, chat: str, message: str, asked: Asked) -> None:
        """This message asks for more of that command."""
        self._asked[f"{chat}:{message}"] = asked
        while len(self._asked) > _MOST:
            self._asked.popitem(last=False)
        await self._inbox.put(f"{chat}:{message}", written(asked))

    def of(self, chat: str, message: str, user: User) -> Asked | None:
        """The command of which a message asks for more, if it is this user's."""
        asked = self._asked.get(f"{chat}:{message}")
        return asked if asked is not None and asked.user.key == user.key else None

    async def answered(self, chat: str, message: str) -> None:
        """It has had its answer; what is said to it from now on is talk."""
        if self._asked.pop(f"{chat}:{message}", None) is not None:
            await self._inbox.erase([f"{chat}:{message}"])
