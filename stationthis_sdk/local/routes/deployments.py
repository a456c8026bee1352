"""Deployments: list, read, make or move."""

import re
from typing import Any, Final

import attrs
from aiohttp import web

from stationthis_sdk.local import validation
from stationthis_sdk.local.answers.deployment import deployment_json
from stationthis_sdk.local.caller import CALLER
from stationthis_sdk.local.clock import now
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.responses import Refusal, reply
from stationthis_sdk.local.rows.machines import Machine
from stationthis_sdk.local.rows.workflows import Deployment, Version, Workflow
from stationthis_sdk.local.services import SERVICES

__all__ = ["routes"]

ENVIRONMENTS: Final = ("staging", "production", "public-share", "private-share", "preview", "community-share")


async def _list(request: web.Request) -> web.StreamResponse:
    environment = validation.query_choice(request, "environment", ENVIRONMENTS)
    is_fluid = validation.query_bool(request, "is_fluid")
    page_size = validation.query_int(request, "page_size", None)
    offset = validation.query_int(request, "offset", 0) or 0
    caller = request[CALLER]
    where = caller.own
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


async def _get(request: web.Request) -> web.StreamResponse:
    deployment_id = request.match_info["deployment_id"]
    caller = request[CALLER]

    def work(tables: Tables) -> dict[str, Any]:
        deployment = tables.get(Deployment, deployment_id)
        if deployment is None or not caller.owns(deployment):
            raise Refusal.detail(500, "Internal server error")  # never 404, as the service does
        return _whole(tables, deployment)

    return reply(await request.app[SERVICES].database.do(work))


def _whole(tables: Tables, deployment: Deployment) -> dict[str, Any]:
    workflow = tables.get(Workflow, deployment.workflow_id)
    return deployment_json(deployment, workflow, tables.get(Version, deployment.workflow_version_id))


async def _upsert(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    version_id = body.text("workflow_version_id", required=True) or ""
    workflow_id = body.text("workflow_id", required=True) or ""
    environment = body.text("environment", required=True) or ""
    machine_id = body.text("machine_id")
    machine_version_id = body.text("machine_version_id")
    deployment_id = body.text("deployment_id")
    body.text("description")  # the workflow's own is used, as in the service
    body.check()
    if machine_id is None and machine_version_id is None:
        raise Refusal.detail(400, "Machine ID or Machine Version ID is required")
    caller = request[CALLER]

    def work(tables: Tables) -> Deployment:
        machine = tables.get(Machine, machine_id)
        if machine is None or not caller.owns(machine):
            raise _fault("404: Machine not found")
        workflow = tables.get(Workflow, workflow_id)
        if workflow is None or not caller.owns(workflow):
            raise _fault("404: Workflow not found")
        version = tables.get(Version, version_id)
        if version is None or version.workflow_id != workflow_id:
            raise _fault(f"workflow version {version_id!r} is not one of workflow {workflow_id}")
        if environment not in ENVIRONMENTS:
            raise _fault(f'invalid input value for enum deployment_environment: "{environment}"')
        found = _existing(tables, workflow, environment, deployment_id)
        slug = _slug(workflow) if environment.endswith("-share") else None
        if found is None:
            if slug is not None and tables.count(Deployment, "share_slug = ?", slug):
                raise _fault(f"share_slug {slug} is taken by another deployment of this workflow")
            made = Deployment(
                user_id=caller.user_id,
                org_id=caller.org_id,
                workflow_id=workflow.id,
                workflow_version_id=version.id,
                machine_id=machine.id,
                environment=environment,
                description=workflow.description,
                share_slug=slug,
                run_timeout=machine.run_timeout,
            )
            tables.add(made)
            return made
        moved = attrs.evolve(
            found,
            workflow_version_id=version.id,
            machine_id=machine.id,
            share_slug=None if environment == "private-share" else found.share_slug,
            description=workflow.description,
            updated_at=now(),
        )
        tables.save(moved)
        return moved

    return reply(deployment_json(await request.app[SERVICES].database.do(work)))


def _existing(
    tables: Tables, workflow: Workflow, environment: str, deployment_id: str | None
) -> Deployment | None:
    if deployment_id is not None:
        named = tables.get(Deployment, deployment_id)
        if named is not None and named.workflow_id == workflow.id and named.environment == environment:
            return named
    found = tables.find(Deployment, "workflow_id = ? AND environment = ?", workflow.id, environment)
    return found[0] if found else None


def _fault(reason: str) -> Refusal:
    return Refusal.detail(500, f"Internal server error: {reason}")


def _slug(workflow: Workflow) -> str:
    owner, name = (
        re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-")
        for part in (workflow.org_id or workflow.user_id, workflow.name)
    )
    return f"{owner}_{name}"


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    return [
        web.get("/api/deployments", _list, allow_head=False),
        web.get("/api/deployment/{deployment_id}", _get, allow_head=False),
        web.post("/api/deployment", _upsert),
    ]
