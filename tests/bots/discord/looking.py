"""What tests of the bot look at: what the gateway has seen, and what is under a message."""

import asyncio
from typing import Any

from discord.ext import commands

from stationthis_sdk.testing import LocalGateway, SeenRun
from tests.bots.discord.people import Studio

SMALL = {"steps": 1, "width": 64, "height": 64}


def cog_of(bot: commands.Bot) -> Any:
    return bot.get_cog("StationThis")


def labels(message: dict[str, Any]) -> list[str]:
    return [one["custom_id"].split(":")[1] for row in message["components"] for one in row["components"]]


async def runs_of(gateway: LocalGateway) -> tuple[SeenRun, ...]:
    """Every run that the gateway has seen."""
    return await asyncio.to_thread(gateway.runs)


async def until_running(gateway: LocalGateway) -> None:
    """Wait until a run is under way."""
    await asyncio.to_thread(
        gateway.until, lambda: [one for one in gateway.runs() if one.state == "running"], 30.0
    )


async def picture_of(studio: Studio, **inputs: Any) -> dict[str, Any]:
    """A picture that the bot has made for Ada."""
    before = len(studio.with_files())
    studio.command("text_to_picture", **{"prompt": "a fox", "seed": 7, **SMALL, **inputs})
    return (await studio.until(lambda: studio.with_files()[before:]))[0]
