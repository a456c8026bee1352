"""The gateway's database: SQLite in one thread of its own, each piece of work one transaction."""

import asyncio
import json
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

import attrs

from stationthis_sdk.local import rows

__all__ = ["Database", "Tables"]

T = TypeVar("T")
Row = TypeVar("Row", bound=attrs.AttrsInstance)

_TABLES: Final[dict[type[Any], str]] = {
    rows.User: "users",
    rows.Machine: "machines",
    rows.Workflow: "workflows",
    rows.Version: "versions",
    rows.Deployment: "deployments",
    rows.Run: "runs",
    rows.Output: "outputs",
    rows.Upload: "uploads",
}

# The columns come from the row classes; only what SQLite must know beyond them is written here.
_INDEXES: Final = """
CREATE UNIQUE INDEX IF NOT EXISTS users_key ON users (key_sha256);
CREATE UNIQUE INDEX IF NOT EXISTS versions_number ON versions (workflow_id, version);
CREATE UNIQUE INDEX IF NOT EXISTS deployments_place ON deployments (workflow_id, environment, user_id);
CREATE UNIQUE INDEX IF NOT EXISTS deployments_slug ON deployments (share_slug);
CREATE INDEX IF NOT EXISTS runs_queue ON runs (machine_id, status, created_at);
CREATE INDEX IF NOT EXISTS runs_of_workflow ON runs (workflow_id, created_at);
CREATE INDEX IF NOT EXISTS outputs_of_run ON outputs (run_id, created_at);
CREATE INDEX IF NOT EXISTS uploads_name ON uploads (name);
"""


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
        query = f"INSERT INTO {_TABLES[type(row)]} ({names}) VALUES ({marks})"  # noqa: S608  our names
        self._connection.execute(query, [_to_sql(row, field) for field in fields])

    def save(self, row: attrs.AttrsInstance) -> None:
        """Write a row over the one with its id."""
        fields = attrs.fields(type(row))
        pairs = ", ".join(f'"{field.name}" = ?' for field in fields)
        values = [_to_sql(row, field) for field in fields]
        self._connection.execute(
            f"UPDATE {_TABLES[type(row)]} SET {pairs} WHERE id = ?",  # noqa: S608  our names
            [*values, row.id],  # type: ignore[attr-defined]  # every row class has an id
        )

    def get(self, kind: type[Row], row_id: object) -> Row | None:
        """The row with this id, or None."""
        found = self.find(kind, "id = ?", row_id)
        return found[0] if found else None

    def find(self, kind: type[Row], where: str = "1", *values: object) -> list[Row]:
        """The rows that match, in the order ``where`` asks for, else as they were added."""
        order = "" if "ORDER BY" in where else " ORDER BY rowid"
        query = f"SELECT * FROM {_TABLES[kind]} WHERE {where}{order}"  # noqa: S608  our names
        json_columns = _json_columns(kind)
        return [
            kind(
                **{
                    name: json.loads(value) if name in json_columns else value
                    for name, value in dict(row).items()
                }
            )
            for row in self._connection.execute(query, values)
        ]

    def count(self, kind: type[attrs.AttrsInstance], where: str, *values: object) -> int:
        """How many rows match."""
        query = f"SELECT count(*) FROM {_TABLES[kind]} WHERE {where}"  # noqa: S608  our names
        return int(self._connection.execute(query, values).fetchone()[0])

    def change(self, kind: type[attrs.AttrsInstance], row_id: str, **columns: object) -> None:
        """Set plain (not JSON) columns of one row."""
        pairs = ", ".join(f'"{name}" = ?' for name in columns)
        query = f"UPDATE {_TABLES[kind]} SET {pairs} WHERE id = ?"  # noqa: S608  our names
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
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._work, work)

    def do_here(self, work: Callable[[Tables], T]) -> T:
        """The same for a worker thread, which may wait."""
        return self._thread.submit(self._work, work).result()

    async def close(self) -> None:
        """Finish what was asked for, then close the file."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown(wait=False)

    def _open(self) -> None:
        connection = sqlite3.connect(self._path, isolation_level="IMMEDIATE", check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        for kind, name in _TABLES.items():
            columns = ", ".join(
                f'"{field.name}"' + (" PRIMARY KEY" if field.name == "id" else "")
                for field in attrs.fields(kind)
            )
            connection.execute(f"CREATE TABLE IF NOT EXISTS {name} ({columns})")
        connection.executescript(_INDEXES)
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


@cache
def _json_columns(kind: type[attrs.AttrsInstance]) -> frozenset[str]:
    return frozenset(field.name for field in attrs.fields(kind) if field.metadata.get("json"))


def _to_sql(row: attrs.AttrsInstance, field: "attrs.Attribute[Any]") -> Any:
    value = getattr(row, field.name)
    return json.dumps(value, separators=(",", ":")) if field.metadata.get("json") else value
