"""The losses of a training: from the file or the text that it made, else from its log."""

import contextlib
from typing import Final

from stationthis_sdk.errors import StationThisError
from stationthis_sdk.recipes.training.loss import LossCurve, curve_of, read_losses
from stationthis_sdk.recipes.training.progress import Step, read_step
from stationthis_sdk.runs import AsyncRun

__all__ = ["losses_of", "steps_in_log"]

_MOST_BYTES: Final = 16 << 20
_MOST_LINES: Final = 200_000


async def losses_of(run: AsyncRun, steps: int | None) -> LossCurve:
    """The curve of a run that has ended; an empty one where nothing tells it."""
    found = LossCurve()
    for output in run.outputs:
        called = "loss" in f"{output.name} {output.filename}".lower()
        if output.kind == "text" or (called and output.kind == "file"):
            with contextlib.suppress(StationThisError, OSError):
                content = await output.bytes(max_bytes=_MOST_BYTES)
                found = max(found, read_losses(content.decode("utf-8", "replace")), key=len)
    return found if found.points else curve_of(await steps_in_log(run, steps))


async def steps_in_log(run: AsyncRun, steps: int | None) -> list[Step]:
    """What the log tells of steps so far; nothing where there is none: the run itself tells its end."""
    told: list[Step] = []
    with contextlib.suppress(StationThisError):
        async for line in run.logs():
            if (step := read_step(line.message, steps)) is not None and len(told) < _MOST_LINES:
                told.append(step)
    return told
