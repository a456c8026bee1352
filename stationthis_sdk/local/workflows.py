"""Workflows and their versions."""

import json
from typing import Any

from aiohttp import web

from stationthis_sdk.local import validation
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.responses import Refusal, reply
from stationthis_sdk.local.row_json import version_json, workflow_json
from stationthis_sdk.local.rows import Deployment, Machine, Version, Workflow, now
from stationthis_sdk.local.services import SERVICES, USER
from stationthis_sdk.local.timestamps import malformed

__all__ = ["routes"]


async def _create(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    name = body.text("name", required=True) or ""
    workflow_text = body.text("workflow_json", required=True) or ""
    api_text = body.text("workflow_api")
    machine_id = body.text("machine_id")
    machine_version_id = body.text("machine_version_id")
    snapshot = body.object("comfyui_snapshot")
    body.check()
    graph, api_graph = _parsed(workflow_text), None if api_text is None else _parsed(api_text)
    user = request[USER]

    def work(tables: Tables) -> None:
        if machine_id is not None:
            machine = tables.get(Machine, machine_id)
            if machine is None or machine.user_id != user:
                raise Refusal(404, {"error": "Machine not found"})
        tables.add(workflow)
        version = Version(
            workflow_id=workflow.id,
            user_id=user,
            workflow=graph,
            workflow_api=api_graph,
            comment="initial version",
            machine_id=machine_id,
            machine_version_id=machine_version_id,
            comfyui_snapshot=snapshot,
        )
        tables.add(version)
        if machine_id is not None:
            _preview(tables, version, machine_id)

    workflow = Workflow(user_id=user, name=name, selected_machine_id=machine_id)
    await request.app[SERVICES].database.do(work)
    return reply({"workflow_id": workflow.id, "machine_id": machine_id})


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Refusal(400, {"error": "Invalid JSON format"}) from None


def _preview(tables: Tables, version: Version, machine_id: str) -> None:
    """A version on a machine is what the workflow's preview deployment shows."""
    where = "workflow_id = ? AND environment = 'preview' AND user_id = ?"
    found = tables.find(Deployment, where, version.workflow_id, version.user_id)
    if found:
        tables.change(
            Deployment, found[0].id, workflow_version_id=version.id, machine_id=machine_id, updated_at=now()
        )
        return
    tables.add(
        Deployment(
            user_id=version.user_id,
            workflow_id=version.workflow_id,
            workflow_version_id=version.id,
            machine_id=machine_id,
            environment="preview",
        )
    )


async def _get(request: web.Request) -> web.StreamResponse:
    workflow_id = validation.loose_uuid(request.match_info["workflow_id"])
    limit = validation.query_int(request, "limit", 1) or 0
    user = request[USER]

    def work(tables: Tables) -> dict[str, Any]:
        workflow = tables.get(Workflow, workflow_id)
        if workflow is None or workflow.user_id != user:
            raise Refusal.detail(404, "Workflow not found")
        where = "workflow_id = ? ORDER BY version DESC LIMIT ?"
        return workflow_json(workflow, tables.find(Version, where, workflow_id, max(limit, 0)))

    return reply(await request.app[SERVICES].database.do(work))


async def _add_version(request: web.Request) -> web.StreamResponse:
    workflow_id = request.match_info["workflow_id"]
    body = await validation.json_body(request)
    graph = body.object("workflow", required=True)
    api_graph = body.object("workflow_api", required=True)
    comment = body.text("comment")
    machine_id = body.text("machine_id")
    machine_version_id = body.text("machine_version_id")
    snapshot = body.object("comfyui_snapshot")
    body.check()
    user = request[USER]

    def work(tables: Tables) -> Version:
        workflow = tables.get(Workflow, workflow_id)
        if workflow is None or workflow.user_id != user:
            raise Refusal.detail(500, "404: Workflow not found")
        machine = None if machine_id is None else tables.get(Machine, machine_id)
        if machine_id is not None and (machine is None or machine.user_id != user):
            raise Refusal.detail(500, "404: Machine not found")
        newest = tables.find(Version, "workflow_id = ? ORDER BY version DESC LIMIT 1", workflow_id)
        version = Version(
            workflow_id=workflow_id,
            user_id=user,
            version=newest[0].version + 1 if newest else 1,
            workflow=graph,
            workflow_api=api_graph,
            comment=comment,
            machine_id=machine_id,
            machine_version_id=machine_version_id,
            comfyui_snapshot=snapshot,
        )
        tables.add(version)
        tables.change(Workflow, workflow_id, updated_at=version.created_at)
        if machine_id is not None:
            _preview(tables, version, machine_id)
        return version

    version = await request.app[SERVICES].database.do(work)
    return reply(version_json(version, malformed, new=True))


async def _get_version(request: web.Request) -> web.StreamResponse:
    version_id = validation.path_uuid(request, "version_id")
    user = request[USER]
    version = await request.app[SERVICES].database.do(lambda tables: tables.get(Version, version_id))
    if version is None or version.user_id != user:
        raise Refusal.detail(404, "Workflow version not found")
    return reply(version_json(version))


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    return [
        web.post("/api/workflow", _create),
        web.get("/api/workflow/{workflow_id}", _get, allow_head=False),
        web.post("/api/workflow/{workflow_id}/version", _add_version),
        web.get("/api/workflow-version/{version_id}", _get_version, allow_head=False),
    ]
