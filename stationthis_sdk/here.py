"""The client of the gateway on this machine that a client of the cloud may fall back on."""

import asyncio
from typing import TYPE_CHECKING

import attrs

from stationthis_sdk.entities import Timeouts
from stationthis_sdk.flags import Flags

if TYPE_CHECKING:
    from stationthis_sdk.client import AsyncStationThis

__all__ = ["Here"]


class Here:
    """Joins the gateway of the data folder when it is first asked for, and leaves it with the client.

    What the client has switched off is off there as well.
    """

    def __init__(self, timeouts: Timeouts, flags: Flags) -> None:
        self._timeouts = timeouts
        self._flags = attrs.evolve(flags, local_fallback=False)
        self._client: AsyncStationThis | None = None
        self._joining = asyncio.Lock()

    async def client(self) -> "AsyncStationThis":
        """A client of it.

        Raises:
            MissingExtra, ConfigError: the gateway can't be started.
        """
        async with self._joining:
            if self._client is None:
                from stationthis_sdk.client import AsyncStationThis  # noqa: PLC0415 - the two know each other

                made = AsyncStationThis(local=True, timeouts=self._timeouts, flags=self._flags)
                self._client = await made.__aenter__()
            return self._client

    async def aclose(self) -> None:
        """Leave it."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()
