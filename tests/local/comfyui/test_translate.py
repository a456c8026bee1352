"""External inputs on a ComfyUI that lacks the plugin."""

import base64
import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from stationthis_sdk.local.engines import GraphRefused, NodeFailed, Said
from tests.local.comfyui.conftest import empty, node, png, saved
from tests.local.comfyui.nodes import CLASSES, NodeClass

P = "ComfyUIDeployExternal"


def external(kind: str, **fields):
    """An external input called "it"."""
    return node(f"{P}{kind}", input_id="it", **fields)


async def shown(runner, source, value=..., **more):
    """What PreviewAny makes of an external input that was given a value."""
    graph = {"1": source, "9": node("PreviewAny", source=["1", 0]), **more}
    (put,) = await runner.run(graph, {} if value is ... else {"it": value})
    return put.data["text"][0]


@pytest.mark.parametrize(
    ("source", "value", "text"),
    [
        (external("Text", default_value="d"), ..., "d"),
        (external("Text", default_value="d"), "words", "words"),
        (external("TextAny", default_value="d"), 5, "5"),
        (external("TextSingleLine", default_value="d"), None, "None"),
        (external("Number", default_value=1.5), ..., "1.5"),
        (external("Number", default_value=1.5), "2.25", "2.25"),
        (external("Number", default_value=1.5), "many", "1.5"),
        (external("NumberInt", default_value=7), 12, "12"),
        (external("NumberInt", default_value=7), -3, "7"),
        (external("NumberInt", default_value=7), 2.5, "7"),
        (external("NumberSlider", default_value=0.5, min_value=0, max_value=1), 0.25, "0.25"),
        (external("NumberSlider", default_value=0.5, min_value=0, max_value=1), 2, "0.5"),
        (external("NumberSliderInt", default_value=3, min_value=1, max_value=9), 9, "9"),
        (external("NumberSliderInt", default_value=3, min_value=1, max_value=9), 10, "3"),
        (external("Boolean", default_value=False), "false", "True"),
        (external("Boolean", default_value=True), False, "False"),
        (external("Enum", default_value="a", options='["a","b"]'), "c", "c"),
        (external("Checkpoint", default_value="a.ckpt"), "b.ckpt", "b.ckpt"),
        (external("Seed", default_value=1, min_value=0, max_value=9), 5, "5"),
        (external("Lora", default_lora_name="a.safetensors", lora_url=""), ..., "a.safetensors"),
        (external("Lora", default_lora_name="a.safetensors"), "b.safetensors", "b.safetensors"),
    ],
)
async def test_values_are_what_the_plugin_makes_of_them(runner, source, value, text):
    """Its silent conversions, too."""
    assert await shown(runner, source, value) == text


async def test_a_seed_is_drawn_and_said(runner):
    """-1 and what is out of range are drawn anew, within the bounds; the log tells what was drawn."""
    for value in (-1, 100):
        seed = await shown(runner, external("Seed", default_value=-1, min_value=5, max_value=9), value)
        assert 5 <= int(seed) <= 9
        assert Said(f"node 1: seed {seed} drawn") in runner.reports


async def test_values_lead_through_several_nodes(runner):
    """An external input's default may be another's output, or a core node's."""
    chained = {"2": external("Text", default_value=["3", 0]), "3": node("PrimitiveString", value="core")}
    chained["2"]["inputs"]["input_id"] = "other"
    assert await shown(runner, external("Text", default_value=["2", 0]), **chained) == "core"
    assert runner.reports[0].node_id == "3"


async def test_a_cycle_of_external_inputs_is_refused(runner):
    """And does not turn for ever."""
    graph = {
        "1": external("Text", default_value=["2", 0]),
        "2": external("Text", default_value=["1", 0]),
        "9": node("PreviewAny", source=["1", 0]),
    }
    with pytest.raises(GraphRefused, match="cycle through node"):
        await runner.run(graph)


async def test_a_picture_from_the_web(runner, files, comfy):
    """It is uploaded once, under a name of its content, and loaded."""
    files.web["http://web/a.png"] = png((10, 20, 30))
    graph = {"1": external("Image"), "9": saved("1")}
    for _ in range(2):
        (put,) = await runner.run(graph, {"it": "http://web/a.png"})
        assert files.pixels(put.data["images"][0])[0, 0].tolist() == [10, 20, 30]
    assert len(list((comfy.folder / "input" / "stationthis").iterdir())) == 1


async def test_a_name_that_is_taken_by_something_else(runner, files, comfy):
    """ComfyUI then gives the file another name, and that one is loaded."""
    files.web["http://web/a.png"] = png((10, 20, 30))
    graph = {"1": external("Image"), "9": saved("1")}
    await runner.run(graph, {"it": "http://web/a.png"})
    (placed,) = (comfy.folder / "input" / "stationthis").iterdir()
    placed.write_bytes(png((9, 9, 9)))
    comfy._cache.clear()
    (put,) = await runner.run(graph, {"it": "http://web/a.png"})
    assert files.pixels(put.data["images"][0])[0, 0].tolist() == [10, 20, 30]


