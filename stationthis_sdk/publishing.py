"""What is deployed where: everything is looked up and checked first, because the service says 500 to mistakes."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from stationthis_sdk.api.calls.runs import check_gpu
from stationthis_sdk.context import Context
from stationthis_sdk.entities import DeploymentRecord, Told, is_uuid
from stationthis_sdk.entities.deployments import SHARES, DeploymentChange
from stationthis_sdk.entities.workflows import VersionRecord
from stationthis_sdk.errors import InvalidInput, NotFound, StationThisError
from stationthis_sdk.inputs.fields import Inputs, inputs_in, inputs_of
from stationthis_sdk.inputs.graphs import GraphLike, read_graph
from stationthis_sdk.lookups import (
    Place,
    check_environment,
    check_share,
    known_deployment,
    place_of,
    version_of,
    workflow_of,
)
from stationthis_sdk.machine import AsyncMachine
from stationthis_sdk.uploaded_graphs import runnable

if TYPE_CHECKING:
    from stationthis_sdk.workflow import AsyncWorkflow

__all__ = [
    "GraphPlan",
    "Plan",
    "change_of",
    "plan_of_graph",
    "plan_version",
    "promote_to",
    "publish_graph",
    "roll_back_to",
    "send_plan",
    "update_in_place",
]


@attrs.frozen
class Plan:
    """What is about to be sent: everything in it exists. ``old`` is the deployment that is moved."""

    workflow_id: str
    version_id: str
    environment: str
    place: Place
    old: DeploymentRecord | None
    change: DeploymentChange


async def plan_version(
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
    found = await workflow_of(context, workflow)
    wanted = await version_of(context, found, version)
    there = await context.service.deployments.of_workflow(found.id)
    old = next((one for one in there if one.environment == environment), None)
    place = await place_of(context, machine, selected=found.selected_machine_id, old=old)
    await check_share(context, environment, found.name, there, old)
    change = change_of(old, found.name, environment, wanted, place)
    return Plan(found.id, wanted.id, environment, place, old, change)


async def send_plan(context: Context, ready: Plan) -> Told[DeploymentRecord]:
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


@attrs.frozen
class GraphPlan:
    """The same for a graph that is no version yet; ``workflow_id`` is None where the workflow is new, too."""

    runs: Mapping[str, Any]
    shows: Mapping[str, Any]
    name: str
    workflow_id: str | None
    present: VersionRecord | None
    """The newest version, when it is of this very graph: nothing has to be uploaded then."""
    environment: str
    place: Place
    old: DeploymentRecord | None
    change: DeploymentChange


async def plan_of_graph(
    context: Context,
    graph: GraphLike,
    workflow: str,
    *,
    environment: str,
    machine: AsyncMachine | str | None,
    object_info: Any,
) -> GraphPlan:
    """Look everything up that uploading and deploying a graph needs.

    Raises:
        InvalidInput: it is no graph, no such environment, or nobody can tell which machine is meant.
        NotFound: there is no such machine, or no workflow of that id.
    """
    check_environment(environment)
    if not isinstance(workflow, str) or not workflow.strip():
        raise InvalidInput(f"A workflow is named by a text, not {workflow!r}.")
    given = (await asyncio.to_thread(read_graph, graph)).graphs
    try:
        found = await workflow_of(context, workflow)
    except NotFound:
        if is_uuid(workflow):
            raise
        found = None
    there = () if found is None else await context.service.deployments.of_workflow(found.id)
    old = next((one for one in there if one.environment == environment), None)
    place = await place_of(context, machine, selected=found.selected_machine_id if found else None, old=old)
    name = found.name if found else workflow
    await check_share(context, environment, name, there, old)
    # What the machine it is to run on says of its nodes will do, if it says anything.
    runs, shows = await runnable(context, given.api or given.ui, object_info or place.machine_id)
    shows = given.ui or shows
    newest = found.newest if found else None
    # What the editor shows counts where it was given; what is made up for it does not.
    same = newest is not None and newest.graph == runs and given.ui in (None, newest.ui_graph)
    version = newest if newest is not None and same else VersionRecord("", graph=runs)
    change = attrs.evolve(
        change_of(old, name, environment, version, place),
        uploads="" if same else "workflow" if found is None else "version",
    )
    workflow_id = found.id if found else None
    return GraphPlan(
        runs, shows, name, workflow_id, newest if same else None, environment, place, old, change
    )


async def publish_graph(
    context: Context, ready: GraphPlan, *, comment: str | None
) -> tuple[Told[DeploymentRecord], DeploymentChange]:
    """Upload what was planned, and deploy it."""
    service = context.service
    graphs: dict[str, Any] = {"ui_graph": ready.shows, "graph": ready.runs}
    workflow_id, version = ready.workflow_id, ready.present
    if workflow_id is None:
        workflow_id = await service.workflows.create(ready.name, **graphs)
        version = await version_of(context, await service.workflows.get(workflow_id), None)
    elif version is None:
        version = await service.versions.add(workflow_id, comment=comment, **graphs)
    change = attrs.evolve(ready.change, version=version.number)
    try:
        told = await send_plan(
            context,
            Plan(workflow_id, version.id, ready.environment, ready.place, ready.old, change),
        )
    except StationThisError as error:
        if ready.present is not None:
            raise
        raise error.told(
            f"Version {version.number} of {ready.name!r} is uploaded: st.deployments.create({ready.name!r}, "
            f"{ready.environment!r}) deploys it."
        ) from None
    return told, change


async def update_in_place(
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
        wanted = await version_of(context, await workflow_of(context, _own(record)), version)
        changes["workflow_version_id"] = wanted.id
    if machine is not None:
        place = await place_of(context, machine)
        changes |= _ids(place)
    if not changes:
        raise InvalidInput("Nothing to change was given: update(version=…, machine=…, gpu=…, run_timeout=…).")
    moved = version is not None or machine is not None
    change = change_of(record, record.name, record.environment, wanted, place) if moved else None
    await context.service.deployments.update(record.id, changes)
    return await _read_back(context, record.id), change


async def promote_to(
    context: Context, record: DeploymentRecord, to: str
) -> tuple[Told[DeploymentRecord], DeploymentChange]:
    """Deploy what a deployment is of to another environment."""
    workflow_id = _own(record)
    there = await context.service.deployments.of_workflow(workflow_id)
    old = next((one for one in there if one.environment == to), None)
    mine = next((one for one in there if one.id == record.id), record)
    await check_share(context, to, record.name, there, old)
    place = Place(record.machine_id, record.machine_version_id, mine.machine_name)
    change = change_of(old, record.name, to, _deployed(record), place)
    ready = Plan(workflow_id, str(record.workflow_version_id), to, place, old, change)
    return await send_plan(context, ready), change


async def roll_back_to(
    context: Context, record: DeploymentRecord, to: int | str | None
) -> tuple[Told[DeploymentRecord], DeploymentChange | None]:
    """Deploy an earlier version in place."""
    if to is None:
        to = await _version_before(context, record)
    return await update_in_place(context, record, version=to, machine=None, gpu=None, limits={})


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
    stays = (place.machine_id, place.machine_version_id) == (old.machine_id, old.machine_version_id)
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


async def _read_back(context: Context, deployment_id: str) -> Told[DeploymentRecord]:
    try:
        return await known_deployment(context, deployment_id, refresh=True)
    except StationThisError as error:
        raise error.told(f"The deployment was changed all the same: {deployment_id}.") from None
