"""SQLite's handle of a ledger: for as long as the file is the same, and closed before a fork."""

import abc
import contextlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

__all__ = ["LedgerHandle"]


class LedgerHandle(abc.ABC):
    """One connection to a ledger, used by whoever holds ``_at_work``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._at_work = threading.Lock()
        self._forking = False
        self._database: sqlite3.Connection | None = None
        self._inode: int | None = None

    def before_fork(self, seconds: float) -> None:
        """Close the file once nobody is at work: SQLite's locks do not survive a fork."""
        self._forking = self._at_work.acquire(timeout=seconds)
        if self._forking:
            self._close()

    def after_fork(self) -> None:
        """Go on, in the parent."""
        if self._forking:
            self._at_work.release()

    @abc.abstractmethod
    def _connect(self) -> "sqlite3.Connection":
        """Open the file anew."""

    def _open(self) -> "sqlite3.Connection":
        inode = self._inode_now()
        if self._database is not None and inode is not None and inode == self._inode:
            return self._database
        self._close()
        self._database = self._connect()
        # Asked for before: of a file that is replaced meanwhile the next look is another one.
        self._inode = self._inode_now() if inode is None else inode
        return self._database

    def _inode_now(self) -> int | None:
        try:
            return self.path.stat().st_ino
        except FileNotFoundError:
            return None

    def _close(self) -> None:
        if self._database is not None:
            with contextlib.suppress(Exception):
                self._database.close()
        self._database = self._inode = None
