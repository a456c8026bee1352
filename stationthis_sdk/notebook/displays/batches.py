"""Batches: counts, cost, what failed, the first pictures; rows and estimates."""

from typing import Any, Final

from stationthis_sdk.entities import BatchEstimate, BatchProgress, BatchRow
from stationthis_sdk.entities.costs import dollars
from stationthis_sdk.errors import StationThisError
from stationthis_sdk.inputs.grids import Grid
from stationthis_sdk.notebook import displays
from stationthis_sdk.notebook.html import card, clipped, h, inputs_table, state_dot, table
from stationthis_sdk.notebook.media import pictures_of
from stationthis_sdk.notebook.patience import come, until

__all__ = ["draw"]

_PICTURES: Final = 12
_FAILURES: Final = 5
_ROWS: Final = 8


async def draw(thing: Any) -> Any:
    """A batch, one of its rows, an estimate, how far it is, or a grid of inputs."""
    if isinstance(thing, BatchRow):
        return _row(thing)
    if isinstance(thing, BatchEstimate | BatchProgress):
        return card(h.div(".st-head")[str(thing)])
    if isinstance(thing, Grid):
        return _grid(thing)
    return await _batch(thing)


async def _batch(batch: Any) -> Any:
    progress = batch.progress
    facts = [f"{len(batch)} rows of {clipped(batch.deployment_name, 80)}", f"{progress.succeeded} succeeded"]
    facts += [f"{progress.failed} failed"] if progress.failed else []
    facts += [f"{progress.live} under way"] if progress.live else []
    facts += [f"{progress.pending} pending"] if progress.pending else []
    if progress.cost is not None:
        of = "" if progress.budget is None else f" of {dollars(progress.budget)}"
        facts.append(f"{dollars(progress.cost)}{of}")
    head = h.div(".st-head")[
        h.b[clipped(batch.name, 80)], state_dot(batch.state), [h.span(".st-dim")[fact] for fact in facts]
    ]
    if displays.is_shown(batch):
        return card(head)
    moment = until()
    rows, failed = [], []
    async for row in batch.rows("success"):
        rows.append(row)
        if len(rows) == _PICTURES:
            break
    async for row in batch.rows("failed"):
        failed.append(row)
        if len(failed) == _FAILURES:
            break
    firsts = await come([_first(batch, row) for row in rows], moment)
    made = await pictures_of(
        [output for output in firsts if output is not None],
        display=f"batch {batch.name}",
        pixels=192,
        most_bytes=14_000,
        captions=False,
        moment=moment,
    )
    more = progress.succeeded - len(rows)
    return card(
        head,
        batch.why and h.div(".st-note")[clipped(batch.why)],
        failed
        and h.details[
            h.summary[f"{progress.failed} failed"], table(("row", "why"), (_failure(row) for row in failed))
        ],
        made and h.div(".st-pictures")[made],
        made
        and more > 0
        and h.div(".st-dim")[f"{more} more: grid() shows them all, to_frame() is the table."],
    )


async def _first(batch: Any, row: BatchRow) -> Any:
    try:
        return next(iter((await batch.run(row)).outputs), None)
    except StationThisError:
        return None


def _failure(row: BatchRow) -> tuple[str, str]:
    return (row.key or f"row {row.place + 1}", clipped(row.reason or row.state, 400))


def _row(row: BatchRow) -> Any:
    name = f"row {row.place + 1}" if row.key is None else row.key
    facts = [row.run_id, None if row.cost is None else dollars(row.cost), "picked" if row.picked else None]
    return card(
        h.div(".st-head")[
            h.b[clipped(name, 80)], state_dot(row.state), [h.span(".st-dim")[fact] for fact in facts if fact]
        ],
        row.reason and h.div(".st-note.st-wrong")[clipped(row.reason)],
        inputs_table({**row.inputs, **row.extra}),
    )


def _grid(grid: Grid) -> Any:
    shown = [dict(row) for row, _ in zip(grid, range(_ROWS), strict=False)]
    names = list(dict.fromkeys(name for row in shown for name in row))
    rows = ([clipped(row.get(name, ""), 200) for name in names] for row in shown)
    more = len(grid) - len(shown)
    return card(
        h.div(".st-head")[h.b[f"{len(grid)} rows"]],
        table(names, rows),
        more > 0 and h.div(".st-dim")[f"{more} more"],
    )
