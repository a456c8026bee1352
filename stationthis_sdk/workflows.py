"""Workflows: list them, get one by name, upload."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import TYPE_CHECKING, Any

from stationthis_sdk.context import Context
from stationthis_sdk.entities import Source, Told, is_uuid
from stationthis_sdk.entities.workflows import WorkflowRecord
from stationthis_sdk.errors import AmbiguousName, InvalidInput, NotFound
from stationthis_sdk.inputs.graphs import GraphLike, read_graph
from stationthis_sdk.names import find, unknown
from stationthis_sdk.shared_workflows import AsyncSharedWorkflow
from stationthis_sdk.uploaded_graphs import machine_id_of, runnable
from stationthis_sdk.workflow import AsyncWorkflow

if TYPE_CHECKING:
    import builtins

    from stationthis_sdk.machine import AsyncMachine

__all__ = ["AsyncWorkflows"]


class AsyncWorkflows:
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

    async def list(self, *, search: str | None = None, refresh: bool = False) -> list[AsyncWorkflow]:
        """List all workflows, pinned ones first; ``search`` is a part of the name. Their versions come with ``get``.

        Example:
            >>> [workflow.name for workflow in await st.workflows.list(search="to-picture")]
            ['text-to-picture', 'picture-to-picture']
        """
        told = await self._known(search, refresh=refresh)
        return [AsyncWorkflow(self._context, one, told.source) for one in told.value]

    async def get(self, name: str, *, refresh: bool = False) -> AsyncWorkflow:
        """Get one by its name or id, with its newest version.

        Names are compared exactly first, then without regard to case, spaces and dashes.

        Raises:
            NotFound: there is none; ``suggestions`` are near names.
            AmbiguousName: several have that name; ``candidates`` are their ids.

        Example:
            >>> (await st.workflows.get("Text to Picture")).newest.kind
            'image'
        """
        if is_uuid(name):
            workflow_id = name
        else:
            told = await self._known(None, refresh=refresh)
            try:
                workflow_id = find("workflow", name, told.value).id
            except (NotFound, AmbiguousName):
                if told.source.kind != "cache":
                    raise
                workflow_id = find("workflow", name, (await self._known(None, refresh=True)).value).id
        service = self._context.service
        try:
            whole: Told[WorkflowRecord] = await self._context.catalogue.read(
                "workflows",
                workflow_id,
                lambda: service.workflows.get(workflow_id),
                WorkflowRecord,
                refresh=refresh,
            )
        except NotFound:
            known = (await self._known(None, refresh=True)).value
            raise unknown("workflow", name, (one.name for one in known)) from None
        return AsyncWorkflow(self._context, whole.value, whole.source)

    async def upload(
        self,
        graph: GraphLike,
        *,
        name: str | None = None,
        machine: "AsyncMachine | str | None" = None,
        object_info: Any = None,
    ) -> AsyncWorkflow:
        """Make a workflow of a graph, and return it with its first version.

        graph: what ComfyUI exports, in API format (what runs) or UI format (what the editor saves): a mapping, JSON
        text or a path. name: by default the file's. machine: where it is to run; the service makes a preview
        deployment there. object_info: what a graph in UI format is converted with: a mapping or file of a
        ComfyUI's ``GET /object_info``, or a machine.

        Raises:
            InvalidInput: it is no graph, has no name, or can't be converted; nothing was sent.
            NotFound: there is no such machine.

        Example:
            >>> graph = {"1": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 0}},
            ...          "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}}}
            >>> workflow = await st.workflows.upload(graph, name="example-uploaded")
            >>> workflow.newest.number, workflow.newest.outputs[0].kind
            (1, 'image')
            >>> await workflow.delete()
        """
        if name is None:
            name = (await asyncio.to_thread(read_graph, graph)).name
        if not isinstance(name, str) or not name.strip():
            raise InvalidInput("The workflow needs a name: upload(graph, name='portrait').")
        runs, shows = await runnable(self._context, graph, object_info)
        machine_id = await machine_id_of(self._context, machine)
        made = await self._context.service.workflows.create(
            name, ui_graph=shows, graph=runs, machine_id=machine_id
        )
        return await self.get(made, refresh=True)

    async def shared(
        self, slug: str | None = None, *, search: str | None = None, limit: int | None = 100
    ) -> "builtins.list[AsyncSharedWorkflow]":
        """List what people have published, the latest first: ``search`` is a part of the title, ``slug`` one address.

        Raises:
            NotFound: nothing is published there.
        """
        calls = self._context.service.shared_workflows
        found = (await calls.get(slug),) if slug is not None else await calls.all(limit, search=search)
        return [AsyncSharedWorkflow(self._context, one, Source.now()) for one in found]

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
