"""How rows become inputs: columns, templates and constants, all faults told before the first row or of a row at once."""

import contextlib
import string
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from stationthis_sdk.batches.columns import Columns
from stationthis_sdk.batches.rows import open_rows
from stationthis_sdk.batches.templates import Template
from stationthis_sdk.entities import SUBMIT_INPUT, InputField
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.inputs.fields import Inputs

INPUTS = Inputs(
    [
        InputField("prompt", "text", required=True),
        InputField("image", "image"),
        InputField("cfg", "number", 7, 1, 20),
        InputField("steps", "integer"),
        InputField("seed", "seed"),
        InputField("hires", "boolean"),
        InputField("style", "enum", options=("anime", "photo")),
    ]
)
TABLE = ("prompt", "title", "photo_url", "cfg", "sku")


def made(columns, row, available=None, inputs=INPUTS, **options):
    return Columns.of(columns, inputs, tuple(row) if available is None else available, **options).inputs_of(
        row
    )


def problems(columns, available=TABLE, inputs=INPUTS, **options):
    with pytest.raises(InvalidInput) as caught:
        Columns.of(columns, inputs, available, **options)
    return list(caught.value.problems)


def row_problems(columns, row, available=None, **options):
    with pytest.raises(InvalidInput) as caught:
        made(columns, row, available, **options)
    return list(caught.value.problems)


def test_columns_go_to_the_inputs_of_their_name():
    """Without a word all columns that are inputs are sent, in the workflow's order; the rest rides along."""
    columns = Columns.of(None, INPUTS, ("sku", "cfg", "prompt"))
    row = {"sku": 7, "cfg": 5, "prompt": "a lamp"}
    assert list(columns.inputs_of(row).items()) == [("prompt", "a lamp"), ("cfg", 5)]
    assert columns.extra_of(row) == {"sku": 7}
    assert columns.unused == ("sku",)
    assert str(columns) == "prompt · cfg; not sent: sku"


def test_columns_and_templates_are_mapped():
    """A column's name is that column with its type; what is not sent under its own name rides along, too."""
    columns = Columns.of({"prompt": "Photo of {title}", "image": "photo_url"}, INPUTS, TABLE)
    row = {"prompt": "not this", "title": "a lamp", "photo_url": b"bytes", "cfg": 3, "sku": "x"}
    assert columns.inputs_of(row) == {"prompt": "Photo of a lamp", "image": b"bytes", "cfg": 3}
    assert columns.extra_of(row) == {
        "prompt": "not this",
        "title": "a lamp",
        "photo_url": b"bytes",
        "sku": "x",
    }
    assert columns.unused == ("prompt", "sku")
    assert str(columns) == "prompt: 'Photo of {title}' · image: photo_url · cfg; not sent: prompt, sku"


def test_texts_of_the_command_are_the_same():
    """input=template, with any number of = behind the first."""
    row = {"title": "a lamp", "size = x": 3}
    given_texts = ["prompt={title} = {title}", " cfg =size = x", "steps==20", "style==anime", "hires==yes"]
    expected = {"prompt": "a lamp = a lamp", "cfg": 3, "steps": 20, "style": "anime", "hires": True}
    assert made(given_texts, row) == expected
    assert made(iter(given_texts), row) == expected
    assert made(dict(text.replace(" cfg ", "cfg").split("=", 1) for text in given_texts), row) == expected


def test_constants():
    """Anything but a text is the same in every row; a text is behind a =, with doubled braces."""
    path = Path("a.png")
    constants = {"prompt": "=a {{red}} lamp", "image": path, "cfg": np.float64(3), "hires": False, "seed": 7}
    assert made(constants, {"sku": 1}) == {
        "prompt": "a {red} lamp", "image": path, "cfg": 3.0, "hires": False, "seed": 7
    }  # fmt: skip
    assert type(made(constants, {"sku": 1})["cfg"]) is float
    assert made({"prompt": "=", "style": "=="}, {"sku": 1}) == {"prompt": "", "style": "="}
    assert "made of columns" in problems({"prompt": "={title}"})[0]
    assert "a number" in problems({"cfg": "=high"})[0]
    assert "no value" in problems({"cfg": "="})[0]
    assert "None" in problems({"prompt": None})[0]
    assert "doubled" in problems({"prompt": "={"})[0]


