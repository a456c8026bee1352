"""Starting the run of a job, once: whatever becomes of this process, no run is started beside one that may be there."""

import asyncio
import os
import time
from typing import TYPE_CHECKING, Any, Final

from stationthis_sdk.bots.desk import following
from stationthis_sdk.bots.desk.allowed import Allow, Allowed, deployment_of
from stationthis_sdk.bots.desk.settling import run_of
from stationthis_sdk.errors import (
    AmbiguousSubmit,
    ConnectionFailed,
    ConnectionLost,
    NotFound,
    RateLimited,
    RunFailed,
    SaveFailed,
    ServerError,
    StationThisError,
    TimedOut,
)
from stationthis_sdk.logs import logger
from stationthis_sdk.settling import settle_many
from stationthis_sdk.store.bot_jobs import new_submit_id

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from stationthis_sdk.client import AsyncStationThis
    from stationthis_sdk.runs import AsyncRun
    from stationthis_sdk.store.bot_jobs import JobLedger, JobRow
    from stationthis_sdk.store.ledger import SubmitRow

__all__ = ["Elsewhere", "found", "looked_up", "submitted"]

_DOUBLED: Final = 6
PATIENCE: float = 3600.0
"""Seconds for which a job is kept where the service is down, or wants to be left in peace; the queue waits behind it."""
_MISSING: Final = 3
_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 60.0
_MADE: Final = "was made"
"""What the ledger says of a run that failed at once, whose id was not told: there is one, though it was refused."""


class Elsewhere(Exception):
    """Another process is at it, and sees it through."""


async def submitted(
    st: "AsyncStationThis",
    ledger: "JobLedger",
    row: "JobRow",
    *,
    fresh: bool,
    allow: Allow,
    inputs: "Callable[[], Awaitable[dict[str, Any]]]",
    wanted: "Callable[[], bool]",
    tell: "Callable[[StationThisError], None]",
) -> "AsyncRun | str | None":
    """The run of a job, or the id of one that was started before; None when it is not wanted any more and certainly none was started.

    ``fresh``: nothing has ever been sent of it. ``allow`` asks the host where another deployment has taken the place of
    the one it has allowed. ``inputs`` are what to send now. ``wanted`` tells whether it is still to be started; ``tell`` is
    told what keeps it.

    Raises:
        Elsewhere: another process is at it.
        Denied: the host says no; no run was started, and none will be.
        StationThisError: no run was started, and none will be.
    """
    submit_id, sent, failures, began = row.submit_id, not fresh, 0, time.monotonic()
    while True:
        if sent:
            run_id = await looked_up(ledger, submit_id, st, tell)
            if run_id is not None:
                return run_id
            before, submit_id = submit_id, new_submit_id()
            if not await ledger.submit_anew(row, before, submit_id):
                raise Elsewhere
        if not wanted():
            return None
        sent = True
        try:
            there = await deployment_of(st, row)
            if there.id != row.deployment_id:
                await allow(there)
            options = there.options(on_interrupt="detach", progress="off", tags=ledger.bot)
            deployment = Allowed(options, allow)
            return await deployment._submit(await inputs(), submit_id)  # noqa: SLF001 - the two know each other
        except AmbiguousSubmit as error:
            tell(error)
        except SaveFailed:
            submit = await ledger.submit(submit_id)
            if submit is not None and submit.never_sent:
                raise Elsewhere from None  # without a lock another may have been quicker meanwhile
            raise
        except (ConnectionFailed, ConnectionLost, RateLimited, ServerError, TimedOut) as error:
            # Nothing was made, which the ledger knows as well.
            failures += 1
            if time.monotonic() - began > PATIENCE:
                raise
            tell(error)
            pause = getattr(error, "retry_after", None) or _FIRST_PAUSE * 2 ** min(failures, _DOUBLED)
            await asyncio.sleep(min(pause, _LONGEST_PAUSE))


async def looked_up(
    ledger: "JobLedger",
    submit_id: str,
    st: "AsyncStationThis",
    tell: "Callable[[StationThisError], None]",
) -> str | None:
    """The run that came of a submit, however long that takes to learn; None when it is certain that none did.

    Raises:
        RunFailed: one was made and failed at once, and nobody told its id.
    """
    pause = _FIRST_PAUSE
    while True:
        submit = await ledger.submit(submit_id)
        if submit is None or submit.state == "absent":
            return None
        if submit.run_id is not None:
            return submit.run_id
        if submit.state == "refused":
            if _MADE in (submit.reason or ""):
                raise RunFailed(submit.reason or "")
            return None
        if submit.under_way and submit.pid != os.getpid():
            await asyncio.sleep(_FIRST_PAUSE)  # another process is at it, and will have written what came
            continue
        try:
            return await _settled(st, submit)
        except AmbiguousSubmit as error:
            logger("bots").warning("Nobody knows yet what came of submit %s: %s", submit_id, error.message)
            tell(error)
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


async def _settled(st: "AsyncStationThis", submit: "SubmitRow") -> str | None:
    context: Any = st._ready.context  # noqa: SLF001 - likewise
    async for _, found in settle_many(context, [submit]):
        return None if found is None else found.id
    return None


async def found(st: "AsyncStationThis", run_id: str) -> "AsyncRun":
    """A run that was started, as often as it takes to be told of it; else as it was heard of last.

    Raises:
        NotFound: nobody has known it for minutes.
    """
    pause, missing, began = _FIRST_PAUSE, 0, time.monotonic()
    while True:
        try:
            return await (st.runs.get(run_id) if missing < _MISSING else run_of(st, run_id))
        except NotFound:
            missing += 1
            if time.monotonic() - began > following.PATIENCE:
                raise
        except StationThisError as error:
            logger("bots").warning("Run %s can't be read: %s", run_id, error.message)
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
