"""Machines: listing them."""

from typing import Final

from aiohttp import web

from stationthis_sdk.local import validation
from stationthis_sdk.local.answers.machine import machine_json
from stationthis_sdk.local.caller import CALLER
from stationthis_sdk.local.responses import reply
from stationthis_sdk.local.rows.machines import Machine
from stationthis_sdk.local.services import SERVICES

__all__ = ["routes"]

_KINDS: Final = {
    "is_docker": ("comfy-deploy-serverless",),
    "is_workspace": ("workspace", "workspace-v2"),
    "is_self_hosted": ("classic", "runpod-serverless", "modal-serverless"),
}


async def _list(request: web.Request) -> web.StreamResponse:
    limit = validation.query_int(request, "limit", 100)
    offset = validation.query_int(request, "offset", 0)
    search = request.query.get("search", "").lower()
    kinds = {kind for flag, types in _KINDS.items() if validation.query_bool(request, flag) for kind in types}
    deleted = validation.query_bool(request, "is_deleted") if "is_deleted" in request.query else None
    caller = request[CALLER]
    found = await request.app[SERVICES].database.do(
        lambda tables: tables.find(
            Machine, f"{caller.own} ORDER BY created_at DESC, rowid DESC", caller.owner
        )
    )
    shown = [
        machine_json(machine)
        for machine in found
        if search in machine.name.lower()
        and (not kinds or machine.type in kinds)
        and (deleted is None or bool(machine.deleted) == deleted)
    ]
    start = max(offset or 0, 0)
    return reply(shown[start : start + max(limit or 0, 0)])


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    return [web.get("/api/machines", _list, allow_head=False)]
