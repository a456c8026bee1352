"""Workflows and their versions as JSON."""

from collections.abc import Callable, Iterable
from typing import Any

from stationthis_sdk.local.rows.workflows import Version, Workflow
from stationthis_sdk.local.timestamps import naive, short, spaced

__all__ = ["version_json", "workflow_json"]


def workflow_json(workflow: Workflow, versions: Iterable[Version]) -> dict[str, Any]:
    """A workflow with its newest versions; ``[null]`` when it has none, as the service does."""
    shown: list[Any] = [version_json(version, naive) for version in versions]
    return {
        "id": workflow.id,
        "user_id": workflow.user_id,
        "name": workflow.name,
        "created_at": spaced(workflow.created_at),
        "updated_at": spaced(workflow.updated_at),
        "org_id": workflow.org_id,
        "selected_machine_id": workflow.selected_machine_id,
        "pinned": False,
        "deleted": False,
        "description": workflow.description,
        "cover_image": None,
        "versions": shown or [None],
    }


def version_json(
    version: Version, time_format: Callable[[int], str | None] = short, *, new: bool = False
) -> dict[str, Any]:
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
