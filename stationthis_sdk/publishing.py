"""What is deployed where: everything is looked up and checked first, because the service says 500 to mistakes."""

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import attrs

from stationthis_sdk.api.calls.runs import check_gpu
from stationthis_sdk.context import Context
from stationthis_sdk.entities import DeploymentRecord, Told, is_uuid
from stationthis_sdk.entities.deployments import ENVIRONMENTS, SHARES, DeploymentChange
from stationthis_sdk.entities.workflows import VersionRecord, WorkflowRecord
from stationthis_sdk.errors import InvalidInput, NotFound, StationThisError
from stationthis_sdk.inputs.fields import Inputs, inputs_in, inputs_of
from stationthis_sdk.machines import AsyncMachine, AsyncMachines
from stationthis_sdk.names import find, loosely, near
from stationthis_sdk.workflows import AsyncWorkflows

if TYPE_CHECKING:
    from stationthis_sdk.workflows import AsyncWorkflow

__all__ = [
    "Plan",
    "change_of",
    "check_environment",
    "check_limit",
    "deployment",
    "deployments",
    "plan",
    "promote",
    "roll_back",
    "send",
    "update",
    "workflow_id_of",
]

NEWEST: Final = "newest"


@attrs.frozen
class Place:
    """Where something is to run; the service wants one of the ids."""

    machine_id: str | None
    machine_version_id: str | None = None
    name: str | None = None


@attrs.frozen
class Plan:
    """What is about to be sent: everything in it exists. ``old`` is the deployment that is moved."""

    workflow_id: str
    version_id: str
    environment: str
    place: Place
    old: DeploymentRecord | None
    change: DeploymentChange


async def deployments(context: Context, *, refresh: bool = False) -> Told[tuple[DeploymentRecord, ...]]:
    """Every deployment of the key."""
    return await context.catalogue.read(
        "deployments",
        "all",
        context.service.deployments.all,
        tuple[DeploymentRecord, ...],
        refresh=refresh,
    )


