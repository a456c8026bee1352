"""A large batch, and the same from kept results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.bench import AIOHTTP, OURS, VENDOR, Bench
from benchmarks.figures.figure import Figure
from benchmarks.numbers import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

AT_ONCE = 64


def measured(bench: Bench, contender: str, rows: int, case: str = "") -> Iterator[Value]:
    """All there is to tell of one batch."""
    result, told = bench.run(contender, "batch", {"rows": rows, "at_once": AT_ONCE})
    yield Value(f"{case}rows/s", contender, rows / result["seconds"], "rows/s", more=True)
    yield Value(f"{case}CPU a row", contender, result["cpu"], "ms")
    yield Value(f"{case}memory growth", contender, max(result["grown"], 0.0), "MB")
    yield Value(f"{case}requests a finished run", contender, told.requests / result["runs"], "requests")


def _batches(bench: Bench) -> Iterator[Value]:
    few = {VENDOR: bench.sizes.few_rows}
    yield from bench.each(
        (OURS, AIOHTTP, VENDOR),
        lambda contender: measured(bench, contender, few.get(contender, bench.sizes.rows)),
    )
    yield from bench.each((OURS,), lambda contender: _by_hand(bench, contender), "by hand")


def _by_hand(bench: Bench, contender: str) -> Iterator[Value]:
    rows = bench.sizes.rows
    result, _ = bench.run(contender, "by_hand", {"rows": rows, "at_once": AT_ONCE})
    yield Value("rows/s, by hand", contender, rows / result["seconds"], "rows/s", more=True)
    yield Value("CPU a row, by hand", contender, result["cpu"], "ms")


def replayed(bench: Bench, rows: int, case: str = "") -> Iterator[Value]:
    """A batch whose results were kept."""
    result, _ = bench.run(OURS, "replay", {"rows": rows, "at_once": AT_ONCE}, megabytes=0.004, outputs=1)
    yield Value(f"{case}{rows:,} rows, run first", OURS, result["first"], "s")
    yield Value(f"{case}{rows:,} rows, kept results", OURS, result["kept"], "s")
    yield Value(f"{case}{rows:,} rows, same batch again", OURS, result["again"], "s")


def _replays(bench: Bench) -> Iterator[Value]:
    yield from bench.each((OURS,), lambda _: replayed(bench, bench.sizes.rows))


BATCH = Figure(
    "batch",
    "A batch of 10,000 rows",
    "Ours is one plain `deployment.map(rows, name=…, concurrency=64)`, with its ledger, at the pace the SDK has with a service "
    "on this machine: nothing is patched. The bare limit is raw aiohttp: 64 loops, one POST and one GET a row. comfydeploy does "
    "the same with 1,000 rows. `by hand` is what ours does without a batch: 64 loops, `deployment.submit` and `st.runs.get`. The service's runs have ended when they are asked for the first time. 200 rows before it warm "
    "up. Memory is the process's highest mark against its size before; requests are all the service was asked, by all rows.",
    _batches,
    rounds=1,
)
REPLAY = Figure(
    "replay",
    "Replay of kept results",
    "`deployment.options(cache=True).map(…)` of 10,000 rows that make a file of 4 KB each, then the same rows under another name, which finds every result "
    "on the disk, then that batch started again. Nobody else keeps results: the first run of the rows is the rival.",
    _replays,
    rounds=1,
)
