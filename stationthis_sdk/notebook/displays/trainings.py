"""Trainings: how far one is, its loss as a line, what it drew; datasets by their pictures, reports by what was found."""

import asyncio
import io
from collections.abc import Sequence
from typing import Any, Final

from stationthis_sdk.errors import StationThisError
from stationthis_sdk.notebook.budget import budget
from stationthis_sdk.notebook.displays.runs import cost_of, outputs_of
from stationthis_sdk.notebook.html import card, clipped, h, inputs_table, state_dot, table, took
from stationthis_sdk.notebook.media import pictures_of
from stationthis_sdk.notebook.thumbnails import thumbnail_of_bytes
from stationthis_sdk.recipes.training.dataset import Dataset, Sample
from stationthis_sdk.recipes.training.loss import LossCurve
from stationthis_sdk.recipes.training.pictures import is_address, prepared
from stationthis_sdk.recipes.training.planning import TrainingPlan
from stationthis_sdk.recipes.training.report import DatasetReport

__all__ = ["draw"]

_PICTURES: Final = 24
_PIXELS: Final = 128
_FINDINGS: Final = 50
_WIDTH, _HEIGHT = 480, 200
_PLOT_BYTES: Final = 20_000


async def draw(thing: Any) -> Any:
    """Whatever belongs to a training."""
    if isinstance(thing, Dataset):
        return await _dataset(thing)
    if isinstance(thing, DatasetReport):
        return card(_report(thing))
    if isinstance(thing, TrainingPlan):
        return card(_plan(thing))
    if isinstance(thing, LossCurve):
        return card(h.div(".st-head")[repr(thing).strip("<>")], await _line(thing, f"loss {id(thing)}"))
    return await _job(thing)


async def _job(job: Any) -> Any:
    done = job.step / job.steps if job.step and job.steps else job.progress.fraction
    facts = [
        job.base,
        f"step {job.step} of {job.steps}" if job.step and job.steps else "",
        "" if job.loss.last is None else f"loss {job.loss.last:.4g}",
        "" if job.eta is None else f"{took(job.eta)} left",
        cost_of(job.run),
        job.registered,
    ]
    samples = [one for one in outputs_of(job.run) if one.kind == "image"]
    pictures = await pictures_of(samples, display=f"training {job.id}")
    return card(
        h.div(".st-head")[
            h.b[clipped(job.name, 80)],
            state_dot("stalled" if job.stalled else str(job.state)),
            [h.span(".st-dim")[clipped(fact, 120)] for fact in facts if fact],
            h.code(".st-dim")[job.id],
        ],
        not job.state.final and h.div(".st-bar")[h.span(style=f"width:{min(1.0, done):.1%}")],
        job.reason and h.div(".st-note.st-wrong")[clipped(job.reason)],
        await _line(job.loss, f"loss of {job.id}"),
        pictures and h.div(".st-pictures")[pictures],
        h.details[h.summary["recipe"], inputs_table({**job.recipe, "trigger": job.trigger})],
        job.left_out
        and h.div(".st-note")[f"Not sent, as there is no input for it: {', '.join(job.left_out)}"],
    )


async def _line(curve: LossCurve, display: str) -> Any:
    """The loss as a line."""
    if len(curve) < 2:
        return None
    room = min(_PLOT_BYTES, budget().room(display))
    small = await asyncio.to_thread(_plotted, curve, room)
    if small is None:
        return None
    budget().take(display, small.written)
    told = f"Loss from {curve.first:.4g} to {curve.last:.4g}"
    return h.figure[h.img(src=small.uri, width=str(small.width), height=str(small.height), alt=told)]


def _plotted(curve: LossCurve, most_bytes: int) -> Any:
    buffer = io.BytesIO()
    curve.plot(width=_WIDTH, height=_HEIGHT).save(buffer, "PNG")
    return thumbnail_of_bytes(buffer.getvalue(), pixels=_WIDTH, most_bytes=most_bytes)


async def _dataset(dataset: Dataset) -> Any:
    display = f"dataset {id(dataset)}"
    shown = [one for one in dataset.samples if not is_address(one.picture)][:_PICTURES]
    room = budget().room(display) // max(1, len(shown))
    small = await asyncio.to_thread(_small, shown, min(12_000, room))
    budget().take(display, sum(one.written for one in small if one is not None))
    return card(
        h.div(".st-head")[h.b[repr(dataset).strip("<>")]],
        h.div(".st-pictures")[
            (
                h.figure[
                    picture
                    and h.img(src=picture.uri, width=str(picture.width), height=str(picture.height), alt=""),
                    h.figcaption[clipped(one.caption or "no caption", 60)],
                ]
                for one, picture in zip(shown, small, strict=True)
            )
        ],
    )


def _small(samples: Sequence[Sample], most_bytes: int) -> list[Any]:
    made: list[Any] = []
    for one in samples:
        try:
            data = prepared(one.picture, _PIXELS, "fit")
        except StationThisError:
            made.append(None)
        else:
            made.append(thumbnail_of_bytes(data, pixels=_PIXELS, most_bytes=most_bytes))
    return made


def _report(report: DatasetReport) -> Any:
    found = report.findings[:_FINDINGS]
    more = len(report.findings) - len(found)
    return [
        h.div(".st-head")[
            h.b[f"Dataset for {clipped(report.base, 40)}"],
            state_dot("ready" if report.ok else "error"),
            h.span(".st-dim")[f"{report.images} pictures, {report.captions} captions"],
        ],
        found
        and table(
            ("", "where", "what", "code"),
            (
                (one.level, clipped(one.where, 120), clipped(one.message, 300), h.code[one.code])
                for one in found
            ),
        ),
        more > 0 and h.div(".st-dim")[f"and {more} more"],
    ]


def _plan(plan: TrainingPlan) -> Any:
    about = str(plan).partition("\n")[2].splitlines()
    told = [line for line in about if not line.startswith(("error:", "warning:", "problem:"))]
    return [
        h.div(".st-head")[
            h.b[f"Training {clipped(plan.name, 80)}"], state_dot("ready" if plan.ok else "error")
        ],
        [h.div[clipped(line, 400)] for line in told],
        [h.div(".st-note.st-wrong")[clipped(line, 400)] for line in plan.problems[:_FINDINGS]],
        _report(plan.report),
    ]
