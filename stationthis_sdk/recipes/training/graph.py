"""The graph that trains a LoRA on a ComfyUI: core nodes, and ComfyUI Deploy's for what goes in and comes out."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from stationthis_sdk.context import Context
from stationthis_sdk.deployments import AsyncDeployments
from stationthis_sdk.entities.deployments import DeploymentChange
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.publishing import plan_of_graph
from stationthis_sdk.recipes.training.recipes import Recipe, estimated_seconds, recipe_of

if TYPE_CHECKING:
    from stationthis_sdk.deployment import AsyncDeployment
    from stationthis_sdk.machine import AsyncMachine

__all__ = ["CHECKPOINTS", "install", "install_plan", "lacking_nodes", "training_graph"]

CHECKPOINTS: Final[Mapping[str, str]] = {
    "sdxl": "sd_xl_base_1.0.safetensors",
    "sd15": "v1-5-pruned-emaonly-fp16.safetensors",
    "flux": "flux1-dev-fp8.safetensors",
}
"""What the graph loads where the run names no other: files with model, CLIP and VAE in them."""

_SEED_MAX: Final = 2**32 - 1
_LONGEST_PATH: Final = 1024

_Graph = dict[str, dict[str, Any]]


def training_graph(base: str = "sdxl") -> _Graph:
    """The graph in API format, with the recipe's numbers as defaults.

    Inputs: images (a list, brought to one size), trigger (the caption of every picture), lora_name, run_name, steps,
    learning_rate, rank, batch_size, resolution, seed, checkpoint. Outputs: weights (the .safetensors), and the loss of
    each step as JSON text. ``run_name`` is part of the file's name: give each run one of its own, or a machine that has
    a file of that name already may put out the older one. Needs a ComfyUI from 0.3.75 on.

    Raises:
        InvalidInput: there is no recipe for such a base, or ComfyUI's own nodes can't train it.

    >>> graph = training_graph("sdxl")
    >>> sorted(node["class_type"] for node in graph.values() if node["class_type"].startswith("Train"))
    ['TrainLoraNode']
    """
    recipe = _recipe(base)
    return {**_inputs(recipe), **_work(), **_outputs()}


async def install(
    context: Context,
    name: str | None = None,
    machine: "AsyncMachine | str | None" = None,
    *,
    base: str = "sdxl",
    environment: str = "production",
    run_timeout: int | None = None,
) -> "AsyncDeployment":
    """Upload the graph as a workflow and deploy it; ``deployment.change`` tells what was done.

    name: by default train-lora- and the base. machine: as in ``deployments.publish``. run_timeout: seconds; by default
    half as many again as the recipe's steps are expected to take, and what it has when that is more. The same graph
    again makes no new version.

    Raises:
        InvalidInput: no such base or environment, or the machine's ComfyUI lacks a node; nothing was sent.
        NotFound: there is no such machine.
    """
    recipe, graph = _recipe(base), training_graph(base)
    change = await install_plan(context, name, machine, base=base, environment=environment)
    deployment = await AsyncDeployments(context).publish(
        graph, change.name, environment, machine=machine, comment="Trains a LoRA with ComfyUI's own nodes."
    )
    done = deployment.change
    needed = run_timeout or round(1.5 * estimated_seconds(recipe.steps, recipe.seconds_a_step))
    present = deployment.record.run_timeout or 0
    if present < needed or run_timeout not in {None, present}:
        await deployment.update(run_timeout=needed)
        deployment._change = done  # noqa: SLF001  what was deployed is the news
    return deployment


async def install_plan(
    context: Context,
    name: str | None = None,
    machine: "AsyncMachine | str | None" = None,
    *,
    base: str = "sdxl",
    environment: str = "production",
) -> DeploymentChange:
    """What ``install`` would do; nothing is sent. It raises what that does."""
    recipe, graph = _recipe(base), training_graph(base)
    name = f"train-lora-{recipe.base}" if name is None else name
    planned = await plan_of_graph(
        context, graph, name, environment=environment, machine=machine, object_info=None
    )
    if lacking := await lacking_nodes(context, graph, planned.place.machine_id):
        raise InvalidInput(
            f"The machine has no {', '.join(lacking)}: give it a ComfyUI, 0.3.75 or newer. Nothing was sent."
        )
    return planned.change


def _recipe(base: str) -> Recipe:
    recipe, problems = recipe_of(base, {})
    if recipe is None:
        raise InvalidInput(f"No training graph: {'; '.join(problems)}.")
    if recipe.base not in CHECKPOINTS:
        raise InvalidInput(
            f"No training graph for {recipe.base}: ComfyUI's own nodes train on pictures alone, without what each was "
            f"made from. They train {', '.join(CHECKPOINTS)}; for {recipe.base} deploy a workflow of its own."
        )
    return recipe


async def lacking_nodes(
    context: Context, graph: Mapping[str, Mapping[str, Any]], machine_id: str | None
) -> list[str]:
    """The nodes that a machine is known to lack: a run of theirs would cost and fail. Of the plugin's none."""
    there = None if machine_id is None else await context.service.object_info.classes(machine_id)
    if not there:
        return []  # nobody tells; the run will
    own = {str(node.get("class_type")) for node in graph.values()}
    return sorted(one for one in own - there if not one.startswith(("ComfyUIDeploy", "ComfyDeploy")))


