"""Deliveries in the ledger: claimed by one, told once, left to others by those who are gone."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import attrs
import pytest

from stationthis_sdk.entities import RunRecord, RunState
from stationthis_sdk.store import deliveries as module
from stationthis_sdk.store.deliveries import Deliveries
from stationthis_sdk.store.ledger import Ledger, SubmitRow
from stationthis_sdk.store.ledger_file import LedgerFile
from stationthis_sdk.store.ledger_schema import MIGRATIONS

SERVICE, ACCOUNT = "https://api.example/api", "user_1"
RUN = "5ea8723e-4701-4d69-8604-8932801f2083"
SUBMIT = "a" * 32


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(LedgerFile(tmp_path / "home" / "ledger.db"), SERVICE, ACCOUNT)


@pytest.fixture
def mine(ledger: Ledger) -> Deliveries:
    return Deliveries(ledger)


@pytest.fixture
def gone() -> "subprocess.Popen[bytes]":
    """A process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process


def said(state: str, run_id: str = RUN) -> RunRecord:
    return RunRecord(run_id, RunState(state))


async def row(ledger: Ledger) -> dict[str, Any]:
    """The one delivery there is."""
    (found,) = await ledger.do(lambda database: [*database.execute("SELECT * FROM deliveries")], [])
    return dict(found)


async def change(ledger: Ledger, **columns: Any) -> None:
    """Change what stands in all rows."""
    names = ", ".join(f"{name} = ?" for name in columns)
    await ledger.do(
        lambda database: database.execute(f"UPDATE deliveries SET {names}", (*columns.values(),)), None
    )


async def opened(deliveries: Deliveries) -> list[tuple[str, bool]]:
    """Whose ends are to be told, and whether they have ended."""
    return [(one.run_id, one.ended) for one in await deliveries.open()]


async def test_what_is_said_only_moves_forward(mine: Deliveries, ledger: Ledger) -> None:
    """One row a run, however many webhooks; the submit's id is kept from whichever has it."""
    for state in ("running", "queued", "success", "failed", "running"):
        assert await mine.told(said(state), SUBMIT if state == "queued" else None)
    kept = await row(ledger)
    assert (kept["said"], kept["copies"], kept["submit_id"], kept["state"]) == ("success", 5, SUBMIT, None)
    assert await opened(mine) == [(RUN, True)]


async def test_many_at_once_are_written_together(mine: Deliveries, ledger: Ledger) -> None:
    """Each is answered when it is written."""
    runs = [f"{at:08}-0000-4000-8000-000000000000" for at in range(200)]
    answers = await asyncio.gather(*(mine.told(said("queued", run_id), None) for run_id in runs * 3))
    assert answers == [True] * 600
    assert {one.run_id for one in await mine.open()} == set(runs)


async def test_whoever_claims_first_tells(mine: Deliveries, ledger: Ledger) -> None:
    """Others wait; when it is told, nobody tells again; accounts do not meet."""
    other = Deliveries(ledger)
    elsewhere = Deliveries(attrs.evolve(ledger, account="user_2"))
    await mine.told(said("success"), None)
    assert await mine.claim(RUN, "success", None) == "mine"
    assert await mine.claim(RUN, "success", None) == "mine"
    assert await other.claim(RUN, "success", None) == "others"
    assert await elsewhere.claim(RUN, "success", None) == "mine"
    await mine.called(RUN)
    assert await mine.claim(RUN, "success", None) == await other.claim(RUN, "success", None) == "called"
    assert not await other.told(said("success"), None)
    assert await mine.open() == []
    assert [one.run_id for one in await elsewhere.open()] == [RUN]


async def test_what_failed_or_was_left_is_open_to_all(mine: Deliveries, ledger: Ledger) -> None:
    """The reason is kept; an end that was found by looking has a row too."""
    other = Deliveries(ledger)
    assert await mine.claim(RUN, "failed", SUBMIT) == "mine"
    await mine.failed(RUN, "ZeroDivisionError")
    assert await other.claim(RUN, "failed", None) == "mine"
    other.leave()
    assert await mine.claim(RUN, "failed", None) == "mine"
    kept = await row(ledger)
    assert (kept["attempts"], kept["problem"], kept["copies"], kept["state"]) == (
        1,
        "ZeroDivisionError",
        0,
        "failed",
    )


async def test_what_is_open_says_how_it_stands(
    mine: Deliveries, ledger: Ledger, gone: "subprocess.Popen[bytes]"
) -> None:
    """The furthest state that anybody heard; who is at it, as long as they live; what went wrong, how often; oldest first."""
    later = "6ea8723e-4701-4d69-8604-8932801f2083"
    await ledger.sending(SubmitRow(SUBMIT, SERVICE, ACCOUNT, "portrait", webhook=True))
    await ledger.accepted(SUBMIT, RunRecord(RUN, RunState("running"), submit_id=SUBMIT))
    (one,) = await mine.open()
    assert (one.run_id, one.state, one.ended, one.under_way) == (RUN, "running", False, False)
    await mine.told(said("queued"), None)
    await mine.told(said("queued", later), None)
    await ledger.heard([RunRecord(RUN, RunState("success"), submit_id=SUBMIT)])
    assert await opened(mine) == [(RUN, True), (later, False)]
    await mine.claim(RUN, "failed", None)
    one, _ = await mine.open()
    assert (one.state, one.attempts, one.problem, one.under_way) == ("failed", 0, None, True)
    await change(ledger, claim_pid=gone.pid)
    assert [one.under_way for one in await mine.open()] == [False, False]
    await mine.failed(RUN, "ZeroDivisionError")
    one, two = await mine.open()
    assert (one.attempts, one.problem, one.under_way) == (1, "ZeroDivisionError", False)
    assert one.since < two.since


