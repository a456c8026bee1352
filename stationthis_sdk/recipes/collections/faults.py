"""What is wrong with a collection: found all at once, each with a code, before anything is sent. Pure."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import attrs
import orjson

from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.names import near
from stationthis_sdk.recipes.collections.collection import Collection, Part
from stationthis_sdk.recipes.collections.drawing import Draws
from stationthis_sdk.recipes.collections.places import NOT_IN_NAMES, places_in
from stationthis_sdk.recipes.collections.traits import Category, Range, condition_of
from stationthis_sdk.shown import Shown

__all__ = ["CODES", "Issue", "Report", "faults_of"]

CODES: Final[Mapping[str, str]] = {
    "name": "the collection, a category or a part has no name, or one that no place can have",
    "value": "something is not what a collection can hold there",
    "supply": "the supply is no number of pieces",
    "weight": "a trait's weight is no number from 0 that is not huge, or all of a category's are 0",
    "no-traits": "a category has nothing to draw of, or more than one kind of it",
    "duplicate": "two categories, parts or traits have the same name, or a picture is there twice",
    "equal-traits": "two traits of a category stand for the same (only told, not refused)",
    "bad-range": "a range has no numbers in it",
    "unresolved": "a place in the inputs names no category and no part",
    "unused": "nothing names a category or a part",
    "unknown-trait": "an exclusion or a part names a trait that there is not",
    "bad-exclusion": "an exclusion can never hold, or names what is not drawn",
    "bad-part": "a part has no probability from 0 to 1 and no trait that brings it, or both",
    "nothing-left": "the exclusions leave no combination",
    "tangled": "the exclusions are too tangled to be counted",
    "supply-beyond": "there are fewer combinations than pieces",
    "missing-workflow": "the workflow is not deployed",
    "unknown-input": "the workflow has no such input",
    "missing-input": "the workflow needs an input that the collection does not give",
    "wrong-type": "a value is not of the input's kind",
    "out-of-range": "a number is not within the input's bounds",
    "not-an-option": "a value is none of the input's options",
}
"""What issues are called."""
_ONLY_TOLD: Final = frozenset({"equal-traits"})
_SHOWN: Final = 10
_INT64: Final = range(-(2**63), 2**63)
_MOST_WEIGHT: Final = 10**12
_MOST_DIGITS: Final = 100


@attrs.frozen
class Issue(Shown):
    """One thing that is wrong: its code (see ``CODES``), where it is, and what to do."""

    code: str
    where: str
    message: str

    @property
    def is_error(self) -> bool:
        """Whether nothing is cooked with it."""
        return self.code not in _ONLY_TOLD

    def __str__(self) -> str:
        return f"{self.where}: {self.message} [{self.code}]"


@attrs.frozen(repr=False)
class Report(Shown):
    """What was found wrong with a collection; a loop over it yields the issues."""

    name: str
    issues: tuple[Issue, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it can be cooked."""
        return not any(issue.is_error for issue in self.issues)

    def raise_if_bad(self, *, but: Iterable[str] = ()) -> "Report":
        """Return itself, when nothing is wrong; ``but`` are codes that do not matter here.

        Raises:
            InvalidInput: ``problems`` lists everything that is.
        """
        problems = [str(issue) for issue in self.issues if issue.is_error and issue.code not in but]
        if not problems:
            return self
        more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise InvalidInput(
            f"Collection {self.name!r} can't be cooked, nothing was sent: {'; '.join(problems[:_SHOWN])}{more}.",
            problems=problems,
        )

    def __iter__(self) -> Iterator[Issue]:
        return iter(self.issues)

    def __len__(self) -> int:
        return len(self.issues)

    def __repr__(self) -> str:
        told = "".join(f"\n  {issue}" for issue in self.issues)
        return f"<collection {self.name!r}: {'nothing is wrong' if not self.issues else 'wrong is'}{told}>"


def faults_of(collection: Collection) -> Report:
    """What is wrong with it in itself."""
    issues = [*_names(collection), *_told_values(collection), *_plain_values(collection)]
    drawn = [*_named(collection)]
    for category in collection.categories:
        drawn += _of_category(category)
    drawn += _of_exclusions(collection)
    drawn += _of_parts(collection)
    issues += [*drawn, *_of_places(collection)]
    if type(collection.supply) is not int or not 1 <= collection.supply <= _INT64[-1]:
        issues.append(
            Issue("supply", "supply", f"it is a number of pieces, from 1, not {_said(collection.supply)}")
        )
    elif all(not issue.is_error or issue.code == "value" for issue in drawn):
        issues += _of_supply(collection)
    return Report(collection.name, tuple(issues))


