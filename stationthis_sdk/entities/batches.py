"""Batches as data: how far one is, and what came of each of its rows."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import attrs

from stationthis_sdk.entities.costs import dollars
from stationthis_sdk.shown import Shown

__all__ = ["BatchEstimate", "BatchProgress", "BatchRow"]

FAILED: Final = ("failed", "timeout", "cancelled", "refused")
"""States of rows that came to nothing."""


@attrs.frozen
class BatchProgress(Shown):
    """How far a batch is. ``cost`` is in US dollars, None where nothing is known; ``unknown_costs`` runs are not in it.

    ``per_minute`` and ``eta`` (seconds left) are of this start, None where nobody can tell.

    >>> print(BatchProgress(500, {"success": 120, "failed": 3, "live": 16, "pending": 361}, cost=1.234, eta=750.0))
    123/500 · 120 well, 3 failed, 16 under way · $1.23 · 12:30 left
    """

    total: int
    states: Mapping[str, int] = attrs.field(factory=dict)
    saved: int = 0
    cost: float | None = None
    unknown_costs: int = 0
    per_minute: float | None = None
    eta: float | None = None
    budget: float | None = None

    @property
    def succeeded(self) -> int:
        """Rows whose run ended well."""
        return self.states.get("success", 0)

    @property
    def failed(self) -> int:
        """Rows that came to nothing: failed, timed out, cancelled, refused."""
        return sum(self.states.get(state, 0) for state in FAILED)

    @property
    def live(self) -> int:
        """Rows under way."""
        return self.states.get("live", 0) + self.states.get("sending", 0)

    @property
    def pending(self) -> int:
        """Rows that wait for their turn."""
        return self.states.get("pending", 0)

    @property
    def ended(self) -> int:
        """Rows that are done, well or not."""
        return self.succeeded + self.failed

    def __str__(self) -> str:
        parts = [f"{self.succeeded} well"]
        parts += [f"{self.failed} failed"] if self.failed else []
        parts += [f"{self.live} under way"] if self.live else []
        told = [f"{self.ended}/{self.total}", ", ".join(parts)]
        if self.cost is not None:
            told.append(
                dollars(self.cost) + (f" of {dollars(self.budget)}" if self.budget is not None else "")
            )
        if self.eta is not None and self.ended < self.total:
            minutes, seconds = divmod(int(self.eta), 60)
            hours, minutes = divmod(minutes, 60)
            clock = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
            told.append(f"{clock} left")
        return " · ".join(told)


@attrs.frozen
class BatchEstimate(Shown):
    """What a batch would run and cost: by earlier runs, so it is a guess, and None where there are none.

    ``missing`` of ``rows`` are to be run. ``dollars`` is the usual cost of all of them, ``most`` if each were as long as the
    longest so far; ``seconds`` is how long it takes at the deployment's own concurrency. ``why``: why a cost is not known.

    >>> print(BatchEstimate(500, 480, 12.0, 20.0, 3600.0, 31))
    480 of 500 rows to run · about $12.00, $20.00 at the most · about 60 min (as 31 runs before)
    """

    rows: int
    missing: int
    dollars: float | None = None
    most: float | None = None
    seconds: float | None = None
    runs_before: int = 0
    why: str | None = None

    def __str__(self) -> str:
        told = [f"{self.missing} of {self.rows} rows to run"]
        if self.dollars is None:
            told.append(f"cost unknown: {self.why}")
        else:
            at_most = "" if self.most is None else f", {dollars(self.most)} at the most"
            told.append(f"about {dollars(self.dollars)}{at_most}")
        if self.seconds is not None:
            long = f"{self.seconds / 60:.0f} min" if self.seconds >= 90 else f"{self.seconds:.0f} s"
            told.append(f"about {long} (as {self.runs_before} runs before)")
        return " · ".join(told)


@attrs.frozen
class BatchRow(Shown):
    """One row of a batch, and what came of it.

    ``place`` counts from 0; ``key`` is what the key column says. ``inputs`` are what is sent, derived seeds included,
    files as paths; ``extra`` are the columns that are not sent. ``state`` is pending, sending, live, or how it ended:
    success, failed, timeout, cancelled (those of its run), refused (it was not taken); ``reason`` says why. ``cost`` in
    US dollars and ``seconds`` are of all its runs; None where nobody knows. ``files`` are the paths of what was saved.
    ``picked`` is whether somebody picked it: see ``Batch.pick``.
    """

    place: int
    key: str | None
    inputs: Mapping[str, Any]
    extra: Mapping[str, Any]
    state: str
    reason: str | None = None
    run_id: str | None = None
    seconds: float | None = None
    gpu: str | None = None
    cost: float | None = None
    ended_at: datetime | None = None
    files: tuple[str, ...] = ()
    saved: bool = False
    picked: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether its run ended well."""
        return self.state == "success"

    @property
    def failed(self) -> bool:
        """Whether it came to nothing."""
        return self.state in FAILED

    def __str__(self) -> str:
        name = f"row {self.place + 1}" if self.key is None else self.key
        return f"{name}: {self.state}" + (f" ({self.reason})" if self.reason else "")


def moment(seconds: float | None) -> datetime | None:
    """A moment in UTC, of seconds since 1970."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
