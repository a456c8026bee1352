"""What a training would be, before anything is sent: everything that is wrong with it at once, how long, what it costs."""

import asyncio
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import attrs

from stationthis_sdk.context import Context
from stationthis_sdk.deployment import AsyncDeployment
from stationthis_sdk.deployments import AsyncDeployments
from stationthis_sdk.entities import InputField
from stationthis_sdk.entities.costs import dollars
from stationthis_sdk.errors import InvalidInput, NotFound, StationThisError
from stationthis_sdk.inputs.check import check_inputs
from stationthis_sdk.money.estimates import estimate_of
from stationthis_sdk.names import loosely
from stationthis_sdk.recipes.training.checking import counted, findings_of
from stationthis_sdk.recipes.training.codes import code_of_findings
from stationthis_sdk.recipes.training.dataset import Dataset
from stationthis_sdk.recipes.training.fetching import fetched
from stationthis_sdk.recipes.training.folders import clear, made, off_loop
from stationthis_sdk.recipes.training.graph import lacking_nodes
from stationthis_sdk.recipes.training.pictures import Resize, is_address
from stationthis_sdk.recipes.training.points import training_points
from stationthis_sdk.recipes.training.recipes import (
    RECIPES,
    Recipe,
    estimated_seconds,
    name_problems,
    recipe_of,
)
from stationthis_sdk.recipes.training.report import DatasetReport, Finding
from stationthis_sdk.recipes.training.words import Fitted, fit
from stationthis_sdk.shown import Shown
from stationthis_sdk.store.trainings import TrainingLedger
from stationthis_sdk.volume.downloads import taken
from stationthis_sdk.volume.loras import place_of

__all__ = ["DEPLOYMENTS", "Ready", "TrainingPlan", "Wish", "plan_of"]

DEPLOYMENTS: Final = ("train-lora", "lora-training", "training", "train")
"""What deployments that train are called, where nobody says; first those that end in the base's name."""
_SECONDS_OF_NODES: Final = {"StationThisTrainLora": 0.02}
"""A step of a node that is not what the recipe's number is of: the local gateway's trains no diffusion model."""
_ELSEWHERE: Final = ("base", "resolution", "run_name")
"""What need not be said: the deployment is of a base, the pictures are of a resolution."""
_ADDRESS: Final = "https://example.com/x"
"""In place of files that are not made before all else is right."""


@attrs.frozen
class Wish:
    """What somebody asks to be trained."""

    dataset: Dataset
    name: Any
    trigger: Any
    base: Any = "sdxl"
    deployment: AsyncDeployment | str | None = None
    resize: Resize = "crop"
    seed: int | None = None
    changes: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen(repr=False)
class TrainingPlan(Shown):
    """What a training would be: its recipe, what is sent and what can't be, and what is wrong.

    ``seconds`` is how long it is expected to work, ``cost`` what that is in US dollars (None where nobody knows),
    ``points`` the product's price. ``problems`` has everything that keeps it from being begun.
    """

    name: str
    deployment: str | None
    recipe: Recipe | None
    report: DatasetReport
    inputs: Mapping[str, Any]
    left_out: Mapping[str, Any]
    seconds: float | None = None
    cost: float | None = None
    points: int | None = None
    problems: tuple[str, ...] = ()
    code: str = "success"

    @property
    def ok(self) -> bool:
        """Whether it can be begun."""
        return not self.problems

    def raise_if_bad(self) -> "TrainingPlan":
        """Return it when it can be begun.

        Raises:
            InvalidInput: it can't; ``problems`` has everything.
        """
        if self.problems:
            told = "; ".join(self.problems[:20]) + (" …" if len(self.problems) > 20 else "")
            error = InvalidInput(
                f"Nothing was sent of training {self.name!r}: {told.rstrip('.')}.", problems=self.problems
            )
            error.code = self.code
            raise error
        return self

    def __repr__(self) -> str:
        count = len(self.problems)
        state = "good" if self.ok else f"{count} problem{'s' if count > 1 else ''}"
        return f"<training plan {self.name!r} on {self.deployment or 'nothing'}: {state}>"

    def __str__(self) -> str:
        lines = [str(self.report)]
        if self.recipe is not None:
            lines.append(", ".join(f"{name} {value}" for name, value in self.recipe.words().items()))
        if self.seconds is not None:
            cost = "of unknown cost" if self.cost is None else f"about {dollars(self.cost)}"
            lines.append(f"about {self.seconds:.0f} s on {self.deployment}, {cost}, {self.points} points")
        elif self.deployment is not None and self.points is not None:
            lines.append(f"nobody knows how long on {self.deployment}, nor the cost; {self.points} points")
        if self.left_out:
            lines.append(f"not sent, as {self.deployment} has no input for it: {', '.join(self.left_out)}")
        return "\n".join([*lines, *(f"problem: {one}" for one in self.problems)])


