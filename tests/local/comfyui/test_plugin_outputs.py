"""The plugin's output nodes on a ComfyUI that lacks the plugin."""

import io

import pytest
from PIL import Image

from stationthis_sdk.local.engine.built_in import BuiltIn
from stationthis_sdk.local.engines import GraphRefused, NodeFailed
from tests.local.comfyui.conftest import Runner, empty, node
from tests.local.comfyui.test_translate import external


@pytest.mark.parametrize(
    ("file_type", "kind"), [("png", "PNG"), ("jpg", "JPEG"), ("webp", "WEBP"), (None, "WEBP")]
)
async def test_the_plugins_picture_output(runner, files, file_type, kind):
    """In the format asked for (WebP when nothing is said), with its id, under the plugin's names."""
    asked = {} if file_type is None else {"file_type": file_type, "quality": 90}
    graph = {
        "1": empty(8, 8, 0x336699),
        "9": node("ComfyDeployOutputImage", images=["1", 0], filename_prefix="a/b", output_id="out", **asked),
    }
    (put,) = await runner.run(graph, editor={"nodes": []})
    (item,) = put.data["images"]
    assert (put.class_type, item["filename"]) == ("ComfyDeployOutputImage", f"b_00001_.{file_type or 'webp'}")
    assert (item["output_id"], item["subfolder"]) == ("out", "a")
    assert item["url"].endswith(item["filename"].rpartition(".")[2])
    with Image.open(io.BytesIO(files.content(item))) as picture:
        assert picture.format == kind
        assert abs(picture.convert("RGB").getpixel((4, 4))[2] - 0x99) < 8
        if kind == "WEBP":
            assert picture.getexif()[0x010F] == 'workflow:{"nodes": []}'


async def test_texts_and_other_outputs_of_the_plugin(runner, files):
    """Texts as files, values as values, and a file from its path on ComfyUI's machine."""
    graph = {
        "1": external("Text", default_value="words"),
        "2": node("WriteText", text=["1", 0], name="deep/a.txt"),
        "6": node("ComfyDeployOutputText", text=["1", 0], output_id="said"),
        "7": node("ComfyDeployStdOutputAny", name="any", source=["1", 0]),
        "8": node("ComfyDeployOutputFile", file_path=["2", 0], output_id="the file"),
        "9": node("ComfyDeployStdOutputImage", images=["10", 0], file_type="png"),
        "10": empty(),
    }
    put = {one.node_id: one for one in await runner.run(graph)}
    (text,) = put["6"].data["files"]
    assert (text["filename"], text["subfolder"], text["output_id"]) == ("ComfyUI_00001_.txt", "", "said")
    assert put["6"].uploaded
    assert files.content(text) == b"words"
    assert put["7"].data == {"any": ["words"]}
    (file,) = put["8"].data["files"]
    assert (file["filename"], file["subfolder"], file["output_id"]) == ("a.txt", "deep", "the file")
    assert files.content(file) == b"words"
    assert put["9"].data["images"][0]["filename"] == "ComfyUI_00001_.png"


def lasting(put):
    """What does not differ from one run to the next."""
    own = {"url", "upload_duration"}
    return [
        (
            one.node_id,
            one.uploaded,
            kind,
            [{name: item[name] for name in item.keys() - own} for item in items],
        )
        for one in put
        for kind, items in one.data.items()
    ]


@pytest.mark.parametrize(
    ("text", "fields", "content"),
    [
        ("words ✓", {}, "words ✓"),
        ("words", {"filename_prefix": "notes/day", "file_type": "md", "output_id": "said"}, "words"),
        ('{"a":[1]}', {"file_type": "json"}, '{\n  "a": [\n    1\n  ]\n}'),
        ("no json", {"file_type": "json", "output_id": ""}, "no json"),
    ],
)
async def test_a_text_is_the_file_that_the_built_in_engine_makes(
    runner, files, tmp_path, text, fields, content
):
    """The same kind, name, folder and id: a graph may move between the two."""
    written = {**fields, "filename_prefix": fields.get("filename_prefix", "ComfyUI"),
               "file_type": fields.get("file_type", "txt")}  # fmt: skip
    graph = {
        "8": node("ComfyDeployOutputText", text=text, **written),
        "9": node("ComfyDeployOutputText", text=text, **written),
    }
    here = await runner.run(graph)
    built_in = BuiltIn(tmp_path / "built-in")
    there = await Runner(built_in, files).run(graph)
    await built_in.close()
    assert lasting(here) == lasting(there)
    for put in (*here, *there):
        assert files.content(put.data["files"][0]).decode() == content
        assert put.data["files"][0]["url"].endswith(f".{written['file_type']}")


async def test_a_text_leaves_no_folder(runner):
    """Its name is checked as the built-in engine does it."""
    with pytest.raises(NodeFailed, match=r"node 9 \(ComfyDeployOutputText\): .* leaves the output folder"):
        await runner.run({"9": node("ComfyDeployOutputText", text="x", filename_prefix="../../x")})


async def test_a_file_outside_comfyuis_folders_is_told(runner, comfy):
    """Only what ComfyUI serves can be brought."""
    graph = {"9": node("ComfyDeployOutputFile", file_path="/etc/passwd")}
    with pytest.raises(
        NodeFailed, match="there is no file 'passwd' in ComfyUI's output, temp or input folder"
    ):
        await runner.run(graph)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"file_type": "gif"}, "file_type: 'gif' not in"),
        ({"quality": 0}, "quality: 0 is not between 1 and 100"),
        ({"quality": "best"}, "quality: 'best', give a whole number"),
    ],
)
async def test_a_format_that_is_not_there_is_refused(runner, fields, words):
    """In ComfyUI's words, at the node."""
    graph = {"1": empty(), "9": node("ComfyDeployOutputImage", images=["1", 0], **fields)}
    with pytest.raises(GraphRefused, match=words) as refused:
        await runner.run(graph)
    assert refused.value.errors["9"]["class_type"] == "ComfyDeployOutputImage"


@pytest.mark.parametrize(
    ("class_type", "fields", "words"),
    [
        ("Text", {"text": "x", "file_type": "doc"}, "file_type: 'doc' not in"),
        ("Text", {"text": "x", "filename_prefix": ["1", 0]}, "filename_prefix: a link"),
        ("Text", {}, r"node 9 \(ComfyDeployOutputText\): text"),
        ("File", {}, r"node 9 \(ComfyDeployOutputFile\): file_path"),
    ],
)
async def test_an_output_that_cannot_be_is_refused_by_its_own_inputs_names(runner, class_type, fields, words):
    """Not by those of the core node in its place."""
    graph = {"1": node("PrimitiveString", value="x"), "9": node(f"ComfyDeployOutput{class_type}", **fields)}
    with pytest.raises(GraphRefused, match=words):
        await runner.run(graph)
