"""What the gateway's request handlers share."""

from collections.abc import Callable
from typing import Final

import attrs
from aiohttp import web

from stationthis_sdk.local.database import Database
from stationthis_sdk.local.execution import Execution
from stationthis_sdk.local.file_store import FileStore
from stationthis_sdk.local.leases import Leases
from stationthis_sdk.local.webhooks import Webhooks

__all__ = ["SERVICES", "USER", "Services"]


@attrs.frozen
class Services:
    """The gateway's services; ``base`` is its address without a path."""

    database: Database
    file_store: FileStore
    execution: Execution
    webhooks: Webhooks
    leases: Leases
    user_of_key: Callable[[str], str | None]

    @property
    def base(self) -> str:
        """Where the gateway answers, such as ``http://127.0.0.1:40123``."""
        return self.webhooks.base


SERVICES: Final = web.AppKey("services", Services)
USER: Final = web.RequestKey("user", str)
"""Who asks, as the middleware found out."""
