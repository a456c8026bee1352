"""The deployments of the account: find one by name, deploy a workflow, what others share."""

import time
from collections.abc import AsyncIterator, Awaitable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Final

import attrs

from stationthis_sdk.context import Context
from stationthis_sdk.deployment import AsyncDeployment
from stationthis_sdk.entities import DeploymentRecord, RunRecord, Source, Told, is_uuid
from stationthis_sdk.entities.deployments import (
    ENVIRONMENTS,
    DeploymentChange,
    FeaturedDeployment,
)
from stationthis_sdk.errors import AmbiguousName, InvalidInput, NotFound
from stationthis_sdk.frames.lists import frame_of_deployments
from stationthis_sdk.listing import Listing
from stationthis_sdk.lookups import check_environment, check_limit, known_deployment, known_deployments
from stationthis_sdk.names import loosely, unknown
from stationthis_sdk.shown import Shown

if TYPE_CHECKING:
    import builtins

    from stationthis_sdk.inputs.graphs import GraphLike
    from stationthis_sdk.machine import AsyncMachine
    from stationthis_sdk.workflow import AsyncWorkflow

__all__ = ["AsyncDeployments"]

NAMES_GOOD_FOR: Final = 30.0


@attrs.frozen(slots=False)  # what is made later lies in its __dict__
class _Known:
    """One reading of the list, and its deployments by what they are called: found at once, however many there are."""

    all: tuple[DeploymentRecord, ...]

    @cached_property
    def by_name(self) -> dict[str, list[DeploymentRecord]]:
        return _by((one.name, one) for one in self.all)

    @cached_property
    def _by_slug(self) -> dict[str, list[DeploymentRecord]]:
        return _by((slug, one) for one in self.all for slug in _slugs(one))

    @cached_property
    def _loosely(self) -> dict[str, list[DeploymentRecord]]:
        return _by((loosely(one.name), one) for one in self.all)

    def find(self, name: str, environment: str | None) -> DeploymentRecord:
        """The one that is meant; see ``AsyncDeployments.get``."""

        def here(found: list[DeploymentRecord] | None) -> list[DeploymentRecord]:
            return [one for one in found or () if environment in {None, one.environment}]

        found = (
            here(self.by_name.get(name))
            or here(self._by_slug.get(name))
            or here(self._loosely.get(loosely(name)))
        )
        if found:
            return _pick(name, found)
        raise self.unknown(name, environment)

    def unknown(self, name: str, environment: str | None = None) -> NotFound:
        """The error for a name that is not there."""
        where = f" in {environment}" if environment else ""
        if elsewhere := sorted({one.environment for one in self.by_name.get(name, ())}):
            return NotFound(f"No deployment {name!r}{where}; it is deployed to {', '.join(elsewhere)}.")
        return unknown("deployment", name, self.by_name, where)


