"""What was spent: the runs of the ledger summed by day, deployment, tag and more, and what machines were billed for."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import fsum, inf
from typing import TYPE_CHECKING, Any, Final

import attrs

from stationthis_sdk.entities.costs import BilledTime, CostRow, dollars, summed
from stationthis_sdk.entities.machines import MachineEvent, MachineRecord
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.money.moments import Moment, period
from stationthis_sdk.money.rates import Rates, rates_of
from stationthis_sdk.shown import Shown
from stationthis_sdk.store.costs import RunCost, fill_costs, run_costs
from stationthis_sdk.store.machine_times import (
    MachineTime,
    keep_events,
    known_times,
    machine_times,
    moment,
)

if TYPE_CHECKING:
    import pandas as pd

    from stationthis_sdk.context import Context

__all__ = ["WAYS", "CostReport", "report_of"]

WAYS: Final[Mapping[str, Callable[[RunCost], str | None]]] = {
    "day": lambda run: f"{moment(run.made_at):%Y-%m-%d}",
    "month": lambda run: f"{moment(run.made_at):%Y-%m}",
    "deployment": lambda run: run.deployment,
    "tag": lambda run: ", ".join(sorted(run.tags)) or None,
    "gpu": lambda run: run.gpu,
    "state": lambda run: run.state,
    "batch": lambda run: run.batch,
    "machine": lambda run: run.machine_id,
}
"""By what runs are told apart. A run with several tags has all of them as one, so that it counts once."""
_BILLED: Final[Mapping[str, Callable[[BilledTime], str | None]]] = {
    "day": lambda time: f"{time.started_at:%Y-%m-%d}",
    "month": lambda time: f"{time.started_at:%Y-%m}",
    "gpu": lambda time: time.gpu,
    "machine": lambda time: time.machine_id,
}
"""By what machines' time can be told apart."""
ALL: Final = "*"
_READS: Final = 4


