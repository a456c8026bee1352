"""Rows of what people share: outputs of runs, and workflows as everybody may load them."""

from typing import Any

import attrs

from stationthis_sdk.local.rows.table import JSON, new_id, now, table

__all__ = ["OutputShare", "SharedWorkflow"]


@table("output_shares", unique=("output_id",), index=("visibility, created_at",))
@attrs.frozen(kw_only=True)
class OutputShare:
    """One output of a run, with what it and the run's inputs were when it was shared."""

    id: str = attrs.field(factory=new_id)
    user_id: str
    org_id: str | None = None
    run_id: str
    output_id: str
    deployment_id: str | None = None
    output_data: Any = attrs.field(metadata=JSON)
    output_type: str
    visibility: str
    inputs: Any = attrs.field(default=None, metadata=JSON)
    created_at: int = attrs.field(factory=now)
    updated_at: int = attrs.field(factory=now)


@table("shared_workflows", unique=("share_slug", "workflow_id"), index=("created_at",))
@attrs.frozen(kw_only=True)
class SharedWorkflow:
    """A published workflow: the graph as it was exported then, and how often it was looked at and taken."""

    id: str = attrs.field(factory=new_id)
    user_id: str
    org_id: str | None = None
    workflow_id: str
    workflow_version_id: str | None = None
    workflow_export: Any = attrs.field(metadata=JSON)
    share_slug: str
    title: str
    description: str | None = None
    cover_image: str | None = None
    view_count: int = 0
    download_count: int = 0
    created_at: int = attrs.field(factory=now)
    updated_at: int = attrs.field(factory=now)
