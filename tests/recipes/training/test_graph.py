"""The graph that trains on a ComfyUI: what it is made of, and how it comes to a deployment."""

import pytest

from stationthis_sdk import InvalidInput, NotFound
from stationthis_sdk.graphs.external import is_link
from stationthis_sdk.inputs.fields import inputs_in
from stationthis_sdk.recipes.training.graph import CHECKPOINTS, install, training_graph
from stationthis_sdk.recipes.training.recipes import RECIPES
from stationthis_sdk.recipes.training.words import fit
from tests.recipes.training.conftest import NODES
from tests.small_graphs import asked
from tests.wire import Wire, answer


@pytest.fixture(params=sorted(CHECKPOINTS))
def base(request):
    """Every family that ComfyUI's own nodes train."""
    return request.param


def test_its_inputs_have_the_recipes_numbers(base):
    """What a recipe says and a dataset gives finds its input, by its usual name."""
    inputs, recipe = inputs_in(training_graph(base)), RECIPES[base]
    told = {name: inputs[name].default for name in inputs}
    for word in ("steps", "learning_rate", "rank", "batch_size", "resolution"):
        assert told[word] == getattr(recipe, word)
        assert inputs[word].kind == ("number" if word == "learning_rate" else "integer")
    assert (inputs["images"].kind, inputs["images"].required) == ("images", True)
    assert told["checkpoint"] == CHECKPOINTS[base]
    words = {"dataset": [], "name": "x", "trigger": "x", "seed": 1, "run_name": "x", **recipe.words()}
    fitted = fit(words, inputs)
    assert set(fitted.inputs.values()) == set(inputs) - {"checkpoint"}
    assert set(fitted.left_out) == {"alpha", "dropout", "scheduler", "optimizer", "checkpoint_every"}


def test_it_is_whole(base):
    """Every link leads to a node, only the plugin's and ComfyUI's own classes are in it, and all serves an output."""
    graph = training_graph(base)
    classes = {node["class_type"] for node in graph.values()}
    assert {one for one in classes if not one.startswith("Comfy")} == NODES
    assert {one for one in classes if one.startswith("ComfyDeploy")} == {"ComfyDeployOutputFile"}
    ahead = [
        node_id
        for node_id, node in graph.items()
        if node["class_type"] in {"SaveLoRA", "PreviewAny", "ComfyDeployOutputFile"}
    ]
    reached = set()
    while ahead:
        node_id = ahead.pop()
        if node_id not in reached:
            reached.add(node_id)
            ahead += [value[0] for value in graph[node_id]["inputs"].values() if is_link(value)]
    assert reached == set(graph)


def test_each_is_a_graph_of_its_own():
    """Whoever changes one changes no other."""
    training_graph()["24"]["inputs"]["optimizer"] = "SGD"
    assert training_graph()["24"]["inputs"]["optimizer"] == "AdamW"


@pytest.mark.parametrize(
    ("base", "words"),
    [
        ("kontext", "No training graph for kontext.*sdxl, sd15, flux"),
        ("wan", "'wan' is no family"),
        (None, "None"),
    ],
)
def test_a_base_that_it_cannot_train(base, words):
    """The error says which ones it can."""
    with pytest.raises(InvalidInput, match=words):
        training_graph(base)


async def test_it_is_installed_once(own, ast, gpu):
    """A workflow and its deployment, with the time a training needs; again it is the same; another base is another."""
    context = ast.deployments._context
    made = await install(context, machine="gpu")
    assert (made.name, made.environment, made.version) == ("train-lora-sdxl", "production", 1)
    assert made.change.kind == "new"
    assert made.record.run_timeout >= RECIPES["sdxl"].steps * RECIPES["sdxl"].seconds_a_step
    assert made.record.graph == training_graph("sdxl")
    again = await install(context, machine="gpu")
    assert (again.id, again.version, again.change.kind) == (made.id, 1, "unchanged")
    assert len(asked(ast, "PATCH")) == 1
    flux = await install(context, machine="gpu", base="flux")
    assert (flux.name, flux.version) == ("train-lora-flux", 1)
    assert flux.record.run_timeout > made.record.run_timeout


async def test_the_time_it_may_take_is_ones_own(own, ast, gpu):
    """What was asked for holds; what is long enough already is left."""
    context = ast.deployments._context
    made = await install(context, "mine", "gpu", run_timeout=7200)
    assert (made.name, made.record.run_timeout) == ("mine", 7200)
    assert (await install(context, "mine", "gpu")).record.run_timeout == 7200
    assert (await install(context, "mine", "gpu", run_timeout=900)).record.run_timeout == 900


async def test_a_machine_that_lacks_a_node_is_refused(own, ast, gpu):
    """By what its ComfyUI says of itself; nothing is uploaded."""
    with Wire(answer(200, {one: {} for one in NODES - {"MakeTrainingDataset", "TrainLoraNode"}})) as comfyui:
        await ast.machines.create_custom("old", f"http://127.0.0.1:{comfyui.port}/")
        with pytest.raises(
            InvalidInput, match=r"no MakeTrainingDataset, TrainLoraNode: give it a ComfyUI, 0\.3\.75"
        ):
            await install(ast.deployments._context, machine="old")
    with pytest.raises(NotFound):
        await ast.workflows.get("train-lora-sdxl")


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"base": "kontext"}, InvalidInput),
        ({"machine": "nowhere"}, NotFound),
        ({"environment": "here"}, InvalidInput),
    ],
)
async def test_what_cannot_be_installed(own, ast, gpu, wrong, error):
    """Nothing is sent."""
    with pytest.raises(error):
        await install(ast.deployments._context, **{"machine": "gpu", **wrong})
    assert asked(ast, "POST") == []


async def test_the_built_in_engine_lacks_nodes_and_says_so(own, ast):
    """Its machine tells what there is: nothing is uploaded that could only fail."""
    with pytest.raises(InvalidInput, match="has no CheckpointLoaderSimple, MakeTrainingDataset"):
        await install(ast.deployments._context, machine="this-machine")
    with pytest.raises(NotFound):
        await ast.workflows.get("train-lora-sdxl")
    with pytest.raises(NotFound, match="Nobody tells"):
        await (await ast.machines.get("this-machine")).object_info()  # names alone are none


async def test_a_plan_of_installing_sends_nothing(own, ast, gpu):
    """It says what would be done, and refuses what would be refused."""
    change = await ast.trainings.install_plan(machine="gpu")
    assert (change.kind, change.name, change.uploads) == ("new", "train-lora-sdxl", "workflow")
    with pytest.raises(InvalidInput, match="has no CheckpointLoaderSimple"):
        await ast.trainings.install_plan(machine="this-machine")
    with pytest.raises(NotFound):
        await ast.workflows.get("train-lora-sdxl")
