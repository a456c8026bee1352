"""What every resource of one client shares."""

import asyncio
import weakref
from typing import TYPE_CHECKING, Any

import attrs

from stationthis_sdk.api.service import Service
from stationthis_sdk.config import Settings
from stationthis_sdk.entities import Timeouts
from stationthis_sdk.here import Here
from stationthis_sdk.money.rates import Prices
from stationthis_sdk.polling import Polling
from stationthis_sdk.showing import View, watched
from stationthis_sdk.store.catalogue import Catalogue
from stationthis_sdk.store.ledger import Ledger
from stationthis_sdk.store.ledger_file import ledger_file
from stationthis_sdk.uploads.sender import Uploads

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["CANCEL_GRACE", "Context"]

CANCEL_GRACE: float = 600.0
"""Seconds for which a cancel that was refused is tried again: the service can't cancel a run before a machine has it."""


@attrs.frozen
class Context:
    """One client's settings, its way to the service, and its copies of answers."""

    settings: Settings
    service: Service
    timeouts: Timeouts
    catalogue: Catalogue = attrs.field(factory=Catalogue)
    uploads: Uploads = attrs.field(
        init=False,
        eq=False,
        repr=False,
        default=attrs.Factory(lambda self: Uploads(self.settings, self.service), takes_self=True),
    )
    here: Here = attrs.field(
        init=False,
        eq=False,
        repr=False,
        default=attrs.Factory(lambda self: Here(self.timeouts, self.settings.flags), takes_self=True),
    )
    polling: Polling = attrs.field(
        init=False,
        eq=False,
        repr=False,
        default=attrs.Factory(
            lambda self: Polling(self.service, nearby=self.settings.nearby), takes_self=True
        ),
    )
    prices: Prices = attrs.field(
        init=False,
        eq=False,
        repr=False,
        default=attrs.Factory(
            lambda self: Prices(self.settings, self.service, self.catalogue), takes_self=True
        ),
    )
    batches: set["asyncio.Task[Any]"] = attrs.field(factory=set, eq=False, repr=False)
    """The batches that this client has at work; nobody need hold on to them."""
    views: set["asyncio.Task[Any]"] = attrs.field(factory=set, eq=False, repr=False)
    """What is shown in the background."""
    live: "weakref.WeakSet[Any]" = attrs.field(factory=weakref.WeakSet, eq=False, repr=False)
    """The runs this client has started and somebody still holds: told of when one of them is interrupted."""

    unwanted: set[str] = attrs.field(factory=set, eq=False, repr=False)
    """The runs that were to be cancelled through this client: nobody makes them again by themselves."""

    def show(self, view: View, watching: "Callable[[], Awaitable[None]]") -> None:
        """Let a view go on in the background until what it watches is over, or the client is closed."""
        task = asyncio.get_running_loop().create_task(watched(view, watching))
        self.views.add(task)
        task.add_done_callback(self.views.discard)
        # One that is cancelled before its first step closes nothing itself.
        task.add_done_callback(lambda _: view.close())

    @property
    def ledger(self) -> Ledger:
        """What this account has in the ledger; asked for each time, as a forked child has a file of its own."""
        return Ledger(ledger_file(self.settings.home), self.settings.base_url, self.settings.account)

    async def let_go(self) -> None:
        """Let go of what is at work on this loop, batches and views: what runs goes on, and a batch's next start waits for it."""
        here = asyncio.get_running_loop()
        tasks = [task for task in (*self.batches, *self.views) if task.get_loop() is here]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
