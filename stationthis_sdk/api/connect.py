"""From settings to a service: which transport carries the bytes."""

from typing import TYPE_CHECKING

from stationthis_sdk.api.edge import Edge
from stationthis_sdk.api.service import Service
from stationthis_sdk.config import Settings
from stationthis_sdk.entities import Timeouts

if TYPE_CHECKING:
    import httpx

    HttpClient = httpx.AsyncClient | httpx.Client

    from stationthis_sdk.api.transport import Transport

__all__ = ["connect"]


def connect(
    settings: Settings,
    timeouts: Timeouts,
    http_client: "HttpClient | None" = None,
) -> Service:
    """Make the typed service of these settings; nothing is sent yet."""
    transport: Transport
    if http_client is not None:
        from stationthis_sdk.api.httpx_transport import HttpxTransport  # noqa: PLC0415 - one of the two is loaded

        transport = HttpxTransport(http_client)
    else:
        from stationthis_sdk.api.aiohttp_transport import AiohttpTransport  # noqa: PLC0415 - one of the two is loaded

        # A proxy of the environment is for the world outside.
        transport = AiohttpTransport(proxies=not settings.nearby)
    return Service(Edge(settings.base_url, settings.api_key, transport, timeouts, settings.flags))
