"""Deployments: list, read, make or move, change, delete; those that others share."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from comfydeploy_client.api.deployments import (
    deployments_create,
    deployments_deactivate,
    deployments_delete,
    deployments_get,
    deployments_list,
    deployments_list_community,
    deployments_list_featured,
    deployments_list_of_workflow,
    deployments_ui_spec,
    deployments_update,
)
from comfydeploy_client.models.deployment_create import DeploymentCreate
from comfydeploy_client.models.deployment_update import DeploymentUpdate
from comfydeploy_client.models.environment import Environment

from stationthis_sdk.api.calls.family import Family, is_missing
from stationthis_sdk.api.calls.reading import integer, objects, plain, properties, text
from stationthis_sdk.api.capabilities import is_absent
from stationthis_sdk.entities import DeploymentRecord, parse_time
from stationthis_sdk.entities.deployments import SHARES, FeaturedDeployment
from stationthis_sdk.errors import (
    ConnectionFailed,
    ConnectionLost,
    NotFound,
    ServerError,
    StationThisError,
    TimedOut,
)

__all__ = ["DeploymentCalls", "deployment_of"]


class DeploymentCalls(Family):
    """Deployments of one account."""

    async def all(self) -> tuple[DeploymentRecord, ...]:
        """Every deployment of the key; the service hides those with an image of their own unless asked twice."""
        try:
            async with asyncio.TaskGroup() as both:
                asked = [
                    both.create_task(
                        self._all(deployments_list, one=deployment_of, size="page_size", is_fluid=fluid)
                    )
                    for fluid in (False, True)
                ]
        except ExceptionGroup as group:
            error = group.exceptions[0]
            if isinstance(error, ServerError) and error.status == 500:
                error.told(
                    "One deployment with an Enum input whose options are no JSON list breaks the whole list: repair its "
                    "workflow; others can be got by their ids."
                )
            raise error from None
        return tuple({one.id: one for task in asked for one in task.result()}.values())

    async def of_workflow(self, workflow_id: str) -> tuple[DeploymentRecord, ...]:
        """The deployments of one workflow; the service says 404 when there is none."""
        try:
            return await self.edge.call(
                deployments_list_of_workflow,
                workflow_id,
                into=lambda models: tuple(deployment_of(model) for model in models),
            )
        except NotFound:
            return ()

    async def get(self, deployment_id: str) -> DeploymentRecord:
        """Read one deployment by id.

        Raises:
            NotFound: the service answers 500 to an id it does not know, and 422 to one that is none.
        """

        def repeatable(error: StationThisError) -> bool:
            return error.retryable and not is_missing(error)

        try:
            return await self.edge.call(
                deployments_get, deployment_id, into=deployment_of, repeatable=repeatable
            )
        except StationThisError as error:
            if self.edge.flags.legacy_endpoints and is_absent(error):
                # A server of old tells nothing of its deployments, but runs one by its id.
                return DeploymentRecord(deployment_id, deployment_id, environment="")
            raise _or_missing(error, deployment_id) from None

    async def create(
        self,
        *,
        workflow_id: str,
        workflow_version_id: str,
        environment: str,
        machine_id: str | None = None,
        machine_version_id: str | None = None,
    ) -> str:
        """Deploy a version to an environment, or move the deployment that is there, and return its id.

        Raises:
            NotFound: the workflow, version or machine went away meanwhile: the service says 500 to that.
        """
        place = (
            {"machine_version_id": machine_version_id} if machine_version_id else {"machine_id": machine_id}
        )
        body = DeploymentCreate(workflow_id, workflow_version_id, Environment(environment), **place)
        try:
            return await self.edge.call(
                deployments_create,
                body=body,
                into=lambda model: str(model.id),
                # Once more does the same again, but for shares: the second time loses a private one's address.
                repeatable=_unheard if environment not in SHARES else None,
            )
        except ServerError as error:
            raise _explained(error) from None

    async def update(self, deployment_id: str, changes: Mapping[str, Any]) -> DeploymentRecord:
        """Change a deployment; what is not given stays. The answer lacks its workflow, version and inputs.

        Raises:
            NotFound: there is no such deployment, or the version or machine went away meanwhile.
        """
        body = DeploymentUpdate.from_dict(changes)
        try:
            return await self.edge.call(
                deployments_update, deployment_id, body=body, into=deployment_of, repeatable=_unheard
            )
        except ServerError as error:
            explained = _explained(error)
            raise (_or_missing(error, deployment_id) if explained is error else explained) from None

    async def delete(self, deployment_id: str) -> None:
        """Delete a share; the service refuses to delete others with the same bare 500."""
        try:
            await self.edge.call(deployments_delete, deployment_id, into=bool)
        except StationThisError as error:
            raise _or_missing(error, deployment_id) from None

    async def deactivate(self, deployment_id: str) -> None:
        """Stop the containers that are a deployment's own."""
        await self.edge.call(deployments_deactivate, deployment_id, into=bool, repeatable=_unheard)

    async def ui_spec(self, deployment_id: str) -> dict[str, Any]:
        """A description of a page for the deployment, in the form of shadcn's registry."""
        return await self.edge.call(deployments_ui_spec, deployment_id, into=properties)

    async def community(self, limit: int) -> tuple[DeploymentRecord, ...]:
        """Up to so many deployments that others share with everybody, newest first."""
        found: list[DeploymentRecord] = []
        pages = self._pages(deployments_list_community, one=deployment_of, per_page=min(limit, 100))
        async for page in pages:
            found += page
            if len(found) >= limit:
                break
        return tuple(found[:limit])

    async def featured(self) -> tuple[FeaturedDeployment, ...]:
        """Shares that the service has chosen."""
        return await self.edge.call(
            deployments_list_featured,
            into=lambda models: tuple(one for model in models if (one := featured_of(model)) is not None),
        )


