"""One rule for what polls, streams and webhooks say of a run: states only move forward, the end sticks."""

from typing import Any

import attrs

from stationthis_sdk.entities import OutputItem, RunRecord, RunState

__all__ = ["merge"]


def merge(known: RunRecord, told: RunRecord) -> RunRecord:
    """Join what is known of a run with what has just been told, in whatever order things arrive.

    The state never goes back and the end sticks; the fraction never shrinks; outputs are added, never lost;
    what the newer answer leaves out is kept. Merging the same answer again changes nothing.

    >>> ended = RunRecord("r", RunState("success"), 1.0)
    >>> merge(ended, RunRecord("r", RunState("running"), 0.4)).state
    'success'
    """
    forward = not known.state.final and told.state.rank >= known.state.rank
    ahead, behind = (told, known) if forward else (known, told)
    merged = {
        field.name: _either(getattr(ahead, field.name), getattr(behind, field.name))
        for field in attrs.fields(RunRecord)
    }
    merged["state"] = RunState(ahead.state)
    merged["fraction"] = max(known.fraction, told.fraction)
    merged["outputs"] = _outputs(known.outputs, told.outputs)
    merged["queue_position"] = ahead.queue_position if ahead.state.phase == "queue" else None
    return RunRecord(**merged)


def _either(first: Any, second: Any) -> Any:
    return second if first is None or first in ("", {}, ()) else first


def _outputs(known: tuple[OutputItem, ...], told: tuple[OutputItem, ...]) -> tuple[OutputItem, ...]:
    """Those known, each in its newest form (signed links are renewed), then the new ones."""
    merged = {item.identity: item for item in known}
    for item in told:
        merged[item.identity] = _newer(item, merged.get(item.identity, item))
    return tuple(merged.values())


def _newer(told: OutputItem, known: OutputItem) -> OutputItem:
    """The newer form, with what it leaves out: a webhook does not say all that a read says."""
    names = [field.name for field in attrs.fields(OutputItem)]
    return OutputItem(**{name: _either(getattr(told, name), getattr(known, name)) for name in names})
