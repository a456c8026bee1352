"""Recipes: the product's numbers and bounds, and everything that is wrong told at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk import InvalidInput
from stationthis_sdk.recipes.training.points import training_points
from stationthis_sdk.recipes.training.recipes import RECIPES, name_problems, recipe_of

NUMBERS = {
    #           steps  rate  rank alpha side  every  least usual       allowed
    "sdxl": (1000, 4e-4, 16, 32, 1024, 500, 100, (20, 40), (10, 100)),
    "flux": (2000, 2e-4, 32, 64, 1024, 1000, 200, (20, None), (15, 150)),
    "kontext": (2000, 2e-4, 32, 64, 1024, 1000, 200, (15, None), (15, 150)),
    "sd15": (1500, 1e-4, 16, 32, 512, 500, 100, (10, 20), (4, 20)),
}


@pytest.mark.parametrize("base", NUMBERS)
def test_each_recipe_has_the_product_s_numbers(base):
    """Steps, learning rate, rank, alpha, resolution, checkpoints, the least steps, and how many pictures."""
    recipe = RECIPES[base]
    numbers = (
        recipe.steps, recipe.learning_rate, recipe.rank, recipe.alpha, recipe.resolution, recipe.checkpoint_every,
        recipe.least_steps, recipe.usual, recipe.allowed,
    )  # fmt: skip
    assert numbers == NUMBERS[base]
    common = (recipe.dropout, recipe.scheduler, recipe.optimizer, recipe.batch_size)
    assert common == (0.1, "cosine", "AdamW8bit", 1)


@pytest.mark.parametrize(
    ("base", "change", "told"),
    [
        ("sdxl", {"steps": 99}, "steps: 99 is too few, sdxl wants 100 at least"),
        ("flux", {"steps": 199}, "steps: 199 is too few, flux wants 200 at least"),
        ("kontext", {"steps": 100}, "steps: 100 is too few"),
        ("sdxl", {"steps": 100.5}, "steps: wants a whole number"),
        ("sdxl", {"steps": "many"}, "steps: wants a number"),
        ("sdxl", {"learning_rate": 0}, "learning_rate: 0 is too little"),
        ("sdxl", {"learning_rate": float("nan")}, "learning_rate: wants a number"),
        ("sdxl", {"batch_size": 0}, "batch_size: 0 is too little"),
        ("sdxl", {"rank": 0}, "rank: 0 is too little"),
        ("sdxl", {"alpha": -1}, "alpha: -1 is too little"),
        ("sdxl", {"dropout": 1}, "dropout: 1 is not within"),
        ("sdxl", {"optimizer": " "}, "optimizer: say it in words"),
        ("sdxl", {"resolution": 8}, "resolution: 8 is too little"),
        ("sdxl", {"stepps": 100}, "stepps is nothing a recipe tells"),
        ("sd9", {}, "base: 'sd9' is no family"),
        (None, {}, "base: None is no family"),
    ],
)
def test_what_is_out_of_bounds_is_told(base, change, told):
    """Each bound, by its word."""
    (problem,) = recipe_of(base, change)[1]
    assert problem.startswith(told)


def test_everything_is_told_at_once():
    """Not only the first that is wrong."""
    wrong = {"steps": 1, "learning_rate": 0, "rank": 0, "batch_size": 0, "dropout": 2}
    assert len(recipe_of("sdxl", wrong)[1]) == 5


@pytest.mark.parametrize("base", ["SDXL", "sd1.5", "SD 1.5", "Flux-dev", "KONTEXT"])
def test_families_are_known_by_the_names_people_say(base):
    """In any case, with the usual other spellings."""
    assert recipe_of(base, {})[0] is not None


def test_a_bound_itself_is_allowed():
    """At least means at least."""
    recipe, problems = recipe_of(
        "flux", {"steps": 200, "rank": 1, "batch_size": 1, "dropout": 0, "alpha": None}
    )
    assert problems == []
    assert (recipe.steps, recipe.rank, recipe.alpha) == (200, 1, 64)


@pytest.mark.parametrize(
    ("name", "trigger", "count"),
    [("my-cat", "mycat", 0), ("My Cat", "mycat", 1), ("", "mycat", 1), ("my-cat", "", 1), ("../x", None, 2),
     ("my-cat", "a\nb", 1), (7, 7, 2), ("x" * 65, "x" * 201, 2)],
)  # fmt: skip
def test_names_are_plain_and_a_trigger_is_needed(name, trigger, count):
    """A name becomes a file's; the trigger is what calls it."""
    assert len(name_problems(name, trigger)) == count


@pytest.mark.parametrize(
    ("images", "steps", "points"),
    [(4, 1500, 1500), (20, 1000, 2200), (20, 2000, 2400), (0, 0, 1000), (1, 1, 1070), (100, 100, 6020)],
)
def test_the_product_s_price(images, steps, points):
    """1000, 50 a picture, 20 for each hundred steps begun."""
    assert training_points(images, steps) == points


@given(some.integers(0, 10_000), some.integers(0, 100_000))
def test_more_never_costs_less(images, steps):
    """One picture more, one step more."""
    assert training_points(images + 1, steps) == training_points(images, steps) + 50
    assert training_points(images, steps + 1) >= training_points(images, steps)


def test_there_is_no_price_for_fewer_than_none():
    """A negative count is a mistake."""
    with pytest.raises(InvalidInput):
        training_points(-1, 100)
