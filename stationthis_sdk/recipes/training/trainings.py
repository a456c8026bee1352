"""The trainings that were begun on this machine."""

import math
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

import attrs

from stationthis_sdk.context import Context
from stationthis_sdk.deployment import AsyncDeployment
from stationthis_sdk.entities.deployments import DeploymentChange
from stationthis_sdk.errors import NotFound
from stationthis_sdk.listing import Listing
from stationthis_sdk.recipes.training.beginning import begin, planned
from stationthis_sdk.recipes.training.codes import coded
from stationthis_sdk.recipes.training.dataset import Dataset
from stationthis_sdk.recipes.training.frames import frame_of_trainings
from stationthis_sdk.recipes.training.graph import install, install_plan
from stationthis_sdk.recipes.training.job import AsyncTrainingJob, OnMilestone
from stationthis_sdk.recipes.training.pictures import Resize
from stationthis_sdk.recipes.training.planning import TrainingPlan, Wish
from stationthis_sdk.recipes.training.words import KINDS, WORDS, word_of
from stationthis_sdk.run_lists import AsyncRuns
from stationthis_sdk.runs import AsyncRun, OnProgress
from stationthis_sdk.shown import Shown
from stationthis_sdk.store.trainings import TrainingLedger, TrainingRow

if TYPE_CHECKING:
    from stationthis_sdk.machine import AsyncMachine

__all__ = ["AsyncTrainings"]


