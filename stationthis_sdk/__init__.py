"""ComfyUI Deploy from notebooks, scripts and bots.

``StationThis`` for plain code, ``AsyncStationThis`` for coroutines; the same names, ``await`` is the difference.
Nothing heavy is imported before it is used.
"""

import importlib
from typing import TYPE_CHECKING, Any, Final

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .client import AsyncStationThis
    from .deployments import AsyncDeployment
    from .entities import InputField, Machine, OutputItem, Progress, RunState, Timeouts, UploadedFile
    from .errors import (
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
    from .outputs.output import AsyncOutput
    from .outputs.sidecar import SavedRun
    from .runs import AsyncRun, RunEvent
    from .sync import Deployment, Output, Run, StationThis

_WHERE: Final = {
    "client": ("AsyncStationThis",),
    "deployments": ("AsyncDeployment",),
    "entities": ("InputField", "Machine", "OutputItem", "Progress", "RunState", "Timeouts", "UploadedFile"),
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
    "runs": ("AsyncRun", "RunEvent"),
    "sync": ("Deployment", "Output", "Run", "StationThis"),
}
_MODULE_OF: Final = {name: module for module, names in _WHERE.items() for name in names}

__all__ = [  # noqa: PLE0604, PLE0605 - made of the table, which a test compares with the imports above
    "__version__",
    *sorted(_MODULE_OF),
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'stationthis_sdk' has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_MODULE_OF[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
