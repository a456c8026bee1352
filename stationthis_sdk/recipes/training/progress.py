"""How far a training is, read from what trainers write: their own lines, and the bars of tqdm. Pure."""

import math
import re
from typing import Final

import attrs

__all__ = ["Step", "read_step"]

_BAR: Final = re.compile(r"(\d{1,9})/(\d{1,9})\s*\[[\d:.]+<([\d:?]+)[^\]\r\n]*\]?", re.ASCII)
_SAID: Final = re.compile(
    r"\bstep\b['\"]?\s*[:=#]?\s*(\d{1,3}(?:,\d{3}){1,2}|\d{1,9})(?![\d.%]|,\d)"
    r"(?:\s*(?:/|of)\s*(\d{1,3}(?:,\d{3}){1,2}|\d{1,9}))?(?!\d|,\d)",
    re.ASCII | re.IGNORECASE,
)
_LOSS: Final = re.compile(
    r"(?:\b|_)loss(?:/\w+)?\b['\"]?\s*[:=]?\s*([-+]?(?:\d{1,18}(?:\.\d{0,30})?|\.\d{1,30})(?:e[-+]?\d{1,3})?)",
    re.ASCII | re.IGNORECASE,
)
_TRAINS: Final = re.compile(r"\bstep|train|lora", re.IGNORECASE)
_LONGEST: Final = 4096


@attrs.frozen
class Step:
    """Where a training is: the step, of how many, the loss there, and the seconds that it says are left."""

    step: int
    steps: int | None = None
    loss: float | None = None
    eta: float | None = None


def read_step(text: str, steps: int | None = None) -> Step | None:
    """What a line tells; None when it tells nothing of steps.

    ``steps`` is how many there are to be, where that is known: bars of anything else, as of downloads, do not count.

    >>> read_step("step 120/1000 loss 0.034")
    Step(step=120, steps=1000, loss=0.034, eta=None)
    >>> read_step("steps:  12%|█▏  | 120/1000 [02:13<16:20,  1.11s/it, avr_loss=0.0912]")
    Step(step=120, steps=1000, loss=0.0912, eta=980.0)
    >>> read_step("Fetching 12 files: 50%|█  | 6/12 [00:01<00:01]")
    """
    told = None
    for part in re.split(r"[\r\n]+", text[-_LONGEST:]):
        told = _of_line(part, steps) or told
    return told


def _of_line(line: str, steps: int | None) -> Step | None:
    loss = _loss_in(line)
    if bar := _BAR.search(line):
        step, of = int(bar[1]), int(bar[2])
        counts = of == steps or _LOSS.search(line) is not None or (steps is None and _TRAINS.search(line))
        if counts and of > 0 and step <= of:
            return Step(step, of, loss, _seconds(bar[3]))
        return None
    if said := _SAID.search(line):
        step, total = _whole(said[1]), None if said[2] is None else _whole(said[2])
        if total is None and loss is None and steps is not None and step >= steps:
            return None  # it tells how many there are to be
        if total is None or step <= total:
            return Step(step, total, loss)
    return None


def _whole(digits: str) -> int:
    return int(digits.replace(",", ""))


def _loss_in(line: str) -> float | None:
    found = _LOSS.search(line)
    value = float(found[1]) if found else math.nan
    return value if math.isfinite(value) else None


def _seconds(clock: str) -> float | None:
    """What a bar says is left, as 1:02:03 or 16:20.

    >>> _seconds("1:02:03"), _seconds("?")
    (3723.0, None)
    """
    parts = clock.split(":")
    if not all(part.isascii() and part.isdigit() and len(part) < 9 for part in parts) or len(parts) > 3:
        return None
    return float(sum(int(part) * 60**power for power, part in enumerate(reversed(parts))))