class AsyncTrainings(Shown):
    """Trainings: ``st.train_lora`` begins one."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __repr__(self) -> str:
        return "<trainings: get(run_id), list(), plan(dataset, name=…, trigger=…), install()>"

    async def get(self, run_id: str) -> AsyncTrainingJob:
        """The training of this run, also of one that another process, or another machine, began.

        Raises:
            NotFound: there is no such run, or it trains nothing.
            FeatureDisabled: the flag training is off.

        Example:
            >>> await st.trainings.get("5ea8723e-4701-4d69-8604-8932801f2083")
            Traceback (most recent call last):
            ...
            stationthis_sdk.errors.NotFound: ...
        """
        with coded("find"):
            self._context.settings.flags.need("training")
            store = TrainingLedger(self._context.ledger)
            run = await AsyncRuns(self._context).get(run_id)
            row = await store.get(run.id)
            if row is None and run.record.submit_id is not None:
                await store.bind(run.record.submit_id, run.id)
                row = await store.get(run.id)
            if row is None:
                await store.put(_adopted(run))
                row = await store.get(run.id) or _adopted(run)
        job = AsyncTrainingJob(self._context, run, row)
        with coded("watch"):
            await job._hear_first()  # noqa: SLF001 - the two know each other
        return job

    async def list(self) -> Listing[AsyncTrainingJob]:
        """Those that were begun on this machine, the newest first, as they were last heard of here; asks nobody.

        Example:
            >>> (await st.trainings.list()).to_frame().columns[:3].tolist()
            ['run_id', 'name', 'base']
        """
        ledger = self._context.ledger
        rows = await TrainingLedger(ledger).all()
        kept = {one.record.id: one for one in await ledger.runs_known(row.run_id for row in rows)}
        jobs = []
        for row in rows:
            if (run := kept.get(row.run_id)) is not None:
                heard = AsyncRun(self._context, run.record, reason=run.reason, cost=run.cost)
                jobs.append(AsyncTrainingJob(self._context, heard, row))
        return Listing(jobs, frame_of_trainings)

    async def plan(
        self,
        dataset: Dataset,
        *,
        name: str,
        trigger: str,
        base: str = "sdxl",
        deployment: AsyncDeployment | str | None = None,
        resize: Resize = "crop",
        seed: int | None = None,
        **recipe: Any,
    ) -> TrainingPlan:
        """Say what ``st.train_lora`` would do with the same arguments: what is wrong, how long, what it costs.

        Nothing is uploaded, nothing is started. Pictures behind web addresses are fetched, to be looked at.

        Raises:
            NotFound: there is no deployment that trains, and nothing else is wrong.
            MissingExtra: Pillow or imagehash is not installed.
        """
        wish = Wish(dataset, name, trigger, base, deployment, resize, seed, recipe)
        return await planned(self._context, wish)

    async def install(
        self,
        name: str | None = None,
        *,
        base: str = "sdxl",
        machine: "AsyncMachine | str | None" = None,
        environment: str = "production",
        run_timeout: int | None = None,
    ) -> AsyncDeployment:
        """Upload a graph that trains with ComfyUI's own nodes, and deploy it; ``deployment.change`` tells what was done.

        name: by default train-lora- and the base. machine: its ComfyUI is 0.3.75 or newer. run_timeout: in seconds; by
        default what the recipe's steps are expected to take, and half as much again. The same again makes no new version.

        Raises:
            InvalidInput: there is no such graph for this base, or the machine lacks a node; nothing was sent.
            NotFound: there is no such machine.
            FeatureDisabled: the flag training is off.
        """
        self._context.settings.flags.need("training")
        return await install(
            self._context, name, machine, base=base, environment=environment, run_timeout=run_timeout
        )

    async def install_plan(
        self,
        name: str | None = None,
        *,
        base: str = "sdxl",
        machine: "AsyncMachine | str | None" = None,
        environment: str = "production",
    ) -> DeploymentChange:
        """Say what ``install`` would do with the same arguments; nothing is sent.

        Raises:
            InvalidInput, NotFound, FeatureDisabled: as ``install`` does.
        """
        self._context.settings.flags.need("training")
        return await install_plan(self._context, name, machine, base=base, environment=environment)

    async def train(
        self,
        dataset: Dataset,
        *,
        name: str,
        trigger: str,
        base: str = "sdxl",
        deployment: AsyncDeployment | str | None = None,
        resize: Resize = "crop",
        seed: int | None = None,
        wait: bool = False,
        on_progress: OnProgress | None = None,
        on_milestone: OnMilestone | None = None,
        **recipe: Any,
    ) -> AsyncTrainingJob:
        """Train a model; the same as ``st.train_lora``."""
        wish = Wish(dataset, name, trigger, base, deployment, resize, seed, recipe)
        job = await begin(self._context, wish, shown=not wait)
        if wait:
            await job.wait(on_progress=on_progress, on_milestone=on_milestone)
        return job

    async def _begun(
        self,
        submit_id: str,
        dataset: Dataset,
        first: Callable[[], Awaitable[None]],
        *,
        name: str,
        trigger: str,
        base: str = "sdxl",
        deployment: AsyncDeployment | str | None = None,
        resize: Resize = "crop",
        seed: int | None = None,
        **recipe: Any,
    ) -> AsyncTrainingJob:
        """The same under an id that ``first`` writes down: whatever becomes of this process, what came of it is found."""
        wish = Wish(dataset, name, trigger, base, deployment, resize, seed, recipe)
        return await begin(self._context, wish, shown=True, submit_id=submit_id, first=first)


def _adopted(run: AsyncRun) -> TrainingRow:
    """What a run's inputs tell of the training that it is.

    Raises:
        NotFound: it is none.
    """
    told = {word: value for name, value in run.inputs.items() if (word := word_of(name)) is not None}
    if "dataset" not in told or not (told.keys() & {"name", "trigger", "steps"}):
        raise NotFound(
            f"Run {run.id} is no training: none was begun here, and it has no dataset among its inputs.",
            run_id=run.id,
        )
    recipe = {word: _number(word, told[word]) for word in WORDS if word in told and word not in _OF_ITSELF}
    recipe = {word: value for word, value in recipe.items() if value is not None}
    name, base, trigger = (str(told.get(word, "")) for word in ("name", "base", "trigger"))
    row = TrainingRow(run.id, name, base, trigger, recipe)
    created = run.record.created_at
    return row if created is None else attrs.evolve(row, created_at=created.timestamp())


def _number(word: str, value: Any) -> Any:
    """What a recipe counts with, also where it was sent as text; None for what is no number."""
    if word not in KINDS:
        return value
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    if not math.isfinite(number):
        return None
    return int(number) if number == int(number) else number


_OF_ITSELF: Final = ("dataset", "captions", "control", "name", "trigger", "base")
