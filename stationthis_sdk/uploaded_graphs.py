"""Graphs on their way up: read, converted where that is needed, and the machine they are for."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stationthis_sdk.context import Context
from stationthis_sdk.errors import InvalidInput, NotFound
from stationthis_sdk.graphs.formats import editor_graph
from stationthis_sdk.inputs.graphs import read_graph, read_object_info
from stationthis_sdk.machines import known_machine, known_machines

if TYPE_CHECKING:
    from stationthis_sdk.machine import AsyncMachine

__all__ = ["machine_id_of", "runnable"]


async def runnable(
    context: Context, given: Any, object_info: Any
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What runs and what the editor shows, of a graph as it was given.

    Raises:
        InvalidInput: it is no graph, or only the editor's, and nobody says what its nodes take.
    """
    graphs = (await asyncio.to_thread(read_graph, given)).graphs
    if graphs.api is not None:
        shown = graphs.ui if graphs.ui is not None else await asyncio.to_thread(editor_graph, graphs.api)
        return graphs.api, shown
    shows = graphs.ui or {}
    info = await _object_info(context, object_info)
    if info is None:
        raise InvalidInput(
            "The graph is in the editor's format, and what its nodes take is not known: pass object_info= (the file "
            "of GET /object_info of a ComfyUI, or the name of a machine), or export it with Workflow > Export (API)."
        )
    from stationthis_sdk.graphs.convert import to_api  # noqa: PLC0415 - hardly anybody needs it

    return await asyncio.to_thread(to_api, shows, info), shows


async def machine_id_of(
    context: Context,
    machine: "AsyncMachine | str | None",
    selected: str | None = None,
    *,
    needed: bool = False,
) -> str | None:
    """The id of a machine given by name, id or itself; where one is ``needed`` else the selected, else the only one.

    Raises:
        NotFound: there is no such machine.
        InvalidInput: nobody can tell which one is meant.
    """
    if machine is not None and not isinstance(machine, str):
        if not isinstance(getattr(machine, "id", None), str):
            raise InvalidInput(f"A machine is named by name or id, or is the thing itself, not {machine!r}.")
        return machine.id
    if machine is None and not needed:
        return None
    if machine is not None:
        return (await known_machine(context, machine)).id
    machines = (await known_machines(context)).value
    ids = [one.id for one in machines]
    if selected in ids:
        return selected
    if len(ids) == 1:
        return ids[0]
    names = ", ".join(repr(one.name) for one in machines[:10])
    raise InvalidInput(
        f"The workflow has no machine of its own: name the one to run it on, machine={names or '…'}."
        if ids
        else "There is no machine to run it on: make one first."
    )


async def _object_info(context: Context, given: Any) -> dict[str, Any] | None:
    """From a mapping, a file, or a machine by name or itself."""
    if given is None:
        return None
    is_machine = isinstance(getattr(given, "status", None), str)
    if isinstance(given, str) and not is_machine:
        try:
            return await asyncio.to_thread(read_object_info, given)
        except InvalidInput as problem:
            try:
                given_id = await machine_id_of(context, given)
            except NotFound:
                raise problem from None
            return await context.service.object_info.get(str(given_id))
    if is_machine:
        return await context.service.object_info.get(given.id)
    return await asyncio.to_thread(read_object_info, given)
