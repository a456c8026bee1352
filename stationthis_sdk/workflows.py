"""Workflows: list them, get one by name, upload."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import TYPE_CHECKING

from stationthis_sdk.api.calls.family import check_limit
from stationthis_sdk.context import Context
from stationthis_sdk.entities import Source, Told, is_uuid
from stationthis_sdk.entities.workflows import WorkflowRecord
from stationthis_sdk.errors import AmbiguousName, InvalidInput, NotFound, StationThisError
from stationthis_sdk.frames.lists import frame_of_workflows
from stationthis_sdk.inputs.graphs import GraphLike, read_graph
from stationthis_sdk.listing import Listing
from stationthis_sdk.machines import named_machine
from stationthis_sdk.names import check_name, find, unknown
from stationthis_sdk.shared_workflows import AsyncSharedWorkflow, shared_workflow
from stationthis_sdk.shown import Shown
from stationthis_sdk.uploaded_graphs import machine_gone, runnable
from stationthis_sdk.workflow import AsyncWorkflow

if TYPE_CHECKING:
    import builtins

    from stationthis_sdk.machine import AsyncMachine

__all__ = ["AsyncWorkflows"]


class AsyncWorkflows(Shown):
    """The workflows of the account: list them, get one by name, upload."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __repr__(self) -> str:
        return "<workflows: list(), get(name), upload(graph, name=…)>"

    def __getitem__(self, name: str) -> Awaitable[AsyncWorkflow]:
        """The workflow of that name; see ``get``."""
        return self.get(name)

    async def __aiter__(self) -> AsyncIterator[AsyncWorkflow]:
        """Each workflow, page by page: whoever stops early asks for no more."""
        async for page in self._context.service.workflows.pages():
            for record in page:
                yield AsyncWorkflow(self._context, record, Source.now())

    async def list(self, *, search: str | None = None, refresh: bool = False) -> Listing[AsyncWorkflow]:
        """List all workflows, pinned ones first; ``search`` is a part of the name. Their versions come with ``get``.

        ``to_frame()`` makes a table of them.

        Example:
            >>> [workflow.name for workflow in await st.workflows.list(search="to-picture")]
            ['text-to-picture', 'picture-to-picture']
        """
        told = await self._known(search, refresh=refresh)
        return Listing(
            (AsyncWorkflow(self._context, one, told.source) for one in told.value), frame_of_workflows
        )

    async def get(self, name: str, *, refresh: bool = False) -> AsyncWorkflow:
        """Get one by its name or id, with its newest version.

        Names are compared exactly first, then without regard to case, spaces and dashes.

        Raises:
            NotFound: there is none; ``suggestions`` are near names.
            AmbiguousName: several have that name; ``candidates`` are their ids.

        Example:
            >>> (await st.workflows.get("Text to Picture")).kind
            'image'
        """
        if is_uuid(name):
            workflow_id, copied = name, False
        else:
            told = await self._known(None, refresh=refresh)
            copied = told.source.kind == "cache"
            try:
                workflow_id = find("workflow", name, told.value).id
            except (NotFound, AmbiguousName):
                if not copied:
                    raise
                workflow_id = find("workflow", name, (await self._known(None, refresh=True)).value).id
        try:
            return await self._whole(workflow_id, refresh=refresh)
        except NotFound:
            known = (await self._known(None, refresh=True)).value
            if copied:
                # It was deleted meanwhile; another one may have its name.
                anew = find("workflow", name, known).id
                if anew != workflow_id:
                    return await self._whole(anew, refresh=True)
            raise unknown("workflow", name, (one.name for one in known)) from None

    async def upload(
        self,
        graph: GraphLike,
        *,
        name: str | None = None,
        machine: "AsyncMachine | str | None" = None,
        object_info: "AsyncMachine | GraphLike | None" = None,
    ) -> AsyncWorkflow:
        """Make a workflow of a graph, and return it with its first version.

        graph: what ComfyUI exports, in API format (what runs) or UI format (what the editor saves): a mapping, JSON
        text or a path. name: by default the file's. machine: where it is to run; the service makes a preview
        deployment there. object_info: what a graph in UI format is converted with: a mapping or file of a
        ComfyUI's ``GET /object_info``, or a machine; by default what ``machine`` says.

        Raises:
            InvalidInput: it is no graph, has no name, or can't be converted; nothing was sent.
            NotFound: there is no such machine.

        Example:
            >>> graph = {"1": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 0}},
            ...          "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}}}
            >>> workflow = await st.workflows.upload(graph, name="example-uploaded")
            >>> workflow.newest.number, workflow.outputs[0].kind
            (1, 'image')
            >>> await workflow.delete()
        """
        given = await asyncio.to_thread(read_graph, graph)
        if name is None and given.name is None:
            raise InvalidInput("The workflow needs a name: upload(graph, name='portrait').")
        name = given.name if name is None else name
        check_name(name, "a workflow")
        place = None if machine is None else await named_machine(self._context, machine)
        runs, shows = await runnable(self._context, given, object_info, machine=place)
        try:
            made = await self._context.service.workflows.create(
                str(name), ui_graph=shows, graph=runs, machine_id=place.id if place else None
            )
        except NotFound as error:
            if place is not None and error.said.startswith("Machine"):
                raise machine_gone(place, error) from None
            raise
        try:
            return await self._whole(made, refresh=True)
        except StationThisError as error:
            raise error.told(f"The workflow was made all the same: {made}.") from None

    async def shared(
        self, search: str | None = None, *, slug: str | None = None, limit: int | None = 100
    ) -> "builtins.list[AsyncSharedWorkflow]":
        """List what people have published, the latest first.

        search: a part of the title. slug: the address of a single one, in place of a search. limit: how many at
        most, None for all.

        Raises:
            InvalidInput: no such limit, no address, or both a search and an address; nothing was sent.
            NotFound: nothing is published there.
        """
        check_limit(limit)
        if slug is None:
            found = await self._context.service.shared_workflows.all(limit, search=search or None)
        elif search is None:
            found = (await shared_workflow(self._context, slug),)
        else:
            raise InvalidInput("Either search or slug: one looks for titles, the other is one address.")
        return [AsyncSharedWorkflow(self._context, one, Source.now()) for one in found]

    async def _whole(self, workflow_id: str, *, refresh: bool) -> AsyncWorkflow:
        told = await self._context.catalogue.read(
            "workflows",
            workflow_id,
            lambda: self._context.service.workflows.get(workflow_id),
            WorkflowRecord,
            refresh=refresh,
        )
        return AsyncWorkflow(self._context, told.value, told.source)

    async def _has(self, name: object) -> bool:
        return any(one.name == name for one in (await self._known(None)).value)

    async def _names(self) -> "builtins.list[str]":
        return sorted({one.name for one in (await self._known(None)).value})

    async def _known(self, search: str | None, *, refresh: bool = False) -> Told[tuple[WorkflowRecord, ...]]:
        return await self._context.catalogue.read(
            "workflows",
            "all" if search is None else f"search {search}",
            lambda: self._context.service.workflows.all(search),
            tuple[WorkflowRecord, ...],
            refresh=refresh,
        )
