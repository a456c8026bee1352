"""Versions of workflows."""

from typing import Any

from aiohttp import web

from stationthis_sdk.local.answers.timestamps import malformed
from stationthis_sdk.local.answers.workflow import version_json
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.requests import validation
from stationthis_sdk.local.requests.belongings import own
from stationthis_sdk.local.requests.caller import CALLER
from stationthis_sdk.local.requests.responses import Refusal, reply
from stationthis_sdk.local.rows.workflows import Version, Workflow
from stationthis_sdk.local.services import SERVICES
from stationthis_sdk.local.workflows.deploying import place_of, put_preview

__all__ = ["routes"]

_COMMENT_LIMIT = 100_000


async def _add(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    graph = body.object("workflow", required=True)
    api_graph = body.object("workflow_api", required=True)
    comment = body.text("comment", limit=_COMMENT_LIMIT)
    machine_id = body.text("machine_id")
    machine_version_id = body.text("machine_version_id")
    snapshot = body.object("comfyui_snapshot")
    body.check()
    caller = request[CALLER]

    def work(tables: Tables) -> Version:
        workflow = own(tables, Workflow, request.match_info["workflow_id"], caller)
        if workflow is None:
            raise Refusal.detail(500, "404: Workflow not found", strictly=(404, "Workflow not found"))
        place = None
        if machine_id is not None or machine_version_id is not None:
            place = place_of(tables, caller, machine_id, machine_version_id)
            if place is None:
                raise Refusal.detail(500, "404: Machine not found", strictly=(404, "Machine not found"))
        newest = tables.find(Version, "workflow_id = ? ORDER BY version DESC LIMIT 1", workflow.id)
        version = Version(
            workflow_id=workflow.id,
            user_id=caller.user_id,
            org_id=caller.org_id,
            version=newest[0].version + 1 if newest else 1,
            workflow=graph,
            workflow_api=api_graph,
            comment=comment,
            comfyui_snapshot=snapshot,
            **({} if place is None else place.ids),
        )
        tables.add(version)
        tables.change(Workflow, workflow.id, updated_at=version.created_at)
        if place is not None:
            put_preview(tables, version, place)
        return version

    version = await request.app[SERVICES].database.do(work)
    return reply(version_json(version, malformed, new=True))


async def _list(request: web.Request) -> web.StreamResponse:
    workflow_id = validation.loose_path_uuid(request, "workflow_id")
    search = validation.query_text(request, "search") or ""
    limit = validation.query_int(request, "limit", 100) or 0
    offset = validation.query_int(request, "offset", 0) or 0
    caller = request[CALLER]
    where = "workflow_id = ? AND (? = '' OR instr(lower(comment), lower(?))) ORDER BY version DESC LIMIT ? OFFSET ?"

    def work(tables: Tables) -> list[dict[str, Any]]:
        if own(tables, Workflow, workflow_id, caller) is None:
            raise Refusal.detail(404, "Workflow not found")
        found = tables.find(Version, where, workflow_id, search, search, max(limit, 0), max(offset, 0))
        return [{**version_json(version), "user_icon": None} for version in found]

    return reply(await request.app[SERVICES].database.do(work))


async def _get_number(request: web.Request) -> web.StreamResponse:
    workflow_id = validation.loose_path_uuid(request, "workflow_id")
    number = validation.path_int(request, "version")
    caller = request[CALLER]

    def work(tables: Tables) -> Version:
        workflow = own(tables, Workflow, workflow_id, caller)
        found = tables.find(Version, "workflow_id = ? AND version = ?", workflow_id, number)
        if workflow is None or not found:
            raise Refusal.detail(404, "Workflow version not found")
        return found[0]

    return reply(version_json(await request.app[SERVICES].database.do(work)))


async def _get(request: web.Request) -> web.StreamResponse:
    version_id = validation.path_uuid(request, "version_id")
    caller = request[CALLER]

    def work(tables: Tables) -> Version:
        version = own(tables, Version, version_id, caller)
        if version is None or own(tables, Workflow, version.workflow_id, caller) is None:
            raise Refusal.detail(404, "Workflow version not found")
        return version

    return reply(version_json(await request.app[SERVICES].database.do(work)))


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    return [
        web.post("/api/workflow/{workflow_id}/version", _add),
        web.get("/api/workflow/{workflow_id}/versions", _list, allow_head=False),
        web.get("/api/workflow/{workflow_id}/version/{version}", _get_number, allow_head=False),
        web.get("/api/workflow-version/{version_id}", _get, allow_head=False),
    ]
