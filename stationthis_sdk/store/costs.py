"""What the runs in the ledger cost: filled in, listed, and what is still under way. Times are seconds since 1970."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import attrs
import orjson

if TYPE_CHECKING:
    import sqlite3

    from stationthis_sdk.store.ledger import Ledger

__all__ = [
    "PastRun",
    "RunCost",
    "UnderWay",
    "fill_costs",
    "past_runs",
    "run_costs",
    "under_way",
]

_SECONDS: Final = (
    "CASE WHEN run_duration >= 0 THEN run_duration WHEN ended_at >= started_at THEN ended_at - started_at "
    "WHEN state = 'cancelled' AND queued_at IS NOT NULL AND started_at IS NULL THEN 0.0 END"
)
"""``seconds_of`` in SQL."""
_ENDED: Final = "state IN ('success', 'failed', 'timeout', 'cancelled')"
_LIVE: Final = "state NOT IN ('success', 'failed', 'timeout', 'cancelled')"
_DAY: Final = 86_400
_PAST: Final = 50
"""So many past runs tell what one usually costs."""

Priced = Callable[[str], "tuple[float, str, float] | None"]
"""A GPU's dollars a second, who told them, and when."""


@attrs.frozen
class RunCost:
    """One run as costs are told: ``seconds`` and ``cost`` are None where they are not known."""

    made_at: float
    state: str
    deployment: str | None
    tags: tuple[str, ...]
    gpu: str | None
    machine_id: str | None
    batch: str | None
    seconds: float | None
    cost: float | None


@attrs.frozen
class PastRun:
    """How long a run that ended well was at work, and on what."""

    seconds: float
    gpu: str | None


@attrs.frozen
class UnderWay:
    """What has been spent since a moment, and how many runs and submits have not ended, by what they run.

    ``unknown`` are the runs that ended without a known cost; ``known`` are those of the submits asked about that stand
    in the ledger.
    """

    spent: float = 0.0
    unknown: int = 0
    live: Mapping[tuple[str | None, str | None], int] = attrs.field(factory=dict)
    known: frozenset[str] = frozenset()


async def fill_costs(ledger: "Ledger", price: Priced, since: float, until: float) -> int:
    """Work out what ended runs cost of which nobody has learnt it, as far as their GPU has a price; how many."""
    query = (
        f"SELECT id, gpu, {_SECONDS} AS seconds FROM runs WHERE service = ? AND account = ? "  # noqa: S608 - our words
        f"AND made_at >= ? AND made_at < ? AND {_ENDED} AND cost IS NULL AND gpu IS NOT NULL AND {_SECONDS} IS NOT NULL"
    )
    change = (
        "UPDATE runs SET cost = ?, rate = ?, rate_source = ?, rate_at = ?, cost_why = NULL "
        "WHERE service = ? AND account = ? AND id = ?"
    )

    def work(database: "sqlite3.Connection") -> int:
        whose = (ledger.service, ledger.account)
        done = 0
        for row in database.execute(query, (*whose, since, until)).fetchall():
            found = price(row["gpu"])
            if found is not None:
                database.execute(change, (row["seconds"] * found[0], *found, *whose, row["id"]))
                done += 1
        return done

    return await ledger.do(work, 0)


async def run_costs(ledger: "Ledger", since: float, until: float) -> list[RunCost]:
    """The runs made from one moment until before another, oldest first."""
    query = (
        f"SELECT runs.made_at, runs.state, coalesce(runs.deployment_name, submits.name) AS deployment, runs.tags, gpu, "  # noqa: S608 - our words
        f"runs.machine_id, batches.name AS batch, {_SECONDS.replace('state', 'runs.state')} AS seconds, cost "
        "FROM runs LEFT JOIN submits ON submits.id = runs.submit_id LEFT JOIN batches ON batches.id = runs.batch_id "
        "WHERE runs.service = ? AND runs.account = ? AND made_at >= ? AND made_at < ? ORDER BY made_at"
    )

    def work(database: "sqlite3.Connection") -> list[RunCost]:
        rows = database.execute(query, (ledger.service, ledger.account, since, until))
        return [
            RunCost(
                row["made_at"],
                row["state"],
                row["deployment"],
                tuple(orjson.loads(row["tags"])),
                row["gpu"],
                row["machine_id"],
                row["batch"],
                row["seconds"],
                row["cost"],
            )
            for row in rows
        ]

    return await ledger.do(work, [])


async def past_runs(ledger: "Ledger", workflow_id: str | None, deployment_id: str | None) -> list[PastRun]:
    """The last runs of a workflow that ended well, else of a deployment; the newest first."""
    query = (
        f"SELECT gpu, {_SECONDS} AS seconds FROM runs WHERE service = ? AND account = ? AND {{}} = ? "  # noqa: S608 - our words
        f"AND state = 'success' AND {_SECONDS} IS NOT NULL ORDER BY made_at DESC LIMIT {_PAST}"
    )

    def work(database: "sqlite3.Connection") -> list[PastRun]:
        for column, value in (("workflow_id", workflow_id), ("deployment_id", deployment_id)):
            if value is None:
                continue
            rows = database.execute(query.format(column), (ledger.service, ledger.account, value))
            if found := [PastRun(row["seconds"], row["gpu"]) for row in rows]:
                return found
        return []

    return await ledger.do(work, [])


async def under_way(ledger: "Ledger", since: float, price: Priced, asked: Iterable[str]) -> UnderWay:
    """What was spent since a day began (UTC) and what is under way; ``asked`` are submits that may be in it."""
    ids = orjson.dumps([*asked]).decode()
    spent = "SELECT total(cost) AS cost FROM spent_days WHERE service = ? AND account = ? AND day >= ?"
    untold = (
        f"SELECT gpu, {_SECONDS} AS seconds, count(*) AS runs FROM runs WHERE service = ? AND account = ? "  # noqa: S608 - our words
        f"AND made_at >= ? AND cost IS NULL AND {_ENDED} GROUP BY 1, 2"
    )
    live = (
        f"SELECT workflow_id, deployment_id, count(*) AS runs FROM runs WHERE service = ? AND account = ? "  # noqa: S608 - our words
        f"AND made_at >= ? AND {_LIVE} GROUP BY 1, 2"
    )
    sending = (
        "SELECT workflow_id, deployment_id, count(*) AS runs FROM submits WHERE service = ? AND account = ? "
        "AND created_at >= ? AND state IN ('sending', 'lost') GROUP BY 1, 2"
    )

    def work(database: "sqlite3.Connection") -> UnderWay:
        since_then: tuple[Any, ...] = (ledger.service, ledger.account, since)
        of_days = (ledger.service, ledger.account, int(since // _DAY))
        amount = float(database.execute(spent, of_days).fetchone()["cost"])
        unknown = 0
        for row in database.execute(untold, since_then):
            found = price(row["gpu"]) if row["gpu"] and row["seconds"] is not None else None
            if found is None:
                unknown += row["runs"]
            else:
                amount += row["runs"] * row["seconds"] * found[0]
        counts: dict[tuple[str | None, str | None], int] = {}
        for query in (live, sending):
            for row in database.execute(query, since_then):
                what = (row["workflow_id"], row["deployment_id"])
                counts[what] = counts.get(what, 0) + row["runs"]
        known = database.execute(
            "SELECT id FROM submits WHERE id IN (SELECT value FROM json_each(?))", (ids,)
        )
        return UnderWay(amount, unknown, counts, frozenset(row["id"] for row in known))

    return await ledger.do(work, UnderWay())
