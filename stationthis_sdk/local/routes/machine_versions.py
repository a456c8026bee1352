"""The versions of serverless machines."""

from typing import Any, Final

from aiohttp import web

from stationthis_sdk.local.answers.machine import listed_version_json, machine_version_json
from stationthis_sdk.local.clock import now
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.requests import validation
from stationthis_sdk.local.requests.caller import CALLER, Caller
from stationthis_sdk.local.requests.responses import Refusal, reply
from stationthis_sdk.local.routes.machines import own_machine
from stationthis_sdk.local.rows.machines import MachineVersion
from stationthis_sdk.local.services import SERVICES

__all__ = ["routes"]

_KEPT: Final = 4 * 3600 * 1_000_000


async def _list(request: web.Request) -> web.StreamResponse:
    limit = validation.query_int(request, "limit", 100) or 0
    offset = validation.query_int(request, "offset", 0) or 0
    return await _listed(request, max(limit, 0), max(offset, 0))


async def _list_all(request: web.Request) -> web.StreamResponse:
    return await _listed(request, -1, 0)


async def _listed(request: web.Request, limit: int, offset: int) -> web.StreamResponse:
    machine_id = validation.path_uuid(request, "machine_id")
    caller = request[CALLER]
    where = f"{caller.own} AND machine_id = ? ORDER BY version DESC LIMIT ? OFFSET ?"
    found = await request.app[SERVICES].database.do(
        lambda tables: tables.find(MachineVersion, where, caller.owner, machine_id, limit, offset)
    )
    return reply([listed_version_json(version) for version in found])


async def _get(request: web.Request) -> web.StreamResponse:
    machine_id = validation.path_uuid(request, "machine_id")
    version_id = validation.path_uuid(request, "version_id")
    caller = request[CALLER]

    def work(tables: Tables) -> MachineVersion:
        machine = own_machine(tables, caller, machine_id)
        version = tables.get(MachineVersion, version_id)
        if version is None or version.machine_id != machine.id:
            raise Refusal.detail(404, "Machine version not found")
        return version

    return reply(machine_version_json(await request.app[SERVICES].database.do(work)))


async def _errors(request: web.Request) -> web.StreamResponse:
    version_id = request.match_info["version_id"]
    caller = request[CALLER]
    version = await request.app[SERVICES].database.do(lambda tables: tables.get(MachineVersion, version_id))
    return reply({"logs": _said(caller, version)})


def _said(caller: Caller, version: MachineVersion | None) -> list[dict[str, Any]]:
    if version is None or not caller.owns(version) or version.build_error is None:
        return []
    age = now() - version.builds_until
    if not 0 <= age < _KEPT:
        return []
    return [{"timestamp": version.builds_until / 1_000_000, "logs": version.build_error}]


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    versions = "/api/machine/serverless/{machine_id}/versions"
    return [
        web.get(versions, _list, allow_head=False),
        web.get(f"{versions}/all", _list_all, allow_head=False),
        web.get(f"{versions}/{{version_id}}", _get, allow_head=False),
        web.get("/api/machine-version/{version_id}/error-start-logs", _errors, allow_head=False),
    ]
