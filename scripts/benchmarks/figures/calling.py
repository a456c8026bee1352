"""Single calls and calls a second."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benchmarks.answers import identifier
from benchmarks.bench import AIOHTTP, BARE, HTTPX, OURS, STOCK, VENDOR, Bench, FailedError
from benchmarks.figures.figure import Figure
from benchmarks.numbers import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

ASYNC = (OURS, AIOHTTP, HTTPX, VENDOR, STOCK)


def _gets(bench: Bench) -> Iterator[Value]:
    settings = {"run_id": identifier(0), "seconds": bench.sizes.seconds}

    def plain(contender: str) -> Iterator[Value]:
        yield Value("plain", contender, bench.run(contender, "get", settings).result["ms"], "ms")

    def asynchronous(contender: str) -> Iterator[Value]:
        told = bench.run(contender, "calls", settings | {"at_once": 1}).result
        yield Value("async", contender, told["ms"], "ms")

    def plain_json(contender: str) -> Iterator[Value]:
        yield Value(
            "plain, JSON alone", contender, bench.run(contender, "get_json", settings).result["ms"], "ms"
        )

    yield from bench.each((OURS, HTTPX, VENDOR, STOCK), plain, "plain")
    yield from bench.each((OURS,), plain_json, "plain, JSON alone")
    yield from bench.each(ASYNC, asynchronous, "async")


def _calls(bench: Bench) -> Iterator[Value]:
    for at_once in bench.sizes.at_once:
        yield from bench.each((*ASYNC, BARE), partial(_called, bench, at_once), f"{at_once} at once")
        json = f"{at_once} at once, JSON alone"
        yield from bench.each((OURS,), partial(_called, bench, at_once, task="calls_json", case=json), json)


def _called(
    bench: Bench, at_once: int, contender: str, task: str = "calls", case: str | None = None
) -> Iterator[Value]:
    case = case or f"{at_once} at once"
    settings = {"run_id": identifier(0), "at_once": at_once, "seconds": bench.sizes.seconds}
    result, told = bench.run(contender, task, settings)
    if told.asked["read"] < result["per_second"] * bench.sizes.seconds * 0.9:
        raise FailedError(f"{contender} tells of more calls than the service has answered")
    yield Value(case, contender, result["per_second"], "calls/s", more=True)
    if "cpu" in result:
        yield Value(f"{case}, CPU a call", contender, result["cpu"], "ms")
    if contender == BARE:
        capacity = told.asked["read"] / told.cpu
        yield Value(case, "the service, by its CPU", capacity, "calls/s", more=True)


def _submits(bench: Bench) -> Iterator[Value]:
    settings = {"at_once": 32, "seconds": bench.sizes.seconds}

    def submitted(contender: str) -> Iterator[Value]:
        told = bench.run(contender, "submits", settings).result
        yield Value("32 at once", contender, told["per_second"], "submits/s", more=True)

    yield from bench.each(ASYNC, submitted)


GET = Figure(
    "get",
    "One read of a run",
    "One call after the other on one client, warmed up for 0.3 s, then for 1.5 s; the median of a call. The answer is "
    "2.3 KB. `plain` calls and `async` calls; aiohttp has no plain ones. Ours is `st.runs.get`, which also asks its ledger; "
    "`JSON alone` is `st.request`, which gives what raw clients give.",
    _gets,
)
CALLS = Figure(
    "calls",
    "Calls a second",
    "So many loops in one process read a run again and again for 1.5 s after 0.3 s of warming up, on one client without a "
    "limit of its connections; `CPU a call` is the work of that process alone, which is disturbed least by what else the "
    "machine does. `bare socket` writes the same bytes and counts answers: what the service can do beside anybody on this "
    "machine; `the service, by its CPU` is calls for each second that its process has worked.",
    _calls,
)
SUBMITS = Figure(
    "submits",
    "Submits a second",
    "As the calls, 32 at once, but each starts a run. Ours checks the inputs, draws none, and writes each submit to its "
    "ledger before it is sent; the others only send.",
    _submits,
)
