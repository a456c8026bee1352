"""Outputs that are shown to others."""

from collections.abc import Mapping
from typing import Any

from stationthis_sdk.context import Context
from stationthis_sdk.entities import Source
from stationthis_sdk.entities.deployments import OutputShareRecord
from stationthis_sdk.shown import Shown

__all__ = ["AsyncOutputShare"]


class AsyncOutputShare(Shown):
    """One output of a run, shown to others. It can be deleted, not changed."""

    def __init__(self, context: Context, record: OutputShareRecord) -> None:
        self._context = context
        self._record = record
        self._source = Source.now()

    def __repr__(self) -> str:
        return f"<share {self.id} of run {self.run_id}: {self.visibility}>"

    @property
    def id(self) -> str:
        """The service's id of the share."""
        return self._record.id

    @property
    def run_id(self) -> str | None:
        """The run that made the output."""
        return self._record.run_id

    @property
    def visibility(self) -> str:
        """private, link or public."""
        return self._record.visibility

    @property
    def inputs(self) -> Mapping[str, Any]:
        """The inputs of the run: whoever sees the output sees them, too."""
        return self._record.inputs

    @property
    def record(self) -> OutputShareRecord:
        """Everything known of the share, as data."""
        return self._record

    @property
    def source(self) -> Source:
        """Where this was learnt, and how old it is."""
        return self._source

    async def delete(self) -> None:
        """Show the output no longer.

        Raises:
            NotFound: it is deleted already, or somebody else's.
        """
        await self._context.service.shares.delete(self.id)
