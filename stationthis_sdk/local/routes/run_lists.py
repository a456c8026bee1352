"""Lists of runs, and how many there are."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from aiohttp import web

from stationthis_sdk.local.answers.run_list import (
    brief_run_json,
    deployment_run_json,
    light_run_json,
    status_shown,
    whole_run_json,
)
from stationthis_sdk.local.clock import now
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.requests import validation
from stationthis_sdk.local.requests.belongings import own, own_deployment, spelled
from stationthis_sdk.local.requests.caller import CALLER
from stationthis_sdk.local.requests.responses import Refusal, reply
from stationthis_sdk.local.rows.runs import GRAPHS, Output, Run, outputs_of
from stationthis_sdk.local.rows.workflows import Version, Workflow
from stationthis_sdk.local.runs.submissions import GPUS
from stationthis_sdk.local.services import SERVICES
from stationthis_sdk.local.strictness import strict

__all__ = ["routes"]

_STATUSES: Final = (
    "not-started",
    "running",
    "uploading",
    "success",
    "failed",
    "started",
    "queued",
    "timeout",
    "cancelled",
)
_ORIGINS: Final = ("manual", "api", "public-share")
_NEWEST: Final = " ORDER BY created_at DESC, rowid DESC"
_DAY: Final = 24 * 3600 * 1_000_000


def _page(request: web.Request, limit: int) -> tuple[int, int]:
    most = validation.query_int(request, "limit", limit) or 0
    return max(most, 0), max(validation.query_int(request, "offset", 0) or 0, 0)


async def _count(request: web.Request) -> web.StreamResponse:
    """How many runs of the caller match; the service counts everybody's here, which nobody's wall should allow."""
    filters: dict[str, str | None] = {
        "gpu": validation.query_choice(request, "gpu", GPUS),
        "status": validation.query_choice(request, "status", _STATUSES),
        "origin": validation.query_choice(request, "origin", _ORIGINS),
    }
    broken = [name for name, value in filters.items() if value is not None]
    if broken and not strict():
        raise Refusal(500, {"error": f"can't compare the column {broken[0]} with a text"})
    for name in ("workflow_id", "machine_id", "deployment_id"):
        filters[name] = validation.query_text(request, name)
    times = {name: validation.query_text(request, name) for name in ("start_time", "end_time")}
    caller = request[CALLER]
    where, values = caller.own, [caller.owner]
    for name, value in filters.items():
        if value is not None:
            known = _id(name, value) if name.endswith("_id") else value
            where += f" AND {status_shown() if name == 'status' else name} = ?"
            values.append(known)
    bounds: list[int] = []
    for name, sign in (("start_time", ">="), ("end_time", "<=")):
        if (value := times[name]) is not None:
            where += f" AND created_at {sign} ?"
            bounds.append(_micros(name, value))
    count = await request.app[SERVICES].database.do(lambda tables: tables.count(Run, where, *values, *bounds))
    shown = filters if any(value is not None for value in filters.values()) else None
    return reply({"count": count, **times, "filters": shown})


def _id(name: str, value: str) -> str:
    found = spelled(value)
    if found is None:
        raise _no_value(name, value, "is no UUID")
    return found


def _micros(name: str, value: str) -> int:
    try:
        read = datetime.fromisoformat(value)
        read = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _no_value(name, value, "is no ISO time") from None
    return int((read - datetime.fromtimestamp(0, UTC)).total_seconds() * 1_000_000)


def _no_value(name: str, value: str, reason: str) -> Refusal:
    if strict():
        return validation.refuse(validation.fault("value_error", ["query", name], f"It {reason}", value[:80]))
    return Refusal(500, {"error": f"{name} {value[:80]!r} {reason}"})


async def _whole(request: web.Request) -> web.StreamResponse:
    services = request.app[SERVICES]
    workflow_id = validation.loose_path_uuid(request, "workflow_id")
    limit, offset = _page(request, 100)
    with_outputs = validation.query_bool(request, "with_outputs", default=True)
    with_inputs = validation.query_bool(request, "with_inputs", default=True)
    caller = request[CALLER]
    where = f"{caller.own} AND workflow_id = ?{_NEWEST} LIMIT ? OFFSET ?"

    def work(tables: Tables) -> list[dict[str, Any]]:
        workflow = own(tables, Workflow, workflow_id, caller)
        if workflow is None:
            return []
        found = tables.find(Run, where, caller.owner, workflow_id, limit, offset)
        versions = {
            version_id: tables.get(Version, version_id)
            for version_id in {run.workflow_version_id for run in found}
        }
        return [
            whole_run_json(
                run,
                outputs_of(run.id)(tables) if with_outputs else None,
                services.base,
                inputs=with_inputs,
                workflow=workflow,
                version=versions[run.workflow_version_id],
            )
            for run in found
        ]

    return reply(await services.database.do(work))


async def _light(request: web.Request) -> web.StreamResponse:
    workflow_id = validation.loose_path_uuid(request, "workflow_id")
    limit, offset = _page(request, 100)
    status = _status(request)
    deployment_id = validation.query_uuid(request, "deployment_id")
    since = validation.query_int(request, "rf", None)
    caller = request[CALLER]
    where, values = f"{caller.own} AND workflow_id = ?", [caller.owner, workflow_id]
    if status is not None:
        where += f" AND {status_shown()} = ?"
        values.append(status)
    if deployment_id is not None:
        where += " AND deployment_id = ?"
        values.append(deployment_id)
    if since is not None:
        where += f" AND created_at >= {max(min(since, 2**40), 0) * 1_000_000}"
    where += f"{_NEWEST} LIMIT ? OFFSET ?"

    def work(tables: Tables) -> list[dict[str, Any]]:
        _there(own(tables, Workflow, workflow_id, caller))
        return [
            light_run_json(run) for run in tables.find(Run, where, *values, limit, offset, without=GRAPHS)
        ]

    return reply(await request.app[SERVICES].database.do(work))


def _status(request: web.Request) -> str | None:
    """A status to filter by; the service's database chokes on what is none, a strict gateway says 422."""
    if strict():
        return validation.query_choice(request, "status", _STATUSES)
    status = validation.query_text(request, "status")
    if status is not None and status not in _STATUSES:
        raise ValueError(f"{status[:80]!r} is no status of a run")
    return status


