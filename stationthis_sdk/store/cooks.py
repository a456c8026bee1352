"""Cooks in the ledger: which collection is made under a name, and its pieces. What came of them, the batch's rows tell."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import orjson

if TYPE_CHECKING:
    import sqlite3

    from stationthis_sdk.store.ledger import Ledger

__all__ = ["CookLedger", "CookRecord", "PieceRecord"]


@attrs.frozen
class CookRecord:
    """One cook as the ledger has it; its batch has its name. Times are seconds since 1970."""

    name: str
    collection: Mapping[str, Any]
    config_hash: str
    seed: int
    id: int = 0
    created_at: float = attrs.field(factory=time.time)
    updated_at: float = attrs.field(factory=time.time)


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


class CookLedger:
    """The cooks of one account."""

    def __init__(self, ledger: "Ledger") -> None:
        self._ledger = ledger

    async def find(self, name: str) -> CookRecord | None:
        """The cook of this name; its batch may be gone."""
        query = "SELECT * FROM cooks WHERE service = ? AND account = ? AND name = ?"

        def read(database: "sqlite3.Connection") -> CookRecord | None:
            row = database.execute(query, (self._ledger.service, self._ledger.account, name)).fetchone()
            return None if row is None else _cook_of(row)

        return await self._ledger.do(read, None)

    async def all(self) -> list[CookRecord]:
        """All of them whose batch is there, the newest first."""
        query = (
            "SELECT cooks.* FROM cooks JOIN batches USING (service, account, name) WHERE service = ? AND account = ? "
            "ORDER BY batches.updated_at DESC, batches.id DESC"
        )
        whose = (self._ledger.service, self._ledger.account)
        return await self._ledger.do(
            lambda database: [_cook_of(row) for row in database.execute(query, whose)], []
        )

    async def put(
        self, record: CookRecord, pieces: Sequence[PieceRecord], *, anew: bool = False
    ) -> CookRecord | None:
        """Write a cook down, and pieces that it has not yet; ``anew``: those it has are another's, and go.

        None: there can be no ledger.

        Raises:
            SaveFailed: it can't be written just now.
        """
        values = (
            self._ledger.service, self._ledger.account, record.name, _json(record.collection), record.config_hash,
            record.seed, record.created_at, time.time(),
        )  # fmt: skip

        def write(database: "sqlite3.Connection") -> CookRecord:
            database.execute(
                "INSERT INTO cooks (service, account, name, collection, config_hash, seed, created_at, updated_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (service, account, name) DO UPDATE SET "
                "collection = excluded.collection, config_hash = excluded.config_hash, seed = excluded.seed, "
                "updated_at = excluded.updated_at",
                values,
            )
            query = "SELECT * FROM cooks WHERE service = ? AND account = ? AND name = ?"
            made = _cook_of(database.execute(query, values[:3]).fetchone())
            if anew:
                database.execute("DELETE FROM pieces WHERE cook_id = ?", (made.id,))
            database.executemany(
                "INSERT OR IGNORE INTO pieces (cook_id, key, number, generation, parent, seed, traits, parts, changes) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (made.id, one.key, one.number, one.generation, one.parent, one.seed, _json(one.traits),
                     _json(one.parts), _json(one.changes))
                    for one in pieces
                ),
            )  # fmt: skip
            return made

        return await self._ledger.sure(write, f"Nothing was sent of {record.name!r}")

    async def pieces(self, cook_id: int) -> list[PieceRecord]:
        """The pieces of a cook as they were first drawn, by number, and after them those that were made again."""
        query = "SELECT * FROM pieces WHERE cook_id = ? ORDER BY generation, number"
        return await self._ledger.do(
            lambda database: [_piece_of(row) for row in database.execute(query, (cook_id,))], []
        )

    async def reject(self, cook_id: int, keys: Iterable[str], *, rejected: bool) -> None:
        """Note that pieces are rejected, or no longer."""
        change = (
            "UPDATE pieces SET rejected_at = ? WHERE cook_id = ? AND key IN (SELECT value FROM json_each(?))"
        )
        values = (time.time() if rejected else None, cook_id, _json(list(keys)))
        await self._ledger.do(lambda database: database.execute(change, values) and None, None)


def _cook_of(row: "sqlite3.Row") -> CookRecord:
    columns = {field.name: row[field.name] for field in attrs.fields(CookRecord)}
    return CookRecord(**columns | {"collection": orjson.loads(row["collection"])})


def _piece_of(row: "sqlite3.Row") -> PieceRecord:
    columns = {field.name: row[field.name] for field in attrs.fields(PieceRecord)}
    told = {name: orjson.loads(row[name]) for name in ("traits", "changes")}
    return PieceRecord(**columns | told | {"parts": tuple(orjson.loads(row["parts"]))})


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
