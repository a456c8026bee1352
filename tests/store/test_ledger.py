"""The ledger: written before anything is sent, kept through kills, readable by nobody else, never wiped."""

import asyncio
import contextlib
import functools
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import attrs
import pytest

from stationthis_sdk.entities import OutputItem, RunRecord, RunState
from stationthis_sdk.store import ledger_file, ledger_schema
from stationthis_sdk.store.ledger import Ledger, SubmitRow
from stationthis_sdk.store.ledger_file import LedgerFile
from tests.store.conftest import ACCOUNT, SERVICE

RUN = "5ea8723e-4701-4d69-8604-8932801f2083"


def row(submit_id: str = "a" * 32, **more: object) -> SubmitRow:
    """A submit."""
    return SubmitRow(submit_id, "portrait", {"prompt": "a fox"}, ("autumn",), **more)


def run(run_id: str = RUN, state: str = "running", **more: object) -> RunRecord:
    """A run."""
    return RunRecord(run_id, RunState(state), inputs={"prompt": "a fox"}, submit_id="a" * 32, **more)


def columns(path: Path) -> dict[str, set[str]]:
    """The columns of each table."""
    with sqlite3.connect(path) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {
            table: {one[1] for one in database.execute(f"PRAGMA table_info({table})")} for table in tables
        }
    database.close()
    return found


async def test_a_submit_comes_back_as_it_was_written(ledger: Ledger) -> None:
    """All of it, open until it is settled; a run stays a run whatever is said later."""
    await ledger.sending(row(deployment_id="d", workflow_id="w"))
    (kept,) = await ledger.open_submits()
    given = row(deployment_id="d", workflow_id="w")
    assert kept.sent_at == kept.created_at
    assert attrs.evolve(kept, created_at=0, sent_at=None) == attrs.evolve(given, created_at=0)
    assert kept.under_way
    await ledger.settled(kept.id, "lost", "no answer")
    (lost,) = await ledger.open_submits()
    assert (lost.state, lost.reason) == ("lost", "no answer")
    assert lost.given_up_at is not None
    await ledger.accepted(kept.id, run(tags=("autumn",)))
    await ledger.settled(kept.id, "absent")
    assert await ledger.open_submits() == []
    accepted = await ledger.submit(kept.id)
    assert accepted is not None
    assert (accepted.state, accepted.run_id) == ("accepted", RUN)


async def test_a_submit_to_what_has_moved_is_written_again(ledger: Ledger) -> None:
    """T17: refused by what is gone, and sent to what took its place: one row, of the place it went to; the ledger goes on."""
    await ledger.sending(row(deployment_id="old"))
    await ledger.settled(row().id, "refused", "it is gone")
    await ledger.sending(row(deployment_id="new"))
    (kept,) = await ledger.open_submits()
    assert (kept.deployment_id, kept.reason, ledger.why) == ("new", None, None)


async def test_accounts_do_not_see_each_other(ledger: Ledger) -> None:
    """Submits and runs are of one service and one account."""
    await ledger.sending(row())
    await ledger.accepted("a" * 32, run())
    for service, account in ((SERVICE, "user_2"), ("http://other/api", ACCOUNT)):
        other = attrs.evolve(ledger, service=service, account=account)
        assert await other.runs() == []
        assert await other.run(RUN) is None
        assert await other.runs_of_others([RUN], "b" * 32) == set()
    assert await ledger.runs_of_others([RUN, "other"], "b" * 32) == {RUN}
    assert await ledger.runs_of_others([RUN], "a" * 32) == set()


async def test_runs_are_heard_of_and_their_end_sticks(ledger: Ledger) -> None:
    """What is heard last is kept, outputs and tags too; after the end nothing goes back; strangers are not taken in."""
    picture = OutputItem("image", "https://h/x.png", filename="x.png", output_id="picture")
    await ledger.sending(row())
    await ledger.accepted("a" * 32, run(state="not-started", tags=("autumn",)))
    await ledger.heard([run(state="success", outputs=(picture,)), run("another", "failed")])
    await ledger.heard([run(state="running")])
    (kept,) = await ledger.runs()
    assert kept.record.state == "success"
    assert kept.record.outputs == (picture,)
    assert kept.record.tags == ("autumn",)
    assert [one.record.id for one in await ledger.runs(tag="autumn", states=["success"])] == [RUN]
    assert await ledger.runs(tag="spring") == []
    assert await ledger.runs(states=["failed"]) == []


async def test_it_is_readable_by_its_owner_alone(ledger: Ledger) -> None:
    """The folder 0700, the files 0600, from the first moment."""
    await ledger.sending(row())
    assert ledger.path.parent.stat().st_mode & 0o777 == 0o700
    for path in ledger.path.parent.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600, path


