"""Controls: one for whatever input there is; untouched it sends nothing, touched exactly what is shown."""

from collections.abc import Iterator
from typing import Any

import attrs
import ipywidgets as w
import pytest
from hypothesis import example, given
from hypothesis import strategies as some
from ipywidgets.widgets.widget import _instances

from stationthis_sdk import InputField, InvalidInput
from stationthis_sdk.inputs.check import check_inputs
from stationthis_sdk.inputs.fields import Inputs
from stationthis_sdk.notebook.studio.fields import ABSENT, Choice, Number, Seed, Slider, Text, Tick
from stationthis_sdk.notebook.studio.form import Form, control_of
from stationthis_sdk.notebook.studio.models import Picker
from tests.notebook.safe import HOSTILE, read

KINDS = (
    "text", "number", "integer", "boolean", "enum", "seed", "image", "images", "audio", "video", "file", "lora", "checkpoint",
    "a kind of tomorrow",
)  # fmt: skip
texts = some.text(some.characters(), max_size=80) | some.sampled_from(HOSTILE)
bounds = (
    some.none() | some.floats(allow_nan=False, allow_infinity=False) | some.integers(-100, 100).map(float)
)
defaults = (
    some.none() | some.booleans() | some.integers() | some.floats() | texts | some.lists(some.integers(), max_size=3)
    | some.integers(-100, 100) | some.builds(pow, some.just(10), some.just(5000))
)  # fmt: skip
fields = some.builds(
    InputField,
    name=texts.filter(bool),
    kind=some.sampled_from(KINDS),
    default=defaults,
    minimum=bounds,
    maximum=bounds,
    step=bounds,
    options=some.none() | some.lists(texts, min_size=1, max_size=5).map(tuple),
    label=texts,
    description=texts,
    required=some.booleans(),
    class_type=texts | some.just("ComfyUIDeployExternalTextSingleLine"),
)


@pytest.fixture(autouse=True)
def _no_widgets_left() -> Iterator[None]:
    """Closing a form or control closes each of its widgets."""
    before = dict(_instances)
    yield
    left = [one for name, one in _instances.items() if name not in before]
    assert left == []


@given(fields)
@example(InputField("steps", "integer", 20, 1, 60))
@example(InputField("cfg", "number", 7.03, 1, 20, 0.5))
@example(InputField("odd", "integer", 3, 2.5, 2.9))
@example(InputField("same", "enum", "b", options=("a", "b", "b")))
def test_untouched_it_sends_nothing(field: InputField) -> None:
    """Whatever an input is declared as, it has a control whose default sends nothing, also after it was put back."""
    control = control_of(field)
    assert control.value is ABSENT
    assert control.put(ABSENT)
    assert control.value is ABSENT
    assert control.trouble is None
    control.close()


@given(some.lists(fields, max_size=3, unique_by=lambda field: field.name))
def test_what_it_says_is_text(several: list[InputField]) -> None:
    """Names, labels, descriptions and options of anybody's show as text; nothing in them reaches the page as markup."""
    form = Form("portrait", Inputs(several), {}, allow_unknown=False)
    form.tell([f"{field.name}: {text}" for field in several for text in HOSTILE])
    for box in form.widget.children:
        for widget in box.children:
            if isinstance(widget, w.HTML):
                read(widget.value)
    said = [read(box.children[-1].value) for box in form.widget.children]
    assert all("<script>alert(1)</script>" in one for one in said)
    form.close()


@given(fields, defaults | some.integers(0, 100) | some.floats(0, 1))
def test_what_is_put_is_what_is_sent(field: InputField, value: Any) -> None:
    """A value that the SDK takes is shown and sent as it is, or refused: never changed on the way."""
    field = attrs.evolve(field, required=False)
    alone = Inputs([field])
    try:
        wanted = check_inputs({field.name: value}, alone, name="x").values[field.name]
    except (InvalidInput, KeyError):
        return
    control = control_of(field)
    if control.put(value):
        if control.value is ABSENT:
            assert wanted == field.default or field.kind == "seed" or wanted in ("", str(field.default))
        else:
            sent = check_inputs({field.name: control.value}, alone, name="x").values[field.name]
            assert sent == wanted
    control.close()


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        (InputField("prompt", "text"), Text),
        (InputField("steps", "integer", 20, 1, 60), Slider),
        (InputField("cfg", "number", 7, 1, 20), Slider),
        (InputField("far", "integer", 20, 1, 10**9), Number),
        (InputField("open", "number", 7, 1), Number),
        (InputField("beyond", "number", 70, 1, 20), Number),
        (InputField("unsaid", "number", None, 1, 20), Number),
        (InputField("hires", "boolean", default=True), Tick),
        (InputField("unsaid", "boolean"), Choice),
        (InputField("style", "enum", "ink", options=("ink", "sea")), Choice),
        (InputField("free", "enum"), Text),
        (InputField("seed", "seed", -1), Seed),
        (InputField("lora", "lora"), Picker),
        (InputField("model", "checkpoint", options=("a",)), Picker),
    ],
)
def test_each_has_what_suits_it(field: InputField, kind: type) -> None:
    """Sliders where bounds are near, words for texts, lists for options; a default that does not fit makes no slider."""
    control = control_of(field)
    assert type(control) is kind
    control.close()


