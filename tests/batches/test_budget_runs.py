"""A budget is never passed by more than the estimate of one run, whatever runs take and however often it is killed."""

import asyncio
import contextlib
import random
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from stationthis_sdk import AsyncStationThis, BatchStopped, InvalidInput
from stationthis_sdk.deployment import AsyncDeployment
from tests.batches.programs import start, states, until
from tests.fast_service import FastService
from tests.processes import end

# A second costs a dollar here.


def spent(fast: FastService) -> float:
    """What all runs that have ended cost, by the service's own books."""
    return sum(inputs.get("worked", 1.0) for inputs, state in fast.runs if state != "running")


def dearest(fast: FastService) -> float:
    """What the dearest run cost."""
    return max((inputs.get("worked", 1.0) for inputs, _ in fast.runs), default=0.0)


def rows_that_take(*seconds: float, ms: int = 20) -> list[dict[str, Any]]:
    """Rows whose runs cost so much."""
    return [{"words": f"w{at}", "worked": one, "ms": ms} for at, one in enumerate(seconds)]


async def test_a_budget_is_kept(
    client: AsyncStationThis, deployment: AsyncDeployment, fast: FastService
) -> None:
    """It stops before what one more would cost no longer fits; more budget goes on where it stopped."""
    rows = rows_that_take(*[2.0] * 30)
    with pytest.raises(BatchStopped, match="are spent") as stopped:
        await deployment.map(rows, name="poor", budget=13.0)
    assert stopped.value.why == "budget"
    assert spent(fast) == 12.0
    batch = await deployment.map(rows, name="poor", budget=60.0)
    assert batch.progress.cost == spent(fast) == 60.0
    assert set(fast.times().values()) == {1}


async def test_a_budget_that_is_spent_is_spent(deployment: AsyncDeployment, fast: FastService) -> None:
    """Starting again with the same budget sends nothing more."""
    rows = rows_that_take(*[1.0] * 20)
    for _ in range(3):
        with pytest.raises(BatchStopped):
            await deployment.map(rows, name="poor", budget=5.0)
        assert len(fast.runs) == 5


@pytest.mark.parametrize("seed", range(4))
async def test_runs_that_take_what_they_like(
    deployment: AsyncDeployment, fast: FastService, seed: int
) -> None:
    """With durations that differ fourfold, of a deployment nobody has run before, it is passed by one run at the most."""
    dice = random.Random(seed)
    rows = rows_that_take(*(dice.uniform(1.0, 4.0) for _ in range(80)), ms=dice.choice([0, 50]))
    with pytest.raises(BatchStopped):
        await deployment.map(rows, name="poor", budget=60.0, concurrency=16)
    assert spent(fast) <= 60.0 + dearest(fast)
    assert spent(fast) > 40.0
    assert set(fast.times().values()) == {1}


async def test_a_first_run_that_fails_at_once_teaches_nothing(
    deployment: AsyncDeployment, fast: FastService
) -> None:
    """What fails within a moment costs next to nothing: that is not what the others will cost."""
    rows = [{"words": f"fail {at}", "worked": 0.001, "ms": 0} for at in range(3)]
    rows += rows_that_take(*[3.0] * 30, ms=100)
    with pytest.raises(BatchStopped):
        await deployment.map(rows, name="poor", budget=10.0, concurrency=16)
    assert spent(fast) <= 10.0 + 3.0


async def test_nobody_knows_a_price(deployment: AsyncDeployment, fast: FastService) -> None:
    """Without a rate it is not begun; told to begin all the same, it runs one, and stops when that tells no cost."""
    fast.tell(run={"gpu": "H900"})
    first = await deployment.map(rows_that_take(1.0), name="first")
    assert first.progress.cost is None
    with pytest.raises(InvalidInput, match="price"):
        await deployment.map(rows_that_take(*[1.0] * 9), name="poor", budget=5.0)
    assert len(fast.runs) == 1
    with pytest.raises(BatchStopped) as stopped:
        await deployment.map(rows_that_take(*[1.0] * 9), name="poor", budget=5.0, without_rate=True)
    assert stopped.value.why == "budget"
    assert len(fast.runs) == 2
    with pytest.raises(BatchStopped):
        await deployment.map(rows_that_take(*[1.0] * 9), name="poor", budget=5.0, without_rate=True)
    assert len(fast.runs) == 2


