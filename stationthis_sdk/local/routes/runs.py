"""Runs: submit, wait, stream, read, cancel."""

import asyncio
import base64
import json
import re
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Final

import attrs
from aiohttp import web

from stationthis_sdk.local import validation
from stationthis_sdk.local.answers.run import outputs_json, run_json
from stationthis_sdk.local.caller import CALLER, Caller
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.execution import is_serverless, outputs_of, waiting_before
from stationthis_sdk.local.file_store import file_id
from stationthis_sdk.local.responses import Refusal, begin_stream, reply
from stationthis_sdk.local.rows.machines import Machine
from stationthis_sdk.local.rows.runs import Run
from stationthis_sdk.local.rows.workflows import Deployment, Version, Workflow
from stationthis_sdk.local.services import SERVICES, Services

__all__ = ["routes"]

GPUS: Final = ("CPU", "T4", "L4", "A10G", "L40S", "A100", "A100-80GB", "H100", "H200", "B200")
_ORIGINS: Final = frozenset({"manual", "api", "public-share", "public-template", "workspace", "workspace-v2"})
_DATA_URL: Final = re.compile(r"data:image/(png|jpeg|jpg);base64,", re.ASCII)
_PUBLIC: Final = frozenset({"public-share", "community-share"})


@attrs.frozen
class _Submission:
    """A checked submit: the run to be, and where it goes."""

    run: Run
    machine: Machine


async def _deployment_submission(request: web.Request) -> _Submission:
    body = await validation.json_body(request)
    deployment_id = body.uuid("deployment_id")
    shared = _shared_fields(body)
    body.check()
    caller = request[CALLER]

    def work(tables: Tables) -> _Submission:
        deployment = tables.get(Deployment, deployment_id)
        if deployment is None or (not caller.owns(deployment) and deployment.environment not in _PUBLIC):
            raise Refusal.detail(404, "Deployment not found")
        version = tables.get(Version, deployment.workflow_version_id)
        if version is None:
            raise Refusal.detail(404, "Workflow version not found")
        machine = tables.get(Machine, deployment.machine_id)
        if machine is None:
            raise Refusal.detail(404, "Machine not found")
        run = Run(
            user_id=caller.user_id,
            org_id=caller.org_id,
            workflow_id=deployment.workflow_id,
            workflow_version_id=version.id,
            deployment_id=deployment.id,
            machine_id=machine.id,
            machine_type=machine.type,
            graph=version.workflow_api,
            editor_graph=version.workflow,
            run_timeout=deployment.run_timeout,
            **{**shared, "gpu": deployment.gpu or shared["gpu"] or machine.gpu},
        )
        return _Submission(run, machine)

    return await request.app[SERVICES].database.do(work)


async def _workflow_submission(request: web.Request) -> _Submission:
    body = await validation.json_body(request)
    workflow_id = body.uuid("workflow_id")
    graph = body.object("workflow_api_json", required=True)
    editor_graph = body.object("workflow")
    machine_id = body.text("machine_id")
    shared = _shared_fields(body)
    body.check()
    caller = request[CALLER]

    def work(tables: Tables) -> _Submission:
        workflow = tables.get(Workflow, workflow_id)
        if workflow is None or not caller.owns(workflow):
            raise Refusal.detail(404, "Workflow not found")
        machine = tables.get(Machine, machine_id)
        if machine is None or not caller.owns(machine):
            raise Refusal.detail(404, "Machine not found")
        run = Run(
            user_id=caller.user_id,
            org_id=caller.org_id,
            workflow_id=workflow.id,
            machine_id=machine.id,
            machine_type=machine.type,
            graph=graph,
            editor_graph=editor_graph,
            run_timeout=machine.run_timeout,
            **{**shared, "gpu": shared["gpu"] or machine.gpu},
        )
        return _Submission(run, machine)

    return await request.app[SERVICES].database.do(work)


def _shared_fields(body: validation.Body) -> dict[str, Any]:
    return {
        "workflow_inputs": body.inputs(),
        "webhook": body.text("webhook"),
        "webhook_intermediate_status": int(body.flag("webhook_intermediate_status")),
        "gpu": body.choice("gpu", GPUS),
        "origin": body.text("origin") or "api",
    }


