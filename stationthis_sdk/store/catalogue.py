"""Copies of what the API said: read in place of asking again, outdated by every write. Deleting them changes nothing."""

import asyncio
import contextlib
import functools
import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import attrs

from stationthis_sdk.entities import Source, Told
from stationthis_sdk.errors import (
    ConnectionFailed,
    ConnectionLost,
    RateLimited,
    ServerError,
    StationThisError,
    TimedOut,
)
from stationthis_sdk.logs import logger
from stationthis_sdk.store.changes import Moment
from stationthis_sdk.store.lifetimes import lifetime_of
from stationthis_sdk.store.shelf import Label, Shelf, shelf_of

__all__ = ["Catalogue", "CopyInfo"]

T = TypeVar("T")

FETCH_SECONDS: Final = 30.0
"""So long others wait for one who fetches, and no longer."""
_LOOK_SECONDS: Final = 0.05
_PAUSE_AFTER_FAILURE: Final = 10.0
_DECODED: Final = 64


@attrs.frozen
class CopyInfo:
    """One copy: of what, how many bytes, how many seconds old, and whether a write has outdated it."""

    kind: str
    key: str
    bytes: int
    age: float
    current: bool


@attrs.frozen
class _Copy:
    """A copy, and the tokens there were when it was looked at."""

    value: Any
    label: Label
    tokens: tuple[str, str]

    def told(self, problem: str | None = None) -> Told[Any]:
        return Told(self.value, Source("cache", datetime.fromtimestamp(self.label.at, UTC), problem))

    @property
    def age(self) -> float:
        return max(0.0, time.time() - self.label.at)

    @property
    def current(self) -> bool:
        # A copy of the future was made before somebody set the clock back: who knows how old it is.
        return self.label.tokens == self.tokens and self.label.at <= time.time() + 1


@attrs.define(eq=False)
class _Flight:
    """A fetch on its way, and how many wait for it."""

    task: "asyncio.Task[Any]"
    tokens: tuple[str, str]
    waiting: int = 0


