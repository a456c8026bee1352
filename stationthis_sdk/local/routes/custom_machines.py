"""Machines of one's own: an address of a ComfyUI, and what to show it."""

from typing import Any

import attrs
from aiohttp import web

from stationthis_sdk.local.answers.machine import whole_machine_json
from stationthis_sdk.local.clock import now
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.machines.settings import LONG, SHORT
from stationthis_sdk.local.requests import validation
from stationthis_sdk.local.requests.caller import CALLER
from stationthis_sdk.local.requests.responses import reply
from stationthis_sdk.local.routes.machines import own_machine
from stationthis_sdk.local.rows.machines import MACHINE_TYPES, Machine
from stationthis_sdk.local.services import SERVICES

__all__ = ["routes"]


async def _create(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    name = body.text("name", required=True, limit=SHORT) or ""
    kind = body.choice("type", MACHINE_TYPES, required=True) or ""
    endpoint = body.text("endpoint", required=True, limit=LONG)
    auth_token = body.text("auth_token", required=True, nullable=True, limit=LONG)
    body.check()
    caller, services = request[CALLER], request.app[SERVICES]
    machine = Machine(
        user_id=caller.user_id,
        org_id=caller.org_id,
        name=name,
        type=kind,
        endpoint=endpoint,
        auth_token=auth_token,
        concurrency_limit=2,
    )
    await services.database.do(lambda tables: tables.add(machine))
    return reply(whole_machine_json(machine, services.base))


async def _update(request: web.Request) -> web.StreamResponse:
    machine_id = validation.path_uuid(request, "machine_id")
    body = await validation.json_body(request)
    given: dict[str, Any] = {
        "name": body.text("name", limit=SHORT),
        "type": body.choice("type", MACHINE_TYPES),
        "endpoint": body.text("endpoint", limit=LONG),
        "auth_token": body.text("auth_token", limit=LONG),
    }
    body.check()
    caller, services = request[CALLER], request.app[SERVICES]

    def work(tables: Tables) -> Machine:
        machine = own_machine(tables, caller, machine_id)
        changes = {name: value for name, value in given.items() if value is not None}
        changed = attrs.evolve(machine, **changes, updated_at=now())
        tables.save(changed)
        return changed

    machine = await services.database.do(work)
    services.execution.machine_changed(machine)
    return reply(whole_machine_json(machine, services.base))


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    return [
        web.post("/api/machine/custom", _create),
        web.patch("/api/machine/custom/{machine_id}", _update),
    ]
