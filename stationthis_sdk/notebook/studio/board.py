"""What the studio shows of its runs: a line each while they are under way, then tiles, and one of them in full."""

import contextlib
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import attrs
import ipywidgets as w

from stationthis_sdk import portal
from stationthis_sdk.entities.costs import dollars
from stationthis_sdk.errors import StationThisError
from stationthis_sdk.notebook.displays.runs import facts_of
from stationthis_sdk.notebook.html import card, clipped, h, inputs_table, state_dot, took
from stationthis_sdk.notebook.links import unsigned_text
from stationthis_sdk.notebook.live.elements import doing
from stationthis_sdk.notebook.media import element_of
from stationthis_sdk.notebook.patience import until
from stationthis_sdk.notebook.studio.desk import Job
from stationthis_sdk.notebook.studio.parts import Tiles
from stationthis_sdk.notebook.texts import clean
from stationthis_sdk.notebook.thumbnails import SEEN, thumbnail, thumbnails
from stationthis_sdk.notebook.widgets import shut

__all__ = ["Board", "job_title", "safe_inputs"]

_LINES: Final = 6
"""How many runs under way have a line."""
_TILES: Final = 60
_TILE_PIXELS: Final = 144
_TILE_BYTES: Final = 9_000
_LARGE_PIXELS: Final = 768
_LARGE_BYTES: Final = 160_000
_PLAYED: Final = 12_000_000
"""Bytes of a film or a sound that is played in the page."""


@attrs.define(eq=False)
class _Line:
    """A run under way."""

    html: w.HTML
    stop: w.Button
    box: w.HBox


class Board:
    """The right half. Its widgets are changed on the SDK's loop only, but for clicks."""

    def __init__(
        self, cancel: Callable[[Job], Any], again: Callable[[Job], None], kept: Callable[[], None]
    ) -> None:
        self._cancel, self._again_of, self._kept = cancel, again, kept
        self._jobs: dict[str, Job] = {}
        self._lines: dict[Job, _Line] = {}
        self._waiting = w.HTML(layout={"display": "none"})
        self._open = w.VBox([self._waiting])
        self.tiles = Tiles()
        self.tiles.observe(self._chosen, "chosen")
        empty = h.div(".st-empty")["What you make appears here."]
        self.details = w.HTML(clean(empty))
        self.details.add_class("st-details")
        self.again = w.Button(description="Use these inputs again", icon="reply", layout={"display": "none"})
        self.again.add_class("st-again")
        self.again.on_click(self._use_again)
        self.widget = w.VBox([self._open, self.details, self.again, self.tiles])
        self.widget.add_class("st-right")
        self.pictures: dict[str, Any] = {}
        self._follows = True

    def tell(self, job: Job) -> None:
        """Show how far it is; on the SDK's loop."""
        if job.ended:
            self._end_line(job)
            if job.run is not None or job.error:
                portal.begin(self._keep(job))
        else:
            self._draw_line(job)
        waiting = sum(1 for one in self._jobs.values() if not one.ended and one not in self._lines)
        self._waiting.value = clean(h.div(".st-way")[f"and {waiting} more under way"])
        self._waiting.layout.display = None if waiting else "none"

    def _draw_line(self, job: Job) -> None:
        self._jobs[str(job.number)] = job  # one that was not sent leaves its number to the next
        line = self._lines.get(job)
        if line is None:
            if len(self._lines) >= _LINES:
                return
            line = self._lines[job] = self._new_line(job)
            self._open.children = (*self._open.children[:-1], line.box, self._waiting)
        line.html.value = clean(way_of(job))
        line.stop.disabled = job.cancelled

    def _new_line(self, job: Job) -> _Line:
        html = w.HTML()
        stop = w.Button(icon="stop", tooltip=f"Cancel run {job.number} on the service")
        cancel = self._cancel

        def press(_: Any) -> None:
            stop.disabled = True
            cancel(job)

        stop.on_click(press)
        box = w.HBox([html, stop])
        box.add_class("st-line")
        return _Line(html, stop, box)

    def _end_line(self, job: Job) -> None:
        line = self._lines.pop(job, None)
        if line is not None:
            self._open.children = tuple(one for one in self._open.children if one is not line.box)
            shut(line.html, line.stop, line.box)
        for one in self._jobs.values():  # one of those that had no line
            if not one.ended and one not in self._lines and len(self._lines) < _LINES:
                self._draw_line(one)

    async def _keep(self, job: Job) -> None:
        """A tile for what has ended; the newest is shown in full as long as nobody has chosen another."""
        name = str(job.number)
        self._jobs[name] = job
        tile = {
            "id": name,
            "state": job.state,
            "label": clean(job_title(job)),
            "text": job.state,
            "picture": "",
        }
        for output in _outputs(job):
            with contextlib.suppress(StationThisError):
                if output.kind in SEEN:
                    small = await thumbnail(output, pixels=_TILE_PIXELS, most_bytes=_TILE_BYTES)
                    if small is not None:
                        self.pictures[name] = small
                        tile["picture"] = small.uri
                        break
                elif output.kind == "text":
                    tile["text"] = clean(clipped(await output.text(), 60))
                    break
                else:
                    tile["text"] = output.kind
        others = [one for one in self.tiles.tiles if one["id"] != name]
        self.tiles.tiles = sorted([tile, *others], key=lambda one: -int(one["id"]))[:_TILES]
        newest = self.tiles.tiles[0]["id"]
        if self._follows and newest == name:
            self.tiles.chosen = name
            self._follows = True
        self._kept()

    def _chosen(self, change: Any) -> None:
        job = self._jobs.get(change["new"])
        tiles = self.tiles.tiles
        self._follows = not tiles or tiles[0]["id"] == change["new"]
        if job is not None:
            portal.begin(self._show(job))

    async def _show(self, job: Job) -> None:
        """One of them in full."""
        outputs, by = _outputs(job), until()
        still = [output for output in outputs if output.kind in {"image", "animation"}]
        small = await thumbnails(
            still,
            pixels=_LARGE_PIXELS,
            most_bytes=_LARGE_BYTES,
            in_all=_LARGE_BYTES * len(still),
            moment=by,
        )
        large = dict(zip(map(id, still), small, strict=True))
        made, room = [], _PLAYED
        for output in outputs:
            element, taken = await element_of(output, thumbnail=large.get(id(output)), room=room, moment=by)
            room -= taken
            made.append(element)
        if self.tiles.chosen != str(job.number):
            return
        self.details.value = clean(card(details_of(job, made)))
        self.again.layout.display = None

    def _use_again(self, _: Any) -> None:
        job = self._jobs.get(self.tiles.chosen)
        if job is not None:
            self._again_of(job)

    @property
    def history(self) -> Iterable[Job]:
        """Those that have a tile, the newest first."""
        return [self._jobs[one["id"]] for one in self.tiles.tiles]

    def close(self) -> None:
        """Its widgets end."""
        for line in list(self._lines.values()):
            shut(line.html, line.stop, line.box)
        shut(self._waiting, self._open, self.details, self.again, self.tiles, self.widget)


