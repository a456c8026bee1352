"""What notebooks show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.bench import OURS, Bench
from benchmarks.figures.figure import Figure
from benchmarks.numbers import Value

if TYPE_CHECKING:
    from collections.abc import Iterator


def _displays(bench: Bench) -> Iterator[Value]:
    runs, rows, pictures = bench.sizes.shown
    if bench.environment("displays", f"{OURS} with a notebook's packages") is None:
        return
    settings = {"runs": runs, "rows": rows, "pictures": pictures}
    told = bench.run_program("displays", OURS, "displays", "displays", settings, runs=rows).result
    titles = {
        "runs": f"list of {runs} runs",
        "batch": f"batch of {rows:,} rows",
        "gallery": f"{pictures} pictures",
    }
    for name, title in titles.items():
        yield Value(f"{title}, size", OURS, told[name]["bytes"] / 1000, "KB")
        yield Value(f"{title}, first time", OURS, told[name]["ms"], "ms")
        yield Value(f"{title}, again", OURS, told[name]["again"], "ms")


DISPLAYS = Figure(
    "displays",
    "Displays in a notebook",
    "`_repr_mimebundle_()` of a list of 100 runs, a batch of 1,000 rows and a gallery of 50 pictures of 512×512, the first "
    "time with what it fetches, and again; its size as JSON, as a notebook file has it. No rival shows anything.",
    _displays,
    rounds=3,
)
