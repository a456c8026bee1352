"""Machines as data: what they are, what may be set on them, their versions, what they cost time of."""

import types
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import attrs

from stationthis_sdk.entities.source import Source
from stationthis_sdk.shown import Shown

__all__ = [
    "CUSTOM_SETTINGS",
    "MACHINE_TYPES",
    "SERVERLESS",
    "SERVERLESS_SETTINGS",
    "BuildProgress",
    "MachineEvent",
    "MachineRecord",
    "MachineVersionRecord",
    "SecretRecord",
]

SERVERLESS: Final = "comfy-deploy-serverless"

SERVERLESS_SETTINGS: Final[Mapping[str, type | types.UnionType]] = {
    "name": str,
    "gpu": str,
    "comfyui_version": str,
    "docker_command_steps": dict,
    "extra_docker_commands": list,
    "base_docker_image": str,
    "python_version": str,
    "machine_builder_version": str,
    "install_custom_node_with_gpu": bool,
    "extra_args": str,
    "prestart_command": str,
    "concurrency_limit": int,
    "allow_concurrent_inputs": int,
    "keep_warm": int,
    "run_timeout": int,
    "idle_timeout": int,
    "cpu_request": int | float,
    "cpu_limit": int | float,
    "memory_request": int,
    "memory_limit": int,
    "models_to_cache": list,
    "enable_gpu_memory_snapshot": bool,
    "optimized_runner": bool,
    "disable_metadata": bool,
}
"""What may be set on a machine of the service's own cards, under the service's names."""

CUSTOM_SETTINGS: Final[Mapping[str, type | types.UnionType]] = {
    "name": str,
    "type": str,
    "endpoint": str,
    "auth_token": str,
}
"""What may be set on a machine of one's own."""

MACHINE_TYPES: Final = (
    "classic",
    "runpod-serverless",
    "modal-serverless",
    SERVERLESS,
    "workspace",
    "workspace-v2",
)
"""What the service calls the kinds of machines."""


@attrs.frozen
class MachineRecord:
    """What runs graphs. ``gpu`` is None for machines of one's own, ``whole`` is False as lists tell of it.

    ``settings`` are those of ``SERVERLESS_SETTINGS`` that the service tells. ``build_log`` is of its last build.
    """

    id: str
    name: str
    type: str
    status: str
    gpu: str | None = None
    endpoint: str | None = None
    version_id: str | None = None
    settings: Mapping[str, Any] = attrs.field(factory=dict)
    build_log: str = ""
    import_failed: str = ""
    deleted: bool = False
    has_workflows: bool | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    whole: bool = False

    @property
    def serverless(self) -> bool:
        """Whether it runs on the service's own cards."""
        return self.type == SERVERLESS


@attrs.frozen
class MachineVersionRecord(Shown):
    """One build of a serverless machine. Lists give few of these fields."""

    id: str
    machine_id: str | None = None
    number: int = 0
    status: str = ""
    gpu: str | None = None
    comfyui_version: str | None = None
    settings: Mapping[str, Any] = attrs.field(factory=dict)
    build_log: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    source: Source = attrs.field(factory=Source.now, eq=False, repr=False)


@attrs.frozen
class MachineEvent(Shown):
    """The time for which a machine or a session had a GPU; ``ended_at`` is None while it lasts."""

    id: str
    machine_id: str | None = None
    session_id: str | None = None
    gpu: str | None = None
    provider: str | None = None
    cost: float | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    source: Source = attrs.field(factory=Source.now, eq=False, repr=False)


@attrs.frozen
class SecretRecord(Shown):
    """A named set of environment variables: their names only, what they hold is never kept here."""

    id: str
    name: str
    variables: tuple[str, ...] = ()
    machine_ids: tuple[str, ...] = ()
    created_at: datetime | None = None
    updated_at: datetime | None = None
    source: Source = attrs.field(factory=Source.now, eq=False, repr=False)


@attrs.frozen
class BuildProgress(Shown):
    """How far a build is: the machine's status, the last line of its log, seconds waited.

    >>> print(BuildProgress("building", "Step 3/7", 12.4))
    building, 12 s: Step 3/7
    """

    status: str
    line: str = ""
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"{self.status}, {self.seconds:.0f} s" + (f": {self.line}" if self.line else "")
