"""Submits on the worst days: wrong clocks, kills within the second request, odd answers, a ledger that is held."""

import asyncio
import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from stationthis_sdk import (
    AsyncDeployment,
    AsyncStationThis,
    RunFailed,
    SaveFailed,
    StationThisError,
    settling,
)
from stationthis_sdk.store import ledger, ledger_file
from stationthis_sdk.testing import LocalGateway, local_gateway
from tests.echo import GRAPH
from tests.proxy import Forward, Proxy, for_ever

QUEUE = {"method": "POST", "path": "/run/deployment/queue"}


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalGateway]:
    """A gateway of the test's own, with a deployment that repeats words; "not there" counts after a moment."""
    monkeypatch.setattr(settling, "GRACE", 1.0)
    with local_gateway() as made:
        made.deploy("echo", GRAPH)
        yield made


@pytest.fixture
async def proxy(gateway: LocalGateway) -> AsyncIterator[Proxy]:
    """What stands before it."""
    async with Proxy(gateway.base_url) as made:
        yield made


@pytest.fixture
async def st(gateway: LocalGateway, proxy: Proxy) -> AsyncIterator[AsyncStationThis]:
    """A client that goes through the proxy."""
    async with AsyncStationThis(
        gateway.key, proxy.base_url, home=Path(gateway.variables["STATIONTHIS_HOME"])
    ) as made:
        yield made


@pytest.fixture
async def echo(st: AsyncStationThis) -> AsyncDeployment:
    """What repeats words."""
    return await st.deployments.get("echo")


WRONG_CLOCK = """
import sys, time
real, ahead = time.time, float(sys.argv[1])
time.time = lambda: real() + ahead
import stationthis_sdk.settling as s; s.GRACE = 1.0
from stationthis_sdk import StationThis
with StationThis() as st:
    print(st.deployments["echo"](words="fox").state)
"""


@pytest.mark.parametrize("seconds", ["600", "-600", "86400"])
async def test_a_wrong_clock_pays_nothing_twice(gateway: LocalGateway, seconds: str) -> None:
    """A machine's clock is ahead or behind by minutes or a day: the run whose answer is lost is found all the same."""
    gateway.faults.drop_answers(times=1, **QUEUE)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRONG_CLOCK, seconds, env=dict(gateway.environment()), stdout=subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert out == b"success\n"
    assert len(await asyncio.to_thread(gateway.runs)) == 1


@pytest.mark.parametrize("seconds", [3600.0, -3600.0])
async def test_a_clock_that_is_set_meanwhile_makes_nothing_certain(
    st: AsyncStationThis, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    """Set forward by an hour after the request was lost, "not there" is not certain sooner; set back, not later."""
    monkeypatch.setattr(settling, "GRACE", 90.0)
    await st.account.settings()
    context = st._ready.context
    offset = context.service.edge.clock_offset
    assert offset is not None
    assert abs(offset) < 2
    row = ledger.SubmitRow("a" * 32, "echo", given_up_at=time.time() - 10, clock_offset=offset)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + seconds)
    context.service.edge.clock_offset = offset - seconds  # as the next answer tells
    assert 60 < settling._seconds_left(context, row) <= 80


