"""Bad collections: each fault has its code, and all are told at once, before anything is sent."""

import math
from typing import Any

import pytest

from stationthis_sdk import InvalidInput
from stationthis_sdk.recipes.collections.collection import Collection, Metadata, Part
from stationthis_sdk.recipes.collections.faults import CODES
from stationthis_sdk.recipes.collections.traits import Category, Range, Trait
from tests.recipes.collections.samples import foxes, numbered

TEN = [f"t{at}" for at in range(10)]
BAD: list[tuple[str, Collection]] = [
    ("name", foxes(categories={"Fur=": ["red"], "Hat": ["none"]}, inputs={"prompt": "[[Hat]]"})),
    ("name", Collection(" ", "w", {"prompt": "[[A]]"}, {"A": ["x"]}, 1)),
    ("name", Collection("n", "", {"prompt": "[[A]]"}, {"A": ["x"]}, 1)),
    ("value", foxes(inputs={})),
    ("value", foxes(inputs={"prompt": "[[Fur]] [[Hat]]", "x": object()})),
    ("value", foxes(metadata=Metadata(royalty=101))),
    ("value", foxes(categories={"Fur": [Trait("red", None)], "Hat": ["none"]})),
    ("supply", foxes(0)),
    ("supply", foxes(-1)),
    ("supply", foxes(1.5)),  # type: ignore[arg-type]
    ("weight", foxes(categories={"Fur": [Trait("red", weight=-1)], "Hat": ["none"]})),
    ("weight", foxes(categories={"Fur": [Trait("red", weight=math.nan)], "Hat": ["none"]})),
    ("weight", foxes(categories={"Fur": [Trait("red", weight=0)], "Hat": ["none"]})),
    ("no-traits", foxes(categories={"Fur": [], "Hat": ["none"]})),
    ("no-traits", Collection("n", "w", {"p": "[[N]]"}, [Category("N", ["x"], Range(1, 2))], 1)),
    ("duplicate", foxes(categories={"Fur": ["red", "red"], "Hat": ["none"]})),
    ("duplicate", foxes(parts=[Part("Fur", "x", 0.5)])),
    ("bad-range", numbered(1, start=2, end=1)),
    ("bad-range", numbered(1, start=1, end=2, step=0)),
    ("unresolved", foxes(inputs={"prompt": "[[Fur]] [[Hat]] [[Hatt]]"})),
    ("unresolved", foxes(categories={"Fur": [Trait("red", "[[Hat]]")], "Hat": ["none"]})),
    ("unused", foxes(inputs={"prompt": "a [[Fur]] fox"})),
    ("unused", foxes(parts=[Part("Snow", "in the snow", 0.5)])),
    ("unknown-trait", foxes(exclusions=[("Fur=green", "Hat=none")])),
    ("unknown-trait", foxes(exclusions=[("Fur", "Hat=none")])),
    ("bad-exclusion", foxes(exclusions=[("Fur=red", "Fur=white")])),
    ("bad-exclusion", foxes(exclusions=[("Fur=red",)])),
    ("bad-part", foxes(parts=[Part("Snow", "x")])),
    ("bad-part", foxes(parts=[Part("Snow", "x", 0.5, "Fur=red")])),
    ("bad-part", foxes(parts=[Part("Snow", "x", 1.5)])),
    ("nothing-left", foxes(1, exclusions=[(f"Fur={fur}", f"Hat={hat}") for fur in ("red", "white", "gold") for hat in ("none", "crown")])),
    ("supply-beyond", foxes(7)),
    (
        "supply-beyond",
        Collection("n", "w", {"p": "[[A]][[B]][[C]][[D]]"}, dict.fromkeys("ABCD", TEN), supply=10_001),
    ),
    ("supply-beyond", numbered(3, start=1, end=2)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "collection"), BAD, ids=[f"{at}-{code}" for at, (code, _) in enumerate(BAD)]
)
def test_bad_collections(code: str, collection: Collection) -> None:
    """The expected code is told, with a place and a sentence, and it is refused."""
    report = collection.validate()
    assert code in {issue.code for issue in report if issue.is_error}
    assert all(issue.code in CODES and issue.where and issue.message for issue in report)
    with pytest.raises(InvalidInput, match="nothing was sent") as error:
        report.raise_if_bad()
    assert any(f"[{code}]" in problem for problem in error.value.problems)


def test_all_is_told_at_once() -> None:
    """A place that names nothing, a trait that nothing uses, two of a name, a weight below nothing."""
    report = foxes(
        inputs={"prompt": "a [[Furr]] fox"},
        categories={"Fur": ["red", "red"], "Hat": [Trait("none", weight=-1)]},
    ).validate()
    assert sorted({issue.code for issue in report}) == ["duplicate", "unresolved", "unused", "weight"]
    assert "did you mean [[Fur]]?" in str(report)


