"""The embedded gateway: ComfyUI Deploy's contract on this machine, with a small engine that really draws.

``python -m stationthis_sdk.local --data DIR`` serves a data folder; :func:`join` finds the gateway of a folder or
starts one; :class:`Gateway` is the same server inside a running event loop. Nothing heavy is imported before one
of these names is used.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stationthis_sdk.local.folder import GatewayError
    from stationthis_sdk.local.launch import Lease, join
    from stationthis_sdk.local.server import Gateway

__all__ = ["Gateway", "GatewayError", "Lease", "join"]

_HOMES = {"Gateway": "server", "GatewayError": "folder", "Lease": "launch", "join": "launch"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415  only when a name is used

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
