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

__all__ = ["LoraPlaces", "lora_places", "put_loras"]


@attrs.frozen
class LoraPlaces:
    """The inputs that take a LoRA each, the one for its weight, and whether tags in the prompt are read."""

    inputs: tuple[InputField, ...] = ()
    weight: str | None = None
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
    return LoraPlaces(tuple(inputs), weight, reads_tags)


def put_loras(reading: Reading, places: LoraPlaces, name: str) -> tuple[dict[str, Any], str, list[str]]:
    """Inputs by name, the prompt to send, and what was left out; what can't be goes to the reading's problems."""
    if places.tags:
        tags = "".join(f" <lora:{one.lora.stem}:{one.weight:g}>" for one in reading.loras)
        return {}, f"{reading.prompt}{tags}", []
    if len(reading.loras) > len(places.inputs):
        takes = {0: "takes no LoRA", 1: "takes one LoRA"}.get(
            len(places.inputs), f"takes {len(places.inputs)} LoRAs"
        )
        listed = ", ".join(repr(one.lora.path) for one in reading.loras)
        reading.problems.append(
            f"prompt: {name!r} {takes}, and {listed} would be left out: take the tag away"
        )
        return {}, reading.prompt, []
    inputs: dict[str, Any] = {}
    left_out: list[str] = []
    for field, one in zip(places.inputs, reading.loras, strict=False):
        inputs[field.name] = _value(field, one, reading)
        if places.weight is not None and one is reading.loras[0]:
            inputs[places.weight] = one.weight
        elif one.weight != 1:
            left_out.append(f"the weight {one.weight:g} of {one.lora.path!r}: {name!r} has no input for it")
    return inputs, reading.prompt, left_out


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
