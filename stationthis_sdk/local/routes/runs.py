"""Runs: submit, wait, stream, read, cancel."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import attrs
from aiohttp import web

from stationthis_sdk.local.answers.run import outputs_json, run_json
from stationthis_sdk.local.answers.run_list import shown_status
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.requests import validation
from stationthis_sdk.local.requests.belongings import spelled
from stationthis_sdk.local.requests.caller import CALLER, Caller
from stationthis_sdk.local.requests.responses import Refusal, begin_stream, reply
from stationthis_sdk.local.rows.runs import GRAPHS, Run, outputs_of, waiting_before
from stationthis_sdk.local.rows.sessions import session_is_over
from stationthis_sdk.local.rows.workflows import Deployment
from stationthis_sdk.local.runs.submissions import (
    Reader,
    Submission,
    read_any,
    read_deployment,
    read_workflow,
    submit,
    submit_batch,
)
from stationthis_sdk.local.services import SERVICES, Services
from stationthis_sdk.local.strictness import strict

__all__ = ["routes"]

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _queue(read: Reader) -> Handler:
    """Queue a run. The service's answer must be a run's id: whatever else was asked for is done, then fails."""

    async def queue(request: web.Request) -> web.StreamResponse:
        services = request.app[SERVICES]
        submission = await read(request)
        if strict():
            if submission.batch is not None:
                raise Refusal.detail(400, "A batch of runs is taken by POST /run only")
            submission = attrs.evolve(submission, mode="async")
        if submission.batch is not None:
            await submit_batch(services, submission)
            raise ValueError("the answer would be a batch's id, not a run's")
        if submission.mode == "stream":
            return await _streamed(request, submission)
        if submission.mode != "async":
            await _results(services, submission)
            raise ValueError("the answer would be outputs, not a run's id")
        run, _ = await submit(services, submission)
        return reply({"run_id": run.id})

    return queue


def _sync(read: Reader) -> Handler:
    async def sync(request: web.Request) -> web.StreamResponse:
        return reply(await _results(request.app[SERVICES], await read(request)))

    return sync


def _stream(read: Reader) -> Handler:
    async def stream(request: web.Request) -> web.StreamResponse:
        return await _streamed(request, await read(request))

    return stream


async def _any(request: web.Request) -> web.StreamResponse:
    """The hidden one: a batch, or a run in the way its body asks for."""
    services = request.app[SERVICES]
    submission = await read_any(request)
    if submission.batch is not None:
        return reply({"batch_id": await submit_batch(services, submission)})
    if submission.mode == "stream":
        return await _streamed(request, submission)
    if submission.mode != "async":
        return reply(await _results(services, submission))
    run, _ = await submit(services, submission)
    return reply({"run_id": run.id})


async def _results(services: Services, submission: Submission) -> list[dict[str, Any]]:
    """Run it and wait; a failed run looks like one without outputs, as in the service."""
    run_id = submission.run.id
    first = submission.mode == "sync_first_result"
    with services.feeds.listening(
        lambda it: it.run.id == run_id and (it.kind == "end" or (first and it.kind == "output"))
    ) as heard:
        await submit(services, submission)
        async for _ in heard:
            break

    def work(tables: Tables) -> list[dict[str, Any]]:
        if not first and not tables.count(Run, "id = ? AND status = 'success'", run_id):
            return []
        return outputs_json(outputs_of(run_id, newest_first=True)(tables), services.base)

    return await services.database.do(work)


async def _streamed(request: web.Request, submission: Submission) -> web.StreamResponse:
    services = request.app[SERVICES]
    run_id = submission.run.id
    with services.feeds.listening(lambda it: it.run.id == run_id and it.kind in {"event", "end"}) as heard:
        await submit(services, submission)
        response = await begin_stream(request)
        async for happening in heard:
            if happening.kind == "end":
                break
            await response.write(f"event: event_update\ndata: {json.dumps(happening.data)}\n\n".encode())
    await response.write_eof()
    return response


async def _get(request: web.Request) -> web.StreamResponse:
    return await _read(request, validation.path_uuid(request, "run_id"))


async def _get_bare(request: web.Request) -> web.StreamResponse:
    """The same with the id in the query, as old clients ask."""
    run_id = validation.query_uuid(request, "run_id")
    if run_id is None:
        raise validation.refuse(validation.fault("missing", ["query", "run_id"], "Field required", None))
    return await _read(request, run_id)


async def _read(request: web.Request, run_id: str) -> web.StreamResponse:
    services = request.app[SERVICES]
    wants_position = validation.query_bool(request, "queue_position")
    caller = request[CALLER]

    def work(tables: Tables) -> dict[str, Any] | Run:
        run = tables.get(Run, run_id, without=GRAPHS)
        if run is None:
            raise Refusal.detail(404, "Run not found")
        if not _may_read(run, caller, tables):
            raise Refusal.detail(403, "Not authorized to access this run", strictly=(404, "Run not found"))
        if session_is_over(tables, run) and run.id not in cancelled:
            return run
        run = attrs.evolve(run, status=shown_status(run))
        waits = wants_position and run.status in {"not-started", "queued"}
        position = waiting_before(run)(tables) if waits else None
        return run_json(run, outputs_of(run.id)(tables), services.base, position)

    cancelled: set[str] = set()
    found = await services.database.do(work)
    if isinstance(found, Run):  # its session has ended, which shows when it is read
        await services.execution.cancel(found)
        cancelled.add(found.id)
        found = await services.database.do(work)
    return reply(found)


def _may_read(run: Run, caller: Caller, tables: Tables) -> bool:
    """The one who ran it, and the owner of the deployment it ran."""
    return caller.owns(run) or caller.owns(tables.get(Deployment, run.deployment_id))


async def _cancel(request: web.Request) -> web.StreamResponse:
    services = request.app[SERVICES]
    run_id = spelled(request.match_info["run_id"])
    caller = request[CALLER]
    run = await services.database.do(lambda tables: tables.get(Run, run_id))
    if run is None or not caller.owns(run):
        raise _no_call()
    if run.call_id is None and not strict():
        raise _no_call()
    await services.execution.cancel(run)
    return reply({"status": "success", "message": "Function cancelled"})


def _no_call() -> Refusal:
    said = "Error cancel function 404: Run not found or has no modal function call ID"
    return Refusal.detail(500, said, strictly=(404, "Run not found"))


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    found = [
        web.get("/api/run", _get_bare, allow_head=False),
        web.post("/api/run", _any),
        web.post("/api/run/queue", _queue(read_any)),
        web.post("/api/run/sync", _sync(read_any)),
        web.post("/api/run/stream", _stream(read_any)),
        web.get("/api/run/{run_id}", _get, allow_head=False),
        web.post("/api/run/{run_id}/cancel", _cancel),
    ]
    for kind, read in (("deployment", read_deployment), ("workflow", read_workflow)):
        for way, handler in (("queue", _queue), ("sync", _sync), ("stream", _stream)):
            found.append(web.post(f"/api/run/{kind}/{way}", handler(read)))
    return found
