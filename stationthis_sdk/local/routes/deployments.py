"""Deployments: list, read, make or move, change, delete."""

from collections.abc import Callable
from typing import Any

import attrs
from aiohttp import web

from stationthis_sdk.local.answers.deployment import deployment_json, featured_json
from stationthis_sdk.local.answers.ui_spec import ui_spec_json
from stationthis_sdk.local.clock import now
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.requests import validation
from stationthis_sdk.local.requests.belongings import own, own_deployment
from stationthis_sdk.local.requests.caller import CALLER
from stationthis_sdk.local.requests.responses import Refusal, reply
from stationthis_sdk.local.rows.machines import Machine
from stationthis_sdk.local.rows.runs import LIVE, Run
from stationthis_sdk.local.rows.workflows import Deployment, Version, Workflow
from stationthis_sdk.local.runs.submissions import GPUS
from stationthis_sdk.local.services import SERVICES
from stationthis_sdk.local.strictness import strict
from stationthis_sdk.local.workflows.deploying import ENVIRONMENTS, SHARES, place_of, slug_of
from stationthis_sdk.local.workspace import OWNER

__all__ = ["routes"]

_STANDING = "workflow_id IN (SELECT id FROM workflows WHERE NOT deleted)"


async def _list(request: web.Request) -> web.StreamResponse:
    environment = validation.query_choice(request, "environment", ENVIRONMENTS)
    is_fluid = validation.query_bool(request, "is_fluid")
    page_size = validation.query_int(request, "page_size", None)
    offset = validation.query_int(request, "offset", 0) or 0
    caller = request[CALLER]
    where = f"{caller.own} AND {_STANDING}"
    if not is_fluid:
        where += " AND modal_image_id IS NULL"  # serverless ones with an image of their own are hidden
    if environment is not None:
        where += f" AND environment = '{environment}'"
    where += " ORDER BY created_at DESC, rowid DESC LIMIT ? OFFSET ?"
    limit = -1 if page_size is None else max(page_size, 0)

    def work(tables: Tables) -> list[dict[str, Any]]:
        return [
            _whole(tables, found)
            for found in tables.find(Deployment, where, caller.owner, limit, max(offset, 0))
        ]

    return reply(await request.app[SERVICES].database.do(work))


async def _community(request: web.Request) -> web.StreamResponse:
    limit = validation.query_int(request, "limit", 20) or 0
    offset = validation.query_int(request, "offset", 0) or 0
    where = f"environment = 'community-share' AND {_STANDING} ORDER BY created_at DESC, rowid DESC LIMIT ? OFFSET ?"

    def work(tables: Tables) -> list[dict[str, Any]]:
        return [
            _whole(tables, found) for found in tables.find(Deployment, where, max(limit, 0), max(offset, 0))
        ]

    return reply(await request.app[SERVICES].database.do(work))


async def _featured(request: web.Request) -> web.StreamResponse:
    """The public shares of whoever the gateway belongs to, as the service shows its own."""
    where = (
        f"{OWNER.own} AND environment = 'public-share' AND {_STANDING} ORDER BY updated_at DESC, rowid DESC"
    )

    def work(tables: Tables) -> list[dict[str, Any]]:
        shown = []
        for found in tables.find(Deployment, where, OWNER.owner):
            workflow = tables.get(Workflow, found.workflow_id)
            version = tables.get(Version, found.workflow_version_id)
            if workflow is not None and version is not None:
                shown.append(featured_json(found, workflow, version))
        return shown

    return reply(await request.app[SERVICES].database.do(work))


async def _of_workflow(request: web.Request) -> web.StreamResponse:
    workflow_id = validation.loose_path_uuid(request, "workflow_id")
    caller = request[CALLER]

    def work(tables: Tables) -> list[dict[str, Any]]:
        workflow = own(tables, Workflow, workflow_id, caller)
        where = "workflow_id = ? ORDER BY created_at DESC, rowid DESC"
        found = [] if workflow is None else tables.find(Deployment, where, workflow_id)
        if not found and not (strict() and workflow is not None):
            raise Refusal.detail(404, "Deployments not found or you don't have access to it")
        return [_whole(tables, one, tables.get(Machine, one.machine_id)) for one in found]

    return reply(await request.app[SERVICES].database.do(work))


