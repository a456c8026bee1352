"""Workflows and their versions as JSON."""

from collections.abc import Callable, Iterable
from typing import Any

from stationthis_sdk.local.answers.timestamps import exact, naive, offset, short, spaced
from stationthis_sdk.local.rows.machines import Machine, MachineVersion
from stationthis_sdk.local.rows.workflows import Version, Workflow

__all__ = [
    "clone_json",
    "export_json",
    "listed_workflow_json",
    "version_json",
    "workflow_json",
    "workflow_row_json",
]

Format = Callable[[int], str | None]


def workflow_json(workflow: Workflow, versions: Iterable[Version]) -> dict[str, Any]:
    """A workflow with its newest versions; ``[null]`` when it has none, as the service does."""
    shown: list[Any] = [version_json(version, naive) for version in versions]
    return {**workflow_row_json(workflow, spaced, spaced), "versions": shown or [None]}


def workflow_row_json(workflow: Workflow, created: Format = naive, updated: Format = exact) -> dict[str, Any]:
    """A workflow alone, as changes and the list of all show it."""
    return {
        "id": workflow.id,
        "user_id": workflow.user_id,
        "name": workflow.name,
        "created_at": created(workflow.created_at),
        "updated_at": updated(workflow.updated_at),
        "org_id": workflow.org_id,
        "selected_machine_id": workflow.selected_machine_id,
        "pinned": bool(workflow.pinned),
        "deleted": bool(workflow.deleted),
        "description": workflow.description,
        "cover_image": workflow.cover_image,
    }


def listed_workflow_json(workflow: Workflow) -> dict[str, Any]:
    """A workflow in the list: its owner's name, but no organisation."""
    return {
        "id": workflow.id,
        "name": workflow.name,
        "created_at": spaced(workflow.created_at),
        "updated_at": spaced(workflow.updated_at),
        "pinned": bool(workflow.pinned),
        "cover_image": workflow.cover_image,
        "user_name": workflow.user_id,
        "user_id": workflow.user_id,
        "selected_machine_id": workflow.selected_machine_id,
        "user_icon": None,
    }


def clone_json(workflow: Workflow) -> dict[str, Any]:
    """A workflow that was just copied."""
    shown = workflow_row_json(workflow, offset, offset)
    del shown["description"], shown["cover_image"]
    return shown


def version_json(version: Version, time_format: Format = short, *, new: bool = False) -> dict[str, Any]:
    """A version; the answer to creating one (``new``) lacks two fields, as in the service."""
    shown = {
        "id": version.id,
        "workflow_id": version.workflow_id,
        "workflow": version.workflow,
        "workflow_api": version.workflow_api,
        "version": version.version,
        "user_id": version.user_id,
        "comment": version.comment,
        "created_at": time_format(version.created_at),
        "updated_at": time_format(version.updated_at),
        "machine_id": version.machine_id,
        "machine_version_id": version.machine_version_id,
        "comfyui_snapshot": version.comfyui_snapshot,
    }
    return shown if new else {**shown, "snapshot": None, "dependencies": None}


def export_json(version: Version, made: Machine | MachineVersion | None) -> dict[str, Any]:
    """A version as a file for another ComfyUI: the editor's graph, the one that runs, and the make of the machine."""
    graph = version.workflow if isinstance(version.workflow, dict) else {}
    return {
        **graph,
        "workflow_api": version.workflow_api,
        "environment": {} if made is None else _environment(made),
    }


def _environment(made: Machine | MachineVersion) -> dict[str, Any]:
    return {
        "comfyui_version": made.setting("comfyui_version"),
        "gpu": made.gpu,
        "docker_command_steps": made.setting("docker_command_steps"),
        "max_containers": made.concurrency_limit,
        "install_custom_node_with_gpu": made.setting("install_custom_node_with_gpu"),
        "run_timeout": made.run_timeout,
        "scaledown_window": made.setting("idle_timeout"),
        "extra_docker_commands": made.setting("extra_docker_commands"),
        "base_docker_image": made.setting("base_docker_image"),
        "python_version": made.setting("python_version"),
        "extra_args": made.setting("extra_args"),
        "prestart_command": made.setting("prestart_command"),
        "min_containers": made.setting("keep_warm"),
        "machine_hash": made.machine_hash,
        "disable_metadata": made.setting("disable_metadata"),
    }
