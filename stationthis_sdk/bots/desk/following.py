"""Following a run to its end, however long that takes, and stopping it when somebody wants that."""

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

from stationthis_sdk.errors import NotFound, RunError, StationThisError
from stationthis_sdk.logs import logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from stationthis_sdk.runs import AsyncRun

__all__ = ["end_of", "followed", "stopped"]

_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 60.0
PATIENCE: float = 300.0
"""Seconds for which a run that the service does not know is asked for again."""
_CANCEL_AGAIN: Final = 5.0


async def followed(run: "AsyncRun", tell: "Callable[[], None]", unwanted: "Callable[[], bool]") -> None:
    """Wait for the end of a run. One that takes longer than it should lives on, and so it is not given up.

    ``tell`` is called when something was heard; ``unwanted`` tells whether somebody wants it to stop.

    Raises:
        NotFound: the service has not known it for minutes.
    """
    loop = asyncio.get_running_loop()
    pause, missing_since, again_at = _FIRST_PAUSE, None, loop.time()
    while not run.state.final:
        try:
            async with contextlib.aclosing(run._watch(None)) as records:  # noqa: SLF001 - the two know each other
                async for _ in records:
                    pause, missing_since = _FIRST_PAUSE, None
                    tell()
                    if unwanted() and not run.state.final and loop.time() >= again_at:
                        await stopped(run)
                        again_at = loop.time() + _CANCEL_AGAIN
        except NotFound:
            missing_since = missing_since or loop.time()
            if loop.time() - missing_since > PATIENCE:
                raise
        except StationThisError as error:
            logger("bots").info("Run %s is still followed: %s", run.id, error.message)
        else:
            break
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
    await run._learn_reason()  # noqa: SLF001 - likewise


async def stopped(run: "AsyncRun") -> None:
    """Ask for a run to be cancelled; what the service does not do now it is asked for again."""
    try:
        await run.cancel()
    except StationThisError as error:
        logger("bots").info("Run %s is not cancelled yet: %s", run.id, error.message)


def end_of(run: "AsyncRun") -> RunError | None:
    """How a run ended, where it did not end well."""
    try:
        run._raise_for_end()  # noqa: SLF001 - likewise
    except RunError as error:
        return error
    return None
