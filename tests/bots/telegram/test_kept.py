"""What the bot was told outlives its process: killed in between, nothing is lost and nothing is done twice."""

import signal
import time
from pathlib import Path
from typing import Any

import pytest

from stationthis_sdk import AsyncStationThis
from stationthis_sdk.bots import telegram
from stationthis_sdk.testing import LocalGateway
from tests.bots.telegram.chats import Person
from tests.bots.telegram.conftest import FAST, build, deploy, png, running, runs, until
from tests.bots.telegram.graphs import INVERT
from tests.bots.telegram.script import Script
from tests.bots.telegram.script import until as wait_until
from tests.bots.telegram.served import BotApi, Fault


async def idle(mounted: Any) -> None:
    """Wait until all is answered."""
    await until(lambda: not mounted._updates._tasks)


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_ended_while_a_picture_is_fetched(
    how: signal.Signals,
    script: Script,
    ada: Person,
    api: BotApi,
    gateway: LocalGateway,
) -> None:
    """Telegram has forgotten the message, and there is no job yet: the next process runs it, once, and tells nothing wrong."""
    gateway.deploy("invert", INVERT)
    api.faults.append(Fault("hang", frozenset({"getFile"})))
    first = script.start()
    ada.shows(png(), "/invert")
    wait_until(lambda: api.named("getFile"))
    wait_until(lambda: not api.world.updates)
    first.send_signal(how)
    first.wait(45)
    assert gateway.runs() == ()
    script.start()
    wait_until(lambda: ada.chat.files("photo"))
    wait_until(lambda: not ada.chat.texts)
    assert len(gateway.runs()) == 1


@pytest.mark.slow
def test_killed_before_an_album_is_whole(
    script: Script,
    ada: Person,
    api: BotApi,
    gateway: LocalGateway,
) -> None:
    """SIGKILL within the second in which more pictures might come: the next process has all of them."""
    gateway.deploy("invert", INVERT)
    first = script.start()
    wait_until(lambda: api.world.commands)
    ada.album([png(), png(color="blue")], "/batch invert")
    wait_until(lambda: not api.world.updates)
    time.sleep(0.5)
    first.kill()
    first.wait()
    assert gateway.runs() == ()
    script.start()
    wait_until(lambda: len(ada.chat.files("photo")) == 2)
    assert len(gateway.runs()) == 2


async def test_a_question_outlives_a_restart(
    api: BotApi, st: AsyncStationThis, ada: Person, gateway: LocalGateway
) -> None:
    """Who was asked for a picture before a restart sends it after; what is said to the question then is talk."""
    question: dict[str, Any] = {}
    for _ in range(2):
        application = build(api)
        mounted = telegram.install(application, st, limits=FAST)
        async with running(application):
            await deploy(gateway, mounted, "invert", INVERT)
            if not question:
                ada.says("/invert")
                question = (await until(lambda: ada.chat.of_bot))[0]
                await idle(mounted)
                continue
            ada.shows(png(), to=question)
            await until(lambda: ada.chat.files("photo"))
            await idle(mounted)
            ada.shows(png(color="blue"), "thanks", to=question)
            ada.says("/portrait a fox")
            await until(lambda: len(ada.chat.files("photo")) == 2)
    assert [run.inputs.get("prompt") for run in await runs(gateway)] == [None, "a fox"]


async def test_presses_are_kept_with_any_buttons_of_the_host(
    api: BotApi, st: AsyncStationThis, ada: Person, gateway: LocalGateway
) -> None:
    """A press that was taken and not answered is acted upon at the next start, also where the host has a cache of buttons."""
    for again in (False, True):
        application = build(api, arbitrary_callback_data=True)
        mounted = telegram.install(application, st, limits=FAST)
        async with running(application):
            if again:
                await until(lambda: len(ada.chat.files("photo")) == 2)
                await idle(mounted)
                assert await mounted._updates._inbox.all(60) == []
                continue
            ada.says("/portrait a fox")
            await until(lambda: ada.chat.files("photo"))
            api.faults.append(Fault("hang", frozenset({"answerCallbackQuery"})))
            ada.presses(next(one for one in ada.chat.of_bot if "photo" in one), "Again")
            await until(lambda: api.named("answerCallbackQuery"))
            for task in mounted._updates._tasks:
                task.cancel()
    assert len(await runs(gateway)) == 2


async def test_without_a_ledger(api: BotApi, ada: Person, gateway: LocalGateway, tmp_path: Path) -> None:
    """Where nothing can be written down nothing is run; that is told, and what needs no ledger is answered."""
    (tmp_path / "ledger.db").mkdir()
    application = build(api)
    async with gateway.async_client(home=tmp_path) as st:
        telegram.install(application, st, limits=FAST)
        async with running(application):
            ada.says("/portrait a fox")
            ada.says("/help")
            await until(lambda: len(ada.chat.texts) == 2)
    assert any("/portrait" in text for text in ada.chat.texts)
    assert str(tmp_path) not in str(ada.chat.texts)
    assert await runs(gateway) == ()
