"""Shares: outputs of runs, and deployments by their address."""

from typing import Any, Final

from aiohttp import web

from stationthis_sdk.local.answers.deployment import shared_deployment_json
from stationthis_sdk.local.answers.share import output_share_json
from stationthis_sdk.local.answers.timestamps import naive
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.requests import validation
from stationthis_sdk.local.requests.belongings import own, spelled, standing
from stationthis_sdk.local.requests.caller import CALLER, NOBODY, Caller
from stationthis_sdk.local.requests.responses import Refusal, reply
from stationthis_sdk.local.rows.runs import Output, Run
from stationthis_sdk.local.rows.shares import OutputShare
from stationthis_sdk.local.rows.workflows import Deployment, Version, Workflow
from stationthis_sdk.local.services import SERVICES
from stationthis_sdk.local.workflows.deploying import SHARES

__all__ = ["routes"]

_KINDS: Final = ("image", "video", "3d", "other")
_VISIBILITIES: Final = ("private", "public", "link")
_SUFFIXES: Final = {
    "image": (".png", ".jpg", ".jpeg", ".webp", ".avif", ".bmp", ".tif", ".tiff", ".exr"),
    "video": (".mp4", ".webm", ".mov", ".mkv", ".avi", ".m4v", ".gif"),
    "3d": (".glb", ".gltf", ".obj", ".fbx", ".stl", ".ply", ".usdz"),
}
_MINE: Final = "user_id = ? AND org_id IS ?"


def _known(request: web.Request) -> Caller:
    """Who asks, where a key is needed though the paths beside need none."""
    caller = request[CALLER]
    if caller == NOBODY:
        raise Refusal.detail(401, "Invalid or missing token")
    return caller


def _mine(share: OutputShare, caller: Caller) -> bool:
    """An output's share is its user's alone, within the same organisation or none."""
    return caller != NOBODY and (share.user_id, share.org_id) == (caller.user_id, caller.org_id)


async def _create(request: web.Request) -> web.StreamResponse:
    services = request.app[SERVICES]
    caller = _known(request)
    body = await validation.json_body(request)
    run_id = body.uuid("run_id")
    output_id = body.uuid("output_id")
    kind = body.choice("output_type", _KINDS) or "other"
    visibility = body.choice("visibility", _VISIBILITIES) or "private"
    body.check()

    def work(tables: Tables) -> OutputShare:
        run = own(tables, Run, run_id, caller)
        if run is None:
            raise Refusal.detail(404, "Run not found")
        output = tables.get(Output, output_id)
        if output is None or output.run_id != run.id:
            raise Refusal.detail(404, "Output not found")
        for there in tables.find(OutputShare, "output_id = ?", output.id):
            return there  # one for each output, unchanged
        share = OutputShare(
            user_id=caller.user_id,
            org_id=caller.org_id,
            run_id=run.id,
            output_id=output.id,
            deployment_id=run.deployment_id,
            output_data=output.data,
            output_type=_kind_of(output.data) if kind == "other" else kind,
            visibility=visibility,
            inputs=run.workflow_inputs,
        )
        tables.add(share)
        return share

    return reply(output_share_json(await services.database.do(work), services.base))


def _kind_of(data: Any) -> str:
    """What an output is, by the names of its files."""
    lists = data.values() if isinstance(data, dict) else ()
    items = [item for found in lists if isinstance(found, list) for item in found]
    names = [str(item.get("filename", "")).lower() for item in items if isinstance(item, dict)]
    for kind, suffixes in _SUFFIXES.items():
        if any(name.endswith(suffixes) for name in names):
            return kind
    return "other"


