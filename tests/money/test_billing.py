"""What machines were billed for: from the service's events, kept, as it forgets them after a day."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stationthis_sdk.entities.machines import MachineEvent
from stationthis_sdk.store.ledger import Ledger
from stationthis_sdk.store.ledger_file import LedgerFile
from stationthis_sdk.store.machine_times import keep_events, known_times, machine_times
from stationthis_sdk.testing import LocalGateway, local_gateway
from tests.echo import GRAPH

DAY = 86_400.0
NOW = datetime(2026, 11, 29, 13, tzinfo=UTC)


@pytest.fixture
def gateway() -> Iterator[LocalGateway]:
    """A gateway whose CPU costs a dollar a second."""
    with local_gateway(prices={"CPU": 1.0}) as made:
        made.deploy("echo", GRAPH)
        yield made


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A ledger of the test's own."""
    return Ledger(LedgerFile(tmp_path / "ledger.db"), "https://api.example/api", "user_1")


def event(name: str, start: float, end: float | None, **more: str) -> MachineEvent:
    """A machine's time, in seconds before NOW."""
    started = NOW - timedelta(seconds=start)
    ended = None if end is None else NOW - timedelta(seconds=end)
    fields = {"machine_id": "m1", "gpu": "A10G", **more}
    return MachineEvent(name, started_at=started, ended_at=ended, **fields)


def test_runs_and_sessions_are_billed(gateway: LocalGateway) -> None:
    """The gateway's own events: a run's seconds, and an open session's until now; only when it is asked for."""
    st = gateway.client()
    run = st.deployments["echo"](words="x")
    assert st.costs(by="machine").rows[0].billed is None
    assert not [one for one in st.last_requests if one.url.endswith("/events")]
    told = st.costs(by=("machine", "day"), billed=True)
    assert len(told) == 1
    assert told.rows[0].billed == pytest.approx(run.record.run_duration, abs=0.01)
    assert told.billed_times is not None
    machine = st.machines.get("this-machine")
    before = told.rows[0].billed
    with st.sessions.open(machine="this-machine", minutes=30):
        gateway.until(lambda: (st.costs(by="machine", billed=True).total.billed or 0) > 0.2 + before)
        (opened,) = [one for one in machine.events() if one.session_id]
        assert opened.ended_at is None
    ended = st.costs(by="gpu", billed=True)
    spent = sum((one.ended_at - one.started_at).total_seconds() for one in machine.events() if one.ended_at)
    assert ended.total.billed == pytest.approx(spent, abs=0.05)
    tagged = st.costs(by="tag", billed=True)
    assert [row.key for row in tagged if row.billed is not None] == [("*",)]
    assert tagged.total.billed == pytest.approx(ended.total.billed)


async def test_what_the_service_forgets_is_kept(ledger: Ledger) -> None:
    """Asked again a day later, what was told before still counts, each time once."""
    now = NOW.timestamp()
    await keep_events(ledger, [event("a", 500, 400)], now)
    await keep_events(ledger, [event("b", -3600, -3700)], now + DAY)
    times = await machine_times(ledger, now - DAY, now + DAY, now + DAY)
    assert [(one.started_at - now, one.ended_at - now) for one in times] == [
        (-500.0, -400.0),
        (3600.0, 3700.0),
    ]
    await keep_events(ledger, [event("b", -3600, -3700)], now + DAY + 1)
    assert len(await machine_times(ledger, now - DAY, now + 2 * DAY, now + 2 * DAY)) == 2


async def test_what_lasts_counts_until_it_was_heard_of_last(ledger: Ledger) -> None:
    """Until now while the service tells of it; its end counts once that is told, and is not unlearnt."""
    now = NOW.timestamp()
    await keep_events(ledger, [event("a", 500, None)], now)
    (open_one,) = await machine_times(ledger, now - DAY, now + DAY, now)
    assert open_one.ended_at - open_one.started_at == 500
    (later,) = await machine_times(ledger, now - DAY, now + DAY, now + 300)
    assert later.ended_at - later.started_at == 500
    await keep_events(ledger, [event("a", 500, 100)], now + 300)
    await keep_events(ledger, [event("a", 500, None)], now + 400)
    (ended,) = await machine_times(ledger, now - DAY, now + DAY, now + 400)
    assert ended.ended_at - ended.started_at == 400


async def test_only_what_lies_in_the_period_counts(ledger: Ledger) -> None:
    """Cut at its edges; what only touches them is not in it; an end of the future is now."""
    now = NOW.timestamp()
    await keep_events(ledger, [event("a", 100, 50), event("b", 50, 0), event("c", 10, -1000)], now)
    times = await machine_times(ledger, now - 75, now - 50, now)
    assert [(one.started_at - now, one.ended_at - now) for one in times] == [(-75.0, -50.0)]
    assert (
        sum(one.ended_at - one.started_at for one in await machine_times(ledger, now - DAY, now + DAY, now))
        == 110
    )


async def test_what_is_not_known_is_told(ledger: Ledger) -> None:
    """A day before each look is known; looks that touch are one, others leave a gap."""
    now = NOW.timestamp()
    assert await known_times(ledger, now - 10 * DAY, now) == 0
    await keep_events(ledger, [], now - 5 * DAY)
    await keep_events(ledger, [], now - 4.5 * DAY)
    await keep_events(ledger, [], now)
    assert await known_times(ledger, now - 10 * DAY, now) == pytest.approx(2.5 * DAY)
    assert await known_times(ledger, now - 4.75 * DAY, now - 0.5 * DAY) == pytest.approx(0.75 * DAY)
    await keep_events(ledger, [], now - 3.75 * DAY)
    assert await known_times(ledger, now - 10 * DAY, now) == pytest.approx(3.25 * DAY)


def test_a_gap_is_in_the_report(gateway: LocalGateway) -> None:
    """Of the last days one is known; of the last hours all."""
    st = gateway.client()
    week = st.costs("7d", by=(), billed=True)
    assert week.billed_gap == pytest.approx(6 * DAY, abs=60)
    assert st.costs("3h", by=(), billed=True).billed_gap == 0
    assert st.costs("7d", by=()).billed_gap is None