def deployment_of(answer: Any) -> DeploymentRecord:
    """A deployment, from a list or on its own; its name is its workflow's."""
    workflow = properties(answer.workflow).get("name")
    version = properties(answer.version)
    graph = version.get("workflow_api")
    return DeploymentRecord(
        id=answer.id,
        name=text(workflow) or text(answer.share_slug) or answer.id,
        environment=text(answer.environment) or "",
        workflow_id=text(answer.workflow_id),
        workflow_version_id=text(answer.workflow_version_id),
        machine_id=text(answer.machine_id),
        share_slug=text(answer.share_slug),
        description=text(answer.description) or "",
        version=integer(version.get("version")),
        graph=graph if isinstance(graph, dict) else None,
        input_types=tuple(objects(answer.input_types)),
        gpu=text(answer.gpu),
        run_timeout=integer(answer.run_timeout),
        concurrency_limit=integer(answer.concurrency_limit),
        updated_at=parse_time(answer.updated_at),
        machine_version_id=text(answer.machine_version_id),
        machine_name=text(properties(answer.machine).get("name")),
        idle_timeout=integer(answer.idle_timeout),
        keep_warm=integer(answer.keep_warm),
        created_at=parse_time(answer.created_at),
        activated_at=parse_time(answer.activated_at),
        modal_app_id=text(answer.modal_app_id),
    )


def shared_deployment_of(answer: Any) -> DeploymentRecord:
    """A share as its page shows it to everybody: no graph, and the fields of its inputs' nodes as they were written."""
    workflow = properties(answer.workflow)
    return DeploymentRecord(
        id=answer.id,
        name=text(workflow.get("name")) or text(answer.share_slug) or answer.id,
        environment=text(answer.environment) or "",
        workflow_id=text(workflow.get("id")),
        share_slug=text(answer.share_slug),
        description=text(answer.description) or "",
        input_types=tuple(_with_options(one) for one in objects(answer.input_types)),
    )


def featured_of(answer: Any) -> FeaturedDeployment | None:
    """A chosen share; None for one without an address, which nobody could open."""
    workflow = properties(answer.workflow)
    slug = text(answer.share_slug)
    if slug is None:
        return None
    return FeaturedDeployment(
        name=text(workflow.get("name")) or slug,
        share_slug=slug,
        description=text(answer.description) or "",
        workflow_id=text(workflow.get("id")),
        cover_url=text(workflow.get("cover_url")) or text(workflow.get("cover_image")),
    )


def _with_options(field: dict[str, Any]) -> dict[str, Any]:
    """An input with its options as a list: on the page of a share they may be the node's own JSON text."""
    options = plain(field.get("enum_options", field.get("options")))
    if isinstance(options, str):
        try:
            options = json.loads(options)
        except ValueError:
            options = None
    return {**field, "enum_options": options if isinstance(options, list) else None}


def _unheard(error: StationThisError) -> bool:
    """Whether nobody knows if a request was done, or it certainly was not; a 500 is the service's word for mistakes."""
    if isinstance(error, TimedOut) and error.phase == "total":
        return False
    lost = isinstance(error, ConnectionFailed | ConnectionLost | TimedOut)
    return lost or (isinstance(error, ServerError) and error.status in {502, 503, 504})


def _or_missing(error: StationThisError, deployment_id: str) -> StationThisError:
    if is_missing(error):
        return NotFound(f"No deployment {deployment_id!r} for this key.", request=error.request)
    return error


def _explained(error: ServerError) -> StationThisError:
    """The service's 500 to what is not there, as what it is."""
    said = str(error.body or "")
    for what in ("Machine", "Workflow version", "Workflow"):
        if f"{what} not found" in said:
            return NotFound(
                f"Nothing was deployed: {what.lower()} not found; it may have been deleted meanwhile.",
                request=error.request,
            )
    return error
