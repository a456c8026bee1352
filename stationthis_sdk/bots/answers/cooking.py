"""Cooks of people: under names of their own, the host told of each run, gone on with after a restart."""

import asyncio
import hashlib
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from stationthis_sdk.bots.answers.claims import Claims
from stationthis_sdk.errors import NotFound
from stationthis_sdk.logs import logger

if TYPE_CHECKING:
    from stationthis_sdk.bots.desk.desk import Desk
    from stationthis_sdk.bots.people import User
    from stationthis_sdk.recipes.collections.cook import AsyncCook

__all__ = ["Kitchen", "called", "cook_name", "kitchen_of"]

_AT_ONCE: Final = 2
"""Files of collections that are looked at: they may take a while, and nobody else shall wait for them."""
_PAUSE: float = 0.5
_TRIES: Final = 5
_INTERRUPTED: Final = "it was interrupted"


def cook_name(user: "User", name: str) -> str:
    """What somebody's cook is called: no other user's collection of this name is the same.

    >>> from stationthis_sdk.bots.people import User
    >>> cook_name(User("telegram", "1"), "foxes")
    'foxes-0b3a91'
    """
    return f"{name}-{_mark(user)}"


def called(user: "User", name: str) -> str:
    """What its user calls a cook."""
    return name.removesuffix(f"-{_mark(user)}")


def _mark(user: "User") -> str:
    return hashlib.sha256(user.key.encode()).hexdigest()[:6]


class Kitchen:
    """What one desk has to do with cooks. ``few`` and ``threads`` keep what strangers send from holding up others."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = weakref.ref(desk)
        self._followers: dict[str, asyncio.Task[None]] = {}
        self.busy: set[str] = set()
        self.taken: object = None
        """The start of the desk after which everything was taken up."""
        self.few = asyncio.Semaphore(_AT_ONCE)
        self.threads = ThreadPoolExecutor(_AT_ONCE, "stationthis-collections")

    def follow(self, user: "User", cook: "AsyncCook") -> None:
        """See that the host is told of each of its runs, once."""
        desk, before = self._desk(), self._followers.get(cook.name)
        if desk is not None and (before is None or before.done() or cook.state == "running"):
            if before is not None:
                before.cancel()
            task = asyncio.create_task(_charged(desk, user, cook), name="stationthis: a cook")
            self._followers[cook.name] = task
            desk._followers.add(task)  # noqa: SLF001 - it ends with the desk
            task.add_done_callback(desk._followers.discard)  # noqa: SLF001 - likewise

    async def take_up(self) -> None:
        """Go on with those that were under way when the process ended, and with telling the host."""
        desk = self._desk()
        if desk is None:
            return
        for user, name in await Claims(desk, "cook").all():
            follower = self._followers.get(name)
            if follower is not None and not follower.cancelled():
                continue
            try:
                cook = await desk.st.collections.get(name)
                if cook.batch._left or (cook.state == "paused" and cook.why == _INTERRUPTED):  # noqa: SLF001 - one house
                    await cook.resume(wait=False)
            except NotFound:
                continue  # it was never begun
            except Exception:  # noqa: BLE001 - its user can still go on with it
                logger("bots").exception("The cook %s is not gone on with.", name)
            else:
                self.follow(user, cook)


_KITCHENS: "weakref.WeakKeyDictionary[Desk, Kitchen]" = weakref.WeakKeyDictionary()


def kitchen_of(desk: "Desk") -> Kitchen:
    """That of a desk, the same each time."""
    if desk not in _KITCHENS:
        _KITCHENS[desk] = Kitchen(desk)
    return _KITCHENS[desk]


async def _charged(desk: "Desk", user: "User", cook: "AsyncCook") -> None:
    """Write down each run for the host when it has ended, and all there are at the end; again where that fails."""
    batch, told = cook.batch, set[str]()

    async def charge(run_id: str | None) -> None:
        if run_id is not None and run_id not in told:
            await desk.charge(user, run_id, batch.deployment_name)
            told.add(run_id)

    for attempt in range(1, _TRIES + 1):
        try:
            async for row in batch.as_completed():
                await charge(row.run_id)
            # A run that was cancelled leaves its row as if none had been.
            for run_id in await batch._store.runs_of(batch._record.id):  # noqa: SLF001 - one house
                await charge(run_id)
        except Exception:  # noqa: BLE001 - whatever it is, the host is to be told
            logger("bots").exception("The runs of cook %s are not told yet.", cook.name)
        else:
            return
        await asyncio.sleep(_PAUSE * 2**attempt)
