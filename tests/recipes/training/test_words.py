"""From the words of a training to whatever a deployment calls its inputs."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.entities import InputField
from stationthis_sdk.recipes.training.words import WORDS, fit, word_of


def fields(**kinds):
    return {name: InputField(name, kind) for name, kind in kinds.items()}


@pytest.mark.parametrize(
    ("declared", "words", "inputs"),
    [
        ({"dataset": "file", "lora_name": "text"}, ["dataset", "name"], {"dataset": "dataset", "name": "lora_name"}),
        ({"training_data": "file", "training_steps": "integer", "learning_rate": "number"},
         ["dataset", "steps", "learning_rate"],
         {"dataset": "training_data", "steps": "training_steps", "learning_rate": "learning_rate"}),
        ({"input_images": "images", "captions": "text"}, ["dataset", "captions"],
         {"dataset": "input_images", "captions": "captions"}),
        ({"stuff": "file"}, ["dataset"], {"dataset": "stuff"}),
        ({"one": "file", "two": "file"}, ["dataset"], {}),
        ({"network_dim": "integer", "network_alpha": "integer", "unet_lr": "number"},
         ["rank", "alpha", "learning_rate"], {"rank": "network_dim", "alpha": "network_alpha", "learning_rate": "unet_lr"}),
        ({"steps": "text"}, ["steps"], {}),
        ({"Trigger Word": "text"}, ["trigger"], {"trigger": "Trigger Word"}),
        ({"my_seed": "seed"}, ["seed"], {"seed": "my_seed"}),
    ],
)  # fmt: skip
def test_words_find_their_inputs(declared, words, inputs):
    """By the usual names, in any spelling; of the only file or seed by its kind; never an input of another kind."""
    found = fit(dict.fromkeys(words), fields(**declared))
    assert found.inputs == inputs
    assert set(found.left_out) == set(words) - set(inputs)


def test_no_input_takes_two_words():
    """Whichever comes first has it."""
    found = fit({"name": "a", "trigger": "b"}, fields(name="text"))
    assert (found.inputs, found.left_out) == ({"name": "name"}, {"trigger": "b"})


def test_the_table_may_be_extended(monkeypatch):
    """A name more."""
    monkeypatch.setitem(WORDS, "rank", (*WORDS["rank"], "lora_dim"))
    assert fit({"rank": 4}, fields(lora_dim="integer")).inputs == {"rank": "lora_dim"}
    assert word_of("lora_dim") == "rank"


@given(
    some.dictionaries(some.sampled_from([name for names in WORDS.values() for name in names]),
                      some.sampled_from(["text", "file", "images", "integer", "number", "seed", "enum"])),
    some.sets(some.sampled_from([*WORDS])),
)  # fmt: skip
def test_each_word_is_sent_once_or_left_out(declared, words):
    """Whatever the deployment declares."""
    found = fit(dict.fromkeys(words), fields(**declared))
    assert len(set(found.inputs.values())) == len(found.inputs)
    assert found.inputs.keys() | found.left_out.keys() == words
