"""The bars: how a run and a batch look while they are under way."""

from typing import Any
from weakref import WeakKeyDictionary

from stationthis_sdk.entities.costs import dollars
from stationthis_sdk.errors import StationThisError
from stationthis_sdk.notebook.html import card, clipped, h, state_dot, took
from stationthis_sdk.notebook.patience import come, until
from stationthis_sdk.notebook.thumbnails import SEEN, thumbnails

__all__ = ["batch_element", "doing", "run_element", "strip_of"]

_STRIP_PIXELS = 112
_STRIP_BYTES = 6_000
_STRIP_LARGEST = 8 << 20
"""Bytes of a file that is fetched for a strip."""
_STRIP_SECONDS = 3.0


def run_element(run: Any, seconds: float) -> Any:
    """A run: what it is doing, how far it is, what it costs so far."""
    progress, state = run.progress, str(run.state)
    told: list[Any] = [h.b[clipped(run.record.deployment_name or "run", 80)], state_dot(state)]
    told += doing(progress)
    told.append(h.span(".st-dim")[_time(seconds, None if run.state.final else progress.eta)])
    if run.cost.estimated is not None:
        told.append(h.span(".st-dim")[f"{dollars(run.cost.estimated)}{' so far' if run.cost.so_far else ''}"])
    if run.reason:
        told.append(clipped(run.reason, 400))
    colour = {"success": ".st-good", "failed": ".st-bad", "timeout": ".st-bad"}.get(state, "")
    return card(h.div(".st-head")[told], _bar([(progress.fraction, colour)], clipped(str(progress), 200)))


def doing(progress: Any) -> list[Any]:
    """What a run is doing, beside its state: its place in the queue, or how far it is."""
    if progress.phase == "queue" and progress.queue_position is not None:
        return [f"{progress.queue_position} ahead" if progress.queue_position else "next in the queue"]
    if progress.phase == "cold start":
        return ["the machine starts"]
    if progress.phase == "execution":
        step = [h.span(".st-dim")[clipped(progress.message, 80)]] if progress.message else []
        return [f"{progress.fraction:.0%}", *step]
    return []


def batch_element(batch: Any, seconds: float, strip: list[Any]) -> Any:
    """A batch: counts, rate, cost, time left, the latest pictures."""
    progress = batch.progress
    total = max(1, progress.total)
    counts = [
        ("succeeded", progress.succeeded, ".st-good"), ("failed", progress.failed, ".st-bad"),
        ("under way", progress.live, ".st-live"), ("pending", progress.pending, ""),
    ]  # fmt: skip
    told: list[Any] = [
        h.b[clipped(batch.name, 80)],
        state_dot(batch.state),
        f"{progress.ended} of {progress.total}",
    ]
    told += [h.span[h.span(f".st-dot{colour}"), f"{many} {what}"] for what, many, colour in counts if many]
    if progress.per_minute is not None:
        told.append(h.span(".st-dim")[f"{progress.per_minute:.3g} a minute"])
    if progress.cost is not None:
        of = "" if progress.budget is None else f" of {dollars(progress.budget)}"
        told.append(h.span(".st-dim")[f"{dollars(progress.cost)}{of}"])
    told.append(h.span(".st-dim")[_time(seconds, progress.eta if progress.ended < progress.total else None)])
    if batch.why:
        told.append(clipped(batch.why, 300))
    bar = _bar(
        [(progress.succeeded / total, ".st-good"), (progress.failed / total, ".st-bad")],
        f"{progress.ended} of {total}",
    )
    return card(h.div(".st-head")[told], bar, strip and h.div(".st-pictures")[strip])


_strips: "WeakKeyDictionary[Any, tuple[list[int], list[Any]]]" = WeakKeyDictionary()


async def strip_of(batch: Any, places: list[int]) -> list[Any]:
    """The first pictures of these rows, small, the latest first; made anew when there are other rows."""
    before = _strips.get(batch)
    if before is not None and before[0] == places:
        return before[1]
    moment = until(_STRIP_SECONDS)
    made = await come([_first_of(batch, place) for place in reversed(places)], moment)
    seen = [output for output in made if output is not None]
    small = await thumbnails(
        seen,
        pixels=_STRIP_PIXELS,
        most_bytes=_STRIP_BYTES,
        in_all=len(seen) * _STRIP_BYTES,
        largest=_STRIP_LARGEST,
        moment=moment,
    )
    strip = [
        h.img(src=one.uri, width=str(one.width), height=str(one.height), alt="", style="border-radius:4px")
        for one in small
        if one is not None
    ]
    _strips[batch] = (places, strip)
    return strip


async def _first_of(batch: Any, place: int) -> Any:
    try:
        return next((one for one in (await batch.run(place)).outputs if one.kind in SEEN), None)
    except StationThisError:
        return None


def _time(seconds: float, eta: float | None) -> str:
    left = "" if eta is None else f" · about {took(eta)} left"
    return f"{took(seconds)}{left}"


def _bar(parts: list[tuple[float, str]], label: str) -> Any:
    return h.div(".st-bar.st-bars", role="progressbar", aria_label=label)[
        (
            h.span(colour or ".st-done", style=f"width:{min(1.0, max(0.0, part)):.2%}")
            for part, colour in parts
        )
    ]