def _names(collection: Collection) -> Iterator[Issue]:
    if (
        not isinstance(collection.name, str)
        or not collection.name.strip()
        or not collection.name.isprintable()
    ):
        yield Issue("name", "name", f"it is a text of one line, not {collection.name!r}")
    if not isinstance(collection.workflow.name, str) or not collection.workflow.name.strip():
        yield Issue("name", "workflow", "name a deployed workflow")


def _named(collection: Collection) -> Iterator[Issue]:
    named = [("category", one.name) for one in collection.categories]
    named += [("part", one.name) for one in collection.parts]
    for what, name in named:
        if not isinstance(name, str) or name != name.strip() or not name.isprintable() or not name:
            yield Issue("name", what, f"its name is a text without blanks around it, not {name!r}")
        elif any(letter in name for letter in NOT_IN_NAMES):
            yield Issue("name", f"{what} {name}", "its name can't have [, ] or =")
    for name, count in Counter(str(name) for _, name in named).items():
        if count > 1:
            yield Issue("duplicate", name, f"{count} categories or parts have this name")


def _told_values(collection: Collection) -> Iterator[Issue]:
    """What is only told of it: texts, and a percentage."""
    metadata, workflow = collection.metadata, collection.workflow
    texts: dict[str, object] = {
        "description": collection.description,
        "workflow environment": workflow.environment,
        "workflow deployment_id": workflow.deployment_id,
    }
    texts |= {
        f"metadata {name}": getattr(metadata, name)
        for name in ("name", "description", "edition_title", "chain", "standard")
    }
    for where, value in texts.items():
        if not isinstance(value, str) and (value is not None or where == "description"):
            yield Issue("value", where, f"it is a text, not {_said(value)}")
    if metadata.royalty is not None and not _between(metadata.royalty, 0, 100):
        yield Issue(
            "value", "metadata royalty", f"it is percent, from 0 to 100, not {_said(metadata.royalty)}"
        )
    unique: object = collection.unique
    if not isinstance(unique, bool):
        yield Issue("value", "unique", f"it is true or false, not {_said(unique)}")


def _plain_values(collection: Collection) -> Iterator[Issue]:
    if not isinstance(collection.inputs, Mapping) or not collection.inputs:
        yield Issue("value", "inputs", "give the workflow's inputs by name")
    for name, value in [("inputs", collection.inputs), *_values(collection)]:
        try:
            orjson.dumps(value)
        except (TypeError, ValueError):
            yield Issue("value", name, "only texts, numbers, booleans, lists and objects of them can be kept")
        else:
            if not _is_finite(value):
                yield Issue("value", name, "nan and inf can't be kept")


def _said(value: object) -> str:
    try:
        return repr(value)
    except ValueError:  # more digits than Python writes
        return "a huge number"


