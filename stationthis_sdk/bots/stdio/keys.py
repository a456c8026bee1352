"""Runs by a key of the caller's own: the same key again is the same run, also after a crash on either side.

The id of a submit is made from the key, the account and the wish, and stands in the ledger before the run is asked for.
So the ledger tells of a key whether anything was sent, and what came of it; what nobody knows yet is looked for on the
service first.
"""

import asyncio
import contextlib
import hashlib
import json
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import attrs

from stationthis_sdk.bots.stdio.checking import cut
from stationthis_sdk.errors import AmbiguousSubmit, InvalidInput, NotFound, SaveFailed
from stationthis_sdk.places import is_nearby
from stationthis_sdk.settling import GRACE, LONGEST_POST, as_submitted, look, settle_many
from stationthis_sdk.store.ledger import OPEN, SubmitRow, submit_of

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
        self._elsewhere: dict[
            str, tuple[str, AsyncRun]
        ] = {}  # runs that a gateway here took on while the cloud was away
        self._file: int | None = None
        self._opening = asyncio.Lock()

    async def run(
        self, key: str, wish: object, start: "Callable[[str], Awaitable[AsyncRun]]"
    ) -> "tuple[AsyncRun, bool]":
        """The run of this key, and whether it was there already; ``start`` submits it with the id it is given.

        ``wish`` is what the key is for, as JSON: another than the one it was used for is refused.

        Raises:
            InvalidInput: the key is of another wish; nothing was sent.
            SaveFailed: there is no ledger to keep the key in; nothing was sent.
            AmbiguousSubmit: a submit was lost, and can't be looked up now; nothing was sent again.
        """
        ledger = self._st._ready.context.ledger  # noqa: SLF001 - what bots need of the client
        # Looked for by its first half, so that it is found whoever sent it and whatever it was for.
        mine = _hash([_place(ledger.service), key], 16)
        asked = await asyncio.to_thread(_hash, wish, 8)
        async with self._turn(mine):
            if (there := self._elsewhere.get(mine)) is not None:
                _same(key, there[0], asked)
                return there[1], True
            if (found := await self._found(key, mine, asked)) is not None:
                return found, True
            submit_id = mine + _hash(ledger.account, 8) + asked
            run = await start(submit_id)
            if run.record.submit_id != submit_id:
                self._elsewhere[mine] = (asked, run)
            return run, False

    async def _found(self, key: str, mine: str, asked: str) -> "AsyncRun | None":
        """What came of the key, as far as anything was sent for it."""
        for account, row in await self._sent(mine):
            if (of_ours := self._of_ours(account)) is False:
                continue
            run_id = row.run_id
            if run_id is None:
                run_id = await (self._settled(row) if of_ours else self._looked_up(row))
            if run_id is None:
                continue
            try:
                run = await self._st.runs.get(run_id)
            except NotFound:
                if of_ours:
                    raise
                continue  # another workspace's
            _same(key, row.id[-8:], asked)
            return run
        return None

    async def _sent(self, mine: str) -> list[tuple[str, SubmitRow]]:
        """The submits of a key, with their accounts; those of which certainly no run came are left out.

        Raises:
            SaveFailed: they can't be read: that is not the same as that there are none.
        """
        ledger = self._st._ready.context.ledger  # noqa: SLF001 - likewise
        query = (
            "SELECT * FROM submits WHERE id >= ? AND id < ? AND (run_id IS NOT NULL OR state IN (?, ?)) "
            "ORDER BY created_at"
        )
        values = (mine, f"{mine}g", *OPEN)
        rows: list[tuple[str, SubmitRow]] | None = await ledger.do(
            lambda database: [(row["account"], submit_of(row)) for row in database.execute(query, values)],
            None,
        )
        if rows is None:
            why = ledger.why or "another program holds it, or the disk is full"
            raise SaveFailed(
                f"Nothing was sent: the key can't be kept, because the ledger {ledger.path} can't be used ({why})."
            )
        return rows

    def _of_ours(self, account: str) -> bool | None:
        """Whether an account is this one; None where the service has to say: an API key that tells of no workspace."""
        ours = self._st.settings.account
        unknown = ours.startswith("key-") or account.startswith("key-")
        return True if account == ours else None if unknown else False

    async def _settled(self, row: SubmitRow) -> str | None:
        """The run of a submit whose process has ended."""
        context = self._st._ready.context  # noqa: SLF001 - likewise
        try:
            async with (
                asyncio.timeout(_LONGEST_LOOK),
                contextlib.aclosing(settle_many(context, [row])) as told,
            ):
                _, run = await anext(told)
        except TimeoutError:
            raise _nobody_knows(row) from None
        return None if run is None else run.id

    async def _looked_up(self, row: SubmitRow) -> str | None:
        """The same, of an API key of before: what is not there for this one is not said to be not there at all."""
        context = self._st._ready.context  # noqa: SLF001 - likewise
        if (found := await look(context, row)) is not None:
            await context.ledger.accepted(row.id, as_submitted(found, row))
            return found.id
        if time.time() < (row.given_up_at or row.sent_at or row.created_at) + LONGEST_POST + GRACE:
            raise _nobody_knows(row)
        return None

    @contextlib.asynccontextmanager
    async def _turn(self, key: str) -> AsyncIterator[None]:
        """One at a time for each key: in this process, and among all that share the data folder."""
        turn = self._turns.setdefault(key, _Turn())
        turn.wanted += 1
        try:
            async with turn.lock:
                place = int(key[:15], 16)
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
                self._turns.pop(key, None)

    async def _opened(self) -> int:
        """The file of locks; it is never closed, for that would give back all that this process has taken."""
        async with self._opening:
            if self._file is None:
                self._file = await asyncio.to_thread(_open, self._st.settings.home)
            return self._file


def _hash(what: object, length: int) -> str:
    words = json.dumps(["stdio", what], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(words.encode()).hexdigest()[:length]


def _place(service: str) -> str:
    """Where a service is; this machine has several names.

    >>> _place("http://localhost:3011/api") == _place("http://127.0.0.1:3011/api")
    True
    """
    url = urlsplit(service)
    return url._replace(netloc=f"localhost:{url.port}").geturl() if is_nearby(url.hostname) else service


def _same(key: str, before: str, asked: str) -> None:
    if before != asked:
        raise InvalidInput(
            f"Nothing was sent: the key {cut(key)!r} is of another wish, with another deployment or other inputs. "
            "Each wish has a key of its own."
        )


def _nobody_knows(row: SubmitRow) -> AmbiguousSubmit:
    return AmbiguousSubmit(
        f"Nobody knows yet what came of submit {row.id}: the service can't tell. Nothing was sent again; the same "
        "key again looks further.",
        submit_id=row.id,
    )


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