async def test_every_column_is_documented(ledger: Ledger) -> None:
    """What stands in the tables stands in the description, by name."""
    await ledger.sending(row())
    words = set(re.findall(r"\w+", ledger_schema.__doc__ or ""))
    for table, names in columns(ledger.path).items():
        assert {table, *names} <= words, table


async def test_a_ledger_of_a_newer_version_is_left_alone(ledger: Ledger, tmp_path: Path) -> None:
    """Work goes on without it, it is told, and not a byte of it changes."""
    await ledger.sending(row())
    with sqlite3.connect(ledger.path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    newer = Ledger(LedgerFile(ledger.path), SERVICE, ACCOUNT)
    await newer.sending(row("b" * 32))
    assert newer.why is not None
    assert "newer version" in newer.why
    assert await newer.runs() == []
    with sqlite3.connect(ledger.path) as database:
        assert database.execute("SELECT count(*) FROM submits").fetchone() == (1,)
    database.close()


async def test_without_a_disk_work_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Where the ledger can't be written one warning says so, and nothing fails."""
    (tmp_path / "home").write_text("a file where the folder should be")
    ledger = Ledger(LedgerFile(tmp_path / "home" / "ledger.db"), SERVICE, ACCOUNT)
    await ledger.sending(row())
    await ledger.accepted("a" * 32, run())
    assert await ledger.open_submits() == []
    assert caplog.text.count("can't be used") == 1


async def test_a_disk_that_is_full_for_a_while(ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    """What can't be written now is told once and lost; what comes later is written again."""
    await ledger.sending(row())

    def full(database: sqlite3.Connection) -> None:
        database.execute("PRAGMA max_page_count = 1")
        database.execute("CREATE TABLE too_much (x)")
        database.execute("INSERT INTO too_much VALUES (randomblob(1000000))")

    for _ in range(2):
        await ledger.do(full, None)
    assert caplog.text.count("can't be used") == 1
    await ledger.sending(row("b" * 32))
    assert [one.id for one in await ledger.open_submits()] == ["a" * 32, "b" * 32]


async def test_what_fails_fails_alone(ledger: Ledger) -> None:
    """Changes that come at once are kept together; one that can't be made is its own trouble, and nobody else's."""

    def wrong(database: sqlite3.Connection) -> None:
        database.execute("INSERT INTO nowhere VALUES (1)")

    def worse(database: sqlite3.Connection) -> None:
        database.execute("UPDATE submits SET name = 'spoilt'")
        raise ValueError("mine")

    written = [ledger.sending(row(f"{at:032}")) for at in range(40)]
    *done, failed, raised = await asyncio.gather(
        *written, ledger.do(wrong, "no"), ledger.do(worse, None), return_exceptions=True
    )
    assert done == [None] * 40
    assert failed == "no"
    assert isinstance(raised, ValueError)
    kept = await ledger.open_submits()
    assert {one.name for one in kept} == {"portrait"}


async def test_a_ledger_that_may_not_be_written(ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    """Read-only for good: said once, and work goes on without it."""

    def refused(database: sqlite3.Connection) -> None:
        database.execute("PRAGMA query_only = ON")
        database.execute("INSERT INTO submits (id) VALUES ('x')")

    assert await ledger.do(refused, "no") == "no"
    assert ledger.why is not None
    assert "readonly" in ledger.why
    await ledger.sending(row())
    assert caplog.text.count("can't be used") == 1


async def test_one_that_waits_in_vain_waits_for_all(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another program holds it, a hundred changes that come at once wait as long as a few."""
    monkeypatch.setattr(ledger_file, "_BUSY_SECONDS", 0.2)
    await ledger.sending(row())
    ledger.file._close()
    tries = 0
    commit = ledger.file._commit

    def counted(works: Any) -> None:
        nonlocal tries
        tries += 1
        commit(works)

    monkeypatch.setattr(ledger.file, "_commit", counted)
    with contextlib.closing(sqlite3.connect(ledger.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answers = await asyncio.gather(*(ledger.do(lambda _: "written", "held") for _ in range(100)))
        other.execute("ROLLBACK")
    assert set(answers) == {"held"}
    assert tries < 20


@pytest.mark.parametrize("opened", [True, False])
async def test_who_reads_waits_for_nobody_who_writes(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, opened: bool
) -> None:
    """While another program writes, what was written before is read; also by a process that opens it just then."""
    monkeypatch.setattr(ledger_file, "_BUSY_SECONDS", 0.2)
    await ledger.sending(row())
    await ledger.adopted(run())
    ledger.file._close()
    if opened:
        await ledger.open_submits()
    with contextlib.closing(sqlite3.connect(ledger.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM runs")
        found, submits, kept = await asyncio.gather(
            ledger.run(RUN), ledger.open_submits(), ledger.runs(tag=None, limit=3)
        )
        other.execute("ROLLBACK")
    assert found is not None
    assert [one.id for one in submits] == ["a" * 32]
    assert [one.record.id for one in kept] == [RUN]


async def test_what_is_asked_at_once_is_one_call(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred reads that come at once call the ledger's thread once."""
    await ledger.adopted(run())
    calls = []
    call = ledger.file._thread.submit
    monkeypatch.setattr(ledger.file._thread, "submit", lambda work: calls.append(work) or call(work))
    found = await asyncio.gather(*(ledger.run(RUN) for _ in range(100)))
    assert {one.record.id for one in found if one is not None} == {RUN}
    assert len(calls) == 1


async def test_runs_that_are_looked_for_at_once_are_found_in_one_statement(ledger: Ledger) -> None:
    """Each finds its own, of its own account, as it is once what was asked before is written; others find nothing."""
    other = attrs.evolve(ledger, account="user_2")
    ids = [f"00000000-0000-4000-8000-{number:012}" for number in range(3)]
    await ledger.adopted(run(ids[0]))
    await other.adopted(run(ids[1]))
    statements: list[str] = []
    await ledger.do(lambda database: database.set_trace_callback(statements.append), None)
    ledger.heard_soon(run(ids[0], "success"))
    found = await asyncio.gather(*(one.run(run_id) for one in (ledger, other) for run_id in (*ids, ids[0])))
    assert [one and (one.record.id, str(one.record.state)) for one in found] == [
        (ids[0], "success"), None, None, (ids[0], "success"), None, (ids[1], "running"), None, None,
    ]  # fmt: skip
    assert sum("IN (SELECT value" in one for one in statements) == 2  # one an account


async def test_a_thread_without_a_loop_reads_by_itself(ledger: Ledger) -> None:
    """What others wrote, too; nothing that is still to be written is passed by, and nobody is waited for."""
    others = attrs.evolve(ledger, file=LedgerFile(ledger.path))

    async def here() -> Any:
        found = await asyncio.to_thread(ledger.run_here, RUN)
        return None if found is None else (found[0] and str(found[0].record.state),)

    assert await here() is None  # it is opened by its own thread
    await ledger.open_submits()
    assert await here() == (None,)
    await others.adopted(run())
    assert await here() == ("running",)
    assert ledger.run_here(RUN) is None  # a loop runs here
    assert ledger.file._at_work.acquire(blocking=False)
    ledger.heard_soon(run(state="success"))
    assert await here() is None
    ledger.file._at_work.release()
    await ledger.open_submits()
    assert await here() == ("success",)
    await asyncio.to_thread(others.file.close)
    for path in list(ledger.path.parent.iterdir()):
        path.unlink()
    assert await here() is None
    await ledger.adopted(run())
    assert await here() == ("running",)
    await asyncio.to_thread(ledger.file.close)


async def test_a_thread_that_finds_the_file_broken_leaves_it_to_the_ledgers(ledger: Ledger) -> None:
    """What is wrong with it is told where it is told of all else."""
    await ledger.adopted(run())
    await ledger.do(lambda database: database.execute("ALTER TABLE runs RENAME TO gone") and None, None)
    assert await asyncio.to_thread(ledger.run_here, RUN) is None


async def test_what_was_begun_is_done_before_it_is_closed(ledger: Ledger) -> None:
    """Closed just then, it does what was asked before; what is asked later is an error."""
    begun = ledger.file.begin(lambda _: "done", "otherwise")
    await asyncio.to_thread(ledger.file.close)
    assert await begun == "done"
    later = [ledger.file.begin(lambda _: "done", "otherwise") for _ in range(300)]
    ended = await asyncio.gather(*later, return_exceptions=True)
    assert all(isinstance(one, RuntimeError) for one in ended)


async def test_without_sqlite_work_goes_on(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python that was built without sqlite3 submits as ever."""
    monkeypatch.setitem(sys.modules, "sqlite3", None)
    await ledger.sending(row())
    assert ledger.why == "this Python has no sqlite3"


async def test_a_folder_that_is_taken_away_is_begun_anew(ledger: Ledger) -> None:
    """The file is looked at before each use: nothing is written into one that is gone."""
    await ledger.sending(row())
    for path in list(ledger.path.parent.iterdir()):
        path.unlink()
    await ledger.sending(row("b" * 32))
    assert [one.id for one in await ledger.open_submits()] == ["b" * 32]


_WRITES = """
import asyncio, os, signal, sys
from pathlib import Path
from stationthis_sdk.store.ledger import Ledger, SubmitRow
from stationthis_sdk.store.ledger_file import LedgerFile

async def main(path, name, count):
    ledger = Ledger(LedgerFile(Path(path)), "s", "a")
    for at in range(count):
        await ledger.sending(SubmitRow(f"{name}-{at}", "portrait"))
        print(at, flush=True)
    if name == "killed":
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


async def test_what_is_written_survives_a_kill(ledger: Ledger) -> None:
    """A process that was told that its submit is written may be killed at once; its row is no longer under way."""
    command = [sys.executable, "-c", _WRITES, str(ledger.path), "killed", "5"]
    ended = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False)
    assert ended.returncode == -signal.SIGKILL
    rows = await attrs.evolve(ledger, service="s", account="a").open_submits()
    assert [one.id for one in rows] == [f"killed-{at}" for at in range(5)]
    assert not any(one.under_way for one in rows)


async def test_many_processes_write_at_once(ledger: Ledger) -> None:
    """Also the first time, when each wants to make the tables: nothing is lost."""
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", _WRITES, str(ledger.path), f"p{at}", "20", stdout=subprocess.DEVNULL
        )
        for at in range(4)
    ]
    assert [await process.wait() for process in processes] == [0] * 4
    assert len(await attrs.evolve(ledger, service="s", account="a").open_submits()) == 80


def test_a_forked_child_has_a_ledger_of_its_own(tmp_path: Path) -> None:
    """Threads do not survive a fork: the child opens the ledger anew, and both write."""
    script = f"""
import asyncio, os
from pathlib import Path
from stationthis_sdk.store.ledger import Ledger, SubmitRow
from stationthis_sdk.store.ledger_file import ledger_file
home = Path({str(tmp_path)!r})
write = lambda name: asyncio.run(Ledger(ledger_file(home), "s", "a").sending(SubmitRow(name, "portrait")))
write("before")
if (child := os.fork()) == 0:
    write("child")
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
write("parent")
print(*sorted(row.id for row in asyncio.run(Ledger(ledger_file(home), "s", "a").open_submits())))
"""
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=False
    )
    assert told.stdout.split() == ["before", "child", "parent"], told.stderr


def test_a_forked_child_reads_through_a_connection_of_its_own(tmp_path: Path) -> None:
    """What was read on the parent's own thread is no matter: both read on, and what each other wrote."""
    script = f"""
import asyncio, os
from pathlib import Path
from stationthis_sdk.entities import RunRecord
from stationthis_sdk.store.ledger import Ledger
from stationthis_sdk.store.ledger_file import ledger_file
ledger = lambda: Ledger(ledger_file(Path({str(tmp_path)!r})), "s", "a")
def write(name):
    asyncio.run(ledger().adopted(RunRecord(name)))
read = lambda: " ".join(str(found and (found[0] is not None)) for found in map(ledger().run_here, ("first", "second")))
write("first")
print(read())
if (child := os.fork()) == 0:
    print(read(), flush=True)  # its file is not open yet
    write("second")
    print(read(), flush=True)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
write("third")
print(read())
"""
    told = subprocess.run(
        [sys.executable, "-u", "-W", "ignore", "-c", script], capture_output=True, text=True, check=False
    )
    assert told.stdout.splitlines() == ["True False", "None None", "True True", "True True"], told.stderr


async def test_a_refused_cancel_is_remembered(ledger: Ledger) -> None:
    """Until it is no longer wanted."""
    await ledger.sending(row())
    await ledger.accepted("a" * 32, run())
    await ledger.wants_cancel(run(), time.time() + 60)
    assert [one.record.id for one in await ledger.unwanted_runs()] == [RUN]
    await ledger.wants_cancel(run(), None)
    assert await ledger.unwanted_runs() == []


@pytest.mark.parametrize("where", ["the thread is called", "the turn is noted"])
async def test_an_interruption_leaves_no_deaf_ledger(ledger: Ledger, monkeypatch, where: str) -> None:
    """Ctrl-C may land anywhere: what is asked afterwards is answered."""
    assert await ledger.runs() == []
    target = ledger.file._thread if where == "the thread is called" else asyncio.get_running_loop()
    name = "submit" if where == "the thread is called" else "call_soon"
    real = getattr(target, name)

    def interrupted(*_: object, **__: object) -> None:
        setattr(target, name, real)
        raise KeyboardInterrupt

    monkeypatch.setattr(target, name, interrupted)
    ask = (
        ledger.file.do_soon
        if where == "the thread is called"
        else functools.partial(ledger.file.begin, otherwise=None)
    )
    with pytest.raises(KeyboardInterrupt):
        ask(lambda _: None)
    async with asyncio.timeout(45):
        assert await ledger.runs() == []
