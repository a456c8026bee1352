"""The ledger's file: opened when it is needed, migrated, one thread that does everything in order; given up with a word."""

import asyncio
import contextlib
import errno
import os
import socket
import weakref
from collections import defaultdict, deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

import attrs
import orjson

from stationthis_sdk.logs import logger
from stationthis_sdk.store.ledger_handle import LedgerHandle
from stationthis_sdk.store.ledger_reader import LedgerReader
from stationthis_sdk.store.ledger_schema import MIGRATIONS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Container, Iterator, Mapping, Sequence

__all__ = ["HOST", "LedgerFile", "as_json", "holder_lives", "is_alive", "leave_ledger", "ledger_file"]

T = TypeVar("T")
K = TypeVar("K")

HOST: Final = socket.gethostname()
_BUSY_SECONDS: Final = 60.0
"""For how long another process may hold the file: SQLite's waiting is not in turn, and a slow disk takes its time."""
_PASSING: Final = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOSPC, errno.EIO, errno.ESTALE, errno.EINTR, errno.EAGAIN}
)
"""Troubles of a disk or a process that may be over the next time."""
_FORK_SECONDS: Final = _BUSY_SECONDS + 5.0
_TOGETHER: Final = 256
_CACHE_KIB: Final = 32_768
"""Rows of batches stand in no order: with the 2 MB that SQLite takes by itself, each is fetched from the file again."""
_LOG_PAGES: Final = 8_192
"""For the same reason what is written goes from the log into the file seldom: with 1,000 pages each few commits do that."""


@attrs.frozen(eq=False)
class _Asked(Generic[T]):
    """What the ledger is asked for; done again where others' work failed beside it."""

    otherwise: T
    waiter: "asyncio.Future[T] | None"
    reads: bool

    @property
    def is_wanted(self) -> bool:
        """Whether it is to be done: whoever waited may have been cancelled before its turn came."""
        return self.waiter is None or not self.waiter.cancelled()


@attrs.frozen(eq=False)
class _Work(_Asked[T]):
    """Something to do with the database, whole or not at all."""

    work: "Callable[[sqlite3.Connection], T]"


@attrs.frozen(eq=False)
class _Look(_Asked[T | None]):
    """Something to be found by its key, together with all else that is just then looked for in the same way."""

    find: "Callable[[sqlite3.Connection, Sequence[Any]], Mapping[Any, T]]"
    key: Any


@attrs.frozen(eq=False)
class _Done(Generic[T]):
    """What came of it."""

    waiter: "asyncio.Future[T] | None"
    value: T | None = None
    error: BaseException | None = None

    def tell(self) -> None:
        """Tell whoever waits, on the loop on which that is."""
        if self.waiter is None or self.waiter.done():
            return
        if self.error is not None:
            self.waiter.set_exception(self.error)
        else:
            self.waiter.set_result(cast("T", self.value))


