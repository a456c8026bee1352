"""The folder of one bot: what it has fetched and not sent yet, and the lock by which one process alone is at its desk."""

import asyncio
import contextlib
import errno
import os
import shutil
import time
from collections.abc import Collection
from pathlib import Path
from typing import Final

from stationthis_sdk.errors import SaveFailed
from stationthis_sdk.interrupts import carried_through
from stationthis_sdk.logs import logger
from stationthis_sdk.store.atomic import write_atomically

try:
    import fcntl
except ImportError:  # Windows: two processes of one bot are not noticed there
    fcntl = None  # type: ignore[assignment]

__all__ = ["Folder"]

_PAUSE: float = 0.5
_NO_LOCKS: Final = frozenset({errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL})
"""What a file system without locks says."""
_INPUTS: Final = "inputs"
_KEPT_SECONDS: Final = 7 * 86_400.0


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

    def kept(self, key: str) -> Path:
        """Where a file that came along is kept."""
        return self.path / _INPUTS / key

    def keep(self, key: str, content: bytes) -> None:
        """Keep a file that came along, for a week. Waits for the disk.

        Raises:
            SaveFailed: it can't be written.
        """
        path = self.kept(key)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise SaveFailed(f"Can't make {path.parent}: {error.strerror}.") from None
        write_atomically(path, content, mode=0o600)

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
            logger("bots").warning("The folder of a bot can't be locked yet: %s", error)
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return False
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                os.close(lock)
                return False
        self._lock = lock
        return True

    def _swept(self, unfinished: Collection[str]) -> None:
        for one in self.path.iterdir() if self.path.is_dir() else ():
            if one.is_dir() and one.name not in {*unfinished, _INPUTS}:
                shutil.rmtree(one, ignore_errors=True)
        inputs = self.path / _INPUTS
        for one in inputs.iterdir() if inputs.is_dir() else ():
            with contextlib.suppress(OSError):
                if one.stat().st_mtime < time.time() - _KEPT_SECONDS:
                    one.unlink()
