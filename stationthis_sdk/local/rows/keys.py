"""Rows of API keys."""

import attrs

from stationthis_sdk.local.rows.table import new_id, now, table

__all__ = ["Key"]


@table("keys", unique=("sha256",))
@attrs.frozen(kw_only=True)
class Key:
    """An API key: whose it is, and the SHA-256 that is all we keep of it; ``shown`` is its last four characters."""

    id: str = attrs.field(factory=new_id)
    user_id: str
    org_id: str | None = None
    name: str = ""
    sha256: str
    shown: str
    revoked_at: int | None = None
    created_at: int = attrs.field(factory=now)
    updated_at: int = attrs.field(factory=now)
