"""Bodies that submit runs: checked, and made into the run to be and where it goes."""

import asyncio
import base64
import binascii
import itertools
import math
import re
import secrets
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any, Final

import attrs
from aiohttp import web

from stationthis_sdk.local.clock import now
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.requests import validation
from stationthis_sdk.local.requests.belongings import own, standing
from stationthis_sdk.local.requests.caller import CALLER, Caller
from stationthis_sdk.local.requests.responses import Refusal
from stationthis_sdk.local.rows.accounts import is_private
from stationthis_sdk.local.rows.machines import GPUS, Machine
from stationthis_sdk.local.rows.runs import Run
from stationthis_sdk.local.rows.table import new_id
from stationthis_sdk.local.rows.workflows import Deployment, Version, Workflow
from stationthis_sdk.local.runs.execution import is_serverless
from stationthis_sdk.local.services import SERVICES, Services
from stationthis_sdk.local.storage.file_store import file_id
from stationthis_sdk.local.strictness import strict

__all__ = [
    "GPUS",
    "ORIGINS",
    "PUBLIC",
    "Reader",
    "Submission",
    "read_any",
    "read_deployment",
    "read_workflow",
    "submit",
    "submit_batch",
]

ORIGINS: Final = ("manual", "api", "public-share", "public-template", "workspace", "workspace-v2")
PUBLIC: Final = frozenset({"public-share", "community-share"})
BATCH_MOST: Final = 1000
_MODES: Final = ("async", "sync", "sync_first_result", "stream")
_DATA_URL: Final = re.compile(r"data:image/(png|jpeg|jpg);base64,", re.ASCII)


@attrs.frozen
class Submission:
    """A checked submit: the run to be, and where it goes; ``batch`` has the inputs of each run of a batch."""

    run: Run
    machine: Machine
    mode: str = "async"
    batch: tuple[dict[str, Any], ...] | None = None


Reader = Callable[[web.Request], Awaitable[Submission]]


async def read_deployment(request: web.Request) -> Submission:
    """A run of a deployment: one's own, or anybody's public share."""
    return await _of_deployment(request, await validation.json_body(request))


async def read_workflow(request: web.Request) -> Submission:
    """A run of a graph that is sent, booked under a workflow."""
    return await _of_workflow(request, await validation.json_body(request))


async def read_any(request: web.Request) -> Submission:
    """Any of the two, or a run of a version by its id; what it is shows by the fields that are there."""
    body = await validation.json_body(request)
    if "deployment_id" in body:
        return await _of_deployment(request, body)
    if "workflow_version_id" in body:
        return await _of_version(request, body)
    if "model_id" in body:
        raise Refusal.detail(500, "Internal server error", strictly=(404, "Model not found"))
    if "workflow_id" in body or "workflow_api_json" in body:
        return await _of_workflow(request, body)
    raise validation.refuse(
        *(
            validation.fault("missing", ["body", kind, name], "Field required", {})
            for kind, name in (
                ("WorkflowRunVersionRequest", "workflow_version_id"),
                ("WorkflowRunRequest", "workflow_id"),
                ("DeploymentRunRequest", "deployment_id"),
                ("ModelRunRequest", "model_id"),
            )
        )
    )


async def _of_deployment(request: web.Request, body: validation.Body) -> Submission:
    deployment_id = body.uuid("deployment_id")
    fields = _Fields.read(body)
    caller = request[CALLER]

    def work(tables: Tables) -> Submission:
        deployment = tables.get(Deployment, deployment_id)
        if deployment is None or not standing(tables, deployment):
            raise Refusal.detail(404, "Deployment not found")
        if not caller.owns(deployment) and deployment.environment not in PUBLIC:
            raise Refusal.detail(404, "Deployment not found")
        version = tables.get(Version, deployment.workflow_version_id)
        if version is None:
            raise Refusal.detail(404, "Workflow version not found")
        machine = tables.get(Machine, deployment.machine_id)
        if machine is None or machine.deleted:
            raise Refusal.detail(404, "Machine not found")
        if deployment.modal_image_id is not None and deployment.activated_at is None:
            tables.change(Deployment, deployment.id, activated_at=now())
        return fields.submission(
            caller,
            machine,
            deployment.gpu,
            workflow_id=deployment.workflow_id,
            workflow_version_id=version.id,
            deployment_id=deployment.id,
            graph=version.workflow_api,
            editor_graph=version.workflow,
            run_timeout=deployment.run_timeout,
        )

    return await request.app[SERVICES].database.do(work)


async def _of_workflow(request: web.Request, body: validation.Body) -> Submission:
    workflow_id = body.uuid("workflow_id")
    graph = body.object("workflow_api_json", required=True)
    editor_graph = body.object("workflow")
    machine_id = body.text("machine_id")
    fields = _Fields.read(body)
    caller = request[CALLER]

    def work(tables: Tables) -> Submission:
        workflow = own(tables, Workflow, workflow_id, caller)
        if workflow is None:
            raise Refusal.detail(404, "Workflow not found")
        machine = own(tables, Machine, machine_id, caller)
        if machine is None:
            raise Refusal.detail(404, "Machine not found")
        return fields.submission(
            caller, machine, workflow_id=workflow.id, graph=graph, editor_graph=editor_graph
        )

    return await request.app[SERVICES].database.do(work)


