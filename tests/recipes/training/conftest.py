"""What the tests of trainings share: pictures none of which is like another, and a gateway of a test's own."""

from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stationthis_sdk import AsyncStationThis, StationThis
from stationthis_sdk.recipes.training.dataset import Dataset
from stationthis_sdk.testing import LocalGateway
from tests.wire import Wire, answer

NODES = {
    "CheckpointLoaderSimple", "EmptyImage", "GetImageSize", "ImageScale", "MakeTrainingDataset", "PreviewAny",
    "RebatchImages", "SaveLoRA", "StringConcatenate", "StringSubstring", "TrainLoraNode",
}  # fmt: skip
"""Of a ComfyUI that trains."""

Draw = Callable[..., Path]


def picture(number: int, size: tuple[int, int] = (128, 96)) -> Image.Image:
    """A picture of its own for each number."""
    coarse = np.random.default_rng(number).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    """``draw(12)`` makes a folder of so many pictures, all but the first with a caption."""

    def drawn(count: int, *, name: str = "cat", captions: bool = True, first: int = 0) -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        for number in range(first, first + count):
            picture(number).save(folder / f"cat{number:03d}.png")
            if captions and number != first:
                (folder / f"cat{number:03d}.txt").write_text(f"mycat, number {number}\n", "utf-8")
        return folder

    return drawn


@pytest.fixture
def cats(draw: Draw) -> Dataset:
    """Twelve pictures."""
    return Dataset.from_folder(draw(12))


@pytest.fixture
def own() -> Iterator[LocalGateway]:
    """A gateway of the test's own."""
    with LocalGateway() as gateway:
        yield gateway


@pytest.fixture
def st(own: LocalGateway, tmp_path: Path) -> Iterator[StationThis]:
    """A client of it, with a data folder of its own."""
    with own.client(home=tmp_path / "home") as client:
        yield client


@pytest.fixture
async def ast(own: LocalGateway, tmp_path: Path) -> AsyncIterator[AsyncStationThis]:
    """The same for coroutines."""
    async with own.async_client(home=tmp_path / "home") as client:
        yield client


@pytest.fixture
def gpu(own: LocalGateway, tmp_path: Path) -> Iterator[str]:
    """A machine of that gateway that says it has the nodes; it does nothing."""

    def create() -> None:
        with own.client(home=tmp_path / "other") as client:
            client.machines.create_custom("gpu", f"http://127.0.0.1:{comfyui.port}/")

    with Wire(otherwise=answer(200, {one: {} for one in NODES})) as comfyui:
        with ThreadPoolExecutor(1) as pool:  # tests of coroutines have a loop here already
            pool.submit(create).result()
        yield "gpu"
