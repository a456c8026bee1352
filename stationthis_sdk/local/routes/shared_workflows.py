"""Published workflows: anybody may list, look at and take them."""

from typing import Any

import attrs
from aiohttp import web

from stationthis_sdk.local.answers.share import shared_workflow_json
from stationthis_sdk.local.clock import now
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.requests import validation
from stationthis_sdk.local.requests.belongings import own
from stationthis_sdk.local.requests.caller import CALLER
from stationthis_sdk.local.requests.responses import Refusal, reply
from stationthis_sdk.local.rows.shares import SharedWorkflow
from stationthis_sdk.local.rows.workflows import Version, Workflow
from stationthis_sdk.local.services import SERVICES
from stationthis_sdk.local.workflows.deploying import worded
from stationthis_sdk.local.workflows.exporting import exported

__all__ = ["routes"]

_TITLE_LIMIT = 1000
_TEXT_LIMIT = 100_000


async def _publish(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    body.uuid("workflow_id")  # the one in the path counts
    title = body.text("title", required=True, limit=_TITLE_LIMIT) or ""
    description = body.text("description", limit=_TEXT_LIMIT)
    cover_image = body.text("cover_image", limit=_TEXT_LIMIT)
    version_id = body.uuid_or_null("workflow_version_id")
    body.flag_or_null("is_public")  # what is shared is public, as in the service
    body.check()
    caller = request[CALLER]

    def work(tables: Tables) -> SharedWorkflow:
        workflow = own(tables, Workflow, request.match_info["workflow_id"], caller)
        if workflow is None:
            raise Refusal.detail(500, "404: Workflow not found", strictly=(404, "Workflow not found"))
        said: dict[str, Any] = {
            "workflow_version_id": version_id,
            "workflow_export": exported(tables, _version(tables, workflow, version_id)),
            "title": title,
            "description": description,
            "cover_image": cover_image,
        }
        found = tables.find(SharedWorkflow, "workflow_id = ?", workflow.id)
        if found:
            changed = attrs.evolve(found[0], **said, updated_at=now())
            tables.save(changed)
            return changed
        owner: dict[str, Any] = {"user_id": caller.user_id, "org_id": caller.org_id}
        made = SharedWorkflow(**owner, workflow_id=workflow.id, share_slug=_slug(tables, title), **said)
        tables.add(made)
        return made

    return reply(shared_workflow_json(await request.app[SERVICES].database.do(work)))


def _version(tables: Tables, workflow: Workflow, version_id: str | None) -> Version:
    where = "workflow_id = ? AND (? IS NULL OR id = ?) ORDER BY version DESC LIMIT 1"
    for version in tables.find(Version, where, workflow.id, version_id, version_id):
        return version
    raise Refusal.detail(500, "404: Workflow version not found", strictly=(404, "Workflow version not found"))


def _slug(tables: Tables, title: str) -> str:
    """An address from the first title, with a number after it where it is taken."""
    plain = worded(title) or "workflow"
    slug, number = plain, 0
    while tables.count(SharedWorkflow, "share_slug = ?", slug):
        number += 1
        slug = f"{plain}-{number}"
    return slug


async def _take_back(request: web.Request) -> web.StreamResponse:
    workflow_id = validation.loose_path_uuid(request, "workflow_id")
    caller = request[CALLER]

    def work(tables: Tables) -> None:
        found = tables.find(SharedWorkflow, f"workflow_id = ? AND {caller.own}", workflow_id, caller.owner)
        if not found:
            raise Refusal.detail(404, "Shared workflow not found")
        for shared in found:
            tables.remove(SharedWorkflow, shared.id)

    await request.app[SERVICES].database.do(work)
    return reply({"message": "Workflow sharing removed successfully"})


async def _status(request: web.Request) -> web.StreamResponse:
    workflow_id = validation.loose_path_uuid(request, "workflow_id")
    caller = request[CALLER]

    def work(tables: Tables) -> list[SharedWorkflow]:
        if own(tables, Workflow, workflow_id, caller) is None:
            raise Refusal.detail(404, "Workflow not found")
        return tables.find(SharedWorkflow, "workflow_id = ? ORDER BY created_at DESC", workflow_id)

    found = await request.app[SERVICES].database.do(work)
    shown = [shared_workflow_json(shared) for shared in found]
    return reply({"shared_workflows": shown, "total": len(shown)})


async def _list(request: web.Request) -> web.StreamResponse:
    limit = max(validation.query_int(request, "limit", 20) or 0, 0)
    offset = max(validation.query_int(request, "offset", 0) or 0, 0)
    user_id = validation.query_text(request, "user_id")
    search = validation.query_text(request, "search")
    where, values = "1", []
    if user_id:
        where += " AND user_id = ?"
        values.append(user_id)
    if search:
        where += " AND instr(lower(title), lower(?))"
        values.append(search)
    page = f"{where} ORDER BY created_at DESC, rowid DESC LIMIT ? OFFSET ?"

    def work(tables: Tables) -> dict[str, Any]:
        found = tables.find(SharedWorkflow, page, *values, limit, offset)
        shown = [shared_workflow_json(shared, whole=False) for shared in found]
        return {"shared_workflows": shown, "total": tables.count(SharedWorkflow, where, *values)}

    return reply(await request.app[SERVICES].database.do(work))


def _by_slug(tables: Tables, request: web.Request) -> SharedWorkflow:
    slug = request.match_info["share_slug"]
    for shared in tables.find(SharedWorkflow, "share_slug = ?", slug) if validation.storable(slug) else ():
        return shared
    raise Refusal.detail(404, "Shared workflow not found")


async def _get(request: web.Request) -> web.StreamResponse:
    shared = await request.app[SERVICES].database.do(lambda tables: _by_slug(tables, request))
    return reply(shared_workflow_json(shared))


async def _view(request: web.Request) -> web.StreamResponse:
    def work(tables: Tables) -> int:
        shared = _by_slug(tables, request)
        tables.change(SharedWorkflow, shared.id, view_count=shared.view_count + 1)
        return shared.view_count + 1

    return reply({"success": True, "view_count": await request.app[SERVICES].database.do(work)})


async def _download(request: web.Request) -> web.StreamResponse:
    def work(tables: Tables) -> Any:
        shared = _by_slug(tables, request)
        tables.change(SharedWorkflow, shared.id, download_count=shared.download_count + 1)
        return shared.workflow_export

    return reply(await request.app[SERVICES].database.do(work))


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    return [
        web.post("/api/workflow/{workflow_id}/share", _publish),
        web.delete("/api/workflow/{workflow_id}/share", _take_back),
        web.get("/api/workflow/{workflow_id}/shared-status", _status, allow_head=False),
        web.get("/api/shared-workflows", _list, allow_head=False),
        web.get("/api/shared-workflows/{share_slug}", _get, allow_head=False),
        web.post("/api/shared-workflows/{share_slug}/view", _view),
        web.get("/api/shared-workflows/{share_slug}/download", _download, allow_head=False),
    ]