@attrs.frozen
class Ready:
    """A plan, and what is needed to go through with it. ``folder`` has the pictures that were fetched."""

    plan: TrainingPlan
    dataset: Dataset
    folder: Path
    deployment: AsyncDeployment | None
    recipe: Recipe | None
    fitted: Fitted
    values: Mapping[str, Any]

    def clear(self) -> None:
        """Take the folder away."""
        clear(self.folder)


async def plan_of(context: Context, wish: Wish) -> Ready:
    """Check everything; only reads go out, and pictures behind web addresses are fetched. ``clear`` what comes of it.

    Raises:
        MissingExtra: what looks at pictures is not installed.
        NotFound: there is no such deployment, and nothing else is wrong.
    """
    if not isinstance(wish.dataset, Dataset):
        raise InvalidInput(
            f"dataset is a Dataset, as Dataset.from_folder(…), not {type(wish.dataset).__name__}."
        )
    folder = await asyncio.to_thread(made)
    try:
        return await _planned(context, wish, folder)
    except BaseException:
        await asyncio.to_thread(clear, folder)
        raise


async def _planned(context: Context, wish: Wish, folder: Path) -> Ready:
    missing: NotFound | None = None
    deployment = None
    try:
        deployment = await _deployment_of(context, wish)
    except NotFound as error:
        missing = error
    declared = deployment.inputs if deployment is not None else {}
    words = Recipe.words(RECIPES["sdxl"])
    own = {
        name: _written(value, declared[name])
        for name, value in wish.changes.items()
        if name in declared and name not in words
    }
    recipe, problems = recipe_of(
        wish.base, {name: value for name, value in wish.changes.items() if name not in own}
    )
    problems = [*name_problems(wish.name, wish.trigger), *problems]
    if wish.resize not in {"crop", "fit"}:
        problems.append(f"resize: it is crop or fit, not {wish.resize!r}")
    dataset, report = wish.dataset, DatasetReport(str(wish.base), len(wish.dataset), 0)
    if recipe is not None:
        found: list[Finding] = []
        too_many_or_few = any(one.level == "error" for one in counted(len(dataset), recipe))
        if not too_many_or_few and any(is_address(one.picture) for one in _all(dataset)):
            context.settings.flags.need("uploads")  # what is fetched is to be uploaded
            dataset, found = await fetched(context, dataset, folder)
        trigger = wish.trigger if isinstance(wish.trigger, str) else None
        report = await off_loop(findings_of, dataset, recipe, trigger)
        found += await _of_name(context, wish.name)
        if deployment is not None and (fits := _takes_no_captions(declared, dataset)):
            found.append(fits)
        report = attrs.evolve(report, findings=(*found, *report.findings))
    plain = len(problems)
    problems += [str(one) for one in report.errors]
    fitted, values = Fitted({}, {}), dict(own)
    seconds = cost = None
    if deployment is not None and recipe is not None:
        fitted, values, more = _filled(wish, dataset, recipe, deployment, own)
        problems += more
        if "steps" in fitted.inputs:
            seconds, cost = await _estimated(context, deployment, recipe)
        limit = deployment.record.run_timeout
        if limit is not None and seconds is not None and seconds > limit:
            problems.append(
                f"run_timeout: {deployment.name} is stopped after {limit} s, and {recipe.steps} steps take about "
                f"{seconds:.0f} s: deployment.update(run_timeout={round(seconds * 1.5)}), or ask for fewer steps"
            )
    if missing is not None:
        if not problems:
            raise missing
        problems.append(f"deployment: {missing.message}")
    code = "success"
    if problems:
        code = "invalid_params" if plain else code_of_findings(one.code for one in report.errors)
    plan = TrainingPlan(
        str(wish.name),
        None if deployment is None else deployment.name,
        recipe,
        report,
        {name: value for name, value in values.items() if value is not _ADDRESS and value != [_ADDRESS]},
        fitted.left_out,
        seconds,
        cost,
        None if recipe is None else training_points(report.images, recipe.steps),
        tuple(dict.fromkeys(problems)),
        code,
    )
    return Ready(plan, dataset, folder, deployment, recipe, fitted, values)


