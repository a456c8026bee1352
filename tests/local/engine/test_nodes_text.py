"""Words, values and patterns: what each node makes of them, and that no pattern holds up a run."""

import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stationthis_sdk.local.engine import matching
from stationthis_sdk.local.engine.nodes import regex
from stationthis_sdk.local.engine.nodes.text import TEXT_LIMIT
from stationthis_sdk.local.engines import NodeFailed, Stopped
from tests.local.engine.calling import call
from tests.local.test_engine import node, shown


@pytest.mark.parametrize(
    ("class_type", "fields", "wanted"),
    [
        ("StringConcatenate", {"string_a": "a", "string_b": "b", "delimiter": ", "}, "a, b"),
        ("StringSubstring", {"string": "abcdef", "start": 1, "end": 4}, "bcd"),
        ("StringSubstring", {"string": "abcdef", "start": -2, "end": 10**30}, "ef"),
        ("StringLength", {"string": "añ🎈"}, 3),
        ("CaseConverter", {"string": "some Words", "mode": "UPPERCASE"}, "SOME WORDS"),
        ("CaseConverter", {"string": "some Words", "mode": "lowercase"}, "some words"),
        ("CaseConverter", {"string": "some Words", "mode": "Capitalize"}, "Some words"),
        ("CaseConverter", {"string": "some Words", "mode": "Title Case"}, "Some Words"),
        ("StringTrim", {"string": " \n a ", "mode": "Both"}, "a"),
        ("StringTrim", {"string": " \n a ", "mode": "Left"}, "a "),
        ("StringTrim", {"string": " \n a ", "mode": "Right"}, " \n a"),
        ("StringReplace", {"string": "a-b-c", "find": "-", "replace": "+"}, "a+b+c"),
        ("StringReplace", {"string": "ab", "find": "", "replace": "."}, ".a.b."),
        ("StringContains", {"string": "Abc", "substring": "B", "case_sensitive": True}, False),
        ("StringContains", {"string": "Abc", "substring": "B", "case_sensitive": False}, True),
        ("StringCompare", {"string_a": "Abc", "string_b": "A", "mode": "Starts With", "case_sensitive": True}, True),
        ("StringCompare", {"string_a": "Abc", "string_b": "C", "mode": "Ends With", "case_sensitive": True}, False),
        ("StringCompare", {"string_a": "Abc", "string_b": "aBC", "mode": "Equal", "case_sensitive": False}, True),
        ("PrimitiveString", {"value": "x"}, "x"),
        ("PrimitiveStringMultiline", {"value": "x\ny"}, "x\ny"),
        ("PrimitiveInt", {"value": -7}, -7),
        ("PrimitiveFloat", {"value": 0.5}, 0.5),
        ("PrimitiveBoolean", {"value": False}, False),
    ],
)  # fmt: skip
def test_words_and_values(class_type, fields, wanted):
    """As Python's own strings have it."""
    (got,) = call(class_type, **fields)
    assert got == wanted
    assert type(got) is type(wanted)


