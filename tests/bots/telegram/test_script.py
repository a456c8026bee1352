"""The complete bot as a process of its own: killed in the middle of a delivery, started again, ended politely."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stationthis_sdk.testing import LocalGateway
from tests.bots.telegram.chats import Person
from tests.bots.telegram.conftest import png
from tests.bots.telegram.graphs import ALBUM, INVERT
from tests.bots.telegram.rules import Refused
from tests.bots.telegram.script import SCRIPT, Script, until
from tests.bots.telegram.served import TOKEN, BotApi, Fault
from tests.processes import free_port


@pytest.mark.slow
def test_killed_between_two_parts(script: Script, api: BotApi, ada: Person, gateway: LocalGateway) -> None:
    """SIGKILL when ten of eleven pictures are there: the next process sends the eleventh, with buttons that work."""
    gateway.deploy("album", ALBUM)
    flood = Refused(429, "Too Many Requests: retry after 50", retry_after=50)
    fault = Fault("refuse", frozenset({"sendPhoto"}), refusal=flood)
    api.faults.append(fault)
    first = script.start()
    ada.says("/album foxes")
    until(lambda: fault.times == 0 and script.parts() == ["sent", "waiting"])
    first.kill()
    first.wait()
    assert len(ada.chat.files("photo")) == 10
    second = script.start()
    until(lambda: "st:again" in str(ada.chat.of_bot))
    until(lambda: not ada.chat.texts)
    assert len(ada.chat.files("photo")) == 11
    assert len(gateway.runs()) == 1
    buttons = next(one for one in ada.chat.of_bot if "reply_markup" in one)
    ada.presses(buttons, "Info")
    until(lambda: "prompt" in str(ada.chat.texts))
    second.send_signal(signal.SIGTERM)
    assert second.wait(45) == 0, script.log.read_text()


@pytest.mark.slow
def test_killed_while_a_part_is_on_its_way(
    script: Script, api: BotApi, ada: Person, gateway: LocalGateway
) -> None:
    """SIGKILL after Telegram took the picture, and before its answer: it is sent by nobody again, unless somebody asks."""
    api.faults.append(Fault("hang", frozenset({"sendPhoto"})))
    first = script.start()
    ada.says("/portrait a fox")
    until(lambda: ada.chat.files("photo"))
    first.kill()
    first.wait()
    script.start()
    notice = until(lambda: next((one for one in ada.chat.of_bot if "st:resend" in str(one)), None))
    assert len(ada.chat.files("photo")) == 1
    assert len(gateway.runs()) == 1
    ada.presses(notice, "Send again")
    until(lambda: len(ada.chat.files("photo")) == 2)


@pytest.mark.slow
def test_no_token_anywhere(script: Script, api: BotApi, ada: Person, gateway: LocalGateway) -> None:
    """T14: pictures of Telegram are run on, and answers fail; neither token nor link is in an input, file, log or database."""
    gateway.deploy("invert", INVERT)
    process = script.start(STATIONTHIS_LOG="debug")
    ada.shows(png(color="black"), "/invert")
    until(lambda: ada.chat.files("photo"))
    api.faults.append(Fault("drop", frozenset({"getFile"})))
    ada.shows(png(color="blue"), "/invert")
    until(lambda: ada.chat.texts)
    [run] = gateway.runs()
    process.send_signal(signal.SIGINT)
    process.wait(45)
    texts = [str(run.inputs).encode(), script.log.read_bytes()]
    files = [path for path in (script.home, script.home.parent) for path in path.rglob("*") if path.is_file()]
    assert any(path.name == "ledger.db" for path in files)
    assert any(path.name == "gateway.sqlite" for path in files)
    texts += [path.read_bytes() for path in files]
    for secret in (TOKEN.encode(), TOKEN.partition(":")[2].encode(), b"/file/bot"):
        assert not [text for text in texts if secret in text]


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_without_an_account(script: Script, api: BotApi, ada: Person, tmp_path: Path) -> None:
    """``--local`` needs no key: a picture from words, on this machine."""
    home = tmp_path / "home"
    plain = {"STATIONTHIS_API_KEY": "", "STATIONTHIS_BASE_URL": "", "STATIONTHIS_HOME": str(home)}
    script.start("--local", **plain)
    ada.says("/text_to_picture a lighthouse steps=1 width=64 height=64")
    until(lambda: ada.chat.files("photo"), 100)


@pytest.mark.parametrize(
    ("arguments", "variables", "said"),
    [
        ([], {"TELEGRAM_BOT_TOKEN": ""}, "TELEGRAM_BOT_TOKEN is not set"),
        ([], {"TELEGRAM_BOT_TOKEN": TOKEN[:-1] + "x"}, "does not take the token"),
        ([], {"STATIONTHIS_API_KEY": "", "STATIONTHIS_BASE_URL": ""}, "key"),
        (["--profile", "none-such"], {}, "none-such"),
        (["--base-url", "127.0.0.1:8081"], {}, "http://"),
        (["--base-url", "ftp://x"], {}, "http://"),
    ],
)
def test_what_is_missing_is_said(
    arguments: list[str], variables: dict[str, str], said: str, script: Script
) -> None:
    """One clear sentence, exit code 2, and no token in it."""
    process = script.start(*arguments, **variables)
    assert process.wait(45) == 2
    told = script.log.read_text()
    assert said in told.splitlines()[-1]
    assert TOKEN[:-1] not in told


def test_telegram_out_of_reach(script: Script) -> None:
    """Whoever waits for a bot that can't reach Telegram reads why, once; Ctrl-C ends it."""
    process = script.start("--base-url", f"http://127.0.0.1:{free_port()}")
    until(lambda: "can't be reached" in script.log.read_text())
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    assert process.wait(45) == 0
    assert len(script.log.read_text().splitlines()) == 1
    assert TOKEN not in script.log.read_text()


def test_without_the_library(script: Script) -> None:
    """Without python-telegram-bot the error says what to install."""
    code = f"import runpy, sys; sys.modules['telegram'] = None; runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"
    environment = {**os.environ, "TELEGRAM_BOT_TOKEN": TOKEN}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "pip install 'stationthis-sdk[telegram]'" in done.stderr
