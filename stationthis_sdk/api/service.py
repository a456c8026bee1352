"""The operations the SDK uses, as typed calls: our data in, our data out."""

import asyncio
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Final, TypeVar

from comfydeploy_client.api.deployments import deployments_get, deployments_list
from comfydeploy_client.api.files import files_upload
from comfydeploy_client.api.machines import machines_list
from comfydeploy_client.api.runs import runs_cancel, runs_get, runs_queue_deployment
from comfydeploy_client.models.deployment_run_request import DeploymentRunRequest
from comfydeploy_client.models.gpu import GPU
from comfydeploy_client.models.run_inputs import RunInputs
from comfydeploy_client.types import UNSET

from stationthis_sdk.api import translate
from stationthis_sdk.api.edge import Edge
from stationthis_sdk.api.transport import Upload
from stationthis_sdk.entities import DeploymentRecord, Machine, RunRecord, Timeouts, UploadedFile
from stationthis_sdk.errors import InvalidInput, NotFound, ServerError, StationThisError, UnexpectedResponse

__all__ = ["Service", "check_gpu", "is_refused_cancel"]

R = TypeVar("R", DeploymentRecord, Machine)

PAGE: Final = 100
MAX_PAGES: Final = 1000


class Service:
    """One API, one key, typed."""

    def __init__(self, edge: Edge) -> None:
        self.edge = edge

    async def run(self, run_id: str, *, once: bool = False, limits: Timeouts | None = None) -> RunRecord:
        """Read one run; ``once`` for those who repeat it themselves.

        Raises:
            NotFound: there is no such run, or the id is none.
        """
        try:
            record = await self.edge.call(
                runs_get,
                run_id,
                queue_position=True,
                into=translate.run,
                limits=limits,
                repeatable=_never if once else None,
            )
        except StationThisError as error:
            if isinstance(error, NotFound) or getattr(error, "status", None) == 422:
                raise NotFound(
                    f"No run {run_id!r} for this key.", run_id=run_id, request=error.request
                ) from None
            error.run_id = run_id
            raise
        if record.id != run_id:
            raise UnexpectedResponse(f"Asked for run {run_id}, the service told of another.", run_id=run_id)
        return record

    async def cancel(self, run_id: str) -> None:
        """Ask the service to cancel a run; a run that ended already is no error on its side, so it may be repeated."""

        def repeatable(error: StationThisError) -> bool:
            return error.retryable and not is_refused_cancel(error)

        await self.edge.call(runs_cancel, run_id, into=bool, repeatable=repeatable)

    async def queue(
        self,
        deployment_id: str,
        inputs: Mapping[str, Any],
        *,
        gpu: str | None = None,
        webhook: str | None = None,
        limits: Timeouts | None = None,
    ) -> str:
        """Queue a run of a deployment and return its id. Sent again only when no connection was made.

        Raises:
            UnexpectedResponse: the answer holds no id.
        """
        body = DeploymentRunRequest(
            deployment_id=deployment_id,
            inputs=RunInputs.from_dict(inputs),
            webhook=UNSET if webhook is None else webhook,
            gpu=UNSET if gpu is None else check_gpu(gpu),
        )
        return await self.edge.call(runs_queue_deployment, body=body, into=translate.run_id, limits=limits)

    async def deployments(self) -> tuple[DeploymentRecord, ...]:
        """Every deployment of the key; the service hides those with an image of their own unless asked twice."""
        try:
            async with asyncio.TaskGroup() as both:
                plain = both.create_task(
                    self._pages(deployments_list, translate.deployment, "page_size", is_fluid=False)
                )
                fluid = both.create_task(
                    self._pages(deployments_list, translate.deployment, "page_size", is_fluid=True)
                )
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
        return tuple({one.id: one for one in [*plain.result(), *fluid.result()]}.values())

    async def deployment(self, deployment_id: str) -> DeploymentRecord:
        """Read one deployment by id.

        Raises:
            NotFound: the service answers 500 to an id it does not know, and 422 to one that is none.
        """

        def repeatable(error: StationThisError) -> bool:
            return error.retryable and not _is_missing(error)

        try:
            return await self.edge.call(
                deployments_get, deployment_id, into=translate.deployment, repeatable=repeatable
            )
        except StationThisError as error:
            if _is_missing(error):
                raise NotFound(
                    f"No deployment {deployment_id!r} for this key.", request=error.request
                ) from None
            raise

    async def machines(self) -> tuple[Machine, ...]:
        """Every machine that is not deleted."""
        return tuple(await self._pages(machines_list, translate.machine, "limit", is_deleted=False))

    async def upload(self, upload: Upload, *, limits: Timeouts | None = None) -> UploadedFile:
        """Upload one file. Sent again only when no connection was made."""
        return await self.edge.call(
            files_upload, body=_NoBody(), into=translate.uploaded_file, upload=upload, limits=limits
        )

    async def _pages(
        self, operation: ModuleType, one: Callable[[Any], R], size: str, **query: Any
    ) -> list[R]:
        """All pages of a list; the service gives no totals, so a short page or nothing new is the end."""
        seen: dict[str, R] = {}
        for page in range(MAX_PAGES):
            query |= {size: PAGE, "offset": page * PAGE}
            rows = await self.edge.call(
                operation, into=lambda models: [one(model) for model in models], **query
            )
            new = {row.id: row for row in rows if row.id not in seen}
            seen.update(new)
            if len(rows) < PAGE or not new:
                break
        return list(seen.values())


def is_refused_cancel(error: StationThisError) -> bool:
    """Whether this is the service's 500 to a cancel: its word both for "can't" and for "not there"."""
    return isinstance(error, ServerError) and "Error cancel function" in str(error.body)


def _never(_error: StationThisError) -> bool:
    return False


class _NoBody:
    """Stands in for the generated multipart body: its fixed boundary lets bytes forge parts, so the edge builds it."""

    def to_multipart(self) -> None:
        return None


def _is_missing(error: StationThisError) -> bool:
    if isinstance(error, NotFound) or getattr(error, "status", None) == 422:
        return True
    # The service's own word for "no such deployment"; its other failures are plain text.
    return isinstance(error, ServerError) and error.body == "Internal server error"


def check_gpu(name: str) -> GPU:
    """The GPU of that name.

    Raises:
        InvalidInput: there is none.
    """
    try:
        return GPU(name)
    except ValueError:
        known = ", ".join(one.value for one in GPU)
        raise InvalidInput(f"No GPU {name!r}: choose one of {known}.") from None