async def test_pictures_as_data_urls(runner, files):
    """PNG and JPEG; a WebP data URL is none to the plugin, and the default holds."""
    graph = {"1": external("Image", default_value=["2", 0]), "2": empty(color=0x010203), "9": saved("1")}
    for kind, content, pixel in (
        ("png", png((4, 5, 6)), [4, 5, 6]),
        ("webp", png((4, 5, 6), format="WEBP"), [1, 2, 3]),
    ):
        url = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
        (put,) = await runner.run(graph, {"it": url})
        assert files.pixels(put.data["images"][0])[0, 0].tolist() == pixel


async def test_of_an_animation_the_first_frame_counts(runner, files):
    """As in the plugin; ComfyUI's own loader would take all."""
    frames = [Image.new("RGB", (4, 4), (shade, 0, 0)) for shade in (50, 100, 150)]
    out = io.BytesIO()
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:])
    files.web["http://web/a.png"] = out.getvalue()
    (put,) = await runner.run({"1": external("Image"), "9": saved("1")}, {"it": "http://web/a.png"})
    assert len(put.data["images"]) == 1


async def test_transparency_is_kept_where_it_is_asked_for(runner, files):
    """Four channels from the one input, three from the other."""
    files.web["http://web/a.png"] = png((255, 0, 0, 51), mode="RGBA")
    for kind, channels in (("Image", 3), ("ImageAlpha", 4)):
        (put,) = await runner.run({"1": external(kind), "9": saved("1")}, {"it": "http://web/a.png"})
        assert files.pixels(put.data["images"][0]).shape == (4, 5, channels)


async def test_a_batch_of_pictures(runner, files):
    """URLs, data URLs and archives of pictures, all in the first one's size."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("b/c.png", png((3, 3, 3), (9, 9)))
        file.writestr("note.txt", "no picture")
    files.web.update({"http://web/a.png": png((1, 1, 1)), "http://web/b.zip": archive.getvalue()})
    data_url = f"data:image/png;base64,{base64.b64encode(png((2, 2, 2))).decode()}"
    graph = {"1": external("ImageBatch", images="[]"), "9": saved("1")}
    places = ["http://web/a.png", data_url, "http://web/gone.png", "http://web/b.zip"]
    (put,) = await runner.run(graph, {"it": json.dumps(places)})
    pictures = [files.pixels(item) for item in put.data["images"]]
    assert [one[0, 0, 0] for one in pictures] == [1, 2, 3]
    assert {one.shape for one in pictures} == {(4, 5, 3)}


async def test_a_batch_must_be_text(runner):
    """A real array would be a link to ComfyUI: the plugin fails on it, so must we."""
    graph = {"1": external("ImageBatch", images="[]"), "9": saved("1")}
    with pytest.raises(GraphRefused, match="give its pictures as JSON text"):
        await runner.run(graph, {"it": ["http://web/a.png"]})


async def test_sounds_films_and_files(runner, files):
    """Sounds and films are loaded; a file is given as its name in ComfyUI's input folder."""
    files.web.update(
        {"http://web/s.wav": b"sound", "http://web/f.mp4?x=1": b"film!", "http://web/g.bin": b"x"}
    )
    graph = {
        "1": node(f"{P}Audio", input_id="sound", audio_file=""),
        "2": node(f"{P}Video", input_id="film", skip_first_frames=1, frame_load_cap=3, force_rate=8),
        "3": node(f"{P}File", input_id="file", file_url=""),
        "6": node("SaveAudio", audio=["1", 0], filename_prefix="x"),
        "7": node("PreviewAny", source=["2", 1]),
        "8": node("PreviewAny", source=["3", 0]),
        "9": saved("2"),
    }
    values = {"sound": "http://web/s.wav", "film": "http://web/f.mp4?x=1", "file": "http://web/g.bin"}
    put = {one.node_id: one.data for one in await runner.run(graph, values)}
    assert files.content(put["6"]["files"][0]) == b"sound"
    assert put["7"] == {"text": ["3"]}
    assert put["8"]["text"][0].startswith("stationthis/")
    assert len(put["9"]["images"]) == 3
    assert Said("node 2: force_rate need the comfyui-deploy plugin") in runner.reports


