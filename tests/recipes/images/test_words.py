"""Common words and the inputs they mean, whatever authors call those."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk import ConfigError, InputField
from stationthis_sdk.config import load_making
from stationthis_sdk.inputs.fields import Inputs
from stationthis_sdk.profiles import Profiles
from stationthis_sdk.recipes.images.placing import CALL, PREFERENCE, place
from stationthis_sdk.recipes.images.words import TABLE, Words

PRODUCT = Inputs(
    [
        InputField("input_prompt", "text"),
        InputField("input_negative", "text"),
        InputField("input_width", "integer", 512, 16, 2048),
        InputField("input_height", "integer", 512, 16, 2048),
        InputField("input_steps", "integer", 20, 1, 60),
        InputField("input_cfg", "number", 7, 0, 30),
        InputField("input_sampler", "text", "euler_a"),
        InputField("input_seed", "seed"),
        InputField("input_image", "image"),
    ]
)


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("prompt", ["prompt", "input_prompt", "Positive Prompt", "positive", "text"]),
        ("negative", ["negative", "negative_prompt", "input_negative"]),
        ("width", ["width", "input_width", "Image-Width"]),
        ("height", ["height", "input_height"]),
        ("steps", ["steps", "input_steps", "num_inference_steps"]),
        ("cfg", ["cfg", "input_cfg", "cfg_scale", "guidance_scale", "CFG Scale"]),
        ("sampler", ["sampler", "sampler_name", "input_sampler"]),
        ("scheduler", ["scheduler", "scheduler_name"]),
        ("seed", ["seed", "noise_seed", "input_seed"]),
        ("strength", ["strength", "denoise", "denoising_strength"]),
        ("image", ["image", "input_image", "init_image", "source-image", "photo"]),
        ("batch", ["batch", "batch_size"]),
        ("checkpoint", ["checkpoint", "ckpt_name", "model"]),
        ("lora", ["lora", "lora_name"]),
    ],
)
def test_each_word_finds_its_input(word: str, names: list[str]) -> None:
    """Whichever of its names an author chose, among inputs that mean nothing."""
    for name in names:
        fields = {"other": InputField("other", "number"), name: InputField(name, "text")}
        assert Words().input_for(word, fields) == name


@pytest.mark.parametrize(
    ("word", "kind"),
    [("prompt", "text"), ("image", "image"), ("image", "images"), ("seed", "seed"), ("checkpoint", "checkpoint"),
     ("lora", "lora"), ("video", "video")],
)  # fmt: skip
def test_the_only_one_of_its_kind_needs_no_name(word: str, kind: str) -> None:
    """One of that kind is meant; of two nobody can tell which, and the text that is a negative prompt is none."""
    one = {"zebra": InputField("zebra", kind), "negative": InputField("negative", "text")}
    assert Words().input_for(word, one) == "zebra"
    assert Words().input_for(word, {**one, "lion": InputField("lion", kind)}) is None


def test_an_inputs_own_name_always_passes() -> None:
    """Also where the word would mean another input by the table."""
    fields = Inputs([InputField("model", "text"), InputField("checkpoint", "checkpoint")])
    placed = place({CALL: {"model": "a", "checkpoint": "b"}}, fields, Words(), name="x")
    assert placed.inputs == {"model": "a", "checkpoint": "b"}


def test_only_what_is_declared_is_sent() -> None:
    """The product's own words go to the product's inputs; the rest is told."""
    given_words = {
        "prompt": "a fox",
        "negative": "blur",
        "width": 640,
        "cfg": 5,
        "strength": 0.4,
        "scheduler": "karras",
    }
    placed = place({CALL: given_words}, PRODUCT, Words(), name="standard")
    assert placed.inputs == {
        "input_prompt": "a fox",
        "input_negative": "blur",
        "input_width": 640,
        "input_cfg": 5,
    }
    assert placed.left_out == [
        "strength: 'standard' has no input for it",
        "scheduler: 'standard' has no input for it",
    ]
    assert not placed.problems


def test_two_words_on_one_input_are_told() -> None:
    """The common word counts; a prompt or a picture that would be passed over is refused."""
    fields = Inputs([InputField("cfg_scale", "number")])
    placed = place({CALL: {"cfg": 5, "guidance": 6}}, fields, Words(), name="x")
    assert placed.inputs == {"cfg_scale": 5}
    assert placed.left_out == ["guidance: 'cfg' is the same input, 'cfg_scale'"]
    placed = place({CALL: {"cfg": 5, "cfg_scale": 6}}, fields, Words(), name="x")
    assert placed.inputs == {"cfg_scale": 5}
    assert placed.left_out == ["cfg_scale: 'cfg' is the same input, 'cfg_scale'"]
    positive = Inputs([InputField("positive", "text")])
    placed = place({CALL: {"positive": "a dog", "prompt": "a fox"}}, positive, Words(), name="x")
    assert placed.problems == ["positive: 'prompt' is the same input, 'positive': say one"]


def test_preferences_give_way_and_never_refuse() -> None:
    """A call's word comes before a preference; one that does not fit, or has no input, is left out."""
    preferred = {"cfg": 9, "steps": 99, "height": 640, "scheduler": "karras", "mood": 3}
    placed = place({CALL: {"cfg": 5}, PREFERENCE: preferred}, PRODUCT, Words(), name="standard")
    assert placed.inputs == {"input_cfg": 5, "input_height": 640}
    assert placed.came_from == {"input_cfg": "call", "input_height": "preference"}
    assert placed.left_out == [
        (
            "steps: what is preferred does not fit: input_steps: must be within 1–60, got 99 (the workflow would silently use its "
            "default)"
        )
    ]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ({"hieght": 3}, "there is no word or input 'hieght'; did you mean 'height'?"),
        ({"mask": "m.png"}, "mask: 'x' takes no such picture"),
        ({"image": ["a.png", "b.png", "c.png"]}, "input_image: takes one image, got 3"),
    ],
)
def test_what_cant_be_meant_is_refused(words: dict[str, Any], problem: str) -> None:
    """Unknown words with what is near, pictures nobody takes, three where one is wanted."""
    (told,) = place({CALL: words}, PRODUCT, Words(), name="x").problems
    assert told.startswith(problem)


