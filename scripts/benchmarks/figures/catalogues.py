"""The list of deployments, from the service and from what is kept."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benchmarks.bench import AIOHTTP, HTTPX, OURS, STOCK, Bench
from benchmarks.figures.figure import Figure
from benchmarks.numbers import Value

if TYPE_CHECKING:
    from collections.abc import Iterator


def listed(bench: Bench, deployments: int, contender: str, case: str = "") -> Iterator[Value]:
    """What one contender needs for a list."""
    told = bench.run(contender, "catalogue", {}, deployments=deployments).result
    yield Value(f"{case}from the service", contender, told["cold"], "ms")
    if contender == OURS:
        yield Value(f"{case}first list of a process", contender, told["first"], "ms")
        yield Value(f"{case}same client again", contender, told["warm"], "ms")
        yield Value(f"{case}a new client, from the disk", contender, told["disk"], "ms")
        yield Value(f"{case}one by its name, warm", contender, told["one"], "ms")


def _catalogues(bench: Bench) -> Iterator[Value]:
    yield from bench.each((OURS, AIOHTTP, HTTPX, STOCK), partial(listed, bench, bench.sizes.deployments))


CATALOGUE = Figure(
    "catalogue",
    "The catalogue",
    "50 deployments of 8 KB. `first list of a process` loads those modules of ours that are loaded when they are needed, and "
    "fills an empty data folder; `from the service` is asked for anew, on an open connection as for everybody; then the same "
    "client, then a new client with that folder. Nobody else keeps lists; comfydeploy has none.",
    _catalogues,
)
