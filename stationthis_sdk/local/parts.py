"""What the gateway's request handlers share."""

from collections.abc import Callable
from typing import Final

import attrs
from aiohttp import web

from stationthis_sdk.local.execution import Execution
from stationthis_sdk.local.leases import Leases
from stationthis_sdk.local.shelf import Shelf
from stationthis_sdk.local.store import Store
from stationthis_sdk.local.webhooks import Webhooks

__all__ = ["PARTS", "USER", "Parts"]


@attrs.frozen
class Parts:
    """The gateway's parts; ``base`` is its address without a path."""

    store: Store
    shelf: Shelf
    execution: Execution
    webhooks: Webhooks
    leases: Leases
    user_of_key: Callable[[str], str | None]

    @property
    def base(self) -> str:
        """Where the gateway answers, such as ``http://127.0.0.1:40123``."""
        return self.webhooks.base


PARTS: Final = web.AppKey("parts", Parts)
USER: Final = web.RequestKey("user", str)
"""Who asks, as the door found out."""
