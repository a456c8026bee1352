"""Putting a graph of a test's own into a workspace."""

from collections.abc import Mapping
from typing import Any, Final

import attrs

from stationthis_sdk.local.clock import now
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.rows.machines import Machine
from stationthis_sdk.local.rows.workflows import Deployment, Version, Workflow

__all__ = ["deploy"]

_ENVIRONMENTS: Final = ("production", "staging", "preview")


def deploy(tables: Tables, machine: Machine, name: str, graph: Mapping[str, Any], environment: str) -> str:
    """Deploy a new version of the machine owner's workflow of this name, made if need be; the deployment's id."""
    if environment not in _ENVIRONMENTS:
        raise ValueError(f"environment is one of {', '.join(_ENVIRONMENTS)}, not {environment!r}")
    if not graph or not all(isinstance(node, Mapping) and "class_type" in node for node in graph.values()):
        raise ValueError(
            "graph is ComfyUI's API format: nodes by their ids, each with class_type and inputs; "
            "in ComfyUI's menu it is Export (API)"
        )
    found = tables.find(Workflow, "name = ? AND user_id = ? AND deleted = 0", name, machine.user_id)
    workflow = (
        found[0]
        if found
        else Workflow(
            user_id=machine.user_id, org_id=machine.org_id, name=name, selected_machine_id=machine.id
        )
    )
    if not found:
        tables.add(workflow)
    version = Version(
        user_id=machine.user_id,
        org_id=machine.org_id,
        workflow_id=workflow.id,
        version=tables.count(Version, "workflow_id = ?", workflow.id) + 1,
        workflow={"nodes": [], "links": []},
        workflow_api=dict(graph),
        machine_id=machine.id,
    )
    tables.add(version)
    there = tables.find(Deployment, "workflow_id = ? AND environment = ?", workflow.id, environment)
    if there:
        changed = attrs.evolve(
            there[0], workflow_version_id=version.id, machine_id=machine.id, updated_at=now()
        )
        tables.save(changed)
        return changed.id
    deployment = Deployment(
        user_id=machine.user_id,
        org_id=machine.org_id,
        workflow_id=workflow.id,
        workflow_version_id=version.id,
        machine_id=machine.id,
        environment=environment,
    )
    tables.add(deployment)
    return deployment.id
