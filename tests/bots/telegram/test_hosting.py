"""In somebody's own bot: its handlers go on working, its hooks are called, and ours start and close with it."""

import asyncio
import subprocess
import sys
from typing import Any

import attrs
import pytest
from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler, filters

from stationthis_sdk import AsyncStationThis
from stationthis_sdk.bots import telegram
from stationthis_sdk.bots.telegram import mounted as mounting
from stationthis_sdk.testing import LocalGateway
from tests.bots.telegram.chats import Person
from tests.bots.telegram.conftest import FAST, build, running, runs, until
from tests.bots.telegram.served import BotApi


@attrs.define
class Host:
    """Handlers as a host may have them; what they were told."""

    heard: list[str] = attrs.Factory(list)
    errors: list[Any] = attrs.Factory(list)

    async def help(self, update: Any, _: Any) -> None:
        self.heard.append("help")
        await update.message.reply_text("The shop's help")

    async def text(self, update: Any, _: Any) -> None:
        self.heard.append(update.message.text or update.message.caption or "?")

    async def button(self, update: Any, _: Any) -> None:
        self.heard.append(update.callback_query.data)
        await update.callback_query.answer()

    async def error(self, _: Any, context: Any) -> None:
        self.errors.append(context.error)

    def mount(self, application: Any) -> None:
        application.add_handler(CommandHandler("help", self.help))
        application.add_handler(CallbackQueryHandler(self.button))
        application.add_handler(MessageHandler(filters.ALL, self.text))
        application.add_error_handler(self.error)


@pytest.mark.parametrize("concurrent", [True, False])
async def test_a_host_with_handlers_of_its_own(
    concurrent: bool, api: BotApi, st: AsyncStationThis, ada: Person
) -> None:
    """The host's commands stay the host's; ours reach none of its handlers; all else reaches them as before."""
    host, application = Host(), build(api, concurrent_updates=concurrent)
    host.mount(application)
    telegram.install(application, st, limits=FAST)
    async with running(application):
        ada.says("/help")
        ada.says("good morning")
        ada.says("/portrait a fox")
        ada.says("/unknown")
        photo = await until(lambda: next((one for one in ada.chat.of_bot if "photo" in one), None))
        ada.pushes(photo, "shop:buy:5")
        ada.presses(photo, "Info")
        await until(lambda: len(api.world.answered) == 2 and "shop:buy:5" in host.heard)
        await until(lambda: any("prompt" in text for text in ada.chat.texts))
    assert sorted(host.heard) == ["/unknown", "good morning", "help", "shop:buy:5"]
    assert "The shop's help" in ada.chat.texts
    assert host.errors == []
    shown = [one["command"] for one in api.world.commands[""]]
    assert {"portrait", "status"} <= set(shown)


async def test_arbitrary_callback_data(
    api: BotApi, st: AsyncStationThis, ada: Person, gateway: LocalGateway
) -> None:
    """A host that keeps its buttons' data in the library's cache: ours carry theirs themselves, and outlive restarts."""
    for _ in range(2):
        application = build(api, arbitrary_callback_data=True)
        telegram.install(application, st, limits=FAST)
        async with running(application):
            if not ada.chat.files("photo"):
                ada.says("/portrait a fox")
                await until(lambda: ada.chat.files("photo"))
                continue
            ada.presses(next(one for one in ada.chat.of_bot if "photo" in one), "Again")
            await until(lambda: len(ada.chat.files("photo")) == 2)
    assert len(await runs(gateway)) == 2


async def test_the_hosts_hooks_of_the_library(api: BotApi, st: AsyncStationThis) -> None:
    """``post_init`` and ``post_stop`` of the host are called as before, each once."""
    called = []

    async def began(_: Any) -> None:
        called.append("began")

    async def stopped(_: Any) -> None:
        called.append("stopped")

    application = build(api, post_init=began, post_stop=stopped)
    telegram.install(application, st, limits=FAST)
    async with running(application):
        await until(lambda: api.world.commands)
    assert called == ["began", "stopped"]


async def test_a_host_that_starts_by_hand(
    api: BotApi, st: AsyncStationThis, ada: Person, gateway: LocalGateway
) -> None:
    """Without ``run_polling`` it starts with the first update, or within its own block; what it began it ends."""
    application = build(api)
    mounted = telegram.install(application, st, limits=FAST)
    async with application:
        await application.start()
        await application.updater.start_polling(poll_interval=0.0, timeout=5)
        ada.says("/portrait a fox")
        await until(lambda: ada.chat.files("photo"))
        await application.updater.stop()
        await application.stop()
        await mounted.close()
    async with build(api) as again, telegram.install(again, st, limits=FAST) as mounted:
        assert repr(mounted) == "<StationThis on Telegram, bot 123456789>"
        assert len(await runs(gateway)) == 1


async def test_the_hosts_say(api: BotApi, st: AsyncStationThis, ada: Person, gateway: LocalGateway) -> None:
    """``authorize`` refuses with its own words and nothing is run; ``settle`` is called once a run, with a key."""
    settled: list[tuple[str, str]] = []
    application = build(api)

    def authorize(user: Any, deployment: str, estimate: float | None) -> Any:
        return True if user.name == "Ada" else "Not you."

    async def settle(user: Any, run: Any, *, key: str) -> None:
        settled.append((user.name, key))

    telegram.install(application, st, limits=FAST, authorize=authorize, settle=settle)
    bob = api.world.person("Bob")
    async with running(application):
        bob.says("/portrait a hare")
        await until(lambda: bob.chat.texts)
        ada.says("/portrait a fox")
        await until(lambda: ada.chat.files("photo") and settled)
    assert bob.chat.texts == ["Not you."]
    assert [name for name, _ in settled] == ["Ada"]
    assert len(await runs(gateway)) == 1