async def _get(request: web.Request) -> web.StreamResponse:
    def work(tables: Tables) -> dict[str, Any]:
        deployment = own_deployment(tables, request.match_info["deployment_id"], request[CALLER])
        if deployment is None:
            raise _missing()
        return _whole(tables, deployment)

    return reply(await request.app[SERVICES].database.do(work))


def _whole(tables: Tables, deployment: Deployment, machine: Machine | None = None) -> dict[str, Any]:
    workflow = tables.get(Workflow, deployment.workflow_id)
    return deployment_json(deployment, workflow, tables.get(Version, deployment.workflow_version_id), machine)


def _missing() -> Refusal:
    """The service never answers 404 here."""
    return Refusal.detail(500, "Internal server error", strictly=(404, "Deployment not found"))


async def _upsert(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    version_id = body.text("workflow_version_id", required=True) or ""
    workflow_id = body.text("workflow_id", required=True) or ""
    environment = body.text("environment", required=True) or ""
    machine_id = body.text("machine_id")
    machine_version_id = body.text("machine_version_id")
    body.text("deployment_id")  # the one of this workflow and environment is taken, as in the service
    body.text("description")  # the workflow's own is used, as in the service
    body.check()
    if machine_id is None and machine_version_id is None:
        raise Refusal.detail(400, "Machine ID or Machine Version ID is required")
    caller = request[CALLER]

    def work(tables: Tables) -> Deployment:
        place = place_of(tables, caller, machine_id, machine_version_id)
        if place is None:
            raise _fault("404: Machine not found", 404, "Machine not found")
        workflow = own(tables, Workflow, workflow_id, caller)
        if workflow is None:
            raise _fault("404: Workflow not found", 404, "Workflow not found")
        version = own(tables, Version, version_id, caller)
        if version is None or version.workflow_id != workflow.id:
            reason = f"workflow version {version_id[:80]!r} is not one of workflow {workflow.id}"
            raise _fault(reason, 404, "Workflow version not found")
        if environment not in ENVIRONMENTS:
            reason = f'invalid input value for enum deployment_environment: "{environment[:80]}"'
            raise _fault(reason, 422, [_no_environment(environment)])
        columns = {"workflow_version_id": version.id, "description": workflow.description, **place.columns}
        slug = slug_of(workflow) if environment in SHARES else None
        found = tables.find(Deployment, "workflow_id = ? AND environment = ?", workflow.id, environment)
        if found:
            kept = found[0].share_slug if strict() or environment != "private-share" else None
            moved = attrs.evolve(found[0], **columns, share_slug=kept, updated_at=now())
            tables.save(moved)
            return moved
        if slug is not None and tables.count(Deployment, "share_slug = ?", slug):
            reason = f"share_slug {slug} is taken by another deployment"
            raise _fault(reason, 409, f"{reason}; delete that share first")
        made = Deployment(
            user_id=caller.user_id,
            org_id=caller.org_id,
            workflow_id=workflow.id,
            environment=environment,
            share_slug=slug,
            **columns,
            **place.limits,
        )
        tables.add(made)
        return made

    return reply(deployment_json(await request.app[SERVICES].database.do(work)))


def _no_environment(given: str) -> dict[str, Any]:
    expected = ", ".join(f"'{name}'" for name in ENVIRONMENTS)
    return validation.fault("enum", ["body", "environment"], f"Input should be one of {expected}", given[:80])


def _fault(reason: str, status: int, strictly: Any) -> Refusal:
    return Refusal.detail(500, f"Internal server error: {reason}", strictly=(status, strictly))


async def _update(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    version_id = body.text("workflow_version_id")
    machine_id = body.text("machine_id")
    machine_version_id = body.text("machine_version_id")
    names = ("concurrency_limit", "run_timeout", "idle_timeout", "keep_warm")
    changes: dict[str, Any] = {name: body.integer(name, minimum=0) for name in names}
    changes["gpu"] = body.choice("gpu", GPUS)
    body.check()
    changes = {name: value for name, value in changes.items() if value is not None}  # null leaves a thing
    caller = request[CALLER]

    def work(tables: Tables) -> Deployment:
        deployment = own_deployment(tables, request.match_info["deployment_id"], caller)
        if deployment is None:
            raise _missing()
        if version_id is not None:
            version = own(tables, Version, version_id, caller)
            if version is None or version.workflow_id != deployment.workflow_id:
                raise _fault("404: Workflow version not found", 404, "Workflow version not found")
            changes["workflow_version_id"] = version.id
        if machine_id is not None or machine_version_id is not None:
            place = place_of(tables, caller, machine_id, machine_version_id)
            if place is None:
                raise _fault("404: Machine not found", 404, "Machine not found")
            changes.update(place.columns)
        changed = attrs.evolve(deployment, **changes, updated_at=now())
        tables.save(changed)
        return changed

    return reply(deployment_json(await request.app[SERVICES].database.do(work)))


async def _delete(request: web.Request) -> web.StreamResponse:
    def work(tables: Tables) -> None:
        deployment = own_deployment(tables, request.match_info["deployment_id"], request[CALLER])
        if deployment is None:
            raise _missing()
        if deployment.environment not in SHARES:
            raise Refusal.detail(
                500, "Internal server error", strictly=(400, "Only share deployments can be deleted")
            )
        tables.remove(Deployment, deployment.id)

    await request.app[SERVICES].database.do(work)
    return reply({"message": "Share deployment deleted successfully"})


async def _deactivate(request: web.Request) -> web.StreamResponse:
    def work(tables: Tables) -> Deployment:
        deployment = own_deployment(tables, request.match_info["deployment_id"], request[CALLER])
        if deployment is None:
            raise Refusal.detail(404, "Deployment not found")
        if deployment.modal_app_id is None:
            if strict():
                raise Refusal.detail(400, "The deployment has no containers of its own to stop")
            raise ValueError("the deployment has no app to stop")  # a fault inside, as in the service
        if tables.count(Run, f"deployment_id = ? AND {LIVE}", deployment.id):
            raise Refusal.detail(400, "The deployment still has runs: wait for them or cancel them")
        stopped = attrs.evolve(deployment, activated_at=None, updated_at=now())
        tables.save(stopped)
        return stopped

    return reply(deployment_json(await request.app[SERVICES].database.do(work)))


async def _ui_spec(request: web.Request) -> web.StreamResponse:
    services = request.app[SERVICES]

    def work(tables: Tables) -> dict[str, Any]:
        deployment = own_deployment(tables, request.match_info["deployment_id"], request[CALLER])
        if deployment is None:
            raise Refusal.detail(404, "Deployment not found")
        shown = _whole(tables, deployment)
        return ui_spec_json(shown, f"{services.base}/api")

    return reply(await services.database.do(work))


def _getter(path: str, handler: Callable[[web.Request], Any]) -> web.RouteDef:
    return web.get(f"/api{path}", handler, allow_head=False)


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    return [
        _getter("/deployments", _list),
        _getter("/deployments/community", _community),
        _getter("/deployments/featured", _featured),
        _getter("/workflow/{workflow_id}/deployments", _of_workflow),
        _getter("/deployment/{deployment_id}", _get),
        _getter("/deployment/{deployment_id}/v0-ui-spec", _ui_spec),
        web.post("/api/deployment", _upsert),
        web.patch("/api/deployment/{deployment_id}", _update),
        web.delete("/api/deployment/{deployment_id}", _delete),
        web.post("/api/deployment/{deployment_id}/deactivate", _deactivate),
    ]
