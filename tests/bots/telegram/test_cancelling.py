"""Cancelling what is no job yet: a host that thinks it over, a picture on its way."""

import asyncio
from typing import Any

from stationthis_sdk import AsyncStationThis
from stationthis_sdk.bots import telegram
from stationthis_sdk.testing import LocalGateway
from tests.bots.telegram.conftest import FAST, build, deploy, png, running, runs, until
from tests.bots.telegram.graphs import INVERT
from tests.bots.telegram.served import BotApi, Fault


async def test_while_the_host_thinks_it_over(
    api: BotApi, st: AsyncStationThis, gateway: LocalGateway
) -> None:
    """/cancel while ``authorize`` is at it: both are answered, nothing is run; the other's command goes on."""
    ada, bob = api.world.person(), api.world.person("Bob")
    asked, may = [], asyncio.Event()

    async def authorize(user: Any, *_: Any) -> bool:
        asked.append(user.name)
        await may.wait()
        return True

    application = build(api)
    telegram.install(application, st, limits=FAST, authorize=authorize)
    async with running(application):
        ada.says("/portrait a fox")
        bob.says("/portrait a hare")
        await until(lambda: len(asked) == 2)
        ada.says("/cancel")
        await until(lambda: len(ada.chat.texts) == 2)
        may.set()
        await until(lambda: bob.chat.files("photo"))
    assert "Cancelled: portrait." in ada.chat.texts
    assert [run.inputs["prompt"] for run in await runs(gateway)] == ["a hare"]


async def test_while_a_picture_is_fetched(api: BotApi, st: AsyncStationThis, gateway: LocalGateway) -> None:
    """/cancel while Telegram is slow to give the picture: nothing is run."""
    ada = api.world.person()
    application = build(api)
    mounted = telegram.install(application, st, limits=FAST)
    async with running(application):
        await deploy(gateway, mounted, "invert", INVERT)
        api.faults.append(Fault("hang", frozenset({"getFile"})))
        ada.shows(png(), "/invert")
        await until(lambda: api.named("getFile"))
        ada.says("/cancel")
        await until(lambda: "Cancelled: invert." in ada.chat.texts)
        await until(lambda: len(ada.chat.texts) == 2)
    assert await runs(gateway) == ()


async def test_both_at_once(api: BotApi, st: AsyncStationThis, gateway: LocalGateway) -> None:
    """A command and /cancel that come together, as after a while without a network: it is cancelled."""
    ada = api.world.person()
    application = build(api)
    telegram.install(application, st, limits=FAST)
    with api.world.lock:
        ada.says("/portrait a fox")
        ada.says("/cancel")
    async with running(application):
        await until(lambda: "Cancelled: portrait." in ada.chat.texts)
        await until(lambda: "st:cancel" not in str(ada.chat.of_bot))
    assert [run.state for run in await runs(gateway)] in ([], ["cancelled"])
    assert ada.chat.files("photo") == []
