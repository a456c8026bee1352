"""What the gateway keeps, one frozen class for each table. Times are microseconds since 1970, UTC."""

import time
import uuid
from typing import Any, Final

import attrs

__all__ = [
    "ENDED",
    "Deployment",
    "Machine",
    "Output",
    "Run",
    "Upload",
    "User",
    "Version",
    "Workflow",
    "new_id",
    "now",
]

ENDED: Final = frozenset({"success", "failed", "timeout", "cancelled"})


def now() -> int:
    """The present, in microseconds since 1970."""
    return time.time_ns() // 1000


def new_id() -> str:
    """A new random row id."""
    return str(uuid.uuid4())


_JSON: Final = {"json": True}


@attrs.frozen(kw_only=True)
class User:
    """Who a key belongs to; only the key's SHA-256 is kept."""

    id: str
    key_sha256: str


@attrs.frozen(kw_only=True)
class Machine:
    """A machine; ``concurrency_limit`` runs at once, each ``run_timeout`` seconds at most."""

    id: str = attrs.field(factory=new_id)
    user_id: str
    name: str
    type: str
    status: str = "ready"
    gpu: str | None = None
    concurrency_limit: int = 1
    run_timeout: int = 300
    deleted: int = 0
    created_at: int = attrs.field(factory=now)
    updated_at: int = attrs.field(factory=now)


@attrs.frozen(kw_only=True)
class Workflow:
    """A workflow; its graphs are in its versions."""

    id: str = attrs.field(factory=new_id)
    user_id: str
    name: str
    description: str | None = None
    selected_machine_id: str | None = None
    created_at: int = attrs.field(factory=now)
    updated_at: int = attrs.field(factory=now)


@attrs.frozen(kw_only=True)
class Version:
    """One version: ``workflow`` is the editor's graph, ``workflow_api`` the one that runs."""

    id: str = attrs.field(factory=new_id)
    workflow_id: str
    user_id: str
    version: int = 1
    workflow: Any = attrs.field(metadata=_JSON)
    workflow_api: Any = attrs.field(default=None, metadata=_JSON)
    comment: str | None = None
    machine_id: str | None = None
    machine_version_id: str | None = None
    comfyui_snapshot: Any = attrs.field(default=None, metadata=_JSON)
    created_at: int = attrs.field(factory=now)
    updated_at: int = attrs.field(factory=now)


@attrs.frozen(kw_only=True)
class Deployment:
    """A version on a machine under an environment's name; one for each workflow, environment and owner."""

    id: str = attrs.field(factory=new_id)
    user_id: str
    workflow_id: str
    workflow_version_id: str
    machine_id: str
    environment: str
    description: str | None = None
    share_slug: str | None = None
    gpu: str | None = None
    machine_version_id: str | None = None
    modal_image_id: str | None = None
    concurrency_limit: int = 2
    run_timeout: int = 300
    idle_timeout: int = 0
    keep_warm: int = 0
    created_at: int = attrs.field(factory=now)
    updated_at: int = attrs.field(factory=now)


@attrs.frozen(kw_only=True)
class Run:
    """A run: the graph it runs, what came in, and how far it is. ``error`` is the reason of a failed one."""

    id: str = attrs.field(factory=new_id)
    user_id: str
    workflow_id: str
    workflow_version_id: str | None = None
    deployment_id: str | None = None
    machine_id: str
    machine_type: str
    graph: Any = attrs.field(metadata=_JSON)
    editor_graph: Any = attrs.field(default=None, metadata=_JSON)
    workflow_inputs: dict[str, Any] = attrs.field(metadata=_JSON)
    origin: str = "api"
    gpu: str | None = None
    call_id: str | None = None
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


@attrs.frozen(kw_only=True)
class Output:
    """What one node put out, as it came; what the service would drop is kept here too."""

    id: str = attrs.field(factory=new_id)
    run_id: str
    data: Any = attrs.field(metadata=_JSON)
    node_meta: Any = attrs.field(default=None, metadata=_JSON)
    created_at: int = attrs.field(factory=now)


@attrs.frozen(kw_only=True)
class Upload:
    """A file people gave us: ``name`` is theirs, ``stored`` is ours and the only one on disk."""

    id: str
    user_id: str
    name: str
    stored: str
    created_at: int = attrs.field(factory=now)
