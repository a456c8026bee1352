"""Telling the host that a run has ended: once, or again with the same key where nobody knows whether it heard."""

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

from stationthis_sdk.bots.desk.job import user_of
from stationthis_sdk.bots.desk.verdicts import called
from stationthis_sdk.errors import NotFound
from stationthis_sdk.logs import logger
from stationthis_sdk.runs import AsyncRun

if TYPE_CHECKING:
    from stationthis_sdk.bots.hooks import Settle
    from stationthis_sdk.client import AsyncStationThis
    from stationthis_sdk.store.bot_jobs import JobLedger, JobRow

__all__ = ["run_of", "settle"]

FIRST_PAUSE: float = 2.0
LONGEST_PAUSE: Final = 600.0
_TRIES: Final = 3
_AGAIN: Final = ("the host is told again", "it has heard, which is written down later")


class _NotYet(Exception):
    """The run has not ended, as far as anybody knows."""


async def settle(
    st: "AsyncStationThis",
    ledger: "JobLedger",
    hook: "Settle | None",
    row: "JobRow",
    run: AsyncRun | None = None,
) -> None:
    """Tell the host, as often as it takes until it has heard; ``key`` is the run's id, the same each time.

    Nobody is told of a run that has not ended: it is asked for until it has.
    """
    pause, missing, heard = FIRST_PAUSE, 0, hook is None
    while True:
        try:
            kept = await ledger.get(row.id)
            if kept is None or kept.settled_at is not None:
                return
            if hook is not None and not heard:
                if run is None or not run.state.final:  # one that was given up may live
                    run = await run_of(st, row.run_id or "")
                if not run.state.final:
                    raise _NotYet(run.state)  # noqa: TRY301 - it is asked for again
                await called(hook, user_of(row), run, key=row.run_id)
                heard = True
            await ledger.change(row.id, settled_at=time.time())
        except NotFound as error:  # of the run: a hook raises nothing but HookFailed
            missing += 1
            if missing == _TRIES:
                logger("bots").error(
                    "Run %s is not settled, for nobody knows it: %s", row.run_id, error.message
                )
                return
        except _NotYet as state:
            logger("bots").info("Run %s is not settled yet: it is %s.", row.run_id, state)
        except Exception:  # noqa: BLE001 - a host with a fault is told again
            logger("bots").exception("Run %s is not settled yet: %s.", row.run_id, _AGAIN[heard])
        else:
            return
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


async def run_of(st: "AsyncStationThis", run_id: str) -> AsyncRun:
    """A run; where the service has forgotten it, as it was heard of last.

    Raises:
        StationThisError: it can't be asked for.
        NotFound: nobody knows it.
    """
    try:
        return await st.runs.get(run_id)
    except NotFound:
        context: Any = st._ready.context  # noqa: SLF001 - the two know each other
        kept = await context.ledger.run(run_id)
        if kept is None:
            raise
        return AsyncRun(context, kept.record, reason=kept.reason, cost=kept.cost)
