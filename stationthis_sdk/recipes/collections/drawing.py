"""Drawing pieces: by weights, never two alike, never what excludes each other; the same for a seed on any machine. Pure.

Every piece has a random generator of its own, seeded by SHA-256 of the collection, the seed and its number. Where a choice
has no combination left that is new, it is not offered: nothing is ever drawn in vain, down to the last combination.
"""

import functools
import hashlib
import math
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import attrs

from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.recipes.collections.collection import Collection, Part
from stationthis_sdk.recipes.collections.combinations import Combinations
from stationthis_sdk.recipes.collections.lots import Lots
from stationthis_sdk.recipes.collections.piece import Piece
from stationthis_sdk.recipes.collections.places import fill
from stationthis_sdk.recipes.collections.traits import Category, Trait, condition_of

__all__ = ["Drawer", "Draws", "drawn", "inputs_of", "seed_of"]

_SEED_BITS: Final = 32
"""So that every engine takes it."""


@attrs.frozen
class _Choice:
    """What is drawn of: a category's traits, or whether a part is there."""

    of: Category | Part
    options: tuple[Trait | bool, ...]
    weights: tuple[float, ...]

    @functools.cached_property
    def places(self) -> Mapping[str | bool, int]:
        """The places of the options, by the names of traits."""
        return {one.name if isinstance(one, Trait) else one: at for at, one in enumerate(self.options)}

    @classmethod
    def of_category(cls, category: Category) -> "_Choice":
        wanted = [trait for trait in category.traits if trait.weight > 0]
        return cls(category, tuple(wanted), tuple(trait.weight for trait in wanted))

    @classmethod
    def of_part(cls, part: Part, probability: float) -> "_Choice":
        options = [
            (option, weight) for option, weight in ((True, probability), (False, 1 - probability)) if weight
        ]
        return cls(part, tuple(option for option, _ in options), tuple(weight for _, weight in options))


@attrs.frozen
class Draws:
    """What can be drawn of a collection."""

    collection: Collection
    choices: tuple[_Choice, ...]
    numbered: tuple[Category, ...]
    combinations: Combinations

    @classmethod
    def of(cls, collection: Collection) -> "Draws":
        """Of a collection that has no faults."""
        drawn = [one for one in collection.categories if not one.by_number]
        choices = [_Choice.of_category(one) for one in drawn]
        choices += [
            _Choice.of_part(one, one.probability) for one in collection.parts if one.probability is not None
        ]
        place = {one.name: at for at, one in enumerate(drawn)}
        exclusions = []
        for exclusion in collection.exclusions:
            found: dict[int, int] = {}
            for category, trait in map(condition_of, exclusion):
                option = choices[place[category]].places.get(trait)
                if option is None:  # never drawn, so it excludes nothing
                    break
                found[place[category]] = option
            else:
                exclusions.append(found)
        return cls(
            collection,
            tuple(choices),
            tuple(one for one in collection.categories if one.by_number),
            Combinations.of([len(one.options) for one in choices], exclusions),
        )

    @property
    def ways(self) -> int:
        """In how many ways the choices can be made."""
        return self.combinations.count

    @property
    def rounds(self) -> int:
        """After so many pieces what their number decides begins again."""
        return math.lcm(
            *(one.range.count for one in self.numbered if one.range is not None and not one.range.unique)
        )

    @property
    def tells_apart(self) -> bool:
        """Whether their numbers alone make all pieces different."""
        return any(one.most is not None for one in self.numbered)

    @property
    def capacity(self) -> int | None:
        """How many pieces there can be; None: any number, some alike."""
        ways = self.ways
        most = [one.most for one in self.numbered if one.most is not None]
        if most or not ways:
            return min([*most, *([] if ways else [0])])
        return ways * self.rounds if self.collection.unique else None


@attrs.define(eq=False)
class _Node:
    """What was drawn already below some options: how many, and of which options nothing is left."""

    count: int = 0
    below: dict[int, "_Node"] = attrs.field(factory=dict)
    full: set[int] = attrs.field(factory=set)
    lots: Lots | None = None
    """The weights of the options of which something is left, once any is full."""


