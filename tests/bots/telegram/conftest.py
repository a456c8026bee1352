"""A Bot API server of the test's own, a gateway, and a bot between them, all over real HTTP."""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from PIL import Image
from telegram import Bot
from telegram.ext import Application

from stationthis_sdk import AsyncStationThis
from stationthis_sdk.bots.render.limits import TELEGRAM
from stationthis_sdk.testing import LocalGateway, SeenRun, local_gateway
from tests.bots.telegram.chats import Person
from tests.bots.telegram.graphs import PORTRAIT
from tests.bots.telegram.script import Script
from tests.bots.telegram.served import TOKEN, BotApi
from tests.processes import end

PATIENCE = 45.0
FAST = attrs.evolve(TELEGRAM, a_chat=0.0005, a_group=0.0005, overall=0.0001)
"""Limits of a Telegram that is in no hurry to refuse."""


async def until(reached: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """Wait until it is so; what it was then."""
    async with asyncio.timeout(seconds):
        while not (found := reached()):  # noqa: ASYNC110 - a condition of the test's own
            await asyncio.sleep(0.01)
    return found


async def idle(person: Any) -> None:
    """Wait until somebody has nothing under way: what has arrived is still being sent for a moment."""

    def answers() -> list[str]:
        return [text for text in person.chat.texts if "under way" in text]

    async with asyncio.timeout(PATIENCE):
        told: list[str] = []
        while not told or "nothing under way" not in told[-1]:
            person.says("/status")
            before = len(told)
            told = await until(lambda before=before: len(answers()) > before and answers())


async def runs(gateway: LocalGateway) -> tuple[SeenRun, ...]:
    """Every run that the gateway has seen; it answers from its own thread."""
    return await asyncio.to_thread(gateway.runs)


async def deploy(gateway: LocalGateway, mounted: Any, name: str, graph: dict[str, Any]) -> None:
    """Deploy a graph, and have the bot learn of it."""
    await asyncio.to_thread(gateway.deploy, name, graph)
    await mounted.catalogue.refresh()


def png(width: int = 16, height: int = 16, color: str = "red") -> bytes:
    """A picture."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), color).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(autouse=True)
def _timedelta(monkeypatch: pytest.MonkeyPatch) -> None:
    """As python-telegram-bot wants it from now on; without it every flood wait is a warning."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.fixture
def api() -> Iterator[BotApi]:
    with BotApi() as made:
        yield made


@pytest.fixture
def ada(api: BotApi) -> Person:
    """Somebody who writes to the bot."""
    return api.world.person()


@pytest.fixture
def script(api: BotApi, gateway: LocalGateway, tmp_path: Path) -> Iterator[Script]:
    """The script of the bot; what is started of it ends with the test."""
    made = Script(api, gateway, tmp_path)
    yield made
    for process in made.processes:
        end(process)


@pytest.fixture
async def bot(api: BotApi) -> AsyncIterator[Bot]:
    """python-telegram-bot's own, at our server."""
    async with Bot(TOKEN, base_url=api.base_url, base_file_url=api.file_url) as made:
        yield made


@pytest.fixture
def gateway() -> Iterator[LocalGateway]:
    """A gateway with a deployment that makes small pictures."""
    with local_gateway() as made:
        made.deploy("portrait", PORTRAIT)
        yield made


@pytest.fixture
async def st(gateway: LocalGateway) -> AsyncIterator[AsyncStationThis]:
    async with gateway.async_client() as client:
        yield client


def build(api: BotApi, **more: Any) -> Any:
    """An application as a host builds it."""
    builder = Application.builder().token(TOKEN).base_url(api.base_url).base_file_url(api.file_url)
    builder = builder.concurrent_updates(True)
    for name, value in more.items():
        builder = getattr(builder, name)(value)
    return builder.build()


@contextlib.asynccontextmanager
async def running(application: Any) -> AsyncIterator[Any]:
    """As ``run_polling`` runs it, but within a loop that is there already."""
    await application.initialize()
    try:
        if application.post_init:
            await application.post_init(application)
        await application.updater.start_polling(poll_interval=0.0, timeout=5)
        await application.start()
        try:
            yield application
        finally:
            await application.updater.stop()
            await application.stop()
            if application.post_stop:
                await application.post_stop(application)
    finally:
        await application.shutdown()
        if application.post_shutdown:
            await application.post_shutdown(application)
