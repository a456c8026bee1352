"""Workflows: make, list, read, change, copy, export, delete, and what their runs made."""

import json
from typing import Any, Final

import attrs
from aiohttp import web

from stationthis_sdk.local.answers.run_list import gallery_json
from stationthis_sdk.local.answers.timestamps import naive
from stationthis_sdk.local.answers.workflow import (
    clone_json,
    listed_workflow_json,
    workflow_json,
    workflow_row_json,
)
from stationthis_sdk.local.clock import now
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.requests import validation
from stationthis_sdk.local.requests.belongings import own, spelled
from stationthis_sdk.local.requests.caller import CALLER, Caller
from stationthis_sdk.local.requests.responses import Refusal, reply
from stationthis_sdk.local.rows.machines import Machine
from stationthis_sdk.local.rows.runs import GRAPHS, Output, Run
from stationthis_sdk.local.rows.workflows import Version, Workflow
from stationthis_sdk.local.services import SERVICES
from stationthis_sdk.local.workflows.deploying import place_of, put_preview
from stationthis_sdk.local.workflows.exporting import exported

__all__ = ["NAME_LIMIT", "TEXT_LIMIT", "routes"]

NAME_LIMIT: Final = 1000
TEXT_LIMIT: Final = 100_000
_MEDIA: Final = ("images", "gifs", "mesh", "files")
_SUFFIXES: Final = {
    "image": (".png", ".jpg", ".jpeg", ".webp", ".gif", ".avif", ".bmp", ".tif", ".tiff"),
    "video": (".mp4", ".webm", ".mov", ".mkv", ".avi", ".m4v"),
}


