"""Logs of runs, builds and sessions, and the stream of what happens to runs."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import attrs
from aiohttp import web

from stationthis_sdk.local.answers.log import END, archived_json, change_json, line_json
from stationthis_sdk.local.answers.run import run_json
from stationthis_sdk.local.clock import now, sleep
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.requests import validation
from stationthis_sdk.local.requests.belongings import spelled
from stationthis_sdk.local.requests.caller import CALLER, Caller
from stationthis_sdk.local.requests.responses import Refusal, begin_stream, reply
from stationthis_sdk.local.rows.logs import LogLine
from stationthis_sdk.local.rows.machines import Machine, MachineVersion
from stationthis_sdk.local.rows.runs import ENDED, GRAPHS, Run, outputs_of
from stationthis_sdk.local.rows.sessions import Session
from stationthis_sdk.local.rows.workflows import Deployment, Workflow
from stationthis_sdk.local.runs.feeds import Happening, Listener
from stationthis_sdk.local.runs.logs import LogNews, lines_of
from stationthis_sdk.local.services import SERVICES, Services
from stationthis_sdk.local.strictness import strict

__all__ = ["ARCHIVED_AFTER", "routes"]

ARCHIVED_AFTER: Final = 10.0
"""Seconds after a run's end until its log is in the archive."""

_NEWS: Final = frozenset({"state", "input", "output"})


@attrs.frozen
class _Log:
    """A log someone may read: ``ends_at`` is when it ends by itself, None for one whose end is told."""

    about: str
    ended: bool
    ends_at: int | None = None
    archived: bool = False


def _one_of(request: web.Request, *names: str) -> tuple[str, str]:
    given = [(name, request.query[name]) for name in names if request.query.get(name)]
    if len(given) != 1:
        raise Refusal.detail(400, f"Exactly one of {', '.join(names[:-1])} or {names[-1]} must be provided")
    return given[0]


def _readable_run(tables: Tables, run_id: str, caller: Caller) -> Run:
    run = tables.get(Run, spelled(run_id), without=GRAPHS)
    if run is None:
        raise Refusal.detail(404, "Run not found")
    if not (caller.owns(run) or caller.owns(tables.get(Deployment, run.deployment_id))):
        raise Refusal.detail(403, "Not authorized to access this run", strictly=(404, "Run not found"))
    return run


def _archived(run: Run) -> bool:
    if run.ended_at is None:
        return False
    return strict() or now() >= run.ended_at + ARCHIVED_AFTER * 1_000_000


def _log(tables: Tables, kind: str, given: str, caller: Caller) -> _Log:
    if kind == "run_id":
        run = _readable_run(tables, given, caller)
        return _Log(run.id, run.status in ENDED, archived=_archived(run))
    if kind == "machine_id_version":
        version = tables.get(MachineVersion, spelled(given))
        if version is None:
            raise Refusal.detail(404, "Machine version not found")
        if not caller.owns(version):
            raise Refusal.detail(
                403, "Not authorized to access this version", strictly=(404, "Machine version not found")
            )
        return _Log(version.id, version.state != "building", version.builds_until)
    session = tables.get(Session, spelled(given))
    if session is None:
        raise Refusal.detail(404, "Session not found")
    if not caller.owns(session):
        raise Refusal.detail(
            403, "Not authorized to access this session", strictly=(404, "Session not found")
        )
    ends_at = session.timeout_end + session.runner_minutes * 60_000_000
    return _Log(session.id, session.end is not None, ends_at)


async def _stream_logs(request: web.Request) -> web.StreamResponse:
    services, caller = request.app[SERVICES], request[CALLER]
    kind, given = _one_of(request, "run_id", "machine_id_version", "session_id")
    level = request.query.get("log_level")
    log = await services.database.do(lambda tables: _log(tables, kind, given, caller))
    with services.logs.listening(log.about) as heard:
        # Once more, now that nothing is missed: it may have ended in between.
        log = await services.database.do(lambda tables: _log(tables, kind, given, caller))
        lines = await services.database.do(lines_of(log.about))
        response = await begin_stream(request)

        async def tell(told: Any) -> None:
            await response.write(f"data: {json.dumps(told)}\n\n".encode())

        for line in lines:
            if level in {None, line.level}:
                await tell(line_json(line))
        if log.archived and not strict():
            await tell({**line_json(_end_of(log.about, lines)), "level": "info"})
        if not log.ended:
            known = {line.id for line in lines}
            async for line in _following(services, kind, given, caller, log, heard):
                if line.id not in known and level in {None, line.level}:
                    await tell(line_json(line))
        await tell({"type": "stream_complete", "source": "archive" if log.archived else "sentinel"})
    await response.write_eof()
    return response


