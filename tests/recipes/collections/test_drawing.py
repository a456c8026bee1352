"""Pieces: the same for a seed everywhere, never two alike, never what excludes each other, as often as weights say."""

import hashlib
import itertools
import json
import os
import random
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from stationthis_sdk import InvalidInput
from stationthis_sdk.recipes.collections.collection import Collection, Part
from stationthis_sdk.recipes.collections.combinations import Combinations
from stationthis_sdk.recipes.collections.drawing import Drawer, Draws, inputs_of
from stationthis_sdk.recipes.collections.lots import Lots
from stationthis_sdk.recipes.collections.piece import Piece
from stationthis_sdk.recipes.collections.traits import Category, Range, Trait, condition_of
from tests.recipes.collections.samples import foxes, numbered
from tests.recipes.collections.strategies import collections


def alike(piece):
    """What makes two pieces the same."""
    return tuple(sorted(piece.traits.items())), piece.parts


@st.composite
def choices(draw):
    """Numbers of options, and exclusions among them."""
    options = draw(st.lists(st.integers(1, 4), min_size=1, max_size=5))
    exclusions = []
    for _ in range(draw(st.integers(0, 5)) if len(options) > 1 else 0):
        some = draw(st.lists(st.sampled_from(range(len(options))), min_size=2, max_size=3, unique=True))
        exclusions.append({choice: draw(st.integers(0, options[choice] - 1)) for choice in some})
    return options, exclusions


@given(choices())
@example(([2, 3, 10], [{0: 1, 1: 2}]))
def test_combinations_are_counted_exactly(given_choices) -> None:
    """As many as there are when all are written down and the excluded ones crossed out."""
    options, exclusions = given_choices
    there = [
        one
        for one in itertools.product(*map(range, options))
        if not any(all(one[choice] == option for choice, option in each.items()) for each in exclusions)
    ]
    assert Combinations.of(options, exclusions).count == len(there)


def test_many_exclusions_are_counted() -> None:
    """Sixty categories in a chain have more combinations than anybody can write down, and are counted at once."""
    chain = [{at: 0, at + 1: 1} for at in range(59)]
    assert Combinations.of([10] * 60, chain).count > 10**59


def test_what_is_too_tangled_is_told() -> None:
    """Exclusions between all of many categories can't be counted, which is said, not tried for hours."""
    dice = random.Random(1)
    exclusions = [
        {a: dice.randrange(9), b: dice.randrange(9)} for a, b in itertools.combinations(range(30), 2)
    ]
    with pytest.raises(InvalidInput, match="too tangled"):
        _ = Combinations.of([9] * 30, exclusions).count


@settings(max_examples=200)
@given(collections(), st.integers(0, 2**32))
def test_pieces_keep_what_is_promised(collection: Collection, seed: int) -> None:
    """As many as wanted, none excluded, none alike, seeds of their own; the same again for the same seed."""
    report = collection.validate()
    assume(
        not [
            issue
            for issue in report
            if issue.is_error and issue.code not in {"supply-beyond", "nothing-left"}
        ]
    )
    capacity = collection.combinations
    if not report.ok:
        assert capacity is not None
        assert collection.supply > capacity
        return
    pieces = collection.draw(seed)
    assert [piece.number for piece in pieces] == list(range(1, collection.supply + 1))
    assert pieces == collection.draw(seed)
    for exclusion in collection.exclusions:
        conditions = [condition_of(one) for one in exclusion]
        assert not [
            piece for piece in pieces if all(piece.traits[name] == trait for name, trait in conditions)
        ]
    if collection.unique:
        assert len({alike(piece) for piece in pieces}) == len(pieces)
    for category in collection.categories:
        if category.range is not None:
            assert [piece.traits[category.name] for piece in pieces] == [
                str(category.range.at(place)) for place in range(len(pieces))
            ]


