"""The same at 1×, 10× and 100× the work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.bench import AIOHTTP, CURL, OURS, Bench
from benchmarks.figures.batches import measured, replayed
from benchmarks.figures.catalogues import listed
from benchmarks.figures.figure import Figure
from benchmarks.figures.transfers import fetched
from benchmarks.figures.waiting import waited

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from benchmarks.numbers import Value

SCALES = (1, 10, 100)


def _growth(bench: Bench) -> Iterator[Value]:
    for scale in SCALES:
        yield from _scaled(bench, scale)


def _scaled(bench: Bench, scale: int) -> Iterator[Value]:
    sizes = bench.sizes
    rows = max(sizes.rows // 100, 10) * scale
    deployments = max(sizes.deployments // 5, 1) * scale
    live = max(max(sizes.live) // 100, 1) * scale
    megabytes = sizes.megabytes / 24 * scale

    def both(words: str, measure: Callable[[str], Iterable[Value]], *names: str) -> Iterator[Value]:
        for value in bench.each(names, measure, f"{words} {scale}×"):
            yield value._replace(case=f"{words} {value.case}")

    yield from both("batch of", lambda one: measured(bench, one, rows, f"{rows:,}, "), OURS, AIOHTTP)
    yield from both("replay of", lambda _: replayed(bench, rows), OURS)
    listing = f"{deployments:,}, "
    yield from both("catalogue of", lambda one: listed(bench, deployments, one, listing), OURS, AIOHTTP)
    yield from both("delay with", lambda one: waited(bench, live, one), OURS, AIOHTTP)
    yield from both(
        "download of", lambda one: fetched(bench, one, megabytes, f"{megabytes:.3g} MB"), OURS, CURL
    )


GROWTH = Figure(
    "growth",
    "Growth",
    "Only with --growth: batches and replays of 100, 1,000 and 10,000 rows, catalogues of 10, 100 and 1,000 deployments, waits "
    "for 10, 100 and 1,000 live runs, and downloads of 1, 10 and 100 MB, measured as the figures of those names.",
    _growth,
    rounds=1,
)