async def _of_name(context: Context, name: Any) -> list[Finding]:
    """Whether the volume has a LoRA of this name: what is trained can't be registered under it then."""
    if name_problems(name, "x"):
        return []
    path = "/".join(place_of(name))
    try:
        there = taken(await context.service.volumes.files(), path) is not None
    except StationThisError:  # nobody tells; what was put there from here is known
        there = await TrainingLedger(context.ledger).lora(path) is not None
    if not there:
        return []
    told = (
        f"{path} is in the volume already: choose another name, register it under another, or delete that one"
    )
    return [Finding("name_taken", told, "warning")]


def _takes_no_captions(fields: Mapping[str, InputField], dataset: Dataset) -> Finding | None:
    """Pictures that go as a list, without a place for what they show."""
    captions = sum(bool(one.caption) for one in dataset)
    takes = fit({"dataset": [_ADDRESS], "captions": "[]"}, fields).inputs
    if (
        not captions
        or "captions" in takes
        or "dataset" not in takes
        or fields[takes["dataset"]].kind != "images"
    ):
        return None
    told = f"the {captions} captions are not sent, as it has no input for them: it learns every picture by the trigger alone"
    return Finding("captions_not_sent", told, "warning")


def _written(value: Any, field: InputField) -> Any:
    """A number that was written as text, for an input that wants one."""
    if not isinstance(value, str) or field.kind not in {"number", "integer", "seed"}:
        return value
    plain = value.strip()
    if re.fullmatch(r"[+-]?\d{1,18}", plain, re.ASCII):
        return int(plain)
    return (
        float(plain) if re.fullmatch(r"[+-]?\d{0,18}\.\d{1,18}(e[+-]?\d{1,2})?", plain, re.ASCII) else value
    )


def _all(dataset: Dataset) -> tuple[Any, ...]:
    return (*dataset.samples, *(dataset.control.samples if dataset.control is not None else ()))


async def _deployment_of(context: Context, wish: Wish) -> AsyncDeployment:
    """The one that was named, else one of a usual name.

    Raises:
        NotFound: there is none.
    """
    if isinstance(wish.deployment, AsyncDeployment):
        return wish.deployment
    deployments = AsyncDeployments(context)
    if wish.deployment is not None:
        return await deployments.get(wish.deployment)
    base = wish.base if isinstance(wish.base, str) else ""
    names = [f"{name}-{base}" for name in DEPLOYMENTS[:2] if base] + list(DEPLOYMENTS)
    for refresh in (False, True):
        found = {loosely(one.name): one for one in reversed(await deployments.list(refresh=refresh))}
        there = [found[name] for name in dict.fromkeys(map(loosely, names)) if name in found]
        for one in there[:-1]:
            graph, machine_id = one.record.graph, one.record.machine_id
            if graph is None or not await lacking_nodes(context, graph, machine_id):
                return one
        if there:
            return there[-1]
    raise NotFound(
        f"No deployment is called {DEPLOYMENTS[0]!r} or {DEPLOYMENTS[1]!r}: name the one that trains with "
        "deployment='…', or make one with st.trainings.install().",
        suggestions=sorted(one.name for one in found.values()),
    )


