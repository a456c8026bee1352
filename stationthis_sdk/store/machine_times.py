"""When machines had a GPU, in the ledger: the service tells of the last day only, so what it told is kept."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import attrs

from stationthis_sdk.entities.machines import MachineEvent

if TYPE_CHECKING:
    import sqlite3

    from stationthis_sdk.store.ledger import Ledger

__all__ = ["TOLD_SECONDS", "MachineTime", "keep_events", "known_times", "machine_times"]

TOLD_SECONDS: Final = 86_400.0
"""So far back the service tells."""


@attrs.frozen
class MachineTime:
    """One time with a GPU; ``ended_at`` is when it ended, or was last heard of."""

    machine_id: str | None
    gpu: str | None
    started_at: float
    ended_at: float


async def keep_events(ledger: "Ledger", events: Sequence[MachineEvent], now: float) -> None:
    """Keep what the service told then of all machines; the last day is known by that."""

    def work(database: "sqlite3.Connection") -> None:
        for event in events:
            if event.started_at is None or not event.id:
                continue
            ended = None if event.ended_at is None else event.ended_at.timestamp()
            database.execute(
                "INSERT INTO machine_events VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (service, account, id) DO UPDATE "
                "SET gpu = coalesce(excluded.gpu, gpu), ended_at = coalesce(excluded.ended_at, ended_at), "
                "heard_at = max(excluded.heard_at, heard_at)",
                (
                    event.id,
                    ledger.service,
                    ledger.account,
                    event.machine_id,
                    event.gpu,
                    event.started_at.timestamp(),
                    ended,
                    now,
                ),
            )
        _looked(database, ledger, now - TOLD_SECONDS, now)

    await ledger.do(work, None)


def _looked(database: "sqlite3.Connection", ledger: "Ledger", since: float, until: float) -> None:
    """One more time is known; those that it touches become one with it."""
    touched = "FROM machine_looks WHERE service = ? AND account = ? AND until >= ? AND since <= ?"
    values = (ledger.service, ledger.account, since, until)
    row = database.execute(f"SELECT min(since) AS since, max(until) AS until {touched}", values).fetchone()
    if row["since"] is not None:
        since, until = min(since, row["since"]), max(until, row["until"])
        database.execute(f"DELETE {touched}", values)
    database.execute(
        "INSERT INTO machine_looks VALUES (?, ?, ?, ?)", (ledger.service, ledger.account, since, until)
    )


async def machine_times(ledger: "Ledger", since: float, until: float, now: float) -> list[MachineTime]:
    """The times that overlap with these; what lasts counts until now, or until it was heard of last."""
    query = (
        "SELECT machine_id, gpu, started_at, ended_at, heard_at FROM machine_events WHERE service = ? AND account = ? "
        "AND started_at < ? AND coalesce(ended_at, heard_at) >= ? ORDER BY started_at"
    )

    def work(database: "sqlite3.Connection") -> list[MachineTime]:
        rows = database.execute(query, (ledger.service, ledger.account, until, since))
        found = []
        for row in rows:
            ended = row["heard_at"] if row["ended_at"] is None else min(row["ended_at"], now)
            begin, end = max(row["started_at"], since), min(ended, until)
            if end > begin:
                found.append(MachineTime(row["machine_id"], row["gpu"], begin, end))
        return found

    return await ledger.do(work, [])


async def known_times(ledger: "Ledger", since: float, until: float) -> float:
    """Of how many of these seconds the machines' times are known."""
    query = (
        "SELECT total(min(until, ?) - max(since, ?)) AS seconds FROM machine_looks WHERE service = ? AND account = ? "
        "AND until > ? AND since < ?"
    )
    values = (until, since, ledger.service, ledger.account, since, until)
    return await ledger.do(lambda database: float(database.execute(query, values).fetchone()["seconds"]), 0.0)


def moment(seconds: float) -> datetime:
    """Seconds since 1970 as an aware time."""
    return datetime.fromtimestamp(seconds, UTC)
