"""From the end of a run on the service to the caller's knowledge."""

from __future__ import annotations

import statistics
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.bench import AIOHTTP, OURS, VENDOR, Bench
from benchmarks.figures.figure import Figure
from benchmarks.numbers import Value

if TYPE_CHECKING:
    from collections.abc import Iterator


def waited(bench: Bench, live: int, contender: str) -> Iterator[Value]:
    """The delay with so many live runs, and how often the service was asked for it."""
    first = 1.15 + 0.33 * bench.turn  # in step with nobody's polls
    spread = 3 + max(1.0, live / 250)
    result, told = bench.run(contender, "delay", {"live": live, "first": first, "spread": spread})
    late = sorted(1000 * max(0.0, known - told.ends[run_id]) for run_id, known in result["known"].items())
    yield Value(f"{live:,} live, median", contender, statistics.median(late), "ms")
    yield Value(f"{live:,} live, 95th of 100", contender, late[int(len(late) * 0.95)], "ms")
    yield Value(f"{live:,} live, requests a run", contender, told.requests / live, "requests")


def _waits(bench: Bench) -> Iterator[Value]:
    for live in bench.sizes.live:
        yield from bench.each((OURS, AIOHTTP, VENDOR), partial(waited, bench, live), f"{live:,} live")


DELAY = Figure(
    "delay",
    "From a run's end to the caller's knowledge",
    "So many runs are submitted at once and end 1 s to 5–9 s later, evenly, one alone after 1.15, 1.48 and 1.81 s; each is "
    "waited for by `await run.wait()`. The service's clock and the caller's are the same. The others have no wait: they read "
    "each run once a second, as people write it. The service streams changes as ComfyUI Deploy does.",
    _waits,
    rounds=3,
)
