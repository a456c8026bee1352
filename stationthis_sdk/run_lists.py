"""Runs: by id, from saved files, and in lists."""

import asyncio
from collections.abc import Collection, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from stationthis_sdk.api.calls.family import check_limit
from stationthis_sdk.context import Context
from stationthis_sdk.entities import RunRecord, RunState, is_uuid
from stationthis_sdk.errors import AuthError, FeatureDisabled, InvalidInput, NotFound, StationThisError
from stationthis_sdk.listing import Listing
from stationthis_sdk.logs import logger
from stationthis_sdk.runs import AsyncRun, listed
from stationthis_sdk.shown import Shown
from stationthis_sdk.tracker import merge

if TYPE_CHECKING:
    import builtins

    from stationthis_sdk.deployment import AsyncDeployment
    from stationthis_sdk.outputs.sidecar import SavedRun
    from stationthis_sdk.shares import AsyncOutputShare
    from stationthis_sdk.store.ledger import LedgerRun
    from stationthis_sdk.workflow import AsyncWorkflow

__all__ = ["AsyncRuns"]

_READS: Final = 8


class AsyncRuns(Shown):
    """Runs by id, from saved files, and in lists of a workflow or deployment."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __repr__(self) -> str:
        return "<runs: get(run_id), list(), list(deployment=…), from_file(path)>"

    def get(self, run_id: str) -> Coroutine[Any, Any, AsyncRun]:
        """Reattach to a run by its id.

        Raises:
            NotFound: no such run for this key.
        """
        # No coroutine function: this line is run by a plain call's thread, which waits anyhow, and reads in less time than it
        # takes to wake the ledger's.
        return self._get(run_id, self._context.ledger.run_here(run_id) if is_uuid(run_id) else None)

    async def _get(self, run_id: str, here: "tuple[LedgerRun | None] | None") -> AsyncRun:
        if not is_uuid(run_id):
            raise NotFound(f"{run_id!r} is no run id: it looks like 5ea8723e-4701-4d69-8604-8932801f2083.")
        if here is not None:
            told, (kept,) = await self._context.service.runs.get(run_id), here
        else:
            looked_for = self._context.ledger.look_for_run(run_id)
            try:
                told = await self._context.service.runs.get(run_id)
                kept = await looked_for
            finally:
                looked_for.cancel()
        if kept is None:
            found = AsyncRun(self._context, told)
        else:
            found = AsyncRun(self._context, merge(kept.record, told), reason=kept.reason, cost=kept.cost)
        await found._learn_cost(keep=kept is not None)  # noqa: SLF001 - the two know each other
        return found

    async def from_file(self, path: str | Path) -> "SavedRun":
        """Read a saved file's inputs back: from the JSON beside it, or from the note ComfyUI puts into pictures.

        Raises:
            InvalidInput: no such file, or it tells nothing.
        """
        from stationthis_sdk.outputs.sidecar import read_saved  # noqa: PLC0415 - few read files back

        return await asyncio.to_thread(read_saved, Path(path))

    async def list(
        self,
        *,
        workflow: "AsyncWorkflow | str | None" = None,
        deployment: "AsyncDeployment | str | None" = None,
        state: Collection[str] | str | None = None,
        limit: int | None = 100,
        inputs: bool = False,
        outputs: bool = False,
        tag: str | None = None,
    ) -> Listing[AsyncRun]:
        """List runs, newest first: those started from this machine, or all of a workflow or of a deployment.

        The service has no list of all runs; without workflow and deployment they come from the ledger of this
        machine, and those that have not ended are read anew; one that can't be read is told of as it was heard of last,
        and its ``source`` is ``stale``. state: one state, or several. limit: how many at most;
        None for all. tag: those submitted with it. inputs, outputs: of a workflow's or deployment's runs read these,
        too, which is slow: the service sends the whole workflow along with each run. Without them ``Run.refresh``
        reads those of one run. ``to_frame()`` makes a table of them, ``to_frame(per="output")`` one of their outputs.

        Raises:
            InvalidInput: no such state; or tags of a workflow's or deployment's runs, which the service does not know.
            NotFound: there is no such workflow or deployment.

        Example:
            >>> run = await portrait(prompt="a lighthouse", seed=7, steps=1, width=64, height=64)
            >>> newest = (await st.runs.list(deployment=portrait, outputs=True, inputs=True, limit=1))[0]
            >>> newest.inputs["seed"], newest.outputs[0].kind
            (7, 'image')
            >>> (await st.runs.list(deployment=portrait, limit=1)).to_frame().loc[0, ["run_id", "state"]].tolist() == [run.id, "success"]
            True
        """
        from stationthis_sdk.api.calls.run_lists import BRIEF, check_states  # noqa: PLC0415 - loaded with the first list

        check_limit(limit)
        states = check_states(state)
        await self._context.prices.recall()  # what is on disk tells what they cost
        if workflow is None and deployment is None:
            return await self._started_here(states, tag, limit)
        if tag is not None:
            raise InvalidInput(
                "Tags are known on this machine only: st.runs.list(tag=…) without more lists its runs."
            )
        workflow_id, of = await self._whose(workflow, deployment, "list runs")
        if of is not None and workflow is None and not (inputs or outputs):
            runs = self._context.service.run_lists
            brief = await runs.of_deployment(of.id, states=states, limit=limit)
            return listed(self._run(one, of, untold=BRIEF) for one in brief)
        if workflow_id is None:
            raise InvalidInput(
                "The service tells inputs and outputs of runs of one's own workflows only, and this is somebody "
                "else's share: refresh() each run."
            )
        found, untold = await self._context.service.run_lists.of_workflow(
            workflow_id,
            deployment_id=of.id if of else None,
            states=states,
            limit=limit,
            inputs=inputs,
            outputs=outputs,
        )
        return listed(self._run(one, of, untold=untold) for one in found)

    async def count(
        self,
        *,
        workflow: "AsyncWorkflow | str | None" = None,
        deployment: "AsyncDeployment | str | None" = None,
        machine: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> int:
        """Count the runs of a workflow, a deployment or a machine's id, everybody's included.

        The service counts the runs of all accounts, so one of the three is needed; it can't count by state.
        since, until: when they were made; a time without a zone is UTC.

        Raises:
            InvalidInput: none of the three, or what is no time; nothing was sent.

        Example:
            >>> await st.runs.count(deployment=portrait) >= 0
            True
        """
        filters: dict[str, Any] = {}
        if workflow is not None or deployment is not None or machine is None:
            workflow_id, of = await self._whose(workflow, deployment, "count runs")
            if of is not None:
                filters["deployment_id"] = of.id
            if workflow is not None and workflow_id is not None:
                filters["workflow_id"] = workflow_id
        if machine is not None:
            if not is_uuid(machine):
                raise InvalidInput(
                    f"machine is a machine's id here, not {machine!r}: st.machines.get(name).id."
                )
            filters["machine_id"] = machine
        for name, moment in (("start_time", since), ("end_time", until)):
            if moment is not None:
                filters[name] = _written(moment)
        return await self._context.service.run_lists.count(**filters)

    async def today(
        self,
        workflow: "AsyncWorkflow | str | None" = None,
        *,
        deployment: "AsyncDeployment | str | None" = None,
    ) -> Listing[AsyncRun]:
        """List the runs of the last 24 hours, newest first: their ids, states and when they were made.

        Example:
            >>> [run.state for run in await st.runs.today("train-lora")]
            []
        """
        workflow_id, of = await self._whose(workflow, deployment, "list runs")
        if workflow_id is None:
            raise InvalidInput("This is somebody else's share: st.runs.list(deployment=…) lists its runs.")
        found = await self._context.service.run_lists.today(workflow_id, deployment_id=of.id if of else None)
        from stationthis_sdk.api.calls.run_lists import BRIEF  # noqa: PLC0415 - likewise

        return listed(self._run(one, of, untold=BRIEF) for one in found)

    async def latest(self, workflow: "AsyncWorkflow | str") -> AsyncRun | None:
        """The newest run of a workflow, with its inputs; None when it has none.

        Example:
            >>> await st.runs.latest("train-lora") is None
            True
        """
        workflow_id, _ = await self._whose(workflow, None, "find the latest run")
        found = await self._context.service.run_lists.latest(str(workflow_id))
        # Of its outputs this list tells one at most.
        return self._run(found, None, untold=frozenset({"outputs"})) if found is not None else None

    async def shares(
        self,
        *,
        deployment: "AsyncDeployment | str | None" = None,
        visibility: str | None = None,
        kind: str | None = None,
        public: bool = False,
        limit: int = 20,
    ) -> "builtins.list[AsyncOutputShare]":
        """List shared outputs, newest first.

        visibility: private, link or public. kind: image, video, 3d or other. public: with everybody's public ones;
        the service shows one's own public ones only among those.

        Example:
            >>> await st.runs.shares()
            []
        """
        from stationthis_sdk.api.calls.shares import check_shared_as  # noqa: PLC0415 - few share anything
        from stationthis_sdk.shares import AsyncOutputShare  # noqa: PLC0415 - likewise

        check_limit(limit)
        check_shared_as(kind=kind, visibility=visibility)
        of = await self._deployment(deployment)
        found = await self._context.service.shares.all(
            limit,
            kind=kind,
            visibility=visibility,
            deployment_id=of.id if of else None,
            include_public=public or visibility == "public",
        )
        return [AsyncOutputShare(self._context, one) for one in found]

    async def shared(self, share_id: str) -> "AsyncOutputShare":
        """Get a shared output by the id of its share.

        Raises:
            NotFound: there is no such share.
            Refused: it is a private one of somebody else.
        """
        if not is_uuid(share_id):
            raise NotFound(
                f"{share_id!r} is no share's id: it looks like 5ea8723e-4701-4d69-8604-8932801f2083."
            )
        from stationthis_sdk.shares import AsyncOutputShare  # noqa: PLC0415 - likewise

        return AsyncOutputShare(self._context, await self._context.service.shares.get(share_id))

    async def _started_here(
        self, states: frozenset[str], tag: str | None, limit: int | None
    ) -> Listing[AsyncRun]:
        # What lived when it was last heard of may have come to any state since.
        wanted = states | RunState.ORDER.keys() if states else frozenset()
        kept = await self._context.ledger.runs(tag=tag, states=wanted, limit=None if states else limit)
        runs = [AsyncRun(self._context, one.record, reason=one.reason, cost=one.cost) for one in kept]
        await self._read_anew([run for run in runs if not run.state.final])
        found = [run for run in runs if not states or str(run.state) in states]
        return listed(found if limit is None else found[:limit])

    async def _read_anew(self, live: "builtins.list[AsyncRun]") -> None:
        """Read these runs; of those that can't be read stays what was heard last, and ``source`` says so.

        Raises:
            AuthError, FeatureDisabled: none of them can be read, whatever is tried.
        """
        few = asyncio.Semaphore(_READS)
        unread: list[StationThisError] = []

        async def read(run: AsyncRun) -> None:
            async with few:
                try:
                    await run.refresh()
                except (AuthError, FeatureDisabled):
                    raise
                except NotFound:  # the service forgets
                    pass
                except StationThisError as error:
                    unread.append(error)
                    run._source = attrs.evolve(run.source, kind="cache", problem=error.message)  # noqa: SLF001 - the two know each other

        try:
            async with asyncio.TaskGroup() as group:
                for run in live:
                    group.create_task(read(run))
        except ExceptionGroup as problems:
            raise problems.exceptions[0] from None
        if unread:
            logger("runs").warning(
                "%d of the %d runs that had not ended could not be read, and are told of as they were last heard of: %s",
                len(unread),
                len(live),
                unread[0].message,
            )

    async def _whose(
        self,
        workflow: "AsyncWorkflow | str | None",
        deployment: "AsyncDeployment | str | None",
        what: str,
    ) -> "tuple[str | None, AsyncDeployment | None]":
        """The workflow's id, and the deployment if one was named."""
        if workflow is None and deployment is None:
            raise InvalidInput(
                f"The service can't {what} of everything: name one, with workflow='portrait' or deployment='portrait'."
            )
        of = await self._deployment(deployment)
        if workflow is not None:
            from stationthis_sdk.lookups import workflow_id_of  # noqa: PLC0415 - whoever knows an id looks nothing up

            return await workflow_id_of(self._context, workflow), of
        return (of.record.workflow_id if of and of.record.workflow_version_id else None), of

    async def _deployment(self, deployment: "AsyncDeployment | str | None") -> "AsyncDeployment | None":
        if isinstance(deployment, str):
            from stationthis_sdk.deployments import AsyncDeployments  # noqa: PLC0415 - likewise

            return await AsyncDeployments(self._context).get(deployment)
        return deployment

    def _run(self, record: RunRecord, of: "AsyncDeployment | None", *, untold: frozenset[str]) -> AsyncRun:
        if of is not None:
            return of._run(record, untold=untold)  # noqa: SLF001 - the two know each other
        return AsyncRun(self._context, record, untold=untold)


def _written(moment: datetime) -> str:
    if not isinstance(moment, datetime):
        raise InvalidInput(f"since and until are datetimes, not {moment!r}.")
    return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)).isoformat()
