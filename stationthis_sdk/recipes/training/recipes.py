"""Recipes: what a training of each family of models usually takes, and what it may. Pure."""

import math
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any, Final

import attrs

from stationthis_sdk.names import loosely
from stationthis_sdk.shown import Shown
from stationthis_sdk.volume.loras import LONGEST_NAME, slug_of

__all__ = ["NUMBERS", "RECIPES", "Recipe", "estimated_seconds", "name_problems", "recipe_of"]

NUMBERS: Final = (
    "steps",
    "learning_rate",
    "rank",
    "alpha",
    "dropout",
    "batch_size",
    "resolution",
    "checkpoint_every",
)
"""What of a recipe is counted."""
_WHOLE: Final = ("steps", "rank", "batch_size", "resolution", "checkpoint_every")
_LEAST: Final = {"rank": 1, "batch_size": 1, "resolution": 64, "checkpoint_every": 1}
_MOST: Final = {"resolution": 4096, "batch_size": 1024}


@attrs.frozen
class Recipe(Shown):
    """How one is trained. ``usual`` and ``allowed`` are numbers of pictures, from and to; None: no end.

    ``seconds_a_step`` is what a step takes on a large graphics card, where no earlier training tells better.
    """

    base: str
    steps: int
    learning_rate: float
    rank: int
    alpha: int
    resolution: int = 1024
    batch_size: int = 1
    dropout: float = 0.1
    scheduler: str = "cosine"
    optimizer: str = "AdamW8bit"
    checkpoint_every: int = 500
    least_steps: int = 100
    usual: tuple[int, int | None] = (4, None)
    allowed: tuple[int, int | None] = (4, None)
    captions_needed: bool = False
    takes_control: bool = False
    seconds_a_step: float = 1.0

    def words(self) -> dict[str, Any]:
        """What may be said otherwise, and may be sent."""
        return {name: getattr(self, name) for name in _WORDS}


_WORDS: Final = (
    "steps", "learning_rate", "rank", "alpha", "dropout", "batch_size", "resolution", "scheduler", "optimizer",
    "checkpoint_every",
)  # fmt: skip

RECIPES: Final[Mapping[str, Recipe]] = {
    "sdxl": Recipe(
        "sdxl", 1000, 4e-4, 16, 32, usual=(20, 40), allowed=(10, 100), seconds_a_step=1.2
    ),
    "flux": Recipe(
        "flux", 2000, 2e-4, 32, 64, checkpoint_every=1000, least_steps=200, usual=(20, None), allowed=(15, 150),
        seconds_a_step=2.5,
    ),
    "kontext": Recipe(
        "kontext", 2000, 2e-4, 32, 64, checkpoint_every=1000, least_steps=200, usual=(15, None), allowed=(15, 150),
        takes_control=True, seconds_a_step=4.0,
    ),
    "sd15": Recipe(
        "sd15", 1500, 1e-4, 16, 32, resolution=512, usual=(10, 20), allowed=(4, 20), captions_needed=True,
        seconds_a_step=0.5,
    ),
}  # fmt: skip
"""By family. Pictures that are few or many for it, yet allowed, are warned of."""

_OTHER_NAMES: Final = {"sd1.5": "sd15", "sd-1.5": "sd15", "sd": "sd15", "xl": "sdxl", "flux.1": "flux", "flux1": "flux",
                       "flux-dev": "flux", "flux-kontext": "kontext"}  # fmt: skip


def recipe_of(base: Any, changes: Mapping[str, Any]) -> tuple[Recipe | None, list[str]]:
    """The recipe of a family with these changes, and everything that is wrong with either.

    >>> recipe_of("sdxl", {"steps": 10, "rank": 0})[1]
    ['steps: 10 is too few, sdxl wants 100 at least', 'rank: 0 is too little, it is 1 at least']
    """
    wanted = loosely(base) if isinstance(base, str) else ""
    found = RECIPES.get(_OTHER_NAMES.get(wanted, wanted))
    if found is None:
        return None, [
            f"base: {base!r} is no family of models that there is a recipe for: {', '.join(RECIPES)}"
        ]
    given = {name: value for name, value in changes.items() if value is not None}
    problems = [problem for name, value in given.items() if (problem := _wrong(found, name, value))]
    if problems:
        return found, problems
    return attrs.evolve(found, **{name: _plain(name, value) for name, value in given.items()}), []


def _plain(name: str, value: Any) -> Any:
    """A number as the recipe has it, whatever library it comes from."""
    if name in {"scheduler", "optimizer"}:
        return value
    return int(value) if name in _WHOLE or isinstance(value, Integral) else float(value)


def _wrong(recipe: Recipe, name: str, value: Any) -> str | None:
    if name not in _WORDS:
        return f"{name} is nothing a recipe tells: {', '.join(_WORDS)}"
    if name in {"scheduler", "optimizer"}:
        return None if isinstance(value, str) and value.strip() else f"{name}: say it in words, not {value!r}"
    if not _is_number(value):
        return f"{name}: wants a number, not {value!r}"
    if name in _WHOLE and value != int(value):
        return f"{name}: wants a whole number, not {value!r}"
    if name == "steps" and value < recipe.least_steps:
        return f"steps: {value:g} is too few, {recipe.base} wants {recipe.least_steps} at least"
    if name in _LEAST and value < _LEAST[name]:
        return f"{name}: {value:g} is too little, it is {_LEAST[name]} at least"
    if name in _MOST and value > _MOST[name]:
        return f"{name}: {value:g} is too much, it is {_MOST[name]} at most"
    if name in {"learning_rate", "alpha"} and value <= 0:
        return f"{name}: {value:g} is too little, it is more than 0"
    if name == "dropout" and not 0 <= value < 1:
        return f"dropout: {value:g} is not within 0–1"
    return None


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, Real) and math.isfinite(value)


def name_problems(name: Any, trigger: Any) -> list[str]:
    """What is wrong with the name of a LoRA, and with the word that calls it.

    >>> name_problems("my cat", " ")
    ["name: 'my cat' is no plain name; 'my-cat' would be", 'trigger: say the word that calls it in prompts, as mycat']
    """
    problems = []
    if not isinstance(name, str) or not name.strip():
        problems.append("name: say what it is to be called, as my-cat")
    elif name != slug_of(name) or len(name) > LONGEST_NAME:
        problems.append(f"name: {name[:80]!r} is no plain name; {slug_of(name) or 'my-lora'!r} would be")
    if not isinstance(trigger, str) or not trigger.strip():
        problems.append("trigger: say the word that calls it in prompts, as mycat")
    elif not trigger.isprintable() or len(trigger) > 200:
        problems.append("trigger: wants a word or a few, in one line")
    return problems


def estimated_seconds(steps: int, seconds_a_step: float) -> float:
    """How long a training takes: its steps, and a twentieth more for what comes before and after them.

    >>> estimated_seconds(1000, 1.2), estimated_seconds(200, 0.02)
    (1260.0, 4.2)
    """
    return round(steps * seconds_a_step * 1.05, 1)
