"""Faults on demand, so that people can see what their programs make of a bad day of the service.

Off until switched on. Each kind draws from a random generator of its own, in the order of requests: the same seed
and the same requests give the same faults, and one kind doesn't disturb another.
"""

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Iterator
from fnmatch import fnmatchcase
from random import Random
from typing import Any, Final

import attrs

__all__ = ["FAULTS_HINT", "Delivery", "Fault", "Faults", "Plan"]

_KEPT: Final = 10_000
_HOUR: Final = 3600
_YEAR: Final = 365 * 86400
_STALLS: Final = frozenset({"queued", "running"})
_API: Final = "/api/"
_FILES: Final = "/files/"

_NAMED: Final = (
    "cut_answers",
    "drop_answers",
    "drop_requests",
    "duplicate_webhooks",
    "errors",
    "expire_links",
    "late_webhooks",
    "lose_polls",
    "lost_webhooks",
    "refuse",
    "reordered_webhooks",
    "slow",
    "stall",
)
_EXTRAS: Final = ("seed", "seconds", "retry_after")

FAULTS_HINT: Final = "such as drop_answers=0.2,errors=0.1,seed=1"


@attrs.frozen
class Fault:
    """A fault that was done: its kind, and the request, delivery or run it was done to."""

    kind: str
    method: str
    path: str


@attrs.frozen
class Plan:
    """What goes wrong with one request. ``before`` is instead of its work, ``after`` instead of its answer."""

    before: str | None = None
    after: str | None = None
    seconds: float = 0.0
    status: int = 429
    retry_after: float | None = None
    events: int = 0


@attrs.frozen
class Delivery:
    """What goes wrong with one webhook: how many of it arrive, how late, and whether the next one overtakes it."""

    copies: int = 1
    seconds: float = 0.0
    overtaken: bool = False


@attrs.define(eq=False)
class _Rule:
    kind: str
    share: float
    random: Random
    method: str | None = None
    path: str | None = None
    left: int | None = None
    more: dict[str, Any] = attrs.Factory(dict)

    def strikes(self, method: str, path: str) -> bool:
        """Draw for what this rule is about."""
        if self.left == 0 or (self.method is not None and self.method != method):
            return False
        if self.path is not None and not fnmatchcase(path, self.path):
            return False
        return self.random.random() < self.share


# In this order: of several faults of one request only the first counts, but for slowness, which goes with each.
_BEFORE: Final = ("drop_requests", "lose_polls", "refuse", "expire_links", "errors")
_AFTER: Final = ("errors_after", "cut_answers", "drop_answers")
_WEBHOOKS: Final = ("lost_webhooks", "duplicate_webhooks", "late_webhooks", "reordered_webhooks")


