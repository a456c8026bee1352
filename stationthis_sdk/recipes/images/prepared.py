"""One step made ready for all of its runs: the deployment, and what each run is given. Nothing is sent."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any, Final

import attrs

from stationthis_sdk.context import Context
from stationthis_sdk.deployment import AsyncDeployment
from stationthis_sdk.entities import InputField
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.graphs.describe import describe
from stationthis_sdk.inputs.fields import MEDIA_KINDS, Inputs
from stationthis_sdk.recipes.images.asked import Asked, faults_of_prompt
from stationthis_sdk.recipes.images.chains import Step
from stationthis_sdk.recipes.images.choice import chosen
from stationthis_sdk.recipes.images.each_run import counted_up, each_run
from stationthis_sdk.recipes.images.placing import CALL, EARLIER, PREFERENCE, Placed, place
from stationthis_sdk.recipes.images.preferences import AsyncPreferences
from stationthis_sdk.recipes.images.wanted_loras import wanted_loras
from stationthis_sdk.recipes.images.words import Words

__all__ = ["DRAWN", "Prepared", "prepare"]

DRAWN: Final = "drawn"
_HANDED_DOWN: Final = frozenset({"prompt", "negative"})
"""Words of the call that each step of a chain is told; the seed is another."""


@attrs.frozen
class Prepared:
    """What each run of a step is given; ``takes`` is the input for what the step before makes.

    ``came_from`` says of each input whether it is the call's, a preference, from an earlier step or drawn.
    """

    deployment: AsyncDeployment
    inputs: tuple[dict[str, Any], ...]
    came_from: Mapping[str, str]
    seed_input: str | None = None
    takes: InputField | None = None
    left_out: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    loras: tuple[str, ...] = ()


async def prepare(
    context: Context, asked: Asked, step: Step, before: Prepared | None, known: Collection[str] = ()
) -> Prepared:
    """Find the deployment of a step, and check what it is to be given.

    ``before`` is the step before. ``known``: words that an earlier choice had inputs for.

    Raises:
        NotFound, AmbiguousName: there is no such deployment.
        InvalidInput: ``problems`` lists every fault.
    """
    deployment = await chosen(context, step, asked.environment)
    deployment = deployment.options(timeout=asked.timeout, tags=asked.tags or None)
    name, fields, table = deployment.name, deployment.inputs, Words(context.settings.words)
    open_ended = deployment._options.allow_unknown  # noqa: SLF001 - the two know each other
    levels = await AsyncPreferences(context)._levels(name, asked.user)  # noqa: SLF001 - one of us
    call, earlier = _told(asked, step, table, first=before is None)
    takes, problems = _handed_on(before, deployment, call, table)
    blank = _faults_of_prompts(call, fields, table)
    problems += blank
    liked: dict[str, Any] = {}
    for level in levels:
        for word in [word for word in level if table.meaning(word) == "lora"]:
            if isinstance(level[word], str) and "://" not in level[word]:
                value = level.pop(word)
                if not liked:
                    liked[word] = value
    wanted = await wanted_loras(context, deployment, call, earlier, table, liked)
    placed = place(
        [
            (CALL, wanted.call),
            (EARLIER, wanted.earlier),
            (PREFERENCE, wanted.preferred),
            *((PREFERENCE, level) for level in levels),
        ],
        fields,
        table,
        name=name,
        known=known,
        open_ended=open_ended,
    )
    placed.left_out += wanted.left_out
    if takes is not None:
        placed.inputs.pop(takes.name, None)
        placed.came_from.pop(takes.name, None)
    seed_input = table.input_for(asked.seed_word or "seed", fields) or (
        asked.seed_word if open_ended else None
    )
    own_seed = any(table.meaning(word) == "seed" for word in step.words)
    seeds = _seeds(placed, asked, seed_input, own=own_seed)
    each = await asyncio.to_thread(
        lambda: each_run(
            placed, fields, seeds, name=name, seed_input=seed_input, takes=takes, allow_unknown=open_ended
        )
    )
    prompt = table.input_for("prompt", fields)
    checked = [one for one in each.problems if not (blank and one.startswith(f"{prompt}:"))]
    if found := tuple(dict.fromkeys([*problems, *wanted.reading.problems, *placed.problems, *checked])):
        raise InvalidInput(f"{name} was not run: {'; '.join(found)}.", problems=found)
    if before is None and seed_input is None:
        _without_seed(placed, asked, name)
    return Prepared(
        deployment,
        each.inputs,
        placed.came_from | dict.fromkeys(each.drawn, DRAWN),
        seed_input,
        takes,
        tuple(placed.left_out),
        (*wanted.reading.warnings, *placed.warnings),
        tuple(map(str, wanted.reading.loras)),
    )


def _told(asked: Asked, step: Step, table: Words, *, first: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """The words for this step, and those that earlier ones hand down; a step's own come before the call's."""
    own = {table.meaning(word) or word for word in step.words}
    rest = {word: value for word, value in asked.words.items() if (table.meaning(word) or word) not in own}
    if first:
        return {**rest, **step.words}, {}
    handed = {word: value for word, value in rest.items() if table.meaning(word) in _HANDED_DOWN}
    return dict(step.words), handed


def _handed_on(
    before: Prepared | None, deployment: AsyncDeployment, call: Mapping[str, Any], table: Words
) -> tuple[InputField | None, list[str]]:
    """The input for what the step before makes, unless the step says itself what to put there; and what is wrong."""
    if before is None:
        return None, []
    graph, fields = before.deployment.record.graph, deployment.inputs
    makes_video = graph is not None and describe(graph).kind in {"video", "animation"}
    given = {table.input_for(word, fields) for word in call}
    for word in ("video", "image") if makes_video else ("image", "video"):
        target = table.input_for(word, fields)
        if target is not None and target not in given:
            return fields[target], []
    if any(target is not None and fields[target].kind in MEDIA_KINDS for target in given):
        return None, []
    return None, [f"{deployment.name!r} takes nothing of what {before.deployment.name!r} makes: {fields!r}"]


def _faults_of_prompts(call: Mapping[str, Any], fields: Inputs, table: Words) -> list[str]:
    """What is wrong with whatever is sent as the prompt, by whichever word."""
    prompt = table.input_for("prompt", fields)
    return [
        fault
        for word, value in call.items()
        if table.meaning(word) == "prompt" and table.input_for(word, fields) in {prompt, None}
        for fault in faults_of_prompt(word, value)
    ]


def _seeds(placed: Placed, asked: Asked, seed_input: str | None, *, own: bool) -> tuple[Any, ...]:
    """The seed of each run: a step's own before the call's, that before a preference; counted up."""
    if seed_input is None:
        return (None,) * asked.n
    told, origin = placed.inputs.pop(seed_input, None), placed.came_from.pop(seed_input, None)
    if asked.seed_word is not None and (origin != CALL or not own):
        if origin == CALL:
            placed.left_out.append(f"{told!r} for {seed_input!r}: {asked.seed_word!r} is the same input")
        told, origin = None, CALL
        seeds = asked.seeds
    else:
        seeds = counted_up(told, asked.n)
    if origin is not None:
        placed.came_from[seed_input] = origin
    return seeds


def _without_seed(placed: Placed, asked: Asked, name: str) -> None:
    if asked.seed_word is not None:
        placed.left_out.append(f"{asked.seed_word}: {name!r} has no input for it")
    if asked.n > 1:
        placed.warnings.append(f"{name!r} has no input for a seed: its {asked.n} pictures may be the same")
