"""Whose turn it is: fair to users, however many each asks for, and the same after a restart."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.bots.desk.turns import Turns, Waiting, order_of

USERS = some.sampled_from("abcd")
JOBS = some.lists(USERS, min_size=1, max_size=25).map(
    lambda users: [Waiting(float(at), f"{user}{at}", user) for at, user in enumerate(users)]
)
SERVED = some.dictionaries(USERS, some.floats(0, 50), max_size=4)


@given(JOBS, SERVED)
def test_everyone_once_and_their_own_in_order(waiting: list[Waiting], served: dict[str, float]) -> None:
    """Each job has one turn, and nobody's second job goes before their first."""
    order = order_of(waiting, served)
    assert Counter(order) == Counter(one.job for one in waiting)
    for user in "abcd":
        assert [job for job in order if job[0] == user] == [one.job for one in waiting if one.user == user]


@given(JOBS, SERVED)
def test_nobody_has_two_turns_while_another_waits(waiting: list[Waiting], served: dict[str, float]) -> None:
    """Between two turns of one user everybody else who waits has one."""
    order = order_of(waiting, served)
    for at, job in enumerate(order):
        later = next((place for place in range(at + 1, len(order)) if order[place][0] == job[0]), None)
        if later is not None:
            others = {one[0] for one in order[later:]} - {job[0]}
            assert others <= {one[0] for one in order[at + 1 : later]} | {job[0]}


@given(JOBS, SERVED)
def test_the_order_told_is_the_order_kept(waiting: list[Waiting], served: dict[str, float]) -> None:
    """Serving the first leaves the others in the order that was told; so does a restart after any of them."""
    order, now, left, so_far = order_of(waiting, served), 100.0, list(waiting), dict(served)
    for job in order:
        assert order_of(left, so_far)[0] == job
        now += 1
        so_far[job[0]] = now
        left = [one for one in left if one.job != job]


@given(JOBS, some.integers(1, 4))
def test_no_more_than_may_be_at_work(waiting: list[Waiting], at_once: int) -> None:
    """So many at work at the most; places in the queue count from one; one that is dropped has no turn."""
    turns = Turns(at_once)
    for one in waiting:
        turns.add(one.job, one.user, one.since)
    assert sorted(turns.places.values()) == list(range(1, len(waiting) + 1))
    assert turns.drop(waiting[-1].job)
    at_work, begun = set(), []
    while True:
        while (job := turns.take(1000.0 + len(begun))) is not None:
            at_work.add(job)
            begun.append(job)
            assert turns.turn_of(job) is None
        assert len(at_work) <= at_once
        if not at_work:
            break
        turns.done(at_work.pop())
    assert sorted(begun) == sorted(one.job for one in waiting[:-1])


def test_a_newcomer_waits_no_longer_than_one_round() -> None:
    """Somebody new comes before the second job of whoever has asked for many, and behind those who waited before."""
    many = [Waiting(float(at), f"a{at}", "a") for at in range(50)]
    bob = Waiting(10.0, "b0", "b")
    assert order_of([*many, bob, Waiting(60.0, "c0", "c")], {})[:4] == ["a0", "b0", "c0", "a1"]


def test_one_that_is_held_keeps_its_place() -> None:
    """A job that is not to be begun yet is passed over, and is the first once it may be."""
    turns = Turns(1)
    turns.add("a0", "a", 1.0, held=True)
    turns.add("b0", "b", 2.0)
    assert turns.turn_of("a0") == 1
    assert turns.take(3.0) == "b0"
    turns.free("a0")
    assert turns.take(4.0) is None
    turns.done("b0")
    assert turns.take(5.0) == "a0"
