"""Machines of every kind: list, read, delete, and what has become of them."""

import asyncio
from typing import Any, Final

import attrs
from aiohttp import web

from stationthis_sdk.local.answers.machine import listed_machine_json, machine_json, machine_workflow_json
from stationthis_sdk.local.answers.machine_event import run_event_json, session_event_json
from stationthis_sdk.local.clock import now
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.requests import validation
from stationthis_sdk.local.requests.caller import CALLER, Caller
from stationthis_sdk.local.requests.responses import Refusal, reply
from stationthis_sdk.local.rows.machines import SERVERLESS, WORKSPACES, Machine
from stationthis_sdk.local.rows.runs import GRAPHS, Run
from stationthis_sdk.local.rows.sessions import OPEN, Session
from stationthis_sdk.local.rows.workflows import Deployment, Workflow
from stationthis_sdk.local.services import SERVICES

__all__ = ["own_machine", "routes"]

_SELF_HOSTED: Final = ("classic", "runpod-serverless")
_DAY: Final = 24 * 3600 * 1_000_000
NAME_LIMIT: Final = 1000


def own_machine(tables: Tables, caller: Caller, machine_id: str) -> Machine:
    """The caller's machine of this id; 404 for any other, and for a deleted one."""
    machine = tables.get(Machine, machine_id)
    if machine is None or machine.deleted or not caller.owns(machine):
        raise Refusal.detail(404, "Machine not found")
    return machine


async def _list(request: web.Request) -> web.StreamResponse:
    limit = validation.query_int(request, "limit", 100)
    offset = validation.query_int(request, "offset", 0)
    search = request.query.get("search", "").lower()
    is_docker = validation.query_bool(request, "is_docker")
    is_workspace = validation.query_bool(request, "is_workspace")
    is_self_hosted = validation.query_bool(request, "is_self_hosted")
    deleted = validation.query_bool(request, "is_deleted") if "is_deleted" in request.query else None
    with_workflows = validation.query_bool(request, "include_has_workflows")
    with_steps = validation.query_bool(request, "include_docker_command_steps")
    caller = request[CALLER]

    def fits(machine: Machine) -> bool:
        if search not in machine.name.lower() or (machine.type in WORKSPACES) != is_workspace:
            return False
        if is_self_hosted and machine.type not in _SELF_HOSTED:
            return False
        if is_docker and not is_self_hosted and machine.type != SERVERLESS:
            return False
        return deleted is None or bool(machine.deleted) == deleted

    def work(tables: Tables) -> list[dict[str, Any]]:
        order = f"{caller.own} ORDER BY created_at DESC, rowid DESC"
        found = [machine for machine in tables.find(Machine, order, caller.owner) if fits(machine)]
        start = max(offset or 0, 0)
        return [
            listed_machine_json(
                machine,
                has_workflows=_has_workflows(tables, caller, machine) if with_workflows else None,
                with_steps=with_steps,
            )
            for machine in found[start : start + max(limit or 0, 0)]
        ]

    return reply(await request.app[SERVICES].database.do(work))


def _has_workflows(tables: Tables, caller: Caller, machine: Machine) -> bool:
    where = f"{caller.own} AND selected_machine_id = ? AND NOT deleted"
    return tables.count(Workflow, where, caller.owner, machine.id) > 0


async def _list_all(request: web.Request) -> web.StreamResponse:
    limit = validation.query_int(request, "limit", None)
    search = request.query.get("search", "").lower()
    caller = request[CALLER]

    def work(tables: Tables) -> list[Machine]:
        order = f"{caller.own} AND NOT deleted ORDER BY updated_at DESC, rowid DESC"
        return [one for one in tables.find(Machine, order, caller.owner) if search in one.name.lower()]

    found = await request.app[SERVICES].database.do(work)
    return reply(
        [listed_machine_json(machine) for machine in found[: None if limit is None else max(limit, 0)]]
    )


