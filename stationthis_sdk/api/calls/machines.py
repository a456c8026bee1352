"""Machines: list."""

from typing import Any

from comfydeploy_client.api.machines import machines_list

from stationthis_sdk.api.calls.family import Family
from stationthis_sdk.api.calls.reading import text
from stationthis_sdk.entities import MachineRecord

__all__ = ["MachineCalls"]


class MachineCalls(Family):
    """Machines of one account."""

    async def all(self) -> tuple[MachineRecord, ...]:
        """Every machine that is not deleted."""
        return tuple(await self._all(machines_list, one=machine_of, is_deleted=False))


def machine_of(answer: Any) -> MachineRecord:
    """A machine, from the list."""
    return MachineRecord(
        id=answer.id,
        name=text(answer.name) or answer.id,
        type=text(answer.type_) or "",
        status=text(answer.status) or "",
        gpu=text(answer.gpu),
    )
