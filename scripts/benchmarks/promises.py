"""What was promised, as ratios within one run, and whether it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from benchmarks.bench import AIOHTTP, BARE, HTTPX, OURS, VENDOR
from benchmarks.numbers import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.numbers import Summary


class Promise(NamedTuple):
    """Ours divided by a rival's, or ours alone, against a limit."""

    words: str
    figure: str
    case: str
    limit: float
    at_least: bool
    rival: str | None = None
    rival_case: str | None = None
    who: str = OURS
    is_speedup: bool = False
    """The rival's time divided by ours."""


class Kept(NamedTuple):
    """A promise with what was measured."""

    words: str
    wanted: str
    measured: str
    kept: bool


PROMISES = (
    Promise("async calls/s at 32, JSON alone, of raw aiohttp's", "calls", "32 at once, JSON alone", 0.6, True, AIOHTTP,
            "32 at once"),
    Promise("async reads of a run/s at 32, of raw aiohttp's", "calls", "32 at once", 0.6, True, AIOHTTP),
    Promise("async reads of a run/s at 32, of the vendor's SDK's", "calls", "32 at once", 10, True, VENDOR),
    Promise("plain call, JSON alone, of raw httpx's time", "get", "plain, JSON alone", 1.2, False, HTTPX, "plain"),
    Promise("plain read of a run, of raw httpx's time", "get", "plain", 1.2, False, HTTPX),
    Promise("process start to first answer, of the vendor's SDK's", "start", "first answer", 1, False, VENDOR),
    Promise("import of the package, of the vendor's SDK's", "import", "package", 0.25, False, VENDOR),
    Promise("import of the client class, of the vendor's SDK's package", "import", "client class", 0.25, False, VENDOR,
            "package"),
    Promise("requests a finished run of a batch", "batch", "requests a finished run", 2.1, False),
    Promise("memory growth of a batch, MB", "batch", "memory growth", 100, False),
    Promise("rows/s of a batch, of submit and get by hand with the SDK", "batch", "rows/s", 0.5, True, OURS, "rows/s, by hand"),
    Promise("rows/s of a batch, of the bare submit and get", "batch", "rows/s", 0.5, True, AIOHTTP),
    Promise("replay of kept results, seconds", "replay", "rows, kept results", 10, False),
    Promise("one read of the cached catalogue, times faster than a call", "catalogue", "same client again", 100, True,
            OURS, "from the service", is_speedup=True),
    Promise("the service itself beside raw aiohttp at 32, times faster", "calls", "32 at once", 2, True, AIOHTTP, None, BARE),
)  # fmt: skip


def kept(found: Sequence[Summary]) -> list[Kept]:
    """Those of the promises whose figures were measured."""
    return [told for promise in PROMISES if (told := _one(promise, found)) is not None]


def _one(promise: Promise, found: Sequence[Summary]) -> Kept | None:
    ours = _median(found, promise.figure, promise.case, promise.who)
    if ours is None:
        return None
    number = ours
    if promise.rival is not None:
        rival = _median(found, promise.figure, promise.rival_case or promise.case, promise.rival)
        if not rival or not ours:
            return None
        number = rival / ours if promise.is_speedup else ours / rival
    well = number >= promise.limit if promise.at_least else number <= promise.limit
    wanted = f"{'≥' if promise.at_least else '≤'} {promise.limit:g}"
    return Kept(promise.words, wanted, shown(number), well)


def _median(found: Sequence[Summary], figure: str, case: str, contender: str) -> float | None:
    return next(
        (
            one.median
            for one in found
            if one.figure == figure and one.contender == contender and one.case.endswith(case)
        ),
        None,
    )
