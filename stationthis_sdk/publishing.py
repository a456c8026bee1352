"""What is deployed where: everything is looked up and checked first, because the service says 500 to mistakes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from stationthis_sdk.api.calls.runs import check_gpu
from stationthis_sdk.context import Context
from stationthis_sdk.entities import DeploymentRecord, Told
from stationthis_sdk.entities.deployments import ENVIRONMENTS, SHARES, DeploymentChange
from stationthis_sdk.errors import InvalidInput, StationThisError
from stationthis_sdk.inputs.fields import Inputs, inputs_of
from stationthis_sdk.machines import AsyncMachine, AsyncMachines
from stationthis_sdk.names import find, loosely, near

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

NEWEST = "newest"


@attrs.frozen
class Version:
    """One version of a workflow, as far as deploying goes."""

    id: str
    number: int | None
    graph: Mapping[str, Any] | None


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
    wanted = await _version(found, version)
    place = await _place(context, machine, found.record.selected_machine_id)
    there = await context.service.deployments.of_workflow(found.id)
    old = next((one for one in there if one.environment == environment), None)
    await _check_share(context, environment, found.name, there, old)
    change = change_of(
        old, found.name, environment, number=wanted.number, graph=wanted.graph, machine=place.name
    )
    return Plan(found.id, wanted.id, environment, place, old, _settled(change, old, wanted.id, place))


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
) -> tuple[Told[DeploymentRecord], DeploymentChange]:
    """Change a deployment in place.

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
    number, graph, place = record.version, record.graph, Place(record.machine_id, name=record.machine_name)
    if version is not None:
        wanted = await _version(await _workflow(context, record.workflow_id or ""), version)
        changes["workflow_version_id"] = wanted.id
        number, graph = wanted.number, wanted.graph
    if machine is not None:
        place = await _place(context, machine, None)
        changes |= _ids(place)
    if not changes:
        raise InvalidInput("Nothing to change was given: update(version=…, machine=…, gpu=…, run_timeout=…).")
    change = change_of(
        record, record.name, record.environment, number=number, graph=graph, machine=place.name
    )
    change = _settled(change, record, changes.get("workflow_version_id", record.workflow_version_id), place)
    await context.service.deployments.update(record.id, changes)
    return await _read_back(context, record.id), change


async def promote(
    context: Context, record: DeploymentRecord, to: str
) -> tuple[Told[DeploymentRecord], DeploymentChange]:
    """Deploy what a deployment is of to another environment."""
    if not (record.workflow_id and record.workflow_version_id):
        raise InvalidInput(f"{record.name!r} is somebody else's share: clone the workflow and deploy that.")
    there = await context.service.deployments.of_workflow(record.workflow_id)
    old = next((one for one in there if one.environment == to), None)
    mine = next((one for one in there if one.id == record.id), record)
    await _check_share(context, to, record.name, there, old)
    place = Place(record.machine_id, record.machine_version_id, mine.machine_name)
    change = change_of(old, record.name, to, number=record.version, graph=record.graph, machine=place.name)
    change = _settled(change, old, record.workflow_version_id, place)
    ready = Plan(record.workflow_id, record.workflow_version_id, to, place, old, change)
    return await send(context, ready), change


async def roll_back(
    context: Context, record: DeploymentRecord, to: int | str | None
) -> tuple[Told[DeploymentRecord], DeploymentChange]:
    """Deploy an earlier version in place."""
    if to is None:
        workflow = await _workflow(context, record.workflow_id or "")
        numbers = sorted(one.number for one in await workflow.versions(refresh=True))
        earlier = [number for number in numbers if record.version is not None and number < record.version]
        if not earlier:
            have = ", ".join(map(str, numbers)) or "none"
            raise InvalidInput(
                f"{record.name!r} runs version {record.version}, and there is none before it (there is {have}): "
                "name one with to=."
            )
        to = earlier[-1]
    return await update(context, record, version=to, machine=None, gpu=None, limits={})


def change_of(
    old: DeploymentRecord | None,
    name: str,
    environment: str,
    *,
    number: int | None,
    graph: Mapping[str, Any] | None,
    machine: str | None,
) -> DeploymentChange:
    """What becomes of a deployment and its inputs when this graph takes its place."""
    if old is None:
        return DeploymentChange("new", name, environment, version=number, machine=machine)
    before = inputs_of(old)
    after = inputs_of(DeploymentRecord("", name, environment, graph=graph)) if graph is not None else before
    return DeploymentChange(
        "moved",
        name,
        environment,
        old.version,
        number,
        old.machine_name,
        machine,
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


def _settled(
    change: DeploymentChange, old: DeploymentRecord | None, version_id: str | None, place: Place
) -> DeploymentChange:
    """The change, told to be none when the same version stays on the same machine."""
    same = (
        old is not None
        and old.workflow_version_id == version_id
        and place.machine_id in {None, old.machine_id}
        and place.machine_version_id in {None, old.machine_version_id}
    )
    return attrs.evolve(change, kind="unchanged", old_machine=change.machine) if same else change


def _ids(place: Place) -> dict[str, str]:
    if place.machine_version_id is not None:
        return {"machine_version_id": place.machine_version_id}
    return {"machine_id": place.machine_id} if place.machine_id is not None else {}


async def workflow_id_of(context: Context, workflow: "AsyncWorkflow | str") -> str:
    """The id of a workflow that was given by name, by id or itself."""
    return (await _workflow(context, workflow)).id


async def _workflow(context: Context, workflow: "AsyncWorkflow | str") -> "AsyncWorkflow":
    from stationthis_sdk.workflows import AsyncWorkflows

    return await AsyncWorkflows(context).get(workflow) if isinstance(workflow, str) else workflow


async def _version(workflow: "AsyncWorkflow", version: int | str | None) -> Version:
    raise NotImplementedError


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
