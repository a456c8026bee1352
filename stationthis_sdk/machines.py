"""Machines: what runs graphs."""

from stationthis_sdk.context import Context
from stationthis_sdk.entities import MachineRecord, Source

__all__ = ["AsyncMachine", "AsyncMachines"]


class AsyncMachine:
    """What runs graphs: one of the service's kinds of GPU, or a ComfyUI server of one's own."""

    def __init__(self, context: Context, record: MachineRecord, source: Source) -> None:
        self._context = context
        self._record = record
        self._source = source

    def __repr__(self) -> str:
        return f"<machine {self.name!r} ({self.gpu or self.type}): {self.status}>"

    @property
    def id(self) -> str:
        """The service's id."""
        return self._record.id

    @property
    def name(self) -> str:
        """What its owner calls it."""
        return self._record.name

    @property
    def type(self) -> str:
        """classic, comfy-deploy-serverless and others."""
        return self._record.type

    @property
    def status(self) -> str:
        """ready, building, error and others, when last heard of."""
        return self._record.status

    @property
    def gpu(self) -> str | None:
        """Its GPU; None for machines of one's own."""
        return self._record.gpu

    @property
    def record(self) -> MachineRecord:
        """Everything known of the machine, as data."""
        return self._record

    @property
    def source(self) -> Source:
        """Where this was learnt, and how old it is."""
        return self._source


class AsyncMachines:
    """The machines of the account."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __repr__(self) -> str:
        return "<machines: list()>"

    async def list(self) -> list[AsyncMachine]:
        """List the machines that are not deleted, by name.

        Example:
            >>> [machine.name for machine in await st.machines.list()]
            ['classic-machine', 'this-machine']
        """
        told = await self._context.catalogue.read(
            "machines", "all", self._context.service.machines.all, tuple[MachineRecord, ...]
        )
        return [
            AsyncMachine(self._context, one, told.source)
            for one in sorted(told.value, key=lambda one: one.name)
        ]