async def test_killed_within_the_second_request(
    gateway: LocalGateway, proxy: Proxy, st: AsyncStationThis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first request is certain to have made nothing; the second may still make a run: that is waited for and found."""
    monkeypatch.setattr(settling, "GRACE", 30.0)
    script = (
        "import stationthis_sdk.settling as s; s.GRACE = 0.5\n"
        "from stationthis_sdk import StationThis\n"
        "StationThis().deployments['echo'].submit(words='once')\n"
    )
    second = asyncio.Event()
    late: list[asyncio.Task[Any]] = []

    async def tamper(request: web.Request, forward: Forward) -> web.Response:
        if proxy.posts == 1:
            return web.Response(status=500, text="Internal Server Error")
        second.set()

        async def made() -> None:
            await asyncio.sleep(2.0)
            await forward()

        late.append(asyncio.create_task(made()))
        return await for_ever()

    proxy.tamper = tamper
    environment = {**gateway.environment(), "STATIONTHIS_BASE_URL": proxy.base_url}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, env=environment, stderr=subprocess.DEVNULL
    )
    await second.wait()
    process.send_signal(signal.SIGKILL)
    await process.wait()
    told = await st.reconcile(wait=False)
    assert [one.outcome for one in told] == ["open"]
    (found,) = await st.reconcile()
    assert found.outcome == "found"
    assert len(await asyncio.to_thread(gateway.runs)) == 1
    await asyncio.gather(*late)


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 409, 413, 429, 500])
async def test_a_machine_that_does_not_take_it(
    gateway: LocalGateway, proxy: Proxy, st: AsyncStationThis, echo: AsyncDeployment, status: int
) -> None:
    """Whatever status of the machine's own is passed on: the run is there, so it is found, and not asked for again."""

    async def tamper(_: web.Request, forward: Forward) -> web.Response:
        await forward()
        return web.json_response({"detail": f"Error creating run: {status} Something"}, status=status)

    proxy.tamper = tamper
    run = await echo.submit(words="fox")
    assert (proxy.posts, run.inputs) == (1, {"words": "fox"})
    assert [one.id for one in await st.runs.list()] == [run.id]


async def test_a_machine_that_does_not_take_it_and_a_list_that_does_not_tell(
    gateway: LocalGateway, proxy: Proxy, st: AsyncStationThis, echo: AsyncDeployment
) -> None:
    """The run is there, its id is not known: said as a failure, looked for again by reconcile."""

    async def tamper(_: web.Request, forward: Forward) -> web.Response:
        await forward()
        return web.json_response({"detail": "Error creating run: 404 Not Found"}, status=404)

    proxy.tamper = tamper
    gateway.faults.refuse(403, path="*/runs")
    with pytest.raises(RunFailed, match="not sent again"):
        await echo.submit(words="fox")
    gateway.faults.clear()
    (found,) = await st.reconcile()
    assert found.outcome == "found"
    assert proxy.posts == 1


@pytest.mark.parametrize("status", [408, 425, 499, 520])
async def test_odd_statuses_may_come_after_the_run_was_made(
    gateway: LocalGateway, proxy: Proxy, echo: AsyncDeployment, status: int
) -> None:
    """A status that a proxy answers when it lost patience says nothing of the run: it is looked for."""

    async def tamper(_: web.Request, forward: Forward) -> web.Response:
        await forward()
        return web.Response(status=status)

    proxy.tamper = tamper
    await echo.submit(words="fox")
    assert proxy.posts == 1
    assert len(await asyncio.to_thread(gateway.runs)) == 1


async def test_nothing_is_sent_that_can_not_be_written_down(
    gateway: LocalGateway,
    proxy: Proxy,
    st: AsyncStationThis,
    echo: AsyncDeployment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another program holds the ledger: the submit is refused, unsent; when it is free again all goes on."""
    monkeypatch.setattr(ledger_file, "_BUSY_SECONDS", 0.1)
    await echo.submit(words="one")
    path = st._ready.context.ledger.path
    ledger_file.ledger_file(path.parent)._close()  # its patience is set when it is opened
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(SaveFailed, match="Nothing was sent"):
            await echo.submit(words="two")
        other.execute("ROLLBACK")
    await echo.submit(words="three")
    assert proxy.posts == 2
    assert sorted(run.inputs["words"] for run in await st.runs.list()) == ["one", "three"]


async def test_a_found_run_is_its_deployments(
    gateway: LocalGateway, st: AsyncStationThis, echo: AsyncDeployment
) -> None:
    """What reconcile finds keeps its deployment, and later answers that leave it out do not take it away."""
    gateway.faults.drop_answers(times=1, **QUEUE)
    gateway.faults.refuse(403, path="*/runs")
    with contextlib.suppress(StationThisError):
        await echo.submit(words="fox")
    gateway.faults.clear()
    (found,) = await st.reconcile()
    (run,) = await st.runs.list()
    await run.wait()
    (kept,) = await st._ready.context.ledger.runs()
    assert (run.id, kept.record.deployment_id, kept.record.deployment_name) == (found.run_id, echo.id, "echo")


FORKS = """
import os, sqlite3, sys, time
from stationthis_sdk import StationThis
st = StationThis()
st.deployments["echo"].submit(words="parent").wait()
child = os.fork()
if child == 0:
    time.sleep(1)  # the parent has closed its ledger
    with StationThis() as mine:
        for words in ("one", "two"):
            mine.deployments["echo"].submit(words=words).wait()
    os._exit(0)
st.close()
from stationthis_sdk.store.ledger_file import leave_ledger
from stationthis_sdk.places import data_folder
leave_ledger(data_folder())
path = data_folder() / "ledger.db"
sqlite3.connect(path).execute("SELECT * FROM runs").fetchall()
sys.exit(os.waitpid(child, 0)[1])
"""


def test_a_child_writes_into_the_ledger_though_its_parent_has_left_it(gateway: LocalGateway) -> None:
    """SQLite's locks do not survive a fork: the child opens the file anew, and nothing it writes is lost."""
    command = [sys.executable, "-W", "ignore", "-c", FORKS]
    subprocess.run(command, env=dict(gateway.environment()), check=True)
    with gateway.client() as st:
        assert sorted(run.inputs["words"] for run in st.runs.list()) == ["one", "parent", "two"]


def test_a_fork_waits_for_what_is_being_written(tmp_path: Path) -> None:
    """Forked twenty times while the ledger is written, no child waits for a lock that nobody holds."""
    script = f"""
import asyncio, os, threading
from pathlib import Path
from stationthis_sdk.store.ledger import Ledger, SubmitRow
from stationthis_sdk.store.ledger_file import ledger_file
home = Path({str(tmp_path)!r})
mine = lambda: Ledger(ledger_file(home), "s", "a")
async def writes(name, count):
    for at in range(count):
        await mine().sending(SubmitRow(f"{{name}}-{{at}}", "portrait"))
busy = threading.Thread(target=lambda: asyncio.run(writes("parent", 100)))
busy.start()
children = []
for at in range(20):
    if (child := os.fork()) == 0:
        asyncio.run(writes(f"child{{at}}", 1))
        os._exit(0)
    children.append(child)
assert [os.waitpid(child, 0)[1] for child in children] == [0] * 20
busy.join()
print(len(asyncio.run(mine().open_submits())))
"""
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout.strip()) == (0, str(100 + 20)), ended.stderr


async def test_troubles_of_a_process_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Too many open files are a matter of a moment: the next write is kept, without a restart."""
    kept = ledger.Ledger(ledger_file.LedgerFile(tmp_path / "ledger.db"), "s", "a")
    opened = os.open

    def refuses(*given: Any, **more: Any) -> int:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "open", refuses)
    with pytest.raises(SaveFailed):
        await kept.sending(ledger.SubmitRow("a" * 32, "portrait"))
    monkeypatch.setattr(os, "open", opened)
    await kept.sending(ledger.SubmitRow("b" * 32, "portrait"))
    assert [row.id for row in await kept.open_submits()] == ["b" * 32]
