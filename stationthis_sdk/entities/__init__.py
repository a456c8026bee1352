"""Frozen data that everyone shares: no HTTP, no disk, no behaviour beyond reading itself."""

from typing import TYPE_CHECKING

from stationthis_sdk.lazily import lazily

if TYPE_CHECKING:
    from stationthis_sdk.entities.account import AccountSettings, ApiKey
    from stationthis_sdk.entities.basics import Timeouts, is_seconds, is_uuid, parse_time
    from stationthis_sdk.entities.batches import BatchEstimate, BatchProgress, BatchRow
    from stationthis_sdk.entities.costs import BilledTime, Cost, CostRow
    from stationthis_sdk.entities.deployments import DeploymentRecord, InputField
    from stationthis_sdk.entities.files import AssetRecord, Media, OnBytes, UploadedFile, UploadUrl, WebFile
    from stationthis_sdk.entities.logs import LogLine
    from stationthis_sdk.entities.machines import MachineRecord
    from stationthis_sdk.entities.models import (
        CatalogModel,
        DownloadRecord,
        FoundModel,
        ModelProgress,
        ModelRecord,
        kind_of_folder,
    )
    from stationthis_sdk.entities.prices import CreditKind, Pricing
    from stationthis_sdk.entities.runs import (
        SUBMIT_INPUT,
        OutputItem,
        Progress,
        RunRecord,
        RunState,
        without_submit,
    )
    from stationthis_sdk.entities.sessions import SessionRecord, SessionSnapshot
    from stationthis_sdk.entities.source import Source, Told

__all__ = [
    "SUBMIT_INPUT",
    "AccountSettings",
    "ApiKey",
    "AssetRecord",
    "BatchEstimate",
    "BatchProgress",
    "BatchRow",
    "BilledTime",
    "CatalogModel",
    "Cost",
    "CostRow",
    "CreditKind",
    "DeploymentRecord",
    "DownloadRecord",
    "FoundModel",
    "InputField",
    "LogLine",
    "MachineRecord",
    "Media",
    "ModelProgress",
    "ModelRecord",
    "OnBytes",
    "OutputItem",
    "Pricing",
    "Progress",
    "RunRecord",
    "RunState",
    "SessionRecord",
    "SessionSnapshot",
    "Source",
    "Timeouts",
    "Told",
    "UploadUrl",
    "UploadedFile",
    "WebFile",
    "is_seconds",
    "is_uuid",
    "kind_of_folder",
    "parse_time",
    "without_submit",
]

__getattr__ = lazily(
    __name__,
    {
        "entities.account": ["AccountSettings", "ApiKey"],
        "entities.prices": ["CreditKind", "Pricing"],
        "entities.basics": ["Timeouts", "is_seconds", "is_uuid", "parse_time"],
        "entities.batches": ["BatchEstimate", "BatchProgress", "BatchRow"],
        "entities.costs": ["BilledTime", "Cost", "CostRow"],
        "entities.deployments": ["DeploymentRecord", "InputField"],
        "entities.files": ["AssetRecord", "Media", "OnBytes", "UploadedFile", "UploadUrl", "WebFile"],
        "entities.logs": ["LogLine"],
        "entities.machines": ["MachineRecord"],
        "entities.models": [
            "CatalogModel",
            "DownloadRecord",
            "FoundModel",
            "ModelProgress",
            "ModelRecord",
            "kind_of_folder",
        ],
        "entities.runs": [
            "SUBMIT_INPUT",
            "OutputItem",
            "Progress",
            "RunRecord",
            "RunState",
            "without_submit",
        ],
        "entities.sessions": ["SessionRecord", "SessionSnapshot"],
        "entities.source": ["Source", "Told"],
    },
)


def __dir__() -> list[str]:
    return __all__
