"""Whether a machine's comfyui-deploy plugin is the newest, and bringing it up to date."""

from aiohttp import web

from stationthis_sdk.local.answers.machine import whole_machine_json
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.machines import plugin_versions
from stationthis_sdk.local.machines.builds import begin_build
from stationthis_sdk.local.machines.settings import evolved
from stationthis_sdk.local.requests import validation
from stationthis_sdk.local.requests.caller import CALLER
from stationthis_sdk.local.requests.responses import Refusal, reply
from stationthis_sdk.local.routes.machines import own_machine
from stationthis_sdk.local.routes.serverless import require_serverless
from stationthis_sdk.local.rows.machines import Machine
from stationthis_sdk.local.services import SERVICES

__all__ = ["routes"]


async def _check(request: web.Request) -> web.StreamResponse:
    machine, reach = await _machine(request), request.app[SERVICES].reach
    step = plugin_versions.plugin_step(machine.settings)
    if step is None:
        raise Refusal.detail(404, "comfyui-deploy is not among the custom nodes of this machine")
    if step["type"] == "custom-node-manager":
        local, latest = plugin_versions.release_of(step), await plugin_versions.newest_release(reach)
        same = local["version"] is not None and local["version"] == latest["version"]
    else:
        local, latest = (
            await plugin_versions.commit_of(reach, step),
            await plugin_versions.newest_commit(reach),
        )
        same = local["hash"] is not None and local["hash"] == latest["hash"]
    shown = ("hash", "message", "date")
    return reply(
        {
            "status": "success",
            "is_up_to_date": same,
            "local_commit": {name: local[name] for name in shown},
            "latest_commit": {name: latest[name] for name in shown},
        }
    )


async def _update(request: web.Request) -> web.StreamResponse:
    before, reach = await _machine(request), request.app[SERVICES].reach
    require_serverless(before)
    step = plugin_versions.plugin_step(before.settings)
    if step is not None and step["type"] == "custom-node-manager":
        newest = await plugin_versions.newest_release(reach)
    else:
        newest = await plugin_versions.newest_commit(reach)
    caller, services = request[CALLER], request.app[SERVICES]

    def work(tables: Tables) -> Machine:
        machine = own_machine(tables, caller, before.id)
        built = begin_build(tables, evolved(machine, plugin_versions.with_plugin(machine.settings, newest)))
        tables.save(built)
        return built

    return reply(whole_machine_json(await services.database.do(work), services.base))


async def _machine(request: web.Request) -> Machine:
    machine_id = validation.path_uuid(request, "machine_id")
    caller = request[CALLER]
    return await request.app[SERVICES].database.do(lambda tables: own_machine(tables, caller, machine_id))


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    machine = "/api/machine/{machine_id}"
    return [
        web.get(f"{machine}/check-custom-nodes", _check, allow_head=False),
        web.post(f"{machine}/update-custom-nodes", _update),
    ]
