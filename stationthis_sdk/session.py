"""A session: an interactive ComfyUI on a machine, which costs while it is open."""

import asyncio
import contextlib
import os
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Final, Self

import attrs

from stationthis_sdk.clock import Clock
from stationthis_sdk.context import Context
from stationthis_sdk.entities import SessionRecord, SessionSnapshot, Source, Timeouts
from stationthis_sdk.errors import (
    ConnectionLost,
    InvalidInput,
    NotFound,
    ServerError,
    StationThisError,
    TimedOut,
    UnexpectedResponse,
    ValidationFailed,
)
from stationthis_sdk.interrupts import HELD, apart, finish, if_lost, sigterm_cancels, tell, together
from stationthis_sdk.logs import logger
from stationthis_sdk.openings import Opening, Wish
from stationthis_sdk.shown import Shown

__all__ = ["AsyncSession", "check_minutes"]

CLOSING_SECONDS: Final = 30.0
SHUTDOWN_SECONDS: Final = 90.0
SNAPSHOT_SECONDS: Final = 600.0
_log = logger("sessions")


class AsyncSession(Shown):
    """ComfyUI on a machine, open for someone to work in it. It costs until it is closed or its time is over.

    A ``with`` block opens it, waits until its ComfyUI answers, and closes it at the end, also after an error,
    Ctrl-C, SIGTERM or task cancellation.
    """

    def __init__(
        self,
        context: Context,
        record: SessionRecord | None,
        source: Source | None = None,
        *,
        wish: Wish | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._context = context
        self._known = record
        self._source = source
        self._wish = wish
        self._timeouts = timeouts or context.timeouts
        self._ended = False
        self._starting = False
        self._process = os.getpid()
        self._guard: contextlib.AbstractContextManager[object] | None = None

    def __repr__(self) -> str:
        if self._known is None:
            return f"<session{self._on}, not opened>"
        left = self.minutes_left
        state = "ended" if self._ended else "open" if left is None else f"{left:.0f} min left"
        return f"<session {self.id}{self._on}: {state}>"

    @property
    def id(self) -> str:
        """The service's id.

        Raises:
            InvalidInput: it is not opened yet, as for all that is only known then.
        """
        return self.record.id

    @property
    def url(self) -> str | None:
        """Where its ComfyUI answers; None until it does. Whoever has it can work there."""
        return self.record.url

    @property
    def gpu(self) -> str | None:
        """Its GPU."""
        return self.record.gpu

    @property
    def machine_id(self) -> str | None:
        """The machine it runs on; None for a container of its own."""
        return self.record.machine_id

    @property
    def ends_at(self) -> datetime | None:
        """When the service will end it (UTC), as last heard."""
        return self.record.ends_at

    @property
    def minutes_left(self) -> float | None:
        """Minutes until ``ends_at`` by this machine's clock, 0 once it has ended; None when the end is not known."""
        if self._ended:
            return 0.0
        if (end := self.record.ends_at) is None:
            return None
        return max(0.0, (end - datetime.now(UTC)).total_seconds() / 60)

    @property
    def ended(self) -> bool:
        """Whether it was closed or found to have ended; ``refresh`` asks."""
        return self._ended

    @property
    def record(self) -> SessionRecord:
        """Everything known of the session, as data."""
        if self._known is None:
            raise InvalidInput("The session is not opened yet: `with st.sessions.open(…) as session`.")
        return self._known

    @property
    def source(self) -> Source | None:
        """Where this was learnt, and how old it is; sessions are never copied, so always from the service."""
        return self._source

    async def start(self) -> "AsyncSession":
        """Open it and wait until its ComfyUI answers: what ``with`` does on entering. Close it yourself.

        The limits are the client's: cold start and total. When one runs out, or the wait is interrupted, the
        session is closed.

        Raises:
            InvalidInput: it has ended, or is being opened already; or its machine is none for sessions.
            NotFound: no such machine; or the session ended before its ComfyUI answered.
            ValidationFailed: the machine has five open sessions, or the plan allows no more or no longer ones.
            Refused: not enough credits, or not in the plan.
            TimedOut: a limit ran out; the session was closed.
            AmbiguousSubmit: the answer was lost, so that nobody knows whether it was opened.

        Example:
            >>> session = await st.sessions.open(machine="this-machine", minutes=5).start()
            >>> session.ended, (await session.close()).ended
            (False, True)
        """
        self._context.settings.flags.need("sessions")
        if self._ended or self._starting:
            what = "has ended: open another" if self._ended else "is being opened already"
            raise InvalidInput(f"This session {what}.")
        self._starting = True
        started = asyncio.get_running_loop().time()
        try:
            with sigterm_cancels():
                if self._known is None:
                    self._known = await Opening(self._context, self._needed_wish(), self._timeouts).open()
                    self._source = Source.now()
                await self._until_up(started)
        finally:
            self._starting = False
        if_lost(self._end)
        return self

    async def refresh(self) -> "AsyncSession":
        """Ask the service for its present state and return the session; one that is over has ``ended`` set.

        The service has no other sign of an end than that the session is not there any more.
        """
        if not self._ended:
            try:
                await self._ask()
            except NotFound:
                self._ended = True
        return self

    async def extend(self, minutes: int) -> "AsyncSession":
        """Let it run longer, and return it with its new end. This costs; it is never asked twice.

        Raises:
            InvalidInput: ``minutes`` is no whole number above 0.
            ValidationFailed: more than an hour from now, or than the plan allows.
            NotFound: it has ended.

        Example:
            >>> async with st.sessions.open(machine="this-machine", minutes=5) as session:
            ...     longer = await session.extend(10)
            >>> round((longer.ends_at - longer.record.created_at).total_seconds() / 60)
            15
        """
        before = self.ends_at
        asked = check_minutes(minutes)
        try:
            await self._context.service.sessions.extend(self.id, asked)
        except NotFound:
            self._ended = True
            raise
        except (ConnectionLost, ServerError, TimedOut, UnexpectedResponse) as error:
            if isinstance(error, TimedOut) and error.phase == "connect":
                raise
            with contextlib.suppress(StationThisError):
                await self._ask()
            if before is None or self.ends_at is None or self.ends_at < before + timedelta(minutes=asked):
                raise error.told(
                    f"Whether session {self.id} runs longer is not known: refresh() and look at ends_at before "
                    "you ask again."
                ) from None
            return self
        try:
            return await self.refresh()
        except StationThisError as error:
            _log.warning("Session %s was extended; its new end could not be read: %s", self.id, error.message)
        if before is not None:
            self._known = attrs.evolve(self.record, ends_at=before + timedelta(minutes=asked))
        return self

    async def snapshot(self, name: str | None = None) -> SessionSnapshot:
        """Keep its container as a new version of its machine; only for sessions of ``open_dynamic``.

        ``name`` is that of the new machine, for a session that has none. May take minutes.

        Raises:
            ValidationFailed: it is no dynamic session, or has no machine and no name was given.
            NotFound: it has ended.
        """
        if name is not None and (not isinstance(name, str) or not name.strip()):
            raise InvalidInput(f"The name of a machine is a text, not {name!r}.")
        limits = attrs.evolve(self._context.timeouts, read=SNAPSHOT_SECONDS, total=SNAPSHOT_SECONDS)
        try:
            kept = await self._context.service.sessions.snapshot(self.id, name, limits=limits)
        except NotFound:
            self._ended = True
            raise
        except ValidationFailed as error:
            raise error.told("Sessions of st.sessions.open_dynamic() can be kept.") from None
        with contextlib.suppress(StationThisError):
            await self.refresh()
        return kept

    async def close(self, *, wait: bool = False) -> "AsyncSession":
        """End it, and return it; a session that has ended is no error. ``wait`` until its container is gone, too.

        Raises:
            StationThisError: it could not be closed; the message says so, and the session may go on costing.

        Example:
            >>> session = await st.sessions.open(machine="this-machine", minutes=5).start()
            >>> (await session.close()).minutes_left
            0.0
        """
        if self._known is None or self._ended:
            self._ended = True
            return self
        with sigterm_cancels():
            await self._close(wait=wait)
        return self

    async def __aenter__(self) -> Self:
        self._process = os.getpid()
        # Held to the end of the block, so that SIGTERM in its body is a cancellation as well.
        guard = sigterm_cancels()
        guard.__enter__()
        try:
            await self.start()
        except BaseException as error:
            if not guard.__exit__(type(error), error, error.__traceback__):
                raise
        self._guard = guard
        HELD.add(self)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        guard, self._guard = self._guard or contextlib.nullcontext(), None
        try:
            await self._leave(error)
        except BaseException as inner:
            if not guard.__exit__(type(inner), inner, inner.__traceback__):
                raise
        else:
            guard.__exit__(kind, error, trace)
        finally:
            HELD.discard(self)

    async def _leave(self, error: BaseException | None) -> None:
        # A forked child that leaves the block has not opened it.
        if self._known is None or self._ended or self._process != os.getpid():
            return
        if error is not None and not isinstance(error, Exception):
            await finish(self._end(), self._name)
            what = f"Closed session {self.id}." if self._ended else f"May be left running: {self._name}."
            if isinstance(error, KeyboardInterrupt):
                error.args = (f"{error} {what}".strip(),)
            else:
                error.add_note(what)
            return
        try:
            await self._close()
        except StationThisError as problem:
            if error is None:
                raise
            # The error of the block is what its author has to see; this is the second thing.
            _log.warning("%s", problem.message)
            error.add_note(problem.message)

    async def _until_up(self, started: float) -> None:
        """Wait until its ComfyUI answers; whatever ends the wait otherwise closes the session."""
        try:
            await self._poll(Clock(self._timeouts, started))
        except (asyncio.CancelledError, KeyboardInterrupt):
            await finish(self._end(), self._name)
            raise
        except StationThisError as error:
            try:
                await self._close()
            except StationThisError as problem:
                raise error.told(problem.message) from None
            raise error.told(f"Session {self.id} was closed.") from None

    async def _poll(self, clock: Clock) -> None:
        limits = self._timeouts
        while self.url is None or self.ends_at is None:
            deadline = clock.deadline("cold start")
            try:
                async with asyncio.timeout_at(deadline):
                    await self._ask(once=True)
            except StationThisError as error:
                if not clock.survives(error):
                    if isinstance(error, NotFound):
                        raise NotFound(
                            f"Session {self.id}{self._on} ended before its ComfyUI answered.",
                            request=error.request,
                        ) from None
                    raise
            except TimeoutError:
                pass  # no answer by the deadline, which is told below
            else:
                clock.heard()
            if self.url is not None:
                return
            if deadline is not None and (now := asyncio.get_running_loop().time()) >= deadline:
                by_total = limits.total is not None and now >= clock.started + limits.total
                limit = limits.total if by_total else limits.cold_start
                raise TimedOut(
                    f"The ComfyUI of session {self.id}{self._on} did not answer in time: the "
                    f"{'total' if by_total else 'cold start'} limit of {limit or 0:g} s ran out.",
                    phase="total" if by_total else "cold start",
                    limit=limit,
                    state="starting",
                )
            await asyncio.sleep(clock.pause(nearby=self._context.settings.nearby))

    async def _ask(self, *, once: bool = False) -> None:
        limits = self._timeouts if once else None
        told = await self._context.service.sessions.get(self.id, once=once, limits=limits)
        if told.url is None and self.url is not None:
            told = attrs.evolve(told, url=self.url)
        self._known, self._source = told, Source.now()

    async def _close(self, *, wait: bool = False) -> None:
        """Close it although the caller may be cancelled meanwhile."""
        closing = apart(self._delete(wait=wait))
        try:
            await asyncio.shield(closing)
        except asyncio.CancelledError:
            await finish(_end_of(closing), self._name)
            together(closing)
            raise

    async def _end(self) -> None:
        """Close it after an interruption, and tell."""
        if not self._ended:
            await self._delete()
            tell(f"Closed session {self.id}.")

    async def _delete(self, *, wait: bool = False) -> None:
        seconds = SHUTDOWN_SECONDS if wait else CLOSING_SECONDS
        limits = attrs.evolve(self._context.timeouts, total=seconds)
        try:
            await self._context.service.sessions.close(self.id, wait=wait, limits=limits)
        except StationThisError as error:
            raise error.told(
                f"Session {self.id} may be left open, and costs until it ends: st.sessions.get({self.id!r}).close()."
            ) from None
        self._ended = True

    def _needed_wish(self) -> Wish:
        if self._wish is None:
            raise InvalidInput("A session is opened with st.sessions.open(machine=…).")
        return self._wish

    @property
    def _on(self) -> str:
        machine = self._wish.machine if self._wish else self._known.machine_id if self._known else None
        return f" on {machine}" if machine else ""

    @property
    def _name(self) -> str:
        return f"session {self.id}{self._on}, which st.sessions.get({self.id!r}).close() ends"


def check_minutes(minutes: object) -> int:
    """A time in minutes, as the service takes it.

    Raises:
        InvalidInput: it is no whole number above 0.
    """
    if (
        isinstance(minutes, bool)
        or not isinstance(minutes, int | float)
        or minutes != minutes // 1
        or minutes < 1
    ):
        raise InvalidInput(f"minutes is a whole number above 0, not {minutes!r}.")
    return int(minutes)


async def _end_of(task: "asyncio.Task[None]") -> None:
    await asyncio.wait({task})
    if not task.cancelled():
        task.result()