async def _get(request: web.Request) -> web.StreamResponse:
    machine_id = validation.path_uuid(request, "machine_id")
    caller, services = request[CALLER], request.app[SERVICES]
    machine = await services.database.do(lambda tables: own_machine(tables, caller, machine_id))
    classes = await asyncio.to_thread(services.machinery.classes, machine)
    return reply({**machine_json(machine, services.base), "object_info": classes and dict.fromkeys(classes)})


async def _delete(request: web.Request) -> web.StreamResponse:
    machine_id = validation.path_uuid(request, "machine_id")
    force = validation.query_bool(request, "force")
    caller = request[CALLER]

    def work(tables: Tables) -> None:
        machine = tables.get(Machine, machine_id)
        if machine is None or not caller.owns(machine):
            raise Refusal.detail(404, "Machine not found")
        if machine.deleted:
            return
        if machine.setting("keep_warm"):
            raise Refusal.detail(400, "This machine keeps containers warm: set keep_warm to 0 first")
        names = [] if force else _users(tables, caller, machine)
        if names:
            said = "You still have these workflows related to this machine"
            raise Refusal.detail(402, f"{said}: {', '.join(names)}")
        for session in tables.find(Session, f"machine_id = ? AND {OPEN}", machine.id, now()):
            tables.change(Session, session.id, ended_at=now())
        tables.save(attrs.evolve(machine, deleted=1, updated_at=now()))

    await request.app[SERVICES].database.do(work)
    return reply({"message": "Machine deleted successfully"})


def _users(tables: Tables, caller: Caller, machine: Machine) -> list[str]:
    """The names of the workflows whose deployments use the machine."""
    deployments = tables.find(Deployment, f"{caller.own} AND machine_id = ?", caller.owner, machine.id)
    workflows = {one.workflow_id: tables.get(Workflow, one.workflow_id) for one in deployments}
    return [workflow.name for workflow in workflows.values() if workflow is not None and not workflow.deleted]


async def _events(request: web.Request) -> web.StreamResponse:
    machine_id = validation.path_uuid(request, "machine_id")
    caller, services = request[CALLER], request.app[SERVICES]

    def work(tables: Tables) -> list[dict[str, Any]]:
        mine = f"{caller.own} AND machine_id = ?"
        since = (caller.owner, machine_id, now() - _DAY)
        runs = tables.find(Run, f"{mine} AND started_at > ?", *since, without=GRAPHS)
        sessions = tables.find(Session, f"{mine} AND created_at > ?", *since)
        machine = tables.get(Machine, machine_id)
        prices = services.prices
        deployments = {one: tables.get(Deployment, one) for one in {run.deployment_id for run in runs}}
        events = [
            (run.started_at or 0, run_event_json(run, deployments[run.deployment_id], prices)) for run in runs
        ]
        events += [
            (session.created_at, session_event_json(session, machine, services.base, prices))
            for session in sessions
        ]
        return [event for _, event in sorted(events, key=lambda one: one[0], reverse=True)]

    return reply(await services.database.do(work))


async def _workflows(request: web.Request) -> web.StreamResponse:
    machine_id = validation.path_uuid(request, "machine_id")
    caller = request[CALLER]

    def work(tables: Tables) -> list[Workflow]:
        where = f"{caller.own} AND selected_machine_id = ? ORDER BY updated_at DESC, rowid DESC"
        return tables.find(Workflow, where, caller.owner, machine_id)

    found = await request.app[SERVICES].database.do(work)
    return reply([machine_workflow_json(workflow) for workflow in found])


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    machine = "/api/machine/{machine_id}"
    return [
        web.get("/api/machines", _list, allow_head=False),
        web.get("/api/machines/all", _list_all, allow_head=False),
        web.get(machine, _get, allow_head=False),
        web.delete(machine, _delete),
        web.get(f"{machine}/events", _events, allow_head=False),
        web.get(f"{machine}/workflows", _workflows, allow_head=False),
    ]
