"""What commands are called."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.bots.commands.fixed import FIXED
from stationthis_sdk.bots.commands.names import (
    RESERVED,
    command_name,
    option_names,
    suffixed,
    unique_names,
)

NAMES = some.one_of(
    some.text(max_size=50),
    some.text("aA bB-_é🦊1", max_size=8),  # these are often alike
    some.sampled_from([*RESERVED, *(one.name for one in FIXED)]),
)


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("Portrait", "portrait"),
        ("text - to  picture", "text_to_picture"),
        ("3D model", "cmd_3d_model"),
        ("Zürich 🦊", "zurich"),
        ("a" * 40, "a" * 32),
        ("__x__", "x"),
    ],
)
def test_a_command_is_the_name_in_small_letters(name, command):
    """Lower case, spaces and dashes as _, nothing else, cmd_ before what begins with no letter, 32 at the most."""
    assert command_name(name) == command


def test_a_name_of_emoji_or_another_script_alone_gets_a_command_of_its_own():
    """No two of them become the bare prefix."""
    made = [command_name(name) for name in ("🦊", "🐺", "Портрет", "肖像")]
    assert len(set(made)) == 4
    assert all(re.fullmatch(r"cmd_[0-9a-f]{6}", one) for one in made)


@given(some.lists(NAMES, max_size=12))
def test_every_name_has_a_command_that_platforms_take_and_no_two_the_same_t18(names):
    """T18: names that collide overwrite nothing; reserved words stay free."""
    fixed = {one.name for one in FIXED}
    made = unique_names(names, fixed)
    assert set(made) == set(names)
    assert len(set(made.values())) == len(made)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,31}", one) for one in made.values())
    assert not set(made.values()) & (fixed | RESERVED)


@given(some.lists(NAMES, min_size=1, max_size=12, unique=True), some.randoms(use_true_random=False))
def test_order_changes_no_command_t18(names, shuffle):
    """T18: what is listed first makes no difference."""
    made = unique_names(names)
    other = list(names)
    shuffle.shuffle(other)
    assert unique_names(other) == made


@given(some.lists(NAMES, min_size=2, max_size=8, unique=True), some.lists(NAMES, max_size=8))
def test_a_suffix_stays_whatever_else_is_deployed_t18(names, more):
    """T18: who has a suffix keeps it; it is made of the name alone."""
    before, after = unique_names(names), unique_names([*names, *more])
    for name in names:
        if before[name] != command_name(name):
            assert after[name] == before[name] == suffixed(name)


def test_the_name_that_is_spelt_as_the_command_keeps_it_and_the_others_get_a_suffix():
    """The one that is spelt just so is what people mean."""
    made = unique_names(["portrait", "Portrait", "PORTRAIT!"])
    assert made["portrait"] == "portrait"
    assert made["Portrait"].startswith("portrait_")
    assert made["PORTRAIT!"].startswith("portrait_")
    assert unique_names(["Portrait", "PORTRAIT!"]).keys() == {"Portrait", "PORTRAIT!"}
    assert "portrait" not in unique_names(["Portrait", "PORTRAIT!"]).values()


def test_many_that_are_cut_to_the_same_letters_are_told_apart():
    """Names that differ after the 32nd letter have commands of their own, of 32 letters at the most."""
    names = [f"{'x' * 40} {number}" for number in range(200)]
    random.Random(1).shuffle(names)
    made = unique_names(names)
    assert len(set(made.values())) == 200
    assert max(map(len, made.values())) <= 32


@given(some.lists(NAMES, max_size=12))
def test_options_are_called_as_discord_takes_them_and_no_two_the_same(names):
    """Every input of a command has a name of its own there."""
    made = option_names(names)
    assert len(set(made.values())) == len(made) == len(set(names))
    assert all(re.fullmatch(r"[a-z0-9_]{1,32}", one) for one in made.values())
