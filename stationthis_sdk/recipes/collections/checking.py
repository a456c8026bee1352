"""A collection beside the workflow that is deployed: every value that a piece can have is checked as one that is sent. Blocking."""

from collections.abc import Iterator
from typing import Any

from stationthis_sdk.entities import InputField
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.inputs.check import check_inputs
from stationthis_sdk.inputs.fields import Inputs
from stationthis_sdk.names import near
from stationthis_sdk.recipes.collections.collection import Collection
from stationthis_sdk.recipes.collections.faults import Issue
from stationthis_sdk.recipes.collections.places import fill, places_in
from stationthis_sdk.recipes.collections.traits import Category

__all__ = ["misfits", "problem_of"]

_NUMBERS = frozenset({"number", "integer", "seed"})


def misfits(collection: Collection, inputs: Inputs) -> Iterator[Issue]:
    """What of the collection these inputs do not take, and what they need and do not get."""
    for name in collection.inputs:
        if name not in inputs:
            similar = near(name, list(inputs))
            hint = f"did you mean {similar[0]!r}?" if similar else f"there is {', '.join(inputs)}"
            yield Issue("unknown-input", f"input {name}", f"the workflow has no such input; {hint}")
    for name, field in inputs.items():
        if field.required and field.kind != "seed" and name not in collection.inputs:
            yield Issue("missing-input", f"input {name}", f"the workflow needs it: a {field.kind}")
    for name, template in collection.inputs.items():
        if name in inputs:
            yield from _of_input(collection, name, template, inputs)


def _of_input(collection: Collection, name: str, template: Any, inputs: Inputs) -> Iterator[Issue]:
    told: set[str] = set()
    for where, value in _values(collection, template):
        problem = problem_of(name, value, inputs)
        if problem is not None and problem not in told:
            told.add(problem)
            yield Issue(_code(inputs[name], value), f"input {name}{where}", problem)


def _values(collection: Collection, template: Any) -> Iterator[tuple[str, Any]]:
    """The input as the first traits make it, and then with each other one of the traits that are in it."""
    usual: dict[str, Any] = {}
    for category in collection.categories:
        usual[category.name] = next((value for _, value in _options(category)), "")
    parts = {one.name: fill(one.text, usual) for one in collection.parts}
    yield "", fill(template, {**usual, **parts})
    if any(name in parts for name in places_in(template)):
        yield " without its parts", fill(template, {**usual, **dict.fromkeys(parts, "")})
    within = {*places_in(template)} | {
        place for one in collection.parts if one.name in places_in(template) for place in places_in(one.text)
    }
    for category in collection.categories:
        if category.name in within:
            for trait, value in _options(category):
                changed = {**usual, category.name: value}
                filled = {one.name: fill(one.text, changed) for one in collection.parts}
                yield f" with {category.name}={trait}", fill(template, {**changed, **filled})


def _options(category: Category) -> Iterator[tuple[str, Any]]:
    """What a category can be; of a range the ends, between which all others are."""
    if category.range is not None and category.range.count:
        for number in (
            category.range.start,
            category.range.start + (category.range.count - 1) * category.range.step,
        ):
            value = f"{number:0{category.range.zero_pad}d}" if category.range.zero_pad else number
            yield str(value), value
    for picture in category.images:
        yield picture, picture
    for trait in category.traits:
        if trait.weight != 0:
            yield trait.name, trait.value


def problem_of(name: str, value: Any, inputs: Inputs) -> str | None:
    """What is wrong with one value of an input; None: nothing."""
    try:
        check_inputs({name: value}, inputs, name="a piece")
    except InvalidInput as error:
        for problem in error.problems:
            if problem.startswith(f"{name}: "):
                return problem.removeprefix(f"{name}: ")
    return None


def _code(field: InputField, value: Any) -> str:
    """Which of the ways not to fit it is."""
    if field.options is not None and isinstance(value, str):
        return "not-an-option"
    if field.kind in _NUMBERS and isinstance(value, int | float) and not isinstance(value, bool):
        low, high = field.minimum, field.maximum
        if (low is not None and value < low) or (high is not None and value > high):
            return "out-of-range"
    return "wrong-type"
