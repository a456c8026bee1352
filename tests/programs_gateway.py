"""A gateway whose clients keep what they know where programs do: in the data folder of the environment."""

import os
from typing import Any

from stationthis_sdk import AsyncStationThis, StationThis
from stationthis_sdk.testing import LocalGateway


class ProgramsGateway(LocalGateway):
    """Clients of it share a data folder with whatever else finds the environment's."""

    def client(self, key: str | None = None, **settings: Any) -> StationThis:
        """A client of it; see LocalGateway."""
        return super().client(key, **{"home": os.environ["STATIONTHIS_HOME"], **settings})

    def async_client(self, key: str | None = None, **settings: Any) -> AsyncStationThis:
        """The same for coroutines."""
        return super().async_client(key, **{"home": os.environ["STATIONTHIS_HOME"], **settings})
