"""Texts are cut and split as platforms count them, and lose nothing that can be seen."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from stationthis_sdk.bots.render.text import clean, cut, is_visible, length, split

FAMILY = "👩\u200d👩\u200d👧"
FLAGS = "🇩🇪🇫🇷"
HEART = "❤\ufe0f"
WAVE = "👋🏽"
ACCENT = "e\u0301\u0323"
KSHI = "क\u094dषि"
HAN = "\u1112\u1161\u11ab"
SEEN_AS_ONE = [FAMILY, "🇩🇪", HEART, WAVE, ACCENT, HAN, "😀", KSHI, "각"]

TEXTS = some.text(
    some.one_of(
        some.characters(), some.sampled_from(" \n\u200d\ufe0f\u0301"), some.sampled_from("".join(SEEN_AS_ONE))
    ),
    max_size=400,
)


def seen(text: str) -> str:
    """What can be seen of a text."""
    return "".join(
        one for one in clean(text) if not one.isspace() and unicodedata.category(one) not in {"Cf", "Cc"}
    )


@given(text=TEXTS, most=some.integers(2, 60), utf16=some.booleans())
@example(text="😀" * 9, most=3, utf16=True)
@example(text="\ud83d" * 9, most=2, utf16=True)
@example(text="a\n\n\n\n" * 9, most=2, utf16=False)
def test_what_is_split_is_whole_when_joined(text: str, most: int, utf16: bool) -> None:
    """Every message fits and says something, and nothing that can be seen is lost between two."""
    parts = split(text, most, utf16=utf16)
    assert "".join(map(seen, parts)) == seen(text)
    for part in parts:
        assert length(part, utf16=utf16) <= most
        assert is_visible(part)
        part.encode()


@given(some.lists(some.sampled_from(SEEN_AS_ONE), min_size=1, max_size=60), some.integers(16, 40))
def test_what_is_seen_as_one_is_never_split(ones: list[str], most: int) -> None:
    """A family of emoji, a flag, a letter with accents: each stays in one message."""
    ends = {0}
    for one in ones:
        ends.add(max(ends) + len(one))
    reached = 0
    for part in split("".join(ones), most, utf16=True):
        reached += len(part)
        assert reached in ends


@given(
    some.lists(
        some.text(some.characters(categories=["Lu", "Ll", "Nd"]), min_size=1, max_size=20), max_size=50
    ),
    some.integers(40, 90),
)
def test_words_that_fit_are_never_split(words: list[str], most: int) -> None:
    """A link would be dead in two pieces."""
    parts = split(" ".join(words), most, utf16=True)
    assert [word for part in parts for word in part.split()] == words


def test_a_letter_with_more_accents_than_a_message_takes() -> None:
    """What is longer than any message is split all the same, and ends."""
    text = "e" + "\u0301" * 99
    assert "".join(split(text, 10, utf16=False)) == text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("first one.\n\nsecond\none", ("first one.", "second\none")),
        ("line one\nline two", ("line one", "line two")),
        ("one two three four", ("one two three", "four")),
        ("abcdefghijklmnopqrstuvwxyz", ("abcdefghijklmnop", "qrstuvwxyz")),
        ("if so:\n    indent\n    indented", ("if so:", "    indent", "    indented")),
        ("  \n ", ()),
        ("", ()),
    ],
)
def test_texts_are_split_where_people_would(text: str, parts: tuple[str, ...]) -> None:
    """Between paragraphs, else lines, else words; a line keeps what it is indented by."""
    assert split(text, 16, utf16=False) == parts


@given(text=TEXTS, most=some.integers(1, 60), utf16=some.booleans())
def test_what_is_cut_fits(text: str, most: int, utf16: bool) -> None:
    """And what fits is not cut."""
    short = cut(text, most, utf16=utf16)
    assert length(short, utf16=utf16) <= most or most < 3
    whole = length(clean(text), utf16=utf16) <= most
    assert (short == clean(text)) == whole or short.endswith("…")


@given(some.text(some.characters(exclude_categories=[])))
def test_clean_texts_are_what_platforms_take(text: str) -> None:
    """No half of a surrogate pair, no control character; what is clean stays as it is."""
    once = clean(text)
    once.encode()
    assert not any(
        unicodedata.category(one) == "Cc" and one not in "\n\t\x85" and one < "\x80" for one in once
    )
    assert clean(once) == once