@attrs.define(eq=False)
class Drawer:
    """Draws pieces one after the other, and remembers what came."""

    draws: Draws
    seed: int
    mark: str = attrs.field(init=False)
    _rounds: int = attrs.field(init=False)
    _roots: dict[int, _Node] = attrs.field(factory=dict)
    _taken: dict[int, list[tuple[int, ...]]] = attrs.field(factory=dict)
    _offers: dict[tuple[int, int], tuple[dict[int, int], Lots]] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.mark = self.draws.collection.drawing_hash
        self._rounds = self.draws.rounds

    def draw(self, number: int, generation: int = 1) -> tuple[dict[str, str], tuple[str, ...]]:
        """The traits and parts of a piece, never those that it had before.

        The first time, when nothing else is left, it may have what another piece had that was drawn anew since.

        Raises:
            InvalidInput: there is no combination left.
        """
        taken = self._drawn(self._root(number), number, generation)
        if taken is None and self._remembers and generation == 1:
            taken = self._drawn(self._freed(number), number, generation)
        if taken is None:
            raise InvalidInput(f"No other combination is left for piece {number}.")
        self._note(number, taken)
        return self._named(number, taken)

    def _drawn(self, node: _Node | None, number: int, generation: int) -> tuple[int, ...] | None:
        chance = random.Random(int(_digest(self.mark, self.seed, "traits", number, generation), 16))  # noqa: S311 - no secret
        taken: list[int] = []
        alive = 0
        if node is not None and not self.draws.combinations.steps:
            return None
        for level in range(len(self.draws.combinations.steps)):
            states, lots = self._offer(level, alive)
            if node is not None and node.full:
                if node.lots is None:
                    node.lots = lots.without(node.full)
                lots = node.lots
            option = lots.pick(chance.random())
            if option is None:
                return None
            taken.append(option)
            node = node.below.get(option) if node else None
            alive = states[option]
        return tuple(taken)

    def came(self, piece: Piece) -> None:
        """This piece was drawn before."""
        taken = []
        for step in self.draws.combinations.steps:
            choice = self.draws.choices[step.choice]
            name = choice.of.name
            taken.append(
                choice.places[piece.traits[name] if isinstance(choice.of, Category) else name in piece.parts]
            )
        self._note(piece.number, taken)

    @property
    def _remembers(self) -> bool:
        """Whether no two pieces may be drawn alike, that their numbers do not tell apart."""
        return self.draws.collection.unique and not self.draws.tells_apart

    def _round(self, number: int) -> int:
        return (number - 1) % self._rounds

    def _root(self, number: int) -> _Node | None:
        """What this piece can't be: what others are, or at least what it has been itself."""
        if self._remembers:
            return self._roots.get(self._round(number))
        if number not in self._taken:
            return None
        return self._holding(self._taken[number])

    def _freed(self, number: int) -> _Node:
        """The same without what others were once, that are something else now."""
        others = (
            taken[-1]
            for other, taken in self._taken.items()
            if other != number and self._round(other) == self._round(number)
        )
        node = self._holding([*self._taken.get(number, ()), *others])
        self._roots[self._round(number)] = node
        return node

    def _offer(self, level: int, alive: int) -> tuple[dict[int, int], Lots]:
        """The options that lead anywhere with what they lead to, and their weights."""
        known = self._offers.get((level, alive))
        if known is None:
            combinations = self.draws.combinations
            weights = self.draws.choices[combinations.steps[level].choice].weights
            states = {}
            for option in range(len(weights)):
                after = combinations.after(level, alive, option)
                if after is not None and combinations.from_here(level + 1, after):
                    states[option] = after
            lots = Lots.of([weights[option] if option in states else 0.0 for option in range(len(weights))])
            known = self._offers[level, alive] = (states, lots)
        return known

    def _note(self, number: int, taken: Sequence[int]) -> None:
        """What was taken is not offered again."""
        self._taken.setdefault(number, []).append(tuple(taken))
        if self._remembers:
            self._hold(self._roots.setdefault(self._round(number), _Node()), taken)

    def _holding(self, some: Iterable[Sequence[int]]) -> _Node:
        root = _Node()
        for taken in some:
            self._hold(root, taken)
        return root

    def _hold(self, node: _Node, taken: Sequence[int]) -> None:
        combinations = self.draws.combinations
        alive = 0
        path: list[tuple[_Node, int, int]] = []
        for level, option in enumerate(taken):
            if option in node.full:
                return  # as it is already
            alive = combinations.after(level, alive, option) or 0
            path.append((node, option, combinations.from_here(level + 1, alive)))
            node = node.below.setdefault(option, _Node())
        for parent, option, ways in path:
            parent.below[option].count += 1
            if parent.below[option].count >= ways:
                parent.full.add(option)
                if parent.lots is not None:
                    parent.lots.take(option)
                parent.below[option].below.clear()  # nobody looks there again
                break

    def _named(self, number: int, taken: Sequence[int]) -> tuple[dict[str, str], tuple[str, ...]]:
        chosen = {
            self.draws.choices[step.choice].of.name: self.draws.choices[step.choice].options[option]
            for step, option in zip(self.draws.combinations.steps, taken, strict=True)
        }
        traits: dict[str, str] = {}
        for category in self.draws.collection.categories:
            trait = chosen.get(category.name)
            traits[category.name] = trait.name if isinstance(trait, Trait) else category.name_at(number - 1)
        parts = tuple(
            part.name
            for part in self.draws.collection.parts
            if (chosen[part.name] if part.probability is not None else _holds(part, traits))
        )
        return traits, parts


def drawn(collection: Collection, seed: int, count: int) -> Iterator[Piece]:
    """The first so many pieces.

    Raises:
        InvalidInput: there are not so many combinations.
    """
    drawer = Drawer(Draws.of(collection), seed)
    for number in range(1, count + 1):
        traits, parts = drawer.draw(number)
        inputs = inputs_of(collection, number, traits, parts)
        yield Piece(number, seed_of(drawer.mark, seed, number, 1), traits, inputs, parts)


def inputs_of(
    collection: Collection, number: int, traits: Mapping[str, str], parts: Sequence[str]
) -> dict[str, Any]:
    """What a piece with these traits is given."""
    values: dict[str, Any] = {}
    for category in collection.categories:
        if category.by_number:
            values[category.name] = category.at(number - 1)
        else:
            values[category.name] = category.values[traits[category.name]]
    texts = {part.name: fill(part.text, values) if part.name in parts else "" for part in collection.parts}
    filled: dict[str, Any] = fill(collection.inputs, {**values, **texts})
    return filled


def seed_of(mark: str, seed: int, number: int, generation: int) -> int:
    """The seed of a piece; ``mark`` is the collection's ``drawing_hash``."""
    return int(_digest(mark, seed, "seed", number, generation), 16) % (1 << _SEED_BITS)


def _digest(*parts: object) -> str:
    return hashlib.sha256(" ".join(map(str, parts)).encode()).hexdigest()


def _holds(part: Part, traits: Mapping[str, str]) -> bool:
    return all(traits.get(category) == trait for category, trait in map(condition_of, part.when))
