"""Ranges and weights are what the table of defaults and bounds says."""

import itertools

import pytest

from stationthis_sdk.recipes.collections.traits import Category, Range, Trait


def test_the_weight_of_a_trait_is_a_half_unless_given() -> None:
    """A trait is drawn as often as another one of which nothing is said either."""
    assert Trait("red").weight == 0.5
    assert Category("Fur", ["red", {"name": "white", "weight": 1}]).traits == (
        Trait("red"),
        Trait("white", weight=1.0),
    )


def test_a_trait_stands_for_its_name_unless_given() -> None:
    """Its value may be of any type."""
    assert Trait("red").value == "red"
    assert Category("Steps", [20]).traits == (Trait("20", 20),)


@pytest.mark.parametrize(
    ("given", "all_of_it"),
    [
        ({"start": 1, "end": 3}, [1, 2, 3]),
        ({"start": 0, "end": 9, "step": 4}, [0, 4, 8]),
        ({"start": 3, "end": 1, "step": -1}, [3, 2, 1]),
        ({"start": 5, "end": 5}, [5]),
        ({"start": 8, "end": 10, "zero_pad": 3}, ["008", "009", "010"]),
        ({"start": 2, "end": 1}, []),
        ({"start": 1, "end": 2, "step": 0}, []),
    ],
)
def test_ranges(given: dict[str, int], all_of_it: list[object]) -> None:
    """Start and end are in it, in these steps, with so many digits."""
    numbers = Range(**given)
    assert [numbers.at(place) for place in range(numbers.count)] == all_of_it


@pytest.mark.parametrize("count", [1, 2, 7, 10, 64, 1000])
@pytest.mark.parametrize("seed", [0, 1, 12345])
def test_a_shuffled_range_is_a_permutation(count: int, seed: int) -> None:
    """Each number comes once, in another order than without a seed, always the same."""
    numbers = Range(1, count, shuffle_seed=seed)
    came = [numbers.at(place) for place in range(count)]
    assert sorted(came) == list(range(1, count + 1))
    assert came == [Range(1, count, shuffle_seed=seed).at(place) for place in range(count)]


def test_shuffle_seeds_differ() -> None:
    """Another seed is another order."""
    orders = {tuple(Range(1, 100, shuffle_seed=seed).at(place) for place in range(100)) for seed in range(20)}
    assert len(orders) == 20


def test_a_range_that_is_not_unique_begins_again() -> None:
    """After the last number comes the first."""
    assert [Range(1, 2, unique=False).at(place) for place in range(5)] == [1, 2, 1, 2, 1]


def test_a_shuffled_range_has_no_pattern() -> None:
    """From one number to the next it is never the same step, and small ranges come in every order."""
    for count in (1000, 100_000):
        came = [Range(1, count, shuffle_seed=1).at(place) for place in range(200)]
        steps = {(after - before) % count for before, after in itertools.pairwise(came)}
        assert len(steps) > 150
    orders = {tuple(Range(1, 4, shuffle_seed=seed).at(place) for place in range(4)) for seed in range(500)}
    assert len(orders) == 24


def test_long_ranges_are_permutations_too() -> None:
    """Those that are not written out name each number once, also where they just begin not to be."""
    for count in (2**14, 2**14 + 1, 2**15 + 3):
        numbers = Range(1, count, shuffle_seed=5)
        assert {numbers.at(place) for place in range(count)} == set(range(1, count + 1))


def test_shuffles_are_the_same_everywhere() -> None:
    """As they were when this test was written."""
    assert [Range(1, 8, shuffle_seed=1).at(place) for place in range(8)] == [5, 7, 3, 4, 6, 1, 2, 8]
    assert [Range(1, 10**9, shuffle_seed=1).at(place) for place in range(3)] == [
        601074286,
        922640632,
        665759464,
    ]


def test_t18_pictures_of_one_name_have_names_of_their_own() -> None:
    """T18: two files that are called the same in different folders are two traits, and no folder is told."""
    images = ["/a/cat.png", "/b/cat.png", "https://h/cat.png?x=1", "/c/cat.png (2)", "/a/dog.png"]
    category = Category("Photo", images=images)
    assert [category.name_at(place) for place in range(5)] == [
        "cat.png", "cat.png (2)", "cat.png (3)", "cat.png (2) (2)", "dog.png",
    ]  # fmt: skip
