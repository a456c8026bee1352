"""Graphs on a real ComfyUI: pictures, files, a sampler, errors, interrupts."""

import asyncio
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from stationthis_sdk.local.comfyui.client import Client
from stationthis_sdk.local.engines import (
    GraphRefused,
    NodeFailed,
    NodesCached,
    NodeStarted,
    NodeStepped,
    Previewed,
    Said,
    Stopped,
)
from tests.local.comfyui.conftest import Runner, empty, node, saved
from tests.real_comfyui.conftest import until

EXTERNAL = "ComfyUIDeployExternal"


def fox(mode: str = "RGB", size: tuple[int, int] = (32, 24)) -> Image.Image:
    """A picture with something in it."""
    across, down = np.meshgrid(np.arange(size[0]) * 7 % 256, np.arange(size[1]) * 9 % 256)
    channels = np.stack([across, down, across ^ down, 255 - across], axis=-1)[..., : len(mode)]
    return Image.fromarray(channels.astype(np.uint8), mode)


def png(picture: Image.Image, file_format: str = "PNG", **more) -> bytes:
    """A picture as a file."""
    out = io.BytesIO()
    picture.save(out, file_format, **more)
    return out.getvalue()


def differ(pixels: np.ndarray, picture: Image.Image) -> int:
    """By how much the most different channel of a pixel differs."""
    assert pixels.shape == np.asarray(picture).shape
    return int(np.abs(pixels.astype(int) - np.asarray(picture)).max())


def sampled(seed: int, steps: int = 8, size: int = 128) -> dict:
    """A picture out of the random-weight checkpoint."""
    return {
        "1": node("CheckpointLoaderSimple", ckpt_name="random.safetensors"),
        "2": node("CLIPTextEncode", clip=["1", 1], text=["20", 0]),
        "3": node("CLIPTextEncode", clip=["1", 1], text=""),
        "4": node("EmptySD3LatentImage", width=size, height=size, batch_size=1),
        "5": node(
            "KSampler", model=["1", 0], positive=["2", 0], negative=["3", 0], latent_image=["4", 0], seed=["21", 0],
            steps=steps, cfg=4.0, sampler_name="euler", scheduler="normal", denoise=1.0,
        ),
        "6": node("VAEDecode", samples=["5", 0], vae=["1", 2]),
        "9": node(
            "ComfyDeployOutputImage", images=["6", 0], filename_prefix="noise", file_type="webp", quality=90,
            output_id="noise",
        ),
        "20": node(f"{EXTERNAL}Text", input_id="prompt", default_value="a fox"),
        "21": node(f"{EXTERNAL}Seed", input_id="seed", default_value=seed, min_value=0, max_value=2**32),
    }  # fmt: skip


async def test_external_pictures_and_the_plugins_outputs(runner, files):
    """A picture from the web goes through a core node and comes back as the plugin's output node would give it."""
    files.web["http://web/fox.png"] = png(fox())
    graph = {
        "1": node(f"{EXTERNAL}Image", input_id="photo"),
        "2": node("ImageInvert", image=["1", 0]),
        "8": node(
            "ComfyDeployOutputImage",
            images=["2", 0],
            filename_prefix="out/a",
            file_type="png",
            output_id="one",
        ),
        "9": node(
            "ComfyDeployOutputImage", images=["2", 0], filename_prefix="b", file_type="jpg", quality=95
        ),
    }
    put = {one.node_id: one for one in await runner.run(graph, {"photo": "http://web/fox.png"})}
    (item,), (jpg,) = put["8"].data["images"], put["9"].data["images"]
    assert (put["8"].class_type, item["output_id"], item["subfolder"]) == (
        "ComfyDeployOutputImage",
        "one",
        "out",
    )
    assert differ(files.pixels(item), ImageOps.invert(fox())) <= 1  # ComfyUI cuts off where others round
    assert jpg["filename"].endswith(".jpg")
    assert np.abs(files.pixels(jpg).astype(int) - np.asarray(ImageOps.invert(fox()))).mean() < 12


async def test_transparency_goes_through(runner, files):
    """The alpha form of the input keeps all four channels."""
    files.web["http://web/fox.png"] = png(fox("RGBA"))
    graph = {"1": node(f"{EXTERNAL}ImageAlpha", input_id="photo"), "9": saved("1")}
    (put,) = await runner.run(graph, {"photo": "http://web/fox.png"})
    assert differ(files.pixels(put.data["images"][0]), fox("RGBA")) <= 1


