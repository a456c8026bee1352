"""What came of making an image: the pictures, what was sent and where that came from, what it cost, what to know of it."""

from collections.abc import Iterator
from typing import Any

from stationthis_sdk.notebook.displays.runs import outputs_of
from stationthis_sdk.notebook.html import card, clipped, h, state_dot, table
from stationthis_sdk.notebook.media import pictures_of

__all__ = ["draw"]


async def draw(made: Any) -> Any:
    """A generation with all its pictures."""
    runs = made.runs
    cost = made.cost
    facts = [
        " → ".join(dict.fromkeys(run.record.deployment_name or "run" for run in made.all_runs)),
        "" if cost.estimated is None else str(cost).partition(" (")[0],
        f"seed {', '.join(map(str, made.seeds))}" if made.seeds else "",
    ]
    pictures = await pictures_of(
        [output for run in runs for output in outputs_of(run)],
        display=f"generation {' '.join(run.id for run in runs)}",
    )
    inputs, came_from = made.inputs, made.came_from
    return card(
        h.div(".st-head")[
            h.b["make_image"],
            state_dot(made.code or str(made.progress.state)),
            [h.span(".st-dim")[clipped(fact, 200)] for fact in facts if fact],
        ],
        pictures and h.div(".st-pictures")[pictures],
        [h.div(".st-note")[clipped(line, 600)] for line in _notes(made)],
        inputs
        and h.details[
            h.summary[f"{len(inputs)} inputs"],
            table(
                ("input", "value", "from"),
                (
                    (h.b[clipped(name, 120)], clipped(value, 400), came_from[name])
                    for name, value in inputs.items()
                ),
            ),
        ],
    )


def _notes(made: Any) -> Iterator[str]:
    """What to know of it."""
    yield from (f"Tried before: {line}" for line in made.tried)
    yield from (f"Left out: {line}" for line in made.left_out)
    yield from made.warnings
    yield from (f"LoRA {line}" for line in made.loras)
