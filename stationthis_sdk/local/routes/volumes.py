"""Volumes: the account's folder of models, and what the hubs know of others."""

import asyncio
from typing import Final

from aiohttp import web

from stationthis_sdk.local.answers.volume import entry_json
from stationthis_sdk.local.requests import validation
from stationthis_sdk.local.requests.caller import CALLER
from stationthis_sdk.local.requests.responses import Refusal, reply
from stationthis_sdk.local.services import SERVICES
from stationthis_sdk.local.storage.paths import clean_path
from stationthis_sdk.local.volumes.hubs import HubRefused, HubSilent
from stationthis_sdk.local.volumes.requests import answered, moved, token_header, volume_of

__all__ = ["routes"]

_TEXT: Final = 4096


async def _name(request: web.Request) -> web.StreamResponse:
    volume = await volume_of(request.app[SERVICES], request[CALLER])
    return reply({"volume_name": volume.name})


async def _list_private(request: web.Request) -> web.StreamResponse:
    services, caller = request.app[SERVICES], request[CALLER]
    await volume_of(services, caller)
    entries = await asyncio.to_thread(services.downloads.volumes.of(caller).entries)
    return reply([entry_json(entry) for entry in entries])


async def _list_public(request: web.Request) -> web.StreamResponse:
    entries = await asyncio.to_thread(request.app[SERVICES].downloads.volumes.public.entries)
    return reply([entry_json(entry) for entry in entries])


async def _remove(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    given = body.text("path", required=True) or ""
    body.check()
    path = clean_path(given, "body", "path")
    volume = request.app[SERVICES].downloads.volumes.of(request[CALLER])
    await moved(lambda: volume.remove(path))
    return reply({"deleted_path": given})


async def _move(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    source, target = (body.text(name, required=True) or "" for name in ("source_path", "destination_path"))
    overwrite = body.flag("overwrite")
    body.check()
    old, new = clean_path(source, "body", "source_path"), clean_path(target, "body", "destination_path")
    volume = request.app[SERVICES].downloads.volumes.of(request[CALLER])
    await moved(lambda: volume.move(old, new, overwrite=overwrite))
    return reply({"old_path": source, "new_path": target})


async def _check_huggingface(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    repo = body.text("repo_id", required=True) or ""
    body.check()
    services = request.app[SERVICES]
    header = await token_header(services, request[CALLER])
    token = header.get("Authorization", "").removeprefix("Bearer ") or None
    try:
        return reply({"exists": await services.downloads.hubs.has_repository(repo, token)})
    except (HubRefused, HubSilent) as problem:
        raise Refusal.detail(500, str(problem)) from None


async def _check_civitai(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    url = body.text("url", required=True, limit=_TEXT) or ""
    body.check()
    found = await answered(request.app[SERVICES].downloads.hubs.civitai_model(url))
    if found is None:
        raise Refusal.detail(400, "Invalid Civitai URL")
    return reply(
        {
            "exists": True,
            "title": found.title,
            "preview_url": found.preview_url,
            "filename": found.filename,
            "model_id": found.model_id,
            "version_id": found.named_version_id,
        }
    )


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    return [
        web.get("/api/volume/name", _name, allow_head=False),
        web.get("/api/volume/private-models", _list_private, allow_head=False),
        web.get("/api/volume/public-models", _list_public, allow_head=False),
        web.post("/api/volume/rm", _remove),
        web.post("/api/volume/move", _move),
        web.post("/api/volume/validate/huggingface", _check_huggingface),
        web.post("/api/volume/validate/civitai", _check_civitai),
    ]