def test_a_prompt_that_nobody_takes_is_refused() -> None:
    """With the texts it could be, where there are several."""
    two = Inputs([InputField("first", "text"), InputField("second", "text")])
    (told,) = place({CALL: {"prompt": "a fox"}}, two, Words(), name="x").problems
    assert told == "prompt: 'x' takes no such text; it has 'first', 'second': name one of them"
    none = Inputs([InputField("photo", "image")])
    (told,) = place({CALL: {"prompt": "a fox"}}, none, Words(), name="x").problems
    assert told == "prompt: 'x' takes no such text; its inputs: photo image"


def test_names_of_ones_own_come_first() -> None:
    """A word gets more names, and a word may be new."""
    words = Words({"cfg": ("how_strict",), "mood": ("palette",)})
    fields = {name: InputField(name, "number") for name in ("cfg_scale", "how_strict", "palette")}
    assert words.input_for("cfg", fields) == "how_strict"
    assert words.input_for("mood", fields) == "palette"
    assert words.input_for("cfg", {"guidance": InputField("guidance", "number")}) == "guidance"


def test_words_come_from_the_argument_and_the_profile(tmp_path: Any) -> None:
    """Both are joined, the argument's first; a login keeps them; what is no name is refused."""
    (tmp_path / "config.toml").write_text(
        '[profiles.default]\nworkflow = "standard"\n[profiles.default.words]\ncfg = ["b", "c"]\n'
    )
    (tmp_path / "config.toml").chmod(0o600)
    profiles = Profiles(tmp_path)
    profiles.set("default", api_key="k")
    made = load_making({"cfg": "a"}, profiles.making("default"), "profile default", environ={})
    assert made == {"workflow": "standard", "words": {"cfg": ("a", "b", "c")}}
    assert load_making(None, {"workflow": "x"}, environ={"STATIONTHIS_WORKFLOW": "y"})["workflow"] == "y"
    for wrong in ({"cfg": 3}, {"cfg": [""]}, {"": "x"}, ["cfg"]):
        with pytest.raises(ConfigError, match="words"):
            load_making(wrong, environ={})  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="a name in quotes"):
        load_making(None, {"workflow": 3}, environ={})


@given(
    some.dictionaries(
        some.sampled_from([*TABLE, "input_cfg", "Guidance", "zebra"]), some.integers(), max_size=8
    )
)
def test_nothing_is_lost_silently(words: dict[str, Any]) -> None:
    """Each word is sent, left out with a note, or refused."""
    placed = place({CALL: words}, PRODUCT, Words(), name="x")
    assert len(words) == len(placed.inputs) + len(placed.left_out) + len(placed.problems)
    assert set(placed.inputs) <= set(PRODUCT)
