"""What stops a batch, before it begins and on its way: nothing is lost, nothing is paid for twice, and it says how to go on."""

import asyncio
import contextlib
import os
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from stationthis_sdk import AsyncStationThis, BatchBusy, BatchStopped, InvalidInput, StationThis, grid
from stationthis_sdk.batches import runner
from stationthis_sdk.deployment import AsyncDeployment
from tests.batches.programs import start, states, until
from tests.fast_service import FastService
from tests.processes import end

if TYPE_CHECKING:
    import subprocess


def words(count: int, **more: Any) -> list[dict[str, Any]]:
    """So many rows, each with words of its own."""
    return [{"words": f"w{at}", **more} for at in range(count)]


async def rows_of(client: AsyncStationThis, name: str) -> Counter[str]:
    """The rows of a batch by their states."""
    return Counter([row.state async for row in await client.batches.get(name)])


# --- before it begins -----------------------------------------------------------------------------------------------


BAD = [
    {"words": "a", "ms": 1, "sku": "1"},
    {"words": "b", "ms": float("nan"), "sku": "1"},
    {"words": None, "ms": "soon", "sku": None},
    {"words": "d", "ms": 1.5, "sku": "4"},
]
FAULTS = [
    (2, "key '1' is that of row 1"),
    (2, "column 'ms' has no value"),
    (3, "key column 'sku' is empty"),
    (3, "column 'words' has no value"),
    (3, "ms"),
    (4, "ms"),
]


def given_as(kind: str, folder: Path) -> Any:
    """The bad rows as a list, a CSV or a frame."""
    if kind == "list":
        return BAD
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(BAD)
    if kind == "frame":
        return frame
    frame.to_csv(folder / "bad.csv", index=False)
    return folder / "bad.csv"


@pytest.mark.parametrize("kind", ["list", "csv", "frame"])
async def test_bad_rows_are_told_at_once(
    deployment: AsyncDeployment, fast: FastService, tmp_path: Path, kind: str
) -> None:
    """Every fault of every row is told at once, whatever the rows come in, and nothing is sent."""
    with pytest.raises(InvalidInput) as told:
        await deployment.map(given_as(kind, tmp_path), name="bad", key="sku")
    for row, what in FAULTS:
        assert any(one.startswith(f"row {row}: ") and what in one for one in told.value.problems), (row, what)
    assert len(told.value.problems) == len(FAULTS)
    assert fast.asked["submit"] == 0


@pytest.mark.parametrize(
    ("options", "faults"),
    [
        ({"key": "sku", "columns": {"words": "{titel} {colour}"}}, ["'sku'", "{titel}", "{colour}"]),
        ({"columns": {"wrods": "title", "ms": "nothing"}}, ["'wrods'", "'nothing'"]),
        (
            {"concurrency": 0, "limit": -1, "budget": [1], "on_change": "x"},
            ["concurrency", "limit", "budget", "on_change"],
        ),
        ({"max_failures": float("nan"), "budget": "default"}, ["max_failures", "budget"]),
    ],
)
async def test_bad_columns_and_options_are_told_at_once(
    deployment: AsyncDeployment, fast: FastService, options: dict[str, Any], faults: list[str]
) -> None:
    """A key and columns that are not there, inputs that are not there, and options without sense: all are told."""
    with pytest.raises(InvalidInput) as told:
        await deployment.map([{"title": "a fox", "words": "x"}], name="bad", **options)
    for fault in faults:
        assert any(fault in problem for problem in told.value.problems), fault
    assert fast.asked["submit"] == 0


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "\ud800", None, 7, "tab\there"])
async def test_names_without_sense(deployment: AsyncDeployment, name: Any) -> None:
    """A name is a line of text."""
    with pytest.raises(InvalidInput, match="name"):
        await deployment.map(words(1), name=name)


class Endless:
    """Rows that may be read again, and that tell only by being read how many they are."""

    column_names: ClassVar[list[str]] = ["words"]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(())


def no_rows(kind: str, folder: Path) -> Any:
    """A table without rows."""
    if kind == "frame":
        return pytest.importorskip("pandas").DataFrame({"title": [], "words": []})
    if kind.startswith("."):
        (folder / f"empty{kind}").write_text(
            "title,ms\n" if kind == ".csv" else "[]" if kind == ".json" else ""
        )
        return folder / f"empty{kind}"
    return {"list": [], "iterator": iter(()), "endless": Endless(), "grid": grid(words=[])}[kind]


