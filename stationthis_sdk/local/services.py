"""What the gateway's request handlers share."""

from collections.abc import Mapping
from typing import Final

import attrs
from aiohttp import web

from stationthis_sdk.local.clock import Clock
from stationthis_sdk.local.database import Database
from stationthis_sdk.local.faults import Faults
from stationthis_sdk.local.leases import Leases
from stationthis_sdk.local.machines.machinery import Machinery
from stationthis_sdk.local.reach import Reach
from stationthis_sdk.local.requests.keys import Keys
from stationthis_sdk.local.runs.execution import Execution
from stationthis_sdk.local.runs.feeds import Feeds
from stationthis_sdk.local.runs.logs import Logs
from stationthis_sdk.local.runs.webhooks import Webhooks
from stationthis_sdk.local.storage.file_store import FileStore
from stationthis_sdk.local.storage.object_store import ObjectStore
from stationthis_sdk.local.volumes.downloads import Downloads

__all__ = ["SERVICES", "Services"]


@attrs.frozen
class Services:
    """The gateway's services; ``base`` is its address without a path, ``prices`` what a second of each GPU costs."""

    database: Database
    file_store: FileStore
    execution: Execution
    webhooks: Webhooks
    leases: Leases
    keys: Keys
    feeds: Feeds
    clock: Clock
    reach: Reach
    objects: ObjectStore
    downloads: Downloads
    logs: Logs
    faults: Faults
    machinery: Machinery
    prices: Mapping[str, float]
    strict: bool = False

    @property
    def base(self) -> str:
        """Where the gateway answers, such as ``http://127.0.0.1:40123``."""
        return self.webhooks.base


SERVICES: Final = web.AppKey("services", Services)