def _filled(
    wish: Wish, dataset: Dataset, recipe: Recipe, deployment: AsyncDeployment, own: Mapping[str, Any]
) -> tuple[Fitted, dict[str, Any], list[str]]:
    """Which input takes what, the values that are known, and what is wrong with those."""
    words: dict[str, Any] = {
        "dataset": _ADDRESS, "name": wish.name, "trigger": wish.trigger, "base": recipe.base, **recipe.words(),
    }  # fmt: skip
    words["run_name"] = secrets.token_hex(4)  # of files that are named by it, none is an older run's
    if wish.seed is not None:
        words["seed"] = wish.seed
    free = {name: field for name, field in deployment.inputs.items() if name not in own}
    found = fit(words, free)
    problems = []
    takes = found.inputs.get("dataset")
    if takes is None:
        problems.append(
            f"deployment: {deployment.name} has no input for a dataset, a file or a list of pictures; its inputs: "
            f"{', '.join(deployment.inputs) or 'none'}"
        )
    elif free[takes].kind == "images":
        words["dataset"] = [_ADDRESS]
        words["captions"] = "[]"
        if dataset.control is not None:
            words["control"] = [_ADDRESS]
        found = fit(words, free)
        if dataset.control is not None and "control" not in found.inputs:
            problems.append(
                f"control: {deployment.name} takes a list of pictures and has no input for a control set: leave it out, or "
                "name a deployment that has one"
            )
    elif dataset.control is not None:
        by_control = fit({**words, "control": _ADDRESS}, free)
        found = by_control if "control" in by_control.inputs else found  # else it goes into the ZIP
    values = {name: words[word] for word, name in found.inputs.items()} | dict(own)
    sound = not name_problems(wish.name, wish.trigger)
    try:
        check_inputs(
            values if sound else {**values, **_instead(found)}, deployment.inputs, name=deployment.name
        )
    except InvalidInput as error:
        problems += [one for one in error.problems if takes is not None or "needs" not in one]
    left_out = {word: value for word, value in found.left_out.items() if word not in _ELSEWHERE}
    return Fitted(found.inputs, left_out), values, problems


def _instead(found: Fitted) -> dict[str, str]:
    """What is wrong with name and trigger was told: here they are right."""
    return {found.inputs[word]: "x" for word in ("name", "trigger") if word in found.inputs}


async def _estimated(
    context: Context, deployment: AsyncDeployment, recipe: Recipe
) -> tuple[float, float | None]:
    """How long it takes, by earlier trainings of this deployment, else by the recipe; and what that costs."""
    seconds = await TrainingLedger(context.ledger).seconds_a_step(
        deployment.id, recipe.resolution, recipe.batch_size
    )
    if seconds is None:
        classes = {str(node.get("class_type")) for node in (deployment.record.graph or {}).values()}
        of_node = next((_SECONDS_OF_NODES[one] for one in classes if one in _SECONDS_OF_NODES), None)
        usual = RECIPES[recipe.base]
        larger = (recipe.resolution / usual.resolution) ** 2 * recipe.batch_size / usual.batch_size
        seconds = recipe.seconds_a_step * larger if of_node is None else of_node
    took = estimated_seconds(recipe.steps, seconds)
    rate = (await estimate_of(context, deployment.record)).rate
    return took, None if rate is None else took * rate.value