@pytest.mark.parametrize("kind", ["list", "iterator", "endless", "frame", "grid", ".csv", ".json", ".jsonl"])
@pytest.mark.parametrize("columns", [None, {"words": "=a"}])
async def test_no_rows(
    client: AsyncStationThis, deployment: AsyncDeployment, tmp_path: Path, kind: str, columns: Any
) -> None:
    """A batch of nothing is no batch: that there are no rows is what is said, not what its columns lack."""
    with pytest.raises(InvalidInput, match="no rows"):
        await deployment.map(no_rows(kind, tmp_path), name="none", columns=columns)
    with pytest.raises(InvalidInput, match="no rows"):
        await deployment.estimate(no_rows(kind, tmp_path), columns=columns)
    assert not await client.batches.list()


# --- failures, refusals, too much ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "at_least"), [(3, 4), (0.1, 5), (0, 1)])
async def test_too_many_failures(
    client: AsyncStationThis, deployment: AsyncDeployment, fast: FastService, given: float, at_least: int
) -> None:
    """A count or a share of failures stops it; what is under way is waited for, and the rest is still to do."""
    rows = [{"words": f"fail {at}"} for at in range(40)]
    with pytest.raises(BatchStopped, match="max_failures") as stopped:
        await deployment.map(rows, name="failing", max_failures=given, concurrency=2)
    assert stopped.value.why == "failures"
    found = await rows_of(client, "failing")
    assert at_least <= found["failed"] <= at_least + 3
    assert found["failed"] + found["pending"] == 40
    assert fast.asked["submit"] == found["failed"]


async def test_failures_of_before_do_not_count(
    client: AsyncStationThis, deployment: AsyncDeployment, fast: FastService
) -> None:
    """Whoever goes on has seen what failed: only what fails from then on counts."""
    rows = [{"words": f"fail {at}" if at < 2 else f"w{at}"} for at in range(8)]
    with pytest.raises(BatchStopped):
        await deployment.map(rows, name="few", max_failures=0, concurrency=1)
    with pytest.raises(BatchStopped):
        await deployment.map(rows, name="few", max_failures=0, concurrency=1)
    batch = await deployment.map(rows, name="few", max_failures=0, concurrency=1)
    assert (batch.state, batch.progress.succeeded, batch.progress.failed) == ("done", 6, 2)
    assert set(fast.times().values()) == {1}


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refusal_of_the_account_pauses_it(
    client: AsyncStationThis, deployment: AsyncDeployment, fast: FastService, status: int
) -> None:
    """No key, no credits: it pauses with its rows pending, none of them failed, and goes on when that is over."""
    fast.tell(submit=status)
    with pytest.raises(BatchStopped) as stopped:
        await deployment.map(words(50), name="poor")
    assert stopped.value.why == "refused"
    assert "stationthis batches resume poor" in str(stopped.value)
    assert await rows_of(client, "poor") == {"pending": 50}
    assert fast.asked["submit"] <= 16
    fast.tell(submit=None)
    await deployment.map(words(50), name="poor")
    assert fast.times() == Counter({f"w{at}": 1 for at in range(50)})


async def test_a_key_that_is_revoked_meanwhile(
    client: AsyncStationThis, deployment: AsyncDeployment, fast: FastService
) -> None:
    """What runs when the key goes is no failure: the next start waits for it."""
    batch = await deployment.map(words(40, ms=1500), name="revoked", wait=False)
    await asyncio.to_thread(until, lambda: fast.asked["submit"] >= 16)
    fast.tell(submit=401, read=401)
    with pytest.raises(BatchStopped):
        await batch.wait()
    found = await rows_of(client, "revoked")
    assert set(found) <= {"live", "pending", "success"}
    assert found["live"]
    fast.tell(submit=None, read=None)
    await deployment.map(words(40, ms=1500), name="revoked")
    assert fast.times() == Counter({f"w{at}": 1 for at in range(40)})


@pytest.mark.slow
async def test_too_many_requests_slow_it_down(
    client: AsyncStationThis, deployment: AsyncDeployment, fast: FastService
) -> None:
    """429s make it run less at once; nothing is lost and nothing is sent twice."""
    fast.tell(most=5)
    batch = await deployment.map(words(40, ms=100), name="slow", concurrency=32)
    assert batch.progress.succeeded == 40
    assert fast.asked["refused"] > 0
    assert fast.times() == Counter({f"w{at}": 1 for at in range(40)})