def way_of(job: Job) -> Any:
    """How far it is: phase, place in the queue, percent, time left, cost so far."""
    told: list[Any] = [h.b[f"#{job.number}"], state_dot("cancelling" if job.cancelled else job.state)]
    fraction = 0.0
    if job.run is not None:
        progress, cost = job.run.progress, job.run.cost
        fraction = progress.fraction
        told += doing(progress)
        if progress.eta:
            told.append(h.span(".st-dim")[f"about {took(progress.eta)} left"])
        if cost.estimated is not None:
            told.append(h.span(".st-dim")[f"{dollars(cost.estimated)} so far"])
    told.append(h.span(".st-dim")[took(time.monotonic() - job.began)])
    label = f"run {job.number}: {job.state}"
    bar = h.div(
        ".st-track",
        role="progressbar",
        aria_label=label,
        aria_valuenow=f"{fraction * 100:.0f}",
        aria_valuemin="0",
        aria_valuemax="100",
    )
    return h.div[h.div(".st-way")[told], bar[h.span(style=f"width:{min(1.0, max(0.0, fraction)):.1%}")]]


def details_of(job: Job, made: list[Any]) -> Any:
    """What made it, what it cost, and which run it is."""
    inputs = safe_inputs(job)
    return [
        h.div(".st-head")[
            h.b[f"#{job.number}"], state_dot(job.state), facts_of(job.run) if job.run else None
        ],
        h.div(".st-note.st-wrong")[clipped(job.error)] if job.error else None,
        h.div(".st-pictures")[made] if made else None,
        h.details(open=not made)[h.summary[f"{len(inputs)} inputs"], inputs_table(inputs)]
        if inputs
        else None,
    ]


def job_title(job: Job) -> str:
    """A line that tells it from others."""
    inputs = safe_inputs(job)
    said = next((value for value in inputs.values() if isinstance(value, str) and value.strip()), "")
    return f"#{job.number} {clipped(said, 80)}".strip()


def safe_inputs(job: Job) -> Mapping[str, Any]:
    """The inputs as given, else as sent: never where a file was uploaded to, and no link's signature."""
    sent = {} if job.run is None else job.run.inputs
    return {
        name: value if isinstance(value, int | float | bool) else _named(value)
        for name, value in {**sent, **job.given}.items()
    }


def _named(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_named(one) for one in value)
    if isinstance(value, str):
        return unsigned_text(value)
    return str(getattr(value, "name", None) or type(value).__name__)


def _outputs(job: Job) -> list[Any]:
    return [] if job.run is None else list(job.run.outputs)
