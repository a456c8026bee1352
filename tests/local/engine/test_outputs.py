"""What output nodes put out: names, kinds and ids as the plugin tells them, and no file of this machine."""

import json
import re
import time
from typing import Any

import pytest

from stationthis_sdk.local.engine.output_files import place
from stationthis_sdk.local.engines import GraphRefused, NodeFailed, NodeOutput
from tests.local.engine import made
from tests.local.test_engine import MemoryFiles, empty, node, run

P = "ComfyUIDeployExternal"


def put_out(graph: Any, files: MemoryFiles | None = None) -> list[NodeOutput]:
    return [report for report in run(graph, files=files) if isinstance(report, NodeOutput)]


def test_a_text_is_a_file_with_its_name():
    """Under ``files``, as after the plugin's upload, with its output id."""
    files = MemoryFiles()
    text = node(
        "ComfyDeployOutputText", text="hällo\n", filename_prefix="a/b", file_type="md", output_id="said"
    )
    (put,) = put_out({"1": text}, files)
    (item,) = put.data["files"]
    assert put.uploaded
    assert files.kept == [("hällo\n".encode(), ".md")]
    assert {name: value for name, value in item.items() if name != "upload_duration"} == {
        "url": "/files/outputs/1.md",
        "type": "output",
        "filename": "b_00001_.md",
        "is_public": True,
        "subfolder": "a",
        "output_id": "said",
    }
    assert item["upload_duration"] >= 0


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('{"a":[1]}', '{\n  "a": [\n    1\n  ]\n}'),
        ("no json", "no json"),
        ("[" * 10**5, "[" * 10**5),
        ("\ud800", "?"),
    ],
)
def test_json_is_laid_out_when_it_is_json(text, kept):
    """Other text stays as it is; a broken letter does no harm."""
    files = MemoryFiles()
    put_out({"1": node("ComfyDeployOutputText", text=text, filename_prefix="x", file_type="json")}, files)
    assert files.kept == [(kept.encode(), ".json")]


def test_an_output_id_has_the_plugins_default():
    """Only the older standard outputs have none."""
    pictures = {"images": ["1", 0], "filename_prefix": "x", "file_type": "png", "quality": 80}
    for class_type, output_id in (
        ("ComfyDeployOutputImage", "output_images"),
        ("ComfyDeployStdOutputImage", None),
    ):
        (put,) = put_out({"1": empty(batch_size=2), "2": node(class_type, **pictures)})
        assert [item.get("output_id") for item in put.data["images"]] == [output_id] * 2


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [(".png", "images"), (".JPG", "images"), (".exr", "images"), (".mp4", "files"), (".flac", "files"), (".zip", "files"),
     (".html", "files"), ("", "files"), (".toolongtobeone", "files")],
)  # fmt: skip
def test_a_fetched_file_goes_out_again(suffix, kind):
    """The same bytes, under the kind its suffix says."""
    url = f"http://here/a{suffix}"
    files = MemoryFiles({url: b"abc"})
    graph = {
        "1": node(f"{P}File", input_id="x", file_url=url),
        "2": node("ComfyDeployOutputFile", file_path=["1", 0], output_id="mine"),
    }
    (put,) = put_out(graph, files)
    (item,) = put.data[kind]
    assert files.kept[0][0] == b"abc"
    assert re.fullmatch(r"(\.[a-z0-9]{1,8})?", files.kept[0][1])
    assert (item["subfolder"], item["output_id"]) == ("temp", "mine")
    assert item["filename"].startswith("ba7816bf")


def test_a_videos_path_goes_out():
    """As the plugin's path node is used."""
    files = MemoryFiles({"mine.mp4": b"abc"})
    graph = {
        "1": node(f"{P}Vid", input_id="x", default_value="mine.mp4"),
        "2": node("ComfyDeployOutputFile", file_path=["1", 0]),
    }
    (put,) = put_out(graph, files)
    assert put.data["files"][0]["output_id"] == "output_file"


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "temp/a.mp4",
        "../../etc/passwd",
        "file:///etc/passwd",
        "~/.ssh/id_rsa",
        "",
        "mine.mp4",
        5,
        None,
    ],
)
def test_no_path_is_ever_read(path):
    """Neither written into the node, nor linked to it as a text."""
    files = MemoryFiles({"mine.mp4": b"abc"})
    with pytest.raises(NodeFailed, match="no other path is ever read"):
        put_out({"1": node("ComfyDeployOutputFile", file_path=path)}, files)
    for source in (
        node("PrimitiveString", value=path),
        node(f"{P}Text", input_id="x", default_value=path),
        node(f"{P}Lora", input_id="x", lora_url=path),
    ):
        graph = {"1": source, "2": node("ComfyDeployOutputFile", file_path=["1", 0])}
        with pytest.raises(NodeFailed, match=r"no other path is ever read|is empty"):
            put_out(graph, files)
    assert files.kept == []


def test_a_path_joined_to_another_text_is_no_file_any_more():
    """A text made of a file's path opens nothing."""
    graph = {
        "1": node(f"{P}Vid", input_id="x", default_value="mine.mp4"),
        "2": node("StringConcatenate", string_a=["1", 0], string_b="", delimiter=""),
        "3": node("ComfyDeployOutputFile", file_path=["2", 0]),
    }
    with pytest.raises(NodeFailed, match="no other path is ever read"):
        put_out(graph, MemoryFiles({"mine.mp4": b"abc"}))


