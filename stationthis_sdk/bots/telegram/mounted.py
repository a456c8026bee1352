"""The bot's commands in an application of python-telegram-bot: started, kept up to date, and closed with it."""

import asyncio
import contextlib
import logging
import time
import weakref
from collections.abc import Awaitable, Callable, Collection, Coroutine
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from telegram import Update
from telegram.ext import ApplicationHandlerStop, TypeHandler

from stationthis_sdk.bots.answers.taking_up import take_up
from stationthis_sdk.bots.commands.catalogue import Catalogue
from stationthis_sdk.bots.desk.desk import Desk
from stationthis_sdk.bots.hooks import Hooks
from stationthis_sdk.bots.render.limits import Limits
from stationthis_sdk.bots.telegram.inbox import Inbox
from stationthis_sdk.bots.telegram.questions import Questions
from stationthis_sdk.bots.telegram.registering import Registered
from stationthis_sdk.bots.telegram.replying import Replies
from stationthis_sdk.bots.telegram.sender import TelegramSender
from stationthis_sdk.bots.telegram.updates import App, Updates
from stationthis_sdk.errors import InvalidInput, StationThisError
from stationthis_sdk.logs import Redaction, is_secret, logger, remember

if TYPE_CHECKING:
    from stationthis_sdk.client import AsyncStationThis

__all__ = ["Mounted"]

_FIRST_LOOK: Final = 10.0
"""Seconds that the first updates wait for the catalogue, at most."""
_LOOK_AGAIN: Final = 15.0
_TALKATIVE: Final = (
    "httpx",
    "telegram",
    "telegram.Bot",
    "telegram.ext",
    "telegram.ext.Application",
    "telegram.ext.ExtBot",
    "telegram.ext.Updater",
)
_AT_WORK: "Final[weakref.WeakValueDictionary[str, Mounted]]" = weakref.WeakValueDictionary()
"""By the bots' numbers."""


