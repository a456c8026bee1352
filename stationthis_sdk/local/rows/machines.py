"""Rows of machines and their versions."""

from typing import Any, Final

import attrs

from stationthis_sdk.local.rows.table import JSON, new_id, now, table

__all__ = [
    "COMFYUI_VERSION",
    "GPUS",
    "MACHINE_TYPES",
    "SERVERLESS",
    "SETTINGS",
    "WORKSPACES",
    "Machine",
    "MachineVersion",
]

SERVERLESS: Final = "comfy-deploy-serverless"
WORKSPACES: Final = ("workspace", "workspace-v2")
MACHINE_TYPES: Final = ("classic", "runpod-serverless", "modal-serverless", SERVERLESS, *WORKSPACES)
GPUS: Final = ("CPU", "T4", "L4", "A10G", "L40S", "A100", "A100-80GB", "H100", "H200", "B200")

COMFYUI_VERSION: Final = "094306b626e9cf505690c5d8b445032b3b8a36fa"
"""The commit of ComfyUI that the service builds unless another is asked for."""

SETTINGS: Final[dict[str, Any]] = {
    "comfyui_version": None,
    "docker_command_steps": None,
    "extra_docker_commands": None,
    "base_docker_image": None,
    "python_version": None,
    "machine_builder_version": "4",
    "install_custom_node_with_gpu": False,
    "extra_args": None,
    "prestart_command": None,
    "allow_concurrent_inputs": 1,
    "keep_warm": 0,
    "idle_timeout": 60,
    "cpu_request": None,
    "cpu_limit": None,
    "memory_request": None,
    "memory_limit": None,
    "models_to_cache": [],
    "enable_gpu_memory_snapshot": False,
    "optimized_runner": False,
    "disable_metadata": True,
}
"""What a machine's ``settings`` are where they say nothing."""


def _state(status: str, builds_until: int, build_error: str | None) -> str:
    if now() < builds_until:
        return "building"
    return status if build_error is None else "error"


@table("machines")
@attrs.frozen(kw_only=True)
class Machine:
    """A machine; ``concurrency_limit`` runs at once, each ``run_timeout`` seconds at most.

    With an ``endpoint`` its work is done by the ComfyUI there, else by the gateway's own engine.
    """

    id: str = attrs.field(factory=new_id)
    user_id: str
    org_id: str | None = None
    name: str
    type: str
    status: str = "ready"
    gpu: str | None = None
    concurrency_limit: int = 1
    run_timeout: int = 300
    endpoint: str | None = None
    auth_token: str | None = attrs.field(default=None, repr=False)
    settings: dict[str, Any] = attrs.field(default={}, metadata=JSON)
    machine_version_id: str | None = None
    machine_hash: str | None = None
    builds_until: int = 0
    build_error: str | None = None
    deleted: int = 0
    created_at: int = attrs.field(factory=now)
    updated_at: int = attrs.field(factory=now)

    @property
    def state(self) -> str:
        """Its status now: ``status``, unless it still builds or could not be built."""
        return _state(self.status, self.builds_until, self.build_error)

    def setting(self, name: str) -> Any:
        """One of the SETTINGS."""
        return self.settings.get(name, SETTINGS[name])


@table("machine_versions", unique=("machine_id, version",))
@attrs.frozen(kw_only=True)
class MachineVersion:
    """What a serverless machine was at one time; ``image_id`` is the image it came to."""

    id: str = attrs.field(factory=new_id)
    machine_id: str
    user_id: str
    org_id: str | None = None
    version: int = 1
    gpu: str | None = None
    concurrency_limit: int = 1
    run_timeout: int = 300
    settings: dict[str, Any] = attrs.field(metadata=JSON)
    machine_hash: str | None = None
    image_id: str
    builds_until: int = 0
    build_error: str | None = None
    created_at: int = attrs.field(factory=now)
    updated_at: int = attrs.field(factory=now)

    @property
    def state(self) -> str:
        """Building, then ready or error."""
        return _state("ready", self.builds_until, self.build_error)

    def setting(self, name: str) -> Any:
        """One of the SETTINGS."""
        return self.settings.get(name, SETTINGS[name])
