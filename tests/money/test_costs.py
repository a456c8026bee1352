"""What a run cost: by its own GPU and the seconds it worked, learnt once and kept; failed and cancelled ones, too."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stationthis_sdk import Cost, RunCancelled, RunFailed
from stationthis_sdk.sync import StationThis
from stationthis_sdk.testing import LocalGateway, local_gateway
from tests.echo import GRAPH

PRICES = "/platform/gpu-pricing"
PRICE = 0.5


@pytest.fixture(scope="module")
def gateway() -> Iterator[LocalGateway]:
    """A gateway whose CPU costs half a dollar a second."""
    with local_gateway(prices={"CPU": PRICE, "A10G": 3.0}) as made:
        made.deploy("echo", GRAPH)
        made.deploy("own", GRAPH, machine="classic-machine")
        yield made


@pytest.fixture
def st(gateway: LocalGateway, tmp_path: Path) -> Iterator[StationThis]:
    """A client with a ledger of its own."""
    with gateway.client(home=tmp_path) as client:
        yield client


def prices_asked(st: StationThis) -> int:
    """How many times the price list was asked for."""
    return sum(one.url.endswith("/gpu-pricing") for one in st.last_requests)


def test_a_run_knows_what_it_cost(st: StationThis) -> None:
    """Seconds at work times the rate, with rate, source and date; one request for prices, however many runs."""
    echo = st.deployments["echo"]
    runs = [echo(words=str(number)) for number in range(3)]
    for run in runs:
        cost = run.cost
        assert cost.estimated == pytest.approx(run.record.run_duration * PRICE, abs=0)
        assert (cost.gpu, cost.rate, cost.rate_source, cost.why) == ("CPU", PRICE, "service", None)
        assert cost.rate_at is not None
        assert not cost.so_far
    assert prices_asked(st) == 1


def test_a_new_process_learns_it_without_what_reads_other_copies(
    st: StationThis, gateway: LocalGateway, tmp_path: Path
) -> None:
    """A first answer does not wait for what nothing in it needs: the price is at hand as plain numbers."""
    run = st.deployments["echo"](words="elsewhere")
    with gateway.client(home=tmp_path / "other") as other:
        other.runs.get(run.id)
    code = (
        "import sys; from stationthis_sdk import StationThis; "
        f"st = StationThis({gateway.key!r}, {gateway.base_url!r}); cost = st.runs.get({run.id!r}).cost; "
        "print(cost.rate, any('gpu-pricing' in one.url for one in st.last_requests), 'cattrs' in sys.modules)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"STATIONTHIS_HOME": str(tmp_path / "other")},
    )
    assert told.stdout.split() == [str(PRICE), "False", "False"]


def test_it_is_kept_as_it_was_learnt(st: StationThis, gateway: LocalGateway, tmp_path: Path) -> None:
    """Another process reads it from the ledger, whatever prices are then, and asks nobody."""
    run = st.deployments["echo"](words="kept")
    with sqlite3.connect(tmp_path / "ledger.db") as database:
        database.execute("UPDATE runs SET rate = 7.0, cost = 700.0, rate_source = 'table'")
    database.close()
    with gateway.client(home=tmp_path) as again:
        (listed,) = again.runs.list()
        got = again.runs.get(run.id)
        got.refresh()
        for one in (listed, got, got.wait()):
            assert (one.cost.estimated, one.cost.rate, one.cost.rate_source) == (700.0, 7.0, "table")
            assert one.cost.rate_at == run.cost.rate_at
        assert prices_asked(again) == 0


def test_failed_and_cancelled_runs_cost_their_seconds(st: StationThis, gateway: LocalGateway) -> None:
    """What was at work is paid for, however it ended."""
    gateway.deploy("fails", {**GRAPH, "9": {"class_type": "NobodyHasThis", "inputs": {}}})
    with pytest.raises(RunFailed) as failed:
        st.deployments["fails"](words="x")
    run = failed.value.run
    assert run.state == "failed"
    assert run.cost == st.runs.get(run.id).cost
    if run.record.run_duration is None:
        assert run.cost.estimated is None
        assert "how long" in (run.cost.why or "")
    else:
        assert run.cost.estimated == run.record.run_duration * PRICE
    long = st.deployments["text-to-picture"].submit(steps=60, width=2048, height=2048)
    gateway.until(lambda: long.refresh().state == "running")
    assert long.cancel() == "cancelled"
    with pytest.raises(RunCancelled):
        long.wait()
    assert long.cost.estimated == pytest.approx(long.record.run_duration * PRICE)
    assert long.cost.estimated > 0


def test_a_machine_of_ones_own_is_unknown_and_not_0(st: StationThis) -> None:
    """The service tells neither GPU nor seconds of it; a rate in the table changes nothing of that."""
    run = st.deployments["own"](words="x")
    assert run.cost.estimated is None
    assert run.cost.why
    (listed,) = [one for one in st.runs.list() if one.id == run.id]
    assert (listed.cost.estimated, listed.cost.why) == (None, run.cost.why)


def test_the_runs_own_gpu_counts(st: StationThis) -> None:
    """Not the machine's: that is a CPU here."""
    run = st.deployments["echo"].options(gpu="A10G")(words="x")
    assert (run.cost.gpu, run.cost.rate) == ("A10G", 3.0)
    assert run.cost.estimated == run.record.run_duration * 3.0


