"""The bot of the script, killed with SIGKILL and started again: every part arrives once, no run is started twice."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from stationthis_sdk.testing import LocalGateway
from tests.bots.discord.people import Studio

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

SCRIPT = Path(__file__).parents[3] / "scripts" / "discord_bot.py"


class Script:
    """The script as people start it; it is ended with its test."""

    def __init__(self, studio: Studio, gateway: LocalGateway, home: Path) -> None:
        self._studio = studio
        self.variables = {**gateway.variables, "STATIONTHIS_HOME": str(home)}
        self._started: list[subprocess.Popen[str]] = []
        self._listening: list[threading.Thread] = []
        self.said: list[str] = []

    def start(self, *more: str, wanted: str = "dozen") -> "subprocess.Popen[str]":
        """Start it, and wait until its commands are registered."""
        sessions = len(self._studio.served.discord.gateway.sessions)
        served = self._studio.served.discord
        process = self.run("--api-url", served.rest, "--gateway-url", served.socket, *more)
        self._studio.wait(
            lambda: (
                len(self._studio.served.discord.gateway.sessions) > sessions
                and {wanted, "text_to_picture"}
                <= {one["name"] for one in list(self._studio.world.commands.values())}
            )
        )
        return process

    def run(self, *arguments: str, token: str | None = None) -> "subprocess.Popen[str]":
        token = self._studio.world.token if token is None else token
        variables = {**os.environ, **self.variables, "DISCORD_BOT_TOKEN": token, "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(
            [sys.executable, str(SCRIPT), *arguments], env=variables, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._started.append(process)
        thread = threading.Thread(target=self._listen, args=(process,), daemon=True)
        thread.start()
        self._listening.append(thread)
        return process

    def _listen(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                self.said.append(line)

    def kill(self, process: "subprocess.Popen[str]", number: int = signal.SIGKILL) -> int:
        process.send_signal(number)
        return process.wait(45)

    def end(self) -> None:
        for process in self._started:
            if process.poll() is None:
                process.kill()
                process.wait()
        for thread in self._listening:
            thread.join(45)


@pytest.fixture
def script(studio: Studio, gateway: LocalGateway, tmp_path: Path) -> Iterator[Script]:
    made = Script(studio, gateway, tmp_path / "home")
    yield made
    made.end()


def is_quiet(studio: Studio) -> bool:
    """Whether no status message is left: the job has ended."""
    return all(one["attachments"] for one in studio.messages())


@pytest.mark.parametrize("at", ["hang", "hold"])
def test_killed_amid_a_delivery(studio: Studio, gateway: LocalGateway, script: Script, at: str) -> None:
    """Killed while the second message of twelve pictures is under way, arrived or not: all twelve are there, each once."""
    process = script.start()
    posts = f"/channels/{studio.general}/messages"

    def posted() -> list[str]:
        return [path for method, path, _ in list(studio.world.requests) if (method, path) == ("POST", posts)]

    fault = studio.fail(at, "POST", posts, after=1)
    studio.command("dozen")
    studio.wait(lambda: fault.times == 0 and len(posted()) == 2)
    assert len(studio.files()) == (12 if at == "hold" else 10)
    assert script.kill(process) == -signal.SIGKILL
    studio.world.advanced += 600  # Discord knows no nonce that long
    process = script.start()
    studio.wait(lambda: len(studio.files()) >= 12 and is_quiet(studio))
    assert len(studio.files()) == len(set(studio.files())) == 12
    assert len(gateway.runs()) == 1
    shown = studio.with_files()
    assert [bool(one["components"]) for one in shown] == [False, True]
    studio.press(shown[-1], "again")
    studio.wait(lambda: len(studio.files()) == 24)
    assert script.kill(process, signal.SIGTERM) == 0
    assert not [line for line in script.said if "Traceback" in line or studio.world.token in line]


def test_killed_while_runs_are_under_way(studio: Studio, gateway: LocalGateway, script: Script) -> None:
    """Killed while one run is live and its user's next waits: both are delivered after the restart, each once."""
    process = script.start()
    gateway.faults.stall(at="running", times=1)
    studio.command("text_to_picture", prompt="a fox", steps=1, width=64, height=64, seed=3)
    studio.wait(lambda: [one for one in gateway.runs() if one.state == "running"])
    studio.command("echo", words="hello", user=studio.bob)
    studio.wait(lambda: len([one for one in studio.messages() if one["content"]]) >= 2)
    script.kill(process)
    gateway.faults.clear()
    script.start()
    studio.wait(lambda: len(studio.files()) == 1)
    studio.wait(lambda: [one for one in studio.messages() if one["content"] == "hello"])
    studio.wait(lambda: len(studio.messages()) == 2)
    assert len(gateway.runs()) == 2
    assert "steps" in gateway.runs()[0].inputs


def test_ended_and_started_again(studio: Studio, gateway: LocalGateway, script: Script) -> None:
    """SIGTERM while a run is under way ends the bot at once and well; the run goes on and is delivered afterwards."""
    process = script.start()
    gateway.faults.stall(at="running", times=1)
    studio.command("text_to_picture", prompt="a fox", steps=1, width=64, height=64)
    studio.wait(lambda: [one for one in gateway.runs() if one.state == "running"])
    assert script.kill(process, signal.SIGTERM) == 0
    gateway.faults.clear()
    script.start()
    studio.wait(lambda: len(studio.files()) == 1 and is_quiet(studio))
    assert [one.state for one in gateway.runs()] == ["success"]


def test_ended_while_it_logs_in(studio: Studio, script: Script) -> None:
    """SIGTERM while Discord does not answer ends it at once and well."""
    studio.fail("hang", "GET", "/users/@me", times=9)
    served = studio.served.discord
    process = script.run("--api-url", served.rest, "--gateway-url", served.socket)
    studio.wait(lambda: [path for _, path, _ in list(studio.world.requests) if path == "/users/@me"])
    assert script.kill(process, signal.SIGTERM) == 0
    assert not [line for line in script.said if "Traceback" in line]


@pytest.mark.parametrize(
    ("token", "said"), [("", "DISCORD_BOT_TOKEN is not set"), ("wrong", "does not know the token")]
)
def test_what_is_wrong_is_one_sentence(studio: Studio, script: Script, token: str, said: str) -> None:
    """Without a token, or with a wrong one, the script says what to do, and ends with 1."""
    process = script.run("--api-url", studio.served.discord.rest, token=token)
    assert process.wait(45) == 1
    studio.wait(lambda: [line for line in script.said if said in line])
    assert not [line for line in script.said if "Traceback" in line]


def test_without_an_account(
    studio: Studio, script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --local nothing but the bot's token is needed: the script has its own gateway, which ends after it."""
    monkeypatch.setattr(script, "variables", {"STATIONTHIS_HOME": str(tmp_path / "alone")})
    process = script.start("--local", wanted="text_to_picture")
    studio.command("text_to_picture", prompt="a fox", steps=1, width=64, height=64)
    studio.wait(lambda: len(studio.files()) == 1 and is_quiet(studio))
    assert script.kill(process, signal.SIGTERM) == 0
