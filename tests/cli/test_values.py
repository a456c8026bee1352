"""Words of a shell become what the inputs want."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk import InputField
from stationthis_sdk.cli.values import Unusable, read

FIELDS = {
    kind: InputField(kind, kind)
    for kind in (
        "text",
        "number",
        "integer",
        "boolean",
        "enum",
        "seed",
        "image",
        "images",
        "file",
        "lora",
        "checkpoint",
    )
}
names = some.text(some.characters(blacklist_characters="=", codec="utf-8"), min_size=1).filter(
    lambda name: name not in FIELDS
)
words = some.text(some.characters(codec="utf-8"))


@given(names, words.filter(lambda text: text[:1] != "@" and text != "-"))
def test_texts_are_taken_as_they_are(name: str, text: str) -> None:
    """Whatever is typed, equals signs and spaces included; also for names nobody declared."""
    assert read([f"text={text}", f"{name}={text}"], FIELDS) == ({"text": text, name: text}, {})


@given(some.integers(-(10**28), 10**28), some.floats(allow_nan=False, allow_infinity=False))
def test_numbers_come_back(integer: int, number: float) -> None:
    """As Python writes them, whole numbers whole."""
    values, problems = read([f"integer={integer}", f"seed={integer}", f"number={number!r}"], FIELDS)
    assert not problems
    assert values == {"integer": integer, "seed": integer, "number": number}
    assert type(values["integer"]) is int
    assert math.copysign(1, values["number"]) == math.copysign(1, number)


@given(some.sampled_from(["number", "integer", "seed"]), words)
def test_what_is_no_number_stays_text_for_the_sdk_to_refuse(kind: str, text: str) -> None:
    """Never nan, infinity or a number with underscores."""
    values, problems = read([f"{kind}={text}"], FIELDS)
    assert not problems
    assert isinstance(values[kind], str) or math.isfinite(values[kind]), values
    for odd in ("nan", "inf", "-Infinity", "1_000", "0x10", "\uff19", ""):
        assert read([f"{kind}={odd}"], FIELDS)[0] == {kind: odd}


@pytest.mark.parametrize(("text", "value"), [
    ("true", True), ("Yes", True), ("ON", True), ("1", True), ("false", False), ("no", False), ("off", False), ("0", False),
])  # fmt: skip
def test_booleans(text: str, value: bool) -> None:
    """The words people use, in any case."""
    assert read([f"boolean={text}"], FIELDS)[0] == {"boolean": value}


@given(
    words.filter(
        lambda text: text.strip().lower() not in {"true", "yes", "on", "1", "false", "no", "off", "0"}
    )
)
def test_other_words_are_no_booleans(text: str) -> None:
    """They are refused, never taken for true."""
    values, problems = read([f"boolean={text}"], FIELDS)
    assert isinstance(values["boolean"], Unusable)
    assert "wants true or false" in problems["boolean"]


def test_several_pictures_are_a_list_or_a_repeated_key(tmp_path: Path) -> None:
    """A comma may be part of a name that exists."""
    odd = tmp_path / "a,b.png"
    odd.write_bytes(b"")
    assert read(["images=a.png, https://x.org/b.png", f"images={odd}", "images=@c.png"], FIELDS)[0] == {
        "images": ["a.png", "https://x.org/b.png", str(odd), "c.png"]
    }


def test_media_are_paths_with_or_without_an_at_sign(tmp_path: Path) -> None:
    """Other commands write @path; a file that is called so wins."""
    (tmp_path / "@odd").write_bytes(b"")
    values, _ = read(["image=@cat.png", f"file={tmp_path}/@odd"], FIELDS)
    assert values == {"image": "cat.png", "file": f"{tmp_path}/@odd"}
    assert read(["image=" + "x" * 5000], FIELDS)[0] == {"image": "x" * 5000}


def test_texts_from_files_and_standard_input(tmp_path: Path) -> None:
    """Without their last newline; standard input only once; @@ is an at sign."""
    path = tmp_path / "prompt.txt"
    path.write_text("zwei\nFüchse\n", "utf-8")
    values, problems = read(
        [f"text=@{path}", "a=-", "b=-", "c=@@home", "enum=@as it is"], FIELDS, stdin=lambda: b"in\n"
    )
    assert {name: value for name, value in values.items() if name != "b"} == {
        "text": "zwei\nFüchse", "a": "in", "c": "@home", "enum": "@as it is"
    }  # fmt: skip
    assert list(problems) == ["b"]


def test_what_can_t_be_read_is_a_problem_and_unusable(tmp_path: Path) -> None:
    """All of it is told, and the SDK can't send any of it."""
    (tmp_path / "latin").write_bytes(b"\xfc")
    given_ = ["word", "=x", "text=@/no/such", f"a=@{tmp_path / 'latin'}", "b=\udcff", "c=1", "c=2"]
    values, problems = read(given_, FIELDS)
    assert set(problems) == {"word =x", "text", "a", "b", "c"}
    assert all(isinstance(values[name], Unusable) for name in problems)
