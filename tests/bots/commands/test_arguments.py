"""From what was typed, chosen and attached to inputs."""

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.bots.commands.arguments import (
    MissingFile,
    check_complete,
    inputs_from,
    takes,
    words_in,
)
from stationthis_sdk.bots.commands.called import Called
from stationthis_sdk.bots.commands.command import Command
from stationthis_sdk.bots.commands.options import options_of
from stationthis_sdk.bots.commands.values import is_address, value_of
from stationthis_sdk.bots.people import Attachment
from stationthis_sdk.bots.render.limits import DISCORD
from stationthis_sdk.entities import InputField
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.inputs.check import check_inputs
from stationthis_sdk.inputs.fields import MEDIA_KINDS, Inputs

FIELDS = Inputs(
    [
        InputField("prompt", "text"),
        InputField("guidance", "number", 5, 1, 20),
        InputField("steps", "integer", 20, 1, 60),
        InputField("seed", "seed"),
        InputField("style", "enum", "auto", options=("auto", "Deep Sea")),
        InputField("tiled", "boolean", default=False),
        InputField("CFG end", "number"),
        InputField("source", "image", required=True),
        InputField("mask", "image"),
        InputField("clip", "video"),
    ]
)


def file(name="a.png", mime="image/png"):
    async def read():
        return b"x"

    return Attachment(name, mime, 1, read)


def parsed(text, fields=FIELDS, **more):
    return inputs_from(fields, text, name="portrait", **more)


def test_words_with_an_equals_sign_are_inputs_wherever_they_stand():
    """By their own name, the option's, or a common word; in quotes of any kind; all else is the prompt."""
    text = 'a fox cfg=7,5 in style="deep sea" the snow seed=12 tiled=yes cfg_end=0.5 steps=“30”'
    assert parsed(text) == {
        "prompt": "a fox in the snow",
        "guidance": 7.5,
        "style": "Deep Sea",
        "seed": 12,
        "tiled": True,
        "CFG end": 0.5,
        "steps": 30,
    }


def test_lines_of_a_prompt_stay_and_other_signs_in_it_are_left_alone():
    """Only inputs are taken out: an equation or an address is part of what is asked for."""
    assert parsed("a poster:\n  E=mc2, see https://example.com/?a=b \nseed=1 end") == {
        "prompt": "a poster:\nE=mc2, see https://example.com/?a=b\nend",
        "seed": 1,
    }
    assert parsed('a sign with text="hello" on it') == {"prompt": 'a sign with text="hello" on it'}


@given(
    some.lists(some.from_regex(r"[^\W_=]{1,10}", fullmatch=True), max_size=8),
    some.integers(1, 60),
    some.randoms(),
)
def test_no_word_of_a_prompt_is_lost(prompt, steps, places):
    """Wherever the inputs stand, every other word arrives, in its order."""
    words = list(prompt)
    for word in (f"steps={steps}", 'style="deep sea"'):
        words.insert(places.randint(0, len(words)), word)
    made = parsed(" ".join(words))
    assert made["steps"] == steps
    assert made["style"] == "Deep Sea"
    assert made.get("prompt", "") == " ".join(prompt)


@given(some.text(max_size=80))
def test_no_text_breaks_it(text):
    """Whatever is typed is inputs, or one error of the SDK."""
    with contextlib.suppress(InvalidInput):
        assert set(parsed(text)) <= set(FIELDS)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a fox stpes=20", "did you mean 'steps'"),
        ("a fox sampler=euler", "sampler: it has no such input"),
        ("a fox prompt=b", "prompt is given twice"),
        ("a fox cfg=1 guidance=2", "guidance is given twice"),
    ],
)
def test_a_slip_is_told_before_anything_is_run(text, told):
    """A word that nearly is an input, or is one elsewhere, does not end up in the prompt and cost a run."""
    with pytest.raises(InvalidInput, match=re.escape(told)):
        parsed(text)


def test_all_that_is_wrong_is_told_at_once():
    """Each in one sentence's part."""
    with pytest.raises(InvalidInput) as caught:
        parsed("stpes=20 sampler=x source=/etc/passwd")
    assert len(caught.value.problems) == 3


def test_a_text_for_what_takes_none_is_refused():
    """It says what the deployment takes, without the address of its default picture."""
    fields = Inputs([InputField("image", "image", "https://example.com/x.png?sig=s")])
    with pytest.raises(InvalidInput, match=r"takes no text, and was given 'a fox'; it takes image image\.$"):
        parsed("a fox", fields)


