"""Looking up what people name: workflows, versions, machines; and what the service would say 500 to."""

from typing import TYPE_CHECKING, Final

import attrs

from stationthis_sdk.api.calls.family import check_limit
from stationthis_sdk.context import Context
from stationthis_sdk.entities import DeploymentRecord, Told, is_uuid
from stationthis_sdk.entities.deployments import ENVIRONMENTS, SHARES
from stationthis_sdk.errors import InvalidInput, NotFound
from stationthis_sdk.names import loosely, near

if TYPE_CHECKING:
    from stationthis_sdk.entities.workflows import VersionRecord, WorkflowRecord
    from stationthis_sdk.machine import AsyncMachine
    from stationthis_sdk.workflow import AsyncWorkflow

__all__ = [
    "Place",
    "check_environment",
    "check_limit",
    "check_share",
    "known_deployment",
    "known_deployments",
    "place_of",
    "version_of",
    "workflow_id_of",
    "workflow_of",
]

NEWEST: Final = "newest"


@attrs.frozen
class Place:
    """Where something is to run; the service wants one of the ids."""

    machine_id: str | None
    machine_version_id: str | None = None
    name: str | None = None


async def known_deployments(context: Context, *, refresh: bool = False) -> Told[tuple[DeploymentRecord, ...]]:
    """Every deployment of the key."""
    return await context.catalogue.read(
        "deployments",
        "all",
        context.service.deployments.all,
        tuple[DeploymentRecord, ...],
        refresh=refresh,
    )


async def known_deployment(
    context: Context, deployment_id: str, *, refresh: bool = False
) -> Told[DeploymentRecord]:
    """One deployment by id."""
    return await context.catalogue.read(
        "deployments",
        deployment_id,
        lambda: context.service.deployments.get(deployment_id),
        DeploymentRecord,
        refresh=refresh,
    )


async def workflow_of(context: Context, workflow: "AsyncWorkflow | str") -> "WorkflowRecord":
    """The workflow as it is now, with its newest version."""
    if not workflow or not (isinstance(workflow, str) or is_uuid(getattr(workflow, "id", None))):
        raise InvalidInput(f"A workflow is named by name or id, or is the thing itself, not {workflow!r}.")
    if not isinstance(workflow, str):
        workflow_id = workflow.id
    elif is_uuid(workflow):
        workflow_id = workflow
    else:
        from stationthis_sdk.workflows import AsyncWorkflows  # noqa: PLC0415 - who lists deployments needs no workflows

        workflow_id = (await AsyncWorkflows(context).get(workflow)).id
    return await context.service.workflows.get(workflow_id)


async def workflow_id_of(context: Context, workflow: "AsyncWorkflow | str") -> str:
    """The id of a workflow that was given by name, by id or itself."""
    return (await workflow_of(context, workflow)).id


async def version_of(
    context: Context, workflow: "WorkflowRecord", version: int | str | None
) -> "VersionRecord":
    """A version by its number or id; the newest when none is named."""
    newest = workflow.newest
    if version is None or version == NEWEST:
        if newest is None:
            raise NotFound(f"The workflow {workflow.name!r} has no version yet: upload one.")
        return newest
    if isinstance(version, str) and version.isdecimal():
        version = int(version)
    have = "none yet" if newest is None else f"1 to {newest.number}"
    missing = NotFound(f"The workflow {workflow.name!r} has no version {version!r}; it has {have}.")
    if isinstance(version, int) and not isinstance(version, bool):
        if newest is None or not 1 <= version <= newest.number:
            raise missing
        if version == newest.number:
            return newest
        try:
            return await context.service.versions.get_number(workflow.id, version)
        except NotFound:
            raise missing from None
    if not isinstance(version, str) or not is_uuid(version):
        raise InvalidInput(f"A version is a number, an id or {NEWEST!r}, not {version!r}.")
    try:
        found = await context.service.versions.get(version)
    except NotFound:
        raise missing from None
    if found.workflow_id not in {None, workflow.id}:
        raise missing
    return found


async def place_of(
    context: Context,
    machine: "AsyncMachine | str | None",
    *,
    selected: str | None = None,
    old: DeploymentRecord | None = None,
) -> Place:
    """The machine that was named, else the one it runs on, else the workflow's, else the only one."""
    from stationthis_sdk.machines import known_machines, named_machine  # noqa: PLC0415 - nor machines

    if machine is not None:
        found = await named_machine(context, machine)
        return Place(found.id, name=found.name)
    machines = (await known_machines(context)).value
    names = {one.id: one.name for one in machines}
    if old is not None and old.machine_id in names:
        return Place(old.machine_id, old.machine_version_id, names[old.machine_id])
    if selected in names:
        return Place(selected, name=names[selected])
    if len(machines) == 1:
        return Place(machines[0].id, name=machines[0].name)
    shown = ", ".join(repr(one.name) for one in machines[:10])
    raise InvalidInput(
        f"The workflow has no machine of its own, and there are several: name the machine, one of {shown}."
        if machines
        else "There is no machine to deploy to: make one first."
    )


async def check_share(
    context: Context,
    environment: str,
    name: str,
    there: tuple[DeploymentRecord, ...],
    old: DeploymentRecord | None,
) -> None:
    """Shares have one address for each name of a workflow: a second one is a 500 of the service."""
    if environment not in SHARES or old is not None:
        return
    rivals = [one for one in there if one.environment in SHARES] or [
        one
        for one in (await known_deployments(context, refresh=True)).value
        if one.environment in SHARES and loosely(one.name) == loosely(name)
    ]
    if rivals:
        raise InvalidInput(
            f"{name!r} is shared already, as {rivals[0].environment} ({rivals[0].id}), and there is one address for a "
            "name: delete() that share first."
        )


def check_environment(name: str) -> None:
    """Go on when there is such an environment.

    Raises:
        InvalidInput: there is none; the service would say 500.
    """
    if name not in ENVIRONMENTS:
        close = near(name, ENVIRONMENTS) if isinstance(name, str) else []
        hint = f"did you mean {close[0]!r}?" if close else f"there is {', '.join(ENVIRONMENTS)}."
        raise InvalidInput(f"No environment {name!r}: {hint}")