def test_a_text_without_a_place_is_no_constant():
    """It may be a column with a typing error: refused, with both ways out."""
    (problem,) = problems({"prompt": "titel"})
    assert "did you mean 'title'?" in problem
    assert "'=titel'" in problem
    assert "'={{}}'" in problems({"prompt": "{{}}"})[0]


def test_a_column_whose_name_is_anything():
    """A column's exact name wins over being a template, a constant or text with dots."""
    row = {"{title}": 1, "=x": 2, "a.b[c]": "c", "prompt": "p"}
    assert made({"cfg": "{title}", "steps": "=x", "style": "a.b[c]"}, row)["steps"] == 2
    assert made({"cfg": "{title}", "steps": "=x", "style": "a.b[c]"}, row)["cfg"] == 1
    assert made({"prompt": "{a.b[c]}!"}, row)["prompt"] == "c!"


def test_every_fault_is_told_at_once():
    """Unknown inputs, unknown columns, doubled ones, what is no mapping and what nothing gives, in one error."""
    found = problems(
        ["promt={title}", "prompt={titel} {sku} {photo}", "cfg=nothing like it", "cfg=cfg", "no mapping", "=x", "seed=x"],
        ("title", "sku", "photo_url"),
        Inputs([*INPUTS.values(), InputField("mask", "image", required=True), InputField("Title", "text", required=True)]),
    )  # fmt: skip
    assert len(found) == 10
    text = "\n".join(found)
    for part in ("no input 'promt' (did you mean 'prompt'?)", "prompt: '{titel}' names no column (did you mean {title}?)",
                 "prompt: '{photo}' names no column (did you mean {photo_url}?)", "cfg is given twice", "'no mapping'",
                 "'=x'", "mask: this workflow needs it", "Title: this workflow needs it", "(did you mean 'title'?)",
                 "cfg: 'nothing like it'"):  # fmt: skip
        assert part in text, part


@pytest.mark.parametrize(
    "columns", ["prompt={title}", b"x", 7, [7], {7: "title"}, {"": "title"}, [("prompt", "title")]]
)
def test_what_is_no_mapping_is_refused(columns):
    """A bare text, numbers, pairs and names that are no texts."""
    assert problems(columns)


def test_the_reserved_input_is_refused():
    """Also where unknown inputs are allowed, which are sent as they are."""
    assert "reserved" in problems({SUBMIT_INPUT: "title"}, allow_unknown=True)[0]
    row = {"prompt": "p", "title": 7}
    assert made({"new": "title", "other": "{title}"}, row, allow_unknown=True) == {
        "prompt": "p",
        "new": 7,
        "other": "7",
    }
    assert made(None, row, allow_unknown=True) == {"prompt": "p"}


def test_inputs_that_nothing_gives():
    """A required input that no column has, and rows of which nothing is sent, before the first row."""
    assert "prompt: this workflow needs it" in problems(None, ("title", "cfg"))[0]
    optional = Inputs([InputField("cfg", "number")])
    assert "no column" in problems(None, ("title",), optional)[0]
    assert made({"cfg": 7}, {"title": 1}, inputs=optional) == {"cfg": 7}


@pytest.mark.parametrize("missing", [None, float("nan"), np.float64("nan")])
def test_missing_values_make_a_bad_row(missing):
    """Of every column and place that has none, at once; a seed is left out, for it is drawn."""
    row = {
        "title": missing,
        "price": missing,
        "cfg": missing,
        "photo": missing,
        "seed": missing,
        "sku": missing,
    }
    found = row_problems({"prompt": "{title} {price}", "image": "photo"}, row)
    assert found == [
        "prompt: column 'title' has no value",
        "prompt: column 'price' has no value",
        "image: column 'photo' has no value",
        "column 'cfg' has no value",
    ]
    assert made({"prompt": "=x"}, {"seed": missing, "sku": missing}) == {"prompt": "x"}


