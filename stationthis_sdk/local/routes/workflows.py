"""Workflows and their versions."""

import json
from typing import Any

from aiohttp import web

from stationthis_sdk.local import validation
from stationthis_sdk.local.answers.workflow import version_json, workflow_json
from stationthis_sdk.local.caller import CALLER
from stationthis_sdk.local.clock import now
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.responses import Refusal, reply
from stationthis_sdk.local.rows.machines import Machine
from stationthis_sdk.local.rows.workflows import Deployment, Version, Workflow
from stationthis_sdk.local.services import SERVICES
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
    caller = request[CALLER]

    def work(tables: Tables) -> None:
        if machine_id is not None:
            machine = tables.get(Machine, machine_id)
            if machine is None or not caller.owns(machine):
                raise Refusal(404, {"error": "Machine not found"})
        tables.add(workflow)
        version = Version(
            workflow_id=workflow.id,
            user_id=caller.user_id,
            org_id=caller.org_id,
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

    workflow = Workflow(
        user_id=caller.user_id, org_id=caller.org_id, name=name, selected_machine_id=machine_id
    )
    await request.app[SERVICES].database.do(work)
    return reply({"workflow_id": workflow.id, "machine_id": machine_id})


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Refusal(400, {"error": "Invalid JSON format"}) from None


def _preview(tables: Tables, version: Version, machine_id: str) -> None:
    """A version on a machine is what the workflow's preview deployment shows."""
    found = tables.find(Deployment, "workflow_id = ? AND environment = 'preview'", version.workflow_id)
    if found:
        tables.change(
            Deployment, found[0].id, workflow_version_id=version.id, machine_id=machine_id, updated_at=now()
        )
        return
    tables.add(
        Deployment(
            user_id=version.user_id,
            org_id=version.org_id,
            workflow_id=version.workflow_id,
            workflow_version_id=version.id,
            machine_id=machine_id,
            environment="preview",
        )
    )


async def _get(request: web.Request) -> web.StreamResponse:
    workflow_id = validation.loose_uuid(request.match_info["workflow_id"])
    limit = validation.query_int(request, "limit", 1) or 0
    caller = request[CALLER]

    def work(tables: Tables) -> dict[str, Any]:
        workflow = tables.get(Workflow, workflow_id)
        if workflow is None or not caller.owns(workflow):
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
    caller = request[CALLER]

    def work(tables: Tables) -> Version:
        workflow = tables.get(Workflow, workflow_id)
        if workflow is None or not caller.owns(workflow):
            raise Refusal.detail(500, "404: Workflow not found")
        machine = None if machine_id is None else tables.get(Machine, machine_id)
        if machine_id is not None and (machine is None or not caller.owns(machine)):
            raise Refusal.detail(500, "404: Machine not found")
        newest = tables.find(Version, "workflow_id = ? ORDER BY version DESC LIMIT 1", workflow_id)
        version = Version(
            workflow_id=workflow_id,
            user_id=caller.user_id,
            org_id=caller.org_id,
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
    caller = request[CALLER]
    version = await request.app[SERVICES].database.do(lambda tables: tables.get(Version, version_id))
    if version is None or not caller.owns(version):
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