class Faults:
    """The faults of one gateway; safe to use from any thread.

    ``share`` is how many of the requests are struck, from 0 to 1. ``method`` and ``path`` (below ``/api``, or
    ``/files/…``; ``*`` stands for anything) say which ones, ``times`` how often at most, ``seed`` which dice.

    >>> faults = Faults()
    >>> faults.refuse(429, retry_after=2, times=1, path="/run/*")
    >>> [faults.of_request("GET", path) is not None for path in ("/api/machines", "/api/run/1", "/api/run/1")]
    [False, True, False]
    >>> faults.seen
    (Fault(kind='refuse', method='GET', path='/run/1'),)
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self._lock = threading.Lock()
        self._rules: list[_Rule] = []
        self._seen: deque[Fault] = deque(maxlen=_KEPT)
        self._waiting: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self._clears = 0
        self._stalled: dict[str, int] = {}

    def __repr__(self) -> str:
        kinds = ", ".join(sorted({rule.kind for rule in self._rules})) or "none"
        return f"<Faults: {kinds}; {len(self._seen)} done>"

    @property
    def seen(self) -> tuple[Fault, ...]:
        """The faults that were done, oldest first; the last ten thousand."""
        with self._lock:
            return tuple(self._seen)

    def drop_requests(self, share: float = 1.0, **which: Any) -> None:
        """Close the connection before anything is done."""
        self._add("drop_requests", share, which)

    def drop_answers(self, share: float = 1.0, **which: Any) -> None:
        """Do the work, then close the connection without an answer; a stream ends after its first events."""
        self._add("drop_answers", share, which)

    def cut_answers(self, share: float = 1.0, **which: Any) -> None:
        """Do the work, then close the connection halfway through the answer."""
        self._add("cut_answers", share, which)

    def errors(self, share: float = 1.0, *, after: bool = False, **which: Any) -> None:
        """Answer 500 as the service's own faults do: plain text, connection closed. ``after``: the work is done."""
        self._add("errors_after" if after else "errors", share, which)

    def refuse(
        self, status: int = 429, share: float = 1.0, *, retry_after: float | None = None, **which: Any
    ) -> None:
        """Answer with this status, and Retry-After if given; nothing is done."""
        if not 400 <= status < 600:
            raise ValueError(f"refuse takes a status from 400 to 599, not {status}")
        if retry_after is not None and not 0 <= retry_after < _HOUR:
            raise ValueError(f"retry_after is seconds, not {retry_after}")
        self._add("refuse", share, which, status=status, retry_after=retry_after)

    def slow(self, share: float = 1.0, *, seconds: float = 1.0, **which: Any) -> None:
        """Answer this many real seconds late."""
        if not 0 <= seconds <= _HOUR:
            raise ValueError(f"slow takes seconds from 0 to {_HOUR}, not {seconds}")
        self._add("slow", share, which, seconds=seconds)

    def lose_polls(self, share: float = 1.0, **which: Any) -> None:
        """Close the connection on those who ask how a run stands."""
        self._add("lose_polls", share, {"method": "GET", "path": "/run/*", **which})

    def expire_links(self, share: float = 1.0, **which: Any) -> None:
        """Answer requests for files as a bucket answers an expired link."""
        self._add("expire_links", share, {"method": "GET", "path": f"{_FILES}*", **which})

    def webhooks(
        self,
        *,
        lost: float = 0.0,
        duplicate: float = 0.0,
        late: float = 0.0,
        reordered: float = 0.0,
        seconds: float = 5.0,
        **which: Any,
    ) -> None:
        """Lose webhooks, send them twice, ``seconds`` of the gateway's clock late, or after the run's next one.

        ``path`` is matched with the receiver's whole URL.
        """
        shares = {"lost": lost, "duplicate": duplicate, "late": late, "reordered": reordered}
        if not any(shares.values()):
            raise ValueError(f"webhooks: say how many: {', '.join(shares)}, each a share from 0 to 1")
        if not 0 <= seconds <= _YEAR:
            raise ValueError(f"webhooks take seconds from 0 to {_YEAR}, not {seconds}")
        for name, share in shares.items():
            if share:
                self._add(f"{name}_webhooks", share, which, seconds=seconds)

    def stall(self, share: float = 1.0, *, at: str = "queued", **which: Any) -> None:
        """Let new runs stay queued, or running without progress, until :meth:`clear`, a cancel or their time limit."""
        if at not in _STALLS:
            raise ValueError(f"a run stalls at queued or running, not at {at!r}")
        self._add("stall", share, which, at=at)

    def clear(self) -> None:
        """Switch every fault off; stalled runs go on, slow answers come. What was seen is kept."""
        with self._lock:
            self._rules.clear()
            self._clears += 1
        self.wake()

    def switch_on(self, text: str) -> None:
        """Switch on what a line of text names, such as ``drop_answers=0.2,errors=0.1,seed=1``.

        >>> faults = Faults()
        >>> faults.switch_on("slow=0.1,seconds=2,lost_webhooks=1,seed=7"); faults
        <Faults: lost_webhooks, slow; 0 done>
        >>> faults.switch_on("rain=1")
        Traceback (most recent call last):
        ValueError: no fault is called 'rain'; there are cut_answers, drop_answers, ...
        """
        named: dict[str, float] = {}
        for part in filter(None, text.replace(" ", "").split(",")):
            name, _, value = part.partition("=")
            if name not in _NAMED and name not in _EXTRAS:
                known = ", ".join(_NAMED)
                raise ValueError(f"no fault is called {name!r}; there are {known}; also {', '.join(_EXTRAS)}")
            try:
                named[name] = float(value)
            except ValueError:
                raise ValueError(f"{part!r} should be a name and a number, {FAULTS_HINT}") from None
        extras: dict[str, float] = {name: named.pop(name) for name in _EXTRAS if name in named}
        dice: dict[str, Any] = {"seed": int(extras["seed"])} if "seed" in extras else {}
        for name, share in named.items():
            if name == "slow":
                self.slow(share, seconds=extras.get("seconds", 1.0), **dice)
            elif name == "refuse":
                self.refuse(429, share, retry_after=extras.get("retry_after"), **dice)
            elif name.endswith("_webhooks"):
                shares: dict[str, Any] = {name.removesuffix("_webhooks"): share}
                self.webhooks(**shares, seconds=extras.get("seconds", 5.0), **dice)
            else:
                getattr(self, name)(share, **dice)

    def of_request(self, method: str, path: str) -> Plan | None:
        """Decide what goes wrong with a request, when it comes."""
        if not self._rules or not path.startswith((_API, _FILES)):
            return None
        path = path.removeprefix(_API[:-1])
        with self._lock:
            struck = {rule.kind: rule for rule in self._rules if rule.strikes(method, path)}
            first = next((kind for kind in (*_BEFORE, *_AFTER) if kind in struck), None)
            done = [kind for kind in ("slow", first) if kind in struck]
            if not done:
                return None
            for kind in done:
                self._note(struck[kind], method, path)
            rule = struck.get(first or "")
            return Plan(
                before=first if first in _BEFORE else None,
                after=first if first in _AFTER else None,
                seconds=struck["slow"].more["seconds"] if "slow" in struck else 0.0,
                events=rule.random.randint(1, 4) if rule is not None and first in _AFTER else 0,
                **(rule.more if rule is not None and first == "refuse" else {}),
            )

    def of_webhook(self, url: str) -> Delivery:
        """Decide what goes wrong with a webhook, when it is to be sent."""
        if not self._rules:
            return Delivery()
        with self._lock:
            rules = [rule for rule in self._rules if rule.kind in _WEBHOOKS]
            struck = {rule.kind: rule for rule in rules if rule.strikes("POST", url)}
            if "lost_webhooks" in struck:
                struck = {"lost_webhooks": struck["lost_webhooks"]}
            for rule in struck.values():
                self._note(rule, "POST", url)
            return Delivery(
                0 if "lost_webhooks" in struck else 2 if "duplicate_webhooks" in struck else 1,
                struck["late_webhooks"].more["seconds"] if "late_webhooks" in struck else 0.0,
                "reordered_webhooks" in struck,
            )

    def of_run(self, run_id: str) -> str | None:
        """Decide where a new run stalls, if it does: queued or running."""
        if not self._rules:
            return None
        with self._lock:
            for rule in self._rules:
                if rule.kind == "stall" and rule.strikes("", f"/run/{run_id}"):
                    self._note(rule, "", f"/run/{run_id}")
                    self._stalled[run_id] = self._clears
                    return str(rule.more["at"])
        return None

    async def hold(self, run_id: str) -> None:
        """Wait while a run stalls: not at all where :meth:`clear` came before the run was so far."""
        with self._waited() as woken:
            with self._lock:
                stalls = self._stalled.pop(run_id, None) == self._clears
            if stalls:
                await woken.wait()

    async def pause(self, seconds: float | None = None) -> None:
        """Wait real seconds, or for ever, yet never beyond :meth:`clear` or the gateway's end."""
        with self._waited() as woken, contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await woken.wait()

    def wake(self) -> None:
        """End every pause."""
        with self._lock:
            waiting = list(self._waiting.items())
        for woken, loop in waiting:
            with contextlib.suppress(RuntimeError):  # its loop has ended, and its pause with it
                loop.call_soon_threadsafe(woken.set)

    @contextlib.contextmanager
    def _waited(self) -> Iterator[asyncio.Event]:
        woken = asyncio.Event()
        with self._lock:
            self._waiting[woken] = asyncio.get_running_loop()
        try:
            yield woken
        finally:
            with self._lock:
                del self._waiting[woken]

    def _note(self, rule: _Rule, method: str, path: str) -> None:
        if rule.left is not None:
            rule.left -= 1
        self._seen.append(Fault(rule.kind, method, path))

    def _add(self, kind: str, share: float, which: dict[str, Any], **more: Any) -> None:
        unknown = which.keys() - {"method", "path", "times", "seed"}
        if unknown:
            raise TypeError(
                f"{kind} takes no {', '.join(sorted(unknown))}; it takes method, path, times and seed"
            )
        if not 0 <= share <= 1:
            raise ValueError(f"{kind} takes a share from 0 to 1, not {share}")
        method, times, seed = which.get("method"), which.get("times"), which.get("seed")
        if times is not None and times < 0:
            raise ValueError(f"times is how often at most, not {times}")
        with self._lock:
            number = sum(rule.kind == kind for rule in self._rules)
            dice = Random(f"{self.seed if seed is None else seed}/{kind}/{number}")  # noqa: S311  repeatable
            method = None if method is None else method.upper()
            self._rules.append(_Rule(kind, share, dice, method, which.get("path"), times, more))
