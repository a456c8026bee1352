"""Cooks in the ledger: which collection is made under a name, and its pieces. What came of them, the batch's rows tell.

Whoever plans pieces of a cook holds it meanwhile: what is decided is then still so when it is written.
"""

import contextlib
import os
import secrets
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs
import orjson

from stationthis_sdk.errors import BatchBusy, NotFound, SaveFailed
from stationthis_sdk.store.ledger_file import HOST, as_json, holder_lives

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from stationthis_sdk.store.ledger import Ledger

__all__ = ["CookLedger", "CookRecord", "Held", "PieceRecord"]

T = TypeVar("T")

_HELD_SECONDS: Final = 600.0
"""For so long a hold of another machine counts, of whose processes nothing is known."""
_living: Final[set[str]] = set()


@attrs.frozen
class CookRecord:
    """One cook as the ledger has it; its batch has its name. Times are seconds since 1970."""

    name: str
    collection: Mapping[str, Any]
    config_hash: str
    seed: int
    id: int = 0
    holder: str | None = None
    holder_pid: int | None = None
    holder_host: str | None = None
    created_at: float = attrs.field(factory=time.time)
    updated_at: float = attrs.field(factory=time.time)

    @property
    def held(self) -> bool:
        """Whether somebody plans pieces of it: a hold dies with its process."""
        if self.holder is None:
            return False
        if self.holder_host != HOST:
            return self.updated_at + _HELD_SECONDS > time.time()
        return holder_lives(self.holder, self.holder_pid, _living)


@attrs.frozen
class PieceRecord:
    """One piece: what it was drawn as, and what is said of it."""

    key: str
    number: int
    generation: int
    parent: str | None
    seed: int
    traits: Mapping[str, str]
    parts: tuple[str, ...] = ()
    changes: Mapping[str, Any] = attrs.field(factory=dict)
    rejected_at: float | None = None


@attrs.define
class Held:
    """A cook while its pieces are planned; ``new``: it was begun just now. ``added`` are the keys that came since."""

    cook: CookRecord
    new: bool
    added: list[str] = attrs.field(factory=list)


