"""Machines: what runs graphs."""

from stationthis_sdk.context import Context
from stationthis_sdk.entities import Machine

__all__ = ["AsyncMachines"]


class AsyncMachines:
    """The machines of the account."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __repr__(self) -> str:
        return "<machines: list()>"

    async def list(self) -> list[Machine]:
        """List the machines that are not deleted, by name.

        Example:
            >>> [machine.name for machine in await st.machines.list()]
            ['classic-machine', 'this-machine']
        """
        return sorted(await self._context.service.machines(), key=lambda machine: machine.name)
