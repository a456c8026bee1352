"""One step made ready for all of its runs: the deployment, and what each run is given. Nothing is sent."""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

import attrs

from stationthis_sdk.context import Context
from stationthis_sdk.deployment import AsyncDeployment
from stationthis_sdk.entities import InputField
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.graphs.describe import describe
from stationthis_sdk.inputs.check import check_inputs
from stationthis_sdk.recipes.images.asked import Asked
from stationthis_sdk.recipes.images.chains import Step
from stationthis_sdk.recipes.images.choice import chosen
from stationthis_sdk.recipes.images.known_loras import known_loras
from stationthis_sdk.recipes.images.lora_places import LoraPlaces, lora_places, put_loras
from stationthis_sdk.recipes.images.loras import LoraTag, Reading, choose_loras, read_tags
from stationthis_sdk.recipes.images.placing import CALL, EARLIER, PREFERENCE, Placed, place
from stationthis_sdk.recipes.images.preferences import WORKFLOW, AsyncPreferences
from stationthis_sdk.recipes.images.words import Words

__all__ = ["DRAWN", "Prepared", "prepare"]

DRAWN: Final = "drawn"
_HANDED_DOWN: Final = frozenset({"prompt", "negative"})
"""Words of the call that each step of a chain is told; the seed is another."""
_LATER: Final = "https://handed.on/from-the-step-before"
"""Stands for what the step before has not made yet."""
_DRAWS: Final = 100


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
    table, fields = Words(context.settings.words), deployment.inputs
    preferred = await AsyncPreferences(context).get(deployment.name, user=asked.user)
    preferred.pop(WORKFLOW, None)
    call, earlier = _told(asked, step, table, first=before is None)
    takes = None if before is None else _for_what_is_made(before.deployment, deployment, call, table)
    problems: list[str] = []
    if before is not None and takes is None and not any(_is_media(word, fields, table) for word in call):
        problems.append(
            f"{deployment.name!r} takes nothing of what {before.deployment.name!r} makes: {fields!r}"
        )
    reading, places = await _loras(context, deployment, (call, earlier), table)
    extra, prompt, without_weight = put_loras(reading, places, deployment.name)
    for told in (call, earlier):
        for word in [word for word in told if table.meaning(word) == "prompt"]:
            told[word] = prompt
    placed = place(
        {CALL: extra | call, EARLIER: earlier, PREFERENCE: preferred},
        fields,
        table,
        name=deployment.name,
        known=known,
        open_ended=deployment._options.allow_unknown,  # noqa: SLF001 - the two know each other
    )
    placed.left_out += without_weight
    problems += [*reading.problems, *placed.problems]
    seed_input = table.input_for(asked.seed_word or "seed", fields)
    inputs, drawn = await asyncio.to_thread(
        lambda: _each(deployment, placed, asked.seeds, seed_input, takes, problems)
    )
    if problems:
        listed = "; ".join(dict.fromkeys(problems))
        raise InvalidInput(
            f"{deployment.name} was not run: {listed}.", problems=tuple(dict.fromkeys(problems))
        )
    if before is None and seed_input is None:
        _without_seed(placed, asked, deployment.name)
    return Prepared(
        deployment,
        inputs,
        placed.came_from | dict.fromkeys(drawn, DRAWN),
        seed_input,
        takes,
        tuple(placed.left_out),
        (*reading.warnings, *placed.warnings),
        tuple(map(str, reading.loras)),
    )


