"""Types and words for each kind of input."""

import io
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from stationthis_sdk import InputField
from stationthis_sdk.inputs.kinds import (
    ImageLike,
    MediaLike,
    is_keyword,
    lines_about,
    one_line,
    type_of,
    words_about,
)
from tests.inputs.test_signatures import FIELDS


def test_every_kind_has_its_type() -> None:
    """A choice is a Literal where only these pass; a LoRA may be any text."""
    assert type_of(InputField("x", "enum", options=("a", "b"))) == Literal["a", "b"]
    assert type_of(InputField("x", "checkpoint", options=("a",))) == Literal["a"]
    assert type_of(InputField("x", "lora", options=("a",))) is str
    kinds = {
        "text": str,
        "checkpoint": str,
        "number": float,
        "integer": int,
        "seed": int | None,
        "boolean": bool,
    }
    assert {kind: type_of(InputField("x", kind)) for kind in kinds} == kinds
    assert type_of(InputField("x", "image")) == type_of(InputField("x", "file")) == ImageLike
    assert type_of(InputField("x", "audio")) == MediaLike
    assert set(get_args(MediaLike)) >= {str, bytes}


def test_what_an_image_may_be_has_what_its_type_wants() -> None:
    """Pictures and arrays have pixels, streams are read: as the types say of them."""
    assert hasattr(Image.new("RGB", (1, 1)), "__array_interface__")
    assert hasattr(np.zeros((1, 1)), "__array_interface__")
    assert hasattr(io.BytesIO(), "read")
    assert hasattr(Path(), "__fspath__")


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (InputField("cfg", "number", 7, 0.5, 20, 0.25), "number, 0.5–20 in steps of 0.25, 7 by default"),
        (InputField("n", "integer", minimum=2), "integer, at least 2"),
        (InputField("n", "integer", maximum=2**64 - 1), "integer, at most 18446744073709551615"),
        (InputField("seed", "seed", 3), "seed, drawn when left out"),
        (InputField("prompt", "text", required=True, label="Prompt"), "text, required"),
        (InputField("on", "boolean", default=False, label="Upscale"), "boolean, False by default. Upscale."),
        (InputField("size", "enum", "L", options=("S", "L")), "one of 'S', 'L', 'L' by default"),
        (InputField("many", "enum", options=tuple(map(str, range(40)))),
         "one of '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', … (40 in all)"),
        (InputField("n", "integer", also=(InputField("n", "number"),)), "integer, for several nodes"),
    ],
)  # fmt: skip
def test_a_line_tells_ranges_and_defaults(field: InputField, words: str) -> None:
    """What may be put in, and what is there when nothing is."""
    assert words_about(field) == words


@given(some.lists(FIELDS, unique_by=lambda field: field.name))
def test_lines_are_lines(fields: list[InputField]) -> None:
    """Whatever a workflow's author wrote: one line an input, with nothing in it that can't be seen."""
    lines = list(lines_about({field.name: field for field in fields}))
    assert len(lines) == len(fields)
    assert all(line.isprintable() for line in lines)


@given(some.text())
def test_a_name_that_passes_is_a_keyword(name: str) -> None:
    """It arrives under just that name."""
    if is_keyword(name):
        assert eval(f"dict({name}=1)") == {name: 1}
    assert one_line(name).isprintable()
