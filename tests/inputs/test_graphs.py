"""Graphs as they are passed in: what comes through as it was, and what is refused by its place."""

import contextlib
import json
import math
import os
from pathlib import Path

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.inputs.graphs import plain_json, read_graph, read_object_info

TEXTS = some.text(some.characters(exclude_categories=["Cs"]), max_size=8)
LEAVES = (
    some.none()
    | some.booleans()
    | some.integers(-(2**63), 2**64 - 1)
    | some.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
JSON = some.recursive(
    LEAVES,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)
ODD = some.sampled_from(
    [math.nan, math.inf, -math.inf, 2**64, -(2**63) - 1, 10**5000, "\ud800", {1}, b"x", {1: 2}, {"\udfff": 1}]
)
NODES = some.dictionaries(
    some.from_regex(r"[0-9]{1,3}", fullmatch=True),
    some.fixed_dictionaries({"class_type": TEXTS, "inputs": some.dictionaries(TEXTS, JSON, max_size=3)}),
    min_size=1,
    max_size=3,
)


@given(JSON)
def test_json_comes_through_as_it_was(value):
    """And can be written by the writer that sends it, which gives it back."""
    plain = plain_json(value)
    assert plain == value
    assert orjson.loads(orjson.dumps(plain)) == value


@given(JSON, ODD, some.lists(some.sampled_from(["list", "tuple", "mapping"]), max_size=6))
def test_whatever_is_odd_is_refused_wherever_it_is(beside, odd, way):
    """However deep: the message names its place."""
    value, place = odd, ""
    for kind in way:
        value = {"a": beside, "b": value} if kind == "mapping" else [beside, value]
        value = tuple(value) if kind == "tuple" else value
        place = (".b" if kind == "mapping" else "[1]") + place
    with pytest.raises(InvalidInput, match="Nothing was sent") as told:
        plain_json({"node": value})
    assert f"node{place}" in told.value.message
    assert len(told.value.message) < 400


@given(NODES)
def test_a_graph_is_the_same_in_every_form(graph):
    """A mapping, text with any spaces, bytes with and without a mark."""
    text = json.dumps(graph)
    for form in (graph, f"\n  {text}", f"\ufeff{text}", text.encode(), b"\xef\xbb\xbf" + text.encode()):
        read = read_graph(form)
        assert (read.graphs.api, read.graphs.ui, read.name) == (graph, None, None)


@given(some.binary(max_size=200) | some.text(max_size=50) | JSON)
def test_nothing_else_than_our_error_comes_of_what_is_no_graph(given_value):
    """Any bytes, text or JSON: a graph, or InvalidInput."""
    with contextlib.suppress(InvalidInput):
        assert read_graph(given_value).graphs.api or read_graph(given_value).graphs.ui


def test_what_loops_or_is_too_deep_is_refused():
    """It ends, with its place."""
    loop = {"class_type": "A", "inputs": {}}
    loop["inputs"]["x"] = loop
    deep = []
    for _ in range(5000):
        deep = [deep]
    for value in (loop, {"class_type": "A", "inputs": {"x": deep}}):
        with pytest.raises(InvalidInput, match=r"1\.inputs\.x.* nested deeper than 100"):
            read_graph({"1": value})


def test_numpys_numbers_are_numbers():
    """As they come out of a table or an array; arrays are none."""
    values = {
        "a": np.int64(7),
        "b": np.float32(0.5),
        "c": np.bool_(True),
        "d": np.float64(2),
        "e": np.str_("x"),
    }
    plain = plain_json(values)
    assert plain == {"a": 7, "b": 0.5, "c": True, "d": 2.0, "e": "x"}
    assert [type(one) for one in plain.values()] == [int, float, bool, float, str]
    with pytest.raises(InvalidInput, match=r"^a of the graph is nan"):
        plain_json({"a": np.float32("nan")})
    with pytest.raises(InvalidInput, match=r"^a of the graph is of type numpy\.ndarray"):
        plain_json({"a": np.zeros(3)})


def test_what_was_passed_in_is_not_what_is_sent():
    """A copy: changing it afterwards changes nothing that is on its way."""
    graph = {"1": {"class_type": "A", "inputs": {"x": [1, 2]}}}
    read = read_graph(graph).graphs.api
    graph["1"]["inputs"]["x"].append(3)
    assert read == {"1": {"class_type": "A", "inputs": {"x": [1, 2]}}}


def test_files_are_called_by_their_name(tmp_path: Path):
    """Without .json; any path-like will do, and home is known."""
    file = tmp_path / "my.portrait.json"
    file.write_text('{"1": {"class_type": "A", "inputs": {}}}')
    for form in (file, str(file), os.fspath(file)):
        assert read_graph(form).name == "my.portrait"


def test_files_that_can_not_be_read(tmp_path: Path, monkeypatch):
    """Not there, a folder, with a name that can't be one, too large: said in one short line."""
    monkeypatch.setattr("stationthis_sdk.inputs.graphs.MOST_BYTES", 100)
    (tmp_path / "large.json").write_text(" " * 101)
    for path, said in (
        (tmp_path / "none.json", "No such file"),
        (tmp_path, "directory"),
        ("a\0b", "null"),
        ("~nobody-of-this-name/graph.json", "home"),
        ("x" * 5000, "too long"),
        (tmp_path / "large.json", "large.json is larger than"),
    ):
        with pytest.raises(InvalidInput, match=said) as told:
            read_graph(path)
        assert len(told.value.message) < 400


def test_what_is_no_object_info_is_refused(tmp_path: Path):
    """What is: a mapping of classes with their input, as such, as text, or in a file."""
    info = {"A": {"input": {"required": {}}}}
    file = tmp_path / "info.json"
    file.write_text(json.dumps(info))
    for form in (info, json.dumps(info), file, str(file)):
        assert read_object_info(form) == info
    for wrong in ({}, {"A": 7}, {"A": {}}, "[]", "{", [info], 7, None, tmp_path / "none.json"):
        with pytest.raises(InvalidInput):
            read_object_info(wrong)