def _told(asked: Asked, step: Step, table: Words, *, first: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """The words for this step, and those that earlier ones hand down; a step's own come before the call's."""
    own = {table.meaning(word) or word for word in step.words}
    rest = {word: value for word, value in asked.words.items() if (table.meaning(word) or word) not in own}
    if first:
        return {**rest, **step.words}, {}
    return dict(step.words), {
        word: value for word, value in rest.items() if table.meaning(word) in _HANDED_DOWN
    }


def _is_media(word: str, fields: Mapping[str, InputField], table: Words) -> bool:
    target = table.input_for(word, fields)
    return target is not None and fields[target].kind in {"image", "images", "video", "audio", "file"}


def _for_what_is_made(
    before: AsyncDeployment, after: AsyncDeployment, call: Mapping[str, Any], table: Words
) -> InputField | None:
    """The input that takes what the step before makes, unless the step says itself what to put there."""
    makes = describe(before.record.graph).kind if before.record.graph is not None else None
    first, second = ("video", "image") if makes in {"video", "animation"} else ("image", "video")
    given = {table.input_for(word, after.inputs) for word in call}
    for word in (first, second):
        target = table.input_for(word, after.inputs)
        if target is not None and target not in given:
            return after.inputs[target]
    return None


async def _loras(
    context: Context, deployment: AsyncDeployment, told: Sequence[dict[str, Any]], table: Words
) -> tuple[Reading, LoraPlaces]:
    """The LoRAs that the prompt and the word for them want; those words are taken away, as inputs come in their place."""
    graph = deployment.record.graph
    places = lora_places(deployment.inputs, graph, table)
    prompts = [value for words in told for word, value in words.items() if table.meaning(word) == "prompt"]
    prompt = prompts[0] if prompts and isinstance(prompts[0], str) else ""
    named = [
        (words, word, value)
        for words in told
        for word, value in words.items()
        if table.meaning(word) == "lora"
    ]
    also = {word: _tags(value) for _, word, value in named}
    names = [tag.name for tag in (*read_tags(prompt)[1], *(tag for tags in also.values() for tag in tags))]
    known = await known_loras(context, prompt if places else "", names)
    for words, word, value in named:
        unknown = any(choose_loras("", known, also=[tag]).problems for tag in also[word])
        # What a deployment declares itself is sent as it is, where nobody knows better.
        if not also[word] or (word in deployment.inputs and unknown):
            also.pop(word)
        else:
            del words[word]
            if not isinstance(value, str | list | tuple):
                also.pop(word)
    base = describe(graph).base_model if graph is not None else None
    reading = choose_loras(prompt, known, base, also=[tag for tags in also.values() for tag in tags])
    return reading, places


def _tags(value: Any) -> list[LoraTag]:
    """LoRAs as they are given in a word: "inkwash", "inkwash:0.8", or several; a web address is none."""
    listed = value if isinstance(value, list | tuple) else [value]
    if not all(isinstance(one, str) and "://" not in one for one in listed):
        return []
    return [tag for one in listed for tag in read_tags(f"<lora:{one}>")[1]]


def _each(
    deployment: AsyncDeployment,
    placed: Placed,
    seeds: Sequence[Any],
    seed_input: str | None,
    takes: InputField | None,
    problems: list[str],
) -> tuple[tuple[dict[str, Any], ...], set[str]]:
    """The inputs of each run, checked, with every seed; and which of them were drawn."""
    fields, unknown = deployment.inputs, deployment._options.allow_unknown  # noqa: SLF001 - likewise
    later = {} if takes is None else {takes.name: [_LATER] if takes.kind == "images" else _LATER}
    each: list[dict[str, Any]] = []
    drawn: set[str] = set()
    for seed in seeds:
        own = {} if seed_input is None or seed_input in placed.inputs else {seed_input: seed}
        if seed_input is not None and own:
            placed.came_from[seed_input] = CALL
        given = {**placed.inputs, **{name: value for name, value in own.items() if value is not None}}
        for _ in range(_DRAWS):
            try:
                checked = check_inputs(
                    {**given, **later}, fields, name=deployment.name, allow_unknown=unknown
                )
            except InvalidInput as error:
                problems += _not_told(error.problems, placed.problems)
                return (), drawn
            # Seeds that are not told become others than those of the runs before.
            made = {name: checked.values[name] for name in checked.drawn}
            if not made or made not in [{name: one[name] for name in made} for one in each]:
                break
        drawn |= made.keys()
        each.append({name: value for name, value in {**given, **made}.items() if name not in later})
    return tuple(each), drawn


def _not_told(problems: Sequence[str], told: Sequence[str]) -> Iterator[str]:
    """Problems of inputs of which nothing was told yet."""
    known = {problem.partition(":")[0] for problem in told}
    return (problem for problem in problems if problem.partition(":")[0] not in known)


def _without_seed(placed: Placed, asked: Asked, name: str) -> None:
    if asked.seed_word is not None:
        placed.left_out.append(f"{asked.seed_word}: {name!r} has no input for it")
    if asked.n > 1:
        placed.warnings.append(f"{name!r} has no input for a seed: its {asked.n} pictures may be the same")
