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
    from collections.abc import Iterator

    from benchmarks.numbers import Value

SCALES = (1, 10, 100)


def _growth(bench: Bench) -> Iterator[Value]:
    sizes = bench.sizes
    for scale in SCALES:
        for contender in bench.order(OURS, AIOHTTP):
            yield from measured(bench, contender, max(sizes.rows // 100, 10) * scale, f"batch {scale}×: ")
        for contender in bench.order(OURS, AIOHTTP):
            for value in listed(
                bench, contender, max(sizes.deployments // 5, 1) * scale, f"catalogue {scale}×: "
            ):
                yield value
        for contender in bench.order(OURS, AIOHTTP):
            for value in waited(bench, contender, max(max(sizes.live) // 100, 1) * scale):
                yield value._replace(case=f"delay {scale}×: {value.case}")
        for contender in bench.order(OURS, CURL):
            yield from fetched(bench, contender, sizes.megabytes / 24 * scale, f"download {scale}×")
        if bench.order(OURS):
            yield from replayed(bench, max(sizes.rows // 100, 10) * scale, f"replay {scale}×: ")


GROWTH = Figure(
    "growth",
    "Growth",
    "Only with --growth: batches and replays of 100, 1,000 and 10,000 rows, catalogues of 10, 100 and 1,000 deployments, waits "
    "for 10, 100 and 1,000 live runs, and downloads of 1, 10 and 100 MB, measured as the figures of those names.",
    _growth,
    rounds=1,
)
