"""Serverless machines: make, change, go back, and look at what they are built of.

They run on the gateway's own engine, whatever card they name; a build takes a moment and installs nothing.
"""

from typing import Any, Final

import attrs
from aiohttp import web

from stationthis_sdk.local.answers.machine import whole_machine_json
from stationthis_sdk.local.clock import now, sleep
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.machines.builds import (
    BUILD_SECONDS,
    begin_build,
    custom_node_folders,
    docker_commands,
    go_back,
    machine_hash,
)
from stationthis_sdk.local.machines.settings import SHORT, evolved, read_settings
from stationthis_sdk.local.requests import validation
from stationthis_sdk.local.requests.caller import CALLER
from stationthis_sdk.local.requests.responses import Refusal, reply
from stationthis_sdk.local.routes.machines import own_machine
from stationthis_sdk.local.rows.machines import COMFYUI_VERSION, SERVERLESS, SETTINGS, Machine, MachineVersion
from stationthis_sdk.local.services import SERVICES
from stationthis_sdk.local.strictness import strict

__all__ = ["require_serverless", "routes"]

_NEEDS_NO_BUILD: Final = frozenset({"gpu", "keep_warm"})
_NODES: Final = "/comfyui/custom_nodes/"


def require_serverless(machine: Machine) -> None:
    """400 for a machine of another type."""
    if machine.type != SERVERLESS:
        raise Refusal.detail(400, "Machine is not serverless")


