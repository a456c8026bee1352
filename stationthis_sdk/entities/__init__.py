"""Frozen data that everyone shares: no HTTP, no disk, no behaviour beyond reading itself."""

from stationthis_sdk.entities.basics import Timeouts, is_seconds, is_uuid, parse_time
from stationthis_sdk.entities.deployments import DeploymentRecord, InputField
from stationthis_sdk.entities.files import Media, UploadedFile
from stationthis_sdk.entities.machines import MachineRecord
from stationthis_sdk.entities.runs import (
    SUBMIT_INPUT,
    OutputItem,
    Progress,
    RunRecord,
    RunState,
    without_submit,
)
from stationthis_sdk.entities.source import Source, Told

__all__ = [
    "SUBMIT_INPUT",
    "DeploymentRecord",
    "InputField",
    "MachineRecord",
    "Media",
    "OutputItem",
    "Progress",
    "RunRecord",
    "RunState",
    "Source",
    "Timeouts",
    "Told",
    "UploadedFile",
    "is_seconds",
    "is_uuid",
    "parse_time",
    "without_submit",
]
