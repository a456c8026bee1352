"""What the ledger has of a batch and of its rows, as data."""

import os
import shlex
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import attrs
import orjson

from stationthis_sdk.entities import RunRecord
from stationthis_sdk.errors import BatchBusy
from stationthis_sdk.store.ledger_file import HOST, holder_lives

if TYPE_CHECKING:
    import sqlite3

__all__ = ["HERE", "BatchRecord", "Counts", "Planned", "Rebuilt", "RowRecord", "Spent", "batch_of", "row_of"]

HERE: Final[set[str]] = set()
"""The holds of this process, as long as they last."""


@attrs.frozen
class BatchRecord:
    """One batch as the ledger has it; times are seconds since 1970."""

    name: str
    deployment_id: str | None
    deployment_name: str
    environment: str
    workflow_id: str | None = None
    workflow_version_id: str | None = None
    version: int | None = None
    key_column: str | None = None
    columns: Mapping[str, Any] = attrs.field(factory=dict)
    options: Mapping[str, Any] = attrs.field(factory=dict)
    budget: float | None = None
    max_failures: float | None = None
    id: int = 0
    total: int = 0
    state: str = "planned"
    why: str | None = None
    holder: str | None = None
    holder_pid: int | None = None
    holder_host: str | None = None
    held_until: float | None = None
    created_at: float = attrs.field(factory=time.time)
    updated_at: float = attrs.field(factory=time.time)
    held: bool = False
    """Whether somebody ran it when it was read, as far as this machine can tell: a hold dies with its process."""

    @property
    def is_ours(self) -> bool:
        """Whether it is this process that holds it."""
        return self.holder_host == HOST and self.holder_pid == os.getpid()

    def busy(self) -> BatchBusy:
        """What to say to whoever would run it as well."""
        if self.is_ours:
            return BatchBusy(
                f"Batch {self.name!r} is at work in this process already: st.batches.get({self.name!r}) is that one, to "
                "wait() for or to cancel(). Nothing was sent."
            )
        return BatchBusy(
            f"Batch {self.name!r} is being run by process {self.holder_pid} on {self.holder_host}: wait for it, or stop it "
            f"with `stationthis batches cancel {shlex.quote(self.name)}`. Nothing was sent."
        )


@attrs.frozen
class Planned:
    """One row of a plan; ``inputs`` are JSON, files are named in it."""

    place: int
    id: str
    key: str | None
    inputs: Mapping[str, Any]
    content: str
    extra: Mapping[str, Any]


@attrs.frozen
class RowRecord:
    """One row as the ledger has it. ``place`` is None when it is in the plan no longer."""

    place: int | None
    id: str
    key: str | None
    inputs: Mapping[str, Any]
    content: str
    extra: Mapping[str, Any]
    state: str = "pending"
    attempt: int = 0
    submit_id: str | None = None
    run_id: str | None = None
    reason: str | None = None
    seconds: float | None = None
    gpu: str | None = None
    cost: float | None = None
    spent_unknown: int = 0
    ended_at: float | None = None
    saved_at: float | None = None
    files: tuple[Mapping[str, Any], ...] = ()
    picked: bool = False


@attrs.frozen
class Spent:
    """What one run of a row took and cost; None: nobody knows."""

    seconds: float | None = None
    gpu: str | None = None
    cost: float | None = None


@attrs.frozen
class Rebuilt:
    """A row as the service's runs tell of it: the run of its last attempt, and what all of them took and cost."""

    id: str
    attempt: int
    run: RunRecord
    seconds: float = 0.0
    cost: float | None = None
    unknown: int = 0


@attrs.frozen
class Counts:
    """How many rows of a plan are in each state, how many are saved and picked, and what all runs so far have cost."""

    states: Mapping[str, int] = attrs.field(factory=dict)
    saved: int = 0
    cost: float | None = None
    unknown: int = 0
    picked: int = 0

    @property
    def total(self) -> int:
        """All rows."""
        return sum(self.states.values())

    def of(self, *states: str) -> int:
        """How many rows are in one of these states."""
        return sum(self.states.get(state, 0) for state in states)


def batch_of(row: "sqlite3.Row") -> BatchRecord:
    """A batch, from its row."""
    columns = {field.name: row[field.name] for field in attrs.fields(BatchRecord) if field.name != "held"}
    told = {name: orjson.loads(row[name]) for name in ("columns", "options")}
    return BatchRecord(**columns | told, held=_is_held(row))


def row_of(row: "sqlite3.Row") -> RowRecord:
    """A row of a plan, from its row."""
    columns = {field.name: row[field.name] for field in attrs.fields(RowRecord)}
    told = {name: orjson.loads(row[name]) for name in ("inputs", "extra")}
    kept = {"files": tuple(orjson.loads(row["files"])), "picked": bool(row["picked"])}
    return RowRecord(**columns | told | kept)


def _is_held(row: "sqlite3.Row") -> bool:
    if row["holder"] is None or (row["held_until"] or 0.0) <= time.time():
        return False
    if row["holder_host"] != HOST:
        return True
    return holder_lives(row["holder"], row["holder_pid"], HERE)