@settings(max_examples=50)
@given(collections())
def test_every_combination_can_be_drawn(collection: Collection) -> None:
    """Down to the last one: a supply of all combinations is drawn without a dead end, and one more is refused."""
    collection = Collection(**{**_fields(collection), "unique": True, "supply": 1})
    assume(collection.validate().ok)
    capacity = collection.combinations
    assert capacity is not None
    assume(capacity <= 300)
    all_of_it = Collection(**{**_fields(collection), "supply": capacity})
    assert len({alike(piece) for piece in all_of_it.draw(1)}) == capacity
    too_many = Collection(**{**_fields(collection), "supply": capacity + 1})
    assert [issue.code for issue in too_many.validate() if issue.is_error] == ["supply-beyond"]
    drawer = Drawer(Draws.of(all_of_it), 1)
    if not drawer.draws.tells_apart:
        for number in range(1, capacity + 1):
            drawer.draw(number)
        with pytest.raises(InvalidInput, match="No other combination"):
            drawer.draw(capacity + 1)


def _fields(collection: Collection) -> dict[str, object]:
    return {name: getattr(collection, name) for name in Collection.__annotations__}


def test_a_larger_supply_begins_with_the_same_pieces() -> None:
    """Who wants more of them later gets more, not others."""
    assert foxes(6).draw(7)[:3] == foxes(3).draw(7)
    assert foxes(6).config_hash != foxes(3).config_hash


def test_another_seed_gives_other_pieces() -> None:
    """Traits and seeds are the seed's."""
    many = foxes(20, unique=False)
    assert many.draw(1) != many.draw(2)
    assert not {piece.seed for piece in many.draw(1)} & {piece.seed for piece in many.draw(2)}


def test_weights_are_how_often_a_trait_comes() -> None:
    """With nothing else in the way the shares are those of the weights; a weight of 0 never comes."""
    collection = foxes(
        5000,
        unique=False,
        categories={
            "Fur": [Trait("red", weight=3), Trait("white", weight=1), Trait("blue", weight=0)],
            "Hat": ["none"],
        },
    )
    came = Counter(piece.traits["Fur"] for piece in collection.draw(1))
    assert 0.72 < came["red"] / 5000 < 0.78
    assert came["blue"] == 0


def test_the_global_generator_is_left_alone() -> None:
    """Whoever seeds random has no say, and finds it as it was."""
    random.seed(1)
    before = random.getstate()
    first = foxes().draw(1)
    assert random.getstate() == before
    random.seed(2)
    assert foxes().draw(1) == first


KNOWN = "d7d883e3"


def test_other_processes_and_versions_draw_the_same() -> None:
    """Whatever the hash seed: pieces are those that were drawn when this test was written."""
    told = []
    program = (
        "import json; from tests.recipes.collections.samples import foxes;"
        "print(json.dumps([[p.seed, dict(p.traits)] for p in foxes(6).draw(1)]))"
    )
    for hash_seed in ("0", "7"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        )
        told.append(done.stdout)
    assert told[0] == told[1]
    assert json.loads(told[0]) == [[piece.seed, piece.traits] for piece in foxes(6).draw(1)]
    assert hashlib.sha256(told[0].encode()).hexdigest()[:8] == KNOWN


def test_ten_thousand_of_ten_thousand() -> None:
    """All of a large collection are drawn, none twice."""
    categories = {f"C{at}": [Trait(f"t{one}", weight=1 + one) for one in range(10)] for at in range(4)}
    collection = Collection(
        "large", "text-to-picture", {"prompt": "[[C0]] [[C1]] [[C2]] [[C3]]"}, categories, supply=10_000
    )
    assert len({alike(piece) for piece in collection.draw(1)}) == 10_000


def test_parts_with_a_probability() -> None:
    """They come about so often, and tell pieces apart."""
    collection = foxes(
        2000,
        unique=False,
        inputs={"prompt": "a [[Fur]] fox with [[Hat]][[Snow]]"},
        parts=[Part("Snow", ", in the snow", 0.25)],
    )
    there = [piece for piece in collection.draw(1) if piece.parts]
    assert 0.2 < len(there) / 2000 < 0.3
    assert all(piece.inputs["prompt"].endswith(", in the snow") for piece in there)
    for probability, count in ((0.25, 12), (1, 6), (0, 6)):
        given_parts = [Part("Snow", "x", probability)]
        assert foxes(inputs=collection.inputs, parts=given_parts).combinations == count