async def test_a_batch_of_pictures(runner, files):
    """Pictures of other sizes become the first one's size."""
    files.web["http://web/a.png"], files.web["http://web/b.png"] = png(fox()), png(fox(size=(50, 50)))
    files.web["http://web/c.jpg"] = png(fox(), "JPEG")
    graph = {"1": node(f"{EXTERNAL}ImageBatch", input_id="photos", images="[]"), "9": saved("1")}
    photos = json.dumps(["http://web/a.png", "http://web/b.png", "http://web/c.jpg"])
    (put,) = await runner.run(graph, {"photos": photos})
    shapes = [files.pixels(item).shape for item in put.data["images"]]
    assert shapes == [(24, 32, 3)] * 3
    assert np.array_equal(files.pixels(put.data["images"][0]), np.asarray(fox()))


async def test_values_and_texts(runner, files):
    """Values go to where they are linked to, whatever their type."""
    graph = {
        "1": node(f"{EXTERNAL}Text", input_id="words", default_value="none"),
        "2": node(f"{EXTERNAL}NumberInt", input_id="size", default_value=8),
        "3": node(f"{EXTERNAL}Boolean", input_id="whole", default_value=False),
        "4": node("EmptyImage", width=["2", 0], height=8, batch_size=1, color=0),
        "5": node("GetImageSize", image=["4", 0]),
        "6": node("StringContains", string=["1", 0], substring="FOX", case_sensitive=["3", 0]),
        "7": node("ComfyDeployOutputText", text=["1", 0], output_id="said"),
        "8": node("PreviewAny", source=["5", 0]),
        "9": node("PreviewAny", source=["6", 0]),
    }
    put = {
        one.node_id: one.data
        for one in await runner.run(graph, {"words": "a fox", "size": "24", "whole": False})
    }
    (said,) = put.pop("7")["files"]
    assert (said["filename"], said["output_id"], files.content(said)) == (
        "ComfyUI_00001_.txt",
        "said",
        b"a fox",
    )
    assert put == {"8": {"text": ["24"]}, "9": {"text": ["True"]}}


async def test_moving_pictures(runner, files):
    """Animations are images, films are files; a film can go in again."""
    graph = {
        "1": empty(64, 64, 0x3366CC, 12),
        "2": node("CreateVideo", images=["1", 0], fps=12.0),
        "7": node("SaveAnimatedWEBP", images=["1", 0], filename_prefix="w", fps=6.0, lossless=True, quality=80,
                  method="fastest"),
        "8": node("SaveVideo", video=["2", 0], filename_prefix="video/v", format="mp4", codec="h264"),
        "9": node("SaveWEBM", images=["1", 0], filename_prefix="m", codec="vp9", fps=12.0, crf=32.0),
    }  # fmt: skip
    put = {one.node_id: one.data for one in await runner.run(graph)}
    assert {node_id: list(data) for node_id, data in put.items()} == {
        "7": ["images"],
        "8": ["files"],
        "9": ["files"],
    }
    film = put["8"]["files"][0]
    assert (film["subfolder"], film["url"][-4:]) == ("video", ".mp4")
    files.web["http://web/film.mp4"] = files.content(film)
    again = {
        "1": node(f"{EXTERNAL}Video", input_id="film", frame_load_cap=5, skip_first_frames=2),
        "8": node("PreviewAny", source=["1", 1]),
        "9": saved("1"),
    }
    put = {one.node_id: one.data for one in await runner.run(again, {"film": "http://web/film.mp4"})}
    assert put["8"] == {"text": ["5"]}
    assert len(put["9"]["images"]) == 5


async def test_a_second_run_is_cached(runner, files):
    """ComfyUI does nothing, and the run has its pictures."""
    graph = {"1": empty(color=0x445566), "9": saved("1")}
    (first,) = await runner.run(graph)
    (second,) = await runner.run(graph)
    assert runner.told(NodesCached) == [NodesCached(("1", "9"))]
    assert files.content(first.data["images"][0]) == files.content(second.data["images"][0])


async def test_runs_at_once(runner, files):
    """Four runs on one server: each has its own picture."""
    runners = [Runner(runner.engine, files) for _ in range(4)]
    graphs = [{"1": empty(color=0x10 + color), "9": saved("1")} for color in range(4)]
    done = await asyncio.gather(*(one.run(graph) for one, graph in zip(runners, graphs, strict=True)))
    assert [files.pixels(put.data["images"][0])[0, 0, 2] for (put,) in done] == [0x10, 0x11, 0x12, 0x13]


