"""Which deployment a job runs: the very one that the host has allowed, or what has taken its place, once that is allowed too."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from stationthis_sdk.bots.desk.verdicts import need
from stationthis_sdk.deployment import AsyncDeployment
from stationthis_sdk.errors import NotFound, StationThisError
from stationthis_sdk.money.estimates import estimate_of

if TYPE_CHECKING:
    from stationthis_sdk.bots.hooks import Hooks
    from stationthis_sdk.bots.people import User
    from stationthis_sdk.client import AsyncStationThis
    from stationthis_sdk.store.bot_jobs import JobRow
    from stationthis_sdk.submits import Target

__all__ = ["Allow", "Allowed", "allow", "deployment_of"]

_ESTIMATE_SECONDS: Final = 3.0

Allow = Callable[[AsyncDeployment], Awaitable[None]]
"""Asks the host; raises Denied."""


async def allow(hooks: "Hooks", user: "User", deployment: AsyncDeployment) -> None:
    """Ask the host whether somebody may run this.

    Raises:
        Denied: the host says no, or its hook failed.
    """
    if hooks.authorize is None:
        return
    estimate = await _estimated(deployment)
    await need(hooks.authorize, user, deployment, estimate, language=user.language)


async def deployment_of(st: "AsyncStationThis", row: "JobRow") -> AsyncDeployment:
    """The deployment of a job, by its id: names may be of several. Where that is gone, what its workflow has there now.

    Ids move when a workflow is deployed anew, and then its name is what is left.

    Raises:
        NotFound, AmbiguousName: there is none of that name there, or several.
    """
    try:
        return await st.deployments.get(row.deployment_id or row.deployment)
    except NotFound:
        listed = await st.deployments.list(refresh=True)
    there = [one for one in listed if one.environment == row.environment]
    mine = [one for one in there if row.workflow_id and one.record.workflow_id == row.workflow_id]
    return mine[0] if mine else await st.deployments.get(row.deployment, environment=row.environment or None)


class Allowed(AsyncDeployment):
    """A deployment that was allowed. Should the service know it no more as it is run, what is there instead is allowed first."""

    def __init__(self, deployment: AsyncDeployment, allow: Allow) -> None:
        known = deployment._context, deployment.record, deployment.source  # noqa: SLF001 - the two know each other
        super().__init__(*known, options=deployment._options)  # noqa: SLF001 - likewise
        self._allow = allow

    async def _target_anew(self, gone: str) -> "Target | None":
        found = await self._found_anew(gone)
        if found is None:
            return None
        await self._allow(AsyncDeployment(self._context, found.value, found.source))
        self._hear(found)
        return self._target


async def _estimated(deployment: AsyncDeployment) -> float | None:
    """What one run of it usually costs, in US dollars, by those that this machine has seen; None where nobody knows."""
    try:
        async with asyncio.timeout(_ESTIMATE_SECONDS):
            estimate = await estimate_of(deployment._context, deployment.record)  # noqa: SLF001 - likewise
    except (StationThisError, TimeoutError):
        return None
    return estimate.dollars
