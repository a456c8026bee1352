"""Webhooks: the address to give the service, what comes there, and who is told of it.

The service signs nothing, sends things twice, late, in any order, or not at all. So the address carries a token of ours,
and what a webhook says only leads to a look at the run itself.

Example:
    >>> from stationthis_sdk.webhooks import parse
    >>> parse('{"run_id": "5ea8723e-4701-4d69-8604-8932801f2083", "status": "running", "progress": 0.5}').record.fraction
    0.5
"""

from typing import TYPE_CHECKING

from stationthis_sdk.lazily import lazily

if TYPE_CHECKING:
    from stationthis_sdk.store.deliveries import Undelivered
    from stationthis_sdk.sync import Receiver
    from stationthis_sdk.webhooks.addresses import url_for
    from stationthis_sdk.webhooks.aiohttp_server import aiohttp_app
    from stationthis_sdk.webhooks.asgi import asgi_app
    from stationthis_sdk.webhooks.parsing import Webhook, parse
    from stationthis_sdk.webhooks.receiver import Answer, AsyncReceiver

__all__ = [
    "Answer",
    "AsyncReceiver",
    "Receiver",
    "Undelivered",
    "Webhook",
    "aiohttp_app",
    "asgi_app",
    "parse",
    "url_for",
]

__getattr__ = lazily(
    __name__,
    {
        "store.deliveries": ["Undelivered"],
        "sync": ["Receiver"],
        "webhooks.addresses": ["url_for"],
        "webhooks.aiohttp_server": ["aiohttp_app"],
        "webhooks.asgi": ["asgi_app"],
        "webhooks.parsing": ["Webhook", "parse"],
        "webhooks.receiver": ["Answer", "AsyncReceiver"],
    },
)


def __dir__() -> list[str]:
    return __all__