class Catalogue:
    """The copies of one account. ``folder`` None keeps none, and asks each time."""

    def __init__(self, folder: Path | None = None, scope: tuple[str, str] = ("", "")) -> None:
        self.scope = hashlib.sha256("\0".join(scope).encode()).hexdigest()[:16]
        self.hits = 0
        self.misses = 0
        self._folder = folder
        self._decoded: OrderedDict[tuple[str, str], tuple[Moment | None, _Copy]] = OrderedDict()
        self._flights: dict[tuple[asyncio.AbstractEventLoop, str, str], _Flight] = {}
        self._behind: dict[asyncio.Task[Any], asyncio.AbstractEventLoop] = {}
        self._ending: dict[asyncio.Task[Any], asyncio.AbstractEventLoop] = {}
        self._failed: dict[tuple[str, str], float] = {}

    @property
    def shelf(self) -> Shelf | None:
        """Where the copies are; None when none are kept."""
        return None if self._folder is None else shelf_of(self._folder)

    async def read(
        self, kind: str, key: str, fetch: Callable[[], Awaitable[T]], shape: Any, *, refresh: bool = False
    ) -> Told[T]:
        """What ``fetch`` would answer, from a copy where one is good enough.

        ``kind`` decides how long a copy is good, see ``lifetimes``; ``key`` names the copy within its kind;
        ``shape`` is the answer's type, of attrs classes and tuples. ``refresh`` asks in any case. When the service
        can't be asked, a copy of any age stands in, and its source says so.
        """
        shelf = self.shelf
        if shelf is None or shelf.why is not None:
            self.misses += 1
            return Told(await fetch(), Source.now())
        copy, tokens = await self._look(shelf, kind, key, shape)
        lifetime = lifetime_of(kind)
        if copy is not None and copy.current and not refresh and copy.age < lifetime.usable:
            self.hits += 1
            if copy.age >= lifetime.fresh:
                self._refresh_behind(shelf, kind, key, fetch, shape, tokens)
            return copy.told()
        self.misses += 1
        try:
            return await self._shared(shelf, kind, key, fetch, shape, tokens, anew=refresh)
        except StationThisError as error:
            if copy is None or refresh or not _is_passing(error):
                raise
            told = copy.told(error.message)
            logger("store").warning("The %s are told from memory (%s).", kind, told.source)
            return told

    async def recall(self, kind: str, key: str, shape: Any) -> Told[Any] | None:
        """The copy, if there is one that is good enough; nobody is asked."""
        shelf = self.shelf
        if shelf is None or shelf.why is not None:
            return None
        copy, _ = await self._look(shelf, kind, key, shape)
        usable = copy is not None and copy.current and copy.age < lifetime_of(kind).usable
        return copy.told() if copy is not None and usable else None

    async def forget(self, *kinds: str, key: str | None = None) -> None:
        """The copies of these kinds are out of date, or only the one of that key: for every process, at once.

        They stay, and stand in when the service can't be asked.
        """
        shelf = self.shelf
        if shelf is None:
            return

        def work() -> None:
            for kind in kinds:
                shelf.forget(self.scope, kind, None if key is None else key)

        await shelf.do(work, None)

    async def aclose(self) -> None:
        """End what is being asked behind."""
        running = asyncio.get_running_loop()
        mine = []
        for task, loop in list(self._behind.items()):
            if loop is running:
                task.cancel()
                mine.append(task)
            elif not loop.is_closed():
                loop.call_soon_threadsafe(task.cancel)
        await asyncio.gather(*mine, return_exceptions=True)
        ending = [task for task, loop in list(self._ending.items()) if loop is running]
        await asyncio.gather(*ending, return_exceptions=True)

    async def copies(self) -> list[CopyInfo]:
        """What is kept of this account."""
        shelf = self.shelf
        if shelf is None:
            return []

        def work() -> list[CopyInfo]:
            return [
                CopyInfo(
                    kind,
                    key.rpartition("@")[0],
                    size,
                    max(0.0, time.time() - label.at),
                    label.tokens == shelf.tokens(self.scope, kind, key),
                )
                for kind, key, label, size in shelf.labels(self.scope)
            ]

        return await shelf.do(work, [])

    async def clear(self, kind: str | None = None, name: str | None = None) -> int:
        """Take this account's copies away, those of a kind, or those that tell of a name; how many there were."""
        shelf = self.shelf
        if shelf is None:
            return 0

        def concerned(key: str, content: bytes) -> bool:
            from stationthis_sdk.store.shapes import tells_of  # noqa: PLC0415 - few ask

            return name is None or key.rpartition("@")[0] == name or tells_of(content, name)

        def work() -> int:
            self._decoded.clear()
            return shelf.clear(self.scope, kind, concerned)

        return await shelf.do(work, 0)

    async def _look(
        self, shelf: Shelf, kind: str, key: str, shape: Any
    ) -> tuple[_Copy | None, tuple[str, str]]:
        """The copy that is there, and the tokens of this moment: a visit to the disk if anything has changed there."""
        name = _named(key, shape)
        moment, copy = self._decoded.get((kind, name), (None, None))
        if copy is not None and moment is not None and moment == shelf.moment():
            await asyncio.sleep(0)  # who reads in a loop keeps nobody else from going on
            return copy, copy.tokens
        nothing: tuple[_Copy | None, tuple[str, str]] = (None, ("", ""))
        return await shelf.do(lambda: self._found(shelf, kind, name, shape), nothing)

    def _found(self, shelf: Shelf, kind: str, name: str, shape: Any) -> tuple[_Copy | None, tuple[str, str]]:
        """The same, from the disk; an answer is decoded once in this process."""
        moment = shelf.moment()  # first: what changes from now on is looked at again
        tokens = shelf.tokens(self.scope, kind, name)
        label = shelf.label(self.scope, kind, name)
        if label is None:
            return None, tokens
        _, known = self._decoded.get((kind, name), (None, None))
        if known is not None and known.label.version == label.version:
            copy = attrs.evolve(known, label=label, tokens=tokens)
        elif (decoded := _decoded(shelf, label, shape)) is not None:
            copy = _Copy(decoded[0], label, tokens)
        else:
            return None, tokens
        self._keep_decoded(kind, name, moment, copy)
        return copy, tokens

    def _keep_decoded(self, kind: str, name: str, moment: Moment | None, copy: _Copy) -> None:
        self._decoded[kind, name] = moment, copy
        self._decoded.move_to_end((kind, name))
        while len(self._decoded) > _DECODED:
            self._decoded.popitem(last=False)

    def _refresh_behind(
        self,
        shelf: Shelf,
        kind: str,
        key: str,
        fetch: Callable[[], Awaitable[Any]],
        shape: Any,
        tokens: tuple[str, str],
    ) -> None:
        """Ask again without anybody waiting; a failure keeps the copy, and leaves the service alone for a while."""
        loop = asyncio.get_running_loop()
        now = time.monotonic()
        if (loop, kind, key) in self._flights or now < self._failed.get((kind, key), 0.0):
            return

        async def work() -> None:
            try:
                await self._shared(shelf, kind, key, fetch, shape, tokens)
            except StationThisError as error:
                self._failed[kind, key] = time.monotonic() + _PAUSE_AFTER_FAILURE
                logger("store").info("The %s could not be asked again: %s", kind, error.message)

        task = loop.create_task(work())
        self._behind[task] = loop
        task.add_done_callback(lambda done: self._behind.pop(done, None))

    async def _shared(
        self,
        shelf: Shelf,
        kind: str,
        key: str,
        fetch: Callable[[], Awaitable[T]],
        shape: Any,
        tokens: tuple[str, str],
        *,
        anew: bool = False,
    ) -> Told[T]:
        """One fetch for all who wait on this loop; it ends with the last of them."""
        place = (asyncio.get_running_loop(), kind, key)
        flight = self._flights.get(place)
        # Who asks after a write, or wants it anew, does not want what was asked before.
        if flight is None or anew or flight.tokens != tokens:
            work = self._fetched(shelf, kind, key, fetch, shape, tokens, anew=anew)
            flight = _Flight(place[0].create_task(work), tokens)
            self._flights[place] = flight
            flight.task.add_done_callback(functools.partial(self._landed, place, flight))
        flight.waiting += 1
        try:
            told: Told[T] = await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                flight.task.cancel()
                self._taken_off(place, flight)  # whoever comes now begins anew
        return told

    def _landed(
        self, place: tuple[asyncio.AbstractEventLoop, str, str], flight: _Flight, task: "asyncio.Task[Any]"
    ) -> None:
        self._taken_off(place, flight)
        self._ending.pop(task, None)
        if not task.cancelled():
            task.exception()  # nobody may be there any more to hear of it

    def _taken_off(self, place: tuple[asyncio.AbstractEventLoop, str, str], flight: _Flight) -> None:
        if self._flights.get(place) is flight:
            del self._flights[place]
            self._ending[flight.task] = place[0]

    async def _fetched(
        self,
        shelf: Shelf,
        kind: str,
        key: str,
        fetch: Callable[[], Awaitable[T]],
        shape: Any,
        tokens: tuple[str, str],
        *,
        anew: bool,
    ) -> Told[T]:
        """One fetch for all processes: the others wait for what one of them brings, but not for ever."""
        name = _named(key, shape)
        begun = time.time()
        deadline = time.monotonic() + FETCH_SECONDS

        held: list[str] = []

        def begin() -> tuple[_Copy | None, tuple[str, str]]:
            # In this order: whoever fetched before has put a copy there before it let others fetch.
            if (mine := shelf.begin(self.scope, kind, name, FETCH_SECONDS)) is not None:
                held.append(mine)
            return self._found(shelf, kind, name, shape)

        def end() -> None:
            for mine in held:
                shelf.end(self.scope, kind, name, mine)

        nothing: tuple[_Copy | None, tuple[str, str]] = (None, tokens)
        try:
            while True:
                copy, tokens = await shelf.do(begin, nothing)
                oldest = math.inf if anew else begun - lifetime_of(kind).fresh
                if copy is not None and copy.current and copy.label.at >= oldest:
                    return copy.told()
                if held or anew or shelf.why is not None or time.monotonic() >= deadline:
                    break
                await asyncio.sleep(_LOOK_SECONDS)
            at = time.time()
            value = await fetch()
            await self._keep(shelf, kind, name, value, shape, at, tokens)
        finally:
            # In any case: who is cancelled while it begins may hold it all the same, and this comes after.
            with contextlib.suppress(RuntimeError):  # the loop, or the interpreter, is on its way out
                await asyncio.shield(shelf.do(end, None))
        return Told(value, Source("api", datetime.fromtimestamp(at, UTC)))

    async def _keep(
        self, shelf: Shelf, kind: str, name: str, value: Any, shape: Any, at: float, tokens: tuple[str, str]
    ) -> None:
        from stationthis_sdk.store.shapes import encode  # noqa: PLC0415 - with the first copy

        def work() -> None:
            label = shelf.put(self.scope, kind, name, encode(value, shape), at, tokens)
            if label.at == at:
                self._keep_decoded(kind, name, None, _Copy(value, label, tokens))
                self._found(shelf, kind, name, shape)  # so that the next reader need not

        await shelf.do(work, None)


def _named(key: str, shape: Any) -> str:
    """A copy's name with its shape's: another version of the SDK reads its own copies only."""
    from stationthis_sdk.store.shapes import shape_name  # noqa: PLC0415 - with the first copy

    return f"{key}@{shape_name(shape)}"


def _decoded(shelf: Shelf, label: Label, shape: Any) -> tuple[Any] | None:
    """The answer of a label, if it is there and of this shape."""
    from stationthis_sdk.store.shapes import decode  # noqa: PLC0415 - with the first copy

    content = shelf.content(label)
    if content is None:
        return None
    try:
        return (decode(content, shape),)
    except ValueError as error:
        logger("store").info("A copy was left aside: %s", error)
        return None


def _is_passing(error: StationThisError) -> bool:
    """Whether the service can't be asked just now; a refusal is an answer."""
    return isinstance(error, ConnectionFailed | ConnectionLost | TimedOut | RateLimited | ServerError)
