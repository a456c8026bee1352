"""Published workflows: publish, take back, list, look at, take."""

from typing import Any

from comfydeploy_client.api.shares import (
    shared_workflows_create,
    shared_workflows_delete,
    shared_workflows_download,
    shared_workflows_get,
    shared_workflows_list,
    shared_workflows_status,
    shared_workflows_view,
)
from comfydeploy_client.models.shared_workflow_create import SharedWorkflowCreate
from comfydeploy_client.types import UNSET

from stationthis_sdk.api.calls.family import PAGE, Family
from stationthis_sdk.api.calls.reading import integer, plain, properties, text
from stationthis_sdk.api.calls.versions import is_404_within, said_within
from stationthis_sdk.entities import parse_time
from stationthis_sdk.entities.workflows import SharedWorkflowRecord
from stationthis_sdk.errors import NotFound, StationThisError

__all__ = ["SharedWorkflowCalls"]


class SharedWorkflowCalls(Family):
    """Published workflows, anybody's."""

    async def publish(
        self,
        workflow_id: str,
        title: str,
        *,
        description: str | None = None,
        cover: str | None = None,
        version_id: str | None = None,
    ) -> SharedWorkflowRecord:
        """Publish a workflow for all, or what is published of it anew: its address stays.

        Raises:
            NotFound: the workflow, the version, or the make of the version's machine is not there; the service
                says 500.
        """
        body = SharedWorkflowCreate(
            workflow_id,
            title,
            UNSET if description is None else description,
            UNSET if cover is None else cover,
            UNSET if version_id is None else version_id,
        )
        try:
            return await self.edge.call(shared_workflows_create, workflow_id, body=body, into=shared_of)
        except StationThisError as error:
            if is_404_within(error):
                raise NotFound(error.message, said=said_within(error), request=error.request) from None
            raise

    async def take_back(self, workflow_id: str) -> None:
        """Publish it no more."""
        await self.edge.call(shared_workflows_delete, workflow_id, into=bool)

    async def of_workflow(self, workflow_id: str) -> SharedWorkflowRecord | None:
        """What is published of a workflow, if it is."""
        found = await self.edge.call(shared_workflows_status, workflow_id, into=listed_of)
        return found[0] if found else None

    async def all(
        self, limit: int | None, *, search: str | None = None, user_id: str | None = None
    ) -> tuple[SharedWorkflowRecord, ...]:
        """What is published, the latest first; ``search`` is a part of the title."""
        found: dict[str, SharedWorkflowRecord] = {}
        while limit is None or len(found) < limit:
            size = PAGE if limit is None else min(PAGE, limit - len(found))
            page = await self.edge.call(
                shared_workflows_list,
                limit=size,
                offset=len(found),
                search=UNSET if search is None else search,
                user_id=UNSET if user_id is None else user_id,
                into=listed_of,
            )
            before = len(found)
            found |= {one.id: one for one in page}
            if len(page) < size or len(found) == before:
                break
        return tuple(found.values())

    async def get(self, slug: str) -> SharedWorkflowRecord:
        """Read one by its slug."""
        return await self.edge.call(shared_workflows_get, slug, into=shared_of)

    async def view(self, slug: str) -> int:
        """Count a look at it, and return how many there were."""
        return await self.edge.call(
            shared_workflows_view, slug, into=lambda answer: integer(answer.view_count) or 0
        )

    async def download(self, slug: str) -> dict[str, Any]:
        """Its file; the service counts it."""
        return await self.edge.call(shared_workflows_download, slug, into=properties)


def listed_of(answer: Any) -> tuple[SharedWorkflowRecord, ...]:
    """The rows of a list."""
    rows = answer.shared_workflows
    return (
        tuple(shared_of(one) for one in rows if hasattr(one, "share_slug")) if isinstance(rows, list) else ()
    )


def shared_of(answer: Any) -> SharedWorkflowRecord:
    """A published workflow."""
    export = plain(answer.workflow_export)
    return SharedWorkflowRecord(
        id=answer.id,
        slug=text(answer.share_slug) or "",
        title=text(answer.title) or "",
        description=text(answer.description) or "",
        cover=text(answer.cover_image),
        workflow_id=text(answer.workflow_id),
        version_id=text(answer.workflow_version_id),
        author=text(answer.user_id),
        views=integer(answer.view_count) or 0,
        downloads=integer(answer.download_count) or 0,
        created_at=parse_time(answer.created_at),
        updated_at=parse_time(answer.updated_at),
        export=export if isinstance(export, dict) else None,
    )