def test_any_value_is_shown():
    """As JSON under its name; what is no JSON as text; nothing as None."""

    def put(**fields: Any) -> Any:
        more = {"7": node("PrimitiveInt", value=5), "8": empty()}
        (output,) = put_out({"1": node("ComfyDeployStdOutputAny", **fields), **more})
        assert not output.uploaded
        return output.data

    assert put(name="n", source=["7", 0]) == {"n": ["5"]}
    assert put(data=["7", 0], output_id="o") == {"text": ["5"], "output_id": ["o"]}
    assert put(name="n", source={"a": "b"}) == {"n": [json.dumps({"a": "b"})]}
    assert put(name="n", source=["8", 0]) == {"n": ["float32 array of shape (1, 6, 8, 3)"]}
    assert put(name="n") == {"n": ["None"]}


def test_realtime_and_previews_put_nothing_out():
    """They run all the same."""
    files = MemoryFiles({"a.wav": made.wav()})
    graph = {
        "1": empty(),
        "2": node(
            "ComfyDeployWebscoketImageOutput", output_id="x", images=["1", 0], file_type="PNG", quality=80
        ),
        "3": node("PreviewImage", images=["1", 0]),
        "4": node("LoadAudio", audio="a.wav"),
        "5": node("PreviewAudio", audio=["4", 0]),
    }
    assert put_out(graph, files) == []
    assert files.kept == []


def test_names_are_counted_whatever_their_suffix():
    """By prefix, over all nodes of a run; the batch's number may be in them."""
    text = {"text": "a", "file_type": "txt"}
    graph = {
        "1": empty(batch_size=2),
        "2": node("SaveImage", images=["1", 0], filename_prefix="x"),
        "3": node("ComfyDeployOutputText", filename_prefix="x", **text),
        "4": node("SaveImage", images=["1", 0], filename_prefix="b%batch_num%"),
        "5": node("ComfyDeployOutputText", filename_prefix="d/x", **text),
    }
    names = [item["filename"] for put in put_out(graph) for items in put.data.values() for item in items]
    assert names == [
        "x_00001_.png", "x_00002_.png", "x_00003_.txt", "b0_00001_.png", "b1_00002_.png", "x_00001_.txt",
    ]  # fmt: skip


def test_words_in_a_prefix():
    """Size and time, as ComfyUI fills them in; unknown ones stay."""
    assert place("%width%x%height%", 640, 480).name == "640x480"
    before = time.localtime()
    got = place("a/%year%-%month%-%day%/%hour%%minute%%second%_%else%")
    after = time.localtime()
    assert got.subfolder in {time.strftime("a/%Y-%m-%d", when) for when in (before, after)}
    assert re.fullmatch(r"\d{6}_%else%", got.name)


@pytest.mark.parametrize(
    ("prefix", "subfolder", "name"),
    [("a/../b", "", "b"), ("a//b/", "a", "b"), ("./a", "", "a"), ("", "", "ComfyUI"), ("a\\b", "a", "b"),
     ("..a", "", "..a"), ("a b/ü", "a b", "ü")],
)  # fmt: skip
def test_where_a_prefix_leads(prefix, subfolder, name):
    """Folders and a name."""
    got = place(prefix)
    assert (got.subfolder, got.name) == (subfolder, name)


@pytest.mark.parametrize(
    "prefix", ["..", "../x", "a/../../x", "/x", "//x", "\\x", "c:\\x", "a\nb", "x\0", "%width%/../.."]
)
def test_a_prefix_that_leaves_the_folder_fails(prefix):
    """While running, as in ComfyUI, whatever is saved."""
    with pytest.raises(NodeFailed, match="leaves the output folder"):
        run({"1": node("ComfyDeployOutputText", text="a", filename_prefix=prefix, file_type="txt")})


def test_a_prefix_has_a_length():
    """What no disk could take is refused."""
    with pytest.raises(NodeFailed, match="200 characters"):
        place("a/" + "x" * 201)
    with pytest.raises(NodeFailed, match="1000 characters"):
        place("a/" * 501)


def test_the_fields_of_the_outputs_are_checked():
    """Before anything runs, as ComfyUI does."""
    text = {"text": "a", "filename_prefix": "x"}
    for fields, reason in (
        ({**text, "file_type": "exe"}, "'exe' not in"),
        (text, "required input is missing: file_type"),
        ({"filename_prefix": "x", "file_type": "txt"}, "required input is missing: text"),
    ):
        with pytest.raises(GraphRefused, match=reason):
            run({"1": node("ComfyDeployOutputText", **fields)})


@pytest.mark.parametrize(
    ("class_type", "fields", "form"),
    [
        ("ComfyDeployOutputImage", {"file_type": "webp", "quality": 80}, "WEBP"),
        ("SaveAnimatedWEBP", {"fps": 6, "lossless": True, "quality": 80, "method": "fastest"}, "WEBP"),
    ],
)
def test_what_a_form_cannot_hold_is_told(class_type, fields, form):
    """In one line that says what to change."""
    graph = {
        "1": empty(16384, 1),
        "2": node(class_type, images=["1", 0], filename_prefix="x", **fields),
    }
    with pytest.raises(
        NodeFailed, match=rf"node 2 .*16384 x 1 pixels can't be saved as {form}: .*another size or file type"
    ):
        put_out(graph)