def test_a_row_without_a_column_that_others_have_is_bad():
    """A key that is not there is as good as no value; one that no row had before would not be sent."""
    columns = Columns.of(None, INPUTS, ("prompt", "cfg", "seed"))
    with pytest.raises(InvalidInput, match="column 'cfg' has no value"):
        columns.inputs_of({"prompt": "p"})
    with pytest.raises(InvalidInput, match="column 'steps' was in no row before"):
        columns.inputs_of({"prompt": "p", "cfg": 7, "steps": 5, "sku": 1})
    assert columns.inputs_of({"prompt": "p", "cfg": 7, "sku": 1}) == {"prompt": "p", "cfg": 7}


@pytest.mark.parametrize("seed", [None, -1, -1.0, ""])
def test_seeds_that_are_none_are_left_out(seed):
    """From a column and as a constant; others are sent."""
    assert made(None, {"prompt": "p", "seed": seed}) == {"prompt": "p"}
    if seed is not None:
        assert made({"seed": seed if seed != "" else "="}, {"prompt": "p"}) == {"prompt": "p"}
    assert made({"seed": "{n}"}, {"prompt": "p", "n": 5}) == {"prompt": "p", "seed": 5}
    assert made({"seed": "{n}"}, {"prompt": "p", "n": "-1"}) == {"prompt": "p"}


def test_texts_of_a_csv_become_what_inputs_want(tmp_path):
    """Cells are numbers, booleans and texts by their input; formats of numbers and dates work on them."""
    (tmp_path / "t.csv").write_text(
        "title,cfg,hires,steps,seed,price,day,n\nLamp,7.5,yes,20,,12.5,2026-11-05,7\nVase,high,maybe,,x,,,\n"
    )
    rows = open_rows(tmp_path / "t.csv")
    mapping = {"prompt": "{title:>5} {price:.2f} {day:%d.%m.%Y} {n:03} {n:d}"}
    columns = Columns.of(mapping, INPUTS, rows.columns, textual=rows.textual)
    first, second = rows
    assert columns.inputs_of(first) == {
        "prompt": " Lamp 12.50 05.11.2026 007 7",
        "cfg": 7.5,
        "steps": 20,
        "hires": True,
    }
    with pytest.raises(InvalidInput) as caught:
        columns.inputs_of(second)
    assert caught.value.problems == (
        "prompt: column 'price' has no value", "prompt: column 'day' has no value", "prompt: column 'n' has no value",
        "prompt: column 'n' has no value", "column 'cfg': wants a number, got 'high'", "column 'steps' has no value",
        "column 'seed': wants a whole number, got 'x'",
        "column 'hires': wants true or false (or yes, no, 1, 0), got 'maybe'",
    )  # fmt: skip


def test_templates_become_what_inputs_want():
    """A template for a number is a number, for a file a text."""
    row = {"a": 1, "b": 5, "prompt": "p"}
    made_of = made({"cfg": "{a}.{b}", "steps": "{a}{b}", "image": "{a}/{b}.png", "hires": "{a}"}, row)
    assert made_of == {"prompt": "p", "image": "1/5.png", "cfg": 1.5, "steps": 15, "hires": True}
    assert row_problems({"cfg": "{prompt}"}, row) == ["cfg: wants a number, got 'p'"]


def test_decimals_are_numbers():
    """Parquet's decimals are sent as numbers, and written into texts as they are."""
    row = {"prompt": "p", "cfg": Decimal("7.50"), "steps": Decimal("20.00"), "seed": Decimal(2**64 - 1)}
    assert made({"prompt": "{cfg}"}, row) == {"prompt": "7.50", "cfg": 7.5, "steps": 20, "seed": 2**64 - 1}
    assert type(made(None, row)["steps"]) is int