@given(some.integers(-(2**63), 2**64 - 1))
def test_seeds_survive(seed: int) -> None:
    """64 bits go through the page's text as they are, to the last digit; -1 means the dice."""
    control = Seed(InputField("seed", "seed", -1))
    assert control.put(seed)
    if seed == -1:
        assert control.drawn
    else:
        assert (control.text.value, control.value, control.drawn) == (str(seed), seed, False)
    control.close()


def test_the_dice() -> None:
    """On, it draws; off, the seed of the latest run is at hand; an empty field draws as well."""
    control = Seed(InputField("seed", "seed"))
    assert (control.drawn, control.text.disabled) == (True, True)
    control.latest = 2**60 + 1
    control.dice.value = False
    assert (control.value, control.text.disabled) == (2**60 + 1, False)
    control.text.value = " "
    assert control.drawn
    control.text.value = "seven"
    assert control.value == "seven"
    control.dice.value = True
    assert (control.drawn, control.text.value) == (True, "")
    control.close()


def test_longer_texts_have_room() -> None:
    """A prompt has an area; what its author calls a single line has a line; a default of lines has an area."""
    made = [
        control_of(InputField("prompt", "text")),
        control_of(InputField("prompt", "text", class_type="ComfyUIDeployExternalTextSingleLine")),
        control_of(InputField("note", "text", "one\ntwo", class_type="ComfyUIDeployExternalTextSingleLine")),
        control_of(InputField("words", "text")),
    ]
    assert [type(one.widget) for one in made] == [w.Textarea, w.Text, w.Textarea, w.Text]
    for one in made:
        one.close()


def test_a_choice_between_equal_words() -> None:
    """An option that stands there twice, and one that looks like another, can be chosen each."""
    control = Choice(InputField("style", "enum", "sea", options=("ink", "sea", "ink")))
    control.widget.value = 2
    assert control.value == "ink"
    assert not control.put("none of them")
    assert control.value == "ink"
    control.close()


def test_faults_stand_beside_their_controls() -> None:
    """Each where it belongs, names that contain each other told apart; what belongs nowhere is handed back."""
    named = [InputField("a", "text"), InputField("a: b", "text"), InputField("c", "text")]
    form = Form("portrait", Inputs(named), {}, allow_unknown=False)
    assert form.tell(["a: b: second", "a: first", "something else"]) == ["something else"]
    said = [read(box.children[-1].value) for box in form.widget.children]
    assert said == ["first", "second", ""]
    assert [box.children[-1].layout.display for box in form.widget.children] == [None, None, "none"]
    form.tell(())
    assert [read(box.children[-1].value) for box in form.widget.children] == ["", "", ""]
    form.close()


def test_what_it_begins_with_is_checked() -> None:
    """All faults at once, and nothing is made; what is only missing may still be written."""
    needed = [InputField("prompt", "text", required=True), InputField("steps", "integer", 20, 1, 60)]
    with pytest.raises(InvalidInput) as caught:
        Form("portrait", Inputs(needed), {"steps": 99, "promt": "x"}, allow_unknown=False)
    assert len(caught.value.problems) == 2
    Form("portrait", Inputs(needed), {}, allow_unknown=False).close()


def test_inputs_nobody_declared() -> None:
    """With allow_unknown they have a field of their own: JSON where it is, else text, and they are sent as given."""
    form = Form(
        "portrait",
        Inputs([]),
        {"list": [1, "two"], "text": "[", "digits": "12", "n": 2**63},
        allow_unknown=True,
    )
    assert form.values == {"list": [1, "two"], "text": "[", "digits": "12", "n": 2**63}
    form.controls["list"].widget.value = "nothing: like JSON"
    assert form.values["list"] == "nothing: like JSON"
    form.close()
