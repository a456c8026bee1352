"""Inputs are checked before anything is sent: what passes can be sent, what can't is told all at once."""

import decimal
import fractions
import io
import json
import math
import re
from pathlib import Path

import attrs
import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from stationthis_sdk.entities import SUBMIT_INPUT, InputField, Media
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.inputs.check import check_inputs, draw_seed
from stationthis_sdk.inputs.fields import Inputs

SLIDER = "ComfyUIDeployExternalNumberSliderInt"
FIELDS = Inputs(
    [
        InputField("prompt", "text", "a cat"),
        InputField("seed", "seed", -1, 0, 1000),
        InputField("cfg", "number", 7.0, 1, 20),
        InputField("strength", "number"),
        InputField("steps", "integer", 20, 1, 50, class_type=SLIDER),
        InputField("count", "integer", 1, class_type="ComfyUIDeployExternalNumberInt"),
        InputField("offset", "integer", 0),
        InputField("hires", "boolean", default=False),
        InputField("style", "enum", "anime", options=("anime", "photo")),
        InputField("free", "enum"),
        InputField("model", "checkpoint", options=("base.safetensors",)),
        InputField("lora", "lora"),
        InputField("image", "image"),
        InputField("pictures", "images"),
        InputField("sound", "audio"),
        InputField("extra", "file"),
        InputField("odd", "a kind of tomorrow"),
    ]
)


def check(given_inputs, fields=FIELDS, **options):
    return check_inputs(given_inputs, fields, name="portrait", **options)


def problem(given_inputs, fields=FIELDS, **options):
    with pytest.raises(InvalidInput) as caught:
        check(given_inputs, fields, **options)
    assert str(caught.value).startswith("portrait was not run: ")
    assert len(caught.value.problems) == 1
    return caught.value.problems[0]


class Strange:
    def __repr__(self):
        raise RuntimeError("no repr either")

    def __eq__(self, other):
        raise RuntimeError("not to be compared")

    __hash__ = None


ANYTHING = (
    some.none()
    | some.booleans()
    | some.integers()
    | some.sampled_from([10**400, -(10**400), 2**63, 2**64, -(2**63) - 1, -1, 0, 2.0, 2.5, 1e300, "", "-1", "false", "anime"])
    | some.floats()
    | some.text(some.characters())
    | some.binary(max_size=8)
    | some.decimals()
    | some.fractions()
    | some.complex_numbers()
    | some.sampled_from(
        [Strange(), object(), str, Path, io.BytesIO, np.ndarray, Image.Image, np.float32(1.5), np.int64(7), np.bool_(1), np.str_("x"), np.array(3), np.array([1, 2]),
         np.zeros((2, 2)), np.longdouble(2), np.datetime64("2026-01-01"), Path("/nowhere"), iter([]), {}, {"a": 1}, set(), ()]
    )
    | some.recursive(some.integers() | some.floats() | some.text() | some.none(), lambda inner: some.lists(inner, max_size=3))
)  # fmt: skip
INPUTS = some.dictionaries(
    some.sampled_from(list(FIELDS)) | some.text(max_size=8) | some.integers(), ANYTHING, max_size=5
)


def within(number, low, high):
    return (low is None or number >= low) and (high is None or number <= high)


@given(INPUTS, some.booleans())
def test_what_passes_can_be_sent(given_inputs, allow_unknown):
    """Whatever is given, it is refused as InvalidInput, or what comes back is JSON of the right kinds and within bounds."""
    refused = None
    try:
        checked = check(given_inputs, allow_unknown=allow_unknown)
    except InvalidInput as error:
        refused = error
    if refused:
        assert refused.problems
        assert "\n" not in str(refused)
        return
    assert json.loads(orjson.dumps(checked.values)) == checked.values
    assert all(
        type(value) in {str, int, float, bool, list} or isinstance(value, str)
        for value in checked.values.values()
    )
    for name, value in checked.values.items():
        field = FIELDS.get(name)
        if field and field.kind in {"seed", "integer", "number"}:
            assert not isinstance(value, bool)
            assert math.isfinite(value)
            assert within(value, field.minimum, field.maximum)
            assert field.kind == "number" or type(value) is int
        elif field and field.options:
            assert value in field.options
        elif field is None:
            assert allow_unknown
    assert set(checked.drawn) == ({"seed"} if given_inputs.get("seed") in (None, -1, "") else set())
    assert set(checked.uploads) | set(checked.values) <= set(given_inputs) | {"seed"}