async def test_a_claim_ends_with_its_process(
    mine: Deliveries, ledger: Ledger, gone: "subprocess.Popen[bytes]"
) -> None:
    """Of a process of this machine that is gone, or had our number before us, at once; of another machine in a minute."""
    await mine.claim(RUN, "success", None)
    mine.leave()
    soon = time.time() + 60
    for claim, answer in (
        ({"claim_pid": gone.pid}, "mine"),
        ({"claim_pid": 1}, "others"),
        ({"claim_pid": 1, "claim_until": soon - 90}, "others"),
        ({"claim_pid": 1, "claim_until": soon - 90 - module.LONGEST_CALL}, "mine"),
        ({"claim_host": "another", "claim_pid": gone.pid}, "others"),
        ({"claim_host": "another", "claim_pid": 1, "claim_until": soon - 90}, "mine"),
        ({}, "mine"),
    ):
        await change(
            ledger, **{"claimant": "somebody", "claim_host": module.HOST, "claim_until": soon, **claim}
        )
        assert await mine.claim(RUN, "success", None) == answer, claim
        mine.leave()


async def test_claims_are_renewed(mine: Deliveries, ledger: Ledger) -> None:
    """Those of one's own."""
    await mine.claim(RUN, "success", None)
    await change(ledger, claim_until=1.0)
    await Deliveries(ledger).renew()
    assert (await row(ledger))["claim_until"] == 1.0
    await mine.renew()
    assert (await row(ledger))["claim_until"] > time.time()


async def test_what_was_submitted_with_a_webhook_or_a_tag_is_open(mine: Deliveries, ledger: Ledger) -> None:
    """Also before any webhook; not what was submitted otherwise, long ago, or told of."""

    async def submitted(at: int, *, webhook: bool = False, tag: str = "x", state: str = "running") -> str:
        run_id, submit_id = f"{at:08}-0000-4000-8000-000000000000", f"{at:032}"
        await ledger.sending(SubmitRow(submit_id, "portrait", tags=(tag,), webhook=webhook))
        await ledger.accepted(submit_id, RunRecord(run_id, RunState(state), submit_id=submit_id, tags=(tag,)))
        return run_id

    hooked = await submitted(1, webhook=True)
    ended = await submitted(2, webhook=True, state="success")
    tagged = await submitted(3, tag="bot")
    await submitted(4)
    old = await submitted(5, webhook=True)
    await ledger.do(
        lambda database: database.execute("UPDATE runs SET made_at = 1 WHERE id = ?", (old,)), None
    )
    told = await submitted(6, webhook=True)
    await mine.claim(told, "success", None)
    await mine.called(told)
    assert await opened(mine) == [(hooked, False), (ended, True)]
    assert {one.run_id for one in await mine.open("bot")} == {hooked, ended, tagged}
    assert (await ledger.submit(f"{1:032}")).webhook is True
    assert (await ledger.submit(f"{3:032}")).webhook is False


async def test_a_run_that_nobody_knows_is_closed_until_it_is_spoken_of_again(
    mine: Deliveries, ledger: Ledger
) -> None:
    """Then it is open as any other."""
    await mine.told(said("success"), None)
    await mine.unknown(RUN)
    assert await mine.open() == []
    assert await mine.told(said("success"), None)
    assert await opened(mine) == [(RUN, True)]


async def test_a_ledger_of_the_version_before_is_brought_forward(tmp_path: Path) -> None:
    """Its submits and runs are kept; they had no webhooks of ours."""
    import sqlite3

    path = tmp_path / "ledger.db"
    with sqlite3.connect(path) as database:
        for statement in MIGRATIONS[0]:
            database.execute(statement)
        database.execute(
            "INSERT INTO submits VALUES (?, ?, ?, 'portrait', NULL, NULL, NULL, NULL, '{}', '[]', 'lost', NULL, NULL, 1, 'h', 1, 1, 1)",
            (SUBMIT, SERVICE, ACCOUNT),
        )
        database.execute("PRAGMA user_version = 1")
    database.close()
    ledger = Ledger(LedgerFile(path), SERVICE, ACCOUNT)
    (kept,) = await ledger.open_submits()
    assert (kept.id, kept.webhook) == (SUBMIT, False)
    assert await Deliveries(ledger).told(said("queued"), None)


async def test_a_ledger_that_can_not_be_used_is_worked_without(tmp_path: Path) -> None:
    """Everything is new, and mine."""
    (tmp_path / "home").write_text("a file where the folder should be")
    mine = Deliveries(Ledger(LedgerFile(tmp_path / "home" / "ledger.db"), SERVICE, ACCOUNT))
    assert await mine.told(said("success"), None)
    assert await mine.claim(RUN, "success", None) == "mine"
    await mine.called(RUN)
    assert await mine.open() == []
