"""Versions of serverless machines: one for each build."""

from typing import Any

from comfydeploy_client.api.machines import (
    machine_versions_errors,
    machine_versions_get,
    machine_versions_list,
)

from stationthis_sdk.api.calls.family import Family
from stationthis_sdk.api.calls.machines import settings_of
from stationthis_sdk.api.calls.reading import integer, objects, text
from stationthis_sdk.entities import parse_time
from stationthis_sdk.entities.machines import MachineVersionRecord

__all__ = ["MachineVersionCalls"]


class MachineVersionCalls(Family):
    """Versions of the machines of one account."""

    async def all(self, machine_id: str) -> tuple[MachineVersionRecord, ...]:
        """Every version, the newest first."""
        return tuple(await self._all(machine_versions_list, machine_id, one=machine_version_of))

    async def get(self, machine_id: str, version_id: str) -> MachineVersionRecord:
        """Read one, with the log of its build."""
        return await self.edge.call(machine_versions_get, machine_id, version_id, into=machine_version_of)

    async def errors(self, version_id: str) -> tuple[str, ...]:
        """What it said when it failed to start."""
        return await self.edge.call(machine_versions_errors, version_id, into=_lines)


def machine_version_of(answer: Any) -> MachineVersionRecord:
    """A version of a machine."""
    return MachineVersionRecord(
        id=answer.id,
        machine_id=text(answer.machine_id),
        number=integer(answer.version) or 0,
        status=text(answer.status) or "",
        gpu=text(answer.gpu),
        comfyui_version=text(answer.comfyui_version),
        settings=settings_of(answer),
        build_log=text(answer.build_log) or "",
        created_at=parse_time(answer.created_at),
        updated_at=parse_time(answer.updated_at),
    )


def _lines(answer: Any) -> tuple[str, ...]:
    found = (
        text(one.get("logs")) or text(one.get("log")) or text(one.get("message"))
        for one in objects(answer.logs)
    )
    return tuple(line for line in found if line)
