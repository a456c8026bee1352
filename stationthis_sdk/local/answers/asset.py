"""Assets as JSON."""

from typing import Any

from stationthis_sdk.local.answers.timestamps import naive
from stationthis_sdk.local.rows.assets import Asset
from stationthis_sdk.local.storage.links import LINKS

__all__ = ["asset_json"]


def asset_json(asset: Asset, base: str, *, signed: bool = True) -> dict[str, Any]:
    """An asset or folder; its link is made anew, with a signature when the file is private and it is ``signed``."""
    url = asset.url
    if asset.stored is not None:
        path = f"/files/{asset.stored}"
        url = base + (LINKS.get().readable(path) if signed else path)
    return {
        "id": asset.asset_id,
        "user_id": asset.user_id,
        "org_id": asset.org_id,
        "name": asset.name,
        "is_folder": bool(asset.is_folder),
        "path": asset.path,
        "file_size": asset.file_size,
        "url": url,
        "mime_type": asset.mime_type,
        "created_at": naive(asset.created_at),
        "updated_at": naive(asset.updated_at),
        "deleted": False,
    }