def _end_of(about: str, lines: list[LogLine]) -> LogLine:
    return LogLine(run_id=about, message=END, at=lines[-1].at if lines else now())


async def _following(
    services: Services, kind: str, given: str, caller: Caller, log: _Log, heard: Listener[LogNews]
) -> AsyncIterator[LogLine]:
    """New lines until the end is told, or its time has come; that of a session may be put off meanwhile."""

    async def look() -> None:
        ends_at = log.ends_at
        while ends_at is not None:
            await sleep(max(0.0, (ends_at - now()) / 1_000_000))
            with contextlib.suppress(Refusal):
                again = await services.database.do(lambda tables: _log(tables, kind, given, caller))
                if not again.ended and again.ends_at is not None and again.ends_at > now():
                    ends_at = again.ends_at
                    continue
            heard.close()
            return

    timer = asyncio.get_running_loop().create_task(look())
    try:
        async for news in heard:
            if news.line is None:
                return
            yield news.line
    finally:
        timer.cancel()


async def _archive(request: web.Request) -> web.StreamResponse:
    services, caller = request.app[SERVICES], request[CALLER]
    run_id = validation.path_uuid(request, "run_id")

    def work(tables: Tables) -> list[dict[str, Any]]:
        run = _readable_run(tables, run_id, caller)
        if not _archived(run):
            return []
        lines = [archived_json(run.id, line.message, line.at) for line in lines_of(run.id)(tables)]
        return lines if strict() else [*lines, archived_json(run.id, END, run.ended_at)]

    return reply(await services.database.do(work))


async def _stream_progress(request: web.Request) -> web.StreamResponse:
    services, caller = request.app[SERVICES], request[CALLER]
    kind, given = _one_of(request, "run_id", "workflow_id", "machine_id")
    return_run = validation.query_bool(request, "return_run")
    wanted = _wanted(request, caller, kind)
    of_run = kind == "run_id"

    def check(tables: Tables) -> tuple[str, bool]:
        if of_run:
            run = _readable_run(tables, given, caller)
            return run.id, run.status in ENDED
        row: Workflow | Machine | None
        name, row = (
            ("Workflow", tables.get(Workflow, spelled(given)))
            if kind == "workflow_id"
            else ("Machine", tables.get(Machine, spelled(given)))
        )
        if row is None or not caller.owns(row):
            raise Refusal.detail(404, f"{name} not found")
        return row.id, False

    with services.feeds.listening(wanted) as heard:
        about, ended = await services.database.do(check)
        channel = f"progress:org:{caller.org_id}" if caller.org_id else f"progress:user:{caller.user_id}"
        response = await begin_stream(request)

        async def tell(told: Any) -> None:
            await response.write(f"data: {json.dumps(told)}\n\n".encode())

        await tell({"type": "connection_established", "channels": [channel]})
        await tell({"type": "subscribed", "channel": channel})
        if strict() and ended:
            return response
        async for happening in heard:
            run = happening.run
            if not _concerns(run, kind, about):
                continue
            if _passes(request, happening):
                await tell(await _whole(services, run) if return_run else change_json(happening))
            if of_run and happening.kind == "state" and run.status in ENDED:
                break
    await response.write_eof()
    return response


def _wanted(request: web.Request, caller: Caller, kind: str) -> Callable[[Happening], bool]:
    """What the account's channel tells, the end of any run included; a foreign run may be read by a deployment's owner."""

    def wanted(happening: Happening) -> bool:
        if happening.kind not in _NEWS or (happening.kind == "state" and "status" not in happening.data):
            return False
        mine = caller.owns(happening.run)
        return mine or (kind == "run_id" and happening.run.id == request.query["run_id"])

    return wanted


def _concerns(run: Run, kind: str, about: str) -> bool:
    if kind == "run_id":
        return not strict() or run.id == about  # the service lets all runs of the account through
    return (run.workflow_id if kind == "workflow_id" else run.machine_id) == about


def _passes(request: web.Request, happening: Happening) -> bool:
    status, deployment_id = request.query.get("status"), request.query.get("deployment_id")
    if deployment_id and happening.run.deployment_id != deployment_id:
        return False
    return not status or change_json(happening)["status"] == status


async def _whole(services: Services, run: Run) -> dict[str, Any]:
    outputs = await services.database.do(outputs_of(run.id))
    return run_json(run, outputs, services.base)


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    return [
        web.get("/api/v2/stream-logs", _stream_logs, allow_head=False),
        web.get("/api/v2/clickhouse-run-logs/{run_id}", _archive, allow_head=False),
        web.get("/api/v2/stream-progress", _stream_progress, allow_head=False),
    ]
