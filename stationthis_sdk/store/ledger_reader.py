"""Reading the ledger on the very thread that wants to know: to wake the ledger's own takes longer than to read."""

import contextlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

__all__ = ["LedgerReader"]

T = TypeVar("T")


class LedgerReader:
    """A connection of its own to a ledger that is there, so that nobody waits for who reads, and who reads for nobody."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reading = threading.Lock()
        self._forking = False
        self._database: sqlite3.Connection | None = None
        self._inode: int | None = None

    def read(self, work: "Callable[[sqlite3.Connection], T]") -> tuple[T] | None:
        """What one statement finds; None where that can't be told just now, for whatever reason."""
        if (
            self._reading.locked()
        ):  # by another thread; or by this one, into which a signal's handler has come
            return None
        with self._reading:
            try:
                return (work(self._open()),)
            except Exception:  # noqa: BLE001 - the ledger's own thread tells what is wrong with it
                self._close()
                return None

    def close(self) -> None:
        """Close the file."""
        with self._reading:
            self._close()

    def before_fork(self, seconds: float) -> None:
        """Close the file once nobody reads: SQLite's locks do not survive a fork."""
        self._forking = self._reading.acquire(timeout=seconds)
        if self._forking:
            self._close()

    def after_fork(self) -> None:
        """Go on, in the parent."""
        if self._forking:
            self._reading.release()

    def _open(self) -> "sqlite3.Connection":
        inode = self._path.stat().st_ino
        if self._database is not None and inode == self._inode:
            return self._database
        self._close()
        import sqlite3  # noqa: PLC0415 - some Pythons have none

        address = f"{self._path.absolute().as_uri()}?mode=rw"  # never makes one
        database = sqlite3.connect(
            address, uri=True, timeout=0, isolation_level=None, check_same_thread=False
        )
        database.row_factory = sqlite3.Row
        self._database, self._inode = database, inode
        return database

    def _close(self) -> None:
        if self._database is not None:
            with contextlib.suppress(Exception):
                self._database.close()
        self._database = self._inode = None
