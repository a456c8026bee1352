"""Claims of rows: a row, its submit and its run are written together, or none of them is."""

from pathlib import Path

import pytest

from stationthis_sdk.entities import RunRecord, RunState
from stationthis_sdk.errors import SaveFailed
from stationthis_sdk.store.batches import BatchLedger, RowClaim
from stationthis_sdk.store.ledger import Ledger, SubmitRow
from stationthis_sdk.store.ledger_file import LedgerFile
from tests.store.conftest import ACCOUNT, SERVICE

RUN = "5ea8723e-4701-4d69-8604-8932801f2083"
SUBMIT = "a" * 32


async def row_of(ledger: Ledger, **columns: object) -> dict[str, object]:
    """The only row of a batch that "me" holds, as it stands; changed first where columns are given."""

    def work(database):
        database.execute(
            "INSERT OR IGNORE INTO batches (id, service, account, name, deployment_name, environment, columns, options, "
            "total, state, holder, created_at, updated_at) "
            "VALUES (1, ?, ?, 'b', 'portrait', 'production', '{}', '{}', 1, 'running', 'me', 0, 0)",
            (SERVICE, ACCOUNT),
        )
        database.execute(
            "INSERT OR IGNORE INTO batch_rows (batch_id, place, id, inputs, content, extra) VALUES (1, 0, 'r', '{}', '', '{}')"
        )
        for name, value in columns.items():
            database.execute(f"UPDATE batch_rows SET {name} = ?", (value,))
        return dict(database.execute("SELECT state, submit_id, run_id FROM batch_rows").fetchone())

    return await ledger.do(work, {})


def claim(ledger: Ledger, holder: str = "me", attempt: int = 0) -> RowClaim:
    """One of that row."""
    return BatchLedger(ledger, holder).claim(1, "r", attempt, SUBMIT, lambda: None)


async def test_a_row_goes_the_way_of_its_submit(ledger: Ledger) -> None:
    """It is sending from the moment on in which its submit is written, and live when its run is; again, when it moved."""
    assert (await row_of(ledger))["state"] == "pending"
    mine = claim(ledger)
    for _ in range(2):  # its deployment has moved meanwhile
        await ledger.sending(SubmitRow(SUBMIT, "portrait"), mine)
        assert mine.is_mine
        assert await row_of(ledger) == {"state": "sending", "submit_id": SUBMIT, "run_id": None}
    await ledger.accepted(SUBMIT, RunRecord(RUN, RunState("queued"), submit_id=SUBMIT), mine)
    assert await row_of(ledger) == {"state": "live", "submit_id": SUBMIT, "run_id": RUN}
    assert await BatchLedger(ledger).runs_of(1) == [RUN]


@pytest.mark.parametrize("why", ["begun", "ended", "taken over", "of another attempt"])
async def test_what_is_somebody_elses_is_not_sent(ledger: Ledger, why: str) -> None:
    """Nothing is written of its submit, and the row stays as it was."""
    before = await row_of(ledger, state={"begun": "sending", "ended": "success"}.get(why, "pending"))
    other = claim(ledger, "another" if why == "taken over" else "me", int(why == "of another attempt"))
    with pytest.raises(SaveFailed, match="another process sends it"):
        await ledger.sending(SubmitRow(SUBMIT, "portrait"), other)
    assert other.is_mine is False
    assert await row_of(ledger) == before
    assert await ledger.submit(SUBMIT) is None


async def test_a_claim_is_not_given_where_nothing_can_be_written(tmp_path: Path) -> None:
    """A submit alone is sent without a ledger; a row of a batch is not."""
    path = tmp_path / "home" / "ledger.db"
    path.parent.mkdir()
    ledger = Ledger(LedgerFile(path), SERVICE, ACCOUNT)
    await row_of(ledger)
    ledger.file._unusable("it is of a newer version")
    await ledger.sending(SubmitRow(SUBMIT, "portrait"))
    mine = claim(ledger)
    with pytest.raises(SaveFailed, match="it is of a newer version"):
        await ledger.sending(SubmitRow(SUBMIT, "portrait"), mine)
    assert mine.is_mine is None