class Mounted:
    """What ``install`` returns: the ``desk``, the ``catalogue`` and the ``sender`` of one bot.

    ``run_polling`` and ``run_webhook`` start and close it. Whoever starts the application by hand writes ``async with
    mounted:`` once it is initialized, or calls ``start`` and ``close``; else it starts with the first update.
    """

    def __init__(
        self,
        application: App,
        st: "AsyncStationThis",
        hooks: Hooks,
        limits: Limits,
        *,
        at_once: int,
        catalogue_seconds: float,
        reactions: bool,
        answer_unknown: bool,
        leave: Collection[str],
    ) -> None:
        bot = application.bot
        remember(bot.token)
        _keep_from_logs()
        self._number = bot.token.partition(":")[0]
        self._application = application
        self._st = st
        self._every = catalogue_seconds
        self.sender = TelegramSender(bot, limits)
        self.catalogue = Catalogue(st, limits)
        self.desk = Desk(st, self.sender, hooks, bot=f"telegram:{self._number}", at_once=at_once)
        self._questions = Questions(bot, Inbox(st, self.desk.bot, "question"))
        self._replies = Replies(self.desk, self.catalogue, self.sender, self._questions, reactions=reactions)
        self._updates = Updates(
            application,
            self.catalogue,
            self._replies,
            Inbox(st, self.desk.bot, "update"),
            answer_unknown=answer_unknown,
            leave=leave,
        )
        self._looking: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._in_order = asyncio.Lock()
        self._started = False
        self._not_before = 0.0

    def __repr__(self) -> str:
        return f"<StationThis on Telegram, bot {self._number}>"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def start(self) -> None:
        """Take up what is unfinished, learn what is deployed, and show the commands; a second time changes nothing.

        Raises:
            InvalidInput: another one is at work for this bot, in this process.
            SaveFailed: what is unfinished can't be read; commands are answered all the same.
        """
        async with self._starting:
            if self._started:
                return
            self._alone()
            _AT_WORK[self._number] = self
            problem = None
            try:
                await self.desk.start()
                await take_up(self.desk)
            except StationThisError as error:
                problem = error
            if self._looking is None:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_FIRST_LOOK):
                        await self.catalogue.refresh()
                self._looking = asyncio.create_task(self._look(), name="stationthis: commands")
            if problem is not None:
                self._not_before = time.monotonic() + _LOOK_AGAIN
                raise problem
            self._started = True
            await self._questions.recall()
            async with self._in_order:
                await self._updates.take_up()

    async def close(self) -> None:
        """Stop; runs go on, and are taken up at the next start."""
        async with self._starting:
            if self._looking is not None:
                self._looking.cancel()
                await asyncio.wait([self._looking])
                self._looking = None
            await self._updates.close()
            await self._replies.close()
            if self._started:
                self._started = False
                await self.desk.close()
            if _AT_WORK.get(self._number) is self:
                del _AT_WORK[self._number]

    def mount(self, group: int) -> None:
        """Put the one handler into the application, and have it started and closed with it, after what the host has there.

        Raises:
            InvalidInput: there is one already, or another one is at work for this bot.
        """
        application = self._application
        self._alone()
        application.add_handler(TypeHandler(Update, self._take, block=True), group)
        application.post_init = _after(application.post_init, self._begin)
        application.post_stop = _after(application.post_stop, self._end)

    def _alone(self) -> None:
        """See that no other is at work for this bot: each update would be answered twice."""
        handlers = [one for group in self._application.handlers.values() for one in group]
        ours = [one.callback for one in handlers if isinstance(one, TypeHandler)]
        others = [*(getattr(one, "__self__", None) for one in ours), _AT_WORK.get(self._number)]
        if any(isinstance(one, Mounted) and one is not self for one in others):
            raise InvalidInput(
                "StationThis is in this bot already: install it once for each bot of a process."
            )

    async def _begin(self) -> None:
        try:
            await self.start()
        except InvalidInput:
            raise
        except StationThisError as error:
            logger("bots").warning(
                "What is unfinished is not taken up yet; it is tried again with updates: %s", error.message
            )

    async def _end(self) -> None:
        try:
            await self.close()
        except StationThisError:
            logger("bots").exception("Closing went wrong; what is unfinished is taken up at the next start.")

    async def _look(self) -> None:
        """Keep the commands as what is deployed."""
        file = self._st.settings.home / "bots" / f"telegram-{self._number}.commands.json"
        registered = Registered(self._application.bot, file)
        while True:
            try:
                if self.catalogue.known:
                    await registered.renew(self.catalogue.commands, self._updates.hosts)
            except Exception:  # noqa: BLE001 - whatever it is, the bot goes on
                logger("bots").exception("The commands could not be shown.")
            await asyncio.sleep(self._every if self.catalogue.known else min(self._every, _LOOK_AGAIN))
            await self.catalogue.refresh()

    async def _take(self, update: Update, _: object) -> None:
        """One update. It waits for no run, and none makes the bot fail; what is ours is nobody else's."""
        ours = False
        try:
            if not self._started and time.monotonic() >= self._not_before:
                await self._begin()
            async with self._in_order:  # who says /cancel after a command means that
                ours = await self._updates.take(update)
        except Exception:  # noqa: BLE001 - a bad update must not stop the bot
            logger("bots").exception("Update %s could not be read.", update.update_id)
        if ours:
            raise ApplicationHandlerStop


def _after(
    before: Callable[[App], Coroutine[Any, Any, None]] | None, then: Callable[[], Awaitable[None]]
) -> Callable[[App], Coroutine[Any, Any, None]]:
    """The host's own, then ours."""

    async def both(application: App) -> None:
        try:
            if before is not None:
                await before(application)
        finally:
            await then()

    return both


class _NoToken(Redaction):
    """Rewrites a record that holds a secret, and leaves all others as they are: they are the host's."""

    def filter(self, record: logging.LogRecord) -> bool:
        trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
        try:
            said = record.getMessage()
        except Exception:  # noqa: BLE001 - a bad log call is the host's to see
            return True
        return super().filter(record) if is_secret(said) or is_secret(trace) else True


def _keep_from_logs() -> None:
    """Addresses at Telegram hold the bot's token: httpx logs them, and the library what it knows of a refused token."""
    for name in _TALKATIVE:
        found = logging.getLogger(name)
        if not any(isinstance(one, _NoToken) for one in found.filters):
            found.addFilter(_NoToken())