def test_parts_with_a_trait() -> None:
    """They are there with it, and only with it; their places are filled."""
    collection = foxes(
        6,
        inputs={"prompt": "a [[Fur]] fox[[Wearing]]"},
        parts=[Part("Wearing", " wearing [[Hat]]", when="Hat=crown")],
    )
    assert collection.combinations == 6
    assert {piece.inputs["prompt"] for piece in collection.draw(1) if piece.traits["Hat"] == "crown"} == {
        f"a {fur} fox wearing a crown" for fur in ("red", "white", "golden")
    }
    assert "a red fox" in {piece.inputs["prompt"] for piece in collection.draw(1)}


def test_places_at_any_depth_keep_types() -> None:
    """Lists and mappings are gone through, a text that is only a place becomes the value itself."""
    collection = Collection(
        "deep",
        "text-to-picture",
        {
            "prompt": "x",
            "deep": {"list": ["[[Steps]]", {"text": "at [[Steps]] of [[Size]]"}]},
            "size": "[[Size]]",
        },
        {"Steps": [{"name": "few", "value": 2}], "Size": [{"name": "big", "value": {"w": [1, True]}}]},
        supply=1,
    )
    assert collection.draw(1)[0].inputs == {
        "prompt": "x",
        "deep": {"list": [2, {"text": 'at 2 of {"w":[1,true]}'}]},
        "size": {"w": [1, True]},
    }


@pytest.mark.parametrize(
    ("collection", "count"),
    [
        (foxes(), 6),
        (foxes(unique=False), None),
        (foxes(exclusions=[("Fur=white", "Hat=none")]), 5),
        (foxes(exclusions=[("Fur=white", "Hat=none"), ("Fur=red", "Hat=none")]), 4),
        (numbered(1, start=1, end=10), 10),
        (numbered(1, start=1, end=10, unique=False), 10),
        (
            Collection(
                "n",
                "w",
                {"p": "[[A]][[N]]"},
                [Category("A", ["x", "y"]), Category("N", range=Range(1, 3, unique=False))],
            ),
            6,
        ),
        (
            Collection(
                "n", "w", {"p": "[[A]][[N]]"}, [Category("A", ["x", "y"]), Category("N", range=Range(1, 3))]
            ),
            3,
        ),
        (Collection("n", "w", {"p": "[[P]]"}, [Category("P", images=["a.png", "b.png"])], 2), 2),
    ],
)
def test_combinations(collection: Collection, count: int | None) -> None:
    """With exclusions, ranges that begin again, ranges that do not, and pictures."""
    assert collection.combinations == count


def test_pictures_make_one_piece_each() -> None:
    """Nothing is drawn: the first piece has the first picture."""
    collection = Collection("p", "w", {"image": "[[P]]"}, [Category("P", images=["a.png", "b.png"])], 2)
    assert [piece.inputs["image"] for piece in collection.draw(1)] == ["a.png", "b.png"]


WITH_RANGE = foxes(
    inputs={"prompt": "[[Fur]] [[Hat]] [[N]]"},
    categories=[*foxes().categories, Category("N", range=Range(1, 9))],
)
WITH_PICTURES = foxes(
    inputs={"prompt": "[[Fur]] [[Hat]]", "image": "[[P]]"},
    categories=[*foxes().categories, Category("P", images=[f"{at}.png" for at in range(4)])],
)


@pytest.mark.parametrize(
    ("collection", "has"), [(WITH_RANGE, 6), (WITH_PICTURES, 6), (foxes(unique=False), 6), (foxes(), 3)]
)
def test_a_piece_that_is_drawn_anew_is_another(collection: Collection, has: int) -> None:
    """Whatever tells pieces apart: what it was before never comes again, and when nothing else is left that is said."""
    drawer = Drawer(Draws.of(collection), 1)
    first = [drawer.draw(number)[0] for number in range(1, 5)]
    again = Drawer(Draws.of(collection), 1)
    for number, traits in enumerate(first, 1):
        again.came(Piece(number, 1, traits, {}))
    came = [first[0], *(again.draw(1, generation)[0] for generation in range(2, has + 1))]
    with pytest.raises(InvalidInput, match="No other combination is left for piece 1"):
        again.draw(1, has + 1)
    assert len({str(sorted(one.items())) for one in came}) == len(came) == has


