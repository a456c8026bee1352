"""Runs: the pictures, what made them, how long it took, what it cost."""

from collections.abc import Mapping
from typing import Any

from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.notebook import displays
from stationthis_sdk.notebook.html import card, clipped, h, inputs_table, since, state_dot, took
from stationthis_sdk.notebook.media import pictures_of

__all__ = ["cost_of", "draw", "facts_of", "inputs_of", "outputs_of"]


async def draw(run: Any) -> Any:
    """A run with all it made; where its picture stands in this cell already, only its head."""
    head = h.div(".st-head")[
        h.b[clipped(run.record.deployment_name or "run", 80)], state_dot(run.state), facts_of(run)
    ]
    if displays.is_shown(run):
        return card(head)
    outputs, inputs = outputs_of(run), inputs_of(run)
    made = await pictures_of(outputs, display=f"run {run.id}")
    return card(
        head,
        run.reason and h.div(".st-note.st-wrong")[clipped(run.reason)],
        made and h.div(".st-pictures")[made],
        h.details[h.summary[f"{len(inputs)} inputs"], inputs_table(inputs)] if inputs else None,
        inputs is None
        and h.div(".st-dim")["Its inputs and outputs were not asked for: refresh() reads them."],
    )


def facts_of(run: Any) -> list[Any]:
    """What is said beside its state: how far, how long, what it cost, which one."""
    record = run.record
    facts: list[Any] = []
    if not run.state.final:
        facts.append(
            f"{run.progress.fraction:.0%}" if run.progress.phase == "execution" else run.progress.phase
        )
    facts.append(took(record.run_duration or record.duration))
    facts.append(cost_of(run))
    facts.append(since(record.created_at))
    facts += [f"#{clipped(tag, 40)}" for tag in record.tags]
    facts += ["from the cache"] if run.from_cache else []
    return [h.span(".st-dim")[fact] for fact in facts if fact] + [h.code(".st-dim")[record.id]]


def cost_of(run: Any) -> str:
    """What it cost so far, in dollars; empty where nobody knows."""
    cost = run.cost
    return "" if cost.estimated is None else str(cost).partition(" (")[0]


def inputs_of(run: Any) -> Mapping[str, Any] | None:
    """Its inputs, None where the list that it comes from does not tell them."""
    try:
        inputs: Mapping[str, Any] = run.inputs
    except InvalidInput:
        return None
    return inputs


def outputs_of(run: Any) -> list[Any]:
    """What it made; nothing where the list that it comes from does not tell."""
    try:
        return list(run.outputs)
    except InvalidInput:
        return []