@pytest.mark.parametrize(
    ("name", "value", "sent"),
    [
        ("prompt", "", ""),
        ("prompt", "line\nline ✨", "line\nline ✨"),
        ("prompt", np.str_("x"), "x"),
        ("cfg", 7, 7),
        ("cfg", 7.5, 7.5),
        ("cfg", np.float32(1.5), 1.5),
        ("cfg", np.int8(3), 3),
        ("cfg", fractions.Fraction(7, 2), 3.5),
        ("cfg", 1, 1),
        ("cfg", 20, 20),
        ("strength", -1e6, -1e6),
        ("steps", 2.0, 2),
        ("steps", np.int64(50), 50),
        ("steps", np.array(5), 5),
        ("count", 0, 0),
        ("offset", -3, -3),
        ("hires", False, False),
        ("hires", np.bool_(1), True),
        ("style", "photo", "photo"),
        ("free", "anything", "anything"),
        ("lora", "https://h/ink.safetensors", "https://h/ink.safetensors"),
        ("model", "base.safetensors", "base.safetensors"),
        ("image", "https://h/a.png", "https://h/a.png"),
        ("odd", "text", "text"),
    ],
)
def test_what_is_accepted(name, value, sent):
    """Good values are sent as Python's own kinds; 2.0 counts as 2."""
    got = check({name: value}).values[name]
    assert got == sent
    assert type(got) is type(sent) or isinstance(sent, str)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("prompt", 5, r"wants text, got 5 \(int\); write str"),
        ("prompt", None, "wants text"),
        ("prompt", "\ud800", "can't be sent"),
        ("prompt", Strange(), "without a repr"),
        ("cfg", "7", "wants a number"),
        ("cfg", True, "wants a number"),
        ("cfg", decimal.Decimal(7), "wants a number"),
        ("cfg", None, "wants a number"),
        ("cfg", math.nan, "finite"),
        ("cfg", math.inf, "finite"),
        ("cfg", 10**400, "finite"),
        ("cfg", np.array([1.0]), "wants a number"),
        ("cfg", 0.99, "within 1–20, got 0.99"),
        ("cfg", 20.01, "within 1–20"),
        ("strength", 2**70, "can't be sent"),
        ("steps", 2.5, "whole number, got 2.5"),
        ("steps", True, "wants a number"),
        ("steps", "20", "wants a number"),
        ("steps", 51, "within 1–50"),
        ("steps", 0, "within 1–50"),
        ("count", -1, "can't be negative"),
        ("count", 2**64, "can't be sent"),
        ("hires", "false", "any text would count as True"),
        ("hires", 1, "wants True or False"),
        ("hires", None, "wants True or False"),
        ("style", "Anime", "did you mean 'anime'"),
        ("style", "oil", "none of 'anime', 'photo'"),
        ("style", 3, "wants one of"),
        ("model", "bas.safetensors", "did you mean 'base.safetensors'"),
        ("seed", 1001, "within 0–1000"),
        ("seed", -2, "within 0–1000"),
        ("seed", 1.5, "whole number"),
        ("seed", True, "wants a number"),
        ("seed", "7", "wants a number"),
        ("seed", np.array([1, 2]), "wants a number"),
        ("image", None, "wants a picture"),
        ("image", 5, "wants a picture"),
        ("image", "/nowhere/a.png", "there is no file"),
        ("pictures", "https://h/a.png", "wants a list"),
        ("pictures", list, "wants a list"),
        ("image", Image.Image, "wants a picture"),
        ("image", io.BytesIO, "wants a picture"),
        ("image", np.ndarray, "wants a"),
        ("image", Path, "wants a picture"),
        ("pictures", [], "at least one"),
        ("pictures", None, "wants a list"),
        ("pictures", np.zeros((4, 4, 3)), "four axes"),
        ("sound", 5, "a path, bytes or a URL"),
    ],
)
def test_what_is_refused(name, value, says):
    """Wrong values are refused with the name of the input and what it wants."""
    told = problem({name: value})
    assert told.startswith(f"{name}: ")
    assert re.search(says, told)


