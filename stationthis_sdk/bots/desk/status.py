"""The message that tells how a job gets on: said once, edited politely, and gone, or the last word, at the end."""

import asyncio
import weakref
from typing import TYPE_CHECKING, Final

from stationthis_sdk.bots.desk.sender import Impossible, NotSent, Sender, Unsure
from stationthis_sdk.bots.people import Place
from stationthis_sdk.bots.render.edits import Edits, Pace
from stationthis_sdk.logs import logger, redact

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from stationthis_sdk.bots.render.steps import Button

__all__ = ["Paces", "Status"]

Shown = tuple[str, "tuple[tuple[Button, ...], ...]"]

_TRIES: Final = 4
_FIRST_PAUSE: Final = 1.0
_LONGEST_WAIT: Final = 120.0


class Paces:
    """How often may be edited: in each chat, and in all of them together."""

    def __init__(self, sender: Sender) -> None:
        self._limits = sender.limits
        self._chats: weakref.WeakValueDictionary[str, Pace] = weakref.WeakValueDictionary()
        self.overall = Pace(self._limits.overall)

    def of(self, place: Place) -> Pace:
        """The pace of one chat."""
        pace = self._chats.get(place.chat)
        if pace is None:
            pace = self._chats[place.chat] = Pace(self.every(place))
        return pace

    def every(self, place: Place) -> float:
        """Seconds between two edits there."""
        return self._limits.a_chat if place.private else self._limits.a_group


class Status:
    """The status message of one job; what can't be said is not minded, for the job goes on."""

    def __init__(
        self,
        sender: Sender,
        paces: Paces,
        place: Place,
        message: str | None,
        said: "Callable[[str], Awaitable[None]]",
    ) -> None:
        self.message = message
        self._sender = sender
        self._place = place
        self._paces = paces
        self._said = said
        self._shown: Shown | None = None
        self._unsaid = False
        self._saying = asyncio.Lock()
        self._edits: Edits[Shown] = Edits(self._write, every=paces.every(place), pace=paces.of(place))

    async def say(self, text: str, buttons: "tuple[tuple[Button, ...], ...]" = ()) -> None:
        """Say it for the first time.

        Raises:
            Impossible: the bot may not write there.
        """
        async with self._saying:
            try:
                self.message = await self._sender.say(self._place, text, buttons)
            except (NotSent, Unsure) as error:
                logger("bots").warning("A status was not said: %s", redact(str(error)))
                self._unsaid = isinstance(error, NotSent)
                return
            self._shown = (text, buttons)
            await self._said(self.message)

    def put(self, text: str, buttons: "tuple[tuple[Button, ...], ...]" = ()) -> None:
        """Have it say this soon, unless something newer comes."""
        if (self._unsaid or self.message is not None) and (text, buttons) != self._shown:
            self._edits.put((text, buttons))

    async def end(self, text: str, buttons: "tuple[tuple[Button, ...], ...]" = ()) -> None:
        """Have it say this for good; where it can't be edited any more, it is said anew.

        Raises:
            Impossible: the bot may not write there.
        """
        async with self._saying:  # what is being said for the first time may be edited in a moment
            pass
        if self._unsaid or self.message is not None:
            self._edits.put((text, buttons))  # behind what waits there, never before it
            await self._edits.close()
            if self._shown == (text, buttons):
                return
        for attempt in range(_TRIES):
            try:
                self.message = await self._sender.say(self._place, text, buttons)
            except Unsure:
                return
            except NotSent as error:
                await _wait(error, attempt)
            else:
                await self._said(self.message)
                return

    async def remove(self) -> None:
        """Take it away: what it told of is there."""
        async with self._saying:
            pass
        if self.message is None:  # there is nothing to say any more
            self._unsaid = False
            self._edits.drop()
        await self._edits.close()
        if self.message is None:
            return
        for attempt in range(_TRIES):
            try:
                await self._sender.remove(self._place, self.message)
            except NotSent as error:
                await _wait(error, attempt)
            except Unsure as error:
                await _wait(NotSent(str(error)), attempt)
            except Impossible as error:
                logger("bots").warning("A status stays: %s", redact(str(error)))
                return
            else:
                return

    async def _write(self, what: Shown) -> None:
        await self._paces.overall.turn()
        text, buttons = what
        if self.message is not None:
            await self._sender.edit(self._place, self.message, text, buttons)
            self._shown = what
        elif self._unsaid:
            try:
                self.message = await self._sender.say(self._place, text, buttons)
            except Unsure:
                self._unsaid = False  # said twice is worse than not at all
                self._shown = what
                return
            self._unsaid = False
            self._shown = what
            await self._said(self.message)


async def _wait(error: NotSent, attempt: int) -> None:
    await asyncio.sleep(min(error.retry_after or _FIRST_PAUSE * 2**attempt, _LONGEST_WAIT))
