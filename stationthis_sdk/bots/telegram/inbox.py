"""What Telegram has told and the bot has not answered yet, kept on disk: Telegram tells nothing twice."""

import asyncio
import json
import time
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Final

from telegram import Update

from stationthis_sdk.bots.telegram.reading import carried
from stationthis_sdk.logs import logger
from stationthis_sdk.store.bot_inbox import BotInbox, InboxRow

if TYPE_CHECKING:
    from stationthis_sdk.client import AsyncStationThis

__all__ = ["Inbox", "raw"]

_PATIENCE: Final = 5.0
"""Seconds that an update waits for the disk, at most."""


class Inbox:
    """One ``kind`` of one bot: update or question. Where it can't be kept, that is logged, and all goes on."""

    def __init__(self, st: "AsyncStationThis", bot: str, kind: str) -> None:
        self._st = st
        self._bot = bot
        self._kind = kind

    async def put(self, key: str, content: Mapping[str, Any]) -> None:
        """Keep it."""
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._kept.put(key, content)
        except Exception as error:  # noqa: BLE001 - it is answered all the same
            self._lost(error)

    async def erase(self, keys: Collection[str]) -> None:
        """These are answered."""
        try:
            await self._kept.erase(keys)
        except Exception as error:  # noqa: BLE001 - keys see to it that nothing is done twice
            self._lost(error)

    async def all(self, seconds: float) -> list[InboxRow]:
        """What is kept, the oldest first; nothing that is older than so many seconds."""
        try:
            return await self._kept.all(after=time.time() - seconds)
        except Exception as error:  # noqa: BLE001 - new updates are answered all the same
            self._lost(error)
            return []

    @property
    def _kept(self) -> BotInbox:
        return BotInbox(self._st._ready.context.ledger, self._bot, self._kind)  # noqa: SLF001 - one house

    def _lost(self, error: Exception) -> None:
        logger("bots").warning("What Telegram tells is not kept on disk just now: %s", type(error).__name__)


def raw(update: Update) -> dict[str, Any]:
    """An update as Telegram told it; what a host keeps of its own buttons in the library's cache is left out."""
    told = update.to_dict()
    if update.callback_query is not None:
        told["callback_query"]["data"] = carried(update.callback_query)
    plain: dict[str, Any] = json.loads(json.dumps(told, default=lambda _: None))
    return plain
