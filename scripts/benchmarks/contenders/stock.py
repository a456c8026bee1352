"""What openapi-python-client makes of our contract as it comes: no templates, no configuration."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

from stock_client import AuthenticatedClient
from stock_client.api.deployments import deployments_list
from stock_client.api.machines import machines_list
from stock_client.api.runs import runs_get, runs_queue_deployment
from stock_client.models.deployment_run_request import DeploymentRunRequest

from benchmarks.answers import DEPLOYMENT
from benchmarks.contenders import tasks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Client:
    """The two calls."""

    def __init__(self, client: AuthenticatedClient) -> None:
        self._client = client

    async def get(self, run_id: str) -> str:
        """The run's state."""
        told: Any = await runs_get.asyncio(run_id, client=self._client)
        return str(getattr(told.status, "value", told.status))

    async def submit(self, inputs: dict[str, Any]) -> str:
        """The id of a new run."""
        body = DeploymentRunRequest.from_dict({"deployment_id": DEPLOYMENT, "inputs": inputs})
        told: Any = await runs_queue_deployment.asyncio(client=self._client, body=body)
        return str(told.run_id)


@contextlib.asynccontextmanager
async def _connect(base_url: str) -> AsyncIterator[Client]:
    async with AuthenticatedClient(base_url=base_url, token="k") as client:  # noqa: S106 - no secret
        yield Client(client)


def _get(base_url: str, **settings: Any) -> dict[str, float]:
    with AuthenticatedClient(base_url=base_url, token="k") as client:  # noqa: S106 - likewise
        return tasks.plain_get(lambda run_id: runs_get.sync(run_id, client=client), **settings)


def _catalogue(base_url: str) -> dict[str, float]:
    with AuthenticatedClient(base_url=base_url, token="k") as client:  # noqa: S106 - likewise
        machines_list.sync(client=client)
        began = time.perf_counter()
        deployments_list.sync(client=client)
        return {"cold": (time.perf_counter() - began) * 1000}


if __name__ == "__main__":
    tasks.main(tasks.of(_connect) | {"get": _get, "catalogue": _catalogue})
