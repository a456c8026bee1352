"""Ranges and weights are what the table of defaults and bounds says."""

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
