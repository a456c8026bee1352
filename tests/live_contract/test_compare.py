"""An answer beside its schema: what is told of it, and what never is."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from stationthis_sdk.api.contract import shipped_contract
from stationthis_sdk.contract.compare import NEW, VIOLATION, compare
from stationthis_sdk.contract.document import Document
from stationthis_sdk.contract.operations import read_operations
from tests.live_contract.small import JSON, THINGS, contract

SMALL = Document(contract())
SHIPPED = Document(shipped_contract())
ANSWERS = [one.answer for one in read_operations(SHIPPED)]
GOOD: list[Any] = [
    {
        "id": "a",
        "name": None,
        "part": {"size": 1, "inner": {"size": None}},
        "parts": [{"size": 2}, None],
        "labels": {"anything": 3},
        "graph": {"1": {"class_type": "X"}},
    },
    {"id": "b"},
]


def told(body: Any, schema: Any = THINGS) -> list[str]:
    return [str(one) for one in compare(SMALL, schema, body).differences]


@pytest.mark.parametrize(
    ("way", "value", "expected"),
    [
        ((), {}, "the answer: expected array, got object"),
        ((0,), 7, "[]: expected object, got integer; seen in 1 of 2"),
        ((0, "id"), None, "[].id: expected string, got null; seen in 1 of 2"),
        ((0, "name"), {"first": "Ann"}, "[].name: expected string or null, got object"),
        ((0, "part"), [], "[].part: expected object or null, got array"),
        ((0, "part", "size"), "big", "[].part.size: expected integer or null, got string"),
        ((0, "part", "inner", "size"), 0.5, "[].part.inner.size: expected integer or null, got number"),
        ((0, "parts", 1), "x", "[].parts[]: expected object or null, got string; seen in 1 of 2"),
        ((0, "labels", "ann@example.com"), "x", "[].labels.*: expected integer, got string; seen in 1 of 2"),
        ((0, "colour"), "red", "[].colour: new field, string; seen in 1 of 2"),
        ((0, "parts", 0, "colour"), None, "[].parts[].colour: new field, null"),
        ((0, "ann@example.com"), 1, "[].(15 characters): new field, integer; seen in 1 of 2"),
    ],
)
def test_a_difference_is_told_with_its_place(way: tuple[Any, ...], value: Any, expected: str) -> None:
    """Indices and the keys of maps are folded, kinds are named, and how often it was seen."""
    body: Any = copy.deepcopy(GOOD)
    if way:
        holder = body
        for step in way[:-1]:
            holder = holder[step]
        holder[way[-1]] = value
    else:
        body = value
    assert told(body) == [expected]


def test_a_missing_field_is_told() -> None:
    """One that is required; others may be missing, and are listed as absent when none has them."""
    assert told([{"name": "x"}, {"id": "a"}]) == ["[].id: missing, though it always comes; seen in 1 of 2"]
    found = compare(SMALL, THINGS, [{"id": "a", "part": {}}, {"id": "b", "name": "x"}])
    assert found.differences == []
    assert found.absent == ["[].parts", "[].labels", "[].graph", "[].part.size", "[].part.inner"]


def test_a_difference_is_told_once() -> None:
    """However many elements have it; new fields with every kind that came."""
    body = [{"id": number, "new": None if number else "x"} for number in range(4)]
    assert told(body) == [
        "[].id: expected string, got integer; seen in 4 of 4",
        "[].new: new field, string or null; seen in 4 of 4",
    ]


def test_known_values_and_other_rules() -> None:
    """A value outside of a list, and rules that need no words of their own."""
    assert told("c", {"enum": ["a", "b"]}) == ["the answer: a value outside of the known ones"]
    assert told("c", {"minLength": 2}) == ["the answer: breaks the rule minLength"]
    assert told("c", {"anyOf": [{"enum": ["a"]}, {"type": "null"}]}) == [
        "the answer: a value outside of the known ones"
    ]


def test_deep_answers_are_compared() -> None:
    """Nesting beyond all reason is told or passed over, never a crash."""
    body: Any = {}
    for _ in range(900):
        body = {"inner": body}
    assert all(
        one.kind == VIOLATION
        for one in compare(SMALL, {"$ref": "#/components/schemas/Part"}, body).differences
    )


@given(body=JSON | st.lists(st.dictionaries(st.sampled_from([*GOOD[0]]), JSON, max_size=5), max_size=4))
def test_it_agrees_with_the_validator(body: Any) -> None:
    """There is a violation exactly where JSON Schema sees one, whatever comes."""
    valid = Draft202012Validator({**THINGS, "components": contract()["components"]}).is_valid(body)
    kinds = {one.kind for one in compare(SMALL, THINGS, body).differences}
    assert (VIOLATION not in kinds) == valid
    assert kinds <= {VIOLATION, NEW}


@given(schema=st.sampled_from(ANSWERS), data=st.data())
def test_no_value_is_ever_told(schema: Any, data: st.DataObject) -> None:
    """Texts of an answer, keys of its maps included, are nowhere in what is said of it."""
    secret = st.just("ann.example@post.example/4Xw-77")
    body = data.draw(
        st.recursive(
            secret | st.integers() | st.none(),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    secret | st.sampled_from(["id", "name", "status", "workflow"]), inner, max_size=4
                )
            ),
            max_leaves=8,
        )
    )
    found = compare(SHIPPED, schema, body)
    said = "".join(map(str, found.differences)) + "".join(found.absent)
    assert "4Xw" not in said
    assert "post.example" not in said
