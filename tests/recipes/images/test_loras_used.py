"""LoRAs of the account in make_image: found in the volume, put where the deployment takes them, refused when unknown."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from stationthis_sdk import AsyncStationThis, InvalidInput, chain
from stationthis_sdk.store.trainings import TrainingLedger, TrainingRow
from stationthis_sdk.testing import LocalGateway
from tests.recipes.images import graphs

LISTS = "/volume/"


@pytest.fixture
async def inked(gateway: LocalGateway, st: AsyncStationThis, tmp_path: Path) -> AsyncStationThis:
    """A client whose account has LoRAs, two of one name, and a deployment that takes one."""
    await asyncio.to_thread(gateway.deploy, "inked", graphs.TAGGED)
    weights = tmp_path / "inkwash.safetensors"
    weights.write_bytes(b"weights")
    await st.models.upload(weights, folder="loras")
    await st.models.upload(weights, folder="loras/flux")
    return st


def looks(st: AsyncStationThis) -> int:
    """How often the volume was listed."""
    return len([one for one in st.last_requests if LISTS in one.url and one.method == "GET"])


async def put_in(made: Any) -> str:
    """The LoRA that the graph was given, as it says itself."""
    return next([await one.text() for one in made.outputs if one.kind == "text"].__iter__())


async def test_a_tag_becomes_the_deployments_input(inked: AsyncStationThis) -> None:
    """T18: the file is found by its name, the same of two each time, and that is told; the tag leaves the prompt."""
    made = await inked.make_image("a fox, <lora:inkwash:0.8>, in snow", "inked")
    assert made.inputs["lora_url"] == "inkwash.safetensors"
    assert await put_in(made) == "inkwash.safetensors"
    assert made.inputs["prompt"] == "a fox, in snow"
    assert made.loras == ["loras/inkwash.safetensors"]
    assert made.left_out == ["the weight 0.8 of 'loras/inkwash.safetensors': 'inked' has no input for it"]
    assert "2 LoRAs are called 'inkwash'" in made.warnings[0]
    made = await inked.make_image("a fox <lora:flux/inkwash>", "inked")
    assert (made.inputs["lora_url"], made.warnings) == ("flux/inkwash.safetensors", [])
    made = await inked.make_image("a fox", "inked", lora="flux/inkwash")
    assert made.inputs["lora_url"] == "flux/inkwash.safetensors"
    made = await inked.make_image("a fox", "inked", lora_url="https://example.org/x.safetensors")
    assert made.inputs["lora_url"] == "https://example.org/x.safetensors"


async def test_the_list_is_a_copy_and_asked_for_only_when_needed(inked: AsyncStationThis) -> None:
    """A prompt without LoRAs asks for nothing; one with a known LoRA asks once for several calls."""
    before = looks(inked)
    await inked.make_image("a fox", "inked")
    assert looks(inked) == before
    await inked.make_image("a fox <lora:flux/inkwash>", "inked", wait=False)
    after = looks(inked)
    await inked.make_image("a fox <lora:flux/inkwash>", "inked", wait=False)
    assert looks(inked) == after


async def test_unknown_loras_are_refused(gateway: LocalGateway, inked: AsyncStationThis) -> None:
    """With names that are near, before anything is sent; so is one that the deployment has no place for."""
    with pytest.raises(InvalidInput, match="no LoRA 'inkwsh'; did you mean 'inkwash'") as caught:
        await inked.make_image("a fox <lora:inkwsh>", "inked")
    assert caught.value.code == "workflow_error"
    with pytest.raises(InvalidInput, match="'standard' takes no LoRA"):
        await inked.make_image("a fox <lora:inkwash>", "standard")
    assert await asyncio.to_thread(gateway.runs) == ()


async def test_what_was_trained_here_answers_to_its_word(inked: AsyncStationThis) -> None:
    """Its trigger word in a prompt is enough; named by its name, the word is added."""
    ledger = TrainingLedger(inked.runs._context.ledger)
    await ledger.put(
        TrainingRow("run", "the-cat", "SDXL", "mycat", registered="loras/flux/inkwash.safetensors")
    )
    made = await inked.make_image("a mycat asleep", "inked")
    assert made.inputs["lora_url"] == "flux/inkwash.safetensors"
    assert made.loras == ["loras/flux/inkwash.safetensors (for its word 'mycat')"]
    made = await inked.make_image("asleep <lora:the-cat>", "inked")
    assert (made.inputs["lora_url"], made.inputs["prompt"]) == ("flux/inkwash.safetensors", "asleep, mycat")
    made = await inked.make_image("a mycat asleep", "standard")  # takes none: the word is just a word
    assert made.inputs["input_prompt"] == "a mycat asleep"
    assert made.loras == []


async def test_a_lora_of_the_first_step_is_no_matter_of_the_next(inked: AsyncStationThis) -> None:
    """The prompt that is handed down has no tag where nobody takes one."""
    made = await inked.make_image("a fox <lora:flux/inkwash>", chain("inked", "picture-to-picture"), steps=1)
    first, second = made.all_runs
    assert first.inputs["lora_url"] == "flux/inkwash.safetensors"
    assert second.inputs["prompt"] == "a fox"


async def test_a_preferred_lora_is_looked_up(gateway: LocalGateway, inked: AsyncStationThis) -> None:
    """It is sent as the deployment takes it, gives way to one that is named, and is left out where it is gone."""
    await inked.preferences.set(lora="flux/inkwash", user="ada")
    made = await inked.make_image("a fox", "inked", user="ada")
    assert (made.inputs["lora_url"], made.came_from["lora_url"]) == ("flux/inkwash.safetensors", "preference")
    made = await inked.make_image("a fox <lora:loras/inkwash.safetensors>", "inked", user="ada")
    assert (made.inputs["lora_url"], made.came_from["lora_url"]) == ("inkwash.safetensors", "call")
    await inked.preferences.set(lora="gone", user="bob")
    made = await inked.make_image("a fox", "inked", user="bob")
    assert made.left_out == [
        "lora: what is preferred is not there: prompt: there is no LoRA 'gone'; st.models.list('loras') shows what there is"
    ]


async def test_a_strength_that_is_preferred_or_said_counts(
    gateway: LocalGateway, inked: AsyncStationThis
) -> None:
    """A tag without a weight leaves it alone; the gateway's own deployment takes one, too."""
    weight = graphs.external("NumberSlider", "lora_weight", default_value=0.5, min_value=0.0, max_value=1.0)
    shown = {"class_type": "PreviewAny", "inputs": {"source": ["4", 0]}}
    await asyncio.to_thread(gateway.deploy, "weighed", {**graphs.TAGGED, "4": weight, "6": shown})
    await inked.preferences.set(lora_strength=0.4, user="ada")
    for words, expected in (
        ({"prompt": "a fox <lora:flux/inkwash>"}, (0.5, "workflow")),
        ({"prompt": "a fox <lora:flux/inkwash>", "user": "ada"}, (0.4, "preference")),
        ({"prompt": "a fox <lora:flux/inkwash:0.7>", "user": "ada"}, (0.7, "call")),
        ({"prompt": "a fox", "lora": "flux/inkwash", "lora_strength": 0.3}, (0.3, "call")),
    ):
        made = await inked.make_image(workflow="weighed", **words)  # type: ignore[arg-type]
        assert (made.inputs["lora_weight"], made.came_from["lora_weight"]) == expected
    made = await inked.make_image("a fox <lora:flux/inkwash:0.3>", "picture-with-lora", steps=1, wait=False)
    assert made.inputs["lora_strength"] == 0.3
