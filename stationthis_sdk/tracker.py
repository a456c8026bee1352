"""One rule for what polls, streams and webhooks say of a run: states only move forward, the end sticks."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final

import attrs

from stationthis_sdk.entities import OutputItem, RunRecord, RunState

__all__ = ["merge"]

_NAMES: Final = tuple(field.name for field in attrs.fields(RunRecord))
_values: Final[Callable[[RunRecord], tuple[Any, ...]]] = attrgetter(*_NAMES)
_values_of_item: Final[Callable[[OutputItem], tuple[Any, ...]]] = attrgetter(
    *(field.name for field in attrs.fields(OutputItem))
)


def merge(known: RunRecord, told: RunRecord) -> RunRecord:
    """Join what is known of a run with what has just been told, in whatever order things arrive.

    The state never goes back and the end sticks; the fraction never shrinks; outputs are added, never lost, and stand
    as whoever tells of all of them has them; of two answers of one state the newer counts, and what it leaves out is
    kept. Merging the same answer again changes nothing.

    >>> ended = RunRecord("r", RunState("success"), 1.0)
    >>> merge(ended, RunRecord("r", RunState("running"), 0.4)).state
    'success'
    """
    forward = told.state == known.state or (not known.state.final and told.state.rank >= known.state.rank)
    ahead, behind = (told, known) if forward else (known, told)
    merged = dict(zip(_NAMES, map(_either, _values(ahead), _values(behind)), strict=True))
    merged["state"] = RunState(ahead.state)
    merged["fraction"] = max(known.fraction, told.fraction)
    merged["outputs"] = _outputs(known.outputs, told.outputs)
    merged["queue_position"] = ahead.queue_position if ahead.state.phase == "queue" else None
    return RunRecord(**merged)


def _either(first: Any, second: Any) -> Any:
    return first if first or first == 0 else second  # 0 and False are told, too


def _outputs(known: tuple[OutputItem, ...], told: tuple[OutputItem, ...]) -> tuple[OutputItem, ...]:
    """All of them, each in its newest form: signed links are renewed."""
    before = {item.identity: item for item in known}
    now: dict[Any, OutputItem] = {}
    for item in told:
        now[item.identity] = _newer(item, now.get(item.identity) or before.get(item.identity) or item)
    return tuple((now if before.keys() <= now.keys() else before | now).values())


def _newer(told: OutputItem, known: OutputItem) -> OutputItem:
    """The newer form, with what it leaves out: a webhook does not say all that a read says."""
    if told == known:
        return known
    return OutputItem(*map(_either, _values_of_item(told), _values_of_item(known)))
