"""Several deployments one after the other: what one makes, the next is given. Pure."""

from collections.abc import Mapping
from typing import Any

import attrs

from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.recipes.images.handed_on import whole
from stationthis_sdk.shown import Shown
from stationthis_sdk.twins import twin

__all__ = ["Chain", "Step", "chain", "chain_of"]


@attrs.frozen
class Step:
    """One deployment of a chain, by name or itself, with words of its own."""

    workflow: Any
    words: Mapping[str, Any] = attrs.field(factory=dict)

    @property
    def name(self) -> str:
        """What people call it."""
        return self.workflow if isinstance(self.workflow, str) else str(self.workflow.name)


@attrs.frozen
class Chain(Shown):
    """Deployments of which each is given what the one before it made; ``chain`` makes one."""

    steps: tuple[Step, ...]

    def __repr__(self) -> str:
        return f"<chain: {self.name}>"

    @property
    def name(self) -> str:
        """Its deployments, with arrows."""
        return " → ".join(step.name for step in self.steps)


def chain(*steps: Any) -> Chain:
    """Several deployments as one workflow for ``make_image``: the outputs of one are the pictures of the next.

    Each step is a deployment or its name; with words of its own it is a pair, ``("upscale", {"strength": 0.3})``. The
    words of the call are the first step's; prompt, negative and seed are told to each step that takes them.

    Raises:
        InvalidInput: there is no step, or one that is no deployment.

    Example:
        >>> from stationthis_sdk import chain
        >>> drawn_twice = chain("text-to-picture", ("picture-to-picture", {"strength": 0.3}))
        >>> drawn_twice
        <chain: text-to-picture → picture-to-picture>
    """
    if not steps:
        raise InvalidInput("A chain has at least one step: chain('standard', 'upscale').")
    return Chain(tuple(step for given in steps for step in _steps_of(given)))


def chain_of(workflow: Any) -> Chain:
    """Whatever may be given as a workflow, as a chain; most are of one step.

    Raises:
        InvalidInput: it is none.
    """
    return Chain(tuple(_steps_of(workflow)))


def _steps_of(given: Any) -> tuple[Step, ...]:
    given = twin(given)
    if isinstance(given, Chain):
        return given.steps
    words: Any = {}
    if isinstance(given, tuple) and len(given) == 2:
        given, words = twin(given[0]), given[1]
    named = isinstance(given, str) and bool(given.strip())
    if not (named or hasattr(given, "estimate")) or not isinstance(words, Mapping):
        raise InvalidInput(
            "A step is a deployment, its name, or a pair of that and its words like ('upscale', {'strength': 0.3}); "
            f"got {given!r}."
        )
    return (Step(given, {name: whole(value) for name, value in words.items() if value is not None}),)
