"""What every resource of one client shares."""

import asyncio
import weakref
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from stationthis_sdk.api.service import Service
from stationthis_sdk.config import Settings
from stationthis_sdk.entities import Timeouts
from stationthis_sdk.showing import View, watched
from stationthis_sdk.store.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from stationthis_sdk.here import Here
    from stationthis_sdk.money.rates import Prices
    from stationthis_sdk.polling import Polling
    from stationthis_sdk.store.ledger import Ledger
    from stationthis_sdk.uploads.sender import Uploads

__all__ = ["CANCEL_GRACE", "Context"]

CANCEL_GRACE: float = 600.0
"""Seconds for which a cancel that was refused is tried again: the service can't cancel a run before a machine has it."""


@attrs.frozen(slots=False)  # what is made later lies in its __dict__
class Context:
    """One client's settings, its way to the service, and its copies of answers."""

    settings: Settings
    service: Service
    timeouts: Timeouts
    catalogue: Catalogue = attrs.field(factory=Catalogue)
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

    @cached_property
    def uploads(self) -> "Uploads":
        """Files on their way up, each content once."""
        from stationthis_sdk.uploads.sender import Uploads  # noqa: PLC0415 - many send no files

        return Uploads(self.settings, self.service)

    @cached_property
    def here(self) -> "Here":
        """The client of this machine, for those who opted in."""
        from stationthis_sdk.here import Here  # noqa: PLC0415 - likewise

        return Here(self.timeouts, self.settings.flags)

    @cached_property
    def polling(self) -> "Polling":
        """The pace of all looks at live runs."""
        from stationthis_sdk.polling import Polling  # noqa: PLC0415 - many wait for nothing

        return Polling(self.service, nearby=self.settings.nearby)

    @cached_property
    def prices(self) -> "Prices":
        """What machines cost."""
        from stationthis_sdk.money.rates import Prices  # noqa: PLC0415 - likewise

        return Prices(self.settings, self.service, self.catalogue)

    @property
    def ledger(self) -> "Ledger":
        """What this account has in the ledger; asked for each time, as a forked child has a file of its own."""
        return self._ledger_now()

    @cached_property
    def _ledger_now(self) -> "Callable[[], Ledger]":
        from stationthis_sdk.store.ledger import Ledger  # noqa: PLC0415 - SQLite is loaded with the first look
        from stationthis_sdk.store.ledger_file import ledger_file  # noqa: PLC0415 - likewise

        settings, account = self.settings, self._account
        return lambda: Ledger(ledger_file(settings.home), settings.base_url, account)

    @cached_property
    def _account(self) -> str:
        """Whose key it is: reading that takes longer than a look into the ledger."""
        return self.settings.account

    async def let_go(self) -> None:
        """Let go of what is at work on this loop, batches and views: what runs goes on, and a batch's next start waits for it."""
        here = asyncio.get_running_loop()
        tasks = [task for task in (*self.batches, *self.views) if task.get_loop() is here]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def aclose(self) -> None:
        """Let go of what is at work on this loop, and close its connections."""
        await self.let_go()
        for name in ("prices", "here"):
            if (made := vars(self).get(name)) is not None:
                await made.aclose()
        await self.catalogue.aclose()
        await self.service.edge.aclose()
