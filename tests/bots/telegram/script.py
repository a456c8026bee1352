"""The script of the bot, in processes of their own."""

import contextlib
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

from stationthis_sdk.testing import LocalGateway
from tests.bots.telegram.served import TOKEN, BotApi

SCRIPT = Path(__file__).parents[3] / "scripts" / "telegram_bot.py"
PATIENCE = 45.0


def until(reached: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """Wait until it is so; what it was then."""
    over = time.monotonic() + seconds
    while not (found := reached()):
        assert time.monotonic() < over, "it was not so in time"
        time.sleep(0.02)
    return found


@attrs.define
class Script:
    """The script, as often as it is started."""

    api: BotApi
    gateway: LocalGateway
    folder: Path
    processes: "list[subprocess.Popen[str]]" = attrs.Factory(list)

    @property
    def home(self) -> Path:
        return Path(self.gateway.variables["STATIONTHIS_HOME"])

    @property
    def log(self) -> Path:
        return self.folder / "stderr.txt"

    def start(self, *arguments: str, **variables: str) -> "subprocess.Popen[str]":
        environment = {**self.gateway.environment(), "TELEGRAM_BOT_TOKEN": TOKEN, **variables}
        command = [sys.executable, str(SCRIPT), "--base-url", f"http://127.0.0.1:{self.api.port}", *arguments]
        with self.log.open("a") as log:
            process = subprocess.Popen(
                command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
            )
        self.processes.append(process)
        return process

    def parts(self) -> list[str]:
        """The states of all parts, as the bot has written them down."""
        with contextlib.closing(
            sqlite3.connect(f"file:{self.home / 'ledger.db'}?mode=ro", uri=True)
        ) as database:
            return [state for (state,) in database.execute("SELECT state FROM bot_parts ORDER BY number")]