def _is_finite(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(map(_is_finite, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def _values(collection: Collection) -> Iterator[tuple[str, Any]]:
    for category in collection.categories:
        for trait in category.traits:
            yield f"{category.name}={trait.name}", trait.value


def _between(value: Any, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _of_category(category: Category) -> Iterator[Issue]:
    where = f"category {category.name}"
    kinds = [bool(category.traits), category.range is not None, bool(category.images)]
    if sum(kinds) != 1:
        yield Issue("no-traits", where, "it has traits, or a range, or images: one of them")
    for name, count in Counter(trait.name for trait in category.traits).items():
        if count > 1:
            yield Issue("duplicate", where, f"{count} traits are called {name!r}")
    seen: dict[str, str] = {}
    for trait in category.traits:
        if not isinstance(trait.name, str) or not trait.name.strip() or not trait.name.isprintable():
            yield Issue("name", where, f"a trait's name is a text of one line, not {trait.name!r}")
        if trait.value is None:
            yield Issue("value", f"{category.name}={trait.name}", "it has no value; an empty text is ''")
        if not _between(trait.weight, 0, _MOST_WEIGHT):
            yield Issue(
                "weight",
                f"{category.name}={trait.name}",
                f"a weight is a number from 0 to {_MOST_WEIGHT:,}, not {_said(trait.weight)}",
            )
        before = seen.setdefault(_said(trait.value), trait.name)
        if before != trait.name:
            yield Issue("equal-traits", where, f"{before!r} and {trait.name!r} stand for the same")
    if category.traits and all(trait.weight == 0 for trait in category.traits):
        yield Issue("weight", where, "all of its weights are 0: none of its traits is ever drawn")
    for image, count in Counter(category.images).items():
        if count > 1:
            yield Issue("duplicate", where, f"it has the picture {image!r} {count} times")
    if category.range is not None:
        yield from _of_range(category.range, where)


def _of_range(numbers: Range, where: str) -> Iterator[Issue]:
    whole = [numbers.start, numbers.end, numbers.step, numbers.zero_pad]
    if numbers.shuffle_seed is not None:
        whole.append(numbers.shuffle_seed)
    unique: object = numbers.unique
    if any(type(one) is not int or one not in _INT64 for one in whole):
        yield Issue(
            "bad-range", where, "start, end, step, zero_pad and shuffle_seed are whole numbers of 64 bits"
        )
    elif not 0 <= numbers.zero_pad <= _MOST_DIGITS:
        yield Issue("bad-range", where, f"zero_pad is from 0 to {_MOST_DIGITS} digits")
    elif not isinstance(unique, bool):
        yield Issue("bad-range", where, f"unique is true or false, not {_said(unique)}")
    elif numbers.count == 0:
        yield Issue("bad-range", where, "there is no number from its start to its end, in these steps")


def _of_places(collection: Collection) -> Iterator[Issue]:
    categories = [one.name for one in collection.categories]
    known = [*categories, *(one.name for one in collection.parts)]
    used: set[str] = set()
    for name, value in collection.inputs.items():
        for place in places_in(value):
            used.add(place)
            if place not in known:
                yield _unresolved(f"input {name}", place, known)
    for part in collection.parts:
        for place in places_in(part.text):
            used.add(place)
            if place not in categories:
                yield _unresolved(f"part {part.name}", place, categories)
    for name, value in _values(collection):
        for place in places_in(value):
            yield Issue(
                "unresolved", name, f"[[{place}]] in a trait's value is not filled: write it in the inputs"
            )
    for name in known:
        if name not in used:
            what = "category" if name in categories else "part"
            yield Issue(
                "unused", f"{what} {name}", f"no input has [[{name}]] in it: all pieces would be alike in it"
            )


def _unresolved(where: str, place: str, known: list[str]) -> Issue:
    similar = near(place, known)
    hint = f"did you mean [[{similar[0]}]]?" if similar else f"there is {', '.join(known) or 'none'}"
    return Issue(
        "unresolved",
        where,
        f"[[{place}]] names no category{'' if 'part' in where else ' and no part'}; {hint}",
    )


def _condition(collection: Collection, where: str, text: str) -> Iterator[Issue]:
    category, trait = condition_of(text) if isinstance(text, str) else ("", "")
    found = next((one for one in collection.categories if one.name == category), None)
    if found is None or not trait:
        yield Issue("unknown-trait", where, f"{text!r} names no trait: write it as 'Category=trait'")
    elif found.by_number:
        yield Issue(
            "bad-exclusion", where, f"{category} is not drawn: its numbers follow those of the pieces"
        )
    elif trait not in (names := [one.name for one in found.traits]):
        similar = near(trait, names)
        hint = f"; did you mean {similar[0]!r}?" if similar else ""
        yield Issue("unknown-trait", where, f"{category} has no trait {trait!r}{hint}")


def _of_exclusions(collection: Collection) -> Iterator[Issue]:
    for number, exclusion in enumerate(collection.exclusions, 1):
        where = f"exclusion {number}"
        for text in exclusion:
            yield from _condition(collection, where, text)
        categories = [condition_of(str(text))[0] for text in exclusion]
        if len(set(categories)) < len(categories) or len(categories) < 2:
            yield Issue("bad-exclusion", where, "it names traits of two categories or more, one of each")


def _of_parts(collection: Collection) -> Iterator[Issue]:
    for part in collection.parts:
        where = f"part {part.name}"
        text: object = part.text
        if not isinstance(text, str):
            yield Issue("value", where, f"its text is a text, not {text!r}")
        yield from _when(collection, part, where)


def _when(collection: Collection, part: Part, where: str) -> Iterator[Issue]:
    if (part.probability is None) == (not part.when):
        yield Issue(
            "bad-part", where, "it has a probability, or says with which traits it is there: when='Hat=crown'"
        )
    if part.probability is not None and not _between(part.probability, 0, 1):
        yield Issue(
            "bad-part", where, f"a probability is a number from 0 to 1, not {_said(part.probability)}"
        )
    for text in part.when:
        yield from _condition(collection, where, text)


def _of_supply(collection: Collection) -> Iterator[Issue]:
    try:
        draws = Draws.of(collection)
        capacity = draws.capacity
    except InvalidInput as error:
        yield Issue("tangled", "exclusions", error.message.rstrip("."))
        return
    if not draws.ways:
        yield Issue("nothing-left", "exclusions", "they leave no combination")
    elif capacity is not None and collection.supply > capacity:
        yield Issue(
            "supply-beyond",
            "supply",
            f"{collection.supply:,} pieces of {capacity:,} combinations: lower it, or add traits",
        )
