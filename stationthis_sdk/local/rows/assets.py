"""Rows of assets, and whose the files behind them are."""

import attrs

from stationthis_sdk.local.rows.table import new_id, now, table

__all__ = ["Asset", "StoredAsset"]


@table("assets", index=("asset_id", "parent"))
@attrs.frozen(kw_only=True)
class Asset:
    """A file or folder that people keep; ``asset_id`` may be of their own choosing, so it is theirs alone.

    ``parent`` is the folder it is in, without slashes around it; empty for the top. ``stored`` is the file behind it when
    that is the owner's own (``assets/name``), ``url`` any other link.
    """

    id: str = attrs.field(factory=new_id)
    asset_id: str
    user_id: str
    org_id: str | None = None
    name: str
    is_folder: int = 0
    path: str
    parent: str
    file_size: int | None = None
    stored: str | None = None
    url: str | None = None
    mime_type: str | None = None
    created_at: int = attrs.field(factory=now)
    updated_at: int = attrs.field(factory=now)


@table("stored_assets")
@attrs.frozen(kw_only=True)
class StoredAsset:
    """A place for a file of an asset, given out or filled; ``id`` is ``assets/name`` or ``private/name``."""

    id: str
    user_id: str
    org_id: str | None = None
    created_at: int = attrs.field(factory=now)