def test_numbers_alone_are_never_drawn_anew() -> None:
    """Where nothing is drawn, there is nothing else to be had."""
    drawer = Drawer(Draws.of(numbered(3, start=1, end=3)), 1)
    drawer.draw(1)
    with pytest.raises(InvalidInput, match="No other combination"):
        drawer.draw(1, 2)


def test_what_was_replaced_is_free_when_nothing_else_is_left() -> None:
    """Two of four were drawn anew, then all six are wanted: they are there, each once, whoever draws them."""
    collection = foxes(6)
    drawer = Drawer(Draws.of(foxes(4)), 1)
    now = {number: drawer.draw(number)[0] for number in range(1, 5)}
    history = [*now.items()]
    for number in (1, 2):
        now[number] = drawer.draw(number, 2)[0]
        history.append((number, now[number]))
    told = []
    for _ in range(2):
        later = Drawer(Draws.of(collection), 1)
        for number, traits in history:
            later.came(Piece(number, 1, traits, {}))
        told.append([later.draw(number)[0] for number in (5, 6)])
    assert told[0] == told[1]
    assert len({str(sorted(one.items())) for one in [*now.values(), *told[0]]}) == 6
    history += zip((5, 6), told[0], strict=True)
    last = Drawer(Draws.of(collection), 1)
    for number, traits in history:
        last.came(Piece(number, 1, traits, {}))
    with pytest.raises(InvalidInput, match="No other combination is left for piece 3"):
        last.draw(3, 2)


def test_more_categories_than_python_nests_calls() -> None:
    """Twelve hundred of them are counted and drawn."""
    names = [f"c{at}" for at in range(1200)]
    collection = Collection(
        "many",
        "w",
        {"prompt": "".join(f"[[{name}]]" for name in names)},
        {name: ["a", "b"] for name in names},
        supply=2,
        exclusions=[(f"{one}=a", f"{two}=b") for one, two in itertools.pairwise(names)],
    )
    assert collection.combinations == 1201
    assert len({alike(piece) for piece in collection.draw(1)}) == 2


def test_as_many_traits_as_pieces() -> None:
    """Ten thousand of each: no list of them is gone through for every piece."""
    traits = [Trait(f"t{at}") for at in range(10_000)]
    looked: list[str] = []

    class Watched(str):
        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            looked.append(self)
            return str.__eq__(self, other)

        __hash__ = str.__hash__

    watched = [Trait(Watched(trait.name), trait.value) for trait in traits]
    collection = Collection("large", "w", {"prompt": "[[A]]"}, [Category("A", watched)], supply=10_000)
    drawer = Drawer(Draws.of(collection), 1)
    for number in range(1, 10_001):
        inputs_of(collection, number, {"A": str(drawer.draw(number)[0]["A"])}, ())
        assert len(looked) < 100_000
    assert {piece.traits["A"] for piece in collection.draw(1)} == {trait.name for trait in traits}


@given(st.lists(st.floats(0, 10**12), min_size=1, max_size=9), st.data())
def test_lots(weights: list[float], data: st.DataObject) -> None:
    """What has no weight or was taken out is never picked, in whatever order; of what is left the chance decides."""
    out = data.draw(st.lists(st.integers(0, len(weights) - 1), unique=True))
    chance = data.draw(st.floats(0, 1, exclude_max=True))
    lots = Lots.of(weights).without(out)
    picked = lots.pick(chance)
    assert picked == Lots.of(weights).without(out[::-1]).pick(chance)
    left = [place for place, weight in enumerate(weights) if weight and place not in out]
    assert picked in left if left else picked is None
