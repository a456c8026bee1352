"""What runs cost, as data: US dollars, or a reason why nobody knows. Unknown is None, never 0."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import fsum

import attrs

from stationthis_sdk.entities.runs import RunRecord
from stationthis_sdk.shown import Shown

__all__ = ["BilledTime", "Cost", "CostRow", "dollars", "seconds_of", "summed"]


def dollars(amount: float) -> str:
    """An amount as people read it: to the cent, small ones to four digits that count.

    >>> dollars(12.3), dollars(0.0123), dollars(0.00000317), dollars(0)
    ('$12.30', '$0.0123', '$0.00000317', '$0.00')
    """
    if amount == 0 or amount >= 1:
        return f"${amount:.2f}"
    if amount >= 0.001:
        return f"${amount:.4f}"
    text = f"{amount:.12f}".rstrip("0")
    first = next((place for place, digit in enumerate(text) if digit not in "0."), len(text))
    return f"${text[: first + 3]}" if first < len(text) else f"${amount:.3g}"


@attrs.frozen
class Cost(Shown):
    """What one run costs: ``seconds`` at work times ``rate``, US dollars a second of the GPU it ran on.

    ``estimated`` is in US dollars: what the service bills counts cold starts and warm machines as well, see
    ``StationThis.costs``. None, never 0, where it is not known; ``why`` says why. ``rate_source`` is service (its price
    list) or table (your own), ``rate_at`` when that was learnt. ``so_far``: the run still works.

    >>> print(Cost(0.0123, 40.2, "A10G", 0.000306, "service"))
    $0.0123 (estimated: 40.2 s of A10G)
    >>> print(Cost(why="the service tells no GPU"))
    unknown: the service tells no GPU
    """

    estimated: float | None = None
    seconds: float | None = None
    gpu: str | None = None
    rate: float | None = None
    rate_source: str | None = None
    rate_at: datetime | None = None
    why: str | None = None
    so_far: bool = False

    def __str__(self) -> str:
        if self.estimated is None:
            return f"unknown: {self.why or 'nothing was told'}"
        took = self.seconds or 0.0
        seconds = f"{took:.1f} s of {self.gpu}" if took >= 1 else f"{took:.2g} s of {self.gpu}"
        so_far = " so far" if self.so_far else ""
        return f"{dollars(self.estimated)}{so_far} (estimated: {seconds})"


@attrs.frozen
class CostRow:
    """The runs that have the same ``key``: one text for each thing the report is told by, None where a run has none.

    ``seconds`` and ``estimated`` are of the runs whose cost is known, None where there is no such run;
    ``unknown_runs`` says how many others there are, live ones among them. ``billed`` is what machines cost in all that
    time, cold starts and warm time included; None where nobody asked, or nobody knows.
    """

    key: tuple[str | None, ...]
    runs: int = 0
    seconds: float | None = None
    estimated: float | None = None
    unknown_runs: int = 0
    billed: float | None = None


@attrs.frozen
class BilledTime:
    """Time for which a machine had a GPU, and what it cost; ``billed`` is None where the GPU's rate is not known."""

    machine_id: str | None
    gpu: str | None
    started_at: datetime
    ended_at: datetime
    rate: float | None = None
    billed: float | None = None


def summed(rows: Sequence[CostRow], names: Sequence[str] = ()) -> CostRow:
    """All rows as one."""
    known = {
        name: [value for row in rows if (value := getattr(row, name)) is not None]
        for name in ("seconds", "estimated", "billed")
    }
    sums: Mapping[str, float | None] = {
        name: fsum(values) if values else None for name, values in known.items()
    }
    return CostRow(
        ("*",) * len(names),
        sum(row.runs for row in rows),
        sums["seconds"],
        sums["estimated"],
        sum(row.unknown_runs for row in rows),
        sums["billed"],
    )


def seconds_of(record: RunRecord) -> float | None:
    """How long a run that has ended was at work, in seconds; None where the service does not tell.

    One that was cancelled in the queue was not at work at all.
    """
    if record.run_duration is not None and record.run_duration >= 0:
        return record.run_duration
    if record.started_at is not None:
        ended = record.ended_at
        took = -1.0 if ended is None else (ended - record.started_at).total_seconds()
        return took if took >= 0 else None
    return 0.0 if record.state == "cancelled" and record.queued_at is not None else None
