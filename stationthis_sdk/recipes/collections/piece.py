"""A piece of a collection: what it was drawn as, what made it, and what people say of it."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeVar

import attrs

from stationthis_sdk.entities import OutputItem
from stationthis_sdk.entities.batches import FAILED
from stationthis_sdk.shown import Shown

__all__ = ["Piece", "key_of", "latest"]


class _Made(Protocol):
    """What has a number, and says which time it was made."""

    @property
    def number(self) -> int: ...

    @property
    def generation(self) -> int: ...


_AnyMade = TypeVar("_AnyMade", bound=_Made)


@attrs.frozen
class Piece(Shown):
    """One piece. Made again, it is another one of the same number: ``parent`` is the key of the one before.

    ``number`` counts from 1. ``traits`` are the names of what was drawn, by category; ``parts`` the optional parts that are
    in it; ``seed`` is its own. ``state`` is drawn, pending, sending, live, or how it ended: success, failed, timeout,
    cancelled, refused. ``verdict`` is accepted, rejected or None. The ids are those of what has made it, whatever is
    deployed now. ``cost`` in US dollars and ``seconds`` are of all its runs; None where nobody knows.
    """

    number: int
    seed: int
    traits: Mapping[str, str]
    inputs: Mapping[str, Any]
    parts: tuple[str, ...] = ()
    generation: int = 1
    parent: str | None = None
    state: str = "drawn"
    verdict: str | None = None
    reason: str | None = None
    run_id: str | None = None
    workflow: str | None = None
    workflow_id: str | None = None
    version_id: str | None = None
    deployment_id: str | None = None
    seconds: float | None = None
    cost: float | None = None
    outputs: tuple[OutputItem, ...] = ()
    files: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What it is called in its batch: its number, and from the second time on which time it is."""
        return key_of(self.number, self.generation)

    @property
    def succeeded(self) -> bool:
        """Whether its run ended well."""
        return self.state == "success"

    @property
    def failed(self) -> bool:
        """Whether it came to nothing."""
        return self.state in FAILED

    def __str__(self) -> str:
        traits = ", ".join(f"{name}: {trait}" for name, trait in self.traits.items())
        return f"{self.key}: {self.verdict or self.state} ({traits})"


def key_of(number: int, generation: int) -> str:
    """The key of a piece.

    >>> key_of(7, 1), key_of(7, 2)
    ('7', '7.2')
    """
    return str(number) if generation == 1 else f"{number}.{generation}"


def latest(pieces: Iterable[_AnyMade]) -> dict[int, _AnyMade]:
    """Of each number the one that was made last, by number."""
    return {one.number: one for one in sorted(pieces, key=lambda one: (one.number, one.generation))}