async def deployment(
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


async def plan(
    context: Context,
    workflow: "AsyncWorkflow | str",
    *,
    environment: str,
    machine: AsyncMachine | str | None,
    version: int | str | None,
) -> Plan:
    """Look everything up that deploying this needs.

    Raises:
        InvalidInput: no such environment, or nobody can tell which machine is meant.
        NotFound: there is no such workflow, version or machine.
    """
    check_environment(environment)
    found = await _workflow(context, workflow)
    wanted = await _version(context, found, version)
    place = await _place(context, machine, found.selected_machine_id)
    there = await context.service.deployments.of_workflow(found.id)
    old = next((one for one in there if one.environment == environment), None)
    await _check_share(context, environment, found.name, there, old)
    change = change_of(old, found.name, environment, wanted, place)
    return Plan(found.id, wanted.id, environment, place, old, change)


async def send(context: Context, ready: Plan) -> Told[DeploymentRecord]:
    """Do what was planned, and read what came of it."""
    if ready.old is not None and ready.environment in SHARES:
        # Posted again, a private share would lose its address.
        changes = {"workflow_version_id": ready.version_id, **_ids(ready.place)}
        made = (await context.service.deployments.update(ready.old.id, changes)).id
    else:
        made = await context.service.deployments.create(
            workflow_id=ready.workflow_id,
            workflow_version_id=ready.version_id,
            environment=ready.environment,
            **_ids(ready.place),
        )
    return await _read_back(context, made)


async def update(
    context: Context,
    record: DeploymentRecord,
    *,
    version: int | str | None,
    machine: AsyncMachine | str | None,
    gpu: str | None,
    limits: Mapping[str, int | None],
) -> tuple[Told[DeploymentRecord], DeploymentChange | None]:
    """Change a deployment in place; the change is None when it is of settings only.

    Raises:
        InvalidInput: a value makes no sense, or there is none at all; nothing was sent.
        NotFound: there is no such version or machine.
    """
    changes: dict[str, Any] = {name: value for name, value in limits.items() if value is not None}
    for name, value in changes.items():
        least = 1 if name in {"concurrency_limit", "run_timeout"} else 0
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise InvalidInput(f"{name} is a whole number from {least} on, not {value!r}.")
    if gpu is not None:
        changes["gpu"] = check_gpu(gpu).value
    wanted = _deployed(record)
    place = Place(record.machine_id, record.machine_version_id)
    if version is not None:
        wanted = await _version(context, await _workflow(context, _own(record)), version)
        changes["workflow_version_id"] = wanted.id
    if machine is not None:
        place = await _place(context, machine, None)
        changes |= _ids(place)
    if not changes:
        raise InvalidInput("Nothing to change was given: update(version=…, machine=…, gpu=…, run_timeout=…).")
    moved = version is not None or machine is not None
    change = change_of(record, record.name, record.environment, wanted, place) if moved else None
    await context.service.deployments.update(record.id, changes)
    return await _read_back(context, record.id), change


async def promote(
    context: Context, record: DeploymentRecord, to: str
) -> tuple[Told[DeploymentRecord], DeploymentChange]:
    """Deploy what a deployment is of to another environment."""
    workflow_id = _own(record)
    there = await context.service.deployments.of_workflow(workflow_id)
    old = next((one for one in there if one.environment == to), None)
    mine = next((one for one in there if one.id == record.id), record)
    await _check_share(context, to, record.name, there, old)
    place = Place(record.machine_id, record.machine_version_id, mine.machine_name)
    change = change_of(old, record.name, to, _deployed(record), place)
    ready = Plan(workflow_id, str(record.workflow_version_id), to, place, old, change)
    return await send(context, ready), change


async def roll_back(
    context: Context, record: DeploymentRecord, to: int | str | None
) -> tuple[Told[DeploymentRecord], DeploymentChange | None]:
    """Deploy an earlier version in place."""
    if to is None:
        to = await _version_before(context, record)
    return await update(context, record, version=to, machine=None, gpu=None, limits={})


async def _version_before(context: Context, record: DeploymentRecord) -> str:
    """The id of the version numbered next below the one that is deployed."""
    for number in range((record.version or 1) - 1, 0, -1):
        with contextlib.suppress(NotFound):
            return (await context.service.versions.get_number(_own(record), number)).id
    raise InvalidInput(
        f"{record.name!r} in {record.environment} runs version {record.version}, and there is none before it: name one "
        "with to=."
    )


def _own(record: DeploymentRecord) -> str:
    """The workflow of a deployment that is the key's own."""
    if not (record.workflow_id and record.workflow_version_id):
        raise InvalidInput(
            f"{record.name!r} is somebody else's share: clone its workflow and deploy the clone."
        )
    return record.workflow_id


def change_of(
    old: DeploymentRecord | None, name: str, environment: str, version: VersionRecord, place: Place
) -> DeploymentChange:
    """What becomes of a deployment and its inputs when this version on this machine takes its place."""
    number = version.number or None
    if old is None:
        return DeploymentChange("new", name, environment, version=number, machine=place.name)
    same = version.id == old.workflow_version_id
    stays = place.machine_id in {None, old.machine_id} and place.machine_version_id in {
        None,
        old.machine_version_id,
    }
    before = inputs_of(old)
    after = before if same or version.graph is None else inputs_in(version.graph)
    return DeploymentChange(
        "unchanged" if same and stays else "moved",
        name,
        environment,
        old.version,
        number,
        place.name if stays else old.machine_name,
        place.name,
        added=tuple(one for one in after if one not in before),
        removed=tuple(one for one in before if one not in after),
        changed=tuple(one for one in after if one in before and _takes(after, one) != _takes(before, one)),
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


def check_limit(limit: int | None) -> None:
    """Go on when a list can be this long.

    Raises:
        InvalidInput: it can't.
    """
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 1):
        raise InvalidInput(f"limit is how many at most, from 1 on, or None for all; got {limit!r}.")


def _takes(inputs: Inputs, name: str) -> tuple[Any, ...]:
    """What may be put into an input, and what it is when nothing is."""
    field = inputs[name]
    return (
        field.kind,
        field.default,
        field.minimum,
        field.maximum,
        field.step,
        field.options,
        field.required,
    )


def _deployed(record: DeploymentRecord) -> VersionRecord:
    """The version a deployment is of, as far as it tells."""
    return VersionRecord(
        record.workflow_version_id or "", record.workflow_id, record.version or 0, graph=record.graph
    )


def _ids(place: Place) -> dict[str, str]:
    if place.machine_version_id is not None:
        return {"machine_version_id": place.machine_version_id}
    return {"machine_id": place.machine_id} if place.machine_id is not None else {}


async def workflow_id_of(context: Context, workflow: "AsyncWorkflow | str") -> str:
    """The id of a workflow that was given by name, by id or itself."""
    return (await _workflow(context, workflow)).id


async def _workflow(context: Context, workflow: "AsyncWorkflow | str") -> WorkflowRecord:
    """The workflow as it is now, with its newest version."""
    if not workflow or not (isinstance(workflow, str) or is_uuid(getattr(workflow, "id", None))):
        raise InvalidInput(f"A workflow is named by name or id, or is the thing itself, not {workflow!r}.")
    if not isinstance(workflow, str):
        workflow_id = workflow.id
    elif is_uuid(workflow):
        workflow_id = workflow
    else:
        workflow_id = (await AsyncWorkflows(context).get(workflow)).id
    return await context.service.workflows.get(workflow_id)


async def _version(context: Context, workflow: WorkflowRecord, version: int | str | None) -> VersionRecord:
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


async def _place(context: Context, machine: AsyncMachine | str | None, selected: str | None) -> Place:
    """The machine that was named, else the workflow's, else the only one."""
    if isinstance(machine, AsyncMachine):
        return Place(machine.id, name=machine.name)
    machines = await AsyncMachines(context).list()
    if machine is not None:
        found = find("machine", machine, machines)
        return Place(found.id, name=found.name)
    for one in machines:
        if one.id == selected:
            return Place(one.id, name=one.name)
    if len(machines) == 1:
        return Place(machines[0].id, name=machines[0].name)
    names = ", ".join(repr(one.name) for one in machines[:10])
    raise InvalidInput(
        f"The workflow has no machine of its own, and there are several: name one with machine=, of {names}."
        if machines
        else "There is no machine to deploy to: make one first."
    )


async def _check_share(
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
        for one in (await deployments(context, refresh=True)).value
        if one.environment in SHARES and loosely(one.name) == loosely(name)
    ]
    if rivals:
        raise InvalidInput(
            f"{name!r} is shared already, as {rivals[0].environment} ({rivals[0].id}), and there is one address for a "
            "name: delete() that share first."
        )


async def _read_back(context: Context, deployment_id: str) -> Told[DeploymentRecord]:
    try:
        return await deployment(context, deployment_id, refresh=True)
    except StationThisError as error:
        raise error.told(f"The deployment was changed all the same: {deployment_id}.") from None
