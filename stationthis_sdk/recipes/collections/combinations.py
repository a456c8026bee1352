"""How many combinations there are when some never come together: counted exactly, and walked without a dead end. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import attrs

from stationthis_sdk.errors import InvalidInput

__all__ = ["Combinations"]

_MOST_STATES: Final = 100_000
"""Of the counting; what needs more has exclusions across all categories."""

Exclusion = Mapping[int, int]
"""Choices and their options that never come together, all of them."""


@attrs.frozen
class _Step:
    """One choice in the order in which they are made: what each of its options means for exclusions."""

    choice: int
    options: int
    named: Mapping[int, tuple[tuple[int, bool, bool], ...]]
    """By option: exclusions that it is part of, and whether it is their first and their last part."""
    option_in: Mapping[int, int]
    """By exclusion: the option that is part of it."""
    begin: frozenset[int]
    """Options that are the first part of an exclusion."""
    touched: int
    """Exclusions that any of its options is part of."""


@attrs.define(eq=False)
class Combinations:
    """Choices with so many options each, and exclusions.

    Choices that exclude each other stand together, so that little has to be remembered between them: a state is which of
    the exclusions begun so far may still come true.

    >>> Combinations.of([2, 3, 10], [{0: 1, 1: 2}]).count
    50
    """

    steps: Sequence[_Step]
    _counted: dict[tuple[int, int], int] = attrs.field(factory=dict)

    @classmethod
    def of(cls, options: Sequence[int], exclusions: Sequence[Exclusion]) -> "Combinations":
        """Put the choices in order."""
        order = _order(len(options), exclusions)
        place = {choice: at for at, choice in enumerate(order)}
        first = [min(place[choice] for choice in one) for one in exclusions]
        last = [max(place[choice] for choice in one) for one in exclusions]
        steps = []
        for at, choice in enumerate(order):
            named: dict[int, list[tuple[int, bool, bool]]] = {}
            touched = 0
            for number, one in enumerate(exclusions):
                if choice in one:
                    named.setdefault(one[choice], []).append(
                        (number, first[number] == at, last[number] == at)
                    )
                    touched |= 1 << number
            steps.append(
                _Step(
                    choice,
                    options[choice],
                    {option: tuple(some) for option, some in named.items()},
                    {number: option for option, some in named.items() for number, _, _ in some},
                    frozenset(
                        option for option, some in named.items() if any(is_first for _, is_first, _ in some)
                    ),
                    touched,
                )
            )
        return cls(steps)

    @property
    def count(self) -> int:
        """All of them.

        Raises:
            InvalidInput: the exclusions are too tangled.
        """
        return self.from_here(0, 0)

    def after(self, level: int, alive: int, option: int) -> int | None:
        """What may still come true when this option is taken; None: it is excluded."""
        step = self.steps[level]
        now = alive & ~step.touched
        for number, is_first, is_last in step.named.get(option, ()):
            if is_first or alive >> number & 1:
                if is_last:
                    return None
                now |= 1 << number
        return now

    def from_here(self, level: int, alive: int) -> int:
        """How many ways there are to make the choices from this one on."""
        if level == len(self.steps):
            return 1
        if (level, alive) not in self._counted:
            self._count(level, alive)
        return self._counted[level, alive]

    def _count(self, level: int, alive: int) -> None:
        """Count from here on: first every state that can be reached, then back from the last choice to this one."""
        states = [{alive}]
        for at in range(level, len(self.steps)):
            reached: set[int] = set()
            for state in states[-1]:
                reached.update(now for now, _ in self._next(at, state) if (at + 1, now) not in self._counted)
                if len(self._counted) + sum(map(len, states)) + len(reached) > _MOST_STATES:
                    raise InvalidInput(
                        "The exclusions are too tangled to be counted: name fewer categories in them, or make one "
                        "category of those that exclude each other everywhere."
                    )
            states.append(reached)
        for at in reversed(range(level, len(self.steps))):
            for state in states[at - level]:
                self._counted[at, state] = sum(
                    options * self.from_here(at + 1, now) for now, options in self._next(at, state)
                )

    def _next(self, level: int, alive: int) -> Iterator[tuple[int, int]]:
        """What may still come true after this choice, each with the number of options that lead there."""
        step = self.steps[level]
        matter = {*step.begin, *(step.option_in[number] for number in _bits(alive & step.touched))}
        if others := step.options - len(matter):
            yield alive & ~step.touched, others
        for option in matter:
            now = self.after(level, alive, option)
            if now is not None:
                yield now, 1


def _bits(mask: int) -> Iterator[int]:
    """Which bits are set."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _order(choices: int, exclusions: Sequence[Exclusion]) -> list[int]:
    """Choices that share an exclusion one after the other, those without any at the end; otherwise as they were given."""
    partners: dict[int, list[int]] = {}
    for one in exclusions:
        for choice in one:
            partners.setdefault(choice, []).extend(one)
    order: list[int] = []
    seen: set[int] = set()
    for begin in range(choices):
        waiting = [begin] if begin in partners and begin not in seen else []
        while waiting:
            choice = waiting.pop(0)
            if choice not in seen:
                seen.add(choice)
                order.append(choice)
                waiting += [one for one in partners[choice] if one not in seen]
    return [*order, *(one for one in range(choices) if one not in seen)]
