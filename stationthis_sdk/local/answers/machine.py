"""Machines and their versions as JSON; each operation gives its own part of the fields, as in the service."""

from collections.abc import Callable
from typing import Any, Final

from stationthis_sdk.local.answers.timestamps import naive, short
from stationthis_sdk.local.rows.machines import WORKSPACES, Machine, MachineVersion
from stationthis_sdk.local.rows.workflows import Workflow
from stationthis_sdk.local.strictness import strict

__all__ = [
    "listed_machine_json",
    "listed_version_json",
    "machine_json",
    "machine_version_json",
    "machine_workflow_json",
    "whole_machine_json",
]

_SHOWN_SETTINGS: Final = (
    "idle_timeout",
    "docker_command_steps",
    "keep_warm",
    "allow_concurrent_inputs",
    "base_docker_image",
    "python_version",
    "extra_args",
    "prestart_command",
    "install_custom_node_with_gpu",
    "disable_metadata",
    "cpu_request",
    "cpu_limit",
    "memory_request",
    "memory_limit",
    "models_to_cache",
    "enable_gpu_memory_snapshot",
)
_VERSION_SETTINGS: Final = (*_SHOWN_SETTINGS, "extra_docker_commands")

_NEVER_HERE: Final[dict[str, Any]] = {
    "models": None,
    "dependencies": None,
    "extensions": None,
    "ws_gpu": None,
    "disabled": False,
    "pod_id": None,
    "allow_background_volume_commits": False,
    "legacy_mode": False,
    "gpu_workspace": False,
    "ws_timeout": 2,
    "retrieve_static_assets": False,
    "static_assets_status": "not-started",
    "build_machine_instance_id": None,
    "object_info": None,
    "object_info_str": None,
    "modal_app_id": None,
    "build_log": None,
    "snapshot": None,
    "target_workflow_id": None,
    "filename_list_cache": None,
}
"""Columns of the service's own for which there is nothing on one machine."""


def listed_machine_json(
    machine: Machine, *, has_workflows: bool | None = None, with_steps: bool = False
) -> dict[str, Any]:
    """A machine as lists show it. Only a strict gateway tells there which ones are deleted."""
    return {
        **_common(machine, naive),
        **({"deleted": bool(machine.deleted)} if strict() else {}),
        **({} if has_workflows is None else {"has_workflows": has_workflows}),
        **({"docker_command_steps": machine.setting("docker_command_steps")} if with_steps else {}),
    }


def machine_json(machine: Machine, base: str) -> dict[str, Any]:
    """A machine as it is read alone: with its settings, never its token."""
    return {
        **_common(machine, naive),
        **{name: machine.setting(name) for name in (*_SHOWN_SETTINGS, "optimized_runner")},
        "deleted": bool(machine.deleted),
        "endpoint": _endpoint(machine, base),
        "concurrency_limit": machine.concurrency_limit,
        "run_timeout": machine.run_timeout,
    }


def whole_machine_json(machine: Machine, base: str) -> dict[str, Any]:
    """The full row, as the answer to a change: its owner's token too, in clear."""
    return {
        **machine_json(machine, base),
        **_common(machine, short),
        **_NEVER_HERE,
        "extra_docker_commands": machine.setting("extra_docker_commands"),
        "auth_token": machine.auth_token,
        "machine_hash": machine.machine_hash,
    }


def _common(machine: Machine, time_format: Callable[[int], str | None]) -> dict[str, Any]:
    return {
        "id": machine.id,
        "user_id": machine.user_id,
        "name": machine.name,
        "created_at": time_format(machine.created_at),
        "updated_at": time_format(machine.updated_at),
        "type": machine.type,
        "org_id": machine.org_id,
        "status": machine.state,
        "gpu": machine.gpu,
        "machine_version": None,
        "machine_builder_version": machine.setting("machine_builder_version"),
        "comfyui_version": machine.setting("comfyui_version"),
        "import_failed_logs": None,
        "machine_version_id": machine.machine_version_id,
        "is_workspace": machine.type in WORKSPACES,
    }


def _endpoint(machine: Machine, base: str) -> str:
    """Where it answers; the gateway itself does the work of machines that have no ComfyUI of their own."""
    return machine.endpoint or (base if machine.state == "ready" else "not-ready")


def listed_version_json(version: MachineVersion) -> dict[str, Any]:
    """A version as lists show it."""
    return {
        "id": version.id,
        "machine_id": version.machine_id,
        "version": version.version,
        "user_id": version.user_id,
        "created_at": naive(version.created_at),
        "updated_at": naive(version.updated_at),
        "comfyui_version": version.setting("comfyui_version"),
        "gpu": version.gpu,
        "status": version.state,
        "org_id": version.org_id,
    }


def machine_version_json(version: MachineVersion) -> dict[str, Any]:
    """A version with its settings."""
    shown = listed_version_json(version)
    del shown["org_id"]
    return {
        **shown,
        **{name: version.setting(name) for name in _VERSION_SETTINGS},
        "machine_builder_version": version.setting("machine_builder_version"),
        "concurrency_limit": version.concurrency_limit,
        "run_timeout": version.run_timeout,
        "modal_image_id": version.image_id if version.state == "ready" else None,
        "machine_hash": version.machine_hash,
        "build_log": version.build_error if version.state == "error" else None,
    }


def machine_workflow_json(workflow: Workflow) -> dict[str, Any]:
    """A workflow as its machine lists it, without versions."""
    return {
        "id": workflow.id,
        "user_id": workflow.user_id,
        "org_id": workflow.org_id,
        "name": workflow.name,
        "selected_machine_id": workflow.selected_machine_id,
        "description": workflow.description,
        "cover_image": workflow.cover_image,
        "created_at": short(workflow.created_at),
        "updated_at": short(workflow.updated_at),
        "pinned": bool(workflow.pinned),
        "deleted": bool(workflow.deleted),
    }