async def _of_version(request: web.Request, body: validation.Body) -> Submission:
    version_id = body.uuid("workflow_version_id")
    machine_id = body.text("machine_id")
    fields = _Fields.read(body)
    caller = request[CALLER]

    def work(tables: Tables) -> Submission:
        version = own(tables, Version, version_id, caller)
        workflow = None if version is None else own(tables, Workflow, version.workflow_id, caller)
        if version is None or workflow is None:
            raise Refusal.detail(404, "Workflow version not found")
        place = machine_id or version.machine_id or workflow.selected_machine_id
        machine = own(tables, Machine, place, caller)
        if machine is None:
            raise Refusal.detail(404, "Machine not found")
        return fields.submission(
            caller,
            machine,
            workflow_id=workflow.id,
            workflow_version_id=version.id,
            graph=version.workflow_api,
            editor_graph=version.workflow,
        )

    return await request.app[SERVICES].database.do(work)


@attrs.frozen
class _Fields:
    """What every submit may say."""

    shared: dict[str, Any]
    mode: str
    batch: tuple[dict[str, Any], ...] | None

    @classmethod
    def read(cls, body: validation.Body) -> "_Fields":
        """Read them, the last of a body: its 422 comes from here."""
        inputs = body.inputs()
        shared = {
            "workflow_inputs": inputs,
            "webhook": body.text("webhook"),
            "webhook_intermediate_status": int(body.flag("webhook_intermediate_status")),
            "gpu": body.choice("gpu", GPUS),
            "gpu_event_id": body.text("gpu_event_id", limit=100),
            "origin": (body.choice("origin", ORIGINS) if strict() else body.text("origin")) or "api",
        }
        for place, flag in enumerate(body.array("flags") or ()):
            if not isinstance(flag, str):
                loc: list[str | int] = ["body", "flags", place]
                body.wrong(validation.fault("string_type", loc, "Input should be a valid string", flag))
        mode = body.choice("execution_mode", _MODES) or "async"
        times = body.integer("batch_number")
        grid = body.lists("batch_input_params")
        body.check()
        if shared["origin"] not in ORIGINS:  # a fault inside, as in the service
            raise ValueError(f"{shared['origin']!r} is no origin of a run")
        return cls(shared, mode, _batch(inputs, times, grid))

    def submission(
        self, caller: Caller, machine: Machine, gpu: str | None = None, **columns: Any
    ) -> Submission:
        """The run to be; ``gpu`` is the deployment's, which wins over what was asked for and over the machine's."""
        shared = {**self.shared, "gpu": gpu or self.shared["gpu"] or machine.gpu}
        run = Run(
            user_id=caller.user_id,
            org_id=caller.org_id,
            machine_id=machine.id,
            machine_type=machine.type,
            **{"run_timeout": machine.run_timeout, **columns, **shared},
        )
        return Submission(run, machine, self.mode, self.batch)


def _batch(
    inputs: dict[str, Any], times: int | None, grid: dict[str, list[Any]] | None
) -> tuple[dict[str, Any], ...] | None:
    """The inputs of each run of a batch: all combinations of the grid, else so many times the same."""
    if grid:
        count = math.prod(len(values) for values in grid.values())
    elif times is not None and times > 1:
        count = times
    else:
        return None
    if count > BATCH_MOST:
        raise Refusal.detail(
            400, f"A batch of {count} runs is more than the {BATCH_MOST} that are taken at once"
        )
    return tuple(_combinations(inputs, grid)) if grid else (inputs,) * count


def _combinations(inputs: dict[str, Any], grid: dict[str, list[Any]]) -> Iterator[dict[str, Any]]:
    for values in itertools.product(*grid.values()):
        yield {**inputs, **dict(zip(grid, values, strict=True))}


async def submit(services: Services, submission: Submission) -> tuple[Run, Callable[[], Awaitable[Any]]]:
    """Queue the run; returns it as it was kept, and what waits for its end."""
    run = submission.run
    nothing_sent = services.webhooks.check(run.webhook)
    owner = Caller(run.user_id, run.org_id)
    inputs = {
        name: await _kept_picture(services, owner, value) for name, value in run.workflow_inputs.items()
    }
    call_id = f"fc-{secrets.token_hex(10).upper()}" if is_serverless(run.machine_type) else None
    run = attrs.evolve(run, workflow_inputs=inputs, call_id=call_id)
    if nothing_sent is not None:
        await services.logs.say(run.id, nothing_sent, "warning")
    ended = await services.execution.submit(run, submission.machine)
    return run, ended.wait


async def submit_batch(services: Services, submission: Submission) -> str:
    """Queue all the runs of a batch; returns its id."""
    batch_id = new_id()
    for inputs in submission.batch or ():
        made = now()
        run = attrs.evolve(
            submission.run,
            id=new_id(),
            batch_id=batch_id,
            workflow_inputs=inputs,
            created_at=made,
            updated_at=made,
        )
        await submit(services, attrs.evolve(submission, run=run, batch=None))
    return batch_id


async def _kept_picture(services: Services, owner: Caller, value: Any) -> Any:
    """PNG and JPEG data URLs are stored and become URLs, private accounts' links that expire; all else is kept."""
    start = _DATA_URL.match(value) if isinstance(value, str) else None
    if start is None:
        return value
    try:
        content = base64.b64decode(value[start.end() :], validate=True)
    except (binascii.Error, ValueError):
        raise Refusal.detail(400, "An input that begins as a picture's data URL is no base64") from None
    suffix = "png" if start[1] == "png" else "jpg"
    name = f"{file_id('image/png')}.{suffix}"
    private = await services.database.do(partial(is_private, owner=owner))
    store = services.file_store
    path = await asyncio.to_thread(store.put, content, "private" if private else "inputs", name)
    return services.base + store.links.readable(path)