async def test_rows_that_were_dropped_are_paid_for(
    client: AsyncStationThis, deployment: AsyncDeployment, fast: FastService
) -> None:
    """What runs of rows that are in the plan no longer cost is of the budget, those under way then included."""
    leaving = deployment.options(on_interrupt="detach")
    batch = await leaving.map(rows_that_take(*[2.0] * 4, ms=700), name="poor", wait=False)
    await asyncio.to_thread(until, lambda: len(fast.runs) >= 4)
    await client.close()
    async with AsyncStationThis("k", fast.base_url, home=client.settings.home) as again:
        other = [{"words": f"o{at}", "worked": 2.0, "ms": 10} for at in range(20)]
        with pytest.raises(BatchStopped):
            await (await again.deployments.get("fast")).map(other, name=batch.name, budget=14.0)
        assert spent(fast) == 14.0
        found = await again.batches.get(batch.name)
        assert found.progress.cost == 14.0


async def test_rows_that_were_dropped_as_they_were_sent_are_paid_for(
    client: AsyncStationThis, deployment: AsyncDeployment, fast: FastService
) -> None:
    """The same of those whose submits were not written down as answered: their runs are reserved for before they are found."""
    await deployment.map(rows_that_take(2.0), name="what one costs is known")
    leaving = deployment.options(on_interrupt="detach")
    batch = await leaving.map(rows_that_take(*[2.0] * 4, ms=700), name="poor", concurrency=4, wait=False)
    await asyncio.to_thread(until, lambda: len(fast.runs) >= 5)
    await asyncio.to_thread(until, lambda: states(client.settings.home, "poor")["live"] == 4)
    await client.close()
    with contextlib.closing(sqlite3.connect(client.settings.home / "ledger.db")) as database, database:
        theirs = "(SELECT submit_id FROM batch_rows WHERE state = 'live')"
        database.execute(f"DELETE FROM runs WHERE submit_id IN {theirs}")
        database.execute(f"UPDATE submits SET state = 'sending', run_id = NULL WHERE id IN {theirs}")
        database.execute("UPDATE batch_rows SET state = 'sending', run_id = NULL WHERE state = 'live'")
    fast.tell(behind=True)  # so that they are not found
    async with AsyncStationThis("k", fast.base_url, home=client.settings.home) as again:
        other = [{"words": f"o{at}", "worked": 2.0, "ms": 10} for at in range(20)]
        gone_on = await (await again.deployments.get("fast")).map(
            other, name=batch.name, budget=14.0, concurrency=2, wait=False
        )
        await asyncio.to_thread(until, lambda: spent(fast) >= 16.0)
        await asyncio.sleep(0.5)  # enough for more to be begun, where that is not held back
        fast.tell(behind=False)
        with pytest.raises(BatchStopped):
            await gone_on.wait()
        assert spent(fast) == 2.0 + 14.0


PROGRAM = """
import random, sys
from stationthis_sdk import BatchStopped, StationThis, settling

settling.GRACE = 1.0
dice = random.Random(sys.argv[2])
rows = [{"words": f"w{at}", "worked": dice.uniform(1.0, 3.0), "ms": dice.randint(0, 400)} for at in range(120)]
with StationThis() as st:
    try:
        st.deployments["fast"].map(rows, name="nightly", budget=float(sys.argv[1]), concurrency=16)
    except BatchStopped as stopped:
        print(stopped.why)
"""


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("seed", [1, 2])
def test_killed_with_a_budget(fast: FastService, tmp_path: Path, seed: int) -> None:
    """Killed again and again, it spends no more than the budget and one run, and knows what it has spent."""
    dice, budget = random.Random(seed), 100.0
    home = tmp_path / "home"
    environment = fast.environment(home)
    for _ in range(6):
        before = len(fast.runs)
        process = start(PROGRAM, environment, budget, seed)
        more, deadline = dice.randint(1, 14), time.monotonic() + 40
        while process.poll() is None and len(fast.runs) < before + more and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(dice.random() * 0.2)
        end(process)
    process = start(PROGRAM, environment, budget, seed)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err[-2000:]
    assert out.split() == ["budget"]
    assert "running" not in {state for _, state in fast.runs}
    sys.stdout.write(
        f"{spent(fast):.2f} of {budget} spent in {len(fast.runs)} runs, the dearest {dearest(fast):.2f}\n"
    )
    assert budget - 2 * dearest(fast) < spent(fast) <= budget + dearest(fast)
    assert set(fast.times().values()) == {1}
    assert states(home)["success"] == len(fast.runs)
    with sqlite3.connect(home / "ledger.db") as database:
        (known,) = database.execute("SELECT sum(cost) FROM batch_rows").fetchone()
    assert known == pytest.approx(spent(fast))
