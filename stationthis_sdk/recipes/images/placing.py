"""From common words to the inputs of one deployment: what goes where, what is left out, and what is wrong. Pure."""

import difflib
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import attrs

from stationthis_sdk.entities import InputField
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.inputs.check import check_inputs
from stationthis_sdk.inputs.fields import MEDIA_KINDS, Inputs
from stationthis_sdk.recipes.images.handed_on import for_field
from stationthis_sdk.recipes.images.words import MEDIA_WORDS, Words

__all__ = ["CALL", "EARLIER", "PREFERENCE", "Placed", "misfit", "place"]

CALL: Final = "call"
PREFERENCE: Final = "preference"
EARLIER: Final = "earlier step"
"""Where a word is from: a later step of a chain is told some of what the first one was."""
_MUST_BE_TAKEN: Final = MEDIA_WORDS | {"prompt"}
"""Without these a run would make something else than was asked for."""


@attrs.define
class Placed:
    """Inputs by their names, where each is from, what was left out and why, and what is wrong."""

    inputs: dict[str, Any] = attrs.field(factory=dict)
    came_from: dict[str, str] = attrs.field(factory=dict)
    left_out: list[str] = attrs.field(factory=list)
    warnings: list[str] = attrs.field(factory=list)
    problems: list[str] = attrs.field(factory=list)


def place(
    given: Mapping[str, Mapping[str, Any]] | Iterable[tuple[str, Mapping[str, Any]]],
    fields: Inputs,
    words: Words,
    *,
    name: str,
    known: Collection[str] = (),
    open_ended: bool = False,
) -> Placed:
    """Put words onto a deployment's inputs; ``given`` has them by where they are from, what counts most first.

    Of two words on one input the common word counts, which is told; a prompt or a picture is not passed over so.

    known: words that are no mistakes though this deployment knows nothing of them. open_ended: whatever it does not
    declare is sent as it is.

    >>> fields = Inputs([InputField("input_prompt", "text"), InputField("guidance", "number", 5, 1, 20)])
    >>> placed = place({"call": {"prompt": "a fox", "cfg": 7, "steps": 20}}, fields, Words(), name="fast")
    >>> placed.inputs, placed.left_out
    ({'input_prompt': 'a fox', 'guidance': 7}, ["steps: 'fast' has no input for it"])
    """
    placed = Placed()
    taken: dict[str, tuple[int, str]] = {}
    levels = given.items() if isinstance(given, Mapping) else given
    for level, (origin, told) in enumerate(levels):
        for word in sorted(told, key=lambda one: one not in words.all):
            target = words.input_for(word, fields)
            if target is None and open_ended:
                target = word
            if target is None:
                _has_no_input(placed, word, origin, fields, words, name, known)
            elif target in taken:
                at, first = taken[target]
                if at == level:
                    same = f"{word}: {first!r} is the same input, {target!r}"
                    lost = (
                        origin == CALL
                        and words.meaning(word) in _MUST_BE_TAKEN
                        and told[word] is not told[first]
                    )
                    (placed.problems if lost else placed.left_out).append(
                        f"{same}: say one" if lost else same
                    )
            elif origin == PREFERENCE and (why := misfit(told[word], fields[target], name)):
                taken[target] = level, word
                placed.left_out.append(f"{word}: what is preferred does not fit: {why}")
            else:
                taken[target] = level, word
                _put(placed, target, told[word], fields.get(target), origin)
    return placed


def misfit(value: Any, field: InputField, name: str) -> str | None:
    """Why a value does not fit an input; None when it does.

    >>> misfit(90, InputField("steps", "integer", 20, 1, 60), "fast")
    'steps: must be within 1–60, got 90 (the workflow would silently use its default)'
    """
    try:
        check_inputs({field.name: value}, Inputs([field]), name=name)
    except InvalidInput as error:
        return "; ".join(error.problems)
    return None


def _put(placed: Placed, target: str, value: Any, field: InputField | None, origin: str) -> None:
    if field is not None and field.kind in MEDIA_KINDS:
        try:
            value = for_field(value, field, placed.warnings)
        except InvalidInput as error:
            placed.problems.append(f"{target}: {error.message}")
            return
    placed.inputs[target] = value
    placed.came_from[target] = origin


def _has_no_input(
    placed: Placed,
    word: str,
    origin: str,
    fields: Inputs,
    words: Words,
    name: str,
    known: Collection[str],
) -> None:
    """What becomes of a word that is none of the inputs."""
    if origin != CALL:
        return
    meaning = words.meaning(word)
    if meaning in _MUST_BE_TAKEN:
        what = "text" if meaning == "prompt" else "picture" if meaning != "video" else "video"
        several = [one for one, field in fields.items() if what in _called(field)]
        hint = (
            f"it has {', '.join(map(repr, several))}: name one of them"
            if several
            else f"its inputs: {fields!r}"
        )
        placed.problems.append(f"{word}: {name!r} takes no such {what}; {hint}")
    elif meaning is not None or word in known:
        placed.left_out.append(f"{word}: {name!r} has no input for it")
    else:
        close = difflib.get_close_matches(word, [*fields, *words.all], n=1, cutoff=0.6)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        placed.problems.append(f"there is no word or input {word!r}{hint}")


def _called(field: InputField) -> str:
    return {"image": "picture", "images": "picture"}.get(field.kind, field.kind)
