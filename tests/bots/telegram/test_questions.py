"""Answers to what the bot asks for: only where nothing was begun is a message one to be answered."""

import asyncio

from stationthis_sdk.bots import telegram
from tests.bots.telegram.conftest import FAST, build, deploy, idle, png, running, runs, until
from tests.bots.telegram.graphs import INVERT


async def test_chatting_under_what_was_begun_in_part_begins_nothing(api, st, gateway):
    """Two of four were begun and paid: an "ok, thanks" to that has none of it made again."""
    count = 0

    def authorize(user, deployment, estimate):
        nonlocal count
        count += 1
        return count != 3 or "You have used up your credits."

    application = build(api)
    made = telegram.install(application, st, limits=FAST, authorize=authorize)
    words = {"input_id": "prompt", "default_value": "x", "display_name": "", "description": ""}
    async with running(application):
        ada = api.world.person()
        await deploy(
            gateway,
            made,
            "invert",
            {**INVERT, "9": {"class_type": "ComfyUIDeployExternalText", "inputs": words}},
        )
        ada.album([png(color=one) for one in ("black", "blue", "green", "red")], "/batch invert")
        [told] = await until(
            lambda: [one for one in ada.chat.of_bot if "of 4 were begun" in str(one.get("text"))]
        )
        await until(lambda: len(ada.chat.files("photo")) >= 2)
        ada.says("ok, thanks", to=told)
        await idle(ada)
        await asyncio.sleep(0.2)
        assert len(await runs(gateway)) == 2
