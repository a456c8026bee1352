"""One folder of copies: a database on a thread of its own, which is never a reason for anything else to fail."""

import asyncio
import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

import attrs
import orjson

from stationthis_sdk.logs import logger
from stationthis_sdk.store.changes import Changes, Moment

__all__ = ["Label", "Shelf", "leave_shelf", "shelf_of"]

T = TypeVar("T")

SIZE_LIMIT: Final = 512 << 20
_BUSY_SECONDS: Final = 5.0
_KEPT_SECONDS: Final = 60 * 86_400.0
_SMALL: Final = 1 << 15
_CHANGES: Final = "cache.db-changes"
"""diskcache takes files away that it does not know, but for those that are called as its own."""


@attrs.frozen
class Label:
    """What is known of a copy without reading it: which one it is, when the service said it, under which tokens."""

    version: str
    at: float
    tokens: tuple[str, str]


class Shelf:
    """The copies of one folder, of any account. Every method but ``do`` and ``moment`` runs on the shelf's thread.

    Without sqlite3, on a disk that is full, read-only or broken, ``why`` says what is the matter, and nothing is kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.why: str | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="stationthis-cache")
        self._cache: Any = None
        self._inode: int | None = None
        self._changes: Changes | None = None

    def moment(self) -> Moment | None:
        """While this is the same, no process has changed anything; None when nobody can tell without ``do``.

        A folder that was moved by hand is missed by ``do`` only.
        """
        changes = self._changes
        return None if changes is None else changes.moment()

    async def do(self, work: Callable[[], T], otherwise: T) -> T:
        """Do some work on the shelf's thread; ``otherwise`` is the answer of a shelf that can't be used."""
        loop = asyncio.get_running_loop()
        try:
            working = loop.run_in_executor(self._thread, self._guarded, work, otherwise)
        except RuntimeError:  # Python itself is ending, and takes no more work
            return otherwise
        return await working

    def _guarded(self, work: Callable[[], T], otherwise: T) -> T:
        if self.why is not None:
            return otherwise
        try:
            return self._mended(work)
        except Exception as error:  # noqa: BLE001 - a cache that fails is a cache that is not there
            self._give_up(error)
            return otherwise

    def _mended(self, work: Callable[[], T]) -> T:
        """Do it; once more on a new database when the present one is damaged."""
        import sqlite3  # noqa: PLC0415 - some Pythons have none

        import diskcache  # noqa: PLC0415 - with the first copy

        self._open()
        try:
            return work()
        except diskcache.Timeout:
            raise sqlite3.OperationalError("another process holds it for too long") from None
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            self._set_aside(error)
            self._open()
            return work()

    def _give_up(self, error: Exception) -> None:
        missing = isinstance(error, ImportError)
        self.why = "this Python has no sqlite3" if missing else f"{type(error).__name__}: {error}"
        logger("store").warning(
            "Answers are not kept in %s (%s): everything is asked anew.", self.folder, self.why
        )
        self.close()

    def _open(self) -> None:
        database = self.folder / "cache.db"
        try:
            inode = database.stat().st_ino
        except FileNotFoundError:
            inode = None
        if self._cache is not None and inode == self._inode and self.moment() is not None:
            return
        self.close()  # somebody has taken the folder away, or put another in its place
        import sqlite3  # noqa: PLC0415 - likewise

        import diskcache  # noqa: PLC0415 - likewise

        from stationthis_sdk.store.disk import PlainDisk  # noqa: PLC0415 - likewise

        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.name == "posix" and self.folder.stat().st_mode & 0o077:
            self.folder.chmod(0o700)
        settings = {"size_limit": SIZE_LIMIT, "disk_min_file_size": _SMALL, "disk": PlainDisk}
        try:
            self._cache = diskcache.Cache(str(self.folder), timeout=_BUSY_SECONDS, **settings)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            self._set_aside(error)
            self._cache = diskcache.Cache(str(self.folder), timeout=_BUSY_SECONDS, **settings)
        for name in ("cache.db", "cache.db-wal", "cache.db-shm"):
            with contextlib.suppress(FileNotFoundError):
                (self.folder / name).chmod(0o600)
        self._changes = Changes(self.folder / _CHANGES)
        self._inode = database.stat().st_ino

    def _set_aside(self, error: Exception) -> None:
        """A damaged database: kept beside for whoever wants to look, never in the way."""
        self.close()
        aside = self.folder.with_name(f"{self.folder.name}-damaged")
        shutil.rmtree(aside, ignore_errors=True)
        self.folder.rename(aside)
        Changes(aside / _CHANGES).note()  # for those who have it open
        logger("store").warning(
            "The copies of answers were damaged (%s): moved to %s, begun anew.", error, aside
        )

    def leave(self) -> None:
        """Close the database and end the thread."""
        self._thread.submit(self.close)
        self._thread.shutdown()

    def close(self) -> None:
        """Close the database; the next use opens it again."""
        if self._cache is not None:
            with contextlib.suppress(Exception):
                self._cache.close()
        self._cache = self._inode = self._changes = None

    def _changed(self) -> None:
        """What was changed is on the disk: nobody goes on with what was seen before."""
        if self._changes is not None:
            self._changes.note()

    # What is kept: a label a copy (l), the copy itself under its version (c), tokens that writes change (t), and who
    # is fetching just now (f). Keys are kind-first within a scope, so that a kind is a prefix.

    def label(self, scope: str, kind: str, key: str) -> Label | None:
        """The label of a copy, if there is one."""
        found = _json(self._cache.get(f"l:{scope}:{kind}:{key}"))
        match found:
            case {"version": str(version), "at": int() | float() as at, "tokens": [str(one), str(other)]}:
                return Label(version, float(at), (one, other))
        return None

    def content(self, label: Label) -> bytes | None:
        """The copy itself; None when another has taken its place meanwhile."""
        found = self._cache.get(f"c:{label.version}")
        return found if isinstance(found, bytes) else None

    def put(
        self, scope: str, kind: str, key: str, content: bytes, at: float, tokens: tuple[str, str]
    ) -> Label:
        """Put a copy in the place of the one before: a reader sees the one or the other, whole."""
        label = Label(secrets.token_hex(12), at, tokens)
        written = orjson.dumps({"version": label.version, "at": at, "tokens": tokens})
        with self._cache.transact():
            before = self.label(scope, kind, key)
            if before is not None and before.at > at and before.tokens == self.tokens(scope, kind, key):
                return before  # a fetch that began earlier and came later
            self._cache.set(f"c:{label.version}", content, expire=_KEPT_SECONDS)
            self._cache.set(f"l:{scope}:{kind}:{key}", written, expire=_KEPT_SECONDS)
            if before is not None:
                self._cache.delete(f"c:{before.version}")
        self._changed()
        return label

    def tokens(self, scope: str, kind: str, key: str) -> tuple[str, str]:
        """What a copy must have been fetched under to be current: a token of its kind, and one of its own."""
        return self._token(f"t:{scope}:{kind}"), self._token(f"t:{scope}:{kind}:{key}")

    def _token(self, name: str) -> str:
        found = self._cache.get(name)
        return found.decode("ascii", "replace") if isinstance(found, bytes) else ""

    def forget(self, scope: str, kind: str, key: str | None = None) -> None:
        """Change a token: every copy fetched, or being fetched, under the old one is out of date."""
        name = f"t:{scope}:{kind}" if key is None else f"t:{scope}:{kind}:{key}"
        self._cache.set(name, secrets.token_hex(8).encode(), expire=_KEPT_SECONDS)
        self._changed()

    def begin(self, scope: str, kind: str, key: str, seconds: float) -> str | None:
        """Be the one who fetches, for so long at most; None when somebody else is, in whatever process."""
        name, mine = f"f:{scope}:{kind}:{key}", secrets.token_hex(8)
        with self._cache.transact():
            if _is_alive(_json(self._cache.get(name))):
                return None
            claim = {"who": mine, "pid": os.getpid(), "host": _HOST, "until": time.time() + seconds}
            self._cache.set(name, orjson.dumps(claim), expire=seconds)
        return mine

    def end(self, scope: str, kind: str, key: str, mine: str) -> None:
        """Let others fetch again."""
        name = f"f:{scope}:{kind}:{key}"
        with self._cache.transact():
            claim = _json(self._cache.get(name))
            if isinstance(claim, dict) and claim.get("who") == mine:
                self._cache.delete(name)

    def labels(self, scope: str) -> Iterator[tuple[str, str, Label, int]]:
        """Kind, key, label and size in bytes of each copy of an account."""
        prefix = f"l:{scope}:"
        for name in list(self._cache.iterkeys()):
            if name.startswith(prefix):
                kind, _, key = name.removeprefix(prefix).partition(":")
                label = self.label(scope, kind, key)
                content = self.content(label) if label else None
                if label is not None and content is not None:
                    yield kind, key, label, len(content)

    def clear(self, scope: str, kind: str | None, concerned: Callable[[str, bytes], bool]) -> int:
        """Take an account's copies away, of a kind or of all, as far as they are concerned; how many there were."""
        found = [
            (one, key, label)
            for one, key, label, _ in self.labels(scope)
            if kind in {None, one} and concerned(key, self.content(label) or b"")
        ]
        for one, key, label in found:
            self.forget(scope, one)  # what is on its way just now was asked before
            with self._cache.transact():
                self._cache.delete(f"l:{scope}:{one}:{key}")
                self._cache.delete(f"c:{label.version}")
        self._changed()
        return len(found)

    def verify(self) -> tuple[int, int]:
        """Look at every row: how many there are, and how many were none of ours and were taken away."""
        from stationthis_sdk.store.disk import BINARY, RAW, is_inside  # noqa: PLC0415 - with the first copy

        sql = self._cache._sql  # noqa: SLF001 - diskcache reads keys before anybody could look at them
        rows = sql("SELECT rowid, key, raw, mode, filename, expire_time FROM Cache").fetchall()
        refused = [
            row
            for row, key, raw, mode, filename, _ in rows
            if not (raw and isinstance(key, str) and key[:2] in {"l:", "c:", "t:", "f:"})
            or mode not in {RAW, BINARY}
            or (mode == BINARY and not is_inside(filename))
        ]
        for row in refused:
            sql("DELETE FROM Cache WHERE rowid = ?", (row,))
        import warnings  # noqa: PLC0415 - only here

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of each file it takes away
            self._cache.check(fix=True)
        self._changed()
        return len(rows), len(refused)

    def volume(self) -> int:
        """Bytes on disk."""
        return int(self._cache.volume())


_HOST: Final = os.uname().nodename if hasattr(os, "uname") else ""
_shelves: dict[Path, Shelf] = {}


def shelf_of(folder: Path) -> Shelf:
    """The shelf of a folder, one in each process."""
    return _shelves.get(folder) or _shelves.setdefault(folder, Shelf(folder))


def leave_shelf(folder: Path) -> None:
    """Close the copies of a folder that is about to go, and end their thread."""
    shelf = _shelves.pop(folder, None)
    if shelf is not None:
        shelf.leave()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_shelves.clear)  # a child has none of its parent's threads


def _json(content: Any) -> Any:
    try:
        return orjson.loads(content) if isinstance(content, bytes) else None
    except orjson.JSONDecodeError:
        return None


def _is_alive(claim: Any) -> bool:
    """Whether somebody is still fetching: in time, and not known to be dead."""
    match claim:
        case {"pid": int(pid), "host": str(host), "until": int() | float() as until}:
            if time.time() >= until:
                return False
            if host != _HOST or os.name != "posix":
                return True
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return False
            except OSError:
                return True
            return True
    return False
