"""Putting versions on machines: where a deployment runs, the preview of a workflow, the slug of a share."""

import re
from typing import Any, Final

import attrs

from stationthis_sdk.local.clock import now
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.requests.belongings import own
from stationthis_sdk.local.requests.caller import Caller
from stationthis_sdk.local.rows.machines import Machine, MachineVersion
from stationthis_sdk.local.rows.workflows import Deployment, Version, Workflow

__all__ = ["ENVIRONMENTS", "SHARES", "Place", "place_of", "put_preview", "slug_of", "worded"]

SHARES: Final = ("public-share", "private-share", "community-share")
ENVIRONMENTS: Final = ("staging", "production", "public-share", "private-share", "preview", "community-share")


@attrs.frozen
class Place:
    """Where something runs: a machine, and which of its versions if one was named."""

    machine: Machine
    version: MachineVersion | None = None

    @property
    def ids(self) -> dict[str, Any]:
        """The same as columns of a version."""
        version = self.version
        return {"machine_id": self.machine.id, "machine_version_id": version and version.id}

    @property
    def columns(self) -> dict[str, Any]:
        """The same as columns of a deployment, with the image that the version came to."""
        version = self.version
        return {
            **self.ids,
            "modal_image_id": version and version.image_id,
            "modal_app_id": version and f"ap-{version.id}",
        }

    @property
    def limits(self) -> dict[str, Any]:
        """What a new deployment there starts with."""
        version = self.version
        if version is None:
            return {"run_timeout": self.machine.run_timeout}
        return {
            "gpu": version.gpu,
            "concurrency_limit": version.concurrency_limit,
            "run_timeout": version.run_timeout,
            "idle_timeout": version.setting("idle_timeout") or 0,
            "keep_warm": version.setting("keep_warm") or 0,
            "activated_at": now(),
        }


def place_of(
    tables: Tables, caller: Caller, machine_id: str | None, machine_version_id: str | None
) -> Place | None:
    """The caller's machine by its id or by that of one of its versions, which brings its machine along."""
    version = None
    if machine_version_id is not None:
        version = own(tables, MachineVersion, machine_version_id, caller)
        if version is None:
            return None
        machine_id = version.machine_id
    machine = own(tables, Machine, machine_id, caller)
    return None if machine is None else Place(machine, version)


def put_preview(tables: Tables, version: Version, place: Place) -> None:
    """A version on a machine is what the workflow's preview deployment shows."""
    found = tables.find(Deployment, "workflow_id = ? AND environment = 'preview'", version.workflow_id)
    columns = {"workflow_version_id": version.id, **place.columns}
    if found:
        tables.save(attrs.evolve(found[0], **columns, updated_at=now()))
        return
    workflow = tables.get(Workflow, version.workflow_id)
    tables.add(
        Deployment(
            user_id=version.user_id,
            org_id=version.org_id,
            workflow_id=version.workflow_id,
            environment="preview",
            description=None if workflow is None else workflow.description,
            **columns,
            **place.limits,
        )
    )


def slug_of(workflow: Workflow) -> str:
    """The address of a workflow's share: its owner and its name."""
    return f"{worded(workflow.org_id or workflow.user_id)}_{worded(workflow.name)}"


def worded(text: str) -> str:
    """A text as a part of an address.

    >>> worded("My  Façade, at Dawn!")
    'my-fa-ade-at-dawn'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:200]
