"""What a piece may have: categories of traits with weights, ranges of numbers, lists of pictures. Pure."""

import functools
import hashlib
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import attrs

__all__ = ["DEFAULT_WEIGHT", "Category", "Range", "Trait", "condition_of", "number"]

DEFAULT_WEIGHT: Final = 0.5
_SORTED: Final = 1 << 14
"""So many numbers are shuffled as a list, more of them without one."""
_ROUNDS: Final = 8


def number(given: Any) -> Any:
    """A whole number as the fraction that it is; what is none as it is, to be told later."""
    try:
        return float(given) if type(given) is int else given
    except OverflowError:
        return given


def _own_name(trait: "Trait") -> Any:
    return trait.name


@attrs.frozen
class Trait:
    """One of a category's traits: its name, what stands in the inputs for it, and how often it is drawn beside the others.

    value: text, number, boolean, list or mapping; the name, unless given. weight: from 0, then it is never drawn, to 10**12.

    >>> Trait("none", "no hat", weight=2)
    Trait(name='none', value='no hat', weight=2.0)
    """

    name: str
    value: Any = attrs.field(default=attrs.Factory(_own_name, takes_self=True))
    weight: float = attrs.field(default=DEFAULT_WEIGHT, converter=number)


@attrs.frozen
class Range:
    """Numbers from start to end, both included: a piece's number decides which it gets.

    zero_pad: so many digits, as a text; 0: a number. unique: no number comes twice, so there are no more pieces than
    numbers; else they begin again. shuffle_seed: in another order, always the same for the same seed.

    >>> [Range(1, 9, step=2, zero_pad=3).at(place) for place in range(5)]
    ['001', '003', '005', '007', '009']
    >>> sorted(Range(1, 5, shuffle_seed=7).at(place) for place in range(5))
    [1, 2, 3, 4, 5]
    """

    start: int
    end: int
    step: int = 1
    zero_pad: int = 0
    unique: bool = True
    shuffle_seed: int | None = None

    @property
    def count(self) -> int:
        """How many numbers there are."""
        return max(0, (self.end - self.start) // self.step + 1) if self.step else 0

    def at(self, place: int) -> int | str:
        """What the piece at this place gets, from 0; after the last one it begins again."""
        count = self.count
        place %= count
        if self.shuffle_seed is not None and count > 1:
            place = _shuffled(self.shuffle_seed, count, place)
        number = self.start + place * self.step
        return f"{number:0{self.zero_pad}d}" if self.zero_pad else number


def _shuffled(seed: int, count: int, place: int) -> int:
    """Where this place comes to lie: each place somewhere else, as chance has it that only the seed decides."""
    if count <= _SORTED:
        return _order(seed, count)[place]
    half = (count - 1).bit_length() + 1 >> 1
    while True:  # a Feistel cipher; what lies beyond the last place goes through it again
        left, right = divmod(place, 1 << half)
        for turn in range(_ROUNDS):
            left, right = right, left ^ _chance(seed, count, turn, right) % (1 << half)
        place = left << half | right
        if place < count:
            return place


@functools.lru_cache(maxsize=16)
def _order(seed: int, count: int) -> tuple[int, ...]:
    return tuple(sorted(range(count), key=lambda place: _chance(seed, count, place)))


def _chance(*given: int) -> int:
    return int.from_bytes(hashlib.sha256(" ".join(map(str, ("shuffle", *given))).encode()).digest())


def _traits(given: Iterable[Any]) -> tuple[Trait, ...]:
    """Traits as people write them: a word is its own value, a pair has a weight, a mapping has all."""
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise TypeError(f"traits are a list, not {given!r}")
    made = []
    for one in given:
        if isinstance(one, Trait):
            made.append(one)
        elif isinstance(one, Mapping):
            made.append(Trait(**one))
        else:
            made.append(Trait(str(one), one))
    return tuple(made)


def _range(given: Any) -> Range | None:
    return given if given is None or isinstance(given, Range) else Range(**given)


def _texts(given: Iterable[Any]) -> tuple[str, ...]:
    return tuple(map(str, given))


@attrs.frozen
class Category:
    """What a piece has one of: of ``traits`` by their weights, of a ``range`` or of ``images`` by its number.

    In the inputs ``[[Name]]`` stands for it. images: paths or addresses of pictures, one piece for each; a piece's trait is
    the file's name, of two that have the same the second one's is ``name (2)``.

    >>> Category("Fur", ["red", Trait("white", weight=0.1)]).traits[0]
    Trait(name='red', value='red', weight=0.5)
    """

    name: str
    traits: tuple[Trait, ...] = attrs.field(default=(), converter=_traits)
    range: Range | None = attrs.field(default=None, converter=_range)
    images: tuple[str, ...] = attrs.field(default=(), converter=_texts)

    @property
    def by_number(self) -> bool:
        """Whether a piece's number decides what it gets: nothing is drawn."""
        return self.range is not None or bool(self.images)

    @property
    def most(self) -> int | None:
        """So many pieces at the most; None: as many as the others allow."""
        if self.images:
            return len(self.images)
        return self.range.count if self.range is not None and self.range.unique else None

    @functools.cached_property
    def values(self) -> Mapping[str, Any]:
        """What stands for each trait, by its name."""
        return {trait.name: trait.value for trait in reversed(self.traits)}

    @functools.cached_property
    def _image_names(self) -> tuple[str, ...]:
        """Pictures by their files' names; where several have the same, the second one is ``name (2)``."""
        told: dict[str, None] = {}
        numbers: defaultdict[str, Iterator[int]] = defaultdict(lambda: itertools.count(2))
        for image in self.images:
            name = image.partition("?")[0].replace("\\", "/").rstrip("/").rpartition("/")[2]
            free = name
            while free in told:
                free = f"{name} ({next(numbers[name])})"
            told[free] = None
        return tuple(told)

    def at(self, place: int) -> Any:
        """What the piece at this place gets, of a category by number."""
        if self.range is not None:
            return self.range.at(place)
        return self.images[place]

    def name_at(self, place: int) -> str:
        """What that is called: a number as it is written, a picture by its file's name."""
        if self.range is not None:
            return str(self.range.at(place))
        return self._image_names[place]


def condition_of(text: str) -> tuple[str, str]:
    """The category and the trait of a text in exclusions and parts; one without ``=`` names no trait.

    >>> condition_of("Fur=white"), condition_of("[[ Fur = white ]]")
    (('Fur', 'white'), ('Fur', 'white'))
    """
    written = text.strip()
    if written.startswith("[[") and written.endswith("]]"):
        written = written[2:-2]
    category, _, trait = written.partition("=")
    return category.strip(), trait.strip()
