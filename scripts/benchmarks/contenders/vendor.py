"""The vendor's SDK, comfydeploy: it has runs and nothing else."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from comfydeploy import ComfyDeploy
from comfydeploy.models.components import DeploymentRunRequest

from benchmarks.answers import DEPLOYMENT
from benchmarks.contenders import tasks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Client:
    """The two calls."""

    def __init__(self, client: ComfyDeploy) -> None:
        self._client = client

    async def get(self, run_id: str) -> str:
        """The run's state."""
        told = (await self._client.run.get_async(run_id=run_id)).workflow_run_model
        return str(told and told.status)

    async def submit(self, inputs: dict[str, Any]) -> str:
        """The id of a new run."""
        request = DeploymentRunRequest(deployment_id=DEPLOYMENT, inputs=inputs)
        told = (await self._client.run.deployment.queue_async(request=request)).create_run_response
        return str(told and told.run_id)


@contextlib.asynccontextmanager
async def _connect(base_url: str) -> AsyncIterator[Client]:
    async with ComfyDeploy(bearer="k", server_url=base_url, timeout_ms=120_000) as client:
        yield Client(client)


def _get(base_url: str, **settings: Any) -> dict[str, float]:
    with ComfyDeploy(bearer="k", server_url=base_url) as client:
        return tasks.plain_get(lambda run_id: client.run.get(run_id=run_id), **settings)


if __name__ == "__main__":
    tasks.main(tasks.of(_connect) | {"get": _get})
