"""The gateway's database: SQLite in one thread of its own, each piece of work one transaction."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import attrs

from stationthis_sdk.local import rows as _rows
from stationthis_sdk.local.rows.table import TABLES, Table

__all__ = ["Database", "Tables"]

_ = _rows  # importing it declares the tables

T = TypeVar("T")
Row = TypeVar("Row", bound=attrs.AttrsInstance)


class Tables:
    """What may be done to the tables inside one piece of work.

    ``where`` is always our own text with ``?`` in place of values.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, row: attrs.AttrsInstance) -> None:
        """Insert a row."""
        fields = attrs.fields(type(row))
        names = ", ".join(f'"{field.name}"' for field in fields)
        marks = ", ".join("?" * len(fields))
        query = f"INSERT INTO {TABLES[type(row)].name} ({names}) VALUES ({marks})"  # noqa: S608  our names
        self._connection.execute(query, [_to_sql(row, field) for field in fields])

    def save(self, row: attrs.AttrsInstance) -> None:
        """Write a row over the one with its id."""
        fields = attrs.fields(type(row))
        pairs = ", ".join(f'"{field.name}" = ?' for field in fields)
        values = [_to_sql(row, field) for field in fields]
        self._connection.execute(
            f"UPDATE {TABLES[type(row)].name} SET {pairs} WHERE id = ?",  # noqa: S608  our names
            [*values, row.id],  # type: ignore[attr-defined]  # every row class has an id
        )

    def get(self, kind: type[Row], row_id: object, *, without: Collection[str] = ()) -> Row | None:
        """The row with this id, or None."""
        found = self.find(kind, "id = ?", row_id, without=without)
        return found[0] if found else None

    def find(
        self, kind: type[Row], where: str = "1", *values: object, without: Collection[str] = ()
    ) -> list[Row]:
        """The rows that match, in the order ``where`` asks for, else as they were added.

        The columns ``without`` which they do are not read, and None.
        """
        order = "" if "ORDER BY" in where else " ORDER BY rowid"
        names = [field.name for field in attrs.fields(kind)]
        columns = ", ".join("NULL" if name in without else f'"{name}"' for name in names)
        query = f"SELECT {columns} FROM {TABLES[kind].name} WHERE {where}{order}"  # noqa: S608  our names
        json_columns = _json_columns(kind) - set(without)
        return [
            kind(
                **{
                    name: json.loads(value) if name in json_columns and value is not None else value
                    for name, value in zip(names, row, strict=True)
                }
            )
            for row in self._connection.execute(query, values)
        ]

    def count(self, kind: type[attrs.AttrsInstance], where: str, *values: object) -> int:
        """How many rows match."""
        query = f"SELECT count(*) FROM {TABLES[kind].name} WHERE {where}"  # noqa: S608  our names
        return int(self._connection.execute(query, values).fetchone()[0])

    def remove(self, kind: type[attrs.AttrsInstance], row_id: str) -> None:
        """Delete one row."""
        self._connection.execute(f"DELETE FROM {TABLES[kind].name} WHERE id = ?", (row_id,))  # noqa: S608  our names

    def change(self, kind: type[attrs.AttrsInstance], row_id: str, **columns: object) -> None:
        """Set plain (not JSON) columns of one row."""
        pairs = ", ".join(f'"{name}" = ?' for name in columns)
        query = f"UPDATE {TABLES[kind].name} SET {pairs} WHERE id = ?"  # noqa: S608  our names
        self._connection.execute(query, [*columns.values(), row_id])


class Database:
    """One SQLite file (WAL), used from one thread, so that the event loop never waits on the disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="stationthis-database")
        self._connection: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Open the file, making the tables when it is new."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._open)

    async def do(self, work: Callable[[Tables], T]) -> T:
        """Run a piece of work as one transaction; an exception undoes all of it."""
        # Rows are stamped by the gateway's own clock, which the thread knows from its context only.
        context = copy_context()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, context.run, self._work, work)

    def do_here(self, work: Callable[[Tables], T]) -> T:
        """The same for a worker thread, which may wait."""
        return self._thread.submit(copy_context().run, self._work, work).result()

    async def close(self) -> None:
        """Finish what was asked for, then close the file."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown(wait=False)

    def _open(self) -> None:
        connection = sqlite3.connect(self._path, isolation_level="IMMEDIATE", check_same_thread=False)
        connection.row_factory = sqlite3.Row
        # What is committed is with the kernel: a kill of this process, at any moment, loses none of it. WAL with
        # NORMAL spares each commit its fsync; power loss may take the last moments, yet leaves the file whole.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        for kind, table in TABLES.items():
            _make(connection, kind, table)
        self._connection = connection

    def _work(self, work: Callable[[Tables], T]) -> T:
        if self._connection is None:
            raise RuntimeError("the gateway's database is closed")
        with self._connection:
            return work(Tables(self._connection))

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _make(connection: sqlite3.Connection, kind: type[attrs.AttrsInstance], table: Table) -> None:
    """A table with its columns and indexes; one that is there gets the columns that have come since."""
    columns = {field.name: _column(field) for field in attrs.fields(kind)}
    connection.execute(f"CREATE TABLE IF NOT EXISTS {table.name} ({', '.join(columns.values())})")
    there = {row["name"] for row in connection.execute(f"PRAGMA table_info({table.name})")}
    for name in columns.keys() - there:
        connection.execute(f"ALTER TABLE {table.name} ADD COLUMN {columns[name]}")
    for keyword, indexes in (("UNIQUE INDEX", table.unique), ("INDEX", table.index)):
        for indexed in indexes:
            name = f"{table.name}_{'_'.join(indexed.replace(',', ' ').split())}"
            connection.execute(f"CREATE {keyword} IF NOT EXISTS {name} ON {table.name} ({indexed})")


def _column(field: "attrs.Attribute[Any]") -> str:
    if field.name == "id":
        return '"id" PRIMARY KEY'
    default = field.default
    if default is None or isinstance(default, attrs.Factory):  # type: ignore[arg-type]  # a class at run time
        return f'"{field.name}"'
    if default is attrs.NOTHING:
        return f'"{field.name}"'
    if field.metadata.get("json"):
        default = json.dumps(default)
    quoted = f"'{default}'" if isinstance(default, str) else repr(default)
    return f'"{field.name}" DEFAULT {quoted}'


@cache
def _json_columns(kind: type[attrs.AttrsInstance]) -> frozenset[str]:
    return frozenset(field.name for field in attrs.fields(kind) if field.metadata.get("json"))


def _to_sql(row: attrs.AttrsInstance, field: "attrs.Attribute[Any]") -> Any:
    value = getattr(row, field.name)
    return json.dumps(value, separators=(",", ":")) if field.metadata.get("json") else value
