"""The folder of one bot: what it has fetched and not sent yet, and the lock by which one process alone is at its desk."""

import asyncio
import os
import shutil
from collections.abc import Collection
from pathlib import Path

from stationthis_sdk.interrupts import carried_through
from stationthis_sdk.logs import logger

try:
    import fcntl
except ImportError:  # Windows: two processes of one bot are not noticed there
    fcntl = None  # type: ignore[assignment]

__all__ = ["Folder"]

_PAUSE: float = 0.5


class Folder:
    """``bots/<bot>`` in the data folder; nobody else may read it."""

    def __init__(self, home: Path, bot: str) -> None:
        self.path = home / "bots" / "".join(one if one.isalnum() else "-" for one in bot)
        self._lock: int | None = None

    def of(self, job: str) -> Path:
        """Where the files of one job wait."""
        return self.path / job

    async def take(self, bot: str) -> None:
        """Wait until no other process is at the desk: two at once would run and send what is unfinished twice."""
        told = False
        while not await carried_through(asyncio.to_thread(self._taken)):
            if not told:
                logger("bots").warning(
                    "Another process is at the desk of %s: this one begins to work when that has ended.", bot
                )
                told = True
            await asyncio.sleep(_PAUSE)

    def leave(self) -> None:
        """Let another have it."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def sweep(self, unfinished: Collection[str]) -> None:
        """Take away what was left of jobs that have ended."""
        await asyncio.to_thread(self._swept, unfinished)

    def _taken(self) -> bool:
        if self._lock is not None or fcntl is None:
            return True
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            logger("bots").warning("The folder of a bot can't be locked: %s", error)
            return True
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return False
        except OSError:
            pass  # a file system without locks
        self._lock = lock
        return True

    def _swept(self, unfinished: Collection[str]) -> None:
        for one in self.path.iterdir() if self.path.is_dir() else ():
            if one.is_dir() and one.name not in unfinished:
                shutil.rmtree(one, ignore_errors=True)