@pytest.mark.parametrize(
    ("graph", "value", "words"),
    [
        ({"1": external("Image"), "9": saved("1")}, "http://web/gone.png",
         r"node 9 \(SaveImage\): input 'images' is empty: node 1 \(ComfyUIDeployExternalImage\) was given none that"),
        ({"1": external("Image"), "9": saved("1")}, "http://web/text", r"node 1 .* the picture can't be read: .* give a PNG"),
        ({"1": external("Lora"), "9": node("PreviewAny", source=["1", 0])}, "http://web/a.safetensors",
         "a model can be fetched from the web only by a ComfyUI that has the comfyui-deploy plugin"),
        ({"1": external("Seed", default_value="x"), "9": node("PreviewAny", source=["1", 0])}, ...,
         "must be whole numbers"),
        ({"1": external("ImageBatch", images="[]"), "9": saved("1")}, "no json", "its pictures are no JSON array"),
        ({"1": external("ImageBatch", images="[]"), "9": saved("1")}, '["http://web/text.zip"]', "archive can't be read"),
        ({"1": external("Image"), "9": saved("1")}, "http://web/bomb.png", "67,108,864 are taken: give a smaller one"),
        ({"1": external("EXR", exr_file=""), "9": saved("1")}, "http://web/a.exr", "EXR files need the comfyui-deploy"),
    ],
)  # fmt: skip
async def test_what_cannot_be_had_is_told(runner, files, graph, value, words):
    """Before anything is queued, with the node and what to do."""
    bomb = io.BytesIO()
    Image.new("1", (20_000, 4_000)).save(bomb, "PNG")
    files.web.update(
        {"http://web/text": b"words", "http://web/text.zip": b"words", "http://web/bomb.png": bomb.getvalue()}
    )
    with pytest.raises(NodeFailed, match=words):
        await runner.run(graph, {} if value is ... else {"it": value})


async def test_a_file_too_large_for_comfyui_is_told(runner, files):
    """ComfyUI takes 100 MB; the stand-in less."""
    noise = np.random.default_rng(1).integers(0, 255, (700, 700, 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, "PNG")
    files.web["http://web/a.png"] = out.getvalue()
    with pytest.raises(NodeFailed, match="an input file of 1 MB is more than ComfyUI takes"):
        await runner.run({"1": external("Image"), "9": saved("1")}, {"it": "http://web/a.png"})


async def test_pictures_that_no_output_needs_are_not_fetched(runner, files):
    """What never runs in ComfyUI need not be there."""
    graph = {
        "1": external("Image"),
        "2": node("ImageInvert", image=["1", 0]),
        "8": node("PreviewAny", source="x"),
    }
    (put,) = await runner.run(graph, {"it": "http://web/gone.png"})
    assert put.data == {"text": ["x"]}
    assert files.read_names == []


async def test_an_output_the_core_cannot_give_is_refused(runner, files):
    """The plugin's video input has five outputs; two of them are of other plugins' types."""
    files.web["http://web/f.mp4"] = b"film"
    graph = {"1": external("Video"), "9": node("PreviewAny", source=["1", 3])}
    with pytest.raises(GraphRefused, match="can't give its output 3"):
        await runner.run(graph, {"it": "http://web/f.mp4"})


async def test_a_core_node_that_the_server_lacks_is_told(runner, comfy, files):
    """Some ComfyUIs have no audio nodes."""
    del comfy.classes["LoadAudio"]
    files.web["http://web/s.wav"] = b"sound"
    graph = {
        "1": external("Audio", audio_file=""),
        "9": node("SaveAudio", audio=["1", 0], filename_prefix="x"),
    }
    with pytest.raises(GraphRefused, match="needs LoadAudio, which this ComfyUI lacks"):
        await runner.run(graph, {"it": "http://web/s.wav"})


async def test_where_the_plugin_is_its_nodes_run_themselves(runner, comfy):
    """Each class by itself: what is there is left as it is."""
    comfy.classes[f"{P}Text"] = NodeClass(
        lambda _work, input_id, default_value: (f"{input_id} by the plugin",),
        {"input_id": "STRING", "default_value": "STRING"},
        ("STRING",),
    )
    assert await shown(runner, external("Text", default_value="d"), "words") == "words by the plugin"


async def test_a_plugin_that_was_taken_away_is_noticed(runner, comfy):
    """The node classes that were known no longer hold: they are asked for anew, and the run goes on."""
    kind = NodeClass(lambda _work, **_rest: ("by the plugin",), {"default_value": "STRING"}, ("STRING",))
    comfy.classes[f"{P}Text"] = kind
    assert await shown(runner, external("Text", default_value="d")) == "by the plugin"
    del comfy.classes[f"{P}Text"]
    comfy._cache.clear()
    assert await shown(runner, external("Text", default_value="d")) == "d"


async def test_errors_name_the_runs_own_nodes(runner, comfy, files):
    """Not the core nodes that stand in for them."""
    files.web["http://web/a.png"] = png(mode="RGBA", color=(1, 2, 3, 4))

    def broken(_work, **_inputs):
        raise RuntimeError("no memory")

    joined = CLASSES["JoinImageWithAlpha"]
    comfy.classes["JoinImageWithAlpha"] = NodeClass(broken, joined.required, joined.outputs)
    with pytest.raises(NodeFailed, match=r"node 1 \(ComfyUIDeployExternalImageAlpha\): no memory"):
        await runner.run({"1": external("ImageAlpha"), "9": saved("1")}, {"it": "http://web/a.png"})
