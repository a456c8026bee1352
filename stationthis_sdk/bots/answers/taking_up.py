"""What was begun by commands and is no job, taken up after a restart: cooks, and trainings whose answer was lost."""

import asyncio
from typing import TYPE_CHECKING

from stationthis_sdk.bots.answers.cooking import kitchen_of
from stationthis_sdk.bots.answers.training import settled_up
from stationthis_sdk.logs import logger

if TYPE_CHECKING:
    from stationthis_sdk.bots.desk.desk import Desk

__all__ = ["take_up"]


async def take_up(desk: "Desk") -> None:
    """To be called after ``desk.start``, as often as that; it waits for nothing, and a second time changes nothing."""
    kitchen, beginning = kitchen_of(desk), desk._beginning  # noqa: SLF001 - one house
    if beginning is not None and kitchen.taken is not beginning:
        kitchen.taken = beginning
        desk._soon(_take_up(desk, beginning))  # noqa: SLF001 - it ends with the desk


async def _take_up(desk: "Desk", beginning: "asyncio.Task[None]") -> None:
    await asyncio.wait({beginning})  # another process may still be at the desk of this bot
    if not desk._started:  # noqa: SLF001 - likewise
        return
    for work in (kitchen_of(desk).take_up, lambda: settled_up(desk)):
        try:
            await work()
        except Exception:  # noqa: BLE001 - the bot goes on
            logger("bots").exception("What was begun before is not all taken up.")