def _there(workflow: Workflow | None) -> Workflow:
    if workflow is None:
        raise Refusal.detail(404, "Workflow not found")
    return workflow


async def _today(request: web.Request) -> web.StreamResponse:
    workflow_id = validation.loose_path_uuid(request, "workflow_id")
    deployment_id = validation.query_uuid(request, "deployment_id")
    caller = request[CALLER]
    where, values = f"{caller.own} AND workflow_id = ?", [caller.owner, workflow_id]
    if deployment_id is not None:
        where += " AND deployment_id = ?"
        values.append(deployment_id)
    where += f" AND created_at > {now() - _DAY}{_NEWEST}"

    def work(tables: Tables) -> list[dict[str, Any]]:
        _there(own(tables, Workflow, workflow_id, caller))
        return [brief_run_json(run) for run in tables.find(Run, where, *values, without=GRAPHS)]

    return reply(await request.app[SERVICES].database.do(work))


async def _latest(request: web.Request) -> web.StreamResponse:
    services = request.app[SERVICES]
    workflow_id = validation.loose_path_uuid(request, "workflow_id")
    caller = request[CALLER]
    where = f"{caller.own} AND workflow_id = ?{_NEWEST} LIMIT 1"

    def work(tables: Tables) -> list[dict[str, Any]]:
        if own(tables, Workflow, workflow_id, caller) is None:
            return []
        return [
            whole_run_json(run, _newest_picture(outputs_of(run.id, newest_first=True)(tables)), services.base)
            for run in tables.find(Run, where, caller.owner, workflow_id)
        ]

    return reply(await services.database.do(work))


def _newest_picture(outputs: Iterable[Output]) -> list[Output]:
    """Of the outputs, newest first, the first one to look at."""
    for output in outputs:
        if isinstance(output.data, dict) and any(
            output.data.get(kind) for kind in ("images", "gifs", "mesh")
        ):
            return [output]
    return []


async def _of_deployment(request: web.Request) -> web.StreamResponse:
    """The caller's runs of a deployment of theirs; ``status`` is ignored, unless strict."""
    limit, offset = _page(request, 60)
    only_mine = validation.query_bool(request, "filter_user_runs")
    status = _status(request) if strict() else None
    caller = request[CALLER]

    def work(tables: Tables) -> list[dict[str, Any]]:
        deployment = own_deployment(tables, request.match_info["deployment_id"], caller)
        if deployment is None:
            raise Refusal.detail(500, "Internal server error", strictly=(404, "Deployment not found"))
        where, values = f"{caller.own} AND deployment_id = ?", [caller.owner, deployment.id]
        if only_mine:
            where += " AND user_id = ?"
            values.append(caller.user_id)
        if status is not None:
            where += f" AND {status_shown()} = ?"
            values.append(status)
        where += f"{_NEWEST} LIMIT ? OFFSET ?"
        return [
            deployment_run_json(run)
            for run in tables.find(Run, where, *values, limit, offset, without=GRAPHS)
        ]

    data = await request.app[SERVICES].database.do(work)
    return reply({"data": data, "meta": {"totalRowCount": 0, "filterRowCount": 0, "chartData": []}})


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    return [
        web.get("/api/runs/count", _count, allow_head=False),
        web.get("/api/workflow/{workflow_id}/runs", _whole, allow_head=False),
        web.get("/api/v2/workflow/{workflow_id}/runs", _light, allow_head=False),
        web.get("/api/workflow/{workflow_id}/runs/day", _today, allow_head=False),
        web.get("/api/workflow/{workflow_id}/run/latest", _latest, allow_head=False),
        web.get("/api/deployment/{deployment_id}/runs", _of_deployment, allow_head=False),
    ]
