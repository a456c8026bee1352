"""Machines as JSON."""

from typing import Any

from stationthis_sdk.local.rows.machines import Machine
from stationthis_sdk.local.timestamps import naive

__all__ = ["machine_json"]


def machine_json(machine: Machine) -> dict[str, Any]:
    """A machine as the list shows it."""
    return {
        "id": machine.id,
        "user_id": machine.user_id,
        "name": machine.name,
        "created_at": naive(machine.created_at),
        "updated_at": naive(machine.updated_at),
        "type": machine.type,
        "org_id": machine.org_id,
        "status": machine.status,
        "gpu": machine.gpu,
        "machine_version": None,
        "machine_builder_version": "4",
        "comfyui_version": None,
        "import_failed_logs": None,
        "machine_version_id": None,
        "is_workspace": False,
    }