class LedgerFile(LedgerHandle):
    """The ledger of one data folder. Everything happens on a thread of its own, in the order it is asked for.

    Where it can't be written (no disk, no right to), ``why`` says so, and work goes on without: a submit of a process
    that is killed is then nobody's knowledge. A ledger of a newer version is left alone.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.why: str | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="stationthis-ledger")
        self._waiting: deque[_Asked[Any]] = deque()
        self._is_called = False
        self._turning: weakref.WeakSet[asyncio.AbstractEventLoop] = weakref.WeakSet()
        self._told: set[str] = set()
        self._reader = LedgerReader(path)

    def begin(
        self, work: "Callable[[sqlite3.Connection], T]", otherwise: T, *, reads: bool = False
    ) -> "asyncio.Future[T]":
        """Begin to do something, whole or not at all; whoever does not want the answer any more cancels it.

        otherwise: the answer of a ledger that can't be used.
        reads: it is one statement, which writes nothing, and so need not wait until other processes have written.
        """
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[T] = loop.create_future()
        self._begin(loop, _Work(otherwise, waiter, reads, work))
        return waiter

    def look(
        self, find: "Callable[[sqlite3.Connection, Sequence[K]], Mapping[K, T]]", key: K
    ) -> "asyncio.Future[T | None]":
        """Begin to look for something by its key; ``find`` finds all that are looked for at once, in one statement."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[T | None] = loop.create_future()
        self._begin(loop, _Look(None, waiter, True, find, key))
        return waiter

    def find_here(
        self, find: "Callable[[sqlite3.Connection, Sequence[K]], Mapping[K, T]]", key: K
    ) -> "tuple[T | None] | None":
        """What there is of this key, read on this very thread; None where that would stop a loop, wait or fail."""
        with contextlib.suppress(RuntimeError):
            asyncio.get_running_loop()
            return None
        # What was asked for before is done before.
        if self._database is None or self._waiting or self._at_work.locked():
            return None
        return self._reader.read(lambda database: find(database, [key]).get(key))

    def do_soon(self, work: "Callable[[sqlite3.Connection], object]") -> None:
        """The same, without waiting for it."""
        self._waiting.append(_Work(None, None, False, work))
        self._call()

    def close(self) -> None:
        """Write what is still to be written, close the file, end the thread."""
        self._thread.submit(self._work_off)
        self._thread.submit(self._close)
        self._thread.shutdown()
        self._reader.close()

    def before_fork(self, seconds: float = _FORK_SECONDS) -> None:
        """Finish what is under way and close the file, and the reader's."""
        self._reader.before_fork(seconds)
        super().before_fork(seconds)

    def after_fork(self) -> None:
        """Go on, in the parent."""
        super().after_fork()
        self._reader.after_fork()

    def _begin(self, loop: asyncio.AbstractEventLoop, work: _Asked[Any]) -> None:
        self._waiting.append(work)
        if loop not in self._turning:
            loop.call_soon(self._end_turn, loop)
            self._turning.add(loop)  # last: Ctrl-C may come between

    def _end_turn(self, loop: asyncio.AbstractEventLoop) -> None:
        """Call the thread once for all that was begun in one turn of a loop: calling it takes longer than a read."""
        self._turning.discard(loop)
        try:
            self._call()
        except RuntimeError as ended:
            while works := self._next_works():
                _tell([_Done(one.waiter, error=ended) for one in works])

    def _call(self) -> None:
        if not self._is_called:
            try:
                self._is_called = True
                self._thread.submit(self._work_off)
            except BaseException:  # the thread has ended, or Ctrl-C: whoever comes next calls it
                self._is_called = False
                raise

    def _work_off(self) -> None:
        """Do what waits, all in one transaction: a disk takes as long to keep a hundred changes as to keep one."""
        self._is_called = False  # before it looks what waits: what is taken from now on is called for again
        while self._waiting:
            with self._at_work:
                done = self._do(self._next_works())
            _tell(done)

    def _next_works(self) -> "list[_Asked[Any]]":
        works: list[_Asked[Any]] = []
        with contextlib.suppress(IndexError):
            while len(works) < _TOGETHER:
                one = self._waiting.popleft()
                if one.is_wanted:
                    works.append(one)
        return works

    def _do(self, works: "Sequence[_Asked[Any]]") -> "list[_Done[Any]]":
        if len(works) > 1 and self.why is None:
            try:
                return self._commit(works)
            except Exception:  # noqa: BLE001 - whose fault it is shows when each is done by itself
                self._close()
        done: list[_Done[Any]] = []
        for at, one in enumerate(works):
            this, is_held = self._guarded(one)
            done.append(this)
            if is_held:
                # Each that writes would wait as long again.
                rest = works[at + 1 :]
                done += [self._guarded(other)[0] for other in rest if other.reads]
                return [*done, *(_Done(other.waiter, other.otherwise) for other in rest if not other.reads)]
        return done

    def _guarded(self, one: "_Asked[T]") -> "tuple[_Done[T], bool]":
        """What came of it, or its other answer; and whether another program holds the file."""
        otherwise = _Done(one.waiter, one.otherwise)
        if self.why is not None:
            return otherwise, False
        try:
            import sqlite3  # noqa: PLC0415 - some Pythons have none
        except ImportError:
            self._unusable("this Python has no sqlite3")
            return otherwise, False
        try:
            (done,) = self._commit([one])
        except (sqlite3.Error, OSError) as error:
            self._unusable(f"{type(error).__name__}: {error}", for_now=_passes(error))
            return otherwise, getattr(error, "sqlite_errorname", "") == "SQLITE_BUSY"
        except BaseException as error:  # noqa: BLE001 - whoever waits must hear of it
            return _Done(one.waiter, error=error), False
        return done, False

    def _commit(self, works: "Sequence[_Asked[T]]") -> "list[_Done[T]]":
        looks: defaultdict[Any, list[_Look[Any]]] = defaultdict(list)
        with self._transaction(reads=all(one.reads for one in works)) as database:
            done: list[_Done[Any]] = []
            for one in works:
                if isinstance(one, _Look):
                    looks[one.find].append(one)
                elif isinstance(one, _Work):
                    done.append(_Done(one.waiter, one.work(database)))
            for find, alike in looks.items():
                found = find(database, [one.key for one in alike])
                done += [_Done(one.waiter, found.get(one.key)) for one in alike]
        return done

    def _unusable(self, why: str, *, for_now: bool = False) -> None:
        self.why = None if for_now else why
        if why not in self._told:
            self._told.add(why)
            logger("store").warning(
                "The ledger %s can't be used (%s): a submit whose process is killed can't be found again by itself.",
                self.path,
                why,
            )
        self._close()

    @contextlib.contextmanager
    def _transaction(self, *, reads: bool) -> "Iterator[sqlite3.Connection]":
        database = self._open()
        if reads:
            yield database  # each statement for itself
            return
        database.execute("BEGIN IMMEDIATE")
        try:
            yield database
        except BaseException:
            database.execute("ROLLBACK")
            raise
        database.execute("COMMIT")

    def _connect(self) -> "sqlite3.Connection":
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made with the right to nobody else before SQLite writes the first page.
        with contextlib.suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        import sqlite3  # noqa: PLC0415 - likewise

        database = sqlite3.connect(
            self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            database.row_factory = sqlite3.Row
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = FULL")
            database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            database.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
            _migrate(database)
        except BaseException:
            database.close()
            raise
        return database


def _tell(done: "Sequence[_Done[Any]]") -> None:
    """Tell those who wait, all of a loop in one go: each wakes it, and takes turns with it."""
    by_loop: defaultdict[asyncio.AbstractEventLoop, list[_Done[Any]]] = defaultdict(list)
    for one in done:
        if one.waiter is not None:
            by_loop[one.waiter.get_loop()].append(one)
    for loop, some in by_loop.items():
        with contextlib.suppress(RuntimeError):  # that loop has ended
            loop.call_soon_threadsafe(_tell_all, some)


def _tell_all(done: "Sequence[_Done[Any]]") -> None:
    for one in done:
        one.tell()


def _passes(error: Exception) -> bool:
    """Whether the next time may be better (a full disk, a file that is held); what may not be written stays like that."""
    if isinstance(error, OSError):
        return error.errno in _PASSING
    name = getattr(error, "sqlite_errorname", "")
    return type(error).__name__ == "OperationalError" and not name.startswith(
        ("SQLITE_READONLY", "SQLITE_PERM")
    )


_files: dict[Path, LedgerFile] = {}
"""By their folders."""
_of_parents: list[LedgerFile] = []
"""Kept for good: what a parent could not close before the fork is not the child's to close."""


def ledger_file(folder: Path) -> LedgerFile:
    """The ledger of a data folder, one in each process."""
    return _files.get(folder) or _files.setdefault(folder, LedgerFile(folder / "ledger.db"))


def leave_ledger(folder: Path) -> None:
    """Close the ledger of a folder that is about to go, and end its thread."""
    ledger = _files.pop(folder, None)
    if ledger is not None:
        ledger.close()


def _before_fork() -> None:
    for one in _files.values():
        one.before_fork()


def _after_fork() -> None:
    for one in _files.values():
        one.after_fork()


def _forked() -> None:
    _of_parents.extend(_files.values())
    _files.clear()


if hasattr(os, "register_at_fork"):
    # A child has none of its parent's threads, and a ledger of its own.
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_forked)


def _migrate(database: "sqlite3.Connection") -> None:
    """Bring it to today's form, step by step; another process may do the same at this moment."""
    if _version(database) == len(MIGRATIONS):
        return
    database.execute("BEGIN IMMEDIATE")
    try:
        version = _version(database)
        _check_version(version)
        for number, script in enumerate(MIGRATIONS[version:], version + 1):
            for statement in script:
                database.execute(statement)
            database.execute(f"PRAGMA user_version = {number}")
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def _version(database: "sqlite3.Connection") -> int:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    return int(version)


def _check_version(version: int) -> None:
    if version > len(MIGRATIONS):
        raise OSError(f"it is of a newer version ({version}) of this SDK")


def as_json(value: Any) -> str:
    """A value as the text that a column has of it."""
    return orjson.dumps(value).decode()


def holder_lives(holder: str, pid: int | None, living: "Container[str]") -> bool:
    """Whether a holder of this machine is still there.

    One of this process is among the ``living``, else it is of a process before us that had our number.
    """
    return holder in living if pid == os.getpid() else is_alive(pid or 0)


def is_alive(pid: int) -> bool:
    """Whether a process of this machine lives, as far as can be told."""
    if pid == os.getpid():
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
