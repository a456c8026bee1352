"""Opening a session: the one request that costs, and what becomes of it when its answer is lost or not awaited."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any, Final

import attrs

from stationthis_sdk.context import Context
from stationthis_sdk.entities import SessionRecord, Timeouts, is_uuid
from stationthis_sdk.errors import (
    AmbiguousSubmit,
    ConnectionLost,
    InvalidInput,
    NotFound,
    Refused,
    ServerError,
    StationThisError,
    TimedOut,
    UnexpectedResponse,
    ValidationFailed,
)
from stationthis_sdk.interrupts import apart, finish, tell, together
from stationthis_sdk.logs import logger
from stationthis_sdk.machines import known_machine
from stationthis_sdk.secret import key_claims

__all__ = ["Opening", "Wish"]

NO_SESSIONS_ON: Final = frozenset({"classic", "runpod-serverless", "modal-serverless"})
# The service may take its time with a request whose answer was lost.
LOOKS: Final = (0.0, 0.5, 1.5, 4.0, 8.0)
_log = logger("sessions")


@attrs.frozen
class Wish:
    """What was asked for. ``machine`` is a name or an id; ``container`` is set for a dynamic session."""

    machine: str | None
    minutes: int
    gpu: str | None = None
    container: Mapping[str, Any] | None = None


@attrs.define(eq=False)
class Opening:
    """One session being opened. Those that were open before are noted, so that the new one is known among them."""

    context: Context
    wish: Wish
    limits: Timeouts
    machine_id: str | None = None
    before: frozenset[str] = frozenset()

    async def open(self) -> SessionRecord:
        """Open it, once; interrupted on the way, learn the session's id and close it.

        Raises:
            AmbiguousSubmit: the answer was lost, and which session is the new one can't be told.
        """
        try:
            self.machine_id = await self.find_machine()
            self.before = frozenset(one.id for one in await self._listed())
        except asyncio.CancelledError:
            tell("No session was opened.")
            raise
        posting = apart(self._post())
        try:
            return await asyncio.shield(posting)
        except asyncio.CancelledError:
            await finish(self._interrupted(posting), f"a session{self._where}; st.sessions.list() tells")
            if not posting.done():
                # The service takes its time: should a session come of it while this loop lives, it is closed then.
                together(posting)
                posting.add_done_callback(self._close_late)
            raise

    @property
    def _where(self) -> str:
        return f" on {self.wish.machine}" if self.wish.machine else ""

    async def find_machine(self) -> str | None:
        """The machine's id; a name is looked up, once more past the copies when it is not in them."""
        wanted = self.wish.machine
        if wanted is None or is_uuid(wanted):
            return wanted
        found = await known_machine(self.context, wanted)
        if found.type in NO_SESSIONS_ON:
            raise InvalidInput(
                f"{found.name!r} is a {found.type} machine, and sessions are opened on serverless ones: "
                "st.machines.list() tells the types. Nothing was opened."
            )
        return found.id

    async def _listed(self) -> tuple[SessionRecord, ...]:
        return await self.context.service.sessions.all(self.machine_id)

    async def _post(self) -> SessionRecord:
        """The one request that costs. Only a connection that never stood is tried again."""
        _posting.add(self)
        try:
            record = await self._send()
        except (ServerError, UnexpectedResponse, ConnectionLost, TimedOut) as error:
            if isinstance(error, TimedOut) and error.phase == "connect":
                raise
            record = await self._search(error)
        except NotFound as error:
            raise NotFound(
                f"No machine {self.wish.machine!r} for this key; no session was opened.",
                request=error.request,
            ) from None
        except ValidationFailed as error:
            raise error.told(
                f"No session was opened; {len(self.before)} {'is' if len(self.before) == 1 else 'are'} open"
                f"{self._where} (st.sessions.list())."
            ) from None
        except Refused as error:
            raise error.told("No session was opened.") from None
        finally:
            _posting.discard(self)
        _opened.add(record.id)
        return record

    async def _send(self) -> SessionRecord:
        wish = self.wish
        if wish.container is not None:
            return await self.context.service.sessions.open_dynamic(
                wish.minutes,
                gpu=wish.gpu,
                machine_id=self.machine_id,
                limits=self.limits,
                **wish.container,
            )
        if self.machine_id is None:
            raise InvalidInput("A session is opened on a machine: give its name or id.")
        return await self.context.service.sessions.open(
            self.machine_id, wish.minutes, gpu=wish.gpu, limits=self.limits
        )

    async def _search(self, lost: StationThisError) -> SessionRecord:
        """The answer was lost: the session, if it was opened, is among those that are open now."""
        new: list[SessionRecord] = []
        for pause in LOOKS:
            await asyncio.sleep(pause)
            try:
                new = await self._new()
            except StationThisError as error:
                _log.info("Looking for the session whose answer was lost: %s", error.message)
                continue
            if len(new) == 1 and _posting == {self}:
                _log.warning(
                    "The answer to opening a session was lost (%s); it is session %s.",
                    lost.message,
                    new[0].id,
                )
                return new[0]
        which = f"it may be {' or '.join(one.id for one in new)}" if new else "none is to be seen so far"
        raise AmbiguousSubmit(
            f"Nobody knows whether a session was opened{self._where}: {lost.message} It was not sent again, and "
            f"{which}. A session costs while it is open: look at st.sessions.list(), and close() it.",
            submit_id="",
            request=lost.request,
        ) from None

    async def _new(self) -> list[SessionRecord]:
        """What may be the session that was asked for: not there before, and as it was wished."""
        user = key_claims(self.context.settings.api_key.reveal()).get("user_id")
        return [
            one
            for one in await self._listed()
            if one.id not in self.before | _opened
            and one.minutes in {None, self.wish.minutes}
            and (self.wish.gpu is None or one.gpu in {None, self.wish.gpu})
            and (user is None or one.user_id in {None, user})
        ]

    async def _interrupted(self, posting: "asyncio.Task[SessionRecord]") -> None:
        """Close what was opened. A slow answer is not waited for: the list may have the session already."""
        new: list[SessionRecord] = []
        for patience in (0.4, 0.3, 0.3):
            await asyncio.wait({posting}, timeout=patience)
            if posting.done():
                break
            with contextlib.suppress(StationThisError):
                new = await self._new()
            if len(new) == 1 and _posting == {self}:
                _opened.add(new[0].id)
                await self._close(new[0].id)
                return
        await asyncio.wait({posting})
        error = asyncio.CancelledError() if posting.cancelled() else posting.exception()
        if error is None:
            await self._close(posting.result().id)
        elif isinstance(error, AmbiguousSubmit):
            tell(error.message)
        elif isinstance(error, asyncio.CancelledError):
            tell(f"Nobody knows whether a session was opened{self._where}: look at st.sessions.list().")
        else:
            tell("No session was opened.")

    async def _close(self, session_id: str) -> None:
        await self.context.service.sessions.close(session_id)
        tell(f"Closed session {session_id}.")

    def _close_late(self, posting: "asyncio.Task[SessionRecord]") -> None:
        if posting.cancelled() or posting.exception() is not None:
            return
        closing = posting.get_loop().create_task(self._close(posting.result().id))
        _closing.add(closing)
        closing.add_done_callback(_closed_late)


_posting: Final[set[Opening]] = set()
"""Those whose answer is awaited: while there is another, a new session in the list may be its."""
_opened: Final[set[str]] = set()
"""The ids of those whose answer came: never taken for one whose answer was lost."""
_closing: Final[set["asyncio.Task[None]"]] = set()


def _closed_late(closing: "asyncio.Task[None]") -> None:
    _closing.discard(closing)
    if not closing.cancelled() and (error := closing.exception()) is not None:
        _log.warning("A session may be left open: %s Look at st.sessions.list().", error)
