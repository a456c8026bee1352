"""Sums of costs: exact, each run once, days of UTC, and never 0 for what nobody knows."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction
from math import fsum
from pathlib import Path
from zoneinfo import ZoneInfo

import attrs
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationthis_sdk import AsyncStationThis, InvalidInput, Pricing, Source
from stationthis_sdk.entities import RunRecord, RunState, Told
from stationthis_sdk.entities.costs import BilledTime, CostRow, summed
from stationthis_sdk.money.moments import period
from stationthis_sdk.money.rates import Rates
from stationthis_sdk.money.report import WAYS, CostReport, billed_times, grouped, with_billed
from stationthis_sdk.store.costs import RunCost
from stationthis_sdk.store.ledger import Ledger, SubmitRow
from stationthis_sdk.store.machine_times import MachineTime
from tests.wire import Wire, answer

NOW = datetime(2026, 11, 29, 13, 5, tzinfo=UTC)
RUN = RunCost(NOW.timestamp(), "success", "portrait", ("autumn",), "A10G", "m1", None, 2.0, 0.5)


def at(text: str) -> float:
    """Seconds since 1970 of a time of UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


RUNS = st.lists(
    st.builds(
        RunCost,
        st.floats(at("2026-01-01"), at("2027-01-01")),
        st.sampled_from(["success", "failed", "cancelled", "running"]),
        st.none() | st.sampled_from(["portrait", "product"]),
        st.lists(st.sampled_from(["autumn", "client"]), unique=True).map(tuple),
        st.none() | st.sampled_from(["A10G", "T4"]),
        st.none() | st.sampled_from(["m1", "m2"]),
        st.none() | st.sampled_from(["lighthouses"]),
        st.none() | st.floats(0, 1e4),
        st.none() | st.floats(0, 1e3),
    ),
    max_size=40,
)
BY = st.lists(st.sampled_from([*WAYS]), unique=True)


@given(RUNS, BY)
def test_groups_sum_up_to_the_total(runs: list[RunCost], by: list[str]) -> None:
    """Whatever they are told by: each run is in one group, and nothing is lost or counted twice."""
    rows = grouped(runs, by)
    total = summed(rows)
    known = [run.cost for run in runs if run.cost is not None]
    assert (total.runs, total.unknown_runs) == (len(runs), len(runs) - len(known))
    if known:
        assert total.estimated == pytest.approx(float(sum(map(Fraction, known))), rel=1e-12)
        assert total.seconds == pytest.approx(
            fsum(run.seconds or 0.0 for run in runs if run.cost is not None)
        )
    else:
        assert (total.estimated, total.seconds) == (None, None)
    assert len({row.key for row in rows}) == len(rows)
    for row in rows:
        those = [run for run in runs if tuple(WAYS[way](run) for way in by) == row.key]
        assert row.runs == len(those)
        assert (row.estimated is None) == (row.unknown_runs == row.runs)


def test_sums_are_exact() -> None:
    """Ten tenths are one, by hand and here."""
    rows = grouped([attrs.evolve(RUN, cost=0.1)] * 10, ("day",))
    assert rows == (CostRow(("2026-11-29",), 10, 20.0, 1.0, 0),)


def test_days_are_those_of_utc() -> None:
    """The second before midnight is another day, whatever summer time does to clocks here."""
    moments = ["2026-03-28T23:59:59.999", "2026-03-29T00:00:00", "2026-03-29T23:59:59", "2026-10-25T00:30:00",
               "2026-10-25T23:30:00", "2026-10-26T00:00:00"]  # fmt: skip
    rows = grouped([attrs.evolve(RUN, made_at=at(moment)) for moment in moments], ("day",))
    assert [(row.key[0], row.runs) for row in rows] == [
        ("2026-03-28", 1), ("2026-03-29", 2), ("2026-10-25", 2), ("2026-10-26", 1),
    ]  # fmt: skip
    berlin = datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin"))
    begin, _, problems = period(berlin, None, NOW)
    assert (begin, problems) == (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), [])


def test_a_run_with_several_tags_counts_once() -> None:
    """Under all of them together, in one order."""
    runs = [
        RUN,
        attrs.evolve(RUN, tags=("b", "a")),
        attrs.evolve(RUN, tags=("a", "b")),
        attrs.evolve(RUN, tags=()),
    ]
    assert [(row.key, row.runs) for row in grouped(runs, ("tag",))] == [
        (("a, b",), 2),
        (("autumn",), 1),
        ((None,), 1),
    ]


