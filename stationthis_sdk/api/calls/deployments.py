"""Deployments: list, read."""

import asyncio
from typing import Any

from comfydeploy_client.api.deployments import deployments_get, deployments_list

from stationthis_sdk.api.calls.family import Family, is_missing
from stationthis_sdk.api.calls.reading import integer, objects, properties, text
from stationthis_sdk.entities import DeploymentRecord, parse_time
from stationthis_sdk.errors import NotFound, StationThisError

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
            raise group.exceptions[0] from None
        return tuple({one.id: one for task in asked for one in task.result()}.values())

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
            if is_missing(error):
                raise NotFound(
                    f"No deployment {deployment_id!r} for this key.", request=error.request
                ) from None
            raise


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
    )
