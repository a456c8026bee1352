"""ComfyUI Deploy from notebooks, scripts and bots.

``StationThis`` for plain code, ``AsyncStationThis`` for coroutines; the same names, ``await`` is the difference.
Nothing heavy is imported before it is used.
"""

from typing import TYPE_CHECKING, Final

from stationthis_sdk.lazily import lazily

__version__ = "0.1.0"

if TYPE_CHECKING:
    from stationthis_sdk.assets import AsyncAsset
    from stationthis_sdk.batches.batch import AsyncBatch
    from stationthis_sdk.client import AsyncStationThis
    from stationthis_sdk.deployment import AsyncDeployment
    from stationthis_sdk.entities import (
        BatchEstimate,
        BatchProgress,
        BatchRow,
        Cost,
        InputField,
        LogLine,
        OutputItem,
        Pricing,
        Progress,
        RunState,
        Source,
        Timeouts,
        UploadedFile,
    )
    from stationthis_sdk.errors import (
        AmbiguousName,
        AmbiguousSubmit,
        ApiError,
        AuthError,
        BatchBusy,
        BatchStopped,
        BlockingCallWarning,
        CancelRefused,
        CapReached,
        ConfigError,
        ConnectionFailed,
        ConnectionLost,
        DownloadFailed,
        FeatureDisabled,
        InvalidInput,
        MachineFailed,
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
    from stationthis_sdk.galleries import compare, gallery
    from stationthis_sdk.inputs.grids import Grid, grid, zip_
    from stationthis_sdk.listing import Listing
    from stationthis_sdk.logins import Login, login, logout
    from stationthis_sdk.machine import AsyncMachine
    from stationthis_sdk.model import AsyncModel
    from stationthis_sdk.money.report import CostReport
    from stationthis_sdk.outputs.output import AsyncOutput
    from stationthis_sdk.outputs.sidecar import SavedRun
    from stationthis_sdk.recipes.collections.collection import Collection, Part
    from stationthis_sdk.recipes.collections.cook import AsyncCook
    from stationthis_sdk.recipes.collections.piece import Piece
    from stationthis_sdk.recipes.collections.traits import Category, Range, Trait
    from stationthis_sdk.recipes.images.chains import chain
    from stationthis_sdk.recipes.images.generation import AsyncGeneration
    from stationthis_sdk.recipes.training.dataset import Dataset
    from stationthis_sdk.recipes.training.job import AsyncTrainingJob
    from stationthis_sdk.run_logs import AsyncRunLog
    from stationthis_sdk.runs import AsyncRun
    from stationthis_sdk.session import AsyncSession
    from stationthis_sdk.shared_session import SharedSession
    from stationthis_sdk.sync import (
        Asset,
        Batch,
        Cook,
        Deployment,
        Generation,
        Machine,
        Model,
        Output,
        Run,
        RunLog,
        Session,
        StationThis,
        TrainingJob,
        Version,
        Workflow,
    )
    from stationthis_sdk.versions import AsyncVersion
    from stationthis_sdk.workflow import AsyncWorkflow

_WHERE: Final = {
    "assets": ("AsyncAsset",),
    "batches.batch": ("AsyncBatch",),
    "client": ("AsyncStationThis",),
    "deployment": ("AsyncDeployment",),
    "entities": (
        "BatchEstimate",
        "BatchProgress",
        "BatchRow",
        "Cost",
        "InputField",
        "LogLine",
        "OutputItem",
        "Pricing",
        "Progress",
        "RunState",
        "Source",
        "Timeouts",
        "UploadedFile",
    ),
    "errors": (
        "AmbiguousName",
        "AmbiguousSubmit",
        "ApiError",
        "AuthError",
        "BatchBusy",
        "BatchStopped",
        "BlockingCallWarning",
        "CancelRefused",
        "CapReached",
        "ConfigError",
        "ConnectionFailed",
        "ConnectionLost",
        "DownloadFailed",
        "FeatureDisabled",
        "InvalidInput",
        "MachineFailed",
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
    "listing": ("Listing",),
    "logins": ("Login", "login", "logout"),
    "galleries": ("compare", "gallery"),
    "events": ("RunEvent",),
    "flags": ("Flags",),
    "inputs.grids": ("Grid", "grid", "zip_"),
    "machine": ("AsyncMachine",),
    "model": ("AsyncModel",),
    "money.report": ("CostReport",),
    "recipes.images.chains": ("chain",),
    "recipes.images.generation": ("AsyncGeneration",),
    "recipes.collections.collection": ("Collection", "Part"),
    "recipes.collections.cook": ("AsyncCook",),
    "recipes.collections.piece": ("Piece",),
    "recipes.collections.traits": ("Category", "Range", "Trait"),
    "recipes.training.dataset": ("Dataset",),
    "recipes.training.job": ("AsyncTrainingJob",),
    "run_logs": ("AsyncRunLog",),
    "runs": ("AsyncRun",),
    "session": ("AsyncSession",),
    "shared_session": ("SharedSession",),
    "sync": (
        "Asset",
        "Batch",
        "Cook",
        "Deployment",
        "Generation",
        "Machine",
        "Model",
        "Output",
        "Run",
        "RunLog",
        "Session",
        "StationThis",
        "TrainingJob",
        "Version",
        "Workflow",
    ),
    "versions": ("AsyncVersion",),
    "workflow": ("AsyncWorkflow",),
}

__all__ = [
    "AmbiguousName",
    "AmbiguousSubmit",
    "ApiError",
    "Asset",
    "AsyncAsset",
    "AsyncBatch",
    "AsyncCook",
    "AsyncDeployment",
    "AsyncGeneration",
    "AsyncMachine",
    "AsyncModel",
    "AsyncOutput",
    "AsyncRun",
    "AsyncRunLog",
    "AsyncSession",
    "AsyncStationThis",
    "AsyncTrainingJob",
    "AsyncVersion",
    "AsyncWorkflow",
    "AuthError",
    "Batch",
    "BatchBusy",
    "BatchEstimate",
    "BatchProgress",
    "BatchRow",
    "BatchStopped",
    "BlockingCallWarning",
    "CancelRefused",
    "CapReached",
    "Category",
    "Collection",
    "ConfigError",
    "ConnectionFailed",
    "ConnectionLost",
    "Cook",
    "Cost",
    "CostReport",
    "Dataset",
    "Deployment",
    "DownloadFailed",
    "FeatureDisabled",
    "Flags",
    "Generation",
    "Grid",
    "InputField",
    "InvalidInput",
    "Listing",
    "LogLine",
    "Login",
    "Machine",
    "MachineFailed",
    "MissingExtra",
    "Model",
    "NoKey",
    "NotFound",
    "Output",
    "OutputItem",
    "Part",
    "Piece",
    "Pricing",
    "Progress",
    "Range",
    "RateLimited",
    "Refused",
    "Run",
    "RunCancelled",
    "RunError",
    "RunEvent",
    "RunFailed",
    "RunLog",
    "RunState",
    "RunTimedOut",
    "SaveFailed",
    "SavedRun",
    "ServerError",
    "Session",
    "SharedSession",
    "Source",
    "StationThis",
    "StationThisError",
    "TimedOut",
    "Timeouts",
    "TrainingJob",
    "Trait",
    "UnexpectedResponse",
    "UploadedFile",
    "ValidationFailed",
    "Version",
    "Workflow",
    "__version__",
    "chain",
    "compare",
    "gallery",
    "grid",
    "login",
    "logout",
    "zip_",
]


__getattr__ = lazily(__name__, _WHERE)


def __dir__() -> list[str]:
    return __all__
