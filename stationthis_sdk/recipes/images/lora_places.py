"""Where a deployment takes LoRAs: an input, or the tags of its prompt. Pure."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import attrs

from stationthis_sdk.entities import InputField
from stationthis_sdk.graphs.base_models import takes_lora
from stationthis_sdk.graphs.nodes import nodes_of
from stationthis_sdk.recipes.images.loras import ChosenLora, Reading
from stationthis_sdk.recipes.images.words import Words

__all__ = ["LoraPlaces", "PutLoras", "lora_places", "put_loras"]


@attrs.frozen
class LoraPlaces:
    """The inputs that take a LoRA each, the one for its weight, and whether tags in the prompt are read."""

    inputs: tuple[InputField, ...] = ()
    weight: InputField | None = None
    tags: bool = False

    def __bool__(self) -> bool:
        return bool(self.inputs) or self.tags


def lora_places(
    fields: Mapping[str, InputField], graph: Mapping[str, Any] | None, words: Words
) -> LoraPlaces:
    """Where a deployment with these inputs and this graph takes LoRAs.

    >>> lora_places({"style": InputField("style", "lora")}, None, Words()).inputs[0].name
    'style'
    """
    inputs = [field for field in fields.values() if field.kind == "lora"]
    if not inputs and (named := words.input_for("lora", fields)) and fields[named].kind in {"text", "enum"}:
        inputs = [fields[named]]
    weight = words.input_for("lora_strength", fields)
    reads_tags = not inputs and graph is not None and takes_lora([*nodes_of(graph).values()])
    return LoraPlaces(tuple(inputs), None if weight is None else fields[weight], reads_tags)


@attrs.frozen
class PutLoras:
    """Inputs by name, the prompt to send, and what was left out."""

    inputs: dict[str, Any]
    prompt: str
    left_out: tuple[str, ...] = ()


def put_loras(reading: Reading, places: LoraPlaces, name: str, told: Mapping[str, Any]) -> PutLoras:
    """Where the LoRAs of a reading go; what can't be goes to its problems, what is passed over to its warnings.

    ``told`` are inputs that somebody has given by name: they are taken, and a weight among them counts before a tag's. A
    LoRA that only its trigger word calls gives way to one that is named.
    """
    if places.tags:
        reading.loras = [attrs.evolve(one, weight=_or_1(one.weight)) for one in reading.loras]
        tags = "".join(f" <lora:{one.lora.stem}:{one.weight:g}>" for one in reading.loras)
        return PutLoras({}, f"{reading.prompt}{tags}")
    free = [field for field in places.inputs if field.name not in told]
    named = [one for one in reading.loras if not one.why]
    if len(named) > len(free):
        count = len(places.inputs)
        takes = {0: "takes no LoRA", 1: "takes one LoRA"}.get(count, f"takes {count} LoRAs")
        listed = ", ".join(repr(one.lora.path) for one in named)
        beside = (
            f" beside {', '.join(sorted({f.name for f in places.inputs} & set(told)))}"
            if count > len(free)
            else ""
        )
        reading.problems.append(
            f"prompt: {name!r} {takes}, and {listed} would be left out{beside}: name fewer"
        )
        return PutLoras({}, reading.prompt)
    room = len(free) - len(named)
    called = [one for one in reading.loras if one.why]
    for one in called[room:]:
        reading.warnings.append(f"the LoRA {one} is not used: {name!r} is given another, and takes no more")
    reading.loras = [*named, *called[:room]]
    inputs: dict[str, Any] = {}
    left_out: list[str] = []
    for place, (field, one) in enumerate(zip(free, reading.loras, strict=False)):
        inputs[field.name] = _value(field, one, reading)
        weighed = places.weight if place == 0 and field is places.inputs[0] else None
        if weighed is not None and weighed.name in told:
            weight = told[weighed.name]
            if one.weight is not None and weight != one.weight:
                reading.warnings.append(
                    f"the weight {one.weight:g} of {one.lora.path!r} is not used: {weighed.name!r} says {weight!r}"
                )
            if isinstance(weight, int | float):
                reading.loras[place] = attrs.evolve(one, weight=weight)
        elif weighed is not None and one.weight is not None:
            inputs[weighed.name] = one.weight
        elif one.weight is not None and one.weight != 1:
            left_out.append(f"the weight {one.weight:g} of {one.lora.path!r}: {name!r} has no input for it")
            reading.loras[place] = attrs.evolve(one, weight=None)
    return PutLoras(inputs, reading.prompt, tuple(left_out))


def _or_1(weight: float | None) -> float:
    return 1.0 if weight is None else weight


def _value(field: InputField, one: ChosenLora, reading: Reading) -> str:
    """What such an input calls it."""
    if not field.options:
        return one.lora.file
    called = (
        one.lora.file,
        one.lora.stem,
        PurePosixPath(one.lora.file).name,
        PurePosixPath(one.lora.stem).name,
    )
    option = next((name for name in called if name in field.options), None)
    if option is None:
        reading.problems.append(f"{field.name}: {one.lora.path!r} is none of its options")
    return option or one.lora.file