@pytest.mark.parametrize(
    ("template", "value", "expected"),
    [
        ("{x}", "a {b} c", "a {b} c"),
        ("{{{x}}}", 7, "{7}"),
        ("{x} {x:+}", 7, "7 +7"),
        ("{x:.0%}", 0.25, "25%"),
        ("{x:.0%}", "0.25", "25%"),
        ("{x:,}", "1234", "1,234"),
        ("{x:05}", "12", "00012"),
        ("{x:05}", "ab", "ab000"),
        ("{x:.3}", "Lamp", "Lam"),
        ("{x:>6}", "007", "   007"),
        ("{x}", "007", "007"),
        ("{x:%B %Y}", date(2026, 11, 5), "November 2026"),
        ("{x:%H:%M}", datetime(2026, 11, 5, 1, 2), "01:02"),  # noqa: DTZ001 - it is written only
        ("{x}", timedelta(hours=1), "1:00:00"),
        ("{x}", Path("a/b.png"), "a/b.png"),
        ("{x}", True, "True"),
        ("{x}", np.int64(3), "3"),
    ],
)
def test_templates_are_filled(template, value, expected):
    """Places take values as they are or in a format; braces in values are no places."""
    assert Template.of(template, ["x"]).fill({"x": value}) == expected


@pytest.mark.parametrize(
    "template",
    ["{x.__class__}", "{x[0]}", "{x!r}", "{x!s:>3}", "{}", "{0}", "{x:{y}}", "{x:{{}}}", "{x", "x}", "{x:", "{ x }", "{x.y}",
     "{x:>99999}", "{x:.1001f}", "{x:%99999d}", "{x:>٩٩٩٩}", "{x}{", "{x!}", "{x[}", "{x:" + "9" * 5000 + "}"],
)  # fmt: skip
def test_a_place_is_a_column_and_perhaps_a_format(template):
    """No attributes, items, conversions, places in places, or formats that fill the memory."""
    with pytest.raises(InvalidInput):
        Template.of(template, ["x", "y"])


class Hostile(str):
    __slots__ = ()

    def __format__(self, form):
        raise KeyError(form)


@pytest.mark.parametrize(
    ("template", "value"),
    [("{x:d}", "ab"), ("{x:d}", 1.5), ("{x:%Y}", "ab"), ("{x:.2f}", date(2026, 11, 5)), ("{x:>3}", timedelta(1)),
     ("{x}", b"bytes"), ("{x}", [1]), ("{x}", {"a": 1}), ("{x}", object()), ("{x}", np.zeros((2, 2))), ("{x}", Hostile()),
     ("{x:f}", Decimal("1e999999999")), ("{x}", Decimal("1e-999999999")), ("{x:c}", 2**40), ("{x}", 10**5000),
     ("{x:nonsense}", 1), ("{x:%Y\0}", "ab")],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)  # fmt: skip
def test_what_can_not_be_written_is_a_bad_row(template, value):
    """Values that suit no text or not their format, with the column's name and what it has."""
    with pytest.raises(InvalidInput, match="column 'x' ") as caught:
        Template.of(template, ["x"]).fill({"x": value})
    assert len(str(caught.value)) < 300


PIECES = some.sampled_from(
    [*"{}!:.[]%=<>^+-#0123456789,_bcdeEfFgGnoxXsYmdH", "{x}", "{y}", "{x:", "{{", "}}", "__class__"]
)


@given(
    some.lists(PIECES | some.text(max_size=2), max_size=8).map("".join),
    some.none() | some.integers() | some.floats() | some.text() | some.dates() | some.datetimes() | some.booleans()
    | some.decimals() | some.binary(max_size=3) | some.timedeltas() | some.times() | some.uuids(),
)  # fmt: skip
@example("{x:%", date(2026, 11, 5))
def test_hostile_templates_are_only_ever_refused(text, value):
    """Whatever the text and the value, there is a text or InvalidInput, as a template, a constant and in a list."""
    for columns in (
        {"prompt": text},
        [f"prompt={text}"],
        [text],
        {"cfg": text},
        {text: "x"},
        {"prompt": "{x:" + text + "}"},
    ):
        with contextlib.suppress(InvalidInput):
            inputs = Columns.of(columns, INPUTS, ("x", "y", "prompt")).inputs_of(
                {"x": value, "y": value, "prompt": "p"}
            )
            assert set(inputs) <= set(INPUTS)


@given(some.dictionaries(some.sampled_from("abc"), some.text(), min_size=3), some.text())
def test_a_template_is_what_str_format_makes(row, between):
    """Where a template is taken, its text is Python's own."""
    text = "{a}" + between.replace("{", "{{").replace("}", "}}") + "{c:>4}{b}"
    assert Template.of(text, list(row)).fill(row) == string.Formatter().vformat(text, (), row)