async def test_bad_updates_stop_nothing(
    api: BotApi, st: AsyncStationThis, ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    """Odd updates, buttons that lead nowhere, members that come and go: the next command is answered."""
    host, application = Host(), build(api)
    application.add_error_handler(host.error)
    telegram.install(application, st, limits=FAST)
    async with running(application):
        message = ada.says("/portrait" + "\N{FOX FACE}" * 4000 + " \x00 \u202e")
        for data in (
            "st:again:gone",
            "st:cancel:",
            "st:",
            "",
            "st:again:" + "x" * 60,
            "st:info:aaaaaaaaaaaa",
        ):
            ada.pushes(message, data)
        query = {"id": "1", "from": ada.who, "chat_instance": "1", "data": "st:info:aaaaaaaaaaaa"}
        api.world.update(callback_query={**query, "inline_message_id": "x"})
        gone = {"chat": ada.chat.json, "message_id": 1, "date": 0}
        api.world.update(callback_query={**query, "message": gone})
        api.world.update(my_chat_member={
            "chat": ada.chat.json, "from": ada.who, "date": 1,
            "old_chat_member": {"user": api.world.bot, "status": "left"},
            "new_chat_member": {"user": api.world.bot, "status": "left"},
        })  # fmt: skip
        ada._says({"new_chat_members": [ada.who]})
        ada.says("/portrait a fox")
        await until(lambda: ada.chat.files("photo"))
    assert host.errors == []
    assert "could not be read" not in caplog.text


async def test_commands_without_the_service(
    api: BotApi, ada: Person, gateway: LocalGateway, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T19: a bot that boots while nobody can tell what is deployed takes no command away, and learns them later."""
    async with gateway.async_client(home=tmp_path) as st:
        monkeypatch.setattr(mounting, "_FIRST_LOOK", 0.5)
        api.world.commands[""] = [{"command": "portrait", "description": "Run portrait"}]
        gateway.faults.errors()
        application = build(api)
        mounted = telegram.install(application, st, limits=FAST, catalogue_seconds=0.1)
        async with running(application):
            ada.says("/help")
            await until(lambda: ada.chat.texts)
            assert [one["command"] for one in api.world.commands[""]] == ["portrait"]
            gateway.faults.clear()
            await until(lambda: len(api.world.commands[""]) > 1)
            assert mounted.catalogue.find("portrait")


async def test_a_restart_takes_up_what_waits(
    api: BotApi, st: AsyncStationThis, ada: Person, gateway: LocalGateway
) -> None:
    """The bot closes while a run is under way; the next one delivers it, and its buttons work."""
    gateway.faults.stall(at="running", times=1)
    application = build(api)
    telegram.install(application, st, limits=FAST)
    async with running(application):
        said = ada.says("/portrait a fox")
        await began(gateway)
    assert ada.chat.files("photo") == []
    gateway.faults.clear()
    api.world.update(message=said)  # told again, as after a crash
    application = build(api)
    mounted = telegram.install(application, st, limits=FAST)
    async with running(application):
        await until(lambda: ada.chat.files("photo") and not mounted.desk._courses)
        photo = next(one for one in ada.chat.of_bot if "photo" in one)
        found = await mounted.desk.job_of_message(telegram_place(ada), str(photo["message_id"]))
        assert found is not None
        ada.presses(photo, "Again")
        await until(lambda: len(ada.chat.files("photo")) == 2)
    assert len(await runs(gateway)) == 2


async def began(gateway: LocalGateway) -> None:
    """Wait until a run is under way."""
    async with asyncio.timeout(45):
        while [run.state for run in await runs(gateway)] != ["running"]:  # noqa: ASYNC110 - the gateway's to tell
            await asyncio.sleep(0.01)


def telegram_place(person: Person) -> Any:
    from stationthis_sdk.bots.people import Place

    return Place(str(person.chat.id), private=True)


def test_nothing_heavy_is_imported_before_it_is_used() -> None:
    """The import of our module is not that of python-telegram-bot, and without it the error says what to install."""
    code = """
import sys
from stationthis_sdk.bots import telegram
assert not [name for name in sys.modules if name.partition(".")[0] == "telegram"]
sys.modules["telegram"] = None
try:
    telegram.install(None, None)
except ImportError as error:
    print(type(error).__name__, error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("MissingExtra")
    assert "pip install 'stationthis-sdk[telegram]'" in done.stdout


async def test_it_leaves_no_task_behind(api: BotApi, st: AsyncStationThis) -> None:
    """When it is closed nothing of it goes on."""
    before = asyncio.all_tasks()
    application = build(api)
    telegram.install(application, st, limits=FAST)
    async with running(application):
        await until(lambda: api.world.commands)
    names = {task.get_name() for task in asyncio.all_tasks() - before}
    assert not [name for name in names if name.startswith("stationthis")]
