"""A workflow: its versions, what is known of it, running a graph under it, changing it."""

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import attrs

from stationthis_sdk.api.calls.family import check_limit
from stationthis_sdk.api.calls.runs import check_gpu
from stationthis_sdk.context import Context
from stationthis_sdk.entities import RunRecord, Source, Timeouts
from stationthis_sdk.entities.workflows import GalleryEntry, VersionRecord, WorkflowRecord
from stationthis_sdk.errors import InvalidInput, NotFound
from stationthis_sdk.frames.lists import frame_of_versions
from stationthis_sdk.graphs.results import OutputNode
from stationthis_sdk.inputs.fields import Inputs
from stationthis_sdk.inputs.graphs import GraphLike, read_graph
from stationthis_sdk.interrupts import sigterm_cancels
from stationthis_sdk.listing import Listing
from stationthis_sdk.machines import named_machine
from stationthis_sdk.names import check_name
from stationthis_sdk.options import OnInterrupt, Options
from stationthis_sdk.runs import AsyncRun
from stationthis_sdk.shared_workflows import AsyncSharedWorkflow
from stationthis_sdk.shown import Shown
from stationthis_sdk.submits import Submit, target_of_graph
from stationthis_sdk.uploaded_graphs import FOR_SUBMIT, machine_for, machine_gone, runnable
from stationthis_sdk.versions import AsyncVersion, gone, no_version_yet, told_version

if TYPE_CHECKING:
    from stationthis_sdk.machine import AsyncMachine

__all__ = ["AsyncWorkflow"]

_FILE_TYPES: Final = ("image", "video")


