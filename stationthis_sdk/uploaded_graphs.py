"""Graphs on their way up: read, converted where that is needed, and the machine they are for."""

import asyncio
import os
from collections.abc import Mapping
from typing import Any, Final

from stationthis_sdk.context import Context
from stationthis_sdk.entities.machines import MachineRecord
from stationthis_sdk.errors import InvalidInput, NotFound
from stationthis_sdk.graphs.editor import dicts
from stationthis_sdk.graphs.formats import editor_graph
from stationthis_sdk.inputs.graphs import GivenGraph, plain_json, read_graph, read_object_info
from stationthis_sdk.machine import AsyncMachine
from stationthis_sdk.machines import known_machines, named_machine

__all__ = ["FOR_SUBMIT", "machine_for", "machine_gone", "runnable"]

_FOR_UPLOAD: Final = "pass object_info= (the file of GET /object_info of a ComfyUI, or the name of a machine)"
FOR_SUBMIT: Final = (
    "upload it with object_info= (the file of GET /object_info of a ComfyUI) and submit that version's graph"
)


async def runnable(
    context: Context,
    given: Any,
    object_info: Any,
    *,
    machine: AsyncMachine | MachineRecord | str | None = None,
    advice: str = _FOR_UPLOAD,
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What runs and what the editor shows, of a graph as it was given.

    An editor's graph is converted with ``object_info``, else with what ``machine`` says. One that names its values,
    as ours do, needs neither.

    Raises:
        InvalidInput: it is no graph, or only the editor's, and nobody says what its nodes take.
    """
    if not isinstance(given, GivenGraph):
        given = await asyncio.to_thread(read_graph, given)
    graphs = given.graphs
    if graphs.api is not None:
        shown = graphs.ui if graphs.ui is not None else await asyncio.to_thread(editor_graph, graphs.api)
        return graphs.api, shown
    shows = graphs.ui or {}
    info, silent = await _object_info(context, machine if object_info is None else object_info)
    if info is None and not _names_its_values(shows):
        why = (
            f"machine {silent!r} does not tell what its nodes take"
            if silent
            else "nobody says what its nodes take"
        )
        raise InvalidInput(
            f"The graph is in the editor's format, and {why}: {advice}, or export it with Workflow > Export (API)."
        )
    from stationthis_sdk.graphs.convert import to_api  # noqa: PLC0415 - hardly anybody needs it

    runs = await asyncio.to_thread(to_api, shows, info or {})
    return await asyncio.to_thread(plain_json, runs), shows


async def machine_for(
    context: Context, machine: AsyncMachine | str | None, selected: str | None
) -> MachineRecord:
    """The machine that was named, else the selected, else the only one.

    Raises:
        NotFound: there is no such machine.
        InvalidInput: nobody can tell which one is meant.
    """
    if machine is not None:
        return await named_machine(context, machine)
    machines = (await known_machines(context)).value
    for one in machines:
        if one.id == selected or len(machines) == 1:
            return one
    names = ", ".join(repr(one.name) for one in machines[:10])
    raise InvalidInput(
        f"The workflow has no machine of its own: name the one to run it on, machine={names}."
        if machines
        else "There is no machine to run it on: make one first."
    )


def machine_gone(machine: AsyncMachine | MachineRecord, error: NotFound) -> NotFound:
    """The error for a machine that is there no more."""
    return NotFound(
        f"Machine {machine.name!r} ({machine.id}) is gone: machines.list(refresh=True) shows what there is.",
        said=error.said,
        request=error.request,
    )


async def _object_info(context: Context, given: Any) -> tuple[dict[str, Any] | None, str | None]:
    """From a mapping, a file, or a machine by name or itself; and the name of a machine that tells nothing."""
    if given is None:
        return None, None
    if isinstance(given, str):
        try:
            return await asyncio.to_thread(read_object_info, given), None
        except InvalidInput as problem:
            try:
                given = await named_machine(context, given)
            except (NotFound, InvalidInput) as error:
                if isinstance(error, NotFound) and not _is_path(given):
                    raise error.told("There is no such file either.") from None
                raise problem from None
    if isinstance(given, AsyncMachine | MachineRecord):
        try:
            return await context.service.object_info.get(given.id), given.name
        except NotFound as error:
            raise machine_gone(given, error) from None
    return await asyncio.to_thread(read_object_info, given), None


def _is_path(given: str) -> bool:
    return given.endswith(".json") or os.sep in given or given.lstrip()[:1] in {"{", "["}


def _names_its_values(graph: Mapping[str, Any]) -> bool:
    """Whether every node says which value is of which input, so that nobody has to be asked."""
    return not graph.get("definitions") and all(
        any(isinstance(node.get(key), Mapping) for key in ("widgets_values_named", "widgets_values"))
        for node in dicts(graph.get("nodes"))
    )