def test_all_problems_at_once():
    """Every fault is told in one error, with the inputs there are; nothing is drawn or uploaded."""
    fields = Inputs([*FIELDS.values(), InputField("photo", "image", required=True)])
    with pytest.raises(InvalidInput) as caught:
        check({"cfg": 99, "steps": 1.5, "promt": "x", "style": "x", "seed": None}, fields)
    told = caught.value.problems
    assert [line.partition(":")[0] for line in told] == [
        "cfg",
        "steps",
        "there is no input 'promt'; did you mean 'prompt'?",
        "style",
        "photo",
    ]
    assert all(line in str(caught.value) for line in told)
    assert "Its inputs: prompt text" in str(caught.value)


def test_unknown_names():
    """T16: an unknown name is refused with the nearest one; allow_unknown sends it when JSON can carry it."""
    assert problem({"stile": "x"}) == "there is no input 'stile'; did you mean 'style'?"
    assert "allow_unknown=True" in problem({"zzzzzzzz": "x"})
    assert problem({5: "x"}) == "the name of an input is text, not 5 (int)"
    assert check({"zzzzzzzz": ["a", 1, [True]]}, allow_unknown=True).values["zzzzzzzz"] == ["a", 1, [True]]
    assert check({"zzzzzzzz": np.float64(2)}, allow_unknown=True).values["zzzzzzzz"] == 2
    for value in (None, {}, [None], [{}], [math.nan], math.inf, object(), 2**64, "\ud800", (1,)):
        assert "takes text, numbers, booleans and lists only" in problem(
            {"zzzzzzzz": value}, allow_unknown=True
        )
    assert "takes text" in problem({"\ud800": 1}, allow_unknown=True)
    looped = []
    looped.append(looped)
    assert "takes text" in problem({"zzzzzzzz": looped}, allow_unknown=True)


@pytest.mark.parametrize("allow_unknown", [True, False])
def test_the_reserved_name(allow_unknown):
    """The input that carries our submit id can't be given."""
    assert problem({SUBMIT_INPUT: "x"}, allow_unknown=allow_unknown) == f"{SUBMIT_INPUT} is reserved"


@pytest.mark.parametrize(
    "given_inputs", [{}, {"seed": None}, {"seed": -1}, {"seed": -1.0}, {"seed": ""}, {"seed": np.int64(-1)}]
)
def test_seeds_are_drawn(given_inputs):
    """T24: a seed that is missing, None, -1 or empty is drawn within its bounds, and said to be."""
    seeds = {check(given_inputs).values["seed"] for _ in range(50)}
    assert len(seeds) > 1
    assert all(type(seed) is int and 0 <= seed <= 1000 for seed in seeds)
    assert check(given_inputs).drawn == ("seed",)


@given(some.integers(0, 1000))
def test_seeds_are_kept(seed):
    """A seed that was given is sent as it is, and is not said to be drawn."""
    checked = check({"seed": seed})
    assert (checked.values["seed"], checked.drawn) == (seed, ())


def test_minus_one_is_kept_apart_from_negative_seeds():
    """-1 asks for a drawn seed even of a plain integer called seed, which takes no other negative number."""
    fields = Inputs([InputField("seed", "seed", class_type="ComfyUIDeployExternalNumberInt")])
    assert check({"seed": -1}, fields).drawn == ("seed",)
    assert "can't be negative" in problem({"seed": -5}, fields)