def test_ten_thousand_and_one_of_ten_thousand() -> None:
    """It says both numbers."""
    collection = Collection(
        "n", "w", {"p": "[[A]][[B]][[C]][[D]]"}, dict.fromkeys("ABCD", TEN), supply=10_001
    )
    with pytest.raises(InvalidInput, match="10,001 pieces of 10,000 combinations"):
        collection.draw(1)


def test_traits_that_stand_for_the_same_are_told_only() -> None:
    """It may be meant: nothing is refused."""
    report = foxes(
        categories={"Fur": [Trait("red"), Trait("crimson", "red")], "Hat": ["none", "crown"]}
    ).validate()
    assert [issue.code for issue in report] == ["equal-traits"]
    assert report.raise_if_bad() is report


def test_a_sound_one_has_none() -> None:
    """Its report is empty, and says so."""
    report = foxes().validate()
    assert (len(report), report.ok, repr(report)) == (0, True, "<collection 'foxes': nothing is wrong>")


@pytest.mark.parametrize(
    "wrong", [{"categories": 7}, {"categories": [{"nom": "x"}]}, {"parts": [{"name": "x"}]}]
)
def test_what_is_no_collection_at_all(wrong: dict[str, Any]) -> None:
    """Python says so where it is written."""
    with pytest.raises(TypeError):
        foxes(**wrong)


def test_the_supply_is_looked_at_whatever_else_is_wrong() -> None:
    """A trait that nothing uses and 10,001 pieces of 10,000 combinations are both told, in one round."""
    collection = Collection(
        "n",
        "w",
        {"p": "[[A]][[B]][[C]][[D]]"},
        {**dict.fromkeys("ABCD", TEN), "Unused": ["x"]},
        supply=10_001,
    )
    report = collection.validate()
    assert sorted(issue.code for issue in report) == ["supply-beyond", "unused"]
    assert "10,001 pieces of 10,000 combinations" in str(report)
    assert "category Unused" in str(report)


def test_a_supply_that_is_no_number_is_told_beside_bad_exclusions() -> None:
    """Its type is known without counting."""
    report = foxes("many", exclusions=[("Fur=red", "Tail=long")]).validate()  # type: ignore[arg-type]
    assert sorted(issue.code for issue in report) == ["supply", "unknown-trait"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"metadata": {"name": 5}},
        {"metadata": {"description": ["x"]}},
        {"metadata": {"edition_title": 1.5}},
        {"metadata": {"chain": b"x"}},
        {"metadata": {"standard": True}},
        {"metadata": {"royalty": "5"}},
        {"description": 5},
        {"description": None},
        {"unique": "yes"},
        {"inputs": {"prompt": "[[Fur]] [[Hat]]", "cfg": math.nan}},
        {"inputs": {"prompt": "[[Fur]] [[Hat]]", "cfg": [{"a": math.inf}]}},
        {"categories": {"Fur": [Trait("x", 10**5000)], "Hat": ["none"]}},
    ],
)
def test_what_is_told_has_its_type(wrong: dict[str, Any]) -> None:
    """As in a file: what the export could not write is refused before anything is paid."""
    assert "value" in {issue.code for issue in foxes(1, **wrong).validate()}


@pytest.mark.parametrize(
    "weight",
    [pytest.param(10**400, id="large"), 1e308, 10**12 + 1, math.inf, pytest.param(10**5000, id="huge")],
)
def test_weights_have_a_bound(weight: float) -> None:
    """Their sum is a number that can be drawn with."""
    report = foxes(1, categories={"Fur": [Trait("red", weight=weight)], "Hat": ["none"]}).validate()
    assert [issue.code for issue in report] == ["weight"]


@pytest.mark.parametrize(
    "wrong",
    [{"shuffle_seed": 2**70}, {"shuffle_seed": 1.5}, {"shuffle_seed": "x"}, {"zero_pad": 101}, {"unique": "yes"}],
)  # fmt: skip
def test_what_a_range_may_say(wrong: dict[str, Any]) -> None:
    """Each field has its type and its bounds, which are told before anything is drawn."""
    collection = numbered(1, start=1, end=5, **wrong)
    assert [issue.code for issue in collection.validate()] == ["bad-range"]
    with pytest.raises(InvalidInput, match="bad-range"):
        collection.draw(1)


def test_a_picture_is_there_once() -> None:
    """Twice the same is two pieces of one picture."""
    report = Collection("p", "w", {"i": "[[P]]"}, [Category("P", images=["a.png", "a.png"])], 2).validate()
    assert [(issue.code, issue.where) for issue in report] == [("duplicate", "category P")]