@pytest.mark.parametrize(
    ("since", "until", "begin", "end"),
    [
        (None, None, "2026-11-01T00:00", "2026-11-29T13:05"),
        ("2026-11-05", "2026-11-06", "2026-11-05T00:00", "2026-11-07T00:00"),
        (date(2026, 11, 5), date(2026, 11, 5), "2026-11-05T00:00", "2026-11-06T00:00"),
        ("2026-11-05T10:00", "2026-11-05T12:00+01:00", "2026-11-05T10:00", "2026-11-05T11:00"),
        (datetime(2026, 11, 5, 10), datetime(2026, 11, 5, 10, tzinfo=timezone(timedelta(hours=-3))),  # noqa: DTZ001 - meant
         "2026-11-05T10:00", "2026-11-05T13:00"),
        (timedelta(days=7), None, "2026-11-22T13:05", "2026-11-29T13:05"),
        ("last 7 days", "2h", "2026-11-22T13:05", "2026-11-29T11:05"),
        ("2w", None, "2026-11-15T13:05", "2026-11-29T13:05"),
    ],
)  # fmt: skip
def test_moments_as_people_say_them(since: object, until: object, begin: str, end: str) -> None:
    """A day as the end counts whole; times without a zone are UTC."""
    found = period(since, until, NOW)  # type: ignore[arg-type]
    assert found == (
        datetime.fromisoformat(begin).replace(tzinfo=UTC),
        datetime.fromisoformat(end).replace(tzinfo=UTC),
        [],
    )


async def test_all_faults_are_told_at_once(client: AsyncStationThis, wire: Wire) -> None:
    """Before anything is asked."""
    with pytest.raises(InvalidInput) as caught:
        await client.costs("soon", 7, by="day,week,day")  # type: ignore[arg-type]
    assert len(caught.value.problems) == 4
    with pytest.raises(InvalidInput, match="is after until"):
        await client.costs("2026-11-05", "2026-11-01")
    assert wire.asked == []


RATES = Rates.joined(Told(Pricing({"A10G": 0.5}), Source("api", NOW)), {})


def test_machine_time_is_cut_at_midnight() -> None:
    """Each day gets its seconds; a GPU without a price has time, and no amount."""
    times = [
        MachineTime("m1", "A10G", at("2026-11-28T23:59:50"), at("2026-11-30T00:00:30")),
        MachineTime("m1", "Z80", at("2026-11-29T10:00"), at("2026-11-29T11:00")),
    ]
    found = billed_times(times, RATES)
    assert [(f"{one.started_at:%d}", one.billed) for one in found] == [
        ("28", 5.0),
        ("29", 43200.0),
        ("30", 15.0),
        ("29", None),
    ]
    rows = with_billed([], found, ("day", "gpu"))
    assert [(row.key, row.billed) for row in rows] == [
        (("2026-11-28", "A10G"), 5.0), (("2026-11-29", "A10G"), 43200.0), (("2026-11-29", "Z80"), None),
        (("2026-11-30", "A10G"), 15.0),
    ]  # fmt: skip
    assert with_billed([], found, ()) == (CostRow((), billed=43220.0),)