async def test_a_sampler_tells_its_steps_and_shows_its_work(runner, files):
    """Real steps on random weights; previews; the seed decides."""
    pictures = {}
    for seed in (1, 2):
        (put,) = await runner.run(sampled(seed))
        steps = runner.told(NodeStepped)
        assert [(one.value, one.maximum) for one in steps if one.class_type == "KSampler"][-1] == (8, 8)
        assert {one.class_type for one in steps} == {"KSampler"}
        assert {one.node_id for one in runner.told(Previewed)} == {"5"}
        with Image.open(io.BytesIO(runner.told(Previewed)[-1].content)) as preview:
            assert preview.size >= (16, 16)
        (item,) = put.data["images"]
        assert (item["output_id"], item["filename"][-5:]) == ("noise", ".webp")
        pictures[seed] = files.pixels(item)
        assert pictures[seed].shape == (128, 128, 3)
        assert pictures[seed].std() > 1
    assert not np.array_equal(pictures[1], pictures[2])
    shares = [one.progress for one in runner.told(NodeStepped)]
    assert shares == sorted(shares)
    assert (len(set(shares)), shares[-1]) == (8, 0.71)
    started = [one.class_type for one in runner.told(NodeStarted)]
    assert started == ["KSampler", "VAEDecode", "ComfyDeployOutputImage"]  # the rest was cached
    assert [one.progress for one in runner.told(NodeStarted)] == [0.57, 0.71, 0.86]


async def test_a_node_that_fails_says_why(runner):
    """The node's own message, without the server's folders."""
    graph = {"1": empty(), "9": node("SaveImage", images=["1", 0], filename_prefix="../../out")}
    with pytest.raises(NodeFailed) as failed:
        await runner.run(graph)
    assert (failed.value.node_id, failed.value.class_type) == ("9", "SaveImage")
    assert "Saving image outside the output folder is not allowed" in str(failed.value)
    assert str(Path.cwd()) not in str(failed.value)
    assert any(one.level == "error" for one in runner.told(Said))


@pytest.mark.parametrize(
    ("graph", "kind", "words"),
    [
        ({"1": node("NoSuchNode"), "9": saved("1")}, "invalid_prompt", "NoSuchNode"),
        ({"1": empty()}, "prompt_no_outputs", "Prompt has no outputs"),
        ({"1": empty(width=0), "9": saved("1")}, "prompt_outputs_failed_validation", "smaller than min of 1"),
        ({"9": node("SaveImage", filename_prefix="x")}, "prompt_outputs_failed_validation", "images"),
        (
            {"1": node("LoadImage", image="no.png"), "9": saved("1")},
            "prompt_outputs_failed_validation",
            "no.png",
        ),
        (
            {
                "1": node("ImageInvert", image=["2", 0]),
                "2": node("ImageInvert", image=["1", 0]),
                "9": saved("1"),
            },
            "prompt_outputs_failed_validation",
            "Prompt outputs failed validation",
        ),
        (
            {"1": empty(), "8": saved("1"), "9": saved("7")},
            "prompt_outputs_failed_validation",
            "a part of the graph",
        ),
    ],
)
async def test_a_graph_that_cannot_run_is_refused(runner, graph, kind, words):
    """In ComfyUI's own words."""
    with pytest.raises(GraphRefused) as refused:
        await runner.run(graph)
    assert refused.value.kind == kind
    assert words in str(refused.value)
    assert ".py" not in f"{refused.value}{refused.value.errors}"


async def test_a_sampler_is_interrupted(runner, client):
    """A stopped run leaves ComfyUI between two steps."""
    run = runner.begin(sampled(3, steps=10_000), run_id="to-be-stopped")
    await until(lambda: asyncio.sleep(0, bool(runner.told(NodeStepped))))
    runner.stop.set()
    with pytest.raises(Stopped):
        await run
    await until(lambda: left(client, "to-be-stopped"))
    entry = await client.history("to-be-stopped")
    assert entry["status"]["messages"][-1][0] == "execution_interrupted"


async def test_a_waiting_run_is_taken_out_of_the_queue(runner, client, files):
    """It never runs."""
    first = Runner(runner.engine, files)
    busy = first.begin(sampled(4, steps=10_000), run_id="busy")
    await first.until_started("KSampler")
    run = runner.begin({"1": empty(), "9": saved("1")}, run_id="never")
    await until(lambda: waits(client, "never"))
    runner.stop.set()
    with pytest.raises(Stopped):
        await run
    assert await client.place_of("never") is None
    first.stop.set()
    with pytest.raises(Stopped):
        await busy
    await until(lambda: left(client, "busy"))
    assert await client.history("never") is None


async def left(client: Client, prompt_id: str) -> bool:
    """Whether ComfyUI has done with a prompt."""
    return await client.place_of(prompt_id) is None


async def waits(client: Client, prompt_id: str) -> bool:
    """Whether a prompt is in the queue."""
    return await client.place_of(prompt_id) == "pending"
