"""Which deployment makes the image: the one that is named, else the one that is preferred, else the first that fits."""

from collections.abc import Mapping
from typing import Any, Final

from stationthis_sdk.context import Context
from stationthis_sdk.deployment import AsyncDeployment
from stationthis_sdk.deployments import AsyncDeployments
from stationthis_sdk.entities import is_uuid
from stationthis_sdk.errors import MachineFailed, NotFound, StationThisError
from stationthis_sdk.graphs.describe import describe
from stationthis_sdk.inputs.fields import MEDIA_KINDS
from stationthis_sdk.names import loosely
from stationthis_sdk.recipes.images.chains import Step
from stationthis_sdk.recipes.images.words import MEDIA_WORDS, Words
from stationthis_sdk.workflows import AsyncWorkflows

__all__ = ["STANDARD", "chosen", "default_workflow", "need_machine"]

STANDARD: Final = "standard"
_AT_WORK: Final = frozenset({"ready", "running"})


async def chosen(context: Context, step: Step, environment: str | None) -> AsyncDeployment:
    """The deployment of a step.

    Raises:
        NotFound: there is none of that name; its code says whether there is at least a workflow.
        AmbiguousName: two workflows have that name.
    """
    if not isinstance(step.workflow, str):
        return step.workflow  # type: ignore[no-any-return]  # chain_of has seen what it is
    name = step.workflow
    try:
        return await AsyncDeployments(context).get(name, environment=environment)
    except NotFound as error:
        error.code = "invalid_workflow"
        if environment is None and await _is_workflow(context, name):
            error = NotFound(
                f"The workflow {name!r} is not deployed: st.deployments.create({name!r}) does that."
            )
            error.code = "invalid_workflow_deployment"
        raise error from None


async def default_workflow(
    context: Context, preferred: str | None, words: Mapping[str, Any], table: Words
) -> Step:
    """What runs when nobody names anything: as preferred, as set, one called standard, the first that fits the words.

    Raises:
        NotFound: no deployment makes pictures of such words.
    """
    if named := preferred or context.settings.workflow:
        return Step(named)
    given = {table.meaning(word) for word in words} & (MEDIA_WORDS | {"prompt"})
    known = await AsyncDeployments(context).list()
    fitting = [one for one in known if _makes_pictures(one) and _takes(one, given, table)]
    if not fitting:
        what = " and a ".join(sorted(word for word in given if word))
        error = NotFound(
            f"No deployment of this account makes a picture of a {what}: name one, or set STATIONTHIS_WORKFLOW.",
            suggestions=sorted({one.name for one in known})[:10],
        )
        error.code = "invalid_workflow"
        raise error
    best = min(
        fitting,
        key=lambda one: (
            loosely(one.name) != STANDARD,
            one.environment != "production",
            _beside(one, given, table),
        ),
    )
    return Step(best)


async def need_machine(context: Context, deployment: AsyncDeployment) -> None:
    """Go on when the machine of a deployment is ready, or nobody can tell.

    Raises:
        MachineFailed: it is not.
    """
    machine_id = deployment.record.machine_id
    if not machine_id or not is_uuid(machine_id):
        return
    try:
        machine = await context.service.machines.get(machine_id)
    except NotFound:
        name, status = deployment.record.machine_name or machine_id, "gone"
    except StationThisError:
        return
    else:
        name, status = machine.name, machine.status
    if status and status not in _AT_WORK:
        raise MachineFailed(f"The machine {name!r} of {deployment.name!r} is {status}.", machine=name)


async def _is_workflow(context: Context, name: str) -> bool:
    try:
        await AsyncWorkflows(context).get(name)
    except StationThisError:
        return False
    return True


def _makes_pictures(deployment: AsyncDeployment) -> bool:
    graph = deployment.record.graph
    return graph is not None and describe(graph).kind == "image"


def _beside(deployment: AsyncDeployment, given: set[str | None], table: Words) -> int:
    """How much else it is made for: files and LoRAs that nobody gives."""
    used = {table.input_for(word, deployment.inputs) for word in given if word}
    return sum(
        field.kind in MEDIA_KINDS | {"lora"} and name not in used for name, field in deployment.inputs.items()
    )


def _takes(deployment: AsyncDeployment, given: set[str | None], table: Words) -> bool:
    """Whether it takes what is given, and needs no other files."""
    fields = deployment.inputs
    used = {table.input_for(word, fields) for word in given if word}
    return None not in used and not any(
        field.kind in MEDIA_KINDS and field.required and name not in used for name, field in fields.items()
    )