async def test_while_it_works_it_tells_what_it_costs_so_far(gateway: LocalGateway, tmp_path: Path) -> None:
    """Before that nothing is known; then more and more; asking makes no request."""
    async with gateway.async_client(home=tmp_path) as st:
        await st.account.pricing()
        deployment = await st.deployments.get("text-to-picture")
        run = await deployment.submit(steps=60, width=2048, height=2048)
        costs = asyncio.Event()
        assert run.cost == Cost(why="it has not begun to work", so_far=True)

        async def watched() -> None:
            async for _event in run.follow(on_interrupt="detach"):
                if run.cost.estimated:
                    costs.set()

        watching = asyncio.create_task(watched())
        await costs.wait()
        first = run.cost
        asked = len(st.last_requests)
        second = run.cost
        assert len(st.last_requests) == asked
        assert first.estimated is not None
        assert second.estimated is not None
        assert 0 < first.estimated <= second.estimated
        assert second.so_far
        assert second.estimated == pytest.approx((second.seconds or 0) * PRICE)
        await run.cancel()
        await watching
        assert not run.cost.so_far


def test_a_price_that_is_not_known_is_learnt_later(gateway: LocalGateway, tmp_path: Path) -> None:
    """The ledger keeps why; once somebody names a price, the sums have it, and the run as well."""
    gateway.faults.errors(1.0, path=PRICES)
    with gateway.client(home=tmp_path) as st:
        run = st.deployments["echo"](words="x")
        assert run.cost.estimated is None
        assert "has not told its prices" in (run.cost.why or "")
        assert st.costs(by=()).total.estimated is None
        assert st.costs(by=()).total.unknown_runs == 1
    with gateway.client(home=tmp_path, rates={"CPU": 2.0}) as st:
        total = st.costs(by=()).total
        assert total.estimated == pytest.approx(run.record.run_duration * 2.0)
        assert total.unknown_runs == 0
        (listed,) = st.runs.list()
        assert (listed.cost.rate, listed.cost.rate_source) == (2.0, "table")
    gateway.faults.clear()


def test_a_hanging_price_list_keeps_no_end_back(gateway: LocalGateway, tmp_path: Path) -> None:
    """The run has ended; what it cost is found out another time."""
    with gateway.client(home=tmp_path) as st:
        gateway.faults.slow(seconds=600.0, path=PRICES)
        try:
            run = st.deployments["echo"](words="x")
        finally:
            gateway.faults.clear()
        assert run.state == "success"
        assert run.cost.estimated is None
    with gateway.client(home=tmp_path) as st:
        assert st.runs.get(run.id).cost.estimated == pytest.approx(run.record.run_duration * PRICE)


def test_the_json_beside_a_file_tells(st: StationThis, tmp_path: Path) -> None:
    """And comes back from it."""
    run = st.deployments["text-to-picture"](seed=1, steps=1, width=32, height=32)
    (path,) = run.save(tmp_path / "out")
    note = json.loads(Path(f"{path}.json").read_text())
    assert note["cost"] == run.cost.estimated
    assert st.runs.from_file(path).cost == run.cost.estimated
