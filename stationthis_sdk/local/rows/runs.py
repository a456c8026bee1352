"""Rows of runs and what they put out."""

from typing import Any, Final

import attrs

from stationthis_sdk.local.rows.table import JSON, new_id, now, table

__all__ = ["ENDED", "GRAPHS", "LIVE", "Output", "Run"]

GRAPHS: Final = ("graph", "editor_graph")
"""What of a run is large, and not needed to tell how it stands."""

ENDED: Final = frozenset({"success", "failed", "timeout", "cancelled"})
LIVE: Final = "status IN ('not-started', 'queued', 'started', 'running', 'uploading')"
"""A run that has not ended, as a piece of SQL."""


@table(
    "runs",
    index=(
        "machine_id, status, created_at",
        "machine_id, started_at",
        "workflow_id, created_at",
        "deployment_id, created_at",
        "status, created_at",
        "created_at",
        "updated_at",
    ),
)
@attrs.frozen(kw_only=True)
class Run:
    """A run: the graph it runs, what came in, and how far it is. ``error`` is the reason of a failed one."""

    id: str = attrs.field(factory=new_id)
    user_id: str
    org_id: str | None = None
    workflow_id: str
    workflow_version_id: str | None = None
    deployment_id: str | None = None
    batch_id: str | None = None
    machine_id: str
    machine_type: str
    graph: Any = attrs.field(metadata=JSON)
    editor_graph: Any = attrs.field(default=None, metadata=JSON)
    workflow_inputs: dict[str, Any] = attrs.field(metadata=JSON)
    origin: str = "api"
    gpu: str | None = None
    call_id: str | None = None
    gpu_event_id: str | None = None
    run_timeout: int = 300
    webhook: str | None = None
    webhook_intermediate_status: int = 0
    status: str = "not-started"
    live_status: str | None = None
    progress: float = 0.0
    error: str | None = None
    created_at: int = attrs.field(factory=now)
    updated_at: int = attrs.field(factory=now)
    queued_at: int | None = None
    started_at: int | None = None
    ended_at: int | None = None


@table("outputs", index=("run_id, created_at", "created_at"))
@attrs.frozen(kw_only=True)
class Output:
    """What one node put out, as it came; what the service would drop is kept here too."""

    id: str = attrs.field(factory=new_id)
    run_id: str
    data: Any = attrs.field(metadata=JSON)
    node_meta: Any = attrs.field(default=None, metadata=JSON)
    created_at: int = attrs.field(factory=now)
