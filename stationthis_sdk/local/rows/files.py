"""Rows of files people gave us."""

import attrs

from stationthis_sdk.local.rows.table import now, table

__all__ = ["Upload"]


@table("uploads", index=("name",))
@attrs.frozen(kw_only=True)
class Upload:
    """A file people gave us: ``name`` is theirs, ``stored`` is ours and the only one on disk.

    ``kind`` is its folder there: inputs, or private.
    """

    id: str
    user_id: str
    org_id: str | None = None
    name: str
    stored: str
    kind: str = "inputs"
    created_at: int = attrs.field(factory=now)
