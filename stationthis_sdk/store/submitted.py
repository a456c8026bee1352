"""Which runs of the ledger were submitted with a webhook, or a tag: looked for once, a part at a time."""

import time
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    import sqlite3

__all__ = ["NEWEST", "Looked", "look_through"]

NEWEST: Final = 7 * 86_400.0
"""How many seconds ago a run may have been made that nobody has told of by a webhook: older ones are not asked about."""
_ROWS_A_STEP: int = 2000


@attrs.frozen
class Looked:
    """How far the runs of a ledger were looked through, and those whose end may have to be told."""

    at: int = 0
    run_id: str | None = None
    wanted: frozenset[str] = frozenset()


def look_through(
    database: "sqlite3.Connection", whose: tuple[str, str], tag: str | None, before: Looked
) -> tuple[Looked, bool]:
    """Look through some of the runs that have come since then; and whether there are more.

    A part in each transaction, as others want to write. Runs come in the order of their rowids, and what is asked of
    one here never changes, so none is looked at twice.
    """
    week = time.time() - NEWEST
    if before.run_id is None or _id_at(database, before.at) != before.run_id:
        # The first time, or it is another file.
        oldest = "SELECT min(rowid) FROM runs WHERE service = ? AND account = ? AND made_at > ?"
        (first,) = database.execute(oldest, (*whose, week)).fetchone()
        if first is None:
            return Looked(), False
        before = Looked(first - 1)
    step = "SELECT rowid FROM runs WHERE rowid > ? ORDER BY rowid LIMIT 1 OFFSET ?"
    full = database.execute(step, (before.at, _ROWS_A_STEP - 1)).fetchone()
    (newest,) = database.execute("SELECT max(rowid) FROM runs").fetchone()
    upto = newest if full is None else full["rowid"]
    tagged = " OR EXISTS (SELECT 1 FROM json_each(runs.tags) WHERE value = ?)" if tag is not None else ""
    query = (
        "SELECT id FROM runs NOT INDEXED WHERE rowid > ? AND rowid <= ? AND service = ? AND account = ? AND made_at > ? "  # noqa: S608 - our words
        "AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.service = runs.service "
        "AND deliveries.account = runs.account AND run_id = runs.id) "
        f"AND (EXISTS (SELECT 1 FROM submits WHERE submits.id = runs.submit_id AND webhook){tagged})"
    )
    values = (before.at, upto, *whose, week, *([] if tag is None else [tag]))
    found = {row["id"] for row in database.execute(query, values)}
    return Looked(upto, _id_at(database, upto), before.wanted | found), full is not None


def _id_at(database: "sqlite3.Connection", rowid: int) -> str | None:
    row = database.execute("SELECT id FROM runs WHERE rowid = ?", (rowid,)).fetchone()
    return None if row is None else str(row["id"])
