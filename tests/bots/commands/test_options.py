"""The options of a command, and how commands are written for the platforms."""

import json
import re

import attrs
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.bots.commands.command import Command
from stationthis_sdk.bots.commands.fixed import FIXED
from stationthis_sdk.bots.commands.options import options_of, prompt_of
from stationthis_sdk.bots.commands.payload import payload
from stationthis_sdk.bots.render.limits import DISCORD, LIMITS
from stationthis_sdk.entities import InputField

KINDS = (
    "text",
    "number",
    "integer",
    "boolean",
    "enum",
    "seed",
    "image",
    "images",
    "audio",
    "video",
    "file",
    "lora",
)
NUMBERS = some.none() | some.floats(-1e20, 1e20) | some.integers(-(2**70), 2**70)
FIELDS = some.lists(
    some.builds(
        InputField,
        name=some.text(min_size=1, max_size=40),
        kind=some.sampled_from(KINDS),
        default=some.none() | some.text(max_size=300) | some.integers(),
        minimum=NUMBERS,
        maximum=NUMBERS,
        options=some.none() | some.lists(some.text(max_size=120), min_size=1, max_size=30).map(tuple),
        label=some.text(max_size=20),
        description=some.text(max_size=300),
        required=some.booleans(),
    ),
    max_size=40,
    unique_by=lambda one: one.name,
).map(lambda fields: {one.name: one for one in fields})


def check_discord(body):
    """What Discord's documentation asks of a command that is typed."""
    assert re.fullmatch(r"[-_a-z0-9]{1,32}", body["name"])
    assert 1 <= len(body["description"]) <= 100
    options = body.get("options", [])
    assert len(options) <= 25
    assert len({one["name"] for one in options}) == len(options)
    required = [one.get("required", False) for one in options]
    assert required == sorted(required, reverse=True)
    characters = len(body["name"]) + len(body["description"])
    for option in options:
        assert re.fullmatch(r"[-_a-z0-9]{1,32}", option["name"])
        assert 1 <= len(option["description"]) <= 100
        choices = option.get("choices", [])
        assert len(choices) <= 25
        assert len({one["name"] for one in choices}) == len(choices)
        assert all(1 <= len(one["name"]) <= 100 and option["type"] == 3 for one in choices)
        bounds = [option[name] for name in ("min_value", "max_value") if name in option]
        assert all(abs(one) <= 2**53 and option["type"] in {4, 10} for one in bounds)
        assert bounds == sorted(bounds)
        characters += len(option["name"]) + len(option["description"])
        characters += sum(len(one["name"]) + len(one["value"]) for one in choices)
    assert characters <= 8000


@given(FIELDS)
def test_whatever_a_deployment_takes_discord_takes_its_command(fields):
    """At most 25 options, required ones first, choices and bounds only where they fit."""
    command = Command("portrait", "A portrait", options_of(fields, DISCORD), "portrait")
    body = payload(command, "discord")
    check_discord(body)
    json.dumps(body)
    assert all(one.input in fields for one in command.options)
    if len(fields) <= 25:
        assert {one.input for one in command.options} == set(fields)


def test_choices_are_given_only_when_all_of_them_fit():
    """Of thirty options none is left out: they are typed."""
    few, many = tuple(map(str, range(25))), tuple(map(str, range(26)))
    fields = {"a": InputField("a", "enum", options=few), "b": InputField("b", "enum", options=many)}
    first, second = options_of(fields, DISCORD)
    assert first.choices == few
    assert (second.choices, second.kind) == ((), "text")


def test_too_many_characters_of_choices_are_left_out_longest_first():
    """25 options with 25 long choices each are more than 8000 characters: what is left fits."""
    long = tuple(f"{number:02d}{'x' * 60}" for number in range(25))
    fields = {f"o{number}": InputField(f"o{number}", "enum", options=long) for number in range(25)}
    fields["short"] = InputField("short", "enum", options=("a", "b"), required=True)
    body = payload(Command("x", "x", options_of(fields, DISCORD)), "discord")
    check_discord(body)
    assert len(body["options"][0]["choices"]) == 2
    assert any("choices" in one for one in body["options"][1:])


def test_bounds_are_the_narrowest_of_all_nodes_that_take_it_and_a_seed_may_be_drawn():
    """What one node refuses is refused by all; -1 draws a seed."""
    also = (InputField("steps", "integer", minimum=5.5, maximum=50.2),)
    steps = InputField("steps", "integer", minimum=1, maximum=60, also=also)
    seed = InputField("seed", "seed", minimum=0, maximum=2**64 - 1)
    first, second = options_of({"steps": steps, "seed": seed}, DISCORD)
    assert (first.minimum, first.maximum) == (6, 50)
    assert (second.minimum, second.maximum) == (-1, None)


def test_several_pictures_have_an_option_each():
    """One option holds one file."""
    options = options_of({"images": InputField("images", "images", required=True)}, DISCORD)
    assert [(one.name, one.required) for one in options] == [
        ("images", True), ("images_2", False), ("images_3", False), ("images_4", False),
    ]  # fmt: skip
    assert {one.input for one in options} == {"images"}


def test_a_description_is_never_empty_and_shows_no_address_of_a_default():
    """A default picture's link may be signed."""
    field = InputField("image", "image", "https://example.com/a.png?sig=secret")
    (option,) = options_of({"image": field}, DISCORD)
    assert option.description == "image"


def test_the_prompt_is_found_whatever_it_is_called():
    """Plain words go into the prompt, never into what is not wanted."""
    fields = {name: InputField(name, "text") for name in ("negative_prompt", "title", "my_prompt")}
    assert prompt_of(fields) == "my_prompt"
    assert prompt_of({"negative": InputField("negative", "text")}) is None
    assert prompt_of({"style": InputField("style", "enum", options=("a",))}) is None


def test_commands_that_every_bot_has_are_taken_by_both_platforms():
    """Names, descriptions and options of all of them fit."""
    assert len({one.name for one in FIXED}) == len(FIXED)
    for one in FIXED:
        check_discord(payload(one, "discord"))
        telegram = payload(one, "telegram")
        assert re.fullmatch(r"[a-z0-9_]{1,32}", telegram["command"])
        assert 1 <= len(telegram["description"]) <= LIMITS["telegram"].description


def test_a_menu_has_a_name_alone():
    """Discord refuses a description there."""
    menu = attrs.evolve(Command("Use for upscale", ""), menu=True)
    assert payload(menu, "discord") == {"type": 3, "name": "Use for upscale"}
