"""make_image on a real ComfyUI: an image, an image out of an image, and a chain of the two."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest

from stationthis_sdk import AsyncStationThis, chain
from stationthis_sdk.local import Gateway
from tests.local.comfyui.conftest import node
from tests.local.conftest import Api
from tests.local.routes import people
from tests.real_comfyui.test_graphs import EXTERNAL, fox, sampled


@pytest.fixture
async def gateway(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Gateway]:
    """In front of the real ComfyUI."""
    gateway = Gateway(tmp_path / "data", comfyui=[request.config.getoption("--comfyui")])
    await gateway.start()
    yield gateway
    await gateway.stop()


@pytest.fixture
async def st(gateway: Gateway) -> AsyncIterator[AsyncStationThis]:
    """A client that has two deployments: standard draws from words, repaint draws over a picture."""
    async with aiohttp.ClientSession() as session:
        api = Api(gateway, session)
        machine_id = await people.machine_named(api, "comfyui")
        for name, graph in (("standard", standard()), ("repaint", repaint())):
            workflow_id = await people.workflow(api, name, graph)
            assert (await people.deploy(api, workflow_id, machine_id=machine_id)).status == 200
    async with AsyncStationThis(gateway.key, gateway.base_url) as client:
        yield client


def standard() -> dict[str, Any]:
    """Steps of a sampler on random weights, with the product's names for its inputs."""
    graph = sampled(1, steps=2)
    graph["20"]["inputs"]["input_id"] = "input_prompt"
    graph["21"]["inputs"]["input_id"] = "input_seed"
    graph["22"] = node(
        f"{EXTERNAL}NumberSliderInt", input_id="input_steps", default_value=2, min_value=1, max_value=8
    )
    graph["5"]["inputs"]["steps"] = ["22", 0]
    return graph


def repaint() -> dict[str, Any]:
    """The same, from a picture instead of nothing."""
    graph = standard()
    graph["23"] = node(f"{EXTERNAL}Image", input_id="photo")
    graph["24"] = node(
        f"{EXTERNAL}NumberSlider", input_id="denoise", default_value=0.5, min_value=0.0, max_value=1.0
    )
    graph["25"] = node(
        "ImageScale", image=["23", 0], upscale_method="bilinear", width=64, height=64, crop="disabled"
    )
    graph["4"] = node("VAEEncode", pixels=["25", 0], vae=["1", 2])
    graph["5"]["inputs"]["denoise"] = ["24", 0]
    return graph


async def pixels(made: Any) -> np.ndarray:
    """The first picture of a generation."""
    picture = await made.outputs.images[0].image()
    return np.asarray(picture.convert("RGB")).astype(int)


async def test_words_become_a_picture(st: AsyncStationThis) -> None:
    """The seed decides; several have seeds of their own."""
    made = await st.make_image("a fox", n=2, seed=7, steps=1)
    assert (made.code, made.deployment.name, made.seeds) == ("success", "standard", [7, 8])
    one, other = [
        np.asarray((await output.image()).convert("RGB")).astype(int) for output in made.outputs.images
    ]
    assert one.shape == (128, 128, 3)
    assert np.abs(one - other).max() > 0
    again = await st.make_image("a fox", seed=7, steps=1)
    assert np.array_equal(await pixels(again), one)


async def test_a_picture_becomes_another(st: AsyncStationThis) -> None:
    """It is uploaded and painted over, by as much as is asked for."""
    made = await st.make_image("a fox", "repaint", image=fox(size=(64, 64)), strength=0.5, seed=7)
    assert (made.code, made.deployment.name) == ("success", "repaint")
    assert (made.inputs["denoise"], (await pixels(made)).shape) == (0.5, (64, 64, 3))


async def test_a_chain(st: AsyncStationThis) -> None:
    """What the first has drawn, the second paints over."""
    made = await st.make_image("a fox", chain("standard", ("repaint", {"strength": 0.4})), seed=7, steps=1)
    first, second = made.all_runs
    assert second.inputs["photo"] == first.outputs[0].url
    assert (made.code, (await pixels(made)).shape) == ("success", (64, 64, 3))