async def _create(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    name = body.text("name", required=True, limit=NAME_LIMIT) or ""
    workflow_text = body.text("workflow_json", required=True) or ""
    api_text = body.text("workflow_api")
    machine_id = body.text("machine_id")
    machine_version_id = body.text("machine_version_id")
    snapshot = body.object("comfyui_snapshot")
    body.check()
    graph, api_graph = _parsed(workflow_text), None if api_text is None else _parsed(api_text)
    caller = request[CALLER]

    def work(tables: Tables) -> dict[str, Any]:
        place = None
        if machine_id is not None or machine_version_id is not None:
            place = place_of(tables, caller, machine_id, machine_version_id)
            if place is None:
                raise Refusal(404, {"error": "Machine not found"})
        ids: dict[str, Any] = {} if place is None else place.ids
        owner: dict[str, Any] = {"user_id": caller.user_id, "org_id": caller.org_id}
        workflow = Workflow(**owner, name=name, selected_machine_id=ids.get("machine_id"))
        tables.add(workflow)
        version = Version(
            **owner,
            workflow_id=workflow.id,
            workflow=graph,
            workflow_api=api_graph,
            comment="initial version",
            comfyui_snapshot=snapshot,
            **ids,
        )
        tables.add(version)
        if place is not None:
            put_preview(tables, version, place)
        return {"workflow_id": workflow.id, "machine_id": workflow.selected_machine_id}

    return reply(await request.app[SERVICES].database.do(work))


def _parsed(text: str) -> Any:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    else:
        if validation.storable(value):
            return value
    raise Refusal(400, {"error": "Invalid JSON format"})


async def _list(request: web.Request) -> web.StreamResponse:
    search = validation.query_text(request, "search")
    limit = validation.query_int(request, "limit", 100) or 0
    offset = validation.query_int(request, "offset", 0) or 0
    user_ids = validation.query_text(request, "user_ids")
    machine_id = validation.query_text(request, "machine_id")
    caller = request[CALLER]
    where, values = f"{caller.own} AND NOT deleted", [caller.owner]
    if search:
        where += " AND instr(lower(name), lower(?))"
        values.append(search)
    if user_ids:
        wanted = [one for given in user_ids.split(",") if (one := given.strip())]
        where += " AND user_id IN (SELECT value FROM json_each(?))"
        values.append(json.dumps(wanted))
    if machine_id:
        where += " AND selected_machine_id = ?"
        values.append(spelled(machine_id) or "")
    where += " ORDER BY pinned DESC, updated_at DESC, rowid DESC LIMIT ? OFFSET ?"
    found = await request.app[SERVICES].database.do(
        lambda tables: tables.find(Workflow, where, *values, max(limit, 0), max(offset, 0))
    )
    return reply([listed_workflow_json(workflow) for workflow in found])


async def _list_all(request: web.Request) -> web.StreamResponse:
    search = validation.query_text(request, "search")
    limit = validation.query_int(request, "limit", None)
    caller = request[CALLER]
    where, values = f"{caller.own} AND NOT deleted", [caller.owner]
    if search:
        where += " AND (instr(lower(name), lower(?)) OR id = ?)"
        values += [search, spelled(search) or ""]
    where += " ORDER BY created_at DESC, rowid DESC LIMIT ?"
    most = -1 if limit is None else max(limit, 0)
    found = await request.app[SERVICES].database.do(
        lambda tables: tables.find(Workflow, where, *values, most)
    )
    return reply([workflow_row_json(workflow, naive, naive) for workflow in found])


async def _get(request: web.Request) -> web.StreamResponse:
    workflow_id = validation.loose_path_uuid(request, "workflow_id")
    limit = validation.query_int(request, "limit", 1) or 0
    caller = request[CALLER]

    def work(tables: Tables) -> dict[str, Any]:
        workflow = _own(tables, workflow_id, caller)
        where = "workflow_id = ? ORDER BY version DESC LIMIT ?"
        return workflow_json(workflow, tables.find(Version, where, workflow_id, max(limit, 0)))

    return reply(await request.app[SERVICES].database.do(work))


def _own(tables: Tables, workflow_id: str, caller: Caller) -> Workflow:
    workflow = own(tables, Workflow, workflow_id, caller)
    if workflow is None:
        raise Refusal.detail(404, "Workflow not found")
    return workflow


async def _update(request: web.Request) -> web.StreamResponse:
    workflow_id = validation.loose_path_uuid(request, "workflow_id")
    body = await validation.json_body(request)
    pinned = body.flag_or_null("pinned")
    deleted = body.flag_or_null("deleted")
    machine_id = body.uuid_or_null("selected_machine_id")
    texts = {
        "name": body.text("name", limit=NAME_LIMIT),
        "description": body.text("description", limit=TEXT_LIMIT),
        "cover_image": body.text("cover_image", limit=TEXT_LIMIT),
    }
    body.check()
    changes: dict[str, Any] = {name: text for name, text in texts.items() if text is not None}
    if deleted is not None:
        changes["deleted"] = int(deleted)
    caller = request[CALLER]

    def work(tables: Tables) -> Workflow:
        workflow = _own(tables, workflow_id, caller)
        if pinned is not None:  # all else is ignored then
            changed = attrs.evolve(workflow, pinned=int(pinned))
        else:
            if machine_id is not None:
                if own(tables, Machine, machine_id, caller) is None:
                    raise Refusal.detail(404, "Machine not found")
                changes["selected_machine_id"] = machine_id
            changed = attrs.evolve(workflow, **changes, updated_at=now())
        tables.save(changed)
        return changed

    return reply(workflow_row_json(await request.app[SERVICES].database.do(work)))


async def _delete(request: web.Request) -> web.StreamResponse:
    workflow_id = validation.loose_path_uuid(request, "workflow_id")
    caller = request[CALLER]

    def work(tables: Tables) -> None:
        workflow = _own(tables, workflow_id, caller)
        tables.change(Workflow, workflow.id, deleted=1, updated_at=now())

    await request.app[SERVICES].database.do(work)
    return reply({"message": "Workflow deleted successfully"})


async def _clone(request: web.Request) -> web.StreamResponse:
    workflow_id = validation.loose_path_uuid(request, "workflow_id")
    body = await validation.json_body(request)
    name = body.text("name", limit=NAME_LIMIT)
    body.check()
    caller = request[CALLER]

    def work(tables: Tables) -> Workflow:
        workflow = _own(tables, workflow_id, caller)
        copy = Workflow(
            user_id=caller.user_id,
            org_id=caller.org_id,
            name=name or f"{workflow.name} (Cloned)",
            description=workflow.description,
            cover_image=workflow.cover_image,
            selected_machine_id=workflow.selected_machine_id,
        )
        tables.add(copy)
        for newest in tables.find(Version, "workflow_id = ? ORDER BY version DESC LIMIT 1", workflow.id):
            fresh = Version(
                user_id=caller.user_id, org_id=caller.org_id, workflow_id=copy.id, workflow=newest.workflow
            )
            tables.add(
                attrs.evolve(
                    fresh,
                    workflow_api=newest.workflow_api,
                    comment=newest.comment,
                    machine_id=newest.machine_id,
                    machine_version_id=newest.machine_version_id,
                    comfyui_snapshot=newest.comfyui_snapshot,
                )
            )
        return copy

    return reply(clone_json(await request.app[SERVICES].database.do(work)))


async def _export(request: web.Request) -> web.StreamResponse:
    workflow_id = validation.loose_path_uuid(request, "workflow_id")
    number = validation.query_int(request, "version", None)
    caller = request[CALLER]

    def work(tables: Tables) -> dict[str, Any]:
        workflow = _own(tables, workflow_id, caller)
        where = "workflow_id = ? AND (? IS NULL OR version = ?) ORDER BY version DESC LIMIT 1"
        found = tables.find(Version, where, workflow.id, number, number)
        if not found:
            raise Refusal.detail(404, "Workflow version not found")
        return exported(tables, found[0])

    return reply(await request.app[SERVICES].database.do(work))


async def _gallery(request: web.Request) -> web.StreamResponse:
    services = request.app[SERVICES]
    workflow_id = validation.loose_path_uuid(request, "workflow_id")
    limit = max(validation.query_int(request, "limit", 100) or 0, 0)
    offset = max(validation.query_int(request, "offset", 0) or 0, 0)
    origin = validation.query_text(request, "origin")
    user_id = validation.query_text(request, "user_id")
    suffixes = _SUFFIXES.get(request.query.get("file_type", ""))
    caller = request[CALLER]
    # The plus keeps SQLite from going by the status: most of all runs have this one.
    runs, values = f"{caller.own} AND workflow_id = ? AND +status = 'success'", [caller.owner, workflow_id]
    if origin == "not-api":
        runs += " AND origin != 'api'"
    elif origin:
        runs += " AND origin = ?"
        values.append(origin)
    if user_id:
        runs += " AND user_id = ?"
        values.append(user_id)
    shown = " OR ".join(f"json_array_length(data, '$.{kind}') > 0" for kind in _MEDIA)
    where = f"run_id IN (SELECT id FROM runs WHERE {runs}) AND CASE WHEN json_valid(data) THEN {shown} END"  # noqa: S608  our names
    order = " ORDER BY created_at DESC, rowid DESC"

    def work(tables: Tables) -> list[dict[str, Any]]:
        if own(tables, Workflow, workflow_id, caller) is None:
            return []
        if suffixes is None:
            found = tables.find(Output, f"{where}{order} LIMIT ? OFFSET ?", *values, limit, offset)
        else:
            all_of_them = tables.find(Output, where + order, *values)
            found = [one for one in all_of_them if _has(one, suffixes)][offset : offset + limit]
        of_run = {one.run_id: tables.get(Run, one.run_id, without=GRAPHS) for one in found}
        return [
            gallery_json(one, run, services.base) for one in found if (run := of_run[one.run_id]) is not None
        ]

    return reply(await services.database.do(work))


def _has(output: Output, suffixes: tuple[str, ...]) -> bool:
    """Whether a file of such a name is among its media."""
    lists = (output.data.get(kind) for kind in _MEDIA)
    return any(
        isinstance(item, dict) and str(item.get("filename", "")).lower().endswith(suffixes)
        for items in lists
        if isinstance(items, list)
        for item in items
    )


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    return [
        web.get("/api/workflows", _list, allow_head=False),
        web.get("/api/workflows/all", _list_all, allow_head=False),
        web.post("/api/workflow", _create),
        web.get("/api/workflow/{workflow_id}", _get, allow_head=False),
        web.patch("/api/workflow/{workflow_id}", _update),
        web.delete("/api/workflow/{workflow_id}", _delete),
        web.post("/api/workflow/{workflow_id}/clone", _clone),
        web.get("/api/workflow/{workflow_id}/export", _export, allow_head=False),
        web.get("/api/workflow/{workflow_id}/gallery", _gallery, allow_head=False),
    ]
