"""Versions of workflows: list, read, add."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from comfydeploy_client.api.workflows import (
    workflow_versions_create,
    workflow_versions_get,
    workflow_versions_get_number,
    workflow_versions_list,
)
from comfydeploy_client.models.workflow_version_create import WorkflowVersionCreate
from comfydeploy_client.types import UNSET

from stationthis_sdk.api.calls.family import Family
from stationthis_sdk.api.calls.reading import integer, plain, text
from stationthis_sdk.entities import parse_time
from stationthis_sdk.entities.workflows import VersionRecord
from stationthis_sdk.errors import NotFound, ServerError, StationThisError

__all__ = ["VersionCalls", "is_404_within", "said_within", "version_of"]


class VersionCalls(Family):
    """Versions of the workflows of one account."""

    async def all(self, workflow_id: str, search: str | None = None) -> tuple[VersionRecord, ...]:
        """Every version, the newest first; ``search`` is a part of the comment."""
        return tuple([row async for page in self.pages(workflow_id, search) for row in page])

    def pages(self, workflow_id: str, search: str | None = None) -> AsyncIterator[list[VersionRecord]]:
        """The same page by page; each row has its whole graphs, so pages are small."""
        return self._pages(
            workflow_versions_list,
            workflow_id,
            one=version_of,
            per_page=20,
            search=UNSET if search is None else search,
        )

    async def get(self, version_id: str) -> VersionRecord:
        """Read one version by its id."""
        return await self.edge.call(workflow_versions_get, version_id, into=version_of)

    async def get_number(self, workflow_id: str, number: int) -> VersionRecord:
        """Read one version of a workflow by its number."""
        return await self.edge.call(workflow_versions_get_number, workflow_id, number, into=version_of)

    async def add(
        self,
        workflow_id: str,
        *,
        ui_graph: Mapping[str, Any],
        graph: Mapping[str, Any],
        comment: str | None = None,
        machine_id: str | None = None,
    ) -> VersionRecord:
        """Add a version. Here the service wants graphs as objects.

        Raises:
            NotFound: the workflow or the machine is not there; the service says 500.
        """
        body = WorkflowVersionCreate(
            workflow=dict(ui_graph),
            workflow_api=dict(graph),
            comment=UNSET if comment is None else comment,
            machine_id=UNSET if machine_id is None else machine_id,
        )
        try:
            return await self.edge.call(workflow_versions_create, workflow_id, body=body, into=version_of)
        except StationThisError as error:
            if is_404_within(error):
                raise NotFound(error.message, said=said_within(error), request=error.request) from None
            raise


def version_of(answer: Any) -> VersionRecord:
    """A version of a workflow."""
    graph, ui_graph = plain(answer.workflow_api), plain(answer.workflow)
    return VersionRecord(
        id=answer.id,
        workflow_id=text(answer.workflow_id),
        number=integer(answer.version) or 0,
        graph=graph if isinstance(graph, dict) else None,
        ui_graph=ui_graph if isinstance(ui_graph, dict) else None,
        comment=text(answer.comment) or "",
        machine_id=text(answer.machine_id),
        machine_version_id=text(answer.machine_version_id),
        created_at=parse_time(answer.created_at),
    )


def said_within(error: StationThisError) -> str:
    """What it says is not found: ``404: Machine not found`` without the number."""
    return str(getattr(error, "body", "")).removeprefix("404:").strip()


def is_404_within(error: StationThisError) -> bool:
    """Whether this is a "not found" that the service's own handlers have made a 500 of: ``404: …`` in its body."""
    return isinstance(error, ServerError) and str(error.body).startswith("404:")
