"""What public things look like in a notebook: one file a noun, each tells its element.

A thing without a file of its own is shown as the data it is.
"""

import asyncio
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any, Final

from stationthis_sdk import portal
from stationthis_sdk.errors import StationThisError
from stationthis_sdk.notebook.html import Bundle, bundle
from stationthis_sdk.notebook.where import cell_of
from stationthis_sdk.twins import twin

__all__ = ["bundle_of", "bundle_soon", "note_shown"]

_Drawn = Callable[[Any], Awaitable[Any]]
_WHERE: Final = {
    "AsyncRun": "runs", "AsyncOutput": "outputs", "Outputs": "outputs", "SavedRun": "outputs",
    "AsyncGeneration": "generations",
    "AsyncBatch": "batches", "BatchRow": "batches", "BatchEstimate": "batches", "BatchProgress": "batches",
    "AsyncDeployment": "deployments", "AsyncDeployments": "deployments", "Inputs": "deployments",
    "AsyncWorkflow": "workflows", "AsyncWorkflows": "workflows", "AsyncVersion": "workflows", "AsyncSharedWorkflow": "workflows",
    "AsyncMachine": "machines", "AsyncMachines": "machines", "AsyncSession": "machines", "AsyncSessions": "machines",
    "AsyncModel": "catalogues", "AsyncModels": "catalogues", "AsyncAsset": "catalogues", "AsyncAssets": "catalogues",
    "AsyncRuns": "catalogues", "AsyncBatches": "catalogues", "AsyncFiles": "catalogues", "Listing": "catalogues",
    "AsyncCache": "catalogues", "AsyncAccount": "catalogues", "AsyncRunLog": "logs",
    "Cost": "costs", "CostReport": "costs", "Grid": "batches",
    "AsyncTrainingJob": "trainings", "Dataset": "trainings", "DatasetReport": "trainings", "TrainingPlan": "trainings",
    "LossCurve": "trainings",
    "AsyncCook": "collections", "Collection": "collections", "Report": "collections", "Issue": "collections",
    "Piece": "collections", "Export": "collections", "AsyncCollections": "catalogues",
    "AsyncStationThis": "clients",
}  # fmt: skip
"""Which file draws what; a class is drawn as its base is."""
_PATIENCE = 15.0
"""Seconds in which a display has to be drawn, lists that are read for it included."""


def bundle_of(thing: Any) -> Bundle:
    """The display of a thing, beside its plain text; what it needs from the service is asked for now, within seconds."""
    return portal.call(bundle_soon(thing))


async def bundle_soon(thing: Any) -> Bundle:
    """The same, from a coroutine."""
    thing = twin(thing)
    try:
        async with asyncio.timeout(_PATIENCE):
            made: Bundle = bundle(await _drawing(thing)(thing))
    except TimeoutError:
        raise TimeoutError(f"the service did not answer within {_PATIENCE:g} s") from None
    return made


def _drawing(thing: Any) -> _Drawn:
    if isinstance(thing, StationThisError):
        return _module("errors").draw  # type: ignore[no-any-return]
    for kind in type(thing).__mro__:
        if kind.__name__ in _WHERE and kind.__module__.startswith("stationthis_sdk."):
            return _module(_WHERE[kind.__name__]).draw  # type: ignore[no-any-return]
    return _module("data").draw  # type: ignore[no-any-return]


def _module(name: str) -> Any:
    return import_module(f"stationthis_sdk.notebook.displays.{name}")


_CELLS: Final = 64
"""Runs of cells whose pictures are remembered."""
_shown: dict[str, set[str]] = {}


def note_shown(thing: Any) -> None:
    """The pictures of this run or batch stand in the cell that is being run, where the bar was: they need not be there twice."""
    _, cell_run = cell_of()
    if not cell_run:
        return
    _shown[cell_run] = _shown.pop(cell_run, set()) | {_named(thing)}  # the latest at the end
    while len(_shown) > _CELLS:
        del _shown[next(iter(_shown))]


def is_shown(thing: Any) -> bool:
    """Whether its pictures stand in this cell already."""
    return _named(thing) in _shown.get(cell_of()[1], ())


def _named(thing: Any) -> str:
    """Which one: a batch that has got on is another sight."""
    return getattr(thing, "id", None) or f"{thing.name}: {thing.state}, {thing.progress}"
