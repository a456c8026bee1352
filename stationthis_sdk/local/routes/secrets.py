"""Secrets: environment variables by name, attached to machines.

Lists tell their values to their owner, as the service's do; answers to changes don't. They are kept in clear, in the
gateway's folder that nobody else may read.
"""

import re
from typing import Any, Final

import attrs
from aiohttp import web

from stationthis_sdk.local.answers.timestamps import short
from stationthis_sdk.local.clock import now
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.machines.settings import LONG, SHORT
from stationthis_sdk.local.requests import validation
from stationthis_sdk.local.requests.caller import CALLER, Caller
from stationthis_sdk.local.requests.responses import Refusal, reply
from stationthis_sdk.local.routes.machines import own_machine
from stationthis_sdk.local.rows.secrets import MachineSecret, Secret
from stationthis_sdk.local.services import SERVICES

__all__ = ["routes"]

_KEY: Final = re.compile(r"\S+")
_MASK: Final = "********"


async def _create(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    name = body.text("secret_name", required=True, limit=SHORT) or ""
    machine_id = body.uuid("machine_id")
    variables = _variables(body)
    body.check()
    caller = request[CALLER]
    secret = Secret(user_id=caller.user_id, org_id=caller.org_id, name=name, variables=variables)

    def work(tables: Tables) -> None:
        machine = own_machine(tables, caller, machine_id)
        tables.add(secret)
        tables.add(MachineSecret(machine_id=machine.id, secret_id=secret.id))

    await request.app[SERVICES].database.do(work)
    return reply(_changed_json(secret))


def _variables(body: validation.Body) -> list[dict[str, str]]:
    def read(one: validation.Body) -> dict[str, Any]:
        key = one.text("key", required=True, limit=SHORT)
        if key is not None and not _KEY.fullmatch(key):
            place = one.place("key")
            message = "Value error, Environment variable keys cannot contain whitespace"
            one.wrong(validation.fault("value_error", place, message, key))
        return {"key": key, "value": one.text("value", required=True, limit=LONG)}

    return body.objects("secret", read, required=True) or []


async def _update(request: web.Request) -> web.StreamResponse:
    secret_id = validation.path_uuid(request, "secret_id")
    body = await validation.json_body(request)
    variables = _variables(body)
    body.check()
    caller = request[CALLER]

    def work(tables: Tables) -> Secret:
        changed = attrs.evolve(_own(tables, caller, secret_id), variables=variables, updated_at=now())
        tables.save(changed)
        return changed

    shown = _changed_json(await request.app[SERVICES].database.do(work))
    del shown["updated_at"]
    return reply(shown)


async def _attach(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    machine_id, secret_id = body.uuid("machine_id"), body.uuid("secret_id")
    body.check()
    caller = request[CALLER]

    def work(tables: Tables) -> bool:
        own_machine(tables, caller, machine_id)
        _own(tables, caller, secret_id)
        there = tables.find(MachineSecret, "machine_id = ? AND secret_id = ?", machine_id, secret_id)
        for link in there:
            tables.remove(MachineSecret, link.id)
        if not there:
            tables.add(MachineSecret(machine_id=machine_id, secret_id=secret_id))
        return not there

    attached = await request.app[SERVICES].database.do(work)
    said = "Secret attached to the machine" if attached else "Secret detached from the machine"
    return reply({"message": said, "status": 200, "is_selected": attached})


async def _delete(request: web.Request) -> web.StreamResponse:
    secret_id = validation.path_uuid(request, "secret_id")
    caller = request[CALLER]

    def work(tables: Tables) -> None:
        _own(tables, caller, secret_id)
        for link in tables.find(MachineSecret, "secret_id = ?", secret_id):
            tables.remove(MachineSecret, link.id)
        tables.remove(Secret, secret_id)

    await request.app[SERVICES].database.do(work)
    return reply({"message": "Secret deleted successfully"})


async def _list(request: web.Request) -> web.StreamResponse:
    caller = request[CALLER]

    def work(tables: Tables) -> list[dict[str, Any]]:
        return [
            {
                **_secret_json(secret),
                "machines": [
                    link.machine_id for link in tables.find(MachineSecret, "secret_id = ?", secret.id)
                ],
            }
            for secret in _all(tables, caller)
        ]

    return reply(await request.app[SERVICES].database.do(work))


async def _list_linked(request: web.Request) -> web.StreamResponse:
    return await _listed(request, linked=True)


async def _list_unlinked(request: web.Request) -> web.StreamResponse:
    return await _listed(request, linked=False)


async def _listed(request: web.Request, *, linked: bool) -> web.StreamResponse:
    machine_id = validation.path_uuid(request, "machine_id")
    caller = request[CALLER]

    def work(tables: Tables) -> list[Secret]:
        try:
            own_machine(tables, caller, machine_id)
        except Refusal:
            missing = "Machine not found"  # never 404, as the service does
            raise Refusal.detail(500, f"404: {missing}", strictly=(404, missing)) from None
        there = {link.secret_id for link in tables.find(MachineSecret, "machine_id = ?", machine_id)}
        return [secret for secret in _all(tables, caller) if (secret.id in there) == linked]

    found = await request.app[SERVICES].database.do(work)
    return reply([_secret_json(secret) for secret in found])


def _all(tables: Tables, caller: Caller) -> list[Secret]:
    return tables.find(Secret, f"{caller.own} ORDER BY created_at DESC, rowid DESC", caller.owner)


def _own(tables: Tables, caller: Caller, secret_id: str) -> Secret:
    secret = tables.get(Secret, secret_id)
    if secret is None or not caller.owns(secret):
        raise Refusal.detail(404, "Secret not found")
    return secret


def _secret_json(secret: Secret) -> dict[str, Any]:
    return {
        "id": secret.id,
        "user_id": secret.user_id,
        "org_id": secret.org_id,
        "name": secret.name,
        "created_at": short(secret.created_at),
        "updated_at": short(secret.updated_at),
        "environment_variables": [dict(variable) for variable in secret.variables],
    }


def _changed_json(secret: Secret) -> dict[str, Any]:
    """The service has its own cipher's text there; here nothing of the value is told."""
    masked = [{"key": variable["key"], "encrypted_value": _MASK} for variable in secret.variables]
    return {**_secret_json(secret), "environment_variables": masked}


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    one = "/api/machine/secret"
    return [
        web.post(one, _create),
        web.patch(one, _attach),
        web.patch(f"{one}/{{secret_id}}/envs", _update),
        web.delete(f"{one}/{{secret_id}}", _delete),
        web.get("/api/machine/secrets/all", _list, allow_head=False),
        web.get("/api/machine/{machine_id}/secrets/linked", _list_linked, allow_head=False),
        web.get("/api/machine/{machine_id}/secrets/unlinked", _list_unlinked, allow_head=False),
    ]