async def test_a_burst_of_refusals_is_one(
    client: AsyncStationThis, deployment: AsyncDeployment, fast: FastService
) -> None:
    """Thirty-two refusals at once halve its pace once, not five times."""
    fast.tell(most=0, deaf=True)
    batch = await deployment.map(words(40, ms=10), name="burst", concurrency=32, wait=False)
    await asyncio.to_thread(until, lambda: fast.asked["submit"] >= 32)
    fast.tell(deaf=False)
    await asyncio.to_thread(until, lambda: fast.asked["refused"] >= 32)
    fast.tell(deaf=True)
    await asyncio.to_thread(until, lambda: fast.asked["submit"] > 32)
    assert batch._runner is not None
    assert batch._runner.pace.limit == 16
    fast.tell(most=None, deaf=False)
    await batch.wait()
    assert fast.times() == Counter({f"w{at}": 1 for at in range(40)})


# --- cancelled and interrupted ------------------------------------------------------------------------------------


async def test_cancelled_rows_are_pending_again(
    client: AsyncStationThis, deployment: AsyncDeployment, fast: FastService
) -> None:
    """cancel() ends its runs on the service, their rows are pending, and the same call goes on with another submit."""
    batch = await deployment.map(words(20, ms=60_000), name="stopped", wait=False)
    await asyncio.to_thread(until, lambda: len(fast.runs) >= 16)
    await batch.cancel()
    assert batch.state == "cancelled"
    assert await rows_of(client, "stopped") == {"pending": 20}
    assert {state for _, state in fast.runs} == {"cancelled"}
    before = len(fast.runs)
    fast.tell(submit=403)
    with pytest.raises(BatchStopped):
        await deployment.map(words(20, ms=60_000), name="stopped")
    assert len(fast.runs) == before


async def test_a_waiting_task_that_is_cancelled(
    client: AsyncStationThis, deployment: AsyncDeployment, fast: FastService
) -> None:
    """Cancelling whoever awaits map() cancels its runs; nothing goes on behind anybody's back."""
    waiting = asyncio.create_task(deployment.map(words(20, ms=60_000), name="task"))
    await asyncio.to_thread(until, lambda: len(fast.runs) >= 16)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert {state for _, state in fast.runs} == {"cancelled"}
    assert await rows_of(client, "task") == {"pending": 20}
    made = len(fast.runs)
    await asyncio.sleep(0.3)
    assert len(fast.runs) == made


async def test_a_task_that_is_cancelled_at_any_moment(
    client: AsyncStationThis, deployment: AsyncDeployment, fast: FastService
) -> None:
    """Also while it is planned or begun: afterwards nothing of it is at work, and no run lives."""
    for at in range(24):
        waiting = asyncio.create_task(deployment.map(words(3, ms=60_000), name=f"task-{at}"))
        for _ in range(at * 4):
            await asyncio.sleep(0)
        if at % 3 == 2:
            await asyncio.sleep(at * 0.004)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert not client._ready.context.batches
        assert {state for _, state in fast.runs} <= {"cancelled"}


async def test_detached_runs_go_on(
    client: AsyncStationThis, deployment: AsyncDeployment, fast: FastService
) -> None:
    """With on_interrupt="detach" the runs go on; the next start waits for them, and a cancel() finds them."""
    leaving = deployment.options(on_interrupt="detach")
    waiting = asyncio.create_task(leaving.map(words(4, ms=60_000), name="left"))
    await asyncio.to_thread(until, lambda: len(fast.runs) >= 4)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert {state for _, state in fast.runs} == {"running"}
    assert await rows_of(client, "left") == {"live": 4}
    batch = await client.batches.get("left")
    assert batch.state == "paused"
    await batch.cancel()
    assert {state for _, state in fast.runs} == {"cancelled"}
    assert await rows_of(client, "left") == {"pending": 4}


async def test_what_a_killed_process_left_can_be_cancelled(
    client: AsyncStationThis, fast: FastService, tmp_path: Path
) -> None:
    """cancel() of a batch whose process is gone cancels what that has left running."""
    process = start(PROGRAM, fast.environment(tmp_path / "home"), "cancel", 60_000)
    await asyncio.to_thread(until, lambda: len(fast.runs) >= 16)
    end(process)
    batch = await client.batches.get("nightly")
    await batch.cancel()
    assert {state for _, state in fast.runs} == {"cancelled"}
    assert set(await rows_of(client, "nightly")) == {"pending"}


