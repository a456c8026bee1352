"""Finding rows by ids that people sent: what is another's, deleted or no id at all is simply not there."""

import uuid
from typing import TypeVar, cast

import attrs

from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.requests.caller import Caller, Owned
from stationthis_sdk.local.rows.workflows import Deployment, Workflow

__all__ = ["own", "own_deployment", "spelled", "standing"]

Row = TypeVar("Row", bound=attrs.AttrsInstance)


def spelled(row_id: object) -> str | None:
    """An id as rows have it, None for what can't be one.

    >>> spelled("6F0C1F0E52A44A8F9D3C3F2F5D1E7A10"), spelled("../etc"), spelled(None)
    ('6f0c1f0e-52a4-4a8f-9d3c-3f2f5d1e7a10', None, None)
    """
    if not isinstance(row_id, str) or len(row_id) > 36:
        return None
    try:
        return str(uuid.UUID(row_id))
    except ValueError:
        return None


def own(tables: Tables, kind: type[Row], row_id: object, caller: Caller) -> Row | None:
    """The caller's row with this id, unless it is deleted."""
    row = tables.get(kind, spelled(row_id))
    if row is None or not caller.owns(cast("Owned", row)) or getattr(row, "deleted", False):
        return None
    return row


def own_deployment(tables: Tables, deployment_id: object, caller: Caller) -> Deployment | None:
    """The caller's deployment, unless its workflow is deleted."""
    deployment = own(tables, Deployment, deployment_id, caller)
    return deployment if deployment is not None and standing(tables, deployment) else None


def standing(tables: Tables, deployment: Deployment) -> bool:
    """Whether the deployment's workflow is there still."""
    workflow = tables.get(Workflow, deployment.workflow_id)
    return workflow is not None and not workflow.deleted
