"""Rates: one order for all, the service's list, then the user's table, else a reason; a request a day, not a run."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationthis_sdk import AsyncStationThis, Pricing, RunState, Source
from stationthis_sdk.context import Context
from stationthis_sdk.entities import RunRecord, Told
from stationthis_sdk.money.rates import Rates, cost_of, rates_of
from tests.wire import CRASH, HANG, Wire, answer

THEN = datetime(2026, 11, 28, 12, tzinfo=UTC)
LIST = {"A10G": 0.000306, "CPU": 0.0}


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A service whose prices the test decides."""
    with Wire() as made:
        yield made


def client_of(wire: Wire, home: Path, **more: object) -> AsyncStationThis:
    """A client of it with a home of its own."""
    return AsyncStationThis("k", wire.base_url, home=home, **more)  # type: ignore[arg-type]


def context_of(client: AsyncStationThis) -> Context:
    """What its resources share."""
    return client._ready.context


async def test_the_service_comes_before_the_table(wire: Wire, tmp_path: Path) -> None:
    """What it names counts, a 0 as well; the table is for the rest; who is named nowhere has a reason."""
    wire.otherwise = answer(200, LIST)
    table = {"a10g": 9.0, "CPU": 9.0, "H100": 0.002}
    async with client_of(wire, tmp_path, rates=table) as client:
        rates = await rates_of(context_of(client))
    assert [
        (rate.value, rate.source, rate.gpu) for gpu in ("A10g", "cpu", "h100") if (rate := rates.of(gpu))
    ] == [
        (0.000306, "service", "A10G"),
        (0.0, "service", "CPU"),
        (0.002, "table", "H100"),
    ]
    assert rates.of("B200") is None
    assert rates.of(None) is None
    assert "B200 has no known price: the service's price list does not name it" in rates.why("B200")
    assert "does not tell which GPU" in rates.why(None)
    assert rates.why("H100") == ""


@pytest.mark.parametrize(
    "said", [answer(404, {"detail": "Not Found"}), answer(403, {"detail": "no"}), answer(200, [1])]
)
async def test_without_a_list_the_table_counts(wire: Wire, tmp_path: Path, said: bytes) -> None:
    """No endpoint, a refusal, nonsense: the table, and what it does not have is unknown with the service's word."""
    wire.otherwise = said
    async with client_of(wire, tmp_path, rates={"A10G": 0.5}) as client:
        context = context_of(client)
        rates = await rates_of(context)
        asked = len(wire.asked)
        await asyncio.gather(*(rates_of(context) for _ in range(20)))
    assert len(wire.asked) == asked == 1
    found = rates.of("A10G")
    assert found is not None
    assert (found.value, found.source) == (0.5, "table")
    assert rates.of("H100") is None
    assert "can't be read" in rates.why("H100")


async def test_one_request_for_all_and_for_a_day(wire: Wire, tmp_path: Path) -> None:
    """Who asks at once asks together; another client reads the copy on disk, and dates it by when it was said."""
    wire.otherwise = answer(200, LIST)
    async with client_of(wire, tmp_path) as client:
        found = await asyncio.gather(*(rates_of(context_of(client)) for _ in range(20)))
    async with client_of(wire, tmp_path) as client:
        assert await context_of(client).prices.recall() is not None
        again = await rates_of(context_of(client))
    assert len(wire.asked) == 1
    assert again.known == found[0].known


async def test_without_a_cache_one_request_a_client(wire: Wire, tmp_path: Path) -> None:
    """Nothing is on disk; the client remembers all the same, and nobody's copy is recalled."""
    wire.otherwise = answer(200, LIST)
    async with client_of(wire, tmp_path, flags={"cache": False}) as client:
        assert await context_of(client).prices.recall() is None
        for _ in range(5):
            await rates_of(context_of(client))
        assert await context_of(client).prices.recall() is not None
    assert len(wire.asked) == 1


async def test_who_gives_up_ends_nobody_elses_look(wire: Wire, tmp_path: Path) -> None:
    """A price list that hangs is asked for once, however many wait for it and leave; closing the client ends that."""
    wire.otherwise = HANG
    async with client_of(wire, tmp_path) as client:
        context = context_of(client)
        for _ in range(5):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(rates_of(context), 0.05)
        async with asyncio.timeout(45):
            while not wire.asked:  # noqa: ASYNC110 - a server in another thread
                await asyncio.sleep(0.01)
    assert len(wire.asked) == 1


