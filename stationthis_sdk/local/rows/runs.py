"""Rows of runs and what they put out."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import attrs

from stationthis_sdk.local.rows.table import JSON, new_id, now, table

if TYPE_CHECKING:
    from stationthis_sdk.local.database import Tables  # it imports the rows itself

__all__ = ["ENDED", "GRAPHS", "LIVE", "Output", "Run", "outputs_of", "waiting_before"]

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


def waiting_before(run: Run) -> Callable[["Tables"], int]:
    """How many runs wait on the run's machine that were made before it."""

    def work(tables: "Tables") -> int:
        where = "machine_id = ? AND status IN ('not-started', 'queued') AND created_at < ? AND id != ?"
        return tables.count(Run, where, run.machine_id, run.created_at, run.id)

    return work


def outputs_of(run_id: str, *, newest_first: bool = False) -> Callable[["Tables"], list[Output]]:
    """A run's outputs, in the order they came or the other way round."""
    order = " ORDER BY rowid DESC" if newest_first else ""
    return lambda tables: tables.find(Output, f"run_id = ?{order}", run_id)