@attrs.frozen(repr=False)
class CostReport(Shown):
    """What runs made from ``since`` until before ``until`` cost, in US dollars: ``rows`` by what ``by`` names.

    ``estimated`` is seconds at work times the rate of the run's GPU. ``billed`` is what the service bills for machines:
    cold starts and warm time count, too; None where it was not asked for. It can't be told apart by deployment, tag,
    state or batch: rows with * there have it. ``billed_gap`` are the seconds of the period of whose machines nothing is
    known. Days and months are those of UTC; a run counts in that in which it was made.
    """

    by: tuple[str, ...]
    since: datetime
    until: datetime
    rows: tuple[CostRow, ...]
    total: CostRow
    billed_times: tuple[BilledTime, ...] | None = None
    billed_gap: float | None = None

    def __repr__(self) -> str:
        return f"<costs {self.since:%Y-%m-%d} to {self.until:%Y-%m-%d}: {self}>"

    def __str__(self) -> str:
        total = self.total
        runs = f"{total.runs} run{'' if total.runs == 1 else 's'}"
        known = "unknown" if total.estimated is None else f"{dollars(total.estimated)} (estimated)"
        unknown = f", {total.unknown_runs} of unknown cost" if total.unknown_runs else ""
        billed = "" if total.billed is None else f", {dollars(total.billed)} billed"
        return f"{runs}: {known if total.runs else 'nothing'}{unknown}{billed}"

    def __iter__(self) -> Iterator[CostRow]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns of ``to_dicts``."""
        return (*self.by, *_AMOUNTS)

    def to_dicts(self) -> list[dict[str, Any]]:
        """The rows as plain data, a column each."""
        return [
            dict(zip(self.columns, (*row.key, *(getattr(row, name) for name in _AMOUNTS)), strict=True))
            for row in self.rows
        ]

    def to_frame(self) -> "pd.DataFrame":
        """The rows as a pandas frame; what is not known is missing, not 0. ``seconds`` are the column ``duration`` there.

        Raises:
            MissingExtra: pandas is not installed.
        """
        from stationthis_sdk.frames.making import frame_of  # noqa: PLC0415 - few want frames

        kinds = {way: "category" if way in {"gpu", "state"} else "text" for way in self.by}
        kinds |= {"duration" if name == "seconds" else name: kind for name, kind in _AMOUNTS.items()}
        return frame_of(kinds, [tuple(row.values()) for row in self.to_dicts()])


_AMOUNTS: Final = {
    "runs": "whole",
    "seconds": "duration",
    "estimated": "number",
    "unknown_runs": "whole",
    "billed": "number",
}


async def report_of(
    context: "Context",
    since: Moment | None,
    until: Moment | None,
    by: Sequence[str] | str,
    *,
    billed: bool,
) -> CostReport:
    """Sum up the ledger; ``billed`` asks the service for its machines' time, too.

    Raises:
        InvalidInput: no such time, or nothing that costs are told by; nothing was asked.
    """
    now = datetime.now(UTC)
    begin, end, problems = period(since, until, now)
    ways = _ways(by, problems)
    if problems or begin is None or end is None:
        raise InvalidInput(f"Nothing was asked: {'; '.join(problems)}.", problems=problems)
    rates = await rates_of(context)
    # Up to now is without an end: runs have the service's times, and its clock may be ahead.
    edges = (begin.timestamp(), inf if until is None else end.timestamp())
    await fill_costs(context.ledger, _price(rates), *edges)
    runs = await run_costs(context.ledger, *edges)
    rows = grouped(runs, ways)
    if not billed:
        return CostReport(ways, begin, end, rows, summed(rows, ways))
    await _ask_machines(context, {run.machine_id for run in runs if run.machine_id})
    asked = min(edges[1], now.timestamp())
    times = billed_times(await machine_times(context.ledger, *edges, now.timestamp()), rates)
    known = await known_times(context.ledger, edges[0], asked)
    joined = with_billed(rows, times, ways)
    gap = max(0.0, asked - edges[0] - known)
    return CostReport(ways, begin, end, joined, summed(joined, ways), times, 0.0 if gap < 1 else gap)


def grouped(runs: Iterable[RunCost], ways: Sequence[str]) -> tuple[CostRow, ...]:
    """The runs summed by these ways, in the order of their keys.

    >>> run = RunCost(0.0, "success", "portrait", (), "A10G", None, None, 2.0, 0.5)
    >>> grouped([run, attrs.evolve(run, cost=None)], ("day", "gpu"))
    (CostRow(key=('1970-01-01', 'A10G'), runs=2, seconds=2.0, estimated=0.5, unknown_runs=1, billed=None),)
    """
    groups: dict[tuple[str | None, ...], list[RunCost]] = defaultdict(list)
    for run in runs:
        groups[tuple(WAYS[way](run) for way in ways)].append(run)
    rows = []
    for key, those in groups.items():
        known = [run for run in those if run.cost is not None]
        rows.append(
            CostRow(
                key,
                len(those),
                fsum(run.seconds or 0.0 for run in known) if known else None,
                fsum(run.cost or 0.0 for run in known) if known else None,
                len(those) - len(known),
            )
        )
    return tuple(sorted(rows, key=_order))


def billed_times(times: Iterable[MachineTime], rates: Rates) -> tuple[BilledTime, ...]:
    """The times cut at midnight, each with what it cost."""
    found = []
    for time in times:
        begin, end = moment(time.started_at), moment(time.ended_at)
        rate = rates.of(time.gpu)
        while begin < end:
            midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
            till = min(end, midnight)
            value = None if rate is None else rate.value
            cost = None if value is None else (till - begin).total_seconds() * value
            found.append(BilledTime(time.machine_id, time.gpu, begin, till, value, cost))
            begin = till
    return tuple(found)


def with_billed(
    rows: Iterable[CostRow], times: Iterable[BilledTime], ways: Sequence[str]
) -> tuple[CostRow, ...]:
    """The rows with what was billed: in the row of the same key, else in one of its own."""
    joined = {row.key: row for row in rows}
    amounts: dict[tuple[str | None, ...], list[float | None]] = defaultdict(list)
    for time in times:
        amounts[tuple(_BILLED[way](time) if way in _BILLED else ALL for way in ways)].append(time.billed)
    for key, those in amounts.items():
        known = [amount for amount in those if amount is not None]
        billed = fsum(known) if known else None
        joined[key] = attrs.evolve(joined.get(key, CostRow(key)), billed=billed)
    return tuple(sorted(joined.values(), key=_order))


async def _ask_machines(context: "Context", more: set[str]) -> None:
    """Keep what the service tells of every machine's time of the last day; ``more`` may be gone meanwhile."""
    calls = context.service.machines
    told = await context.catalogue.read("machines", "all", calls.all, tuple[MachineRecord, ...], refresh=True)
    few = asyncio.Semaphore(_READS)

    async def read(machine_id: str) -> tuple[MachineEvent, ...]:
        async with few:
            return await calls.events(machine_id)

    now = datetime.now(UTC).timestamp()
    try:
        async with asyncio.TaskGroup() as group:
            ids = {machine.id for machine in told.value} | more
            reading = [group.create_task(read(machine_id)) for machine_id in sorted(ids)]
    except ExceptionGroup as problems:
        raise problems.exceptions[0] from None
    await keep_events(context.ledger, [event for task in reading for event in task.result()], now)


def _ways(by: Sequence[str] | str, problems: list[str]) -> tuple[str, ...]:
    words = by.split(",") if isinstance(by, str) else [*by]
    ways = tuple(word.strip() if isinstance(word, str) else word for word in words if word not in ("", " "))
    if bad := [way for way in ways if way not in WAYS]:
        problems.append(f"costs are not told by {', '.join(map(repr, bad))}: there is {', '.join(WAYS)}")
    if len(set(ways)) < len(ways):
        problems.append("by names something twice")
    return ways


def _price(rates: Rates) -> Callable[[str], tuple[float, str, float] | None]:
    def price(gpu: str) -> tuple[float, str, float] | None:
        rate = rates.of(gpu)
        return None if rate is None else (rate.value, rate.source, rate.at.timestamp())

    return price


def _order(row: CostRow) -> list[tuple[bool, str]]:
    return [(part is None, part or "") for part in row.key]
