"""Rows of machines."""

import attrs

from stationthis_sdk.local.rows.table import new_id, now, table

__all__ = ["Machine"]


@table("machines")
@attrs.frozen(kw_only=True)
class Machine:
    """A machine; ``concurrency_limit`` runs at once, each ``run_timeout`` seconds at most."""

    id: str = attrs.field(factory=new_id)
    user_id: str
    org_id: str | None = None
    name: str
    type: str
    status: str = "ready"
    gpu: str | None = None
    concurrency_limit: int = 1
    run_timeout: int = 300
    deleted: int = 0
    created_at: int = attrs.field(factory=now)
    updated_at: int = attrs.field(factory=now)
