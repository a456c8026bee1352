"""The installed training graph on a real ComfyUI: a few steps on random weights, and what comes out of it."""

import json

import numpy as np
import pytest
from safetensors import deserialize

from stationthis_sdk import RunFailed
from stationthis_sdk.recipes.training.dataset import Dataset
from stationthis_sdk.recipes.training.graph import install, training_graph
from tests.local.engine.test_training import reddish
from tests.real_comfyui.test_gateway import gateway, st  # noqa: F401  fixtures
from tests.recipes.training.conftest import picture

pytestmark = pytest.mark.timeout(900)  # torch is imported first, and the processor is shared


@pytest.fixture
async def deployment(st):  # noqa: F811  a fixture
    """The graph, installed on the machine that is the real ComfyUI."""
    return await install(st.deployments._context, machine="comfyui")


@pytest.fixture
def dogs(tmp_path):
    """Ten pictures without captions."""
    for number in range(10):
        picture(number).save(tmp_path / f"{number}.png")
    return Dataset.from_folder(tmp_path)


def words(**more):
    """Inputs of a training that takes seconds."""
    few = {"steps": 6, "rank": 2, "resolution": 64, "learning_rate": 1e-3, "seed": 5}
    names = {"trigger": "mycat", "lora_name": "my-cat", "checkpoint": "random.safetensors"}
    return {"images": [reddish(number) for number in range(3)], **names, **few, **more}


def parts_of(content: bytes) -> dict:
    """The tensors of a .safetensors file, bf16 as the upper halves of floats."""
    found = {}
    for name, told in deserialize(content):
        assert told["dtype"] == "BF16"
        halves = np.frombuffer(told["data"], "<u2").astype("<u4") << 16
        found[name] = halves.view("<f4").reshape(told["shape"])
    return found


async def test_a_few_steps_give_weights_and_losses(deployment, tmp_path):
    """What is saved is a LoRA of the checkpoint's own layers that has moved, and the loss of each step is told."""
    run = await deployment(**words(run_name=tmp_path.parent.name + tmp_path.name))
    assert run.state == "success"
    outputs = {item.output_id: item for item in run.record.outputs}
    losses = json.loads(outputs[None].text)["loss"]
    assert len(losses) == 6
    assert all(0 < loss < 10 for loss in losses)
    paths = await run.save(tmp_path / "out", sidecar=False)
    (path,) = [one for one in paths if one.suffix == ".safetensors"]
    parts = parts_of(path.read_bytes())
    up = "diffusion_model.context_embedder.lora_up.weight"
    assert parts[up].shape == (128, 2)
    assert parts[up.replace("lora_up", "lora_down")].shape == (2, 4096)
    assert np.abs(parts[up]).max() > 0  # it is 0 before the first step
    assert outputs["weights"].filename.startswith("my-cat-")


async def test_each_run_gives_its_own_weights(deployment, tmp_path):
    """Two trainings of one name, on a machine that keeps its files: neither gives the other's."""
    contents = []
    for number, rate in enumerate((1e-3, 1e-2)):
        run_name = f"{tmp_path.parent.name}{tmp_path.name}{number}"
        run = await deployment(**words(run_name=run_name, learning_rate=rate, steps=2))
        (weights,) = [one for one in run.outputs if one.name == "weights"]
        contents.append(await weights.bytes())
    assert contents[0] != contents[1]


async def test_installing_it_again_changes_nothing(st, deployment):  # noqa: F811
    """The same graph is no new version, and the time it may take stays."""
    again = await install(st.deployments._context, machine="comfyui")
    assert (deployment.change.kind, again.change.kind) == ("new", "unchanged")
    assert (again.id, again.version) == (deployment.id, 1)
    assert again.record.run_timeout == deployment.record.run_timeout > 300


async def test_a_training_is_followed_and_cancelled(deployment, tmp_path):
    """Its steps move the progress within the one node, and it is left in the middle."""
    run = await deployment.submit(**words(steps=100, run_name=f"cancelled{tmp_path.name}"))
    seen = set()
    async for event in run.follow():
        if event.progress.message == "Executing TrainLoraNode":
            seen.add(event.progress.fraction)
        if len(seen) == 2:
            await run.cancel()
            break
    assert run.state == "cancelled"
    next_one = await deployment(**words(steps=1, run_name=f"next{tmp_path.name}"))
    assert next_one.state == "success"


@pytest.mark.parametrize("base", ["sdxl", "sd15", "flux"])
async def test_every_graph_is_one_that_this_comfyui_has_the_nodes_for(st, base):  # noqa: F811
    """All it finds fault with is a checkpoint that is not there."""
    checkpoint = training_graph(base)["11"]["inputs"]["default_value"]
    installed = await install(st.deployments._context, base=base, machine="comfyui")
    with pytest.raises(RunFailed) as failed:
        await installed(**{**words(), "checkpoint": checkpoint})
    told = str(failed.value)
    assert f"ckpt_name: '{checkpoint}' not in" in told
    assert told.count("node ") == 1


async def test_a_dataset_is_trained_on(st, deployment, dogs):  # noqa: F811
    """The SDK's own way: pictures from a folder, each run a name of its own, weights and losses of every step."""
    job = await st.train_lora(
        dogs,
        name="my-dog",
        trigger="mydog",
        deployment=deployment,
        steps=100,
        rank=2,
        resolution=64,
        checkpoint="random.safetensors",
        wait=True,
    )
    assert (job.state, len(job.loss), job.step) == ("success", 100, 100)
    parts = parts_of(await job.weights.bytes())
    assert parts["diffusion_model.context_embedder.lora_up.weight"].shape == (128, 2)
    assert set(job.left_out) == {
        "alpha", "captions", "checkpoint_every", "dropout", "optimizer", "scheduler",
    }  # fmt: skip