def test_texts_that_grow_too_long():
    """By joining, replacing or changing the case: refused before they are made."""
    long = "ŉ" * (TEXT_LIMIT // 2 + 1)
    for class_type, fields in (
        ("StringConcatenate", {"string_a": long, "string_b": long, "delimiter": ""}),
        ("StringReplace", {"string": long, "find": "", "replace": long}),
        ("StringReplace", {"string": long, "find": "ŉ", "replace": "aa"}),
        ("CaseConverter", {"string": long, "mode": "UPPERCASE"}),
    ):
        with pytest.raises(NodeFailed, match="shorten it"):
            call(class_type, **fields)
    assert call("StringReplace", string=long, find="ŉ", replace="") == ("",)


def test_any_value_is_shown():
    """Through a graph, as text."""
    assert shown(node("PrimitiveFloat", value="2")) == "2.0"
    assert shown(node("PrimitiveBoolean", value="false")) == "True"  # as Python takes it
    assert (
        shown(node("EmptyImage", width=2, height=1, batch_size=1, color=0))
        == "float32 array of shape (1, 1, 2, 3)"
    )


PLAIN = {"case_insensitive": False, "multiline": False, "dotall": False}


@pytest.mark.parametrize(
    ("pattern", "flags", "wanted"),
    [
        ("b.", {}, True),
        ("B.", {}, False),
        ("B.", {"case_insensitive": True}, True),
        ("^c", {}, False),
        ("^c", {"multiline": True}, True),
        ("b.c", {}, False),
        ("b.c", {"dotall": True}, True),
        ("(", {}, False),  # no pattern is not found
    ],
)
def test_a_pattern_is_found(pattern, flags, wanted):
    """With each of the flags."""
    assert call("RegexMatch", string="abb\nc", regex_pattern=pattern, **PLAIN | flags) == (wanted,)


@pytest.mark.parametrize(
    ("pattern", "mode", "group", "wanted"),
    [
        (r"\w(\d)", "First Match", 1, "a1"),
        (r"\w(\d)", "All Matches", 1, "1\n2"),
        (r"\w\d", "All Matches", 1, "a1\nb2"),
        (r"\w(\d)", "First Group", 1, "1"),
        (r"\w(\d)", "First Group", 0, "a1"),
        (r"\w(\d)", "First Group", 2, ""),
        (r"(\w)(\d)", "All Groups", 2, "1\n2"),
        (r"(\w)(\d)", "All Groups", 3, ""),
        (r"\w\d", "All Groups", 0, ""),
        (r"a(x)?", "First Group", 1, ""),
        (r"a(x)?", "All Groups", 1, ""),
        ("nowhere", "First Match", 1, ""),
        ("(", "All Matches", 1, ""),
    ],
)
def test_what_a_pattern_finds(pattern, mode, group, wanted):
    """The first or all of it, whole or a group."""
    given = {"string": "a1 b2", "regex_pattern": pattern, "mode": mode, "group_index": group}
    assert call("RegexExtract", **given, **PLAIN) == (wanted,)


@pytest.mark.parametrize(
    ("pattern", "replace", "count", "wanted"),
    [
        ("a", "x", 0, "xbxb"),
        ("a", "x", 1, "xbab"),
        ("(a)(b)?", r"\2\1", 0, "baba"),
        ("x*", "-", 0, "-a-b-a-b-"),
        ("(?P<n>b)", r"<\g<n>>", 0, "a<b>a<b>"),
    ],
)
def test_what_a_pattern_finds_is_replaced(pattern, replace, count, wanted):
    """As re.sub has it."""
    given = {"string": "abab", "regex_pattern": pattern, "replace": replace, "count": count}
    assert call("RegexReplace", **given, **PLAIN) == (wanted,)


@pytest.mark.parametrize(("pattern", "replace"), [("(", "x"), ("a", r"\5"), ("z", r"\g<n>"), ("a", "\\")])
def test_a_wrong_pattern_to_replace_says_so(pattern, replace):
    """Unlike the other nodes, as in ComfyUI; found or not."""
    with pytest.raises(NodeFailed, match="regex_pattern or replace is wrong: "):
        call("RegexReplace", string="abab", regex_pattern=pattern, replace=replace)


@pytest.mark.parametrize("at_once", [2**26, 0])
@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text("ab\n", max_size=12),
    st.text("ab.*+?()|[]\\1", max_size=6),
    st.text("ab\\1", max_size=4),
    st.integers(0, 3),
)
def test_replacing_is_pythons(monkeypatch, at_once, string, pattern, replace, count):
    """Its complaints as well, whether it is made at once or part by part."""
    monkeypatch.setattr(matching, "_AT_ONCE", at_once)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            wanted = {"found": re.sub(pattern, replace, string, count=count)}
        except re.error:
            wanted = None
        asked = {"pattern": pattern, "string": string, "flags": 0, "way": "replace", "replace": replace,
                 "count": count, "limit": 10**6}  # fmt: skip
        got = matching.answered(asked)
    assert got == wanted if wanted else "pattern" in got


def test_a_hostile_pattern_is_given_up(monkeypatch):
    """One that would take longer than anyone lives; a stop is heard while it is at work."""
    hostile = {"string": "a" * 40 + "!", "regex_pattern": "(a+)+$", **PLAIN}
    asked = []
    with pytest.raises(Stopped):
        call("RegexMatch", stopped=lambda: len(asked) > 3 or asked.append(1), **hostile)
    monkeypatch.setattr(regex, "_SECONDS", 1)
    for class_type, more in (
        ("RegexMatch", {}),
        ("RegexExtract", {"mode": "First Match", "group_index": 1}),
        ("RegexReplace", {"replace": "", "count": 0}),
    ):
        with pytest.raises(NodeFailed, match="took more than 1 seconds: avoid repeats within repeats"):
            call(class_type, **hostile, **more)


def test_a_hostile_pattern_ends_although_nobody_waits():
    """The process ends itself when the one that asked is gone."""
    question = (b'{"string": "' + b"a" * 40 + b'!", "pattern": "(a+)+$", "flags": 0, "way": "search", '
                b'"limit": 9, "seconds": 1, "memory": 536870912}')  # fmt: skip
    ended = subprocess.run(
        [sys.executable, "-I", "-S", str(Path(matching.__file__))], input=question, check=False, timeout=50
    )
    assert ended.returncode < 0


def test_patterns_that_ask_for_too_much():
    """Too much text out of them, or of them."""
    long = "a" * 5000
    for class_type, fields in (
        ("RegexReplace", {"regex_pattern": "", "replace": long}),
        ("RegexReplace", {"regex_pattern": "(?=(.*)).", "replace": r"\1"}),
        ("RegexExtract", {"regex_pattern": "(?=(.*))", "mode": "All Groups", "group_index": 1, **PLAIN}),
    ):
        with pytest.raises(NodeFailed, match="longer than 4,194,304 characters"):
            call(class_type, string=long, **fields)
    with pytest.raises(NodeFailed, match="regex_pattern is longer than"):
        call("RegexMatch", string="", regex_pattern="a" * 70_000, **PLAIN)


def test_long_texts_are_looked_through():
    """As long as a text may be."""
    long = "ab" * (TEXT_LIMIT // 2)
    assert call("RegexReplace", string=long, regex_pattern="(b)", replace=r"\1") == (long,)


def test_half_a_character_is_looked_for_like_any_other():
    """Text that is no valid Unicode goes to the process and back."""
    given = {"string": "a\ud800\0b", "regex_pattern": "a(.)", "mode": "First Group", "group_index": 1}
    assert call("RegexExtract", **given, **PLAIN) == ("\ud800",)
