"""Beginning a training: checked as a whole, packed, sent once, and written down."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import attrs
import orjson

from stationthis_sdk.context import Context
from stationthis_sdk.deployment import AsyncDeployment
from stationthis_sdk.errors import AmbiguousSubmit, StationThisError
from stationthis_sdk.interrupts import carried_through
from stationthis_sdk.logs import logger
from stationthis_sdk.recipes.training.codes import coded
from stationthis_sdk.recipes.training.folders import Check, off_loop
from stationthis_sdk.recipes.training.job import AsyncTrainingJob
from stationthis_sdk.recipes.training.packing import Packed, pack, paired, picture_files
from stationthis_sdk.recipes.training.planning import Ready, Wish, plan_of
from stationthis_sdk.recipes.training.recipes import Recipe
from stationthis_sdk.store.trainings import TrainingLedger, TrainingRow

if TYPE_CHECKING:
    from stationthis_sdk.recipes.training.planning import TrainingPlan

__all__ = ["begin", "drawn", "planned"]


async def planned(context: Context, wish: Wish) -> "TrainingPlan":
    """What it would be; nothing is sent."""
    with coded("begin"):
        context.settings.flags.need("training")
        ready = await plan_of(context, wish)
    await asyncio.to_thread(ready.clear)
    return ready.plan


async def begin(
    context: Context,
    wish: Wish,
    *,
    shown: bool,
    submit_id: str | None = None,
    first: Callable[[], Awaitable[None]] | None = None,
) -> AsyncTrainingJob:
    """Check, pack, send; what is wrong is told before anything is uploaded.

    submit_id: 32 hexadecimal digits, of a caller that writes them down; else they are drawn. first: done once all is found to
    be right, and before anything is packed or sent; what it raises is passed on.

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
            if first is not None:
                await first()
            _tell_left_out(ready, wish)
            values, packed = await off_loop(_packed, ready, ready.recipe, wish)
            known = submit_id or drawn(), ready, ready.deployment, ready.recipe
            return await _sent(context, *known, wish, values, packed, shown=shown)
        finally:
            await asyncio.to_thread(ready.clear)


def drawn() -> str:
    """An id for a submit, like no other."""
    return secrets.token_hex(16)


async def _sent(
    context: Context,
    submit_id: str,
    ready: Ready,
    deployment: AsyncDeployment,
    recipe: Recipe,
    wish: Wish,
    values: dict[str, Any],
    packed: Packed,
    *,
    shown: bool,
) -> AsyncTrainingJob:
    ledger = TrainingLedger(context.ledger)
    row = TrainingRow(
        submit_id,  # until the run has an id: whatever becomes of this process, it is known what was begun
        wish.name,
        recipe.base,
        wish.trigger,
        {word: value for word, value in recipe.words().items() if word in ready.fitted.inputs}
        | {"left_out": sorted(ready.fitted.left_out)},
        {
            "images": len(ready.dataset),
            "captions": sum(bool(one.caption) for one in ready.dataset),
            "sha256": packed.sha256,
            "bytes": packed.size,
            "resolution": recipe.resolution,
        },
    )
    await ledger.put(row)
    try:
        run = await deployment._submit(values, submit_id)  # noqa: SLF001 - the two know each other
    except AmbiguousSubmit:
        raise  # the run may be found yet
    except StationThisError:
        await carried_through(ledger.drop(submit_id))
        raise
    row = attrs.evolve(row, run_id=run.id)
    await carried_through(
        ledger.put(row)
    )  # where it ran elsewhere after all: the submit's row is bound by now
    await carried_through(ledger.drop(submit_id))
    job = AsyncTrainingJob(context, run, row)
    if shown:
        run._show_in_background()  # noqa: SLF001 - likewise
    return job


def _packed(ready: Ready, recipe: Recipe, wish: Wish, *, check: Check) -> tuple[dict[str, Any], Packed]:
    """The inputs as they are sent, with the files that were made for them."""
    dataset, inputs, folder = paired(ready.dataset), ready.fitted.inputs, ready.folder
    values = dict(ready.values)
    control = dataset.control
    if "control" in inputs:
        dataset = attrs.evolve(dataset, control=None)
    how: dict[str, Any] = {
        "resolution": recipe.resolution,
        "resize": wish.resize,
        "trigger": wish.trigger,
        "check": check,
    }
    if isinstance(values[inputs["dataset"]], list):
        (folder / "pictures").mkdir()
        packed = picture_files(dataset, folder / "pictures", **how)
        values[inputs["dataset"]] = [*packed.paths]
        if "captions" in inputs:
            values[inputs["captions"]] = orjson.dumps(dataset.captions(wish.trigger)).decode()
        if "control" in inputs and control is not None:
            (folder / "control").mkdir()
            values[inputs["control"]] = [*picture_files(control, folder / "control", **how).paths]
    else:
        packed = pack(dataset, folder / f"{wish.name}.zip", **how)
        values[inputs["dataset"]] = packed.paths[0]
        if "control" in inputs and control is not None:
            values[inputs["control"]] = pack(control, folder / f"{wish.name}-control.zip", **how).paths[0]
    return values, packed


def _tell_left_out(ready: Ready, wish: Wish) -> None:
    """Say what was asked for and can't be sent."""
    asked = [name for name in ready.fitted.left_out if name in {*wish.changes, "captions", "seed"}]
    if asked:
        logger("trainings").warning(
            "%s has no input for %s: its own value holds.", ready.plan.deployment, ", ".join(asked)
        )
