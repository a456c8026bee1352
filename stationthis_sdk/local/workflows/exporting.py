"""Exporting a version for another ComfyUI, with the make of the machine it is bound to."""

from typing import Any

from stationthis_sdk.local.answers.workflow import export_json
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.requests.responses import Refusal
from stationthis_sdk.local.rows.machines import Machine, MachineVersion
from stationthis_sdk.local.rows.workflows import Version
from stationthis_sdk.local.strictness import strict

__all__ = ["exported"]


def exported(tables: Tables, version: Version) -> dict[str, Any]:
    """The file. A machine that keeps no versions, as every classic one, has no make to tell: 500, as in the service.

    A strict gateway leaves the make empty then.
    """
    if version.machine_id is None:
        return export_json(version, None)
    machine = tables.get(Machine, version.machine_id)
    current = machine and machine.machine_version_id
    made = tables.get(MachineVersion, version.machine_version_id or current)
    if made is None and machine is not None and machine.type != "classic":
        return export_json(version, machine)  # the workspace's own, which was never built
    if made is None and not strict():
        raise Refusal.detail(500, "404: Machine version not found")
    return export_json(version, made)
