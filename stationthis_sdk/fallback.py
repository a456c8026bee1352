"""Runs on one's own ComfyUI while the cloud can't be reached: only for clients that opted in, never silently."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from stationthis_sdk.context import Context
from stationthis_sdk.entities import DeploymentRecord
from stationthis_sdk.errors import ConnectionFailed, NotFound, StationThisError, TimedOut
from stationthis_sdk.logs import logger
from stationthis_sdk.options import Options

if TYPE_CHECKING:
    from stationthis_sdk.client import AsyncStationThis
    from stationthis_sdk.machine import AsyncMachine
    from stationthis_sdk.runs import AsyncRun
    from stationthis_sdk.workflow import AsyncWorkflow

__all__ = ["run_here"]

_MACHINE: Final = "comfyui"
"""What the gateway calls the first of the user's own ComfyUI servers: never the built-in engine."""


async def run_here(
    context: Context,
    error: StationThisError,
    record: DeploymentRecord,
    options: Options,
    inputs: Mapping[str, Any],
) -> "AsyncRun | None":
    """The same graph on the user's own ComfyUI, when the cloud certainly heard nothing of this run; else None.

    Only where the flag ``local_fallback`` is on and ``COMFYUI_URL`` names a server. What stands in its way is added
    to the error. ``gpu`` and ``cache`` of the options mean nothing here.
    """
    unsent = isinstance(error, ConnectionFailed) or (isinstance(error, TimedOut) and error.phase == "connect")
    if not unsent or not context.settings.flags.local_fallback or context.settings.nearby:
        return None
    if not os.environ.get("COMFYUI_URL", "").strip():
        error.told("It was not run on this machine either: local_fallback needs COMFYUI_URL.")
        return None
    if not record.graph:
        error.told("It was not run on this machine either: the graph of this deployment is not known here.")
        return None
    try:
        here = await context.here.client()
        machine = await _comfyui(here)
        workflow = (await _workflow(here, record.name, record.graph)).options(
            timeout=options.timeouts,
            webhook=options.webhook,
            allow_unknown=options.allow_unknown,
            on_interrupt=options.on_interrupt,
            tags=options.tags,
        )
    except StationThisError as problem:
        error.told(f"It was not run on this machine either: {problem.message}")
        return None
    logger("runs").warning("The cloud can't be reached: %s runs on the ComfyUI of this machine.", record.name)
    return await workflow.submit(record.graph, inputs, machine=machine)


async def _workflow(here: "AsyncStationThis", called: str, graph: Mapping[str, Any]) -> "AsyncWorkflow":
    """What such runs are kept under: one for each name, without a deployment, so that no name means two things."""
    name = f"{called} (for the cloud)"
    for one in await here.workflows.list(search=name, refresh=True):
        if one.name == name:
            return one
    return await here.workflows.upload(graph, name=name)


async def _comfyui(here: "AsyncStationThis") -> "AsyncMachine":
    """The machine that is the user's own ComfyUI.

    Raises:
        NotFound: the gateway that is running was started without one.
    """
    machines = await here.machines.list(refresh=True)
    for machine in machines:
        if machine.name == _MACHINE:
            return machine
    raise NotFound(
        "the gateway on this machine runs without COMFYUI_URL: stop it, it is started again with it."
    )
