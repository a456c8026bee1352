"""What is in a volume, and what is downloaded to it, as JSON."""

from typing import Any

from stationthis_sdk.local.answers.timestamps import short
from stationthis_sdk.local.rows.volumes import Download
from stationthis_sdk.local.volumes.volume import Entry

__all__ = ["download_json", "entry_json"]


def entry_json(entry: Entry) -> dict[str, Any]:
    """A file or a folder of a volume."""
    return {
        "path": entry.path,
        "type": 2 if entry.is_folder else 1,
        "mtime": entry.changed_at,
        "size": entry.size,
    }


def download_json(download: Download) -> dict[str, Any]:
    """A download to a volume."""
    return {
        "id": download.id,
        "user_id": download.user_id,
        "org_id": download.org_id,
        "description": None,
        "user_volume_id": download.user_volume_id,
        "model_name": download.model_name,
        "folder_path": download.folder_path,
        "target_symlink_path": None,
        "civitai_id": download.civitai_id,
        "civitai_version_id": download.civitai_version_id,
        "civitai_url": download.civitai_url,
        "civitai_download_url": download.civitai_download_url,
        "civitai_model_response": download.civitai_model_response,
        "hf_url": download.hf_url,
        "s3_url": None,
        "download_progress": download.download_progress,
        "user_url": download.user_url,
        "filehash_sha256": None,
        "is_public": False,
        "status": download.status,
        "upload_machine_id": None,
        "upload_type": download.upload_type,
        "model_type": download.model_type,
        "error_log": download.error_log,
        "size": download.size,
        "deleted": False,
        "is_done": download.status == "success",
        "created_at": short(download.created_at),
        "updated_at": short(download.updated_at),
    }