def _inputs(recipe: Recipe) -> _Graph:
    def whole(name: str, words: str, default: int, low: int, high: int) -> dict[str, Any]:
        limits = {"default_value": default, "min_value": low, "max_value": high}
        return _external("NumberSliderInt", name, words, **limits)

    return {
        "1": _external("ImageBatch", "images", "The pictures to learn from", images="[]"),
        "2": _external(
            "Text", "trigger", "The word that calls it, the caption of all pictures", default_value=""
        ),
        "3": _external("Text", "lora_name", "What it is called", default_value="my-lora"),
        "4": _external(
            "Text", "run_name", "A word of the run's own, for its file's name", default_value="run"
        ),
        "5": whole("steps", "How often the weights are bettered", recipe.steps, 1, 100_000),
        "6": _external(
            "Number", "learning_rate", "How far each step goes", default_value=recipe.learning_rate
        ),
        "7": whole("rank", "How much it can hold", recipe.rank, 1, 128),
        "8": whole("batch_size", "Pictures of one step", recipe.batch_size, 1, 64),
        "9": whole("resolution", "The side in pixels they are cropped to", recipe.resolution, 64, 2048),
        "10": _external(
            "Seed", "seed", "Where chance begins", default_value=-1, min_value=0, max_value=_SEED_MAX
        ),
        "11": _external(
            "Checkpoint", "checkpoint", "The model it is for", default_value=CHECKPOINTS[recipe.base]
        ),
    }


def _work() -> _Graph:
    return {
        "20": _node("CheckpointLoaderSimple", ckpt_name=["11", 0]),
        "21": _node(
            "ImageScale",
            image=["1", 0],
            upscale_method="lanczos",
            width=["9", 0],
            height=["9", 0],
            crop="center",
        ),
        "22": _node("RebatchImages", images=["21", 0], batch_size=1),  # a list, as a dataset wants it
        "23": _node("MakeTrainingDataset", images=["22", 0], vae=["20", 2], clip=["20", 1], texts=["2", 0]),
        "24": _node(
            "TrainLoraNode",
            model=["20", 0],
            latents=["23", 0],
            positive=["23", 1],
            batch_size=["8", 0],
            grad_accumulation_steps=1,
            steps=["5", 0],
            learning_rate=["6", 0],
            rank=["7", 0],
            optimizer="AdamW",
            loss_function="MSE",
            seed=["10", 0],
            training_dtype="bf16",
            lora_dtype="bf16",
            algorithm="LoRA",
            gradient_checkpointing=True,
            existing_lora="[None]",
        ),
        "25": _joined("loras", ["3", 0], "/"),
        "26": _joined(["25", 0], ["4", 0], "-"),
        "27": _node("SaveLoRA", lora=["24", 1], prefix=["26", 0]),
    }


def _outputs() -> _Graph:
    """SaveLoRA tells nobody where it saved, so the path is put together again, and given out after the training.

    Output nodes run as soon as they can: what the path is cut with comes from the training, through a picture's width.
    ComfyUI's own plot of the loss is a preview, which the service keeps nowhere; the numbers are put out instead.
    """
    return {
        "30": _joined("output", ["26", 0], "/"),
        "31": _joined(["30", 0], ".safetensors", "_00001_"),
        "32": _node("EmptyImage", width=_LONGEST_PATH, height=1, batch_size=1, color=["24", 3]),
        "33": _node("GetImageSize", image=["32", 0]),
        "34": _node("StringSubstring", string=["31", 0], start=0, end=["33", 0]),
        "35": _node("ComfyDeployOutputFile", file_path=["34", 0], output_id="weights"),
        "36": _node("PreviewAny", source=["24", 2]),
    }


def _external(kind: str, input_id: str, description: str, **fields: Any) -> dict[str, Any]:
    words = {"display_name": "", "description": description}
    return _node(f"ComfyUIDeployExternal{kind}", input_id=input_id, **fields, **words)


def _joined(one: Any, two: Any, between: str) -> dict[str, Any]:
    return _node("StringConcatenate", string_a=one, string_b=two, delimiter=between)


def _node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}