async def _create(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    name = body.text("name", required=True, limit=SHORT) or ""
    given = read_settings(body, new=True)
    wait = body.flag_or_null("wait_for_build")
    body.check()
    caller, services = request[CALLER], request.app[SERVICES]
    start = {"comfyui_version": COMFYUI_VERSION, "docker_command_steps": {"steps": []}, **given}
    machine = evolved(
        Machine(user_id=caller.user_id, org_id=caller.org_id, name=name, type=SERVERLESS), start
    )

    def work(tables: Tables) -> Machine:
        built = begin_build(tables, machine)
        tables.add(built)
        return built

    made = await services.database.do(work)
    answer = whole_machine_json(made, services.base)  # "building" even after the wait, as the service does
    if wait:
        await sleep(BUILD_SECONDS)
    return reply(whole_machine_json(made, services.base) if strict() else answer)


async def _update(request: web.Request) -> web.StreamResponse:
    machine_id = validation.path_uuid(request, "machine_id")
    version_id = validation.query_uuid(request, "rollback_version_id")
    body = await validation.json_body(request)
    name = body.text("name", limit=SHORT)
    given = read_settings(body)
    rebuild = body.flag_or_null("is_trigger_rebuild")
    body.check()
    caller, services = request[CALLER], request.app[SERVICES]

    def work(tables: Tables) -> Machine:
        machine = own_machine(tables, caller, machine_id)
        require_serverless(machine)
        called = machine.name if name is None else name
        changed = attrs.evolve(evolved(machine, given), name=called, updated_at=now())
        if version_id is not None:
            changed = go_back(tables, changed, _version(tables, machine, version_id))
        elif rebuild or _needs_build(machine, changed):
            changed = begin_build(tables, changed)
        tables.save(changed)
        return changed

    machine = await services.database.do(work)
    services.execution.machine_changed(machine)
    return reply(whole_machine_json(machine, services.base))


def _needs_build(before: Machine, after: Machine) -> bool:
    columns = ("gpu", "concurrency_limit", "run_timeout")
    changed = {name for name in columns if getattr(before, name) != getattr(after, name)}
    changed |= {name for name in SETTINGS if before.setting(name) != after.setting(name)}
    on_a_card = "gpu" in changed and after.setting("install_custom_node_with_gpu")
    return bool(on_a_card or changed - _NEEDS_NO_BUILD)


def _version(tables: Tables, machine: Machine, version_id: str) -> MachineVersion:
    version = tables.get(MachineVersion, version_id)
    if version is None or version.machine_id != machine.id:
        raise Refusal.detail(404, "Machine version not found")
    return version


async def _rollback(request: web.Request) -> web.StreamResponse:
    machine_id = validation.path_uuid(request, "machine_id")
    body = await validation.json_body(request)
    version_id = body.uuid_or_null("machine_version_id")
    number = body.integer("version")
    body.check()
    if version_id is None and number is None:
        raise Refusal.detail(400, "Either machine_version_id or version is needed")
    caller, services = request[CALLER], request.app[SERVICES]

    def work(tables: Tables) -> Machine:
        machine = own_machine(tables, caller, machine_id)
        require_serverless(machine)
        if version_id is None:
            where = "machine_id = ? AND version = ?"
            found = tables.find(MachineVersion, where, machine.id, number)
            if not found:
                raise Refusal.detail(404, "Machine version not found")
            version = found[0]
        else:
            version = _version(tables, machine, version_id)
        if version.id == machine.machine_version_id:
            raise Refusal.detail(400, "This version is the current one")
        back = go_back(tables, machine, version)
        tables.save(back)
        return back

    machine = await services.database.do(work)
    services.execution.machine_changed(machine)
    return reply(whole_machine_json(machine, services.base))


async def _docker_commands(request: web.Request) -> web.StreamResponse:
    machine_id = validation.path_uuid(request, "machine_id")
    caller = request[CALLER]

    def work(tables: Tables) -> tuple[Machine, MachineVersion | None]:
        machine = own_machine(tables, caller, machine_id)
        require_serverless(machine)
        return machine, tables.get(MachineVersion, machine.machine_version_id)

    machine, version = await request.app[SERVICES].database.do(work)
    image = version.image_id if version is not None and version.state == "ready" else None
    return reply(
        {
            "docker_commands": docker_commands(machine.settings),
            "machine_hash": machine_hash(machine.settings),
            "python_version": machine.setting("python_version"),
            "base_docker_image": machine.setting("base_docker_image"),
            "machine_version": {"id": version and version.id, "modal_image_id": image},
        }
    )


async def _files(request: web.Request) -> web.StreamResponse:
    machine_id = validation.path_uuid(request, "machine_id")
    wanted = _inside(request.query.get("path", ""))
    caller = request[CALLER]

    def work(tables: Tables) -> list[str]:
        machine = own_machine(tables, caller, machine_id)
        if machine.machine_version_id is None or machine.state != "ready":
            raise Refusal.detail(404, "This machine is not built; build it first")
        return custom_node_folders(machine.settings)

    folders = await request.app[SERVICES].database.do(work)
    if wanted and (len(wanted) > 1 or wanted[0] not in folders):
        raise Refusal.detail(404, "There is no such folder")
    shown: list[str] = [] if wanted else folders  # a build installs nothing, so each folder is empty
    contents: dict[str, Any] = {folder: {"type": "directory"} for folder in shown}
    path = _NODES + "/".join(wanted)
    return reply({"path": path, "directories": shown, "files": [], "contents": contents})


def _inside(path: str) -> list[str]:
    """The steps of a path below the folder of custom nodes; 403 for one that leads out of it."""
    steps: list[str] = []
    for step in path.split("/"):
        if step == "..":
            if not steps:
                raise Refusal.detail(403, "This path leads out of the folder of custom nodes")
            steps.pop()
        elif step not in {"", "."}:
            steps.append(step)
    return steps


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    serverless = "/api/machine/serverless"
    return [
        web.post(serverless, _create),
        web.patch(f"{serverless}/{{machine_id}}", _update),
        web.post(f"{serverless}/{{machine_id}}/rollback", _rollback),
        web.get(f"{serverless}/{{machine_id}}/files", _files, allow_head=False),
        web.get("/api/machine/{machine_id}/docker-commands", _docker_commands, allow_head=False),
    ]
