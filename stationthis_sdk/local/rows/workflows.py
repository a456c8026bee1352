"""Rows of workflows, their versions and deployments."""

from typing import Any

import attrs

from stationthis_sdk.local.rows.table import JSON, new_id, now, table

__all__ = ["Deployment", "Version", "Workflow"]


@table("workflows")
@attrs.frozen(kw_only=True)
class Workflow:
    """A workflow; its graphs are in its versions. A deleted one is only marked so."""

    id: str = attrs.field(factory=new_id)
    user_id: str
    org_id: str | None = None
    name: str
    description: str | None = None
    cover_image: str | None = None
    selected_machine_id: str | None = None
    pinned: int = 0
    deleted: int = 0
    created_at: int = attrs.field(factory=now)
    updated_at: int = attrs.field(factory=now)


@table("versions", unique=("workflow_id, version",))
@attrs.frozen(kw_only=True)
class Version:
    """One version: ``workflow`` is the editor's graph, ``workflow_api`` the one that runs."""

    id: str = attrs.field(factory=new_id)
    workflow_id: str
    user_id: str
    org_id: str | None = None
    version: int = 1
    workflow: Any = attrs.field(metadata=JSON)
    workflow_api: Any = attrs.field(default=None, metadata=JSON)
    comment: str | None = None
    machine_id: str | None = None
    machine_version_id: str | None = None
    comfyui_snapshot: Any = attrs.field(default=None, metadata=JSON)
    created_at: int = attrs.field(factory=now)
    updated_at: int = attrs.field(factory=now)


@table("deployments", unique=("workflow_id, environment", "share_slug"))
@attrs.frozen(kw_only=True)
class Deployment:
    """A version on a machine under an environment's name; one for each workflow, environment and owner."""

    id: str = attrs.field(factory=new_id)
    user_id: str
    org_id: str | None = None
    workflow_id: str
    workflow_version_id: str
    machine_id: str
    environment: str
    description: str | None = None
    share_slug: str | None = None
    gpu: str | None = None
    machine_version_id: str | None = None
    modal_image_id: str | None = None
    modal_app_id: str | None = None
    activated_at: int | None = None
    concurrency_limit: int = 2
    run_timeout: int = 300
    idle_timeout: int = 0
    keep_warm: int = 0
    created_at: int = attrs.field(factory=now)
    updated_at: int = attrs.field(factory=now)
