"""Machines out of the gateway and into it: a name and an environment, without secrets."""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from stationthis_sdk.local.answers.timestamps import naive
from stationthis_sdk.local.clock import now
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.machines.builds import begin_build, newest_version
from stationthis_sdk.local.machines.settings import SHORT, evolved, read_settings
from stationthis_sdk.local.requests import validation
from stationthis_sdk.local.requests.caller import CALLER, Caller
from stationthis_sdk.local.requests.responses import Refusal, reply
from stationthis_sdk.local.routes.machines import own_machine
from stationthis_sdk.local.rows.machines import GPUS, MACHINE_TYPES, SERVERLESS, Machine, MachineVersion
from stationthis_sdk.local.services import SERVICES

__all__ = ["routes"]

_SAME: Final = (
    "comfyui_version",
    "docker_command_steps",
    "install_custom_node_with_gpu",
    "extra_docker_commands",
    "base_docker_image",
    "python_version",
    "extra_args",
    "prestart_command",
    "disable_metadata",
    "allow_concurrent_inputs",
    "machine_builder_version",
)
_OTHERWISE: Final = {
    "max_containers": "concurrency_limit",
    "min_containers": "keep_warm",
    "scaledown_window": "idle_timeout",
}
"""What exports call otherwise than machines do."""


async def _export(request: web.Request) -> web.StreamResponse:
    machine_id = validation.loose_path_uuid(request, "machine_id")
    number = validation.query_int(request, "version", None)
    caller = request[CALLER]

    def work(tables: Tables) -> tuple[Machine, MachineVersion | None]:
        machine = own_machine(tables, caller, machine_id)
        if number is None:
            return machine, newest_version(tables, machine.id)
        found = tables.find(MachineVersion, "machine_id = ? AND version = ?", machine.id, number)
        return machine, found[0] if found else None

    machine, version = await request.app[SERVICES].database.do(work)
    return reply(
        {
            "name": machine.name,
            "type": machine.type,
            "export_version": "1.0",
            "exported_at": naive(now()),
            "environment": {} if version is None else _environment(version),
        }
    )


def _environment(version: MachineVersion) -> dict[str, Any]:
    return {
        **{name: version.setting(name) for name in _SAME},
        "version": version.version,
        "gpu": version.gpu,
        "machine_hash": version.machine_hash,
        "max_containers": version.concurrency_limit,
        "min_containers": version.setting("keep_warm"),
        "scaledown_window": version.setting("idle_timeout"),
        "run_timeout": version.run_timeout,
    }


async def _import(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    name = body.text("name", required=True, limit=SHORT) or ""
    kind = body.text("type", required=True) or ""
    environment = body.object("environment") or {}
    body.check()
    for given, known in (
        (kind, MACHINE_TYPES),
        (body.value("gpu"), (None, *GPUS)),
        (environment.get("gpu"), (None, *GPUS)),
    ):
        if given not in known:
            said = f"Internal server error: {str(given)[:40]!r} is none of {', '.join(map(str, known))}"
            raise Refusal.detail(500, said, strictly=(400, said.partition(": ")[2]))
    settings = _settings(body, environment)
    caller = request[CALLER]

    def work(tables: Tables) -> Machine:
        start = Machine(
            user_id=caller.user_id, org_id=caller.org_id, name=_free(tables, caller, name), type=kind
        )
        machine = evolved(start, settings)
        if kind == SERVERLESS and machine.setting("comfyui_version"):
            machine = begin_build(tables, machine)
        tables.add(machine)
        return machine

    machine = await request.app[SERVICES].database.do(work)
    return reply(
        {"id": machine.id, "name": machine.name, "message": f"Machine {machine.name!r} imported successfully"}
    )


def _settings(body: validation.Body, environment: Mapping[str, Any]) -> dict[str, Any]:
    """What the environment says, and what stands beside it under a machine's own names."""
    beside = read_settings(body)
    body.check()
    named = {_OTHERWISE.get(name, name): value for name, value in environment.items()}
    inside = validation.Body(named, ["body", "environment"])
    found = read_settings(inside)
    inside.check()
    return {**beside, **found}


def _free(tables: Tables, caller: Caller, name: str) -> str:
    """The name, with the time appended when it is taken."""
    if not tables.count(Machine, f"{caller.own} AND name = ? AND NOT deleted", caller.owner, name):
        return name
    stamp = naive(now())
    return f"{name}_{stamp[:10].replace('-', '')}_{stamp[11:19].replace(':', '')}"


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    return [
        web.get("/api/machine/{machine_id}/export", _export, allow_head=False),
        web.post("/api/machine/import", _import),
    ]
