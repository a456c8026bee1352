"""Beginning a training: checked as a whole, packed, sent once, and written down."""

import asyncio
from typing import TYPE_CHECKING, Any

import attrs
import orjson

from stationthis_sdk.context import Context
from stationthis_sdk.deployment import AsyncDeployment
from stationthis_sdk.interrupts import carried_through
from stationthis_sdk.logs import logger
from stationthis_sdk.recipes.training.codes import coded
from stationthis_sdk.recipes.training.job import AsyncTrainingJob
from stationthis_sdk.recipes.training.packing import Packed, pack, picture_files
from stationthis_sdk.recipes.training.planning import Ready, Wish, plan_of
from stationthis_sdk.recipes.training.recipes import Recipe
from stationthis_sdk.store.trainings import TrainingLedger, TrainingRow

if TYPE_CHECKING:
    from stationthis_sdk.recipes.training.planning import TrainingPlan

__all__ = ["begin", "planned"]


async def planned(context: Context, wish: Wish) -> "TrainingPlan":
    """What it would be; nothing is sent."""
    with coded("begin"):
        context.settings.flags.need("training")
        ready = await plan_of(context, wish)
    await asyncio.to_thread(ready.clear)
    return ready.plan


async def begin(context: Context, wish: Wish, *, shown: bool) -> AsyncTrainingJob:
    """Check, pack, send; what is wrong is told before anything is uploaded.

    Raises:
        InvalidInput: ``problems`` has everything that is wrong; nothing was sent.
        NotFound: there is no deployment that trains; nothing was sent.
        FeatureDisabled: the flag training or uploads is off; nothing was sent.
        AmbiguousSubmit: the service's answer was lost; the run may exist.
    """
    with coded("begin"):
        context.settings.flags.need("training")
        context.settings.flags.need("uploads")
        ready = await plan_of(context, wish)
        try:
            ready.plan.raise_if_bad()
            if ready.deployment is None or ready.recipe is None:
                raise AssertionError("a plan without problems has both")
            _tell_left_out(ready, wish)
            values, packed = await asyncio.to_thread(_packed, ready, ready.recipe, wish)
            return await _sent(context, ready, ready.deployment, wish, values, packed, shown=shown)
        finally:
            await asyncio.to_thread(ready.clear)


async def _sent(
    context: Context,
    ready: Ready,
    deployment: AsyncDeployment,
    wish: Wish,
    values: dict[str, Any],
    packed: Packed,
    *,
    shown: bool,
) -> AsyncTrainingJob:
    run = await deployment._submit(values)  # noqa: SLF001 - the two know each other
    recipe = ready.recipe.words() if ready.recipe is not None else {}
    row = TrainingRow(
        run.id,
        wish.name,
        ready.recipe.base if ready.recipe is not None else "",
        wish.trigger,
        {word: recipe[word] for word in recipe if word in ready.fitted.inputs}
        | {"left_out": sorted(ready.fitted.left_out)},
        {
            "images": len(ready.dataset),
            "captions": sum(bool(one.caption) for one in ready.dataset),
            "sha256": packed.sha256,
            "bytes": packed.size,
        },
    )
    await carried_through(TrainingLedger(context.ledger).put(row))
    job = AsyncTrainingJob(context, run, row)
    if shown:
        run._show_in_background()  # noqa: SLF001 - likewise
    return job


def _packed(ready: Ready, recipe: Recipe, wish: Wish) -> tuple[dict[str, Any], Packed]:
    """The inputs as they are sent, with the files that were made for them."""
    dataset, inputs, folder = ready.dataset, ready.fitted.inputs, ready.folder
    values = dict(ready.values)
    control = dataset.control
    if "control" in inputs:
        dataset = attrs.evolve(dataset, control=None)
    how: dict[str, Any] = {"resolution": recipe.resolution, "resize": wish.resize}
    packed = pack(dataset, folder / f"{wish.name}.zip", trigger=wish.trigger, **how)
    if isinstance(values[inputs["dataset"]], list):
        (folder / "pictures").mkdir()
        values[inputs["dataset"]] = picture_files(dataset, folder / "pictures", **how)
        if "captions" in inputs:
            values[inputs["captions"]] = orjson.dumps(dataset.captions(wish.trigger)).decode()
        if "control" in inputs and control is not None:
            (folder / "control").mkdir()
            values[inputs["control"]] = picture_files(control, folder / "control", **how)
    else:
        values[inputs["dataset"]] = packed.path
        if "control" in inputs and control is not None:
            values[inputs["control"]] = pack(
                control, folder / f"{wish.name}-control.zip", trigger=wish.trigger, **how
            ).path
    return values, packed


def _tell_left_out(ready: Ready, wish: Wish) -> None:
    """Say what was asked for and can't be sent."""
    asked = [name for name in ready.fitted.left_out if name in {*wish.changes, "captions", "seed"}]
    if asked:
        logger("trainings").warning(
            "%s has no input for %s: its own value holds.", ready.plan.deployment, ", ".join(asked)
        )
