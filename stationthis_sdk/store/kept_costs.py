"""What one run cost, in the ledger: kept once."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from stationthis_sdk.entities import Cost, RunRecord
from stationthis_sdk.entities.costs import seconds_of

if TYPE_CHECKING:
    import sqlite3

    from stationthis_sdk.store.ledger import Ledger

__all__ = ["cost_in", "keep_cost"]


def cost_in(row: "sqlite3.Row", record: RunRecord) -> Cost | None:
    """The cost in a row of runs; None where nothing was learnt yet."""
    if row["cost"] is None and row["cost_why"] is None:
        return None
    at = None if row["rate_at"] is None else datetime.fromtimestamp(row["rate_at"], UTC)
    return Cost(
        row["cost"], seconds_of(record), record.gpu, row["rate"], row["rate_source"], at, row["cost_why"]
    )


async def keep_cost(ledger: "Ledger", record: RunRecord, cost: Cost) -> Cost:
    """Keep what a run cost; what was learnt first stays, and is returned."""

    def work(database: "sqlite3.Connection") -> Cost:
        whose = (ledger.service, ledger.account, record.id)
        at = None if cost.rate_at is None else cost.rate_at.timestamp()
        written = database.execute(
            "UPDATE runs SET cost = ?, rate = ?, rate_source = ?, rate_at = ?, cost_why = ? "
            "WHERE service = ? AND account = ? AND id = ? AND cost IS NULL",
            (cost.estimated, cost.rate, cost.rate_source, at, cost.why, *whose),
        )
        if written.rowcount:
            return cost
        row = database.execute(
            "SELECT * FROM runs WHERE service = ? AND account = ? AND id = ?", whose
        ).fetchone()
        return (None if row is None else cost_in(row, record)) or cost

    return await ledger.do(work, cost)
