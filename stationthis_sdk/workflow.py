"""A workflow: its versions, what is known of it, running a graph under it, changing it."""

import asyncio
from collections.abc import Awaitable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from stationthis_sdk.api.calls.runs import check_gpu
from stationthis_sdk.context import Context
from stationthis_sdk.entities import RunRecord, Source, Timeouts, is_uuid
from stationthis_sdk.entities.workflows import GalleryEntry, VersionRecord, WorkflowRecord
from stationthis_sdk.errors import InvalidInput, NotFound, ValidationFailed
from stationthis_sdk.graphs.formats import editor_graph
from stationthis_sdk.inputs.fields import Inputs, inputs_in
from stationthis_sdk.inputs.graphs import GraphLike
from stationthis_sdk.interrupts import sigterm_cancels
from stationthis_sdk.options import OnInterrupt, Options
from stationthis_sdk.runs import AsyncRun
from stationthis_sdk.shared_workflows import AsyncSharedWorkflow
from stationthis_sdk.submits import Submit, Target
from stationthis_sdk.uploaded_graphs import machine_id_of, runnable
from stationthis_sdk.versions import AsyncVersion

if TYPE_CHECKING:
    from stationthis_sdk.machine import AsyncMachine

__all__ = ["AsyncWorkflow"]


class AsyncWorkflow:
    """A graph with its versions. Deploy it to run it by name, or ``submit`` a graph of your own under it.

    Example:
        >>> drawing = await st.workflows.get("text-to-picture")
        >>> drawing.newest.category, drawing.newest.inputs["steps"].maximum
        ('text-to-image', 60)
    """

    def __init__(
        self, context: Context, record: WorkflowRecord, source: Source, *, options: Options | None = None
    ) -> None:
        self._context = context
        self._record = record
        self._source = source
        self._options = options or Options(context.timeouts)

    def __repr__(self) -> str:
        newest = self._record.newest
        about = (
            f" v{newest.number}: {AsyncVersion(self._context, newest, self._source).inputs!r}"
            if newest
            else ""
        )
        return f"<workflow {self.name!r}{', pinned' if self.pinned else ''}{about}>"

    @property
    def id(self) -> str:
        """The service's id."""
        return self._record.id

    @property
    def name(self) -> str:
        """What its owner calls it."""
        return self._record.name

    @property
    def description(self) -> str:
        """What its owner says of it."""
        return self._record.description

    @property
    def pinned(self) -> bool:
        """Whether it stands first in lists."""
        return self._record.pinned

    @property
    def created_at(self) -> datetime | None:
        """When it was made, UTC."""
        return self._record.created_at

    @property
    def updated_at(self) -> datetime | None:
        """When it was changed last, UTC."""
        return self._record.updated_at

    @property
    def newest(self) -> AsyncVersion | None:
        """Its newest version, as ``get`` tells; None when it has none, or came from a list: see ``version``."""
        newest = self._record.newest
        return None if newest is None else AsyncVersion(self._context, newest, self._source, self.name)

    @property
    def record(self) -> WorkflowRecord:
        """Everything known of it, as data."""
        return self._record

    @property
    def source(self) -> Source:
        """Where this was learnt, and how old it is."""
        return self._source

    async def refresh(self) -> "AsyncWorkflow":
        """Ask the service for its present state, newest version included, and return it.

        Raises:
            NotFound: it was deleted.
        """
        try:
            self._record = await self._context.service.workflows.get(self.id)
        except NotFound as error:
            raise self._gone(error) from None
        self._source = Source.now()
        return self

    async def versions(self, *, search: str | None = None) -> list[AsyncVersion]:
        """List every version, the newest first; ``search`` is a part of the comment.

        Example:
            >>> [version.number for version in await (await st.workflows.get("text-to-picture")).versions()]
            [1]
        """
        told = await self._context.service.versions.all(self.id, search)
        return [self._version(one, Source.now()) for one in told]

    async def version(self, version: int | str | None = None) -> AsyncVersion:
        """Get one version by its number or id; the newest without.

        Raises:
            NotFound: there is no such version of this workflow.
            InvalidInput: it is neither a number nor an id.
        """
        service = self._context.service
        if version is None:
            newest = (await self.refresh()).newest
            if newest is None:
                raise NotFound(
                    f"The workflow {self.name!r} has no version yet: add_version(graph) makes one."
                )
            return newest
        if isinstance(version, str) and version.isdecimal():
            version = int(version)
        try:
            if isinstance(version, int) and not isinstance(version, bool) and version > 0:
                number = version
                told = await self._context.catalogue.read(
                    "versions",
                    f"{self.id}/{number}",
                    lambda: service.versions.get_number(self.id, number),
                    VersionRecord,
                )
            elif is_uuid(version):
                told = await self._context.catalogue.read(
                    "versions", str(version), lambda: service.versions.get(str(version)), VersionRecord
                )
            else:
                raise InvalidInput(f"A version is a number from 1 on or an id, not {version!r}.")
        except (NotFound, ValidationFailed) as error:
            raise self._no_version(version, error) from None
        if told.value.workflow_id not in {None, self.id}:
            raise self._no_version(version)
        return self._version(told.value, told.source)

    async def add_version(
        self,
        graph: GraphLike,
        *,
        comment: str | None = None,
        machine: "AsyncMachine | str | None" = None,
        object_info: Any = None,
    ) -> AsyncVersion:
        """Upload another graph as the newest version, and return it.

        graph: in API or UI format, a mapping, JSON text or a path. machine: its preview deployment moves to the new
        version. object_info: what a graph that is in UI format only is converted with, see ``Workflows.upload``.

        Raises:
            InvalidInput: it is no graph, or can't be converted; nothing was sent.
            NotFound: the workflow was deleted, or there is no such machine.

        Example:
            >>> portrait_too = await st.workflows.upload((await st.workflows.get("text-to-picture")).newest.graph, name="example-more")
            >>> changed = {**portrait_too.newest.graph, "99": {"class_type": "EmptyImage", "inputs": {}}}
            >>> (await portrait_too.add_version(changed, comment="with an image")).number
            2
            >>> await portrait_too.delete()
        """
        runs, shows = await runnable(self._context, graph, object_info)
        machine_id = await machine_id_of(self._context, machine)
        added = await self._context.service.versions.add(
            self.id, ui_graph=shows, graph=runs, comment=comment, machine_id=machine_id
        )
        return self._version(added, Source.now())

    async def rename(self, name: str) -> "AsyncWorkflow":
        """Give it another name, and return it. Deployments are got by the new name from then on.

        Raises:
            InvalidInput: the name is empty.
        """
        if not isinstance(name, str) or not name.strip():
            raise InvalidInput(f"A workflow's name is a text, not {name!r}.")
        return await self._changed(name=name)

    async def describe(self, description: str) -> "AsyncWorkflow":
        """Say what it is for, and return it."""
        return await self._changed(description=description)

    async def pin(self) -> "AsyncWorkflow":
        """Let it stand first in lists, and return it."""
        return await self._changed(pinned=True)

    async def unpin(self) -> "AsyncWorkflow":
        """Let it stand among the others again, and return it."""
        return await self._changed(pinned=False)

    async def clone(self, name: str | None = None) -> "AsyncWorkflow":
        """Copy it with its newest version, under another name, and return the copy.

        Raises:
            Refused: the plan does not allow it.
        """
        made = await self._context.service.workflows.clone(self.id, name)
        return await AsyncWorkflow(self._context, made, Source.now()).refresh()

    async def delete(self) -> None:
        """Delete it with its versions; its deployments can't be run any more."""
        await self._context.service.workflows.delete(self.id)

    async def export(self, version: int | None = None) -> dict[str, Any]:
        """A file of a version for another ComfyUI: the editor's graph, ``workflow_api`` and what it needs beside.

        Raises:
            NotFound: there is no such version, or the service keeps no make of its machine (classic ones).
        """
        return await self._context.service.workflows.export(self.id, version)

    async def gallery(self, *, limit: int = 100, file_type: str | None = None) -> list[GalleryEntry]:
        """What its successful runs made, the latest first; ``file_type`` is image or video."""
        return [*await self._context.service.workflows.gallery(self.id, limit=limit, file_type=file_type)]

    async def share(
        self,
        title: str,
        *,
        description: str | None = None,
        cover: str | None = None,
        version: int | str | None = None,
    ) -> AsyncSharedWorkflow:
        """Publish it for all, or what is published of it anew: its address stays.

        Raises:
            NotFound: there is no such version, or the service keeps no make of its machine.
        """
        chosen = None if version is None else (await self.version(version)).id
        shared = await self._context.service.shared_workflows.publish(
            self.id, title, description=description, cover=cover, version_id=chosen
        )
        return AsyncSharedWorkflow(self._context, shared, Source.now())

    async def unshare(self) -> None:
        """Publish it no more."""
        await self._context.service.shared_workflows.take_back(self.id)

    async def shared(self) -> AsyncSharedWorkflow | None:
        """What is published of it; None when nothing is."""
        found = await self._context.service.shared_workflows.of_workflow(self.id)
        return None if found is None else AsyncSharedWorkflow(self._context, found, Source.now())

    def options(
        self,
        *,
        timeout: float | Timeouts | None = None,
        gpu: str | None = None,
        webhook: str | None = None,
        allow_unknown: bool | None = None,
        on_interrupt: OnInterrupt | None = None,
    ) -> "AsyncWorkflow":
        """Return a copy that runs graphs otherwise; the words are those of ``Deployment.options``."""
        if gpu is not None:
            check_gpu(gpu)
        options = self._options.changed(
            timeout, gpu=gpu, webhook=webhook, allow_unknown=allow_unknown, on_interrupt=on_interrupt
        )
        return AsyncWorkflow(self._context, self._record, self._source, options=options)

    async def submit(
        self,
        graph: GraphLike | None = None,
        /,
        inputs: Mapping[str, Any] | None = None,
        *,
        machine: "AsyncMachine | str | None" = None,
        **more: Any,
    ) -> AsyncRun:
        """Run a graph under this workflow, without deploying it, and return at once; wait() for it as for any run.

        graph: in API format; the newest version's without. machine: by default the workflow's own, else the only
        one there is. Inputs are those of the graph's external nodes, as keywords or, where a name is taken, a
        mapping: they are checked, uploaded and drawn as a deployment's.

        Raises:
            InvalidInput: the graph or an input is wrong, or nobody can tell which machine is meant; nothing was sent.
            AmbiguousSubmit: the service's answer was lost; the run may exist.

        Example:
            >>> drawing = await st.workflows.get("text-to-picture")
            >>> run = await drawing.submit(drawing.newest.graph, machine="this-machine", prompt="a fox", steps=1)
            >>> (await run.wait()).state
            'success'
        """
        with sigterm_cancels():
            if graph is None:
                graph = (await self.version()).graph or {}
            runs, shows = await runnable(self._context, graph, None)
            machine_id = await machine_id_of(
                self._context, machine, self._record.selected_machine_id, needed=True
            )
            target = await asyncio.to_thread(self._target, runs, shows, str(machine_id))
            return await Submit(self._context, target, self._options, self._run).run(inputs, more)

    def _target(self, graph: Mapping[str, Any], ui_graph: Mapping[str, Any], machine_id: str) -> Target:
        takes: Inputs = inputs_in(graph)

        def queue(values: Mapping[str, Any], options: Options) -> Awaitable[str]:
            return self._context.service.runs.queue_graph(
                self.id,
                values,
                graph=graph,
                ui_graph=ui_graph or editor_graph(graph),
                machine_id=machine_id,
                gpu=options.gpu,
                webhook=options.webhook,
                limits=options.timeouts,
            )

        return Target(
            self.name,
            takes,
            (self.id, machine_id, graph),
            queue,
            f"The workflow {self.name!r} ({self.id}) is gone, or its machine is.",
            workflow_id=self.id,
            machine_id=machine_id,
        )

    def _run(self, record: RunRecord, *, from_cache: bool = False) -> AsyncRun:
        return AsyncRun(
            self._context,
            record,
            timeouts=self._options.timeouts,
            on_interrupt=self._options.on_interrupt,
            from_cache=from_cache,
        )

    async def _changed(self, **changes: Any) -> "AsyncWorkflow":
        try:
            await self._context.service.workflows.update(self.id, **changes)
        except NotFound as error:
            raise self._gone(error) from None
        return await self.refresh()

    def _version(self, record: VersionRecord, source: Source) -> AsyncVersion:
        return AsyncVersion(self._context, record, source, self.name)

    def _gone(self, error: NotFound) -> NotFound:
        return NotFound(f"The workflow {self.name!r} ({self.id}) is gone.", request=error.request)

    def _no_version(self, version: object, error: Any = None) -> NotFound:
        have = f"; its newest is {self._record.newest.number}" if self._record.newest else ""
        request = getattr(error, "request", None)
        return NotFound(f"The workflow {self.name!r} has no version {version!r}{have}.", request=request)
