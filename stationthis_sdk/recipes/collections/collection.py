"""A collection: what its pieces are made of. Pure data, the same for plain code and for coroutines."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import orjson

from stationthis_sdk.recipes.collections.piece import Piece
from stationthis_sdk.recipes.collections.traits import Category, number
from stationthis_sdk.shown import Shown

__all__ = ["Collection", "Metadata", "Part", "Ref"]

_DEFAULT_SUPPLY: Final = 10


@attrs.frozen
class Ref:
    """A workflow by its name, which stays when it is deployed anew; ids are only for whoever must have that very one."""

    name: str
    environment: str | None = None
    deployment_id: str | None = None


def _texts(given: Any) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


@attrs.frozen
class Part:
    """A part of a text that is not in every piece: ``[[name]]`` stands for it, and for nothing where it is not there.

    probability: from 0 to 1; or when: traits, as ``"Hat=crown"``, with all of which it is there. Its text may have places
    of categories.
    """

    name: str
    text: str
    probability: float | None = attrs.field(default=None, converter=number)
    when: tuple[str, ...] = attrs.field(default=(), converter=_texts)


@attrs.frozen
class Metadata:
    """What is told of a collection and its pieces where they are published.

    name: of a piece, with ``{{number}}`` in it; else the collection's name and the number. royalty: percent.
    """

    name: str | None = None
    description: str | None = None
    edition_title: str | None = None
    royalty: float | None = None
    chain: str | None = None
    standard: str | None = None


def _ref(given: Any) -> Ref:
    if isinstance(given, Ref):
        return given
    return Ref(**given) if isinstance(given, Mapping) else Ref(given)


def _categories(given: Any) -> tuple[Category, ...]:
    if isinstance(given, Mapping):
        return tuple(Category(name, traits) for name, traits in given.items())
    return tuple(one if isinstance(one, Category) else Category(**one) for one in given)


def _exclusions(given: Iterable[Iterable[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple((one,) if isinstance(one, str) else tuple(one) for one in given)


def _parts(given: Iterable[Any]) -> tuple[Part, ...]:
    return tuple(one if isinstance(one, Part) else Part(**one) for one in given)


def _metadata(given: Any) -> Metadata:
    return given if isinstance(given, Metadata) else Metadata(**given)


def _plain(given: Any) -> Any:
    """A copy that nobody else changes; tuples as JSON has them."""
    if isinstance(given, Mapping):
        return {name: _plain(one) for name, one in given.items()}
    return [_plain(one) for one in given] if isinstance(given, list | tuple) else given


@attrs.frozen
class Collection(Shown):
    """Pieces that share a workflow and inputs, and differ in their traits.

    workflow: the name of a deployed workflow, or a ``Ref``. inputs: what it is given; ``[[Category]]`` stands for the
    trait that is drawn, at any depth, and a text that is only a place takes the trait's typed value. categories: of traits,
    or a dict of lists. supply: how many pieces. exclusions: traits that never come together, as
    ``("Fur=white", "Hat=none")``. parts: parts of texts that are not in every piece. unique: no two pieces have the same
    traits and parts.

    Example:
        >>> from stationthis_sdk.recipes.collections.traits import Trait
        >>> foxes = Collection(
        ...     "foxes",
        ...     "text-to-picture",
        ...     {"prompt": "a [[Fur]] fox with [[Hat]]", "steps": 1, "width": 64, "height": 64},
        ...     {"Fur": ["red", "white"], "Hat": [Trait("none", "no hat", weight=0.9), Trait("crown", "a crown", 0.1)]},
        ...     supply=3,
        ...     exclusions=[("Fur=white", "Hat=none")],
        ... )
        >>> foxes.combinations
        3
        >>> sorted(piece.inputs["prompt"] for piece in foxes.draw(seed=1))
        ['a red fox with a crown', 'a red fox with no hat', 'a white fox with a crown']
    """

    name: str
    workflow: Ref = attrs.field(converter=_ref)
    inputs: Mapping[str, Any] = attrs.field(converter=_plain)
    categories: tuple[Category, ...] = attrs.field(converter=_categories)
    supply: int = _DEFAULT_SUPPLY
    exclusions: tuple[tuple[str, ...], ...] = attrs.field(default=(), converter=_exclusions)
    parts: tuple[Part, ...] = attrs.field(default=(), converter=_parts)
    description: str = ""
    unique: bool = True
    metadata: Metadata = attrs.field(factory=Metadata, converter=_metadata)

    def __repr__(self) -> str:
        names = ", ".join(one.name for one in self.categories)
        return f"<collection {self.name!r}: {self.supply} pieces of {self.workflow.name!r}, by {names or 'nothing'}>"

    @property
    def config_hash(self) -> str:
        """SHA-256 of all that decides what its pieces are: inputs, categories, exclusions, parts and supply."""
        return self._hash(supply=self.supply)

    @property
    def drawing_hash(self) -> str:
        """The same without the supply: with one seed a larger collection begins with the pieces of the smaller one."""
        return self._hash()

    def _hash(self, **more: Any) -> str:
        from stationthis_sdk.recipes.collections.written import data_of  # noqa: PLC0415 - the two know each other

        data = data_of(self)
        made = {name: data.get(name) for name in ("inputs", "categories", "exclusions", "parts", "unique")}
        return hashlib.sha256(orjson.dumps(made | more, option=orjson.OPT_SORT_KEYS)).hexdigest()

    @property
    def combinations(self) -> int | None:
        """How many different pieces there can be, exclusions and parts counted exactly; None: any number, of equal ones.

        Raises:
            InvalidInput: it makes no sense, see ``validate``; or its exclusions are too tangled to be counted.
        """
        from stationthis_sdk.recipes.collections.drawing import Draws  # noqa: PLC0415 - likewise
        from stationthis_sdk.recipes.collections.faults import faults_of  # noqa: PLC0415 - likewise

        faults_of(self).raise_if_bad(but=("supply", "supply-beyond", "nothing-left"))
        return Draws.of(self).capacity

    def draw(self, seed: int, count: int | None = None) -> list[Piece]:
        """Draw its first pieces, or all; nothing is sent. The same seed gives the same pieces, on any machine.

        Raises:
            InvalidInput: ``problems`` lists what is wrong with the collection.
        """
        from stationthis_sdk.recipes.collections.drawing import drawn  # noqa: PLC0415 - likewise
        from stationthis_sdk.recipes.collections.faults import faults_of  # noqa: PLC0415 - likewise

        faults_of(self).raise_if_bad()
        return list(drawn(self, seed, self.supply if count is None else min(count, self.supply)))

    @classmethod
    def load(cls, path: str | Path) -> "Collection":
        """Read it from a .json, .yaml or .yml file.

        Raises:
            InvalidInput: ``problems`` says of each place in the file what is wrong there.
            MissingExtra: for YAML, ``pip install 'stationthis-sdk[collections]'``.
        """
        from stationthis_sdk.recipes.collections.written import read  # noqa: PLC0415 - likewise

        return read(Path(path))

    def save(self, path: str | Path) -> Path:
        """Write it as a .json, .yaml or .yml file, whole, and return the path; ``load`` gives the same collection back.

        Raises:
            InvalidInput: another ending.
            SaveFailed: it can't be written.
        """
        from stationthis_sdk.recipes.collections.written import write  # noqa: PLC0415 - likewise

        return write(self, Path(path))

    @classmethod
    def from_product(
        cls, data: Mapping[str, Any], *, workflow: str | None = None, prompt: str = "prompt"
    ) -> "Collection":
        """Read a collection as StationThis itself keeps it: a master prompt and trait types, or parameters and a trait tree.

        workflow: the deployed workflow to make it with, else the one it names. prompt: the input that its master prompt is.

        Raises:
            InvalidInput: it is no such collection.
        """
        from stationthis_sdk.recipes.collections.product import collection_of  # noqa: PLC0415 - likewise

        return collection_of(data, workflow=workflow, prompt=prompt)

    def validate(self, st: Any = None) -> Any:
        """Everything that is wrong with it, at once: in itself, and for the workflow that is deployed now.

        st: a client, plain or asynchronous (then await it); without one only the collection itself is looked at.
        ``raise_if_bad()`` of the answer refuses what can't be cooked.

        Example:
            >>> foxes = Collection("foxes", "text-to-picture", {"prompt": "a [[Fur]] fox"}, {"Fur": ["red"]}, supply=2)
            >>> [issue.code for issue in foxes.validate()]
            ['supply-beyond']
        """
        if st is not None:
            return st.collections.validate(self)
        from stationthis_sdk.recipes.collections.faults import faults_of  # noqa: PLC0415 - likewise

        return faults_of(self)

    def cook(self, st: Any, **given: Any) -> Any:
        """Make its pieces with this client: ``st.collections.cook(self, …)``, which says what may be given."""
        return st.collections.cook(self, **given)
