"""ComfyUI Deploy from notebooks, scripts and bots.

``StationThis`` for plain code, ``AsyncStationThis`` for coroutines; the same names, ``await`` is the difference.
Nothing heavy is imported before it is used.
"""

import importlib
from typing import TYPE_CHECKING, Any, Final

__version__ = "0.1.0"

if TYPE_CHECKING:
    from stationthis_sdk.client import AsyncStationThis
    from stationthis_sdk.deployment import AsyncDeployment
    from stationthis_sdk.entities import (
        InputField,
        OutputItem,
        Progress,
        RunState,
        Timeouts,
        UploadedFile,
    )
    from stationthis_sdk.errors import (
        AmbiguousName,
        AmbiguousSubmit,
        ApiError,
        AuthError,
        BlockingCallWarning,
        CancelRefused,
        ConfigError,
        ConnectionFailed,
        ConnectionLost,
        DownloadFailed,
        FeatureDisabled,
        InvalidInput,
        MissingExtra,
        NoKey,
        NotFound,
        RateLimited,
        Refused,
        RunCancelled,
        RunError,
        RunFailed,
        RunTimedOut,
        SaveFailed,
        ServerError,
        StationThisError,
        TimedOut,
        UnexpectedResponse,
        ValidationFailed,
    )
    from stationthis_sdk.events import RunEvent
    from stationthis_sdk.flags import Flags
    from stationthis_sdk.machine import AsyncMachine
    from stationthis_sdk.outputs.output import AsyncOutput
    from stationthis_sdk.outputs.sidecar import SavedRun
    from stationthis_sdk.runs import AsyncRun
    from stationthis_sdk.sync import Deployment, Machine, Output, Run, StationThis

_WHERE: Final = {
    "client": ("AsyncStationThis",),
    "deployment": ("AsyncDeployment",),
    "entities": ("InputField", "OutputItem", "Progress", "RunState", "Timeouts", "UploadedFile"),
    "errors": (
        "AmbiguousName",
        "AmbiguousSubmit",
        "ApiError",
        "AuthError",
        "BlockingCallWarning",
        "CancelRefused",
        "ConfigError",
        "ConnectionFailed",
        "ConnectionLost",
        "DownloadFailed",
        "FeatureDisabled",
        "InvalidInput",
        "MissingExtra",
        "NoKey",
        "NotFound",
        "RateLimited",
        "Refused",
        "RunCancelled",
        "RunError",
        "RunFailed",
        "RunTimedOut",
        "SaveFailed",
        "ServerError",
        "StationThisError",
        "TimedOut",
        "UnexpectedResponse",
        "ValidationFailed",
    ),
    "outputs.output": ("AsyncOutput",),
    "outputs.sidecar": ("SavedRun",),
    "events": ("RunEvent",),
    "flags": ("Flags",),
    "machines": ("AsyncMachine",),
    "runs": ("AsyncRun",),
    "sync": ("Deployment", "Machine", "Output", "Run", "StationThis"),
}
_MODULE_OF: Final = {name: module for module, names in _WHERE.items() for name in names}

__all__ = [
    "AmbiguousName",
    "AmbiguousSubmit",
    "ApiError",
    "AsyncDeployment",
    "AsyncMachine",
    "AsyncOutput",
    "AsyncRun",
    "AsyncStationThis",
    "AuthError",
    "BlockingCallWarning",
    "CancelRefused",
    "ConfigError",
    "ConnectionFailed",
    "ConnectionLost",
    "Deployment",
    "DownloadFailed",
    "FeatureDisabled",
    "Flags",
    "InputField",
    "InvalidInput",
    "Machine",
    "MissingExtra",
    "NoKey",
    "NotFound",
    "Output",
    "OutputItem",
    "Progress",
    "RateLimited",
    "Refused",
    "Run",
    "RunCancelled",
    "RunError",
    "RunEvent",
    "RunFailed",
    "RunState",
    "RunTimedOut",
    "SaveFailed",
    "SavedRun",
    "ServerError",
    "StationThis",
    "StationThisError",
    "TimedOut",
    "Timeouts",
    "UnexpectedResponse",
    "UploadedFile",
    "ValidationFailed",
    "__version__",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'stationthis_sdk' has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_MODULE_OF[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
