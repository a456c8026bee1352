"""The LoRAs that one step wants, by its prompt and by the word for them, and where they go."""

from collections.abc import Mapping
from typing import Any

import attrs

from stationthis_sdk.context import Context
from stationthis_sdk.deployment import AsyncDeployment
from stationthis_sdk.graphs.describe import describe
from stationthis_sdk.recipes.images.known_loras import known_loras
from stationthis_sdk.recipes.images.lora_places import lora_places, put_loras
from stationthis_sdk.recipes.images.loras import LoraTag, Reading, choose_loras, read_tags
from stationthis_sdk.recipes.images.words import Words

__all__ = ["WantedLoras", "wanted_loras"]


@attrs.frozen
class WantedLoras:
    """A step's words without those for LoRAs, the inputs in their place, and what to say of it.

    ``preferred`` are inputs for a LoRA that is preferred, where nothing else names one.
    """

    call: dict[str, Any]
    earlier: dict[str, Any]
    reading: Reading
    left_out: tuple[str, ...] = ()
    preferred: Mapping[str, Any] = attrs.field(factory=dict)


async def wanted_loras(
    context: Context,
    deployment: AsyncDeployment,
    call: Mapping[str, Any],
    earlier: Mapping[str, Any],
    table: Words,
    preferred: Mapping[str, Any] | None = None,
) -> WantedLoras:
    """Read the words of the call, and those that an earlier step hands down; ``preferred`` are LoRAs by their word.

    A LoRA that only an earlier step's prompt names is passed over where this step takes none.
    """
    words, handed = dict(call), dict(earlier)
    graph = deployment.record.graph
    places = lora_places(deployment.inputs, graph, table)
    whose = words if _prompt_word(words, table) else handed
    prompt_word = _prompt_word(whose, table)
    prompt = whose[prompt_word] if prompt_word is not None else ""
    prompt = prompt if isinstance(prompt, str) else ""
    if whose is handed and not places:
        reading = Reading(read_tags(prompt)[0])
        if prompt_word is not None:
            handed[prompt_word] = reading.prompt
        return WantedLoras(words, handed, reading)
    named = _named(words, table)
    liked = _named(preferred or {}, table) if places else {}
    also = [tag for tags in named.values() for tag in tags]
    names = [
        tag.name for tag in (*read_tags(prompt)[1], *also, *(tag for tags in liked.values() for tag in tags))
    ]
    known = await known_loras(context, prompt if places else "", names)
    for word, tags in named.items():
        if word in deployment.inputs and choose_loras("", known, also=tags).problems:
            # What a deployment declares itself is sent as it is, where nobody knows better.
            also = [tag for tag in also if tag not in tags]
        else:
            del words[word]
    base = describe(graph).base_model if graph is not None else None
    reading = choose_loras(prompt, known if places or names else [], base, also=also)
    told = {
        target: value for word, value in words.items() if (target := table.input_for(word, deployment.inputs))
    }
    left_out: list[str] = []
    is_liked = False
    if not reading.loras and not any(field.name in told for field in places.inputs):
        for word, tags in liked.items():
            if unknown := choose_loras("", known, also=tags).problems:
                left_out.append(f"{word}: what is preferred is not there: {'; '.join(unknown)}")
            else:
                reading, is_liked = choose_loras(prompt, known, base, also=tags), True
    put = put_loras(reading, places, deployment.name, told)
    if prompt_word is not None and isinstance(whose[prompt_word], str):
        whose[prompt_word] = put.prompt
    elif put.prompt:
        words["prompt"] = put.prompt  # a LoRA's word, where there was no prompt
    left_out += put.left_out
    if is_liked:
        return WantedLoras(words, handed, reading, tuple(left_out), put.inputs)
    return WantedLoras(put.inputs | words, handed, reading, tuple(left_out))


def _named(words: Mapping[str, Any], table: Words) -> dict[str, list[LoraTag]]:
    """The words that name LoRAs, with what they name."""
    return {
        word: tags
        for word, value in words.items()
        if table.meaning(word) == "lora" and (tags := _tags(value))
    }


def _prompt_word(words: Mapping[str, Any], table: Words) -> str | None:
    """Which of the words is the prompt."""
    meant = [word for word in words if table.meaning(word) == "prompt"]
    return "prompt" if "prompt" in meant else meant[0] if meant else None


def _tags(value: Any) -> list[LoraTag]:
    """LoRAs as they are given in a word: "inkwash", "inkwash:0.8", or several; a web address is none."""
    listed = value if isinstance(value, list | tuple) else [value]
    if not all(isinstance(one, str) and "://" not in one for one in listed):
        return []
    return [tag for one in listed for tag in read_tags(f"<lora:{one}>")[1]]