async def _submit(services: Services, submission: _Submission) -> tuple[Run, Callable[[], Awaitable[Any]]]:
    run = submission.run
    if run.origin not in _ORIGINS:
        raise ValueError(
            f"{run.origin!r} is no origin of a run"
        )  # answered as a fault inside, as the service does
    services.webhooks.check(run.webhook)
    inputs = {name: await _kept_picture(services, value) for name, value in run.workflow_inputs.items()}
    call_id = f"fc-{secrets.token_hex(10).upper()}" if is_serverless(run.machine_type) else None
    run = attrs.evolve(run, workflow_inputs=inputs, call_id=call_id)
    ended = await services.execution.submit(run, submission.machine)
    return run, ended.wait


async def _kept_picture(services: Services, value: Any) -> Any:
    """PNG and JPEG data URLs are stored and become URLs; whatever else comes is kept as it is."""
    start = _DATA_URL.match(value) if isinstance(value, str) else None
    if start is None:
        return value
    suffix = "png" if start[1] == "png" else "jpg"
    content = base64.b64decode(value[start.end() :], validate=True)
    name = f"{file_id('image/png')}.{suffix}"
    return services.base + await asyncio.to_thread(services.file_store.put, content, "inputs", name)


Reader = Callable[[web.Request], Awaitable[_Submission]]


def _queue(read: Reader) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def queue(request: web.Request) -> web.StreamResponse:
        run, _ = await _submit(request.app[SERVICES], await read(request))
        return reply({"run_id": run.id})

    return queue


def _sync(read: Reader) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def sync(request: web.Request) -> web.StreamResponse:
        services = request.app[SERVICES]
        run, wait = await _submit(services, await read(request))
        await wait()

        def work(tables: Tables) -> list[dict[str, Any]]:
            if not tables.count(Run, "id = ? AND status = 'success'", run.id):
                return []  # a failed run looks like one without outputs, as in the service
            return outputs_json(outputs_of(run.id, newest_first=True)(tables), services.base)

        return reply(await services.database.do(work))

    return sync


def _stream(read: Reader) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def stream(request: web.Request) -> web.StreamResponse:
        services = request.app[SERVICES]
        submission = await read(request)
        run_id = submission.run.id
        with services.feeds.listening(
            lambda it: it.run.id == run_id and it.kind in {"event", "end"}
        ) as heard:
            await _submit(services, submission)
            response = await begin_stream(request)
            async for happening in heard:
                if happening.kind == "end":
                    break
                await response.write(f"event: event_update\ndata: {json.dumps(happening.data)}\n\n".encode())
        await response.write_eof()
        return response

    return stream


async def _get(request: web.Request) -> web.StreamResponse:
    services = request.app[SERVICES]
    run_id = validation.path_uuid(request, "run_id")
    wants_position = validation.query_bool(request, "queue_position")
    caller = request[CALLER]

    def work(tables: Tables) -> dict[str, Any]:
        run = tables.get(Run, run_id)
        if run is None:
            raise Refusal.detail(404, "Run not found")
        if not _may_read(run, caller, tables):
            raise Refusal.detail(403, "Not authorized to access this run")
        waits = wants_position and run.status in {"not-started", "queued"}
        position = waiting_before(run)(tables) if waits else None
        return run_json(run, outputs_of(run.id)(tables), services.base, position)

    return reply(await services.database.do(work))


def _may_read(run: Run, caller: Caller, tables: Tables) -> bool:
    """The one who ran it, and the owner of the deployment it ran."""
    if caller.owns(run):
        return True
    return caller.owns(tables.get(Deployment, run.deployment_id))


async def _cancel(request: web.Request) -> web.StreamResponse:
    services = request.app[SERVICES]
    run_id = validation.path_uuid(request, "run_id")
    caller = request[CALLER]
    run = await services.database.do(lambda tables: tables.get(Run, run_id))
    if run is None or not caller.owns(run) or run.call_id is None:
        raise Refusal.detail(500, "Error cancel function 404: Run not found or has no modal function call ID")
    await services.execution.cancel(run)
    return reply({"status": "success", "message": "Function cancelled"})


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    found = [
        web.get("/api/run/{run_id}", _get, allow_head=False),
        web.post("/api/run/{run_id}/cancel", _cancel),
    ]
    for kind, read in (("deployment", _deployment_submission), ("workflow", _workflow_submission)):
        for way, handler in (("queue", _queue), ("sync", _sync), ("stream", _stream)):
            found.append(web.post(f"/api/run/{kind}/{way}", handler(read)))
    return found