async def test_runs_cancelled_by_a_clean_up_that_was_killed(
    client: AsyncStationThis, deployment: AsyncDeployment, fast: FastService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The runs are cancelled, and the process dies before it writes that down: those rows are pending, not failed."""
    monkeypatch.setattr(runner.Runner, "_begin_again", lambda *_: None)
    batch = await deployment.map(words(4, ms=60_000), name="cut", wait=False)
    await asyncio.to_thread(until, lambda: len(fast.runs) >= 4)
    await batch.cancel()
    monkeypatch.undo()
    assert await rows_of(client, "cut") == {"live": 4}
    fast.tell(submit=403)
    with pytest.raises(BatchStopped):
        await deployment.map(words(4, ms=60_000), name="cut")
    assert await rows_of(client, "cut") == {"pending": 4}


async def test_as_completed(deployment: AsyncDeployment) -> None:
    """A live batch tells each row once, in the order of their ends, and then ends itself."""
    rows = [{"words": f"w{at}", "ms": 600 - 200 * at} for at in range(3)]
    batch = await deployment.map(rows, name="live", wait=False)
    told = [row.place async for row in batch.as_completed()]
    assert sorted(told) == [0, 1, 2]
    assert told[-1] == 0
    assert [row.place async for row in batch.as_completed()] == [0, 1, 2]
    assert (await batch.wait()).state == "done"


def test_progress_is_told_where_somebody_waits(fast: FastService, tmp_path: Path) -> None:
    """on_progress of a wait() is called on its caller's thread, although another call has begun the batch."""
    told = []
    with StationThis("k", fast.base_url, home=tmp_path / "home") as st:
        batch = st.deployments["fast"].map(words(20, ms=300), name="told", wait=False)
        batch.wait(on_progress=lambda progress: told.append((progress.ended, os.getpid())))
    assert told[-1][0] == 20


async def test_two_batches_of_one_client(deployment: AsyncDeployment, fast: FastService) -> None:
    """Two batches go on side by side, each with its own rows."""
    one = deployment.map(words(20, ms=50), name="one")
    other = deployment.map([{"words": f"o{at}", "ms": 50} for at in range(20)], name="other")
    made = await asyncio.gather(one, other)
    assert [batch.progress.succeeded for batch in made] == [20, 20]
    assert fast.times() == Counter([f"w{at}" for at in range(20)] + [f"o{at}" for at in range(20)])


async def test_on_progress_that_fails(
    client: AsyncStationThis, deployment: AsyncDeployment, fast: FastService
) -> None:
    """A caller's own error ends the waiting, and loses nothing."""

    def heard(progress: Any) -> None:
        if progress.ended:
            raise RuntimeError("no screen")

    with pytest.raises((RuntimeError, BatchStopped)):
        await deployment.map(words(20, ms=20), name="deaf", on_progress=heard)
    with contextlib.suppress(BatchStopped):
        await (await client.batches.get("deaf")).wait()  # it may go on where nobody waits
    await deployment.map(words(20, ms=20), name="deaf")
    assert fast.times() == Counter({f"w{at}": 1 for at in range(20)})


# --- processes ----------------------------------------------------------------------------------------------------

PROGRAM = """
import sys
from stationthis_sdk import StationThis

with StationThis() as st:
    deployment = st.deployments["fast"].options(on_interrupt=sys.argv[1])
    rows = [{"words": f"w{at}", "ms": int(sys.argv[2])} for at in range(40)]
    deployment.map(rows, name="nightly")
"""
ASYNC_PROGRAM = """
import asyncio, sys
from stationthis_sdk import AsyncStationThis

async def main():
    async with AsyncStationThis() as st:
        deployment = (await st.deployments.get("fast")).options(on_interrupt=sys.argv[1])
        rows = [{"words": f"w{at}", "ms": int(sys.argv[2])} for at in range(40)]
        await deployment.map(rows, name="nightly")

asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.parametrize("program", [PROGRAM, ASYNC_PROGRAM], ids=["plain", "async"])
@pytest.mark.parametrize("wish", ["cancel", "detach"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_process_that_is_interrupted(
    fast: FastService, tmp_path: Path, program: str, wish: str, number: signal.Signals
) -> None:
    """Ctrl-C and SIGTERM: its runs are cancelled or left as asked, the ledger says so, and how to go on is told."""
    process = start(program, fast.environment(tmp_path / "home"), wish, 60_000)
    until(lambda: len(fast.runs) >= 16)
    process.send_signal(number)
    _, err = process.communicate(timeout=45)  # ten seconds, but for a machine that is busy
    assert process.returncode in ({130, -2, 1} if number == signal.SIGINT else {143})
    assert "stationthis batches resume nightly" in err
    wanted = {"cancelled"} if wish == "cancel" else {"running"}
    assert {state for _, state in fast.runs} == wanted
    assert states(tmp_path / "home") == ({"pending": 40} if wish == "cancel" else {"live": 16, "pending": 24})


@pytest.mark.slow
def test_interrupted_while_the_service_is_deaf(fast: FastService, tmp_path: Path) -> None:
    """Submits that nobody answers do not hold it up for long; whatever became of them, each row is run once."""
    environment = fast.environment(tmp_path / "home")
    fast.tell(deaf=True)
    process = start(PROGRAM, environment, "cancel", 50)
    until(lambda: fast.asked["submit"] >= 16)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=45)
    assert "stationthis batches resume nightly" in err
    assert states(tmp_path / "home") == {"sending": 16, "pending": 24}
    fast.tell(deaf=False)
    until(lambda: len(fast.runs) == 16)
    process = start(PROGRAM, environment, "cancel", 50)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert fast.times() == Counter({f"w{at}": 1 for at in range(40)})


@pytest.mark.slow
def test_cancelled_by_another_process(fast: FastService, tmp_path: Path) -> None:
    """A cancel() elsewhere reaches whoever runs it: its runs end, its rows are pending, it says who has stopped it."""
    process = start(PROGRAM, fast.environment(tmp_path / "home"), "cancel", 60_000)
    until(lambda: len(fast.runs) >= 16)
    with StationThis("k", fast.base_url, home=tmp_path / "home") as st:
        batch = st.batches.get("nightly").cancel()
        assert batch.state == "cancelled"
    _, err = process.communicate(timeout=45)
    assert process.returncode == 1
    assert "BatchStopped" in err
    assert {state for _, state in fast.runs} == {"cancelled"}
    assert states(tmp_path / "home") == {"pending": 40}


@pytest.mark.slow
def test_one_runner_a_batch(fast: FastService, tmp_path: Path) -> None:
    """A second runner is told BatchBusy; when the first is killed, the batch is free at once."""
    process = start(PROGRAM, fast.environment(tmp_path / "home"), "cancel", 2000)
    until(lambda: len(fast.runs) >= 16)
    with StationThis("k", fast.base_url, home=tmp_path / "home") as st:
        with pytest.raises(BatchBusy, match=str(process.pid)):
            st.deployments["fast"].map(words(40, ms=2000), name="nightly")
        with pytest.raises(BatchBusy):
            st.batches.resume("nightly")
        with pytest.raises(BatchBusy):
            st.batches.get("nightly").forget()
        end(process)
        batch = st.deployments["fast"].map(words(40, ms=2000), name="nightly")
        assert batch.progress.succeeded == 40
    assert fast.times() == Counter({f"w{at}": 1 for at in range(40)})


HELD = PROGRAM.replace(
    "import sys\n",
    "import sys\nfrom stationthis_sdk.batches import runner\nfrom stationthis_sdk.store import batches\n"
    "batches.HELD_SECONDS = runner.HELD_SECONDS = 2.0\nrunner._BEAT = 0.3\n",
    1,
)


def halt(process: "subprocess.Popen[str]", home: Path) -> None:
    """Halt it while it writes nothing: who is halted within a transaction keeps the ledger from everybody."""
    while True:
        os.kill(process.pid, signal.SIGSTOP)
        with contextlib.closing(
            sqlite3.connect(home / "ledger.db", timeout=0.1, isolation_level=None)
        ) as database:
            try:
                database.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                os.kill(process.pid, signal.SIGCONT)
                time.sleep(0.05)
            else:
                return


@pytest.mark.slow
def test_a_runner_that_was_stopped_for_too_long(fast: FastService, tmp_path: Path) -> None:
    """A process that is halted past its hold, and goes on when another has the batch, sends nothing and spoils nothing."""
    environment = fast.environment(tmp_path / "home")
    first = start(HELD, environment, "cancel", 700)
    until(lambda: len(fast.runs) >= 16)
    halt(first, tmp_path / "home")
    try:
        time.sleep(3)
        second = start(HELD, environment, "cancel", 700)
        until(lambda: len(fast.runs) >= 24)
    finally:
        os.kill(first.pid, signal.SIGCONT)
    _, err = first.communicate(timeout=60)
    assert "BatchStopped" in err
    assert "somebody else" in err
    second.communicate(timeout=60)
    assert second.returncode == 0
    assert fast.times() == Counter({f"w{at}": 1 for at in range(40)})
    assert states(tmp_path / "home") == {"success": 40}


def test_two_runners_at_the_same_moment(fast: FastService, tmp_path: Path) -> None:
    """Two that start together: one runs it, the other is told that it is busy, and each row is run once."""
    environment = fast.environment(tmp_path / "home")
    both = [start(PROGRAM, environment, "cancel", 500) for _ in range(2)]
    told = [process.communicate(timeout=50) for process in both]
    codes = sorted(process.returncode for process in both)
    assert codes[0] == 0
    assert codes[1] == 0 or any("BatchBusy" in err for _, err in told)
    assert fast.times() == Counter({f"w{at}": 1 for at in range(40)})