class AsyncDeployments(Shown):
    """The deployments of the account: list them, get one by name, deploy a workflow."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known = (float("-inf"), _Known(()))

    def __repr__(self) -> str:
        known = sorted(self._known[1].by_name)
        return f"<deployments: {', '.join(known)}>" if known else "<deployments: list(), get(name)>"

    def __getitem__(self, name: str) -> Awaitable[AsyncDeployment]:
        """The deployment of that name; see ``get``."""
        return self.get(name)

    async def __aiter__(self) -> AsyncIterator[AsyncDeployment]:
        """Each deployment."""
        for deployment in await self.list():
            yield deployment

    async def list(
        self, *, environment: str | None = None, refresh: bool = False
    ) -> Listing[AsyncDeployment]:
        """List all deployments, by name; ``to_frame()`` makes a table of them.

        One reading of the list tells all of them, however many there are; ``source`` of each says how old it is.
        ``refresh`` asks the service in any case.

        Raises:
            InvalidInput: there is no such environment.

        Example:
            >>> [deployment.name for deployment in await st.deployments.list(environment="production")]
            ['picture-to-picture', 'picture-with-lora', 'text-to-picture', 'train-lora']
        """
        told = await self._fetch(refresh=refresh)
        found = [one for one in told.value.all if environment is None or one.environment == environment]
        if environment is not None and not found:
            check_environment(environment)
        found.sort(key=lambda one: (one.name, one.environment))
        return self._listed(found, told.source)

    async def get(
        self, name: str, *, environment: str | None = None, refresh: bool = False
    ) -> AsyncDeployment:
        """Get one by its workflow's name, its id or its share slug.

        When a workflow is deployed to several environments, production comes first, then staging, then preview;
        ``environment`` picks another. Names are compared exactly first, then without regard to case, spaces and
        dashes. What a copy of the list does not have is looked for once more on the service.

        Raises:
            NotFound: there is none; ``suggestions`` are near names.
            AmbiguousName: two workflows have that name; ``candidates`` are their ids.

        Example:
            >>> (await st.deployments.get("Text to Picture")).name
            'text-to-picture'
        """
        if not name or not isinstance(name, str):
            raise InvalidInput(f"A deployment is got by name, id or share slug, not {name!r}.")
        if is_uuid(name):
            try:
                return self._one(await known_deployment(self._context, name, refresh=refresh))
            except NotFound:
                raise (await self._fetch()).value.unknown(name) from None
        told = await self._fetch(refresh=refresh)
        try:
            return self._one(Told(told.value.find(name, environment), told.source))
        except (NotFound, AmbiguousName):
            if told.source.kind != "cache":
                raise
        told = await self._fetch(refresh=True)
        return self._one(Told(told.value.find(name, environment), told.source))

    async def create(
        self,
        workflow: "AsyncWorkflow | str",
        environment: str = "production",
        *,
        machine: "AsyncMachine | str | None" = None,
        version: int | str | None = None,
    ) -> AsyncDeployment:
        """Deploy a version of a workflow to an environment, and return the deployment; ``change`` tells what was done.

        The service keeps one deployment for each workflow and environment: one that is there is moved, and keeps
        its settings. workflow, machine: a name, an id or the thing itself; without ``machine`` the workflow's own,
        else the only one there is. version: a number or an id; the newest by default. environment: production,
        staging, preview, public-share, private-share or community-share.

        Raises:
            InvalidInput: no such environment, or nobody can tell which machine is meant; nothing was sent.
            NotFound: there is no such workflow, version or machine; nothing was sent.

        Example:
            >>> graph = portrait.record.graph
            >>> workflow = await st.workflows.upload(graph, name="example-created")
            >>> deployment = await st.deployments.create(workflow, machine="this-machine")
            >>> deployment.change.kind, deployment.version
            ('new', 1)
            >>> await workflow.delete()
        """
        from stationthis_sdk.publishing import plan_version, send_plan  # noqa: PLC0415 - many deploy nothing

        ready = await plan_version(
            self._context, workflow, environment=environment, machine=machine, version=version
        )
        return self._one(await send_plan(self._context, ready), ready.change)

    async def plan(
        self,
        workflow: "AsyncWorkflow | str",
        environment: str = "production",
        *,
        machine: "AsyncMachine | str | None" = None,
        version: int | str | None = None,
    ) -> DeploymentChange:
        """Tell what ``create`` would do; nothing is changed.

        Raises:
            InvalidInput, NotFound: as ``create`` does.

        Example:
            >>> (await st.deployments.plan("text-to-picture", machine="this-machine")).kind
            'unchanged'
        """
        from stationthis_sdk.publishing import plan_version  # noqa: PLC0415 - likewise

        ready = await plan_version(
            self._context, workflow, environment=environment, machine=machine, version=version
        )
        return ready.change

    async def publish(
        self,
        graph: "GraphLike",
        workflow: str,
        environment: str = "production",
        *,
        machine: "AsyncMachine | str | None" = None,
        comment: str | None = None,
        object_info: "AsyncMachine | GraphLike | None" = None,
    ) -> AsyncDeployment:
        """Upload a graph as a version of a workflow, which is made when it is new, and deploy it.

        graph: a mapping, JSON text or a file's path, in API or UI format. object_info: what turns the editor's UI
        format into what runs: a mapping, a file, or a machine; by default the one it is deployed to. comment: what
        the version is about; the service takes none for the first one. A graph that the newest version has already
        is not uploaded again. The rest is as in ``create``.

        Raises:
            InvalidInput, NotFound: as ``create`` does, and for what is no graph; nothing was sent.

        Example:
            >>> graph = portrait.record.graph
            >>> deployment = await st.deployments.publish(graph, "example-published", machine="this-machine")
            >>> deployment.change.kind, deployment.version
            ('new', 1)
            >>> await (await st.workflows.get("example-published")).delete()
        """
        from stationthis_sdk.publishing import plan_of_graph, publish_graph  # noqa: PLC0415 - likewise

        ready = await plan_of_graph(
            self._context,
            graph,
            workflow,
            environment=environment,
            machine=machine,
            object_info=object_info,
        )
        told, change = await publish_graph(self._context, ready, comment=comment)
        return self._one(told, change)

    async def plan_graph(
        self,
        graph: "GraphLike",
        workflow: str,
        environment: str = "production",
        *,
        machine: "AsyncMachine | str | None" = None,
        object_info: "AsyncMachine | GraphLike | None" = None,
    ) -> DeploymentChange:
        """Tell what ``publish`` would do; nothing is changed.

        Raises:
            InvalidInput, NotFound: as ``publish`` does.

        Example:
            >>> change = await st.deployments.plan_graph(portrait.record.graph, "text-to-picture")
            >>> print(change)
            text-to-picture in production: stays at version 1
        """
        from stationthis_sdk.publishing import plan_of_graph  # noqa: PLC0415 - likewise

        ready = await plan_of_graph(
            self._context,
            graph,
            workflow,
            environment=environment,
            machine=machine,
            object_info=object_info,
        )
        return ready.change

    async def shared(self, slug: str) -> AsyncDeployment:
        """Get what somebody shares, by its address: "owner/name". It runs like one's own, paid by its owner.

        Raises:
            InvalidInput: that is no address.
            NotFound: nobody shares that.
            AuthError: it is a private share of somebody else.
        """
        parts = slug.split("/" if "/" in slug else "_", 1) if isinstance(slug, str) else []
        owner, name = parts if len(parts) == 2 else ("", "")
        if not owner or not name or "/" in name:
            raise InvalidInput(f"A share has an address like 'owner/name', not {slug!r}.")
        record = await self._context.service.shares.deployment(owner, name)
        return self._one(Told(record, Source.now()))

    async def community(self, *, limit: int = 20) -> Listing[AsyncDeployment]:
        """List what others share with everybody, newest first.

        Example:
            >>> await st.deployments.community()
            []
        """
        check_limit(limit)
        found = await self._context.service.deployments.community(limit)
        return self._listed(found, Source.now())

    async def featured(self) -> tuple[FeaturedDeployment, ...]:
        """List the shares that the service has chosen; ``shared(one.share_slug)`` gets one.

        Example:
            >>> await st.deployments.featured()
            ()
        """
        return await self._context.service.deployments.featured()

    async def _of_run(self, run: RunRecord) -> AsyncDeployment:
        """The deployment a run came from, as far as the service tells: else by its workflow and version."""
        for refresh in (False, True):
            told = await self._fetch(refresh=refresh)
            mine = [one for one in told.value.all if run.workflow_id and one.workflow_id == run.workflow_id]
            for found in (
                [one for one in told.value.all if run.deployment_id and one.id == run.deployment_id],
                [one for one in mine if one.workflow_version_id == run.workflow_version_id],
                mine,
            ):
                if found:
                    return self._one(Told(min(found, key=_rank), told.source))
            if told.source.kind != "cache":
                break
        raise NotFound(
            f"The deployment of run {run.id} is gone; get another by name and call it.", run_id=run.id
        )

    async def _has(self, name: object) -> bool:
        told = await self._fetch()
        if all(one.name != name for one in told.value.all) and told.source.kind == "cache":
            told = await self._fetch(refresh=True)
        return any(one.name == name for one in told.value.all)

    async def _names(self) -> "builtins.list[str]":
        asked, known = self._known
        if time.monotonic() - asked > NAMES_GOOD_FOR:
            known = (await self._fetch()).value
        return sorted(known.by_name)

    async def _fetch(self, *, refresh: bool = False) -> Told[_Known]:
        told = await known_deployments(self._context, refresh=refresh)
        known = self._known[1]
        if told.value is not known.all:
            known = _Known(told.value)
        self._known = (time.monotonic(), known)
        return Told(known, told.source)

    def _one(self, told: Told[DeploymentRecord], change: DeploymentChange | None = None) -> AsyncDeployment:
        return AsyncDeployment(self._context, told.value, told.source, change=change)

    def _listed(self, found: Iterable[DeploymentRecord], source: Source) -> Listing[AsyncDeployment]:
        return Listing((AsyncDeployment(self._context, one, source) for one in found), frame_of_deployments)


def _by(named: Iterable[tuple[str, DeploymentRecord]]) -> dict[str, list[DeploymentRecord]]:
    found: dict[str, list[DeploymentRecord]] = {}
    for name, one in named:
        found.setdefault(name, []).append(one)
    return found


def _pick(name: str, found: list[DeploymentRecord]) -> DeploymentRecord:
    """One of several environments of one workflow; two workflows are one too many."""
    best = min(found, key=_rank)
    rivals = [one for one in found if one.workflow_id != best.workflow_id]
    if rivals:
        candidates = [f"{one.id} ({one.environment})" for one in found]
        raise AmbiguousName(
            f"Several workflows are called {name!r}: get one by its id: {', '.join(candidates)}.",
            candidates=[one.id for one in found],
        )
    return best


def _rank(record: DeploymentRecord) -> int:
    return ENVIRONMENTS.index(record.environment) if record.environment in ENVIRONMENTS else len(ENVIRONMENTS)


def _slugs(record: DeploymentRecord) -> set[str]:
    """A share's slug as it is kept, ``owner_name``, and as its address has it, ``owner/name``."""
    slug = record.share_slug
    return {slug, slug.replace("_", "/", 1)} if slug else set()