@given(some.integers(-(2**70), 2**70) | some.none(), some.integers(0, 2**70) | some.none())
def test_a_drawn_seed_is_within_bounds(low, width):
    """Whatever bounds a seed has, the drawn one keeps them, and stays below 2³² where they allow it."""
    high = None if width is None else width + (low or 0)
    seed = draw_seed(InputField("seed", "seed", minimum=low, maximum=high))
    assert within(seed, low, high)
    assert seed < 2**32 or (low is not None and low >= 2**32)
    assert seed >= 0 or (high is not None and high < 0)


def test_bounds_that_make_no_sense():
    """A seed whose bounds contradict each other is still a whole number."""
    assert type(draw_seed(InputField("seed", "seed", minimum=9, maximum=3))) is int
    assert type(draw_seed(InputField("seed", "seed", minimum=0.5))) is int


def test_required_pictures():
    """A picture that nothing stands in for must be given; one that was given is uploaded."""
    fields = Inputs(
        [InputField("image", "image", required=True), InputField("pictures", "images", required=True)]
    )
    with pytest.raises(InvalidInput) as caught:
        check({}, fields)
    assert caught.value.problems == (
        "image: this workflow needs a picture, and none was given",
        "pictures: this workflow needs a list of pictures, and none was given",
    )
    picture = Image.new("RGB", (2, 2))
    checked = check({"image": picture, "pictures": [picture, "https://h/a.png", np.zeros((2, 2, 3))]}, fields)
    assert checked.values == {}
    assert isinstance(checked.uploads["image"], Media)
    assert [type(one).__name__ for one in checked.uploads["pictures"]] == ["Media", "str", "Media"]
    assert len(check({"image": picture, "pictures": np.zeros((3, 2, 2, 3))}, fields).uploads["pictures"]) == 3


@pytest.mark.parametrize("blank", ["", "  ", ",", " , ,\n", "\uff0c\u3001", "\u200b\ufeff\t"])
def test_a_prompt_that_says_nothing(blank):
    """T16: blank, or commas alone: refused, for it would run and cost; another text, or beside a picture, it is let through."""
    words = InputField("prompt", "text", required=True)
    other = InputField("negative_prompt", "text", "blurry")
    assert problem({"prompt": blank}, Inputs([words, other])).startswith("prompt: says nothing, got ")
    with_default = Inputs([InputField("prompt", "text", "a cat"), other])
    assert "or leave it out for the workflow's own ('a cat' (str))" in problem(
        {"prompt": blank}, with_default
    )
    assert check({}, with_default).values == {}
    assert problem({}, Inputs([words, other])) == "prompt: this workflow needs a text, and none was given"
    assert check({"prompt": "a", "negative_prompt": blank}, with_default).values["negative_prompt"] == blank
    picture = InputField("photo", "image")
    assert check({"prompt": blank}, Inputs([words, picture])).values == {"prompt": blank}


@given(
    some.text(max_size=5),
    some.characters(categories=["L", "N", "S", "P"], exclude_characters=",\uff0c\u3001"),
)
def test_a_prompt_that_says_anything(around, letter):
    """T16: any letter, number or sign is something to go by."""
    words = Inputs([InputField("prompt", "text", required=True)])
    assert check({"prompt": f"{around}{letter}{around}"}, words).values


def test_a_repr_of_many_lines_stays_one_line():
    """A value that prints on many lines is told of on one."""
    told = problem({"prompt": np.zeros((3, 3))})
    assert "\n" not in told
    assert len(told) < 150


def test_long_values_are_cut_in_messages():
    """A value of a megabyte does not make a message of a megabyte."""
    assert len(problem({"style": "x" * 1_000_000})) < 300
    assert len(problem({"steps": 10**300})) < 300


def test_the_given_inputs_are_left_alone():
    """Checking changes nothing of what was passed, and Checked can't be changed."""
    given_inputs = {"prompt": "x", "seed": None}
    checked = check(given_inputs)
    assert given_inputs == {"prompt": "x", "seed": None}
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        checked.drawn = ()
