"""The embedded gateway: ComfyUI Deploy's contract on this machine, with a small engine that really draws.

``python -m stationthis_sdk.local --data DIR`` serves a data folder; :func:`join` finds the gateway of a folder or
starts one; :class:`Gateway` is the same server inside a running event loop. Nothing heavy is imported before one
of these names is used.
"""

from typing import TYPE_CHECKING

from stationthis_sdk.lazily import lazily

if TYPE_CHECKING:
    from stationthis_sdk.local.folder import GatewayError
    from stationthis_sdk.local.launch import Lease, join
    from stationthis_sdk.local.server import Gateway

__all__ = ["Gateway", "GatewayError", "Lease", "join"]

__getattr__ = lazily(
    __name__,
    {"local.folder": ["GatewayError"], "local.launch": ["Lease", "join"], "local.server": ["Gateway"]},
)


def __dir__() -> list[str]:
    return sorted(__all__)
