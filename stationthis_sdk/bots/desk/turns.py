"""Whose turn it is: so many runs at once, and the next is of whom one was begun for longest ago. Pure."""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping

import attrs

__all__ = ["Turns", "Waiting", "order_of"]


@attrs.frozen
class Waiting:
    """A job that waits; ``since`` is seconds since 1970."""

    since: float
    job: str
    user: str


def order_of(waiting: Iterable[Waiting], served: Mapping[str, float]) -> list[str]:
    """The jobs in the order in which their turns come; ``served`` tells when each user's turn came last.

    Users take turns, each with the oldest of their own. Somebody new comes behind those who have been waiting since before,
    and before the second of whoever asked for many.

    >>> many = [Waiting(float(at), f"a{at}", "ada") for at in range(3)]
    >>> order_of([*many, Waiting(9.0, "b", "bob")], {})
    ['a0', 'b', 'a1', 'a2']
    """
    queues: defaultdict[str, list[Waiting]] = defaultdict(list)
    for one in sorted(waiting, key=lambda one: (one.since, one.job), reverse=True):
        queues[one.user].append(one)
    # In the first round by since when they have waited without a turn, then by whose turn was longest ago.
    ranks = [
        (0, max(own[-1].since, served.get(user, 0.0)), own[-1].since, own[-1].job, user)
        for user, own in queues.items()
    ]
    heapq.heapify(ranks)
    order: list[str] = []
    while ranks:
        *_, job, user = heapq.heappop(ranks)
        own = queues[user]
        own.pop()
        order.append(job)
        if own:
            heapq.heappush(ranks, (1, float(len(order)), own[-1].since, own[-1].job, user))
    return order


class Turns:
    """The turns of one bot: ``at_once`` jobs at work at the most, the others waiting in their order."""

    def __init__(self, at_once: int) -> None:
        self.at_once = at_once
        self._served: dict[str, float] = {}
        self._waiting: dict[str, Waiting] = {}
        self._held: set[str] = set()
        self._at_work: set[str] = set()
        self._order: list[str] | None = None

    def __contains__(self, job: str) -> bool:
        return job in self._waiting

    def heard(self, served: Mapping[str, float]) -> None:
        """What is known of earlier turns."""
        self._served = {**served, **self._served}
        self._order = None

    def add(self, job: str, user: str, since: float, *, held: bool = False) -> None:
        """One more waits; ``held`` keeps its place, and is not begun before ``free``."""
        self._waiting[job] = Waiting(since, job, user)
        self._order = None
        if held:
            self._held.add(job)

    def hold(self, job: str) -> None:
        """It is not begun before ``free``."""
        self._held.add(job)

    def free(self, job: str) -> None:
        """It may be begun when its turn comes."""
        self._held.discard(job)

    def drop(self, job: str) -> bool:
        """It waits no more; False: it did not wait."""
        self._held.discard(job)
        self._order = None
        return self._waiting.pop(job, None) is not None

    def take(self, now: float) -> str | None:
        """The next job, which is at work from now on; None while nobody waits, or enough are at work."""
        if len(self._at_work) >= self.at_once:
            return None
        job = next((one for one in self._in_order() if one not in self._held), None)
        if job is None:
            return None
        user = self._waiting[job].user
        self.drop(job)
        self._served[user] = max(now, self._served.get(user, now))
        self._at_work.add(job)
        return job

    def resume(self, job: str) -> None:
        """It was begun before: it takes a place, however many are at work."""
        self._at_work.add(job)

    def done(self, job: str) -> None:
        """It is not at work any more."""
        self._at_work.discard(job)

    def turn_of(self, job: str) -> int | None:
        """Its place in the queue, from 1; None where it does not wait."""
        if job not in self._waiting:
            return None
        return self._in_order().index(job) + 1

    @property
    def is_full(self) -> bool:
        """Whether a job that comes now has to wait."""
        return len(self._at_work) + len(self._waiting) > self.at_once

    @property
    def places(self) -> dict[str, int]:
        """The place of each that waits."""
        return {job: at for at, job in enumerate(self._in_order(), 1)}

    def _in_order(self) -> list[str]:
        if self._order is None:
            self._order = order_of(self._waiting.values(), self._served)
        return self._order
