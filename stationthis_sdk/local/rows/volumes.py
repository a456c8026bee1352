"""Rows of volumes, and of the downloads that fill them."""

from typing import Any

import attrs

from stationthis_sdk.local.rows.table import JSON, new_id, now, table

__all__ = ["Download", "Volume"]


@table("volumes")
@attrs.frozen(kw_only=True)
class Volume:
    """An account's folder of models; the files themselves are on disk."""

    id: str = attrs.field(factory=new_id)
    user_id: str
    org_id: str | None = None
    name: str
    created_at: int = attrs.field(factory=now)


@table("downloads", index=("user_id, created_at", "org_id, created_at"))
@attrs.frozen(kw_only=True)
class Download:
    """A model that is downloaded to a volume, or was; ``status`` is started, success, failed or cancelled."""

    id: str = attrs.field(factory=new_id)
    user_id: str
    org_id: str | None = None
    user_volume_id: str
    model_name: str
    folder_path: str
    upload_type: str
    model_type: str = "custom"
    user_url: str | None = None
    civitai_id: str | None = None
    civitai_version_id: str | None = None
    civitai_url: str | None = None
    civitai_download_url: str | None = None
    civitai_model_response: Any = attrs.field(default=None, metadata=JSON)
    hf_url: str | None = None
    status: str = "started"
    download_progress: int = 0
    size: int | None = None
    error_log: str | None = None
    created_at: int = attrs.field(factory=now)
    updated_at: int = attrs.field(factory=now)

    @property
    def path(self) -> str:
        """Where it goes, from the top of the volume."""
        return f"{self.folder_path}/{self.model_name}" if self.folder_path else self.model_name
