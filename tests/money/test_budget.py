"""A budget: whatever the order of starts, ends and restarts, it is never passed by more than runs pass their estimates."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    precondition,
    rule,
)

from stationthis_sdk import InvalidInput
from stationthis_sdk.money.budget import Budget

AMOUNTS = st.floats(0, 50, allow_nan=False)


def test_what_is_reserved_is_not_spent_twice() -> None:
    """Reservations count until the run has ended, its cost from then on."""
    budget = Budget(1.0, spent=0.25)
    budget.reserve("a", 0.5)
    assert (budget.spent, budget.reserved, budget.left) == (0.25, 0.5, 0.25)
    assert budget.may(0.25)
    assert not budget.may(0.26)
    budget.settle("a", 0.125)
    assert (budget.spent, budget.reserved, budget.left) == (0.375, 0.0, 0.625)


def test_tenths_fit() -> None:
    """Three tenths are 0.3, whatever floats say."""
    budget = Budget(0.3)
    for run in "abc":
        assert budget.may(0.1)
        budget.reserve(run, 0.1)
    assert not budget.may(0.0001)


def test_a_run_that_costs_more_than_was_reserved_counts_with_what_it_costs() -> None:
    """While it lives, too; and never with less than its reservation."""
    budget = Budget(1.0)
    budget.reserve("a", 0.25)
    budget.grown("a", 0.125)
    assert budget.reserved == 0.25
    budget.grown("a", 0.75)
    budget.grown("a", 0.5)
    budget.grown("nobody", 5.0)
    assert budget.reserved == 0.75
    assert not budget.may(0.5)
    budget.settle("a", None)
    assert budget.spent == 0.75


def test_without_an_estimate_one_at_a_time() -> None:
    """The first run tells what one costs; those of known cost are not held up by it."""
    budget = Budget(1.0)
    assert budget.may(None)
    budget.reserve("first", None)
    assert not budget.may(None)
    assert budget.may(1.0)
    budget.settle("first", 0.25)
    assert budget.may(None)
    assert not Budget(1.0, spent=1.0).may(None)


def test_what_nobody_ever_knows_stops_guessing() -> None:
    """A run without estimate that ended without a cost: no other is started blindly."""
    budget = Budget(1.0)
    budget.reserve("first", None)
    budget.settle("first", None)
    assert (budget.blind, budget.spent) == (1, 0.0)
    assert not budget.may(None)
    assert budget.may(0.5)


def test_an_end_counts_once() -> None:
    """Told twice, or of a run that came to nothing, it changes nothing."""
    budget = Budget(1.0)
    budget.reserve("a", 0.5)
    budget.settle("a", 0.5)
    budget.settle("a", 0.5)
    budget.reserve("b", 0.25)
    budget.release("b")
    budget.settle("b", 0.25)
    assert (budget.spent, budget.reserved) == (0.5, 0.0)


@pytest.mark.parametrize("bad", [-0.01, nan, inf, True, "1", None])
def test_amounts_are_amounts(bad: object) -> None:
    """What is none is refused before it can count as nothing."""
    with pytest.raises(InvalidInput, match="US dollars"):
        Budget(bad)  # type: ignore[arg-type]
    if bad is not None:
        with pytest.raises(InvalidInput, match="US dollars"):
            Budget(1.0).may(bad)  # type: ignore[arg-type]


@given(AMOUNTS, st.lists(st.tuples(AMOUNTS, st.floats(0, 1)), max_size=30))
def test_estimates_that_hold_never_pass_it(limit: float, runs: list[tuple[float, float]]) -> None:
    """Whoever starts what ``may`` allows, and runs cost no more than was said: limit is the most that is spent."""
    budget = Budget(limit)
    for number, (estimate, _share) in enumerate(runs):
        if budget.may(estimate):
            budget.reserve(str(number), estimate)
        if number % 3 == 2:
            budget.settle(str(number - 1), runs[number - 1][0] * runs[number - 1][1])
    for number, (estimate, share) in enumerate(runs):
        budget.settle(str(number), estimate * share)
    assert budget.spent <= limit + 1e-6
    assert budget.reserved == 0


class Spending(RuleBasedStateMachine):
    """Runs start, grow, end and vanish in any order, the process restarts; beside it the plain sums."""

    runs = Bundle("runs")

    @initialize(limit=AMOUNTS)
    def begin(self, limit: float) -> None:
        """An empty budget."""
        self.budget = Budget(limit)
        self.live: dict[str, tuple[float | None, float]] = {}
        self.spent = self.excess = self.guessed = 0.0
        self.number = 0

    @rule(target=runs, estimate=st.none() | AMOUNTS)
    def start(self, estimate: float | None) -> str:
        """One more run, if it may."""
        self.number += 1
        key = str(self.number)
        if self.budget.may(estimate):
            assert estimate is not None or not any(one is None for one, _ in self.live.values())
            self.budget.reserve(key, estimate)
            self.live[key] = (estimate, 0.0)
        return key

    @rule(key=runs, so_far=AMOUNTS)
    def grow(self, key: str, so_far: float) -> None:
        """A run costs something already."""
        self.budget.grown(key, so_far)
        if key in self.live:
            estimate, before = self.live[key]
            self.live[key] = (estimate, max(before, so_far))

    @rule(key=consumes(runs), cost=st.none() | AMOUNTS)
    def end(self, key: str, cost: float | None) -> None:
        """A run has ended, at least as dear as it was."""
        estimate, so_far = self.live.pop(key, (None, 0.0))
        cost = None if cost is None else max(cost, so_far)
        known = key in self.live or self.budget.reserved or estimate is not None or so_far
        before = self.budget.spent
        self.budget.settle(key, cost)
        counted = self.budget.spent - before
        self.spent += counted
        if estimate is None:
            self.guessed = max(self.guessed, counted)
        elif known:
            self.excess += max(0.0, counted - estimate)

    @rule(key=runs)
    def end_again(self, key: str) -> None:
        """An end that is told twice, or of a run that never was."""
        if key not in self.live:
            before = self.budget.spent
            self.budget.settle(key, 1.0)
            assert self.budget.spent == before

    @rule(key=consumes(runs))
    def vanish(self, key: str) -> None:
        """No run was made."""
        if self.live.get(key, (None, 0.0))[1] == 0.0:
            self.budget.release(key)
            self.live.pop(key, None)

    @precondition(lambda self: not self.budget.blind)
    @rule()
    def restart(self) -> None:
        """The process is killed and begins with what the ledger has."""
        self.budget = Budget(self.budget.limit, self.budget.spent)
        for key, (estimate, so_far) in self.live.items():
            self.budget.reserve(key, estimate)
            self.budget.grown(key, so_far)

    @invariant()
    def the_promise(self) -> None:
        """Never over the limit by more than runs are over their estimates, and one run that was guessed."""
        live_over = sum(max(0.0, so_far - (one or 0.0)) for one, so_far in self.live.values())
        over = self.excess + live_over + self.guessed
        assert self.budget.spent + self.budget.reserved <= self.budget.limit + over + 1e-6

    @invariant()
    def the_sums(self) -> None:
        """What it tells is what happened."""
        assert self.budget.spent == pytest.approx(self.spent)
        assert self.budget.reserved == pytest.approx(
            sum(max(one or 0.0, so_far) for one, so_far in self.live.values())
        )


TestSpending = Spending.TestCase
