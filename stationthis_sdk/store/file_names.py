"""Which output has which name in a folder of results: so that no two ever overwrite each other, in whatever processes.

One SQLite file, ``names.db`` in the data folder. Deleting it loses nothing but the memory: what a file holds tells, too.

names: one row for each name in use.
    folder    16 hexadecimal digits: a hash of the folder's path or address
    name      the path within the folder, as disks see it that mind no capitals
    path      the same, as it is written
    owner     16 hexadecimal digits: a hash of batch, row and the output's place in its run
    placed    1 when the file was there in full; until then since at somebody is at it
    at        seconds since 1970
"""

import contextlib
import hashlib
import os
import threading
import time
import unicodedata
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import orjson

from stationthis_sdk.logs import logger

if TYPE_CHECKING:
    import sqlite3

__all__ = ["FileNames", "leave_names", "owner_of", "same_name"]

T = TypeVar("T")

_Found = tuple[str, int, float, str]
"""Whose it is, whether its file was there, since when, and how it is written."""
_BUSY_SECONDS: Final = 30.0
_AT_IT_SECONDS: Final = 3600.0
"""Nobody is at one file for longer: a name that was taken and never used is free again."""
_TABLE: Final = """
    CREATE TABLE IF NOT EXISTS names (
        folder TEXT NOT NULL, name TEXT NOT NULL, path TEXT NOT NULL, owner TEXT NOT NULL, placed INTEGER NOT NULL, at REAL NOT NULL,
        PRIMARY KEY (folder, name)
    ) WITHOUT ROWID
"""


def owner_of(*parts: object) -> str:
    """A short name of whose a file is.

    >>> owner_of("autumn", 7, 1) == owner_of("autumn", 71)
    False
    """
    return hashlib.sha256(orjson.dumps([str(part) for part in parts])).hexdigest()[:16]


def same_name(name: str) -> str:
    """One text for all names that some disk takes for one.

    >>> same_name("Lamp.png") == same_name("lamp.PNG")
    True
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


class FileNames:
    """The names in one folder. Every method blocks; where the file can't be used, this process alone remembers."""

    def __init__(self, path: Path, folder: str) -> None:
        self._path = path
        self._folder = owner_of(folder)

    def take(self, owner: str, candidates: Iterable[str], is_free: Callable[[str, bool], bool]) -> str:
        """The first name that is this owner's, or nobody's: ``is_free`` tells of a name, and whether it had an owner.

        A name whose file is gone, or never came, is nobody's again.
        """
        for name in candidates:
            found = self._do(partial(self._read, name))
            if found is not None and found[0] == owner:
                return found[3]
            if found is not None and not found[1] and time.time() < found[2] + _AT_IT_SECONDS:
                continue
            free = is_free(name, False) if found is None else is_free(found[3], True)
            if free and self._do(partial(self._write, name, owner, found)):
                return name
        raise AssertionError("there is always a next name")

    def placed(self, owner: str, name: str) -> None:
        """The file is there in full."""
        sql = "UPDATE names SET placed = 1, at = ? WHERE folder = ? AND name = ? AND owner = ?"
        values = (time.time(), self._folder, same_name(name), owner)
        self._do(lambda database: database.execute(sql, values))

    def _read(self, name: str, database: "sqlite3.Connection") -> _Found | None:
        sql = "SELECT owner, placed, at, path FROM names WHERE folder = ? AND name = ?"
        found: _Found | None = database.execute(sql, (self._folder, same_name(name))).fetchone()
        return found

    def _write(self, name: str, owner: str, before: _Found | None, database: "sqlite3.Connection") -> bool:
        """Take it, unless somebody has been quicker."""
        now = time.time()
        if before is None:
            sql = "INSERT OR IGNORE INTO names VALUES (?, ?, ?, ?, 0, ?)"
            values: tuple[object, ...] = (self._folder, same_name(name), name, owner, now)
            return database.execute(sql, values).rowcount == 1
        sql = "UPDATE names SET path = ?, owner = ?, placed = 0, at = ? WHERE folder = ? AND name = ? AND owner = ? AND at = ?"
        values = (name, owner, now, self._folder, same_name(name), before[0], before[2])
        return database.execute(sql, values).rowcount == 1

    def _do(self, work: "Callable[[sqlite3.Connection], T]") -> T:
        import sqlite3  # noqa: PLC0415 - with the first file

        with _lock:
            database = _databases.get(self._path) or _databases.setdefault(self._path, _opened(self._path))
            try:
                return work(database)
            except sqlite3.Error as error:
                _databases[self._path] = _in_memory(self._path, error)
                return work(_databases[self._path])


_lock = threading.Lock()
_databases: "dict[Path, sqlite3.Connection]" = {}
_parents: "list[sqlite3.Connection]" = []


def leave_names(folder: Path) -> None:
    """Close the names of a data folder that is about to go."""
    with _lock:
        database = _databases.pop(folder / "names.db", None)
    if database is not None:
        database.close()


def _opened(path: Path) -> "sqlite3.Connection":
    import sqlite3  # noqa: PLC0415 - likewise

    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        database = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            database.execute(_TABLE)
        except sqlite3.Error:
            database.close()
            raise
    except (sqlite3.Error, OSError) as error:
        return _in_memory(path, error)
    return database


def _in_memory(path: Path, error: Exception) -> "sqlite3.Connection":
    import sqlite3  # noqa: PLC0415 - likewise

    logger("store").warning(
        "Names of saved files are not kept in %s (%s): this process alone knows which row has which.",
        path,
        error,
    )
    database = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    database.execute(_TABLE)
    return database


def _in_child() -> None:
    """A child opens its own: what SQLite thinks of its parent's locks is wrong there, also when it closes."""
    global _lock  # noqa: PLW0603 - another thread of the parent may have held it
    _lock = threading.Lock()
    _parents.extend(_databases.values())
    _databases.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