class CookLedger:
    """The cooks of one account.

    A ledger that can't be read just now is told as such, and never as one that has nothing.
    """

    def __init__(self, ledger: "Ledger") -> None:
        self._ledger = ledger

    async def find(self, name: str) -> CookRecord | None:
        """The cook of this name while its batch is there.

        Raises:
            SaveFailed: the ledger can't be used just now; so says every method here.
        """

        def read(database: "sqlite3.Connection") -> CookRecord | None:
            return None if self._batch(database, name) is None else self._cook(database, name)

        return await self._read(read, None)

    async def all(self) -> list[CookRecord]:
        """All of them whose batch is there, the newest first."""
        query = (
            "SELECT cooks.* FROM cooks JOIN batches USING (service, account, name) WHERE service = ? AND account = ? "
            "ORDER BY batches.updated_at DESC, batches.id DESC"
        )
        whose = (self._ledger.service, self._ledger.account)
        return await self._read(
            lambda database: [_cook_of(row) for row in database.execute(query, whose)], []
        )

    async def has_batch(self, name: str) -> bool:
        """Whether there is a batch of this name, a cook's or not."""
        return await self._read(lambda database: self._batch(database, name) is not None, otherwise=False)

    @contextlib.asynccontextmanager
    async def hold(self, record: CookRecord, *, adopts: bool = False) -> AsyncIterator[Held]:
        """Hold the cook of this name within the block, and where there is none, begin this one; or the one with its id.

        A block that fails leaves nothing of what it has put, as far as nothing was planned of it. adopts: a batch that is
        there, and no cook's, becomes this cook's.

        Raises:
            BatchBusy: somebody else plans pieces of it.
            NotFound: it is gone, and it was begun before.
        """
        held = await self._take(record, adopts=adopts)
        try:
            yield held
        except BaseException:
            await self._leave(held, failed=True)
            raise
        await self._leave(held, failed=False)

    async def _take(self, record: CookRecord, *, adopts: bool) -> Held:
        holder = secrets.token_hex(8)
        values = (*self._named(record.name), as_json(record.collection), record.config_hash, record.seed)

        def write(database: "sqlite3.Connection") -> Held:
            before, batch = self._cook(database, record.name), self._batch(database, record.name)
            if before is not None and before.held:
                raise BatchBusy(
                    f"Pieces of cook {record.name!r} are planned just now by process {before.holder_pid} on "
                    f"{before.holder_host}: wait for it, then try again. Nothing was sent."
                )
            if before is None and batch is not None and not adopts:
                raise BatchBusy(f"A batch {record.name!r} was begun meanwhile: try again. Nothing was sent.")
            new = before is None or batch is None
            if record.id and (before is None or batch is None or before.id != record.id):
                raise NotFound(
                    f"Cook {record.name!r} is gone: its batch was forgotten. Cook the collection again."
                )
            if new:
                database.execute(
                    "INSERT INTO cooks (service, account, name, collection, config_hash, seed, created_at, updated_at) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (service, account, name) DO UPDATE SET "
                    "collection = excluded.collection, config_hash = excluded.config_hash, seed = excluded.seed, "
                    "created_at = excluded.created_at, updated_at = excluded.updated_at",
                    (*values, record.created_at, time.time()),
                )
                database.execute(f"DELETE FROM pieces WHERE cook_id = ({_THIS_COOK})", values[:3])  # noqa: S608 - ours
            database.execute(
                f"UPDATE cooks SET holder = ?, holder_pid = ?, holder_host = ?, updated_at = ? WHERE id = ({_THIS_COOK})",  # noqa: S608 - ours
                (holder, os.getpid(), HOST, time.time(), *values[:3]),
            )
            cook = self._cook(database, record.name)
            assert cook is not None  # noqa: S101 - it was written just now
            return Held(cook, new)

        _living.add(holder)
        taken = None
        try:
            taken = await self._ledger.sure(write, f"Nothing was sent of {record.name!r}")
        finally:
            if taken is None:
                _living.discard(holder)
        if taken is None:
            raise SaveFailed(f"A cook needs the ledger, which can't be used: {self._ledger.why}.")
        return taken

    async def put(self, held: Held, record: CookRecord, pieces: Sequence[PieceRecord]) -> None:
        """Write down what a held cook is to make from now on, and pieces that it has not yet."""
        cook = held.cook.id

        def write(database: "sqlite3.Connection") -> CookRecord:
            taken = database.execute(
                "UPDATE cooks SET collection = ?, config_hash = ?, updated_at = ? WHERE id = ? AND holder = ?",
                (as_json(record.collection), record.config_hash, time.time(), cook, held.cook.holder),
            )
            if not taken.rowcount:
                raise BatchBusy(f"Somebody else has taken cook {record.name!r}. Nothing was sent.")
            database.executemany(
                "INSERT INTO pieces (cook_id, key, number, generation, parent, seed, traits, parts, changes) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (cook, one.key, one.number, one.generation, one.parent, one.seed, as_json(one.traits),
                     as_json(one.parts), as_json(one.changes))
                    for one in pieces
                ),
            )  # fmt: skip
            return attrs.evolve(held.cook, collection=record.collection, config_hash=record.config_hash)

        written = await self._ledger.sure(write, f"Nothing was sent of {record.name!r}")
        held.added += [one.key for one in pieces]
        if written is None:
            raise SaveFailed(f"A cook needs the ledger, which can't be used: {self._ledger.why}.")

    async def _leave(self, held: Held, *, failed: bool) -> None:
        """Hold it no longer; what failed before it was planned was never there."""
        cook = held.cook

        def write(database: "sqlite3.Connection") -> None:
            row = database.execute("SELECT holder FROM cooks WHERE id = ?", (cook.id,)).fetchone()
            if row is None or row["holder"] != cook.holder:
                return
            if failed:
                batch = self._batch(database, cook.name)
                database.execute(
                    "DELETE FROM pieces WHERE cook_id = ? AND key IN (SELECT value FROM json_each(?)) AND NOT EXISTS "
                    "(SELECT 1 FROM batch_rows WHERE batch_id = ? AND batch_rows.key = pieces.key)",
                    (cook.id, as_json(held.added), batch),
                )
                (left,) = database.execute(
                    "SELECT count(*) FROM pieces WHERE cook_id = ?", (cook.id,)
                ).fetchone()
                if held.new and not left:
                    database.execute("DELETE FROM cooks WHERE id = ?", (cook.id,))
                (planned,) = database.execute(
                    "SELECT count(*) FROM pieces WHERE cook_id = ? AND key IN (SELECT value FROM json_each(?))",
                    (cook.id, as_json(held.added)),
                ).fetchone()
                if not planned:
                    database.execute(
                        "UPDATE cooks SET collection = ?, config_hash = ? WHERE id = ?",
                        (as_json(cook.collection), cook.config_hash, cook.id),
                    )
            database.execute("UPDATE cooks SET holder = NULL WHERE id = ?", (cook.id,))

        await self._ledger.do(write, None)
        _living.discard(cook.holder or "")

    async def pieces(self, cook_id: int) -> list[PieceRecord]:
        """The pieces of a cook as they were first drawn, by number, and after them those that were made again."""
        query = "SELECT * FROM pieces WHERE cook_id = ? ORDER BY generation, number"
        return await self._read(
            lambda database: [_piece_of(row) for row in database.execute(query, (cook_id,))], []
        )

    async def judge(self, cook: CookRecord, *, accepted: Iterable[str], rejected: Iterable[str]) -> None:
        """Note the verdicts on pieces, all or none: an accepted one is picked in its batch, a rejected one is not."""
        takes, leaves = as_json(list(accepted)), as_json(list(rejected))

        def write(database: "sqlite3.Connection") -> bool:
            batch = self._batch(database, cook.name)
            for picked, keys in ((1, takes), (0, leaves)):
                database.execute(
                    "UPDATE batch_rows SET picked = ? WHERE batch_id = ? AND key IN (SELECT value FROM json_each(?))",
                    (picked, batch, keys),
                )
            database.execute(
                "UPDATE pieces SET rejected_at = ? WHERE cook_id = ? AND key IN (SELECT value FROM json_each(?))",
                (time.time(), cook.id, leaves),
            )
            return True

        await self._ledger.sure(write, "No verdict was noted")

    async def put_back(self, cook: CookRecord, keys: Sequence[str]) -> None:
        """Pieces that were left out of a plan are in it again, after the others."""

        def write(database: "sqlite3.Connection") -> bool:
            batch = self._batch(database, cook.name)
            (place,) = database.execute(
                "SELECT coalesce(max(place), -1) FROM batch_rows WHERE batch_id = ?", (batch,)
            ).fetchone()
            for at, key in enumerate(keys, place + 1):
                database.execute(
                    "UPDATE batch_rows SET place = ? WHERE batch_id = ? AND key = ? AND place IS NULL",
                    (at, batch, key),
                )
            database.execute(
                "UPDATE batches SET total = (SELECT count(*) FROM batch_rows WHERE batch_id = batches.id "
                "AND place IS NOT NULL) WHERE id = ?",
                (batch,),
            )
            return True

        await self._ledger.sure(write, "Older pieces are not in the plan")

    async def _read(self, work: "Callable[[sqlite3.Connection], T]", otherwise: T) -> T:
        """What the ledger has; ``otherwise`` only where there can be none at all."""
        read = await self._ledger.sure(
            lambda database: (work(database),), "What is known of the cook can't be read, nothing was sent"
        )
        return otherwise if read is None else read[0]

    def _named(self, name: str) -> tuple[str, str, str]:
        return (self._ledger.service, self._ledger.account, name)

    def _cook(self, database: "sqlite3.Connection", name: str) -> CookRecord | None:
        query = "SELECT * FROM cooks WHERE service = ? AND account = ? AND name = ?"
        row = database.execute(query, self._named(name)).fetchone()
        return None if row is None else _cook_of(row)

    def _batch(self, database: "sqlite3.Connection", name: str) -> int | None:
        query = "SELECT id FROM batches WHERE service = ? AND account = ? AND name = ?"
        row = database.execute(query, self._named(name)).fetchone()
        return None if row is None else row["id"]


_THIS_COOK: Final = "SELECT id FROM cooks WHERE service = ? AND account = ? AND name = ?"


def _cook_of(row: "sqlite3.Row") -> CookRecord:
    columns = {field.name: row[field.name] for field in attrs.fields(CookRecord)}
    return CookRecord(**columns | {"collection": orjson.loads(row["collection"])})


def _piece_of(row: "sqlite3.Row") -> PieceRecord:
    columns = {field.name: row[field.name] for field in attrs.fields(PieceRecord)}
    told = {name: orjson.loads(row[name]) for name in ("traits", "changes")}
    return PieceRecord(**columns | told | {"parts": tuple(orjson.loads(row["parts"]))})