async def _list(request: web.Request) -> web.StreamResponse:
    """One's own private and link shares, and everybody's public ones."""
    services = request.app[SERVICES]
    caller = _known(request)
    kind = validation.query_choice(request, "output_type", _KINDS)
    visibility = validation.query_choice(request, "visibility", _VISIBILITIES)
    deployment_id = validation.query_text(request, "deployment_id")
    public = validation.query_bool(request, "include_public", default=True)
    limit = max(validation.query_int(request, "limit", 20) or 0, 0)
    offset = max(validation.query_int(request, "offset", 0) or 0, 0)
    where = f"(({_MINE} AND visibility != 'public'){' OR visibility = ' + repr('public') if public else ''})"
    values: list[str | None] = [caller.user_id, caller.org_id]
    for name, value in (("output_type", kind), ("visibility", visibility)):
        if value is not None:
            where += f" AND {name} = ?"
            values.append(value)
    if deployment_id is not None:
        where += " AND deployment_id = ?"
        values.append(spelled(deployment_id) or "")
    where += " ORDER BY created_at DESC, rowid DESC LIMIT ? OFFSET ?"
    found = await services.database.do(lambda tables: tables.find(OutputShare, where, *values, limit, offset))
    return reply([output_share_json(share, services.base) for share in found])


async def _get(request: web.Request) -> web.StreamResponse:
    services = request.app[SERVICES]
    share_id = validation.path_uuid(request, "share_id")
    caller = request[CALLER]

    def work(tables: Tables) -> dict[str, Any]:
        share = tables.get(OutputShare, share_id)
        if share is None:
            raise Refusal.detail(404, "Share not found")
        if share.visibility == "private" and not _mine(share, caller):
            raise Refusal.detail(
                403, "Not authorized to access this share", strictly=(404, "Share not found")
            )
        run = tables.get(Run, share.run_id)
        shown = run and {"id": run.id, "status": run.status, "created_at": naive(run.created_at)}
        return {"share": output_share_json(share, services.base), "run": shown}

    return reply(await services.database.do(work))


async def _delete(request: web.Request) -> web.StreamResponse:
    caller = _known(request)
    share_id = validation.path_uuid(request, "share_id")

    def work(tables: Tables) -> None:
        share = tables.get(OutputShare, share_id)
        if share is None or not _mine(share, caller):
            raise Refusal.detail(404, "Share not found")
        tables.remove(OutputShare, share.id)

    await request.app[SERVICES].database.do(work)
    return reply({"message": "Share deleted successfully"})


async def _studio(request: web.Request) -> web.StreamResponse:
    services = request.app[SERVICES]
    deployment_id = validation.path_uuid(request, "deployment_id")
    caller = request[CALLER]
    deployment = await services.database.do(lambda tables: tables.get(Deployment, deployment_id))
    if deployment is None or deployment.environment not in SHARES:
        raise Refusal.detail(404, "Deployment not found")
    _let_in(deployment, caller)
    if deployment.share_slug is None:
        raise Refusal.detail(400, "The share has no slug: post the deployment again")
    owner, _, name = deployment.share_slug.partition("_")
    return reply({"studio_url": f"{services.base}/#share={owner}/{name}", "api_url": services.base})


async def _by_slug(request: web.Request) -> web.StreamResponse:
    slug = f"{request.match_info['username']}_{request.match_info['slug']}"
    caller = request[CALLER]

    def work(tables: Tables) -> dict[str, Any]:
        shares = tables.find(Deployment, "share_slug = ?", slug) if validation.storable(slug) else []
        if not shares or shares[0].environment not in SHARES or not standing(tables, shares[0]):
            raise Refusal.detail(404, "Deployment not found")
        _let_in(shares[0], caller)
        workflow = tables.get(Workflow, shares[0].workflow_id)
        version = tables.get(Version, shares[0].workflow_version_id)
        if workflow is None or version is None:
            raise Refusal.detail(404, "Deployment not found")
        return shared_deployment_json(shares[0], workflow, version)

    return reply(await request.app[SERVICES].database.do(work))


def _let_in(share: Deployment, caller: Caller) -> None:
    """A private share is for its owner's keys; a strict gateway doesn't say that there is one."""
    if share.environment == "private-share" and not caller.owns(share):
        raise Refusal.detail(
            401, "Not authorized to access this share", strictly=(404, "Deployment not found")
        )


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    return [
        web.post("/api/share/output", _create),
        web.get("/api/share/output", _list, allow_head=False),
        web.get("/api/share/output/{share_id}", _get, allow_head=False),
        web.delete("/api/share/output/{share_id}", _delete),
        web.get("/api/share/deployment/{deployment_id}/studio-url", _studio, allow_head=False),
        web.get("/api/share/{username}/{slug}", _by_slug, allow_head=False),
    ]
