"""Workflows: list, read, make, change, copy, export, delete, and what their runs made."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import attrs
import orjson
from comfydeploy_client.api.workflows import (
    workflows_clone,
    workflows_create,
    workflows_delete,
    workflows_export,
    workflows_gallery,
    workflows_get,
    workflows_list,
    workflows_update,
)
from comfydeploy_client.models.workflow_clone import WorkflowClone
from comfydeploy_client.models.workflow_create import WorkflowCreate
from comfydeploy_client.models.workflow_update import WorkflowUpdate
from comfydeploy_client.types import UNSET

from stationthis_sdk.api.calls.family import PAGE, Family
from stationthis_sdk.api.calls.reading import number, properties, text, truth
from stationthis_sdk.api.calls.versions import is_404_within, said_within, version_of
from stationthis_sdk.entities import is_uuid, parse_time
from stationthis_sdk.entities.workflows import GalleryEntry, WorkflowRecord
from stationthis_sdk.errors import NotFound, StationThisError
from stationthis_sdk.outputs.normalise import normalise

__all__ = ["WorkflowCalls"]


class WorkflowCalls(Family):
    """Workflows of one account."""

    async def all(self, search: str | None = None) -> tuple[WorkflowRecord, ...]:
        """Every workflow, pinned ones first; ``search`` is a part of the name."""
        return tuple([row async for page in self.pages(search) for row in page])

    def pages(self, search: str | None = None) -> AsyncIterator[list[WorkflowRecord]]:
        """The same page by page."""
        return self._pages(workflows_list, one=workflow_of, search=UNSET if search is None else search)

    async def get(self, workflow_id: str) -> WorkflowRecord:
        """Read one workflow with its newest version. The id must be one: the service says 500 to anything else."""
        return await self.edge.call(workflows_get, workflow_id, into=whole_workflow_of)

    async def create(
        self,
        name: str,
        *,
        ui_graph: Mapping[str, Any],
        graph: Mapping[str, Any],
        machine_id: str | None = None,
    ) -> str:
        """Make a workflow with its first version and return its id. Here the service wants graphs as texts."""
        body = WorkflowCreate(
            name,
            orjson.dumps(ui_graph).decode(),
            orjson.dumps(graph).decode(),
            UNSET if machine_id is None else machine_id,
        )
        return await self.edge.call(workflows_create, body=body, into=workflow_id_of)

    async def update(self, workflow_id: str, **changes: Any) -> WorkflowRecord:
        """Change name, description, cover_image, selected_machine_id; or pinned, beside which all else is ignored."""
        return await self.edge.call(
            workflows_update, workflow_id, body=WorkflowUpdate(**changes), into=workflow_of
        )

    async def delete(self, workflow_id: str) -> None:
        """Delete a workflow; the service keeps the row and answers 404 from then on."""
        await self.edge.call(workflows_delete, workflow_id, into=bool)

    async def clone(self, workflow_id: str, name: str | None) -> WorkflowRecord:
        """Copy a workflow with its newest version."""
        body = WorkflowClone(UNSET if name is None else name)
        return await self.edge.call(workflows_clone, workflow_id, body=body, into=workflow_of)

    async def export(self, workflow_id: str, version: int | None) -> dict[str, Any]:
        """The file of a version for another ComfyUI.

        Raises:
            NotFound: the version's machine keeps no versions of itself, as classic ones do: the service fails then.
        """

        def repeatable(error: StationThisError) -> bool:
            return error.retryable and not is_404_within(error)

        try:
            return await self.edge.call(
                workflows_export,
                workflow_id,
                version=UNSET if version is None else version,
                into=properties,
                repeatable=repeatable,
            )
        except StationThisError as error:
            if is_404_within(error):
                raise NotFound(error.message, said=said_within(error), request=error.request) from None
            raise

    async def gallery(
        self, workflow_id: str, *, limit: int | None, file_type: str | None = None
    ) -> tuple[GalleryEntry, ...]:
        """What successful runs made, the latest first; nothing of a workflow that is not there."""
        pages = self._pages(
            workflows_gallery,
            workflow_id,
            one=entry_of,
            per_page=PAGE if limit is None else min(PAGE, limit),
            file_type=UNSET if file_type is None else file_type,
        )
        found: list[GalleryEntry] = []
        async for page in pages:
            found += page
            if limit is not None and len(found) >= limit:
                break
        return tuple(found[:limit])


def workflow_of(answer: Any) -> WorkflowRecord:
    """A workflow without its versions, from a list or a change."""
    return WorkflowRecord(
        id=answer.id,
        name=text(answer.name) or answer.id,
        description=text(answer.description) or "",
        cover=text(answer.cover_image),
        selected_machine_id=text(answer.selected_machine_id),
        pinned=truth(answer.pinned) or False,
        owner=text(answer.user_name) or text(answer.user_id),
        created_at=parse_time(answer.created_at),
        updated_at=parse_time(answer.updated_at),
    )


def whole_workflow_of(answer: Any) -> WorkflowRecord:
    """A workflow with its newest version; ``[null]`` stands for none."""
    listed = answer.versions if isinstance(answer.versions, list) else []
    versions = [version_of(one) for one in listed if hasattr(one, "workflow_api")]
    newest = max(versions, key=lambda one: one.number, default=None)
    return attrs.evolve(workflow_of(answer), whole=True, newest=newest)


def workflow_id_of(answer: Any) -> str:
    """The id of a workflow that was made.

    Raises:
        ValueError: there is none.
    """
    if not is_uuid(answer.workflow_id):
        raise ValueError("no workflow id")
    return str(answer.workflow_id)


def entry_of(answer: Any) -> GalleryEntry:
    """One output in a gallery."""
    return GalleryEntry(
        id=text(answer.output_id) or "",
        run_id=text(answer.run_id) or "",
        items=normalise([{"data": properties(answer.data), "node_meta": properties(answer.node_meta)}]),
        origin=text(answer.origin),
        queue_time=number(answer.queue_time),
        cold_start=number(answer.cold_start),
        run_duration=number(answer.run_duration),
    )
