"""What people share as JSON."""

from typing import Any

from stationthis_sdk.local.answers.run import with_urls
from stationthis_sdk.local.answers.timestamps import naive, padded
from stationthis_sdk.local.rows.shares import OutputShare, SharedWorkflow

__all__ = ["output_share_json", "shared_workflow_json"]


def output_share_json(share: OutputShare, base: str) -> dict[str, Any]:
    """A shared output."""
    return {
        "id": share.id,
        "user_id": share.user_id,
        "org_id": share.org_id,
        "run_id": share.run_id,
        "output_id": share.output_id,
        "deployment_id": share.deployment_id,
        "output_data": with_urls(share.output_data, base),
        "output_type": share.output_type,
        "visibility": share.visibility,
        "created_at": naive(share.created_at),
        "updated_at": naive(share.updated_at),
        "inputs": share.inputs,
    }


def shared_workflow_json(shared: SharedWorkflow, *, whole: bool = True) -> dict[str, Any]:
    """A published workflow; the graph is null in the list of all (not ``whole``)."""
    return {
        "id": shared.id,
        "user_id": shared.user_id,
        "org_id": shared.org_id,
        "workflow_id": shared.workflow_id,
        "workflow_version_id": shared.workflow_version_id,
        "workflow_export": shared.workflow_export if whole else None,
        "share_slug": shared.share_slug,
        "title": shared.title,
        "description": shared.description,
        "cover_image": shared.cover_image,
        "is_public": True,
        "view_count": shared.view_count,
        "download_count": shared.download_count,
        "created_at": padded(shared.created_at),
        "updated_at": padded(shared.updated_at),
    }