@given(
    RUNS,
    st.lists(
        st.tuples(
            st.floats(at("2026-01-01"), at("2026-02-01")), st.floats(0, 4e5), st.sampled_from(["A10G", "Z80"])
        )
    ),
    BY,
)
def test_what_was_billed_adds_up(
    runs: list[RunCost], spans: list[tuple[float, float, str]], by: list[str]
) -> None:
    """Joined to the runs' rows or beside them: both columns keep their sums."""
    times = [
        MachineTime("m1", gpu, begin, begin + seconds) for begin, seconds, gpu in spans if seconds > 1e-3
    ]
    found: tuple[BilledTime, ...] = billed_times(times, RATES)
    rows = grouped(runs, by)
    joined = with_billed(rows, found, by)
    before, after = summed(rows), summed(joined)
    assert (after.runs, after.unknown_runs) == (before.runs, before.unknown_runs)
    assert after.estimated == (None if before.estimated is None else pytest.approx(before.estimated))
    known = fsum(time.ended_at - time.started_at for time in times if time.gpu == "A10G") * 0.5
    assert (after.billed or 0.0) == pytest.approx(known, abs=1e-3)
    assert (after.billed is None) == (not any(time.gpu == "A10G" for time in times))


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A service that only knows prices."""
    with Wire(answer(200, {"A10G": 0.25})) as made:
        yield made


@pytest.fixture
async def client(wire: Wire, tmp_path: Path) -> AsyncStationThis:
    """A client of it."""
    return AsyncStationThis("k", wire.base_url, home=tmp_path)


async def kept(ledger: Ledger, number: int, made: str, seconds: float | None, **more: object) -> None:
    """A run in the ledger."""
    submit = f"{number:032x}"
    fields = {"state": "success", "gpu": "A10G", "deployment_name": "portrait", **more}
    fields["state"] = RunState(str(fields["state"]))
    moment = datetime.fromisoformat(made).replace(tzinfo=UTC)
    await ledger.sending(SubmitRow(submit, "portrait"))
    record = RunRecord(f"run-{number}", created_at=moment, run_duration=seconds, submit_id=submit, **fields)  # type: ignore[arg-type]
    await ledger.accepted(submit, record)


async def test_the_ledgers_sums(client: AsyncStationThis) -> None:
    """By hand: 2, 4 and 8 seconds at a quarter of a dollar; live ones and others' GPUs are counted apart."""
    async with client:
        ledger = client._ready.context.ledger
        await kept(ledger, 0, "2026-10-31T23:59:59", 100.0)
        await kept(ledger, 1, "2026-11-01T00:00:00", 2.0, tags=("autumn",))
        await kept(ledger, 2, "2026-11-01T23:59:59", 4.0, state="failed", tags=("autumn",))
        await kept(ledger, 3, "2026-11-02T00:00:00", 8.0, state="cancelled")
        await kept(ledger, 4, "2026-11-02T10:00:00", None, state="running")
        await kept(ledger, 5, "2026-11-02T11:00:00", 7.0, gpu="Z80", deployment_name=None)
        await kept(ledger, 6, "2026-11-03T00:00:00", 100.0)
        report = await client.costs("2026-11-01", "2026-11-02", by=("day", "tag"))
        assert report.rows == (
            CostRow(("2026-11-01", "autumn"), 2, 6.0, 1.5, 0),
            CostRow(("2026-11-02", None), 3, 8.0, 2.0, 2),
        )
        assert report.total == CostRow(("*", "*"), 5, 14.0, 3.5, 2)
        assert str(report) == "5 runs: $3.50 (estimated), 2 of unknown cost"
        states = await client.costs("2026-11-01", "2026-11-02", by="state, gpu")
        assert [(row.key, row.estimated) for row in states] == [
            (("cancelled", "A10G"), 2.0), (("failed", "A10G"), 1.0), (("running", "A10G"), None),
            (("success", "A10G"), 0.5), (("success", "Z80"), None),
        ]  # fmt: skip
        named = await client.costs("2026-11-02", "2026-11-02", by="deployment")
        assert [row.key for row in named] == [("portrait",)]  # a graph's run has its submit's name
        # What was learnt stays, whatever prices are later.
        (run,) = [one for one in await ledger.runs() if one.record.id == "run-3"]
        assert run.cost is not None
        assert (run.cost.estimated, run.cost.rate, run.cost.rate_source) == (2.0, 0.25, "service")


async def test_nothing_costs_nothing(client: AsyncStationThis) -> None:
    """An empty ledger has no rows, no amounts, and a frame with its columns."""
    async with client:
        report = await client.costs()
    assert (len(report), report.total.estimated, str(report)) == (0, None, "0 runs: nothing")
    assert list(report.to_frame().columns) == [
        "day",
        "deployment",
        "runs",
        "duration",
        "estimated",
        "unknown_runs",
        "billed",
    ]


def test_a_frame_for_people_and_for_parquet(tmp_path: Path) -> None:
    """Unknown is missing, not 0; it comes back from Parquet as it was."""
    rows = (
        CostRow(("2026-11-01", "portrait"), 2, 6.0, 1.5, 0),
        CostRow(("2026-11-02", None), 3, None, None, 3),
    )
    report = CostReport(("day", "deployment"), NOW, NOW, rows, summed(rows))
    frame = report.to_frame()
    assert frame["estimated"].isna().tolist() == [False, True]
    assert frame["duration"].tolist() == [pd.Timedelta(seconds=6), pd.NaT]
    assert frame["runs"].sum() == 5
    frame.to_parquet(tmp_path / "costs.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "costs.parquet"), frame)
    text = io.StringIO()
    frame.to_csv(text, index=False)
    assert next(csv.DictReader(io.StringIO(text.getvalue())))["estimated"] == "1.5"