@given(
    some.sampled_from(sorted(MEDIA_KINDS)),
    some.text(max_size=40)
    | some.sampled_from(["/etc/passwd", "~/.ssh/id", "file:///etc/passwd", '["/etc/passwd"]', "data:image/png;base64,AA==",
                         "https://example.com/a.png /etc/passwd", '["https://a.b/c", "/etc/passwd"]', "C:\\x"]),
)  # fmt: skip
def test_no_text_is_ever_a_file_of_the_bots_machine(kind, text):
    """What strangers type leads to the web or nowhere."""
    try:
        value = value_of(text, InputField("image", kind))
    except InvalidInput:
        return
    assert is_address(value)
    those = value if isinstance(value, list) else [value]
    assert all(one.lower().startswith(("http://", "https://")) for one in those)


@given(
    some.sampled_from([one for one in FIELDS.values() if one.kind not in MEDIA_KINDS]), some.text(max_size=30)
)
def test_what_means_nothing_to_an_input_is_left_for_the_check(field, text):
    """A value that is not understood is refused by the SDK's own check, never made up."""
    value = value_of(text, field)
    try:
        checked = check_inputs({field.name: value}, Inputs([field]), name="x").values
    except InvalidInput:
        return
    assert field.name in checked


def test_pictures_fill_the_inputs_of_their_kind_in_order_required_ones_first():
    """Two pictures are source and mask, a video is the clip; an input that was named takes none."""
    one, two, clip = file("1.png"), file("2.png"), file("c.mp4", "video/mp4")
    assert parsed("", attachments=[clip, one, two]) == {"source": one, "mask": two, "clip": clip}
    given_by_name = parsed("source=https://example.com/a.png", attachments=[one])
    assert given_by_name == {"source": "https://example.com/a.png", "mask": one}


def test_an_input_for_several_takes_all_and_one_for_files_takes_any():
    """What no kind says is told by its name; what is neither goes to where any file goes."""
    several = Inputs([InputField("photos", "images"), InputField("data", "file")])
    one, two, archive = file("1.png"), file("2.PNG", None), file("a.zip", "application/zip")
    assert parsed("", several, attachments=[archive, one, two]) == {"photos": [one, two], "data": archive}


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (
            [file("1.png"), file("2.png"), file("3.png")],
            "there is no place for the picture '3.png': it takes 2",
        ),
        ([file("a.mp3", "audio/mpeg")], "there is no place for the sound 'a.mp3': it takes prompt text"),
        ([file("a.pdf", "application/pdf")], "there is no place for the file 'a.pdf'"),
    ],
)
def test_files_that_fit_nowhere_are_told(files, told):
    """Too many, or of a kind that nothing takes."""
    with pytest.raises(InvalidInput, match=re.escape(told)):
        parsed("", attachments=files)


def test_a_missing_picture_is_one_clear_sentence():
    """It says what to do."""
    with pytest.raises(
        MissingFile, match="portrait needs a picture: send it with the command, or reply to one"
    ) as caught:
        check_complete(FIELDS, {}, name="portrait")
    assert caught.value.kind == "image"
    check_complete(FIELDS, {"source": "https://example.com/a.png"}, name="portrait")


def test_options_come_typed_and_under_the_commands_own_names():
    """As Discord gives them; several files of one input become its list."""
    fields = Inputs(
        [InputField("Photo set", "images"), InputField("CFG", "number"), InputField("cfg", "number")]
    )
    command = Command("x", "x", options_of(fields, DISCORD), "x")
    names = [one.name for one in command.options if one.input == "Photo set"]
    one, two = file("1.png"), file("2.png")
    of_cfg = next(option.name for option in command.options if option.input == "CFG")
    options = {names[0]: one, names[1]: two, of_cfg: 7.0, "cfg": 3, names[2]: None}
    made = inputs_from(fields, name="x", options=options, command=command)
    assert made == {"Photo set": [one, two], "CFG": 7.0, "cfg": 3}
    with pytest.raises(InvalidInput, match="there is no input 'gone' any more"):
        inputs_from(fields, name="x", options={"gone": 1}, command=command)


def test_words_and_what_is_left_of_a_text():
    """For settings and the like, whose names are of any workflow."""
    assert words_in('portrait  cfg=9 style="deep sea" x') == ("portrait x", {"cfg": "9", "style": "deep sea"})
    called = Called(FIELDS)
    assert [called(word) for word in ("cfg", "CFG-end", "caption")] == ["guidance", "CFG end", None]
    assert "guidance 1–20 = 5" in takes(FIELDS)