async def test_a_failing_service_is_left_alone_for_a_while(wire: Wire, tmp_path: Path) -> None:
    """500s are tried as often as any read is, then not for every run."""
    wire.otherwise = CRASH
    async with client_of(wire, tmp_path) as client:
        rates = await rates_of(context_of(client))
        asked = len(wire.asked)
        for _ in range(10):
            await rates_of(context_of(client))
    assert rates.problem
    assert len(wire.asked) == asked


async def test_a_flag_that_is_off_sends_nothing(wire: Wire, tmp_path: Path) -> None:
    """Switched off, the table is all there is."""
    async with client_of(wire, tmp_path, rates={"T4": 1.0}, flags={"comfy_deploy": False}) as client:
        rates = await rates_of(context_of(client))
    assert wire.asked == []
    assert rates.of("T4") is not None
    assert rates.of("L4") is None


RATES = Rates.joined(Told(Pricing({"T4": 0.5, "CPU": 0.0}), Source("api", THEN)), {"L4": 0.25})
MOMENTS = st.none() | st.integers(0, 100).map(lambda seconds: THEN + timedelta(seconds=seconds))
RECORDS = st.builds(
    RunRecord,
    st.just("run"),
    state=st.sampled_from(["success", "failed", "timeout", "cancelled"]).map(RunState),
    gpu=st.sampled_from([None, "", "T4", "t4", "CPU", "L4", "H100"]),
    queued_at=MOMENTS,
    started_at=MOMENTS,
    ended_at=MOMENTS,
    run_duration=st.none() | st.floats(-5, 1000, allow_nan=False),
)


@given(RECORDS)
def test_a_cost_is_seconds_times_rate_or_has_a_reason(record: RunRecord) -> None:
    """Never 0 for what is not known: an amount comes with all that it is made of, an unknown one with its reason."""
    cost = cost_of(record, RATES)
    if cost.estimated is None:
        assert cost.why
        assert str(cost).startswith("unknown: ")
        assert cost.rate is None
        assert (RATES.of(record.gpu) is None) or cost.seconds is None
    else:
        assert cost.why is None
        assert cost.seconds is not None
        assert cost.rate is not None
        assert cost.estimated == cost.seconds * cost.rate
        assert cost.seconds >= 0
        if cost.estimated == 0:  # a price of 0, no time, or one that was cancelled in the queue
            assert cost.rate == 0 or cost.seconds == 0
        if cost.seconds == 0 and record.run_duration != 0:
            assert record.started_at == record.ended_at or record.state == "cancelled"


def test_a_run_cancelled_in_the_queue_cost_nothing() -> None:
    """It was never at work; one of which nobody tells when it began is unknown."""
    record = RunRecord("run", RunState("cancelled"), gpu="T4", queued_at=THEN, ended_at=THEN)
    assert cost_of(record, RATES).estimated == 0.0
    assert cost_of(RunRecord("run", RunState("cancelled"), gpu="T4", ended_at=THEN), RATES).estimated is None
    assert cost_of(RunRecord("run", RunState("failed"), gpu="T4", queued_at=THEN), RATES).estimated is None


def test_a_cost_in_words() -> None:
    """To the cent, small ones to the digits that count; what still works says so."""
    record = RunRecord("run", gpu="T4")
    assert str(cost_of(record, RATES, 40.2)) == "$20.10 so far (estimated: 40.2 s of T4)"
    small = Rates.joined(None, {"T4": 0.000306})
    assert (
        str(cost_of(RunRecord("r", gpu="T4", run_duration=40.2), small))
        == "$0.0123 (estimated: 40.2 s of T4)"
    )


async def test_prices_change_the_next_day_only(wire: Wire, tmp_path: Path) -> None:
    """A list that was read counts as it was, dated; a new client that is told to asks anew."""
    prices = {"A10G": 1.0}
    wire.otherwise = lambda _asked: answer(200, prices)
    async with client_of(wire, tmp_path) as client:
        await rates_of(context_of(client))
        prices["A10G"] = 2.0
        before = (await rates_of(context_of(client))).of("A10G")
        await client.account.pricing(refresh=True)
    async with client_of(wire, tmp_path) as client:
        after = (await rates_of(context_of(client))).of("A10G")
    assert before is not None
    assert after is not None
    assert (before.value, after.value) == (1.0, 2.0)
    assert before.at < after.at
