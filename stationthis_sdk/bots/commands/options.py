"""The options of a deployment's command, from its inputs, within what a platform takes. Pure."""

import math
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import attrs

from stationthis_sdk.bots.commands.command import Option, OptionKind
from stationthis_sdk.bots.commands.names import option_names
from stationthis_sdk.bots.people import Platform
from stationthis_sdk.entities import InputField
from stationthis_sdk.inputs.fields import MEDIA_KINDS
from stationthis_sdk.recipes.images.words import Words

__all__ = ["PICTURES", "Bounds", "options_of", "prompt_of"]

PICTURES: Final = 4
"""Options for an input that takes several pictures: one option holds one file."""
_SAFE: Final = 2**53 - 1
"""Numbers beyond can't be told from their neighbours where they go through JavaScript."""
_CHOICE: Final = 100
_KINDS: Final[Mapping[str, OptionKind]] = {
    "integer": "integer",
    "seed": "integer",
    "number": "number",
    "boolean": "boolean",
    **dict.fromkeys(MEDIA_KINDS, "attachment"),
}


class Bounds(Protocol):
    """What a platform takes of commands; ``stationthis_sdk.bots.render.limits`` has them."""

    @property
    def platform(self) -> Platform:
        """Which platform."""

    @property
    def description(self) -> int:
        """Characters of a description."""

    @property
    def commands(self) -> int:
        """How many commands."""

    @property
    def options(self) -> int:
        """How many options a command has."""

    @property
    def choices(self) -> int:
        """How many choices an option has."""


def options_of(fields: Mapping[str, InputField], limits: Bounds) -> tuple[Option, ...]:
    """An option for each input, those that are required first, then the prompt, then files, then the workflow's own order.

    Choices are given where all of them fit, bounds where the platform's numbers reach so far.

    >>> from stationthis_sdk.bots.render.limits import DISCORD
    >>> fields = {"cfg": InputField("cfg", "number", 7, 1, 20), "prompt": InputField("prompt", "text", required=True)}
    >>> [(one.name, one.kind, one.required, one.maximum) for one in options_of(fields, DISCORD)]
    [('prompt', 'text', True, None), ('cfg', 'number', False, 20)]
    """
    names = option_names(fields)
    prompt = prompt_of(fields)
    order = sorted(
        fields.values(),
        key=lambda one: (not one.required, one.name != prompt, one.kind not in MEDIA_KINDS),
    )
    made = [_option(field, names[field.name], limits) for field in order[: limits.options]]
    taken = {one.name for one in made}
    for field in order:
        if field.kind != "images":
            continue
        for number in range(2, PICTURES + 1):
            name = f"{names[field.name][:28]}_{number}"
            if len(made) < limits.options and name not in taken:
                taken.add(name)
                made.append(_option(attrs.evolve(field, required=False), name, limits))
    return tuple(made)


def prompt_of(fields: Mapping[str, InputField], words: Words | None = None) -> str | None:
    """The input that plain words go into: the prompt, else what sounds like one, else the first text.

    >>> prompt_of({"input_prompt": InputField("input_prompt", "text")})
    'input_prompt'
    >>> prompt_of({"negative": InputField("negative", "text"), "what": InputField("what", "text")})
    'what'
    """
    words = words or Words()
    texts = [name for name, field in fields.items() if field.kind == "text" and not field.options]
    found = words.input_for("prompt", fields)
    if found in texts:
        return found
    # The only text may be what is not wanted; more words of it are no prompt.
    texts = [
        name for name in texts if words.meaning(name) in {None, "prompt"} and "negativ" not in name.lower()
    ]
    for sounds in ("prompt", "text"):
        if close := [name for name in texts if sounds in name.lower()]:
            return close[0]
    return texts[0] if texts else None


def _option(field: InputField, name: str, limits: Bounds) -> Option:
    kind = _KINDS.get(field.kind, "text")
    low, high = _bounds(field) if kind in {"integer", "number"} else (None, None)
    choices = field.options or ()
    fits = len(choices) <= limits.choices and all(
        0 < len(one) <= _CHOICE and one == one.strip() for one in choices
    )
    return Option(
        name=name,
        kind=kind,
        description=_description(field, limits.description),
        required=field.required,
        minimum=low,
        maximum=high,
        choices=tuple(dict.fromkeys(choices)) if kind == "text" and fits else (),
        input=field.name,
    )


def _bounds(field: InputField) -> tuple[float | None, float | None]:
    """The narrowest of all nodes that take it, as far as numbers reach."""
    those = (field, *field.also)
    lows = [one.minimum for one in those if one.minimum is not None and abs(one.minimum) <= _SAFE]
    highs = [one.maximum for one in those if one.maximum is not None and abs(one.maximum) <= _SAFE]
    low, high = max(lows, default=None), min(highs, default=None)
    if field.kind == "seed" and low is not None:
        low = min(low, -1)  # -1 draws one
    if field.kind != "number":
        low = None if low is None else math.ceil(low)
        high = None if high is None else math.floor(high)
    if low is not None and high is not None and low > high:
        return None, None
    return low, high


def _description(field: InputField, most: int) -> str:
    """What its author says of it, and what it takes."""
    said = " ".join((field.description or field.label or field.name).split()) or field.kind
    if field.kind in {"number", "integer"} and field.minimum is not None and field.maximum is not None:
        said += f" ({field.minimum:g}–{field.maximum:g})"
    if field.kind in {"number", "integer", "boolean", "enum"} and field.default not in (None, ""):
        said += f", else {field.default}"
    return cut(said, most)


def cut(text: str, most: int) -> str:
    """A text of so many characters at the most, with … where something is missing.

    >>> cut("a lighthouse at dusk", 12)
    'a lighthous…'
    """
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def lengths(options: Sequence[Option]) -> int:
    """Characters of all names, descriptions and choices."""
    return sum(
        len(one.name) + len(one.description) + sum(2 * len(choice) for choice in one.choices)
        for one in options
    )
