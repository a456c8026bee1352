"""Runs by a key of the caller's own: the same key again is the same run, also after a crash on either side.

The id of a submit is made from the key, and stands in the ledger before the run is asked for. So the ledger tells of a
key whether anything was sent, and what came of it; what nobody knows yet is looked for on the service first.
"""

import asyncio
import contextlib
import hashlib
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from stationthis_sdk.errors import AmbiguousSubmit, SaveFailed
from stationthis_sdk.settling import GRACE, settle_many

if TYPE_CHECKING:
    from stationthis_sdk import AsyncRun, AsyncStationThis

try:
    import fcntl
except ImportError:  # Windows: one process is taken care of, two are not
    fcntl = None  # type: ignore[assignment]

__all__ = ["Keys"]

_PAUSE: Final = 0.1
_LONGEST_LOOK: Final = GRACE + 60.0
"""Seconds for which what became of a key is looked for, while the service is away."""


@attrs.define
class _Turn:
    lock: asyncio.Lock = attrs.field(factory=asyncio.Lock)
    wanted: int = 0


class Keys:
    """The keys of one account, in one data folder."""

    def __init__(self, st: "AsyncStationThis") -> None:
        self._st = st
        self._turns: dict[str, _Turn] = {}
        self._elsewhere: dict[str, AsyncRun] = {}  # runs that a gateway here took on while the cloud was away
        self._file: int | None = None
        self._opening = asyncio.Lock()

    def submit_id(self, key: str) -> str:
        """The id that the submit of this key has: the same in every process of the account."""
        ledger = self._st._ready.context.ledger  # noqa: SLF001 - what bots need of the client
        words = json.dumps(["stdio", ledger.service, ledger.account, key])
        return hashlib.sha256(words.encode()).hexdigest()[:32]

    async def run(self, key: str, start: "Callable[[str], Awaitable[AsyncRun]]") -> "tuple[AsyncRun, bool]":
        """The run of this key, and whether it was there already; ``start`` submits it with the id it is given.

        Raises:
            SaveFailed: there is no ledger to keep the key in; nothing was sent.
            AmbiguousSubmit: a submit was lost, and can't be looked up now; nothing was sent again.
        """
        submit_id = self.submit_id(key)
        async with self._turn(submit_id):
            if (found := await self._found(submit_id)) is not None:
                return await self._st.runs.get(found), True
            if (here := self._elsewhere.get(submit_id)) is not None:
                return here, True
            run = await start(submit_id)
            if run.record.submit_id != submit_id:
                self._elsewhere[submit_id] = run
            return run, False

    async def _found(self, submit_id: str) -> str | None:
        context = self._st._ready.context  # noqa: SLF001 - likewise
        # Read in a way that tells "it is not there" from "it can't be read".
        query = "SELECT 1 FROM submits WHERE id = ?"
        read = await context.ledger.do(
            lambda database: (database.execute(query, (submit_id,)).fetchone(),), None
        )
        if read is None:
            why = context.ledger.why or "another program holds it, or the disk is full"
            raise SaveFailed(
                f"Nothing was sent: the key can't be kept, because the ledger {context.ledger.path} can't be used ({why})."
            )
        row = await context.ledger.submit(submit_id) if read[0] is not None else None
        if row is None or row.run_id is not None:
            return None if row is None else row.run_id
        if row.state not in {"sending", "lost"}:
            return None  # refused, or certainly not there: no run came of it
        try:
            async with (
                asyncio.timeout(_LONGEST_LOOK),
                contextlib.aclosing(settle_many(context, [row])) as told,
            ):
                _, run = await anext(told)
        except TimeoutError:
            raise AmbiguousSubmit(
                f"Nobody knows yet what came of submit {submit_id}: the service can't be asked. Nothing was sent again; "
                "the same key again looks further.",
                submit_id=submit_id,
            ) from None
        return None if run is None else run.id

    @contextlib.asynccontextmanager
    async def _turn(self, submit_id: str) -> AsyncIterator[None]:
        """One at a time for each key: in this process, and among all that share the data folder."""
        turn = self._turns.setdefault(submit_id, _Turn())
        turn.wanted += 1
        try:
            async with turn.lock:
                place = int(submit_id[:15], 16)
                file = await self._opened()
                while not await asyncio.to_thread(_lock, file, place):  # noqa: ASYNC110 - another process has it
                    await asyncio.sleep(_PAUSE)
                try:
                    yield
                finally:
                    _unlock(file, place)
        finally:
            turn.wanted -= 1
            if not turn.wanted:
                self._turns.pop(submit_id, None)

    async def _opened(self) -> int:
        """The file of locks; it is never closed, for that would give back all that this process has taken."""
        async with self._opening:
            if self._file is None:
                self._file = await asyncio.to_thread(_open, self._st.settings.home)
            return self._file


def _open(home: Path) -> int:
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(home / "stdio-keys.lock", os.O_RDWR | os.O_CREAT, 0o600)


def _lock(file: int, place: int) -> bool:
    """Take one byte of a file that nobody writes; a process that ends gives it back."""
    if fcntl is not None:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except (BlockingIOError, PermissionError):
            return False
        except OSError:
            pass  # a file system without locks
    return True


def _unlock(file: int, place: int) -> None:
    if fcntl is not None:
        with contextlib.suppress(OSError):
            fcntl.lockf(file, fcntl.LOCK_UN, 1, place)