class AsyncWorkflow(Shown):
    """A graph with its versions. Deploy it to run it by name, or ``submit`` a graph of your own under it.

    ``inputs``, ``outputs``, ``kind``, ``category``, ``base_model``, ``supports_lora``, ``loras`` and ``node_classes``
    are read from the newest version's graph. Lists tell no graphs: there they raise InvalidInput until ``refresh``
    has read it, and NotFound when there is no version.

    Example:
        >>> drawing = await st.workflows.get("text-to-picture")
        >>> drawing.category, drawing.inputs["steps"].maximum
        ('text-to-image', 60)
    """

    def __init__(
        self, context: Context, record: WorkflowRecord, source: Source, *, options: Options | None = None
    ) -> None:
        self._context = context
        self._options = options or Options(context.timeouts)
        self._now(record, source)

    def __repr__(self) -> str:
        newest = self._newest
        about = "" if newest is None else f" v{newest.number}: {newest.inputs!r}"
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
        """Its newest version, when last heard; None when it has none, or came from a list: ``refresh`` reads it."""
        return self._newest

    @property
    def inputs(self) -> Inputs:
        """Its inputs by name, with defaults, ranges, options and help."""
        return self._graph_of().inputs

    @property
    def outputs(self) -> tuple[OutputNode, ...]:
        """The nodes whose work is a result; those that are only previewed come last."""
        return self._graph_of().outputs

    @property
    def kind(self) -> str | None:
        """What it makes above all; see ``Version.kind``."""
        return self._graph_of().kind

    @property
    def category(self) -> str:
        """What it is good for; see ``Version.category``."""
        return self._graph_of().category

    @property
    def base_model(self) -> str | None:
        """FLUX, KONTEXT, WAN, SDXL, SD1.5 and others; None where the graph does not tell."""
        return self._graph_of().base_model

    @property
    def supports_lora(self) -> bool:
        """Whether whoever runs it can choose a LoRA."""
        return self._graph_of().supports_lora

    @property
    def loras(self) -> tuple[str, ...]:
        """The LoRA files its loaders name."""
        return self._graph_of().loras

    @property
    def node_classes(self) -> tuple[str, ...]:
        """The classes of its nodes that run, each once, by name."""
        return self._graph_of().node_classes

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
            record = await self._context.service.workflows.get(self.id)
        except NotFound as error:
            raise gone(self._record, error) from None
        self._now(record, Source.now())
        return self

    async def versions(self, *, search: str | None = None) -> Listing[AsyncVersion]:
        """List every version, the newest first; ``search`` is a part of the comment.

        Raises:
            NotFound: it was deleted.

        Example:
            >>> [version.number for version in await (await st.workflows.get("text-to-picture")).versions()]
            [1]
        """
        try:
            told = await self._context.service.versions.all(self.id, search)
        except NotFound as error:
            raise gone(self._record, error) from None
        return Listing((self._version(one, Source.now()) for one in told), frame_of_versions)

    async def version(self, version: int | str | None = None) -> AsyncVersion:
        """Get one version by its number or id; the newest without.

        Raises:
            NotFound: there is no such version of this workflow, or it was deleted.
            InvalidInput: it is neither a number nor an id.
        """
        if version is None:
            await self.refresh()
            return self._graph_of()
        told = await told_version(self._context, self._record, version)
        return self._version(told.value, told.source)

    async def add_version(
        self,
        graph: GraphLike,
        *,
        comment: str | None = None,
        machine: "AsyncMachine | str | None" = None,
        object_info: "AsyncMachine | GraphLike | None" = None,
    ) -> AsyncVersion:
        """Upload another graph as the newest version, and return it.

        graph: in API or UI format, a mapping, JSON text or a path. machine: its preview deployment moves to the new
        version. object_info: what a graph that is in UI format only is converted with, see ``Workflows.upload``; by
        default what that machine says.

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
        given = await asyncio.to_thread(read_graph, graph)
        place = None if machine is None else await named_machine(self._context, machine)
        runs, shows = await runnable(self._context, given, object_info, machine=place)
        try:
            added = await self._context.service.versions.add(
                self.id, ui_graph=shows, graph=runs, comment=comment, machine_id=place.id if place else None
            )
        except NotFound as error:
            if place is not None and error.said.startswith("Machine"):
                raise machine_gone(place, error) from None
            raise gone(self._record, error) from None
        known = self._record.newest
        if known is None or known.number < added.number:
            self._now(attrs.evolve(self._record, whole=True, newest=added), Source.now())
        return self._version(added, Source.now())

    async def rename(self, name: str) -> "AsyncWorkflow":
        """Give it another name, and return it. Deployments are got by the new name from then on.

        Raises:
            InvalidInput: the name is empty.
        """
        check_name(name, "a workflow")
        return await self._changed(name=name)

    async def describe(self, description: str) -> "AsyncWorkflow":
        """Say what it is for, and return it."""
        if not isinstance(description, str):
            raise InvalidInput(f"A description is a text, not {description!r}.")
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
            InvalidInput: the name is empty.
            NotFound: it was deleted.
            Refused: the plan does not allow it.
        """
        if name is not None:
            check_name(name, "a workflow")
        try:
            made = await self._context.service.workflows.clone(self.id, name)
        except NotFound as error:
            raise gone(self._record, error) from None
        return await AsyncWorkflow(self._context, made, Source.now()).refresh()

    async def delete(self) -> None:
        """Delete it with its versions; its deployments can't be run any more.

        Raises:
            NotFound: it was deleted before.
        """
        try:
            await self._context.service.workflows.delete(self.id)
        except NotFound as error:
            raise gone(self._record, error) from None

    async def export(self, version: int | str | None = None) -> dict[str, Any]:
        """A file of a version for another ComfyUI: the editor's graph, ``workflow_api`` and what it needs beside.

        version: its number or id; the newest without.

        Raises:
            NotFound: there is no such version, the service keeps no make of its machine (classic ones), or it was
                deleted.
            InvalidInput: it is neither a number nor an id.
        """
        number = None if version is None else (await self.version(version)).number
        try:
            return await self._context.service.workflows.export(self.id, number)
        except NotFound as error:
            raise self._no_file(error) from None

    async def gallery(self, *, limit: int | None = 100, file_type: str | None = None) -> list[GalleryEntry]:
        """What its successful runs made, the latest first: at most ``limit``, None for all; ``file_type`` is image or video.

        Raises:
            InvalidInput: no such limit or file type; nothing was sent.
            NotFound: it was deleted.
        """
        check_limit(limit)
        if file_type not in {None, *_FILE_TYPES}:
            raise InvalidInput(
                f"file_type is {' or '.join(_FILE_TYPES)}, or None for all, not {file_type!r}."
            )
        found = await self._context.service.workflows.gallery(self.id, limit=limit, file_type=file_type)
        if not found:
            await self.refresh()  # the service says the same of a workflow that is gone
        return [*found]

    async def share(
        self,
        title: str,
        *,
        description: str | None = None,
        cover: str | None = None,
        version: int | str | None = None,
    ) -> AsyncSharedWorkflow:
        """Publish it for all, or what is published of it anew: its address stays.

        cover: the web address of a picture. version: its number or id; the newest without.

        Raises:
            InvalidInput: the title is empty; nothing was sent.
            NotFound: there is no such version, the service keeps no make of its machine (classic ones), or it was
                deleted.
        """
        if not isinstance(title, str) or not title.strip():
            raise InvalidInput(f"What is published has a title, a text that is not empty, not {title!r}.")
        chosen = None if version is None else (await self.version(version)).id
        try:
            shared = await self._context.service.shared_workflows.publish(
                self.id, title, description=description, cover=cover, version_id=chosen
            )
        except NotFound as error:
            raise self._no_file(error) from None
        return AsyncSharedWorkflow(self._context, shared, Source.now())

    async def unshare(self) -> None:
        """Publish it no more.

        Raises:
            NotFound: it is not published, or was deleted.
        """
        try:
            await self._context.service.shared_workflows.take_back(self.id)
        except NotFound as error:
            await self.refresh()  # it may be the workflow that is gone
            raise NotFound(
                f"Nothing is published of the workflow {self.name!r}: share(title) does.",
                request=error.request,
            ) from None

    async def shared(self) -> AsyncSharedWorkflow | None:
        """What is published of it; None when nothing is.

        Raises:
            NotFound: it was deleted.
        """
        try:
            found = await self._context.service.shared_workflows.of_workflow(self.id)
        except NotFound as error:
            raise gone(self._record, error) from None
        return None if found is None else AsyncSharedWorkflow(self._context, found, Source.now())

    def options(
        self,
        *,
        timeout: float | Timeouts | None = None,
        gpu: str | None = None,
        webhook: str | None = None,
        allow_unknown: bool | None = None,
        on_interrupt: OnInterrupt | None = None,
        tags: "Collection[str] | str | None" = None,
    ) -> "AsyncWorkflow":
        """Return a copy that runs graphs otherwise; the words are those of ``Deployment.options``."""
        if gpu is not None:
            check_gpu(gpu)
        options = self._options.changed(
            timeout,
            gpu=gpu,
            webhook=webhook,
            allow_unknown=allow_unknown,
            on_interrupt=on_interrupt,
            tags=tags,
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

        graph: in API or UI format, a mapping, JSON text or a path; the newest version's without. What is in UI format
        only is converted with what the machine says. machine: by default the workflow's own, else the only one there
        is. Inputs are those of the graph's external nodes, as keywords or, where a name is taken, a mapping: they are
        checked, uploaded and drawn as a deployment's.

        Raises:
            InvalidInput: the graph or an input is wrong, or nobody can tell which machine is meant; no run was started.
            NotFound: the workflow or the machine is not there; no run was started.
            AmbiguousSubmit: the service's answer was lost; the run may exist.

        Example:
            >>> drawing = await st.workflows.get("text-to-picture")
            >>> run = await drawing.submit(drawing.newest.graph, machine="this-machine", prompt="a fox", steps=1)
            >>> (await run.wait()).state
            'success'
        """
        with sigterm_cancels():
            if graph is None:
                newest = await self.version()
                graph = {"prompt": newest.graph, "workflow": newest.ui_graph}
            given = await asyncio.to_thread(read_graph, graph)
            place = await machine_for(self._context, machine, self._record.selected_machine_id)
            runs, shows = await runnable(self._context, given, None, machine=place, advice=FOR_SUBMIT)
            target = await asyncio.to_thread(target_of_graph, self._context, self._record, runs, shows, place)
            return await Submit(self._context, target, self._options, self._run).run(inputs, more)

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
            raise gone(self._record, error) from None
        return await self.refresh()

    def _version(self, record: VersionRecord, source: Source) -> AsyncVersion:
        return AsyncVersion(self._context, record, source, self.name)

    def _now(self, record: WorkflowRecord, source: Source) -> None:
        self._record, self._source = record, source
        self._newest = None if record.newest is None else self._version(record.newest, source)

    def _graph_of(self) -> AsyncVersion:
        """The version that tells what the workflow is."""
        if self._newest is None and not self._record.whole:
            raise InvalidInput(
                f"{self.name!r} came from a list, which tells no graphs: refresh() reads it, or workflows.get({self.name!r})."
            )
        if self._newest is None:
            raise no_version_yet(self._record)
        return self._newest

    def _no_file(self, error: NotFound) -> NotFound:
        """The error of exports and of what is published, which the service makes in one way."""
        if "ersion" not in error.said:
            return gone(self._record, error)
        if not error.said.startswith("Machine"):
            return no_version_yet(self._record)
        return NotFound(
            f"The service keeps no make of the machine that this version of {self.name!r} is for, as of all classic ones, "
            "and makes no file of it: version().graph and .ui_graph are its graphs; add_version(graph) without a "
            "machine makes one that has a file.",
            said=error.said,
            request=error.request,
        )
