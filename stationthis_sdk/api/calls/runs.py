"""Runs: queue, read, cancel."""

import uuid
from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING, Any, Final

from comfydeploy_client.api.runs import runs_get
from comfydeploy_client.types import UNSET

from stationthis_sdk.api.calls.family import Family, never
from stationthis_sdk.api.calls.reading import integer, number, plain, properties, text
from stationthis_sdk.api.capabilities import is_absent
from stationthis_sdk.entities import (
    SUBMIT_INPUT,
    RunRecord,
    RunState,
    Timeouts,
    is_uuid,
    parse_time,
    without_submit,
)
from stationthis_sdk.errors import (
    CancelRefused,
    InvalidInput,
    NotFound,
    ServerError,
    StationThisError,
    UnexpectedResponse,
)
from stationthis_sdk.outputs.normalise import normalise

if TYPE_CHECKING:
    from comfydeploy_client.models.gpu import GPU

    from stationthis_sdk.api.calls.legacy import LegacyCalls

__all__ = ["RunCalls", "check_gpu", "is_refused_cancel"]

_TODAY: Final = "run endpoints of today"


class RunCalls(Family):
    """Runs of one account."""

    async def get(self, run_id: str, *, once: bool = False, limits: Timeouts | None = None) -> RunRecord:
        """Read one run; ``once`` for those who repeat it themselves.

        Raises:
            NotFound: there is no such run, or the id is none.
        """

        def today() -> Awaitable[RunRecord]:
            return self.edge.call(
                runs_get,
                run_id,
                queue_position=True,
                into=run_of,
                bare=True,
                limits=limits,
                repeatable=never if once else None,
            )

        try:
            if not self.edge.flags.legacy_endpoints:
                record = await today()
            else:
                record = await self.edge.capabilities.either(
                    _TODAY, today, lambda: self._legacy.get(run_id, once=once, limits=limits)
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
        from comfydeploy_client.api.runs import runs_cancel  # noqa: PLC0415 - many only read runs

        def repeatable(error: StationThisError) -> bool:
            return error.retryable and not is_refused_cancel(error)

        try:
            await self.edge.call(runs_cancel, run_id, into=bool, repeatable=repeatable)
        except StationThisError as error:
            if self.edge.flags.legacy_endpoints and is_absent(error):
                raise CancelRefused(
                    f"This server can't cancel runs: run {run_id} goes on.",
                    run_id=run_id,
                    request=error.request,
                ) from None
            raise

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
        from comfydeploy_client.api.runs import runs_queue_deployment  # noqa: PLC0415 - likewise
        from comfydeploy_client.models.deployment_run_request import DeploymentRunRequest  # noqa: PLC0415 - likewise

        body = DeploymentRunRequest(deployment_id=deployment_id, **_wanted(inputs, gpu, webhook))
        if await self._is_of_old(limits):
            return await self._legacy.queue(deployment_id, inputs, limits=limits)
        return await self.edge.call(runs_queue_deployment, body=body, into=run_id_of, limits=limits)

    async def queue_graph(
        self,
        workflow_id: str,
        inputs: Mapping[str, Any],
        *,
        graph: Mapping[str, Any],
        ui_graph: Mapping[str, Any],
        machine_id: str,
        gpu: str | None = None,
        webhook: str | None = None,
        limits: Timeouts | None = None,
    ) -> str:
        """Queue a run of any graph under a workflow and return its id. Sent again only when no connection was made.

        The editor's graph goes along: the deploy plugin fails without one when the other has a literal seed.

        Raises:
            UnexpectedResponse: the answer holds no id.
        """
        from comfydeploy_client.api.runs import runs_queue_workflow  # noqa: PLC0415 - likewise
        from comfydeploy_client.models.workflow_run_request import WorkflowRunRequest  # noqa: PLC0415 - likewise

        body = WorkflowRunRequest(
            workflow_id=workflow_id,
            workflow_api_json=dict(graph),
            workflow=dict(ui_graph),
            machine_id=machine_id,
            **_wanted(inputs, gpu, webhook),
        )
        return await self.edge.call(runs_queue_workflow, body=body, into=run_id_of, limits=limits)

    async def _is_of_old(self, limits: Timeouts | None) -> bool:
        """Whether the server has none of today's endpoints; asked before a run, as no answer to that can tell it."""
        if not self.edge.flags.legacy_endpoints:
            return False
        nobody = str(uuid.uuid4())
        return await self.edge.capabilities.find_out(
            _TODAY, lambda: self.edge.call(runs_get, nobody, into=bool, limits=limits)
        )

    @property
    def _legacy(self) -> "LegacyCalls":
        from stationthis_sdk.api.calls.legacy import LegacyCalls  # noqa: PLC0415 - hardly anybody needs it

        return LegacyCalls(self.edge)


def _wanted(inputs: Mapping[str, Any], gpu: str | None, webhook: str | None) -> dict[str, Any]:
    """What is wanted of a run, of whatever it is made."""
    from comfydeploy_client.models.run_inputs import RunInputs  # noqa: PLC0415 - likewise

    from stationthis_sdk.webhooks.addresses import wants_progress  # noqa: PLC0415 - likewise

    return {
        "inputs": RunInputs.from_dict(inputs),
        "webhook": UNSET if webhook is None else webhook,
        "webhook_intermediate_status": True if wants_progress(webhook) else UNSET,
        "gpu": UNSET if gpu is None else check_gpu(gpu),
    }


def run_of(answer: Any) -> RunRecord:
    """A run, from ``GET /run/{id}``: its JSON, or the generated model of it.

    Raises:
        KeyError: it has no id.
    """
    told = plain(answer)
    get = told.get
    inputs = properties(get("workflow_inputs"))
    submit_id = inputs.get(SUBMIT_INPUT)
    fraction = number(get("progress")) or 0.0
    return RunRecord(
        id=told["id"],
        state=RunState(text(get("status")) or "not-started"),
        fraction=min(1.0, max(0.0, round(fraction, 4))),
        live_status=text(get("live_status")) or "",
        queue_position=integer(get("queue_position")),
        inputs=without_submit(inputs),
        outputs=normalise(get("outputs")),
        workflow_id=text(get("workflow_id")),
        workflow_version_id=text(get("workflow_version_id")),
        machine_id=text(get("machine_id")),
        gpu=text(get("gpu")),
        origin=text(get("origin")),
        created_at=parse_time(get("created_at")),
        queued_at=parse_time(get("queued_at")),
        started_at=parse_time(get("started_at")),
        ended_at=parse_time(get("ended_at")),
        duration=number(get("duration")),
        run_duration=number(get("run_duration")),
        submit_id=submit_id if isinstance(submit_id, str) else None,
        deployment_id=text(get("deployment_id")),
    )


def run_id_of(answer: Any) -> str:
    """The id of a run that was queued.

    Raises:
        ValueError: there is none, or what stands there is no id.
    """
    if not is_uuid(answer.run_id):
        raise ValueError("no run id")
    return str(answer.run_id)


def is_refused_cancel(error: StationThisError) -> bool:
    """Whether this is the service's 500 to a cancel: its word both for "can't" and for "not there"."""
    return isinstance(error, ServerError) and "Error cancel function" in str(error.body)


def check_gpu(name: str) -> "GPU":
    """The GPU of that name.

    Raises:
        InvalidInput: there is none.
    """
    from comfydeploy_client.models.gpu import GPU  # noqa: PLC0415 - likewise

    try:
        return GPU(name)
    except ValueError:
        known = ", ".join(one.value for one in GPU)
        raise InvalidInput(f"No GPU {name!r}: choose one of {known}.") from None
